"""Orders to the dormant part inside a machine, over the second serial line (guest/range_peer.c lists them).

The line has no numbers for answers. An order that was given up leaves the file ``unsettled``: its answer may still
come, so the next order first asks for the clock and throws away what comes before that.
"""

import gzip
import io
import re
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from training.forge.linux.machine import LARGEST_HANDED, LAST_LINE, Line, MachineFault, shown
from training.machines.guest.monitor import held, line

ORDER_SECONDS = 20.0
ACCOUNT_SECONDS = 120.0
HANDED_SECONDS = 120.0
TAKEN_SECONDS = 60.0
UNSETTLED = "unsettled"
CLOCK = re.compile(r"ok [0-9]{1,12}\.[0-9]{1,9}")
SIZE = re.compile(r"ok ([0-9]{1,12})")
Kind = Literal["truth", "maps", "footprint", "events"]


@contextmanager
def _line(folder: Path) -> Iterator[Line]:
    """The line with nothing left on it from before; marked as unsettled where what is done on it fails."""
    mark = folder / UNSETTLED
    with held(folder, "control.lock", TAKEN_SECONDS), line(folder, "control", "second serial line") as made:
        if mark.exists():
            _settle(made)
        mark.touch()
        yield made
        mark.unlink(missing_ok=True)


def _settle(line: Line) -> None:
    line.send("clock")
    until = time.monotonic() + ORDER_SECONDS
    while not CLOCK.fullmatch(line.read(until - time.monotonic())):
        pass


def order(folder: Path, *words: str, seconds: float = ORDER_SECONDS) -> str:
    """Give an order; what was answered after ``ok``.

    Raises:
        MachineFault: it was refused, nothing came in time, or the machine has ended.
    """
    with _line(folder) as made:
        made.send("\t".join(words))
        answer = made.read(seconds)
    if not answer.startswith("ok"):
        raise MachineFault(f"the stage hand could not do '{' '.join(words)}': {shown(answer)}")
    return answer.removeprefix("ok").strip()


def account(folder: Path, kind: Kind, about: Iterable[str], seconds: float = ACCOUNT_SECONDS) -> list[str]:
    """What the dormant part writes down: lines of JSON, the last of which says that it is the end.

    Raises:
        MachineFault: it does not come in time or is too long, or the machine has ended.
    """
    with _line(folder) as made:
        made.send("\t".join((kind, " ".join(about))))
        return made.read_lines(LAST_LINE, seconds)


def hand(folder: Path, path: str) -> bytes:
    """The content of a file inside, at most `LARGEST_HANDED` bytes.

    Raises:
        MachineFault: there is none, or what was sent is no such file.
    """
    with _line(folder) as made:
        made.send(f"hand\t{path}")
        said = made.read(HANDED_SECONDS)
        size = SIZE.fullmatch(said)
        packed = made.read_bytes(int(size[1]), HANDED_SECONDS) if size and int(size[1]) <= LARGEST_HANDED else None
    if packed is None:
        raise MachineFault(f"the stage hand could not hand over {path}: {shown(said)}")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            content = file.read(LARGEST_HANDED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MachineFault(f"{path}: the stage hand sent something that is not packed by gzip: {error}") from error
    if len(content) > LARGEST_HANDED:
        raise MachineFault(f"{path} inside the machine is larger than {LARGEST_HANDED} bytes")
    return content
