"""How much room the disk of the server has left, in a word: asked every few seconds, so it costs one system call."""

import os
from dataclasses import dataclass
from pathlib import Path

FULL = 64 * 2**20
"""Bytes below which a database can't be sure of its next write; the server doesn't start below it either."""
LOW = 2**30
"""Bytes below which a day of thirty people may fill it: the reserve that the preparation of a session asks for."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The word, 'full', 'low' or empty for enough, and the MiB that are free."""

    word: str
    free: int


def look(folder: Path) -> Disk:
    """The disk on which a folder lies."""
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    return Disk("full" if free < FULL else "low" if free < LOW else "", free // 2**20)
