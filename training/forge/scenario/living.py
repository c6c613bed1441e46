"""What goes on in a machine after the arrival, while a person works at its console."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from training.forge.scenario.steps import Frozen, Living
from training.forge.scenario.words import Address, Name, form

LONGEST_LIVING = 4 * 3600
"""Seconds that the pauses of a living play may take together."""

_DOMAIN = form(
    r"^[a-z0-9-]{1,30}(\.[a-z0-9-]{1,30}){0,4}\.example$", "a name that ends in .example: relay.quay.example"
)

Steps = Annotated[tuple[Living, ...], Field(min_length=1, max_length=64)]


class Console(Frozen):
    """The console at which a responder sits: a shell of root."""

    user: Literal["root"] = "root"


class Names(Frozen):
    """The outside's name server: where it answers, and the names that it knows. Of all others it says that there are
    none.
    """

    address: Address
    known: Annotated[dict[Annotated[str, Field(pattern=_DOMAIN)], Address], Field(max_length=16)] = Field(
        default_factory=dict
    )


class When(Frozen):
    """A list on call that is begun by what the outside notices: somebody asks its name server (``lookup``), or the
    machine stood still for so many seconds or more (``gap``).
    """

    lookup: Literal[True] | None = None
    gap: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] | None = None
    begin: Name

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        if (self.lookup is None) == (self.gap is None):
            raise ValueError("say exactly one of lookup, gap")
        return self


class Live(Frozen):
    """The living play.

    ``steps`` follow the arrival, each after its pause; the lists ``on_call`` are begun by an instructor or by what the
    outside notices (``when``). ``outsiders`` are the addresses that a responder must not contact, and that a filter of
    the link stops.
    """

    console: Console = Console()
    steps: Annotated[tuple[Living, ...], Field(max_length=64)] = ()
    on_call: Annotated[dict[Name, Steps], Field(max_length=16)] = Field(default_factory=dict)
    outsiders: Annotated[tuple[Address, ...], Field(max_length=32)] = ()
    names: Names | None = None
    when: Annotated[tuple[When, ...], Field(max_length=8)] = ()

    @property
    def all_steps(self) -> tuple[Living, ...]:
        """The steps, and then those on call."""
        return (*self.steps, *(step for several in self.on_call.values() for step in several))
