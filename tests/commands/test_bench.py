"""Benches: each runs in a short form, prints its figures as lines of JSON, and ends with a summary."""

import json
import re
from pathlib import Path

import pytest

from tests.machines_place import first_response
from tests.web.test_start import run
from training.machines.bench import live
from training.operating.cli import BENCHES
from training.settings import Settings

pytestmark = [pytest.mark.enable_socket, pytest.mark.long]
FIELDS = ["bench", "metric", "value", "unit", "bar", "ok"]
SPEEDS = {"s", "ms", "per s", "ms per finding", "%", "ratio"}
"""Units of figures that another machine, or one that does other work meanwhile, may miss."""
NEEDS = {
    **dict.fromkeys(("equality", "engine", "symbols"), pytest.mark.stock),
    **dict.fromkeys(("forge", "live"), pytest.mark.machine),
}
NAMES = (
    *("answers", "board", "engine", "equality", "forge", "kill", "live", "pages", "reports", "search", "seeing"),
    *("start", "symbols", "tour-kill", "weight", "windows"),
)


def test_no_bench_is_missing_here() -> None:
    assert list(BENCHES) == sorted(NAMES)


@pytest.mark.parametrize("name", [pytest.param(name, marks=NEEDS.get(name, ())) for name in NAMES])
def test_a_bench_in_its_short_form(name: str, tmp_path: Path, shared: Path) -> None:
    instance = tmp_path / "instance"
    if name == "live":  # machines start from what a host has prepared
        instance.mkdir()
        (instance / "snapshots").symlink_to(first_response(shared))
    done = run("bench", name, "--short", instance=instance, wait=580)
    *lines, summary = done.stdout.splitlines()
    figures = [json.loads(line) for line in lines]
    assert [list(figure) for figure in figures] == [FIELDS] * len(figures), done.stdout
    assert [figure for figure in figures if not figure["ok"] and figure["unit"] not in SPEEDS] == []
    assert [figure for figure in figures if re.search(r"\b(in|of) 0\b", figure["metric"])] == [], "of nothing"
    missed = sum(not figure["ok"] for figure in figures)
    assert summary == f"bench: {len(figures)} figures, {missed} missed their bar", done.stderr
    assert done.returncode == (1 if missed else 0)
    assert len(figures) >= (0 if name == "symbols" else 1)  # there is nothing to compare without the other symbol file


def test_a_bench_that_does_not_exist_is_refused_with_all_names(tmp_path: Path) -> None:
    done = run("bench", "speeds", instance=tmp_path / "instance")
    assert done.returncode != 0
    assert re.fullmatch(f"Name a bench: {', '.join(sorted(NAMES))}; speeds is none", done.stderr.strip())


def test_the_bench_of_live_machines_takes_the_first_live_lab_and_no_written_one() -> None:
    plan = live.first_plan(Settings())
    assert plan.live is not None
    assert (plan.name, plan.variant) == ("first-response", "a")
