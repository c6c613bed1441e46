"""Marking rounds for tests: an organisation with markers, trainees who submitted, and what they do."""

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import SEALED, Clock, People
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.content import service as content
from training.content.models import Release
from training.content.source import Mistake
from training.grading.question import Question
from training.grading.rubric import Criterion
from training.labs import reader
from training.labs.models import Attempt, Citation, Finding
from training.labs.service import attempts, findings, materials
from training.labs.service.findings import Claimed
from training.marking.models.rounds import Piece, Round
from training.marking.service.rounds import desk, ending, giving, opening
from training.marking.service.rounds.ending import Ended
from training.marking.service.rounds.giving import Typed
from training.marking.service.rounds.opening import About, Plan
from training.marking.service.rounds.outcome import State
from training.settings import ROOT
from training.store import new_id
from training.web.rooms import Rooms

LAB = ROOT / "labs" / "finance-workstation"
RUBRIC = (
    Criterion(id="claim", text="Claim and rows", levels=("not supported", "overstated", "one missing", "all of it")),
    Criterion(id="words", text="Plain words", levels=("no", "partly", "yes"), weight=0.5),
)
FULL = {"claim": 3, "words": 2}


@dataclass
class Office:
    """An organisation with three instructors, trainees who submitted, and rounds over what they submitted."""

    rooms: Rooms
    people: People
    release: UUID
    exhibit: str

    def attempt(self, who: str) -> UUID:
        """An attempt of somebody, the same at each call."""
        with self.rooms.store.writing() as session:
            found = session.scalars(select(Attempt).filter_by(person_id=self.people[who])).first()
            if found is None:
                place = {"organisation_id": self.people.home, "release_id": self.release, "exhibit": self.exhibit}
                now = self.rooms.clock()
                found = Attempt(person_id=self.people[who], **place, opened_at=now, closed_at=None)
                session.add(found)
                session.flush()
            return found.id

    def submit(
        self,
        who: str,
        value: str,
        question: str = "q1",
        *,
        judged: bool = False,
        cite: bool = False,
        citations: Sequence[str] = (),
    ) -> UUID:
        """A finding as grading keeps it without a key; it cites line 1 of the record if wanted, else `citations`."""
        attempt = self.attempt(who)
        with self.rooms.store.writing() as session:
            before = len(session.scalars(select(Finding).filter_by(attempt_id=attempt, question=question)).all())
            cited = [str(self._line(session, attempt))] if cite else list(citations)
            state = "judged" if judged else "unjudged"
            verdict = {"state": state, "understood": value, "points": 0.0, "worth": 10.0, "tries_left": 5}
            made = Finding(
                attempt_id=attempt,
                question=question,
                try_no=before + 1,
                step=before + 1,
                value=value,
                confidence="probable",
                citations=cited,
                request_key=str(new_id()),
                understood=value,
                verdict=verdict,
                judged=judged,
                credit=0.0,
                points=0.0,
                at=self.rooms.clock(),
            )
            session.add(made)
            session.flush()
            return made.id

    def _line(self, session: Session, attempt: UUID) -> UUID:
        made = Citation(attempt_id=attempt, number=1, material="record", line=1, made_at=self.rooms.clock())
        session.add(made)
        session.flush()
        return made.id

    def actor(self, who: str) -> Actor:
        with self.rooms.store.reading() as session:
            person = accounts.find(session, self.people[who])
        assert person
        return accounts.actor_of(person)

    def about(self, question: str = "q1") -> About:
        return About(self.people.home, self.release, question)

    def question(self, name: str = "q1", rubric: tuple[Criterion, ...] | None = RUBRIC) -> Question:
        """A question of the lab; with this rubric, or its own where that is None."""
        with self.rooms.store.reading() as session:
            lab = reader.load(content.folder_of(self.rooms.settings.instance, session.get_one(Release, self.release)))
        found = attempts.question_of(lab, name)
        return found if rubric is None else found.model_copy(update={"rubric": rubric})

    def open(
        self,
        markers: Sequence[str] = ("instructor", "second"),
        per_piece: int = 2,
        *,
        about: str = "q1",
        rubric: tuple[Criterion, ...] | None = RUBRIC,
        seed: int | None = 7,
        owner: str = "instructor",
    ) -> UUID:
        """Open a round over what waits for a question."""
        plan = Plan(tuple(self.people[one] for one in markers), per_piece, seed)
        question, actor = self.question(about, rubric), self.actor(owner)
        with self.rooms.store.reading() as session:
            result = self.rooms.engine.result
            given = opening.supports(session, self.rooms.settings.instance, self.about(about), result)
        with self.rooms.store.writing() as session:
            now = self.rooms.clock()
            return opening.open_round(session, self.about(about), question, plan, given, actor, now).id

    def write(self, who: str, text: str) -> bool:
        """Submit an answer to the written question as a trainee does; whether it was judged."""
        attempt = self.attempt(who)
        with self.rooms.store.writing() as session:
            held = session.get_one(Attempt, attempt, with_for_update=True)
            case, now = attempts.case(session, self.rooms.settings.instance, held), self.rooms.clock()
            sources = (self.rooms.engine.result, materials.of(case))
            question, typed = attempts.question_of(case.lab, "court"), Claimed(text, "certain", bare=True)
            done = findings.submit(session, case, question, typed, str(new_id()), sources, now)
            assert done.finding
            return done.finding.judged

    def pieces(self, held: UUID, who: str) -> list[UUID]:
        """Somebody's pieces, in their order."""
        with self.rooms.store.reading() as session:
            round_ = session.get_one(Round, held)
            return [one.piece.id for one in desk.entries(session, round_, self.people[who])]

    def give(self, piece: UUID, who: str, levels: dict[str, int], comment: str = "", *, finish: bool = True) -> str:
        with self.rooms.store.writing() as session:
            found, now = desk.hold(session, session.get_one(Piece, piece)), self.rooms.clock()
            return giving.give(session, found, self.people[who], Typed(levels, comment), now, finish=finish)

    def state(self, piece: UUID) -> tuple[State, dict[str, int] | None]:
        with self.rooms.store.reading() as session:
            found = desk.outcome_of(session.get_one(Piece, piece))
        return found.state, None if found.levels is None else dict(found.levels)

    def release_round(self, held: UUID, who: str = "instructor") -> Ended:
        with self.rooms.store.writing() as session:
            round_ = session.get_one(Round, held, with_for_update=True)
            instance, now = self.rooms.settings.instance, self.rooms.clock()
            return ending.release(session, round_, instance, self.people[who], now)

    def third_of(self, piece: UUID) -> list[str]:
        with self.rooms.store.reading() as session:
            ids = [one.marker_id for one in session.get_one(Piece, piece).tasks if one.third]
        return [name for name, person in self.people.ids.items() if person in ids]


