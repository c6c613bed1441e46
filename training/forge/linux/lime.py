"""Memory in the LiME format: each range of RAM with a header, and nothing of what lies between.

The format is that of LiME's documentation ("LiME ~ Linux Memory Extractor", ``doc/README.md``), version 1: a header of
32 bytes (magic, version, first and last address, eight bytes kept free), then the bytes of the range. A tool inside the
machine takes the ranges from ``/proc/iomem``; so do we.
"""

import re
import struct
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from training.errors import Refused

MAGIC = 0x4C694D45
VERSION = 1
HEADER = struct.Struct("<IIQQ8x")
BLOCK = 1 << 20

Range = tuple[int, int]
"""First and last physical address, both of it."""


def ranges(iomem: str) -> tuple[Range, ...]:
    """The RAM of a machine in its ``/proc/iomem``, read by root.

    Raises:
        Refused: none is named, or the addresses are hidden.
    """
    found = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : System RAM$", iomem, re.MULTILINE)
    all_ = tuple((int(first, 16), int(last, 16)) for first, last in found)
    if not any(last for _, last in all_):
        raise Refused("/proc/iomem names no System RAM with its addresses: it must be read by root")
    return all_


def write(raw: Path, where: Iterable[Range], target: Path) -> None:
    """Write a raw image of physical memory, which begins at address 0, in the LiME format.

    Raises:
        Refused: the ranges overlap or aren't in order, or the image is too short for them.
    """
    where = tuple(where)
    size = raw.stat().st_size
    if not where or any(first > last for first, last in where) or any(a[1] >= b[0] for a, b in pairwise(where)):
        raise Refused(f"{target}: the ranges of memory overlap or are not in order")
    if where[-1][1] >= size:
        raise Refused(f"{raw}: has {size} bytes, but memory ends at {where[-1][1]:#x}")
    with raw.open("rb") as source, target.open("wb") as out:
        for first, last in where:
            out.write(HEADER.pack(MAGIC, VERSION, first, last))
            source.seek(first)
            left = last + 1 - first
            while left and (block := source.read(min(left, BLOCK))):
                out.write(block)
                left -= len(block)
