"""Machines that lack something: each layer alone, no user namespaces, no namespaces at all, no bubblewrap, no root."""

import os
import shutil
from pathlib import Path

import pytest

from tests.unit.analysis.sandbox.conftest import Cell
from tests.unit.analysis.sandbox.test_confine import RUN
from training.analysis.sandbox import LAYERS, landlock, launch

ALWAYS = ["limits", "no-new-privileges", "audit"]
NAMESPACES = {"no-network", "mount"}
TELL = "tell(layers=layers, own=own, me=os.getuid(), groups=os.getgroups())"
PROBE = """
from training.analysis.sandbox import launch
from training.analysis.sandbox.probe import probe
tell(way=launch.best(), layers={one.name: [one.reached, one.note] for one in probe()})
"""


def test_without_the_filter_landlock_alone_stops_network_signals_and_files(cell: Cell) -> None:
    code = """
attempt("network", lambda: c("connect", c("socket", 2, 1, 0), struct.pack("=H6s8x", 2, b"\\0\\1\\x7f\\0\\0\\1"), 16))
attempt("abstract", lambda: c("connect", c("socket", 1, 1, 0), struct.pack("=H", 1) + b"\\0engram", 9))
attempt("signal", lambda: c("kill", given["parent"], 0))
attempt("file", lambda: c("open", given["outside"].encode() + b"/secret", 0))
attempt("link", lambda: c("symlink", b"/etc/passwd", home.encode() + b"/link"))
"""
    told = cell.run(RUN + code + TELL, lacking="seccomp,setns", parent=os.getpid())
    assert "seccomp" not in told["layers"]
    assert [name for name in told["layers"] if name in ALWAYS] == ALWAYS
    version = landlock.version()
    assert ("landlock" in told["layers"]) == (version > 0)
    if version:
        assert {told[name][0] for name in ("file", "link")} == {"EACCES"}
    if version >= 4:
        assert told["network"][0] == "EACCES"
    if version >= 6:
        assert told["signal"][0] == "EPERM"
        assert told["abstract"][0] in {"EPERM", "ECONNREFUSED"}  # refused by name, or nobody is there


def test_without_landlock_the_rest_holds_and_the_probe_says_why(cell: Cell) -> None:
    told = cell.run(RUN + TELL, lacking="landlock_create_ruleset")
    assert "landlock" not in told["layers"]
    assert [name for name in told["layers"] if name in ALWAYS] == ALWAYS
    said = cell.run(PROBE, lacking="landlock_create_ruleset")["layers"]
    assert said["landlock"] == [False, "The kernel has no Landlock: it takes Linux 5.13 with CONFIG_SECURITY_LANDLOCK."]


def test_without_bubblewrap_our_own_launcher_is_taken_where_it_works(cell: Cell, tmp_path: Path) -> None:
    (tmp_path / "setpriv").symlink_to(shutil.which("true") or "/bin/true")
    told = cell.run(PROBE, env={"PATH": str(tmp_path)})
    assert told["way"] == ("none" if launch.trial("own").reason else "own")
    assert list(told["layers"]) == list(LAYERS)


@pytest.mark.parametrize("lacking", ["user-namespaces", "namespaces,setns", "namespaces,setns,mount,seccomp"])
@pytest.mark.parametrize("root", [True, False])
def test_where_namespaces_are_refused_a_run_still_works_and_is_honest(
    cell: Cell,
    ordinary: Cell,
    lacking: str,
    root: bool,  # noqa: FBT001
) -> None:
    where = cell if root else ordinary
    told = where.run(RUN + 'attempt("kept", lambda: Path(home, "x").touch())\n' + TELL, way="best", lacking=lacking)
    layers = set(told["layers"])
    assert set(ALWAYS) <= layers
    assert ("user" in layers) == (told["me"] != 0)
    assert ("pid" in layers) == told["own"]
    assert told["kept"][0] == "done"
    if lacking.startswith("namespaces") or where is ordinary or os.geteuid() != 0:
        assert not layers & NAMESPACES
    said = where.run(PROBE, lacking=lacking)["layers"]
    assert {name for name, (reached, _) in said.items() if reached} == layers
    assert all(note.endswith(".") for _, note in said.values())


def test_root_without_user_namespaces_becomes_nobody_inside(cell: Cell) -> None:
    if os.geteuid() != 0 or launch.trial("own").reason:
        assert launch.best() != "none" or os.geteuid() != 0 or launch.trial("own").reason
        return
    told = cell.run(
        RUN + 'attempt("kept", lambda: Path(home, "x").touch())\n' + TELL, way="own", lacking="user-namespaces"
    )
    assert told["me"] == 65534
    assert told["groups"] == []
    assert told["kept"][0] == "done"
    assert "user" in told["layers"]
    assert (cell.home / "x").stat().st_uid == 65534
    assert "pid" not in told["layers"], "it could not give its forks one"


@pytest.mark.parametrize("way", launch.WAYS)
def test_an_ordinary_user_reaches_layers_too(ordinary: Cell, way: str) -> None:
    tried = ordinary.run(f"from training.analysis.sandbox import launch\ntell(reason=launch.trial({way!r}).reason)")
    if tried["reason"]:
        assert way != "none"
        return
    told = ordinary.run(RUN + 'attempt("kept", lambda: Path(home, "x").touch())\n' + TELL, way=way)
    assert told["kept"][0] == "done"
    assert {*ALWAYS, "user"} <= set(told["layers"])
    if way != "none":
        assert set(told["layers"]) >= NAMESPACES
        assert told["me"] == 65534


def test_root_that_nothing_encloses_gives_up_root_by_itself_where_nobody_can_work(cell: Cell) -> None:
    cell.home.parent.chmod(0o755)
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    alone = Cell(cell.home, cell.outside, python or cell.python)
    code = """
attempt("kept", lambda: Path(home, "x").touch())
attempt("back", lambda: c("setresuid", 0, 0, 0))
"""
    told = alone.run(RUN + code + TELL, way="none", lacking="namespaces,setns")
    assert told["kept"][0] == "done"
    assert ("user" in told["layers"]) == (told["me"] != 0)
    if os.geteuid() == 0 and python:
        assert told["me"] == 65534
        assert told["back"][0] == "EPERM"
        assert (cell.home / "x").stat().st_uid == 65534
