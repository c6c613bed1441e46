"""Proofs as whole records: what is sealed, what a person is told of a key that does not hold, and where."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from training.grading.keys.syntax import Query
from training.grading.proof import MOST_VALUES, Proof
from training.grading.proving import Proved, Sealed, prove, seal
from training.grading.question import Question, Questions
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon

Rows = Sequence[Mapping[str, Any]]
P, Q = Query("p"), Query("q")
ROWS: Rows = [{"PID": 145, "COMM": "x"}, {"PID": 7, "COMM": "z"}, {"PID": 8, "COMM": "y"}, {"PID": 9, "COMM": "y"}]
TRUTH: dict[str, Any] = {"pid": 145, "all": [7, 145], "chain": [1, 145], "none": [], "at": "2026-03-10T12:00:00Z"}
ONE: dict[str, Any] = {
    "id": "q1",
    "type": "pid",
    "text": "Which?",
    "points": [2, 1],
    "key": {"truth": "truth.pid", "rows": 'the(rows("p")[COMM = "x"].PID)'},
}
OF_SET = {"truth": "truth.all", "rows": 'rows("p")[PID = 7 or PID = 145].PID'}
SET = {**ONE, "type": "set", "element": "pid", "key": OF_SET}
CHAIN = {
    **ONE,
    "type": "chain",
    "key": {
        "truth": "truth.chain",
        "rows": 'list(1, the(rows("p")[COMM = "x"].PID))',
        "names": 'pairs(rows("p").COMM, rows("p").PID)',
    },
}
NUMBER = {**ONE, "type": "number", "tolerance": 1, "band": [{"tolerance": 5, "credit": 0.5}]}
WORDS = {**SET, "element": "string", "key": {"truth": 'list("x", "z")', "rows": 'rows("p")[COMM != "y"].COMM'}}
A, B = {"code": "M-A", "say": "No."}, {"code": "M-B", "say": "No."}
ALIKE = {"code": "M-L", "plugin": "p", "where": 'COMM = "z"', "say": "A twin."}
NO_PID = "a pid is a whole number from -2,147,483,648 to 4,294,967,295"
NO_PAIRS = "key.names: pairs of a process name and a PID are expected; see pairs()"
SHOWN, OTHER = {"plugin": "p", "shows": ["PID"]}, {"plugin": "p", "shows": ["PID"], "where": 'COMM = "z"'}
LINE = {"material": "record", "where": 'text has "145"'}


def made(*questions: Mapping[str, Any]) -> tuple[Question, ...]:
    return TypeAdapter(Questions).validate_python(questions)


def proved(base: Mapping[str, Any], rows: Mapping[Query, Rows] | None = None, /, **changes: Any) -> Proved:
    return prove(made({**base, **changes}), TRUTH, {P: ROWS} if rows is None else rows)[0]


def sealed(*questions: Mapping[str, Any], truth: Mapping[str, Any] = TRUTH) -> Sealed:
    return seal(made(*questions), truth, {P: ROWS})


PROVED: list[tuple[Mapping[str, Any], dict[str, Any], dict[str, Any]]] = [
    (ONE, {}, {}),
    (ONE, {"proof": [SHOWN], "corroboration": [SHOWN]}, {}),
    (
        ONE,
        {
            "mistakes": [{**A, "when": 'rows("p")[COMM = "y"].PID'}, {**B, "value": "0x2"}],
            "lookalikes": [{**ALIKE, "values": "list(7)"}],
        },
        {"mistakes": (("M-A", (8, 9)), ("M-B", (2,))), "lookalikes": (("M-L", (7,)),)},
    ),
    (
        ONE,
        {
            "key": {"truth": "truth.zzz", "rows": 'count(rows("p"))'},
            "mistakes": [{**A, "value": "7"}],
            "lookalikes": [ALIKE],
        },
        {
            "truth": None, "rows": 4, "agree": False,
            "problems": ("key.truth: no column is named 'zzz'; there are: all, at, chain, none, pid (at character 6)",),
        },
    ),
    (
        ONE,
        {"key": {"truth": "truth.pid", "rows": 'the(rows("p")[COMM = "x"].COMM)'}},
        {"rows": None, "agree": False, "problems": (f"key.rows: {NO_PID}",)},
    ),
    (
        SET,
        {"key": {"truth": "truth.all", "rows": 'rows("p").PID'}},
        {
            "rows": (7, 8, 9, 145), "agree": False,
            "problems": ("key: the two forms disagree: truth has 7, 145, the rows have 7, 8, 9, 145",),
        },
    ),
    (
        SET,
        {"key": {"truth": "truth.none", "rows": 'rows("p")[PID = 0].PID'}},
        {
            "truth": None, "rows": None, "agree": False,
            "problems": ("key.truth: the answer is empty", "key.rows: the answer is empty"),
        },
    ),
    (
        SET,
        {"mistakes": [{**A, "includes": 'list(8, "x")'}], "lookalikes": [{**ALIKE, "values": 'list("y", 9)'}]},
        {
            "mistakes": (("M-A", (8,)),), "lookalikes": (("M-L", (9,)),),
            "problems": (f"M-A: {NO_PID}", f"M-L: {NO_PID}"),
        },
    ),
    (
        WORDS,
        {"mistakes": [{**A, "value": "x"}], "accept": [{"value": "z"}]},
        {"mistakes": (("M-A", (("x",),)),)},
    ),
    (NUMBER, {"mistakes": [{**A, "when": "truth.none"}]},
     {"mistakes": (("M-A", ()),), "remarks": ("M-A matches no finding on this exhibit",)}),
    (CHAIN, {"key": {**CHAIN["key"], "names": "truth.pid"}}, {"problems": (NO_PAIRS,)}),
    (CHAIN, {"key": {**CHAIN["key"], "names": "truth.chain"}}, {"problems": (NO_PAIRS,)}),
    (CHAIN, {"key": {**CHAIN["key"], "names": 'list(list("x", true))'}}, {"problems": (NO_PAIRS,)}),
    (
        ONE,
        {"proof": [LINE, OTHER, SHOWN], "corroboration": [OTHER, OTHER]},
        {
            "problems": ("corroboration: none of the sources shows the answer on this exhibit",),
            "remarks": (
                "proof 2: no row of p shows the answer on this exhibit",
                "corroboration 1: no row of p shows the answer on this exhibit",
                "corroboration 2: no row of p shows the answer on this exhibit",
            ),
        },
    ),
    (
        ONE,
        {"proof": [LINE, {"plugin": "p", "shows": ["PDI"]}], "corroboration": [{"plugin": "p", "where": "PDI = 7"}]},
        {
            "problems": (
                "proof 2: p has no column 'PDI'; nearest: PID",
                "corroboration 1 where: no column is named 'PDI'; nearest: PID (at character 1)",
                "corroboration: none of the sources shows the answer on this exhibit",
            ),
            "remarks": ("corroboration 1: no row of p shows the answer on this exhibit",),
        },
    ),
    (
        ONE,
        {
            "text": "Is it 145?", "short": "145?", "expects": "145, say",
            "accept": [{"value": "6", "say": "Not 1450."}, {"value": "5", "say": "It is 145."}],
            "mistakes": [{**A, "value": "7", "next": "Try 145."}], "lookalikes": [{**ALIKE, "say": "As 145."}],
            "hints": [{"price": 0, "text": "See 1456."}, {"price": 0, "text": "See 145."}],
        },
        {
            "mistakes": (("M-A", (7,)),), "lookalikes": (("M-L", ()),),
            "problems": tuple(
                f"{place}: the text holds the answer"
                for place in ("text", "short", "expects", "M-A", "accept 2", "M-L", "hints 2")
            ),
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("base", "changes", "expected"), PROVED)
def test_a_proof_is_told_whole(base: Mapping[str, Any], changes: dict[str, Any], expected: dict[str, Any]) -> None:
    answer = {id(ONE): 145, id(SET): (7, 145), id(WORDS): ("x", "z"), id(NUMBER): "145", id(CHAIN): (1, 145)}[id(base)]
    assert proved(base, **changes) == Proved(**{"id": "q1", "truth": answer, "rows": answer, "agree": True, **expected})


def test_an_id_that_the_page_shows_anyway_and_a_short_answer_may_stand_in_a_text() -> None:
    asked = {"type": "choice", "options": {"ran": "It ran.", "was": "It was there."}, "key": {"constant": "ran"}}
    assert proved(ONE, **asked, hints=[{"price": 0, "text": "What ran?"}]).problems == ()
    short = {"key": {"truth": "12", "rows": 'count(rows("p")) + 8'}, "text": "Is it 12?"}
    assert proved(ONE, **short) == Proved(id="q1", truth=12, rows=12, agree=True)


@pytest.mark.parametrize(
    ("size", "problems"), [(MOST_VALUES, ()), (MOST_VALUES + 1, ("M-A: 2,001 values; at most 2,000",))]
)
def test_two_thousand_values_are_not_too_many(size: int, problems: tuple[str, ...]) -> None:
    rows = {P: ROWS, Q: [{"PID": 1_000 + number} for number in range(size)]}
    found = proved(ONE, rows, mistakes=[{**A, "when": 'rows("q").PID'}])
    assert (found.problems, len(found.mistakes[0][1])) == (problems, 0 if problems else MOST_VALUES)


RIGHT_ROW, WRONG_ROW = {"PID": 145, "AT": 1}, {"PID": 7, "AT": 1}
PLAIN, FIRST, SECOND = Query("s"), Query("s", (("pid", 1),)), Query("s", (("pid", 2),))
LINES = Query("s", material=True)
BARREN = ("proof 1: no row of s shows the answer on this exhibit",)


@pytest.mark.parametrize(
    ("runs", "remarks"),
    [
        ({}, ()),
        ({PLAIN: [RIGHT_ROW]}, ()),
        ({PLAIN: [WRONG_ROW]}, BARREN),
        ({PLAIN: []}, BARREN),
        ({PLAIN: [RIGHT_ROW], FIRST: [WRONG_ROW]}, ()),
        ({PLAIN: [WRONG_ROW], FIRST: [RIGHT_ROW]}, BARREN),
        ({FIRST: [WRONG_ROW], SECOND: [RIGHT_ROW]}, ()),
        ({FIRST: [WRONG_ROW], SECOND: [WRONG_ROW]}, BARREN),
        ({LINES: [WRONG_ROW]}, ()),
        ({LINES: [RIGHT_ROW], FIRST: [WRONG_ROW]}, BARREN),
    ],
)
def test_the_plain_run_is_looked_at_and_those_with_options_where_there_is_none(
    runs: dict[Query, Rows], remarks: tuple[str, ...]
) -> None:
    found = proved(ONE, {P: ROWS, **runs}, proof=[{"plugin": "s", "shows": ["PID"]}, LINE])
    assert (found.remarks, found.problems) == (remarks, ())


def test_a_condition_is_tried_on_the_one_row_that_there_is() -> None:
    rows = {P: ROWS, PLAIN: [RIGHT_ROW]}
    found = proved(ONE, rows, lookalikes=[{**ALIKE, "plugin": "s", "where": "AZ = 2"}])
    assert found.problems == ("M-L where: no column is named 'AZ'; there are: AT, PID (at character 1)",)
    assert found.remarks == ("M-L: no row of s looks alike on this exhibit",)


GIVEN = {"proof": [{"plugin": "p", "where": "PID = q1 and PID < most"}], "facts": {"most": "truth.pid + 1", "no": "1"}}


def test_a_sealed_key_holds_what_judging_needs_and_nothing_else() -> None:
    second = {
        **CHAIN, **GIVEN, "id": "q2", "needs": 1,
        "accept": [{"value": "1 > z"}, {"value": "1 > y"}], "mistakes": [{**A, "when": "reverse(key)"}],
        "lookalikes": [{**ALIKE, "values": "list(7)"}],
    }  # fmt: skip
    made_ = made(ONE, second)
    assert sealed(ONE, second).keys == {
        "q1": SealedKey(answer=145, material=made_[0].material),
        "q2": SealedKey(
            answer=(1, 145), accept=(((1, 7),), ()), mistakes=(((145, 1),),), lookalikes=((7,),),
            given={"most": 146, "q1": 145}, names={"x": 145, "z": 7}, shared=("y",), material=made_[1].material,
        ),
    }  # fmt: skip


LOST = {"when": "count(truth.none) = 0", "proof": [{"material": "record", "where": "number = q1"}]}


@pytest.mark.parametrize(("gone", "answer"), [(True, "lost"), (False, (7, 145))])
def test_the_key_of_a_loss_holds_the_names_of_its_sources(gone: bool, answer: Canon) -> None:  # noqa: FBT001 - a row
    rows = {
        "truth": "truth.all",
        "rows": 'rows("p")[PID = 7 or PID = 145].PID' if not gone else 'rows("p")[PID = 0].PID',
    }
    second = {**SET, "id": "q2", "key": rows, "lost": {**LOST, "when": LOST["when"] if gone else "truth.pid = 1"}}
    key = sealed(ONE, second).keys["q2"]
    assert key == SealedKey(answer=answer, lost=gone, given={"q1": 145}, material=made(ONE, second)[1].material)


def test_a_loss_that_rows_deny_is_told_with_what_they_have() -> None:
    assert proved({**SET, "lost": {**LOST, "proof": [LINE]}}) == Proved(
        id="q1", truth=None, rows=None, agree=False,
        problems=("lost: the truth says that it is gone, the rows have 7, 145",),
    )  # fmt: skip


def test_what_is_not_proved_can_not_be_sealed() -> None:
    work = Proof(made(ONE)[0], {"pid": 1}, {P: ROWS}, {}, ())
    work.do()
    with pytest.raises(ValueError, match=r"^q1 has no key to seal$"):
        work.sealed()


def test_the_truth_of_a_seal_is_named_whatever_order_it_was_written_in() -> None:
    written = datetime(2026, 3, 10, 12, tzinfo=UTC)
    one, other = {"pid": 145, "at": written, "b": {"d": 1, "c": 2}}, {"b": {"c": 2, "d": 1}, "at": written, "pid": 145}
    text = '{"at": "2026-03-10 12:00:00+00:00", "b": {"c": 2, "d": 1}, "pid": 145}'
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert sealed(ONE, truth=one).truth == sealed(ONE, truth=other).truth == digest


def test_where_both_forms_agree_within_the_tolerance_the_rows_are_sealed_and_each_wrong_value_once() -> None:
    timed = {"type": "timestamp", "tolerance": 1, "key": {"truth": "truth.at", "rows": 'the(rows("p").AT)'}}
    asked = {**ONE, **timed, "mistakes": [{**A, "when": "list(key + 60, key + 60, key + 120)"}]}
    rows = {P: [{"AT": "2026-03-10T12:00:01+00:00"}]}
    key = seal(made(asked), TRUTH, rows).keys["q1"]
    assert key.answer == "2026-03-10T12:00:01Z"
    assert key.mistakes == (("2026-03-10T12:01:01Z", "2026-03-10T12:02:01Z"),)
