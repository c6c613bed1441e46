"""Item statistics against published and worked figures, and how little is said of few."""

import statistics
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.grading import items
from training.grading.items import Choices, Facility, First, Interval, Item, Word


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable on purpose


def rounded(interval: Interval, digits: int = 2) -> tuple[float, float]:
    return round(interval.low, digits), round(interval.high, digits)


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(9, 12, 47, 91), (12, 12, 76, 100), (0, 12, 0, 24), (24, 30, 63, 90), (75, 100, 66, 82)],
)
def test_intervals_of_shares(right: int, count: int, low: int, high: int) -> None:
    assert rounded(items.wilson(right / count, count)) == (low / 100, high / 100)


@pytest.mark.parametrize(("count", "low", "high"), [(12, -0.33, 0.75), (30, -0.07, 0.60), (60, 0.05, 0.51)])
def test_how_well_a_correlation_would_be_known(count: int, low: float, high: float) -> None:
    assert rounded(items.fisher(0.30, count)) == (low, high)


@pytest.mark.parametrize(("width", "needed"), [(0.20, 21), (0.15, 39), (0.10, 93)])
def test_how_many_persons_a_share_needs(width: float, needed: int) -> None:
    assert items.persons_for(width) == needed
    half = (items.wilson(0.5, needed).high - items.wilson(0.5, needed).low) / 2
    before = (items.wilson(0.5, needed - 1).high - items.wilson(0.5, needed - 1).low) / 2
    assert half <= width < before


def test_how_many_persons_a_correlation_needs() -> None:
    assert items.persons_to_tell(0.30) == 44
    assert items.fisher(0.30, 44).low > 0 >= items.fisher(0.30, 43).low
    assert items.persons_to_tell(-0.30) == 44
    assert items.persons_to_tell(0.001) is None


def klass(marks: dict[str, list[float]], **more: object) -> list[First]:
    """First tries of a class: the credits of each question, person by person."""
    return [
        First(f"p{number}", question, 10.0, credit, **more)  # type: ignore[arg-type]
        for question, mine in marks.items()
        for number, credit in enumerate(mine)
    ]


def only(firsts: list[First], question: str = "q1", choices: Choices = Choices()) -> Item:  # noqa: B008 - frozen
    return items.analyse({question: choices}, firsts)[0]


def test_discrimination_is_the_correlation_with_the_rest_of_the_work() -> None:
    random = seeded(1)
    marks = {f"q{number}": [float(random.random() < 0.3 + 0.02 * p) for p in range(30)] for number in range(1, 6)}
    found = only(klass(marks), "q2")
    rest = [statistics.fmean(marks[name][p] for name in marks if name != "q2") for p in range(30)]
    assert found.discrimination is not None
    assert found.discrimination.value == pytest.approx(statistics.correlation(marks["q2"], rest))
    assert found.discrimination.interval is not None
    assert found.discrimination.interval.holds(found.discrimination.value)


def test_the_own_mark_is_no_part_of_the_rest() -> None:
    random = seeded(2)
    noise = {f"q{number}": [float(random.random() < 0.5) for _ in range(400)] for number in (1, 2)}
    found = only(klass(noise))
    assert found.discrimination is not None
    assert abs(found.discrimination.value) < 0.15, "with its own mark in the rest it would be about 0.7"


def test_the_same_figures_at_every_call() -> None:
    random = seeded(3)
    marks = {f"q{number}": [random.random() for _ in range(25)] for number in (1, 2, 3)}
    assert items.analyse({"q1": Choices()}, klass(marks)) == items.analyse({"q1": Choices()}, klass(marks))


def test_the_order_of_people_changes_nothing() -> None:
    random = seeded(9)
    firsts = klass({f"q{number}": [random.choice([0.0, 0.3, 1.0]) for _ in range(20)] for number in (1, 2, 3)})
    shuffled = random.sample(firsts, len(firsts))
    one, other = only(firsts), only(shuffled)
    assert one.facility == other.facility
    assert one.discrimination is not None
    assert other.discrimination is not None
    assert one.discrimination.value == pytest.approx(other.discrimination.value)
    assert one.discrimination.interval is not None
    assert other.discrimination.interval is not None
    assert one.discrimination.interval.low == pytest.approx(other.discrimination.interval.low)


