import pytest
from werkzeug.datastructures import MultiDict

from training.courses.manuscript.format import Key
from training.courses.manuscript.questions import TYPED, Question
from training.errors import Refused
from training.learning import forms
from training.learning.judge import answer_of, feedback, fits, score, understand


def question(kind: str, ids: str = "abc") -> Question:
    options = () if kind in TYPED else tuple((name, name.upper()) for name in ids)
    items = (("x", "X"), ("y", "Y"), ("z", "Z")) if kind == "matching" else ()
    return Question("m1-1-q1", 1, "o1", kind, "stem", options, items)


def key(answer: object, **more: object) -> Key:
    given = {"answer": answer, "mark": "V1", "source": "Manual", "explanation": "Because `x`.", **more}
    return Key.model_validate(given)


PAIRS = {"x": "a", "y": "b", "z": "a"}
UNTRUE = {"truth": False, "reason": "b"}
MOMENT = "2026-03-11T09:14:33Z"


@pytest.mark.parametrize("text", ["4396", "4 396", "4\u202f396", "٤٣٩٦", "0x112C", "+4396", "4396.0"])
def test_numbers_are_read_as_everywhere_in_the_program(text: str) -> None:
    assert understand(question("number"), text).canon == "4396"


@pytest.mark.parametrize("text", ["", "abc", "1,500", "NaN", "Infinity", "0x", "--1", "1.", "²", "5 MB"])
def test_what_is_no_number_is_refused_with_how_it_was_read(text: str) -> None:
    with pytest.raises(Refused, match=r"Expected: a number.*Nothing was counted") as refused:
        understand(question("number"), text)
    assert refused.value.field == "text"


@pytest.mark.parametrize(
    ("kind", "text", "part"),
    [
        ("time", "2026-03-11 09:14", "The seconds are missing"),
        ("time", "11 March", "is not a date and time"),
        ("address", "300.1.1.1", "is not an address that exists"),
        ("address", "here", "is not an address that exists"),
        ("short", "\u200b", "Nothing was typed"),
    ],
)
def test_refusals_say_what_was_not_understood(kind: str, text: str, part: str) -> None:
    with pytest.raises(Refused, match=part):
        understand(question(kind), text)


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
        ("order", ["b", "a", "c"], ["c", "a", "b"], 0.0),
        ("matching", PAIRS, ["x=a", "y=b", "z=a"], 1.0),
        ("matching", PAIRS, ["x=a", "y=c", "z=a"], pytest.approx(2 / 3)),
        ("matching", PAIRS, ["x=b", "y=a", "z=b"], 0.0),
        ("statement", UNTRUE, ["false", "b"], 1.0),
        ("statement", UNTRUE, ["false", "a"], 0.5),
        ("statement", UNTRUE, ["true", "b"], 0.0),
        ("number", 4396, ["4 396"], 1.0),
        ("number", 4396, ["4395"], 0.0),
        ("number", 0.1, ["0,1"], 1.0),
        ("time", MOMENT, ["2026-03-11 10:14:33+01:00"], 1.0),
        ("time", MOMENT, ["2026-03-11 09:14:34Z"], 0.0),
        ("address", "192.0.2.17", ["192[.]0[.]2[.]17"], 1.0),
        ("address", "192.0.2.17", ["192.0.2.17:443"], 0.0),
        ("address", "[2001:db8::1]:443", ["2001:db8:0::1 port 443"], 1.0),
        ("address", "192.0.2.17:443", ["192.0.2.17"], 0.0),
        ("short", "linux.pslist", [" Linux.PSLIST "], 1.0),
        ("short", "linux.pslist", ["linux.psscan"], 0.0),
    ],
)
def test_scores(kind: str, right: object, value: list[str], expected: float) -> None:
    assert score(question(kind), key(right), value) == expected
    assert score(question(kind), key(right), answer_of(key(right))) == 1


