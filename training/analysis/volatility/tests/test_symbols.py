"""Rows with a symbol file that the forge makes of a kernel's own type information against rows with one made of debug
information: some quick plugins, each for a rule of its own. `bench symbols` compares all of them.
"""

import json
import lzma
from pathlib import Path

import pytest

from training.analysis.command import parse
from training.analysis.volatility.bench import symbols
from training.analysis.volatility.bench.made import Made
from training.analysis.volatility.bench.reference import VARIABLE
from training.forge import pack

from .conftest import PACK, Files

RELEASE = "6.12.118+deb13-cloud-amd64"
SAMPLE = (
    "linux.capabilities",  # structs that are told apart by the names of their typedefs
    "linux.sockstat",  # function tables, and families of structs that begin alike
    "linux.kmsg",  # bit fields, a ring of records, arrays of any length
    "linux.mountinfo",  # lists and trees through embedded structs, flags
    "linux.malware.check_afinfo",  # globals of many types
    "linux.pagecache.InodePages --find /usr/bin/bash",  # the order of an enumeration's names
)
KERNEL = pack.locate(PACK, pack.Role.KERNEL)[0]


class TestAgainstDebugInformation:
    __test__ = symbols.reference(RELEASE) is not None

    @pytest.mark.long
    @pytest.mark.timeout(900)
    def test_quick_plugins_give_the_same_rows(self, files: Files, tmp_path: Path) -> None:
        lines = list(symbols.symbols(files.image, KERNEL, tmp_path, SAMPLE))
        assert [line["metric"] for line in lines if not line["ok"]] == []
        values = {line["metric"]: line["value"] for line in lines}
        assert values[f"{RELEASE}: plugins equal with both symbol files"] == len(SAMPLE)
        assert values["commands that end with an error on both sides: none"] == 0
        assert values["rows compared"] > 800
        assert sum(" (0 rows" in line["metric"] for line in lines) <= 1  # nothing is hooked on this machine


def test_without_the_other_symbol_file_it_says_that_it_compares_nothing(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    (line,) = symbols.symbols(files.image, KERNEL, tmp_path)
    assert line["metric"].startswith("not compared: ENGRAM_REFERENCE names no folder")
    assert RELEASE in line["metric"]
    assert line["bar"] is None


def test_the_other_symbol_file_is_found_by_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert symbols.reference("6.1.0") is None
    found = tmp_path / "linux_forge" / "reference-symbols" / "6.1.0-dwarf.json.xz"
    found.parent.mkdir(parents=True)
    found.write_bytes(lzma.compress(json.dumps({}).encode()))
    assert symbols.reference("6.1.0") == found


def made(*pids: int) -> Made:
    return Made("complete", "", [{"PID": pid, "__children": []} for pid in pids], (), 0.1)


@pytest.mark.parametrize(
    ("ours", "theirs", "rows"),
    [
        (made(1, 2), made(1, 2), 0),
        (made(1, 2), made(1, 3), 1),
        (made(), made(1), 1),
        (Made("failed", "status 1", None, (), 0.1), made(1), 1),
        (made(1), Made("failed", "status 1", None, (), 0.1), 1),
        (Made("failed", "one", None, (), 0.1), Made("failed", "other", None, (), 0.1), 0),
    ],
)
def test_what_differs_is_counted(ours: Made, theirs: Made, rows: int) -> None:
    assert symbols.Compared(parse("linux.pslist", "linux"), ours, theirs).difference.rows == rows
