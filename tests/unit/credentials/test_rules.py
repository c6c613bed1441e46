"""Who gets what, at the edges of each rule."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from training.credentials.overview import Line, _digest
from training.credentials.rules import Half, Outcome, Plan, Presence, Sitting, eligible, hours, percent
from training.sentence import phrase

WEEK = Plan(needed=9, needed_for_achievement=9, passed={"A": Fraction(3, 5), "B": Fraction(3, 5)})
MINUTES = (195, 210, 195, 210, 195, 210, 195, 210, 195, 195)  # 2,010 together
HALVES = tuple(
    Half(number, minutes, {6: ("A",), 9: ("B",)}.get(number, ())) for number, minutes in enumerate(MINUTES, 1)
)
FIRST = date(2026, 11, 4)
PERSON = UUID(int=1)


def there(*missed: int, **changed: int) -> list[Presence]:
    return [
        Presence(half.number, changed.get(f"m{half.number}", half.minutes), admitted=bool(half.examinations))
        for half in HALVES
        if half.number not in missed
    ]


def sat(a: str = "80", b: str = "80", **more: Any) -> list[Sitting]:
    return [Sitting("A", Fraction(a) / 100, FIRST, **more), Sitting("B", Fraction(b) / 100, FIRST)]


def outcome(
    presences: list[Presence] | None = None, sittings: list[Sitting] | None = None, plan: Plan = WEEK
) -> Outcome:
    return eligible(plan, HALVES, there() if presences is None else presences, sat() if sittings is None else sittings)


@pytest.mark.parametrize(("a", "b", "kind"), [
    ("60", "60", "achievement"),
    ("59.99", "100", "attendance"),
    ("100", "59.99", "attendance"),
    ("85", "85", "distinction"),
    ("84.99", "85", "achievement"),
    ("95", "75", "distinction"),
    ("100", "74.99", "achievement"),
    ("100", "100", "distinction"),
])  # fmt: skip
def test_lines_are_met_exactly(a: str, b: str, kind: str) -> None:
    assert outcome(sittings=sat(a, b)).kind == kind


def test_a_third_is_not_rounded_up_to_a_line() -> None:
    just = [Sitting("A", Fraction(599_999, 1_000_000), FIRST), Sitting("B", Fraction(1), FIRST)]
    found = outcome(sittings=just)
    assert found.kind == "attendance"
    assert found.reasons == ("Examination A: 59.99 %, at least 60 % are needed.",)


def test_ten_half_days_are_33_and_a_half_hours() -> None:
    assert outcome().hours == Decimal("33.5")
    assert (outcome().attended, outcome().of) == (10, 10)


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0.0"), (2, "0.0"), (1800, "30.0"), (3, "0.1"), (8, "0.1"), (9, "0.2"), (2010, "33.5")]
)
def test_hours_have_one_decimal_half_up(minutes: int, said: str) -> None:
    assert str(hours(minutes)) == said


@pytest.mark.parametrize(("now", "before"), [("0.0", "0"), ("30.0", "30"), ("33.5", "33.5")])
def test_what_two_have_confirmed_stays_confirmed_though_whole_hours_have_a_decimal_now(now: str, before: str) -> None:
    digests = {
        _digest([Line(PERSON, "A", "", {}, (), Outcome("", 0, 10, Decimal(said), (), ()), ())], ())
        for said in (now, before)
    }
    assert len(digests) == 1


def test_three_quarters_of_the_minutes_are_a_half_day_and_a_minute_less_is_not() -> None:
    # 195 minutes: 146.25 are needed
    assert outcome(there(m1=147)).attended == 10
    assert outcome(there(m1=146)).attended == 9
    # 210 minutes: 157.5 are needed
    assert outcome(there(m2=157)).attended == 9
    assert eligible(Plan(needed=1), [Half(1, 200)], [Presence(1, 150)], []).attended == 1


def test_nine_of_ten_are_enough_and_eight_are_not() -> None:
    assert outcome(there(1)).kind == "achievement"
    eight = outcome(there(1, 2))
    assert (eight.kind, eight.reasons) == ("", ("8 half-days attended, 9 are needed.",))


def test_who_misses_an_examination_half_day_gets_attendance_only() -> None:
    found = outcome(there(6))
    assert found.kind == "attendance"
    assert found.reasons == ("The half-day of examination A was not attended.",)


def test_who_was_there_but_not_admitted_has_not_attended() -> None:
    presences = [one if one.half != 9 else Presence(9, one.minutes, admitted=False) for one in there()]
    assert outcome(presences).attended == 9
    assert outcome(presences).kind == "attendance"


def test_a_critical_error_stands_whatever_the_points() -> None:
    found = outcome(sittings=sat("100", "100", critical=("leaves without a hash",)))
    assert found.kind == "attendance"
    assert found.reasons == ("A critical error stands in examination A: leaves without a hash",)


def test_a_resit_without_the_error_takes_it_away_even_with_fewer_points() -> None:
    again = Sitting("A", Fraction(61, 100), FIRST + timedelta(days=30))
    assert outcome(sittings=[*sat("100", "80", critical=("x",)), again]).kind == "achievement"


@pytest.mark.parametrize(("days", "kind"), [(60, "achievement"), (61, "attendance")])
def test_a_resit_counts_until_the_sixtieth_day(days: int, kind: str) -> None:
    again = Sitting("A", Fraction(60, 100), FIRST + timedelta(days=days))
    found = outcome(sittings=[*sat("40", "80"), again])
    assert found.kind == kind
    assert ("doesn't count" in " ".join(found.reasons)) == (days > 60)


def test_the_better_result_stands_and_a_second_resit_does_not_count() -> None:
    worse = Sitting("A", Fraction(10, 100), FIRST + timedelta(days=1))
    assert outcome(sittings=[*sat("60", "60"), worse]).kind == "achievement"
    third = Sitting("A", Fraction(1), FIRST + timedelta(days=2))
    found = outcome(sittings=[*sat("40", "80"), worse, third])
    assert found.kind == "attendance"
    assert found.results[0].score == Fraction(40, 100)


def test_an_examination_without_a_result_is_named() -> None:
    assert outcome(sittings=sat()[:1]).reasons == ("There is no result of examination B.",)


def test_the_two_day_plan_asks_more_for_achievement_than_for_attendance() -> None:
    plan = Plan(needed=3, needed_for_achievement=4, passed={"A": Fraction(3, 5)}, mean=None, least=None)
    halves = [Half(n, 180, ("A",) if n == 4 else ()) for n in range(1, 5)]
    here = [Presence(n, 180, admitted=n == 4) for n in range(1, 5)]
    passed = [Sitting("A", Fraction(1), FIRST)]
    assert eligible(plan, halves, here, passed).kind == "achievement"
    assert eligible(plan, halves, here[1:], passed).kind == "attendance"
    assert eligible(plan, halves, here[2:], passed).kind == ""


def test_a_plan_that_gives_no_certificate_says_so() -> None:
    found = eligible(Plan(needed=0), HALVES, there(), [])
    assert (found.kind, found.reasons) == ("", ("The rules of this session give no certificate of attendance.",))


@pytest.mark.parametrize(("share", "said"), [("0.5999999", "59.99"), ("0.6", "60"), ("0.605", "60.5"), ("1", "100")])
def test_percent_is_cut_and_never_rounded_up(share: str, said: str) -> None:
    assert percent(Fraction(share)) == said


def of_a(percent: str, days: int = 0, *critical: str) -> Sitting:
    return Sitting("A", Fraction(percent) / 100, FIRST + timedelta(days=days), critical)


B_80 = sat()[1]
NO_RESULT_OF_B = "There is no result of examination B."
ONE_RESIT = "A sitting of A doesn't count: the rules allow 1 resit, within 60 days of the first sitting."
MEAN = "For distinction the mean has to be 85 %; it is 80 %."


@pytest.mark.parametrize(
    ("presences", "sittings", "plan", "said"),
    [
        ([], [], WEEK, ("", 0, "0.0", [], ["0 half-days attended, 9 are needed."])),
        (there(*range(2, 11)), [], WEEK, ("", 1, "3.3", [], ["1 half-day attended, 9 are needed."])),
        (there(), sat("85", "85"), WEEK, ("distinction", 10, "33.5", sat("85", "85"), [])),
        (there(10), sat("85", "85"), WEEK, ("distinction", 9, "30.3", sat("85", "85"), [])),
        (
            there(),
            sat("60", "100"),
            WEEK,
            (
                "achievement", 10, "33.5", sat("60", "100"),
                [MEAN, "For distinction A has to be at least 75 %; it is 60 %."],
            ),
        ),
        (there(), sat(), replace(WEEK, mean=None), ("achievement", 10, "33.5", sat(), [])),
        (there(), sat(), replace(WEEK, least=None), ("achievement", 10, "33.5", sat(), [])),
        (there(), sat(), replace(WEEK, passed={}), ("achievement", 10, "33.5", [], [])),
        (there(), sat("80", "100"), replace(WEEK, passed={"B": Fraction(1)}), (
            "distinction", 10, "33.5", sat("80", "100")[1:], [],
        )),
        (there(), sat(), replace(WEEK, needed_for_achievement=None), ("attendance", 10, "33.5", sat(), [])),
        (there(), sat(), replace(WEEK, needed=0), ("achievement", 10, "33.5", sat(), [MEAN])),
        (
            there(9, 10),
            [of_a("59.5", 0, "no hash", "no notes")],
            replace(WEEK, needed=8),
            (
                "attendance", 8, "27.0", [of_a("59.5", 0, "no hash", "no notes")],
                [
                    "8 half-days attended, 9 are needed.",
                    "The half-day of examination B was not attended.",
                    "Examination A: 59.5 %, at least 60 % are needed.",
                    "A critical error stands in examination A: no hash",
                    "A critical error stands in examination A: no notes",
                    NO_RESULT_OF_B,
                ],
            ),
        ),
        (  # sittings in any order: the first by its day is the first
            there(),
            [of_a("99", 62), of_a("70", 2), of_a("20", 1), B_80],
            WEEK,
            ("achievement", 10, "33.5", [of_a("70", 2), B_80], [
                "For distinction the mean has to be 85 %; it is 75 %.",
                "For distinction A has to be at least 75 %; it is 70 %.",
                ONE_RESIT,
            ]),
        ),
        (
            there(),
            [of_a("20"), of_a("70", 61), B_80],
            replace(WEEK, resits=2, resit_days=1),
            ("attendance", 10, "33.5", [of_a("20"), B_80], [
                "Examination A: 20 %, at least 60 % are needed.",
                "A sitting of A doesn't count: the rules allow 2 resits, within 1 day of the first sitting.",
            ]),
        ),
        (
            there(),
            [of_a("20"), of_a("30", 1), of_a("80", 2), B_80],
            replace(WEEK, resits=2, resit_days=2),
            ("achievement", 10, "33.5", [of_a("80", 2), B_80], [MEAN]),
        ),
        (
            there(),
            [replace(B_80, score=Fraction(1, 2))],
            WEEK,
            ("attendance", 10, "33.5", [replace(B_80, score=Fraction(1, 2))], [
                "There is no result of examination A.",
                "Examination B: 50 %, at least 60 % are needed.",
            ]),
        ),
        (  # a resit with an error is not the better one, and of two with an error the one with more points is
            there(),
            [of_a("60"), of_a("90", 1, "x"), B_80],
            replace(WEEK, mean=None),
            ("achievement", 10, "33.5", [of_a("60"), B_80], []),
        ),
        (
            there(),
            [of_a("60", 0, "x"), of_a("90", 1, "y"), B_80],
            WEEK,
            ("attendance", 10, "33.5", [of_a("90", 1, "y"), B_80], [
                "A critical error stands in examination A: y",
            ]),
        ),
    ],
)  # fmt: skip
def test_a_person_is_told_all_of_what_the_rules_give_and_why_it_is_not_more(
    presences: list[Presence], sittings: list[Sitting], plan: Plan, said: tuple[Any, ...]
) -> None:
    kind, attended, spent, results, reasons = said
    wanted = Outcome(kind, attended, 10, Decimal(spent), tuple(results), tuple(reasons))
    found = eligible(plan, HALVES, presences, sittings)
    assert (found, str(found.hours)) == (wanted, spent)


def test_a_half_day_without_contact_time_is_attended_by_nobody_and_one_minute_is_enough_for_another() -> None:
    halves = [Half(1, 0), Half(2, 1), Half(3, -1)]
    presences = [Presence(1, 0, admitted=True), Presence(2, 1), Presence(3, 5)]
    assert eligible(Plan(needed=1, present=Fraction(0)), halves, presences, []).attended == 1
    assert eligible(Plan(needed=1), halves, [], []) == Outcome(
        "", 0, 3, Decimal("0.0"), (), (phrase("0 half-days attended, 1 are needed."),)
    )
