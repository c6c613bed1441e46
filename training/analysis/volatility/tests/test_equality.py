"""Rows of ours against rows of the command line. The whole set is `python app.py bench equality`."""

from typing import Any

import pytest

from training.analysis import cards as plugin_cards
from training.analysis.command import parse
from training.analysis.volatility import bench

from .conftest import Files

pytestmark = pytest.mark.timeout(900)  # twelve programs, and the command line is slow

SAMPLE = (
    "linux.pstree",  # nested
    "linux.kmsg",  # texts
    "linux.sockstat",  # absent values
    "linux.malware.malfind --hexdump-size 128",  # bytes, disassembly
    "linux.pagecache.Files --type REG",  # times
    "linux.psscan",  # a scan
)


@pytest.fixture(scope="module")
def compared(files: Files) -> list[dict[str, Any]]:
    return list(bench.equality(files.image, files.symbols, [parse(text) for text in SAMPLE]))


@pytest.mark.parametrize("number", range(len(SAMPLE)), ids=SAMPLE)
def test_stored_rows_equal_the_command_line(compared: list[dict[str, Any]], number: int) -> None:
    record = compared[number]
    assert record["metric"].startswith(SAMPLE[number])
    assert record["ok"], record
    assert record["value"] == 0


def test_the_sample_is_summed_up(compared: list[dict[str, Any]]) -> None:
    equal = compared[len(SAMPLE)]
    assert (equal["value"], equal["bar"], equal["ok"]) == (len(SAMPLE), len(SAMPLE), True)


def test_the_comparison_finds_differences() -> None:
    one = [{"PID": 1, "__children": [{"PID": 2, "__children": []}]}, {"PID": 3, "__children": []}]
    assert bench.differing(one, one) == 0
    assert bench.differing([], []) == 0
    assert bench.differing(one, one[:1]) == 1
    assert (
        bench.differing(one, [{"PID": 1, "__children": []}, {"PID": 2, "__children": []}, {"PID": 3, "__children": []}])
        == 1
    )
    assert bench.differing(one, [{"PID": True, "__children": []}, *one]) == 4
    assert bench.differing(None, []) == -1
    assert bench.differing(None, None) == 0


def test_the_whole_set_has_every_plugin() -> None:
    plugins = {command.plugin for command in bench.commands()}
    assert len(plugins) == len(plugin_cards.load())
    assert len(bench.commands()) > len(plugins)
