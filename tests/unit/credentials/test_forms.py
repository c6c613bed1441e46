"""What forms of certificates and results send, read whole: nothing of it is trusted, and nothing typed is lost."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict

from training.credentials import forms
from training.credentials.critical import Wish as Error
from training.credentials.grid import Entry, Row, Sheet
from training.credentials.overview import Line, Overview
from training.credentials.resits import Wish as Again
from training.credentials.results import Wish
from training.credentials.rules import Outcome
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting.models import TeachingSession
from training.hosting.plan import Examination, Rules

MINE, OTHER, NOBODY = (UUID(int=number) for number in (1, 2, 3))
PARIS = TeachingSession(zone="Europe/Paris", starts_on=date(2026, 11, 23))
AGAIN = {"day": " 2026-12-11 ", "at": "8:30", "minutes": " 210 "}


def line(person: UUID, kind: str) -> Line:
    return Line(person, "N", "", {}, (), Outcome(kind, 0, 10, Decimal(0), (), ()), ())


SEEN = Overview(PARIS, Rules(), (), (line(MINE, "attendance"), line(OTHER, "")), "d" * 64, ())


def told(bad: DomainError) -> tuple[type[DomainError], str, str | None]:
    return type(bad), str(bad), bad.field


def test_only_the_results_that_were_seen_are_acted_on() -> None:
    assert forms.same(SEEN, MultiDict({"seen": "d" * 64})) is SEEN
    for form in ({}, {"seen": ""}, {"seen": "D" * 64}):
        with pytest.raises(Conflict) as bad:
            forms.same(SEEN, MultiDict(form))
        assert told(bad.value)[1:] == ("The results have changed since you looked. Look at them again.", None)


def test_people_who_are_chosen_are_those_who_can_get_one() -> None:
    assert forms.chosen(SEEN, MultiDict()) == (SEEN.lines[0],)
    assert forms.chosen(SEEN, MultiDict({"person": str(MINE)})) == (SEEN.lines[0],)
    for person in (str(OTHER), str(NOBODY), "", "all"):
        with pytest.raises(NotThere) as bad:
            forms.chosen(SEEN, MultiDict({"person": person}))
        assert told(bad.value)[1:] == ("This person gets no certificate now, or has one.", None)


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ([], Wish("", 0, (), "")),
        (
            [("examination", "A"), ("sitting", "2"), ("piece", "80"), ("piece", ""), ("sat_on", "2026-11-27")],
            Wish("A", 2, ("80", ""), "2026-11-27"),
        ),
        (
            [("examination", "A" * 41), ("sitting", "123"), ("piece", "8" * 41), ("sat_on", "2" * 41)],
            Wish("A" * 40, 0, ("8" * 40,), "2" * 40),
        ),
        ([("sitting", "\u0662")], Wish("", 0, (), "")),
        ([("sitting", "-1")], Wish("", 0, (), "")),
        ([("sitting", "99")], Wish("", 99, (), "")),
    ],
)
def test_a_result_is_read_from_its_form(form: list[tuple[str, str]], wanted: Wish) -> None:
    assert forms.wish(MultiDict(form)) == wanted


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({}, Error("", 0, -1, "", "")),
        (
            {"examination": "B", "sitting": "1", "error": "0", "happened": "It was.", "place": "Page 1"},
            Error("B", 1, 0, "It was.", "Page 1"),
        ),
        (
            {"examination": "B" * 41, "sitting": "x", "error": "x", "happened": "y" * 3_000, "place": "z" * 401},
            Error("B" * 40, 0, -1, "y" * 3_000, "z" * 400),
        ),
    ],
)
def test_a_critical_error_is_read_from_its_form(form: dict[str, str], wanted: Error) -> None:
    assert forms.error(MultiDict(form)) == wanted


def test_the_grid_is_read_by_the_rows_that_the_page_held() -> None:
    pieces = [{"title": "P", "weight": 50, "minutes": 5}, {"title": "Q", "weight": 50, "minutes": 5}]
    examination = Examination.model_validate({"name": "A", "title": "A", "pieces": pieces})
    rows = tuple(Row(one, "N", "n", "", "", None, ("", ""), "", "") for one in (MINE, OTHER))
    it = Sheet(PARIS, examination, 1, 1, None, rows)
    assert forms.called(MINE, "day") == f"day-{MINE}"
    form = {
        f"seen-{MINE}": "s" * 41, f"1-{MINE}": "80", f"day-{MINE}": "2" * 41, f"3-{MINE}": "5", f"2-{OTHER}": "70",
    }  # fmt: skip
    mine = Entry(MINE, {"1": "80", "day": "2" * 40}, "s" * 40)
    assert forms.typed(MultiDict(form), it) == [mine]
    assert forms.typed(MultiDict({**form, f"seen-{OTHER}": ""}), it) == [mine, Entry(OTHER, {"2": "70"}, "")]


def test_a_resit_is_read_in_the_zone_of_the_session() -> None:
    form = {**AGAIN, "variant-lab": "a" * 64, "variant-": "b", "variants": "c", "paper": "p" * 401, "reason": "r" * 401}
    assert forms.again(MultiDict(form), PARIS) == Again(
        datetime(2026, 12, 11, 7, 30, tzinfo=UTC), 210, {"lab": "a" * 64, "": "b"}, "p" * 400, "r" * 400
    )
    assert forms.again(MultiDict({**AGAIN, "at": "23:59", "day": "2031-12-31"}), PARIS) == Again(
        datetime(2031, 12, 31, 22, 59, tzinfo=UTC), 210, {}, "", ""
    )


@pytest.mark.parametrize(
    ("changed", "message", "field"),
    [
        ({"minutes": ""}, "'' is no whole number.", "minutes"),
        ({"minutes": "12345"}, "'12345' is no whole number.", "minutes"),
        ({"minutes": "x" * 41}, f"'{'x' * 40}' is no whole number.", "minutes"),
        ({"minutes": "\u0665"}, "'\u0665' is no whole number.", "minutes"),
        ({"minutes": "-5"}, "'-5' is no whole number.", "minutes"),
        ({"day": "11.12.2026"}, "Give the day such as 2026-11-06.", "day"),
        ({"day": "2025-12-31"}, "Give the day such as 2026-11-06.", "day"),
        ({"day": "2032-01-01"}, "Give the day such as 2026-11-06.", "day"),
        ({"at": ""}, "'' is no time of day such as 08:30.", "at"),
        ({"at": "24:00"}, "'24:00' is no time of day such as 08:30.", "at"),
        ({"at": "8:60"}, "'8:60' is no time of day such as 08:30.", "at"),
        ({"at": "8" * 41}, f"'{'8' * 40}' is no time of day such as 08:30.", "at"),
    ],
)
def test_a_resit_without_a_time_is_refused_at_its_field(changed: dict[str, Any], message: str, field: str) -> None:
    with pytest.raises(Refused) as bad:
        forms.again(MultiDict({**AGAIN, **changed}), PARIS)
    assert told(bad.value) == (Refused, message, field)
    without = MultiDict({key: value for key, value in {**AGAIN, **changed}.items() if key != field})
    empty = MultiDict({**AGAIN, **changed, field: ""})
    refused = []
    for form in (without, empty):
        with pytest.raises(Refused) as bad:
            forms.again(form, PARIS)
        refused.append(told(bad.value))
    assert refused[0] == refused[1], "what was not sent is as if it was left empty"
