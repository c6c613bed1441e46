"""What was handed over with the exhibit of an attempt: its acquisition record, and the materials of the lab."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from training.errors import NotThere
from training.evidence import own
from training.evidence import service as evidence
from training.evidence.models import OwnExhibit
from training.labs import material
from training.labs.material import RECORD, Handed, Material, MaterialFile
from training.labs.reader import Lab
from training.labs.service.attempts import Case
from training.sentence import phrase


def of(case: Case) -> Handed:
    """Everything that was handed over. Raises Damaged when the record is not what was registered."""
    return Handed(evidence.record(case.instance, case.exhibit), others(case))


def others(case: Case) -> dict[str, Material]:
    """What was handed over beside the record, by name, in the author's order.

    Of an own exhibit the materials of its variant, and then what belongs to it alone: the console's record, the forms.
    """
    if case.own is None:
        return dict(case.lab.handed(case.exhibit.name))
    return beside(case.instance, case.lab, case.own)


def beside(instance: Path, lab: Lab, whose: OwnExhibit) -> dict[str, Material]:
    """What was handed over beside the record of an own exhibit. Raises Damaged where it is not what was sealed."""
    found = dict(lab.handed(lab.file.pack_of(whose.variant)))
    for told in whose.materials:
        path = evidence.folder_of(instance, whose.sha256) / own.MATERIALS / Path(str(told["file"])).name
        found[str(told["name"])] = _read(instance, whose.sha256, _Told(told), _state(path))
    return found


class _Told(dict[str, Any]):
    """The description of a material, told from others by the digest of its bytes."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((self["name"], self["sha256"]))


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat() if path.exists() else None
    return (found.st_size, found.st_mtime_ns, found.st_ino) if found else (0, 0, 0)


@lru_cache(maxsize=128)
def _read(instance: Path, sha256: str, told: Mapping[str, Any], _state: tuple[int, int, int]) -> Material:
    """A material, hashed and read once for each state of its file: every finding needs it."""
    described = {name: value for name, value in told.items() if name in MaterialFile.model_fields}
    one = MaterialFile.model_validate(described)
    return material.read(own.path_of(instance, sha256, told), one, one.file)


def get(case: Case, name: str) -> Material:
    """The material of this name, beside the record, which stands on the workbench. NotThere when there is none."""
    found = others(case).get(name)
    if found is None or name == RECORD:
        raise NotThere(phrase("Nothing named %(name)s was handed over with this exhibit.", name=name[:40]))
    return found
