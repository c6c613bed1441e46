"""Take the files off a medium that a machine wrote, as if it had been written to harm us.

It is never mounted: a kernel that mounts a hostile file system can be taken over by it. What is read is bounded in
number, size, depth and time. Links, devices and second names of a file are not followed. Names become plain ones.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from training.errors import Damaged
from training.forge.pack import NoRoom
from training.machines.medium.ext4 import ROOT, Exhausted, FileSystem, Inode

BLOCK = 1 << 20
ZEROS = bytes(BLOCK)
LONGEST_NAME = 100
PLAIN = re.compile(r"[^A-Za-z0-9._+=@,~-]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken off a medium.

    files: that are taken, with folders that are read; as many may be left. size: bytes of all files, holes too.
    folder: bytes of one folder. depth: folders in each other. steps: structures of the file system that are looked at,
    which bounds the time.
    """

    files: int = 1_000
    size: int = 256 << 20
    folder: int = 1 << 20
    depth: int = 8
    steps: int = 200_000


class Why(StrEnum):
    """Why something was left on the medium."""

    LINK = "link"
    """A symbolic link."""
    SPECIAL = "special"
    """A device, a pipe, a socket."""
    AGAIN = "again"
    """Another name of something that was met before."""
    LARGE = "large"
    """All files together would be too large."""
    MANY = "many"
    """There is more than is looked at."""
    DEEP = "deep"
    """It lies in too many folders."""
    DAMAGED = "damaged"
    """The file system contradicts itself there."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken off: its path below the folder where it lies now, bytes, SHA-256, time of its last change
    by the clock of the machine.

    The path is that on the medium with all unusual characters replaced.
    """

    name: str
    size: int
    sha256: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """What was left on the medium: its path as in `Taken`, why, and where it is damaged, what is wrong."""

    name: str
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a medium; iterating gives the files that were taken."""

    taken: tuple[Taken, ...]
    left: tuple[Left, ...]

    def __iter__(self) -> Iterator[Taken]:
        return iter(self.taken)


AS_USUAL = Limits()


def read(image: Path, target: Path, limits: Limits = AS_USUAL) -> Reading:
    """Take the files off a medium.

    Args:
        image: of the medium; a file, which is only read.
        target: the folder that they are put into, as plain files of their owner alone. It is made; one that lies there
            is replaced.
        limits: how much is taken.

    Raises:
        Damaged: the image holds no file system that is read here, or its first folder can't be read.
        NoRoom: the disk became full. In both cases nothing is left in `target`'s place but what lay there.
    """
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    beside.mkdir(mode=0o700)
    try:
        with image.open("rb") as file:
            found = _Walk(image, file, beside, limits).all()
        if target.exists():
            shutil.rmtree(target)
        beside.rename(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise NoRoom(f"{target}: the disk became full while a medium was read") from error
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return found


class _Walk:
    """One walk over a file system, folder by folder."""

    def __init__(self, image: Path, file: BinaryIO, into: Path, limits: Limits) -> None:
        self._image, self._into, self._limits = image, into, limits
        try:
            self._system = FileSystem(file, limits.steps)
        except Damaged as bad:
            raise Damaged(f"{image}: {bad.message}") from bad
        self._room = limits.size
        self._seen = {ROOT}
        self._used: dict[str, int] = {}
        self._taken: list[Taken] = []
        self._left: list[Left] = []

    def all(self) -> Reading:
        """Take everything that may be taken."""
        waiting = deque([("", ROOT, 0)])
        try:
            while waiting:
                path, number, depth = waiting.popleft()
                for name, inode in self._entries(path, number):
                    if self._sort(name, inode, depth):
                        waiting.append((name, inode.number, depth + 1))
        except Exhausted:
            self._left.append(Left("", Why.MANY))
        order = sorted(self._taken, key=lambda each: each.name)
        return Reading(tuple(order), tuple(self._left))

    def _entries(self, path: str, number: int) -> Iterator[tuple[str, Inode]]:
        """Names in a folder, made plain, with what they stand for. Only the first folder must be readable."""
        try:
            folder = self._system.inode(number)
            for raw, each in self._system.names(folder, self._limits.folder):
                name = self._plain(path, raw)
                try:
                    yield name, self._system.inode(each)
                except Damaged as bad:
                    self._leave(name, Why.DAMAGED, bad.message)
        except Damaged as bad:
            if not path:
                raise Damaged(f"{self._image}: its first folder: {bad.message}") from bad
            self._leave(path, Why.DAMAGED, bad.message)

    def _plain(self, path: str, raw: bytes) -> str:
        """A path of plain characters that nothing else has."""
        name = PLAIN.sub("_", raw.decode("utf-8", "replace"))[:LONGEST_NAME] or "_"
        if name.strip(".") == "":
            name = "_" * len(name)
        first = plain = f"{path}/{name}" if path else name
        while plain in self._used:
            self._used[first] += 1  # stays, so that a thousand equal names take a thousand steps and not half a million
            plain = f"{first}~{self._used[first]}"
        self._used[plain] = 1
        return plain

    def _leave(self, name: str, why: Why, detail: str = "") -> None:
        if len(self._left) >= self._limits.files:
            raise Exhausted
        self._left.append(Left(name, why, detail))

    def _sort(self, name: str, inode: Inode, depth: int) -> bool:
        """Take a file, or write down why not; whether it is a folder that is to be read."""
        if not (inode.is_file or inode.is_folder):
            kind = Why.LINK if inode.is_link else Why.SPECIAL if inode.mode else Why.DAMAGED
            self._leave(name, kind)
            return False
        if inode.number in self._seen:
            self._leave(name, Why.AGAIN)
            return False
        if len(self._seen) > self._limits.files:
            raise Exhausted
        self._seen.add(inode.number)
        if inode.is_file:
            self._take(name, inode)
        elif depth + 1 >= self._limits.depth:
            self._leave(name, Why.DEEP)
        return inode.is_folder and depth + 1 < self._limits.depth

    def _take(self, name: str, inode: Inode) -> None:
        if inode.size > self._room:
            self._leave(name, Why.LARGE)
            return
        self._room -= inode.size
        path = self._into / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(number, "wb") as out:
                sha256 = self._copy(inode, out)
        except (Damaged, Exhausted) as bad:
            path.unlink()
            if isinstance(bad, Exhausted):
                raise
            self._leave(name, Why.DAMAGED, bad.message)
            return
        self._taken.append(Taken(name, inode.size, sha256, inode.modified))

    def _copy(self, inode: Inode, out: BinaryIO) -> str:
        """Write the bytes of a file, with its holes, and answer their SHA-256."""
        seen, at = hashlib.sha256(), 0
        for offset, block in self._system.content(inode, BLOCK):
            _zeros(seen, offset - at)
            seen.update(block)
            out.seek(offset)
            out.write(block)
            at = offset + len(block)
        _zeros(seen, inode.size - at)
        out.truncate(inode.size)
        return seen.hexdigest()


def _zeros(seen: "hashlib._Hash", count: int) -> None:
    while count > 0:
        seen.update(ZEROS[:count])
        count -= BLOCK
