"""Assignments: an instructor sets a lab for an organisation, changes what may still change, gives people time.

Whoever has begun works under what was set: after the first attempt only dates may move, and only to later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.accounts.models import Membership
from training.audit import service as audit
from training.content import service as content
from training.errors import Conflict, NotThere, Refused
from training.grading.late import MOST_DATES
from training.labs.models import Accommodation, Assignment, AssignmentPerson, Attempt
from training.labs.service import circles
from training.labs.service.terms import PRACTICE, Terms, dates_of
from training.sentence import phrase

TITLE = 120
NOTE = 500
MOST_MINUTES = 100_000
MOST_EXTRA = 100_000
FURTHEST = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an instructor wants to set; times in UTC, percents falling from date to date.

    `dates` are (until, percent); `after` is 'closed' or 'practice'; `minutes` is the time of each person, None for any.
    """

    lab: str
    title: str
    mode: str
    opens_at: datetime
    dates: tuple[tuple[datetime, int], ...] = ()
    after: str = "closed"
    minutes: int | None = None
    hints: bool = True
    pass_percent: int = 60


@dataclass(frozen=True, slots=True)
class Listed:
    """An assignment as a list shows it, with how many attempts were begun on it, and how many people its circle has."""

    assignment: Assignment
    attempts: int
    people: int = 0

    @property
    def begun(self) -> bool:
        """Whether somebody has begun: then only dates may move, to later."""
        return self.attempts > 0

    @property
    def last(self) -> datetime | None:
        """The last date, as it is for everybody."""
        dates = dates_of(self.assignment)
        return dates[-1][0] if dates else None

    def over(self, now: datetime) -> bool:
        """Whether nothing is accepted any more from anybody without more time."""
        return bool(Terms(self.assignment).ended(now))


def standing(
    session: Session, organisation: UUID, lab: str, circle: UUID | None = None, person: UUID | None = None
) -> Assignment | None:
    """What is set for a lab in a whole organisation now, for a circle of it, or for one of its people, if anything."""
    found = select(Assignment).filter_by(organisation_id=organisation, lab=lab, circle=circle, withdrawn_at=None)
    return session.scalars(found.filter_by(person_id=person)).first()


def standing_in(session: Session, organisation: UUID | None, person: UUID | None) -> dict[str, Terms]:
    """What is set for a person of an organisation now, by lab, with the person's own extra time."""
    found: dict[str, Terms] = {}
    for terms in circles.standing_for(session, organisation, person):
        if terms.assignment and (terms.assignment.lab not in found or found[terms.assignment.lab].released_at):
            found[terms.assignment.lab] = terms
    return found


def terms_for(session: Session, organisation: UUID, lab: str, person: UUID, now: datetime) -> Terms:
    """What would apply to a person who begins the lab now.

    A released examination is over: what else is set follows it, or practice.
    """
    found = circles.standing_for(session, organisation, person, lab)
    return next((one for one in found if not (one.released_at and one.released_at < now)), PRACTICE)


def longest(session: Session, terms: Terms) -> Terms:
    """What applies to whoever has the most time under the same assignment."""
    if terms.assignment is None:
        return terms
    most = select(func.max(Accommodation.extra_minutes)).filter_by(assignment_id=terms.assignment.id)
    return Terms(terms.assignment, timedelta(minutes=session.scalar(most) or 0))


def taken_by(session: Session, lab: str, terms: Terms, actor: Actor, now: datetime) -> Assignment | None:
    """The assignment that an attempt begun now belongs to; None where nothing is set, or it has not opened yet.

    Raises:
        Conflict: the person has taken this examination, or waits for the results of another one of the lab, or others
            take one now, and the person would practise meanwhile; or the last date is past.
    """
    assignment, person = terms.assignment if terms.assignment and terms.assignment.opens_at <= now else None, _by(actor)
    if assignment is None or not assignment.examination:
        _none_awaited(session, lab, person)
        circles.none_beside(session, lab, {actor.home, assignment.organisation_id if assignment else None}, now)
    if assignment is None:
        return None
    if assignment.examination and attempts_on(session, assignment.id, person):
        raise Conflict(
            phrase("You have taken the examination '%(title)s'. It can be taken once.", title=assignment.title)
        )
    if why := terms.ended(now):
        raise Conflict(phrase("'%(title)s' can't be begun any more. %(why)s", title=assignment.title, why=why))
    return assignment