def test_tolerance_and_other_texts_are_accepted() -> None:
    assert score(question("number"), key(10, tolerance=0.5), ["10.5"]) == 1
    assert score(question("number"), key(10, tolerance=0.5), ["10.51"]) == 0
    assert score(question("time"), key(MOMENT, tolerance=2), ["2026-03-11 09:14:35Z"]) == 1
    assert score(question("time"), key(MOMENT, tolerance=2), ["2026-03-11 09:14:36Z"]) == 0
    assert score(question("short"), key("linux.pslist", accept=["pslist"]), ["PsList"]) == 1


def test_ids_are_never_taken_for_the_texts_of_other_options() -> None:
    mixed = Question("m1-1-q1", 1, "o1", "choice", "stem", (("a", "b"), ("b", "c"), ("c", "a")))
    assert [score(mixed, key("b"), [one]) for one in "abc"] == [0.0, 1.0, 0.0]


def test_readers_are_told_how_a_typed_answer_was_read() -> None:
    said = feedback(question("number"), key(0.1), ["0,1"], 1)
    assert said.notes == ("The comma was read as a decimal point.",)
    assert feedback(question("number"), key(0.1), ["0.1"], 1).notes == ()


def test_feedback_speaks_of_the_wrong_pair_and_the_wrong_reason() -> None:
    pairs = key(PAIRS, feedback={"x": "No x.", "y": "No y.", "z": "No z."})
    assert feedback(question("matching"), pairs, ["x=a", "y=c", "z=b"], 1).sentences == ("No y.", "No z.")
    reasons = key(UNTRUE, feedback={"a": "No a.", "c": "No c."})
    assert feedback(question("statement"), reasons, ["false", "a"], 1).sentences == ("No a.",)
    assert feedback(question("statement"), reasons, ["true", "b"], 1).sentences == ()


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
        ("matching", ["x=a", "y=b"], False),
        ("matching", ["x=a", "y=b", "z=z"], False),
        ("matching", ["x=a", "y=b", "y=b"], False),
        ("matching", ["x=a", "y=b", "z=b"], True),
        ("statement", ["true"], False),
        ("statement", ["maybe", "a"], False),
        ("statement", ["true", "a"], True),
        ("time", ["today"], False),
        ("address", ["2001:db8::1"], True),
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
    places = form(("place-a", "٢"), ("place-b", "\u200f\u0661 "), ("place-c", "۳"))  # digits of Arabic and of Persian
    assert forms.answer(places, question("order")) == ["b", "a", "c"]
    assert forms.answer(form(("text", " 4 396 ")), question("number")) == ["4 396"]
    assert forms.answer(form(("text", "linux  pslist")), question("short")) == ["linux pslist"]
    assert forms.answer(form(("pair-z", "a"), ("pair-x", "a"), ("pair-y", "b")), question("matching")) == [
        "x=a",
        "y=b",
        "z=a",
    ]
    assert forms.answer(form(("truth", "false"), ("option", "b")), question("statement")) == ["false", "b"]
    assert forms.answer(form(("text", "192.0.2.1")), question("address")) == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("choice", []),
        ("choice", [("option", "z")]),
        ("choice", [("option", "a"), ("option", "b")]),
        ("multiple", [("option", "a"), ("option", "<x>")]),
        ("order", [("place-a", "1"), ("place-b", "1"), ("place-c", "3")]),
        ("order", [("place-a", "1")]),
        ("order", [("place-a", "²"), ("place-b", "1"), ("place-c", "3")]),
        ("order", [("place-a", "0"), ("place-b", "1"), ("place-c", "2")]),
        ("matching", [("pair-x", "a"), ("pair-y", "b")]),
        ("matching", [("pair-x", "a"), ("pair-y", "b"), ("pair-z", "q")]),
        ("statement", [("option", "a")]),
        ("statement", [("truth", "maybe"), ("option", "a")]),
        ("statement", [("truth", "true"), ("option", "a"), ("option", "b")]),
        ("time", [("text", "noon")]),
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
