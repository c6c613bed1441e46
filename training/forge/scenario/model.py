"""A scenario with everything drawn: what the machine is, who uses it, and what happens until it is frozen.

The rest of the forge works from a `Scenario` alone. It is written out as an exhibit's ``plan.json`` and read again from
there (`Scenario.model_dump_json`, `Scenario.model_validate_json`), names with a trailing underscore without it.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from training.forge.scenario.living import Live
from training.forge.scenario.steps import Frozen, Step
from training.forge.scenario.words import (
    Actor,
    Address,
    Comm,
    Command,
    DrawName,
    Given,
    GuestPath,
    Interface,
    Line,
    Mode,
    Name,
    Port,
    Prose,
    Utc,
    Value,
    Written,
    form,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Of the variants: number 0 is ``a``. There are no more variants than letters."""

LONGEST_PLAY = 3600
"""Seconds that the pauses of a play may take together."""


_HOST = form(r"^[a-z][a-z0-9-]{0,62}$", "small letters, digits and hyphens, a letter first: quote-srv-2")
_PERSON = form(r"^[A-Za-z .'-]{0,60}$", "letters from A to Z, at most 60 characters: Pavel Dusek")
_TERMINAL = form(r"^(tty[1-9]|ssh[1-4])$", "tty1 to tty9 or ssh1 to ssh4")
_PLACE = form(r"^[A-Z][A-Z0-9_]{0,30}$", "the name of one of the values of the source, in capitals: PORT")
_FILE = form(r"^[a-z0-9][a-z0-9._-]{0,60}$", "small letters, digits, dots, hyphens and underscores: gateway-flows.csv")
_ZONE = form(r"^UTC[+-][0-9]{2}:[0-9]{2}$", "hours and minutes from UTC: UTC+01:00")


class Machine(Frozen):
    """The machine.

    Its name, memory in MiB, clock at switching on, seconds by which that clock is ahead of the reference (negative:
    behind), addresses with prefix lengths (the first is its own, the rest are those of the outside), what is added to
    the base's programs, and the number of short processes that ran before the services and so move all later PIDs.
    """

    host: Annotated[str, Field(pattern=_HOST)]
    memory: Annotated[int, Field(ge=96, le=256)]
    clock: Utc
    clock_offset: Annotated[int, Field(ge=-86400, le=86400)] = 0
    addresses: Annotated[tuple[Interface, ...], Field(min_length=1, max_length=64)]
    additions: Annotated[tuple[Name, ...], Field(max_length=4)] = ()
    shift: Annotated[int, Field(ge=0, le=4000)] = 0

    @property
    def own_address(self) -> str:
        """The first address, without its prefix length."""
        return self.addresses[0].partition("/")[0]

    @property
    def hosts(self) -> frozenset[str]:
        """All addresses, without prefix lengths."""
        return frozenset(each.partition("/")[0] for each in self.addresses)


class Account(Frozen):
    """A row of passwd. Nobody has a password."""

    name: Name
    uid: Annotated[int, Field(ge=0, le=65000)]
    full_name: Annotated[str, Field(pattern=_PERSON)] = ""
    home: GuestPath
    shell: GuestPath


