"""Rounds as lists and pages show them: what they are about, and how far somebody is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.content import service as content
from training.content.models import Release
from training.grading.question import Question
from training.labs import decided, reader
from training.labs.service.results import release_numbers
from training.marking.models.rounds import Example, Mark, Piece, Round, RoundMarker, Task
from training.marking.service.rounds import desk, examples
from training.marking.service.rounds.desk import Entry

MOST = 200
"""Rounds that a list shows, the newest first."""


@dataclass(frozen=True, slots=True)
class Title:
    """What a round is about, in words: the lab, the number of its release, the question."""

    lab: str
    number: int
    question: Question | None


@dataclass(frozen=True, slots=True)
class Line:
    """A round on a list: how many pieces whoever looks was given, and how many of these are marked."""

    held: Round
    title: Title
    given: int
    done: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes next for a marker: an example, else a piece, else neither."""

    example: Example | None
    piece: Piece | None


def listed(session: Session, actor: Actor, instance: Path) -> list[Line]:
    """The rounds that somebody owns or marks in, the newest first."""
    mine = select(RoundMarker.round_id).where(RoundMarker.person_id == actor.id)
    places = {organisation for organisation, role in actor.roles if role is Role.INSTRUCTOR}
    found = select(Round).where(or_(Round.owner_id == actor.id, Round.id.in_(mine)))
    found = found.where(Round.organisation_id.in_(places)).order_by(Round.opened_at.desc(), Round.id.desc()).limit(MOST)
    held = session.scalars(found).all()
    given, done = _counted(session, actor.id, [one.id for one in held])
    return [Line(one, title(session, instance, one), given.get(one.id, 0), done.get(one.id, 0)) for one in held]


def _counted(session: Session, person: UUID | None, ids: list[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Pieces that somebody was given in each round, and those of them that are marked."""
    mine = (Task.piece_id == Piece.id) & (Task.marker_id == person)
    finished = (Mark.piece_id == Piece.id) & (Mark.marker_id == person) & Mark.done_at.is_not(None)
    counted = select(Piece.round_id, func.count(), func.count(Mark.piece_id)).join(Task, mine)
    counted = counted.outerjoin(Mark, finished).where(Piece.round_id.in_(ids)).group_by(Piece.round_id)
    rows = [(round_id, given, done) for round_id, given, done in session.execute(counted)]
    return {one[0]: one[1] for one in rows}, {one[0]: one[2] for one in rows}


def title(session: Session, instance: Path, held: Round) -> Title:
    """What a round is about."""
    release = session.get_one(Release, held.release_id)
    lab = reader.load(content.folder_of(instance, release))
    read = next((one for one in decided.questions(lab.file) if one.id == held.question), None)
    return Title(lab.title, release_numbers(session)[release.id], lab.question(held.question) or read)


def turn(
    session: Session, held: Round, person: UUID | None, listed: Sequence[Entry], after: Piece | None = None
) -> Turn:
    """What comes next for a marker."""
    return Turn(examples.following(session, held, person), desk.following(listed, after))
