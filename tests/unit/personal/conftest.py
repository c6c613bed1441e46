"""Somebody about whom everything is held: a session from list to certificate, work in a lab, notes, sign-ins."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.browser.hosted import hosted
from tests.conftest import SERVER, Clock, People
from tests.sealed import demand_seals
from tests.unit.credentials.conftest import facts_of
from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Failure, Organisation, Person
from training.accounts.service.backoff import account_of
from training.accounts.service.people import rename
from training.audit import service as audit
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.grading.verdict import State, Verdict
from training.hosting.board.models import HelpRequest, Incident
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.roster.models import RosterImport, RosterNote
from training.hosting.service import sessions
from training.labs.models import Assignment, Attempt, AttemptCommand, Citation, Finding, Judgement
from training.labs.models.assignment import Accommodation
from training.labs.service import findings
from training.labs.service.findings import Claimed
from training.learning.models import Answer, Statement
from training.marking.models.appeals import Appeal
from training.marking.models.signs import SignAttempt, SignCase
from training.personal.service import asking
from training.personal.service.asking import Done, Wish
from training.reading.models import MarginNote
from training.settings import Settings
from training.store import Store, new_id
from training.web.rooms import Rooms

answered, desk_of = at_work.answered, at_work.desk_of  # fixtures

NAME, LOGIN = "Amina Diallo-Qasimi", "amina.diallo@agency.example"
ADDRESS = "2001:db8::4711"
TYPED = {
    one: f"zanthe {one} words"
    for one in (
        *("command", "citation", "draft", "finding", "reasoning", "answer", "margin", "did", "sees", "appeal"),
        *("decision", "roster", "time", "judgement", "case", "incident"),
    )
}
"""What was typed by or about the person, each text once."""
NUMBER = "ZX-9981-QQ"


@dataclass
class Held:
    """The person, and what hangs on it."""

    rooms: Rooms
    settings: Settings
    store: Store
    people: People
    clock: Clock
    id: UUID
    session: UUID
    attempt: UUID
    pages: Mapping[str, list[str]]

    def end(self) -> None:
        """Close the session: a matter that holds an erasure."""
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.session)
            lead = accounts.actor_of(accounts.by_login(session, "instructor"))
            sessions.close(session, lead, teaching, self.clock())

    def ask(self, **given: Any) -> UUID:
        """The person asks."""
        with self.store.writing() as session:
            return asking.ask(session, self.id, self.id, Wish(**given), self.clock()).id

    def erase(self, **given: Any) -> Done:
        """Asked for, waited, carried out."""
        self.end()
        erasure = self.ask(**given)
        self.clock.forward(days=31)
        return asking.carry_out(self.store, self.settings, erasure, self.clock())


class Kept:
    """An installation as it was when everything had been made, for all tests of a process: making it takes seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.ids = folder, dict[str, Any]()

    def keep(self, instance: Path, **ids: Any) -> None:
        """Set it aside, with what its rows are called. Only a database that is a file can be set aside."""
        if not SERVER:
            self._move(instance, self._folder)
            self.ids.update(ids)

    def lay(self, instance: Path) -> None:
        """Have an installation hold the same."""
        self._move(self._folder, instance)

    @staticmethod
    def _move(source: Path, target: Path) -> None:
        for file in source.rglob("*"):
            to = target / file.relative_to(source)
            if file.is_dir() and not file.is_symlink():
                to.mkdir(parents=True, exist_ok=True)
            elif not file.name.startswith("engram.db") and not to.is_symlink() and not to.exists():
                large = not file.is_symlink() and file.stat().st_size > 2**20  # an exhibit, which nobody writes to
                (os.link if large else partial(shutil.copy2, follow_symlinks=False))(file, to)
        given, taken = (sqlite3.connect(folder / "engram.db") for folder in (source, target))
        with closing(given), closing(taken):
            given.backup(taken)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("held"))


@pytest.fixture
def held(rooms: Rooms, settings: Settings, people: People, clock: Clock, kept: Kept, request: Any) -> Held:
    """Everything of the first trainee, who gets a name that stands nowhere else."""
    if not kept.ids:
        made = _made(rooms, settings, people, clock, request.getfixturevalue)
        kept.keep(settings.instance, people=people, session=made.session, attempt=made.attempt, pages=made.pages)
        return made
    assert kept.ids["people"] == people
    kept.lay(settings.instance)
    ids = kept.ids
    of, attempt, pages = ids["session"], ids["attempt"], {name: [*each] for name, each in ids["pages"].items()}
    return Held(rooms, settings, rooms.store, people, clock, people["trainee"], of, attempt, pages)


