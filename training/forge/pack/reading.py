"""Packed files, read with their size and digest looked at, and described when they are made."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from training.forge.pack.manifest import Content, Part
from training.forge.pack.opening import DamagedPack, opened

BLOCK = 1 << 20

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


def nothing(done: int, total: int) -> None:
    """Progress that nobody watches."""


def part_of(path: Path, *, unpacked: Content | None = None) -> Part:
    """A finished file, described for a manifest; `unpacked` is what a compressed truth holds."""
    size = path.stat().st_size
    with path.open("rb") as file:
        return Part(name=path.name, sha256=digest(file, size, nothing), size=size, unpacked=unpacked)


def digest(file: BinaryIO, size: int, progress: Progress) -> str:
    """SHA-256 of the next `size` bytes of a file, or of what is left where that is less."""
    seen, done = hashlib.sha256(), 0
    for block in _blocks(file, size):
        seen.update(block)
        done += len(block)
        progress(done, size)
    return seen.hexdigest()


@contextlib.contextmanager
def checked(path: Path, part: Part) -> Iterator[BinaryIO]:
    """A packed file, open at its start, after its size and digest were found right."""
    with _sized(path, part) as file:
        if (found := digest(file, part.size, nothing)) != part.sha256:
            raise _other(path, part.sha256, found)
        file.seek(0)
        yield file


def copy(path: Path, part: Part, out: BinaryIO) -> None:
    """Copy a packed file, hashing what is written; `DamagedPack` afterwards where it was not what was described."""
    seen = hashlib.sha256()
    with _sized(path, part) as file:
        for block in _blocks(file, part.size):
            seen.update(block)
            out.write(block)
    if seen.hexdigest() != part.sha256:
        raise _other(path, part.sha256, seen.hexdigest())


def compared(path: Path, sha256: str, largest: int, progress: Progress = nothing) -> None:
    """Hold a file that may have up to `largest` bytes against a SHA-256; `DamagedPack` names both."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            raise DamagedPack(f"{path}: has {size} bytes, expected at most {largest}")
        if (found := digest(file, size, progress)) != sha256:
            raise _other(path, sha256, found)


def _other(path: Path, expected: str, found: str) -> DamagedPack:
    return DamagedPack(f"{path}: expected SHA-256 {expected}, found {found}")


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The next bytes of a file, no more than `size` of them although it may grow."""
    while block := file.read(min(BLOCK, size)):
        size -= len(block)
        yield block


@contextlib.contextmanager
def _sized(path: Path, part: Part) -> Iterator[BinaryIO]:
    """A packed file of the size that was said."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size != part.size:
            raise DamagedPack(f"{path}: has {size} bytes, expected {part.size}")
        yield file
