"""A furnished server, and what has to hold on every page of it in one of the looks of `sweep`."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.furnished import Furnished, at_machines, furnish
from tests.browser.sweep import NO_PAGES, Sweep, untranslated
from tests.runwide import Founded, made_once
from training.factory import create_app, open_rooms
from training.operating.tour.server import Server
from training.settings import Settings

NOWHERE = {"labs.baseline"}
"""Pages that nothing leads to here: no lab of the repository names a baseline."""


def _linked(source: str, target: str) -> None:
    """Copy a file, or share one of hundreds of megabytes that nobody changes."""
    if "/exhibits/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@pytest.fixture
def furnished(shared: Path, founded: Founded, tmp_path: Path) -> Iterator[Furnished]:
    """A server on a copy of an installation in which people worked for a week, played once in a run of tests."""

    def play(folder: Path) -> None:
        folder.mkdir()
        server = founded.server(folder / "instance")
        server.start()
        try:
            seeds = furnish(server)
        finally:
            server.stop()
        (folder / "about.json").write_text(json.dumps({"seeds": seeds, "passwords": server.passwords}), "utf-8")

    folder = made_once(shared / "furnished", play)
    about = json.loads((folder / "about.json").read_text("utf-8"))
    shutil.copytree(folder / "instance", tmp_path / "instance", copy_function=_linked)
    server = Server(tmp_path / "instance", passwords=about["passwords"])
    server.start()
    yield at_machines(server, about["seeds"])
    server.kill()


@pytest.fixture
def app(furnished: Furnished) -> Iterator[Flask]:
    """The program with which the addresses of the server are read."""
    settings = Settings.load({}, instance=furnished.live.instance)
    rooms = open_rooms(settings)
    yield create_app(settings, rooms)
    rooms.engine.stop()
    rooms.store.close()


def walk(app: Flask, browser: Browser, furnished: Furnished, language: str) -> Sweep:
    """Open every page in a language: all that can be opened was, and nothing is wrong with it."""
    sweep = Sweep(app, browser, furnished, language)
    sweep.pages()
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} - NO_PAGES
    assert not sweep.found, "\n".join(sweep.found)
    assert pages - set(sweep.opened) == NOWHERE, pages - set(sweep.opened)
    return sweep


def send_nothing(sweep: Sweep) -> None:
    """Send each form of these pages empty: what answers is a page like any other."""
    sweep.forms()
    english = untranslated(sweep.foreign)
    assert sweep.opened["refused"] > 50, sweep.opened["refused"]
    assert not sweep.found, "\n".join(sweep.found)
    assert not english, "\n".join(english)
