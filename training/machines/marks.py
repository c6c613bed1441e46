"""What the console of a machine prints besides text: the mark before each prompt, and the acquirer's last line.

The shell's mark is `ESC ] 133 ; D ; <exit> ; <seconds of the machine's clock> BEL`, after the sequences by which
terminals learn where a command ends ("Semantic prompts", OSC 133). Output of a command may hold anything, also what
looks like a mark: whoever prints one spoils the own record, and nothing else.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

MARK = re.compile(rb"\x1b\]133;D;(\d{1,3});(\d{1,12})[.,](\d{1,9})\x07", re.ASCII)
LONGEST = 48
"""Bytes of the longest mark: as many are looked at again where a piece of the console ends."""
ACQUIRED = re.compile(rb"(?:^|\n|\r)acquired ([^\r\n]{1,190}) (\d{1,15}) ([0-9a-f]{64})[ \t]*(?=\r|\n|$)", re.ASCII)


class Mark(NamedTuple):
    """Where a mark begins and ends, in bytes of the console, the exit code it tells, and the machine's clock."""

    start: int
    stop: int
    exit: int
    clock: float


def marks(data: bytes, offset: int) -> list[Mark]:
    """All whole marks in a piece of the console that begins at `offset`."""
    return [
        Mark(offset + one.start(), offset + one.end(), int(one[1]), float(f"{int(one[2])}.{one[3].decode()}"))
        for one in MARK.finditer(data)
    ]


@dataclass(frozen=True, slots=True)
class Acquired:
    """What an acquirer said at its end: the file that it wrote, its bytes, and their SHA-256."""

    file: str
    size: int
    sha256: str


def acquired(output: bytes) -> Acquired | None:
    """The last such line of an output; None where there is none."""
    found = None
    for found in ACQUIRED.finditer(output):  # noqa: B007 - the last one counts
        pass
    if found is None:
        return None
    return Acquired(found[1].decode("utf-8", "replace").strip(), int(found[2]), found[3].decode())
