"""Signs as whole records: what each says of whom, exactly from which figure on, and what is expected by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.grading.test_signs import PIDS, QUESTION, crowd, key, right, tried
from training.grading import signs
from training.grading.chance import Chance, near_by_chance
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.signs import Asked, Before, Found, Kind, Listed, Sign, Tried
from training.grading.values.base import Canon
from training.grading.values.reading import names

NOTHING = {
    Kind.FOREIGN: Chance(0, 0.0),
    Kind.RARE: Chance(0, 0.0),
    Kind.NEAR: Chance(0, 0),
    Kind.NO_RUN: Chance(0, None),
    Kind.FAST: Chance(0, 0.0),
}
BOTH = {"q1": PIDS, "q2": PIDS}


def chances(tries: list[Tried], before: Before = Before(), asked: Mapping[str, Asked] | None = None) -> Any:  # noqa: B008 - frozen
    return signs.find(asked or BOTH, tries, before).chances


# what is listed


def test_nobody_tried_and_nothing_is_expected() -> None:
    assert signs.find(BOTH, []) == Found((), NOTHING)
    assert signs.find(BOTH, [], crowd()) == Found((), NOTHING)
    assert signs.find({}, [tried("a")]) == Found((), NOTHING), "a question that is not asked about"


def test_everything_that_is_said_of_one_person() -> None:
    session = [
        tried("a", at=0.0, value="w", foreign=("two",)),
        right("a", number=2, at=10_000.0, value="r", ran=False),
        tried("a", "q2", at=20_000.0, value="fast", seconds=0.5),
    ]
    found = signs.find(BOTH, session)
    assert found.listed == (
        Listed(
            ("a",),
            (
                Sign(Kind.FOREIGN, "a", "q1", 1, "w"),
                Sign(Kind.NO_RUN, "a", "q1", 2, "r"),
                Sign(Kind.FAST, "a", "q2", 1, "fast", seconds=0.5),
            ),
        ),
    )
    assert found.chances == {
        Kind.FOREIGN: Chance(1, pytest.approx(2 * 3 / 500)),  # type: ignore[arg-type]
        Kind.RARE: Chance(0, 0.0),
        Kind.NEAR: Chance(0, 0),
        Kind.NO_RUN: Chance(1, None),
        Kind.FAST: Chance(1, pytest.approx(0.02)),  # type: ignore[arg-type]
    }


def test_everything_that_is_said_of_two_persons() -> None:
    session = [
        tried("a", at=0.0, value="odd"),
        tried("b", number=3, at=50_000.0, value="odd"),
        tried("b", "q2", at=60_000.0, value="odd"),
        tried("a", "q2", number=2, at=61_000.0, value="odd"),
        right("a", "q3", at=100_000.0, value="r"),
        right("b", "q3", number=2, at=100_060.0, value="s"),
        right("b", "q3", number=3, at=100_070.0, value="again"),
        right("c", "q3", at=100_070.0, value="t"),
    ]
    found = signs.find({**BOTH, "q3": PIDS}, session, crowd())
    assert found.listed == (
        Listed(
            ("a", "b"),
            (
                Sign(Kind.RARE, "b", "q1", 3, "odd", other="a", seconds=50_000.0),
                Sign(Kind.RARE, "a", "q2", 2, "odd", other="b", seconds=1_000.0),
                Sign(Kind.NEAR, "b", "q3", 2, "s", other="a", seconds=60.0),
            ),
        ),
    )
    assert (found.chances[Kind.RARE].seen, found.chances[Kind.NEAR].seen) == (2, 3)


def test_of_two_at_the_same_moment_the_order_of_names_decides() -> None:
    """The same session says the same of the same person, in whatever order its findings were read."""
    tries = [tried(one, name, value="odd", at=at) for name, at in (("q1", 0.0), ("q2", 9.0)) for one in "ab"]
    first, second = (signs.find(BOTH, order, crowd()).listed for order in (tries, tries[::-1]))
    assert first == second
    assert {(sign.person, sign.other) for sign in first[0].signs} == {("b", "a")}


def test_who_is_listed_in_a_pair_is_not_listed_alone() -> None:
    pair = [tried(person, name, value="odd", at=float(ord(person))) for name in BOTH for person in "ab"]
    own = [right(person, "q3", at=at, ran=False, seconds=1.0) for person, at in (("a", 20_000.0), ("b", 60_000.0))]
    found = signs.find({**BOTH, "q3": PIDS}, [*pair, *own], crowd())
    assert [one.people for one in found.listed] == [("a", "b")]
    assert [sign.person for sign in found.listed[0].signs] == ["b", "b", "a", "b", "a", "b"]


def test_who_is_right_twice_is_close_to_others_once() -> None:
    session = [right("a", at=0.0), right("a", number=2, at=500.0), right("b", at=510.0, ran=False)]
    assert chances(session)[Kind.NEAR].seen == 0
    assert chances([*session, right("b", number=2, at=600.0, ran=False)])[Kind.NO_RUN].seen == 1


def test_closeness_concerns_those_who_share_another_sign() -> None:
    session = [
        *(tried(person, name, value="odd", at=at) for name in BOTH for person, at in (("a", 0.0), ("b", 50_000.0))),
        *(right(person, "q3", at=at) for person, at in (("c", 100_000.0), ("a", 100_030.0), ("b", 100_060.0))),
    ]
    found = signs.find({**BOTH, "q3": PIDS}, session, crowd())
    assert [(one.people, [sign.kind for sign in one.signs]) for one in found.listed] == [
        (("a", "b"), [Kind.RARE, Kind.RARE, Kind.NEAR])
    ]


@pytest.mark.parametrize(("at", "people"), [(60.0, ("a", "b")), (60.1, ("a",))])
def test_a_key_that_the_other_had_at_the_very_moment(at: float, people: tuple[str, ...]) -> None:
    source, copied = right("b", variant="two", at=at), tried("a", foreign=("two",), at=60.0)
    again = right("a", "q2", ran=False, at=90_000.0)
    assert [one.people for one in signs.find(BOTH, [source, copied, again]).listed] == [people]


def test_a_second_try_or_one_without_a_time_hides_no_fast_one() -> None:
    session = [
        right("a", number=2, seconds=1.0, at=0.0),
        right("b", seconds=None, at=1_000.0),
        right("c", seconds=1.0, at=2_000.0),
    ]
    assert chances(session)[Kind.FAST] == Chance(1, pytest.approx(0.01))  # type: ignore[arg-type]


# limits


@pytest.mark.parametrize(("seconds", "seen"), [(100.9, 1), (101.0, 0)])
def test_faster_than_all_but_one_in_a_hundred(seconds: float, seen: int) -> None:
    before = Before(seconds={"q1": [float(n) for n in range(100, 201)]})
    assert chances([right("a", seconds=seconds)], before)[Kind.FAST].seen == seen


@pytest.mark.parametrize(("others", "seen"), [(37, 0), (38, 0), (39, 1)])
def test_a_value_is_rare_below_one_in_twenty(others: int, seen: int) -> None:
    before = Before(wrong={"q1": {"odd": 2, "common": others}})
    found = chances([tried("a", value="odd"), tried("b", value="odd")], before)[Kind.RARE]
    assert found.seen == seen
    assert found.expected == pytest.approx(2 / 2 * (2 / (others + 2)) ** 2 if seen else 0)


def test_whoever_is_right_in_part_did_not_err() -> None:
    """Of four persons two erred: six pairs, in each of which both err and share the rare value."""
    before = Before(wrong={"q1": {"odd": 2, "common": 98}})
    partly = [tried(person, wrong=False) for person in "cd"]
    found = chances([tried("a", value="odd"), tried("b", value="odd"), *partly], before)[Kind.RARE]
    assert found == Chance(1, pytest.approx(6 * 0.5**2 * 0.02**2))  # type: ignore[arg-type]


def test_a_value_that_earlier_sessions_do_not_know() -> None:
    shared = [tried("a", value="new"), tried("b", value="new")]
    assert chances(shared)[Kind.RARE] == Chance(0, 0.0), "nothing is known of the question"
    known = chances(shared, Before(wrong={"q1": {"common": 41}}))[Kind.RARE]
    assert known == Chance(1, 0.0), "as many as hold it here"
    assert chances(shared, Before(wrong={"q1": {"common": 40}}))[Kind.RARE].seen == 0


@pytest.mark.parametrize(
    ("people", "without", "counts"), [(7, 2, True), (8, 2, True), (8, 3, False), (12, 3, True), (12, 4, False)]
)
def test_a_habit_of_more_than_a_quarter_of_eight_or_more(people: int, without: int, counts: bool) -> None:  # noqa: FBT001 - of a table
    habit = [right(f"p{n}", ran=n >= without, seconds=1.0 if n < without else 300.0) for n in range(people)]
    found = chances(habit)
    assert found[Kind.NO_RUN] == Chance(without, None, counts=counts)
    assert found[Kind.FAST] == Chance(without, pytest.approx(people / 100), counts=counts)  # type: ignore[arg-type]


def test_fewer_than_eight_have_no_habit() -> None:
    habit = [right(f"p{n}", ran=False, seconds=1.0) for n in range(7)]
    found = chances(habit)
    assert (found[Kind.NO_RUN].counts, found[Kind.FAST].counts) == (True, True)


@pytest.mark.parametrize(("count", "span"), [(2, 600.0), (4, 600.0), (5, 300.0 * 6 / 4), (6, 375.0 * 7 / 5)])
def test_how_many_right_answers_show_over_what_time_a_question_was_answered(count: int, span: float) -> None:
    """A session of 600 seconds; the answers to the first question come 75 seconds apart, in its middle."""
    edges = [tried("x", "q2", at=0.0), tried("y", "q2", at=600.0)]
    found = chances([*edges, *(right(f"p{n}", at=100 + n * 75.0) for n in range(count))])[Kind.NEAR]
    assert found == Chance(count, pytest.approx(count * near_by_chance(count - 1, span, 120)), counts=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(("seconds", "counts"), [(2_401.0, True), (2_399.0, False)])
def test_closeness_counts_where_one_in_ten_is_not_reached(seconds: float, counts: bool) -> None:  # noqa: FBT001 - of a table
    """Two right answers, of which one is within two minutes of the other by chance in 240 of so many seconds."""
    session = [tried("x", "q2", at=at) for at in (0.0, 800.0, 1_600.0, seconds)]
    found = chances([*session, right("a", at=0.0), right("b", at=1_600.0)])[Kind.NEAR]
    assert found == Chance(0, pytest.approx(2 * 240 / seconds), counts=counts)  # type: ignore[arg-type]


def test_closeness_is_expected_over_the_time_that_was_worked() -> None:
    pair = [right("a", at=0.0), tried("x", "q2", at=800.0), right("b", at=50_000.0)]
    found = chances(pair)[Kind.NEAR]
    assert found == Chance(0, pytest.approx(2 * 240 / 1_700), counts=False)  # type: ignore[arg-type]


def test_what_is_on_offer_is_expected_of_nobody() -> None:
    closed = {"q1": replace(PIDS, closed=True), "q2": PIDS, "q3": PIDS}
    session = [tried("a", value="odd"), tried("b", value="odd"), tried("a", "q2", value="odd")]
    found = chances(session, Before({**crowd().wrong, "q3": {"rare": 1, "common": 99}}), closed)
    assert found[Kind.FOREIGN] == Chance(0, pytest.approx(3 / 500))  # type: ignore[arg-type]
    assert found[Kind.RARE] == Chance(0, 0.0)


# keys of other exhibits


def of(type_: str, **more: object) -> Question:
    fields = {"id": "q1", "type": type_, "text": "Which one?", "points": [1], **more}
    return Question.model_validate({"key": {"truth": "truth.x", "rows": 'rows("a").X'}, **fields})


def sealed(answer: Canon, **more: Any) -> SealedKey:
    return SealedKey(answer=answer, material="m", **more)


@pytest.mark.parametrize(
    ("question", "value", "own", "found"),
    [
        (of("number", tolerance=5), "103", {"q1": sealed("100")}, ()),
        (of("number", tolerance=5), "106", {"q1": sealed("100")}, ("two",)),
        (of("number", tolerance=5), "110", {"q1": sealed("100")}, ("three", "two")),
        (of("number", tolerance=5), "103", {"q2": sealed("100")}, ("two",)),
        (of("string"), "m", {"q1": sealed("x")}, ("four",)),
        (of("pid"), 1, {"q1": sealed(5, lost=True)}, ("five",)),
        (of("pid"), 1, {"q1": sealed(5, given={"gone": True})}, ()),
    ],
)
def test_the_exhibits_on_which_a_wrong_value_is_right(
    question: Question, value: Canon, own: dict[str, SealedKey], found: tuple[str, ...]
) -> None:
    numbers = {"two": {"q1": sealed("106")}, "three": {"q1": sealed("114")}, "six": {"q2": sealed("103")}}
    others = {
        "number": numbers,
        "string": {"four": {"q1": sealed("m")}, "six": {"q2": sealed("m")}},
        "pid": {"five": {"q1": sealed(1)}, "six": {"q2": sealed(1)}},
    }
    assert signs.foreign(question, value, own, others[question.type]) == found


def test_a_value_without_a_key_of_the_own_exhibit() -> None:
    assert signs.foreign(QUESTION, 77, {}, {"two": {"q1": key(77)}, "one": {"q1": key(77)}}) == ("one", "two")


def test_how_many_values_an_answer_of_each_type_is_one_of() -> None:
    spaces = {"pid": 500, "count": 200, "port": 65_536}
    on_offer = {"choice", "choices", "statement", "matching", "sequence", "written"}
    for name in names():
        question = of("pid").model_copy(update={"type": name, "text": "one two  three\nfour"})
        assert signs.asked_of(question, 2) == Asked(4, spaces.get(name, 1_000), name in on_offer, 2)
