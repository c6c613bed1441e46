"""What a result gives without a query: cells with a value, columns that never change, pages, always the file of now."""

from pathlib import Path

from tests.unit.analysis.results.conftest import Make, write
from training.analysis.cards import Column
from training.analysis.results import Result


def test_a_page_has_at_most_a_thousand_rows(make: Make) -> None:
    result = make({"PID": "int"}, [(n,) for n in range(1_002)])
    assert [row.n for row in result.page(limit=5_000)] == list(range(1_000))
    assert [row.n for row in result.page(offset=1_000, limit=5_000)] == [1_000, 1_001]


def test_columns_that_never_change_are_known_from_two_rows_on(make: Make) -> None:
    columns = {"PID": "int", "Name": "str"}
    assert make(columns, [(1, "init"), (2, "init")]).constant == {"Name"}
    assert make(columns, [(1, "init")]).constant == frozenset(), "one row says nothing about change"
    assert make(columns, []).constant == frozenset()


def test_a_cell_that_could_not_be_read_has_no_value(make: Make) -> None:
    rows = [(0, 0, None, (1,), {}), (1, 0, None, (2,), {0: "unreadable"}), (2, 0, None, (None,), {0: "unreadable"})]
    assert list(make({"PID": "int"}, rows).values("PID")) == [(0, 1)]


def test_a_result_that_was_made_anew_is_read_anew(tmp_path: Path) -> None:
    columns, place = [Column("Name", "str")], tmp_path / "result.db"
    write(place, columns, [(0, 0, None, ("old",), {})], long=False)
    with Result.open(place) as result:
        assert result.row(0).cells == ("old",)
    size = place.stat().st_size
    write(tmp_path / "draft.db", columns, [(0, 0, None, ("new",), {})], long=False).replace(place)
    assert place.stat().st_size == size
    with Result.open(place) as result:
        assert result.row(0).cells == ("new",)