def _none_awaited(session: Session, lab: str, person: UUID) -> None:
    """Practice tells at once what an examination tells when it is released: it can't be begun in between.

    Another examination can: it tells nothing either, and may stand in the place of one that was withdrawn.
    """
    found = select(Assignment).join(Attempt, Attempt.assignment_id == Assignment.id)
    found = found.where(Attempt.person_id == person, Assignment.lab == lab)
    found = found.where(Assignment.mode == "examination", Assignment.released_at.is_(None))
    awaited = session.scalars(found).first()
    if awaited is not None:
        raise Conflict(
            phrase(
                "You have taken the examination '%(title)s', and its results are not released yet. "
                "The lab can be begun anew when they are.",
                title=awaited.title,
            )
        )


def at_work(session: Session, assignment: Assignment, now: datetime) -> int:
    """How many people are at work on an assignment: their attempts are open, and their own time is not over."""
    found = select(Attempt.opened_at, func.coalesce(Accommodation.extra_minutes, 0)).outerjoin(
        Accommodation,
        (Accommodation.assignment_id == Attempt.assignment_id) & (Accommodation.person_id == Attempt.person_id),
    )
    rows = session.execute(found.where(Attempt.assignment_id == assignment.id, Attempt.closed_at.is_(None)))
    own = (Terms(assignment, timedelta(minutes=extra), begun) for begun, extra in rows)
    return sum(not one.ended(now) for one in own)


def attempts_on(session: Session, assignment: UUID, person: UUID | None = None) -> int:
    """How many attempts were begun on an assignment, by anybody or by one person."""
    found = select(func.count()).select_from(Attempt).where(Attempt.assignment_id == assignment)
    return session.scalar(found if person is None else found.where(Attempt.person_id == person)) or 0


def listed(session: Session, organisations: Iterable[UUID]) -> list[Listed]:
    """The assignments of organisations, those that stand before the withdrawn ones, the newest first."""
    found = select(Assignment).where(Assignment.organisation_id.in_(set(organisations)))
    rows = session.scalars(found.order_by(Assignment.withdrawn_at.is_not(None), Assignment.made_at.desc())).all()
    ids = [one.id for one in rows]
    counted = select(Attempt.assignment_id, func.count()).where(Attempt.assignment_id.in_(ids))
    counts = {one: number for one, number in session.execute(counted.group_by(Attempt.assignment_id)).all() if one}
    people = circles.counted(session, ids)
    return [Listed(one, counts.get(one.id, 0), people.get(one.id, 0)) for one in rows]


def make(
    session: Session,
    actor: Actor,
    organisation: UUID,
    wish: Wish,
    now: datetime,
    *,
    circle: UUID | None = None,
    person: UUID | None = None,
) -> Assignment:
    """Set a lab for an organisation, or for a circle of people, who are named by `circles.set_members`.

    `person` is the one of the circle who takes an examination again; such an assignment stands beside that of all.

    Raises:
        Refused: a field can't be accepted; `field` names it.
        NotThere: no such lab is offered.
        Conflict: something is set for this lab already.
    """
    _sound(wish, now)
    content.get(session, "lab", wish.lab)
    where = {"organisation_id": organisation, "circle": circle, "person_id": person, "lab": wish.lab}
    assignment = Assignment(**where, made_by=_by(actor), made_at=now)
    _fill(assignment, wish)
    try:
        with session.begin_nested():
            session.add(assignment)
    except IntegrityError as taken:
        other = standing(session, organisation, wish.lab, circle, person)
        if other is None:
            raise
        raise Conflict(phrase("'%(title)s' is set for this lab. Withdraw it first.", title=other.title)) from taken
    details = {**_told(assignment), "title": audit.commit_to(session, _by(actor), assignment.title)}
    _record(session, "assignment.made", actor, assignment, details, now)
    return assignment


