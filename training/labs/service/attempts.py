"""Attempts: begin one or go on with it, and close it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy import case as sql_case
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
from training.sentence import joined, phrase


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt with what it works on, and what applies to it.

    Attributes:
        release: the release that it pins, of which `lab` was read.
        exhibit: the image asked.
        instance: folder of the installation, in which other releases lie too.
        terms: mode, dates, limits.
        version: the newest grading version of the release in the organisation; None: as published.
        beside: examinations of this lab that stand in the organisation, whosever attempt this is, or were withdrawn
            and are still being taken; each with the terms of whoever has the most time.
        sat: whether the person has another attempt at this lab, in an examination that is not released.
    """

    attempt: Attempt
    release: Release
    lab: Lab
    exhibit: Exhibit
    instance: Path
    terms: Terms = PRACTICE
    version: GradingVersion | None = None
    beside: tuple[Terms, ...] = ()
    sat: bool = False

    def bound(self, now: datetime) -> bool:
        """Whether an examination of the lab that the attempt is no part of binds its person now."""
        return self.sat or any(running(one, self.attempt, now) for one in self.beside)

    def told(self, now: datetime) -> bool:
        """Whether the person may see feedback, points and explanations now.

        In an examination that is when it is released. In any other attempt at the lab it is while no examination of
        it binds the person, as what explains would answer its questions.
        """
        return self.terms.told and not self.bound(now)

    def over(self, now: datetime) -> bool:
        """Whether nothing is accepted any more: the attempt was closed, or its time or its examination has ended."""
        return self.attempt.closed_at is not None or bool(self.terms.ended(now))


def case(session: Session, instance: Path, attempt: Attempt) -> Case:
    """What an attempt works on. Raises ContentError when the frozen files can't be read any more."""
    return cases(session, instance, [attempt])[0]


def cases(session: Session, instance: Path, attempts: Sequence[Attempt]) -> list[Case]:
    """The same for several attempts, in their order, in one query."""
    found: dict[UUID, list[_Row]] = {}
    for row in session.execute(_CASES, {"ids": [one.id for one in attempts]}):
        found.setdefault(row[0], []).append(cast("_Row", row))
    return [_case(instance, one, found[one.id]) for one in attempts]


_Row = tuple[
    *tuple[UUID, Release, Exhibit, Assignment | None, int | None, GradingVersion | None, bool],
    *tuple[Assignment | None, int | None, datetime | None],
]


def _case(instance: Path, attempt: Attempt, rows: Sequence[_Row]) -> Case:
    """A case of its rows: they differ in the last three, which are about one examination each."""
    _, release, exhibit, assignment, extra, version, sat, *_ = rows[0]
    beside = tuple(Terms(one, timedelta(minutes=most or 0), begun) for *_, one, most, begun in rows if one)
    lab = reader.load(content.folder_of(instance, release))
    terms = Terms(assignment, timedelta(minutes=extra or 0), attempt.opened_at)
    return Case(attempt, release, lab, exhibit, instance, terms, version, beside, sat)


