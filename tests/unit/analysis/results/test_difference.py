"""Two results of one plugin, compared by what their rows mean."""

from typing import Any

import pytest

from training.analysis import cards
from training.analysis.views import Material, difference
from training.analysis.views.difference import KEYS
from training.errors import Refused

PSLIST = {"OFFSET (V)": "hex", "PID": "int", "TID": "int", "COMM": "str", "UID": "int", "File output": "str"}
BEFORE = [(0x10, 1, 1, "init", 0, "a"), (0x20, 7, 7, "sh", 0, "a"), (0x30, 9, 9, "vi", 5, "a")]
AFTER = [(0x90, 1, 1, "init", 0, "b"), (0x80, 7, 7, "sh", 1001, "b"), (0x70, 10, 10, "nc", 0, "b")]


def test_rows_are_paired_by_what_they_mean(make: Any) -> None:
    left, right = (Material("linux.pslist", make(PSLIST, rows)) for rows in (BEFORE, AFTER))
    found = difference(left, right)
    assert found.key == ("PID", "TID", "COMM")
    assert found.compared == ("UID",)
    assert [row.n for row in found.left] == [2]
    assert [row.n for row in found.right] == [2]
    assert [(one.left.n, one.right.n, one.columns) for one in found.changed] == [(1, 1, ("UID",))]
    assert found.totals == (1, 1, 1, 1)
    assert found.cautions == ()


def test_addresses_are_compared_when_asked(make: Any) -> None:
    left, right = (Material("linux.pslist", make(PSLIST, rows)) for rows in (BEFORE, AFTER))
    assert difference(left, right, addresses=True).totals == (1, 1, 2, 0)
    assert difference(left, right, ["COMM"]).changed[0].columns == ("UID",)


def test_a_result_does_not_differ_from_itself(exhibit_materials: dict[str, Material]) -> None:
    for material in exhibit_materials.values():
        assert difference(material, material, addresses=True).totals == (0, 0, 0, material.result.rows)


def test_equal_keys_are_paired_in_their_order(make: Any) -> None:
    one = Material("linux.bash", make({"PID": "int", "CommandTime": "str", "Command": "str"}, [(1, "t", "ls")] * 3))
    two = Material("linux.bash", make({"PID": "int", "CommandTime": "str", "Command": "str"}, [(1, "t", "ls")] * 5))
    assert difference(one, two).totals == (0, 2, 0, 3)
    assert difference(two, one).totals == (2, 0, 0, 3)


def test_absence_is_compared_by_its_kind(make: Any) -> None:
    rows = [(0, 0, None, (1, None), {1: kind}) for kind in ("unreadable", "not applicable")]
    left, right = (Material("linux.kthreads", make({"TID": "int", "Symbol": "str"}, [row])) for row in rows)
    assert difference(left, right).totals == (0, 0, 1, 0)
    assert difference(left, left).totals == (0, 0, 0, 1)


def test_without_a_declared_key_every_stable_column_counts(make: Any) -> None:
    columns = {"Where": "hex", "What": "str", "File output": "str"}
    left, right = (Material("linux.own", make(columns, [(n, "x", str(n))])) for n in (1, 2))
    found = difference(left, right)
    assert (found.key, found.totals) == (("What",), (0, 0, 0, 1))
    left, right = (Material("linux.own", make({"Where": "hex"}, [(n,)])) for n in (1, 2))
    only = difference(left, right)
    assert (only.key, only.totals) == (("Where",), (1, 1, 0, 0))


def test_cautions(make: Any) -> None:
    left = Material("linux.pslist", make(PSLIST, BEFORE), complete=False)
    right = Material("linux.pslist", make(PSLIST, AFTER), options={"pid": [1]})
    assert len(difference(left, right).cautions) == 2


def test_what_can_not_be_compared(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = Material("linux.pslist", make(PSLIST, BEFORE)), Material("linux.psscan", make(PSLIST, AFTER))
    with pytest.raises(Refused, match="different things"):
        difference(left, right)
    with pytest.raises(Refused, match="no column 'SIZE'"):
        difference(left, left, ["SIZE"])
    monkeypatch.setitem(difference.__globals__, "LONGEST", 2)
    with pytest.raises(Refused, match="at most 2"):
        difference(left, left)


def test_keys_are_columns_of_offered_plugins() -> None:
    offered = cards.load()
    assert [name for name in KEYS if name not in offered] == []
    for name, key in KEYS.items():
        assert set(key) <= {column.name for column in offered.get(name).columns}, name
