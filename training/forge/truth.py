"""What was really the case on a machine when it was frozen, as the machine itself wrote it down. Second version.

Times are the machine's own clock in UTC, whose deviation is ``clock_offset`` (seconds ahead of the reference clock).
Nothing in here was read from the image: truth and image are two accounts of one moment, which `prove` compares.

PIDs, and paths of processes, are those that a process outside all containers sees. Names and paths are the kernel's
words: a program whose file is gone has `` (deleted)`` after its path in `Process.exe`, as in `Mapping.path`.
"""

from pathlib import Path
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictInt,
    StrictStr,
    ValidationError,
)

from training.errors import Damaged
from training.grading.keys.data import taken_in

Pid = Annotated[int, Field(gt=0)]
PidOrNone = Annotated[int, Field(ge=0)]
"""A PID, or 0 where there is none."""

Count = Annotated[int, Field(ge=0)]
GuestPath = Annotated[str, Field(max_length=4096)]
Drawn = Annotated[StrictInt | Annotated[AwareDatetime, Strict()] | StrictStr, BeforeValidator(taken_in)]
"""A drawn value: a whole number, a time, or a text that is no time."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Namespaces(_Frozen):
    """Inode numbers of a process's namespaces; all 0 for a process that has ended and waits for its parent."""

    mnt: Count
    net: Count
    pid: Count
    uts: Count


class Process(_Frozen):
    """One process.

    ``exe`` is empty for a kernel thread and for a process that has ended; ``state`` is the kernel's letter; ``started``
    has the kernel's hundredths of a second; ``threads`` are the other TIDs; ``inner`` are its PIDs in nested PID
    namespaces, outermost first; ``tracer`` is who traces it; ``root`` and ``cwd`` are empty where it has none.
    """

    pid: Pid
    ppid: PidOrNone
    comm: str
    exe: GuestPath
    args: tuple[str, ...]
    uid: Count
    gid: Count
    state: Annotated[str, Field(min_length=1, max_length=1)]
    started: AwareDatetime
    threads: tuple[Pid, ...]
    inner: tuple[Pid, ...]
    tracer: PidOrNone
    namespaces: Namespaces
    root: GuestPath
    cwd: GuestPath
    kthread: bool


class Socket(_Frozen):
    """One TCP or UDP socket of the network namespace ``netns``.

    ``protocol`` is tcp, tcp6, udp or udp6. ``state`` of UDP is ESTABLISHED where the socket is connected, else
    UNCONNECTED. ``pids`` are all processes that hold it, lowest first; ``inode`` is 0 where it has none any more.
    """

    protocol: str
    local_address: str
    local_port: Count
    remote_address: str
    remote_port: Count
    state: str
    pids: tuple[Pid, ...]
    netns: Count
    inode: Count


class Module(_Frozen):
    """One loaded module. ``listed``: it stands in ``/proc/modules``; ``in_sysfs``: in ``/sys/module``.

    ``state`` is live, coming or going; ``taint`` are the kernel's letters without brackets; ``size`` is in bytes.
    """

    name: str
    state: str
    listed: bool
    in_sysfs: bool
    taint: str
    size: Count


class OpenFile(_Frozen):
    """One descriptor of a process that is no kernel thread.

    ``path`` has no `` (deleted)`` behind it; ``kind`` is reg, dir, chr, sock, pipe, memfd or other; ``size`` is in
    bytes.
    """

    pid: Pid
    fd: Count
    path: GuestPath
    deleted: bool
    kind: str
    inode: Count
    size: Count


class Mount(_Frozen):
    """One mount, said once for each mount namespace; ``options`` are those of the mount, parted by commas."""

    namespace: Count
    point: GuestPath
    fstype: str
    source: GuestPath
    options: str
    id: Count


class Mapping(_Frozen):
    """One mapping of a planted process: from ``start`` up to ``end``, ``perms`` as in ``rwxp``."""

    pid: Pid
    start: Count
    end: Count
    perms: str
    path: GuestPath
    inode: Count


class Variable(_Frozen):
    """One variable of the environment with which a planted process was started."""

    pid: Pid
    key: str
    value: str


class Typed(_Frozen):
    """A line, and when Enter was pressed: whole UTC epoch seconds by the machine's clock."""

    text: str
    seconds: int


class Shell(_Frozen):
    """A place where someone could type, by its name in the scenario.

    ``pid`` is 0 for a shell that had ended; ``old_lines``: lines that it loaded from its history file (none where it
    is no bash).
    """

    name: str
    pid: PidOrNone
    uid: Count
    comm: str
    terminal: str
    old_lines: Count
    typed: tuple[Typed, ...]