_beside, _given, _taken = aliased(Assignment), aliased(Accommodation), aliased(Attempt)
_newest = aliased(GradingVersion)
_most = select(func.max(_given.extra_minutes)).where(_given.assignment_id == _beside.id).scalar_subquery()
_under_way = (_taken.assignment_id == _beside.id) & _taken.closed_at.is_(None)
_last_begun = select(func.max(_taken.opened_at)).where(_under_way).scalar_subquery()
_other, _paper = aliased(Attempt), aliased(Assignment)
_awaited = select(_paper.id).where(_paper.lab == Release.name, _paper.mode == "examination")
_awaited = _awaited.where(_paper.released_at.is_(None)).correlate(Release)
_sat = (
    select(_other.id)
    .where(_other.assignment_id.in_(_awaited), _other.person_id == Attempt.person_id, _other.id != Attempt.id)
    .correlate(Attempt, Release)
    .exists()
)
_CASES = (
    select(Attempt.id, Release, Exhibit, Assignment, Accommodation.extra_minutes, GradingVersion, _sat, _beside, _most)
    # Nobody begins on a withdrawn examination: it ends with the time of whoever began last.
    .add_columns(sql_case((_beside.withdrawn_at.is_not(None), _last_begun)))
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
        _beside,
        (_beside.organisation_id == Attempt.organisation_id)
        & (_beside.lab == Release.name)
        & (_beside.mode == "examination")
        & or_(
            _beside.withdrawn_at.is_(None),
            # Two examinations don't bind each other: without feedback neither helps with the other.
            (func.coalesce(Assignment.mode, "practice") == "practice") & select(_taken.id).where(_under_way).exists(),
        ),
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
        Conflict: an examination has been taken, or waits for an open attempt to be closed or for its results; or the
            last date is past.
    """
    if actor.id is None or actor.home is None:
        raise Refused(
            phrase("Only a member of an organisation can begin a lab. Ask whoever invited you to add you to one.")
        )
    open_one = current(session, actor.id, name)
    terms = assignments.terms_for(session, actor.home, name, actor.id, now)
    if open_one is not None:
        not_beside(assignments.longest(session, terms), open_one, now)
        return open_one
    release = content.get(session, "lab", name)
    lab = reader.load(content.folder_of(instance, release))
    exhibit = evidence.by_name(session, lab.exhibits[0])
    assigned = assignments.taken_by(session, name, terms, actor.id, now)
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


def not_beside(longest: Terms, attempt: Attempt, now: datetime) -> None:
    """Practice, with its feedback, can't go on while an examination of the same lab is open to anybody.

    `longest` are the terms of the examination for whoever has the most time.
    """
    it = longest.assignment
    if it is None or not running(longest, attempt, now):
        return
    if it.withdrawn_at is None and Terms(it).share(now) is not None:
        raise Conflict(
            phrase(
                "The examination '%(title)s' is open, and this attempt was begun before it. "
                "Close the attempt, then begin the lab: that begins the examination.",
                title=it.title,
            )
        )
    waits = phrase(
        "The examination '%(title)s' has not ended for everybody yet. "
        "Until it has, this lab accepts nothing beside it.",
        title=it.title,
    )
    own = phrase("If your own time for it is not over, close this attempt, then begin the lab.")
    raise Conflict(joined(waits, "" if it.withdrawn_at else own))


def close(session: Session, attempt: Attempt, now: datetime) -> None:
    """End an attempt: nothing can be added to it afterwards. Closing twice changes nothing."""
    if attempt.closed_at is not None:
        return
    attempt.closed_at = now
    audit.record(
        session, act="attempt.closed", actor=attempt.person_id, subject=f"attempt:{attempt.id}", details={}, now=now
    )


def not_closed(attempt: Attempt) -> None:
    """Raises Conflict when the attempt is closed."""
    if attempt.closed_at is not None:
        raise Conflict(
            phrase("This attempt is closed, so nothing can be added. You can still read it, or begin the lab anew.")
        )


def still_open(case: Case, now: datetime) -> None:
    """Raises Conflict when nothing changes an attempt any more: it was closed, or its time or examination has ended."""
    not_closed(case.attempt)
    if why := case.terms.ended(now):
        raise Conflict(
            phrase("%(why)s Nothing can be added to this attempt any more; you can still read all of it.", why=why)
        )


def stopped(case: Case, now: datetime) -> str:
    """Why nothing is accepted in an attempt that is not closed, one sentence; empty where something is."""
    if case.attempt.closed_at is not None:
        return ""
    if ended := case.terms.ended(now):
        return ended
    try:
        admit(case, now)
    except Conflict as why:
        return why.message
    return ""


def admit(case: Case, now: datetime) -> float:
    """The late share of a finding that is received now, 0 to 1. Raises Conflict where none is accepted, saying why."""
    not_closed(case.attempt)
    for one in case.beside:
        not_beside(one, case.attempt, now)
    return case.terms.admit(now)


def question_of(lab: Lab, name: str) -> Question:
    """The question of this name; NotThere when the lab has none."""
    found = lab.question(name)
    if found is None:
        raise NotThere(phrase("This lab has no question %(question)s.", question=name))
    return found
