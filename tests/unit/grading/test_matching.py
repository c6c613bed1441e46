"""What a value is found to be, as whole records: the right answer first, then accepted forms, mistakes, look-alikes."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter

from training.grading.judge import understand
from training.grading.keys.syntax import Query
from training.grading.matching import Match, match
from training.grading.proving import seal
from training.grading.question import Question, Questions
from training.grading.sealed import SealedKey

ROWS = {Query("p"): [{"PID": pid, "AT": f"2026-03-10T12:00:{pid}+00:00"} for pid in (10, 20, 30)]}
TRUTH = {"first": 10, "all": [10, 20, 30], "at": "2026-03-10T12:00:10+00:00"}
SET: dict[str, Any] = {
    "id": "q1",
    "type": "set",
    "element": "pid",
    "text": "Which processes?",
    "points": [2],
    "key": {"truth": "truth.all", "rows": 'set(rows("p").PID)'},
    "accept": [
        {"when": "list(list(10, 20), list(10, 30))", "say": "Two are enough.", "credit": 0.75},
        {"when": "list(list(10, 20, 30))", "say": "Never said: it is right.", "credit": 0.5},
    ],
    "mistakes": [
        {"code": "M-HALF", "when": "list(list(20, 30), list(20, 40))", "say": "The first is missing.", "credit": 0.25},
        {"code": "M-KERNEL", "includes": "list(2, 4)", "say": "Threads of the kernel.", "weight": 2},
        {"code": "M-INIT", "includes": "list(1, 2)", "say": "The first of all.", "weight": 3},
    ],
    "lookalikes": [
        {"code": "M-TWIN", "values": "list(40, 50)", "say": "A twin.", "weight": 1.5},
        {"code": "M-OTHER", "values": "list(50, 4)", "say": "Another."},
    ],
}
ONE: dict[str, Any] = {
    **SET,
    "type": "timestamp",
    "element": None,
    "tolerance": 2,
    "key": {"truth": "truth.at", "rows": 'min(rows("p").AT)'},
    "accept": [{"value": "2026-03-10 12:01:10Z", "credit": 0.5, "say": "A minute later."}],
    "mistakes": [{"code": "M-HOUR", "when": "key + 3600", "say": "Off by an hour.", "credit": 0.25}],
    "lookalikes": [{"code": "M-TWIN", "values": "key + 100", "say": "A twin."}],
}


def made(base: Mapping[str, Any]) -> tuple[Question, SealedKey]:
    questions = TypeAdapter(Questions).validate_python([base])
    sealed = seal(questions, TRUTH, ROWS)
    assert not sealed.unproved, sealed.unproved
    return questions[0], sealed.keys["q1"]


def found(base: Mapping[str, Any], text: str) -> tuple[Any, ...]:
    """A match as a row: its codes in the place of mistakes and look-alikes."""
    question, key = made(base)
    one = match(question, understand(question, text, key).canon, key)
    code = one.mistake.code if one.mistake else None
    return one.correctness, code, tuple(x.code for x in one.lookalikes), one.accepted, one.said, one.elements, one.hits


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("10, 20, 30", (1, None, (), False, "", 3, 3)),
        ("20, 10", (0.75, None, (), True, "Two are enough.", 2, 2)),
        ("30, 10", (0.75, None, (), True, "Two are enough.", 2, 2)),
        ("20, 30", (0.25, "M-HALF", (), False, "", 2, 2)),
        ("20, 40", (0.25, "M-HALF", ("M-TWIN",), False, "", 2, 1)),
        ("10", (1 / 3, None, (), False, "", 1, 1)),
        ("10, 20, 30, 7", (2 / 3, None, (), False, "", 4, 3)),
        ("10, 20, 30, 40", (0.5, None, ("M-TWIN",), False, "", 4, 3)),
        ("10, 20, 30, 50", (0.5, None, ("M-TWIN", "M-OTHER"), False, "", 4, 3)),
        ("10, 20, 30, 4", (1 / 3, "M-KERNEL", ("M-OTHER",), False, "", 4, 3)),
        ("10, 20, 30, 1", (0, "M-INIT", (), False, "", 4, 3)),
        ("10, 20, 30, 1, 4", (0, "M-KERNEL", ("M-OTHER",), False, "", 5, 3)),
        ("10, 20, 30, 2", (0, "M-KERNEL", (), False, "", 4, 3)),
        ("7", (0, None, (), False, "", 1, 0)),
    ],
)
def test_a_set_is_one_of_these(text: str, row: tuple[Any, ...]) -> None:
    assert found(SET, text) == row


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("2026-03-10 12:00:12Z", (1, None, (), False, "", 1, 1)),
        ("2026-03-10 12:00:13Z", (0, None, (), False, "", 1, 0)),
        ("2026-03-10 12:01:12Z", (0.5, None, (), True, "A minute later.", 1, 0)),
        ("2026-03-10 13:00:08Z", (0.25, "M-HOUR", (), False, "", 1, 0)),
        ("2026-03-10 12:01:50Z", (0, None, ("M-TWIN",), False, "", 1, 0)),
        ("2026-03-10 12:01:48Z", (0, None, ("M-TWIN",), False, "", 1, 0)),
        ("2026-03-10 12:01:53Z", (0, None, (), False, "", 1, 0)),
    ],
)
def test_a_single_value_is_one_of_these_within_its_tolerance(text: str, row: tuple[Any, ...]) -> None:
    assert found(ONE, text) == row


@pytest.mark.parametrize("part", ["accept", "mistakes", "lookalikes"])
def test_a_key_that_lacks_a_part_of_its_question_judges_nothing(part: str) -> None:
    question, key = made(SET)
    whole: tuple[Any, ...] = getattr(key, part)
    for cut in (whole[:-1], (*whole, ())):
        with pytest.raises(ValueError, match="argument 2"):
            match(question, (7, 9), key.model_copy(update={part: cut}))


def test_a_match_says_nothing_that_was_not_found() -> None:
    assert Match(0.5) == Match(0.5, None, (), accepted=False, said="", elements=1, hits=0)
