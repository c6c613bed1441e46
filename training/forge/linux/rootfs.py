"""The file system of a machine, as two archives that the kernel unpacks one after the other.

`common` is the same for all: Debian's own programs with their libraries, the stage hand, and what any Debian has in
``/etc``. `overlay` has all that follows from one scenario; where both have a file, the overlay's stays. A machine boots
from both, one after the other in one file.
"""

import posixpath
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from training.errors import DomainError, Refused
from training.forge.linux import etc, initramfs, orders
from training.forge.linux.initramfs import Entry
from training.forge.scenario import File, Made, Scenario
from training.forge.scenario.alive import ADDITION as LIVE

GUEST = Path(__file__).parent / "guest"
PACKAGED = int(datetime(2025, 8, 9, 10, 0, tzinfo=UTC).timestamp())
"""Date of everything that no scenario dates: the day of Debian 13's release."""
INSTALLED = int(datetime(2025, 9, 17, 7, 50, 12, tzinfo=UTC).timestamp())
"""Date of what a machine makes for itself when it is set up."""
LIGHTTPD_MODULES = ("accesslog", "auth", "authn_file", "cgi", "dirlisting", "proxy", "status")
FROM_DEBIAN = {  # path in the guest: (program, Debian package)
    "/usr/bin/busybox": ("busybox", "busybox-static"),
    "/usr/bin/bash": ("bash", "bash"),
    "/usr/bin/ss": ("ss", "iproute2"),
    "/usr/sbin/dropbear": ("dropbear", "dropbear-bin"),
    "/usr/bin/dropbearkey": ("dropbearkey", "dropbear-bin"),
    "/usr/sbin/lighttpd": ("lighttpd", "lighttpd"),
    "/opt/range/bin/range-peer": ("dbclient", "dropbear-bin"),
    **{
        f"/usr/lib/lighttpd/mod_{name}.so": (f"/usr/lib/lighttpd/mod_{name}.so", "lighttpd")
        for name in LIGHTTPD_MODULES
    },
}
ADDITIONS = {  # what is added to a base: as above, by the name that scenarios have for it
    "valkey": {"/usr/bin/valkey-server": ("valkey-server", "valkey-tools")},
    "live": {"/usr/bin/ps": ("ps", "procps"), "/usr/bin/top": ("top", "procps")},
}
BUSYBOX = "/usr/bin/busybox"
PACKAGES = tuple(sorted({package for _, package in FROM_DEBIAN.values()}))
"""Debian packages whose programs are inside `common`; their libraries come on top, see `libraries`."""
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
NEEDED = (
    *("/dev", "/proc", "/sys", "/run", "/mnt", "/srv", "/home", "/etc/dropbear", "/var/cache", "/var/lib", "/var/log"),
    *("/var/spool/cron/crontabs", "/var/backups", "/usr/local/bin", "/usr/lib/modules", "/opt/range", *FOLDERS),
)
LINKS = {
    "/bin": "usr/bin",
    "/sbin": "usr/sbin",
    "/lib": "usr/lib",
    "/lib64": "usr/lib64",
    "/var/run": "/run",
    "/var/lock": "/run/lock",
    "/etc/mtab": "../proc/self/mounts",
}
COVERED = ("/dev", "/proc", "/run", "/sys")
"""Where other file systems are mounted: a file put there beforehand is never seen."""
OF_FORGE = frozenset(
    {"/etc/init.d/rcS", "/usr/bin/busybox"}
    | {f"/opt/range/{name}" for name in ("bin/range-peer", "console", "dates", "key", "orders", "range-peer")}
)
"""Files that a machine is started and played with; those of `etc.of` come on top."""


Programs = Callable[[str, Mapping[str, str]], bytes]
"""Gives the finished ELF of an inert program or kernel module by its name, with values for its placeholders."""


def common() -> bytes:
    """The archive that all machines share; the same installed packages give the same bytes.

    Raises:
        DomainError: a program is missing; the message names its Debian package.
    """
    entries = {entry.path: entry for entry in _common_files()}
    return initramfs.pack((*entries.values(), *_folders(entries, NEEDED, {})))


