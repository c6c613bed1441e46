"""Agreement of markers: published examples, the worked mini example, and what may not be said."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.grading import agreement
from training.grading.agreement import Agreement, Differences, Metric, Reading, Unit


def marks(text: str) -> list[int | None]:
    return [None if one == "." else int(one) for one in text.split()]


MINI: list[Unit] = list(zip(marks("3 2 2 1 0 3 1 2"), marks("3 2 1 1 1 3 0 2"), strict=True))
FOUR: list[Unit] = list(
    zip(
        marks("1 2 3 3 2 1 4 1 2 . . ."),
        marks("1 2 3 3 2 2 4 1 2 5 . 3"),
        marks(". 3 3 3 2 3 4 2 2 5 1 ."),
        marks("1 2 3 3 2 4 4 1 2 5 1 ."),
        strict=True,
    )
)


@pytest.mark.parametrize(("metric", "expected"), [("nominal", 0.516), ("interval", 0.818), ("ordinal", 0.852)])
def test_eight_reports_marked_twice(metric: str, expected: float) -> None:
    assert agreement.alpha(MINI, Metric(metric)) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("metric", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example_of_four_observers_and_missing_marks(metric: str, expected: float) -> None:
    assert agreement.alpha(FOUR, Metric(metric)) == pytest.approx(expected, abs=5e-4)


def test_the_interval_of_eight_reports_is_wide_and_always_the_same() -> None:
    found = agreement.interval(MINI, Metric.ORDINAL)
    assert found is not None
    assert found == pytest.approx((0.34, 1.00), abs=0.01)
    assert found == agreement.interval([tuple(reversed(one)) for one in reversed(MINI)], Metric.ORDINAL)


def test_equal_marks_are_no_agreement_of_one_but_no_variation() -> None:
    same: list[Unit] = [(2, 2)] * 12
    assert agreement.alpha(same, Metric.ORDINAL) is None
    assert agreement.interval(same, Metric.ORDINAL) is None
    found = agreement.agreement(same)
    assert (found.enough, found.alpha, found.interval, found.reading) == (True, None, None, None)
    assert found.differences.equal == 12


def test_nothing_marked_twice_says_nothing() -> None:
    alone: list[Unit] = [(1, None), (None, 3), (None, None)]
    assert agreement.alpha(alone, Metric.NOMINAL) is None
    assert agreement.interval(alone, Metric.NOMINAL) is None
    assert agreement.differences(alone).units == 0


def test_one_deviation_among_equal_marks_is_agreement_by_chance() -> None:
    varied: list[Unit] = [*[(2, 2)] * 11, (2, 3)]
    assert agreement.alpha(varied, Metric.ORDINAL) == pytest.approx(0.0, abs=1e-9), (
        "92 % equal, and no better than chance"
    )
    assert agreement.interval(varied, Metric.ORDINAL) is not None, "nearly two thirds of the resamples vary"
    calm: list[Unit] = [(2, 2)] * 12
    assert agreement.interval([*calm, (3, None)], Metric.ORDINAL) is None


def test_below_ten_doubly_marked_units_only_differences_are_given() -> None:
    nine: list[Unit] = [*MINI, (3, 0), (2, None)]
    found = agreement.agreement(nine)
    assert (found.alpha, found.interval, found.enough) == (None, None, False)
    assert (found.differences.equal, found.differences.one, found.differences.more) == (5, 3, 1)
    ten = agreement.agreement([*nine, (1, 1)])
    assert ten.enough
    assert ten.alpha is not None
    assert ten.interval is not None
    assert ten.interval[0] <= ten.alpha <= ten.interval[1]


def test_an_interval_is_given_where_more_than_half_of_the_resamples_vary() -> None:
    halves: list[Unit] = [(1, 1), (2, 2)]
    assert agreement.interval(halves, Metric.NOMINAL, 20) == (1.0, 1.0)
    assert agreement.interval(halves, Metric.NOMINAL, 30) is None, "drawn so, half of them or fewer hold both marks"
    assert agreement.interval([(1, 1)] * 3, Metric.NOMINAL) is None


def test_the_customary_readings() -> None:
    said = [agreement.reading(value) for value in (1.0, 0.8, 0.79, 0.667, 0.66, -0.5)]
    good, tentative, low = Reading
    assert said == [good, good, tentative, tentative, low, low]


def by_the_book(units: list[Unit], metric: Metric) -> float | None:
    """The definition, written out: coincidences of ordered pairs, then the two disagreements."""
    found = [[mark for mark in unit if mark is not None] for unit in units]
    found = [unit for unit in found if len(unit) > 1]
    together: dict[tuple[int, int], float] = {}
    for unit in found:
        for i, c in enumerate(unit):
            for j, k in enumerate(unit):
                if i != j:
                    together[c, k] = together.get((c, k), 0) + 1 / (len(unit) - 1)
    n: dict[int, float] = {}
    for (c, _), often in together.items():
        n[c] = n.get(c, 0) + often
    whole = sum(n.values())

    def square(c: int, k: int) -> float:
        if metric is Metric.NOMINAL:
            return float(c != k)
        if metric is Metric.INTERVAL:
            return float(c - k) ** 2
        between = sum(n[g] for g in n if min(c, k) <= g <= max(c, k))
        return float(between - (n[c] + n[k]) / 2) ** 2

    expected = sum(n[c] * n[k] * square(c, k) for c in n for k in n if c != k) / (whole * (whole - 1)) if n else 0
    if not expected:
        return None
    return 1 - sum(often * square(c, k) for (c, k), often in together.items() if c != k) / whole / expected


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("resamples", [1, 2, 20, 41])
def test_an_interval_is_the_middle_of_the_resamples(metric: Metric, resamples: int) -> None:
    units = sorted(tuple(sorted(mark for mark in unit if mark is not None)) for unit in FOUR)
    units = [unit for unit in units if len(unit) > 1]
    random = Random(20_261_125)  # noqa: S311 - repeatable on purpose
    drawn = [by_the_book([*random.choices(units, k=len(units))], metric) for _ in range(resamples)]
    ordered = sorted(one for one in drawn if one is not None)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low, high = math.floor(place), math.ceil(place)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    assert agreement.interval(FOUR, metric, resamples) == pytest.approx((at(0.025), at(0.975)))


def test_what_a_page_shows_is_ordinal() -> None:
    found = agreement.agreement(FOUR)
    assert found == Agreement(
        Differences(equal=8, one=2, more=1),
        agreement.alpha(FOUR, Metric.ORDINAL),
        agreement.interval(FOUR, Metric.ORDINAL, 5_000),
    )
    assert len({agreement.alpha(FOUR, metric) for metric in Metric}) == 3


UNITS = st.lists(st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=4), max_size=15)


@try_examples(60)
@given(UNITS, st.sampled_from(list(Metric)))
def test_it_equals_the_definition_whatever_the_marks(units: list[Unit], metric: Metric) -> None:
    found, expected = agreement.alpha(units, metric), by_the_book(units, metric)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found == pytest.approx(expected)
        assert found <= 1.0 + 1e-12


@try_examples(30)
@given(UNITS)
def test_who_marked_which_and_in_which_order_makes_no_difference(units: list[list[int | None]]) -> None:
    turned = [unit[::-1] for unit in units][::-1]
    one, other = (agreement.alpha(given, Metric.ORDINAL) for given in (units, turned))
    assert one == (None if other is None else pytest.approx(other))
