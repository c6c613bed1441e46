"""How every file of a pack is opened: a plain file where one is expected, and nothing else in its place."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from training.errors import Damaged


class DamagedPack(Damaged):
    """A pack or an unpacked image isn't what its manifest says; the message names both digests or the field."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A plain file, open for reading. A link in its place is not followed, a pipe not waited for.

    Raises:
        DamagedPack: it can't be read, or something else lies there.
    """
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise DamagedPack(f"{path}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise DamagedPack(f"{path}: cannot be read: is no plain file")
    with os.fdopen(number, "rb") as file:
        yield file
