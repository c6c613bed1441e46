"""An installation and its people, who do whatever comes to their mind: work that bundles carry about."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import People
from tests.labs_place import make_run
from training.analysis.models import Run
from training.hosting.board.models import Message
from training.hosting.carry import merging, rows
from training.hosting.carry.bundle import Bundle
from training.hosting.carry.identities import Answers
from training.hosting.carry.tables import CARRIED
from training.hosting.models import Part, PinnedRelease
from training.labs.models import Assignment, Attempt, AttemptRun, Citation, Draft, Finding, HintTaken, Judgement
from training.store import new_id

from .conftest import LAB, Place

OTHERS = Answers(other={"trainee": "amina", "instructor": "boris"})
QUESTIONS = ("q1", "q2", "q3")
QUIET = ("attempt", "finding", "citation", "judgement", "attempt_run", "run", "session_message", "hint_taken")
"""Tables of which nothing may get lost, whatever crosses."""


class Side:
    """One installation and its people, who do whatever comes to their mind. `made` is what they made, by table."""

    def __init__(self, place: Place, people: People, teaching: UUID, exhibit: str, seed: int) -> None:
        self.place, self.people, self.teaching, self.exhibit = place, people, teaching, exhibit
        self.draw = random.Random(seed)  # noqa: S311 - a test that can be repeated
        self.made: dict[str, set[str]] = {name: set() for name in QUIET}
        self.held: list[Bundle] = []

    def work(self, times: int) -> None:
        acts: list[Callable[[Session], Any]] = [
            *[self.begin, self.submit, self.submit, self.cite, self.run, self.type, self.say],
            *[self.judge, self.hint, self.start],
        ]
        with self.place.store.writing() as session:
            for _ in range(times):
                self.draw.choice(acts)(session)
                session.flush()

    def keep(self, session: Session, row: Any) -> None:
        session.add(row)
        name = row.__tablename__
        values = {column: getattr(row, column) for column in rows.identity(name)}
        self.made[name].add(rows.key(name, values))

    def attempt(self, session: Session) -> Attempt | None:
        found = session.scalars(select(Attempt).order_by(Attempt.id)).all()
        return self.draw.choice(found) if found else None

    def begin(self, session: Session) -> None:
        person = self.people[self.draw.choice(("trainee", "colleague"))]
        for one in session.scalars(select(Attempt).filter_by(person_id=person, closed_at=None)):
            one.closed_at = self.place.now()
        session.flush()
        release = session.scalars(select(PinnedRelease.release_id).filter_by(name=LAB)).one()
        assignment = session.scalars(select(Assignment.id).filter_by(circle=self.teaching)).one()
        given = {"organisation_id": self.people.home, "release_id": release, "exhibit": self.exhibit}
        self.keep(
            session,
            Attempt(id=new_id(), person_id=person, assignment_id=assignment, opened_at=self.place.now(), **given),
        )

    def submit(self, session: Session) -> None:
        attempt, question = self.attempt(session), self.draw.choice(QUESTIONS)
        if attempt is None:
            return
        before = session.scalars(select(Finding).filter_by(attempt_id=attempt.id, question=question)).all()
        self.keep(
            session,
            Finding(
                id=new_id(),
                attempt_id=attempt.id,
                question=question,
                try_no=len(before) + 1,
                step=len(before) + 1,
                value=f"value {self.draw.random()}",
                citations=[],
                request_key=str(new_id()),
                understood="",
                verdict={"credit": 0},
                judged=True,
                credit=0.0,
                points=0.0,
                at=self.place.now(),
            ),
        )

    def cite(self, session: Session) -> None:
        attempt, line = self.attempt(session), self.draw.randrange(1, 400)
        if attempt is None or session.scalars(select(Citation).filter_by(attempt_id=attempt.id, line=line)).first():
            return
        number = len(session.scalars(select(Citation).filter_by(attempt_id=attempt.id)).all()) + 1
        given = {"attempt_id": attempt.id, "number": number, "material": "record", "line": line}
        self.keep(session, Citation(id=new_id(), made_at=self.place.now(), note="", column="", **given))

    def run(self, session: Session) -> None:
        attempt, key = self.attempt(session), f"{self.draw.randrange(40):064x}"
        if attempt is None:
            return
        run = session.scalars(select(Run).filter_by(key=key)).first()
        if run is None:
            run = make_run(key, self.exhibit, self.place.now())
            session.add(run)
            session.flush()
            folder = self.place.instance / "results"
            folder.mkdir(exist_ok=True)
            (folder / run.result_name).write_bytes(key.encode())
        asked = session.scalars(select(AttemptRun).filter_by(attempt_id=attempt.id)).all()
        if all(one.run_id != run.id for one in asked):
            session.add(
                AttemptRun(attempt_id=attempt.id, number=len(asked) + 1, run_id=run.id, asked_at=self.place.now())
            )

    def type(self, session: Session) -> None:
        """Drafts of one's own: each side types into its own question."""
        attempt, question = self.attempt(session), f"draft {id(self) % 97}"[:20]
        if attempt is None:
            return
        draft = session.get(Draft, (attempt.id, question)) or Draft(attempt_id=attempt.id, question=question)
        draft.value, draft.updated_at, draft.citations = str(self.draw.random()), self.place.now(), []
        session.add(draft)

    def say(self, session: Session) -> None:
        said = session.scalars(select(Message)).all()
        self.keep(
            session,
            Message(
                id=new_id(),
                session_id=self.teaching,
                number=max((one.number for one in said), default=0) + 1,
                text=f"{self.draw.random()}",
                by=self.people["instructor"],
                at=self.place.now(),
                request_key=str(new_id()),
            ),
        )

    def judge(self, session: Session) -> None:
        found = session.scalars(select(Finding).order_by(Finding.id)).all()
        if not found:
            return
        finding = self.draw.choice(found)
        seq = len(session.scalars(select(Judgement).filter_by(finding_id=finding.id)).all()) + 1
        given = {"verdict": {}, "judged": True, "credit": 1.0, "reason": "again", "at": self.place.now()}
        self.keep(session, Judgement(id=new_id(), finding_id=finding.id, seq=seq, origin="override", **given))

    def hint(self, session: Session) -> None:
        attempt, question = self.attempt(session), self.draw.choice(QUESTIONS)
        if attempt and session.get(HintTaken, (attempt.id, question, 1)) is None:
            self.keep(
                session,
                HintTaken(attempt_id=attempt.id, question=question, number=1, step=1, price=0.1, at=self.place.now()),
            )

    def start(self, session: Session) -> None:
        """Each side begins its own slots."""
        names = ("instance", "laptop", "office")
        every = session.scalars(select(Part).order_by(Part.id)).all()
        slots = [one for one in every[names.index(self.place.instance.name) :: len(names)] if one.began_at is None]
        if slots:
            self.draw.choice(slots).began_at = self.place.now()


def state(side: Side) -> rows.State:
    with side.place.store.reading() as session:
        return rows.read(session, side.teaching)


def compared(state: rows.State, name: str) -> dict[str, Any]:
    rule = next(one for one in CARRIED if one.name == name)
    return {key: {c: row[c] for c in merging.compared(rule, row)} for key, row in state[name].items()}
