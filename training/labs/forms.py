"""What arrives from forms: values out, limits checked."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID
from zlib import crc32

from training.analysis.cards import PROCESS
from training.errors import NotThere, Refused
from training.labs.service.assignments import Wish
from training.labs.service.findings import CONFIDENCES, Claimed, Spotted, unsure
from training.labs.spot import LONGEST, RECORD, Fields
from training.labs.spot import number as whole
from training.sentence import phrase

BESIDE = re.compile(
    r"compare/[a-z]{1,20}(?:\?page=[0-9]{1,4})?|processes/[0-9]{1,10}|seeing/[a-z]{1,20}(?:\?[a-z0-9=&:TZ-]{1,400})?",
    re.ASCII,
)
"""Pages beside the workbench from which rows can be cited."""

MOST_TOGETHER = 40
"""Rows that one press cites: more than the ancestors of any process that a page draws."""

LONGEST_COMMAND = 24_000
"""Characters of a command that a link puts into the command line."""


def command(form: Mapping[str, str]) -> str:
    """The command line as it was typed."""
    return form.get("command", "")


def has_finding(form: Mapping[str, str]) -> bool:
    """Whether the form of a finding was sent along."""
    return "seen" in form


def chosen(given: Fields) -> str:
    """A command that a link brings back, or one put together from the plugin picker: the plugin and the PID. Where
    none was picked, what had been typed before.
    """
    if command := given.get("command", "")[:LONGEST_COMMAND]:
        return command
    plugin, pid = given.get("plugin", "")[:LONGEST], given.get("pid", "").strip()[:LONGEST]
    if plugin and pid:
        return f"{PROCESS.sub('', plugin)} --pid {pid}"
    return plugin or given.get("typed", "")[:LONGEST_COMMAND]


def begun(form: Fields) -> str:
    """The command of a button that begins a run, or the one of the plugin picker; '' for none."""
    return form.get("begin", "")[:LONGEST_COMMAND] or (chosen(form) if form.get("plugin") else "")


def to_fill_in(form: Fields) -> bool:
    """Whether the command of the plugin picker is only put in the command line; without a plugin nothing is run."""
    return "fill" in form or ("typed" in form and not form.get("plugin"))


def place(form: Mapping[str, str]) -> tuple[int | None, int]:
    """What a cite button names: '3:17' is row 17 of run 3, 'record:4' line 4 of the record (then the run is None)."""
    found = spotted(form.get("place", ""))
    if found is None or (found.run is None and found.material != RECORD):
        raise Refused(phrase("The place to cite is missing. Use a button of the result table."), field="place")
    return found.run, found.row


def places(form: Mapping[str, str]) -> list[tuple[int, int]]:
    """The rows that one button cites together, as in '3:17 3:18': rows of runs, each once. Raises Refused."""
    given = form.get("places", "").split(" ", MOST_TOGETHER - 1)
    found = [one for text in given if (one := spotted(text)) and one.run is not None]
    if len(found) != len(given):
        raise Refused(phrase("The place to cite is missing. Use a button of the result table."), field="places")
    return list(dict.fromkeys((one.run or 0, one.row) for one in found))


def filled(form: Mapping[str, str]) -> tuple[str, str]:
    """What a button of a page beside the workbench puts into the field of a question: the mark of the value that is
    given up for it ('' for none), and the text. Raises Refused.
    """
    mark, _, text = form.get("fill", "").partition(" ")
    if not text.strip():
        raise Refused(phrase("The value to use is missing. Use a button of the page."), field="fill")
    return "" if mark == "-" else mark, text


def cell(form: Mapping[str, str]) -> str:
    """The column that a cite button names behind the row, as in '3:17:COMM', or that a field gives; '' for the row."""
    found = spotted(form.get("place", ""))
    return (found.column if found else "") or form.get("cell", "")[:LONGEST]


SPOTTED = re.compile(r"([a-z0-9][a-z0-9-]{0,39}):([0-9]{1,9})(?::(.{0,200}))?", re.ASCII | re.DOTALL)


def spotted(text: str) -> Spotted | None:
    """What a button of a row, a line or a cell names; None where it is nothing of that kind.

    '3:17:COMM' is a cell of row 17 of run 3, 'record:4' line 4 of the record, 'log:4:source' a field of a material.
    """
    found = SPOTTED.fullmatch(text)
    if found is None:
        return None
    source, row, column = found[1], int(found[2]), found[3] or ""
    if source.isdigit():
        return Spotted(whole(source), row, column) if whole(source) else None
    return Spotted(None, row, column, source) if row else None


def used(form: Mapping[str, str]) -> tuple[str, str, Spotted]:
    """What a button says that takes a cell for an answer: the question, the mark of the value that is given up for it
    ('' for none), the cell. Raises Refused.
    """
    question, _, rest = form.get("use", "").partition(" ")
    mark, _, place = rest.partition(" ")
    found = spotted(place)
    if found is None:
        raise Refused(phrase("The cell to use is missing. Use a button of the page."), field="use")
    return question[:LONGEST], "" if mark == "-" else mark, found


def open_notes(form: Mapping[str, str]) -> frozenset[int]:
    """The citations whose note stands open in a field of the page that sends the form."""
    return frozenset(int(field[1]) for name in form if (field := NOTE.fullmatch(name)))


def way_back(form: Mapping[str, str]) -> str:
    """The page beside the workbench that a form came from, such as 'compare/processes'; '' for the workbench."""
    back = form.get("back", "")
    return back if BESIDE.fullmatch(back) else ""


NOTE = re.compile(r"note-([0-9]{1,9})-([0-9a-f]{8})", re.ASCII)


def mark_of(note: str) -> str:
    """A short mark of a note: the field that holds it carries the mark, and so says what the page showed."""
    return f"{crc32(_lines(note).encode()):08x}"


def notes(form: Mapping[str, str]) -> dict[int, str]:
    """Notes of the notebook that were changed on the page that sends them, by the numbers of their citations.

    A note that nobody touched is left out, so that an old page does not bring back what was changed on another.
    """
    found = {}
    for name, text in form.items():
        field = NOTE.fullmatch(name)
        if field and mark_of(text) != field[2]:
            found[int(field[1])] = _lines(text)
    return found


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def numbered(form: Mapping[str, str], name: str) -> int:
    """A whole number from 1 in a field of a form."""
    number = whole(form.get(name, ""))
    if not number:
        raise Refused(phrase("'%(typed)s' is not a number from 1.", typed=form.get(name, "")[:40]), field=name)
    return number


def claimed(form: Fields) -> Claimed:
    """What stands in the form of a finding. Fields of a chooser become the text that a person could have typed."""
    confidence = form.get("confidence", "") or None
    if confidence is not None and confidence not in CONFIDENCES:
        raise Refused(unsure(), field="confidence")
    numbers = tuple(whole(text) for text in form.getlist("cited"))
    if 0 in numbers:
        raise Refused(phrase("A cited place has no number. Open the page again."), field="cited")
    value = (form["value"] if "value" in form else _chosen(form)).replace("\r\n", "\n")
    seen, reasoning = form.get("seen", ""), form.get("reasoning", "").replace("\r\n", "\n").strip()
    return Claimed(value, confidence, numbers, form.get("bare") == "1", whole(seen) if seen else None, reasoning)


def _chosen(form: Fields) -> str:
    """The text of a chooser, by the fields that it has; empty where nothing is chosen.

    Steps with their places, such as '2:fetch'; a truth value with a reason; pairs such as 'a=1'; options of several
    choices; elements of a set that are on offer, which may hold commas.
    """
    if steps := form.getlist("step"):
        return _in_order(steps)
    if "reason" in form or "truth" in form:
        truth, reason = form.get("truth", ""), form.get("reason", "")
        return f"{truth}: {reason}" if reason else truth
    if elements := form.getlist("element"):
        return "\n".join(elements)
    return ", ".join(one for one in (*form.getlist("pair"), *form.getlist("option")) if one)


def _in_order(chosen: list[str]) -> str:
    """'fetch > start' from '2:start', '1:fetch'. Steps that share a place are joined by =, which grading refuses."""
    places: dict[int, list[str]] = {}
    for one in chosen:
        place, _, step = one.partition(":")
        if step:
            places.setdefault(whole(place), []).append(step)
    return " > ".join(" = ".join(places[place]) for place in sorted(places))


def request_key(form: Mapping[str, str]) -> str:
    """The key that came with the form: 8 to 64 letters, digits, hyphens."""
    key = form.get("request_key", "")
    if not 8 <= len(key) <= 64 or not key.replace("-", "").isalnum() or not key.isascii():  # noqa: PLR2004 - as said
        why = phrase("The form is incomplete. Open the question again and send it from there.")
        raise Refused(why, field="request_key")
    return key


MOMENT = "%Y-%m-%d %H:%M"
"""How a page writes a time into a field, in UTC."""


def wish(form: Fields) -> Wish:
    """What an instructor wants to set. Dates without a time are left out; all times are UTC."""
    minutes = form.get("minutes", "").strip()
    return Wish(
        lab=form.get("lab", ""),
        title=form.get("title", ""),
        mode=form.get("mode", ""),
        opens_at=moment(form.get("opens_at", ""), "opens_at"),
        dates=_dates(form),
        after=form.get("after", ""),
        minutes=_count(minutes, "minutes") if minutes else None,
        hints=form.get("hints") == "1",
        pass_percent=_count(form.get("pass_percent", ""), "pass_percent"),
    )


def fields_of(wish: Wish) -> Fields:
    """What is set, as the fields of its form."""
    fields = Fields(
        {
            "lab": wish.lab,
            "title": wish.title,
            "mode": wish.mode,
            "opens_at": wish.opens_at.strftime(MOMENT),
            "after": wish.after,
            "minutes": "" if wish.minutes is None else str(wish.minutes),
            "hints": "1" if wish.hints else "",
            "pass_percent": str(wish.pass_percent),
        }
    )
    fields.setlist("until", [until.strftime(MOMENT) for until, _ in wish.dates])
    fields.setlist("percent", [str(percent) for _, percent in wish.dates])
    return fields


def moment(text: str, field: str) -> datetime:
    """A time as a field gives it, such as 2026-11-30 18:00, in UTC, in digits of any script.

    A T for the space and a Z at the end will do.
    """
    written = _latin(text).strip().upper().removesuffix("Z").replace("T", " ", 1)
    try:
        return datetime.strptime(written, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        why = phrase("'%(typed)s' is no time: write it as 2026-11-30 18:00, in UTC.", typed=text[:40])
        raise Refused(why, field=field) from None


def extra_time(form: Fields) -> tuple[UUID, int, str]:
    """Who gets how many minutes more, and why."""
    try:
        person = UUID(form.get("person", ""))
    except ValueError:
        raise Refused(phrase("Nobody was chosen. Choose a trainee from the list."), field="person") from None
    return person, _count(form.get("extra", ""), "extra"), form.get("note", "")


MEANT = ("release", "withdraw")
"""Acts that can't be taken back, and have a box to tick."""


