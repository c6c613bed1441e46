"""What an export may not show yet, as SQL: whoever asks for their data learns nothing before the others do."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, select

from training.labs.models import Assignment, Attempt, Finding, Judgement
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.models.signs import SignCase
from training.personal.registry import Table

WITHHELD = and_(Assignment.mode == "examination", Assignment.released_at.is_(None))
"""An examination whose feedback and points nobody has been told."""
SEALED = select(Attempt.id).join(Assignment, Assignment.id == Attempt.assignment_id).where(WITHHELD)


def _released(one: Table) -> ColumnElement[bool]:
    if one.name == Finding.__tablename__:
        return Finding.attempt_id.not_in(SEALED)
    return Judgement.finding_id.not_in(select(Finding.id).where(Finding.attempt_id.in_(SEALED)))


def _marked(_one: Table) -> ColumnElement[bool]:
    told = select(Piece.id).join(Round, Round.id == Piece.round_id).join(Finding, Finding.id == Piece.finding_id)
    return Mark.piece_id.in_(told.where(Round.outcome == "released", Finding.attempt_id.not_in(SEALED)))


def _decided(_one: Table) -> ColumnElement[bool]:
    return SignCase.decided_at.is_not(None)


WHEN: dict[str, Callable[[Table], ColumnElement[bool]]] = {
    "released": _released,
    "marked": _marked,
    "decided": _decided,
}
