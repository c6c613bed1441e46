"""What arrives from the forms of sessions: values out, every mistake at once, each with its field."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, time
from uuid import UUID

from werkzeug.datastructures import MultiDict

from training.errors import Refused
from training.hosting import plan as plans
from training.hosting.models import TeachingSession
from training.hosting.service import sessions
from training.hosting.service.looks import Look
from training.hosting.service.people import Place
from training.hosting.service.record import Faulty
from training.hosting.service.sessions import Wish
from training.hosting.service.slots import Slot
from training.sentence import phrase

LONGEST = 400  # characters of a field that comes back when it was refused
NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
NOWHERE = UUID(int=0)
"""No organisation: nobody hosts there."""


Fields = MultiDict[str, str]
"""Fields of a form or of an address, by name."""


def wish(form: Fields, check: Callable[[Wish], object], before: TeachingSession | None = None) -> Wish:
    """What a host wants of a session; a field that the form doesn't have stays as it was.

    Raises:
        Faulty: with what can't be read, and with what `check` says of the rest.
    """
    faults: dict[str, str] = {}
    was = sessions.wish_of(before) if before else Wish("", date.min, "")
    made = Wish(
        form.get("title", "")[:LONGEST],
        _day(form, "starts_on", faults),
        form.get("zone", "")[:LONGEST],
        form.get("plan", was.plan)[:LONGEST],
        form.get("language", was.language)[:LONGEST],
        form.get("room", "")[:LONGEST],
        _seats(form, was, faults, new=before is None),
        _whole(form, "days", faults) if form.get("days", "") else was.days,
    )
    _checked(lambda: check(made), faults)
    return made


def slot(form: Fields) -> Slot:
    """What a host wants of a slot. Raises Faulty with what can't be read."""
    faults: dict[str, str] = {}
    made = Slot(
        _whole(form, "day", faults),
        _time(form, "at", faults),
        _whole(form, "minutes", faults),
        form.get("kind", "")[:LONGEST],
        form.get("title", "")[:LONGEST],
        tuple(one[:LONGEST] for one in form.getlist("refs") if one)[:20],
        form.get("exam", "")[:10],
        _id(form, "lead", faults),
    )
    if faults:
        raise Faulty(faults)
    return made


def place(form: Fields) -> Place:
    """Where a person shall stand in a session. Raises Faulty with what can't be read."""
    faults: dict[str, str] = {}
    percent = _whole(form, "extra_percent", faults) if form.get("extra_percent", "").strip() else 0
    if faults:
        raise Faulty(faults)
    seat, number = form.get("seat", "")[:LONGEST], form.get("number", "")[:LONGEST]
    return Place(form.get("role", "trainee")[:LONGEST], seat, number, percent)


def person(form: Fields) -> UUID:
    """The person that was chosen. Raises Faulty."""
    faults: dict[str, str] = {}
    found = _id(form, "person", faults)
    if found is None:
        raise Faulty(faults or {"person": phrase("Choose a person from the list.")})
    return found


def sure(form: Fields) -> None:
    """What can't be taken back needs a tick. Raises Refused without it."""
    if form.get("sure", "") != "1":
        raise Refused(phrase("Tick the box to say that you are sure. Nothing was changed."), field="sure")


def look(form: Fields, logo: bytes) -> Look:
    """How an organisation shall show itself."""
    languages = tuple(one[:10] for one in form.getlist("languages"))
    short, address = form.get("short_name", "")[:LONGEST], form.get("address", "")[: 10 * LONGEST]
    return Look(short, languages, address, logo, form.get("drop_logo", "") == "1")


def work(form: Fields) -> tuple[str, str]:
    """Kind and name of a course or lab. What can't be read is no name of one."""
    kind, _, name = form.get("work", "")[:LONGEST].partition("/")
    return ("course" if kind == "course" else "lab"), name


def organisation(form: Fields, default: UUID) -> UUID:
    """The organisation that hosts; what can't be read is none."""
    typed = form.get("organisation", "")
    try:
        return UUID(typed) if typed else default
    except ValueError:
        return NOWHERE


def fields_of(found: Wish) -> Fields:
    """A wish as a form shows it."""
    fields = {
        "title": found.title,
        "starts_on": found.starts_on.isoformat(),
        "zone": found.zone,
        "plan": found.plan,
        "language": found.language,
        "room": found.room,
        "seats": str(found.seats),
        "days": str(found.days),
    }
    return MultiDict(fields)


def _checked(check: Callable[[], object], faults: Mapping[str, str]) -> None:
    """Raises Faulty with what a check says, but for fields that couldn't be read in the first place."""
    said: dict[str, str] = {}
    try:
        check()
    except Faulty as bad:
        said = bad.fields
    if all_of_them := {**said, **faults}:
        raise Faulty(all_of_them)


def _whole(form: Fields, name: str, faults: dict[str, str]) -> int:
    typed = form.get(name, "").strip()
    if NUMBER.fullmatch(typed):
        return int(typed)
    faults[name] = phrase("'%(typed)s' is no whole number.", typed=typed[:40])
    return 0


def _seats(form: Fields, was: Wish, faults: dict[str, str], *, new: bool) -> int:
    """Seats for trainees. A new session whose form leaves them empty has as many as its plan says."""
    if not new or form.get("seats", "").strip():
        return _whole(form, "seats", faults)
    plan = form.get("plan", was.plan)
    return plans.read(plan).seats if plan in plans.names() else was.seats


def _day(form: Fields, name: str, faults: dict[str, str]) -> date:
    typed = form.get(name, "").strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", typed, re.ASCII):
        with suppress(ValueError):  # 30 February has the right form, and falls through to the refusal
            return date.fromisoformat(typed)
    faults[name] = phrase("'%(typed)s' is no day such as 2027-03-01.", typed=typed[:40])
    return date.min


def _time(form: Fields, name: str, faults: dict[str, str]) -> time:
    typed = form.get(name, "").strip()
    if re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", typed, re.ASCII):
        return time.fromisoformat(typed.zfill(5))
    faults[name] = phrase("'%(typed)s' is no time of day such as 08:30.", typed=typed[:40])
    return time()


def _id(form: Fields, name: str, faults: dict[str, str]) -> UUID | None:
    typed = form.get(name, "").strip()
    try:
        return UUID(typed) if typed else None
    except ValueError:
        faults[name] = phrase("Choose a person from the list.")
        return None
