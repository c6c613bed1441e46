"""Which releases of labs an organisation has worked on, and what was changed about their grading."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.content.models import Release
from training.errors import NotThere
from training.labs.models import Assignment, Attempt, Finding, GradingVersion, Judgement
from training.labs.service import results
from training.marking.service import scope
from training.sentence import phrase

ON_PAGE = 200
"""Judgements on a page of a version."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A release with the attempts of one organisation. `number` counts the releases of the lab, from 1."""

    organisation: UUID
    release: Release
    number: int
    attempts: int
    version: GradingVersion | None


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A judgement of a grading version with what stood before it: credit and whether it was judged at all."""

    finding: Finding
    attempt: Attempt
    made: Judgement
    old: float
    judged: bool


def worked(session: Session, organisations: set[UUID]) -> list[Worked]:
    """Releases on which there are attempts, for each organisation, the newest first."""
    found = (
        select(Attempt.organisation_id, Release, func.count())
        .join(Release, Release.id == Attempt.release_id)
        .where(Attempt.organisation_id.in_(organisations))
        .group_by(Attempt.organisation_id, Release.id)
        .order_by(Attempt.organisation_id, Release.name, Release.published_at.desc())
    )
    numbers = results.release_numbers(session)
    return [
        Worked(place, release, numbers[release.id], count, scope.newest(session, release.id, place))
        for place, release, count in session.execute(found)
    ]


def release_of(session: Session, release: UUID, organisation: UUID) -> Release:
    """A release on which an organisation has attempts; NotThere otherwise."""
    found = session.get(Release, release)
    begun = select(Attempt.id).filter_by(release_id=release, organisation_id=organisation).limit(1)
    if found is None or session.scalar(begun) is None:
        raise NotThere(phrase("Nobody of this organisation has begun this release."))
    return found


def others(session: Session, release: Release) -> list[tuple[int, Release]]:
    """The other releases of the same lab with their numbers, the newest first."""
    found = select(Release).where(Release.kind == "lab", Release.name == release.name, Release.id != release.id)
    numbers = results.release_numbers(session)
    return [(numbers[one.id], one) for one in session.scalars(found.order_by(Release.published_at.desc()))]


def version_of(session: Session, release: UUID, organisation: UUID, number: int) -> GradingVersion:
    """One grading version; NotThere where there is none with this number."""
    of = {"release_id": release, "organisation_id": organisation, "number": number}
    found = session.scalars(select(GradingVersion).filter_by(**of)).first()
    if found is None:
        raise NotThere(phrase("There is no grading version %(number)s of this release.", number=str(number)))
    return found


def rejudged(session: Session, version: GradingVersion, page: int = 1) -> list[Rejudged]:
    """The judgements that a version brought, with what stood before each, by attempt and question; one page of them.

    What a person judged later by its rules, such as the withdrawal of an override, is none of them.
    """
    found = (
        select(Judgement, Finding, Attempt)
        .join(Finding, Finding.id == Judgement.finding_id)
        .join(Attempt, Attempt.id == Finding.attempt_id)
        .where(Judgement.version_id == version.id, Judgement.by.is_(None))
        .order_by(Attempt.opened_at, Attempt.id, Finding.question, Finding.try_no, Judgement.seq)
        .limit(ON_PAGE)
        .offset((page - 1) * ON_PAGE)
    )
    return [_rejudged(made, finding, attempt) for made, finding, attempt in session.execute(found)]


def titles(session: Session, made: Sequence[Attempt]) -> dict[UUID, str]:
    """What attempts on one release were made under, of people who have several there: a title, '' for practice."""
    found: dict[UUID, str] = {}
    if not made:
        return found
    of = {"release_id": made[0].release_id, "organisation_id": made[0].organisation_id}
    several = select(Attempt.person_id).filter_by(**of).group_by(Attempt.person_id).having(func.count() > 1)
    people = set(session.scalars(several))
    for one in made:
        if one.person_id in people:
            set_as = session.get(Assignment, one.assignment_id) if one.assignment_id else None
            found[one.id] = set_as.title if set_as else ""
    return found


def counts(session: Session, versions: Sequence[GradingVersion]) -> dict[UUID, int]:
    """How many judgements each version brought."""
    ids = [one.id for one in versions]
    found = (
        select(Judgement.version_id, func.count())
        .where(Judgement.version_id.in_(ids), Judgement.by.is_(None))
        .group_by(Judgement.version_id)
    )
    return {version: count for version, count in session.execute(found) if version is not None}


def _rejudged(made: Judgement, finding: Finding, attempt: Attempt) -> Rejudged:
    earlier = finding.judgements[made.seq - 2] if made.seq > 1 else finding
    return Rejudged(finding, attempt, made, earlier.credit, earlier.judged)
