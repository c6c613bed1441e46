"""What a machine can find in the live part of a lab before anybody works on it."""

from collections.abc import Iterator

from training.content import source
from training.content.source import Mistake
from training.grading.parts import Source
from training.labs import console, decided
from training.labs.labfile import LabFile
from training.labs.material import FORM, OWN, Material

Lab = source.Source[LabFile]


def own_materials() -> dict[str, Material]:
    """What belongs to an own image whatever the lab: conditions on citations may name their fields."""
    return {
        console.NAME: Material(console.NAME, "", "", "console", console.COLUMNS, ()),
        FORM: Material(FORM, "", "", "form", (), ()),
    }


def of_live(lab: Lab) -> Iterator[Mistake]:
    """What a live lab has and another lab has not, and the other way round."""
    file = lab.value
    if (file.kind == "live") != (file.live is not None):
        message = (
            "a live lab says under `live` what its machine is" if file.live is None else "only a kind: live has it"
        )
        yield lab.mistake(("live",) if file.live else ("kind",), message)
    if file.live is None:
        yield from _not_live(lab)
        return
    for name in ("exhibits", "baseline"):
        if getattr(file, name):
            yield lab.mistake((name,), f"trainees acquire the image of a live lab themselves, so it has no {name}")
    for number, one in enumerate(file.materials):
        if one.name in OWN:
            message = f"`{one.name}` comes with the image that a trainee acquires: name the material otherwise"
            yield lab.mistake(("materials", number, "name"), message)
    for number, question in enumerate(file.questions):
        if decided.reserved(question.id):
            message = f"`{question.id}` is what a marker reads of the live work: name the question otherwise"
            yield lab.mistake(("questions", number, "id"), message)
    if not any(one.lost is not None or one.key is not None or one.rubric for one in file.questions):
        yield lab.mistake(("questions",), "no question has a key or a rubric")


def _not_live(lab: Lab) -> Iterator[Mistake]:
    for number, one in enumerate(lab.value.questions):
        if one.lost is not None:
            message = f"{one.id}: nothing is lost in an exhibit that is the same for everybody: only a live lab has it"
            yield lab.mistake(("questions", number, "lost"), message)
        for part in ("proof", "corroboration"):
            sources: tuple[Source, ...] = getattr(one, part)
            for place, each in enumerate(sources):
                if each.material == console.NAME:
                    message = f"{one.id}: a console is there only in a live lab"
                    yield lab.mistake(("questions", number, part, place), message)
