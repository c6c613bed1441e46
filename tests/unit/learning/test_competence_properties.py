"""What holds of the calculation whatever the records say."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.learning.records import at, exam, later, quiz, read
from training.learning.competence.evidence import Answered, Changed, Evidence, Marked, Refreshed, Stated
from training.learning.competence.standing import Standing, standing
from training.learning.competence.table import BY_ID

START = date(2026, 1, 5)
SPAN = 900
IDS = ("K3", "K6", "K9", "K11")
MODULES = {"K3": ("m2-4",), "K6": ("m3-2",), "K9": ("m3-5",), "K11": ("m1-1", "m1-2", "m1-3", "m1-4")}
days = st.integers(0, SPAN)
DATED = ("readings", "answers", "attempts", "statements", "marks", "refreshers", "changes")


def instant(number: int, minute: int) -> datetime:
    return at(later(START, number), 8) + timedelta(minutes=minute)


@st.composite
def records(draw: Any) -> tuple[str, Evidence]:
    """Any records that have to do with one competency, no two of them at one instant."""
    name = draw(st.sampled_from(IDS))
    competency, modules = BY_ID[name], MODULES[name]
    labs = st.sampled_from([*competency.labs, "moot"])
    minutes = iter(range(10_000))

    def when() -> datetime:
        return instant(draw(days), next(minutes))

    attempts = []
    for number in range(draw(st.integers(0, 5))):
        moment = when()
        points = Fraction(draw(st.integers(5_000, 7_000)), 100)
        more = {key: draw(st.booleans()) for key in ("examination", "unseen", "critical")}
        attempts.append(
            replace(
                exam(START, draw(labs), variant=draw(st.sampled_from("ab"))),
                ident=f"attempt:{number}",
                at=moment,
                part_at=moment,
                earned=points,
                part_earned=points,
                hints=draw(st.integers(0, 1)),
                **more,
            )
        )
    answers = [
        Answered(f"answer:{number}", when(), module, f"{module}-q{draw(st.integers(1, 3))}", "e1", Fraction(share))
        for number in range(draw(st.integers(0, 14)))
        for module in (draw(st.sampled_from(modules)),)
        for share in (draw(st.sampled_from([0, 1, 1, 1])),)
    ]
    statements = []
    for number in range(draw(st.integers(0, 3))):
        written = when()
        done = written.date() - timedelta(days=draw(st.integers(0, 200)))
        kind = draw(st.sampled_from(["casework", "teaching", "review"]))
        statements.append(Stated(f"statement:{number}", written, done, name, kind, "", "host"))
    evidence = Evidence(
        tuple(read(module, START) for module in modules),
        tuple(answers),
        tuple(attempts),
        tuple(statements),
        tuple(Marked(f"round:{n}", when(), draw(labs), draw(st.booleans())) for n in range(draw(st.integers(0, 2)))),
        tuple(
            Refreshed(f"refresher:{n}", when(), name, Fraction(draw(st.integers(6, 10))), 10)
            for n in range(draw(st.integers(0, 2)))
        ),
        tuple(
            Changed(f"change:{n}", when(), modules[0], ("o1",), "law", "Something.", (name,))
            for n in range(draw(st.integers(0, 1)))
        ),
        **quiz(modules, name, each=3),
    )
    return name, evidence


def only(evidence: Evidence, keep: Callable[[Any], bool]) -> Evidence:
    """The records that are kept."""
    changes: dict[str, Any] = {key: tuple(one for one in getattr(evidence, key) if keep(one)) for key in DATED}
    return replace(evidence, **changes)


def stood(name: str, evidence: Evidence, number: int) -> Standing:
    return standing(BY_ID[name], evidence, later(START, number), UTC)


@given(records(), st.randoms(use_true_random=False), days)
@try_examples(150)
def test_the_order_of_the_records_does_not_matter(one: tuple[str, Evidence], lots: random.Random, number: int) -> None:
    name, evidence = one
    changes: dict[str, Any] = {key: tuple(lots.sample(rows := getattr(evidence, key), len(rows))) for key in DATED}
    mixed = replace(evidence, **changes)
    assert stood(name, mixed, number) == stood(name, evidence, number)


@given(records(), days)
@try_examples(200)
def test_a_further_record_never_lowers_a_level(one: tuple[str, Evidence], number: int) -> None:
    """What is recorded today leaves what stood before it: only time lowers a level."""
    name, evidence = one
    today = later(START, number)
    newest = max(
        (each for key in DATED for each in getattr(evidence, key) if each.at.date() <= today), key=lambda each: each.at
    )
    before = only(evidence, lambda each: each.at < newest.at)
    assert stood(name, evidence, number).level >= stood(name, before, number).level
    assert stood(name, evidence, number).reached >= stood(name, before, number).reached


@given(records(), days)
@try_examples(150)
def test_what_is_recorded_later_does_not_change_a_day_that_is_past(one: tuple[str, Evidence], number: int) -> None:
    name, evidence = one
    today = later(START, number)
    by_then = only(evidence, lambda each: each.at.date() <= today)
    assert stood(name, by_then, number) == stood(name, evidence, number)


@given(records(), days)
@try_examples(150)
def test_without_a_new_record_a_level_only_falls(one: tuple[str, Evidence], number: int) -> None:
    name, evidence = one
    levels = [stood(name, evidence, SPAN + more).level for more in (1, 1 + number, 2_000 + number)]
    assert levels == sorted(levels, reverse=True)
    last = stood(name, evidence, 9_999)
    assert last.reached == stood(name, evidence, SPAN + 1).reached
    assert last.level == (max(1, last.reached - 2) if last.reached else 0)


@given(records(), days)
@try_examples(150)
def test_a_date_never_lies_after_the_day_and_a_lapsed_level_is_displayed_lower(
    one: tuple[str, Evidence], number: int
) -> None:
    name, evidence = one
    found = stood(name, evidence, number)
    for held in found.held:
        assert held.first <= held.shown <= later(START, number)
        assert held.tested <= held.shown
        assert held.displayed in {held.level, max(1, held.level - 1), max(1, held.level - 2)}
        assert (held.displayed < held.level) <= (held.state == "lapsed")
    assert (found.level == 0) == (not found.held) == (found.state == "none")
