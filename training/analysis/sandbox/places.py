"""What every enclosed process may read: the Python that runs, this program, and the system's libraries."""

import functools
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""The folder that holds the package `training`; of it only that package is shown."""

SYSTEM = tuple(map(Path, (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/alternatives",
)))  # fmt: skip
DEVICES = tuple(map(Path, ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")))
NULL = Path("/dev/null")


@functools.cache
def system() -> tuple[Path, ...]:
    """Folders and files of the system that a Python needs, as far as this one has them."""
    return tuple(path for path in SYSTEM if path.exists())


@functools.cache
def program() -> tuple[Path, ...]:
    """The folders of the Python that runs (and of its virtual environment), of its packages, and of this program."""
    packages = (Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages")))
    found = [Path(sys.prefix), Path(sys.base_prefix), *packages, Path(sys.executable).resolve().parent.parent]
    found.append(ROOT / "training")
    every = {form for path in found for form in (path.absolute(), path.resolve())}
    return tuple(sorted(path for path in every if path.is_dir() and path != Path("/")))
