"""When a missed question returns, and what a refresher asks."""

from datetime import UTC, date
from fractions import Fraction

import pytest

from tests.unit.learning.records import answer, day, later
from training.learning.competence.evidence import Answered
from training.learning.competence.spacing import drawn, due

START = day("2026-03-02")
Q = "m2-4-q1"


def returns(*given: tuple[int, int]) -> tuple[date, int] | None:
    """The day on which a question returns, and its step, after answers of (days, share)."""
    found = due([answer(Q, later(START, days), share, number) for number, (days, share) in enumerate(given)], UTC)
    return (found[Q].day, found[Q].step) if Q in found else None


def test_a_question_that_was_right_at_once_never_returns() -> None:
    assert returns((0, 1)) is None
    assert returns() is None


def test_a_missed_question_returns_after_1_7_30_and_90_days() -> None:
    assert returns((0, 0)) == (later(START, 1), 0)
    assert returns((0, 0), (1, 1)) == (later(START, 8), 1)
    assert returns((0, 0), (1, 1), (8, 1)) == (later(START, 38), 2)
    assert returns((0, 0), (1, 1), (8, 1), (38, 1)) == (later(START, 128), 3)
    assert returns((0, 0), (1, 1), (8, 1), (38, 1), (128, 1)) is None


@pytest.mark.parametrize("step", [1, 2, 3])
def test_missed_again_it_begins_anew(step: int) -> None:
    right = [(1, 1), (8, 1), (38, 1)][:step]
    assert returns((0, 0), *right, (200, 0)) == (later(START, 201), 0)


def test_right_before_its_day_it_stays_and_late_it_moves_on_from_that_day() -> None:
    assert returns((0, 0), (0, 1)) == (later(START, 1), 0)
    assert returns((0, 0), (1, 1), (3, 1)) == (later(START, 8), 1)
    assert returns((0, 0), (20, 1)) == (later(START, 27), 1)


def test_partly_right_is_missed() -> None:
    found = due([answer(Q, START, Fraction(2, 3))], UTC)
    assert found[Q].day == later(START, 1)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows: list[Answered] = [answer(Q, START, 0), answer(Q, later(START, 1), 1), answer(Q, later(START, 8), 0)]
    assert due(rows, UTC) == due(rows[::-1], UTC)


OBJECTIVES = {"o1": [f"a{n}" for n in range(8)], "o2": [f"b{n}" for n in range(8)], "o3": ["c0"]}


def test_the_same_seed_draws_the_same_ten_questions_and_another_one_others() -> None:
    first = drawn(OBJECTIVES, ["a1"], "seed")
    assert first == drawn({**OBJECTIVES}, iter(["a1"]), "seed")
    assert len(set(first)) == len(first) == 10
    assert len({drawn(OBJECTIVES, ["a1"], str(seed)) for seed in range(20)}) > 10


def test_what_was_missed_is_asked_and_no_objective_is_left_out() -> None:
    for seed in range(50):
        found = drawn(OBJECTIVES, ["a1", "b2", "b3"], str(seed))
        assert {"a1", "b2", "b3", "c0"} <= set(found)
        assert {name[0] for name in found} == {"a", "b", "c"}


def test_much_that_was_missed_leaves_room_for_the_rest() -> None:
    missed = OBJECTIVES["o1"]
    for seed in range(50):
        found = drawn(OBJECTIVES, [*missed, "x9"], str(seed))
        assert len(found) == 10
        assert len({*found} & {*missed}) == 5


def test_few_questions_are_all_asked() -> None:
    assert set(drawn({"o1": ["a", "b"], "o2": ["c"]}, ["a"], "s")) == {"a", "b", "c"}
    assert drawn({}, [], "s") == ()
    assert set(drawn({"o1": [f"a{n}" for n in range(12)]}, [f"a{n}" for n in range(12)], "s")) <= {
        f"a{n}" for n in range(12)
    }
