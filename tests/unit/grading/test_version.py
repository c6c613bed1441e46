"""The identity of a grading version, and the number of the grader."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.unit.grading.miniature import MISTAKES, PROOF, RIGHT, question, questions, sealed, submit
from training.grading.credit import History, Tried
from training.grading.judge import Finding, judge
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.version import GRADER, identity


def changed(name: str, **fields: Any) -> tuple[Question, ...]:
    return tuple(
        Question.model_validate({**one.model_dump(mode="json"), **fields}) if one.id == name else one
        for one in questions()
    )


FIRST = question("q1").model_dump(mode="json")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Otherwise?"},
        {"short": "Other"},
        {"expects": "one PID"},
        {"after": "Other."},
        {"hints": [{**FIRST["hints"][0], "text": "Another hint."}]},
        {"mistakes": [{**one, "say": "Other.", "next": "Else."} for one in FIRST["mistakes"]]},
    ],
)
def test_words_change_no_identity(fields: dict[str, Any]) -> None:
    assert identity(changed("q1", **fields), sealed().keys) == identity(questions(), sealed().keys)


@pytest.mark.parametrize(
    "fields",
    [
        {"points": [10, 7, 5]},
        {"needs": 2},
        {"proof": FIRST["proof"][:1]},
        {"corroboration": []},
        {"key": {**FIRST["key"], "truth": "truth.actor.memfd.pid + 0"}},
        {"mistakes": FIRST["mistakes"][:1]},
        {"mistakes": FIRST["mistakes"][::-1]},
        {"mistakes": [{**FIRST["mistakes"][0], "credit": 0.1}, FIRST["mistakes"][1]]},
        {"accept": [{"value": "9"}]},
        {"hints": [{**FIRST["hints"][0], "price": 0.3}]},
        {"hints": []},
        {"lookalikes": [{"code": "M-FP", "values": "truth.x", "say": "No."}]},
    ],
)
def test_a_changed_rule_changes_the_rules_alone(fields: dict[str, Any]) -> None:
    before, after = identity(questions(), sealed().keys), identity(changed("q1", **fields), sealed().keys)
    assert after.rules != before.rules
    assert (after.keys, after.grader) == (before.keys, GRADER)


def test_weights_and_costs_are_rules_and_their_words_are_not() -> None:
    alike = {"code": "M-FP", "plugin": "p", "where": "PID = 1", "values": "truth.x", "say": "No.", "cost": 0.25}
    base = identity(changed("q4", lookalikes=[alike]), {})
    for other in ({"cost": 0.5}, {"weight": 2}, {"where": "PID = 2"}, {"values": "truth.y"}, {"plugin": "q"}):
        assert identity(changed("q4", lookalikes=[{**alike, **other}]), {}).rules != base.rules
    assert identity(changed("q4", lookalikes=[{**alike, "say": "Otherwise."}]), {}) == base


def test_levels_of_a_rubric_are_rules_and_their_words_are_not() -> None:
    limits = {"id": "limits", "text": "Limits are stated", "levels": ["no", "in part", "yes"]}
    written = {"id": "court", "type": "written", "text": "Who?", "points": [6]}

    def rules(**other: Any) -> str:
        return identity([Question.model_validate({**written, "rubric": [{**limits, **other}]})], {}).rules

    assert rules(text="Other", levels=["a", "b", "c"]) == rules()
    asked = {**written, "rubric": [limits], "after": "So it was."}
    sides = [identity([Question.model_validate({**asked, "by": by})], {}).rules for by in ("court", "defence")]
    assert sides == [rules(), rules()], "who asks is a matter of words"
    assert len({rules(), rules(weight=2), rules(levels=["no", "yes"]), rules(id="other")}) == 4


@pytest.mark.parametrize(
    "update",
    [
        {"answer": 146},
        {"mistakes": ((17,), (120,))},
        {"accept": ((1,),)},
        {"lookalikes": ((7,),)},
        {"given": {"x": 1}},
        {"names": {"init": 1}},
        {"shared": ("bash",)},
        {"material": "0" * 64},
        {"void": "Withdrawn."},
    ],
)
def test_a_changed_key_changes_the_keys_alone(update: dict[str, Any]) -> None:
    keys = {**sealed().keys, "q1": sealed().keys["q1"].model_copy(update=update)}
    before, after = identity(questions(), sealed().keys), identity(questions(), keys)
    assert after.keys != before.keys
    assert after.rules == before.rules
    missing = {name: key for name, key in sealed().keys.items() if name != "q1"}
    assert identity(questions(), missing).keys != before.keys


def test_the_reason_why_a_question_is_void_is_a_matter_of_words() -> None:
    def keys(reason: str) -> str:
        return identity([], {"q1": sealed().keys["q1"].model_copy(update={"void": reason})}).keys

    assert keys("One.") == keys("Another.") != keys("")


def test_an_identity_outlives_new_fields() -> None:
    """Versions that are stored keep their meaning: a field that is left out of a question or a key is not hashed."""
    asked: dict[str, Any] = {"id": "q1", "type": "pid", "text": "Which?", "points": [2, 1]}
    asked["key"] = {"truth": "truth.pid", "rows": 'the(rows("p").PID)'}
    found = identity([Question.model_validate(asked)], {"q1": SealedKey(answer=145, material="m")})
    assert (found.keys[:16], found.rules[:16]) == ("d1927c480db2c926", "b723d9fd2333e148")
    script = Question.model_validate({**asked, "accept": [{"value": "١٤٥"}]})
    found = identity([script], {"q1": SealedKey(answer="œil", given={"é": [1, "ü"]}, material="m", void="Déjà.")})
    assert (found.keys[:16], found.rules[:16]) == ("efa5db9dee906e51", "210770dbfa43eec7"), (
        "texts of any script are hashed as ASCII"
    )


def test_the_order_of_keys_does_not_matter_and_the_identity_is_two_digests() -> None:
    found = identity(questions(), dict(reversed(sealed().keys.items())))
    assert found == identity(questions(), sealed().keys)
    assert (len(found.keys), len(found.rules), found.grader) == (64, 64, "6")
    assert identity(questions()[::-1], sealed().keys).rules != found.rules


FIGURES = {
    *("state", "void", "correctness", "support", "corroboration", "cost", "credit", "mistake", "lookalikes", "solved"),
    *("points", "gained", "worth", "tries_left"),
}
JUDGED = ("6", "c387f0526e03df20")
"""The grader, and a digest of the figures that it gives. Where the test fails, raise `GRADER` and put both here."""


def test_a_grader_that_judges_otherwise_has_another_number() -> None:
    tried = [*RIGHT.items(), *((name, text) for name, text, _ in MISTAKES)]
    lines = []
    for name, text in tried:
        for cited in (PROOF[name], PROOF[name][:1], PROOF[name][:1] * 2, PROOF["q9"], []):
            verdict = submit(name, text, cited, History((Tried(0.2, 0.5),)))
            figures = verdict.model_dump(mode="json", include=FIGURES)
            rounded = {key: round(value, 9) if isinstance(value, float) else value for key, value in figures.items()}
            lines.append(json.dumps([name, text, rounded], sort_keys=True))
    void = sealed().keys["q1"].model_copy(update={"void": "Withdrawn."})
    lines.append(judge(question("q1"), Finding("3"), void, PROOF["q9"]).model_dump_json(include=FIGURES))
    assert (GRADER, hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]) == JUDGED
