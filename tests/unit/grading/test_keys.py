from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.grading.keys import data
from training.grading.keys.expression import Expression
from training.grading.keys.functions import FUNCTIONS
from training.grading.keys.syntax import KeyProblem, Query

ROWS: dict[Query, list[dict[str, Any]]] = {
    Query("p"): [
        {"PID": 1, "PPID": 0, "ARGS": "init", "MADE AT": "2026-03-10T12:00:00+00:00", "Hot": False},
        {"PID": 2, "PPID": 0, "ARGS": "[kthreadd]", "MADE AT": "2026-03-10T12:00:00+00:00", "Hot": False},
        {"PID": 17, "PPID": 2, "ARGS": "[kworker/0:1]", "MADE AT": None, "Hot": False},
        {
            "PID": 145,
            "PPID": 1,
            "ARGS": "[kworker/2:1]",
            "MADE AT": "2026-03-10T12:09:30+00:00",
            "Hot": True,
            "Note": "x",
        },
    ],
    Query("maps", (("pid", 145),)): [{"Path": "/a"}],
    Query("none"): [],
    Query("log", material=True): [{"number": 1, "text": "hash: ab", "port": "80"}],
}
GIVEN: dict[str, Any] = {
    "truth": {
        "actor": {"pid": 145, "made": "2026-03-10T12:09:30Z"},
        "tasks": [{"pid": 1, "tags": ["a"]}, {"pid": 145, "tags": []}],
        "ratio": 1.5,
    },
    "q1": 145,
    "key": "a",
}


