"""Actors as a base has them: what they take, what they may do, and what is refused."""

import io
import json
import lzma
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from training.errors import Damaged, DomainError, Refused
from training.forge.linux import actors
from training.forge.linux.actors import Programs

# What any actor may call: its own memory, texts, numbers, time, and files and sockets that it has open.
ORDINARY = """
__errno_location __isoc23_sscanf __isoc23_strtol __libc_start_main _exit access calloc clock_gettime close closedir
dprintf dup explicit_bzero fclose fflush fopen fprintf free fstat fsync getpeername getpid getrandom gmtime inet_ntop
inet_pton malloc memcpy memfd_create memmem memset mmap mprotect open opendir pause poll prctl pthread_create read
readdir readlink realloc setsockopt sigaction signal sleep snprintf socket sprintf stat stpcpy strcasestr strchr strcmp
strcspn strftime strlen strncmp strrchr strspn strstr strtok strtok_r strtol time usleep waitpid write writev
"""
POWERS = {  # what changes anything beyond the program itself, and who may do it
    "unlink": {"beacon", "courier", "gone", "holder", "region", "vault", "watcher"},
    "connect": {"beacon", "courier", "connector", "watcher"},
    "bind": {"beacon", "courier", "connector", "officed", "watcher", "webapp"},
    "listen": {"connector", "officed", "webapp"},
    "accept4": {"connector", "webapp"},
    "fork": {"box", "engine", "officed", "webapp"},
    "daemon": {"locker", "officed", "vault", "webapp"},
    "kill": {"locker"},
    "fchown": {"vault"},
    "umount2": {"vault"},
    "dirfd": {"veil.so"},
    "dlsym": {"veil.so"},
    "fexecve": {"courier", "tracer"},
    "execl": {"box", "officed", "webapp"},
    "ptrace": {"tracer"},
    "setuid": {"webapp"},
    "setgid": {"webapp"},
    "mount": {"box", "vault"},
    **{name: {"box"} for name in ("chdir", "chroot", "ioctl", "mkdir", "recv", "send")},
    **{name: {"box"} for name in ("sethostname", "symlink", "unshare")},
}


@pytest.fixture(scope="module")
def packed() -> bytes:
    return actors.compile_all("any", None)


@pytest.fixture(scope="module")
def programs(packed: bytes) -> Programs:
    return Programs(packed, actors.compile_living())


def test_every_place_of_a_source_is_explained_in_its_head() -> None:
    for source in actors.SOURCES:
        text = actors._source(source).read_text(encoding="ascii")
        head = text.split("*/", 1)[0]
        assert "Inert: " in head
        told = set(re.findall(r"^ \*   ([A-Z]+) {2,}\S", head, re.MULTILINE))
        assert told - {"NAME"} == actors.placeholders(source) - {"NAME"}
        assert ('"@' in text) == bool(actors.placeholders(source) - {"NAME"})
        assert text.count('"@') == len(actors.placeholders(source) - {"NAME"})


def test_sources_are_the_folder_s() -> None:
    assert {"courier", "officed", "preload.so", "box", "hide", "meter", "tracing"} < actors.SOURCES
    assert actors.placeholders("courier") == {"LABEL", "COMM", "MEMFD", "FROM", "TO", "PORT"}
    assert actors.placeholders("hide") == {"NAME", "SYMBOL"}
    assert actors.placeholders("officed") == frozenset()
    for name in ("dancer", "../range_peer", "modules/hide", ""):
        with pytest.raises(Refused, match="there is no actor called"):
            actors.placeholders(name)


def test_the_same_sources_give_the_same_bytes_wherever_they_are_compiled(packed: bytes) -> None:
    assert actors.compile_all("any", None) == packed
    assert actors.compile_living() == actors.compile_living()


def test_a_base_has_no_programs_of_machines_that_live(packed: bytes, programs: Programs) -> None:
    brought = {"beacon", "ledger", "locker", "vault", "veil.so", "watcher"}
    assert programs.sources - Programs(packed).sources == Programs(actors.compile_living()).sources == brought


def test_programs_are_small_and_tell_nothing_of_their_making(programs: Programs) -> None:
    for source in programs.sources:
        values = dict.fromkeys(actors.placeholders(source), "v")
        content = programs.made(source, values)
        assert len(content) < 20_000 or source == "split"
        assert not re.search(rb"@[A-Z]+@|\.c\0|/work|/tmp|/home|engram|guest/|actors|training|[Ii]nert", content)
        assert f"\0{source}\0".encode() not in content


def test_actors_call_only_what_they_are_allowed(programs: Programs, tmp_path: Path) -> None:
    used: dict[str, set[str]] = {}
    for source in programs.sources:
        path = tmp_path / source
        path.write_bytes(programs.made(source, dict.fromkeys(actors.placeholders(source), "v")))
        listed = subprocess.run(["nm", "-D", "-u", path], check=True, capture_output=True, text=True).stdout
        names = {line.split()[1].split("@")[0] for line in listed.splitlines() if line.split()[0] == "U"}
        for name in names - set(ORDINARY.split()):
            used.setdefault(name, set()).add(source)
    assert used == POWERS


