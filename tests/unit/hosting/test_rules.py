"""Rules of a session: what may change when, what is said of it, and that nothing is changed without a trace."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching
from training.audit.models import Event
from training.errors import Conflict
from training.hosting import plan as plans
from training.hosting import rule_forms, ruling
from training.hosting.carry import rows
from training.hosting.models import RuleChange, TeachingSession
from training.hosting.ruling import Setting
from training.hosting.service import rules
from training.hosting.service.record import Faulty
from training.labs.models import Assignment
from training.store import Store

WEEK = Setting(plans.read("one-week").rules, 10, hints=True)


def typed(before: Setting = WEEK, **changed: Any) -> Setting:
    """What the form makes of a setting when somebody changes these fields."""
    fields = rule_forms.fields_of(before)
    for name, value in changed.items():
        fields.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    return rule_forms.setting(fields, before)


def change(store: Store, people: People, clock: Clock, key: UUID, **given: Any) -> RuleChange | None:
    options = {name: given.pop(name) for name in ("reason", "seen", "settled") if name in given}
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, key)
        seen = options.get("seen", len(rules.changes(session, teaching)))
        wish, reason = typed(ruling.of(teaching), **given), options.get("reason", "The panel of 3 March said so.")
        settled = options.get("settled", False)
        return rules.change(
            session, instructor(people), teaching, wish, reason, seen=seen, settled=settled, now=clock()
        )


def test_a_form_as_it_was_shown_changes_nothing_and_every_field_comes_back() -> None:
    for name in plans.names():
        before = Setting(plans.read(name).rules, 10, hints=True)
        assert ruling.differences(before, typed(before)) == []
        assert ruling.read(before.kept(), before.rules.texts) == before
    assert rule_forms.setting(MultiDict(), WEEK) == WEEK, "a field that the form doesn't have stays"


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("percent", "80", "A half-day counts from"),
        ("needed", "8", "Half-days for the certificate of attendance"),
        ("needed", "0", "Half-days for the certificate of attendance"),
        ("achieved", "10", "Half-days for the certificate of achievement"),
        ("mean", "90", "Distinction: mean of all examinations"),
        ("each", "80", "Distinction: each examination"),
        ("passed_A", "55", "Examination A: passed from"),
        ("weights_B", ["60", "40"], "Examination B: weights"),
        ("critical_A", "leaves without a hash\n\n  leaves   without a hash", "Examination A: critical errors"),
        ("resits", "2", "Resits of each examination"),
        ("days", "90", "Days after the first sitting within which a resit counts"),
        ("appeals", "14", "Days for an appeal"),
        ("late", "15", "Minutes after which somebody is late"),
        ("hints", "0", "Hints in practice, at their price"),
    ],
)
def test_each_rule_can_be_set_before_the_opening(field: str, value: Any, label: str) -> None:
    wish = typed(**{field: value})
    assert [one.label for one in ruling.differences(WEEK, wish)] == [label]
    assert ruling.faults(wish, 10, ["A", "B"]) == {}
    assert ruling.read(wish.kept(), wish.rules.texts) == wish


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("percent", {"percent": "49"}),
        ("percent", {"percent": "101"}),
        ("needed", {"needed": "11", "achieved": "0"}),
        ("achieved", {"achieved": "8"}),  # less than attendance
        ("achieved", {"achieved": "11"}),
        ("mean", {"mean": ""}),  # the other line stays
        ("mean", {"mean": "74"}),  # below that of each
        ("each", {"each": "59"}),  # below the line of passing
        ("passed-A", {"passed_A": "39"}),
        ("passed-A", {"passed_A": "101", "achieved": "0"}),
        ("weights-A", {"weights_A": ["60", "20", "21"]}),
        ("critical-B", {"critical_B": "x" * 161}),
        ("critical-B", {"critical_B": "\n".join(map(str, range(21)))}),
        ("critical-B", {"critical_B": "a\u202eb"}),
        ("drop-A", {"drop_A": "1"}),  # a slot is this examination
        ("resits", {"resits": "6"}),
        ("days", {"days": "0"}),
        ("days", {"days": "401"}),
        ("late", {"late": "241"}),
    ],
)
def test_what_cant_be_a_rule_is_told_at_its_field(field: str, given: dict[str, Any]) -> None:
    assert list(ruling.faults(typed(**given), 10, ["A", "B"])) == [field]


@pytest.mark.parametrize("value", ["", "x", "-1", "7.5", "99999", "\u0667\u0665", "1e2", " "])
def test_what_is_no_whole_number_is_refused(value: str) -> None:
    with pytest.raises(Faulty) as bad:
        typed(percent=value)
    assert list(bad.value.fields) == ["percent"]


def test_an_examination_can_be_added_and_taken_out() -> None:
    bare = Setting(plans.Rules(), 10, hints=True)
    one = typed(bare, added="Scene walk-through")
    assert [(x.name, x.title, x.passed, len(x.pieces)) for x in one.rules.examinations] == [
        ("A", "Scene walk-through", 60, 1)
    ]
    assert ruling.faults(typed(one, achieved="2", needed="2"), 4, ["A"]) == {}
    assert list(ruling.faults(typed(bare, achieved="2"), 4, [])) == ["achieved"], "nothing to achieve"
    assert typed(one, drop_A="1").rules.examinations == ()
    new, gone = (ruling.differences(*pair)[0] for pair in ((bare, one), (one, bare)))
    assert ruling.told(new) == "New: Scene walk-through: passed from: 60 %."
    assert ruling.told(gone) == "No rule any more: Scene walk-through: passed from: 60 %."
    full = bare
    for n in range(10):
        full = typed(full, added=f"Number {n}")
    with pytest.raises(Faulty):
        typed(full, added="One too many")


EASIER = [
    {"percent": "60"}, {"needed": "8"}, {"needed": "8", "achieved": "8"}, {"resits": "2"}, {"days": "90"},
    {"appeals": "20"}, {"late": "20"}, {"hints": "0"},
]  # fmt: skip
HARDER: dict[str, Any] = {
    "percent": "76", "needed": "10", "achieved": "10", "resits": "0", "days": "59", "appeals": "9", "late": "9",
    "passed_A": "59", "passed_B": "61", "mean": "84", "each": "74", "critical_A": "", "weights_A": ["50", "30", "20"],
    "added": "Examination C",
}  # fmt: skip


@pytest.mark.parametrize("given", EASIER)
def test_once_it_is_open_rules_only_become_easier_for_everybody(given: dict[str, Any]) -> None:
    assert ruling.harder(WEEK, typed(**given)) == {}


@pytest.mark.parametrize("field", HARDER)
def test_nothing_becomes_harder_and_no_line_of_passing_moves_once_it_is_open(field: str) -> None:
    found = ruling.harder(WEEK, typed(**{field: HARDER[field]}))
    assert found
    assert set(found) & {field.replace("_", "-"), "passed-C"}


def test_certificates_that_were_promised_are_not_taken_back_once_it_is_open() -> None:
    assert "needed" in ruling.harder(WEEK, typed(needed="0"))
    assert "achieved" in ruling.harder(WEEK, typed(achieved="0"))
    without = typed(achieved="0")
    assert "achieved" in ruling.harder(without, typed(without, achieved="9"))


def test_what_a_trainee_needs_is_said_with_the_figures() -> None:
    said = " ".join(ruling.needed(typed(needed="8", percent="70", passed_A="65", resits="2", days="30"), 10))
    for figure in ("8 of 10", "70 %", "Examination A is passed from 65 %", "mean of 85 %", "2 times", "30 days"):
        assert figure in said
    assert "taken again 2 times, within 30 days of the first sitting, on" in said
    said = " ".join(ruling.needed(typed(resits="1", days="1"), 10))
    assert "taken again 1 time, within 1 day of the first sitting, on" in said
    assert ruling.needed(Setting(plans.Rules(), 10, hints=True), 0) == ["This session gives no certificate."]
    assert "can't be taken again" in " ".join(ruling.needed(typed(resits="0"), 10))


@pytest.mark.database
def test_a_change_is_kept_with_what_was_and_why(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    made = change(store, people, clock, teaching, passed_A="55", late="15", reason="  Panel of   3 March ")
    assert made
    with store.reading() as session:
        found = session.get_one(TeachingSession, teaching)
        now = ruling.of(found)
        (kept,) = rules.changes(session, found)
        event = session.scalars(select(Event).filter_by(act="rules.changed")).one()
    assert (now.rules.examination("A").passed, now.late_minutes) == (55, 15)  # type: ignore[union-attr]
    assert (kept.number, kept.reason, kept.begun, kept.by) == (1, "Panel of 3 March", False, people["instructor"])
    assert rules.planned(found, [kept]) == WEEK
    assert [one.label for one in rules.what(kept)] == [
        "Examination A: passed from",
        "Minutes after which somebody is late",
    ]
    assert event.details["to"]["rules"]["examinations"][0]["passed"] == 55
    assert "March" not in str(event.details)


@pytest.mark.database
def test_the_database_refuses_to_change_a_change(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    change(store, people, clock, teaching, needed="8")
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as session:
        session.execute(text("UPDATE session_rule_change SET reason = 'x'"))


def test_without_a_reason_nothing_changes(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    for reason in ("", "   ", "x" * 201, "a\u202eb"):
        with pytest.raises(Faulty) as bad:
            change(store, people, clock, teaching, needed="8", reason=reason)
        assert list(bad.value.fields) == ["reason"]
    assert change(store, people, clock, teaching, reason="") is None, "the same rules need no reason"
    with store.reading() as session:
        found = session.get_one(TeachingSession, teaching)
        assert (rules.changes(session, found), ruling.of(found)) == ([], WEEK)


def test_an_open_session_keeps_the_line_of_passing_and_says_so(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    with pytest.raises(Faulty) as bad:
        change(store, people, clock, opened, passed_A="50", needed="8")
    assert list(bad.value.fields) == ["passed-A"]
    made = change(store, people, clock, opened, needed="8", reason="Friday afternoon was lost to a storm")
    assert made
    assert made.begun


def test_hints_of_practice_follow_where_nobody_has_begun(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    change(store, people, clock, opened, hints="0")
    with store.reading() as session:
        found = session.scalars(select(Assignment).filter_by(circle=opened, mode="practice")).all()
    assert found
    assert not any(one.hints for one in found)


def test_whoever_looked_before_another_change_is_told(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    change(store, people, clock, teaching, needed="8")
    with pytest.raises(Conflict, match="since you looked"):
        change(store, people, clock, teaching, needed="7", seen=0)


def test_nothing_changes_after_results_were_confirmed_or_the_session_is_closed(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with pytest.raises(Conflict, match="confirmed"):
        change(store, people, clock, teaching, needed="8", settled=True)
    with store.writing() as session:
        found = session.get_one(TeachingSession, teaching)
        found.opened_at = found.closed_at = clock()
        assert rules.stands(found, settled=False)
    with pytest.raises(Conflict, match="closed"):
        change(store, people, clock, teaching, needed="8")


def test_a_session_changes_its_rules_so_often_and_not_more(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    for n in range(rules.MOST):
        change(store, people, clock, teaching, late=str(20 + n))
    with pytest.raises(Conflict, match="at most"):
        change(store, people, clock, teaching, late="0")


def test_another_session_keeps_its_own_rules(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    change(store, people, clock, teaching, needed="8")
    with store.writing() as session:
        other = make_teaching(session, people, clock(), title="Another", trainees=())
        assert ruling.of(other) == WEEK
    assert replace(WEEK, late_minutes=11) != WEEK


def test_the_records_of_a_session_hold_what_was_changed(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    made = change(store, people, clock, teaching, needed="8", reason="A day was lost")
    assert made
    with store.reading() as session:
        held = rows.read(session, teaching)["session_rule_change"]
    assert [(one["number"], one["reason"], one["begun"]) for one in held.values()] == [(1, "A day was lost", False)]
    assert held[str(made.id)]["before"]["rules"]["attendance"]["needed"] == 9


def test_the_form_shows_every_rule_as_it_is() -> None:
    shown = rule_forms.fields_of(WEEK)
    names = ("percent", "needed", "achieved", "mean", "each", "resits", "days", "appeals", "late", "hints")
    assert [shown[name] for name in names] == ["75", "9", "9", "85", "75", "1", "60", "10", "10", "1"]
    assert [shown.getlist(f"passed-{name}") for name in "AB"] == [["60"], ["60"]]
    assert [shown.getlist(f"weights-{name}") for name in "AB"] == [["60", "20", "20"], ["65", "35"]]
    assert [shown[f"critical-{name}"].splitlines() for name in "AB"] == [
        [str(each) for each in one.critical] for one in WEEK.rules.examinations
    ]


def test_what_certificates_need_is_said_whole() -> None:
    said = [str(one) for one in ruling.needed(WEEK, 10)]
    assert said[0].startswith("Certificate of attendance: 9 of 10 half-days.")
    assert said[1] == (
        "Certificate of achievement: 9 half-days, those of the examinations among them; each examination passed; "
        "no critical error standing."
    )
    assert [one.endswith("is passed from 60 % on.") for one in said[2:4]] == [True, True]
    assert said[4] == "With distinction: a mean of 85 % of all examinations, and none below 75 %."
