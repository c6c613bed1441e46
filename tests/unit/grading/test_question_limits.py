"""How long and how many the fields of a question and of an amendment may be: as many are read, one more is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.grading.test_question import BASE, CHOICES, CONSTANT, PIDS, RUBRIC, STEPS, WRITTEN, made
from training.grading.amend import AMENDMENTS
from training.grading.question import Question
from training.grading.version import identity

SOURCE = {"plugin": "a", "shows": ["PID"]}
LOST = {"when": "truth.gone", "proof": [{"material": "log", "where": "number = 1"}]}


def texts(count: int) -> dict[str, str]:
    return {f"o{n}": f"text {n}" for n in range(count)}


MOST: dict[str, tuple[int, Callable[[int], dict[str, Any]]]] = {
    "id": (31, lambda n: {"id": "q" * n}),
    "text": (4_000, lambda n: {"text": "x" * n}),
    "short": (40, lambda n: {"short": "x" * n}),
    "expects": (500, lambda n: {"expects": "x" * n}),
    "after": (8_000, lambda n: {"after": "x" * n}),
    "tries": (20, lambda n: {"points": [1] * n}),
    "points": (1_000, lambda n: {"points": [n]}),
    "options": (20, lambda n: {**CHOICES, "options": texts(n), "key": {"constant": "o0"}}),
    "option": (4_000, lambda n: {**CONSTANT, "options": {"a": "x" * n, "b": "y"}}),
    "items": (20, lambda n: {"type": "matching", "items": texts(n), "options": texts(2), "key": {"constant": "o0=o1"}}),
    "reasons": (20, lambda n: {"type": "statement", "reasons": texts(n), "key": {"constant": "true: o0"}}),
    "steps": (50, lambda n: {**STEPS, "steps": texts(n)}),
    "before": (50, lambda n: {**STEPS, "steps": texts(50), "before": {f"o{k}": [] for k in range(n)}}),
    "band": (10, lambda n: {"type": "number", "band": [{"tolerance": k, "credit": 0.5 / k} for k in range(1, n + 1)]}),
    "proof": (20, lambda n: {"proof": [SOURCE] * n}),
    "corroboration": (20, lambda n: {"proof": [SOURCE], "corroboration": [SOURCE] * n}),
    "needs": (40, lambda n: {"needs": n}),
    "facts": (20, lambda n: {"facts": {f"f{k}": "1" for k in range(n)}}),
    "name of a fact": (31, lambda n: {"facts": {"f" * n: "1"}}),
    "mistakes": (30, lambda n: {"mistakes": [{"code": "M-X", "value": "1", "say": "No."}] * n}),
    "accept": (30, lambda n: {"accept": [{"value": "1"}] * n}),
    "lookalikes": (30, lambda n: {"lookalikes": [{"code": "M-X", "values": "truth.x", "say": "No."}] * n}),
    "hints": (10, lambda n: {"hints": [{"price": 1, "text": "Look."}] * n}),
    "rubric": (12, lambda n: {**WRITTEN, "rubric": [{**RUBRIC[0], "id": f"r{k}"} for k in range(n)]}),
}  # fmt: skip


@pytest.mark.parametrize("name", MOST)
def test_a_field_of_a_question_holds_so_much_and_no_more(name: str) -> None:
    most, changes = MOST[name]
    assert made(**changes(most)).type
    with pytest.raises(ValidationError) as caught:
        made(**changes(most + 1))
    assert "value_error" not in {each["type"] for each in caught.value.errors()}, "the limit itself is what is said"


@pytest.mark.parametrize(
    "changes",
    [
        *({"id": name} for name in ("", "1q", "_q", "q-1", "Q1", "q1\n")),
        *({"facts": {name: "1"}} for name in ("", "1q", "_q", "q-1", "Q1")),
        *({"points": points} for points in ([], [-0.1], True, "1", None)),
        *({"needs": needs} for needs in (0, 41, "all")),
        *({"by": by} for by in ("judge", "", "Court")),
        {"text": ""},
    ],
)
def test_what_a_field_of_a_question_never_holds(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**changes)


AMENDMENT: dict[str, dict[str, Any]] = {
    "accept": {"do": "accept", "question": "q1", "value": "1"},
    "void": {"do": "void", "question": "q1", "reason": "No."},
    "worth": {"do": "worth", "question": "q1", "points": [1]},
}


@pytest.mark.parametrize(
    ("do", "field", "most"),
    [
        ("accept", "question", 40),
        ("accept", "value", 2_000),
        ("accept", "say", 1_000),
        ("void", "question", 40),
        ("void", "reason", 1_000),
        ("worth", "question", 40),
    ],
)
def test_a_field_of_an_amendment_holds_so_much_and_no_more(do: str, field: str, most: int) -> None:
    AMENDMENTS.validate_python([{**AMENDMENT[do], field: "1" * most}])
    with pytest.raises(ValidationError, match=f"at most {most} characters"):
        AMENDMENTS.validate_python([{**AMENDMENT[do], field: "1" * (most + 1)}])


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("accept", {"credit": 1.01}),
        ("accept", {"credit": 0}),
        ("accept", {"question": ""}),
        ("void", {"question": ""}),
        ("worth", {"question": ""}),
        ("worth", {"points": []}),
        ("worth", {"points": [1] * 21}),
        ("worth", {"points": [1_001]}),
    ],
)
def test_what_an_amendment_never_holds(do: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AMENDMENTS.validate_python([{**AMENDMENT[do], **fields}])


@pytest.mark.parametrize(
    ("field", "given", "users"),
    [
        ("element", "pid", "set"),
        ("options", texts(2), "choice, choices, matching, set"),
        ("items", texts(2), "matching"),
        ("reasons", texts(2), "statement"),
        ("steps", texts(2), "sequence"),
        ("before", {"a": ["b"]}, "sequence"),
        ("tolerance", 1, "duration, number, timestamp"),
        ("band", [{"tolerance": 5, "credit": 0.5}], "duration, number, timestamp"),
        ("unit", "KiB", "number"),
        ("ignore_case", True, "pattern"),
        ("method", "coverage", "choices, set"),
    ],
)
def test_a_field_that_the_type_does_not_use_is_refused(field: str, given: object, users: str) -> None:
    with pytest.raises(ValidationError, match=f"`{field}` belongs to {users}(;| \\[)"):
        made(**{field: given})


@pytest.mark.parametrize(
    "changes",
    [
        CONSTANT,
        CHOICES,
        {"type": "choice", "options": texts(2)},
        {"type": "choices", "options": texts(3)},
        {"type": "matching", "items": texts(2), "options": texts(2)},
        {"type": "statement", "reasons": texts(2)},
        STEPS,
        {"type": "number", "key": {"constant": "1"}},
    ],
)
def test_nothing_is_lost_where_the_answer_is_one_of_those_on_offer(changes: dict[str, Any]) -> None:
    made(**changes)
    with pytest.raises(ValidationError, match="`lost` belongs to a question whose key depends on the exhibit"):
        made(**changes, lost=LOST)


@pytest.mark.parametrize("changes", [{}, PIDS, {"type": "chain"}, {"type": "number"}, {"type": "path"}])
def test_what_an_exhibit_shows_may_be_lost(changes: dict[str, Any]) -> None:
    assert made(**changes, lost=LOST).lost is not None


def test_naming_every_option_may_earn_a_half() -> None:
    fields = {**CHOICES, "method": "coverage", "key": {"constant": "o0, o1"}}
    assert made(**{**fields, "options": texts(4)}).fixed == ("o0", "o1")
    with pytest.raises(ValidationError, match="naming every option would earn 67%"):
        made(**{**fields, "options": texts(3)})


def test_what_is_said_of_a_loss_is_no_rule_and_what_it_pays_is_one() -> None:
    def rules(**more: object) -> str:
        given = {**BASE, "lost": {**LOST, **more}}
        return identity([Question.model_validate(given)], {}).rules

    assert rules(say="It ended.", there="It is there.") == rules()
    others = ({"share": 0.5}, {"when": "truth.other"}, {"proof": [{"plugin": "p", "where": "PID = 1"}]})
    assert len({rules(), *(rules(**one) for one in others)}) == 4
