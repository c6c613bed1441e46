"""Parts of the key language by themselves: names that are near, functions that are registered, values that are odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.unit.grading.test_keys import ROWS
from training.grading.keys import data
from training.grading.keys.calls import FUNCTIONS, Function, Scene, function
from training.grading.keys.expression import Expression
from training.grading.keys.parser import parse
from training.grading.keys.syntax import (
    Binary,
    Call,
    Const,
    Field,
    Filter,
    KeyProblem,
    Name,
    Query,
    Rows,
    Unary,
    nearest,
)
from training.grading.keys.tokens import Token, tokens

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TWENTY = [f"column {number:02}" for number in range(20)]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("pid", ["PID", "PPID"], "; nearest: PID"),
        ("PID", ["Pid", "pid", "PIDS", "PPID"], "; nearest: Pid, pid"),
        ("Pid", ["PIDs", "pid", "Pids", "Pidx"], "; nearest: pid, Pidx"),
        ("start", ["stort", "stars", "starts"], "; nearest: starts, stort"),
        ("zzz", [], ""),
        ("zzz", ["a"], "; there are: a"),
        ("zzz", ["b", "a", "b"], "; there are: a, b"),
        ("zzz", TWENTY, "; there are: " + ", ".join(TWENTY)),
        ("zzz", [*TWENTY, "column 20"], ""),
        ("a" * 101, ["a" * 43], f"; nearest: {'a' * 43}"),
        ("a" * 101, ["a" * 42], f"; there are: {'a' * 42}"),
    ],
)
def test_names_that_are_near_or_few_are_told(name: str, known: list[str], said: str) -> None:
    assert nearest(name, known) == said


def test_a_function_is_registered_with_all_that_is_known_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Function] = {}
    monkeypatch.setattr("training.grading.keys.calls.FUNCTIONS", made)

    def body(scene: Scene, given: list[data.Data]) -> data.Data:
        return [scene.at, *given]

    assert function("one", "one(1) = 1", 1)(body) is body
    assert function("many", "many(1, 2) = 1", 2, 5)(body) is body
    assert made == {"one": Function("one(1) = 1", 1, 1, body), "many": Function("many(1, 2) = 1", 2, 5, body)}
    assert "one" not in FUNCTIONS


@pytest.mark.parametrize(
    ("text", "known", "row", "reason", "at"),
    [
        ("count(q2)", {"q1"}, False, "nothing is named 'q2' here; there are: q1", 7),
        ("1 + .PID", {"q1"}, False, "a column without rows: it belongs in a filter", 5),
        ('rows("p")[X = 1].Y = q2', {"q1"}, False, "nothing is named 'q2' here; there are: q1", 22),
        ("q2[X = 1]", {"q1"}, False, "nothing is named 'q2' here; there are: q1", 1),
        ("q2.X", {"q1"}, False, "nothing is named 'q2' here; there are: q1", 1),
        ("not q2", {"q1"}, False, "nothing is named 'q2' here; there are: q1", 5),
        ('rows("p")[X = 1 and Y in q2[Z = 1].A]', {"q1"}, False, None, 0),
        ('rows("p")[not X or count(list(Y)) = 1 or .Z = 2]', (), False, None, 0),
        ("X = q2 and .Y = 1", {"q1"}, True, None, 0),
        ("q1[X = 1].Y", {"q1"}, False, None, 0),
    ],
)
def test_names_are_checked_where_they_stand(
    text: str,
    known: Any,
    row: bool,  # noqa: FBT001 - as above
    reason: str | None,
    at: int,
) -> None:
    expression = Expression.parse(text)
    if reason is None:
        expression.check(known, row=row)
        return
    with pytest.raises(KeyProblem) as caught:
        expression.check(known, row=row)
    assert (caught.value.reason, caught.value.at) == (reason, at)


ODD = {"a": b"x"}
"""A row with a cell that the language does not know."""


@pytest.mark.parametrize(
    ("text", "given", "reason", "at"),
    [
        ("odd.a", {"odd": ODD}, "a bytes is no value of the key language", 4),
        ("1 + odd.a", {"odd": ODD}, "a bytes is no value of the key language", 8),
        ("q1 = odd", {"q1": {"a": 1}, "odd": ODD}, "a bytes is no value of the key language", 4),
        ("odd = q1", {"q1": {"a": 1}, "odd": ODD}, "a bytes is no value of the key language", 5),
        ("q1 = odd", {"q1": {"a": 1}, "odd": {"a": {"b": b"x"}}}, "a bytes is no value of the key language", 4),
        ("q1 in named", {"q1": {"a": 1}, "named": [ODD]}, "a bytes is no value of the key language", 0),
        ("odd in named", {"odd": ODD, "named": [{"a": 1}]}, "a bytes is no value of the key language", 5),
        ("q1 in list(odd)", {"q1": {"a": 1}, "odd": ODD}, "a bytes is no value of the key language", 4),
        ("odd in list(q1)", {"q1": {"a": 1}, "odd": ODD}, "a bytes is no value of the key language", 5),
        ("1 + uniq(list(odd))", {"odd": ODD}, "a bytes is no value of the key language", 5),
        ("1 + modal(list(odd))", {"odd": ODD}, "a bytes is no value of the key language", 5),
        ("1 + position(list(odd), q1)", {"odd": ODD, "q1": 1}, "a bytes is no value of the key language", 5),
        ("1 + position(list(q1), odd)", {"odd": ODD, "q1": 1}, "a bytes is no value of the key language", 5),
        ("1 + first(list(odd, odd) by b)", {"odd": ODD | {"b": 1}}, "a bytes is no value of the key language", 5),
        ("1 + first(list(odd) by a)", {"odd": ODD}, "a bytes is no value of the key language", 5),
        ("list(odd).a", {"odd": ODD}, "a bytes is no value of the key language", 10),
        ("list(odd)[a = 1]", {"odd": ODD}, "a bytes is no value of the key language", 11),
        ("list(list(odd)) = list(list(odd))", {"odd": ODD}, "a bytes is no value of the key language", 17),
        ("odd", {"odd": [1, [b"x"]]}, "a bytes is no value of the key language", 0),
        ("odd.a", {"odd": {"a": [1, [b"x"]]}}, "a bytes is no value of the key language", 4),
        ("x in named", {"x": 1, "named": ["a"]},
         "a text is compared with a number; text() and number() turn one into the other", 3),
        ("x - -x", {"x": 1e308}, "a float is no value of the key language", 3),
        ("- x - x", {"x": 1e308}, "a float is no value of the key language", 5),
        ("1 + text(x)", {"x": 10**5000}, "the number has too many digits", 5),
        ("time(0) + x", {"x": 1e308}, "the result is out of range", 9),
        ("1 + time(x)", {"x": 1e308}, "there is no such time", 5),
    ],
)  # fmt: skip
def test_what_the_language_does_not_know_is_told_at_its_place(
    text: str, given: dict[str, Any], reason: str, at: int
) -> None:
    with pytest.raises(KeyProblem) as caught:
        Expression.parse(text).evaluate(given, {})
    assert (caught.value.reason, caught.value.at) == (reason, at)


@pytest.mark.parametrize(
    ("text", "given", "result"),
    [
        ("q1[count(sub[a = 1]) = 1].b", {"q1": [{"sub": [{"a": 1}], "b": 2}, {"sub": [], "b": 3}]}, [2]),
        ("q1[-a < 0].a", {"q1": [{"a": 1}, {"a": -1}]}, [1]),
        ("q1[a + b = 3].a", {"q1": [{"a": 1, "b": 2}, {"a": 1, "b": 3}]}, [1]),
        ("q1[a in list(1, b)].b", {"q1": [{"a": 5, "b": 5}, {"a": 5, "b": 6}]}, [5]),
        ("q1[sub.x = list(1)].b", {"q1": [{"sub": [{"x": 1}], "b": 2}]}, [2]),
        ("q1[.a in named].b", {"q1": [{"a": 5, "b": 5}, {"a": 7, "b": 6}], "named": [7, 8]}, [6]),
        ("q1[a in b].a", {"q1": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [1]}]}, [1]),
        ("first(q1 by a).b", {"q1": [{"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 3, "b": 4}]}, 2),
        ("last(q1 by a).b", {"q1": [{"a": 1, "b": 2}, {"a": 3, "b": 4}, {"a": 3, "b": 4}]}, 4),
        ("first(q1 by a).b", {"q1": [{"a": None, "b": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 3}]}, 3),
        ("q1[a = 1].c", {"q1": [{"a": 1}, {"a": 2, "c": 3}]}, None),
        ("q1.c", {"q1": [{"a": 1}, {"a": 2, "c": 3}]}, [None, 3]),
        ("x in named", {"x": "a", "named": ["b", "a"]}, True),
        ("x in named", {"x": None, "named": [1]}, False),
        ("x in named", {"x": 1, "named": []}, False),
        ("x in named", {"x": 1, "named": [None, 1]}, True),
        ("x in named", {"x": {"a": 1}, "named": [{"a": 2}, {"a": 1}]}, True),
        ("x in named", {"x": "2026-03-10T13:00:00+01:00", "named": ["2026-03-10T12:00:00Z"]}, True),
        ("x = y", {"x": {"a": 1, "b": 2}, "y": {"b": 2, "a": 1}}, True),
        ("x = y", {"x": {"a": 1}, "y": {"a": 1, "b": 2}}, False),
        ("x = y", {"x": {"a": 1}, "y": {"a": "1"}}, False),
        ("x = y", {"x": [1, "a", None], "y": [1, "a", None]}, True),
        ("x = y", {"x": 1, "y": 1.0}, True),
        ("x", {"x": NOON.astimezone(timezone(timedelta(hours=2)))}, NOON),
        ("x", {"x": ("a", 1, (True,))}, ["a", 1, [True]]),
        ("x", {"x": ""}, ""),
    ],
)
def test_names_columns_and_lists_stand_within_each_other(text: str, given: dict[str, Any], result: object) -> None:
    if result is None:
        with pytest.raises(KeyProblem, match="no column is named 'c'"):
            Expression.parse(text).evaluate(given, {})
        return
    found = Expression.parse(text).evaluate(given, {})
    assert (type(found), found) == (type(result), result)


def test_a_named_list_is_looked_up_and_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition may be asked of many rows: the list costs nothing for each of them."""
    monkeypatch.setattr(data, "MOST_STEPS", 3)
    assert Expression.parse("x in named").evaluate({"x": 7, "named": list(range(1_000))}, {}) is True
    with pytest.raises(KeyProblem, match="more steps"):
        Expression.parse("x in deep.list").evaluate({"x": 7, "deep": {"list": list(range(1_000))}}, {})


