"""Benign look-alikes: what it says and costs to name one, or to cite one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from training.grading.citations import Cited
from training.grading.judge import Finding, Verdict, judge
from training.grading.keys.syntax import Query
from training.grading.parts import Lookalike
from training.grading.proving import Proved, Sealed, prove, seal
from training.grading.question import Question, Questions
from training.grading.sealed import SealedKey

JIT = {
    "code": "M-FPMAL",
    "plugin": "malfind",
    "where": 'Process = "java"',
    "values": 'rows("malfind")[Process = "java"].PID',
    "say": "A just-in-time compiler needs such regions.",
    "cost": 0.25,
    "weight": 2,
}
HAND = {"code": "M-STAGE", "values": "truth.hands", "say": "Part of the training range."}
SHELL = {"code": "M-SHELL", "plugin": "psaux", "where": 'ARGS = "sh"', "say": "A shell of the house.", "cost": 0.8}
SET: dict[str, Any] = {
    "id": "q1",
    "type": "set",
    "element": "pid",
    "text": "Which processes hold injected code?",
    "points": [10, 5],
    "proof": [{"plugin": "malfind", "shows": ["PID"]}],
    "key": {"truth": "truth.injected", "rows": 'set(rows("malfind")[Hexdump starts "fc"].PID)'},
    "lookalikes": [JIT, HAND, SHELL],
}
ONE: dict[str, Any] = {
    **SET,
    "type": "pid",
    "element": None,
    "key": {"truth": "truth.first", "rows": 'min(rows("malfind")[Hexdump starts "fc"].PID)'},
}
TRUTH = {"injected": [145, 146], "first": 145, "hands": [150], "none": [], "text": "nothing"}
ROWS: dict[Query, list[dict[str, Any]]] = {
    Query("malfind"): [
        {"PID": 145, "Process": "sshd", "Hexdump": "fc 48"},
        {"PID": 146, "Process": "cron", "Hexdump": "fc e8"},
        {"PID": 200, "Process": "java", "Hexdump": "55 8b"},
        {"PID": 201, "Process": "java", "Hexdump": "55 8b"},
    ],
    Query("psaux"): [{"PID": 99, "ARGS": "sh"}, {"PID": 150, "ARGS": "range-peer"}],
}


def made(base: dict[str, Any], **changes: Any) -> tuple[Question, SealedKey]:
    questions = TypeAdapter(Questions).validate_python([{**base, **changes}])
    sealed = seal(questions, TRUTH, ROWS)
    assert not sealed.unproved, sealed.unproved
    return questions[0], sealed.keys["q1"]


def proved(base: dict[str, Any], **changes: Any) -> Proved:
    return prove(TypeAdapter(Questions).validate_python([{**base, **changes}]), TRUTH, ROWS)[0]


def row(pid: int, plugin: str = "malfind", state: str = "complete") -> Cited:
    return Cited(plugin, state, next(one for one in ROWS[Query(plugin)] if one["PID"] == pid))


def submit(base: dict[str, Any], text: str, *cited: Cited, **changes: Any) -> Verdict:
    question, key = made(base, **changes)
    return judge(question, Finding(text), key, cited)


BOTH = (row(145), row(146))


def test_naming_one_is_explained_and_weighs_what_the_author_says() -> None:
    heavy = submit(SET, "145, 146, 200", *BOTH)
    assert heavy.correctness == 0  # two right, and two for the weight of one
    assert heavy.shows.startswith("A just-in-time compiler needs such regions.")
    assert (heavy.lookalikes, heavy.mistake, heavy.cost) == (("M-FPMAL",), None, 0)
    light = submit(SET, "145, 146, 150", *BOTH)
    assert light.correctness == 0.5
    assert light.shows.startswith("Part of the training range.")
    both = submit(SET, "145, 150, 201", *BOTH)
    assert both.lookalikes == ("M-FPMAL", "M-STAGE")
    assert both.shows.startswith("A just-in-time compiler needs such regions. Part of the training range.")
    assert submit(SET, "145, 146, 777", *BOTH).lookalikes == ()


def test_naming_one_where_a_single_value_is_asked_is_explained() -> None:
    verdict = submit(ONE, "200")
    assert (verdict.credit, verdict.lookalikes) == (0, ("M-FPMAL",))
    assert verdict.shows == "A just-in-time compiler needs such regions."
    assert verdict.next == "Compare the question with the rows and columns that you used."


def test_a_named_mistake_speaks_first_and_the_heaviest_weight_counts() -> None:
    mistake = {"code": "M-JAVA", "includes": "list(200)", "say": "Look at its bytes.", "weight": 1.5}
    verdict = submit(SET, "145, 146, 200", *BOTH, mistakes=[mistake], method="net")
    assert (verdict.mistake, verdict.lookalikes, verdict.correctness) == ("M-JAVA", ("M-FPMAL",), 0)
    assert verdict.shows.startswith("Look at its bytes. A just-in-time compiler")
    whole = {"code": "M-ALL", "when": "list(list(145, 200))", "say": "One of two.", "credit": 0.3}
    named = submit(SET, "145, 200", *BOTH, mistakes=[whole])
    assert (named.correctness, named.mistake, named.lookalikes) == (0.3, "M-ALL", ("M-FPMAL",))


def test_citing_one_is_explained_and_costs_its_share_once() -> None:
    for cited in ((row(200),), (row(200), row(201)), (row(201), row(200), row(200))):
        verdict = submit(SET, "145, 146", *BOTH, *cited)
        assert (verdict.correctness, verdict.support, verdict.cost, verdict.credit) == (1, 1, 0.25, 0.75)
        assert verdict.notes == ("The cited row of malfind is a look-alike and costs a quarter of the credit.",)
        assert verdict.shows == "A just-in-time compiler needs such regions."
        assert verdict.next == "Leave out the cited row that looks alike."
        assert verdict.right == "The value is right."
        assert (verdict.lookalikes, verdict.solved) == (("M-FPMAL",), False)


@pytest.mark.parametrize(
    ("cost", "part"), [(0.5, "half"), (0.75, "three quarters"), (1, "all"), (0.1, "10 %"), (1 / 3, "33.33 %")]
)
def test_the_cost_is_said_in_words(cost: float, part: str) -> None:
    verdict = submit(SET, "145, 146", *BOTH, row(200), lookalikes=[{**JIT, "cost": cost}])
    assert verdict.notes == (f"The cited row of malfind is a look-alike and costs {part} of the credit.",)
    assert verdict.credit == pytest.approx(1 - cost)


def test_costs_add_up_and_never_take_more_than_there_is() -> None:
    verdict = submit(SET, "145, 146", *BOTH, row(200), row(99, "psaux"), lookalikes=[{**JIT, "cost": 0.8}, SHELL])
    assert (verdict.cost, verdict.credit, len(verdict.notes)) == (1, 0, 2)
    assert verdict.lookalikes == ("M-FPMAL", "M-SHELL")


def test_one_that_costs_nothing_is_only_explained() -> None:
    verdict = submit(SET, "145, 146", *BOTH, row(200), lookalikes=[{**JIT, "cost": 0}])
    assert (verdict.credit, verdict.notes, verdict.solved) == (1, (), True)
    assert verdict.shows == "A just-in-time compiler needs such regions."
    assert verdict.next == ""


def test_a_run_that_is_not_complete_costs_nothing_either() -> None:
    verdict = submit(SET, "145, 146", *BOTH, row(200, state="partial"))
    assert (verdict.cost, verdict.lookalikes) == (0, ())


def test_named_and_cited_it_is_explained_once() -> None:
    verdict = submit(ONE, "200", row(200))
    assert verdict.lookalikes == ("M-FPMAL",)
    assert verdict.shows == "A just-in-time compiler needs such regions."
    assert verdict.cost == 0.25


WIDE = {**JIT, "where": "PID > 0", "values": None, "weight": 1}


def test_a_row_that_proves_a_right_value_is_no_look_alike() -> None:
    assert submit(ONE, "145", row(145), lookalikes=[WIDE]).credit == 1
    assert submit(ONE, "145", row(145), row(146), lookalikes=[WIDE]).credit == 0.75
    second = {"proof": [{"plugin": "psaux", "shows": ["PID"]}], "corroboration": SET["proof"]}
    rows = {**ROWS, Query("psaux"): [{"PID": 145, "ARGS": "x"}]}
    question = TypeAdapter(Questions).validate_python([{**ONE, **second, "lookalikes": [WIDE]}])[0]
    key = seal([question], TRUTH, rows).keys["q1"]
    cited = [Cited("psaux", "complete", {"PID": 145, "ARGS": "x"}), row(145)]
    assert judge(question, Finding("145"), key, cited).credit == 1


def test_a_row_that_shows_a_wrong_value_is_one() -> None:
    assert submit(ONE, "146", row(146), lookalikes=[WIDE]).cost == 0.25
    part = {"code": "M-NEXT", "value": "146", "say": "Nearly.", "credit": 0.5}
    assert submit(ONE, "146", row(146), lookalikes=[WIDE], mistakes=[part]).credit == 0.5 * 0.75
    set_ = submit(SET, "145, 146, 200", *BOTH, row(200), method="net", lookalikes=[{**JIT, "weight": 1}])
    assert (set_.correctness, set_.support, set_.credit) == (0.5, 1, 0.375)
    own = submit(SET, "145, 146, 200", *BOTH, lookalikes=[{**WIDE, "where": "PID < 200"}])
    assert own.cost == 0


@pytest.mark.parametrize("worth", [1, 0.5])
def test_an_accepted_form_is_right_whatever_it_is_worth(worth: float) -> None:
    form = {"value": "146", "say": "Accepted as well.", "credit": worth}
    verdict = submit(ONE, "146", row(146), lookalikes=[WIDE], accept=[form])
    assert (verdict.credit, verdict.cost) == (worth, 0)


def test_a_condition_may_name_the_finding_facts_and_the_key() -> None:
    named = {**WIDE, "where": "PID != value and PID != key and PID < limit"}
    facts = {"limit": "truth.first + 60"}
    question, key = made(ONE, lookalikes=[named], facts=facts)
    assert key.given == {"limit": 205}
    assert judge(question, Finding("145"), key, [row(145), row(200)]).cost == 0.25
    assert judge(question, Finding("200"), key, [row(200)]).cost == 0


def test_values_are_sealed_and_conditions_stay() -> None:
    question, key = made(SET)
    assert key.lookalikes == ((200, 201), (150,), ())
    assert SealedKey.model_validate_json(key.model_dump_json()) == key
    assert question.lookalikes[0].condition is not None
    assert proved(SET).lookalikes == (("M-FPMAL", (200, 201)), ("M-STAGE", (150,)), ("M-SHELL", ()))
    old = key.model_dump(mode="json", exclude={"lookalikes", "void"})
    assert SealedKey.model_validate(old).lookalikes == ()
    assert Sealed.model_validate({"keys": {"q1": old}, "unproved": {}, "materials": {}, "truth": ""}).keys["q1"].answer


@pytest.mark.parametrize(
    ("base", "change", "problem"),
    [
        (SET, {"values": 'rows("malfind").PID'}, "M-FPMAL: 145 belongs to the right answer"),
        (ONE, {"values": 'rows("malfind").PID'}, "M-FPMAL: one of its values is the right answer"),
        (ONE, {"values": "truth.zzz"}, "M-FPMAL: no column is named 'zzz'"),
        (ONE, {"values": "truth.text"}, "M-FPMAL: a pid is a whole number"),
        (ONE, {"say": "It is not 145."}, "M-FPMAL: the text holds the answer"),
        (ONE, {"where": 'Proces = "java"'}, "M-FPMAL where: no column is named 'Proces'; nearest: Process"),
    ],
)
def test_problems_of_an_author(base: dict[str, Any], change: dict[str, Any], problem: str) -> None:
    found = proved(base, lookalikes=[{**JIT, **change}])
    assert not found.sound
    assert any(problem in one for one in found.problems), found.problems


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"values": "truth.none"}, "M-FPMAL: its values name nothing on this exhibit"),
        ({"where": 'Process = "none"'}, "M-FPMAL: no row of malfind looks alike on this exhibit"),
        ({"where": "PID > 0"}, "M-FPMAL: a row of malfind that it means is proof; citing that is free"),
        ({"where": "PID = value"}, None),
        ({"plugin": "other"}, None),
    ],
)
def test_remarks_on_look_alikes_that_match_nothing(change: dict[str, Any], remark: str | None) -> None:
    found = proved(SET, lookalikes=[{**JIT, **change}])
    assert found.sound, found
    assert found.remarks == ((remark,) if remark else ())


def test_an_accepted_form_can_not_be_a_look_alike() -> None:
    found = proved(ONE, accept=[{"value": "200"}], lookalikes=[JIT])
    assert found.problems == ("M-FPMAL: one of its values is the right answer, or an accepted form of it",)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"where": None}, "`plugin` and `where` together"),
        ({"plugin": None}, "`plugin` and `where` together"),
        ({"plugin": None, "where": None, "values": None}, "a look-alike needs"),
        ({"plugin": None, "where": None}, "`cost` is for citing a row"),
        ({"values": None}, "`weight` is for naming an element"),
        ({"cost": 1.1}, "less than or equal to 1"),
        ({"weight": 0.5}, "greater than or equal to 1"),
        ({"code": "fp"}, "should match pattern"),
        ({"where": "PID ="}, "at character"),
        ({"say": ""}, "at least 1 character"),
    ],
)
def test_what_is_no_look_alike(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Lookalike.model_validate({**JIT, **change})


def test_of_two_mistakes_the_first_one_is_named_whether_it_is_a_part_or_the_whole() -> None:
    part = {"code": "M-HANDS", "includes": "truth.hands", "say": "It belongs to the range."}
    whole = {"code": "M-MIX", "when": "list(145, 150)", "say": "One of them only.", "credit": 0.5}
    found = submit(SET, "145, 150", *BOTH, lookalikes=[], mistakes=[part, whole])
    assert (found.mistake, found.correctness) == ("M-HANDS", 0)
    found = submit(SET, "145, 150", *BOTH, lookalikes=[], mistakes=[whole, part])
    assert (found.mistake, found.correctness) == ("M-MIX", 0.5)
