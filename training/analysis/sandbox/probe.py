"""Which layers this machine really gives: each is tried in a throw-away process; what is missing gets a sentence."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from training.analysis.sandbox import LAYERS, landlock, launch, places, privileges, syscalls

SECONDS = 30
RUN = """
import json, os, sys
from pathlib import Path
from training.analysis.sandbox import confine
writable = [Path(sys.argv[1])]
given = dict(readable=[], writable=writable, readable_fds=[], file_bytes=2**20, open_files=64)
confine.confine(**given, cpu_seconds=None, may_fork=True)
child, own = confine.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(confine.confine(**given, cpu_seconds=10, may_fork=False)), flush=True)
os._exit(0)
"""


@dataclass(frozen=True)
class Layer:
    """One layer: its name, whether a run on this machine has it, and a sentence: how, or why not and what to do."""

    name: str
    reached: bool
    note: str


def probe() -> tuple[Layer, ...]:
    """Start what a run is, in a throw-away process, and see which layers it has; all layers, in the fixed order."""
    reached, fault = _run()
    return tuple(
        Layer(name, name in reached, _how(name) if name in reached else fault or _why(name)) for name in LAYERS
    )


def _run() -> tuple[frozenset[str], str]:
    with tempfile.TemporaryDirectory() as folder:
        words = launch.command([sys.executable, "-c", RUN, folder], readable=[], writable=[Path(folder)])
        try:
            done = subprocess.run(  # noqa: S603 - our own words
                words, cwd=places.ROOT, capture_output=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
            )
            return frozenset(json.loads(done.stdout)), ""
        except subprocess.TimeoutExpired:
            return frozenset(), f"A trial run did not end within {SECONDS} seconds."
        except ValueError:
            said = (done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
            return frozenset(), f"A trial run failed and said: {said}"


def _how(name: str) -> str:
    """How a layer is reached here."""
    if name == "landlock":
        return _landlock()
    if name == "user":
        user = os.geteuid()
        if user != 0 and "mount" not in launch.trial(launch.best()).layers:
            return f"Runs are user {user}, as the server is."
        return f"Runs are user {privileges.NOBODY} without capabilities."
    if name in {"no-network", "mount"}:
        return f"By {_WAYS[launch.best()]}."
    return _SENTENCES[name]


_WAYS = {"bubblewrap": "bubblewrap", "own": "the program's own launcher", "none": "nothing"}
_SENTENCES = {
    "limits": "Processor time, written bytes, open files; no core dump.",
    "no-new-privileges": "No program can give a run more rights.",
    "audit": "Python refuses network, programs and writing elsewhere.",
    "seccomp": "The kernel refuses calls that reach beyond a run.",
    "pid": "Each run is alone in a PID namespace; killing it leaves nothing.",
}


def _landlock() -> str:
    version = landlock.version()
    if version < landlock.NETWORK[0][0]:
        return f"Version {version}: files; a newer kernel (6.7) adds TCP, 6.12 signals and abstract sockets."
    if version < landlock.SCOPES[0][0]:
        return f"Version {version}: files and TCP; a newer kernel (6.12) adds signals and abstract sockets."
    return f"Version {version}: files, TCP, signals, abstract sockets."


def _why(name: str) -> str:
    """Why a layer is missing here, and what to install or set."""
    if name == "landlock":
        return _no_landlock()
    if name == "seccomp":
        return f"The kernel takes no filter for this machine ({syscalls.machine()}); x86_64 and aarch64 are known."
    if name == "user":
        return f"Runs are root. Run the server as a user of its own. {_no_namespaces()}"
    if name in {"no-network", "mount"}:
        return _no_namespaces()
    if name == "pid":
        return f"A run can't have a PID namespace; its process group is killed instead. {_no_namespaces()}"
    return "The system refused it."


def _no_landlock() -> str:
    try:
        syscalls.call("landlock_create_ruleset", None, 0, landlock.CREATE_RULESET_VERSION)
    except OSError as refused:
        if refused.errno == errno.EOPNOTSUPP:
            return "Landlock is switched off: add landlock to lsm= on the kernel's command line."
    return "The kernel has no Landlock: it takes Linux 5.13 with CONFIG_SECURITY_LANDLOCK."


SWITCHES = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
     ("Install the packages bubblewrap and apparmor-profiles (Ubuntu: with bwrap-userns-restrict switched on), "
     "or set kernel.apparmor_restrict_unprivileged_userns=0.")),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "Set kernel.unprivileged_userns_clone=1."),
    ("/proc/sys/user/max_user_namespaces", "0", "Set user.max_user_namespaces above 0, for instance 10000."),
)  # fmt: skip
"""Settings of the kernel that keep user namespaces from ordinary users: where, the value that does, what to do."""
CONTAINERS = ("/.dockerenv", "/run/.containerenv")


def _no_namespaces() -> str:
    """What keeps the namespaces away, as far as it can be told from here."""
    for path, closed, advice in SWITCHES:
        try:
            if Path(path).read_text(encoding="ascii").strip() == closed:
                return advice
        except OSError:
            continue
    if any(Path(path).exists() for path in CONTAINERS):
        return (
            "This container allows no namespaces: start it with a seccomp profile that allows unshare and mount "
            "(Docker, Podman: --security-opt seccomp=FILE), or run the server outside a container."
        )
    missing = launch.trial("bubblewrap").reason
    return f"Install the package bubblewrap; for now: {missing}." if missing else "The kernel refused it."
