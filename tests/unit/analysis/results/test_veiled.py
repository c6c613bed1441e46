"""Results as people see them: what is masked, what a mark says, and that nothing else says more."""

import json
from collections.abc import Sequence

import pytest

from tests.unit.analysis.results.conftest import Make
from training.analysis.results import Filter, Mark, Query, Result, Veil, Veiled, as_csv, as_jsonl, key_of
from training.errors import Refused

NONE, EMPTY = "aad3b435b51404eeaad3b435b51404ee", "31d6cfe0d16ae931b73c59d7e0c089c0"
FIRST, SECOND = "8846f7eaee8fb117ad06bdd830b7586c", "0cb6948805f797bf2a82807973b89537"
SECRETS = (FIRST, SECOND)
COLUMNS = {"User": "str", "rid": "int", "lmhash": "str", "nthash": "str"}
ROWS: Sequence[object] = (
    (0, 0, None, ("Administrator", 500, NONE, EMPTY), {}),
    (1, 0, None, ("first", 1001, NONE, FIRST), {}),
    (2, 0, None, ("svc.agent", 1002, NONE, FIRST), {}),
    (3, 0, None, ("second", 1003, NONE, SECOND), {}),
    (4, 0, None, ("gone", 1004, NONE, None), {3: "unreadable"}),
    (5, 0, None, ("blank", 1005, NONE, ""), {}),
)
MASKED = (
    "holds secrets, which are masked: rows can't be filtered or sorted by it. Whether there is a value can be asked."
)
CARD = {"lmhash": (NONE,), "nthash": (EMPTY,)}


VEIL = Veil(CARD, b"k" * 32)


def veiled(result: Result, key: bytes = b"k" * 32) -> Veiled:
    return Veiled(result, Veil(CARD, key))


@pytest.fixture(params=[False, True], ids=["short", "long"])
def both(request: pytest.FixtureRequest, make: Make) -> tuple[Result, Veiled]:
    plain = make(COLUMNS, ROWS, long=request.param)
    return plain, veiled(plain)


def test_secrets_are_masked_in_every_way_to_read_rows(both: tuple[Result, Veiled]) -> None:
    plain, shown = both
    ways = (
        list(shown),
        shown.page(),
        list(shown.select()),
        [shown.row(n) for n in range(6)],
        shown.all(),
        shown.tree(),
        list(shown.values("nthash")),
        "".join(as_csv(shown)),
        list(as_jsonl(shown)),
        [row.shown(shown.columns) for row in shown],
    )
    for way in ways:
        assert not any(one in repr(way) for one in SECRETS)
    assert all(one in repr(list(plain)) for one in SECRETS), "behind the veil they are there"
    assert plain.row(1).cells[3] == FIRST, "rows that are kept in memory are not masked by a look through the veil"
    assert shown.row(1).cells[3] != FIRST
    assert [type(row.cells[3]) is Mark for row in shown] == [False, True, True, True, False, False]


def test_equal_values_have_equal_marks_and_constants_stay(both: tuple[Result, Veiled]) -> None:
    _, shown = both
    marks = [row.cells[3] for row in shown]
    assert marks[1] == marks[2]
    assert marks[1] != marks[3]
    assert marks[0] == EMPTY
    assert marks[4:] == [None, ""], "what holds nothing is not masked"
    assert {row.cells[2] for row in shown} == {NONE}
    assert marks[1].startswith("••••-")
    assert len(marks[1]) == len("••••-123456")
    assert [row.shown(shown.columns)[3] for row in shown][4] == "unreadable"


def test_marks_of_two_exhibits_and_of_two_installations_differ(make: Make) -> None:
    plain = make(COLUMNS, ROWS)
    keys = {key_of(secret, exhibit) for secret in ("one", "two") for exhibit in ("a" * 64, "b" * 64)}
    assert len({veiled(plain, key).row(1).cells[3] for key in keys}) == len(keys) == 4


@pytest.mark.parametrize(
    "query",
    [
        Query((Filter(FIRST[:4], "nthash", operator="starts"),)),
        Query((Filter(FIRST, "nthash", operator="is", exclude=True),)),
        Query((Filter("8", "nthash"), Filter("Administrator", "User")), any=True),
        Query((Filter("1", "nthash", operator=">"),)),
        Query(sort="nthash"),
        Query(sort="lmhash", descending=True),
    ],
)
def test_nothing_is_asked_of_a_secret_column(both: tuple[Result, Veiled], query: Query) -> None:
    plain, shown = both
    assert plain.count(query) >= 0
    for ask in (
        lambda: shown.count(query),
        lambda: shown.page(query),
        lambda: list(shown.select(query)),
        lambda: shown.position(1, query),
    ):
        with pytest.raises(Refused) as bad:
            ask()
        assert (bad.value.field, str(bad.value).partition(" ")[2]) == ("column", MASKED)


def test_a_search_in_all_columns_leaves_the_secret_ones_out(both: tuple[Result, Veiled]) -> None:
    plain, shown = both
    for query in (Query(text=FIRST[:6]), Query((Filter(FIRST[:6]),))):
        assert (plain.count(query), shown.count(query)) == (2, 0)
    left = Query((Filter(FIRST[:6], exclude=True),))
    assert (plain.count(left), shown.count(left)) == (4, 6)
    assert shown.count(Query(text="svc")) == 1
    assert shown.count(Query((Filter("", "nthash", operator="absent"),))) == plain.count(
        Query((Filter("", "nthash", operator="absent"),))
    )
    assert shown.page(Query(sort="rid", descending=True))[0].cells[0] == "blank"


def test_an_export_keeps_the_kind_of_absence(both: tuple[Result, Veiled]) -> None:
    _, shown = both
    lines = [json.loads(line) for line in as_jsonl(shown)]
    assert lines[4]["absent"] == {"nthash": "unreadable"}
    assert lines[1]["nthash"] == lines[2]["nthash"] == shown.row(1).cells[3]


def test_a_word_that_stands_for_absence_is_not_masked(make: Make) -> None:
    rows = [(0, 0, None, ("gone", 1, NONE, "N/A"), {3: "not available"}), (1, 0, None, ("x", 2, NONE, "N/A"), {})]
    shown = veiled(make(COLUMNS, rows))
    assert [row.cells[3] for row in shown] == ["N/A", VEIL.cell("nthash", "N/A")]
    assert [row.shown(shown.columns)[3] for row in shown] == ["not available", VEIL.cell("nthash", "N/A")]