def test_a_condition_that_asks_for_rows_is_not_true_of_one_row() -> None:
    assert Expression.parse('PID in rows("p").PID').holds({}, {"PID": 1}) is False
    assert Expression.parse("PID = 1").holds(data.Names({}), {"PID": 1}) is True
    assert Expression.parse("X = 1 or PID = 1").holds({"X": 2}, {"PID": 1}) is True
    assert Expression.parse("q1").evaluate({}, ROWS, row={"q1": 5}) == 5


def test_the_tree_of_an_expression() -> None:
    at = {"f": (0, 2), "first": (1, 1), "last": (1, 1)}
    assert parse(
        'not a.b[c = -1 or "x" in .d] and first(e by "F G") != rows("p", z=0x1F, y="t", x=null)', at
    ) == Binary(
        30,
        "and",
        Unary(
            1,
            "not",
            Filter(
                8,
                Field(6, Name(5, "a"), "b"),
                Binary(
                    16,
                    "or",
                    Binary(11, "=", Name(9, "c"), Unary(13, "-", Const(14, 1))),
                    Binary(23, "in", Const(19, "x"), Field(26, None, "d")),
                ),
            ),
        ),
        Binary(
            52,
            "!=",
            Call(34, "first", (Name(40, "e"),), "F G"),
            Rows(55, Query("p", (("x", None), ("y", "t"), ("z", 31)))),
        ),
    )
    assert parse('f(1 + 2 - 3, lines("m"))', at) == Call(
        1,
        "f",
        (
            Binary(9, "-", Binary(5, "+", Const(3, 1), Const(7, 2)), Const(11, 3)),
            Rows(14, Query("m", (), material=True)),
        ),
    )
    assert parse("last(a by true).and", at) == Field(16, Call(1, "last", (Name(6, "a"),), "true"), "and")
    assert parse('rows("p", by=true, on=false)', at) == Rows(1, Query("p", (("by", True), ("on", False))))
    assert parse("true or not not false", at) == Binary(
        6, "or", Const(1, value=True), Unary(9, "not", Unary(13, "not", Const(17, value=False)))
    )
    assert str(Query("p", (("a", 1), ("b", None)))) == "p a=1 b=None"
    assert str(Query("p")) == "p"


