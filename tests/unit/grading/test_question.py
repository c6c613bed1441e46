from __future__ import annotations

import hashlib
import json
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
CHOICES = {
    "type": "choices",
    "options": {"a": "An answer", "b": "Another", "c": "A third"},
    "key": {"constant": "c, a"},
}
RUBRIC = [{"id": "facts", "text": "Are they shown?", "levels": ["no", "yes"]}]
WRITTEN = {"type": "written", "key": None, "rubric": RUBRIC}


TWELVE = {"code": "M-X", "value": "12", "say": "No."}


def bands(tolerance: object, *steps: tuple[object, float]) -> dict[str, Any]:
    band = [{"tolerance": width, "credit": credit} for width, credit in steps]
    return {"type": "number", "tolerance": tolerance, "band": band}


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
    assert made(**CHOICES).worded("a, c") == ("An answer; A third",)
    pairs = {"type": "matching", "items": {"a": "Left", "b": "Next"}, "options": {"1": "One", "2": "Two"}}
    assert made(**pairs, key={"constant": "a=1"}).worded("a=1, b=2") == ("Left = One; Next = Two",)
    said = made(type="statement", reasons={"r1": "It ended", "r2": "It runs"}, key={"constant": "true: r1"})
    assert said.worded("false: r2") == ("false: It runs",)


def test_a_field_of_a_material_may_hold_a_whole_endpoint() -> None:
    assert made(type="endpoint", proof=[{"material": "flows", "shows": ["peer"]}]).needed == 1


def test_a_key_that_is_the_same_everywhere_is_known_at_once() -> None:
    assert made(**CHOICES).fixed == ("a", "c")
    assert made(**CONSTANT).fixed == "a"
    assert made(**{**CONSTANT, "key": {"constant": "an  ANSWER"}}).fixed == "a"
    assert made(type="pattern", key={"pattern": "[0-9]x"}).fixed == "[0-9]x"
    assert made(type="number", key={"constant": "1.50"}).fixed == "1.5"
    assert made().fixed is None
    assert made(**WRITTEN).fixed is None


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
    alike = {"code": "M-FP", "values": "list(7)", "say": "No."}
    assert base.material != made(mistakes=[mistake], lookalikes=[alike]).material
    assert made(lookalikes=[alike]).material == made(lookalikes=[{**alike, "say": "Yes.", "weight": 3}]).material


def test_every_field_that_decides_the_key_is_a_part_of_the_material() -> None:
    number, steps = {"type": "number", "key": {"constant": "1"}}, {**STEPS, "key": {"constant": "a > b"}}
    base = {question.material for question in (made(**number), made(**steps), made(**CHOICES))}
    changed = {
        made(**number, tolerance={"relative": 0.5}).material,
        made(**number, band=[{"tolerance": 5, "credit": 0.5}]).material,
        made(**number, unit="KiB").material,
        made(**steps, before={"b": ["a"]}).material,
        made(**CHOICES, method="all").material,
        made(type="pattern", key={"pattern": "[0-9]x"}).material,
        made(type="pattern", key={"pattern": "[0-9]y"}).material,
        made(type="pattern", key={"pattern": "[0-9]x"}, ignore_case=True).material,
    }
    assert len(changed) == 8
    assert not base & changed


