"""Base rates: figures at their limits, since a sign beyond what chance gives lists a person."""

import pytest

from training.grading import chance


@pytest.mark.parametrize(
    ("times", "stretch"), [([0, 10], 30), ([10, 0], 30), ([0, 5, 10], 20), ([7, 7], 0), ([0, 1, 2, 3, 10], 15)]
)
def test_a_stretch_is_longer_than_the_first_and_the_last_are_apart(times: list[float], stretch: float) -> None:
    assert chance.spread(times) == stretch


@pytest.mark.parametrize(
    ("others", "span", "window", "share"),
    [(0, 100, 10, 0), (1, 100, 10, 0.2), (2, 100, 10, 0.36), (1, 100, 50, 1), (3, 100, 60, 1), (1, 0, 10, 1)],
)
def test_the_chance_that_another_answers_at_the_same_time(
    others: int, span: float, window: float, share: float
) -> None:
    assert chance.near_by_chance(others, span, window) == pytest.approx(share)


def test_rates_by_chance_are_these() -> None:
    assert chance.foreign_by_chance(10, 3, 500) == pytest.approx(0.06)
    assert chance.rare_by_chance(2, 0.5, 0.5) == 0.0625
    assert chance.rare_by_chance(3, 1, 1, 2) == 6
    assert [chance.values_behind(counts) for counts in ([], [1], [1, 1], [1, 1, 2], [2, 2, 3])] == [0, 1, 3, 3.5, 3]
