"""Attempts: begin one or go on with it, and close it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.errors import UNREADABLE, Conflict, NotThere, Refused
from training.evidence.models import Exhibit, OwnExhibit
from training.grading.question import Question
from training.labs import reader
from training.labs.models import Accommodation, Assignment, Attempt, GradingVersion
from training.labs.reader import Lab
from training.labs.service import activity, assignments, circles, variants
from training.labs.service.activity import Act
from training.labs.service.terms import PRACTICE, Terms, running
from training.sentence import joined, phrase
from training.store import Plain


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
        own: what makes the exhibit the person's own, where the person acquired it.
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
    own: OwnExhibit | None = None

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
    rows = _rows(session, attempts)
    return [_case(instance, one, rows[one.id]) for one in attempts]


def whole_cases(session: Session, instance: Path, attempts: Sequence[Attempt]) -> list[Case]:
    """The same for lists: attempts whose frozen files can't be read any more are left out, and hide no others."""
    rows, whole = _rows(session, attempts), []
    for attempt in attempts:
        try:
            whole.append(_case(instance, attempt, rows[attempt.id]))
        except UNREADABLE:
            continue
    return whole


def _rows(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, list["_Row"]]:
    found: dict[UUID, list[_Row]] = {}
    for row in session.execute(_CASES, {"ids": [one.id for one in attempts]}):
        found.setdefault(row[0], []).append(_Row(*row[1:]))
    return found


