"""What a run says: rows, kinds of absence, and that a short run is never taken for a whole one."""

import os
from pathlib import Path

import pytest

from .client import Kernel, Warm, receive
from .conftest import Broken, Files


def test_a_tree_has_parents(warm: Warm) -> None:
    said = warm.run("linux.pstree.PsTree")
    rows = {row["n"]: row for row in said.rows}
    children = [row for row in said.rows if row["parent"] is not None]
    assert children
    for row in children:
        parent = rows[row["parent"]]
        assert row["depth"] == parent["depth"] + 1
        assert row["cells"][3] == parent["cells"][1]


def test_the_kind_of_absence_is_kept(warm: Warm) -> None:
    said = warm.run("linux.sockscan")
    assert said.end["end"] == "complete"
    for row in said.rows:
        assert all(row["cells"][int(index)] is None for index in row["absent"])
    assert "not available" in {kind for row in said.rows for kind in row["absent"].values()}


def test_the_row_limit(warm: Warm) -> None:
    said = warm.run("linux.pslist", limits={"rows": 5})
    assert [row["n"] for row in said.rows] == [0, 1, 2, 3, 4]
    assert (said.end["end"], said.end["rows"]) == ("partial", 5)
    assert "more than 5 rows" in said.end["reason"]


def test_long_cells_are_cut_and_said(warm: Warm) -> None:
    said = warm.run("linux.vmcoreinfo", limits={"cell_chars": 8})
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


def test_a_scan_that_broke_off_is_not_taken_for_whole(warm: Warm, broken: Broken) -> None:
    whole, short = warm.run("banners"), broken(BREAK_A_SCAN).run("banners")
    assert whole.end["end"] == "complete"
    assert short.end["end"] == "partial"
    assert "a scan broke off, rows may be missing: Scan Failure: no memory" in short.end["reason"]
    assert short.end["rows"] <= whole.end["rows"]


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
def test_a_plugin_that_breaks_off(broken: Broken, at: int, state: str) -> None:
    said = broken(BREAK_A_PLUGIN.format(at=at)).run("linux.pslist")
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


def test_a_plugin_may_not_use_the_network_start_programs_or_write_files(broken: Broken) -> None:
    said = broken(TRY_THINGS).run("banners")
    assert said.end["end"] == "complete", said.end
    assert len(said.rows) == 6
    assert all("not allowed" in row["cells"][1] or "not permitted" in row["cells"][1] for row in said.rows), said.rows
    assert not Path("/tmp/engram-must-not-be").exists()  # noqa: S108 - the point is that it is not there


def test_rows_that_nobody_reads_end_the_run(warm: Warm) -> None:
    started = warm.start("linux.kmsg")
    os.close(started.rows)
    with started.line as line:
        assert "hello" in (receive(line) or {})
        assert (receive(line) or {})["status"] != 0


def test_a_file_to_be_found_that_is_not_there(warm: Warm) -> None:
    said = warm.run("linux.pagecache.InodePages", {"find": "/no/such/file"})
    assert said.end["end"] == "failed"
    assert "the plugin said: Unable to find inode with path /no/such/file" in said.end["reason"]


def test_an_option_that_the_plugin_needs(warm: Warm) -> None:
    said = warm.run("linux.vmaregexscan")
    assert "--pattern must be given" in (said.hello or {})["refused"]


def test_symbols_of_another_kernel(kernel: Kernel, files: Files, tmp_path: Path) -> None:
    image = tmp_path / "other.raw"
    image.write_bytes(files.image.read_bytes().replace(b"Linux version 6.", b"Linux version 7."))
    other = kernel.open(image, "linux")
    assert other.ready["kernel"] is None
    assert "does not fit the kernel in the image" in other.ready["unfit"]
    said = other.run("linux.pslist")
    assert (said.end["end"], said.end["reason"]) == ("failed", other.ready["unfit"])
    banners = other.run("banners")
    assert banners.end["end"] == "complete"
    assert any("Linux version 7." in row["cells"][1] for row in banners.rows)
    other.close()


@pytest.mark.parametrize("system", ["linux", "windows"])
@pytest.mark.parametrize(
    "content", [bytes(2**20), b"\xa5" * 2**20, b"Linux version 5.10.0 " + bytes(2**16)], ids=["zeros", "noise", "text"]
)
def test_an_image_that_is_none(kernel: Kernel, tmp_path: Path, content: bytes, system: str) -> None:
    (tmp_path / "none.raw").write_bytes(content)
    none = kernel.open(tmp_path / "none.raw", system)
    assert none.ready["ready"] is True
    assert none.ready["kernel"] is None
    expected = "does not fit" if content.startswith(b"Linux") and system == "linux" else "kernel was found in the image"
    assert expected in none.ready["unfit"]
    assert none.run(f"{system}.pslist").end["reason"] == none.ready["unfit"]
    assert none.run("banners").end["end"] == "complete"
    regular = none.run("regexscan", {"pattern": "x"})
    assert (regular.end["end"], regular.end["reason"]) == ("failed", none.ready["unfit"])
    none.close()


def test_an_empty_image(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "empty.raw").touch()
    empty = kernel.open(tmp_path / "empty.raw", "linux")
    assert "failed" in empty.ready or empty.ready["kernel"] is None
    empty.close()


def test_a_missing_symbol_file(files: Files, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    started = Kernel(tmp_path / "none", tmp_path / "cache")
    opened = started.open(files.image, "linux")
    assert opened.ready["unfit"] == "the exhibit has no symbol file (none in none/)"
    opened.close()
    assert started.close() == 0
