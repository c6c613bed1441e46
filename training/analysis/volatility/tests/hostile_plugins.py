"""The island with plugins that misbehave in place of harmless ones: `python -m … kernel FD`, as the island itself.

Only tests start this program. The plugins keep their names, options and columns, and do something else:

- linux.boottime takes memory without end
- linux.iomem forks; what it forks has left the group and sleeps
- linux.vmcoreinfo sleeps
- linux.kmsg gives one row and then nothing but processor time
- linux.mountinfo shoots at the process above it
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from training.analysis.volatility import kernel
from training.analysis.volatility.__main__ import main

PIECE = 8 * 2**20
FOREVER = 3600


def eats(_self: Any) -> Iterator[Any]:
    """Takes memory, and uses it."""
    kept: list[bytes] = []
    while len(kept) >= 0:
        kept.append(os.urandom(PIECE))
        time.sleep(0.01)
    yield


def forks(_self: Any) -> Iterator[Any]:
    """Forks as Python does it and as machine code does, and says with an error what came of it."""
    made, refused = 0, []
    for fork in (os.fork, ctypes.pythonapi.fork):
        try:
            child = fork()
        except OSError as bad:
            refused.append(str(bad))
            continue
        if child == 0:
            os.setsid()
            time.sleep(FOREVER)
            os._exit(0)
        made += child > 0
    if made >= 0:
        raise RuntimeError(f"{made} forks were made; {refused}")
    yield


def sleeps(_self: Any) -> Iterator[Any]:
    """Does nothing, for long."""
    time.sleep(FOREVER)
    yield


def spins(_self: Any) -> Iterator[Any]:
    """Gives a row that is right, then never another one."""
    yield 0, ("facility", "level", "1.0", "-", "the only row")
    while True:
        pass


def shoots(_self: Any, *_: Any) -> Iterator[Any]:
    """Shoots at the process above it."""
    os.kill(os.getppid(), signal.SIGKILL)
    yield


BAD = {
    "linux.boottime.Boottime": eats,
    "linux.iomem.IOMem": forks,
    "linux.vmcoreinfo.VMCoreInfo": sleeps,
    "linux.kmsg.Kmsg": spins,
    "linux.mountinfo.MountInfo": shoots,
}


def load(start: Any) -> Any:
    """What the kernel process shares, with bad plugins in it."""
    loaded = load_good(start)
    for name, generator in BAD.items():
        loaded.classes[name]._generator = generator
    return loaded


if __name__ == "__main__":
    load_good, kernel.load = kernel.load, load
    sys.exit(main(sys.argv[1:]))