def test_the_tokens_of_an_expression() -> None:
    assert tokens(' a_1<=0xF!="\\n\\t\\\\\\"\\\'" [not]by.') == [
        Token("name", "a_1", 2),
        Token("sign", "<=", 5),
        Token("number", "0xF", 7),
        Token("sign", "!=", 10),
        Token("text", "\n\t\\\"'", 12),
        Token("sign", "[", 25),
        Token("keyword", "not", 26),
        Token("sign", "]", 29),
        Token("keyword", "by", 30),
        Token("sign", ".", 32),
        Token("end", "the end", 33),
    ]
    assert tokens("") == [Token("end", "the end", 1)]
    assert [one.kind for one in tokens("and or not in has starts ends by true false null")] == [
        *["keyword"] * 11,
        "end",
    ]
    assert [one.kind for one in tokens("And nots ANY")] == ["name"] * 3 + ["end"]
    with pytest.raises(KeyProblem) as caught:
        tokens('q1 + "a\\\nb"')
    told = "'\\\n' is no escape; there are \\n \\t \\\\ \\' \\\""
    assert (caught.value.reason, caught.value.at) == (told, 6)


def test_a_column_by_itself_is_one_level() -> None:
    assert isinstance(parse(".X" + "+1" * 99, {}), Binary)
    with pytest.raises(KeyProblem, match="more than 100 levels deep"):
        parse(".X" + "+1" * 100, {})


