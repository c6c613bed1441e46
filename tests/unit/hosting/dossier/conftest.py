"""A session with real work in it, its dossier, and dossiers that somebody else made of its files."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from tests.conftest import SEALED, Clock, People
from tests.hosting_place import instructor, somebody
from tests.unit.credentials.conftest import facts_of
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.analysis.models import Run, State
from training.analysis.results import Result
from training.courses.manuscript import reader
from training.courses.manuscript.questions import Question
from training.courses.moving import archive
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.credentials.models import Confirmation, Resit
from training.grading.values.reading import kind_of
from training.hosting.attendance.service import grid, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.dossier import service, verify
from training.hosting.models import RuleChange, TeachingSession
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.labs.models import AttemptRun, Judgement
from training.labs.service import attempts, findings, notebook, rules
from training.labs.service.findings import Claimed
from training.learning import judge
from training.learning.service import courses
from training.settings import Settings
from training.store import Store, new_id

Files = Mapping[str, bytes]
RECORD = ("First line", "Taken with a separator\u2028of lines, and \u0623 letters")
OTHER = Ed25519PrivateKey.from_private_bytes(b"7" * 32)


def no_result(_run: Run) -> Result:
    raise AssertionError


def work(session: Session, settings: Settings, people: People, clock: Clock, of: UUID) -> None:
    """A trainee begins a lab, runs, cites, submits twice; a marker judges; attendance is marked; a paper is given."""
    teaching = session.get_one(TeachingSession, of)
    actor = somebody(people, "trainee", Role.TRAINEE)
    attempt = attempts.begin(session, settings.instance, actor, "finance-workstation", clock())
    case = attempts.case(session, settings.instance, attempt)
    at = {"queued_at": clock(), "started_at": clock(), "ended_at": clock()}
    of_run = {"key": "5" * 64, "exhibit": attempt.exhibit, "symbols": "0" * 64, "plugin": "linux.pslist"}
    version = {"plugin_version": "1", "options": {}, "volatility": "2", "island": 1, "state": State.COMPLETE}
    run = Run(id=new_id(), **of_run, **version, **at)
    session.add(run)
    session.flush()
    session.add(AttemptRun(attempt_id=attempt.id, number=1, run_id=run.id, asked_at=clock()))
    cited = notebook.cite_line(session, case, 2, RECORD, clock())
    notebook.note(session, case, cited.number, "ends\u2028here", clock())
    for question in ("q1", "q2"):
        asked, key = attempts.question_of(case.lab, question), new_id().hex
        claimed = Claimed("1", cited=(cited.number,), bare=True)
        done = findings.submit(session, case, asked, claimed, key, (no_result, RECORD), clock())
        assert done.finding is not None
        judged = {"finding_id": done.finding.id, "seq": 1, "origin": "override", "version_id": None, "verdict": {}}
        session.add(Judgement(**judged, judged=True, credit=0.5, reason="looked", by=None, at=clock()))
        session.flush()
    times = standing.ledger(session, teaching).now(clock())
    assert times is not None
    filled = Filled({people["trainee"]: Mark("present")}, "", 0)
    grid.keep(session, instructor(people), teaching, times, filled, Origin("grid", new_id().hex), clock())
    award = Award(people["trainee"], of, people.home, facts_of())
    site = Site(settings.instance, "https://training.example")
    credentials.issue(session, site, award, instructor(people), clock())
    decided(session, people, clock, of)


def decided(session: Session, people: People, clock: Clock, of: UUID) -> None:
    """Rows of what was decided: a rule that was changed, results that were confirmed, an examination taken again."""
    by, now = people["instructor"], clock()
    rule = {"before": {}, "after": {}, "reason": "The room opens late.", "begun": True}
    session.add(RuleChange(session_id=of, number=1, **rule, by=by, at=now))
    session.add(Confirmation(session_id=of, results_sha256="0" * 64, by=by, at=now))
    again = {"examination": "A", "sitting": 2, "variant": "B", "works": [], "reason": "Ill on the day.",
             "opens_at": now, "ends_at": now + timedelta(hours=1)}  # fmt: skip
    row = {"session_id": of, "person_id": people["trainee"], "granted_by": by, "granted_at": now, "withdrawn_why": ""}
    session.add(Resit(**row, **again))


def classroom(store: Store, settings: Settings, people: People, clock: Clock, of: UUID, size: int) -> list[Actor]:
    """More trainees of an open session, each with an attempt and an answer to a quiz; who they are.

    At q1 every third takes a genuine kernel thread for the false one, the others are right. At q2 all are wrong first,
    every fourth after a hint, and right then.
    """
    with store.writing() as session:
        given: dict[str, Any] = {"sealed": SEALED, "home": people.home, "role": Role.TRAINEE, "now": clock()}
        names = [f"seat{number:02}" for number in range(size)]
        made = [accounts.make_person(session, login=one, name=one.title(), **given).id for one in names]
        teaching = session.get_one(TeachingSession, of)
        members.add_all(session, instructor(people), teaching, dict.fromkeys(made, Place()), clock())
    actors = [Actor(one, "", people.home, frozenset({(people.home, Role.TRAINEE)})) for one in made]
    for number, actor in enumerate(actors):
        clock.forward(seconds=7)
        with store.writing() as session:
            at_work(session, settings, actor, number, clock)
    return actors


def at_work(session: Session, settings: Settings, actor: Actor, number: int, clock: Clock) -> None:
    """One of them."""
    attempt = attempts.begin(session, settings.instance, actor, "finance-workstation", clock())
    case = attempts.case(session, settings.instance, attempt)

    def submit(name: str, value: str, marked: float | None = None) -> None:
        asked = attempts.question_of(case.lab, name)
        said, key = Claimed(value, bare=True), new_id().hex
        done = findings.submit(session, case, asked, said, key, (no_result, RECORD), clock())
        if marked is not None and done.finding is not None:
            row = {"seq": 1, "origin": "mark", "version_id": None, "verdict": {"correctness": marked}, "judged": True}
            session.add(Judgement(finding_id=done.finding.id, **row, credit=marked, reason="", by=None, at=clock()))
            session.flush()

    def right(name: str) -> str:
        key = rules.of(session, case).key(name)
        assert key is not None
        spec = attempts.question_of(case.lab, name).spec
        return kind_of(spec).write(key.answer, spec)

    key = rules.of(session, case).key("q1")
    assert key is not None
    thread = str(key.mistakes[0][0])
    if number % 3:
        submit("q1", right("q1"), 1.0)  # it cites nothing, and a marker was content
    else:
        submit("q1", thread)
    if number % 4 == 0:
        findings.take_hint(session, case, attempts.question_of(case.lab, "q2"), 1, clock())
    submit("q2", "1")
    submit("q2", right("q2"))
    place = courses.place(session, settings.instance, actor, "memory-analysis")
    quiz = min((one for each in place.course.modules for one in each.questions if one.type == "choice"), key=name_of)
    right_one = judge.answer_of(reader.keys(place.folder)[quiz.id])[0]
    given = [right_one if number % 2 else min(option for option, _ in quiz.options if option != right_one)]
    courses.answer(session, actor, place, quiz, given, new_id().hex, clock())


def name_of(question: Question) -> str:
    return question.id


@pytest.fixture
def worked(store: Store, settings: Settings, people: People, clock: Clock, opened: UUID) -> UUID:
    """An open session in which somebody worked."""
    with store.writing() as session:
        work(session, settings, people, clock, opened)
    return opened


@pytest.fixture
def sealed(store: Store, settings: Settings, people: People, clock: Clock, worked: UUID) -> Callable[[], bytes]:
    """Seal the dossier of that session, and write down that it was sealed."""

    def made() -> bytes:
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, worked)
            data = service.seal(session, teaching, settings.instance, clock())
            service.note_sealed(session, instructor(people), teaching, data, clock())
        return data

    return made


def again(files: Files, key: Ed25519PrivateKey = OTHER, **said: Any) -> bytes:
    """The files as somebody seals them who has a key and the patience to make everything fit."""
    kept = {name: data for name, data in files.items() if name not in verify.APART}
    listed = [
        {"path": name, "sha256": sha256(kept[name]).hexdigest(), "size": len(kept[name])} for name in sorted(kept)
    ]
    public = key.public_key().public_bytes_raw()
    counts = {name[8:-6]: kept[name].count(b"\n") for name in kept if name.startswith("records/")}
    told = {"files": listed, "counts": counts, "key": sha256(public).hexdigest()}
    manifest = json.dumps({**json.loads(files["manifest.json"]), **told, **said}).encode()
    signature = key.sign(verify.SIGNED_AS + manifest)
    seal = {"key": base64.b64encode(public).decode(), "signature": base64.b64encode(signature).decode()}
    return archive.write({**kept, "manifest.json": manifest, "seal.json": json.dumps(seal).encode()})
