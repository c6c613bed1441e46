"""Every figure of a question against the same figure worked out by the book, and limits exactly where they are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from training.grading import items
from training.grading.items import (
    Choices,
    Discrimination,
    Facility,
    First,
    Interval,
    Item,
    Taken,
    Variant,
    Word,
    analyse,
)

PARTS = (0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.75, 0.9, 1.0)
WIDE = [(k / 12 + (8 if k == 11 else 0)) / 9 for k in range(12)]
"""Eleven persons close together, and one far above them: who is drawn decides nearly all."""
OTHER = [k % 5 / 10 for k in range(11)] + [0.9]


def firsts(question: str, credits_: Sequence[float], worth: float = 10.0, **more: object) -> list[First]:
    return [First(f"p{n}", question, worth, one, **more) for n, one in enumerate(credits_)]  # type: ignore[arg-type]


def only(found: Sequence[First], choices: Choices | None = None) -> Item:
    return analyse({"q1": choices or Choices()}, found)[0]


def resampled(people: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """The 2,000 resamples that the fixed seed gives, person by person: figures of today are those of last year."""
    random = Random(20_270_101)  # noqa: S311 - repeatable on purpose
    for _ in range(2_000):
        yield [people[place] for place in random.choices(range(len(people)), k=len(people))]


def quantile(values: Sequence[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = math.floor(place)
    return values[low] + (place - low) * (values[math.ceil(place)] - values[low])


def middle_of(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return quantile(ordered, 0.025), quantile(ordered, 0.975)


def correlation(people: Sequence[tuple[float, float]]) -> float | None:
    one, other = zip(*people, strict=True)
    return None if len(set(one)) == 1 or len(set(other)) == 1 else statistics.correlation(one, other)


def ends(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


# facility


def test_an_interval_holds_its_ends_and_what_rounding_adds() -> None:
    spot = Interval(0.0, 0.0)
    assert [spot.holds(value) for value in (-2e-12, -1e-12, 0.0, 1e-12, 2e-12)] == [False, True, True, True, False]


def test_intervals_stay_between_none_and_all() -> None:
    assert items.wilson(0.0, 0) == Interval(0.0, 1.0)
    for count in range(1, 60):
        assert 1 - 1e-12 < items.wilson(1.0, count).high <= 1
        assert 0 <= items.wilson(0.0, count).low < 1e-12


def test_limits_of_what_persons_tell_of_a_correlation() -> None:
    assert items.fisher(0.9, 3) == Interval(-1.0, 1.0)
    assert ends(items.fisher(0.3, 4)) == pytest.approx((-0.9289, 0.9789), abs=1e-4)
    assert ends(items.fisher(-1.0, 10)) == pytest.approx((-1.0, -1.0))
    assert ends(items.fisher(1.0, 10)) == pytest.approx((1.0, 1.0))
    assert items.persons_to_tell(0.01) == 3 + math.floor((items.Z / math.atanh(0.01)) ** 2) + 1 == 38_416
    assert items.persons_to_tell(0.0099) is None


@pytest.mark.parametrize(
    "marks",
    [
        PARTS[:9],
        (0.0, 1.0) * 5,
        (1.0, 0.0, 0.0) * 5,
        (0.5,) * 12,
        (0.0,) * 12,
        (0.0,) * 4 + (0.5,) * 5,
    ],
)
def test_facility_of_few_and_of_right_and_wrong_has_the_interval_of_a_share(marks: Sequence[float]) -> None:
    mean = statistics.fmean(marks)
    lacking = max(0, 39 - len(marks))
    assert only(firsts("q1", marks)).facility == Facility(mean, items.wilson(mean, len(marks)), lacking)


@pytest.mark.parametrize("marks", [PARTS, (0.5,) * 6 + (1.0,) * 6, (0.0,) * 6 + (0.5,) * 6, (0.0, 0.3, 1.0) * 5])
def test_facility_of_partial_credit_has_the_interval_of_the_resamples(marks: Sequence[float]) -> None:
    found = only(firsts("q1", marks)).facility
    assert found is not None
    drawn = [statistics.fmean(mark for mark, _ in one) for one in resampled([(mark, 0.0) for mark in sorted(marks)])]
    assert ends(found.interval) == pytest.approx(middle_of(drawn))
    assert found.value == pytest.approx(statistics.fmean(marks))
    assert found.missing == 39 - len(marks)


# discrimination


def test_the_rest_of_the_work_weighs_each_question_by_its_points() -> None:
    other, third = [k % 4 / 4 for k in range(12)], [k % 3 / 3 for k in range(12)]
    mine = [k / 11 for k in range(12)]
    found = only([*firsts("q1", mine, 7), *firsts("q2", other, 2), *firsts("q3", third, 5)]).discrimination
    rest = [(2 * one + 5 * another) / 7 for one, another in zip(other, third, strict=True)]
    assert found is not None
    assert found.value == pytest.approx(statistics.correlation(mine, rest))


def test_the_rest_of_the_work_is_a_share_of_what_each_person_tried() -> None:
    other, third = [k % 4 / 4 for k in range(12)], [k % 3 / 3 for k in range(6)]
    mine = [k / 11 for k in range(12)]
    found = only([*firsts("q1", mine, 7), *firsts("q2", other, 2), *firsts("q3", third, 5)]).discrimination
    rest = [(2 * one + 5 * another) / 7 for one, another in zip(other[:6], third, strict=True)] + other[6:]
    assert found is not None
    assert found.value == pytest.approx(statistics.correlation(mine, rest))


@pytest.mark.parametrize(
    ("mine", "rest"),
    [
        (WIDE, OTHER),
        (WIDE[::-1], OTHER),
        ([k / 14 for k in range(15)], [k * 7 % 15 / 14 for k in range(15)]),
        ([0.0] * 11 + [1.0], [k / 12 for k in range(12)]),
        ([0.0, 1.0] * 6, [0.0, 0.0, 1.0, 1.0] * 3),
        ([0.0, 1.0] * 20, [(k % 2) / 2 + k % 7 / 14 for k in range(40)]),
        ([k / 39 for k in range(40)], [1 - k / 39 + k % 3 / 9 - 0.3 for k in range(40)]),
    ],
)
def test_discrimination_by_the_book(mine: Sequence[float], rest: Sequence[float]) -> None:
    found = only([*firsts("q1", mine), *firsts("q2", rest)]).discrimination
    people = sorted(zip(mine, rest, strict=True))
    value = statistics.correlation(mine, rest)
    drawn = [correlation(one) for one in resampled(people)]
    seen = [one for one in drawn if one is not None]
    boot, known = middle_of(seen), items.fisher(value, len(mine))
    told = min(boot[0], known.low) > 0 or max(boot[1], known.high) < 0
    needed = items.persons_to_tell(value)
    lacking = None if needed is None else max(1, needed - len(mine))
    best = statistics.covariance(sorted(mine), sorted(rest))
    assert found is not None
    assert ends(found.interval) == pytest.approx((min(boot[0], known.low), max(boot[1], known.high)))
    assert replace(found, interval=None) == Discrimination(
        value=pytest.approx(value),  # type: ignore[arg-type]
        interval=None,
        flat=len(drawn) - len(seen),
        efficiency=pytest.approx(statistics.covariance(mine, rest) / best),  # type: ignore[arg-type]
        missing=0 if told else lacking,
    )


def test_no_interval_where_fewer_than_half_of_the_resamples_vary() -> None:
    found = only([*firsts("q1", [1.0] + [0.0] * 11), *firsts("q2", [0.0, 1.0] + [0.0] * 10)])
    assert found.discrimination is not None
    assert found.discrimination.flat == pytest.approx(0.6 * 2_000, rel=0.05)
    assert found.discrimination.interval is None
    assert found.discrimination.missing == items.persons_to_tell(-1 / 11) - 12  # type: ignore[operator]
    assert found.discrimination.efficiency == pytest.approx(-1 / 11)
    assert found.word is Word.FEW, "without an interval nothing is known of it"


def test_half_of_the_resamples_are_enough_for_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [*firsts("q1", [1.0] + [0.0] * 11), *firsts("q2", [0.0, 1.0] + [0.0] * 10)]
    found = []
    for count in range(4, 40, 2):
        monkeypatch.setattr(items, "RESAMPLES", count)
        one = only(people).discrimination
        assert one is not None
        found.append((2 * one.flat > count, 2 * one.flat == count, one.interval is None))
    assert {(few, missing) for few, _, missing in found} == {(True, True), (False, False)}
    assert any(half for _, half, _ in found)


def test_a_correlation_of_credits_that_hardly_differ_is_exact() -> None:
    mine = [1 - k * 1e-5 for k in range(12)]
    rest = [1 - (k * 5 % 12) * 1e-5 for k in range(12)]
    people = [*firsts("q1", mine), *firsts("q2", rest)]
    found = only(people).discrimination
    assert found is not None
    assert found.value == pytest.approx(statistics.correlation(mine, rest), rel=1e-9)


@pytest.mark.parametrize("turned", [False, True])
def test_what_rounding_leaves_of_equal_credits_is_no_variation(turned: bool) -> None:  # noqa: FBT001 - of a table
    equal, varied = [0.5 + 2e-6] + [0.5] * 11, [k / 12 for k in range(12)]
    one, other = (varied, equal) if turned else (equal, varied)
    assert only([*firsts("q1", one), *firsts("q2", other)]).discrimination is None
    more = [0.5 + 2e-5] + [0.5] * 11
    one, other = (varied, more) if turned else (more, varied)
    assert only([*firsts("q1", one), *firsts("q2", other)]).discrimination is not None


@pytest.mark.parametrize(("count", "part"), [(10, 5), (10, 9), (11, 3), (11, 5), (11, 11), (11, 13)])
def test_no_correlation_is_beyond_one(count: int, part: int) -> None:
    mine = [k / count for k in range(count)]
    for rest, sign in (
        ([k / count / part for k in range(count)], 1),
        ([1 - k / count / part for k in range(count)], -1),
    ):
        found = only([*firsts("q1", mine), *firsts("q2", rest, 1.0)]).discrimination
        assert found is not None
        assert found.value == pytest.approx(sign)
        assert abs(found.value) <= 1


# what is said


def linked(low: float, high: float) -> Discrimination:
    return Discrimination(0.0, Interval(low, high), 0, None, None)


@pytest.mark.parametrize(
    ("share", "link", "alone", "said"),
    [
        ((0.0, 0.19), None, True, Word.LOOK),
        ((0.0, 0.2), None, True, Word.FEW),
        ((0.2, 0.95), None, True, Word.FINE),
        ((0.19, 0.95), None, True, Word.FEW),
        ((0.2, 0.96), None, True, Word.FEW),
        ((0.95, 1.0), None, True, Word.FEW),
        ((0.96, 1.0), None, True, Word.LOOK),
        ((0.2, 0.95), None, False, Word.FEW),
        ((0.2, 0.95), (-0.5, -0.1), True, Word.LOOK),
        ((0.2, 0.95), (-0.5, 0.0), True, Word.FEW),
        ((0.2, 0.95), (-0.1, 0.5), True, Word.FEW),
        ((0.2, 0.95), (0.0, 0.5), False, Word.FINE),
        ((0.2, 0.95), (0.3, 0.5), False, Word.FINE),
    ],
)
def test_what_is_said_at_each_limit(
    share: tuple[float, float],
    link: tuple[float, float] | None,
    alone: bool,  # noqa: FBT001 - of a table
    said: Word,
) -> None:
    facility = Facility(0.5, Interval(*share), 0)
    assert items.word(facility, linked(*link) if link else None, alone=alone) is said


def test_nothing_is_known_of_what_nobody_was_asked_about() -> None:
    assert items.word(Facility(0.5, Interval(0.4, 0.6), 0), None) is Word.FEW
    assert items.word(None, None, alone=True) is Word.FEW


def test_a_question_that_stands_alone_is_fine_without_a_link() -> None:
    marks = [1.0] * 7 + [0.0] * 5
    assert only(firsts("q1", marks)).word is Word.FINE
    assert only([*firsts("q1", marks), *firsts("q2", [0.5] * 12)]).word is Word.FEW, "nothing varies: nothing is known"


# options, exhibits, time


def chosen(taken: Sequence[str], rests: Sequence[float] = ()) -> list[First]:
    mine = [First(f"p{n}", "q1", 5, float(one == "a"), options=tuple(one)) for n, one in enumerate(taken)]
    return [*mine, *firsts("q2", rests)]


LADDER = [k / 12 for k in range(12)]


@pytest.mark.parametrize(
    ("taken", "rests", "key", "found"),
    [
        # the upper half takes the key more often than b: nothing to look at
        (
            ["a"] * 2 + ["b"] * 4 + ["b"] * 2 + ["a"] * 4,
            LADDER,
            "a",
            [("a", 6, 4, 2, True, False, False), ("b", 6, 2, 4, False, False, False), ("c", 0, 0, 0, *[False] * 3)],
        ),
        # as often: neither
        (
            ["a"] * 6 + ["b"] * 3 + ["a"] * 3,
            LADDER,
            "a",
            [("a", 9, 3, 6, True, False, False), ("b", 3, 3, 0, False, False, False), ("c", 0, 0, 0, *[False] * 3)],
        ),
        # once more often: somebody has to look
        (
            ["a"] * 6 + ["b"] * 3 + ["a"] * 2 + ["c"],
            LADDER,
            "a",
            [("a", 8, 2, 6, True, False, False), ("b", 3, 3, 0, False, False, True), ("c", 1, 1, 0, *[False] * 3)],
        ),
        # the person in the middle belongs to neither half
        (
            ["a"] * 6 + ["b"] + ["a"] * 6,
            [k / 13 for k in range(13)],
            "a",
            [("a", 12, 6, 6, True, False, False), ("b", 1, 0, 0, *[False] * 3), ("c", 0, 0, 0, *[False] * 3)],
        ),
        # ten persons are enough to look, nine are not
        (
            ["a"] * 5 + ["b"] * 5,
            LADDER[:10],
            "a",
            [("a", 5, 0, 5, True, False, False), ("b", 5, 5, 0, False, False, True), ("c", 0, 0, 0, *[False] * 3)],
        ),
        (
            ["a"] * 4 + ["b"] * 5,
            LADDER[:9],
            "a",
            [("a", 4, 0, 4, True, False, False), ("b", 5, 4, 0, *[False] * 3), ("c", 0, 0, 0, *[False] * 3)],
        ),
        # a key of two options: what is right is known, and nothing is compared
        (
            ["a"] * 5 + ["c"] * 7,
            LADDER,
            "ab",
            [("a", 5, 0, 5, True, False, False), ("b", 0, 0, 0, True, False, False), ("c", 7, 6, 1, *[False] * 3)],
        ),
        # nobody did anything else: there are no halves
        (
            ["a"] * 5 + ["b"] * 7,
            [],
            "a",
            [("a", 5, 0, 0, True, False, False), ("b", 7, 0, 0, *[False] * 3), ("c", 0, 0, 0, *[False] * 3)],
        ),
    ],
)
def test_what_was_taken(
    taken: Sequence[str], rests: Sequence[float], key: str, found: list[tuple[str, int, int, int, bool, bool, bool]]
) -> None:
    shown = only(chosen(taken, rests), Choices(("a", "b", "c"), frozenset(key))).taken
    assert shown == tuple(Taken(*one) for one in found)


def test_each_exhibit_has_its_own_figures() -> None:
    one = [First(f"a{n}", "q1", 10, 1.0, variant="one") for n in range(4)]
    two = [First(f"b{n}", "q1", 10, float(n < 6), variant="two") for n in range(30)]
    assert only([*two, *one]).variants == (
        Variant("one", 4, 1.0, items.wilson(1.0, 4), unequal=True),
        Variant("two", 30, 0.2, items.wilson(0.2, 30), unequal=False),
    )


@pytest.mark.parametrize(
    ("times", "found"),
    [((), None), ((7.0,), (7.0, 7.0, 7.0)), ((1.0, 3.0), (1.5, 2.0, 2.5)), ((9.0, 1.0, 5.0), (3.0, 5.0, 7.0))],
)
def test_quartiles_of_the_time(times: Sequence[float], found: tuple[float, float, float] | None) -> None:
    assert only([First(f"p{n}", "q1", 10, 1.0, seconds=one) for n, one in enumerate(times)]).seconds == found


def test_a_question_that_is_worth_nothing_has_its_figures_too() -> None:
    assert only(firsts("q1", [1.0, 0.0, 1.0], worth=0.0)).persons == 3


def test_the_whole_record_of_a_question() -> None:
    mine = [First(f"p{n}", "q1", 10, float(n < 2), "x", ("a",), seconds=float(n)) for n in range(3)]
    aided = First("p3", "q1", 10, 1.0, "y", ("a",), hinted=True, seconds=99.0)
    assert analyse({"q0": Choices(), "q1": Choices(("a",), frozenset("a"))}, [*mine, aided]) == (
        Item("q0", 0, 0, None, None, (), None, None, (), Word.FEW),
        Item(
            question="q1",
            persons=3,
            aided=1,
            facility=Facility(2 / 3, items.wilson(2 / 3, 3), 36),
            discrimination=None,
            taken=(Taken("a", 3, 0, 0, right=True, dead=False, check=False),),
            seconds=(0.5, 1.0, 1.5),
            hints=(0.25, items.wilson(0.25, 4)),
            variants=(),
            word=Word.FINE if items.wilson(2 / 3, 3).low >= items.HARD else Word.FEW,
        ),
    )
