from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grading.miniature import question
from training.grading.credit import Hinted, History, Tried, standing, worth_now, written

credits_ = st.floats(0, 1)
lists = st.lists(st.integers(0, 100), min_size=1, max_size=6).map(lambda points: sorted(points, reverse=True))
events = st.lists(credits_.map(Tried) | st.floats(0, 0.5).map(Hinted), max_size=8)


def test_the_example_of_the_rule() -> None:
    history, earned = History(), []
    for credit in (0.5, 0.2, 0.8, 0.7):
        history = history.and_then(Tried(credit))
        earned.append(standing([10, 7, 5, 2], history).points)
    assert earned == pytest.approx([5, 5, 6.5, 6.5])


@pytest.mark.parametrize(
    ("given", "points", "worth", "left"),
    [
        ((), 0, 10, 4),
        ((Hinted(0.2),), 0, 8, 4),
        ((Hinted(0.2), Tried(1)), 8, 0, 3),
        ((Tried(0), Hinted(0.2)), 0, 5, 3),
        ((Tried(0.5), Hinted(0.2)), 5, 1.5, 3),
        ((Tried(0.5), Hinted(0.2), Tried(1)), 6.5, 0, 2),
        ((Hinted(1), Tried(1)), 0, 0, 3),
        ((Tried(0), Tried(0), Tried(0), Tried(0), Tried(1)), 0, 0, 0),
    ],
)
def test_hints_cost_their_price_once(given: tuple[Tried | Hinted, ...], points: float, worth: float, left: int) -> None:
    now = standing([10, 7, 5, 2], History(given))
    assert now.points == pytest.approx(points)
    assert now.worth == pytest.approx(worth)
    assert now.tries_left == left
    assert worth_now(question("q1"), History(given)) == pytest.approx(worth)
    assert History(given).hints == sum(isinstance(one, Hinted) for one in given)


@given(lists, events)
def test_points_never_fall_and_stay_within_the_question(points: list[int], given_: list[Tried | Hinted]) -> None:
    earned = [standing(points, History(tuple(given_[:size]))).points for size in range(len(given_) + 1)]
    assert earned == sorted(earned)
    assert 0 <= earned[-1] <= points[0] + 1e-9


@given(lists, events, credits_)
def test_a_better_answer_never_lowers(points: list[int], given_: list[Tried | Hinted], better: float) -> None:
    before = standing(points, History(tuple(given_))).points
    for place, event in enumerate(given_):
        if isinstance(event, Tried) and better >= event.credit:
            raised = [*given_[:place], Tried(better), *given_[place + 1 :]]
            assert standing(points, History(tuple(raised))).points >= before - 1e-9


@given(lists, events, st.integers(0, 8))
def test_a_useless_try_never_raises(points: list[int], given_: list[Tried | Hinted], place: int) -> None:
    wasted = [*given_[:place], Tried(0.0), *given_[place:]]
    assert standing(points, History(tuple(wasted))).points <= standing(points, History(tuple(given_))).points + 1e-9


@given(lists, events)
def test_worth_is_what_full_credit_adds(points: list[int], given_: list[Tried | Hinted]) -> None:
    history = History(tuple(given_))
    now = standing(points, history)
    assert standing(points, history.and_then(Tried(1.0))).points == pytest.approx(now.points + now.worth)


@pytest.mark.parametrize(
    ("points", "text"), [(0, "0"), (10, "10"), (7.5, "7.5"), (13.125, "13.12"), (0.1 + 0.2, "0.3"), (100.0, "100")]
)
def test_points_are_written_with_two_decimals_at_most(points: float, text: str) -> None:
    assert written(points) == text
