"""Questions on their way out, whole: what stands in each file that others read, and all that it can't carry."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.courses.moving.outgoing import (
    CHOICE,
    FALSE,
    FIGURE,
    HALVES,
    ITEMS,
    MATCHING,
    MULTIPLE,
    NUMBER,
    ORDER,
    SHORT,
    TIME,
    TRUE,
)
from training.courses.moving import asked, gift, moodle, qti, safe_xml
from training.courses.moving.asked import Item, Loss
from training.sentence import phrase

WRITTEN = Path(__file__).with_name("written")
TIMED = "that it is a time: it becomes a short answer, which takes one spelling alone"
LOST = {
    "q7": [TIMED, "its tolerance of 1 seconds"],
    "q8": ["that it is an address: it becomes a short answer, which takes one spelling alone"],
    "q9": ["how much a line in a wrong place costs: that system counts in its own way"],
    "q10": [
        "what is said about each wrong pair",
        "marks in the right sides, such as `code`: they are shown as they are typed",
    ],
    "q11": [
        "that it stands for others of the pool lights; it becomes one question more",
        "the reasons: readers say true or false alone, and what is said about reasons is left out",
    ],
    "q12": ["the reasons: readers say true or false alone, and what is said about reasons is left out"],
}
"""What no format carries, by the question."""
SIGNS = "signs such as : = # in lines to be put into order: Moodle XML carries them, GIFT may not"
ARROW = "the arrow -> in a left side: it becomes the sign of one letter"
ELSE = "the question: GIFT would read something else in its answers. Moodle XML carries it"


def told(losses: Sequence[Loss]) -> dict[str, list[str]]:
    """What is lost, by the question; nothing of it has a line."""
    found: dict[str, list[str]] = {}
    for one in losses:
        assert one.line == 0
        found.setdefault(one.name, []).append(str(one.what))
    return found


def test_questions_in_gift_are_as_moodle_reads_them() -> None:
    text, losses = gift.write(ITEMS)
    assert text == (WRITTEN / "questions.gift").read_text("utf-8")
    assert told(losses) == {**LOST, "q9": [*LOST["q9"], SIGNS], "q10": [*LOST["q10"], ARROW]}


def test_questions_in_moodle_xml_are_as_moodle_exports_them() -> None:
    data, losses = moodle.write(ITEMS)
    assert data == (WRITTEN / "questions.xml").read_bytes()
    assert told(losses) == LOST


def test_a_quiz_of_a_cartridge_is_as_its_profile_asks() -> None:
    data, losses = qti.assessment("quiz-m1", "1 T & <t>", ITEMS)
    assert data == (WRITTEN / "quiz.xml").read_bytes()
    part = ["part of the points: all right options and no other, or nothing"]
    figure = ["that it is a number: one spelling is right, without the tolerance"]
    kinds = {one.name: [f"the question: a cartridge has no questions of type {one.type}"] for one in (ORDER, MATCHING)}
    assert told(losses) == {**LOST, **kinds, "q2": part, "q3": part, "q4": figure, "q5": figure}


def test_without_a_question_that_it_carries_a_module_has_no_quiz() -> None:
    data, losses = qti.assessment("quiz-m1", "T", [ORDER])
    assert (data, list(told(losses))) == (b"", ["q9"])
    assert qti.assessment("quiz-m1", "T", []) == (b"", [])


def test_an_option_may_have_the_name_of_what_is_always_shown() -> None:
    """The explanation is shown to everybody, what is said of an option to those who chose it."""
    options = (("general", "A"), ("b", "B"), ("general-1", "C"))
    item = replace(CHOICE, options=options, feedback={"general": "no: A", "general-1": "no: C"}, explanation="Why.")
    root = safe_xml.parse(qti.assessment("q", "T", [item])[0], "quiz.xml")
    asks = root.first("assessment").first("section").first("item")
    shown = {
        one.attributes["ident"]: one.first("flow_mat").first("material").first("mattext").text
        for one in asks.all("itemfeedback")
    }
    rules = [one for one in asks.first("resprocessing").all("respcondition") if one.all("displayfeedback")]
    said = [
        (one.first("conditionvar").first("varequal").text, shown[one.first("displayfeedback").attributes["linkrefid"]])
        for one in rules
    ]
    assert said == [("", "<p>Why.</p>"), ("general", "<p>no: A</p>"), ("general-1", "<p>no: C</p>")]


@pytest.mark.parametrize(
    "item",
    [
        replace(SHORT, accept=("a -> b",)),
        replace(SHORT, answer="->", explanation="Why."),
        replace(TIME, tolerance=0, type="short", answer="a->b"),
        replace(ORDER, items=(("a", "A"), ("b", "// B"), ("c", "C")), explanation="Why."),
        replace(ORDER, items=(("a", "A"), ("b", "B"), ("c", "$CATEGORY: x"))),
    ],
)
def test_what_gift_would_read_as_something_else_is_left_out_and_told(item: Item) -> None:
    text, losses = gift.write([item, FALSE])
    assert text == gift.write([FALSE])[0]
    assert told(losses)[item.name][-1] == ELSE
    assert told(losses)["q12"] == LOST["q12"]


def test_lines_without_signs_lose_nothing_more() -> None:
    item = replace(ORDER, items=(("a", "A // $CATEGORY"), ("b", "B"), ("c", "C")))
    text, losses = gift.write([item])
    assert "\nB\nC\nA // $CATEGORY\n####So.}" in text
    assert told(losses) == {"q9": LOST["q9"]}


def test_an_arrow_means_something_in_a_left_side_alone() -> None:
    plain = replace(MATCHING, items=(("p", "Port"), ("s", "Star"), ("t", "Stern")))
    line = replace(ORDER, items=(("a", "A -> A"), ("b", "B"), ("c", "C")))
    assert [told(gift.write([one])[1]) for one in (plain, line)] == [{"q10": LOST["q10"]}, {"q9": LOST["q9"]}]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a\r\nb\nc\rd", "a\\nb\\nc\rd"),
        ("\\ : # = { } ~ [ ] % * -> /", "\\\\ \\: \\# \\= \\{ \\} \\~ [ ] % * -> /"),
        ("", ""),
    ],
)
def test_a_text_in_gift_has_no_sign_that_means_something(text: str, made: str) -> None:
    assert gift.escaped(text) == made


def test_characters_that_xml_can_not_hold_are_left_out() -> None:
    kept = "\t\n \x7f\ud7ff\ue000\ufffd\U00010000\U0010ffff"
    stem = "\x00\x08\t\n\x0b\x1f \x7f\ud7ff\ud800\udfff\ue000\ufffd\ufffe\uffff\U00010000\U0010ffff"
    data, _ = moodle.write([replace(SHORT, stem=stem)])
    assert f"<text>{kept}</text>" in data.decode()


def test_a_category_begins_where_the_module_changes() -> None:
    items = [replace(FALSE, folder=""), replace(FALSE, folder="a"), replace(FALSE, folder="a"), FALSE]
    assert [line for line in gift.write(items)[0].split("\n") if line.startswith("$")] == [
        "$CATEGORY: a",
        "$CATEGORY: 01-quay",
    ]
    assert moodle.write(items)[0].count(b"$course$/") == 2
    assert moodle.write(items)[0].index(b"<!--") < moodle.write(items)[0].index(b"$course$/a")
    assert gift.write([]) == ("", [])


@pytest.mark.parametrize(
    ("item", "lost"),
    [
        (replace(TIME, tolerance=0), [TIMED]),
        (replace(SHORT, tolerance=1), []),
        (replace(MATCHING, feedback={}, options=(("r", "red"), ("g", "(green)"), ("w", "X"))), []),
        *((replace(MATCHING, feedback={}, options=(("r", "r"), ("g", sign))), LOST["q10"][1:]) for sign in "`*_$"),
        (replace(CHOICE, options=MATCHING.options, type="short"), []),
        (replace(TRUE, answer="a"), LOST["q11"][:1]),
        (replace(TRUE, pool="", type="choice"), []),
    ],
)
def test_what_no_format_carries_is_told_of_the_questions_that_have_it(item: Item, lost: list[str]) -> None:
    assert [str(one) for one in asked.losses(item)] == [f"{item.name}: {one}" for one in lost]


def test_a_loss_is_told_with_its_line_where_it_has_one() -> None:
    assert str(Loss("N", phrase("what"), 3)) == "line 3, N: what"
    assert str(Loss("N", phrase("what"))) == "N: what"


def test_right_options_and_their_worth() -> None:
    third = 100 / 3
    assert [asked.right(one) for one in (CHOICE, MULTIPLE)] == [{"b"}, {"a", "b", "d"}]
    assert asked.right(replace(CHOICE, answer="left")) == {"left"}
    assert asked.weights(HALVES) == {"a": 50, "b": -50, "c": 50}
    assert asked.weights(MULTIPLE) == {"a": third, "b": third, "c": -third, "d": third}


def test_lines_and_pairs_in_the_right_order() -> None:
    assert asked.ordered(ORDER) == ["Two", "Three $`z`$", "One: 1"]
    assert asked.ordered(replace(ORDER, answer="b")) == []
    assert list(asked.pairs(MATCHING)) == [
        ("Port -> left", "`red`"),
        ("[Star]", "green $`g`$"),
        ("Stern $`s`$", "`red`"),
        ("", "white"),
    ]


def test_words_beside_a_question_are_its_fields() -> None:
    assert asked.tags(CHOICE) == ["objective o1", "mark V1", "bank law-1", "bank f-2"]
    assert asked.tags(NUMBER) == []
    found = asked.with_tags([" objective o1 ", "mark V1 x", "bank b", "other y", "bank", "bank c d"], " a \n b ")
    assert found == {"objective": "o1", "mark": "V1 x", "bank": ("b", "c d"), "source": "a b"}
    assert asked.with_tags(["mark\tV1 x", "bank\tb"]) == {"bank": (), "source": ""}
    assert asked.with_tags([]) == {"bank": (), "source": ""}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a $`x`$ b $`y`$", "a $$x$$ b $$y$$"),
        ("$`x\ny`$", "$`x\ny`$"),
        ("$ `x` $", "$ `x` $"),
    ],
)
def test_a_formula_goes_out_and_comes_back(ours: str, theirs: str) -> None:
    assert (asked.outward(ours), asked.inward(theirs)) == (theirs, ours)


def test_figures_are_written_as_they_are_typed() -> None:
    items = [NUMBER, FIGURE, replace(NUMBER, answer=7, tolerance=0), replace(NUMBER, answer=1e21, tolerance=0.5)]
    found = [line.partition("?{")[2] for line in gift.write(items)[0].split("\n") if "?{" in line]
    assert found == ["#4396:2####It is.}", "#-1.5:0.25}", "#7:0####It is.}", "#1000000000000000000000:0.5####It is.}"]
