"""Every page of the program in a real browser: axe finds nothing, nothing scrolls sideways, Arabic is all Arabic, and
the first view is light.

Each route is opened once, in one of nine looks by turns, and axe reads every fourth page. With WHOLE set, up to thirty
pages of each are opened, each in all looks, and axe reads them all. With PICTURES set, each is kept as a picture.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.furnished import furnish
from tests.browser.sweep import LONG, NO_PAGES, Sweep, untranslated
from training.factory import create_app, open_rooms
from training.operating.tour.server import Server
from training.settings import Settings

WHOLE = "WHOLE" in os.environ
pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * 3600 if WHOLE else 600)]
NOWHERE = {"labs.baseline"}
"""Pages that nothing leads to here: no lab of the repository names a baseline."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One of its own: so much is done on it that others would find nothing as they left it."""
    started = Server(tmp_path / "instance")
    started.start()
    yield started
    started.kill()


@pytest.fixture
def app(server: Server) -> Iterator[Flask]:
    """The program with which the addresses of the server are read."""
    settings = Settings.load({}, instance=server.instance)
    rooms = open_rooms(settings)
    yield create_app(settings, rooms)
    rooms.engine.stop()
    rooms.store.close()


def test_every_page_is_for_everybody(app: Flask, browser: Browser, server: Server) -> None:
    sweep = Sweep(app, browser, furnish(server), whole=WHOLE)
    sweep.all()
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} - NO_PAGES
    assert sweep.found == []
    assert untranslated(sweep.foreign) == []
    assert pages - set(sweep.opened) == NOWHERE | (set() if sweep.whole else LONG)
