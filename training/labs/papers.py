"""The case file of an exercise: papers among its materials, and the list that names each of them with its digest.

The list is to an exercise what the acquisition record is to a lab: it is handed over first, its lines can be cited, and
its SHA-256 is that of the exhibit.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from training.grading.keys.syntax import Query
from training.labs import material
from training.labs.labfile import LabFile
from training.labs.material import RECORD, Material


def listed(folder: Path, file: LabFile) -> str:
    """The list of papers: the title of the case file, then for each paper its name, title, SHA-256 and origin."""
    lines = [f"Case file: {file.title}", f"Papers: {len(file.materials)}"]
    for number, one in enumerate(file.materials, 1):
        content = material.path_of(folder, file.id, one).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f"Paper {number}: {one.name}, {one.title}; {len(content)} bytes, SHA-256 {digest}")
        lines.append(f"Paper {number} came from: {' '.join(one.origin.split())}")
    return "\n".join(lines) + "\n"


def lines(folder: Path, file: LabFile, handed: Mapping[str, Material]) -> dict[str, Material]:
    """Everything of the case file whose lines can be cited, by name: the list of papers, and the papers."""
    return {RECORD: material.record(listed(folder, file).splitlines()), **handed}


def rows(lines: Mapping[str, Material]) -> dict[Query, list[dict[str, object]]]:
    """The same as the key language asks for it."""
    return {Query(name, material=True): one.rows for name, one in lines.items()}


def size(folder: Path, file: LabFile) -> int:
    """Bytes of all papers."""
    return sum(material.path_of(folder, file.id, one).stat().st_size for one in file.materials)
