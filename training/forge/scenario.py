"""The language of ``scenario.yaml``: what a machine is, who uses it, and what is typed until it's frozen.

This is its first version. A scenario is data: services, files, people and lines stand in it, and the forge plays it
inside a real machine. Words in {braces} are replaced by the values of ``drawn`` before anything else is read, so that
a variant needs other drawn values only. `load` reports every mistake at once, each with its line.
"""

import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.errors import Refused

LARGEST = 1 << 20
DEEPEST = 12
RANGES = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""Addresses kept for documentation (RFC 5737, RFC 3849): no scenario may name another."""


class ScenarioMistakes(Refused):
    """A scenario can't be used; `mistakes` holds one ``file:line: field: what is wrong`` for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def _documentation_only(text: str) -> str:
    address = ipaddress.ip_interface(text).ip
    if not any(address in each for each in RANGES):
        raise ValueError(f"{address} is not from the ranges kept for documentation")
    return text


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset():
        raise ValueError("must be in UTC")
    return moment


def _absolute(path: str) -> str:
    if not path.startswith("/") or path != str(PurePosixPath(path)) or ".." in PurePosixPath(path).parts:
        raise ValueError("must be an absolute path in its plain form")
    return path


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Address = Annotated[str, AfterValidator(_documentation_only)]
Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]
GuestPath = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$"), AfterValidator(_absolute)]
Line = Annotated[str, Field(pattern=r"^[\x20-\x7e]{1,300}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Terminal = Annotated[str, Field(pattern=r"^(tty[1-9]|ssh)$")]
Mode = Annotated[str, Field(pattern=r"^[0-7]{3,4}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Drawn(_Frozen):
    """The values that differ from variant to variant."""

    label: Annotated[str, Field(pattern=r"^kworker/[0-9]{1,2}:[0-9]{1,2}$")]
    memfd: Annotated[str, Field(pattern=r"^[a-z]{3,5}$")]
    program: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{3,15}$")]
    archive: GuestPath
    fetch: Line
    own_address: Address
    peer_address: Address
    peer_port: Port
    intruder_address: Address


class Machine(_Frozen):
    """The machine: its name, memory in MiB, clock at switching on, seconds its clock is ahead of the reference,
    addresses.
    """

    host: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    memory: Annotated[int, Field(ge=96, le=1024)]
    clock: Utc
    clock_offset: Annotated[int, Field(ge=-86400, le=86400)]
    addresses: tuple[Address, ...]


class Account(_Frozen):
    """A row of passwd. Nobody has a password."""

    name: Name
    uid: Annotated[int, Field(ge=0, le=65000)]
    full_name: Annotated[str, Field(pattern=r"^[A-Za-z .'-]{0,60}$")] = ""
    home: GuestPath
    shell: GuestPath


class Shell(_Frozen):
    """A place where someone types; exactly one of the four ways in which it comes to be."""

    terminal: Terminal
    log_in: Name | None = None
    rescue: bool = False
    waiting: bool = False
    dial: Name | None = None
    from_: Annotated[Address | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if [bool(self.log_in), self.rescue, self.waiting, bool(self.dial)].count(True) != 1:
            raise ValueError("say exactly one of log_in, rescue, waiting, dial")
        if bool(self.dial) != (self.terminal == "ssh") or bool(self.dial) != bool(self.from_):
            raise ValueError("dial goes with terminal ssh and with from, and only with them")
        return self


class Program(_Frozen):
    """A program that the forge builds from its own inert sources."""

    path: GuestPath
    source: Literal["officed", "courier"]
    modified: Utc


class File(_Frozen):
    """A file of the machine."""

    path: GuestPath
    owner: Name = "root"
    mode: Mode = "644"
    modified: Utc
    text: str


class Serves(_Frozen):
    """An outside web server played by the stage hand."""

    address: Address
    port: Port
    folder: GuestPath


class Listens(_Frozen):
    """An outside port where the stage hand accepts and keeps connections."""

    address: Address
    port: Port


class Outside(_Frozen):
    """The world outside the machine."""

    serves: tuple[Serves, ...] = ()
    listens: tuple[Listens, ...] = ()


class Step(_Frozen):
    """One step of the play: after a pause in seconds, one thing. ``as`` gives a typed line a name in the truth."""

    pause: Annotated[float, Field(ge=1, le=60)]
    shell: Name | None = None
    type: Line | None = None
    enter: bool = False
    dial: bool = False
    freeze: bool = False
    as_: Annotated[Name | None, Field(alias="as")] = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if [self.type is not None, self.enter, self.dial, self.freeze].count(True) != 1:
            raise ValueError("say exactly one of type, enter, dial, freeze")
        if self.freeze == (self.shell is not None):
            raise ValueError("every step but freeze names its shell")
        if self.as_ and self.type is None:
            raise ValueError("only a typed line can have a name")
        return self


class Record(_Frozen):
    """What the acquisition record says beside what the machine itself tells."""

    case: str
    exhibit: str
    firm: str
    zone: Annotated[str, Field(pattern=r"^UTC[+-][0-9]{2}:[0-9]{2}$")]
    consent: str
    people: dict[str, str]
    notes: tuple[str, ...]
    stage_hand: str


class Scenario(_Frozen):
    """One scenario, whole."""

    scenario: Literal[1]
    name: Name
    variant: Annotated[str, Field(pattern=r"^[a-z]$")]
    title: str
    drawn: Drawn
    machine: Machine
    accounts: tuple[Account, ...]
    shells: dict[Name, Shell]
    programs: tuple[Program, ...]
    services: tuple[Line, ...]
    outside: Outside
    files: tuple[File, ...]
    play: tuple[Step, ...]
    of_interest: tuple[GuestPath, ...]
    record: Record

    @property
    def pack(self) -> str:
        """The name of the exhibit's pack."""
        return f"{self.name}-{self.variant}"

    def account(self, name: str) -> Account:
        """The account of a name that `load` has found to exist."""
        return next(each for each in self.accounts if each.name == name)


def load(path: Path) -> Scenario:
    """Read a scenario; `ScenarioMistakes` lists everything that's wrong in it, each with its line."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ScenarioMistakes([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(raw) > LARGEST:
        raise ScenarioMistakes([f"{path}: larger than {LARGEST} bytes"])
    source = _Source(path)
    document = source.read(raw)
    if not isinstance(document, dict):
        raise ScenarioMistakes([f"{path}:1: the whole: must be a mapping"])
    drawn = document.get("drawn")
    document = source.fill(document, drawn if isinstance(drawn, dict) else {}, ())
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        for each in error.errors():
            source.wrong(each["loc"], each["msg"].removeprefix("Value error, "))
        raise ScenarioMistakes(source.mistakes) from error
    for where, what in _contradictions(scenario):
        source.wrong(where, what)
    if source.mistakes:
        raise ScenarioMistakes(source.mistakes)
    return scenario


class _Source:
    """A YAML file as plain values, with the line of each and the mistakes found so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[tuple[int | str, ...], int] = {(): 1}
        self.mistakes: list[str] = []

    def wrong(self, where: tuple[int | str, ...], what: str) -> None:
        known = where
        while known not in self.lines:
            known = known[:-1]
        self.mistakes.append(f"{self.path}:{self.lines[known]}: {'.'.join(map(str, where)) or 'the whole'}: {what}")

    def read(self, raw: bytes) -> Any:
        try:
            self._refuse_growth(raw)
            loader = yaml.SafeLoader(raw)
            try:
                return self._plain(loader, loader.get_single_node(), ())
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ScenarioMistakes([f"{self.path}:{line}: not readable as YAML: {error.problem}"]) from error
        except (yaml.YAMLError, ValueError) as error:
            raise ScenarioMistakes([f"{self.path}:1: not readable as YAML: {error}"]) from error

    def _refuse_growth(self, raw: bytes) -> None:
        """Refuse what makes a small file large or slow: aliases of aliases, and lists in lists in lists."""
        depth = 0
        for event in yaml.parse(raw, yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise ScenarioMistakes([f"{self.path}:{line}: aliases are not used here: write the value out"])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ScenarioMistakes([f"{self.path}:{line}: nested more than {DEEPEST} deep"])

    def _plain(self, loader: yaml.SafeLoader, node: yaml.Node | None, where: tuple[int | str, ...]) -> Any:
        if node is None:
            return None
        self.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(loader, each, (*where, number)) for number, each in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                self.lines[*where, key] = key_node.start_mark.line + 1
                if key in found:
                    self.wrong((*where, key), "stands here twice")
                found[key] = self._plain(loader, value_node, (*where, key))
            return found
        return loader.construct_object(node)

    def fill(self, value: Any, drawn: dict[str, Any], where: tuple[int | str, ...]) -> Any:
        """Put the drawn values in the place of their names in braces."""
        if isinstance(value, dict):
            return {
                key: each if where == () and key == "drawn" else self.fill(each, drawn, (*where, key))
                for key, each in value.items()
            }
        if isinstance(value, list):
            return [self.fill(each, drawn, (*where, number)) for number, each in enumerate(value)]
        if not isinstance(value, str):
            return value
        for name in re.findall(r"\{([a-z_]+)\}", value):
            if name not in drawn:
                self.wrong(where, f"{{{name}}} is not among drawn: {', '.join(drawn)}")
        return re.sub(r"\{([a-z_]+)\}", lambda found: str(drawn.get(found[1], found[0])), value)


def _contradictions(scenario: Scenario) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """What is right in each field but doesn't fit together."""
    accounts = {each.name for each in scenario.accounts}
    for name, shell in scenario.shells.items():
        who = shell.log_in or shell.dial
        if who and who not in accounts:
            yield ("shells", name), f"there is no account {who}"
    for number, file in enumerate(scenario.files):
        if file.owner not in accounts:
            yield ("files", number, "owner"), f"there is no account {file.owner}"
        if file.modified > scenario.machine.clock:
            yield ("files", number, "modified"), "is later than the machine's clock"
    for number, program in enumerate(scenario.programs):
        if program.modified > scenario.machine.clock:
            yield ("programs", number, "modified"), "is later than the machine's clock"
    if len({each.terminal for each in scenario.shells.values()}) < len(scenario.shells):
        yield ("shells",), "two shells share a terminal"
    yield from _contradictions_in_play(scenario)


def _contradictions_in_play(scenario: Scenario) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if [step.freeze for step in scenario.play] != [False] * (len(scenario.play) - 1) + [True]:
        yield ("play",), "the last step, and no other, is freeze"
    dialled: set[str] = set()
    for number, step in enumerate(scenario.play):
        if step.shell is None:
            continue
        shell = scenario.shells.get(step.shell)
        if shell is None:
            yield ("play", number, "shell"), f"there is no shell {step.shell}"
        elif step.dial and not shell.dial:
            yield ("play", number, "dial"), "only a shell with dial can be dialled"
        elif step.dial:
            dialled.add(step.shell)
        elif shell.dial and step.shell not in dialled:
            yield ("play", number), "types before it is dialled"
    names = [step.as_ for step in scenario.play if step.as_]
    for name in ("fetch", "start", "archive", "clock"):
        if names.count(name) != 1:
            yield ("play",), f"exactly one line is named {name} (as: {name})"
