"""What an incident leaves beside processes: services, registry, traces of execution, files, network, kernel."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, model_validator

from training.forge.scenario.steps import Frozen
from training.forge.scenario.windows.words import (
    AccountName,
    Altitude,
    DnsName,
    DriverFile,
    DriverName,
    End,
    HostName,
    KeyPath,
    NativePath,
    Rid,
    Routine,
    SecretName,
    ServiceName,
    Sha1,
    Size,
    StreamName,
    TaskPath,
    Version,
    When,
    WindowsPath,
)
from training.forge.scenario.words import DrawName, Prose, Written

LONGEST_VALUE = 100_000
"""Characters or bytes that a registry value may have."""


class Service(Frozen):
    """A service or a driver of the service control manager; ``process`` is who runs it, ``time`` that of its key.

    ``hidden``: it was taken out of the list in the memory of services.exe.
    """

    name: ServiceName
    display: Prose
    kind: Literal["driver", "file_system", "own", "shared"] = "own"
    start: Literal["boot", "system", "auto", "demand", "disabled"] = "auto"
    state: Literal["running", "stopped"] = "running"
    binary: NativePath
    time: When
    process: DrawName | None = None
    library: NativePath | None = None
    account: Annotated[str, Field(max_length=60)] = "LocalSystem"
    hidden: bool = False


class Datum(Frozen):
    """A registry value of a certain kind."""

    kind: Literal["SZ", "EXPAND_SZ", "MULTI_SZ", "DWORD", "QWORD", "BINARY"]
    data: (
        Annotated[StrictStr, Field(max_length=LONGEST_VALUE)]
        | Annotated[StrictInt, Field(ge=0, lt=1 << 64)]
        | Annotated[tuple[StrictStr, ...], Field(max_length=256)]
    )


def _as_datum(given: Any) -> Any:
    if isinstance(given, bool):
        return given
    if isinstance(given, str):
        return {"kind": "SZ", "data": given}
    return {"kind": "DWORD", "data": given} if isinstance(given, int) else given


class RegistryKey(Frozen):
    """Values of a key and when it was last written. A key of the current user needs ``user``."""

    key: KeyPath
    time: When
    user: DrawName | None = None
    values: Annotated[
        dict[Annotated[str, Field(max_length=255)], Annotated[Datum, BeforeValidator(_as_datum)]],
        Field(max_length=256),
    ] = Field(default_factory=dict)


class Task(Frozen):
    """A scheduled task. One without arguments is lost to its reader."""

    path: TaskPath
    command: NativePath
    arguments: Annotated[str, Field(max_length=1_000)] = ""
    trigger: Literal["boot", "logon", "time", "idle"] = "time"
    created: When
    last_run: When
    user: DrawName | None = None
    display: Prose = ""


class Used(Frozen):
    """An entry of UserAssist: how often started, how often and how many milliseconds in focus, when last."""

    user: DrawName
    program: NativePath
    count: Annotated[int, Field(ge=0, le=100_000)]
    focus: Annotated[int, Field(ge=0, le=100_000)] = 0
    focus_ms: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
    time: When


class Known(Frozen):
    """An entry of Amcache; of a driver with the name of its service."""

    path: WindowsPath
    time: When
    product: Prose = ""
    publisher: Prose = ""
    version: Version = "1.0"
    service: ServiceName | None = None
    sha1: Sha1 | None = None


class Shimmed(Frozen):
    """An entry of ShimCache, newest first; ``modified`` is the time of the file."""

    path: WindowsPath
    modified: When


class Recorded(Frozen):
    """A record of the master file table: times of the standard information, that of the name, streams by name."""

    path: WindowsPath
    size: Annotated[int, Field(ge=0, le=1 << 40)]
    created: When
    modified: When
    named_created: When | None = None
    streams: Annotated[
        dict[StreamName, Annotated[str, Field(max_length=400)]],
        Field(max_length=3),
    ] = Field(default_factory=dict)


class Cached(Frozen):
    """A file whose content the cache holds."""

    path: WindowsPath
    text: Annotated[Written, Field(min_length=1)]


class Endpoint(Frozen):
    """A socket; ``name`` is yours for it. ``ended``: it is gone, and only a scan of memory finds it.

    One of TCP without a far end and a state is LISTENING.
    """

    name: DrawName
    protocol: Literal["tcp", "udp"] = "tcp"
    local: End
    remote: End | None = None
    state: Literal[
        "LISTENING", "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "CLOSING",
        "LAST_ACK", "TIME_WAIT", "CLOSED", "",
    ] = ""  # fmt: skip
    process: DrawName
    created: When
    ended: bool = False

    @model_validator(mode="before")
    @classmethod
    def _waits_for_others(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("protocol", "tcp") == "tcp" and not given.keys() & {"remote", "state"}:
            return {**given, "state": "LISTENING"}
        return given


class LocalAccount(Frozen):
    """An account of the machine. Its password is fiction; null: no hash is stored."""

    name: AccountName
    rid: Rid
    password: Annotated[str, Field(max_length=60)] | None
    created: When
    disabled: bool = False


class Secret(Frozen):
    """An LSA secret."""

    name: SecretName
    text: Annotated[str, Field(min_length=1, max_length=200)]
    time: When


class CachedLogon(Frozen):
    """A domain logon that the machine remembers."""

    user: AccountName
    domain: HostName
    dns: DnsName


class Device(Frozen):
    """A device of a driver, by the number of its type."""

    name: Annotated[str, Field(max_length=60)] = ""
    kind: Annotated[int, Field(ge=1, le=0x60)] = 0x22


class KernelModule(Frozen):
    """A driver that was loaded after those of the baseline."""

    path: WindowsPath
    size: Annotated[int, Field(ge=0x1000, le=16 << 20, multiple_of=0x1000)]
    driver: DriverName = ""
    devices: Annotated[tuple[Device, ...], Field(max_length=8)] = ()
    listed: bool = True

    @property
    def file(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("\\")[2]


class Callback(Frozen):
    """A routine that a driver registered with the kernel; ``altitude`` is that of a registry callback."""

    kind: Literal["process", "thread", "image", "registry", "bugcheck"]
    module: DriverFile
    offset: Annotated[int, Field(ge=0, lt=16 << 20)]
    altitude: Altitude = ""


class Hook(Frozen):
    """A system call that leads into a driver."""

    function: Routine
    module: DriverFile
    offset: Annotated[int, Field(ge=0, lt=16 << 20)]


class Unloaded(Frozen):
    """A driver that was unloaded."""

    name: DriverFile
    size: Size
    time: When
