"""The island as a program: what it says for good and for bad requests, and that it never takes a short run for a whole
one.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ROOT, Files, Island

PROGRAM = [sys.executable, "-m", "training.analysis.volatility"]


def test_a_whole_run(island: Island) -> None:
    said = island("linux.pslist", options={"pid": [1]})
    assert said.status == 0
    assert said.header is not None
    assert (said.header["volatility"], said.header["island"]) == ("2.28.2", 1)
    assert said.header["columns"][0] == {"name": "OFFSET (V)", "type": "hex"}
    assert [row["cells"][1] for row in said.rows] == [1]
    assert (said.end["end"], said.end["reason"], said.end["rows"]) == ("complete", None, 1)


def test_a_tree_has_parents(island: Island) -> None:
    said = island("linux.pstree.PsTree")
    rows = {row["n"]: row for row in said.rows}
    children = [row for row in said.rows if row["parent"] is not None]
    assert children
    for row in children:
        parent = rows[row["parent"]]
        assert row["depth"] == parent["depth"] + 1
        assert row["cells"][3] == parent["cells"][1]


def test_the_kind_of_absence_is_kept(island: Island) -> None:
    said = island("linux.sockscan")
    assert said.end["end"] == "complete"
    for row in said.rows:
        assert all(row["cells"][int(index)] is None for index in row["absent"])
    assert "not available" in {kind for row in said.rows for kind in row["absent"].values()}


def test_the_row_limit(island: Island) -> None:
    said = island("linux.pslist", limits={"rows": 5, "cell_chars": 1000, "seconds": 60})
    assert [row["n"] for row in said.rows] == [0, 1, 2, 3, 4]
    assert (said.end["end"], said.end["rows"]) == ("partial", 5)
    assert "more than 5 rows" in said.end["reason"]


def test_long_cells_are_cut_and_said(island: Island) -> None:
    said = island("linux.vmcoreinfo", limits={"rows": 1000, "cell_chars": 8, "seconds": 60})
    assert said.end["end"] == "partial"
    assert "longer than 8 characters" in said.end["reason"]
    assert max(len(cell) for row in said.rows for cell in row["cells"] if isinstance(cell, str)) == 8


BREAK_A_SCAN = """
from volatility3.framework.layers import scanners
original = scanners.RegExScanner.__call__
def broken(self, data, data_offset):
    if data_offset > 2**25:
        raise MemoryError("no memory")
    yield from original(self, data, data_offset)
scanners.RegExScanner.__call__ = broken
"""


def test_a_scan_that_broke_off_is_not_taken_for_whole(island: Island) -> None:
    whole, broken = island("banners"), island("banners", BREAK_A_SCAN)
    assert whole.end["end"] == "complete"
    assert broken.end["end"] == "partial"
    assert "a scan broke off, rows may be missing: Scan Failure: no memory" in broken.end["reason"]
    assert broken.end["rows"] <= whole.end["rows"]


BREAK_A_PLUGIN = """
from volatility3.plugins.linux import pslist
original = pslist.PsList._generator
def broken(self, *a, **k):
    for number, row in enumerate(original(self, *a, **k)):
        if number == {at}:
            raise AttributeError("struct has no attribute")
        yield row
pslist.PsList._generator = broken
"""


@pytest.mark.parametrize(("at", "state"), [(3, "partial"), (0, "failed")])
def test_a_plugin_that_breaks_off(island: Island, at: int, state: str) -> None:
    said = island("linux.pslist", BREAK_A_PLUGIN.format(at=at))
    assert (said.end["end"], len(said.rows)) == (state, at)
    assert f"stopped after {at} rows" in said.end["reason"]
    assert "AttributeError: struct has no attribute" in said.end["reason"]


TRY_THINGS = """
import os, socket, subprocess
from volatility3.framework.renderers import format_hints
from volatility3.plugins import banners
THINGS = (
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: os.fork(),
    lambda: open("/tmp/engram-must-not-be", "w"),
    lambda: os.open("/tmp/engram-must-not-be", os.O_CREAT | os.O_WRONLY),
)
def tries(self):
    for number, act in enumerate(THINGS):
        try:
            act()
            yield 0, (format_hints.Hex(number), "done")
        except PermissionError as refused:
            yield 0, (format_hints.Hex(number), str(refused))
    print("noise on standard output")
    os.write(1, b"more noise")