def addition(name: str, base: bytes) -> tuple[bytes, list[Path]]:
    """The archive that adds the programs of one of `ADDITIONS` to a base's, not compressed, and the libraries inside:
    what the base's own archive holds already is left out. A program may take the place of a name of busybox, and what
    is ours that of an earlier one.

    Raises:
        DomainError: a program is missing; the message names its Debian package.
        Refused: the base has another version of a library.
    """
    there = initramfs.files(base)
    programs = ADDITIONS[name]
    there = {path: content for path, content in there.items() if path in FROM_DEBIAN or content != BUSYBOX.encode()}
    entries = list(_programs(programs))
    if other := [each.path for each in entries if there.get(each.path, each.content) != each.content]:
        raise Refused(f"the base has other versions of {', '.join(other)}: install the packages that it was made with")
    new = {each.path: each for each in entries if each.path not in there}
    new |= {each.path: each for each in _of_living()} if name == LIVE else {}
    needed = {each for program, _ in programs.values() for each in libraries(Path(shutil.which(program) or program))}
    archive = initramfs.archive((*new.values(), *_folders(new, (), {})))
    return archive, sorted(each for each in needed if real(str(each)) in new)


def _of_living() -> Iterator[Entry]:
    """What of ours a machine that lives has in the place of its base's, or beside it."""
    yield initramfs.file("/opt/range/range-peer", PACKAGED, stage_hand(), 0o755)
    yield initramfs.file("/opt/range/console", PACKAGED, (GUEST / "console").read_bytes(), 0o755)


def overlay(scenario: Scenario, programs: Programs) -> bytes:
    """The archive of what one scenario adds.

    Raises:
        Refused: something lies where it can't; all that does at once.
    """
    if wrong := [f"{path}: {what}" for path, what in misplaced(scenario)]:
        raise Refused("\n".join(wrong))
    homes = {real(account.home): account.uid for account in scenario.accounts if account.uid >= FIRST_PERSON}
    entries = {entry.path: entry for entry in _scenario_files(scenario, programs)}
    media = etc.MEDIA if scenario.live else ()
    folders = _folders(entries, (*homes, *media, "/opt/range", "/etc/dropbear"), homes)
    dated = {entry.path: entry.modified for entry in folders}
    dated |= {"/etc/dropbear/dropbear_ed25519_host_key": INSTALLED, "/etc/dropbear": INSTALLED}
    dated |= {path: entries[path].modified for path in entries if path.endswith("/.ssh/authorized_keys")}
    text = "".join(f"{modified} {path}\n" for path, modified in sorted(dated.items()))
    lists = {"dates": text, "orders": "".join(f"{order}\n" for order in orders.of(scenario))}
    files = [initramfs.file(f"/opt/range/{name}", PACKAGED, text.encode(), 0o600) for name, text in lists.items()]
    return initramfs.pack((*entries.values(), *folders, *files))


