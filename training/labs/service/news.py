"""What is new for a person: labs that are set and count now, and results that were released lately."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.labs.models import Assignment, Attempt
from training.labs.service import assignments
from training.labs.service.terms import Terms

LATELY = timedelta(days=14)
"""How long the release of results is told: nobody keeps when a person last looked."""


@dataclass(frozen=True, slots=True)
class Due:
    """A lab that is set and counts now, for one person.

    Attributes:
        assignment: what is set.
        terms: as they apply to the person.
        attempt: the open attempt at it; None before one is begun.
    """

    assignment: Assignment
    terms: Terms
    attempt: Attempt | None = None

    @property
    def address(self) -> str:
        """Where it is worked on."""
        return f"/attempts/{self.attempt.id}" if self.attempt else f"/labs/{self.assignment.lab}"

    @property
    def counts_until(self) -> datetime | None:
        """When it ends for the person, or stops counting; None where nothing is set."""
        last = self.terms.dates[-1][0] if self.terms.dates else None
        return min((end for end in (self.terms.until, last) if end is not None), default=None)


@dataclass(frozen=True, slots=True)
class Told:
    """An examination of which the results were released lately, with the person's attempt."""

    assignment: Assignment
    attempt: Attempt


def due(session: Session, actor: Actor, now: datetime) -> list[Due]:
    """What a trainee can work on now so that it counts, whatever ends first on top. An examination is taken once."""
    if actor.home is None or not actor.holds(Role.TRAINEE, actor.home):
        return []
    standing = assignments.standing_in(session, actor.home, actor.id).values()
    ids = [one.assignment.id for one in standing if one.assignment]
    made = select(Attempt).where(Attempt.person_id == actor.id, Attempt.assignment_id.in_(ids))
    mine = session.scalars(made.order_by(Attempt.opened_at)).all()
    found = [one for terms in standing if (one := _due(terms, mine, now))]
    return sorted(found, key=lambda one: (one.counts_until is None, one.counts_until or now, one.assignment.title))


def _due(terms: Terms, mine: Sequence[Attempt], now: datetime) -> Due | None:
    """One lab that is set, as it stands for a person with these attempts; None where nothing counts now."""
    it = terms.assignment
    if it is None or it.opens_at > now:
        return None
    made = [one for one in mine if one.assignment_id == it.id]
    current = next((one for one in made if one.closed_at is None), None)
    if current is None and made and it.examination:
        return None
    own = replace(terms, begun=current.opened_at if current else None)
    return Due(it, own, current) if own.share(now) else None


def told(session: Session, actor: Actor, now: datetime) -> list[Told]:
    """Examinations that a person took and whose results were released in the last 14 days, the newest first."""
    found = (
        select(Assignment, Attempt)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .where(Attempt.person_id == actor.id, Assignment.released_at > now - LATELY)
        .order_by(Assignment.released_at.desc(), Attempt.opened_at)
    )
    return [Told(assignment, attempt) for assignment, attempt in session.execute(found)]
