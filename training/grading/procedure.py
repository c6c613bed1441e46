"""Procedure: whether somebody worked in an order that holds in court, from the log of an attempt.

The author names steps, how each is recognised, and what it needs first: a partial order. The score is that of
`partial_order` over the steps as they were first done. Breadth and yield stand beside it and are never multiplied in:
many runs are no fault, and few are no merit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from training.grading import partial_order
from training.grading.parts import Model, Text
from training.sentence import phrase

StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Names = tuple[Name, ...]

ANY = "any"
"""In place of the ids of questions: whichever question it is."""


class Kind(StrEnum):
    """What an act in an attempt was."""

    VERIFIED = "verified"
    """The hash of the exhibit was verified. No name."""
    RUN = "run"
    """A command was asked whose run is complete. Name: the plugin."""
    CITED = "cited"
    """A row was held on to. Name: the plugin."""
    LINE = "line"
    """A line of a material was held on to. Name: the material."""
    FINDING = "finding"
    """A finding was submitted and judged. Name: the question."""
    CORROBORATED = "corroborated"
    """A finding was submitted that cites an independent second source. Name: the question."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done in an attempt: what it was, and the plugin, material or question of it."""

    kind: Kind
    name: str = ""


class Sign(Model):
    """How a step is recognised: exactly one of the fields.

    Attributes:
        verified: the hash of the exhibit was verified.
        run: a complete run of one of these plugins.
        cited: a cited row of one of these plugins.
        material: a cited line of one of these materials.
        finding: a judged finding on one of these questions; `[any]` for whichever.
        corroborated: a finding on one of these questions that cites an independent second source; `[any]` likewise.
    """

    verified: Literal[True] | None = None
    run: Names = Field(default=(), max_length=40)
    cited: Names = Field(default=(), max_length=40)
    material: Names = Field(default=(), max_length=20)
    finding: Names = Field(default=(), max_length=40)
    corroborated: Names = Field(default=(), max_length=40)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(map(bool, (self.verified, *(names for _, names in self._named())))) != 1:
            raise ValueError(
                "a sign has exactly one of `verified`, `run`, `cited`, `material`, `finding`, `corroborated`"
            )
        return self

    def _named(self) -> tuple[tuple[Kind, Names], ...]:
        return (
            (Kind.RUN, self.run),
            (Kind.CITED, self.cited),
            (Kind.LINE, self.material),
            (Kind.FINDING, self.finding),
            (Kind.CORROBORATED, self.corroborated),
        )

    @property
    def kind(self) -> Kind:
        """What kind of act it is."""
        return next((kind for kind, names in self._named() if names), Kind.VERIFIED)

    @property
    def names(self) -> Names:
        """The plugins, materials or questions of which one must be named."""
        return next((names for _, names in self._named() if names), ())

    def seen_in(self, act: Act) -> bool:
        """Whether an act is this."""
        if act.kind is not self.kind:
            return False
        return self.kind is Kind.VERIFIED or act.name in self.names or ANY in self.names


class Step(Model):
    """A step that sound work has.

    Attributes:
        id: its name, such as verify.
        text: the step in words, as it is shown: 'The hash of the exhibit was verified'.
        seen: how it is recognised; one sign is enough.
        needs: ids of the steps that must come before it.
        unmet: what is said when it came too early, one sentence; a general one where it is left out.
    """

    id: StepId
    text: Annotated[str, Field(min_length=1, max_length=300)]
    seen: tuple[Sign, ...] = Field(min_length=1, max_length=10)
    needs: tuple[StepId, ...] = Field(default=(), max_length=20)
    unmet: str = Field(default="", max_length=300)


