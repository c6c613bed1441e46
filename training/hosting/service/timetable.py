"""The timetable of a session: its slots, what is now and next, half-days with their contact minutes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.hosting import plan as plans
from training.hosting.models import Part, TeachingSession
from training.hosting.plan import Plan, Texts
from training.hosting.service.releases import Key, key_of

NOON = time(13)
"""Slots that begin before it are of the first half of a day, the others of the second."""


@dataclass(frozen=True, slots=True)
class HalfDay:
    """Half a day, as attendance counts it.

    Attributes:
        number: in the session, from 1.
        day, half: of the session from 1; 1 the morning, 2 the afternoon.
        starts_at, ends_at: of the first and the last slot that is no break.
        minutes: contact minutes: all slots but breaks.
        examination: whether there is one in it; `exams` names those of the rules.
    """

    number: int
    day: int
    half: int
    starts_at: datetime
    ends_at: datetime
    minutes: int
    examination: bool
    exams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Now:
    """What goes on: the slot that runs, and the one that follows; None where there is none."""

    current: Part | None
    following: Part | None


def parts(session: Session, teaching: TeachingSession) -> list[Part]:
    """All slots of a session, in order."""
    found = select(Part).filter_by(session_id=teaching.id).order_by(Part.starts_at, Part.number)
    texts = plans.rules_of(teaching.rules).texts
    return [worded(one, texts) for one in session.scalars(found)]


def worded(part: Part, texts: Texts) -> Part:
    """A slot whose title can be said in other languages."""
    part.texts = texts  # type: ignore[misc]  # of the class there are none
    return part


def bare(parts: Sequence[Part], missing: Collection[Key]) -> list[Part]:
    """Examinations that have nothing to work on: none of their labs is installed, or they name none.

    Where one names modules alone, these count. `missing`: what is not in this installation, see `releases.missing`.
    """
    return [one for one in parts if one.examination and all(key in missing for key in _examined_on(one))]


def _examined_on(part: Part) -> list[Key]:
    keys = [key_of(ref) for ref in part.refs]
    return [key for key in keys if key[0] == "lab"] or keys


def now(parts: Sequence[Part], moment: datetime) -> Now:
    """What goes on at a moment: what was begun and has not ended, else what is planned for then."""
    begun = [one for one in parts if one.began_at is not None and one.ended_at is None and one.began_at <= moment]
    planned = [one for one in parts if one.began_at is None and one.starts_at <= moment < one.ends_at]
    current = next(iter([*reversed(begun), *planned]), None)
    to_come = (one for one in parts if one.began_at is None and one is not current and one.ends_at > moment)
    return Now(current, next(to_come, None))


def half_days(teaching: TeachingSession, parts: Sequence[Part]) -> list[HalfDay]:  # noqa: ARG001 - the seam of rooms beside
    """The half-days that have contact time, in order."""
    contact = [one for one in sorted(parts, key=_place) if one.contact]
    grouped = [(key, list(found)) for key, found in groupby(contact, key=_half)]
    return [_half_day(number, key, found) for number, (key, found) in enumerate(grouped, 1)]


def _half_day(number: int, key: tuple[int, int], found: Sequence[Part]) -> HalfDay:
    return HalfDay(
        number,
        *key,
        min(one.starts_at for one in found),
        max(one.ends_at for one in found),
        sum(one.minutes for one in found),
        any(one.examination for one in found),
        tuple(dict.fromkeys(one.exam for one in found if one.exam)),
    )


def _half(part: Part) -> tuple[int, int]:
    return part.day, part.half


def _place(part: Part) -> tuple[int, int, datetime]:
    return part.day, part.half, part.starts_at


def local(teaching: TeachingSession, moment: datetime) -> datetime:
    """A moment as the clocks of the session's zone show it."""
    return moment.astimezone(ZoneInfo(teaching.zone))


def instant(zone: str, day: date, at: time) -> datetime:
    """A time of day in a zone as an instant. One that the clock skips is taken as it would have been without that."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def laid_out(plan: Plan, teaching: TeachingSession) -> list[Part]:
    """The slots of a plan from the session's first day on, each day after the other, in its zone."""
    slots = [(number, half, one) for number, day in enumerate(plan.days, 1) for half, one in day.parts]
    return [
        Part(
            session_id=teaching.id,
            day=day,
            half=half,
            number=number,
            starts_at=instant(teaching.zone, teaching.starts_on + timedelta(days=day - 1), one.starts),
            minutes=one.minutes,
            kind=one.kind,
            title=one.title,
            refs=[plans.as_ref(ref, one.kind) for ref in one.refs],
            exam=one.exam,
        )
        for number, (day, half, one) in enumerate(slots, 1)
    ]


def carried(parts: Sequence[Part], teaching: TeachingSession, zone: str, starts_on: date) -> None:
    """Move all slots to another first day or zone: each keeps its day and its time of day."""
    for one in parts:
        at = local(teaching, one.starts_at).time()
        one.starts_at = instant(zone, starts_on + timedelta(days=one.day - 1), at)