WRITTEN = """
  - id: court
    type: written
    text: Could somebody else have typed these lines?
    points: [10, 5]
    rubric:
      - id: claim
        text: Claim and rows
        levels: [not supported, overstated, one missing, all of it]
      - {id: words, text: Plain words, weight: 0.5, levels: ["no", partly, "yes"]}
"""


@pytest.fixture
def office(rooms: Rooms, exhibit: str, people: People, clock: Clock, tmp_path: Path) -> Office:
    """The lab with a written question published, two more instructors and four more trainees in the organisation."""
    folder = Path(shutil.copytree(LAB, tmp_path / "labs" / LAB.name))
    lab = (folder / "lab.yaml").read_text("utf-8")
    assert lab.count("\nprocedure:") == 1
    (folder / "lab.yaml").write_text(lab.replace("\nprocedure:", f"{WRITTEN}\nprocedure:"), "utf-8")
    more = {"second": Role.INSTRUCTOR, "deputy": Role.INSTRUCTOR}
    more |= dict.fromkeys(("amal", "boris", "chen", "dina"), Role.TRAINEE)
    with rooms.store.writing() as session:
        unchecked = list[Mistake]  # no key is used here
        release = content.publish(session, rooms.settings.instance, "lab", folder, lambda _: unchecked(), clock())
        for login, role in more.items():
            made = accounts.make_person(
                session, login=login, name=login.title(), sealed=SEALED, home=people.home, role=role, now=clock()
            )
            cast("dict[str, UUID]", people.ids)[login] = made.id
    return Office(rooms, people, release.id, exhibit)


TRAINEES = ("trainee", "colleague", "amal", "boris", "chen", "dina")


@pytest.fixture
def six(office: Office) -> Office:
    """Six trainees have submitted."""
    for who in TRAINEES:
        office.submit(who, f"the words of {who}")
    return office


def finish(office: Office, held: UUID, levels: dict[str, int] | None = None) -> None:
    for who in ("instructor", "second"):
        for piece in office.pieces(held, who):
            office.give(piece, who, levels or FULL, "Well tied to the rows.")


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    failed: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as bad:  # noqa: BLE001 - counted by the test
            failed.append(bad)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return failed