def value(text: str) -> Any:
    return Expression.parse(text).evaluate(GIVEN, ROWS)


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('the(rows("p")[ARGS starts "[kworker" and PPID != 2].PID)', 145),
        ('rows("p").PID', [1, 2, 17, 145]),
        ('the(lines("log")[number(port) = 80].number)', 1),
        ('after(the(lines("log").text), ": ")', "ab"),
        ('upto("ab", "/")', "ab"),
        ("sum(list())", 0),
        ("quotient(0 - 3, 2)", -2),
        ("quotient(134217728, 1048576)", 128),
        ('count(rows("p"))', 4),
        ('rows("maps", pid=145).Path', ["/a"]),
        ('rows("p")[."MADE AT" = time("2026-03-10T12:00:00Z")].PID', [1, 2]),
        ("rows('p')[.'MADE AT' > time(0)].PID", [1, 2, 145]),
        ('rows("p")[."MADE AT" = null].PID', [17]),
        ('rows("p")[."MADE AT" != null and not Hot].PID', [1, 2]),
        ('rows("p")[Note = "x"].PID', [145]),
        ('rows("p")[Hot = true].PID', [145]),
        ('rows("p")[PID in list(1, 17)].PID', [1, 17]),
        ('rows("p")[PID in rows("p")[PPID = 0].PID].PID', [1, 2]),
        ('rows("p")[PID < 17 or PID >= 145].PID', [1, 2, 145]),
        ('rows("p")[PID <= 17][PID > 1].PID', [2, 17]),
        ('rows("p")[ARGS ends "1]"].PID', [17, 145]),
        ('rows("p")[ARGS has "kthread" and (PID = q1 or PID = 2)].PID', [2]),
        ('rows("p").PID has 145', True),
        ('rows("none").PID', []),
        ('rows("none")[ANYTHING = 1]', []),
        ("truth.actor.pid", 145),
        ("truth.tasks[pid = q1].pid", [145]),
        ('the(truth.tasks[tags has "a"].pid)', 1),
        ("truth.ratio + 1", 2.5),
        ("truth.actor.made - time(0)", 1773144570),
        ("truth.actor.made + 30 = time('2026-03-10T12:10:00+00:00')", True),
        ("time(1773144000)", NOON),
        ('time("2026-03-10T12:00:00Z") - 3600 < time("2026-03-10T12:00:00Z")', True),
        ("-3 + 2 - -5", 4),
        ("0x10 + 1", 17),
        ('uniq(rows("p").PPID)', [0, 2, 1]),
        ('set(rows("p").PPID)', [0, 2, 1]),
        ('modal(rows("p").PPID)', 0),
        ('first(rows("p") by PID).PID', 1),
        ('first(rows("p")).PID', 1),
        ('last(rows("p")).PID', 145),
        ('last(rows("p") by "MADE AT").PID', 145),
        ('min(rows("p").PID)', 1),
        ('max(rows("p")."MADE AT")', datetime(2026, 3, 10, 12, 9, 30, tzinfo=UTC)),
        ('max(rows("p").ARGS)', "init"),
        ("union(list(1, 2), list(2, 3))", [1, 2, 3]),
        ("intersect(list(3, 1, 2), list(2, 3))", [3, 2]),
        ("minus(list(3, 1, 2), list(1))", [3, 2]),
        ("reverse(list(1, 2))", [2, 1]),
        ("list()", []),
        ("list(list(1), list(2))", [[1], [2]]),
        ('cut("abcdef", 3)', "abc"),
        ('basename("/a/b")', "b"),
        ('folder("/a/b") + folder("/c")', "/a/"),
        (r'basename("C:\\a\\b.exe") + basename("\\Device\\x")', "b.exex"),
        (r'basename("E:\\tools\\7z.exe") + folder("d:\\x\\y")', r"7z.exed:\x"),
        (r'folder("C:\\a\\b.exe")', r"C:\a"),
        ('decoded("VwByAGkAdABlAA==")', "Write"),
        ('spelled("4d 5a e9")', "MZ\u00e9"),
        ('position(list("a", "b", "b"), "b")', 2),
        ('strip_end("/a (deleted)", " (deleted)")', "/a"),
        ("text(145)", "145"),
        ('text(time("2026-03-10T12:00:00Z"))', "2026-03-10T12:00:00Z"),
        ('number("0x91")', 145),
        ('number(" 145 ") + number(1)', 146),
        ('endpoint("203.0.113.66", "8443")', "203.0.113.66:8443"),
        ('endpoint("2001:db8:0::1", 443)', "[2001:db8::1]:443"),
        ('ancestors(rows("p"), 145, "PID", "PPID")', [1, 145]),
        ('pairs(rows("p")[PID < 17].ARGS, rows("p")[PID < 17].PID)', [["init", 1], ["[kthreadd]", 2]]),
        ('in_order("b", truth.actor.made, "a", time(0))', ["a", "b"]),
        ("count(hours(truth.actor.made))", 84),
        (r'"a\"b\n\t\\" = ' + r"'a" + '"' + r"b\n\t\\' + ''", True),
        ('key + "b"', "ab"),
        ("truth.tasks.tags", [["a"], []]),
        ("null in list(null, 1)", True),
        ("q1 = null or null < q1 or truth.ratio = 1", False),
    ],
)  # fmt: skip
def test_values(text: str, result: object) -> None:
    assert value(text) == result


