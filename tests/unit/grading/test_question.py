from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.unit.grading.miniature import questions
from training.grading.keys.functions import FUNCTIONS
from training.grading.keys.syntax import Query
from training.grading.question import Question, Questions, queries, sources
from training.grading.values.reading import names

BASE: dict[str, Any] = {
    "id": "q1",
    "type": "pid",
    "text": "Which?",
    "points": [2, 1],
    "key": {"truth": "truth.pid", "rows": 'the(rows("linux.pslist").PID)'},
}
CONSTANT = {"type": "choice", "options": {"a": "An answer", "b": "Another"}, "key": {"constant": "a"}}

PIDS = {"type": "set", "element": "pid"}
STEPS = {"type": "sequence", "steps": {"a": "x", "b": "y"}}


def made(**changes: Any) -> Question:
    return Question.model_validate({**BASE, **changes})


def test_a_question_knows_its_form() -> None:
    question = made(expects="one PID")
    assert question.help == "one PID"
    assert made().help == "one process identifier as a decimal number"
    assert question.needed == 1
    assert made(points=3).points == (3,)
    assert made(type="set", element="pid").needed == "each"
    assert made(type="set", element="pid", needs=2).needed == 2


def test_values_are_worded_as_the_page_shows_them() -> None:
    assert made(type="sequence", steps={"a": "First", "b": "Second"}).worded("b > a > c") == ("Second", "First", "c")
    assert made(**CONSTANT).worded("a") == ("An answer",)
    assert made().worded("145 > 3") == ("145 > 3",)


def test_a_mistake_is_found_by_its_name_and_says_itself_in_short() -> None:
    found = made(mistakes=[{"code": "M-X", "value": "7", "say": "This is the parent. Read on."}]).mistake("M-X")
    assert found is not None
    assert found.short == "This is the parent."
    assert made().mistake("M-X") is None


