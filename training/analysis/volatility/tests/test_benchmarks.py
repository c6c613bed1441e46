"""The benchmarks of the engine print what they are held against, on a few commands."""

import contextlib
import json
from pathlib import Path

import pytest

from training.analysis.volatility.bench import equality
from training.analysis.volatility.bench.__main__ import main
from training.analysis.volatility.bench.made import Evidence
from training.analysis.volatility.bench.ours import Ours
from training.analysis.volatility.bench.speed import speed, starts
from training.analysis.volatility.bench.vol import Vol
from training.forge import pack

from .conftest import PACKS

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # the command line is slow


@pytest.fixture(scope="session")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    base, folder = tmp_path_factory.mktemp("finance"), PACKS / "finance-workstation-a"
    return Evidence(folder.name, pack.read(folder).os, pack.unpack(folder, base), base / "symbols")


@pytest.mark.stock
def test_the_benchmark_of_equality(finance: Evidence, capsys: pytest.CaptureFixture[str]) -> None:
    words = [finance.name, finance.os, str(finance.image), str(finance.symbols)]
    assert main(["equality", *words, "linux.boottime", "linux.elfs --pid 1 --dump"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]  # no log
    assert lines[0]["metric"].startswith("linux.boottime (complete, ")
    assert lines[1]["metric"].endswith(" 2 rows, 2 files)")
    assert [(line["value"], line["bar"], line["ok"]) for line in lines[:6]] == [(0, 0, True)] * 2 + [(2, 2, True)] * 4
    assert {"bench", "metric", "value", "unit", "bar", "ok"} == set(lines[0])


@pytest.mark.stock
def test_the_benchmark_of_speed(finance: Evidence, tmp_path: Path) -> None:
    mine, theirs = equality.folders(tmp_path)
    with contextlib.closing(Ours(finance, mine)) as ours:
        lines = list(speed(ours, Vol(finance, theirs), ["linux.boottime"], rounds=1))
    vol, engine, ratio, mean = (line["value"] for line in lines[1:5])
    assert vol > engine > 0
    assert ratio == mean == pytest.approx(vol / engine, rel=0.2)
    (tmp_path / "starts").mkdir()
    figures = {line["metric"]: line["value"] for line in starts(finance, tmp_path / "starts", further=1)}
    assert len(figures) == 6
    assert all(value > 0 for value in figures.values())


@pytest.mark.parametrize("words", [[], ["weight", "a", "linux", "b", "c"], ["speed", "a", "linux"]])
def test_a_wrong_call_says_how(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: python -m training.analysis.volatility.bench" in capsys.readouterr().err