def test_a_value_stands_where_its_place_was_and_nothing_else_moves(programs: Programs) -> None:
    values = {"LABEL": "[kworker/3:7]", "COMM": "kworker/3:7", "MEMFD": "quil", "FROM": "", "PORT": "48123"}
    made = programs.made("courier", {**values, "TO": "203.0.113.66"})
    other = programs.made("courier", {**values, "TO": "2001:db8:bad::66"})
    assert len(made) == len(other)
    at = made.index(b"203.0.113.66\0")
    assert other[at : at + 46] == b"2001:db8:bad::66".ljust(46, b"\0")
    assert made[:at] + made[at + 46 :] == other[:at] + other[at + 46 :]
    for value in ("[kworker/3:7]", "quil", "48123"):
        assert made.count(b"\0%s\0" % value.encode()) == 1


def test_values_that_cannot_be_are_refused_all_at_once(programs: Programs) -> None:
    with pytest.raises(Refused) as refused:
        programs.made("courier", {"LABEL": "x" * 64, "COMM": "tabbed\t", "MEMFD": "größe", "TO": "a\0b", "AT": ""})
    assert refused.value.message.split("; ") == [
        "courier has no value called AT",
        "courier needs a value for FROM",
        "courier needs a value for PORT",
        "courier: COMM may hold printable ASCII only, not 'tabbed\\t'",
        f"courier: LABEL may have 63 characters, '{'x' * 64}' has 64",
        "courier: MEMFD may hold printable ASCII only, not 'größe'",
        "courier: TO may hold printable ASCII only, not 'a\\x00b'",
    ]
    with pytest.raises(Refused, match="the base has no program 'dancer'; it has beacon, box, cache"):
        programs.made("dancer", {})
    with pytest.raises(Refused, match="the base was made without --headers and has no kernel modules, so no 'hide'"):
        programs.made("hide", {"NAME": "netaudit", "SYMBOL": "vfs_statx"})


def test_a_value_that_looks_like_a_place_is_no_place(programs: Programs) -> None:
    values = {"PIDFILE": "@NOTE@", "NOTE": "@THREADS@", "THREADS": "@PIDFILE@"}
    made = programs.made("quiet", values)
    for value in values.values():
        assert made.count(value.encode()) == 1


def test_what_is_missing_is_named_by_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release, sources = "6.12.118+deb13-cloud-amd64", tmp_path / "usr" / "src"
    tree, common = sources / f"linux-headers-{release}", sources / "linux-headers-6.12.118+deb13-common"
    monkeypatch.setenv("PATH", "/nowhere")

    def missing(package: str) -> None:
        with pytest.raises(DomainError, match=rf"Debian package {re.escape(package)}$"):
            actors._compiled_modules(release, tmp_path, tmp_path / "work")

    missing("linux-headers-6.12.118+deb13-cloud-amd64")
    tree.mkdir(parents=True)
    (tree / ".kernelvariables").write_text("CC = $(CROSS_COMPILE)gcc-14\n")
    (tree / "Makefile").write_text("nothing\n")
    with pytest.raises(DomainError, match="unpack it again"):
        actors._compiled_modules(release, tmp_path, tmp_path / "work")
    (tree / "Makefile").write_text("include /usr/src/linux-headers-6.12.118+deb13-common/Makefile\n")
    missing("linux-headers-6.12.118+deb13-common")
    common.mkdir()
    missing("linux-kbuild-6.12.118+deb13")
    (tree / "scripts").mkdir()
    missing("gcc-14")
    with pytest.raises(DomainError, match="Debian package gcc and libc6-dev"):
        actors.compile_all(release, None)


def tar(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind
            made.addfile(entry, io.BytesIO(content))
    return lzma.compress(out.getvalue())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "are cut"),
        (b"no xz, but longer than its magic", "can't be read"),
        (lzma.compress(b"no tar" * 1000), "can't be read"),
        (tar({"quiet": b"x"})[:-20], "are cut"),
        (lzma.compress(bytes(17 << 20)), "larger than 16 MiB"),
        (tar({"quiet": b"x"}), "no usable places.json"),
        (tar({"places.json": b"[]"}), "no usable places.json"),
        (tar({"places.json": b'{"quiet": {"NOTE": ["@NOTE@"]}}'}), "no usable places.json"),
        (tar({"places.json": b'{"quiet": {"NOTE": ["@NOTE@", 128]}}'}), "not those of their places.json"),
        (tar({"quiet": b""}, tarfile.SYMTYPE), "is no plain file"),
        (tar({f"p{n}": b"" for n in range(101)}), "one too many"),
    ],
)
def test_damaged_programs_are_refused(content: bytes, why: str) -> None:
    with pytest.raises(Damaged, match=why):
        Programs(content)


def test_a_program_without_its_place_is_refused() -> None:
    index = json.dumps({"quiet": {"NOTE": ["@NOTE@", 128]}}).encode()
    with pytest.raises(Damaged, match="quiet: NOTE has no place"):
        Programs(tar({"places.json": index, "quiet": b"@NOTE@ and more"})).made("quiet", {"NOTE": "x"})
