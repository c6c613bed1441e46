"""The file system of a scenario's machine: Debian's own programs, our inert ones, and the scenario's files."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from training.errors import DomainError
from training.forge.linux import initramfs
from training.forge.linux.initramfs import Entry
from training.forge.scenario import Drawn, Scenario, Shell

GUEST = Path(__file__).parent / "guest"
PACKAGED = int(datetime(2025, 8, 9, 10, 0, tzinfo=UTC).timestamp())
"""Date of everything that the scenario gives no date: the day of Debian 13's release."""
FROM_DEBIAN = {  # path in the guest: (program, Debian package)
    "/usr/bin/busybox": ("busybox", "busybox-static"),
    "/usr/bin/bash": ("bash", "bash"),
    "/usr/sbin/dropbear": ("dropbear", "dropbear-bin"),
    "/usr/bin/dropbearkey": ("dropbearkey", "dropbear-bin"),
    "/opt/range/bin/range-peer": ("dbclient", "dropbear-bin"),
}
FIRST_PERSON = 1000
"""The lowest number that Debian gives to an account of a person."""
SBIN = frozenset(
    {"acpid", "crond", "getty", "httpd", "init", "klogd", "mdev", "syslogd", "ip", "ifconfig", "sulogin", "nologin"}
)
FOLDERS = {  # those whose mode is not the common one
    "/root": 0o700,
    "/root/.ssh": 0o700,
    "/tmp": 0o1777,  # noqa: S108 - the guest's own
    "/var/tmp": 0o1777,  # noqa: S108 - the guest's own
}
NEEDED = ("/dev", "/proc", "/sys", "/run", "/etc/dropbear", "/var/log", "/var/run", "/opt/range", *FOLDERS)
MERGED = {"/bin": "usr/bin", "/sbin": "usr/sbin", "/lib": "usr/lib", "/lib64": "usr/lib64"}


def build(scenario: Scenario) -> bytes:
    """The initramfs of a scenario.

    Raises:
        DomainError: a program is missing; the message names its Debian package.
    """
    entries = {entry.path: entry for entry in _files(scenario)}
    homes = {account.home: account.uid for account in scenario.accounts if account.uid >= FIRST_PERSON}
    needed = [above for path in entries for above in PurePosixPath(path).parents]
    needed += [above for path in (*NEEDED, *homes) for above in (PurePosixPath(path), *PurePosixPath(path).parents)]
    for path in needed:
        if str(path) != "/" and str(path) not in entries:
            entries[str(path)] = _folder(path, entries, homes)
    return initramfs.pack(entries.values())


def _folder(path: PurePosixPath, entries: dict[str, Entry], homes: dict[str, int]) -> Entry:
    """A folder as old as the newest thing in it, owned by the person in whose home it lies."""
    owner = next((uid for home, uid in homes.items() if path.is_relative_to(home)), 0)
    inside = [each.modified for each in entries.values() if PurePosixPath(each.path).parent == path]
    return initramfs.folder(str(path), max(inside, default=PACKAGED), FOLDERS.get(str(path), 0o755), owner)


def _files(scenario: Scenario) -> Iterator[Entry]:
    yield from _debian_programs()
    yield from _own_programs(scenario)
    for path, target in MERGED.items():
        yield initramfs.link(path, PACKAGED, target)
    for path, name in (("/etc/init.d/rcS", "rcS"), ("/etc/profile", "profile")):
        yield initramfs.file(path, PACKAGED, (GUEST / name).read_bytes(), 0o755 if name == "rcS" else 0o644)
    for path, text in _configuration(scenario).items():
        yield initramfs.file(path, PACKAGED, text.encode(), 0o600 if path == "/etc/shadow" else 0o644)
    for each in scenario.files:
        owner = scenario.account(each.owner).uid
        yield initramfs.file(each.path, int(each.modified.timestamp()), each.text.encode(), int(each.mode, 8), owner)


