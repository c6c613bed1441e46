"""A Windows scenario with everything drawn: the machine, its users, and the incident that is laid over a baseline."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from training.forge.scenario.model import LETTERS, Material, Record
from training.forge.scenario.steps import Frozen
from training.forge.scenario.windows.incident import (
    Cached,
    CachedLogon,
    Callback,
    Endpoint,
    Hook,
    KernelModule,
    Known,
    LocalAccount,
    Recorded,
    RegistryKey,
    Secret,
    Service,
    Shimmed,
    Task,
    Unloaded,
    Used,
)
from training.forge.scenario.windows.processes import Program
from training.forge.scenario.windows.words import AccountName, DnsName, End, HostName, Rid, When
from training.forge.scenario.words import Address, DrawName, Interface, Name, Prose, Value

BUILDS = {"workstation": ("19041", "22000"), "server": ("20348",)}
"""Builds by role, as the tables of the forge name them."""

PARTS = ("browser", "onedrive", "search", "security")
"""What of a baseline may be left out."""


class Machine(Frozen):
    """The machine; memory in MiB; times by its own clock, which is ``clock_offset`` seconds ahead of the reference."""

    host: HostName
    role: Literal["workstation", "server"]
    build: Literal[19041, 22000, 20348]
    domain: HostName | None = None
    dns: DnsName | None = None
    controller: Address | None = None
    memory: Annotated[int, Field(ge=64, le=256, multiple_of=16)] = 96
    processors: Annotated[int, Field(ge=1, le=8)] = 4
    booted: When
    captured: When
    clock_offset: Annotated[int, Field(ge=-86400, le=86400)] = 0
    addresses: Annotated[tuple[Interface, ...], Field(min_length=1, max_length=4)]
    without: Annotated[
        tuple[Literal["browser", "onedrive", "search", "security"], ...],
        Field(max_length=len(PARTS)),
    ] = ()

    @model_validator(mode="after")
    def _of_its_role(self) -> Self:
        if str(self.build) not in BUILDS[self.role]:
            raise ValueError(f"build: a {self.role} has the build {' or '.join(BUILDS[self.role])}")
        if (self.domain is None) != (self.dns is None) or (self.controller and not self.domain):
            raise ValueError("domain and dns are said together, and a controller only with them")
        return self

    @property
    def own_address(self) -> str:
        """The first address, without its prefix length."""
        return self.addresses[0].partition("/")[0]


class User(Frozen):
    """Who has a profile on the machine; ``logon`` opens a session, ``remote`` is the other end of a remote desktop."""

    name: AccountName
    full_name: Prose = ""
    rid: Rid
    local: bool = False
    administrator: bool = False
    logon: When | None = None
    remote: End | None = None

    @model_validator(mode="after")
    def _remote_logs_on(self) -> Self:
        if self.remote and not self.logon:
            raise ValueError("remote goes with logon")
        return self


class WindowsRecord(Record):
    """What the acquisition record says. Nothing outside is simulated, so that no stage hand need be named."""

    stage_hand: Prose = "The exhibit was written for training; nothing outside the machine exists."


class WindowsScenario(Frozen):
    """One variant of a Windows scenario, whole."""

    scenario: Literal[2]
    system: Literal["windows"]
    name: Name
    title: Prose
    seed: Annotated[int, Field(ge=0, lt=1 << 63)]
    number: Annotated[int, Field(ge=0, lt=len(LETTERS))]
    drawn: dict[DrawName, Value]
    machine: Machine
    users: Annotated[dict[DrawName, User], Field(max_length=8)] = Field(default_factory=dict)
    processes: Annotated[tuple[Program, ...], Field(max_length=96)] = ()
    services: Annotated[tuple[Service, ...], Field(max_length=32)] = ()
    registry: Annotated[tuple[RegistryKey, ...], Field(max_length=64)] = ()
    tasks: Annotated[tuple[Task, ...], Field(max_length=32)] = ()
    userassist: Annotated[tuple[Used, ...], Field(max_length=64)] = ()
    amcache: Annotated[tuple[Known, ...], Field(max_length=64)] = ()
    shimcache: Annotated[tuple[Shimmed, ...], Field(max_length=64)] = ()
    mft: Annotated[tuple[Recorded, ...], Field(max_length=64)] = ()
    cached: Annotated[tuple[Cached, ...], Field(max_length=16)] = ()
    endpoints: Annotated[tuple[Endpoint, ...], Field(max_length=64)] = ()
    accounts: Annotated[tuple[LocalAccount, ...], Field(max_length=24)] = ()
    secrets: Annotated[tuple[Secret, ...], Field(max_length=16)] = ()
    logons: Annotated[tuple[CachedLogon, ...], Field(max_length=10)] = ()
    modules: Annotated[tuple[KernelModule, ...], Field(max_length=16)] = ()
    callbacks: Annotated[tuple[Callback, ...], Field(max_length=32)] = ()
    hooks: Annotated[tuple[Hook, ...], Field(max_length=16)] = ()
    unloaded: Annotated[tuple[Unloaded, ...], Field(max_length=16)] = ()
    jobs: Annotated[tuple[tuple[DrawName, ...], ...], Field(max_length=8)] = ()
    events: Annotated[dict[DrawName, When], Field(max_length=64)] = Field(default_factory=dict)
    planted: Annotated[dict[DrawName, DrawName | tuple[DrawName, ...]], Field(max_length=64)] = Field(
        default_factory=dict
    )
    materials: Annotated[tuple[Material, ...], Field(max_length=12)] = ()
    record: WindowsRecord

    @property
    def variant(self) -> str:
        """The letter of the variant."""
        return LETTERS[self.number]

    @property
    def pack(self) -> str:
        """The name of the exhibit's pack."""
        return f"{self.name}-{self.variant}"

    def process(self, name: str) -> Program | None:
        """The process of the story that has a name."""
        return next((each for each in self.processes if each.name == name), None)

    def moment_of_logon(self, user: str) -> datetime | None:
        """When a user logged on."""
        return self.users[user].logon if user in self.users else None