@given(st.integers(1, 400), st.floats(0, 1))
def test_a_wilson_interval_holds_what_was_seen_and_narrows(count: int, share: float) -> None:
    found = items.wilson(share, count)
    assert 0 <= found.low <= found.high <= 1
    assert found.holds(share)
    more = items.wilson(share, 4 * count)
    assert more.high - more.low < found.high - found.low


def test_an_interval_of_partial_credit_holds_the_mean_and_narrows() -> None:
    random = seeded(4)
    few, many = ([random.choice([0.0, 0.4, 0.7, 1.0]) for _ in range(count)] for count in (15, 300))
    narrow, wide = only(klass({"q1": many})).facility, only(klass({"q1": few})).facility
    assert narrow is not None
    assert wide is not None
    assert wide.interval.holds(wide.value)
    assert narrow.interval.high - narrow.interval.low < (wide.interval.high - wide.interval.low) / 2
    error = statistics.stdev(many) / 300**0.5
    assert narrow.interval.high - narrow.interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_equal_partial_credits_of_three_persons_are_not_certain_knowledge() -> None:
    found = only(klass({"q1": [0.5, 0.5, 0.5]})).facility
    assert found is not None
    assert found.interval.high - found.interval.low > 0.5


def test_resamples_without_variation_are_counted() -> None:
    marks = {"q1": [0.0] * 11 + [1.0], "q2": [number / 12 for number in range(12)]}
    found = only(klass(marks)).discrimination
    assert found is not None
    assert 0.25 < found.flat / items.RESAMPLES < 0.45, "one in e draws leaves the only right one out"
    assert found.interval is not None


def test_nothing_varies_nothing_goes_along() -> None:
    found = only(klass({"q1": [1.0] * 50, "q2": [number % 2 for number in range(50)]}))
    assert found.discrimination is None


def test_below_ten_persons_there_is_no_discrimination() -> None:
    nine = klass({"q1": [0.0, 1.0] * 4 + [1.0], "q2": [0.0, 1.0] * 4 + [1.0]})
    ten = klass({"q1": [0.0, 1.0] * 5, "q2": [0.0, 1.0] * 5})
    assert only(nine).discrimination is None
    found = only(ten).discrimination
    assert found is not None
    assert found.value == pytest.approx(1.0)
    assert found.efficiency == pytest.approx(1.0)


def test_tries_after_a_hint_are_left_out_and_both_counts_stated() -> None:
    aided = [First(f"h{number}", "q1", 10, 1.0, hinted=True) for number in range(5)]
    found = only([*klass({"q1": [0.0] * 15}), *aided])
    assert (found.persons, found.aided) == (15, 5)
    assert found.facility is not None
    assert found.facility.value == 0
    assert found.hints is not None
    assert found.hints[0] == 0.25
    assert rounded(found.hints[1]) == rounded(items.wilson(0.25, 20))


def test_tries_after_a_hint_are_no_part_of_the_rest_of_the_work() -> None:
    alone = klass({"q1": [0.0, 1.0] * 6, "q2": [number / 12 for number in range(12)]})
    aided = klass({"q3": [1.0, 0.0] * 6}, hinted=True)
    assert only(alone).discrimination is not None
    assert only([*alone, *aided]).discrimination == only(alone).discrimination


def test_needs_more() -> None:
    found = only(klass({"q1": [1.0, 0.0] * 6})).facility
    assert found is not None
    assert found.missing == 39 - 12
    enough = only(klass({"q1": [1.0, 0.0] * 20})).facility
    assert enough is not None
    assert enough.missing == 0


@pytest.mark.parametrize(
    ("share", "count", "said"),
    [(0.0, 12, Word.FEW), (0.0, 16, Word.LOOK), (1.0, 60, Word.FEW), (1.0, 75, Word.LOOK), (0.6, 12, Word.FINE)],
)
def test_look_at_it_only_when_the_whole_interval_lies_beyond_the_limit(share: float, count: int, said: Word) -> None:
    facility = Facility(share, items.wilson(share, count), 0)
    assert items.word(facility, None, alone=True) is said