def _configuration(scenario: Scenario) -> dict[str, str]:
    """Files of /etc that follow from the scenario."""
    accounts = scenario.accounts
    return {
        "/etc/hostname": f"{scenario.machine.host}\n",
        "/etc/hosts": f"127.0.0.1 localhost\n{scenario.drawn.own_address} {scenario.machine.host}\n",
        "/etc/network/addresses": "".join(f"{each}\n" for each in scenario.machine.addresses),
        "/etc/passwd": "".join(f"{a.name}:x:{a.uid}:{a.uid}:{a.full_name}:{a.home}:{a.shell}\n" for a in accounts),
        "/etc/group": "".join(f"{a.name}:x:{a.uid}:\n" for a in accounts) + "tty:x:5:\n",
        "/etc/shadow": "".join(f"{a.name}:*:20310:0:99999:7:::\n" for a in accounts),
        "/etc/shells": "/bin/sh\n/bin/bash\n",
        "/etc/inittab": "::sysinit:/etc/init.d/rcS\n" + "".join(map(_inittab, scenario.shells.values())),
        "/etc/init.d/services": "".join(f"{service}\n" for service in scenario.services),
    }


def _inittab(shell: Shell) -> str:
    if shell.log_in:
        return f"{shell.terminal}::respawn:/bin/login -f {shell.log_in}\n"
    if shell.rescue:
        return f"{shell.terminal}::askfirst:-/bin/sh\n"
    return f"{shell.terminal}::respawn:/sbin/getty 38400 {shell.terminal}\n" if shell.waiting else ""


def _debian_programs() -> Iterator[Entry]:
    libraries: set[Path] = set()
    for path, (name, package) in FROM_DEBIAN.items():
        program = shutil.which(name)
        if program is None:
            raise DomainError(f"{name} is missing: install the Debian package {package}")
        yield initramfs.file(path, PACKAGED, Path(program).read_bytes(), 0o755)
        libraries |= _libraries(Path(program))
    for each in sorted(libraries):
        target = str(each) if str(each).startswith("/usr/") else f"/usr{each}"
        yield initramfs.file(target, PACKAGED, each.read_bytes(), 0o755)
    yield from _applets()


def _applets() -> Iterator[Entry]:
    listed = _output(["busybox", "--list"])
    for name in listed.split():
        if name != "busybox":
            folder = "/usr/sbin" if name in SBIN else "/usr/bin"
            yield initramfs.link(f"{folder}/{name}", PACKAGED, "/usr/bin/busybox")


def _libraries(program: Path) -> set[Path]:
    """The shared libraries of a program, as the dynamic loader names them; none for a static one."""
    done = subprocess.run(["ldd", str(program)], check=False, capture_output=True, text=True)  # noqa: S603, S607 - a list, no shell
    return {Path(word) for word in done.stdout.split() if word.startswith("/")}


def _own_programs(scenario: Scenario) -> Iterator[Entry]:
    range_peer = compiled(["range_peer.c", "collect.c"], scenario.drawn)
    yield initramfs.file("/opt/range/range-peer", PACKAGED, range_peer, 0o755)
    for each in scenario.programs:
        content = compiled([f"{each.source}.c"], scenario.drawn)
        yield initramfs.file(each.path, int(each.modified.timestamp()), content, 0o755)


def compiled(sources: list[str], drawn: Drawn) -> bytes:
    """A program built from the guest's sources, with the drawn values in ``drawn.h``."""
    values = {
        "LABEL": f'"[{drawn.label}]"',
        "COMM": f'"{drawn.label}"',
        "MEMFD": f'"{drawn.memfd}"',
        "OWN_ADDRESS": f'"{drawn.own_address}"',
        "PEER_ADDRESS": f'"{drawn.peer_address}"',
        "PEER_PORT": str(drawn.peer_port),
    }
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as work:
        header = "".join(f"#define {name} {value}\n" for name, value in values.items())
        (Path(work) / "drawn.h").write_text(header, encoding="ascii")
        for each in [*sources, "range_peer.h"]:
            shutil.copy(GUEST / each, work)
        _output(
            ["gcc", "-std=gnu17", "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-o", "program", *sources], Path(work)
        )
        return (Path(work) / "program").read_bytes()


def _output(command: list[str], folder: Path | None = None) -> str:
    packages = {"gcc": "gcc and libc6-dev", "busybox": "busybox-static"}
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)  # noqa: S603 - a list, no shell
    except FileNotFoundError as error:
        raise DomainError(f"{command[0]} is missing: install the Debian package {packages[command[0]]}") from error
    if done.returncode:
        raise DomainError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout
