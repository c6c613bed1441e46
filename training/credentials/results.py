"""Results of examinations as instructors record them: percent of each piece, and the day.

A sitting may be recorded piece by piece; it is a result, on which certificates rest, when each has a percent. Critical
errors are rows of their own, see `critical`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content import service as content
from training.credentials.models import CriticalError, Resit, Result
from training.credentials.rules import Sitting
from training.errors import NotThere, Refused
from training.hosting import plan as plans
from training.hosting.models import TeachingSession
from training.hosting.plan import Examination, Rules
from training.hosting.roster.reading.cells import id_key
from training.hosting.service import record as log
from training.hosting.service import timetable
from training.sentence import phrase

PERCENT = re.compile(r"100(?:\.0{1,2})?|[0-9]{1,2}(?:\.[0-9]{1,2})?", re.ASCII)
WHOLE = 1_000_000  # the best score
BEFORE = phrase("Record the result of the sitting before first.")


Key = tuple[UUID, str, int]
"""A person, the name of an examination, and the number of the sitting, from 1."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an instructor typed: percent of each piece, empty where it is not marked yet, and the day as ISO text.

    `attempts` are the attempts from which pieces were taken over, by the number of the piece from 0.
    """

    examination: str
    sitting: int
    pieces: tuple[str, ...]
    sat_on: str
    attempts: Mapping[int, UUID] = field(default_factory=dict)


def newest(session: Session, teaching: TeachingSession, person: UUID | None = None) -> dict[Key, Result]:
    """The row that counts of each person, or of one, examination and sitting; with those that lack pieces."""
    found = select(Result).where(Result.session_id == teaching.id).order_by(Result.at, Result.id)
    found = found if person is None else found.where(Result.person_id == person)
    return {(one.person_id, one.examination, one.sitting): one for one in session.scalars(found)}


def standing(session: Session, teaching: TeachingSession, person: UUID) -> Sequence[Result]:
    """The results of a person, in the order of sitting: what lacks a piece is none yet."""
    rows = newest(session, teaching, person)
    return [row for _, row in sorted(rows.items(), key=lambda one: one[0][1:]) if whole(row)]


def whole(row: Result) -> bool:
    """Whether each piece has a percent."""
    return all(row.pieces)


def share(row: Result) -> Fraction:
    """The score as a share of one."""
    return Fraction(row.score, WHOLE)


def errors(
    session: Session, teaching: TeachingSession, person: UUID | None = None
) -> Mapping[UUID, Sequence[CriticalError]]:
    """The critical errors of each person, or of one, in the order of recording; those that were withdrawn, too."""
    found = select(CriticalError).filter_by(session_id=teaching.id).order_by(CriticalError.at, CriticalError.id)
    found = found if person is None else found.filter_by(person_id=person)
    by_person: dict[UUID, list[CriticalError]] = {}
    for one in session.scalars(found):
        by_person.setdefault(one.person_id, []).append(one)
    return by_person


def critical_of(rules: Rules, errors: Sequence[CriticalError], name: str, sitting: int) -> tuple[str, ...]:
    """The critical errors that stand in a sitting, in the order and the words of the rules, each once."""
    found = dict.fromkeys(
        one.error for one in errors if (one.examination, one.sitting) == (name, sitting) and one.stands
    )
    examination = rules.examination(name)
    known = [one for one in examination.critical if one in found] if examination else []
    return (*known, *(one for one in found if one not in known))


def sitting(row: Result, critical: Sequence[str]) -> Sitting:
    """A result as the rules take it, with the critical errors that stand in it."""
    return Sitting(row.examination, share(row), row.sat_on, tuple(critical))


def record(
    session: Session, actor: Actor, teaching: TeachingSession, person_id: UUID, wish: Wish, now: datetime
) -> Result:
    """Record what a sitting came to; an earlier row of the same sitting counts no more. Raises Refused, NotThere."""
    assert actor.id is not None  # noqa: S101 - the policy let a person in
    if not any(one.person_id == person_id and one.role == "trainee" for one in teaching.members):
        raise NotThere(phrase("There is no such trainee in this session."))
    if actor.id == person_id:
        raise Refused(phrase("Nobody records results of their own."))
    rules = plans.rules_of(teaching.rules)
    examination = _examination(rules, wish)
    sitting = _sitting(rules, wish, standing(session, teaching, person_id))
    sat_on, granted = day_of(teaching, wish.sat_on, now), resit(session, teaching, person_id, wish.examination, sitting)
    if sitting > 1:
        _in_its_time(teaching, granted, sat_on)
    before = newest(session, teaching, person_id).get((person_id, examination.name, sitting))
    found = errors(session, teaching, person_id).get(person_id, ())
    stand = critical_of(rules, found, examination.name, sitting)
    made = Result(
        session_id=teaching.id,
        person_id=person_id,
        examination=examination.name,
        sitting=sitting,
        pieces=list(pieces := _pieces(examination, wish, before)),
        score=score(examination, pieces),
        critical=[str(one) for one in stand],
        sat_on=sat_on,
        by=actor.id,
        at=now,
    )
    session.add(made)
    details: dict[str, object] = {"person": str(person_id), "examination": made.examination}
    details |= {"sitting": made.sitting, "score": made.score}
    if wish.attempts:
        details["attempts"] = {str(number): str(one) for number, one in sorted(wish.attempts.items())}
    log.note(session, "result.recorded", actor, teaching, details, now)
    if granted is not None and whole(made):
        content.hold_to(session, granted.id, (), (), now)
    return made


def resit(session: Session, teaching: TeachingSession, person: UUID, examination: str, sitting: int) -> Resit | None:
    """The resit that was granted for a sitting and not taken back."""
    found = select(Resit).filter_by(session_id=teaching.id, person_id=person, examination=examination)
    return session.scalars(found.filter_by(sitting=sitting, withdrawn_at=None)).first()


def _in_its_time(teaching: TeachingSession, granted: Resit | None, sat_on: date) -> None:
    """Raises Refused for a resit that nobody granted, or another day than its own."""
    if granted is None:
        raise Refused(phrase("Nobody granted this resit. Grant it first, on another variant."), field="sitting")
    first, last = (timetable.local(teaching, one).date() for one in (granted.opens_at, granted.ends_at))
    if not first <= sat_on <= last:
        raise Refused(
            phrase("This resit was granted for %(day)s.", day=first.isoformat()),
            field="sat_on",
        )


def score(examination: Examination, pieces: Sequence[str]) -> int:
    """The weighted score in millionths: weights are percent, pieces percent with two decimals, nothing is rounded."""
    return sum(one.weight * hundredths(text) for one, text in zip(examination.pieces, pieces, strict=True) if text)


def hundredths(text: str) -> int:
    """Percent as it is kept, in hundredths of a percent."""
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def percent_of(typed: str) -> str:
    """Percent as it is kept, from what somebody typed in digits of any script; empty for an empty field.

    Raises ValueError for what is none.
    """
    text = id_key(typed).rstrip("%\u066a").replace("\u066b", ".").replace(",", ".")
    if text and not PERCENT.fullmatch(text):
        raise ValueError(typed)
    return text


def _examination(rules: Rules, wish: Wish) -> Examination:
    found = rules.examination(wish.examination)
    if found is None:
        raise Refused(phrase("The rules of this session know no such examination."), field="examination")
    return found


def _sitting(rules: Rules, wish: Wish, before: Sequence[Result]) -> int:
    if not 1 <= wish.sitting <= 1 + rules.resit.times:
        raise Refused(phrase("The rules of this session allow no such resit."), field="sitting")
    taken = {one.sitting for one in before if one.examination == wish.examination}
    if wish.sitting > 1 and wish.sitting - 1 not in taken:
        raise Refused(BEFORE, field="sitting")
    return wish.sitting


def _pieces(examination: Examination, wish: Wish, before: Result | None) -> tuple[str, ...]:
    if len(wish.pieces) != len(examination.pieces):
        raise Refused(phrase("Give the percent of every piece."), field="pieces")
    found = []
    for number, (one, typed) in enumerate(zip(examination.pieces, wish.pieces, strict=True)):
        had = before is not None and number < len(before.pieces) and bool(before.pieces[number])
        if told := fault(one.title, typed, had=had):
            raise Refused(told, field="pieces")
        found.append(percent_of(typed))
    if not any(found):
        raise Refused(phrase("Give the percent of at least one piece."), field="pieces")
    return tuple(found)


def fault(title: str, typed: str, *, had: bool) -> str:
    """What is wrong with the percent of a piece; `had`: it has one already, which is never taken away."""
    try:
        text = percent_of(typed)
    except ValueError:
        return phrase("%(title)s: give percent from 0 to 100 with at most two decimals.", title=title)
    if had and not text:
        return phrase(
            "%(title)s: it has a percent already. Type another one; 0 stands for an empty paper.", title=title
        )
    return ""


def day_of(teaching: TeachingSession, typed: str, now: datetime) -> date:
    """The day of a sitting as it was typed. Raises Refused."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise Refused(phrase("Give the day such as 2026-11-06."), field="sat_on") from None
    if not teaching.starts_on <= found <= timetable.local(teaching, now).date():
        raise Refused(phrase("The day lies between the first day of the session and today."), field="sat_on")
    return found