class Shell(Frozen):
    """A place where someone types; it comes to be in exactly one of five ways.

    ``log_in`` opens a session of an account at once, ``rescue`` waits for Enter and gives a plain shell of root,
    ``waiting`` only asks for a name, ``dial`` is a session of an account over SSH from an outside address; at a
    terminal that is ``held`` a program of the scenario puts a shell itself. The account says which shell program runs:
    bash, or ash where it says /bin/sh.
    """

    terminal: Annotated[str, Field(pattern=_TERMINAL)]
    log_in: Name | None = None
    rescue: bool = False
    waiting: bool = False
    held: bool = False
    dial: Name | None = None
    from_: Annotated[Address | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [bool(self.log_in), self.rescue, self.waiting, self.held, bool(self.dial)]
        if ways.count(True) != 1:
            raise ValueError("say exactly one of log_in, rescue, waiting, held, dial")
        if bool(self.dial) != self.terminal.startswith("ssh") or bool(self.dial) != bool(self.from_):
            raise ValueError("dial goes with a terminal ssh1 to ssh4 and with from, and only with them")
        return self


class Made(Frozen):
    """Something of the base's inert programs or modules, with drawn values put in the place of its placeholders.

    ``source`` names the actor; ``with`` has a text for every placeholder of it.
    """

    path: GuestPath
    source: Actor
    with_: Annotated[dict[Annotated[str, Field(pattern=_PLACE)], Given], Field(alias="with")] = Field(
        default_factory=dict
    )
    modified: Utc


class Program(Made):
    """An inert program, under the path that it has in the machine. Services and typed lines start it."""

    owner: Name = "root"
    mode: Mode = "755"


class Module(Made):
    """An inert kernel module. It lies there until a line loads it (``insmod PATH``, in ``setup`` or in the play)."""


class Service(Frozen):
    """A shell line that is started in the background as a user before the play and runs on by itself."""

    run: Command
    user: Name = "root"


def _as_service(given: Any) -> Any:
    return {"run": given} if isinstance(given, str) else given


class File(Frozen):
    """A file of the machine: a text, or lines of which only the first few may be taken."""

    path: GuestPath
    owner: Name = "root"
    mode: Mode = "644"
    modified: Utc
    text: Written | None = None
    lines: tuple[Prose, ...] | None = None
    first: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _text_or_lines(self) -> Self:
        if (self.text is None) == (self.lines is None):
            raise ValueError("say exactly one of text, lines")
        if self.first is not None and (self.lines is None or self.first > len(self.lines)):
            raise ValueError(f"first is {self.first}, but there are {len(self.lines or ())} lines to take it from")
        return self

    @property
    def content(self) -> str:
        """What stands in the file."""
        if self.lines is None:
            return self.text or ""
        return "".join(f"{each}\n" for each in self.lines[: self.first])


class Serves(Frozen):
    """An outside web server played by the stage hand: what it hands out lies in a folder of the machine."""

    address: Address
    port: Port
    folder: Annotated[GuestPath, Field(max_length=127)]


class Listens(Frozen):
    """An outside port where the stage hand accepts connections. It keeps them, closes its end at once, or keeps them
    and answers each line with ``ok`` (``then``). There a line ``note WORD`` is an event, ``<hears>_1_WORD``.
    """

    address: Address
    port: Port
    then: Literal["keep", "close", "answer"] = "keep"
    hears: Annotated[Name | None, Field(exclude_if=lambda value: value is None)] = None


class Call(Frozen):
    """A connection that the stage hand opens from an outside address into the machine before the play, and keeps."""

    from_: Annotated[Address, Field(alias="from")]
    to: Address
    port: Port


class Outside(Frozen):
    """The world outside the machine, IPv4 and IPv6; all its addresses are among the machine's."""

    serves: Annotated[tuple[Serves, ...], Field(max_length=16)] = ()
    listens: Annotated[tuple[Listens, ...], Field(max_length=16)] = ()
    calls: Annotated[tuple[Call, ...], Field(max_length=16)] = ()


class Selector(Frozen):
    """Which process a planted name stands for: all parts given must hold.

    ``exe`` is the kernel's file reference, ``comm`` the short name, ``args`` the whole command line with single spaces,
    ``parent`` another planted name. Exactly one process must fit, or one and more where ``many`` is set.
    """

    exe: Line | None = None
    comm: Comm | None = None
    args: Command | None = None
    parent: DrawName | None = None
    uid: Annotated[int, Field(ge=0, le=65000)] | None = None
    many: bool = False

    @model_validator(mode="after")
    def _some_part(self) -> Self:
        if all(each is None for each in (self.exe, self.comm, self.args, self.parent, self.uid)):
            raise ValueError("say at least one of exe, comm, args, parent, uid")
        return self


class Material(Frozen):
    """A file that is handed over beside the exhibit: a text with expressions over the truth in ``{= … }``, or a file
    of the machine as it was at the freeze.
    """

    file: Annotated[str, Field(pattern=_FILE)]
    text: Written | None = None
    from_: Annotated[GuestPath | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _text_or_from(self) -> Self:
        if (self.text is None) == (self.from_ is None):
            raise ValueError("say exactly one of text, from")
        return self


class Record(Frozen):
    """What the acquisition record says beside what the machine itself tells.

    ``lines`` are further paragraphs and may hold ``{= … }``; ``tool`` says what took the memory where it was not the
    range's own monitor; ``format`` is that of the image.
    """

    case: Prose
    exhibit: Prose
    firm: Prose
    zone: Annotated[str, Field(pattern=_ZONE)]
    consent: Prose
    people: dict[str, Prose]
    notes: tuple[Prose, ...] = ()
    lines: tuple[Prose, ...] = ()
    stage_hand: Prose
    tool: Prose | None = None
    format: Literal["raw", "lime"] = "raw"


class Scenario(Frozen):
    """One variant of a scenario, whole: nothing in it is left to be drawn."""

    scenario: Literal[2]
    name: Name
    title: Prose
    seed: Annotated[int, Field(ge=0, lt=1 << 63)]
    number: Annotated[int, Field(ge=0, lt=len(LETTERS))]
    drawn: dict[DrawName, Value]
    machine: Machine
    accounts: Annotated[tuple[Account, ...], Field(max_length=64)]
    shells: Annotated[dict[Name, Shell], Field(max_length=16)] = Field(default_factory=dict)
    modules: Annotated[tuple[Module, ...], Field(max_length=16)] = ()
    programs: Annotated[tuple[Program, ...], Field(max_length=64)] = ()
    setup: Annotated[tuple[Command, ...], Field(max_length=64)] = ()
    services: Annotated[tuple[Annotated[Service, BeforeValidator(_as_service)], ...], Field(max_length=64)] = ()
    outside: Outside = Outside()
    files: Annotated[tuple[File, ...], Field(max_length=256)] = ()
    play: Annotated[tuple[Step, ...], Field(min_length=1, max_length=512)]
    planted: Annotated[dict[DrawName, Selector], Field(max_length=64)] = Field(default_factory=dict)
    of_interest: Annotated[tuple[GuestPath, ...], Field(max_length=32)] = ()
    materials: Annotated[tuple[Material, ...], Field(max_length=12)] = ()
    record: Record
    live: Annotated[Live | None, Field(exclude_if=lambda value: value is None)] = None

    @property
    def variant(self) -> str:
        """The letter of the variant."""
        return LETTERS[self.number]

    @property
    def pack(self) -> str:
        """The name of the exhibit's pack."""
        return f"{self.name}-{self.variant}"

    @property
    def named(self) -> dict[str, Step]:
        """The steps that are events, by name, in the order of the play."""
        return {step.as_: step for step in self.play if step.as_}

    @property
    def living(self) -> tuple[Step, ...]:
        """All steps of the living play, and then those on call."""
        return self.live.all_steps if self.live else ()

    def account(self, name: str) -> Account:
        """The account of a name that `load` has found to exist."""
        return next(each for each in self.accounts if each.name == name)


def as_drawn(value: str | int | datetime) -> str:
    """A drawn value as it stands in a text: a time as ``2026-03-10T12:07:03Z``."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
