"""Everything that a page or a report of results says, gathered once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Organisation
from training.assessment.instrument.reader import instrument
from training.assessment.models import Outcome, Round
from training.assessment.presentation import words
from training.assessment.scoring.indicators import Indicator
from training.assessment.scoring.result import Result
from training.assessment.service import closing, notes
from training.assessment.service.notes import Notes
from training.content import service as content
from training.errors import NotThere
from training.hosting.service import sessions, timetable
from training.sentence import phrase

MOST_OFFERS = 30
"""Sessions that are looked through."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A round with its newest result."""

    held: Round
    outcome: Outcome
    result: Result

    def dimension(self, code: str) -> tuple[Fraction, str] | None:
        """Score and confidence of a dimension; None where it is not published."""
        found = next((one.level for one in self.result.dimensions if one.code == code), None)
        return (found.score, found.confidence) if found else None

    def target(self, code: str) -> Fraction | None:
        """The target of a dimension as it stood in this round."""
        found = next((one.level for one in self.result.dimensions if one.code == code), None)
        return found.target if found else None

    def indicator(self, code: str) -> tuple[Fraction, str] | None:
        """The same of an indicator."""
        found = self.result.indicator(code)
        return (found.scored.score, found.scored.confidence) if found and found.scored else None


@dataclass(frozen=True, slots=True)
class Offer:
    """A session of the organisation that is not over, with the names of the courses that it teaches."""

    id: UUID
    title: str
    starts_on: date
    courses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Report:
    """A standing with what the team wrote, the round before, courses offered here by number, sessions to come."""

    now: Standing
    organisation: str
    editions: tuple[Outcome, ...]
    notes: Notes
    before: Standing | None
    offered: Mapping[int, str]
    sessions: tuple[Offer, ...]

    @property
    def result(self) -> Result:
        """What was worked out."""
        return self.now.result

    @property
    def warning(self) -> str:
        """The warning about safeguards; empty for none."""
        return words.safeguards(self.result)

    @property
    def untrained(self) -> tuple[Indicator, ...]:
        """Ranked indicators that training won't close."""
        return tuple(one for one in self.result.ranking if not one.given.courses)

    @property
    def split(self) -> tuple[Indicator, ...]:
        """Published indicators that groups see differently, or claim without evidence."""
        return tuple(one for one in self.result.indicators if one.scored and one.flags)

    def changed(self, code: str) -> str:
        """What changed in an indicator since the round before, in words; empty where nothing can be said."""
        if self.before is None:
            return ""
        same = self.before.held.version == self.now.held.version
        return words.change(self.before.indicator(code), self.now.indicator(code), same_version=same)


def standing(session: Session, held: Round) -> Standing:
    """The newest result of a round. Raises NotThere before it closed."""
    found = closing.outcomes(session, held)
    if not found:
        raise NotThere(phrase("There are no results before the round has closed."))
    return Standing(held, found[-1], closing.result(found[-1]))


def report(session: Session, held: Round) -> Report:
    """All that is shown of a closed round. Raises NotThere before it closed."""
    rounds = history(session, held.organisation_id, held.subject_key)
    at = next((n for n, one in enumerate(rounds) if one.held.id == held.id), None)
    if at is None:
        raise NotThere(phrase("There are no results before the round has closed."))
    place = session.get_one(Organisation, held.organisation_id)
    courses = {n: name for n, name in instrument().courses.items() if content.latest(session, "course", name)}
    editions = tuple(closing.outcomes(session, held))
    before = rounds[at - 1] if at else None
    offers = _offers(session, held.organisation_id)
    return Report(rounds[at], place.name, editions, notes.of(session, held), before, courses, offers)


def _offers(session: Session, organisation: UUID) -> tuple[Offer, ...]:
    """Sessions that are not over, the next one first."""
    coming = [one for one in sessions.of_organisation(session, organisation) if one.closed_at is None][:MOST_OFFERS]
    made = []
    for one in coming:
        refs = [ref for part in timetable.parts(session, one) for ref in part.refs]
        taught = frozenset(str(ref["name"]) for ref in refs if ref.get("kind") == "course")
        made.append(Offer(one.id, one.title, one.starts_on, taught))
    return tuple(sorted(made, key=lambda one: (one.starts_on, one.title)))


def history(session: Session, organisation: UUID, subject_key: str) -> list[Standing]:
    """Closed rounds of one organisation about the same thing, the first one first."""
    query = select(Round).where(Round.organisation_id == organisation, Round.subject_key == subject_key)
    query = query.where(Round.closed_at.is_not(None)).order_by(Round.closed_at, Round.id)
    return [standing(session, held) for held in session.scalars(query)]