@pytest.mark.parametrize(
    ("text", "reason", "at"),
    [
        ("", "a value is expected here, not the end", 1),
        ("1 +", "a value is expected here, not the end", 4),
        ("(1", "')' is expected here", 3),
        ("1 2", "complete before '2'", 3),
        ('"abc', "begins here and does not end", 1),
        ("12abc", "a number with too many digits, or with letters", 1),
        ("1 ! 2", "write `not` or `!=`", 3),
        ("a % b", "'%' has no meaning here", 3),
        ("a \x07", "a character that can't be shown", 3),
        (r'"\q"', "is no escape", 1),
        ("1 = 2", 'a column with spaces is written ."LIKE THIS"', 3),
        ("counts(q1)", "no function is named 'counts'; nearest: count", 1),
        ("the(1, 2)", "the() takes 1 values, not 2", 1),
        ("union(q1)", "union() takes 2 to 40 values, not 1", 1),
        ("count(q1 by PID)", "`by` belongs to first and last", 10),
        ("rows(p)", "the name of a plugin in quotes", 6),
        ('rows("p", 1)', "an option is written name=constant", 11),
        ('rows("p", pid=q1)', "an option of rows() is a constant, not 'q1'", 15),
        ('rows("p", pid=1, pid=2)', "stands here twice", 18),
        ("truth.1", "the name of a column is expected", 7),
        ("(" * 60 + "1" + ")" * 60, "more than 40 deep", 41),
        ("q1" + "+1" * 200, "more than 100 levels deep", 0),
        ("not " * 150 + "q1", "more than 100 levels deep", 0),
        ("1" * 2001, "at most 2,000 characters", 0),
    ],
)
def test_what_can_not_be_parsed(text: str, reason: str, at: int) -> None:
    with pytest.raises(KeyProblem) as caught:
        Expression.parse(text)
    assert reason in caught.value.reason
    assert caught.value.at == at
    assert (f"(at character {at})" in str(caught.value)) == bool(at)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('decoded("VwByAGk")', "no Base64 of UTF-16"),
        ('decoded("VwBy")', "no Base64 of UTF-16"),
        ('spelled("4d 5")', "no bytes in hexadecimal"),
        ("position(list(1), 2)", "the list does not hold the value"),
        ('the(rows("p").PID)', "exactly one element is expected, there are 4"),
        ('rows("p")[PDI = 1]', "no column is named 'PDI'; nearest: PID"),
        ('rows("p").Pid', "no column is named 'Pid'; nearest: PID"),
        ("truth.actor.pdi", "no column is named 'pdi'; nearest: pid"),
        ("truth.actor.zzzzz", "there are: made, pid"),
        ("nothing", "nothing is named 'nothing' here"),
        (".PID", "a column without rows"),
        ('rows("missing")', "the rows of missing are not here"),
        ('rows("p", a=1, b="x")', "the rows of p a=1 b=x are not here"),
        ('rows("p")[PID = "1"]', "a number is compared with a text; text() and number()"),
        ('rows("p")[PID = true]', "a number is compared with a truth value"),
        ('rows("p")[PID]', "a condition is expected here, this is a number"),
        ('rows("p")[ARGS starts 1]', "`starts` compares texts"),
        ('rows("p")[PID in 3]', "`in` looks into a list, not into a number"),
        ('rows("p")[Hot < true]', "have no order"),
        ('rows("p")[PID < "1"]', "a number is compared with a text"),
        ("q1[PID = 1]", "only a list of rows can be filtered, not a number"),
        ("list(1)[PID = 1]", "rows are expected, not a number"),
        ("q1.PID", "a number has no columns"),
        ("list(1).PID", "rows are expected, not a number"),
        ("not q1", "a condition is expected"),
        ("-truth", "a row can't be taken from a number"),
        ('q1 + "a"', "a text can't be added to a number"),
        ("truth.actor.made + truth.actor.made", "a time can't be added to a time"),
        ("truth.actor.made + 999999999999999", "out of range"),
        ("count(q1)", "a list is expected, not a number"),
        ("first(list())", "the list is empty"),
        ("last(list())", "the list is empty"),
        ("min(list())", "the list is empty"),
        ("min(list(null))", "all values are null"),
        ("max(list(1, 'a'))", "a number is compared with a text"),
        ("first(list(1) by PID)", "rows are expected, not a number"),
        ('first(rows("p") by "MADE AT")', "2 rows share this MADE AT: they have no order"),
        ("modal(list())", "the list is empty"),
        ("modal(list(1, 2))", "two values are equally frequent (1 times)"),
        ("cut(q1, 1)", "a text is expected, not a number"),
        ('cut("a", "b")', "a whole number is expected, not a text"),
        ("text(truth)", "a number, a time or a text is expected, not a row"),
        ('number("x")', "'x' is no whole number"),
        ('number("1_0")', "is no whole number"),
        ("number(null)", "a text is expected, not nothing (null)"),
        ('time("x")', "seconds, or an ISO time with a zone"),
        ("time(99999999999999999)", "there is no such time"),
        ("hours(1)", "a time is expected"),
        ("hours(time('0001-01-01T00:00:00Z'))", "there is no such time"),
        ('endpoint("x", 1)', "no endpoint"),
        ('ancestors(rows("p"), 9, "PID", "PPID")', "PID 9 is not in these rows"),
        ('ancestors(list(1), 9, "PID", "PPID")', "rows are expected"),
        ("pairs(list(1), list())", "the lists have 1 and 0 elements"),
        ('in_order("a", time(0), "b", time(0))', "'a' and 'b' have the same time"),
        ('in_order("a", 1, "b", 2)', "the time of 'a' is a number"),
        ('in_order("a", time(0), "b", time(1), "c")', "each step needs its time"),
    ],
)
def test_what_has_no_value(text: str, reason: str) -> None:
    with pytest.raises(KeyProblem) as caught:
        value(text)
    assert reason in caught.value.reason


