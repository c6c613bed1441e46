"""A class at work on an installation of its own: trainees who are signed in, with open attempts and cited places."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.analysis.models import Run, State
from training.analysis.results import Result
from training.evidence import service as evidence
from training.forge import pack
from training.labs import reader
from training.labs.models import Attempt
from training.labs.reader import Lab
from training.labs.service import attempts, notebook, runs
from training.operating import serve, startup
from training.operating.bench.sheets import Rows, Sheet, sheets
from training.operating.tour.path import LAB
from training.operating.tour.server import Server
from training.settings import ROOT, Settings
from training.store import Store, new_id

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PROVEN = 'class="say ok" id="verdict"'
NOT_PROVEN = 'id="verdict"'
"""What an answer holds that tells a verdict: the right value's, and any."""


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


Request = dict[str, str]
"""A finding on its way: what `load.py` needs, and with it the question, the number of the try, the value."""


@dataclass
class Seat:
    """A trainee: who it is, the cookie and form token of the sign-in, the open attempt, its citations by place."""

    actor: Actor
    cookie: str
    csrf: str = ""
    attempt: UUID | None = None
    cited: dict[tuple[str, int], int] = field(default_factory=dict)

    def request(self, sheet: Sheet, number: int) -> Request:
        """The finding number `number` of a question, as `load.py` sends it, under a fresh request key."""
        key, value = str(new_id()), sheet.values[number]
        fields = [("csrf_token", self.csrf), ("request_key", key), ("seen", str(number)), ("value", value)]
        fields += [("confidence", "probable"), *(("cited", str(self.cited[place])) for place in sheet.places)]
        return {
            "key": key,
            "question": sheet.question,
            "try": str(number + 1),
            "value": value,
            "path": f"/attempts/{self.attempt}/findings?question={sheet.question}",
            "cookie": self.cookie,
            "body": urlencode(fields),
            "want": PROVEN if value == sheet.right else NOT_PROVEN,
        }


