"""What tests write lies in memory where there is room for it: on a disk, removing it took a tenth of their time."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder below it that belongs to whoever runs the tests
ROOM = 12 * 2**30  # bytes; all tests together never had more than half of it


def pytest_configure() -> None:
    """Choose the place, unless somebody has done so. Workers have it from the process over them."""
    if _room() >= ROOM and "TMPDIR" not in os.environ:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _room() -> int:
    """How many bytes may be written there: what the file system has free, if memory has it too."""
    try:
        available = next(line for line in Path("/proc/meminfo").read_text().splitlines() if "MemAvailable" in line)
        return min(shutil.disk_usage(MEMORY).free, int(available.split()[1]) * 1024)
    except (OSError, StopIteration):
        return 0