@pytest.fixture(autouse=True)
def _seals_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test has erased, removed or renamed, the chain knows each row as it is."""
    held: Held | None = request.getfixturevalue("held") if "held" in request.fixturenames else None
    yield
    if held is not None:
        demand_seals(held.store)


def _made(rooms: Rooms, settings: Settings, people: People, clock: Clock, fixture: Callable[[str], Any]) -> Held:
    assert fixture("published")
    desk_of: Callable[[str], Desk] = fixture("desk_of")
    pages: dict[str, list[str]] = {"": [], "trainee": [], "instructor": [], "host": []}
    person = people["trainee"]
    with rooms.store.writing() as session:
        of = hosted(session, settings, pages, clock())
    desk = desk_of("trainee")
    with rooms.store.writing() as session:
        _account(session, person, people, clock)
        _sessions(session, settings, person, of, people, clock)
        _work(session, desk, people, clock)
        _reading(session, person, people, clock)
    return Held(rooms, settings, rooms.store, people, clock, person, of, desk.attempt_id, pages)


def _account(session: Session, person: UUID, people: People, clock: Clock) -> None:
    mine = session.get_one(Person, person)
    rename(session, person, NAME, now=clock())
    mine.login, mine.login_key, mine.totp_secret = LOGIN, LOGIN, "JBSWY3DPEHPK3PXP"
    accounts.start(session, person, now=clock())
    session.add(Failure(account=account_of(LOGIN), address=ADDRESS, at=clock()))
    details = {"address": audit.commit_to(session, person, ADDRESS)}
    audit.record(session, act="sign-in.started", actor=person, subject=f"person:{person}", details=details, now=clock())
    home, host = session.get_one(Organisation, people.home), accounts.find(session, people["host"])
    assert host
    suggested = accounts.Suggested(NAME, LOGIN)
    accounts.invite(session, home, Role.TRAINEE, actor=accounts.actor_of(host), now=clock(), suggested=suggested)


def _sessions(session: Session, settings: Settings, person: UUID, of: UUID, people: People, clock: Clock) -> None:
    by, now = people["instructor"], clock()
    member = session.get_one(SessionMember, (of, person))
    member.number, member.extra_percent = NUMBER, 25
    session.add(RosterNote(session_id=of, person_id=person, note=TYPED["roster"]))
    listed = f"number,name\n7,{NAME}\n".encode("utf-16-le")
    session.add(RosterImport(session_id=of, name="list.csv", digest="0" * 64, source=listed, choices={}, made_by=by,
                             made_at=now))  # fmt: skip
    asked = session.query(HelpRequest).filter_by(person_id=person).one()
    asked.did, asked.sees, asked.closed_at, asked.closed_by, asked.word = TYPED["did"], TYPED["sees"], now, by, "tool"
    session.add(Incident(session_id=of, number=1, kind="extension", person_id=person, minutes=5, by=by, began_at=now,
                         reason=TYPED["incident"], request_key="inc-1"))  # fmt: skip
    lead = accounts.actor_of(accounts.by_login(session, "instructor"))
    assert lead.home
    award = Award(person, new_id(), lead.home, facts_of(holder=NAME))
    credentials.issue(session, Site(settings.instance, "http://localhost"), award, lead, now)


def _work(session: Session, desk: Desk, people: People, clock: Clock) -> None:
    case, by, now = desk.case(session), people["instructor"], clock()
    asked = desk.lab.questions[0].id
    verdict = Verdict(
        state=State.JUDGED, points=0, worth=1, tries_left=2, understood=TYPED["finding"], notes=("Read so.",)
    )
    made = Finding(attempt_id=case.attempt.id, question=asked, try_no=1, step=1, value=TYPED["finding"], citations=[],
                   request_key="f-1", understood=TYPED["finding"], verdict=verdict.model_dump(mode="json"), judged=True,
                   credit=0.0, points=0.0, share=1.0, reasoning=TYPED["reasoning"], at=now)  # fmt: skip
    session.add(made)
    session.add(AttemptCommand(attempt_id=case.attempt.id, at=now, typed=TYPED["command"], answer="No such plugin."))
    question = desk.lab.questions[1]
    findings.keep_draft(session, case, question, Claimed(TYPED["draft"], None, ()), now)
    session.flush()
    later = {**made.verdict, "credit": 1.0, "understood": TYPED["finding"]}
    session.add(Judgement(finding_id=made.id, seq=1, origin="override", verdict=later, judged=True, credit=1.0,
                          reason=f"{TYPED['judgement']}, {NAME}", by=by, at=now))  # fmt: skip
    session.add(Appeal(attempt_id=case.attempt.id, finding_id=made.id, kind="question", reason=TYPED["appeal"],
                       against=0, request_key="a-1", made_at=now, outcome="answered", note=TYPED["decision"],
                       decided_by=by, decided_at=now))  # fmt: skip
    signs = [
        {
            "kind": "rare",
            "person": str(case.attempt.id),
            "question": asked,
            "number": 1,
            "value": TYPED["finding"],
        }
    ]
    found = SignCase(organisation_id=people.home, release_id=case.attempt.release_id, key="c" * 64, signs=signs,
                     state="dismissed", note=TYPED["case"], opened_by=by, opened_at=now, decided_by=by, decided_at=now,
                     attempts=[SignAttempt(attempt_id=case.attempt.id)])  # fmt: skip
    session.add(found)
    session.add(Citation(attempt_id=case.attempt.id, number=1, material="record", line=1, note=TYPED["citation"],
                         made_at=now))  # fmt: skip
    given = session.scalars(select(Assignment.id)).first()
    assert given
    session.add(Accommodation(assignment_id=given, person_id=case.attempt.person_id, extra_minutes=30, at=now,
                              note=TYPED["time"], given_by=by))  # fmt: skip


def _reading(session: Session, person: UUID, people: People, clock: Clock) -> None:
    now, release = clock(), session.query(Finding).first()
    assert release
    session.add(MarginNote(person_id=person, course="memory-analysis", module="m1", section=1, mark="abc",
                           language="en", quote="A text", text=TYPED["margin"], version=1, request_key="m-1", at=now,
                           changed_at=now))  # fmt: skip
    pinned = session.get_one(Attempt, release.attempt_id).release_id
    session.add(Answer(person_id=person, course="memory-analysis", module="m1", question="q", release_id=pinned,
                       value=[TYPED["answer"]], score=0.5, request_key="an-1", at=now))  # fmt: skip
    session.add(Statement(person_id=person, organisation_id=people.home, kind="casework", competency="K3", task="case",
                          day=now.date(), request_key="s-1", by_id=people["instructor"], at=now))  # fmt: skip