def test_a_question_that_the_better_get_wrong_is_looked_at() -> None:
    better = [number / 60 for number in range(60)]
    found = only(klass({"q1": [float(share < 0.5) for share in better], "q2": better}))
    assert found.discrimination is not None
    assert found.discrimination.interval is not None
    assert found.discrimination.interval.high < 0
    assert found.word is Word.LOOK


def test_a_class_of_twelve_that_guesses_is_hardly_ever_called_worse_than_useless() -> None:
    random, called, count = seeded(5), 0, 70
    for _ in range(count // 7):
        marks = {f"q{number}": [float(random.random() < 0.5) for _ in range(12)] for number in range(7)}
        found = items.analyse({name: Choices() for name in marks}, klass(marks))
        called += sum(item.word is Word.LOOK for item in found)
    assert called / count <= 0.05, "the bootstrap alone calls about 0.07"


def answers(taken: list[str], rests: list[float]) -> list[First]:
    mine = [First(f"p{n}", "q1", 5, float(one == "a"), options=(one,)) for n, one in enumerate(taken)]
    return [*mine, *klass({"q2": rests})]


ABC = Choices(("a", "b", "c"), frozenset("a"))


def test_an_option_is_dead_only_after_forty_tries() -> None:
    taken = ["a", "b"] * 20
    rests = [number % 5 / 5 for number in range(40)]
    dead = {one.option: one.dead for one in only(answers(taken, rests), choices=ABC).taken}
    assert dead == {"a": False, "b": False, "c": True}
    fewer = only(answers(taken[:39], rests[:39]), choices=ABC).taken
    assert not any(one.dead for one in fewer)


def test_an_option_that_the_upper_half_prefers_to_the_key() -> None:
    taken = ["a"] * 10 + ["b"] * 10
    rests = [number / 20 for number in range(20)]
    found = {one.option: one for one in only(answers(taken, rests), choices=ABC).taken}
    assert found["b"].check
    assert (found["b"].upper, found["b"].lower) == (10, 0)
    assert (found["a"].upper, found["a"].lower) == (0, 10)
    reverse = only(answers(taken[::-1], rests), choices=ABC).taken
    assert not any(one.check for one in reverse)


def test_where_the_key_differs_between_exhibits_options_are_only_counted() -> None:
    taken, rests = ["b"] * 45, [number / 45 for number in range(45)]
    found = only(answers(taken, rests), choices=Choices(("a", "b", "c"))).taken
    assert [one.count for one in found] == [0, 45, 0]
    assert not any(one.check or one.dead for one in found)


def test_a_variant_is_unequal_only_if_its_interval_excludes_the_pool() -> None:
    easy = [First(f"a{n}", "q1", 10, 1.0, variant="one") for n in range(30)]
    hard = [First(f"b{n}", "q1", 10, float(n < 6), variant="two") for n in range(30)]
    found = {one.name: one for one in only([*easy, *hard]).variants}
    assert found["one"].unequal
    assert found["two"].unequal
    few = {one.name: one.unequal for one in only([*easy[:2], *hard[:2]]).variants}
    assert few == {"one": False, "two": False}
    assert only(easy).variants == (), "one variant has nothing to differ from"


def test_time_to_the_first_try() -> None:
    firsts = [First(f"p{n}", "q1", 10, 1.0, seconds=float(n)) for n in range(1, 6)]
    assert only(firsts).seconds == (2, 3, 4)
    assert only([First("p", "q1", 10, 1.0)]).seconds is None


def test_no_try_no_figure() -> None:
    found = only([])
    assert (found.persons, found.facility, found.hints, found.word) == (0, None, None, Word.FEW)


def test_a_class_of_sixty_takes_less_than_two_seconds() -> None:
    random = seeded(6)
    names = [f"q{number}" for number in range(1, 11)]
    marks = {name: [random.choice([0.0, 0.5, 1.0]) for _ in range(60)] for name in names}
    firsts = klass(marks)
    started = time.process_time()
    found = items.analyse({name: Choices() for name in names}, firsts)
    assert len(found) == 10
    assert time.process_time() - started < 20