def test_lines_of_a_material_are_no_run() -> None:
    asked = Expression.parse('count(lines("log")) + count(rows("p"))').queries
    assert asked == {Query("log", material=True), Query("p")}
    with pytest.raises(KeyProblem, match="the lines of flows are not here"):
        value('lines("flows")')
    with pytest.raises(KeyProblem, match="takes the name of a material in quotes"):
        Expression.parse("lines(log)")


def test_what_an_expression_needs_is_known_before() -> None:
    expression = Expression.parse('count(rows("a", on=true)[X in rows("b", name="n", deep=null).Y]) + q1')
    assert expression.queries == {Query("a", (("on", True),)), Query("b", (("deep", None), ("name", "n")))}
    assert expression.names == {"X", "q1"}
    assert Expression.parse("q1") is Expression.parse("q1")


def test_names_are_checked_before() -> None:
    Expression.parse('rows("p")[X = q1 and .Y = 2]').check({"q1"})
    Expression.parse("X = q1 and .Y = value").check({"q1", "value"}, row=True)
    with pytest.raises(KeyProblem, match="nothing is named 'q2' here; there are: q1"):
        Expression.parse('rows("p")[X = q1].Y = q2').check({"q1"})
    with pytest.raises(KeyProblem, match="a column without rows"):
        Expression.parse(".X = 3").check({"q1"})


def test_parents_that_contradict_or_run_in_a_circle() -> None:
    circle = {Query("p"): [{"PID": 1, "PPID": 2}, {"PID": 2, "PPID": 1}]}
    twice = {Query("p"): [{"PID": 1, "PPID": 2}, {"PID": 1, "PPID": 3}]}
    ask = Expression.parse('ancestors(rows("p"), 1, "PID", "PPID")')
    with pytest.raises(KeyProblem, match="its own ancestor"):
        ask.evaluate({}, circle)
    with pytest.raises(KeyProblem, match="several parents"):
        ask.evaluate({}, twice)


def test_conditions_on_one_row() -> None:
    condition = Expression.parse("PID = value and text has 'x'")
    assert condition.holds({"value": 3}, {"PID": 3, "text": "xy"})
    assert not condition.holds({"value": 4}, {"PID": 3, "text": "xy"})
    assert not condition.holds({"value": "3"}, {"PID": 3, "text": "xy"})
    assert not condition.holds({"value": 3}, {"PID": 3})
    assert not Expression.parse("PID").holds({}, {"PID": 3})


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.MOST_STEPS == 5_000_000
    monkeypatch.setattr(data, "MOST_STEPS", 200_000)
    many = {Query("p"): [{"A": index} for index in range(3_000)]}
    with pytest.raises(KeyProblem, match="more steps than"):
        Expression.parse('rows("p")[A in rows("p").A and A in rows("p").A]').evaluate({}, many)
    long = {"q1": "x" * 60_000}
    with pytest.raises(KeyProblem, match="more than 100,000 characters"):
        Expression.parse("q1 + q1").evaluate(long, {})


