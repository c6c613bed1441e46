"""The benchmarks of the analysis, on few commands: the whole of them takes minutes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from training.analysis import bench, cli
from training.analysis.command import parse
from training.analysis.exhibit import ExhibitFiles
from training.analysis.models import State
from training.errors import Damaged
from training.evidence import service as evidence
from training.forge import pack
from training.settings import ROOT, Settings

pytestmark = pytest.mark.any_database

PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
FIELDS = {"bench", "metric", "value", "unit", "bar", "ok"}


@pytest.fixture
def installed(unpacked: Path, tmp_path: Path) -> Settings:
    """An installation that has the exhibit unpacked already."""
    settings = Settings.load({}, instance=tmp_path / "instance")
    folder = evidence.folder_of(settings.instance, pack.read(PACK).sha256)
    folder.parent.mkdir(parents=True)
    folder.symlink_to(unpacked)
    return settings


@pytest.mark.parametrize("measure", [cli.equality, cli.engine])
def test_without_exhibits_there_is_nothing_to_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measure: Callable[[Settings], cli.Figures]
) -> None:
    monkeypatch.delenv("ENGRAM_REFERENCE", raising=False)
    settings = Settings.load({}, instance=tmp_path, labs=tmp_path)
    assert list(measure(settings)) == []


@pytest.mark.stock
def test_one_command_on_the_exhibit_as_it_lies_there(installed: Settings) -> None:
    with cli.unpacked(installed, PACK) as exhibit:
        assert exhibit.folder.is_relative_to(installed.instance)
        records = list(cli.compared(exhibit.name, "equality", *exhibit.words, "linux.boottime"))
    assert [record["ok"] for record in records] == [True] * len(records)
    assert records[0]["metric"].startswith("finance-workstation-a: linux.boottime (complete, 1 rows")
    assert set(records[0]) == FIELDS
    assert exhibit.folder.exists()


def test_a_pack_that_lies_nowhere_is_unpacked_for_the_time_being(tmp_path: Path) -> None:
    settings = Settings.load({}, instance=tmp_path / "instance")
    with cli.unpacked(settings, PACK) as exhibit:
        assert exhibit.files.image.stat().st_size == pack.read(PACK).size
        assert exhibit.files.symbols_sha256 == pack.locate(PACK, pack.Role.SYMBOLS)[1].sha256
        assert (exhibit.files.symbols / "linux").is_dir()
    assert not exhibit.folder.exists()
    assert not settings.instance.exists()


def test_a_damaged_exhibit_is_not_measured(installed: Settings, tmp_path: Path) -> None:
    folder = evidence.folder_of(installed.instance, pack.read(PACK).sha256)
    folder.unlink()
    folder.mkdir()
    (folder / pack.IMAGE).write_bytes(b"something else")
    with pytest.raises(Damaged, match="expected SHA-256"), cli.unpacked(installed, PACK):
        pass


def test_a_comparison_that_breaks_off_is_said(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="the comparison with vol on x broke off with status 2"):
        list(cli.compared("x", "equality"))


def test_the_reference_image_is_made_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGRAM_REFERENCE", str(tmp_path))
    with pytest.raises(Damaged, match="broke off"):  # the folder can't make one
        list(cli.compared("windows-reference", "reference"))
    monkeypatch.delenv("ENGRAM_REFERENCE")
    assert list(cli.compared("windows-reference", "reference")) == []


def test_many_who_ask(files: ExhibitFiles, tmp_path: Path) -> None:
    figures = list(bench.asking(files, tmp_path, 4))
    assert all(figure["ok"] for figure in figures[::2]), "the seconds depend on what else the machine does"
    assert [(figure["value"], figure["bar"]) for figure in figures[::2]] == [(1, 1), (4, 4)]
    assert all(figure["value"] > 0 and figure["unit"] == "s" for figure in figures[1::2])
    assert set(figures[0]) == FIELDS


def test_runs_that_do_not_complete_miss_the_bar(files: ExhibitFiles, tmp_path: Path) -> None:
    zeros = tmp_path / "zeros.raw"
    zeros.write_bytes(bytes(4096))
    bad = ExhibitFiles("0" * 64, files.symbols_sha256, zeros, files.symbols, files.os)
    figures = list(bench.asking(bad, tmp_path, 2))
    assert [figure["ok"] for figure in figures] == [False, True, False, True]


def test_each_person_has_an_own_turn(files: ExhibitFiles, tmp_path: Path) -> None:
    with bench.class_of(files, tmp_path) as people:
        runs, seconds = people.ask([parse("linux.pslist --pid 1"), parse("linux.pslist --pid 2")])
    assert seconds > 0
    assert {run.state for run in runs} == {State.COMPLETE}
    assert len({run.asker for run in runs}) == 2


def test_the_different_commands_are_different_and_plain() -> None:
    found = bench.different("linux", 30)
    assert len(set(found)) == 30
    assert all(not command.options for command in found)
