"""What killed processes leave among the exhibits, up to an image each."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.forge import pack

UNFINISHED = ".own-"
"""How the name of a folder begins in which an exhibit or its pack is made."""


@contextmanager
def unfinished(beside: Path) -> Iterator[Path]:
    """A folder to lay files out in that are moved into `beside` when they are whole; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=beside) as space:
        at_work = os.open(space, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(at_work, fcntl.LOCK_SH)
            yield Path(space)
        finally:
            os.close(at_work)


def remove(instance: Path) -> int:
    """Remove what was left half written in the folders of exhibits; how many files and folders that were.

    Call it at the start of the server. What another program is writing meanwhile stays.
    """
    exhibits = instance / "exhibits"
    left = [*exhibits.glob(f"{UNFINISHED}*"), *exhibits.glob(f"*/pack/{UNFINISHED}*")]
    removed = sum(_removed(folder) for folder in left)
    return removed + sum(pack.remove_leftovers(folder) for folder in exhibits.glob("*") if folder.is_dir())


def _removed(folder: Path) -> bool:
    try:
        at_work = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(at_work, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(at_work)
    return True
