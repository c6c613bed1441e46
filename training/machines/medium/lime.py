"""Memory in the LiME format, as it comes off a medium: looked at, and made into a raw image.

The format is that of LiME's documentation, version 1; `training.forge.linux.lime` writes it. Files that come here were
written by a machine that may lie, so every length is held against the file.
"""

import os
import secrets
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from training.errors import Damaged
from training.forge.linux.lime import BLOCK, HEADER, MAGIC, VERSION
from training.forge.pack import LARGEST_IMAGE

MOST_RANGES = 1024

Kind = Literal["lime", "other"]


class Range(NamedTuple):
    """A range of memory in a file: first and last physical address, and where its bytes begin in the file."""

    first: int
    last: int
    offset: int


def kind_of(path: Path) -> Kind:
    """Whether a file begins as one of the LiME format does, version 1; the rest of it is not looked at.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(HEADER.size)
    if len(head) < HEADER.size:
        return "other"
    magic, version, _, _ = HEADER.unpack(head)
    return "lime" if (magic, version) == (MAGIC, VERSION) else "other"


def header(path: Path) -> tuple[Range, ...]:
    """The ranges that a file of the LiME format has, checked against its size.

    Raises:
        Damaged: it is no such file, is cut short, or its ranges overlap, are out of order or too many.
    """
    with path.open("rb") as file:
        return _ranges(path, file)


def _ranges(path: Path, file: BinaryIO) -> tuple[Range, ...]:
    size, at, found = os.fstat(file.fileno()).st_size, 0, list[Range]()
    while at < size or not found:
        file.seek(at)
        head = file.read(HEADER.size)
        if len(head) < HEADER.size:
            raise Damaged(f"{path}: ends within the header of a range at byte {at}: it is partial")
        magic, version, first, last = HEADER.unpack(head)
        if (magic, version) != (MAGIC, VERSION):
            raise Damaged(f"{path}: has no header of the LiME format, version 1, at byte {at}")
        if last < first or last >= LARGEST_IMAGE or (found and first <= found[-1].last):
            raise Damaged(f"{path}: the range {first:#x} to {last:#x} at byte {at} is not one that can be there")
        found.append(Range(first, last, at + HEADER.size))
        at += HEADER.size + last - first + 1
        if at > size:
            raise Damaged(f"{path}: ends within the range {first:#x} to {last:#x}: it is partial")
        if len(found) > MOST_RANGES:
            raise Damaged(f"{path}: has more than {MOST_RANGES} ranges")
    return tuple(found)


def unlime(lime: Path, raw: Path) -> None:
    """Make a raw image of a file of the LiME format: byte n is physical address n, what no range has is zero.

    The image ends with the last address of the last range. Blocks of zeros become holes of a sparse file. It is there
    whole or not at all; a file that lies there is replaced.

    Raises:
        Damaged: as `header`.
    """
    beside = raw.with_name(f".{raw.name}.{secrets.token_hex(6)}.part")
    try:
        with lime.open("rb") as source, beside.open("xb") as out:
            ranges = _ranges(lime, source)
            for each in ranges:
                _copy(lime, source, each, out)
            out.truncate(ranges[-1].last + 1)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(raw)
    finally:
        beside.unlink(missing_ok=True)


def _copy(lime: Path, source: BinaryIO, each: Range, out: BinaryIO) -> None:
    source.seek(each.offset)
    out.seek(each.first)
    left = each.last - each.first + 1
    while left:
        block = source.read(min(left, BLOCK))
        if not block:
            raise Damaged(f"{lime}: became shorter while it was read")
        if block.count(0) == len(block):
            out.seek(len(block), os.SEEK_CUR)
        else:
            out.write(block)
        left -= len(block)
