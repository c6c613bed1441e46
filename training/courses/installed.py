"""The labs of this installation, as far as texts of courses lead to them."""

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
        found = source.read(file, LabFile).value
    except ContentError:
        return Installed(())  # said where labs are checked
    return Installed(tuple(one.id for one in found.questions), found.kind)
