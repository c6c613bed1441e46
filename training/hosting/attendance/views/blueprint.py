"""The blueprint to which the modules of this folder add their pages, and what all of them show."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, request
from sqlalchemy.orm import Session

from training.errors import Conflict, DomainError, TooMany
from training.hosting.attendance import codes
from training.hosting.attendance.service.records import Origin
from training.hosting.attendance.service.standing import Ledger, ledger
from training.hosting.attendance.state import Times
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views import blueprint as hosting
from training.sentence import phrase
from training.web.rooms import clock, rooms

bp = Blueprint("hosting_attendance", "training.hosting.attendance", template_folder="templates")
PLACE = f"{hosting.PLACE}/attendance"
HERE = f"{hosting.PLACE}/here"
STATES = {
    "open": ("open", phrase("Nothing yet")),
    "waiting": ("wait", phrase("Waits")),
    "present": ("ok", phrase("Present")),
    "late": ("part", phrase("Late")),
    "excused": ("hint", phrase("Excused")),
    "absent": ("bad", phrase("Absent")),
}
MARKS = {
    "present": phrase("Present"),
    "late": phrase("Late"),
    "excused": phrase("Excused"),
    "absent": phrase("Absent"),
    "admitted": phrase("Admitted to the examination"),
    "barred": phrase("Not admitted to the examination"),
    "void": phrase("Take marks back"),
}
ACTS = {
    **MARKS,
    "waiting": phrase("Came before check-in opened"),
    "arrived": phrase("Arrived"),
    "left": phrase("Left"),
    "void": phrase("Marks taken back"),
}
WAYS = {
    "join": phrase("button"),
    "qr": phrase("square code"),
    "code": phrase("typed code"),
    "grid": phrase("grid"),
    "sheet": phrase("paper sheet"),
    "csv": phrase("file"),
}


def status(bad: DomainError | None) -> int:
    """Of a page that comes back with what was wrong."""
    return 429 if isinstance(bad, TooMany) else hosting.status(bad)


def faults(bad: DomainError | None) -> dict[str, str]:
    """What is wrong with which field."""
    return {} if isinstance(bad, Conflict) else hosting.faults(bad)


def key_of(teaching_id: UUID) -> bytes:
    """The key of a session's codes."""
    return codes.session_key(rooms().settings.signing_key(), teaching_id)


def of_staff(how: str, request_key: str) -> Origin:
    """Where a record of the staff comes from."""
    return Origin(how, request_key)


def asked(found: Ledger, given: Mapping[str, str] | None = None) -> Times | None:
    """The half-day that a page is about: the one that was asked for, else that of now, the last begun, the first."""
    typed = (given or request.values).get("half", "")
    wanted = found.numbered(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 5 else None  # noqa: PLR2004
    begun = [one for one in found.times if one.begins <= clock()]
    return wanted or found.now(clock()) or next(reversed(begun), None) or next(iter(found.times), None)


def shown(session: Session, teaching: TeachingSession, given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What every page of the staff shows: the session, its half-days, the one that is asked for."""
    found = ledger(session, teaching)
    times = asked(found, given)
    here = {"teaching": teaching, "found": found, "times": times, "states": STATES, "marks": MARKS, "acts": ACTS}
    return here | {"ways": WAYS, "request_key": str(uuid4()), "local": lambda moment: local(teaching, moment)}


def local(teaching: TeachingSession, moment: Any) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{timetable.local(teaching, moment):%Y-%m-%d %H:%M}"