class InterestingFile(_Frozen):
    """A file that matters to the story: size in bytes, times in whole seconds, number of line ends.

    Where it is not ``present`` all else is 0, empty or null; ``sha256`` is empty where it is no regular file.
    """

    path: GuestPath
    present: bool
    size: Count
    modified: AwareDatetime | None
    changed: AwareDatetime | None
    accessed: AwareDatetime | None
    lines: Count
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    inode: Count


class Address(_Frozen):
    """An address of the machine, outside all containers; ``prefix`` is the number of its network bits."""

    interface: str
    address: str
    prefix: Count


class Connection(_Frozen):
    """A connected socket of a planted process; the ends are written ``192.0.2.1:80`` or ``[2001:db8::1]:80``.

    ``peer`` is the process at the other end, the lowest PID where several hold it; 0 where none does.
    """

    local: str
    remote: str
    state: str
    protocol: str
    peer: PidOrNone


class Planted(Process):
    """A process that the scenario names.

    ``line`` is ``args`` joined by blanks; ``ancestors`` are its parents from the nearest to PID 1; ``shell`` is the
    nearest bash or sh among them, 0 where there is none.
    """

    line: str
    ancestors: tuple[Pid, ...]
    connections: tuple[Connection, ...]
    shell: PidOrNone


class KernelLine(_Frozen):
    """A line of the kernel's log that names a module; ``seconds`` since the machine was switched on."""

    seconds: float
    text: str


class Started(_Frozen):
    """A process that was begun at the console of a machine that lives; ``ended`` is null while it runs."""

    pid: Pid
    ppid: PidOrNone
    uid: Count
    comm: str
    exe: GuestPath
    args: tuple[str, ...]
    started: AwareDatetime
    ended: AwareDatetime | None


class Ended(_Frozen):
    """A process that was there on arrival and ended later; ``signal`` ended it, 0 where it ended by itself."""

    pid: Pid
    comm: str
    signal: Count
    ended: AwareDatetime


class Happened(_Frozen):
    """An event of the living play, in UTC epoch seconds."""

    name: str
    seconds: float


class Lived(_Frozen):
    """What went on in a machine since somebody arrived at its console: processes begun there, others that ended, and
    the events in the order in which they happened.
    """

    arrival: AwareDatetime
    started: tuple[Started, ...]
    ended: tuple[Ended, ...]
    happened: tuple[Happened, ...]


class Truth(_Frozen):
    """The truth of one exhibit.

    ``drawn`` are the variant's values by name. ``events`` are UTC epoch seconds of the steps that the scenario names,
    ``commands`` the typed lines that it names. ``moved`` says in sentences what changed on the machine while it wrote
    this down, after the freeze. ``live`` is that of a machine at whose console somebody worked.
    """

    version: Annotated[int, Field(ge=2, le=2)] = 2
    host: str
    release: str
    kernel: str
    booted: AwareDatetime
    frozen: AwareDatetime
    clock_offset: int
    drawn: dict[str, Drawn]
    processes: tuple[Process, ...]
    sockets: tuple[Socket, ...]
    modules: tuple[Module, ...]
    open_files: tuple[OpenFile, ...]
    mounts: tuple[Mount, ...]
    maps: tuple[Mapping, ...]
    environment: tuple[Variable, ...]
    shells: tuple[Shell, ...]
    files: tuple[InterestingFile, ...]
    addresses: tuple[Address, ...]
    events: dict[str, float]
    commands: dict[str, Typed]
    planted: dict[str, Planted | tuple[Planted, ...]]
    stage_hands: tuple[Pid, ...]
    zombies: tuple[Pid, ...]
    kernel_log: tuple[KernelLine, ...]
    moved: tuple[str, ...]
    live: Annotated[Lived | None, Field(exclude_if=lambda value: value is None)] = None

    def shell(self, name: str) -> Shell:
        """The shell of that name in the scenario."""
        return next(each for each in self.shells if each.name == name)

    def process(self, pid: int) -> Process:
        """The process of that number."""
        return next(each for each in self.processes if each.pid == pid)


def read(path: Path) -> Truth:
    """Read ``truth.json``; `Damaged` names every field that is wrong."""
    try:
        return Truth.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Damaged(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]
        raise Damaged(f"{path}: " + "; ".join(wrong)) from error
