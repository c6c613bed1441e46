"""Stock plugins show of a written machine what was planned, row by row; and the comparison misses nothing."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.forge.windows.every import every
from training.forge.windows import expect, forge, symbols
from training.forge.windows.expect.table import Expected
from training.forge.windows.expect.table import expect as table
from training.operating.bench import windows


@pytest.fixture(scope="module")
def compared() -> list[windows.Compared]:
    return list(windows.compare(forge(every("19041"))))


def test_every_row_is_one_that_was_planned_and_none_is_missing(compared: list[windows.Compared]) -> None:
    assert [line for each in compared for line in each.told] == []


def test_enough_plugins_are_compared_and_most_have_rows(compared: list[windows.Compared]) -> None:
    plugins = {each.command.partition(" ")[0]: each for each in compared}
    assert len(plugins) >= windows.PLUGINS
    assert sum(1 for each in plugins.values() if each.planned) >= windows.PLUGINS
    assert sum(each.shown for each in compared) > 4_000


REFERENCE = os.environ.get("ENGRAM_REFERENCE", "")
GENUINE = {
    symbols.KERNEL: symbols.Identity(symbols.KERNEL, "606FF669409B00F7FC8C61A9C1670129"),
    symbols.TCPIP: symbols.Identity(symbols.TCPIP, "D85BA7EDFCAFAA23F22A88D7E2549D86"),
}
LESS = {"windows.driverirp", "windows.debugregisters"}
"""The reference was cut: it names no routine that refuses requests, and lacks the type that holds debug registers."""


class TestWithTheReference:
    """Where ENGRAM_REFERENCE names the folder that holds independent symbols; elsewhere nothing can be read so."""

    __test__ = bool(REFERENCE)

    def test_independent_symbols_show_what_was_planned(self) -> None:
        forged = forge(every("19041"), GENUINE)
        folder = Path(REFERENCE) / "windows_forge" / "reference-symbols" / "windows"
        files = {pdb: folder / pdb / f"{named.guid}-{named.age}.json.xz" for pdb, named in GENUINE.items()}
        independent = replace(forged, symbols={pdb: file.read_bytes() for pdb, file in files.items()})
        wrong = {each.command: each.told for each in windows.compare(independent) if each.told}
        assert set(wrong) == LESS, wrong


def rows(*cells: tuple[object, ...]) -> list[dict[str, object]]:
    return [{"n": number, "depth": 0, "PID": pid, "Name": name} for number, (pid, name) in enumerate(cells)]


BOTH = table(("PID", "Name"), [(4, "System"), (92, "Registry")])


def test_the_same_rows_in_another_order_do_not_differ() -> None:
    assert expect.compare(BOTH, rows((92, "Registry"), (4, "System"))) == []


@pytest.mark.parametrize(
    ("given", "differences"),
    [
        (rows((4, "System")), [((92, "Registry"), None, ())]),
        (rows((4, "System"), (92, "Registry"), (1, "x")), [(None, (1, "x"), ())]),
        (rows((4, "System"), (92, "Registrx")), [((92, "Registry"), (92, "Registrx"), ("Name",))]),
        (rows((4, "System"), (4, "System"), (92, "Registry")), [(None, (4, "System"), ())]),
        ([], [((4, "System"), None, ()), ((92, "Registry"), None, ())]),
    ],
)
def test_what_is_missing_further_or_changed_is_told(given: list[dict[str, object]], differences: list[object]) -> None:
    found = expect.compare(BOTH, given)
    assert [(each.wanted, each.got, each.columns) for each in found] == differences


def test_a_column_that_nobody_speaks_of_is_a_difference() -> None:
    given = [{**row, "New": 1} for row in rows((4, "System"), (92, "Registry"))]
    assert [each.columns for each in expect.compare(BOTH, given)] == [("New",), ("New",)]
    left_out = table(("PID", "Name"), BOTH.rows, left_out={"New": "it is drawn"})
    assert expect.compare(left_out, given) == []


def test_a_depth_where_no_tree_is_expected_is_a_difference() -> None:
    given = [{**row, "depth": number} for number, row in enumerate(rows((4, "System"), (92, "Registry")))]
    assert expect.compare(BOTH, given) != []
    tree = table(("depth", "PID", "Name"), [(0, 4, "System"), (1, 92, "Registry")])
    assert expect.compare(tree, given) == []


def test_some_rows_are_set_aside_some_blurred_and_some_may_lack() -> None:
    aside = table(("PID", "Name"), [(4, "System")], aside={("Name", "Registry"): "it differs from reader to reader"})
    assert expect.compare(aside, rows((4, "System"), (92, "Registry"))) == []
    blurred = table(("PID", "Name"), [(4, None)], blur=lambda row: (row[0], None))
    assert expect.compare(blurred, rows((4, "System"))) == []
    lacking = table(("PID", "Name"), BOTH.rows, may_lack="the reader leaves out what it knows")
    assert expect.compare(lacking, rows((4, "System"))) == []
    assert [each.got for each in expect.compare(lacking, rows((1, "x")))] == [(1, "x")]


def test_rows_are_counted_where_nothing_of_them_is_known() -> None:
    two = Expected((), ((), ()), {"PID": "drawn", "Name": "drawn"})
    assert expect.compare(two, rows((4, "System"), (92, "Registry"))) == []
    assert len(expect.compare(two, rows((4, "System")))) == 1
