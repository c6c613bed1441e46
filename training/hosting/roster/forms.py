"""What people type on the pages of rosters, join codes and slips."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from werkzeug.datastructures import FileStorage, MultiDict

from training.errors import Refused
from training.hosting.models import TeachingSession
from training.hosting.roster.models import JoinCode
from training.hosting.roster.reading.encoding import ENCODINGS, LARGEST
from training.hosting.roster.reading.records import SEPARATORS, WIDEST
from training.hosting.roster.reading.table import Choices
from training.hosting.roster.service.codes import Terms
from training.hosting.service import timetable
from training.hosting.service.record import Faulty
from training.sentence import phrase

Fields = MultiDict[str, str]
MOMENT = "%Y-%m-%dT%H:%M"


def sent(form: Fields, files: Mapping[str, FileStorage]) -> tuple[bytes, str]:
    """The bytes of a list and the name of its file; what was pasted has none."""
    file = files.get("roster")
    if file is not None:
        with closing(file.stream):  # what is large lies in a temporary file
            data = file.stream.read(LARGEST + 1)
        if data:
            return data, file.filename or ""
    return form.get("people", "").encode(), ""


def choices(form: Fields) -> Choices:
    """How a host wants a list read; what the form doesn't say is guessed."""
    encoding, separator = form.get("encoding", ""), form.get("separator", "")
    columns = {at: form.get(f"column-{at}", "") for at in range(WIDEST)}
    return Choices(
        encoding if encoding in ENCODINGS else "",
        separator if separator in SEPARATORS else "",
        {"yes": True, "no": False}.get(form.get("head", "")),
        {at: name for at, name in columns.items() if name},
    )


def terms(form: Fields, teaching: TeachingSession) -> Terms:
    """When a join code shall be good, and for how many. Raises Faulty."""
    faults: dict[str, str] = {}
    found = {name: _moment(form, name, teaching, faults) for name in ("opens_at", "closes_at")}
    typed = form.get("most", "").strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 7):  # noqa: PLR2004 - more is no number of people
        faults["most"] = phrase("'%(typed)s' is no whole number.", typed=typed[:40])
    if faults:
        raise Faulty(faults)
    return Terms(found["opens_at"], found["closes_at"], int(typed), form.get("walk_ins", "") == "1")


def fields_of(terms: Terms | JoinCode, teaching: TeachingSession) -> Fields:
    """Terms as the form shows them, in the zone of the session."""
    opens, closes = (timetable.local(teaching, one).strftime(MOMENT) for one in (terms.opens_at, terms.closes_at))
    walk_ins = "1" if terms.walk_ins else ""
    return MultiDict({"opens_at": opens, "closes_at": closes, "most": str(terms.most), "walk_ins": walk_ins})


def terms_of(code: JoinCode) -> Terms:
    """The terms of a code, for one that replaces it."""
    return Terms(code.opens_at, code.closes_at, code.most, code.walk_ins)


def seen(form: Fields, name: str) -> UUID | None:
    """An id that the form carries; none for an empty or broken one."""
    try:
        return UUID(form.get(name, ""))
    except ValueError:
        return None


def people(form: Fields) -> list[UUID]:
    """The people that were ticked."""
    found = []
    for one in form.getlist("person")[:1000]:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found


def code(form: Fields) -> str:
    """A code that somebody typed. Raises Refused for none."""
    typed = form.get("code", "").strip()[:60]
    if not any(one.isalnum() for one in typed):
        raise Refused(phrase("Type the code of the session, or that of your slip."), field="code")
    return typed


def password(form: Fields) -> str:
    """A new password, typed twice. Raises Refused where the two differ."""
    if form.get("password", "") != form.get("again_password", ""):
        raise Refused(phrase("The two passwords differ."), field="again_password")
    return form.get("password", "")


def _moment(form: Fields, name: str, teaching: TeachingSession, faults: dict[str, str]) -> datetime:
    typed = form.get(name, "").strip()
    try:
        return datetime.strptime(typed[:16], MOMENT).replace(tzinfo=ZoneInfo(teaching.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        faults[name] = phrase("'%(typed)s' is no day and time such as 2027-03-01T08:30.", typed=typed[:40])
        return datetime.min.replace(tzinfo=UTC)
