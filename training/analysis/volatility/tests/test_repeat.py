"""A reader of a filed report repeats it with stock `vol` and `volshell`: scripts of real attempts, on the real exhibit.

Nothing of ours takes part in the repetition but the text of the script: the command line is started as a program.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest as everywhere
from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk
from training.evidence import service as evidence
from training.reporting.document import Cited, Document
from training.reporting.repeat import script, way
from training.reporting.service import filing

pytestmark = [pytest.mark.any_database, pytest.mark.stock]
shared, template, settings = everywhere.shared, everywhere.template, everywhere.settings
stores, link_to_installation, store = everywhere.stores, everywhere.link_to_installation, everywhere.store
clock, unpacked, exhibit = everywhere.clock, everywhere.unpacked, everywhere.exhibit
introduced, people = everywhere.introduced, everywhere.people
workplace, rooms = everywhere.workplace, everywhere.rooms
beforehand, frozen = everywhere.beforehand, everywhere.frozen
content_of_the_repository = everywhere.content_of_the_repository
answered, desk_of, desk = at_work.answered, at_work.desk_of, at_work.desk

VOL = str(Path(sys.executable).with_name("vol"))
VOLSHELL = str(Path(sys.executable).with_name("volshell"))
ONCE = """#!/bin/sh
for plugin; do :; done
[ -f "$KEPT/$plugin" ] || "$REAL" "$@" > "$KEPT/$plugin"
cat "$KEPT/$plugin"
"""
"""Runs the command line once for each plugin: seconds each, and the script is run twice."""


def filed(desk: Desk) -> Document:
    """A report on a finding: rows of a list, one of them for a single column, a row deep in a tree, a line."""
    cited = [desk.cite("linux.psaux", 0), desk.cite("linux.psaux", 3, "ARGS"), desk.cite("linux.pstree", nested(desk))]
    return filed_on(desk, [*cited, desk.cite_line("frozen at")])


def filed_on(desk: Desk, cited: list[int]) -> Document:
    """A report on a finding that rests on these citations."""
    desk.submit("q1", "1", cited, bare=True)
    with desk.rooms.store.writing() as session:
        case, now = desk.case(session, lock=True), desk.rooms.clock()
        return filing.document_of(filing.file(session, case, desk.rooms.engine.result, "en", now))


def nested(desk: Desk) -> int:
    """A row far below the first level."""
    return int(max(desk.answered.rows["linux.pstree"], key=lambda row: row["depth"])["n"])


def plainly(folder: Path) -> dict[str, str]:
    """An environment with nothing of ours."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder)}


UNLISTED = "\nself.list_tasks = lambda: []\nrepeat(self"
"""As if a rootkit had taken every process off the list: the table of PIDs still has them."""


