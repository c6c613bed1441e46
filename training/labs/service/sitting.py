"""Who sits an examination at this moment: nobody may become that person meanwhile, by a password or a slip."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.labs.models import Accommodation, Assignment, Attempt
from training.labs.service.terms import Terms


def sits(session: Session, person: UUID, now: datetime) -> bool:
    """Whether a person has an attempt at an examination that still takes findings."""
    extra = (Accommodation.assignment_id == Assignment.id) & (Accommodation.person_id == Attempt.person_id)
    found = session.execute(
        select(Assignment, Attempt.opened_at, Accommodation.extra_minutes)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .outerjoin(Accommodation, extra)
        .where(Attempt.person_id == person, Attempt.closed_at.is_(None), Assignment.mode == "examination")
    )
    return any(
        not Terms(assignment, timedelta(minutes=more or 0), begun).ended(now) for assignment, begun, more in found
    )
