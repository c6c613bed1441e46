"""What a value is worth beside the key, for every answer type; how tolerances, bands and methods make a score."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.grading.typed import SPECS
from training.grading.values import patterns
from training.grading.values.base import Canon, Method, Scalar, Spec
from training.grading.values.groups import edges, unmet
from training.grading.values.measures import MOST_OFFERED, score
from training.grading.values.patterns import BadPattern
from training.grading.values.reading import kind_of
from training.grading.values.tolerance import Band, Tolerance, credit, of, troubles

WORK = SPECS["sequence"].model_copy(update={"before": {"start": ("boot", "login")}})
TIMES = SPECS["times"].model_copy(update={"tolerance": 1})
NEAR = SPECS["times"].model_copy(update={"tolerance": 0.25})
HALF = "2026-03-10T12:00:00.5Z"
"""Half a second after noon, though its text comes before that of noon."""
LOOSE = SPECS["pattern"].model_copy(update={"ignore_case": True})


def second(at: int) -> str:
    return f"2026-03-10T12:00:{at:02}Z"


@pytest.mark.parametrize(
    ("spec", "value", "key", "same", "correctness", "hits"),
    [
        (SPECS["pid"], 7, 7, True, 1.0, 1),
        (SPECS["pid"], 7, 8, False, 0.0, 0),
        (SPECS["string"], "a", "A", False, 0.0, 0),
        (SPECS["chain"], (1, 2, 3), (1, 2, 3), True, 1.0, 3),
        (SPECS["chain"], (1, 2), (1, 2, 3, 4), False, 0.5, 2),
        (SPECS["chain"], (1, 3, 2), (1, 2, 3), False, None, 3),
        (SPECS["chain"], (3, 2, 1), (1, 2, 3), False, 0.0, 3),
        (SPECS["chain"], (1, 1, 9), (1, 2), False, 0.0, 1),
        (SPECS["chain"], 1, (1, 2), False, 0.5, 0),
        (SPECS["sequence"], ("boot", "login", "start"), ("boot", "login", "start"), True, 1.0, 3),
        (SPECS["sequence"], ("login", "boot", "start"), ("boot", "login", "start"), False, None, 3),
        (WORK, ("login", "boot", "start"), ("boot", "login", "start"), True, 1.0, 3),
        (WORK, ("login", "start", "boot"), ("boot", "login", "start"), False, None, 3),
        (WORK, ("login", "start"), ("boot", "login", "start"), False, None, 2),
        (SPECS["choices"], ("cron", "unit"), ("cron", "unit"), True, 1.0, 2),
        (SPECS["choices"], ("cron",), ("cron", "unit"), False, 0.5, 1),
        (SPECS["choices"], ("cron", "memfd"), ("cron",), False, 0.0, 1),
        (SPECS["choices"], "cron", ("cron", "unit"), False, 0.5, 0),
        (SPECS["choices"], ("cron",), "cron", False, 1.0, 0),
        (SPECS["matching"], ("a=1", "b=2"), ("a=1", "b=2"), True, 1.0, 2),
        (SPECS["matching"], ("a=1", "b=3"), ("a=1", "b=2"), False, 0.5, 1),
        (SPECS["matching"], ("a=1", "b=2", "c=3"), ("a=1",), False, 1 / 3, 1),
        (SPECS["matching"], ("a=1",), (), False, 0.0, 0),
        (SPECS["matching"], (), (), True, 0.0, 0),
        (SPECS["matching"], "a=1", ("a=1",), False, 0.0, 0),
        (SPECS["matching"], ("a=1",), "a=1", False, 0.0, 0),
        (SPECS["statement"], ("true", "gone"), ("true", "gone"), True, 1.0, 1),
        (SPECS["statement"], ("true", "held"), ("true", "gone"), False, 0.5, 0),
        (SPECS["statement"], ("false", "gone"), ("true", "gone"), False, 0.0, 0),
        (SPECS["statement"], "true", ("true", "gone"), False, 0.0, 0),
        (SPECS["pids"], (1, 2), (1, 2), True, 1.0, 2),
        (SPECS["pids"], (2, 1), (1, 2), True, 1.0, 2),
        (SPECS["pids"], (1,), (1, 2), False, 0.5, 1),
        (SPECS["pids"], (1, 2, 3), (1, 2), False, 0.5, 2),
        (SPECS["pids"], (1, 1), (1,), False, 1.0, 1),
        (SPECS["pids"], 1, (1, 2), False, 0.5, 1),
        (TIMES, (second(1), second(9)), (second(0), second(10)), True, 1.0, 2),
        (TIMES, (second(1),), (second(0), second(2)), False, 0.5, 1),
        (TIMES, (second(0), second(1)), (second(1),), False, 0.0, 1),
        (TIMES, (second(2), second(5)), (second(0), second(5)), False, 0.0, 1),
        (TIMES, (second(5), second(2)), (second(2), second(5)), True, 1.0, 2),
        (NEAR, ("2026-03-10T12:00:00Z", HALF), ("2026-03-10T12:00:00Z", HALF), True, 1.0, 2),
        (NEAR, (HALF, "2026-03-10T12:00:00Z"), (HALF, "2026-03-10T12:00:00Z"), True, 1.0, 2),
        (SPECS["times"], (second(1),), (second(0),), False, 0.0, 0),
        (SPECS["timestamp"], second(1), second(1), True, 1.0, 1),
        (SPECS["timestamp"], second(1), "never", False, 0.0, 0),
        (SPECS["timestamp"], "never", second(1), False, 0.0, 0),
        (SPECS["pattern"], "fin-2031", "fin-[0-9]{4}", True, 1.0, 1),
        (SPECS["pattern"], "fin-[0-9]{4}", "fin-2031", True, 1.0, 1),
        (SPECS["pattern"], "FIN-2031", "fin-[0-9]{4}", False, 0.0, 0),
        (SPECS["pattern"], "FIN-2031", "fin-2031", False, 0.0, 0),
        (LOOSE, "FIN-2031", "fin-[0-9]{4}", True, 1.0, 1),
        (LOOSE, "fin-[0-9]{4}", "FIN-2031", True, 1.0, 1),
        (LOOSE, "FIN-2031", "fin-2031", True, 1.0, 1),
        (LOOSE, "FIN-2032", "fin-2031", False, 0.0, 0),
        (Spec(type="pattern"), "a", "a", True, 1.0, 1),
        (Spec(type="pattern"), "a", "A", False, 0.0, 0),
    ],
)
def test_a_value_beside_the_key(
    spec: Spec,
    value: Canon,
    key: Canon,
    same: bool,  # noqa: FBT001 - one of several figures
    correctness: float | None,
    hits: int,
) -> None:
    """Without a figure only that it is worth a part."""
    kind = kind_of(spec)
    assert kind.same(value, key, spec) is same
    found = kind.correctness(value, key, spec, {})
    assert found == pytest.approx(correctness) if correctness is not None else 0 < found < 1
    assert kind.hits(value, key, spec) == hits


@pytest.mark.parametrize(
    ("value", "weights", "share"),
    [
        (("cron", "memfd"), {}, 0.0),
        (("cron", "unit", "memfd"), {}, 0.5),
        (("cron", "unit", "memfd"), {"memfd": 0.5}, 0.75),
        (("cron", "unit", "memfd"), {"memfd": 2.0, "cron": 9.0}, 0.0),
        (("cron", "unit", "memfd"), {"other": 9.0}, 0.5),
    ],
)
def test_a_wrong_option_costs_what_the_author_says(value: Canon, weights: dict[Scalar, float], share: float) -> None:
    key = ("cron", "unit")
    assert kind_of(SPECS["choices"]).correctness(value, key, SPECS["choices"], weights) == share
    numbers: dict[Any, int] = {"cron": 1, "unit": 2, "memfd": 3, "other": 4}
    pids: Canon = tuple(numbers[one] for one in value)  # type: ignore[union-attr]
    costs: dict[Scalar, float] = {numbers[one]: cost for one, cost in weights.items()}
    assert kind_of(SPECS["pids"]).correctness(pids, (1, 2), SPECS["pids"], costs) == share


@pytest.mark.parametrize(
    ("method", "right", "wrong", "of_key", "offered", "found"),
    [
        ("net", 2, [], 4, 0, 0.5),
        ("net", 2, [1.0], 4, 0, 0.25),
        ("net", 2, [0.5, 0.5], 4, 0, 0.25),
        ("net", 1, [1.0, 1.0], 4, 0, 0.0),
        ("net", 0, [], 4, 0, 0.0),
        ("net", 0, [], 0, 0, 0.0),
        ("net", 0, [1.0], 0, 0, 0.0),
        ("all", 4, [], 4, 0, 1.0),
        ("all", 4, [0.1], 4, 0, 0.0),
        ("all", 3, [], 4, 0, 0.0),
        ("coverage", 3, [], 4, 0, 0.75),
        ("coverage", 3, [1.0], 4, 0, 0.5625),
        ("coverage", 1, [1.0] * 3, 1, 0, 0.25),
        ("coverage", 1, [1.0] * 4, 1, 0, 0.0),
        ("coverage", 0, [0.0], 2, 0, 0.0),
        ("each", 1, [], 2, 4, 0.75),
        ("each", 2, [1.0], 2, 4, 0.75),
        ("each", 2, [1.0], 2, 0, 0.0),
        ("each", 2, [9.0], 2, 4, 0.0),
        ("each", 4, [], 2, 4, 1.0),
        ("each", 1, [], 1, 1, 1.0),
    ],
)
def test_each_method_beside_its_limits(
    method: Method, right: int, wrong: list[float], of_key: int, offered: int, found: float
) -> None:
    assert score(method, right, wrong, of_key, offered) == pytest.approx(found)
    assert MOST_OFFERED == 8


@pytest.mark.parametrize(
    ("width", "bands", "said"),
    [
        (0, [], []),
        (1, [], []),
        (0, [(1, 0.5), (2, 0.4)], []),
        (1, [(1.5, 0.99)], []),
        (1, [(1, 0.5)], ["`band` 1: a tolerance of 1 is not wider than the 1 before it"]),
        (1, [(2, 0.5), (3, 0.5)], ["`band` 2: a credit of 0.5 is not below the 0.5 before it"]),
        (
            1,
            [(2, 0.5), (1.5, 0.6)],
            [
                "`band` 2: a tolerance of 1.5 is not wider than the 2 before it",
                "`band` 2: a credit of 0.6 is not below the 0.5 before it",
            ],
        ),
        (
            Tolerance(relative=0.1),
            [(2, 0.5), (1, 0.9)],
            ["`band`: nominal and relative tolerances can't be put in order: use one kind"],
        ),
        (0, [(Tolerance(relative=0.1), 0.5)], []),
        (Tolerance(geometric=0), [(Tolerance(relative=0.1), 0.5)], []),
        (
            0,
            [(Tolerance(relative=0.1), 0.5), (3, 0.2)],
            ["`band`: nominal and relative tolerances can't be put in order: use one kind"],
        ),
        (
            Tolerance(relative=0.1),
            [(Tolerance(geometric=0.2), 0.5)],
            ["`band`: geometric and relative tolerances can't be put in order: use one kind"],
        ),
    ],
)
def test_bands_that_are_not_in_order_are_named(width: Any, bands: list[Any], said: list[str]) -> None:
    assert list(troubles(width, [Band(tolerance=one, credit=share) for one, share in bands])) == said


def test_a_tolerance_is_one_of_three() -> None:
    assert of(2) == Tolerance(nominal=2)
    assert of(Tolerance(relative=1)) == Tolerance(relative=1)
    found = [Tolerance(nominal=0), Tolerance(relative=0.5), Tolerance(geometric=2)]
    assert [(one.kind, one.width) for one in found] == [("nominal", 0), ("relative", 0.5), ("geometric", 2)]
    for several in ({}, {"nominal": 1, "relative": 1}, {"nominal": 0, "geometric": 0}, {"relative": 1, "geometric": 1}):
        with pytest.raises(ValidationError) as caught:
            Tolerance(**several)
        said = [error["msg"] for error in caught.value.errors()]
        assert said == ["Value error, a tolerance is exactly one of `nominal`, `relative`, `geometric`"]
    for field, most in (("nominal", 1e15), ("relative", 10), ("geometric", 10)):
        assert Tolerance(**{field: most}).width == most
        for beyond in (most * 1.001, -0.001, float("inf"), float("nan")):
            with pytest.raises(ValidationError):
                Tolerance(**{field: beyond})


@pytest.mark.parametrize(
    ("width", "off", "share"),
    [
        (1, 1, 1.0),
        (1, -1, 1.0),
        (1, Fraction(1001, 1000), 0.5),
        (1, -2, 0.5),
        (1, 3, 0.25),
        (1, Fraction(3001, 1000), 0.0),
        (0, 0, 1.0),
        (0, Fraction(1, 10**9), 0.5),
    ],
)
def test_the_first_band_that_holds_is_paid(width: float, off: Fraction, share: float) -> None:
    bands = [Band(tolerance=2, credit=0.5), Band(tolerance=3, credit=0.25)]
    assert credit(100 + Fraction(off), Fraction(100), width, bands) == share
    assert credit(100 + Fraction(off), Fraction(100), width, []) == (1.0 if share == 1 else 0.0)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("a" * 500, None),
        ("a" * 501, "the pattern has 501 characters; at most 500 are allowed"),
        ("(", "the pattern can't be used: missing ): ("),
        ("(?:a?){700}a{96}", None),
        ("(?:a?){700}a{97}", "the pattern is too large: 1,501 instructions, at most 1,500"),
        (".*", "every text fits the pattern"),
        ("|7", "every text fits the pattern"),
        ("7|no answer.*", "every text fits the pattern"),
        ("7", None),
        ("[A-Z]+", None),
    ],
)
def test_a_pattern_is_refused_beyond_each_limit(pattern: str, why: str | None) -> None:
    if why is None:
        patterns.check(pattern)
        return
    with pytest.raises(BadPattern) as caught:
        patterns.check(pattern)
    assert str(caught.value) == why


def test_capital_letters_count_where_the_author_says_nothing() -> None:
    assert patterns.fits("a", "a")
    assert not patterns.fits("A", "a")
    assert patterns.fits("A", "a", ignore_case=True)
    assert not patterns.fits("aa", "a", ignore_case=True)
    patterns.check("no answer of any question")
    patterns.check("[a-z ]+|[A-Z]", ignore_case=False)
    with pytest.raises(BadPattern, match="every text fits"):
        patterns.check("|NO ANSWER OF ANY QUESTION", ignore_case=True)
    patterns.check("x|NO ANSWER OF ANY QUESTION", ignore_case=True)
    patterns.check("|NO ANSWER OF ANY QUESTION")


def test_what_a_step_needs_is_told_in_the_order_of_the_question() -> None:
    assert edges(WORK) == {("boot", "start"), ("login", "start")}
    assert unmet(("boot", "login", "start"), WORK) is None
    assert unmet(("boot", "start", "login"), WORK) == ("login", "start")
    assert unmet(("start", "login", "boot"), WORK) == ("boot", "start")
    assert unmet("boot", WORK) is None


def test_a_wrong_time_costs_what_the_author_says() -> None:
    kind, key = kind_of(TIMES), (second(0), second(10))
    costs: list[dict[Scalar, float]] = [{}, {second(30): 0.5}, {second(30): 2.0}, {second(31): 2.0}]
    shares = [kind.correctness((*key, second(30)), key, TIMES, weights) for weights in costs]
    assert shares == [0.5, 0.75, 0.0, 0.5]