def repeat(document: Document, desk: Desk, folder: Path, *, unlisted: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the script as its head says."""
    place = evidence.folder_of(desk.rooms.settings.instance, document.exhibit.sha256)
    file = folder / "repeat.sh"
    file.write_text(script(document).replace("\nrepeat(self", UNLISTED if unlisted else "\nrepeat(self"), "utf-8")
    once, kept = folder / "vol", folder / "kept"
    once.write_text(ONCE, "utf-8")
    once.chmod(0o700)
    kept.mkdir(exist_ok=True)
    plain = plainly(folder) | {"VOLSHELL": VOLSHELL}
    return subprocess.run(
        ["/bin/sh", str(file), str(place / "image.raw"), str(place / "symbols")],
        env={**plain, "VOL": str(once), "REAL": VOL, "KEPT": str(kept), "PYTHON": sys.executable},
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip


def test_every_cited_row_of_a_filed_report_is_found_again_by_stock_vol(desk: Desk, tmp_path: Path) -> None:
    document = filed(desk)
    rows = [one for one in document.citations if one.run]
    assert len(rows) == 3
    assert {one.plugin for one in document.runs} == {"linux.psaux", "linux.pstree"}
    assert all(one.sha256 for one in document.runs)
    done = repeat(document, desk, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    ((version, _),) = document.tools
    assert done.stderr.splitlines() == [f"Volatility 3 Framework {version}"] * len(document.runs)
    said = done.stdout.splitlines()
    assert said[0] == "Image: as in the report"
    for one in rows:
        assert f"C{one.number}: run {one.run}, row {one.row}: as in the report" in said
    for run in document.runs:
        assert f"Run {run.number}, all {run.rows} rows: as in the report" in said
    assert len(said) == 1 + len(rows) + len(document.runs)

    # What is not as it was is found, too: a cell that was changed, a row that is not there, a digest.
    one = next(each for each in rows if each.plugin == "linux.psaux")
    cells = tuple(cell.model_copy(update={"value": cell.value + 1} if cell.name == "PID" else {}) for cell in one.cells)
    wrong = one.model_copy(update={"number": 900, "cells": cells})
    beyond = one.model_copy(update={"number": 901, "row": 1_000_000})
    runs = tuple(run.model_copy(update={"sha256": "0" * 64}) for run in document.runs if run.plugin == "linux.psaux")
    kept = tuple(each for each in rows if each.plugin == "linux.psaux")
    changed = document.model_copy(update={"citations": (*kept, wrong, beyond), "runs": runs})
    done = repeat(changed, desk, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"C900: run {one.run}, row {one.row}: DIFFERS in PID" in done.stdout
    assert f"C901: run {one.run}, row 1000000: DIFFERS there are" in done.stdout
    assert f"Run {one.run}, all {runs[0].rows} rows: DIFFERS" in done.stdout
    assert done.stdout.count("as in the report") == 1 + len(kept)


START = 0x400000
"""Where the program of the first process begins."""
KERNEL = 0xFFFFFFFF81000000
LOOKS = {
    f"engram.bytes --address {START - 9:#x} --length 45 --pid 1": (0, 1, 3),
    f"engram.bytes --address {KERNEL:#x} --length 16": (0,),
    f"engram.bytes --address {0x1003:#x} --length 32 --physical": (1,),
    f"engram.walk --address {START + 0x123:#x} --pid 1": (0, 3, 4),
    "engram.walk --address 0x8 --pid 1": (2, 3),
    f"engram.walk --address {KERNEL + 7:#x}": (2, 3),
}
"""Bytes that are there and that are not, of a process, the kernel, the machine; walks to a page, a large one, none."""


def cell(cited: Cited, name: str) -> str | int | None:
    """What the report says."""
    value: str | int | None = next(one.value for one in cited.cells if one.name == name)
    return value


def changed(cited: Cited, number: int, name: str, value: str | int | None) -> Cited:
    """The same place with another cell."""
    cells = tuple(one.model_copy(update={"value": value} if one.name == name else {}) for one in cited.cells)
    return cited.model_copy(update={"number": number, "cells": cells})


def typed(document: Document, desk: Desk, folder: Path, *runs: int) -> str:
    """What volshell prints when a reader types the lines for these runs, of one memory."""
    place = evidence.folder_of(desk.rooms.settings.instance, document.exhibit.sha256)
    ways = [way(document, made).lines for made in document.runs if made.number in runs]
    where = {"volshell": VOLSHELL, "SYMBOLS": str(place / "symbols"), "IMAGE": str(place / "image.raw")}
    command = [where.get(one, one) for one in shlex.split(ways[0][0])]
    lines = "\n".join(line for each in ways for line in each[1:])
    done = subprocess.run(
        command, input=f"{lines}\n", env=plainly(folder), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_looks_at_memory_are_repeated_by_stock_volshell(desk: Desk, tmp_path: Path) -> None:
    document = filed_on(desk, [desk.cite(command, row) for command, rows in LOOKS.items() for row in rows])
    assert [one.command for one in document.runs] == list(LOOKS)
    assert not any(one.fault for one in document.citations)
    by = {(one.run, one.row): one for one in document.citations}
    assert [cell(by[1, row], "Hex") is None for row in (0, 1, 3)] == [True, False, False]
    assert cell(by[5, 3], "Leads to") is None
    assert str(cell(by[6, 3], "Bits")) == "20-0", "a large page"
    done = repeat(document, desk, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    aside = {one.number: " (Flags and Note aside)" * (one.plugin == "engram.walk") for one in document.runs}
    said = [
        f"C{one.number}: run {one.run}, row {one.row}: as in the report{aside[one.run or 0]}" for one in by.values()
    ]
    said += [
        f"Run {one.number}, all {one.rows} rows: as in the report" for one in document.runs if not aside[one.number]
    ]
    assert sorted(done.stdout.splitlines()) == sorted(["Image: as in the report", *said])

    # What a page tells to type shows the same.
    shown = typed(document, desk, tmp_path, 1, 4)
    assert all(str(cell(by[1, row], "Hex")) in shown for row in (1, 3))
    assert all(f"{cell(by[4, row], 'Entry'):016x}" in shown for row in (0, 3))
    assert f"{cell(by[4, 4], 'Leads to'):#x}" in shown

    # What is not as it was is found: a byte, an entry, an address, a row, a process that is not there.
    one = str(cell(by[1, 1], "Hex"))
    other = f"{int(one[0], 16) ^ 1:x}{one[1:]}"
    wrong = {
        901: (changed(by[1, 1], 901, "Hex", other), "in Hex"),
        902: (changed(by[1, 0], 902, "Hex", "00"), "in Hex"),
        903: (changed(by[4, 0], 903, "Entry", int(cell(by[4, 0], "Entry") or 0) ^ 1 << 5), "in Entry"),
        904: (changed(by[4, 4], 904, "Leads to", START), "in Leads to"),
        905: (changed(by[5, 3], 905, "Leads to", 0), "in Leads to"),
        906: (by[6, 3].model_copy(update={"number": 906, "row": 4}), "there are 4 rows"),
        907: (by[2, 0].model_copy(update={"number": 907}), "there is no process 77777 with memory of its own"),
    }
    runs = tuple(
        run.model_copy(update={"options": {**run.options, "pid": 77777}} if run.number == 2 else {"sha256": "0" * 64})
        for run in document.runs
    )
    kept = (by[1, 3], by[4, 3])
    places = (*kept, *(one for one, _ in wrong.values()))
    done = repeat(document.model_copy(update={"citations": places, "runs": runs}), desk, tmp_path, unlisted=True)
    assert done.returncode == 1, done.stdout + done.stderr
    for number, (cited, why) in wrong.items():
        assert f"C{number}: run {cited.run}, row {cited.row}: DIFFERS {why}\n" in done.stdout
    assert "Run 1, all 4 rows: DIFFERS" in done.stdout
    assert [f"C{one.number}: run {one.run}, row 3: as in the report" in done.stdout for one in kept] == [True, True]
