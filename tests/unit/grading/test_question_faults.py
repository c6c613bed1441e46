"""What is said of a question that can't be: every sentence whole, all of them, and nothing at the limits themselves."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.unit.grading.test_question import BASE, CHOICES, CONSTANT, PIDS, RUBRIC, STEPS, TWELVE, WRITTEN, bands, made
from training.grading.keys.syntax import Query
from training.grading.question import Question, Questions, expressions, queries, sources
from training.grading.values.reading import names
from training.grading.values.sets import ELEMENTS
from training.sentence import Sentence

LOST = {"when": "truth.gone", "proof": [{"material": "log", "where": "number = 1"}]}
SOURCE = {"plugin": "a", "shows": ["PID"]}
PAIRED = {
    "type": "matching",
    "items": {"a": "Left", "b": "Next"},
    "options": {"1": "One", "2": "Two"},
    "key": {"constant": "a=1"},
}
SAID = {"type": "statement", "reasons": {"r1": "It ended", "r2": "It runs"}, "key": {"constant": "true: r1"}}


def faults(trouble: ValidationError) -> list[str]:
    return [each["msg"].removeprefix("Value error, ") for each in trouble.errors()]


def mistake(**more: Any) -> dict[str, Any]:
    return {"mistakes": [{"code": "M-X", "say": "No.", **more}]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": [1, 2]}, "the points of later tries never rise"),
        ({"type": "pdi"}, f"no answer type is named 'pdi'; there are {', '.join(names())}"),
        (
            {"type": "set", "element": "chain"},
            f"elements of a set are one of {', '.join(ELEMENTS)}",
        ),
        (
            {**PIDS, "element": "timestamp", "band": [{"tolerance": 5, "credit": 0.5}], "method": "coverage"},
            "`band` belongs to duration, number, timestamp",
        ),
        ({**PIDS, "reasons": {"a": "x", "b": "y"}}, "`reasons` belongs to statement"),
        ({"method": "coverage"}, "`method` belongs to choices, set"),
        (
            {"type": "endpoint", "tolerance": {"relative": 1}},
            (
                "`tolerance` belongs to duration, number, timestamp; "
                "an endpoint has a tolerance in seconds, not a relative one"
            ),
        ),
        ({**STEPS, "steps": {"a": "x"}}, "`steps` are 2 or more"),
        (
            {**CONSTANT, "options": {"a": "x", "b" * 41: "y"}},
            f"`options`: the id '{'b' * 40}' has something else than letters, digits, and . - _",
        ),
        (
            {**CONSTANT, "options": {"a": "x", "": "y"}},
            "`options`: the id '' has something else than letters, digits, and . - _",
        ),
        ({**CONSTANT, "options": {"a": "x", "A": "X"}}, "`options`: 'a' and 'A' read alike"),
        (
            {**CONSTANT, "options": {"a": "x", "b": "y", "X": "Y"}},
            "`options`: 'a' and 'X' read alike; `options`: 'b' and 'X' read alike",
        ),
        (
            {**STEPS, "before": {"c": ["a", "d"]}},
            (
                "`before` names the step 'c', which the question has not; "
                "`before` names the step 'd', which the question has not"
            ),
        ),
        (
            {**PIDS, "options": {"1": "x"}, "method": "net"},
            "`options` are 2 or more; `options` of a set are the closed list that `method: each` needs",
        ),
        ({**PIDS, "options": {"1": "x"}, "method": "each"}, "`options` are 2 or more"),
        (
            {**PIDS, "method": "each"},
            "`method: each` needs a closed list of at most 8 `options`: else an empty answer earns most",
        ),
        (
            {"type": "timestamp", "tolerance": 86_400.5},
            "the tolerance of a timestamp is at most 86,400 seconds",
        ),
        ({"rubric": RUBRIC}, "`rubric` belongs to written"),
        ({"by": "court"}, "`rubric` belongs to written; `by` belongs to written"),
        ({"by": "court", "rubric": []}, "`by` belongs to written"),
        (
            {**WRITTEN, "rubric": [*RUBRIC, {**RUBRIC[0], "id": "b"}, {**RUBRIC[0], "id": "b"}, *RUBRIC]},
            "two criteria of the rubric are named 'b'; two criteria of the rubric are named 'facts'",
        ),
        ({"key": None}, "a key is missing: only a written answer has none"),
        ({**CONSTANT, "lost": LOST}, "`lost` belongs to a question whose key depends on the exhibit"),
        ({"type": "pattern", "key": {"pattern": "x"}, "lost": LOST},
         "`lost` belongs to a question whose key depends on the exhibit"),
        ({**STEPS, "lost": LOST}, "`lost` belongs to a question whose key depends on the exhibit"),
        ({"type": "pattern"}, "`key.pattern` belongs to the type pattern, which has no other key"),
        ({"key": {"pattern": "[0-9]+x"}}, "`key.pattern` belongs to the type pattern, which has no other key"),
        (
            {"type": "pattern", "key": {"pattern": "[A-Z ]*"}, "ignore_case": True},
            "key.pattern: every text fits the pattern",
        ),
        ({"key": {**BASE["key"], "names": 'rows("a").X'}}, "`names` belongs to a chain"),
        ({"type": "written", "key": None}, "a written answer needs `rubric`"),
        ({**WRITTEN, "by": "court"}, "the court view needs a model answer in `after`"),
        (
            {**WRITTEN, **mistake(value="1"), "corroboration": [SOURCE], "lost": LOST},
            (
                "a written answer is judged by a person: it has no `lost`; "
                "a written answer is judged by a person: it has no `mistakes`; "
                "a written answer is judged by a person: it has no `corroboration`; "
                "corroboration is a second source: a question with it has `proof`"
            ),
        ),
        ({"corroboration": [SOURCE]}, "corroboration is a second source: a question with it has `proof`"),
        ({"needs": "each"}, "`needs: each` belongs to set, chain and sequence"),
        (
            {**WRITTEN, "lookalikes": [{"code": "M-D", "values": "truth.e", "say": "No."}]},
            "a written answer is judged by a person: it has no `lookalikes`",
        ),
        (
            {**WRITTEN, "accept": [{"value": "x"}]},
            "a written answer is judged by a person: it has no `accept`",
        ),
        (
            {"proof": [SOURCE], "corroboration": [{**SOURCE, "step": "s"}]},
            "the source a shows step 's', which the question has not",
        ),
        (
            {"type": "endpoint", "proof": [{"plugin": "b", "shows": ["X", "Y"]}], "corroboration": [SOURCE]},
            "the source a shows one column: an endpoint needs two, address and port",
        ),
        (
            {"type": "timestamp", "band": [{"tolerance": 86_401, "credit": 0.5}]},
            "the tolerance of a timestamp is at most 86,400 seconds",
        ),
        (
            {"type": "duration", "band": [{"tolerance": {"geometric": 1}, "credit": 0.5}]},
            "a duration has a tolerance in seconds, not a geometric one",
        ),
        (
            {**PIDS, "proof": [{"plugin": "a", "where": "PID = 1"}, {"plugin": "b", "shows": ["PID"]}]},
            "each element must be shown: a names the columns that shows one, or `needs` is a number",
        ),
        (
            {**STEPS, "proof": [{"plugin": "a", "where": "PID = 1"}, {"plugin": "b", "step": "a", "where": "X = 1"}]},
            "each element must be shown: a names the `step` that shows one, or `needs` is a number",
        ),
        ({"key": {"constant": "x"}}, "key.constant: the value 'x' can't be read: 'x' is not a whole number."),
        (mistake(value="x"), "the value 'x' can't be read: 'x' is not a whole number."),
        ({"accept": [{"value": "y"}]}, "the value 'y' can't be read: 'y' is not a whole number."),
        (
            {"type": "hash", "accept": [{"value": "z" * 61}]},
            f"the value '{'z' * 60}' can't be read: 'z' in '{'z' * 59}…' is no hexadecimal digit.",
        ),
        (
            {**PIDS, "options": {"1": "x", "z": "y"}, "method": "each"},
            "options: the value 'z' can't be read: 'z' is not a whole number.",
        ),
        (
            {**CHOICES, "options": {"a": "x", "b": "y", "c": "z"}, "method": "coverage"},
            "naming every option would earn 67%: offer more wrong ones, or use `method: all`",
        ),
        (mistake(choice="x"), "M-X: 'x' is no option of this question"),
        ({**CONSTANT, **mistake(choice="x")}, "M-X: 'x' is no option of this question"),
        ({**CHOICES, **mistake(choice="b"), "method": "all"}, "M-X: 'b' is no option of this question"),
        ({**CONSTANT, **mistake(choice="a")}, "M-X: 'a' is the right option"),
        (mistake(includes="key"), "M-X: `includes` belongs to set, chain, sequence, choices and matching"),
        (
            {**bands(1, (5, 0.7)), "key": {"constant": "9"}, "mistakes": [TWELVE, {**TWELVE, "value": "14"}]},
            "M-X: its value 12 lies in a band that is worth 0.7; M-X: its value 14 lies in a band that is worth 0.7",
        ),
        (
            {"type": "duration", "band": [{"tolerance": 5, "credit": 0.7}], "key": {"constant": "0 s"},
             **mistake(value="3 s")},
            "M-X: its value 3 s lies in a band that is worth 0.7",
        ),
        (
            {"id": "value", "tolerance": 1, "needs": "each"},
            (
                "`value` means something in expressions: name the question otherwise; "
                "`tolerance` belongs to duration, number, timestamp; `needs: each` belongs to set, chain and sequence"
            ),
        ),
    ],
)  # fmt: skip
def test_each_fault_of_an_author_is_said_whole(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(**changes)
    assert faults(caught.value) == [said]


@pytest.mark.parametrize(
    "changes",
    [
        {"points": [2, 2, 1]},
        {**CONSTANT, "options": {"a": "x", "b" * 40: "y", "c.1-2_Z": "z"}},
        {**PIDS, "options": {"1": "x", "2": "y"}, "method": "each"},
        {**PIDS, "element": "path", "options": {"/a b": "x", "/" + "c" * 50: "y"}, "method": "each"},
        {"type": "timestamp", "tolerance": 86_400},
        {**PIDS, "element": "timestamp", "tolerance": 5},
        {**WRITTEN, "by": "court", "after": "The rows show it."},
        {"lost": LOST},
        {"type": "pattern", "key": {"pattern": "[A-Z ]*"}},
        {**PIDS, "needs": "each"},
        {**PIDS, "proof": [SOURCE], "corroboration": [{"plugin": "b", "where": "PID = 1"}]},
        {"type": "endpoint", "proof": [{"plugin": "a", "where": "X = 1"}, {"plugin": "b", "shows": ["X", "Y"]}]},
        {**STEPS, "needs": "each", "proof": [{"plugin": "a", "step": "a", "where": "X = 1"}]},
        {**bands(1, (5, 0.7)), "key": {"constant": "9"}, **mistake(value="12", credit=0.7)},
        {**bands(1, (5, 0.7)), "key": {"constant": "9"}, **mistake(value="12", credit=0.8)},
        {**bands(1, (5, 0.7)), "key": {"constant": "9"}, **mistake(when="truth.x")},
        {"type": "number", "tolerance": 1, "key": {"constant": "9"}, **mistake(value="9.5")},
        {**bands(1, (5, 0.7)), **mistake(value="12")},
        {**CONSTANT, **mistake(choice="b")},
    ],
)
def test_what_an_author_may_write(changes: dict[str, Any]) -> None:
    assert made(**changes).id == "q1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ({}, {"facts": {"key": "1", "q1": "2", "truth": "3"}}),
            (
                "two questions are named 'q1'; q1, facts: 'key' already means something; "
                "q1, facts: 'q1' already means something; q1, facts: 'truth' already means something"
            ),
        ),
        (
            ({"proof": [SOURCE, {"plugin": "a", "where": 'PID in rows("a").PID and text = nothing'}]},),
            "q1, proof 2 where: a condition on a citation can't ask for other rows; use `facts`",
        ),
        (
            (mistake(when="nothing"),),
            "q1, mistakes 1 when: nothing is named 'nothing' here; there are: key, truth (at character 1)",
        ),
    ],
)
def test_each_fault_between_questions_is_said_with_its_place(changes: tuple[dict[str, Any], ...], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Questions).validate_python([{**BASE, **change} for change in changes])
    assert faults(caught.value) == [said]


WHOLE = {
    "lost": {**LOST, "proof": [LOST["proof"][0], {"material": "log", "where": "number = 2"}]},
    "mistakes": [
        {"code": "M-A", "value": "1", "say": "No."},
        {"code": "M-B", "when": "truth.b", "say": "No."},
    ],
    "accept": [{"value": "1"}, {"when": "truth.c"}],
    "lookalikes": [
        {"code": "M-C", "values": "truth.d", "say": "No."},
        {"code": "M-D", "plugin": "p", "where": "PID = 1", "values": "truth.e", "say": "No."},
    ],
    "proof": [SOURCE, {"plugin": "b", "where": "PID = 2"}],
    "corroboration": [{"plugin": "c", "where": "PID = 3"}],
    "facts": {"one": "1", "two": "one + 1"},
}


def test_every_expression_of_a_question_with_its_place_and_its_names() -> None:
    truth, key, row = ("truth",), ("truth", "key", "one", "two"), ("value", "key", "one", "two")
    assert expressions(made(**WHOLE)) == [
        ("key.truth", "truth.pid", truth),
        ("key.rows", BASE["key"]["rows"], truth),
        ("lost.when", "truth.gone", truth),
        ("lost.proof 1 where", "number = 1", row),
        ("lost.proof 2 where", "number = 2", row),
        ("mistakes 2 when", "truth.b", key),
        ("accept 2 when", "truth.c", key),
        ("lookalikes 1 values", "truth.d", key),
        ("lookalikes 2 values", "truth.e", key),
        ("lookalikes 2 where", "PID = 1", row),
        ("proof 2 where", "PID = 2", row),
        ("corroboration 1 where", "PID = 3", row),
        ("facts one", "1", ("truth", "key")),
        ("facts two", "one + 1", ("truth", "key", "one")),
    ]
    chain = {"type": "chain", "key": {**BASE["key"], "names": 'pairs(rows("a").X, rows("a").Y)'}}
    places = [place for place, _, _ in expressions(made(**chain, **mistake(includes="key")))]
    assert places == ["key.truth", "key.rows", "key.names", "mistakes 1 includes"]
    assert expressions(made(**WRITTEN)) == []


def test_conditions_on_citations_know_the_value_and_the_key() -> None:
    condition = "PID = value and PID = key and one = 1"
    every = {
        "facts": {"one": "1"},
        "lost": {"when": "truth.x", "proof": [{"material": "log", "where": condition}]},
        "lookalikes": [{"code": "M-D", "plugin": "p", "where": condition, "values": "key", "say": "No."}],
        "proof": [{"plugin": "b", "where": condition}],
        "corroboration": [{"plugin": "c", "where": condition}],
    }
    found = TypeAdapter(Questions).validate_python([{**BASE, **every}])
    assert len([place for place, _, known in expressions(found[0]) if "value" in known]) == 4


def test_the_runs_that_can_be_cited() -> None:
    asked = made(
        key={**BASE["key"], "rows": 'the(rows("a", pid = 1).PID) + the(rows("b").PID) + the(lines("log").x)'},
        proof=[SOURCE, {"plugin": "b", "shows": ["PID"]}, {"material": "log", "shows": ["pid"]}],
        corroboration=[{"plugin": "c", "shows": ["PID"]}],
        lookalikes=[
            {"code": "M-D", "plugin": "d", "where": "PID = 1", "say": "No."},
            {"code": "M-E", "values": "truth.e", "say": "No."},
        ],
        lost={**LOST, "proof": [{"plugin": "e", "where": "PID = 1"}]},
    )
    assert sources([asked]) == frozenset(map(Query, "bcde"))
    assert {query.plugin for query in queries([asked])} == {"a", "b"}
    assert sources([]) == queries([]) == frozenset()


@pytest.mark.parametrize(
    ("question", "understood", "shown"),
    [
        (made(**CONSTANT), "b", ("Another",)),
        (made(**CONSTANT), "gone", ("gone",)),
        (made(**CHOICES), "c, gone, a", ("A third; gone; An answer",)),
        (made(**PAIRED), "a=2, gone=1, b=away, odd", ("Left = Two; gone = One; Next = away; odd = ",)),
        (made(**PAIRED), "a=1=2", ("Left = 1=2",)),
        (made(**SAID), "true: r1", ("true: It ended",)),
        (made(**SAID), "false: gone", ("false: gone",)),
        (made(**SAID), "false: r2: more", ("false: r2: more",)),
        (made(**SAID), "perhaps: r2", ("perhaps: It runs",)),
        (made(**STEPS), "b > gone > a", ("y", "gone", "x")),
        (made(), "a, b", ("a, b",)),
    ],
)  # fmt: skip
def test_what_the_question_does_not_know_is_shown_as_it_is(
    question: Question, understood: str, shown: tuple[str, ...]
) -> None:
    assert question.worded(understood) == shown


@pytest.mark.parametrize(
    ("understood", "pattern"), [("true: r1", "true"), ("false: r2", "false"), ("false: r2: x", "false")]
)
def test_whether_a_statement_is_true_can_be_said_in_another_language(understood: str, pattern: str) -> None:
    (shown,) = made(**SAID).worded(understood)
    assert isinstance(shown, Sentence)
    assert shown.pattern == f"{pattern}: %(reason)s"