class Procedure(Model):
    """The steps that sound work on a lab has, as a partial order.

    Attributes:
        steps: in the order in which a sound piece of work might do them.
        relevant: plugins that bear on the case, for the breadth; where it is left out, those of the lab's proof.
        note: what is said about the procedure as a whole.
    """

    steps: tuple[Step, ...] = Field(min_length=2, max_length=50)
    relevant: Names = Field(default=(), max_length=100)
    note: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [step.id for step in self.steps]
        troubles = [f"two steps are named '{one}'" for one in dict.fromkeys(ids) if ids.count(one) > 1]
        troubles += [
            f"{step.id} needs '{need}', which is no step"
            for step in self.steps
            for need in step.needs
            if need not in ids
        ]
        if troubles:
            raise ValueError("; ".join(troubles))
        return self

    @cached_property
    def order(self) -> frozenset[tuple[str, str]]:
        """All pairs (a, b), a before b, that follow from what the steps need. Raises Cycle."""
        return partial_order.closure((need, step.id) for step in self.steps for need in step.needs)

    def step(self, name: str) -> Step:
        """The step of this name."""
        return next(step for step in self.steps if step.id == name)


@dataclass(frozen=True, slots=True)
class Done:
    """One step in an attempt: `place` is its place among the steps done, from 1; None where it was never done.

    `after` are the steps that it needs and that were not done before it.
    """

    step: Step
    place: int | None
    after: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Breadth:
    """How widely was looked: relevant plugins with a complete run, of all relevant ones, and others that were run."""

    used: int
    relevant: int
    others: int


@dataclass(frozen=True, slots=True)
class Yield:
    """How much came of it: runs of which a row was cited, of all complete runs."""

    cited: int
    runs: int


@dataclass(frozen=True, slots=True)
class Score:
    """How somebody worked.

    Attributes:
        share: 0 to 1: 1 - d/n, d the deletions and insertions that lead to some right order of the n steps.
        done: every step, in the author's order.
        first: the first need that was not met, as (what should have come first, the step that came), or None.
        breadth, yielded: beside the share, no part of it.
    """

    share: float
    done: tuple[Done, ...]
    first: tuple[Step, Step] | None
    breadth: Breadth
    yielded: Yield

    @property
    def sentence(self) -> str:
        """The first need that was not met, in words; empty where all were met."""
        if self.first is None:
            return ""
        need, step = self.first
        return step.unmet or phrase("%(need)s belongs before this: %(step)s", need=need.text, step=step.text)


def observed(procedure: Procedure, acts: Iterable[Act]) -> tuple[str, ...]:
    """The steps as they were first done, from acts in order of time.

    An act that shows several steps at once shows them in an order that meets their needs: nobody is blamed for what
    one act did.
    """
    order, seen = procedure.order, dict[str, None]()
    for act in acts:
        fresh = [one.id for one in procedure.steps if one.id not in seen and any(s.seen_in(act) for s in one.seen)]
        while fresh:
            ready = next(one for one in fresh if not any((other, one) in order for other in fresh))
            fresh.remove(ready)
            seen[ready] = None
    return tuple(seen)


def score(procedure: Procedure, acts: Sequence[Act], runs: Sequence[tuple[str, bool]], proof: Collection[str]) -> Score:
    """How somebody worked.

    Args:
        procedure: the author's.
        acts: in order of time.
        runs: of each complete run its plugin, and whether a row of it was cited.
        proof: plugins of the lab's proof and corroboration: relevant, where the procedure names none itself.
    """
    steps, order = [step.id for step in procedure.steps], procedure.order
    did = observed(procedure, acts)
    first = partial_order.first_unmet(did, steps, order)
    relevant = set(procedure.relevant or proof)
    used = {plugin for plugin, _ in runs}
    return Score(
        share=partial_order.credit(did, steps, order),
        done=tuple(_done(procedure, step, did) for step in procedure.steps),
        first=(procedure.step(first[0]), procedure.step(first[1])) if first else None,
        breadth=Breadth(len(used & relevant), len(relevant), len(used - relevant)),
        yielded=Yield(sum(cited for _, cited in runs), len(runs)),
    )


def _done(procedure: Procedure, step: Step, did: Sequence[str]) -> Done:
    if step.id not in did:
        return Done(step, None)
    place = did.index(step.id)
    late = {need for need, then in procedure.order if then == step.id} - set(did[:place])
    return Done(step, place + 1, tuple(one for one in procedure.steps if one.id in late))