def meant(form: Mapping[str, str], act: str) -> None:
    """Raises Refused unless the box was ticked that says that an act is meant."""
    if form.get("sure") != "1":
        raise Refused(phrase("Tick the box first. Nothing was changed."), field=act)


def organisation(form: Mapping[str, str], otherwise: UUID) -> UUID:
    """The organisation that a form is about, else the one that it is about where none is named."""
    try:
        return UUID(form["organisation"]) if form.get("organisation") else otherwise
    except ValueError:
        raise NotThere(phrase("There is no such organisation.")) from None


def _dates(form: Fields) -> tuple[tuple[datetime, int], ...]:
    rows = list(zip(form.getlist("until"), form.getlist("percent"), strict=False))
    if any(until.strip() and not percent.strip() for until, percent in rows):
        raise Refused(phrase("Give a percentage."), field="dates")
    return tuple((moment(until, "dates"), _count(percent, "dates")) for until, percent in rows if until.strip())


def _count(text: str, field: str) -> int:
    written = _latin(text).strip()
    if not re.fullmatch(r"[0-9]{1,6}", written, re.ASCII):
        raise Refused(phrase("'%(typed)s' is not a whole number.", typed=text[:40]), field=field)
    return int(written)


def _latin(text: str) -> str:
    """The same with decimal digits of any script as 0 to 9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
