"""The labs of an open session, set for its people: practice or examination by the timetable, extra time by person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content import service as content
from training.errors import Conflict
from training.hosting import plan as plans
from training.hosting.models import Part, SessionMember, TeachingSession
from training.labs.models import Accommodation, Assignment
from training.labs.service import assignments, circles
from training.labs.service.assignments import Wish
from training.labs.service.terms import dates_of
from training.sentence import counted, joined, listed, phrase

NOTE = "Extra time of the session"
Dates = tuple[tuple[datetime, int], ...]


def wishes(session: Session, teaching: TeachingSession, parts: Sequence[Part]) -> dict[str, Wish]:
    """What is to be set, by lab: each installed lab that slots of practice or examination work on.

    A lab of an examination is set as one, whatever other slots name it too.
    """
    here = {one.name for one in content.offered(session, "lab")}
    by_lab: dict[str, list[tuple[Part, str]]] = {}
    for part in parts:
        for ref in part.refs:
            if ref["name"] in here and ref["kind"] != "course" and ref.get("mode"):
                by_lab.setdefault(ref["name"], []).append((part, ref["mode"]))
    return {lab: _wish(teaching, lab, slots) for lab, slots in by_lab.items()}


def _wish(teaching: TeachingSession, lab: str, slots: Sequence[tuple[Part, str]]) -> Wish:
    sat = [part for part, mode in slots if mode == "examination"]
    first = min(sat or [part for part, _ in slots], key=lambda one: one.starts_at)
    named = plans.in_language(first.said, teaching.language)  # a title that everybody reads: in that of the session
    title = f"{named} · {teaching.title}"[: assignments.TITLE]
    if not sat:
        return Wish(lab, title, "practice", first.starts_at, hints=teaching.hints)
    rule = plans.rules_of(teaching.rules).examination(first.exam)
    dates = ((max(one.ends_at for one in sat), 100),)
    passed = rule.passed if rule and rule.passed else 60
    return Wish(lab, title, "examination", first.starts_at, dates, hints=False, pass_percent=passed)


def arrange(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    parts: Sequence[Part],
    now: datetime,
    *,
    timetable: bool = True,
) -> None:
    """Set the labs of the timetable for the trainees of an open session, and withdraw what it doesn't name any more.

    `timetable`: whether slots may have changed; else only people are looked at, and dates that were moved stay.

    Raises:
        Conflict: an examination would be over before it could be set.
        Refused: somebody has begun, and what is set can't change that way any more.
    """
    if not teaching.running:
        return
    here = {one.lab: one for one in circles.of(session, teaching.id)}
    if timetable:
        wanted = wishes(session, teaching, parts)
        _not_over((wanted[lab] for lab in wanted.keys() - here.keys() if wanted[lab].dates), now)
        for lab, wish in wanted.items():
            here[lab] = _set(session, actor, teaching, here.get(lab), wish, now)
        for lab in [one for one in here if one not in wanted]:
            assignments.withdraw(session, actor, here.pop(lab), now)
    people = [one for one in teaching.members if one.active and one.role == "trainee"]
    for assignment in here.values():
        circles.set_members(session, assignment, [one.person_id for one in people])
        _give_time(session, actor, assignment, people, now)
    inside = {one.person_id for one in people}
    for assignment in circles.again(session, teaching.id):
        if assignment.person_id not in inside:  # whoever was taken out begins no resit any more
            assignments.withdraw(session, actor, assignment, now)


def _set(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    before: Assignment | None,
    wish: Wish,
    now: datetime,
) -> Assignment:
    if before is None:
        return assignments.make(session, actor, teaching.organisation_id, wish, now, circle=teaching.id)
    if assignments.attempts_on(session, before.id):  # whoever has begun works under what was set: only dates move
        if wish.mode != before.mode:
            why = phrase("Somebody has begun '%(title)s': it can't become another mode any more.", title=before.title)
            raise Conflict(why)
        wish = replace(assignments.wish_of(before), dates=_later(dates_of(before), wish.dates))
    if assignments.wish_of(before) != wish:
        assignments.change(session, actor, before, wish, now)
    return before


def _later(was: Dates, planned: Dates) -> Dates:
    """Dates as planned, but none before what stands: time that was given stays given."""
    return tuple(max(pair) for pair in zip(was, planned, strict=True)) if len(was) == len(planned) else planned


def _give_time(
    session: Session, actor: Actor, assignment: Assignment, people: Iterable[SessionMember], now: datetime
) -> None:
    """Give the extra time of each person where none was given yet: what instructors gave since stays."""
    given = {one.person_id for one in assignments.accommodations(session, assignment)}
    for one in people:
        if one.extra_percent and one.person_id not in given and assignment.examination:
            minutes = extra(assignment, one.extra_percent)
            assignments.accommodate(session, actor, assignment, one.person_id, minutes, NOTE, now)


def extra(assignment: Assignment, percent: int) -> int:
    """Percent of an examination's time in whole minutes, rounded up; 0 for practice."""
    if not assignment.examination or not assignment.timeline:
        return 0
    last, _ = dates_of(assignment)[-1]
    return ceil((last - assignment.opens_at) / timedelta(minutes=1) * percent / 100)


def change_time(
    session: Session, actor: Actor, teaching: TeachingSession, member: SessionMember, before: int, now: datetime
) -> None:
    """Give or take the difference that another percentage makes in each examination; what was given besides stays."""
    for assignment in circles.of(session, teaching.id) if teaching.running else ():
        known = select(Accommodation.extra_minutes)
        had = session.scalar(known.filter_by(assignment_id=assignment.id, person_id=member.person_id)) or 0
        minutes = max(0, had + extra(assignment, member.extra_percent) - extra(assignment, before))
        if assignment.examination and minutes != had:
            assignments.accommodate(session, actor, assignment, member.person_id, minutes, NOTE, now)


def withdraw_all(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Let nobody begin on what is set for the session any more.

    Raises:
        Conflict: people are at work in an examination.
    """
    standing = circles.of(session, teaching.id)
    busy = sum(assignments.at_work(session, one, now) for one in standing if one.examination)
    if busy:
        waits = counted(
            "%(num)s person is still at work in an examination.",
            "%(num)s people are still at work in an examination.",
            busy,
        )
        raise Conflict(joined(waits, phrase("Close the session when they have finished.")))
    for one in standing:
        assignments.withdraw(session, actor, one, now)


def exhibits(session: Session, teaching: TeachingSession) -> Mapping[str, Mapping[UUID, str | None]]:
    """By lab that is set: each trainee, and the SHA-256 of the exhibit that is kept for the person, if one is."""
    return {one.lab: circles.members(session, one) for one in circles.of(session, teaching.id)}


def _not_over(wanted: Iterable[Wish], now: datetime) -> None:
    """Raises Conflict for examinations that can't be set, since they have ended."""
    over = sorted(one.title for one in wanted if one.dates[-1][0] <= now)
    if over:
        raise Conflict(
            phrase(
                "These examinations end before now: %(titles)s. Move them in the timetable, then open the session.",
                titles=listed(over),
            )
        )
