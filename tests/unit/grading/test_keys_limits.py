"""How far an expression may go, what is still read at each limit, and what it costs in steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.grading.test_keys import NOON, value
from training.grading.keys import data
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import KeyProblem, Query


@pytest.mark.parametrize(
    ("within", "result", "beyond", "reason", "at"),
    [
        ('"' + "a" * 1998 + '"', "a" * 1998, '"' + "a" * 1999 + '"', "an expression has at most 2,000 characters", 0),
        (
            "(" * 39 + "q1" + ")" * 39,
            145,
            "(" * 40 + "q1" + ")" * 40,
            "parts stand more than 40 deep within each other",
            41,
        ),
        (
            "q1" + "+1" * 99,
            244,
            "q1" + "+1" * 100,
            "the expression is more than 100 levels deep: split it, or use fewer operators in a row",
            0,
        ),
        ("0x" + "f" * 16, 2**64 - 1, "0x1" + "f" * 16, "a number with too many digits, or with letters in it", 1),
        ("9" * 18, 10**18 - 1, "9" * 19, "a number with too many digits, or with letters in it", 1),
        (f'number("{"1" * 40}")', int("1" * 40), f'number("{"1" * 41}")', f"'{'1' * 40}' is no whole number", 1),
        ("list(" + "1," * 39 + "1)", [1] * 40, "list(" + "1," * 40 + "1)", "list() takes 0 to 40 values, not 41", 1),
        ('time("9999-12-31T23:59:59Z")', datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
         "time(253402300800)", "there is no such time", 1),
        ('endpoint("192.0.2.1", 65535)', "192.0.2.1:65535", 'endpoint("192.0.2.1", 65536)',
         "no endpoint: a port is a number from 0 to 65535", 1),
        ('"1" + "2"', "12", '"1" - "2"', "a text can't be taken from a text", 5),
    ],
)  # fmt: skip
def test_the_last_that_is_read_and_the_first_that_is_not(
    within: str, result: object, beyond: str, reason: str, at: int
) -> None:
    assert value(within) == result
    with pytest.raises(KeyProblem) as caught:
        value(beyond)
    assert (caught.value.reason, caught.value.at) == (reason, at)


def test_brackets_beside_each_other_are_not_within_each_other() -> None:
    """Each that is closed makes room for the next one."""
    assert value("+".join(["(((1)))"] * 60)) == 60
    beyond = 'rows("p")[PID in ' + "(" * 39 + "q1" + ")" * 39 + "]"
    with pytest.raises(KeyProblem, match="parts stand more than 40 deep within each other"):
        Expression.parse(beyond)


def test_a_text_that_is_built_has_a_longest_form() -> None:
    half = {"q1": "x" * 50_000, "q2": "x" * 50_001}
    assert Expression.parse("q1 + q1").evaluate(half, {}) == "x" * 100_000
    with pytest.raises(KeyProblem) as caught:
        Expression.parse("q1 + q2").evaluate(half, {})
    assert caught.value.reason == "the text would have more than 100,000 characters"
    assert caught.value.at == 4


@pytest.mark.parametrize(
    ("text", "steps", "at"),
    [
        ("q1", 1, 1),
        ('rows("p")', 5, 1),
        ('rows("p").PID', 10, 10),
        ('rows("p").Note', 22, 10),
        ('rows("p")[PID = 1].PID', 24, 19),
        ('rows("p")[Note = "x"]', 34, 18),
        ('lines("log")', 2, 1),
        ("truth.tasks[pid = 1]", 11, 19),
        ('count(rows("p"))', 10, 1),
        ("q1 in list(1, 2, 145)", 9, 4),
        ("list(1, 2) has 1", 7, 12),
        ("not true", 2, 5),
        ("-q1", 2, 2),
        ("true and true", 3, 10),
        ("true or q1", 2, 1),
        ("union(list(1), list(2, 3))", 12, 1),
        ("minus(list(1, 2), list(1))", 9, 1),
        ('ancestors(rows("p"), 145, "PID", "PPID")', 14, 1),
        ('first(rows("p") by PID)', 10, 1),
    ],
)
def test_every_node_and_every_element_is_a_step(
    text: str, steps: int, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exactly the steps that it needs an expression has its value; with one less it names where they ran out."""
    monkeypatch.setattr(data, "MOST_STEPS", steps)
    value(text)
    monkeypatch.setattr(data, "MOST_STEPS", steps - 1)
    with pytest.raises(KeyProblem) as caught:
        value(text)
    assert (caught.value.reason, caught.value.at) == ("this takes more steps than an expression may", at)


