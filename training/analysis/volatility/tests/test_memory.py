"""Bytes and walks against Volatility's own layers, and what they say where there is nothing."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from training.analysis import cards as plugin_cards
from training.analysis.volatility import flags, region, walk
from training.analysis.volatility.bench import reference as references

from .client import ROOT, Said, Warm
from .conftest import Broken, Files

COMPARE = Path(__file__).with_name("compare_memory.py")
CARDS = plugin_cards.load()


def compared(files: Files, system: str, home: Path) -> dict[str, int]:
    """How many addresses of each kind are the same to us and to Volatility."""
    done = subprocess.run(
        [sys.executable, str(COMPARE), str(files.image), str(files.symbols), system],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(home), "PATH": "/usr/bin"},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def cells(said: Said) -> list[list[Any]]:
    return [row["cells"] for row in said.rows]


def test_thousands_of_addresses_lead_where_volatility_says(files: Files, tmp_path: Path) -> None:
    counts = compared(files, "linux", tmp_path)
    for kind in ("mapped", "unmapped", "ends in PT", "ends in PD, large", "ends in PML4", "bytes there", "no bytes"):
        assert counts[kind] > 200, (kind, counts)
    assert counts["without memory"] > 10, "threads of the kernel"


if references.folder():

    def test_thousands_of_addresses_on_windows(reference: Files, tmp_path: Path) -> None:
        counts = compared(reference, "windows", tmp_path)
        for kind in ("mapped", "unmapped", "ends in PT", "ends in PML4", "bytes there"):
            assert counts[kind] > 100, (kind, counts)


@pytest.fixture(scope="module")
def mapped(warm: Warm) -> list[Any]:
    """The first region of the first process, as linux.proc.Maps has it."""
    first: list[Any] = warm.run("linux.proc.Maps", {"pid": [1]}).rows[0]["cells"]
    return first


def test_a_walk_has_a_row_for_each_level_and_one_for_its_end(warm: Warm, mapped: list[Any]) -> None:
    said = warm.run(walk.NAME, {"pid": 1, "address": mapped[2]})
    assert said.end["end"] == "complete"
    assert said.header is not None
    assert [one["name"] for one in said.header["columns"]] == [one.name for one in CARDS.get(walk.NAME).columns]
    rows = cells(said)
    assert [row[0] for row in rows] == ["PML4", "PDPT", "PD", "PT", "physical address"]
    assert [row[1] for row in rows] == ["47-39", "38-30", "29-21", "20-12", "11-0"]
    for above, below in pairwise(rows):
        assert above[7] == below[3], "each level leads to the table of the next"
    for row in rows[:-1]:
        assert row[4] == row[3] + 8 * row[2]
        assert "present" in row[6]
    assert rows[-1][7] == rows[-1][3] + rows[-1][2]
    assert rows[-1][6] == "read, user", "the first page of a program can neither be written nor executed"


def test_what_a_walk_reaches_is_what_the_image_holds(warm: Warm, mapped: list[Any], files: Files) -> None:
    there = cells(warm.run(walk.NAME, {"pid": 1, "address": mapped[2] + 5}))[-1][7]
    said = cells(warm.run(region.NAME, {"pid": 1, "address": mapped[2] + 5, "length": 100}))
    with files.image.open("rb") as image:
        image.seek(there)
        held = image.read(100)
    assert b"".join(bytes.fromhex(row[2]) for row in said) == held
    assert said[0][:2] == [mapped[2] + 5, there]
    assert [row[0] % 16 for row in said[1:]] == [0] * (len(said) - 1)
    straight = cells(warm.run(region.NAME, {"physical": True, "address": there, "length": 100}))
    assert [row[2:] for row in straight] == [row[2:] for row in said]
    usual = cells(warm.run(region.NAME, {"pid": 1, "address": mapped[2]}))
    assert len(usual) * region.ROW == region.USUAL == CARDS.get(region.NAME).option("length").default  # type: ignore[union-attr]
    assert usual[0][3].startswith(".ELF")


def test_addresses_of_the_kernel_are_taken_with_and_without_their_upper_bits(warm: Warm) -> None:
    short = warm.run("linux.pslist").rows[0]["cells"][0]
    long = short | 0xFFFF << 48
    ways = [cells(warm.run(walk.NAME, {"address": at})) for at in (short, long)]
    assert ways[0] == ways[1]
    assert ways[0][-1][6] == "read, write, kernel only"
    said = cells(warm.run(region.NAME, {"address": short, "length": 16}))
    assert said[0][0] == long
    assert cells(warm.run(walk.NAME, {"address": short, "pid": 1}))[-1] == ways[0][-1], "every process has the kernel"


def test_nothing_there_is_a_row_and_no_error(warm: Warm) -> None:
    said = warm.run(region.NAME, {"pid": 1, "address": 8, "length": 32})
    assert said.end["end"] == "complete"
    assert [row["absent"] for row in said.rows] == [dict.fromkeys(("1", "2", "3"), "unreadable")] * 3
    way = warm.run(walk.NAME, {"pid": 1, "address": 8})
    assert way.end["end"] == "complete"
    last = way.rows[-1]
    assert last["cells"][7] is None
    assert last["cells"][8].startswith(f"not mapped: in {way.rows[-2]['cells'][0]}, ")
    end = warm.run(region.NAME, {"address": 2**64 - 16, "length": 64})
    assert [row[0] for row in cells(end)] == [2**64 - 16], "memory ends there"
    beyond = warm.run(region.NAME, {"physical": True, "address": 2**64 - 16, "length": 64})
    assert [row["absent"] for row in beyond.rows] == [{"2": "unreadable", "3": "unreadable"}]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pid": 4_000_000, "address": 0}, "no list of processes has the PID 4000000"),
        ({"pid": 2, "address": 0}, "process 2 has no memory of its own"),
        ({"address": 0x1234 << 48}, "0x1234000000000000 is no address: the bits above bit 47"),
        ({"pid": 1, "address": 0, "physical": True}, "physical or of a process, not both"),
    ],
)
def test_what_is_no_memory_is_refused_with_a_reason(warm: Warm, options: dict[str, Any], reason: str) -> None:
    said = warm.run(region.NAME, options)
    assert said.end["end"] == "failed"
    assert reason in said.end["reason"]


def test_bounds_are_those_of_the_card(warm: Warm) -> None:
    for options in ({"address": 0, "length": 4097}, {"address": 2**64}, {"address": -1}, {"length": 16}):
        said = warm.run(region.NAME, options)
        assert said.hello is not None
        assert list(said.hello) == ["refused"]


UNLINKED = """
from volatility3.plugins.linux import pslist
listed = pslist.PsList.list_tasks
def without(context, name, *more, **named):
    return (task for task in listed(context, name, *more, **named) if task.tgid != 1)
