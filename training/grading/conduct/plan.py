"""The conduct part of a lab, as its author writes it, and the bounds that one variant of it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from training.grading import partial_order
from training.grading.parts import Model, Text
from training.grading.rubric import Criterion
from training.sentence import phrase

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
GuestPath = Annotated[str, Field(pattern=r"^/[^\x00]{0,500}$")]
Names = Annotated[tuple[Name, ...], Field(max_length=30)]
Count = Annotated[int, Field(ge=0, le=100_000_000)]


class StepName(StrEnum):
    """The steps that the program can recognise, in the order of sound work."""

    AUTHORITY = "authority"
    SCENE = "scene"
    CLOCK = "clock"
    DECISION = "decision"
    LOOK = "look"
    MEMORY = "memory"
    HASH = "hash"
    COPY = "copy"
    VERIFY = "verify"
    HAND_OVER = "hand-over"
    END = "end"


TEXTS = {
    StepName.AUTHORITY: phrase("The authority and its limits were read"),
    StepName.SCENE: phrase("The scene form was filled in"),
    StepName.CLOCK: phrase("Both clocks were read, and the offset stated with the right sign"),
    StepName.DECISION: phrase("A decision was made, with its reason"),
    StepName.LOOK: phrase("A short look was taken"),
    StepName.MEMORY: phrase("Memory was acquired"),
    StepName.HASH: phrase("A digest of the image was taken"),
    StepName.COPY: phrase("What will vanish was copied to the evidence medium"),
    StepName.VERIFY: phrase("The digests of both sides were compared and agree"),
    StepName.HAND_OVER: phrase("The evidence was handed over"),
    StepName.END: phrase("The work was ended"),
}

_NEEDS = {
    StepName.SCENE: (StepName.AUTHORITY,),
    StepName.CLOCK: (StepName.AUTHORITY,),
    StepName.DECISION: (StepName.SCENE,),
    StepName.LOOK: (StepName.DECISION,),
    StepName.MEMORY: (StepName.CLOCK, StepName.DECISION),
    StepName.HASH: (StepName.MEMORY,),
    StepName.COPY: (StepName.MEMORY,),
    StepName.VERIFY: (StepName.HASH,),
    StepName.HAND_OVER: (StepName.VERIFY, StepName.COPY),
    StepName.END: (StepName.HAND_OVER,),
}
_USUAL = partial_order.closure((need, step) for step, needs in _NEEDS.items() for need in needs)
_REMARKED = (StepName.LOOK, StepName.MEMORY, StepName.COPY)


class ConductStep(Model):
    """A step of sound conduct.

    Attributes:
        step: which one.
        needs: the steps that must come before it; left out, the usual ones that the lab has.
        unmet: what is said when it came too early, one sentence; a general one where it is left out.
    """

    step: StepName
    needs: tuple[StepName, ...] | None = Field(default=None, max_length=11)
    unmet: str = Field(default="", max_length=300)


class Skilled(Model):
    """What a skilled responder needs in this lab, as was measured: counts until memory is acquired.

    Attributes:
        looks: commands that ask the machine something.
        processes: processes started.
        read: files opened for reading outside kit and evidence medium.
        written: files written, made or removed outside the evidence medium.
        sockets: sockets opened.
        pages: pages of memory that differ from those at the arrival; left out, they are not judged.
    """

    looks: Annotated[int, Field(ge=1, le=1_000)] = 8
    processes: Count = 16
    read: Count = 60
    written: Count = 0
    sockets: Count = 0
    pages: Count | None = None


class Fork(Model):
    """A place where a decision is needed.

    Attributes:
        id: its name.
        text: what is to be decided.
        options: id and text of each.
        act: `link` where the decision is on the network link: then it has to come before the link is changed.
        before: the step before which it has to be made; left out, it may be made until the hand-over.
        rubric: what a marker looks at in the reason; left out, only its being given counts.
    """

    id: Name
    text: Text
    options: Annotated[dict[Name, Text], Field(min_length=2, max_length=10)]
    act: Annotated[str, Field(pattern="^link$")] | None = None
    before: StepName | None = None
    rubric: tuple[Criterion, ...] = Field(default=(), max_length=10)


class Item(Model):
    """Something that may be lost while time passes.

    Attributes:
        id: its name. An event of this name of which nothing else is said loses it.
        text: what it is, in a few words: 'the archive in /dev/shm'.
        saved: programs or parts of paths of which a copy to the evidence medium names one; an image in time always
            saves it.
    """

    id: Name
    text: Text
    saved: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=10)] = ()


class Happening(Model):
    """What is said of an event of the scenario.

    Attributes:
        event: its name in the scenario.
        text: what happened, a sentence that is shown when the work is over.
        loses: items that are lost by it.
        answers: it answers something that the responder did, such as a dead-man switch that misses the link.
    """

    event: Name
    text: Text
    loses: Names = ()
    answers: bool = False


class Asked(Model):
    """A field of a form that has to be filled in: its name, and what it asks for."""

    id: Name
    text: Text


SCENE = (
    Asked(id="screen", text="State of the screen"),
    Asked(id="people", text="People at the scene"),
)
HAND_OVER = (Asked(id="note", text="Note of the hand-over"),)
USUAL = {
    SCENE[0]: phrase("State of the screen"),
    SCENE[1]: phrase("People at the scene"),
    HAND_OVER[0]: phrase("Note of the hand-over"),
}
"""The usual fields, whose texts are said in the language of the reader."""


class Conduct(Model):
    """How sound conduct looks in a lab. Everything may be left out: then the usual is meant.

    Attributes:
        steps: the steps that count, with what they need.
        skilled: a skilled responder's figures.
        denied: paths and addresses that the authority does not cover; what a variant draws is added to them.
        unavoidable: paths whose writing nobody is blamed for, such as the shell's history.
        items: what may be lost.
        happenings: what is said of the scenario's events.
        forks: where a decision is needed.
        scene, hand_over: fields that have to be filled in.
        remarked: steps that need a remark of the person; left out, look, memory and copy as far as the lab has them.
        clock_tolerance: seconds by which the stated clock offset may be wrong.
    """

    steps: tuple[ConductStep, ...] = Field(
        default=tuple(ConductStep(step=one) for one in StepName), min_length=2, max_length=len(StepName)
    )
    skilled: Skilled = Skilled()
    denied: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(max_length=50)] = ()
    unavoidable: Annotated[tuple[GuestPath, ...], Field(max_length=50)] = ()
    items: Annotated[tuple[Item, ...], Field(max_length=30)] = ()
    happenings: Annotated[tuple[Happening, ...], Field(max_length=60)] = ()
    forks: Annotated[tuple[Fork, ...], Field(max_length=20)] = ()
    scene: Annotated[tuple[Asked, ...], Field(max_length=30)] = SCENE
    hand_over: Annotated[tuple[Asked, ...], Field(max_length=30)] = HAND_OVER
    remarked: tuple[StepName, ...] | None = Field(default=None, max_length=len(StepName))
    clock_tolerance: Annotated[float, Field(gt=0, le=60)] = 3.0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        troubles: list[str] = []
        for what, ids in (
            ("steps", [one.step.value for one in self.steps]),
            ("forks", [one.id for one in self.forks]),
            ("items", [one.id for one in self.items]),
            ("happenings", [one.event for one in self.happenings]),
            ("fields of the scene form", [one.id for one in self.scene]),
            ("fields of the hand-over", [one.id for one in self.hand_over]),
        ):
            troubles += [f"two {what} are named '{one}'" for one in dict.fromkeys(ids) if ids.count(one) > 1]
        have = {one.step for one in self.steps}
        troubles += [
            f"{one.step} needs '{need}', which is no step of this lab"
            for one in self.steps
            for need in one.needs or ()
            if need not in have
        ]
        troubles += [
            f"a remark is asked for at '{one}', which is no step" for one in self.remarked or () if one not in have
        ]
        known = {one.id for one in self.items}
        troubles += [
            f"the event {one.event} loses '{item}', which is no item"
            for one in self.happenings
            for item in one.loses
            if item not in known
        ]
        if troubles:
            raise ValueError("; ".join(troubles))
        _ = self.order  # raises Cycle, a ValueError
        return self

    @cached_property
    def needs(self) -> dict[StepName, tuple[StepName, ...]]:
        """What each step needs: what the author says, or else all that usually comes before it and is in the lab."""
        have = [one.step for one in self.steps]
        return {
            one.step: tuple(need for need in have if (need, one.step) in _USUAL) if one.needs is None else one.needs
            for one in self.steps
        }

    @property
    def remarks(self) -> tuple[StepName, ...]:
        """The steps that need a remark."""
        have = {one.step for one in self.steps}
        return tuple(one for one in _REMARKED if one in have) if self.remarked is None else self.remarked

    def happening(self, event: str) -> Happening | None:
        """What is said of an event; None where nothing is."""
        return next((one for one in self.happenings if one.event == event), None)

    def lost_by(self, event: str) -> tuple[str, ...]:
        """The items that are lost by an event."""
        said = self.happening(event)
        return said.loses if said else tuple(one.id for one in self.items if one.id == event)

    @cached_property
    def order(self) -> frozenset[tuple[StepName, StepName]]:
        """All pairs (a, b), a before b, that follow from what the steps need."""
        return partial_order.closure((need, step) for step, needs in self.needs.items() for need in needs)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one variant of the lab fixes.

    Attributes:
        clock_offset: seconds that the machine's clock is ahead of the reference clock.
        denied: paths and addresses that the authority does not cover; the lab's own are added to them.
        outsiders: addresses of the adversary, which nobody may contact.
        evidence, kit: where the media are mounted.
        home: where the console's shell begins; empty where that is not known.
    """

    clock_offset: float = 0.0
    denied: tuple[str, ...] = ()
    outsiders: frozenset[str] = field(default_factory=frozenset)
    evidence: str = "/mnt/evid"
    kit: str = "/mnt/kit"
    home: str = ""