def held(session: Session, instance: Path, attempt_id: UUID) -> Case | None:
    """The case of an attempt, as plain values, for an act; whoever else acts in it waits until the unit ends.

    None: there is no such attempt.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # SQLite's writers are alone already
        connection.execute(_LOCKED, {"id": attempt_id})
    found = [_values(iter(row)) for row in connection.execute(_CASE, {"id": attempt_id})]
    return _case(instance, found[0][0], [row for _, row in found]) if found else None


class _Row(NamedTuple):
    """What a query tells of an attempt; rows of one attempt differ in what is about one examination each."""

    release: Release
    exhibit: Exhibit
    assignment: Assignment | None
    version: GradingVersion | None
    extra: int | None
    sat: bool
    beside: Assignment | None
    most: int | None
    begun: datetime | None
    own: OwnExhibit | None


def _values(row: Iterator[Any]) -> tuple[Attempt, _Row]:
    """The attempt and the rest, of the columns of `_CASE` in their order."""
    attempt, release, exhibit = _ATTEMPT.take(row), _RELEASE.take(row), _EXHIBIT.take(row)
    assignment, version = _ASSIGNMENT.maybe(row), _VERSION.maybe(row)
    extra, sat, beside = next(row), next(row), _BESIDE.maybe(row)
    return attempt, _Row(
        release, exhibit, assignment, version, extra, sat, beside, next(row), next(row), _OWN.maybe(row)
    )


def _case(instance: Path, attempt: Attempt, rows: Sequence[_Row]) -> Case:
    one = rows[0]
    beside = tuple(Terms(row.beside, timedelta(minutes=row.most or 0), row.begun) for row in rows if row.beside)
    lab = reader.load(content.folder_of(instance, one.release))
    terms = Terms(one.assignment, timedelta(minutes=one.extra or 0), attempt.opened_at)
    return Case(attempt, one.release, lab, one.exhibit, instance, terms, one.version, beside, one.sat, one.own)


_ATTEMPT, _RELEASE, _EXHIBIT = Plain(Attempt), Plain(Release), Plain(Exhibit)
_ASSIGNMENT, _VERSION, _BESIDE = Plain(Assignment), Plain(GradingVersion), Plain(Assignment, "beside")
_OWN = Plain(OwnExhibit)
_attempt, _release, _exhibit = (one.table.c for one in (_ATTEMPT, _RELEASE, _EXHIBIT))
_assignment, _version, _beside = (one.table.c for one in (_ASSIGNMENT, _VERSION, _BESIDE))
_extra, _given = (cast("Table", Accommodation.__table__).alias(name) for name in ("extra", "given"))
_taken, _other = (cast("Table", Attempt.__table__).alias(name) for name in ("taken", "other"))
_newest, _paper = _VERSION.table.alias("newest"), _ASSIGNMENT.table.alias("paper")

_most = select(func.max(_given.c.extra_minutes)).where(_given.c.assignment_id == _beside.id).scalar_subquery()
_under_way = (_taken.c.assignment_id == _beside.id) & _taken.c.closed_at.is_(None)
_begun = select(_taken.c.id).where(_under_way).exists()
_last_begun = select(func.max(_taken.c.opened_at)).where(_under_way).scalar_subquery()
_awaited = select(_paper.c.id).where(_paper.c.lab == _release.name, _paper.c.mode == "examination")
_awaited = _awaited.where(_paper.c.released_at.is_(None)).correlate(_RELEASE.table)
_sat = (
    select(_other.c.id)
    .where(_other.c.assignment_id.in_(_awaited), _other.c.person_id == _attempt.person_id, _other.c.id != _attempt.id)
    .correlate(_ATTEMPT.table, _RELEASE.table)
    .exists()
)
_number = (
    select(func.max(_newest.c.number))
    .where(_newest.c.release_id == _attempt.release_id, _newest.c.organisation_id == _attempt.organisation_id)
    .scalar_subquery()
)
_FOUND = (
    select(_attempt.id)
    .select_from(_ATTEMPT.table)
    .join(_RELEASE.table, _release.id == _attempt.release_id)
    .join(_EXHIBIT.table, _exhibit.sha256 == _attempt.exhibit)
    .outerjoin(_OWN.table, _OWN.table.c.sha256 == _attempt.exhibit)
    .outerjoin(_ASSIGNMENT.table, _assignment.id == _attempt.assignment_id)
    .outerjoin(_extra, (_extra.c.assignment_id == _attempt.assignment_id) & (_extra.c.person_id == _attempt.person_id))
    .outerjoin(
        _VERSION.table,
        (_version.release_id == _attempt.release_id)
        & (_version.organisation_id == _attempt.organisation_id)
        & (_version.number == _number),
    )
    .outerjoin(
        _BESIDE.table,
        (_beside.organisation_id == _attempt.organisation_id)
        & (_beside.lab == _release.name)
        & (_beside.mode == "examination")
        & or_(
            _beside.withdrawn_at.is_(None),
            # Two examinations don't bind each other: without feedback neither helps with the other.
            (func.coalesce(_assignment.mode, "practice") == "practice") & _begun,
        ),
    )
)
"""All that a case needs, by attempt: a finding must not wait for a query of its own for each of these."""
# Nobody begins on a withdrawn examination: it ends with the time of whoever began last.
_ends = sql_case((_beside.withdrawn_at.is_not(None), _last_begun))
_CASES = (
    _FOUND.add_columns(Release, Exhibit, Assignment, GradingVersion, _extra.c.extra_minutes, _sat)
    .add_columns(aliased(Assignment, _BESIDE.table), _most, _ends, OwnExhibit)
    .where(_attempt.id.in_(bindparam("ids", expanding=True)))
)
_CASE = _FOUND.with_only_columns(
    *(*_ATTEMPT.columns, *_RELEASE.columns, *_EXHIBIT.columns, *_ASSIGNMENT.columns, *_VERSION.columns),
    *(_extra.c.extra_minutes, _sat, *_BESIDE.columns, _most, _ends, *_OWN.columns),
).where(_attempt.id == bindparam("id"))
_LOCKED = select(_attempt.id).where(_attempt.id == bindparam("id")).with_for_update()


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
    release = content.release_for(session, "lab", name, actor.id)
    lab = reader.load(content.folder_of(instance, release))
    if lab.file.live is not None:
        raise Conflict(phrase("This lab begins at its machine: an attempt opens on the image that you acquire there."))
    assigned = assignments.taken_by(session, name, terms, actor, now)
    given = circles.exhibit_of(session, assigned, actor.id)
    exhibit = variants.entered(session, instance, lab, variants.of(session, lab, actor, now, given))
    attempt = Attempt(
        person_id=actor.id,
        organisation_id=assigned.organisation_id if assigned else actor.home,
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
    activity.told(session, assigned, actor.id, Act.MOVED, now)
    return attempt


def begin_set(session: Session, instance: Path, actor: Actor, name: str, now: datetime) -> Attempt:
    """Begin what a session sets, in the place of practice of one's own: that is closed, and can still be read.

    Raises what `begin` raises; then nothing is closed, as the caller's transaction ends.
    """
    open_one = current(session, actor.id, name) if actor.id else None
    if open_one is not None and open_one.assignment_id is None and actor.id and actor.home:
        it = assignments.terms_for(session, actor.home, name, actor.id, now).assignment
        if it is not None and it.circle is not None and it.opens_at <= now:
            close(session, open_one, now)
            session.flush()
    return begin(session, instance, actor, name, now)


def not_beside(longest: Terms, attempt: Attempt, now: datetime) -> None:
    """Practice, with its feedback, can't go on while an examination of the same lab is open to anybody.

    `longest` are the terms of the examination for whoever has the most time.
    """
    it = longest.assignment
    if it is None or not running(longest, attempt, now):
        return
    if it.circle is not None:  # who is in it is not told: it may be somebody else's
        waits = phrase(
            "An examination of this lab is under way. Until it has ended, this lab accepts nothing beside it."
        )
        own = phrase("If it is yours, close this attempt, then begin the lab: that begins the examination.")
        raise Conflict(joined(waits, "" if it.withdrawn_at else own))
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
