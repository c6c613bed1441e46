"""The table that two people confirm, and what each line of it says; with the digest by which it is confirmed."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from tests.unit.credentials.conftest import AT
from training.content.models import Release
from training.credentials import graded
from training.credentials.graded import Graded
from training.credentials.grid import Row
from training.credentials.models import Certificate, CriticalError, Result, Revocation
from training.credentials.overview import Line, Overview, _digest, plan
from training.credentials.rules import Outcome, Plan, Sitting
from training.hosting.models import RuleChange, TeachingSession
from training.hosting.plan import Rules

DAY = date(2026, 11, 27)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def outcome(kind: str, hours: str = "33.5") -> Outcome:
    return Outcome(kind, 10, 10, Decimal(hours), (), ())


def line(person: UUID, kind: str, *given: Certificate, **more: Any) -> Line:
    return Line(person, "N", "01", more.pop("minutes", {}), more.pop("results", ()), outcome(kind), given, **more)


def certificate(kind: str, *, revoked: bool = False) -> Certificate:
    return Certificate(kind=kind, revocation=Revocation(reason="Wrong.") if revoked else None)


def test_two_confirm_people_minutes_results_kinds_and_hours_in_this_form() -> None:
    """Confirmations that were given before rest on it."""
    row = Result(examination="A", sitting=1, score=800_000, sat_on=DAY)
    sat = Sitting("A", Fraction(4, 5), DAY, ("no hash",))
    lines = [
        line(SECOND, "achievement", minutes={2: 0, 1: 195}, results=(row,), sat=(sat,)),
        Line(FIRST, "Another", "02", {}, (), outcome("", "30.0"), ()),
    ]
    form = (
        f'{{"person":"{FIRST}","minutes":[],"results":[],"kind":"","hours":"30"}},'
        f'{{"person":"{SECOND}","minutes":[[1,195],[2,0]],"results":[["A",1,800000,["no hash"],"2026-11-27"]],'
        '"kind":"achievement","hours":"33.5"}'
    )
    assert _digest(lines, ()) == hashlib.sha256(f"[{form}]".encode()).hexdigest()
    changes = [RuleChange(after={"a": 1}), RuleChange(after={"attendance": {"needed": 8}})]
    with_rules = f'[{form},{{"rules":{{"attendance":{{"needed":8}}}}}}]'
    assert _digest(lines, changes) == hashlib.sha256(with_rules.encode()).hexdigest()


@pytest.mark.parametrize(
    ("kind", "given", "standing", "misfits", "may_get"),
    [
        ("", [], None, False, False),
        ("attendance", [], None, False, True),
        ("attendance", [certificate("attendance")], 0, False, False),
        ("", [certificate("attendance")], 0, True, False),
        ("achievement", [certificate("attendance", revoked=True), certificate("attendance")], 1, True, False),
        ("achievement", [certificate("attendance", revoked=True)], None, False, True),
    ],
)
def test_a_line_says_which_certificate_holds_and_whether_another_is_due(
    kind: str, given: list[Certificate], standing: int | None, *, misfits: bool, may_get: bool
) -> None:
    found = line(FIRST, kind, *given)
    assert found.standing is (None if standing is None else given[standing])
    assert (found.misfits, found.may_get) == (misfits, may_get)
    other = line(SECOND, "")
    assert seen(found, other).misfits == ((found,) if misfits else ())
    assert seen(found, other).waiting == ((found,) if may_get and not given else ())


def seen(*lines: Line, **given: Any) -> Overview:
    teaching = TeachingSession(closed_at=given.pop("closed_at", None))
    return Overview(teaching, Rules(), (), lines, "d", given.pop("confirmed", ()), **given)


def test_two_people_make_results_ready() -> None:
    assert [seen(confirmed=one).ready for one in ((), (FIRST,), (FIRST, SECOND))] == [False, False, True]
    lines = line(FIRST, ""), line(SECOND, "")
    assert [seen(*lines).of(one) for one in (SECOND, UUID(int=3))] == [lines[1], None]


def test_half_days_lie_ahead_until_their_end_and_none_of_a_session_that_is_closed() -> None:
    ends = tuple(AT + timedelta(hours=hours) for hours in (0, 1, 2))
    now: list[datetime] = [AT - timedelta(seconds=1), AT, AT + timedelta(hours=2)]
    assert [seen(ends=ends).ahead(one) for one in now] == [3, 2, 0]
    assert seen(ends=ends, closed_at=AT).ahead(now[0]) == 0


def test_an_appeal_of_a_line_waits_until_it_is_answered() -> None:
    errors = [
        CriticalError(appealed_at=None, outcome=None),
        CriticalError(appealed_at=AT, outcome="stands"),
        CriticalError(appealed_at=AT, outcome=None),
    ]
    assert [line(FIRST, "", errors=(one,)).waits for one in errors] == [False, False, True]
    assert [one.stands for one in (*errors, CriticalError(outcome="withdrawn"))] == [True, True, True, False]


def test_the_rules_of_a_session_are_taken_as_exact_figures() -> None:
    piece = {"title": "P", "weight": 100, "minutes": 5}
    examinations = [
        {"name": name, "title": name, "passed": line, "pieces": [piece]} for name, line in (("A", 55), ("B", 60))
    ]
    rules: dict[str, Any] = {"attendance": {"needed": 8, "percent": 70}, "resit": {"times": 2, "days": 30}}
    assert plan(Rules.model_validate(rules)) == Plan(8, None, {}, Fraction(7, 10), None, None, 2, 30)
    achievement = {"needed": 9, "mean": 85, "each": 0}
    given = {**rules, "achievement": achievement, "examinations": examinations}
    passed = {"A": Fraction(11, 20), "B": Fraction(3, 5)}
    assert plan(Rules.model_validate(given)) == Plan(
        8, 9, passed, Fraction(7, 10), Fraction(17, 20), Fraction(0), 2, 30
    )
    bare = {**given, "achievement": {"needed": 9}}
    assert plan(Rules.model_validate(bare)) == Plan(8, 9, passed, Fraction(7, 10), None, None, 2, 30)


def offered(percent: str = "10.5", recorded: str = "", **changed: Any) -> Graded:
    row = Row(FIRST, "N", "n", "", "", None, ("5", recorded), "", "")
    given: dict[str, Any] = {
        "piece": 1,
        "row": row,
        "attempt_id": SECOND,
        "lab": "L",
        "release": Release(),
        "begun": AT,
    }
    given |= {"waiting": 0, "over": True, "told": False, "percent": percent, "own": False}
    return Graded(**{**given, **changed})


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (offered(), "new"),
        (offered(recorded="10.50"), "same"),
        (offered(recorded="10.51"), "other"),
        (offered(recorded="0"), "other"),
        (offered(waiting=1), "waits"),
        (offered(waiting=1, recorded="10.5"), "waits"),
        (offered(over=False), "work"),
        (offered(over=False, waiting=1), "work"),
        (offered(own=True), "own"),
        (offered(own=True, over=False, waiting=2), "own"),
    ],
)
def test_what_is_graded_is_new_another_or_the_same_or_can_not_be_taken_over(one: Graded, state: str) -> None:
    assert (one.state, one.key) == (state, f"1-{FIRST}")
    form = f'[["1-{FIRST}", "{SECOND}", "10.5", "{one.recorded}", "{state}"]]'
    assert graded.digest([one]) == hashlib.sha256(form.encode()).hexdigest()
