"""The benchmark of the analysis, on one command: the whole of it takes minutes."""

from pathlib import Path

import pytest

from training.analysis import cli
from training.forge import pack
from training.settings import ROOT, Settings

PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"


def test_without_exhibits_there_is_nothing_to_compare(tmp_path: Path) -> None:
    settings = Settings.load({}, instance=tmp_path, labs=tmp_path)
    assert list(cli.BENCHES["equality"](settings)) == []


@pytest.mark.parametrize("where", ["unpacked", "packed"])
def test_one_command_on_the_exhibit(unpacked: Path, tmp_path: Path, where: str) -> None:
    kept = unpacked if where == "unpacked" else tmp_path / "nowhere"
    records = list(cli._on_exhibit(PACK, kept, pack.read(PACK), "banners"))
    assert [record["ok"] for record in records] == [True] * 4
    assert records[0]["metric"].startswith("finance-workstation-a: banners (complete, ")
    assert {"bench", "metric", "value", "unit", "bar", "ok"} == set(records[0])
