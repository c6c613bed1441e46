"""What arrives from the forms of attendance: values out, every mistake at once, each with its field."""

import re
from collections.abc import Callable
from uuid import UUID

from werkzeug.datastructures import FileStorage, MultiDict

from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Chosen, Mark
from training.hosting.attendance.service.standing import Ledger
from training.hosting.attendance.state import Times
from training.hosting.models import TeachingSession
from training.hosting.roster.reading.encoding import LARGEST, decode
from training.hosting.service.record import Faulty
from training.sentence import phrase

Fields = MultiDict[str, str]
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
KEY = re.compile(r"[0-9a-f-]{32,36}", re.ASCII)
LONGEST = 400
RESTS = ("", "present", "absent")


def half(form: Fields, found: Ledger) -> Times:
    """The half-day that is meant. Raises Faulty."""
    typed = form.get("half", "")
    times = found.numbered(int(typed)) if NUMBER.fullmatch(typed) else None
    if times is None:
        raise Faulty({"half": phrase("Choose a half-day of the timetable.")})
    return times


def request_key(form: Fields) -> str:
    """The key that a form was made with. Raises Faulty: without one a retry would count twice."""
    key = form.get("request_key", "")
    if not KEY.fullmatch(key):
        raise Faulty({"request_key": phrase("The form is not whole. Open the page again.")})
    return key


def filled(form: Fields, teaching: TeachingSession) -> Filled:
    """A filled grid: rows in which nothing was chosen say nothing. Raises Faulty with all that can't be read."""
    faults: dict[str, str] = {}
    marks: dict[UUID, Mark] = {}
    for one in teaching.members:
        person = str(one.person_id)
        what = form.get(f"mark-{person}", "")[:LONGEST]
        minutes, why = form.get(f"minutes-{person}", "").strip(), form.get(f"why-{person}", "")
        if what:
            read = _number(minutes, f"mark-{person}", faults) if minutes else None
            marks[one.person_id] = Mark(what, read, " ".join(why[: 2 * LONGEST].split()))
        elif minutes or why.strip():
            faults[f"mark-{person}"] = phrase("Choose what the minutes or the reason are for.")
    rest = form.get("rest", "")
    if rest not in RESTS or not (marks or rest or faults):
        faults["rest"] = phrase("Nothing was chosen. Choose at least one exception, or what all others are.")
    base = _number(form.get("base", ""), "rest", faults)
    if faults:
        raise Faulty(faults)
    return Filled(marks, rest, base)


def base(form: Fields) -> int:
    """The number of the newest record when the page was shown. Raises Faulty."""
    faults: dict[str, str] = {}
    found = _number(form.get("base", ""), "file", faults)
    if faults:
        raise Faulty(faults)
    return found


def heads(form: Fields) -> int:
    """How many were counted. Raises Faulty."""
    faults: dict[str, str] = {}
    found = _number(form.get("heads", "").strip(), "heads", faults)
    if faults:
        raise Faulty(faults)
    return found


def chosen(form: Fields) -> Chosen:
    """What the session shall choose. Raises Faulty."""
    faults: dict[str, str] = {}
    late = _number(form.get("late_entry", "").strip(), "late_entry", faults)
    if faults:
        raise Faulty(faults)
    ticked: Callable[[str], bool] = lambda name: form.get(name, "") == "1"  # noqa: E731
    return Chosen(ticked("by_join"), ticked("ask_seat"), ticked("check_out"), late)


def text(form: Fields, file: FileStorage | None) -> str:
    """The text of a file that was chosen, in the encodings of spreadsheets, else what stands in the field.

    Raises:
        Refused: the file is too large, or no text.
    """
    if file is None or not file.filename:
        return form.get("text", "")
    return decode(file.stream.read(LARGEST + 1)).text


def _number(typed: str, field: str, faults: dict[str, str]) -> int:
    if not NUMBER.fullmatch(typed):
        faults[field] = phrase("'%(typed)s' is no whole number.", typed=typed[:40])
        return 0
    return int(typed)
