from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grading.miniature import question
from training.grading.credit import Hinted, History, Tried, standing, worth_now, written

credits_ = st.floats(0, 1)
lists = st.lists(st.integers(0, 100), min_size=1, max_size=6).map(lambda points: sorted(points, reverse=True))
shares = st.sampled_from([0.0, 0.25, 0.6, 1.0]) | st.floats(0, 1)
late = st.builds(Tried, credits_, shares)
events = st.lists(late | st.floats(0, 0.5).map(Hinted), max_size=8)
tries = st.lists(late, max_size=8)


def earned(points: list[int], given_: list[Tried | Hinted] | list[Tried]) -> float:
    return standing(points, History(tuple(given_))).points


def test_the_example_of_the_rule() -> None:
    history, found = History(), []
    for credit in (0.5, 0.2, 0.8, 0.7):
        history = history.and_then(Tried(credit))
        found.append(standing([10, 7, 5, 2], history).points)
    assert found == pytest.approx([5, 5, 6.5, 6.5])


def test_fewer_tries_may_earn_less_and_that_is_meant() -> None:
    """Early partial work is paid at the high price, so nobody gains by holding back."""
    assert earned([10, 7, 5], [Tried(0), Tried(1)]) == 7
    assert earned([10, 7, 5], [Tried(0.9), Tried(0.9), Tried(1)]) == pytest.approx(9.5)


def test_a_late_try_adds_its_share_and_the_rest_is_gone() -> None:
    assert earned([10, 7, 5], [Tried(0.5), Tried(1, 0.6)]) == pytest.approx(5 + 0.5 * 7 * 0.6)
    assert earned([10, 10, 10], [Tried(1, 0.5), Tried(1, 1.0)]) == 5
    assert earned([10], [Tried(1, 0.0)]) == 0
    now = standing([10, 7], History((Tried(0.5),)), share=0.4)
    assert (now.points, now.worth) == pytest.approx((5, 0.5 * 7 * 0.4))
    assert worth_now(question("q1"), History(), 0.25) == 2.5


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
    found = [earned(points, given_[:size]) for size in range(len(given_) + 1)]
    assert found == sorted(found)
    assert 0 <= found[-1] <= points[0] + 1e-9
    now = standing(points, History(tuple(given_)))
    assert 0 <= now.tries <= len(points)
    assert now.tries + now.tries_left == len(points)


@given(lists, tries, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_better_answer_always_adds_while_it_is_worth_something(
    points: list[int], given_: list[Tried], more: float, share: float
) -> None:
    before = standing(points, History(tuple(given_)))
    better = Tried(min(1.0, before.best + more), share)
    after = earned(points, [*given_, better])
    if before.tries_left and points[before.tries] and better.credit - before.best >= 0.01:
        assert after > before.points
    else:
        assert after >= before.points


@given(lists, tries, st.integers(0, 8), st.floats(0, 1), shares)
def test_a_try_that_is_no_better_never_raises(
    points: list[int], given_: list[Tried], place: int, part: float, share: float
) -> None:
    best = standing(points, History(tuple(given_[:place]))).best
    useless = Tried(best * part, share)
    assert earned(points, [*given_[:place], useless, *given_[place:]]) <= earned(points, given_) + 1e-9


@given(lists, events, credits_)
def test_a_better_answer_never_lowers(points: list[int], given_: list[Tried | Hinted], better: float) -> None:
    """Among tries that come later and later: the share of a later one is never higher."""
    falling = sorted((one.share for one in given_ if isinstance(one, Tried)), reverse=True)
    timed = [Tried(one.credit, falling.pop(0)) if isinstance(one, Tried) else one for one in given_]
    before = earned(points, timed)
    for place, event in enumerate(timed):
        if isinstance(event, Tried) and better >= event.credit:
            raised = [*timed[:place], Tried(better, event.share), *timed[place + 1 :]]
            assert earned(points, raised) >= before - 1e-9


@given(lists, events, st.integers(0, 8), shares)
def test_a_useless_try_never_raises(points: list[int], given_: list[Tried | Hinted], place: int, share: float) -> None:
    assert earned(points, [*given_[:place], Tried(0.0, share), *given_[place:]]) <= earned(points, given_) + 1e-9


@given(lists, events, st.integers(0, 8), shares)
def test_a_lower_share_never_raises(points: list[int], given_: list[Tried | Hinted], place: int, share: float) -> None:
    later = [
        Tried(one.credit, min(share, one.share)) if index == place and isinstance(one, Tried) else one
        for index, one in enumerate(given_)
    ]
    assert earned(points, later) <= earned(points, given_) + 1e-9


@given(lists, events, shares)
def test_worth_is_what_full_credit_adds(points: list[int], given_: list[Tried | Hinted], share: float) -> None:
    history = History(tuple(given_))
    now = standing(points, history, share)
    assert standing(points, history.and_then(Tried(1.0, share))).points == pytest.approx(now.points + now.worth)


@pytest.mark.parametrize(
    ("points", "text"), [(0, "0"), (10, "10"), (7.5, "7.5"), (13.125, "13.12"), (0.1 + 0.2, "0.3"), (100.0, "100")]
)
def test_points_are_written_with_two_decimals_at_most(points: float, text: str) -> None:
    assert written(points) == text
