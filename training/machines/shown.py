"""What a page shows of the console: text of the machine, made fit for eyes, and never more than a page can hold.

Nothing that came from a machine is trusted: control characters are made visible, sequences that would steer a terminal
are left out, and what is long is cut with a word about it.
"""

import re
from dataclasses import dataclass

from markupsafe import escape

from training.analysis.render import visible
from training.machines.models import Entry, Response
from training.machines.ranges import Range
from training.machines.service import console

MOST = 6_000
"""Bytes of an output that a page shows, half from its beginning and half from its end where it is longer."""
LEAST = 240
"""Bytes that every output gets, however much stands beside it."""
TOGETHER = 11_000
"""Bytes of all outputs of a page, as they are sent: the newest get most of them, so that an update stays small."""
PAGE = 48 << 10
"""Bytes of an output on a page of its own."""
LAST = 12
"""Entries that the page of the live work shows; the record has all."""
PROMPT = 200
MARK = re.compile(rb"\x1b\]133;D;[0-9.,;]{1,40}\x07")
STEERING = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)|[@-Z\\-_])")
LONGEST_LINE = 2_000
"""Characters of one line on a page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a page shows it.

    Attributes:
        prompt: what the machine printed before the line.
        head, tail: text of its output; `left_out` bytes lie between them.
        size: bytes of the whole output.
    """

    entry: Entry
    prompt: str
    head: str
    tail: str
    left_out: int
    size: int


def text(data: bytes) -> str:
    """Bytes of a console as lines that can be shown."""
    plain = STEERING.sub(b"", MARK.sub(b"", data)).decode("utf-8", "replace")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_line(line) for line in lines)


def _line(line: str) -> str:
    cut = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
    return visible(cut.replace("\t", "    "))


def entries(here: Range, response: Response, rows: list[Entry]) -> list[Shown]:
    """Entries as a page shows them. The newest get most of the room."""
    size, left, found = console.size(here, response), TOGETHER, []
    for one in reversed(rows):
        made = _shown(here, response, one, size, max(LEAST, min(MOST, left)))
        left -= len(made.head.encode()) + len(made.tail.encode())
        found.append(made)
    return found[::-1]


def _shown(here: Range, response: Response, one: Entry, size: int, room: int) -> Shown:
    stop = size if one.stop is None else one.stop
    length = max(stop - one.start, 0)
    before = console.printed(here, response, max(one.start - PROMPT, 0), min(PROMPT, one.start))
    prompt = text(before.rpartition(b"\x07")[2]).rpartition("\n")[2]
    if one.stop is None:  # it grows: its end is of interest
        head, tail = b"", console.printed(here, response, max(one.start, stop - room), min(length, room))
    elif length <= room:
        head, tail = console.printed(here, response, one.start, length), b""
    else:
        head = console.printed(here, response, one.start, room // 2)
        tail = console.printed(here, response, stop - room // 2, room // 2)
    shown = _fit(text(head), room), _fit(text(tail)[::-1], room)[::-1]
    return Shown(one, prompt, *shown, max(length - len(head) - len(tail), 0), length)


def _fit(text: str, room: int) -> str:
    """The beginning of a text that takes no more bytes than this where it is sent: escaped, hidden characters named."""
    while (takes := len(str(escape(text)).encode())) > room:
        text = text[: max(len(text) * room // takes - 1, 0)]
    return text


def waiting(here: Range, response: Response, rows: list[Entry]) -> str:
    """What the console shows behind the last finished entry: the prompt, and what came without being asked for."""
    begin = max((one.stop or one.start for one in rows), default=0)
    if any(one.stop is None for one in rows):
        return ""
    size = console.size(here, response)
    return text(console.printed(here, response, max(begin, size - LEAST * 8), min(size - begin, LEAST * 8))).lstrip(
        "\n"
    )
