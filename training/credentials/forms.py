"""What arrives from the forms of certificates."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from werkzeug.datastructures import MultiDict

from training.credentials.critical import Wish as Error
from training.credentials.grid import Entry, Sheet, columns
from training.credentials.overview import Line, Overview
from training.credentials.resits import Wish as Again
from training.credentials.results import Wish
from training.errors import Conflict, NotThere, Refused
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.sentence import phrase

LONGEST = 40  # characters of a field
TEXT = 400  # of a sentence
TIME, NUMBER = re.compile(r"([01]?\d|2[0-3]):[0-5]\d", re.ASCII), re.compile(r"\d{1,4}", re.ASCII)
SMALL = re.compile(r"[0-9]{1,2}", re.ASCII)
VARIANT = "variant-"
"""Before the name of a lab: the field with the variant that was chosen for it."""


def same(found: Overview, form: MultiDict[str, str]) -> Overview:
    """The results, if they are those that were seen. Raises Conflict."""
    if form.get("seen") != found.digest:
        raise Conflict(phrase("The results have changed since you looked. Look at them again."))
    return found


def chosen(found: Overview, form: MultiDict[str, str]) -> Sequence[Line]:
    """The people whose certificates are asked for: one, or all who wait. Raises NotThere."""
    if "person" not in form:
        return found.waiting
    try:
        line = found.of(UUID(form["person"]))
    except ValueError:
        line = None
    if line is None or not line.may_get:
        raise NotThere(phrase("This person gets no certificate now, or has one."))
    return (line,)


def wish(form: MultiDict[str, str]) -> Wish:
    """What was typed of a result; what is missing is refused by its service."""
    pieces = tuple(one[:LONGEST] for one in form.getlist("piece"))
    return Wish(
        form.get("examination", "")[:LONGEST], _small(form, "sitting"), pieces, form.get("sat_on", "")[:LONGEST]
    )


def error(form: MultiDict[str, str]) -> Error:
    """What was typed of a critical error; what is missing is refused by its service."""
    chosen = _small(form, "error", -1)
    where, name = form.get("place", "")[:TEXT], form.get("examination", "")[:LONGEST]
    return Error(name, _small(form, "sitting"), chosen, form.get("happened", ""), where)


def typed(form: MultiDict[str, str], it: Sheet) -> list[Entry]:
    """What was typed into the grid: the rows that the page held."""
    found = []
    for row in it.rows:
        seen = form.get(f"seen-{row.person_id}")
        if seen is not None:
            names = ((one, form.get(called(row.person_id, one))) for one in columns(it.examination))
            cells = {name: one[:LONGEST] for name, one in names if one is not None}
            found.append(Entry(row.person_id, cells, seen[:LONGEST]))
    return found


def called(person: UUID, column: str) -> str:
    """What the field of a person and column is called."""
    return f"{column}-{person}"


def _small(form: MultiDict[str, str], name: str, other: int = 0) -> int:
    """A number of at most two digits 0 to 9, as a list to choose from sends it; `other` for anything else."""
    text = form.get(name, "")
    return int(text) if SMALL.fullmatch(text) else other


def again(form: MultiDict[str, str], teaching: TeachingSession) -> Again:
    """What was typed of a resit; day and time are those of the session's zone. Raises Refused with the field."""
    minutes = form.get("minutes", "").strip()
    if not NUMBER.fullmatch(minutes):
        raise Refused(phrase("'%(typed)s' is no whole number.", typed=minutes[:LONGEST]), field="minutes")
    variants = {name.removeprefix(VARIANT): one for name, one in form.items() if name.startswith(VARIANT)}
    return Again(
        _moment(form, teaching), int(minutes), variants, form.get("paper", "")[:TEXT], form.get("reason", "")[:TEXT]
    )


def _moment(form: MultiDict[str, str], teaching: TeachingSession) -> datetime:
    day, at = form.get("day", "").strip(), form.get("at", "").strip()
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise Refused(phrase("Give the day such as 2026-11-06."), field="day") from None
    if not TIME.fullmatch(at):
        raise Refused(phrase("'%(typed)s' is no time of day such as 08:30.", typed=at[:LONGEST]), field="at")
    if not teaching.starts_on.year <= found.year <= teaching.starts_on.year + 5:
        raise Refused(phrase("Give the day such as 2026-11-06."), field="day")
    return timetable.instant(teaching.zone, found, time.fromisoformat(at.zfill(5)))
