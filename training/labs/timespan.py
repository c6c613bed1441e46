"""The window of a timeline as an address names it, and the windows beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from training.analysis.views.axis import EARLIEST, EPOCH, LATEST, SECOND, moment, spelled
from training.analysis.views.timeline import Timeline
from training.sentence import phrase

LONGEST = 40  # characters of a time
OFFSET = re.compile(r"[+-]?\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """What an address asks for: a window (None: the one that is shown first), and how many seconds the machine's clock
    was ahead of the reference, where the reader gave it. `typed` are the fields as they were typed.
    """

    window: tuple[int, int] | None
    offset: int | None
    typed: Mapping[str, str]


def of(given: Mapping[str, str]) -> tuple[Span, str]:
    """The span that an address names, and what is wrong with it: then the part that can't be used is left out."""
    typed = {name: given.get(name, "").strip()[:LONGEST] for name in ("from", "to", "offset")}
    offset = int(typed["offset"]) if OFFSET.fullmatch(typed["offset"]) else None
    bad_offset = bool(typed["offset"]) and offset is None
    begin, end = moment(typed["from"]), moment(typed["to"])
    fault = ""
    for name, at in (("from", begin), ("to", end)):
        if typed[name] and at is None:
            fault = phrase(
                "%(typed)s can't be read as a time. Type it as 2026-03-11 09:14:33.", typed=repr(typed[name])
            )
    if not fault and begin is not None and end is not None and begin >= end:
        fault = phrase("The window ends before it begins.")
    if not fault and (begin is None) != (end is None):
        fault = phrase("A window has a beginning and an end: type both.")
    if not fault and bad_offset:
        fault = phrase("%(typed)s is not a whole number of seconds.", typed=repr(typed["offset"]))
    usable = begin is not None and end is not None and begin < end
    window = (max(begin, EARLIEST), min(end, LATEST)) if usable and begin is not None and end is not None else None
    return Span(window, offset, typed), fault


def micros(at: datetime) -> int:
    """An instant as a moment of an axis."""
    return (at.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def moves(line: Timeline) -> dict[str, dict[str, str]]:
    """Windows beside that of a timeline, by what leads there, as parts of an address; none that would show the same."""
    begin, end = line.begin, line.end
    length = end - begin
    wanted = {"wider": (begin - length // 2, end + length // 2)}
    if length >= 4 * SECOND:
        wanted["narrower"] = (begin + length // 4, end - length // 4)
    if line.before:
        wanted["earlier"] = (begin - length // 2, end - length // 2)
    if line.after:
        wanted["later"] = (begin + length // 2, end + length // 2)
    if line.first is not None and line.last is not None and (line.before or line.after):
        wanted["all"] = (line.first, line.last + SECOND)
    if line.first is not None and line.before:
        wanted["before"] = (line.first, begin)
    if line.last is not None and line.after:
        wanted["after"] = (end, line.last + SECOND)
    return {name: between(*ends) for name, ends in wanted.items()}


def between(begin: int, end: int) -> dict[str, str]:
    """A window as parts of an address, in whole seconds and at least one of them."""
    one, two = max(begin, EARLIEST), min(-(-end // SECOND) * SECOND, LATEST)
    return {"from": spelled(one), "to": spelled(max(two, one + SECOND))}
