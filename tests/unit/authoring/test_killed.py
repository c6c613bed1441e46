"""A server that is killed while authors save loses nothing that it acknowledged."""

import json
import random
import shutil
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text

from tests.conftest import token_of
from training.audit import service as audit
from training.authoring import service
from training.authoring.models import Revision
from training.authoring.service import Copy
from training.operating.tour.server import Server
from training.settings import ROOT
from training.store import Store

pytestmark = [pytest.mark.enable_socket, pytest.mark.long]
SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
COURSE = Copy("course", "harbour")
PATH = "01-quay/index.md"
HOME = f"/authoring/{COURSE.kind}/{COURSE.name}"
AUTHORS, TRIALS = 4, 2


@dataclass
class Browser:
    """What a browser keeps: its cookies and the token of the last form."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            body = urlencode({"csrf_token": self.token, **fields}) if method == "POST" else None
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for header in answer.headers.get_all("Set-Cookie", []):
                name, _, value = header.partition(";")[0].partition("=")
                self.cookies[name] = value
            page = answer.read().decode()
        finally:
            connection.close()
        if 'name="csrf_token"' in page:
            self.token = token_of(page)
        return answer.status, page

    def sign_in(self) -> None:
        self.ask("GET", "/sign-in")
        self.ask("POST", "/sign-in", login="instructor", password=self.server.passwords["instructor"])
        self.ask("GET", "/authoring")


def author(browser: Browser, number: int, told: list[str], stop: threading.Event) -> None:
    """Save one text after the other, each from what the file holds, and note those that were acknowledged."""
    count, base = 0, 1
    while not stop.is_set():
        count += 1
        mine = f"Author {number} wrote {count} at {time.monotonic_ns()}.\n"
        try:
            _, said = browser.ask("POST", f"{HOME}/autosave/{PATH}", text=mine, base=str(base))
        except (OSError, HTTPException):
            return
        done = json.loads(said)
        assert done["outcome"] in {"saved", "clash", "merged"}
        base = done["version"]
        told.append(mine)


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "courses" / "harbour")
    for folder in ("instance", "labs"):
        (tmp_path / folder).mkdir()
    here = f'courses = "{tmp_path / "courses"}"\nlabs = "{tmp_path / "labs"}"\n'
    (tmp_path / "instance" / "engram.toml").write_text(here, "utf-8")
    server, chance = Server(tmp_path / "instance"), random.Random(20_261_126)  # noqa: S311 - moments of a test
    server.start()
    store = Store(f"sqlite:///{server.instance / 'engram.db'}")
    first = Browser(server)
    first.sign_in()
    assert first.ask("POST", f"{HOME}/begin")[0] == 303
    told: list[str] = []
    for _ in range(TRIALS):
        stop = threading.Event()
        browsers = [Browser(server, dict(first.cookies), first.token) for _ in range(AUTHORS)]
        threads = [
            threading.Thread(target=author, args=(one, number, told, stop)) for number, one in enumerate(browsers)
        ]
        before = len(told)
        for one in threads:
            one.start()
        while len(told) == before:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.1, 0.6))
        server.kill()
        stop.set()
        for one in threads:
            one.join()
        with store.reading() as session:
            kept = {(content or b"").decode() for content in session.scalars(select(Revision.content))}
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
            assert audit.check(session).fault is None
        assert [one for one in told if one not in kept] == []
        server.start()
    with store.reading() as session:
        held = service.contents(session, COURSE)[PATH].decode()
    store.close()
    status, page = first.ask("GET", f"{HOME}/files/{PATH}")
    server.kill()
    assert status == 200
    assert held in kept  # the last one may have been kept without its answer having come
    assert held.strip() in page
    assert len(told) >= TRIALS
