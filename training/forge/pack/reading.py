"""Packed files, read with their size and digest looked at, and described when they are made."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from training.forge.pack.manifest import Content, DamagedPack, Part

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


def digest(file: BinaryIO, total: int, progress: Progress) -> str:
    """SHA-256 of what is left to read in a file."""
    seen, done = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        seen.update(block)
        done += len(block)
        progress(done, total)
    return seen.hexdigest()


@contextlib.contextmanager
def checked(path: Path, part: Part) -> Iterator[BinaryIO]:
    """A packed file, open at its start, after its size and digest were found right."""
    with _opened(path, part) as file:
        if (found := digest(file, part.size, nothing)) != part.sha256:
            raise _other(path, part.sha256, found)
        file.seek(0)
        yield file


def copy(path: Path, part: Part, out: BinaryIO) -> None:
    """Copy a packed file, hashing what is written; `DamagedPack` afterwards where it was not what was described."""
    seen = hashlib.sha256()
    with _opened(path, part) as file:
        while block := file.read(BLOCK):
            seen.update(block)
            out.write(block)
    if seen.hexdigest() != part.sha256:
        raise _other(path, part.sha256, seen.hexdigest())


def _other(path: Path, expected: str, found: str) -> DamagedPack:
    return DamagedPack(f"{path}: expected SHA-256 {expected}, found {found}")


@contextlib.contextmanager
def _opened(path: Path, part: Part) -> Iterator[BinaryIO]:
    """A packed file of the size that was said; a link or a pipe in its place is not followed."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise DamagedPack(f"{path}: cannot be read: {error.strerror}") from error
    with os.fdopen(number, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size != part.size:
            raise DamagedPack(f"{path}: has {size} bytes, expected {part.size}")
        yield file