def test_values_from_outside() -> None:
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(KeyProblem, match="nested too deep"):
        Expression.parse("q1").evaluate({"q1": nested}, {})
    for odd in (float("nan"), b"x", object(), datetime(2026, 1, 1)):  # noqa: DTZ001 - that is the point
        with pytest.raises(KeyProblem, match="no value of the key language"):
            Expression.parse("q1").evaluate({"q1": odd}, {})
    assert Expression.parse("q1 - 3600").evaluate({"q1": NOON}, {}) == datetime(2026, 3, 10, 11, tzinfo=UTC)
    with pytest.raises(KeyProblem, match="too many digits"):
        Expression.parse("text(q1)").evaluate({"q1": 10**5000}, {})
    with pytest.raises(KeyProblem, match="out of range"):
        Expression.parse("q1 + truth").evaluate({"q1": 10**400, "truth": 1.5}, {})


def test_rows_and_lists_compare_by_content() -> None:
    given_ = {"q1": [{"a": 1, "b": [True]}, {"b": [True], "a": 1}, {"a": 1, "b": [1]}]}
    assert Expression.parse("count(uniq(q1))").evaluate(given_, {}) == 2
    assert data.plain(Expression.parse("q1").evaluate({"q1": [{"t": "2026-03-10T12:00:00+00:00"}]}, {})) == [
        {"t": "2026-03-10T12:00:00Z"}
    ]
    assert data.size([1, [2, 3], {"a": 1, "b": 2}]) == 5


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_explained_and_its_example_is_true(name: str) -> None:
    function = FUNCTIONS[name]
    tasks = [{"pid": 145, "ppid": 1, "comm": "upd"}, {"pid": 1, "ppid": 0, "comm": "init"}]
    assert len(function.body.__doc__ or "") > 20
    assert function.example.startswith(f"{name}(")
    assert Expression.parse(function.example).evaluate({"truth": {"tasks": tasks}}, {}) is True


WORDS = 'rows( "p" ) [ ] . PID q1 truth and or not = != < starts has in + - ('.split()  # noqa: SIM905 - shorter
WORDS += ["the(", "count(", "list(", "first(", "by", ",", "1", "0x1", "null"]
WORDS += ["'a'", "ancestors(", "modal(", "hours(", "time("]


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
@try_examples(400)
def test_any_text_parses_or_says_why(text: str) -> None:
    try:
        value(text)
    except KeyProblem as problem:
        assert problem.reason  # noqa: PT017 - an error is one of two right outcomes
        assert 0 <= problem.at <= len(text) + 1  # noqa: PT017 - as above


scalars = st.integers(-2, 3) | st.sampled_from(["a", "b", "2026-03-10T12:00:00Z"]) | st.booleans() | st.none()


def found(text: str, given_: Any) -> object:
    """The value of an expression, or why it has none."""
    try:
        return Expression.parse(text).evaluate(given_, {})
    except KeyProblem as problem:
        return problem.reason


@given(st.lists(scalars, max_size=6) | st.lists(st.integers(0, 3), max_size=6), scalars)
def test_a_named_list_holds_what_the_same_list_holds_elsewhere(items: list[Any], item: Any) -> None:
    """Names are looked up in a set; a path into data is walked. Both give one answer, and one reason for none."""
    names = data.Names({"x": item, "named": items, "deep": {"list": items}})
    assert found("x in named", names) == found("x in deep.list", names)
    assert found("x in named", names) == found("x in named", {"x": item, "named": items})


def test_names_are_taken_in_when_they_are_asked_for() -> None:
    names = data.Names({"at": "2026-03-10T12:00:00Z", "bad": object(), "list": [1, 2]})
    assert names["at"] == NOON
    assert names["list"] is names["list"]
    assert (sorted(names), len(names), "bad" in names, "worse" in names) == (["at", "bad", "list"], 3, True, False)
    assert found("at > time(0)", names) is True
    assert found("bad", names) == "a object is no value of the key language"
    assert str(found("worst", names)).startswith("nothing is named 'worst' here; ")