def misplaced(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """The paths at which a scenario puts something where it can't be, each with the reason."""
    put: tuple[File | Made, ...] = (*scenario.files, *scenario.programs, *scenario.modules)
    own = [real(each.path) for each in put]
    dialled = {f"{real(home)}/.ssh/authorized_keys" for home in etc.dialled(scenario)}
    homes = {real(each.home) for each in scenario.accounts if each.uid >= FIRST_PERSON}
    made = OF_FORGE | etc.of(scenario).keys()
    added = {path for name in scenario.machine.additions for path in ADDITIONS.get(name, ())}
    files = {*own, *made, *FROM_DEBIAN, *added, *etc.OF_DEBIAN, *dialled}
    folders = {above for path in (*files, *homes, *NEEDED) for above in _above(path)}
    folders |= {*homes, *NEEDED, *(etc.MEDIA if scenario.live else ())}
    for number, path in enumerate(own):
        if path in made:
            yield path, "is a file that the forge makes itself"
        if path in own[:number]:
            yield path, "there is something at this path already"
        if path in folders:
            yield path, "is a folder of this machine, and no file can be there"
    for path in [*own, *sorted(homes), *sorted(dialled)]:
        yield from _unseen(path, files)
    for home in sorted(homes & {*files, "/"}):
        yield home, "is no folder that can be somebody's home"


def _unseen(path: str, files: Container[str]) -> Iterator[tuple[str, str]]:
    """Why nothing can lie at a path: for what is above it."""
    if any(_lies_in(path, each) for each in COVERED):
        yield path, "another file system is mounted above it: let a setup line make it"
    for above in _above(path):
        if above in files:
            yield path, f"{above} is a file, so that nothing can lie below it"


def _above(path: str) -> Iterator[str]:
    """The folders above a plain path (objects of pathlib took a quarter of the time of reading a scenario)."""
    while (above := posixpath.dirname(path)) != path:
        yield (path := above)


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def libraries(program: Path) -> set[Path]:
    """The shared libraries of a program, as the dynamic loader names them; none for a static one."""
    done = subprocess.run(["ldd", str(program)], check=False, capture_output=True, text=True)  # noqa: S603, S607 - a list, no shell
    return {Path(word) for word in done.stdout.split() if word.startswith("/")}


def _folders(entries: Mapping[str, Entry], more: tuple[str, ...], homes: Mapping[str, int]) -> list[Entry]:
    """All folders that lie above some entries, and some more: each as old as the newest thing in it, owned by the
    person in whose home it lies.
    """
    needed = {above for path in entries for above in PurePosixPath(path).parents}
    needed |= {above for path in more for above in (PurePosixPath(path), *PurePosixPath(path).parents)}
    made: dict[str, Entry] = {}
    for path in sorted(needed - {PurePosixPath("/")}, key=lambda each: -len(each.parts)):
        if str(path) in entries:
            continue
        inside = [each.modified for each in (*entries.values(), *made.values()) if _parent(each) == path]
        owner = next((uid for home, uid in homes.items() if path.is_relative_to(home)), 0)
        mode = FOLDERS.get(str(path), 0o700 if path.name == ".ssh" else 0o755)
        made[str(path)] = initramfs.folder(str(path), max(inside, default=PACKAGED), mode, owner)
    return list(made.values())


def _parent(entry: Entry) -> PurePosixPath:
    return PurePosixPath(entry.path).parent


def _common_files() -> Iterator[Entry]:
    yield from _debian_programs()
    yield initramfs.file("/opt/range/range-peer", PACKAGED, stage_hand(), 0o755)
    for path, target in LINKS.items():
        yield initramfs.link(path, PACKAGED, target)
    yield initramfs.file("/etc/init.d/rcS", PACKAGED, (GUEST / "rcS").read_bytes(), 0o755)
    yield initramfs.file("/etc/profile", PACKAGED, (GUEST / "profile").read_bytes())
    for path, text in etc.OF_DEBIAN.items():
        yield initramfs.file(path, PACKAGED, text.encode(), etc.mode(path))


def _scenario_files(scenario: Scenario, programs: Programs) -> Iterator[Entry]:
    for path, text in etc.of(scenario).items():
        yield initramfs.file(path, PACKAGED, text.encode(), etc.mode(path))
    for home, uid in etc.dialled(scenario).items():
        yield initramfs.file(f"{real(home)}/.ssh/authorized_keys", INSTALLED, b"", 0o600, uid)
    for program in scenario.programs:
        owner = scenario.account(program.owner).uid
        yield _made(program, programs, int(program.mode, 8), owner)
    for module in scenario.modules:
        yield _made(module, programs, 0o644, 0)
    for each in scenario.files:
        owner = scenario.account(each.owner).uid
        path, modified = real(each.path), int(each.modified.timestamp())
        yield initramfs.file(path, modified, each.content.encode(), int(each.mode, 8), owner)


def _made(each: Made, programs: Programs, mode: int, owner: int) -> Entry:
    content = programs(each.source, each.with_)
    return initramfs.file(real(each.path), int(each.modified.timestamp()), content, mode, owner)


def real(path: str) -> str:
    """Where a path really lies: ``/bin/x`` in ``/usr/bin/x``, as Debian has it."""
    path = f"/{path.lstrip('/')}"
    for link, target in LINKS.items():
        if _lies_in(path, link):
            return posixpath.normpath(posixpath.join(posixpath.dirname(link), target) + path.removeprefix(link))
    return path


def _programs(wanted: Mapping[str, tuple[str, str]]) -> Iterator[Entry]:
    """Programs of Debian packages by their path in the guest, and their libraries."""
    needed: set[Path] = set()
    for path, (name, package) in wanted.items():
        program = shutil.which(name) if "/" not in name else name if Path(name).is_file() else None
        if program is None:
            raise DomainError(f"{name} is missing: install the Debian package {package}")
        mode = 0o644 if path.endswith(".so") else 0o755
        yield initramfs.file(path, PACKAGED, Path(program).read_bytes(), mode)
        needed |= libraries(Path(program))
    for each in sorted(needed):
        yield initramfs.file(real(str(each)), PACKAGED, each.read_bytes(), 0o755)


def _debian_programs() -> Iterator[Entry]:
    yield from _programs(FROM_DEBIAN)
    for name in _output(["busybox", "--list"]).split():
        path = f"{'/usr/sbin' if name in SBIN else '/usr/bin'}/{name}"
        if name != "busybox" and path not in FROM_DEBIAN:
            yield initramfs.link(path, PACKAGED, BUSYBOX)


def stage_hand() -> bytes:
    """The stage hand, built from its sources.

    Raises:
        DomainError: it cannot be built; the message says what to install or what is wrong.
    """
    sources = sorted(each.name for each in GUEST.glob("*.c"))
    options = ["-std=gnu17", "-O2", "-s", "-Wall", "-Wextra", "-Werror"]
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as work:
        _output(["gcc", *options, "-o", f"{work}/program", *sources], GUEST)
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