def test_values_go_back_to_json() -> None:
    value: Any = [NOON, {"t": "2026-03-10T13:00:00+01:00", "l": [NOON, None]}, 1, 1.5, True, None, "a"]
    assert data.plain(value) == [
        "2026-03-10T12:00:00Z",
        {"t": "2026-03-10T12:00:00Z", "l": ["2026-03-10T12:00:00Z", None]},
        1,
        1.5,
        True,
        None,
        "a",
    ]
    sizes: list[Any] = [1, "abc", None, NOON, [], [1, 2], {"a": 1, "b": [1, 2, 3]}, [[1], [2, {"a": 1}]]]
    assert [data.size(one) for one in sizes] == [1, 1, 1, 1, 0, 2, 2, 3]
    kinds: list[Any] = [None, True, 1, 1.5, "a", NOON, [], {}]
    assert [data.kind(one) for one in kinds] == [
        "nothing (null)", "a truth value", "a number", "a number", "a text", "a time", "a list", "a row",
    ]  # fmt: skip
    assert data.columns_of([{"a": 1}, {"b": 2, "a": 3}, 7]) == {"a", "b"}
    assert data.Names({"a": 1}).members("a") is None
    assert data.Names({"a": [1, "b"]}).members("a") is None
    assert data.Names({"a": [2, 1]}).members("a") == (2, frozenset({("a number", 2), ("a number", 1)}))


class Text(str):
    """A text of another class, as a parser of files may give it."""

    __slots__ = ()


def test_a_kind_holds_for_what_descends_from_it() -> None:
    assert data.kind(Text("a")) == "a text"
    assert data.kind(data.Names({"a": 1})) == "a row"
    assert data.frozen(Text("a"), 0) == ("a text", "a")