def change(session: Session, actor: Actor, assignment: Assignment, wish: Wish, now: datetime) -> None:
    """Change what is set. Once somebody has begun, only dates may move, and only to later.

    Raises:
        Refused: a field can't be accepted, or may not change any more.
        Conflict: it was withdrawn.
    """
    if assignment.withdrawn_at is not None:
        raise Conflict(phrase("This was withdrawn and can't change any more."))
    before, told = wish_of(assignment), _told(assignment)
    if attempts_on(session, assignment.id):
        _only_later(assignment, wish, now)
    else:
        _sound(wish, now)
        if wish.lab != assignment.lab:
            raise Refused(phrase("The lab can't change. Withdraw this, and set the other lab."), field="lab")
    _fill(assignment, wish)
    if wish_of(assignment) != before:
        details: dict[str, object] = {"from": told, "to": _told(assignment)}
        if assignment.title != before.title:
            details["title"] = audit.commit_to(session, _by(actor), assignment.title)
        _record(session, "assignment.changed", actor, assignment, details, now)


def withdraw(session: Session, actor: Actor, assignment: Assignment, now: datetime) -> None:
    """Nobody begins on it from now on; whoever has begun goes on under it. Doing it twice changes nothing."""
    if assignment.withdrawn_at is None:
        assignment.withdrawn_at = now
        _record(session, "assignment.withdrawn", actor, assignment, {}, now)


def release(session: Session, actor: Actor, assignment: Assignment, now: datetime) -> None:
    """Let the people of an examination see feedback and points. It ends the examination, and can't be taken back.

    Raises:
        Refused: it is no examination; or somebody of its circle has still to take it again.
    """
    if not assignment.examination:
        raise Refused(phrase("In practice everybody sees feedback at once. There is nothing to release."))
    if circles.to_come(session, assignment, now):
        raise Refused(
            phrase("Somebody has still to take this examination again. What explains is shown when that has ended.")
        )
    if assignment.released_at is None:
        assignment.released_at = now
        _record(session, "assignment.released", actor, assignment, {}, now)


def accommodations(session: Session, assignment: Assignment) -> list[Accommodation]:
    """Who has more time, the newest entry first."""
    found = select(Accommodation).filter_by(assignment_id=assignment.id).order_by(Accommodation.at.desc())
    return list(session.scalars(found))


def accommodate(
    session: Session, actor: Actor, assignment: Assignment, person: UUID, minutes: int, note: str, now: datetime
) -> Accommodation:
    """Give a person of the organisation more time, in minutes. A second entry for the same person replaces the first.

    Raises:
        NotThere: nobody of this organisation has that id.
        Refused: the minutes or the note are beyond the limits.
    """
    if not _set_for(session, assignment, person):
        raise NotThere(phrase("No trainee of this organisation is meant. Choose one from the list."))
    if not 0 <= minutes <= MOST_EXTRA:
        raise Refused(phrase("Extra time is 0 to %(most)s minutes.", most=MOST_EXTRA), field="extra")
    if len(note) > NOTE:
        why = phrase("The note has %(n)s characters; at most %(most)s are kept.", n=len(note), most=NOTE)
        raise Refused(why, field="note")
    found = session.scalars(select(Accommodation).filter_by(assignment_id=assignment.id, person_id=person)).first()
    made = found or Accommodation(assignment_id=assignment.id, person_id=person, extra_minutes=-1, note="")
    if (made.extra_minutes, made.note) == (minutes, note.strip()):
        return made
    before = found.extra_minutes if found else 0
    made.extra_minutes, made.note, made.given_by, made.at = minutes, note.strip(), _by(actor), now
    session.add(made)
    session.flush()
    details = {"assignment": str(assignment.id), "person": str(person), "minutes": {"from": before, "to": minutes}}
    subject = f"accommodation:{made.id}"
    audit.record(session, act="accommodation.given", actor=actor.id, subject=subject, details=details, now=now)
    return made


def _set_for(session: Session, assignment: Assignment, person: UUID) -> bool:
    """Whether an assignment is for a person: of its circle, or a trainee of the organisation."""
    if assignment.circle is not None:
        return session.get(AssignmentPerson, (assignment.id, person)) is not None
    return session.get(Membership, (person, assignment.organisation_id, Role.TRAINEE)) is not None


def _by(actor: Actor) -> UUID:
    if actor.id is None:
        raise Refused(phrase("Sign in to set a lab."))
    return actor.id


