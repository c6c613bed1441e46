"""What makes a seal stale, field by field, and what does not: the digest is over all that decides the key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.grading.test_question import made
from training.grading.question import RESERVED, Question

MISTAKES = [
    {"code": "M-A", "value": "1", "say": "No."},
    {"code": "M-B", "when": "truth.b", "say": "No."},
    {"code": "M-C", "includes": "truth.c", "say": "No."},
]
ACCEPT = [{"value": "2"}, {"when": "truth.d"}]
ALIKE = [{"code": "M-D", "plugin": "p", "where": "PID = 1", "values": "truth.e", "say": "No."}]
SOURCE = {"plugin": "a", "shows": ["PID"], "where": "PID = 1"}
LOST = {"when": "truth.gone", "share": 0.5, "proof": [{"material": "log", "where": "number = 1"}]}
FULL: dict[str, Any] = {
    "id": "q1",
    "type": "set",
    "element": "pid",
    "text": "Which?",
    "points": [2],
    "needs": 1,
    "proof": [SOURCE],
    "corroboration": [SOURCE],
    "facts": {"one": "1"},
    "key": {"truth": "truth.x", "rows": 'rows("a").X'},
    "mistakes": MISTAKES,
    "accept": ACCEPT,
    "lookalikes": ALIKE,
    "lost": LOST,
}
OTHERS: dict[str, dict[str, Any]] = {
    "matching": {"items": {"a": "A", "b": "B"}, "options": {"1": "x", "2": "y"}, "key": {"constant": "a=1"}},
    "statement": {"reasons": {"a": "A", "b": "B"}, "key": {"constant": "true: a"}},
    "chain": {"key": {"truth": "truth.x", "rows": 'rows("a").X', "names": 'pairs(rows("a").X, rows("a").Y)'}},
    "sequence": {"steps": {"a": "A", "b": "B"}, "before": {"b": ["a"]}},
    "choices": {"options": {"1": "x", "2": "y", "3": "z"}, "key": {"constant": "1"}},
}


def other(entries: list[dict[str, Any]], place: int, **more: Any) -> list[dict[str, Any]]:
    return [{**entry, **more} if index == place else entry for index, entry in enumerate(entries)]


def full(**changes: Any) -> str:
    return Question.model_validate({**FULL, **changes}).material


def of(type_: str, **changes: Any) -> str:
    return made(**{"type": type_, **OTHERS[type_], **changes}).material


def deciding() -> Iterator[str]:
    """Each way in which the full question may be changed so that its key may be another."""
    yield full()
    yield full(id="q2")
    yield full(element="count")
    yield full(method="coverage")
    yield full(options={"1": "x", "2": "y"}, method="each")
    for field in ("proof", "corroboration"):
        for more in ({"plugin": "b"}, {"shows": ["PPID"]}, {"where": "PID = 2"}, {"plugin": None, "material": "m"}):
            yield full(**{field: [{**SOURCE, **more}]})
        yield full(**{field: [SOURCE, SOURCE]})
    yield full(facts={"one": "2"})
    yield full(facts={"two": "1"})
    yield full(key={**FULL["key"], "truth": "truth.y"})
    yield full(key={**FULL["key"], "rows": 'rows("b").X'})
    yield full(key={"truth": None, "rows": None, "constant": "1"}, lost=None)
    yield full(key={"truth": None, "rows": None, "constant": "2"}, lost=None)
    yield full(mistakes=MISTAKES[::-1])
    yield full(mistakes=other(MISTAKES, 0, value="3"))
    yield full(mistakes=other(MISTAKES, 0, code="M-Z"))
    yield full(mistakes=other(MISTAKES, 1, when="truth.z"))
    yield full(mistakes=other(MISTAKES, 2, includes="truth.z"))
    yield full(accept=ACCEPT[::-1])
    yield full(accept=other(ACCEPT, 0, value="3"))
    yield full(accept=other(ACCEPT, 1, when="truth.z"))
    for more in ({"code": "M-Z"}, {"plugin": "q"}, {"where": "PID = 2"}, {"values": "truth.z"}):
        yield full(lookalikes=other(ALIKE, 0, **more))
    yield full(lookalikes=[])
    yield full(lost=None)
    yield full(lost={**LOST, "when": "truth.other"})
    yield full(lost={**LOST, "proof": [{"material": "log", "where": "number = 2"}]})
    yield of("matching")
    yield of("matching", items={"a": "A", "b": "C"})
    yield of("matching", items={"a": "A", "c": "B"})
    yield of("matching", options={"1": "x", "2": "z"})
    yield of("matching", key={"constant": "a=2"})
    yield of("statement")
    yield of("statement", reasons={"a": "A", "b": "C"})
    yield of("chain")
    yield of("chain", key={**OTHERS["chain"]["key"], "names": 'pairs(rows("b").X, rows("b").Y)'})
    yield of("sequence")
    yield of("sequence", steps={"a": "A", "b": "C"})
    yield of("sequence", before={})
    yield of("sequence", before={"a": ["b"]})
    yield of("choices")
    yield of("choices", method="all")


def test_all_that_decides_the_key_makes_its_seal_stale() -> None:
    digests = list(deciding())
    assert len(set(digests)) == len(digests)
    assert {len(one) for one in digests} == {64}


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Another?"},
        {"short": "Other"},
        {"expects": "several"},
        {"after": "So it was."},
        {"points": [5, 3]},
        {"needs": "each"},
        {"hints": [{"price": 0.1, "text": "Look."}]},
        {"mistakes": other(MISTAKES, 0, say="Yes.", next="On.", credit=0.5)},
        {"mistakes": other(MISTAKES, 2, weight=3)},
        {"accept": other(ACCEPT, 0, say="Yes.", credit=0.5)},
        {"lookalikes": other(ALIKE, 0, say="Yes.", cost=0.5, weight=3)},
        {"lost": {**LOST, "share": 0.7, "say": "Gone.", "there": "There."}},
        {"key": {**FULL["key"], "same": True}},
        {"needs": None},
    ],
)
def test_what_decides_no_key_leaves_its_seal_as_it_is(changes: dict[str, Any]) -> None:
    assert full(**changes) == full()


@pytest.mark.parametrize("name", ["key", "value", "truth", "text", "number", "by"])
def test_names_of_expressions_are_no_names_of_questions_or_facts(name: str) -> None:
    with pytest.raises(ValidationError, match=f"`{name}` means something in expressions"):
        made(id=name)
    assert name in RESERVED
    assert made(id=f"{name}2").id == f"{name}2"


def test_a_question_says_what_it_expects_and_that_it_may_be_lost() -> None:
    form = made().help
    assert form == "one process identifier as a decimal number"
    lost = {"when": "truth.gone", "proof": [{"material": "log", "where": "number = 1"}]}
    assert made(lost=lost).help == f"{form}; or the word lost, where it was gone before your image"
    assert made(lost=lost, expects="a PID").help == "a PID; or the word lost, where it was gone before your image"
