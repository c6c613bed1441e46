"""Our own timeline against what each plugin itself tells, and against what happened."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .client import ROOT, Said, Warm
from .conftest import Broken, Files

TELL = """
import json, sys, warnings
from pathlib import Path
from training.analysis.volatility.bench import forks
warnings.simplefilter("ignore")
image, symbols, *names = sys.argv[1:]
forks.prepare(Path(symbols))
import volatility3.symbols
from volatility3 import framework
from volatility3.framework import automagic, constants, contexts, interfaces, plugins
from volatility3.framework.automagic import stacker
constants.OFFLINE = True
volatility3.symbols.__path__ = [symbols, *constants.SYMBOL_BASEPATHS]
for name in names:
    context = contexts.Context()
    magics = automagic.available(context)
    cls = framework.list_plugins()[name]
    context.config["automagic.LayerStacker.single_location"] = "file://" + image
    context.config["automagic.LayerStacker.stackers"] = stacker.choose_os_stackers(cls)
    chosen = automagic.choose_automagic(magics, cls)
    plugin = plugins.construct_plugin(context, chosen, cls, "plugins", None, None)
    for item, kind, time in plugin.generate_timeline():
        absent = isinstance(time, interfaces.renderers.BaseAbsentValue)
        print(json.dumps([name, item, kind.name, None if absent else time.isoformat()]))
"""
CLASSES = {
    "linux.bash": "linux.bash.Bash",
    "linux.boottime": "linux.boottime.Boottime",
    "linux.pslist": "linux.pslist.PsList",
    "linux.pagecache.Files": "linux.pagecache.Files",
}
KINDS = ("CREATED", "MODIFIED", "ACCESSED", "CHANGED")


@pytest.fixture(scope="module")
def whole(warm: Warm) -> Said:
    return warm.run("engram.timeline")


@pytest.fixture(scope="module")
def truth(files: Files) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((files.image.parent / "truth.json").read_bytes())
    return known


def _cells(said: Said, plugin: str) -> list[list[Any]]:
    return [row["cells"][1:] for row in said.rows if row["cells"][0] == plugin]


def test_it_is_whole_and_in_the_order_of_the_plugins(whole: Said) -> None:
    assert (whole.end["end"], whole.end["reason"]) == ("complete", None)
    assert whole.header is not None
    assert [column["name"] for column in whole.header["columns"]][:3] == ["Plugin", "Description", "Created Date"]
    assert {column["type"] for column in whole.header["columns"][2:]} == {"datetime"}
    plugins = list(dict.fromkeys(row["cells"][0] for row in whole.rows))
    assert plugins == sorted(plugins)
    assert set(CLASSES) <= set(plugins)
    assert {kind for row in whole.rows for kind in row["absent"].values()} <= {"not applicable", "not available"}


def test_it_says_what_each_plugin_tells_alone(whole: Said, files: Files, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELL, str(files.image), str(files.symbols), *CLASSES.values()],
        cwd=ROOT, env={"XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin"}, capture_output=True, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for plugin, cls in CLASSES.items():
        theirs = [tuple(record[1:]) for record in told if record[0] == cls]
        times = [
            (item, kind, time)
            for item, *row in _cells(whole, plugin)
            for kind, time in zip(KINDS, row, strict=True)
            if time is not None
        ]
        assert theirs
        assert sorted(times) == sorted(record for record in theirs if record[2] is not None)


def test_it_agrees_with_what_happened(whole: Said, truth: dict[str, Any]) -> None:
    offset = dt.timedelta(seconds=1)
    boots = [dt.datetime.fromisoformat(row[1]) for row in _cells(whole, "linux.boottime")]
    assert all(abs(boot - dt.datetime.fromisoformat(truth["booted"])) <= offset for boot in boots)
    modified = {item: row[1] for item, *row in _cells(whole, "linux.pagecache.Files")}
    checked = 0
    for file in truth["files"]:
        for item, time in modified.items():
            if file["present"] and file["path"] in item and time is not None:
                assert abs(dt.datetime.fromisoformat(time) - dt.datetime.fromisoformat(file["modified"])) <= offset
                checked += 1
    assert checked >= 3
    typed = {
        line["text"]: line["seconds"] for shell in truth["shells"] if shell["comm"] == "bash" for line in shell["typed"]
    }
    commands = [(item, row[0]) for item, *row in _cells(whole, "linux.bash")]
    for text, seconds in typed.items():
        assert any(text in item and dt.datetime.fromisoformat(time).timestamp() == seconds for item, time in commands)
    different = {tuple(row[1:]) for row in _cells(whole, "linux.pagecache.Files")}
    assert len(different) > 20  # Volatility's own timeliner gives every row the times of the last one


def test_chosen_plugins(warm: Warm, whole: Said) -> None:
    said = warm.run("engram.timeline", {"plugins": ["linux.bash"]})
    assert said.end["end"] == "complete"
    assert [row["cells"] for row in said.rows] == [
        row["cells"] for row in whole.rows if row["cells"][0] == "linux.bash"
    ]
    other = warm.run("engram.timeline", {"plugins": ["windows.pslist"]})
    assert other.end["end"] == "failed"
    assert "windows.pslist" in other.end["reason"]


BROKEN = """
import datetime, os, time
from volatility3.plugins import timeliner
def other(self):
    yield "begun", timeliner.TimeLinerType.CREATED, datetime.datetime(2026, 1, 1)
    {body}
loaded.classes["linux.boottime.Boottime"].generate_timeline = other
"""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise AttributeError('broken on purpose')", "the plugin broke off with AttributeError: broken on purpose"),
        ("os.abort()", "it was ended (SIGABRT)"),
        ("kept = bytearray(2**29); time.sleep(5)", "it took more memory than a run may"),
    ],
)
def test_a_plugin_that_breaks_off_is_named(broken: Broken, whole: Said, body: str, reason: str) -> None:
    plugins = {"plugins": ["linux.bash", "linux.boottime"]}
    said = broken(BROKEN.format(body=body)).run("engram.timeline", plugins, limits={"memory": 2**29})
    assert said.end["end"] == "partial"
    assert f"times are missing: linux.boottime: {reason}" in said.end["reason"]
    assert _cells(said, "linux.bash") == _cells(whole, "linux.bash")
