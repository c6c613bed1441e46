"""What is being made on its way to its place: it gets its name when it is whole, or goes away again.

Where the process is killed meanwhile it stays. Whoever makes something holds a lock on its folder, and a lock ends with
its process: so the next run can tell what nobody works on any more, and sweeps it away.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from training.errors import Conflict
from training.sentence import phrase

PREFIX = ".engram-carry-"
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links say, such as those of most sticks."""


@contextmanager
def folder(place: Path) -> Iterator[Path]:
    """A new folder in `place`, which nobody else can read, and which goes away again with all that is left in it."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    made, lock = _made(place)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def sweep(place: Path) -> None:
    """Remove what processes that were killed have left in `place`."""
    for path in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is somebody's who still works, or went away meanwhile, or is no folder of ours
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def publish(made: Path, target: Path) -> None:
    """Give a whole file its name, on the same file system. Raises Conflict where there is one of that name."""
    there = phrase("%(file)s is there already. Choose another name, or move it away.", file=str(target))
    try:
        os.link(made, target)
    except FileExistsError:
        raise Conflict(there) from None
    except OSError as bad:
        if bad.errno not in NO_LINKS:
            raise
        if target.exists():
            raise Conflict(there) from None
        made.rename(target)


def private(path: str, flags: int) -> int:
    """For open(opener=…): a file that only its owner reads, since bundles hold keys and people."""
    return os.open(path, flags, 0o600)


def _made(place: Path) -> tuple[Path, int]:
    """A new folder and the lock on it. A sweeper may take it away in the moment before it is locked: then another."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return path, lock
            os.close(lock)
