"""From outside: start a program in the strongest enclosure that works on this machine.

Three ways, tried once in a throw-away process and then remembered: bubblewrap; our own enter.py, which asks the kernel
for the same namespaces; the program as it is. All keep inherited file descriptors open.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.analysis.sandbox import places, privileges
from training.analysis.sandbox.confine import VARIABLE, namespaces

WAYS = ("bubblewrap", "own", "none")
HOME = "/tmp"  # noqa: S108 - only the name of a folder that every system has; a file system of our own covers it
TRIAL_SECONDS = 20
TRIAL = """
import json, os
from training.analysis.sandbox import confine
here = confine.layers_here()
child, own = confine.fork()
if not child:
    os._exit(0 if os.getpid() == 1 else 1)
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(json.dumps({"layers": here, "fork": own and ended}))
"""


@dataclass(frozen=True)
class Trial:
    """How a way of starting did here."""

    way: str
    layers: tuple[str, ...]  # of the program inside, before it confines itself
    own_pid: bool  # whether it can give each of its forks a PID namespace
    reason: str  # why the way does not work here, in the machine's own words; empty where it works


_trials: dict[str, Trial] = {}
_one_at_a_time = threading.Lock()


def command(program: Sequence[str], *, readable: Sequence[Path], writable: Sequence[Path]) -> list[str]:
    """The words that start `program` in the strongest enclosure which works here.

    Inside it sees, read-only, the system's libraries, its Python and this program, `readable`, and, to be written,
    `writable`, all at their own paths. It ends with the *thread* that starts it: start it from one that lives on.
    """
    return enclose(best(), program, readable=readable, writable=writable)


def best() -> str:
    """The strongest way that works on this machine."""
    with _one_at_a_time:
        return next(way for way in WAYS if not _tried(way).reason)


def trial(way: str) -> Trial:
    """How a way does here; tried once."""
    with _one_at_a_time:
        return _tried(way)


def enclose(way: str, program: Sequence[str], *, readable: Sequence[Path], writable: Sequence[Path]) -> list[str]:
    """The words that start `program` in one certain way."""
    readable = [path.absolute() for path in readable]
    writable = [path.absolute() for path in writable]
    if way == "bubblewrap":
        return [*_bubblewrap(readable, writable), "--", *program]
    if way == "own":
        options = [*_each("--readable", readable), *_each("--writable", writable)]
        return [sys.executable, "-m", "training.analysis.sandbox.enter", *options, "--", *program]
    return list(program)


def hand_over(folder: Path) -> None:
    """Make a new folder writable for the processes inside: call it for one that is made below a writable folder after
    the start. It does something only where they had to give up uid 0 without a user namespace. Raises OSError.
    """
    if "user" not in trial(best()).layers:
        privileges.hand_over(folder)


def _tried(way: str) -> Trial:
    if way not in _trials:
        _trials[way] = _try(way)
    return _trials[way]


def _try(way: str) -> Trial:
    if way == "bubblewrap" and shutil.which("bwrap") is None:
        return Trial(way, (), own_pid=False, reason="the program bwrap is not installed")
    words = enclose(way, [sys.executable, "-c", TRIAL], readable=[], writable=[])
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            words, cwd=places.ROOT, capture_output=True, timeout=TRIAL_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
        said = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        return Trial(way, (), own_pid=False, reason=str(wrong))
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return Trial(way, (), own_pid=False, reason=lines[-1] if lines else f"it ended with {done.returncode}")
    return Trial(way, tuple(said["layers"]), own_pid=said["fork"], reason="")


def _bubblewrap(readable: Sequence[Path], writable: Sequence[Path]) -> list[str]:
    """Without --dev: it would make a second user namespace, and no fork inside could have a PID namespace then."""
    words = [
        shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1",
        "--uid", str(privileges.NOBODY), "--gid", str(privileges.NOBODY), "--hostname", "engram",
        "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--setenv", VARIABLE, namespaces(), "--setenv", "HOME", HOME,
        "--perms", "0755", "--tmpfs", "/dev", "--perms", "0700", "--tmpfs", HOME, "--proc", "/proc",
    ]  # fmt: skip
    for name in secrets():
        words += ["--unsetenv", name]
    for device in places.DEVICES:
        words += ["--dev-bind-try", str(device), str(device)]
    for path in places.system():
        words += _shown(path)
    for path, may_write in mounts(readable, writable):
        words += ["--bind" if may_write else "--ro-bind-try", str(path), str(path)]
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/"]


def _shown(path: Path) -> list[str]:
    """A folder of the system, or the link that it is (/lib, on most systems of today)."""
    if path.is_symlink() and path.is_dir():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)]


def secrets() -> list[str]:
    """Names of environment variables that are settings of the server; no program inside needs to know them."""
    return [name for name in os.environ if name.startswith("ENGRAM_") and name != VARIABLE]


def mounts(readable: Iterable[Path], writable: Iterable[Path]) -> list[tuple[Path, bool]]:
    """What is shown besides the system, with whether it may be written; outer folders before inner ones."""
    shown = dict.fromkeys([*places.program(), *readable], False) | dict.fromkeys(writable, True)
    inside = [path for path in shown if shown[path] or not path.is_relative_to("/usr")]
    return [(path, shown[path]) for path in sorted(inside, key=lambda path: (len(path.parts), path))]


def _each(option: str, paths: Iterable[Path]) -> list[str]:
    return [word for path in paths for word in (option, str(path))]