pslist.PsList.list_tasks = without
"""


def test_a_process_that_only_the_table_of_pids_has(broken: Broken, warm: Warm, mapped: list[Any]) -> None:
    patched = broken(UNLINKED)
    assert 1 not in {row[1] for row in cells(patched.run("linux.pslist"))}
    asked = {"pid": 1, "address": mapped[2]}
    assert cells(patched.run(walk.NAME, asked)) == cells(warm.run(walk.NAME, asked))


@pytest.mark.parametrize(
    ("entry", "system", "valid", "told"),
    [
        (0, "linux", False, "empty"),
        (0x8000000004206163, "linux", True, "present, writable, accessed, dirty, global, no-execute"),
        (0xFFFFFFF000000100, "linux", True, "not present, no access (PROT_NONE)"),
        (0x0400000000001200, "linux", False, "not present, swapped out, or a special entry of the kernel"),
        (0x12345880, "windows", True, "not present, transition: taken away, its content is still there"),
        (0x12345C80, "windows", False, "not present, prototype: shared memory, its own entry lies elsewhere"),
        (0x0001234500000080, "windows", False, "not present, paged out"),
        (0x80, "windows", False, "not present, demand zero: not filled yet"),
    ],
)
def test_entries_in_words(entry: int, system: str, *, valid: bool, told: str) -> None:
    assert ", ".join(flags.of(entry, system, valid=valid, leaf=True, large=False)) == told


def test_only_an_entry_that_leads_to_a_page_has_the_flags_of_pages() -> None:
    large = flags.of(0x1E3, "linux", valid=True, leaf=True, large=True)
    assert large == ("present", "writable", "accessed", "dirty", "global", "large page")
    assert flags.of(0x163, "linux", valid=True, leaf=False, large=False) == ("present", "writable", "accessed")


def test_each_level_can_only_take_rights_away() -> None:
    full, kernel, closed = 0x7, 0x3, 1 << 63 | 0x5
    assert flags.rights([full, full], wide=True) == ("read", "write", "execute", "user")
    assert flags.rights([full, kernel], wide=True) == ("read", "write", "execute", "kernel only")
    assert flags.rights([closed, full], wide=True) == ("read", "user")
    assert flags.rights([full, 0x100], wide=True) == ("no access by the processor",)
    assert [walk.size(bits) for bits in (12, 21, 22, 30)] == ["4 KiB", "2 MiB", "4 MiB", "1 GiB"]
