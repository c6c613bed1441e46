"""What the page of a live lab says of its machines before anybody wants one, and their preparation on demand."""

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.machines_place import LAB, Machines, live_lab, range_of
from tests.web.conftest import Clients, html_errors, post
from training.machines.ranges import Range
from training.settings import Settings
from training.store import Store

PAGE, WAITS = f"/labs/{LAB}", f"/labs/{LAB}/live/prepare"


@pytest.fixture
def machines(app: Flask, settings: Settings, store: Store, clock: Clock, tmp_path: Path) -> Iterator[Machines]:
    """A live lab of which nothing was prepared here."""
    live_lab(settings, store, tmp_path, clock())
    shutil.rmtree(settings.instance / "snapshots")
    made = Machines(clock, may_prepare=Event())
    app.extensions["range"] = range_of(settings, made)
    yield made
    made.may_prepare.set()
    ended(app.extensions["range"])


def ended(here: Range) -> None:
    """Wait until nobody prepares any more."""
    from training.machines.service import demanding  # noqa: PLC0415 - of this alone

    until = time.monotonic() + 20
    while demanding._held(here):
        assert time.monotonic() < until
        time.sleep(0.02)


def sound(client: FlaskClient, page: str) -> str:
    text = client.get(page).text
    assert html_errors(text) == []
    return text


def test_a_lab_that_was_not_prepared_says_so_and_is_prepared_on_demand(
    app: Flask, machines: Machines, clients: Clients
) -> None:
    one, other = clients["trainee"], clients["colleague"]
    text = sound(one, PAGE)
    assert "No machine of this lab was prepared on this server yet." in text
    assert "Go to the machine" not in text
    assert "No machine is ready." in sound(one, WAITS)
    asked = post(one, PAGE, WAITS)
    assert (asked.status_code, asked.location) == (303, WAITS)
    assert "0 of 2 machines are ready. The next one is being prepared." in sound(one, WAITS)
    assert 'data-again="2"' in one.get(WAITS).text
    assert "The machine is being prepared" in sound(other, PAGE)
    assert post(other, PAGE, WAITS).status_code == 303, "once more changes nothing"
    machines.may_prepare.set()
    ended(app.extensions["range"])
    text = sound(one, WAITS)
    assert "2 of 2 machines are ready." in text
    assert machines.prepared == ["a", "b"]
    assert "data-again" not in text
    assert "Go to the machine" in sound(other, PAGE)
    assert post(one, PAGE, f"/labs/{LAB}/live").status_code == 303


def test_what_went_wrong_is_said_and_can_be_tried_again(app: Flask, machines: Machines, clients: Clients) -> None:
    client = clients["trainee"]
    machines.fault = "the play failed"
    machines.may_prepare.set()
    assert post(client, PAGE, WAITS).status_code == 303
    ended(app.extensions["range"])
    for page in (PAGE, WAITS):
        text = sound(client, page)
        assert "the play failed" in text
        assert "Prepare the machine" in text
    machines.fault = ""
    assert post(client, PAGE, WAITS).status_code == 303
    ended(app.extensions["range"])
    assert "the play failed" not in sound(client, PAGE)
    assert "Go to the machine" in client.get(PAGE).text


def test_without_qemu_the_page_names_what_is_missing(machines: Machines, clients: Clients) -> None:
    client = clients["trainee"]
    machines.missing = "qemu-system-x86_64 is missing: install the Debian package qemu-system-x86"
    text = sound(client, PAGE)
    assert "install the Debian package qemu-system-x86" in text
    assert "Everything but live labs works without it." in text
    assert "Prepare the machine" not in text
    refused = post(client, PAGE, WAITS)
    assert refused.status_code == 409
    assert "qemu-system-x86" in refused.text


def test_one_lab_at_a_time(settings: Settings, machines: Machines, clients: Clients) -> None:
    assert post(clients["trainee"], PAGE, "/labs/first-aid/live/prepare").status_code == 404
    folder = settings.instance / "snapshots"
    folder.mkdir()
    with (folder / ".preparing").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        (folder / ".progress").write_text(json.dumps({"lab": "another", "since": "2026-11-27T05:00:00+00:00"}))
        refused = post(clients["trainee"], PAGE, WAITS)
    assert refused.status_code == 409
    assert "Machines of another lab are being prepared" in refused.text
    assert machines.prepared == []


def test_trainees_have_machines_prepared_so_often_an_hour_and_staff_as_often_as_they_want(
    machines: Machines, clients: Clients, clock: Clock, app: Flask
) -> None:
    machines.fault = "the play failed"
    machines.may_prepare.set()

    def ask(name: str) -> int:
        status = post(clients[name], PAGE, WAITS).status_code
        ended(app.extensions["range"])
        return status

    assert [ask("trainee") for _ in range(3)] == [303] * 3
    assert [ask("colleague") for _ in range(2)] == [303, 429], "they are of one organisation"
    assert [ask("stranger") for _ in range(5)] == [303] * 4 + [429]
    assert [ask("instructor") for _ in range(6)] == [303] * 6
    clock.forward(hours=1)
    assert ask("trainee") == 303
