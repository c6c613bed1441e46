"""Every page in a real browser, in English: axe finds nothing, nothing scrolls sideways, no page is heavy.

What opens them in Arabic is a module of its own, so that two processes share the work.
"""

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser import everywhere
from tests.browser.furnished import Furnished

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
app, furnished = everywhere.app, everywhere.furnished  # fixtures


def test_every_page_is_for_everybody(app: Flask, browser: Browser, furnished: Furnished) -> None:
    everywhere.walk(app, browser, furnished, "en")