banners.Banners._generator = tries
"""


def test_a_plugin_may_not_use_the_network_start_programs_or_write_files(island: Island) -> None:
    said = island("banners", TRY_THINGS)
    assert said.end["end"] == "complete", said.end
    assert len(said.rows) == 6
    assert all("is not allowed while a plugin runs" in row["cells"][1] for row in said.rows)
    assert not Path("/tmp/engram-must-not-be").exists()  # noqa: S108 - the point is that it is not there


def test_processor_time_is_limited(request_line: Callable[..., bytes]) -> None:
    line = request_line("linux.kallsyms", limits={"rows": 10**6, "cell_chars": 1000, "seconds": 1})
    done = subprocess.run(PROGRAM, input=line, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGXCPU
    assert b'"end"' not in done.stdout


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"plugin": "linux.pagecache.RecoverFs"}, "is not offered"),
        ({"plugin": "windows.pslist.PsList"}, "is not offered"),
        ({"plugin": "timeliner.Timeliner"}, "is not offered"),
        ({"options": {"dump": True}}, "--dump is not offered"),
        ({"options": {"kernel": "x"}}, "--kernel is not offered"),
        ({"options": {"pid": "1"}}, "--pid must be of type ints"),
        ({"options": {"pid": [True]}}, "--pid must be of type ints"),
        ({"options": {"threads": 1}}, "--threads must be of type bool"),
        ({"options": []}, "options an object"),
        ({"image": "/nowhere/image.raw"}, "there is no file"),
        ({"symbols": "/nowhere"}, "there is no folder"),
        ({"cache": ""}, "cache must be a path"),
        ({"limits": {"rows": 1}}, "limits must have exactly"),
        ({"limits": {"rows": 0, "cell_chars": 1, "seconds": 1}}, "limits.rows must be"),
        ({"limits": {"rows": True, "cell_chars": 1, "seconds": 1}}, "limits.rows must be"),
        ({"more": 1}, "exactly these fields"),
    ],
)
def test_bad_requests(island: Island, changed: dict[str, object], reason: str) -> None:
    said = island(**({"plugin": "linux.pslist"} | changed))
    assert said.status == 2
    assert said.end["end"] == "failed"
    assert reason in said.end["reason"]


def test_not_even_json() -> None:
    done = subprocess.run(PROGRAM, input=b"hello\n", cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 2
    assert "not JSON" in json.loads(done.stdout)["reason"]
    done = subprocess.run([*PROGRAM, "--help"], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"usage" in done.stderr


def test_a_missing_symbol_file(island: Island, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = island("linux.pslist", symbols=str(tmp_path / "empty"))
    assert (said.end["end"], said.end["reason"]) == ("failed", "the exhibit has no symbol file (none in empty/)")


def test_symbols_of_another_kernel(island: Island, files: Files, tmp_path: Path) -> None:
    image = tmp_path / "other.raw"
    content = files.image.read_bytes()
    image.write_bytes(content.replace(b"Linux version 6.", b"Linux version 7."))
    said = island("linux.pslist", image=str(image))
    assert said.end["end"] == "failed"
    assert "does not fit the kernel in the image" in said.end["reason"]


@pytest.mark.parametrize("content", [b"", bytes(2**20), b"\xa5" * 2**20], ids=["empty", "zeros", "noise"])
def test_an_image_that_is_none(island: Island, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "none.raw").write_bytes(content)
    said = island("linux.pslist", image=str(tmp_path / "none.raw"))
    assert said.end["end"] == "failed"
    assert "no Linux kernel was found in the image" in said.end["reason"]


def test_an_option_that_the_plugin_needs(island: Island) -> None:
    said = island("linux.vmaregexscan")
    assert (said.end["end"], said.end["reason"]) == ("failed", "linux.vmaregexscan needs --pattern")


def test_what_a_plugin_only_logs_is_said(island: Island) -> None:
    said = island("linux.pagecache.InodePages", options={"find": "/no/such/file"})
    assert said.end["end"] == "failed"
    assert "the plugin said: Unable to find inode with path /no/such/file" in said.end["reason"]
