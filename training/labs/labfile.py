"""`lab.yaml` as a model: everything about a lab but its briefing, its materials and its keys."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from training.grading.procedure import Procedure
from training.grading.question import Question
from training.labs.livefile import Live
from training.labs.material import MaterialFile

PACK = r"^[a-z][a-z0-9-]{0,60}$"

Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Model):
    """An account of the seized machine. Plugins print numbers only, so the briefing lists who they belong to."""

    uid: int = Field(ge=0, le=2**32 - 1)
    name: str = Field(min_length=1, max_length=40)
    who: Sentence


class LabFile(_Model):
    """`lab.yaml`. docs/labs.md explains each field.

    `kind` tells an exercise, which is worked on the papers among its materials and has no exhibit, from a lab, and a
    live lab, whose exhibits its trainees acquire themselves and whose machine is described under `live`;
    `place` is where it stands in the list of labs, equal ones by title;
    `exhibits` are names of packs, of which each attempt gets one; `stage_hand` says which processes of the
    exhibit play the outside world and are no evidence; `minutes` is a typical time for the whole lab; `baseline` is the
    pack of an exhibit that trainees may compare with; `dumps` lets them write files out of the image and take them;
    `materials` are handed over with the exhibit, beside its acquisition record; `procedure` is how sound work goes.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")
    kind: Literal["lab", "exercise", "live"] = "lab"
    title: str = Field(min_length=1, max_length=120)
    summary: str = Field(min_length=1, max_length=600)
    place: int = Field(default=1_000, ge=1, le=1_000)
    level: Literal["introductory", "intermediate", "advanced"]
    roles: tuple[Literal["first-responder", "investigator", "examiner", "prosecutor", "judge"], ...] = Field(
        min_length=1
    )
    minutes: int = Field(ge=5, le=1_000)
    licence: Literal["VSL-1.0", "CC-BY-4.0"]
    language: Literal["en"]
    authors: tuple[Sentence, ...] = Field(min_length=1)
    exhibits: tuple[Annotated[str, Field(pattern=PACK)], ...] = Field(default=(), max_length=26)
    baseline: str | None = Field(default=None, pattern=PACK)
    dumps: bool = False
    accounts: tuple[Account, ...] = Field(default=(), max_length=40)
    stage_hand: str = Field(default="", max_length=1_000)
    materials: tuple[MaterialFile, ...] = Field(default=(), max_length=12)
    live: Live | None = None
    questions: tuple[Question, ...] = Field(min_length=1, max_length=40)
    procedure: Procedure | None = None

    @property
    def on_papers(self) -> bool:
        """Whether it is an exercise."""
        return self.kind == "exercise"

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of what attempts are worked on: packs, or for an exercise its own name, which its case file has; of a
        live lab the variants of its machine.
        """
        if self.live is not None:
            return tuple(self.pack_of(letter) for letter in self.live.variants)
        return (self.id,) if self.on_papers else self.exhibits

    def pack_of(self, letter: str) -> str:
        """What a variant of a live lab is called: with this name its materials are found."""
        return f"{self.id}-{letter}"
