"""What was really the case on a machine when it was frozen, as the machine itself wrote it down.

Times are the machine's own clock in UTC, whose deviation is ``clock_offset`` (seconds ahead of the reference clock).
Nothing in here was read from the image: truth and image are two accounts of one moment, which `prove` compares.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from training.errors import Damaged

Pid = Annotated[int, Field(gt=0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Process(_Frozen):
    """One process. ``exe`` is empty for a kernel thread; ``started`` has the kernel's hundredths of a second."""

    pid: Pid
    ppid: Annotated[int, Field(ge=0)]
    comm: str
    exe: str
    args: tuple[str, ...]
    uid: int
    state: str
    started: AwareDatetime


class Socket(_Frozen):
    """One TCP or UDP socket; ``pid`` is None where no process holds it any more."""

    protocol: str
    local_address: str
    local_port: int
    remote_address: str
    remote_port: int
    state: str
    pid: int | None


class Typed(_Frozen):
    """A line, and when Enter was pressed: whole UTC epoch seconds by the machine's clock."""

    text: str
    seconds: int


class Shell(_Frozen):
    """A place where someone could type. ``old_lines``: lines that it loaded from its history file."""

    name: str
    pid: Pid
    uid: int
    comm: str
    old_lines: int
    typed: tuple[Typed, ...]


class InterestingFile(_Frozen):
    """A file that matters to the story: size in bytes, time of its last change, its lines."""

    path: str
    size: int
    modified: AwareDatetime
    lines: int


class Drawn(_Frozen):
    """The values that this variant drew."""

    label: str
    memfd: str
    program: str
    archive: str
    fetch: str
    own_address: str
    peer_address: str
    peer_port: int
    intruder_address: str


class Actor(_Frozen):
    """Short ways to the planted process.

    ``ancestors`` are its parents from the nearest to PID 1; ``shell`` is the shell that started it; ``peer`` is the
    stage hand's process at the other end of its connection; the endpoints are written ``address:port``.
    """

    pid: Pid
    ppid: Pid
    exe: str
    comm: str
    args: str
    started: AwareDatetime
    ancestors: tuple[Pid, ...]
    shell: Pid
    peer: Pid
    local: str
    remote: str


class Truth(_Frozen):
    """The truth of one exhibit.

    ``commands`` are the typed lines that the scenario names: fetch, start, archive, clock. ``bash_with_history`` and
    ``bash_without`` are PIDs of bash processes that did or didn't receive or load a line; ``other_shells`` are those
    of shells that keep no history.
    """

    host: str
    release: str
    version: str
    booted: AwareDatetime
    frozen: AwareDatetime
    clock_offset: int
    processes: tuple[Process, ...]
    sockets: tuple[Socket, ...]
    shells: tuple[Shell, ...]
    files: tuple[InterestingFile, ...]
    scenario: Drawn
    actor: Actor
    commands: dict[str, Typed]
    bash_with_history: tuple[Pid, ...]
    bash_without: tuple[Pid, ...]
    other_shells: tuple[Pid, ...]
    zombies: tuple[Pid, ...]
    stage_hands: tuple[Pid, ...]

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