class Classroom:
    """An installation with a lab and its runs, and trainees on it. Its server is the caller's to start and to stop."""

    def __init__(self, folder: Path, seats: int) -> None:
        content = lay_out_lab(folder)
        self.settings = Settings.load({}, instance=folder / "instance", **content)
        self.settings.instance.mkdir(parents=True)
        written = [f"{name} = {json.dumps(str(path))}\n" for name, path in content.items()]
        (self.settings.instance / "engram.toml").write_text("".join(written), "utf-8")
        self.server = Server(self.settings.instance)
        self.store = Store(self.settings.database)
        startup.prepare(self.settings, self.store, now(), _quiet, _quiet)
        _make_runs(self.settings, self.store)
        with self.store.reading() as session:
            self._plugins = {run.plugin: run.text for run in session.scalars(select(Run))}
        self.seats = self.people(seats)
        self.sheets: list[Sheet] = []
        self.sheets = self._sheets()
        self.sit()

    def close(self) -> None:
        """End the server and give the database back."""
        self.server.stop()
        self.store.close()

    def open_result(self, run: Run) -> Result:
        """The result of a run."""
        return Result.open(self.settings.instance / "results" / run.result_name)

    def sit(self) -> None:
        """Give every trainee a new attempt, with all runs asked for and all places cited that prove something."""
        for seat in self.seats:
            with self.store.writing() as session:
                self._begin(session, seat)

    def open_pages(self) -> None:
        """Open everybody's workbench once, for the form token that stands in it; the server must be up."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        for seat in self.seats:
            connection.request("GET", f"/attempts/{seat.attempt}", headers={"Cookie": seat.cookie})
            answer = connection.getresponse()
            page, given = answer.read().decode(), answer.getheader("Set-Cookie", "")
            seat.csrf = TOKEN.findall(page)[0]
            seat.cookie = given.partition(";")[0] or seat.cookie
        connection.close()

    def round(self, lanes: int) -> list[list[Request]]:
        """All findings of a class, for so many clients: each serves some trainees, who take turns."""
        made: list[list[Request]] = [[] for _ in range(lanes)]
        for sheet in self.sheets:
            for number in range(len(sheet.values)):
                for place, seat in enumerate(self.seats):
                    made[place % lanes].append(seat.request(sheet, number))
        return made

    def people(self, count: int, role: Role = Role.TRAINEE, name: str = "seat") -> list[Seat]:
        """So many people with a role, who are signed in."""
        cookies = _cookies(self.settings)
        sealed, made = accounts.seal(accounts.random_password()), []
        with self.store.writing() as session:
            home = accounts.by_login(session, "trainee").home_id
            for number in range(count):
                login = f"{name}{number}"
                person = accounts.make_person(
                    session, login=login, name=login, sealed=sealed, home=home, role=role, now=now()
                )
                token = accounts.start(session, person.id, now=now())
                made.append(Seat(accounts.actor_of(person), cookies(token)))
        return made

    def _sheets(self) -> list[Sheet]:
        with self.store.writing() as session:
            case = self._case(session, self.seats[0])
            record = evidence.record(self.settings.instance, case.exhibit)
            complete = session.scalars(select(Run).where(Run.state == State.COMPLETE))
            rows = {run.plugin: self._rows(run) for run in complete}
        return _answerable(case.lab, rows, record)

    def _rows(self, run: Run) -> list[dict[str, object]]:
        with self.open_result(run) as result:
            return result.all()

    def _case(self, session: Session, seat: Seat) -> attempts.Case:
        attempt = attempts.begin(session, self.settings.instance, seat.actor, LAB, now())
        return attempts.case(session, self.settings.instance, attempt)

    def _begin(self, session: Session, seat: Seat) -> None:
        if seat.attempt:
            attempts.close(session, session.get_one(Attempt, seat.attempt), now())
            session.flush()
        case = self._case(session, seat)
        record = evidence.record(self.settings.instance, case.exhibit)
        numbers = {name: runs.ask(session, case, text, now()).number for name, text in self._plugins.items()}
        seat.attempt = case.attempt.id
        for plugin, row in dict.fromkeys(place for sheet in self.sheets for place in sheet.places):
            made = (
                notebook.cite(session, case, numbers[plugin], row, "", self.open_result, now())
                if plugin
                else notebook.cite_line(session, case, row, record, now())
            )
            seat.cited[plugin, row] = made.number


@contextmanager
def classroom(folder: Path, seats: int) -> Iterator[Classroom]:
    """A classroom in a folder, whose server runs until the end of the block; all pages have been opened once."""
    made = Classroom(folder, seats)
    try:
        made.server.start()
        made.open_pages()
        yield made
    finally:
        made.close()


def _answerable(lab: Lab, rows: Rows, record: Sequence[str]) -> list[Sheet]:
    seal = lab.seals[lab.exhibits[0]]
    return sheets(lab, seal.sealed.keys, rows, record)


def lay_out_lab(folder: Path) -> dict[str, Path]:
    """Lay out content that is soon set up: no course, and the lab with its first exhibit alone, the same for everybody.

    The folders, by the names of their settings.
    """
    labs, courses = folder / "labs", folder / "courses"
    courses.mkdir(parents=True)
    shutil.copytree(ROOT / "labs" / LAB, labs / LAB)
    first = reader.draft(labs / LAB).exhibits[0]
    file = labs / LAB / reader.FILE
    file.write_text(re.sub(r"(?m)^exhibits: .*$", f"exhibits: [{first}]", file.read_text("utf-8")), "utf-8")
    (labs / "exhibits").mkdir()
    packed = ROOT / "labs" / "exhibits"
    for name in (first, *pack.read(packed / first).beside):
        (labs / "exhibits" / name).symlink_to(packed / name)
    return {"labs": labs, "courses": courses}


def _make_runs(settings: Settings, store: Store) -> None:
    from training.labs.warm import warm  # noqa: PLC0415 - the engine is needed nowhere else here

    warm(settings, store, [LAB], now, serve.held, _quiet, _quiet)


def _cookies(settings: Settings) -> Callable[[str], str]:
    """Makes the cookie that the sign-in page would give for a token: hashing sixty passwords would take a minute."""
    app = Flask("training.web")
    app.config.from_mapping(settings.flask())
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    if signer is None:
        msg = "the installation has no key that signs cookies"
        raise RuntimeError(msg)
    name = app.config["SESSION_COOKIE_NAME"]
    return lambda token: f"{name}={signer.dumps({'token': token})}"


def _quiet(*_said: object) -> None:
    """Nothing is told of how far it is."""