def test_material_follows_the_key_and_not_the_words() -> None:
    mistake = {"code": "M-X", "value": "7", "say": "No."}
    base = made(mistakes=[mistake])
    assert base.material == made(mistakes=[mistake], text="Another?", points=1, after="x").material
    assert base.material == made(mistakes=[{**mistake, "say": "Yes."}]).material
    assert base.material != made(mistakes=[{**mistake, "value": "8"}]).material
    assert base.material != made(key={**BASE["key"], "truth": "truth.other"}).material
    assert base.material != made(mistakes=[mistake], accept=[{"value": "9"}]).material


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "Q1"}, "match pattern"),
        ({"id": "key"}, "name the question otherwise"),
        ({"type": "pdi"}, "no answer type is named 'pdi'"),
        ({"points": [1, 2]}, "never rise"),
        ({"points": []}, "at least 1"),
        ({"extra": 1}, "Extra inputs"),
        ({"element": "pid"}, "a set, and nothing else, has an `element`"),
        ({"type": "set"}, "a set, and nothing else, has an `element`"),
        ({"type": "set", "element": "chain"}, "elements of a set are one of"),
        ({"mistakes": [{"code": "M-X", "when": "the(", "say": "No."}]}, "a value is expected here, not the end"),
        ({"options": {"a": "x", "b": "y"}}, "a choice, and nothing else"),
        ({**CONSTANT, "options": {"a": "x"}}, "a choice, and nothing else"),
        ({"type": "sequence"}, "a sequence, and nothing else"),
        ({"tolerance": 1}, "`tolerance` belongs to times"),
        ({"needs": "each"}, "`needs: each` belongs to set"),
        ({"needs": 0}, "greater than or equal"),
        ({"corroboration": [{"plugin": "a", "shows": ["PID"]}]}, "a question with it has `proof`"),
        ({"proof": [{"shows": ["PID"]}]}, "either a plugin or a material"),
        ({"proof": [{"plugin": "a", "material": "b", "shows": ["PID"]}]}, "either a plugin or a material"),
        ({"proof": [{"plugin": "a"}]}, "a source needs `shows`"),
        ({"proof": [{"material": "a", "shows": ["PID"]}]}, "has no columns"),
        ({"proof": [{"plugin": "a", "step": "s", "shows": ["PID"]}]}, "shows step 's', which the question has not"),
        ({"type": "endpoint", "proof": [{"plugin": "a", "shows": ["PID"]}]}, "an endpoint needs two"),
        ({**PIDS, "proof": [{"plugin": "a", "where": "PID = 1"}]}, "names the columns that shows one"),
        ({**STEPS, "proof": [{"plugin": "a", "where": "PID = 1"}]}, "names the `step`"),
        ({"key": {"truth": "truth.pid"}}, "both forms"),
        ({"key": {"truth": "truth.pid", "rows": "1"}}, "asks no plugin"),
        ({"key": {"truth": 'rows("a").PID', "rows": 'rows("a").PID'}}, "the truth form asks plugins"),
        ({"key": {"constant": "a"}}, "a constant key is the id of an option"),
        ({**CONSTANT, "key": {"constant": "c"}}, "a constant key is the id of an option"),
        ({**CONSTANT, "key": {"constant": "a", "truth": "truth.a"}}, "has no other form"),
        ({"key": {**BASE["key"], "names": 'rows("a").X'}}, "`names` belongs to a chain"),
        ({"key": {**BASE["key"], "truth": "truth."}}, "is expected here, not the end (at character 7)"),
        ({"mistakes": [{"code": "M-X", "say": "No."}]}, "exactly one of"),
        ({"mistakes": [{"code": "x", "value": "1", "say": "No."}]}, "match pattern"),
        ({"mistakes": [{"code": "M-X", "value": "1", "say": "No.", "weight": 2}]}, "`weight` belongs to `includes`"),
        ({"mistakes": [{"code": "M-X", "includes": "key", "say": "No.", "credit": 0.5}]}, "`credit` has no meaning"),
        ({"mistakes": [{"code": "M-X", "includes": "key", "say": "No."}]}, "`includes` belongs to set"),
        ({"mistakes": [{"code": "M-X", "value": "x", "say": "No."}]}, "the value 'x' can't be read"),
        ({"mistakes": [{"code": "M-X", "choice": "x", "say": "No."}]}, "'x' is no option"),
        ({**CONSTANT, "mistakes": [{"code": "M-X", "choice": "a", "say": "No."}]}, "'a' is the right option"),
        ({"accept": [{"say": "Yes."}]}, "either `when` or `value`"),
        ({"accept": [{"value": "y"}]}, "the value 'y' can't be read"),
        ({"hints": [{"price": 2, "text": "x"}]}, "less than or equal"),
    ],
)  # fmt: skip
def test_what_an_author_may_get_wrong(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(**changes)
    assert reason in str(caught.value)


def whole(*changes: dict[str, Any]) -> None:
    TypeAdapter(Questions).validate_python([{**BASE, **change} for change in changes])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (({}, {}), "two questions are named 'q1'"),
        (
            ({"key": {**BASE["key"], "truth": "truht.pid"}},),
            "q1, key.truth: nothing is named 'truht' here; nearest: truth",
        ),
        (({"key": {**BASE["key"], "truth": "q2"}}, {"id": "q2"}), "nothing is named 'q2' here"),
        (({"key": {**BASE["key"], "truth": "key"}},), "nothing is named 'key' here"),
        (({"facts": {"truth": "1"}},), "'truth' already means something"),
        (({}, {"id": "q2", "facts": {"q1": "1"}}), "'q1' already means something"),
        (({"facts": {"a": "b", "b": "1"}},), "q1, facts a: nothing is named 'b'"),
        (({"proof": [{"plugin": "a", "where": 'PID in rows("a").PID'}]},), "a condition on a citation can't ask"),
    ],
)
def test_what_may_be_wrong_between_questions(changes: tuple[dict[str, Any], ...], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        whole(*changes)
    assert reason in str(caught.value)


def test_all_errors_are_reported_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        made(id="key", tolerance=3, needs="each")
    assert all(
        part in str(caught.value) for part in ("name the question otherwise", "belongs to times", "belongs to set")
    )
    with pytest.raises(ValidationError) as caught:
        whole({"key": {**BASE["key"], "truth": "q8"}}, {"key": {**BASE["key"], "truth": "q9"}})
    assert all(part in str(caught.value) for part in ("'q8' here", "'q9' here", "two questions"))


def test_the_examples_of_the_documentation_load() -> None:
    page = (Path(__file__).parents[3] / "docs" / "grading.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    loaded = [TypeAdapter(Questions).validate_python(yaml.safe_load(block)) for block in blocks]
    assert {question.type for block in loaded for question in block} == set(names())
    functions = set(re.findall(r"^\| `(\w+)\(", page, flags=re.MULTILINE))
    assert functions == {*FUNCTIONS, "rows"}


def test_errors_carry_their_place() -> None:
    class Lab(BaseModel):
        questions: Questions

    bad = {**BASE, "mistakes": [{"code": "M-X", "when": "the(", "say": "No."}]}
    with pytest.raises(ValidationError) as caught:
        Lab.model_validate({"questions": [BASE, bad]})
    assert caught.value.errors()[0]["loc"] == ("questions", 1, "mistakes", 0, "when")


def test_the_runs_that_a_lab_needs() -> None:
    assert Query("linux.proc.Maps") not in queries(questions())
    assert {Query("linux.psaux"), Query("linux.sockstat"), Query("linux.psscan")} <= queries(questions())
    assert Query("linux.proc.Maps") in sources(questions())
