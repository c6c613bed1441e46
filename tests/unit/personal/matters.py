"""Matters about somebody's work that may be open or ended, as rows: what waits before anything is removed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.unit.personal.conftest import Held
from training.credentials.models import CriticalError
from training.labs.models import Assignment, Attempt, Finding
from training.marking.models.appeals import Appeal
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.models.signs import SignCase

Matter = Callable[[Session, Held, datetime | None], None]
"""Makes it so, in a unit that writes: ended at a time, or open."""
WAITS: dict[str, Any] = {"decided_by": None, "decided_at": None}


def case(session: Session, held: Held, ended: datetime | None) -> None:
    """A case about signs in the work."""
    by = held.people["instructor"]
    told = {"state": "dismissed", "note": "Both sat at one table.", "decided_by": by, "decided_at": ended}
    session.execute(update(SignCase).values(told if ended else {"state": "open", "note": "", **WAITS}))


def appeal(session: Session, held: Held, ended: datetime | None) -> None:
    """An appeal against a finding."""
    told = {"outcome": "answered", "decided_by": held.people["instructor"], "decided_at": ended}
    session.execute(update(Appeal).values(told if ended else {"outcome": None, **WAITS}))


def marking(session: Session, held: Held, ended: datetime | None, outcome: str = "released") -> None:
    """A round in which a finding was marked."""
    by, finding = held.people["instructor"], session.scalars(select(Finding)).one()
    made = Round(
        organisation_id=held.people.home, release_id=session.get_one(Attempt, held.attempt).release_id,
        question=finding.question, criteria=[], scale="rubric", per_piece=1, seed=1, owner_id=by,
        opened_at=held.clock(), closed_at=ended, outcome=outcome if ended else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    piece = Piece(round_id=made.id, finding_id=finding.id, number=1, asked=False, support=None)
    session.add(piece)
    session.flush()
    given = {"levels": {"correctness": "full"}, "alone": {}, "done_at": held.clock(), "updated_at": held.clock()}
    session.add(Mark(piece_id=piece.id, marker_id=by, comment="zanthe mark words", **given))


def examination(session: Session, held: Held, ended: datetime | None) -> None:
    """The work was an examination, whose results are released or not."""
    given = session.scalar(select(Assignment.id).limit(1))
    session.execute(update(Attempt).where(Attempt.id == held.attempt).values(assignment_id=given))
    session.execute(update(Assignment).values(mode="examination", released_at=ended))


def error(session: Session, held: Held, ended: datetime | None) -> None:
    """An appeal against a critical error."""
    by, now = held.people["instructor"], held.clock()
    answered: dict[str, Any] = {"outcome": "stands", "decided_by": by, "decided_at": ended} if ended else WAITS
    session.add(
        CriticalError(
            session_id=held.session, person_id=held.id, examination="final", sitting=1, error="The original was used",
            happened="The disk was mounted", place="Step 3", by=by, at=now, appeal="It was a copy", appealed_at=now,
            note="", **answered,
        )
    )  # fmt: skip
