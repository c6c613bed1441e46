from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from training.courses.format import Key
from training.courses.questions import Question
from training.errors import Refused
from training.learning import forms
from training.learning.judge import feedback, fits, number, score


def question(kind: str, ids: str = "abc") -> Question:
    options = () if kind in {"number", "short"} else tuple((name, name.upper()) for name in ids)
    return Question("m1-1-q1", 1, "o1", kind, "stem", options)


def key(answer: object, **more: object) -> Key:
    given = {"answer": answer, "mark": "V1", "source": "Manual", "explanation": "Because `x`.", **more}
    return Key.model_validate(given)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4396", "4396"),
        (" 4 396 ", "4396"),
        ("4\u202f396", "4396"),
        ("4_396", "4396"),
        ("٤٣٩٦", "4396"),
        ("0x112C", "4396"),
        ("-3.50", "-3.5"),
        ("+7", "7"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "1e9", "NaN", "Infinity", "0x", "--1", "1.", "9" * 41, "1" * 31, "²"]
)
def test_what_is_no_number_is_refused_with_how_it_was_read(text: str) -> None:
    with pytest.raises(Refused, match=r"was not read as a number.*Nothing was counted") as refused:
        number(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize(
    ("kind", "right", "value", "expected"),
    [
        ("choice", "b", ["b"], 1.0),
        ("choice", "b", ["a"], 0.0),
        ("multiple", ["a", "c"], ["a", "c"], 1.0),
        ("multiple", ["a", "c"], ["a"], 0.5),
        ("multiple", ["a", "c"], ["a", "b", "c"], 0.5),
        ("multiple", ["a", "c"], ["b"], 0.0),
        ("order", ["b", "a", "c"], ["b", "a", "c"], 1.0),
        ("order", ["b", "a", "c"], ["a", "b", "c"], pytest.approx(1 / 3)),
        ("number", 4396, ["4 396"], 1.0),
        ("number", 4396, ["4395"], 0.0),
        ("short", "linux.pslist", [" Linux.PSLIST. "], 1.0),
        ("short", "linux.pslist", ["linux.psscan"], 0.0),
    ],
)
def test_scores(kind: str, right: object, value: list[str], expected: float) -> None:
    assert score(question(kind), key(right), value) == expected


def test_tolerance_and_other_texts_are_accepted() -> None:
    assert score(question("number"), key(10, tolerance=0.5), ["10.5"]) == 1
    assert score(question("number"), key(10, tolerance=0.5), ["10.51"]) == 0
    assert score(question("short"), key("linux.pslist", accept=["pslist"]), ["PsList"]) == 1


def test_the_explanation_comes_when_it_is_due() -> None:
    asked, right = question("choice"), key("b", feedback={"a": "No *a*.", "c": "No c."})
    wrong = feedback(asked, right, ["a"], 1)
    assert (wrong.kind, wrong.sentences, wrong.source) == ("bad", ("No <em>a</em>.",), "")
    assert feedback(asked, right, ["a"], 3).sentences == ("No <em>a</em>.", "Because <code>x</code>.")
    good = feedback(asked, right, ["b"], 1)
    assert (good.kind, good.sentences, good.source, good.mark) == ("ok", ("Because <code>x</code>.",), "Manual", "V1")
    assert feedback(question("multiple"), key(["a", "b"]), ["a"], 1).kind == "part"


@pytest.mark.parametrize(
    ("kind", "value", "fitting"),
    [
        ("choice", ["a"], True),
        ("choice", ["z"], False),
        ("choice", ["a", "b"], False),
        ("multiple", [], False),
        ("multiple", ["a", "z"], False),
        ("order", ["a", "b"], False),
        ("order", ["c", "b", "a"], True),
        ("number", ["a"], False),
        ("number", ["7"], True),
        ("short", ["a", "b"], False),
    ],
)
def test_an_answer_to_an_older_release_counts_only_where_it_fits(kind: str, value: list[str], fitting: bool) -> None:  # noqa: FBT001
    assert fits(question(kind), value) is fitting


def form(*pairs: tuple[str, str]) -> MultiDict[str, str]:
    return MultiDict(pairs)


def test_forms_are_read_into_answers() -> None:
    assert forms.answer(form(("option", "b")), question("choice")) == ["b"]
    assert forms.answer(form(("option", "c"), ("option", "a")), question("multiple")) == ["a", "c"]
    assert forms.answer(form(("place-a", "2"), ("place-b", "1"), ("place-c", "3")), question("order")) == [
        "b",
        "a",
        "c",
    ]
    assert forms.answer(form(("text", " 4 396 ")), question("number")) == ["4 396"]
    assert forms.answer(form(("text", "linux  pslist")), question("short")) == ["linux pslist"]


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("choice", []),
        ("choice", [("option", "z")]),
        ("choice", [("option", "a"), ("option", "b")]),
        ("multiple", [("option", "a"), ("option", "<x>")]),
        ("order", [("place-a", "1"), ("place-b", "1"), ("place-c", "3")]),
        ("order", [("place-a", "1")]),
        ("order", [("place-a", "0"), ("place-b", "1"), ("place-c", "2")]),
        ("number", [("text", "many")]),
        ("short", [("text", " ")]),
        ("short", [("text", "x" * 201)]),
    ],
)
def test_a_form_that_says_nothing_usable_is_refused(kind: str, pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused):
        forms.answer(form(*pairs), question(kind))


@pytest.mark.parametrize("given", ["", "short", "x" * 20, "a" * 65])
def test_a_form_without_its_key_is_refused(given: str) -> None:
    with pytest.raises(Refused, match="lost its key"):
        forms.request_key(form(("request_key", given)))
