"""The same in Arabic, from right to left: no English of the program's own, nor in what it says of mistakes."""

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser import everywhere
from tests.browser.furnished import Furnished

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
app, furnished = everywhere.app, everywhere.furnished  # fixtures


def test_every_page_and_what_answers_an_empty_form_is_for_everybody(
    app: Flask, browser: Browser, furnished: Furnished
) -> None:
    everywhere.send_nothing(everywhere.walk(app, browser, furnished, "ar"))
