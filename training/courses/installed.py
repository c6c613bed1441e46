"""The labs of this installation, as far as texts of courses lead to them."""

from functools import lru_cache
from pathlib import Path

from training.content import source
from training.content.source import ContentError
from training.courses.manuscript.known import Installed
from training.labs.reader import FILE, LabFile


def labs(folder: Path) -> dict[str, Installed]:
    """Those in a folder by name; one whose file can't be read is there, without questions."""
    return {file.parent.name: _installed(file) for file in sorted(folder.glob(f"*/{FILE}"))}


def _installed(file: Path) -> Installed:
    try:
        state = file.stat()
    except OSError:
        return Installed(())
    return _read(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read(file: Path, _changed: int, _size: int) -> Installed:
    """Kept until the file changes: every page of an author checks a course, and all labs take half a second."""
    try:
        found = source.read(file, LabFile).value
    except ContentError:
        return Installed(())  # said where labs are checked
    return Installed(tuple(one.id for one in found.questions), found.kind)
