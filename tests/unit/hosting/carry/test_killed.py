"""Exports and imports that are killed, with a server at work beside them: all of it is there, or nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.conftest import SERVER, token_of
from training.audit import service as audit
from training.hosting.carry import bundle, drafts, history
from training.hosting.models import TeachingSession
from training.operating.tour.server import Server
from training.settings import PREFIX, ROOT

from .conftest import Place
from .sides import OTHERS

pytestmark = [pytest.mark.any_database, pytest.mark.enable_socket, pytest.mark.long]
Moment = Callable[[], bool]


def begin(place: Place, *arguments: str) -> "subprocess.Popen[str]":
    """A command of the program, in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {"instance": str(place.instance), "database_url": place.settings.database}
    env |= {f"{PREFIX}{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "app.py", "session", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(place: Place, *arguments: str) -> str:
    process = begin(place, *arguments)
    said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    return said


def kill_at(moment: Moment, place: Place, *arguments: str) -> bool:
    """Kill it as soon as something can be seen; whether it lived until then."""
    process = begin(place, *arguments)
    while not moment() and process.poll() is None:
        time.sleep(0.0005)
    process.kill()
    process.communicate(timeout=20)
    return process.returncode < 0


def left_over(*folders: Path) -> list[Path]:
    return [one for folder in folders for one in folder.rglob(f"{drafts.PREFIX}*")]


def later(seconds: float, moment: Moment) -> Moment:
    """So many seconds after that."""
    seen: list[float] = []

    def reached() -> bool:
        if not seen and moment():
            seen.append(time.monotonic())
        return bool(seen) and time.monotonic() - seen[0] >= seconds

    return reached


def taken(place: Place, one: bundle.Bundle) -> bool:
    """Whether a bundle was taken: row and act say the same, and the chain is whole."""
    with place.store.reading() as session:
        there = session.get(TeachingSession, one.manifest.session) is not None
        noted = one.name in {trip.bundle for trip in history.trips(session, one.manifest.session)}
        assert audit.check(session).fault is None
    assert there == noted
    return there


@pytest.fixture
def beside(laptop: Place) -> Iterator[Server]:
    """The server of the laptop."""
    server = Server(laptop.instance)
    server.start()
    yield server
    server.kill()


def writes(server: Server) -> bool:
    """Whether somebody who gives a wrong password is told so, which the server has written down before."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/sign-in")
    page = connection.getresponse()
    cookie = (page.headers["Set-Cookie"] or "").partition(";")[0]
    form = {"csrf_token": token_of(page.read().decode()), "login": "admin", "password": "not this one"}
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", urlencode(form), headers)
    status = connection.getresponse().status
    connection.close()
    return status in {401, 422, 429}


def test_an_import_that_is_killed_beside_a_server_is_there_whole_or_not_at_all(
    home: Place, laptop: Place, teaching: UUID, beside: Server, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "week.engram", laptop)
    others = [f"--other={there}={new}" for there, new in OTHERS.other.items()]
    command = ["import", str(sent.path), *others, "--yes", laptop.look(sent, OTHERS).seen]
    carried, releases = laptop.instance / "carried", laptop.instance / "releases"

    def unpacks() -> bool:
        return any(carried.glob(f"{drafts.PREFIX}*/rows.json"))

    moments: list[Moment] = [unpacks, later(0.02, unpacks), lambda: any(releases.glob("lab/*/*"))]
    killed = 0
    for number, moment in enumerate(moments):
        killed += kill_at(moment, laptop, *command)
        done = taken(laptop, sent)
        assert not (done and number == 0), "it was killed before the unit began"
        assert writes(beside)
        if number == 0:
            assert left_over(carried)  # what the next run sweeps away
        if done:
            break
    assert killed
    said = finish(laptop, *command)
    assert ("nothing: it was taken before" in said) == done
    assert taken(laptop, sent)
    assert left_over(laptop.instance, tmp_path) == []
    assert writes(beside)
    assert laptop.look(sent).taken
    if not SERVER:
        with laptop.store.reading() as session:
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_an_export_that_is_killed_is_a_whole_file_or_none(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path
) -> None:
    finish(laptop, "manifest", "--to", str(tmp_path / "laptop.json"))
    out, carried = tmp_path / "out", home.instance / "carried"
    out.mkdir()
    into = out / "week.engram"
    command = ["export", str(teaching), "--have", str(tmp_path / "laptop.json"), "--to", str(into)]

    def writes_it() -> bool:
        return any(one.stat().st_size for one in out.glob(f"{drafts.PREFIX}*/*/bundle"))

    moments: list[Moment] = [writes_it, lambda: any(carried.glob("*.zip"))]
    killed = 0
    for number, moment in enumerate(moments):
        killed += kill_at(moment, home, *command)
        if number == 0:
            assert left_over(out)
            assert not into.exists()
        if into.exists():
            assert _noted(home, bundle.read(into))
            into.unlink()
    assert killed
    assert "session export:" in finish(home, *command)
    assert [one.name for one in out.iterdir()] == ["week.engram"]
    assert left_over(home.instance) == []
    sent = bundle.read(into)
    assert _noted(home, sent)
    assert laptop.take(sent, OTHERS).sound


def _noted(place: Place, one: bundle.Bundle) -> bool:
    with place.store.reading() as session:
        assert audit.check(session).fault is None
        return one.name in {trip.bundle for trip in history.trips(session, one.manifest.session)}
