"""Attackers: Python programs that confine themselves as a run does, and then try what they must not be able to do.

They speak to the C library directly, so that Python's audit hook can't be what stops them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from training.analysis.sandbox import places

ATTACKER = """
import ctypes, errno, json, os, signal, socket, struct, sys
from pathlib import Path
from training.analysis.sandbox import confine, limits, seccomp, syscalls
libc = ctypes.CDLL(None, use_errno=True)
said = {}

def c(name, *arguments):
    answer = getattr(libc, name)(*arguments)
    if answer == -1:
        raise OSError(ctypes.get_errno(), name)
    return answer

def attempt(name, act):
    try:
        said[name] = ["done", repr(act())]
    except OSError as wrong:
        said[name] = [errno.errorcode.get(wrong.errno, "Python"), str(wrong)]
    except BaseException as wrong:
        said[name] = [type(wrong).__name__, str(wrong)]

def tell(**more):
    sys.stdout.write(json.dumps(said | more))
    sys.stdout.flush()
    os._exit(0)

def close_up(may_fork=False, cpu_seconds=20, writable=None, fds=(), readable=()):
    return confine.confine(
        readable=[Path(path) for path in readable], writable=[Path(writable or home)], readable_fds=list(fds),
        cpu_seconds=cpu_seconds, file_bytes=2**20, open_files=64, may_fork=may_fork,
    )

home = given = None
if len(sys.argv) > 1:
    given = json.loads(sys.argv[1])
    home = given["home"]
"""

LACKING = """
import ctypes, os, struct, sys
from training.analysis.sandbox import seccomp, syscalls
program = [(seccomp.LOAD, 0, 0, seccomp.AT_NUMBER)]
KINDS = {"user-namespaces": syscalls.CLONE_NEWUSER, "namespaces": seccomp.NAMESPACES}
for name in sys.argv[1].split(","):
    if name in KINDS:
        for call in ("unshare", "clone"):
            program += seccomp._if(name=call, word=16, code=seccomp.ANY_BIT, value=KINDS[name], refused=True)
    else:
        program += seccomp._whole(name, 38 if name.startswith(("landlock", "clone3")) else 1)
program += seccomp._whole("clone3", 38)
program.append((seccomp.RETURN, 0, 0, seccomp.ALLOW))
code = b"".join(struct.pack("=HBBI", *one) for one in program)
buffer = ctypes.create_string_buffer(code, len(code))
syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
syscalls.call("seccomp", 1, 0, struct.pack("@HP", len(program), ctypes.addressof(buffer)))
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Starts a program on a machine that lacks something: system calls by name, user namespaces, or all namespaces."""


BOOT = """
import os, sys
from pathlib import Path
from training.analysis.sandbox import launch
way, home, code, facts = sys.argv[1:]
way = launch.best() if way == "best" else way
words = launch.enclose(way, [sys.executable, "-c", code, facts], readable=[], writable=[Path(home)])
os.execvp(words[0], words)
"""
"""Starts an attacker in an enclosure, as the user and on the machine that it is to run on."""


@dataclass
class Cell:
    """A place to start attackers in, and where they may write."""

    home: Path
    outside: Path
    python: str = sys.executable
    before: list[str] = field(default_factory=list)

    def run(
        self,
        code: str,
        *,
        way: str = "none",
        lacking: str = "",
        fds: Sequence[int] = (),
        env: dict[str, str] | None = None,
        **given: Any,
    ) -> dict[str, Any]:
        """Run an attacker to its end; answers what it told."""
        done = subprocess.run(
            self.words(code, way=way, lacking=lacking, **given),
            cwd=places.ROOT,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})},
            capture_output=True,
            timeout=60,
            check=False,
            pass_fds=fds,
        )
        assert done.stdout, f"ended with {done.returncode}: {done.stderr.decode()}"
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def words(self, code: str, *, way: str, lacking: str = "", **given: Any) -> list[str]:
        """The command that starts an attacker."""
        facts = json.dumps({"home": str(self.home), "outside": str(self.outside), **given})
        poorer = [self.python, "-c", LACKING, lacking] if lacking else []
        return [*self.before, *poorer, self.python, "-c", BOOT, way, str(self.home), ATTACKER + code, facts]


@pytest.fixture
def cell() -> Iterator[Cell]:
    with _folders(None) as made:
        yield Cell(*made)


@pytest.fixture
def ordinary() -> Iterator[Cell]:
    """A cell for an ordinary user: whoever runs the tests, or, where that is root, uid 1000 with a Python that it may
    use.
    """
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if os.geteuid() != 0 or python is None:
        with _folders(None) as made:
            yield Cell(*made)
        return
    with _folders(1000) as made:
        yield Cell(*made, python, ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"])


class _folders:  # noqa: N801 - used like a function
    """A folder to write in and one beside it, owned by a user."""

    def __init__(self, owner: int | None) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="cell-"))
        self.home, self.outside = self.base / "home", self.base / "outside"
        for path in (self.home, self.outside):
            path.mkdir()
        (self.outside / "secret").write_text("another exhibit", encoding="ascii")
        if owner is not None:
            for path in (self.base, self.home, self.outside):
                os.chown(path, owner, owner)

    def __enter__(self) -> tuple[Path, Path]:
        return self.home, self.outside

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.base)
