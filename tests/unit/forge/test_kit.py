"""How the kit is made: from its sources, the same each time, of programs that need a kernel and nothing else."""

import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from training.errors import Conflict
from training.forge import cli
from training.forge import kit as kits
from training.forge.kit import contents, making
from training.settings import Settings

NEEDED = ("gcc", "busybox", "mke2fs")
pytestmark = pytest.mark.skipif(
    any(shutil.which(each) is None for each in NEEDED),
    reason="the kit's makers are missing: apt-get install gcc linux-libc-dev busybox-static e2fsprogs libarchive13t64",
)
LARGEST_PROGRAM = 32 << 10
"""Bytes: reading the program displaces as much of the memory that is to be acquired."""
HASHED = """
#include "alone.h"
#include "sha256.h"

/* hashed SIZE...: SHA-256 of stdin, taken in pieces of these sizes by turns. */
int program(int count, char **words)
{
	static unsigned char bytes[1 << 16], digest[32];
	struct sha256 hash;
	struct text out = {.to = OUT};
	long have = 0, got;

	sha256_begin(&hash);
	while ((got = ask(__NR_read, IN, (long)(bytes + have), (long)(sizeof bytes - have), 0)) > 0)
		have += got;
	for (long at = 0, turn = 0; at < have; turn++) {
		const char *word = words[1 + turn % (count - 1)];
		uint64_t size;

		number_at(&word, 10, &size);
		if ((long)size > have - at)
			size = (uint64_t)(have - at);
		sha256_more(&hash, bytes + at, size);
		at += (long)size;
	}
	sha256_end(&hash, digest);
	for (int i = 0; i < 32; i++)
		put_hex(&out, digest[i], 2);
	return !send(&out);
}
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("programs")
    made = {name: folder / name for name in contents.PROGRAMS}
    for name, path in made.items():
        path.write_bytes(contents.compiled(name))
        path.chmod(0o755)
    return made


def run(program: Path, *words: str, code: int = 0, **variables: str) -> tuple[list[str], list[str]]:
    """What a program says, line by line: on stdout and on stderr."""
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, env={**os.environ, **variables}
    )
    assert done.returncode == code, done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


def test_the_kit_of_the_repository_was_made_from_its_sources() -> None:
    assert kits.read(kits.KITS / "linux").sources == contents.digest_of_sources(), "python app.py forge kit --replace"
    assert {path.name for path in (kits.KITS / "linux").iterdir()} == {
        kits.MANIFEST,
        *(each.packed.name for each in kits.read(kits.KITS / "linux").media.values()),
    }


def test_its_licences_name_what_is_inside_with_its_source() -> None:
    found = {(each.source_package, each.licence) for each in kits.read(kits.KITS / "linux").licences}
    assert found == {
        ("busybox", "GPL-2.0-only"),
        ("glibc", "LGPL-2.1-or-later"),  # inside BusyBox
        ("(this repository)", "Apache-2.0"),
    }


def test_making_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    first = making.make(tmp_path / "first", lambda _: None)
    time.sleep(1.1)  # dates in file systems are seconds
    was = os.umask(0o077)
    second = making.make(tmp_path / "second", lambda _: None)
    os.umask(was)
    assert first == second
    for path in (tmp_path / "first" / "linux").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / "linux" / path.name).read_bytes()


def test_the_command_makes_a_kit_once(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.forge, ["kit", "--into", str(tmp_path)], obj=Settings.load({}))
    assert done.exit_code == 0, done.output
    assert "kit linux, version 1: 7 files" in done.output
    made = kits.read(tmp_path / "linux")
    assert made.inside["README"] == kits.read(kits.KITS / "linux").inside["README"]


def test_a_kit_that_lies_there_is_not_replaced_unasked() -> None:
    done = CliRunner().invoke(cli.forge, ["kit"], obj=Settings.load({}))
    assert isinstance(done.exception, Conflict)
    assert str(done.exception) == f"{kits.KITS / 'linux'} is there already: say --replace"


def test_programs_are_static_small_and_nothing_of_them_is_writable_code(programs: dict[str, Path]) -> None:
    for path in programs.values():
        content = path.read_bytes()
        assert len(content) < LARGEST_PROGRAM
        start, size, count = (
            struct.unpack_from(form, content, at)[0] for form, at in (("<Q", 32), ("<H", 54), ("<H", 56))
        )
        heads = [struct.unpack_from("<II", content, start + size * number) for number in range(count)]
        assert not {kind for kind, _ in heads} & {2, 3}, "neither PT_DYNAMIC nor PT_INTERP"
        assert not [flags for kind, flags in heads if kind == 1 and flags & 3 == 3], "nothing both written and run"
        assert str(contents.SOURCES).encode() not in content


def test_sha256_is_that_of_the_standard(tmp_path: Path) -> None:
    (tmp_path / "hashed.c").write_text(HASHED)
    sources = [tmp_path / "hashed.c", *(contents.SOURCES / name for name in ("sha256.c", "alone.c"))]
    options = [*contents.OPTIONS, f"-I{contents.SOURCES}"]
    subprocess.run(["gcc", *options, "-o", tmp_path / "hashed", *sources], check=True)
    for size in (0, 1, 3, 55, 56, 63, 64, 65, 111, 119, 120, 127, 128, 1000, 65_535):
        content = bytes(number * 31 >> 3 & 0xFF for number in range(size))
        for pieces in (["65536"], ["1"], ["63", "1", "64", "65"], ["7", "128", "200"]):
            done = subprocess.run([tmp_path / "hashed", *pieces], input=content, capture_output=True, check=True)
            assert done.stdout.decode() == hashlib.sha256(content).hexdigest()


def test_sockets_are_listed_with_their_process(programs: dict[str, Path]) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        datagrams.bind(("127.0.0.1", 0))
        with socket.create_connection(four.getsockname()) as near, four.accept()[0] as far:
            lines, _ = run(programs["sockets"])
            ports = {name: each.getsockname()[1] for name, each in (("four", four), ("six", six), ("near", near))}
            held = {each.fileno(): each for each in (four, six, near, far, datagrams)}
    ours = [line.split() for line in lines if f"pid={os.getpid()}," in line]
    found = {int(row[-1].split("fd=")[1].rstrip(")")): row[:6] for row in ours}
    assert " ".join(lines[0].split()) == "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process"
    assert found.keys() >= held.keys()
    numbers = list(held)
    assert found[numbers[0]] == ["tcp", "LISTEN", "0", "0", f"127.0.0.1:{ports['four']}", "0.0.0.0:*"]
    assert found[numbers[1]] == ["tcp", "LISTEN", "0", "0", f"[::1]:{ports['six']}", "[::]:*"]
    ends = [f"127.0.0.1:{ports['near']}", f"127.0.0.1:{ports['four']}"]
    assert found[numbers[2]] == ["tcp", "ESTAB", "0", "0", *ends]
    assert found[numbers[3]] == ["tcp", "ESTAB", "0", "0", *reversed(ends)]
    assert found[numbers[4]][:2] == ["udp", "UNCONN"]


def test_open_files_are_listed_and_removed_ones_marked(programs: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "gone\x1b[2J").write_bytes(b"")
    with (tmp_path / "gone\x1b[2J").open("rb") as file:
        (tmp_path / "gone\x1b[2J").unlink()
        lines, _ = run(programs["lsof"], str(os.getpid()))
        number = file.fileno()
    rows = {line[25:30].strip(): line[30:] for line in lines[1:]}
    assert rows["exe"] == str(Path(sys.executable).resolve())
    assert rows["cwd"] == str(Path.cwd())
    assert rows[str(number)] == f"{tmp_path}/gone?[2J (deleted)"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("acquire", []),
        ("acquire", ["-t"]),
        ("acquire", ["a", "b"]),
        ("acquire", ["a b"]),
        ("acquire", ["a\nacquired x 1 0"]),
        ("acquire", ["-x"]),
        ("acquire", ["folder/"]),
        ("acquire", ["x" * 5000]),
        ("sockets", ["-n"]),
        ("lsof", ["self"]),
        ("compare", ["a", "b"]),
    ],
)
def test_words_that_mean_nothing_are_said_to(programs: dict[str, Path], name: str, words: list[str]) -> None:
    said, complaints = run(programs[name], *words, code=2)
    assert said == []
    assert complaints[0].startswith(f"usage: {name} ")
