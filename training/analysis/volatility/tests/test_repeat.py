"""A reader of a filed report repeats it with stock `vol`: the script of a real attempt, on the real exhibit.

Nothing of ours takes part in the repetition but the text of the script: the command line is started as a program.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest as everywhere
from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk
from training.evidence import service as evidence
from training.reporting.document import Document
from training.reporting.repeat import script
from training.reporting.service import filing

pytestmark = [pytest.mark.any_database, pytest.mark.timeout(600)]
_once, shared, template, settings = everywhere._once, everywhere.shared, everywhere.template, everywhere.settings
store, clock, unpacked, exhibit = everywhere.store, everywhere.clock, everywhere.unpacked, everywhere.exhibit
introduced, people, rooms = everywhere.introduced, everywhere.people, everywhere.rooms
beforehand, frozen = everywhere.beforehand, everywhere.frozen
content_of_the_repository = everywhere.content_of_the_repository
answered, desk_of, desk = at_work.answered, at_work.desk_of, at_work.desk

VOL = str(Path(sys.executable).with_name("vol"))
ONCE = """#!/bin/sh
for plugin; do :; done
[ -f "$KEPT/$plugin" ] || "$REAL" "$@" > "$KEPT/$plugin"
cat "$KEPT/$plugin"
"""
"""Runs the command line once for each plugin: seconds each, and the script is run twice."""


def filed(desk: Desk) -> Document:
    """A report on a finding: rows of a list, one of them for a single column, a row deep in a tree, a line."""
    cited = [desk.cite("linux.psaux", 0), desk.cite("linux.psaux", 3, "ARGS"), desk.cite("linux.pstree", nested(desk))]
    desk.submit("q1", "1", [*cited, desk.cite_line("frozen at")], bare=True)
    with desk.rooms.store.writing() as session:
        case, now = desk.case(session, lock=True), desk.rooms.clock()
        return filing.document_of(filing.file(session, case, desk.rooms.engine.result, "en", now))


def nested(desk: Desk) -> int:
    """A row far below the first level."""
    return int(max(desk.answered.rows["linux.pstree"], key=lambda row: row["depth"])["n"])


def repeat(document: Document, desk: Desk, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as its head says."""
    place = evidence.folder_of(desk.rooms.settings.instance, document.exhibit.sha256)
    file = folder / "repeat.sh"
    file.write_text(script(document), "utf-8")
    once, kept = folder / "vol", folder / "kept"
    once.write_text(ONCE, "utf-8")
    once.chmod(0o700)
    kept.mkdir(exist_ok=True)
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
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