def _fill(assignment: Assignment, wish: Wish) -> None:
    assignment.title, assignment.mode, assignment.opens_at = wish.title.strip(), wish.mode, wish.opens_at
    assignment.timeline = [[until.isoformat(), percent] for until, percent in wish.dates]
    assignment.after, assignment.minutes, assignment.hints = wish.after, wish.minutes, wish.hints
    assignment.pass_percent = wish.pass_percent


def wish_of(assignment: Assignment) -> Wish:
    """What is set, as a form shows it."""
    return Wish(
        assignment.lab,
        assignment.title,
        assignment.mode,
        assignment.opens_at,
        dates_of(assignment),
        assignment.after,
        assignment.minutes,
        assignment.hints,
        assignment.pass_percent,
    )


def _sound(wish: Wish, now: datetime) -> None:
    """Raises Refused for the first field that can't be accepted."""
    if not 1 <= len(wish.title.strip()) <= TITLE:
        raise Refused(phrase("The title has 1 to %(most)s characters.", most=TITLE), field="title")
    if wish.mode not in {"practice", "examination"}:
        raise Refused(phrase("The mode is practice or examination."), field="mode")
    if wish.after not in {"closed", "practice"}:
        raise Refused(phrase("After the last date it is closed, or goes on as practice."), field="after")
    if wish.minutes is not None and not 1 <= wish.minutes <= MOST_MINUTES:
        raise Refused(phrase("The time of each person is 1 to %(most)s minutes.", most=MOST_MINUTES), field="minutes")
    if not 1 <= wish.pass_percent <= 100:  # noqa: PLR2004 - percent
        raise Refused(phrase("The share needed to pass is 1 to 100 percent."), field="pass_percent")
    _sound_dates(wish.opens_at, wish.dates, now)


def _sound_dates(opens_at: datetime, dates: tuple[tuple[datetime, int], ...], now: datetime) -> None:
    if opens_at > now + FURTHEST:
        raise Refused(phrase("It opens within five years."), field="opens_at")
    if len(dates) > MOST_DATES:
        raise Refused(phrase("At most %(most)s dates can be given.", most=MOST_DATES), field="dates")
    if any(not 0 <= percent <= 100 for _, percent in dates):  # noqa: PLR2004 - percent
        raise Refused(phrase("Each date has a share of 0 to 100 percent."), field="dates")
    if any(later <= earlier for earlier, later in pairwise([opens_at, *(until for until, _ in dates)])):
        why = phrase("Each date is later than the one before, and the first later than the opening.")
        raise Refused(why, field="dates")
    if any(later >= earlier for earlier, later in pairwise([percent for _, percent in dates])):
        raise Refused(phrase("The share falls from each date to the next."), field="dates")
    if dates and not now < dates[-1][0] <= now + FURTHEST:
        raise Refused(phrase("The last date is to come, and within five years."), field="dates")


def _only_later(assignment: Assignment, wish: Wish, now: datetime) -> None:
    """Raises Refused unless nothing but dates differs from what is set, and each of these is later or as before."""
    before = wish_of(assignment)
    if before != replace(wish, dates=before.dates):
        raise Refused(phrase("Somebody has begun: only dates can still move, to later. Nothing was changed."))
    pairs = list(zip(before.dates, wish.dates, strict=False))
    if len(before.dates) != len(wish.dates) or any(old[1] != new[1] for old, new in pairs):
        why = phrase("Somebody has begun: no date can be added, left out or get another share.")
        raise Refused(why, field="dates")
    if any(new[0] < old[0] for old, new in pairs):
        raise Refused(phrase("Somebody has begun: a date can only move to later."), field="dates")
    _sound_dates(wish.opens_at, wish.dates, now)


def _told(assignment: Assignment) -> dict[str, object]:
    """What is set, for the audit log; without the title, which may say anything of anybody."""
    return {
        "lab": assignment.lab,
        "mode": assignment.mode,
        "opens_at": assignment.opens_at.isoformat(),
        "timeline": assignment.timeline,
        "after": assignment.after,
        "minutes": assignment.minutes,
        "hints": assignment.hints,
        "pass_percent": assignment.pass_percent,
    }


def _record(
    session: Session, act: str, actor: Actor, assignment: Assignment, details: dict[str, object], now: datetime
) -> None:
    session.flush()
    subject = f"assignment:{assignment.id}"
    audit.record(session, act=act, actor=actor.id, subject=subject, details=details, now=now)
