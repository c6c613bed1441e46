"""The sealed record of a console as a material, line by line, so that a citation can point at what the machine said.

    #3 @ 2026-03-11 09:04:11 UTC, exit 0, 0.41 s, SHA-256 of the output 9f86d081…
    #3 $ /mnt/kit/bin/ps -ef
    #3 |   612 root  /usr/sbin/printd
    #3 ! the kit shows one process more

A line belongs to an entry (`#3`) and is of one part: its head `@`, the command `$`, a line of the output `|`, a remark
of whoever typed it `!`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

NAME = "console"
PARTS = {"@": "head", "$": "command", "|": "output", "!": "remark"}
COLUMNS = ("entry", "part", "said", "at")
"""Fields of its lines: the entry's number, one of `PARTS`, the line without its sign, and when the entry was typed."""

MOST_LINES, MOST_BYTES = 4_800, 900_000
MOST_OF_ENTRY, LONGEST = 400, 1_800

_LINE = re.compile(r"#(?P<entry>[0-9]{1,6}) (?P<sign>[@$|!]) ?(?P<said>.*)")
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC")
_ESCAPES = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A command as it was typed at the machine, and what came of it.

    Attributes:
        number: from 1.
        at: when it was sent, by the clock that the record says it keeps.
        command: the line.
        exit: what it ended with; None where nothing was told.
        seconds: how long it took; None where that is not known.
        output: all of its output.
        sha256: of that output.
        remarks: what the person wrote beside it.
    """

    number: int
    at: datetime
    command: str
    exit: int | None
    seconds: float | None
    output: bytes
    sha256: str
    remarks: tuple[str, ...] = ()


def write(heading: Sequence[str], entries: Sequence[Entry]) -> bytes:
    """The record as a text of at most `MOST_LINES` lines; a long output is cut, which a line says.

    `heading` are lines of its own that stand first, such as the clock that it keeps.
    """
    lines = [shown(line)[:LONGEST] for line in heading]
    size = sum(len(line.encode()) + 1 for line in lines)
    for entry in entries:
        mine = list(_of_entry(entry))
        room = sum(len(line.encode()) + 1 for line in mine)
        if len(lines) + len(mine) > MOST_LINES or size + room > MOST_BYTES:
            mine = [*_begin(entry), f"#{entry.number} | (the output is not here: the record would be too long)"]
            room = sum(len(line.encode()) + 1 for line in mine)
        if len(lines) + len(mine) > MOST_LINES or size + room > MOST_BYTES:
            lines.append(f"(entries from {entry.number} on are not here: the record would be too long)")
            break
        lines += mine
        size += room
    return "".join(f"{line}\n" for line in lines).encode()


def _begin(entry: Entry) -> Iterator[str]:
    ended = "no exit status" if entry.exit is None else f"exit {entry.exit}"
    took = "" if entry.seconds is None else f", {entry.seconds:.2f} s"
    yield f"#{entry.number} @ {entry.at:%Y-%m-%d %H:%M:%S} UTC, {ended}{took}, SHA-256 of the output {entry.sha256}"
    yield f"#{entry.number} $ {shown(entry.command)}"[:LONGEST]


def _of_entry(entry: Entry) -> Iterator[str]:
    yield from _begin(entry)
    output = entry.output.decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\n")
    said = output.split("\n") if output else []
    yield from (f"#{entry.number} | {shown(line)}"[:LONGEST] for line in said[:MOST_OF_ENTRY])
    if len(said) > MOST_OF_ENTRY:
        yield f"#{entry.number} | ({len(said) - MOST_OF_ENTRY} more lines are not here)"
    for remark in entry.remarks:
        yield from (f"#{entry.number} ! {shown(line)}"[:LONGEST] for line in remark.splitlines() if line.strip())


def shown(text: str) -> str:
    """A line without what a terminal obeys: escapes are left out, other unseen characters replaced."""
    return _UNSEEN.sub("\ufffd", _ESCAPES.sub("", text.replace("\n", " "))).rstrip()


def fields(texts: Sequence[str]) -> Iterator[dict[str, str]]:
    """The fields of each line; none for a line of the heading."""
    at = ""
    for text in texts:
        found = _LINE.fullmatch(text)
        if found is None:
            yield {}
            continue
        if found["sign"] == "@":
            when = _AT.match(found["said"])
            at = when[0].removesuffix(" UTC").replace(" ", "T") + "Z" if when else ""
        yield {"entry": found["entry"], "part": PARTS[found["sign"]], "said": found["said"], "at": at}


def form(fields: Sequence[tuple[str, str]]) -> tuple[bytes, tuple[str, ...]]:
    """A form as a text of `name: value` lines, and the names as they stand there, each once.

    A long value goes on in further lines; a name that comes again gets a number.
    """
    lines: list[str] = []
    names: list[str] = []
    for name, value in fields:
        pieces = _pieces(value)
        for number, piece in enumerate(pieces, 1):
            label = _label(name if number == 1 else f"{name}, line {number}", names)
            names.append(label)
            lines.append(f"{label}: {piece}")
    return "".join(f"{line}\n" for line in lines).encode(), tuple(names)


def _pieces(value: str) -> list[str]:
    found = [shown(line).strip() for line in value.splitlines() if line.strip()]
    return [line[at : at + LONGEST - 100] for line in found for at in range(0, len(line), LONGEST - 100)] or ["-"]


def _label(name: str, taken: Sequence[str]) -> str:
    plain = re.sub(r"\s+", " ", shown(name).replace(":", " ")).strip("# ")[:70].strip() or "Field"
    label, number = plain, 2
    while label in taken:
        label, number = f"{plain} ({number})", number + 1
    return label
