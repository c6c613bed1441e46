"""The steps of a play and of a living one, and the base of all parts of a scenario."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.forge.scenario.words import Address, Command, DrawName, Line, Name, Port, form

_OF_URL = form(r"^/[\x21-\x7e]{0,300}$", "a slash and printable characters without a space: /status.txt?id=7")


class Frozen(BaseModel):
    """Base of all parts: unchangeable, no field beyond those named."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Request(Frozen):
    """A web request that the stage hand makes from an outside address; the answer is read and thrown away."""

    from_: Annotated[Address, Field(alias="from")]
    to: Address
    port: Port = 80
    path: Annotated[str, Field(pattern=_OF_URL)]
    agent: Line = "Mozilla/5.0"
    method: Literal["GET", "HEAD", "POST"] = "GET"


class Step(Frozen):
    """One step of the play: after a pause in seconds, one thing.

    A person at a shell does ``type`` (a line and Enter), ``enter`` (Enter alone), ``dial`` or ``hang_up``; the stage
    hand makes a ``request`` or does ``run`` (a line of sh, as root, as a timer would; it ends before the next step).
    ``as`` names the event in the truth; of a typed line the line too.
    """

    pause: Annotated[float, Field(ge=1, le=900, allow_inf_nan=False)]
    shell: Name | None = None
    type: Line | None = None
    enter: bool = False
    dial: bool = False
    hang_up: bool = False
    request: Request | None = None
    run: Command | None = None
    freeze: bool = False
    as_: Annotated[DrawName | None, Field(alias="as")] = None

    kinds: ClassVar[tuple[str, ...]] = ("type", "enter", "dial", "hang_up", "request", "run", "freeze")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        said = [name for name in self.kinds if getattr(self, name) not in (None, False)]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(self.kinds)}")
        if (said[0] in ("type", "enter", "dial", "hang_up")) != (self.shell is not None):
            raise ValueError("type, enter, dial and hang_up name their shell, other steps have none")
        if self.as_ and self.freeze:
            raise ValueError("freeze needs no name: the truth calls its time frozen")
        return self


class There(Frozen):
    """An outside port at which the stage hand keeps connections."""

    address: Address
    port: Port


class Tell(There):
    """A line that the outside sends on all connections that it keeps at a port."""

    text: Line


class Living(Step):
    """A step of the living play, after the arrival: what a step of the play is, but ``freeze``; or the outside closes
    its connections at a port (``drop``), or sends a line on them (``tell``); or a list on call is begun, or ended
    before its time (``begin``, ``end``).
    """

    pause: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)]
    drop: There | None = None
    tell: Tell | None = None
    begin: Name | None = None
    end: Name | None = None
    kinds: ClassVar[tuple[str, ...]] = (
        *("type", "enter", "dial", "hang_up", "request", "run"),
        *("drop", "tell", "begin", "end"),
    )

    @model_validator(mode="after")
    def _no_arrival(self) -> Self:
        if self.freeze:
            raise ValueError("the freeze is the arrival: it ends the play, and nothing ends the living one")
        return self
