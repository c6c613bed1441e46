"""What lies on the kit medium: our programs, Debian's BusyBox under several names, and two texts."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from training.errors import DomainError
from training.forge.linux.rootfs import libraries

SOURCES = Path(__file__).parents[1] / "linux" / "guest" / "kit"
VERSION = "1"
PROGRAMS = {
    "acquire": ("memory", "sha256"),
    "compare": ("processes",),
    "lsof": ("processes",),
    "sockets": ("processes",),
}
"""Our programs, each with the parts that it has beside ``alone``."""
APPLETS = (
    *("awk", "cat", "cmp", "cp", "cut", "date", "dd", "df", "dmesg", "du", "env", "find", "free", "grep", "head"),
    *("hexdump", "hostname", "id", "ip", "less", "ls", "lsmod", "md5sum", "mkdir", "mount", "netstat", "od", "pidof"),
    *("ps", "pwd", "readlink", "realpath", "sed", "sh", "sha1sum", "sha256sum", "sha512sum", "sort", "stat"),
    *("strings", "sync", "tail", "tar", "tee", "timeout", "top", "tr", "umount", "uname", "uniq", "uptime", "wc"),
    *("who", "xargs", "xxd"),
)
"""Names under which BusyBox stands on the medium."""
OPTIONS = (
    *("-std=gnu17", "-O2", "-s", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-pie"),
    *("-no-pie", "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-Wall", "-Wextra", "-Werror"),
    *("-Wl,--build-id=none", "-Wl,-z,noexecstack", f"-ffile-prefix-map={SOURCES}=."),
)
"""Options of the compiler: no library, and nothing in the program that says where it was made."""
MANIFEST = "MANIFEST"
README = "README"


def files() -> dict[str, bytes]:
    """All files of the medium but the links to BusyBox; programs are those below ``bin/``.

    Raises:
        DomainError: a program is missing or a source does not compile; the message says what to install.
    """
    made = {f"bin/{name}": compiled(name) for name in PROGRAMS}
    made["bin/busybox"] = _busybox()
    made[README] = (SOURCES / README).read_bytes()
    made[MANIFEST] = "".join(f"{hashlib.sha256(made[path]).hexdigest()}  {path}\n" for path in sorted(made)).encode()
    return made


def compiled(name: str) -> bytes:
    """One of our programs, made from its sources: static, without a C library.

    Raises:
        DomainError: as `files`.
    """
    sources = [f"{each}.c" for each in (name, *PROGRAMS[name], "alone")]
    with tempfile.TemporaryDirectory(prefix="engram-kit-") as work:
        run(["gcc", *OPTIONS, "-o", f"{work}/program", *sources], "gcc and linux-libc-dev", folder=SOURCES)
        return (Path(work) / "program").read_bytes()


def digest_of_sources() -> str:
    """SHA-256 over names and contents of the sources and the README, by which a kit is known that is older."""
    seen = hashlib.sha256()
    for path in sorted(SOURCES.iterdir()):
        seen.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return seen.hexdigest()


def run(command: list[str], package: str, *, folder: Path | None = None, more: Mapping[str, str] | None = None) -> str:
    """Run a program of the build, with some more variables; what it printed.

    Raises:
        DomainError: it is missing (the message names its Debian package) or failed.
    """
    environment = {**os.environ, "LC_ALL": "C", **(more or {})}
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment)  # noqa: S603 - a list, no shell
    except FileNotFoundError as error:
        raise DomainError(f"{command[0]} is missing: install the Debian package {package}") from error
    if done.returncode:
        raise DomainError(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _busybox() -> bytes:
    path, package = shutil.which("busybox"), "busybox-static"
    if path is None or libraries(Path(path)):
        raise DomainError(f"a static busybox is missing: install the Debian package {package}")
    if lacking := sorted(set(APPLETS) - set(run([path, "--list"], package).split())):
        raise DomainError(f"busybox lacks {', '.join(lacking)}: install the Debian package {package}")
    return Path(path).read_bytes()
