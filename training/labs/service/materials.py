"""What was handed over with the exhibit of an attempt: its acquisition record, and the materials of the lab."""

from training.errors import NotThere
from training.evidence import service as evidence
from training.labs.material import RECORD, Handed, Material
from training.labs.service.attempts import Case
from training.sentence import phrase


def of(case: Case) -> Handed:
    """Everything that was handed over. Raises Damaged when the record is not what was registered."""
    return Handed(evidence.record(case.instance, case.exhibit), others(case))


def others(case: Case) -> dict[str, Material]:
    """What was handed over beside the record, by name, in the author's order."""
    return dict(case.lab.handed(case.exhibit.name))


def get(case: Case, name: str) -> Material:
    """The material of this name, beside the record, which stands on the workbench. NotThere when there is none."""
    found = others(case).get(name)
    if found is None or name == RECORD:
        raise NotThere(phrase("Nothing named %(name)s was handed over with this exhibit.", name=name[:40]))
    return found
