"""The live part of a lab as its author writes it: variants, who permits what, decisions, and what sound conduct is."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.grading.conduct.plan import Conduct, StepName
from training.grading.conduct.plan import Fork as JudgedFork
from training.grading.rubric import Criterion

Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]
Sentences = Annotated[tuple[Sentence, ...], Field(max_length=20)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
Letter = Annotated[str, Field(pattern=r"^[a-z]$")]
ORDER = r"^$|^link (leave|cut|filter)$|^fire [a-z][a-z0-9_-]{0,30}$"
PROVED = r"^skip$|^link (leave|cut|filter)$|^fire [a-z][a-z0-9_-]{0,30}$"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Model):
    """A way to go on: `does` is what choosing it does to the range, such as `link cut`; nothing where it is empty."""

    id: Id
    text: Sentence
    does: str = Field(default="", pattern=ORDER)


class Fork(_Model):
    """A decision that the trainee makes, with a reason.

    Attributes:
        id: its name.
        ask: what is to be decided.
        options: the ways, two to eight.
        needed: whether nothing can be handed over before it is made.
        before: the step of conduct before which it should be made.
        rubric: what a marker looks at in the reason; left out, only its being given counts.
    """

    id: Id
    ask: Sentence
    options: tuple[Option, ...] = Field(min_length=2, max_length=8)
    needed: bool = False
    before: StepName | None = None
    rubric: tuple[Criterion, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [one.id for one in self.options]
        if twice := sorted({one for one in names if names.count(one) > 1}):
            raise ValueError(f"two options of {self.id} are named '{twice[0]}'")
        return self

    @property
    def judged(self) -> JudgedFork:
        """The same as the grading of conduct knows it."""
        link = any(one.does.startswith("link ") for one in self.options)
        return JudgedFork(
            id=self.id,
            text=self.ask,
            options={one.id: one.text for one in self.options},
            act="link" if link else None,
            before=self.before,
            rubric=self.rubric,
        )


class Responder(_Model):
    """How a responder may work on whose image `prove` shows the keys.

    Attributes:
        name: of the way, for reports.
        typed: lines at the console.
        orders: given to the range after them, a second apart; `skip` ends the pause before the scenario's next step.
        seconds: waited then, until the image is taken from outside.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    typed: tuple[Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")], ...] = Field(
        min_length=1, max_length=20
    )
    orders: tuple[Annotated[str, Field(pattern=PROVED)], ...] = Field(default=(), max_length=20)
    seconds: float = Field(default=0.0, ge=0, le=600)


class Live(_Model):
    """The live part of a lab. docs/labs.md explains each field.

    Attributes:
        variants: letters of the scenario's variants; each person gets one.
        seed: from which they are drawn.
        minutes: usual time before the machine.
        authority: who permits what, on what ground.
        limits: what it does not cover.
        people: who is at the scene.
        forks: the decisions.
        on_call: events of the scenario that an instructor may let happen.
        failing: whether the first evidence medium fails on purpose.
        ways: how responders may work, beside one who takes the image at once: `prove` plays them.
        conduct: what sound conduct is: steps, a skilled responder's figures, paths and shares that nobody permitted.
    """

    variants: tuple[Letter, ...] = Field(min_length=1, max_length=26)
    seed: int = Field(ge=0, lt=1 << 63)
    minutes: int = Field(ge=5, le=240)
    authority: Annotated[Sentences, Field(min_length=1)]
    limits: Annotated[Sentences, Field(min_length=1)]
    people: Sentences = ()
    forks: tuple[Fork, ...] = Field(default=(), max_length=8)
    on_call: tuple[Id, ...] = Field(default=(), max_length=12)
    failing: bool = False
    ways: tuple[Responder, ...] = Field(default=(), max_length=6)
    conduct: Conduct = Conduct()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        troubles = [
            f"{what} names '{one}' twice"
            for what, names in (
                ("variants", list(self.variants)),
                ("forks", [one.id for one in self.forks]),
                ("on_call", list(self.on_call)),
                ("ways", [one.name for one in self.ways]),
            )
            for one in dict.fromkeys(names)
            if names.count(one) > 1
        ]
        if self.conduct.forks:
            troubles.append("conduct.forks: the decisions stand under live.forks")
        if troubles:
            raise ValueError("; ".join(troubles))
        return self

    @property
    def plan(self) -> Conduct:
        """What conduct is judged by, with the decisions."""
        return self.conduct.model_copy(update={"forks": tuple(one.judged for one in self.forks)})

    def fork(self, name: str) -> Fork | None:
        """The decision of this name."""
        return next((one for one in self.forks if one.id == name), None)
