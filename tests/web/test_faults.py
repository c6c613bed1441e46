"""What is no fault of the program, met by a real server: a database that others hold, a disk without room."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.conftest import token_of
from tests.runwide import Founded
from training.operating.tour.server import READY, free_port
from training.settings import PREFIX, ROOT

pytestmark = [pytest.mark.enable_socket, pytest.mark.long]


class Browser:
    """Signs in at a server, again and again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._ask = build_opener(HTTPCookieProcessor(CookieJar())).open
        self._token = token_of(self.get("/sign-in")[1])

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self._ask(self.url + path, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as bad:
            with bad:
                return bad.code, bad.read().decode()

    def enter(self, login: str, password: str) -> tuple[int, str, str]:
        """Status, page, and when to try again."""
        fields = urlencode({"csrf_token": self._token, "login": login, "password": password}).encode()
        try:
            with self._ask(f"{self.url}/sign-in", fields, timeout=60) as answer:
                return answer.status, answer.read().decode(), ""
        except HTTPError as bad:
            with bad:
                return bad.code, bad.read().decode(), bad.headers.get("Retry-After", "")


def test_a_database_that_another_process_holds_is_busy_and_no_fault(founded: Founded, tmp_path: Path) -> None:
    server = founded.server(tmp_path / "instance")
    server.start()
    try:
        browser = Browser(server.url)
        with closing(sqlite3.connect(tmp_path / "instance" / "engram.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            status, page, again = browser.enter("trainee", server.passwords["trainee"])
            assert browser.get("/health")[0] == 200  # reading goes on
            other.execute("ROLLBACK")
        assert (status, again) == (503, "5")
        assert "The database of the server is busy" in page
        assert "The number of this fault" not in page
        assert browser.enter("trainee", server.passwords["trainee"])[0] == 200
    finally:
        server.kill()


@contextmanager
def on_a_disk_of_its_own(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def serving(instance: Path, log: Path) -> Iterator[str]:
    """A server that writes its log into a file; where it answers."""
    url = f"127.0.0.1:{free_port()}"
    env = {"PATH": os.environ["PATH"], f"{PREFIX}INSTANCE": str(instance), f"{PREFIX}LISTEN": url}
    with log.open("w") as out:
        running = subprocess.Popen([sys.executable, "app.py", "serve"], cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            until = time.monotonic() + 120
            while READY not in log.read_text("utf-8"):
                assert running.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < until
                time.sleep(0.1)
            yield f"http://{url}"
        finally:
            running.terminate()
            running.wait(60)


def fill(folder: Path) -> Path:
    """A file that takes all room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out:
        try:
            while out.write(bytes(2**16)):
                pass
        except OSError:
            return filler
    raise AssertionError(folder)


def test_a_full_disk_with_the_log_on_it_is_told_each_time_and_no_fault(founded: Founded, tmp_path: Path) -> None:
    with on_a_disk_of_its_own(tmp_path / "disk") as disk:
        founded.server(disk / "instance")
        with serving(disk / "instance", disk / "log") as url:
            browser = Browser(url)
            assert browser.get("/health")[0] == 200
            filler = fill(disk)
            told = [browser.enter(f"nobody-{number}", "not the password")[:2] for number in range(40)]
            health = browser.get("/health")
            filler.unlink()
            after = browser.enter("nobody", "not the password")[0], browser.get("/health")[0]
    assert {status for status, _page in told} <= {422, 507}  # a page of the database may have had room
    assert [status for status, _page in told[-30:]] == [507] * 30
    assert "There is no room left on the disk" in told[-1][1]
    assert health[0] == 503
    assert '"disk full"' in health[1]
    assert after == (422, 200)
