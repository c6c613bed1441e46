"""Whatever is damaged, the server starts, says what it is, and everything else is worked with."""

import ctypes
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, People, token_of
from tests.own_content import Own, own_installation
from training.accounts import service as accounts
from training.analysis.executor import InlineExecutor
from training.evidence import service as evidence
from training.factory import create_app, open_rooms
from training.operating import startup
from training.settings import Settings

WHOLE = "lighthouse"
FOLDERS = {"missing", "unreadable", "something else in its place", "a link to itself"}
"""What can happen to a folder as well as to a file."""


@contextmanager
def without_privilege() -> Iterator[None]:
    """As a server that is not root's: what nobody may read can't be read. Drops what lets this thread pass by modes."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the interface, this thread
    before = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    less = (ctypes.c_uint32 * 6)(*before)
    less[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, less) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0


def overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    overwrite(path, bytes(content))


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def in_its_place(path: Path) -> None:
    """A folder where a file is expected, or the other way round."""
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("no folder", "utf-8")
    else:
        path.unlink()
        path.mkdir()


def loop(path: Path) -> None:
    """A link that leads to itself."""
    remove(path)
    path.symlink_to(path.name)


def cut(path: Path) -> None:
    overwrite(path, path.read_bytes()[:-7])


def empty(path: Path) -> None:
    overwrite(path, b"")


def garble(path: Path) -> None:
    overwrite(path, b"{\xff not: [what, it was")


def lock(path: Path) -> None:
    path.chmod(0)


def nest(path: Path) -> None:
    """Deeper than any reader goes."""
    overwrite(path, b'{"a":' * 50_000)


HARM: dict[str, Callable[[Path], None]] = {
    "missing": remove,
    "one byte changed": flip,
    "cut short": cut,
    "empty": empty,
    "garbled": garble,
    "unreadable": lock,
    "something else in its place": in_its_place,
    "a link to itself": loop,
    "nested without end": nest,
}


@dataclass(frozen=True)
class Case:
    """One file, or folder, and what happened to it."""

    part: str
    harm: str

    def strike(self, folder: Path) -> None:
        """Do it."""
        HARM[self.harm](folder / self.part)


def cases(*parts: str) -> Mapping[str, Case]:
    """Every harm to every part, by the name of the lab or course that it is done to."""
    pairs = [(part, harm) for part in parts for harm in HARM if "." in part or harm in FOLDERS]
    return {f"victim-{number}": Case(part, harm) for number, (part, harm) in enumerate(pairs)}


class Started:
    """A server as it stands after its start, and what it said."""

    def __init__(self, own: Own, people: People, clock: Clock) -> None:
        self.people, self.clock, self.said = people, clock, list[str]()
        self.rooms = open_rooms(own.settings, InlineExecutor(), clock)
        startup.prepare(own.settings, self.rooms.store, clock(), self.said.append, lambda *_: None)
        startup.open_all(self.rooms, self.said.append)
        self.app: Flask = create_app(own.settings, self.rooms)
        self.app.config.update(TESTING=True)

    def client(self, name: str) -> FlaskClient:
        """A browser in which somebody is signed in."""
        client = self.app.test_client()
        with self.rooms.store.writing() as session:
            token = accounts.start(session, self.people[name], now=self.clock())
        with client.session_transaction() as cookie:
            cookie["token"] = token
        return client

    def close(self) -> None:
        """End it."""
        self.rooms.engine.stop()
        self.rooms.store.close()


def start_once(own: Own, people: People, clock: Clock) -> None:
    """A start that finds everything whole, and every exhibit unpacked as by those who work on it."""
    started = Started(own, people, clock)
    assert not [said for said in started.said if said.startswith(("Damaged", "Not published"))]
    with started.rooms.store.reading() as session:
        every = evidence.every(session)
    for exhibit in every:
        started.rooms.vault.open(exhibit.sha256)
    started.close()


@contextmanager
def start(own: Own, people: People, clock: Clock) -> Iterator[Started]:
    """A start of somebody who has no more rights than the modes of files give."""
    with without_privilege():
        started = Started(own, people, clock)
        yield started
        started.close()
    for path in [*own.labs.rglob("*"), *own.settings.courses.rglob("*"), *own.settings.instance.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)  # so that it can be removed


def begin(client: FlaskClient, lab: str) -> str:
    """Begin a lab and verify its exhibit; the page of the record that shows the outcome."""
    page = client.get(f"/labs/{lab}")
    assert page.status_code == 200, page.text
    begun = client.post(f"/labs/{lab}", data={"csrf_token": token_of(page.text)})
    assert begun.status_code == 303, begun.text
    bench = client.get(begun.location)
    assert bench.status_code == 200, bench.text
    verified = client.post(f"{begun.location}/verify", data={"csrf_token": token_of(bench.text)})
    return client.get(verified.location).text if verified.status_code == 303 else verified.text


def everything_else_works(started: Started) -> None:
    assert "Damaged" not in begin(started.client("trainee"), WHOLE)
    for name in ("trainee", "instructor", "administrator", "host"):
        client = started.client(name)
        for address in ("/", "/labs", "/courses", "/glossary", f"/courses/{WHOLE}", f"/search?q={WHOLE}"):
            page = client.get(address)
            assert page.status_code == 200, f"{name} {address}: {page.text}"
            assert WHOLE in page.text or address in {"/", "/glossary"}


PACKED = cases("exhibit.json", "image.raw.zst", "truth.json", "record.txt", "5.0.json.xz", "")


def test_damaged_packs_at_the_first_start(settings: Settings, people: People, clock: Clock, tmp_path: Path) -> None:
    own = own_installation(settings, tmp_path / "own", [WHOLE, *PACKED], [WHOLE])
    for name, case in PACKED.items():
        case.strike(own.pack(f"{name}-a"))
    with start(own, people, clock) as started:
        everything_else_works(started)
    unsaid = [case for name, case in PACKED.items() if not any(f"{name}-a" in said for said in started.said)]
    assert [case for case in unsaid if case.part] == []
    assert {case.harm for case in unsaid} <= FOLDERS, "no pack is there that could be said to be damaged"


LAID_OUT = cases("image.raw", "truth.json", "record.txt", "symbols/linux/5.0.json.xz", "symbols", "")


def test_damaged_exhibits_that_are_registered(settings: Settings, people: People, clock: Clock, tmp_path: Path) -> None:
    own = own_installation(settings, tmp_path / "own", [WHOLE, *LAID_OUT], [WHOLE])
    start_once(own, people, clock)
    for name, case in LAID_OUT.items():
        case.strike(own.kept(f"{name}-a"))
    with start(own, people, clock) as started:
        everything_else_works(started)


LAB = cases("lab.yaml", "brief.md", "keys", "")
COURSE = cases("course.yaml", "keys.yaml", "01-light/index.md", "01-light/media/shapes.svg", "01-light", "")


def test_damaged_labs_and_courses(settings: Settings, people: People, clock: Clock, tmp_path: Path) -> None:
    own = own_installation(settings, tmp_path / "own", [WHOLE, *LAB], [WHOLE, *COURSE])
    for name, case in LAB.items():
        case.strike(own.labs / name)
    for name, case in COURSE.items():
        case.strike(own.settings.courses / name)
    with start(own, people, clock) as started:
        everything_else_works(started)


def test_damaged_releases(settings: Settings, people: People, clock: Clock, tmp_path: Path) -> None:
    own = own_installation(settings, tmp_path / "own", [WHOLE, *LAB], [WHOLE, *COURSE])
    start_once(own, people, clock)
    for kind, struck in (("lab", LAB), ("course", COURSE)):
        for name, case in struck.items():
            case.strike(next((own.settings.instance / "releases" / kind / name).iterdir()))
    elsewhere = own.settings.instance.rename(own.settings.instance.with_name("elsewhere"))  # nothing was read there yet
    own = replace(own, settings=own.settings.model_copy(update={"instance": elsewhere}))
    with start(own, people, clock) as started:
        everything_else_works(started)
        told = {name: started.client(name).get("/labs").text for name in ("trainee", "instructor")}
    lost = next(name for name, case in LAB.items() if case == Case("lab.yaml", "missing"))
    plain = f"The lab {lost} is damaged and can't be opened until it is repaired."
    shown = {name: unescape(re.sub(r"<[^>]*>", "", page)) for name, page in told.items()}
    assert all(plain in page for page in shown.values()), shown["trainee"]
    assert f"labs/{lost}/lab.yaml:1: can't be read" in shown["instructor"]
    assert "lab.yaml:1" not in shown["trainee"]
