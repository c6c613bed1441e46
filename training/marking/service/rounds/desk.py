"""What a marker has before them: the pieces in an order of their own, and one piece without a name to it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.errors import Conflict, NotThere
from training.grading.question import Question
from training.grading.rubric import Criterion
from training.labs.models import Attempt, Citation, Finding
from training.labs.service import attempts, materials, notebook, rules
from training.labs.service.notebook import OpenResult, Place
from training.marking.models.rounds import Example, Mark, Piece, Round, Task
from training.marking.service.rounds.outcome import Given, Outcome, State, outcome
from training.sentence import phrase

OfRound = TypeVar("OfRound", Piece, Example)


@dataclass(frozen=True, slots=True)
class Work:
    """What was submitted, as a marker may see it: no name, no time, no number of an attempt.

    `text` is the finding in words, one for each step of a sequence; `places` are the rows and lines cited for it.
    """

    question: Question
    text: tuple[str, ...]
    reasoning: str
    confidence: str | None
    places: tuple[Place, ...]
    exhibit: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece on a marker's list: their mark, and where the piece stands once they have given it (before, None)."""

    piece: Piece
    mine: Mark | None
    outcome: Outcome | None

    @property
    def done(self) -> bool:
        """Whether the marker has marked it."""
        return self.mine is not None and self.mine.done_at is not None

    @property
    def to_settle(self) -> bool:
        """Whether two markers have to settle a difference of one level."""
        return self.outcome is not None and self.outcome.state is State.NEAR


def criteria_of(held: Round) -> tuple[Criterion, ...]:
    """The rubric that a round goes by."""
    return tuple(Criterion.model_validate(one) for one in held.criteria)


def still_open(held: Round) -> None:
    """Raises Conflict where a round has ended."""
    if held.closed_at is not None:
        raise Conflict(
            phrase("This marking round was released: nothing can be changed any more.")
            if held.outcome == "released"
            else phrase("This marking round was withdrawn: nothing can be changed any more.")
        )


def hold(session: Session, thing: OfRound) -> OfRound:
    """Lock the round of a piece or an example, so that marks, thirds and the release come one after the other.

    The round is the only row that is locked, and always first: whoever locked a piece before it could block another.
    Returns the piece or example as it stands behind the lock.
    """
    session.execute(select(Round.id).where(Round.id == thing.round_id).with_for_update())
    session.expire_all()
    return session.get_one(type(thing), thing.id, populate_existing=True)


def mark_of(piece: Piece, person: UUID | None) -> Mark | None:
    """A person's mark of a piece, finished or not."""
    return next((one for one in piece.marks if one.marker_id == person), None)


def task_of(piece: Piece, person: UUID | None) -> Task | None:
    """A person's task on a piece."""
    return next((one for one in piece.tasks if one.marker_id == person), None)


def finished(piece: Piece, *, third: bool) -> list[Mark]:
    """Finished marks of those who mark the piece first, or of the third. Marks of people without a task don't count."""
    mine = {one.marker_id for one in piece.tasks if one.third is third}
    return [one for one in piece.marks if one.marker_id in mine and one.done_at is not None]


def others(piece: Piece, person: UUID | None) -> list[Mark]:
    """Finished marks of other markers: empty until the person has finished their own."""
    own = mark_of(piece, person)
    if own is None or own.done_at is None:
        return []
    return [one for third in (False, True) for one in finished(piece, third=third) if one.marker_id != person]


def outcome_of(piece: Piece) -> Outcome:
    """Where a piece stands."""
    firsts = [Given(one.levels, one.alone) for one in finished(piece, third=False)]
    third = next((Given(one.levels, one.alone) for one in finished(piece, third=True)), None)
    asked = piece.asked or any(one.third for one in piece.tasks)
    return outcome(firsts, piece.round.per_piece, third, asked=asked)


def pieces_of(session: Session, held: Round) -> list[Piece]:
    """All pieces of a round, by number."""
    return list(session.scalars(select(Piece).filter_by(round_id=held.id).order_by(Piece.number)))


def entries(session: Session, held: Round, person: UUID | None) -> list[Entry]:
    """A marker's pieces in the order in which they are worked through."""
    mine = [piece for piece in pieces_of(session, held) if task_of(piece, person)]
    return [entry(piece, person) for piece in in_order(mine, held.seed, person)]


def entry(piece: Piece, person: UUID | None) -> Entry:
    """A piece as it stands on a marker's list."""
    own = mark_of(piece, person)
    return Entry(piece, own, outcome_of(piece) if own and own.done_at else None)


def in_order(pieces: Iterable[Piece], seed: int, person: UUID | None) -> list[Piece]:
    """A random order of each marker's own, the same at every visit: tiredness falls on other pieces for each."""
    return sorted(pieces, key=lambda piece: hashlib.sha256(f"{seed}:{person}:{piece.id}".encode()).digest())


def following(listed: Sequence[Entry], after: Piece | None = None) -> Piece | None:
    """The next piece that waits for a marker: the first one behind another, else the first of all."""
    waiting = [one.piece for one in listed if not one.done]
    place = next((n for n, one in enumerate(listed) if after is not None and one.piece.id == after.id), -1)
    behind = [one.piece for one in listed[place + 1 :] if not one.done]
    return next(iter(behind or waiting), None)


def work(session: Session, instance: Path, piece: Piece, open_result: OpenResult) -> Work:
    """What was submitted for a piece, with the rows and lines that it cites."""
    finding = session.get_one(Finding, piece.finding_id)
    case = attempts.case(session, instance, session.get_one(Attempt, finding.attempt_id))
    question = rules.of(session, case).marked(finding.question)
    if question is None:
        raise NotThere(phrase("This lab has no question %(question)s.", question=finding.question))
    places = notebook.places(session, cited(session, finding), open_result, materials.of(case))
    text = question.worded(finding.value)
    return Work(question, text, finding.reasoning, finding.confidence, tuple(places), case.exhibit.name)


def cited_places(
    session: Session, instance: Path, piece: Piece, open_result: OpenResult
) -> tuple[Attempt, list[Place]]:
    """The attempt that a piece is of, and the rows and lines that it cites. For the log: no marker sees the attempt."""
    finding = session.get_one(Finding, piece.finding_id)
    attempt = session.get_one(Attempt, finding.attempt_id)
    case = attempts.case(session, instance, attempt)
    return attempt, notebook.places(session, cited(session, finding), open_result, materials.of(case))


def cited(session: Session, finding: Finding) -> list[Citation]:
    """The citations that a finding stands on, by number."""
    ids = [UUID(one) for one in finding.citations]
    return list(session.scalars(select(Citation).where(Citation.id.in_(ids)).order_by(Citation.number)))


def author_of(session: Session, piece: Piece) -> UUID:
    """Whose work a piece is. For rules only: nothing that a marker sees is made from it."""
    found = select(Attempt.person_id).join(Finding, Finding.attempt_id == Attempt.id)
    return session.scalars(found.where(Finding.id == piece.finding_id)).one()
