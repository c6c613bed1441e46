"""Attempts: begin one or go on with it, and close it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.grading.question import Question
from training.labs import reader
from training.labs.models import Accommodation, Assignment, Attempt, GradingVersion
from training.labs.reader import Lab
from training.labs.service import assignments
from training.labs.service.terms import PRACTICE, Terms, running


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt with what it works on, and what applies to it.

    Attributes:
        release: the release that it pins, of which `lab` was read.
        exhibit: the image asked.
        instance: folder of the installation, in which other releases lie too.
        terms: mode, dates, limits.
        version: the newest grading version of the release in the organisation; None: as published.
        examination: the examination of this lab that stands in the organisation, whosever attempt this is.
    """

    attempt: Attempt
    release: Release
    lab: Lab
    exhibit: Exhibit
    instance: Path
    terms: Terms = PRACTICE
    version: GradingVersion | None = None
    examination: Assignment | None = None


def case(session: Session, instance: Path, attempt: Attempt) -> Case:
    """What an attempt works on. Raises ContentError when the frozen files can't be read any more."""
    return cases(session, instance, [attempt])[0]


def cases(session: Session, instance: Path, attempts: Sequence[Attempt]) -> list[Case]:
    """The same for several attempts, in their order, in one query."""
    rows = session.execute(_CASES, {"ids": [one.id for one in attempts]})
    found: dict[UUID, _Row] = {row[0]: row for row in rows}
    return [_case(instance, one, found[one.id]) for one in attempts]


_Row = tuple[UUID, Release, Exhibit, Assignment | None, int | None, GradingVersion | None, Assignment | None]


def _case(instance: Path, attempt: Attempt, row: _Row) -> Case:
    _, release, exhibit, assignment, extra, version, examination = row
    lab = reader.load(content.folder_of(instance, release))
    terms = Terms(assignment, timedelta(minutes=extra or 0), attempt.opened_at)
    return Case(attempt, release, lab, exhibit, instance, terms, version, examination)


_standing = aliased(Assignment)
_newest = aliased(GradingVersion)
_CASES = (
    select(Attempt.id, Release, Exhibit, Assignment, Accommodation.extra_minutes, GradingVersion, _standing)
    .join(Release, Release.id == Attempt.release_id)
    .join(Exhibit, Exhibit.sha256 == Attempt.exhibit)
    .outerjoin(Assignment, Assignment.id == Attempt.assignment_id)
    .outerjoin(
        Accommodation,
        (Accommodation.assignment_id == Attempt.assignment_id) & (Accommodation.person_id == Attempt.person_id),
    )
    .outerjoin(
        GradingVersion,
        (GradingVersion.release_id == Attempt.release_id)
        & (GradingVersion.organisation_id == Attempt.organisation_id)
        & (
            GradingVersion.number
            == select(func.max(_newest.number))
            .where(_newest.release_id == Attempt.release_id, _newest.organisation_id == Attempt.organisation_id)
            .scalar_subquery()
        ),
    )
    .outerjoin(
        _standing,
        (_standing.organisation_id == Attempt.organisation_id)
        & (_standing.lab == Release.name)
        & (_standing.mode == "examination")
        & _standing.withdrawn_at.is_(None),
    )
    .where(Attempt.id.in_(bindparam("ids", expanding=True)))
)
"""All that a case needs, by attempt: a finding must not wait for a query of its own for each of these."""


def current(session: Session, person: UUID, name: str) -> Attempt | None:
    """A person's open attempt at any release of a lab: who began on an older release goes on with that one."""
    found = (
        select(Attempt)
        .join(Release, Release.id == Attempt.release_id)
        .where(Attempt.person_id == person, Attempt.closed_at.is_(None), Release.kind == "lab", Release.name == name)
        .order_by(Attempt.opened_at.desc())
    )
    return session.scalars(found).first()


def begin(session: Session, instance: Path, actor: Actor, name: str, now: datetime) -> Attempt:
    """Open an attempt at the lab of this name, or find the one that the person has open.

    What the organisation has set for the lab applies to an attempt that is begun while it stands and is open.

    Raises:
        NotThere: no such lab is offered, or its exhibit is not registered here.
        Refused: the actor belongs to no organisation.
        Conflict: an examination has been taken, or waits for an open attempt to be closed; or the last date is past.
    """
    if actor.id is None or actor.home is None:
        raise Refused("Only a member of an organisation can begin a lab. Ask whoever invited you to add you to one.")
    open_one = current(session, actor.id, name)
    terms = assignments.terms_for(session, actor.home, name, actor.id)
    if open_one is not None:
        not_beside(terms.assignment, open_one, now)
        return open_one
    release = content.get(session, "lab", name)
    lab = reader.load(content.folder_of(instance, release))
    exhibit = evidence.by_name(session, lab.exhibits[0])
    assigned = assignments.taken_by(session, terms, actor.id, now)
    attempt = Attempt(
        person_id=actor.id,
        organisation_id=actor.home,
        release_id=release.id,
        exhibit=exhibit.sha256,
        assignment_id=assigned.id if assigned else None,
        opened_at=now,
        closed_at=None,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError:  # the same person was quicker in another window
        found = current(session, actor.id, name)
        if found is None:
            raise
        return found
    details = {"release": release.sha256, "exhibit": exhibit.sha256}
    details |= {"assignment": str(assigned.id)} if assigned else {}
    subject = f"attempt:{attempt.id}"
    audit.record(session, act="attempt.opened", actor=actor.id, subject=subject, details=details, now=now)
    return attempt


def not_beside(standing: Assignment | None, attempt: Attempt, now: datetime) -> None:
    """Practice, with its feedback, can't go on while an examination of the same lab is open."""
    if standing and standing.examination and running(standing, attempt, now):
        raise Conflict(
            f"The examination '{standing.title}' is open, and this attempt was begun before it. "
            "Close the attempt, then begin the lab: that begins the examination."
        )


def close(session: Session, attempt: Attempt, now: datetime) -> None:
    """End an attempt: nothing can be added to it afterwards. Closing twice changes nothing."""
    if attempt.closed_at is not None:
        return
    attempt.closed_at = now
    audit.record(
        session, act="attempt.closed", actor=attempt.person_id, subject=f"attempt:{attempt.id}", details={}, now=now
    )


def still_open(attempt: Attempt) -> None:
    """Raises Conflict when the attempt is closed."""
    if attempt.closed_at is not None:
        raise Conflict("This attempt is closed, so nothing can be added. You can still read it, or begin the lab anew.")


def admit(case: Case, now: datetime) -> float:
    """The late share of a finding that is received now, 0 to 1. Raises Conflict where none is accepted, saying why."""
    still_open(case.attempt)
    not_beside(case.examination, case.attempt, now)
    return case.terms.admit(now)


def question_of(lab: Lab, name: str) -> Question:
    """The question of this name; NotThere when the lab has none."""
    found = lab.question(name)
    if found is None:
        raise NotThere(f"This lab has no question {name}.")
    return found