def test_old_seals_hold() -> None:
    """The material of a question without any of the newer fields is what it was before there were any."""
    old: dict[str, Any] = {
        "id": "q1", "type": "timestamp", "element": None, "options": {}, "steps": {}, "tolerance": 1, "method": "net",
        "proof": [], "corroboration": [], "facts": {},
        "key": {"truth": "truth.pid", "rows": BASE["key"]["rows"], "constant": None, "names": None},
    }  # fmt: skip
    text = json.dumps(old, separators=(",", ":")) + "\n-"
    assert made(type="timestamp", tolerance=1).material == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "Q1"}, "match pattern"),
        ({"id": "key"}, "name the question otherwise"),
        ({"type": "pdi"}, "no answer type is named 'pdi'"),
        ({"points": [1, 2]}, "never rise"),
        ({"points": []}, "at least 1"),
        ({"extra": 1}, "Extra inputs"),
        ({"element": "pid"}, "`element` belongs to set"),
        ({"type": "set"}, "a set needs `element`"),
        ({"type": "set", "element": "chain"}, "elements of a set are one of"),
        ({"mistakes": [{"code": "M-X", "when": "the(", "say": "No."}]}, "a value is expected here, not the end"),
        ({"options": {"a": "x", "b": "y"}}, "`options` belongs to choice, choices, matching, set"),
        ({"type": "choice", "key": {"constant": "a"}}, "a choice needs `options`"),
        ({**CONSTANT, "options": {"a": "x"}}, "`options` are 2 or more"),
        ({**CONSTANT, "options": {"a": "x", "A": "y"}}, "`options`: 'a' and 'A' read alike"),
        ({**CONSTANT, "options": {"a": "x", "b": " X "}}, "`options`: 'a' and 'b' read alike"),
        ({**CONSTANT, "options": {"a": "x", "b c": "y"}}, "the id 'b c' has something else than letters"),
        ({"type": "sequence"}, "a sequence needs `steps`"),
        ({**STEPS, "before": {"a": ["c"]}}, "`before` names the step 'c'"),
        ({**STEPS, "before": {"a": ["b"], "b": ["a"]}}, "need each other in a circle: "),
        ({"before": {"a": ["b"]}}, "`before` belongs to sequence"),
        ({"tolerance": 1}, "`tolerance` belongs to duration, number, timestamp"),
        ({"tolerance": -1}, "greater than or equal"),
        ({"type": "timestamp", "tolerance": {"relative": 0.1}}, "a tolerance in seconds, not a relative one"),
        ({"type": "timestamp", "tolerance": 86_401}, "at most 86,400 seconds"),
        ({"type": "number", "tolerance": {"relative": 0.1, "nominal": 1}}, "exactly one of `nominal`"),
        (
            {**bands(1, (5, 0.7)), "key": {"constant": "9"}, "mistakes": [TWELVE]},
            "M-X: its value 12 lies in a band that is worth 0.7",
        ),
        ({"type": "number", "unit": "furlongs"}, "'bytes', 'KiB'"),
        ({"unit": "bytes"}, "`unit` belongs to number"),
        ({"band": [{"tolerance": 1, "credit": 0.5}]}, "`band` belongs to duration, number, timestamp"),
        ({"type": "number", "band": [{"tolerance": 1, "credit": 1}]}, "less than 1"),
        (bands(1, (1, 0.5)), "`band` 1: a tolerance of 1 is not wider than the 1 before it"),
        (bands(1, (2, 0.5), (2, 0.4)), "`band` 2: a tolerance of 2 is not wider than the 2 before it"),
        (bands(1, (2, 0.5), (3, 0.6)), "`band` 2: a credit of 0.6 is not below the 0.5 before it"),
        (bands(1, ({"relative": 0.5}, 0.5)), "nominal and relative tolerances can't be put in order"),
        ({"method": "coverage"}, "`method` belongs to choices, set"),
        ({**PIDS, "method": "each"}, "`method: each` needs a closed list of at most 8"),
        ({**PIDS, "options": {"1": "x", "2": "y"}}, "`options` of a set are the closed list"),
        ({**PIDS, "options": {"1": "x", "z": "y"}, "method": "each"}, "options: the value 'z' can't be read"),
        ({**CHOICES, "options": {str(n): f"text {n}" for n in range(9)}, "method": "each"}, "at most 8 `options`"),
        ({**CHOICES, "method": "some"}, "'net', 'coverage'"),
        ({**CHOICES, "key": {"constant": "a, d"}}, "key.constant: the value 'a, d' can't be read: 'd' is none of"),
        ({**CHOICES, "key": {"constant": "a, b, c"}, "method": "all"}, "naming every option would earn 100%"),
        ({**CHOICES, "method": "coverage"}, "naming every option would earn 67%"),
        ({"type": "matching", "options": {"1": "x", "2": "y"}, "key": {"constant": "a=1"}}, "a matching needs `items`"),
        ({"type": "statement", "key": {"constant": "true: r"}}, "a statement needs `reasons`"),
        ({"type": "pattern"}, "`key.pattern` belongs to the type pattern"),
        ({"key": {"pattern": "[0-9]+x"}}, "`key.pattern` belongs to the type pattern"),
        ({"ignore_case": True}, "`ignore_case` belongs to pattern"),
        ({"type": "pattern", "key": {"pattern": "(a"}}, "the pattern can't be used: missing ): (a"),
        ({"type": "pattern", "key": {"pattern": ".*"}}, "every text fits the pattern"),
        ({"key": None}, "a key is missing: only a written answer has none"),
        ({"rubric": RUBRIC}, "`rubric` belongs to written"),
        ({"type": "written", "rubric": RUBRIC}, "it has no `key`"),
        ({"type": "written", "key": None}, "a written answer needs `rubric`"),
        ({"by": "court"}, "`by` belongs to written"),
        ({**WRITTEN, "by": "court"}, "the court view needs a model answer in `after`"),
        ({**WRITTEN, "rubric": [*RUBRIC, *RUBRIC]}, "two criteria of the rubric are named 'facts'"),
        ({**WRITTEN, "accept": [{"value": "x"}]}, "it has no `accept`"),
        ({"needs": "each"}, "`needs: each` belongs to set"),
        ({"needs": 0}, "greater than or equal"),
        ({"corroboration": [{"plugin": "a", "shows": ["PID"]}]}, "a question with it has `proof`"),
        ({"proof": [{"shows": ["PID"]}]}, "either a plugin or a material"),
        ({"proof": [{"plugin": "a", "material": "b", "shows": ["PID"]}]}, "either a plugin or a material"),
        ({"proof": [{"plugin": "a"}]}, "a source needs `shows`"),
        ({"proof": [{"plugin": "a", "step": "s", "shows": ["PID"]}]}, "shows step 's', which the question has not"),
        ({"type": "endpoint", "proof": [{"plugin": "a", "shows": ["PID"]}]}, "an endpoint needs two"),
        ({**PIDS, "proof": [{"plugin": "a", "where": "PID = 1"}]}, "names the columns that shows one"),
        ({**STEPS, "proof": [{"plugin": "a", "where": "PID = 1"}]}, "names the `step`"),
        ({"key": {"truth": "truth.pid"}}, "both forms"),
        ({"key": {"truth": "truth.pid", "rows": "1"}}, "asks no plugin"),
        ({"key": {"truth": 'rows("a").PID', "rows": 'rows("a").PID'}}, "the truth form asks plugins"),
        ({**CONSTANT, "key": {"constant": "c"}}, "key.constant: the value 'c' can't be read"),
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
        part in str(caught.value) for part in ("name the question otherwise", "belongs to duration", "belongs to set")
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
    assert functions == {*FUNCTIONS, "rows", "lines"}


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
    alike = {"code": "M-FP", "plugin": "linux.malfind", "where": "PID = value", "values": 'rows("linux.lsof").PID'}
    question = made(lookalikes=[{**alike, "say": "It is innocent."}])
    assert Query("linux.malfind") in sources([question])
    assert Query("linux.lsof") in queries([question])
    assert queries([made(**WRITTEN)]) == frozenset()