def test_a_chain_of_ancestors_costs_more_the_longer_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {Query("p"): [{"PID": pid, "PPID": pid - 1} for pid in range(1, 41)]}
    ask = Expression.parse('ancestors(rows("p"), 40, "PID", "PPID")')
    spent = 5 + 40 + 40 + sum(range(1, 40))
    monkeypatch.setattr(data, "MOST_STEPS", spent)
    assert ask.evaluate({}, line) == list(range(1, 41))
    monkeypatch.setattr(data, "MOST_STEPS", spent - 1)
    with pytest.raises(KeyProblem, match=r"^this takes more steps than an expression may \(at character 1\)$"):
        ask.evaluate({}, line)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("hours(time(0))", [
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=sign * (60 * hour + more))
            for hour in range(15) for more in (0, 30, 45) if 0 < 60 * hour + more <= 14 * 60 for sign in (1, -1)
        ]),
        ('number("0X1f") + number("-5") + number("+1")', 27),
        ('cut("abc", 0) + cut("abc", -1) + cut("abc", 1) + cut("abc", 4)', "aabc"),
        ('basename("abc") + basename("x:y/z") + basename("a/b/c") + basename("")', "abczc"),
        ('folder("/a") + folder("a/b/c") + folder("x:/a/b")', "/a/bx:/a"),
        (r'folder("\\a") + folder("\\a\\b")', "\\" + "\\a"),
        (r'basename("a\\b") + basename("/a\\b")', r"a\ba\b"),
        ("text(truth.ratio) + text(-7) + text(key)", "1.5-7a"),
        ("text(time(truth.ratio))", "1970-01-01T00:00:01.5Z"),
        ("list(time(0 - 1), time(truth.actor.made))", [
            datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), NOON + timedelta(minutes=9, seconds=30)]),
        ("list(quotient(3, 2), quotient(1, 3), quotient(2, 3), quotient(-1, 2), quotient(1, -2), quotient(-3, -2))",
         [2, 0, 1, -1, -1, 2]),
        ("list(quotient(0, 5), quotient(0, -5), quotient(6, 3), quotient(7, 1), quotient(5, 4))", [0, 0, 2, 7, 1]),
        ('list(upto("a/b/c", "/"), after("a/b/c", "/"), upto("/a", "/"), after("a/", "/"))', ["a", "b/c", "", ""]),
        ('list(upto("a::b", "::"), after("a::b::c", "::"))', ["a", "b::c"]),
        ('list(decoded(""), spelled(""), spelled("00 ff"), lower("ÄB"))', ["", "", "\0\xff", "äb"]),
        ('list(strip_end("a.a.a", ".a"), strip_end("ab", "a"), strip_end("a", ""))', ["a.a", "ab", "a"]),
        ("list(time(10) - time(4), time(truth.ratio) - time(0), time(0) - time(1))", [6, 1.5, -1]),
        ("list(-truth.ratio, truth.ratio - 1, 1 - truth.ratio, truth.ratio + truth.ratio)", [-1.5, 0.5, -0.5, 3.0]),
        ("list(time(0) + truth.ratio, time(3) - truth.ratio)", [
            datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)] * 2),
        ("list(min(list(2, 1, 3, 1)), max(list(2, 3, 1, 3)), min(list('b', 'a')), max(list(null, time(0))))",
         [1, 3, "a", datetime(1970, 1, 1, tzinfo=UTC)]),
        ("list(min(list(7)), max(list(0, null)), min(list(null, 0)))", [7, 0, 0]),
        ('first(rows("p")[PID > 1] by PID).PID', 2),
        ('last(rows("p") by PPID).PID', 17),
        ('first(rows("p")[PPID != 0] by "PPID").PID', 145),
        ("list(modal(list(1)), modal(list('a', 'b', 'b', 'c')), modal(list(true, true, 1)))", [1, "b", True]),
        ("list(uniq(list(1, true, 1)), uniq(list(null, null)))", [[1, True], [None]]),
        ("intersect(list(2, 2, 1, 3), list(3, 2))", [2, 3]),
        ("minus(list(2, 2, 1), list(3))", [2, 1]),
        ("list(union(list(), list()), union(list(1), list(2), list(1, 3)))", [[], [1, 2, 3]]),
        ("list(position(list(true, 1), 1), position(list(7), 7), position(list(null, 3), 3))", [2, 1, 2]),
        ("sum(list(null, 5, -7))", -2),
        ("sum(list())", 0),
        ('in_order("c", time(3), "a", time(1), "b", time(2))', ["a", "b", "c"]),
        ('ancestors(rows("p"), 17, "PID", "PPID")', [2, 17]),
        ('ancestors(rows("p"), 1, "PID", "PPID")', [1]),
        ("pairs(list(), list())", []),
        ('list("a" + "", "" + key)', ["a", "a"]),
        ("list(key starts 'a', key starts 'b', key ends 'a', key ends 'b', key has 'a', key has 'ab')",
         [True, False, True, False, True, False]),
        ("list(key starts null, null ends key, null has key, q1 > null, null >= q1, q1 <= null)", [False] * 6),
        ("list(q1 = 145, q1 != 145, q1 = 144, q1 != 144, q1 = null, q1 != null, null = truth.ratio)",
         [True, False, False, True, False, True, False]),
        ("list(q1 < 145, q1 <= 145, q1 > 145, q1 >= 145, q1 < 146, q1 > 144, q1 >= 146, q1 <= 144)",
         [False, True, False, True, True, True, False, False]),
        ("list(key < 'b', key <= 'a', key > 'a', key >= 'b', time(1) < time(2), time(1) >= time(2), time(2) > time(1))",
         [True, True, False, False, True, False, True]),
        ("list(truth = truth, truth.tasks = truth.tasks, truth.tasks != list(), list(1, 2) = list(2, 1))",
         [True, True, True, False]),
        ("list(null in list(1), list(1) has null, list() has 1, 1 in list(), list(1) in list(list(1)))",
         [False, False, False, False, True]),
        ("list(true and false, true and true, false and q1, true or q1, false or true, false or false, not false)",
         [False, True, False, True, True, False, True]),
        ("list(not not true, --1, 1 - 2 - 3, 1 - (2 - 3), not 1 = q1)", [True, 1, -4, 2, True]),
        ("list(true or true and false, (true or true) and false, not true or true)", [True, False, True]),
        ("list(0xFF, 0x0, 007)", [255, 0, 7]),
        ('list("a", \'b"\', "c\'", "")', ["a", 'b"', "c'", ""]),
        ("\t q1\n\u00a0", 145),
        ('rows("p")[.ARGS = "init"].PID', [1]),
        ('rows("p")[ARGS = "init"][PID = 1].ARGS', ["init"]),
        ('rows("p")[Hot].PID', [145]),
        ('rows("p")[PPID = 0 and not Hot and PID = 2]."ARGS"', ["[kthreadd]"]),
        ('rows("p")[Note = null].PID', [1, 2, 17]),
        ("truth.tasks[count(tags) = 0].pid", [145]),
        ("the(truth.tasks[pid = 1]).tags", ["a"]),
        ('lines("log")[text ends "ab" and number < 2].port', ["80"]),
    ],
)  # fmt: skip
def test_values_beside_each_limit(text: str, result: object) -> None:
    found = value(text)
    assert found == result
    assert kinds(found) == kinds(result)


def kinds(found: Any) -> Any:
    """The types of what was found, since true equals 1 and 1 equals 1.0."""
    return [kinds(one) for one in found] if isinstance(found, list) else type(found)
