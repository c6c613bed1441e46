"""Surveys: days, answers that nothing joins with a person, and what is shown of how many."""

from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text

from tests.conftest import Clock, People
from tests.hosting_place import instructor
from training.audit.models import Event
from training.errors import Conflict, Refused
from training.hosting.feedback import questions, results, service
from training.hosting.feedback.models import Answered, Answers, Survey
from training.hosting.feedback.questions import AT_THE_END, FORM
from training.hosting.feedback.results import LEAST, Item
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.store import Store

TODAY = date(2026, 11, 25)


@pytest.fixture
def survey(store: Store, people: People, clock: Clock, teaching: UUID) -> UUID:
    """A form that is open."""
    with store.writing() as session:
        found = session.get_one(TeachingSession, teaching)
        found.opened_at = clock()
        return service.plan(session, instructor(people), found, FORM, TODAY, clock()).id


def plan(store: Store, people: People, clock: Clock, teaching: UUID, kind: str, day: date) -> tuple[datetime, datetime]:
    with store.writing() as session:
        made = service.plan(session, instructor(people), session.get_one(TeachingSession, teaching), kind, day, clock())
        return made.opens_at, made.closes_at


def answer(store: Store, clock: Clock, survey: UUID, person: UUID, **data: Any) -> None:
    with store.writing() as session:
        service.answer(session, session.get_one(Survey, survey), person, data, clock())


def item(found: results.Results, name: str) -> Item:
    return next(one for one in found.items if one.question.name == name)


def test_a_survey_opens_on_its_morning_or_at_once_and_closes_by_itself(
    store: Store, people: People, clock: Clock, teaching: UUID, survey: UUID
) -> None:
    with store.reading() as session:
        made = session.get_one(Survey, survey)
        found = session.get_one(TeachingSession, teaching)
        assert (made.opens_at, made.closes_at, made.asked) == (clock(), clock() + timedelta(days=7), 1)
        assert (made.collecting(clock()), made.over(clock()), made.over(made.closes_at)) == (True, False, True)
        assert [service.usual(found, kind).isoformat() for kind in questions.KINDS] == [
            "2026-11-27",
            "2027-02-26",
            "2027-11-27",
        ]
    opens, closes = plan(store, people, clock, teaching, "quarter", date(2027, 2, 26))
    assert (opens.isoformat(), closes - opens) == ("2027-02-26T07:00:00+00:00", timedelta(days=21))
    moved, _ = plan(store, people, clock, teaching, "quarter", date(2027, 3, 1))
    assert moved > opens
    with store.reading() as session:
        acts = session.scalars(select(Event.act).where(Event.act.like("feedback.%")))
        assert Counter(acts) == {"feedback.planned": 3}


@pytest.mark.parametrize(
    ("kind", "day", "error"),
    [
        (FORM, TODAY, Conflict),  # it has opened
        ("quarter", TODAY - timedelta(days=1), Refused),
        ("quarter", TODAY + timedelta(days=2000), Refused),
        ("other", TODAY, Refused),
    ],
)
def test_days_that_can_not_be_are_refused(
    store: Store, people: People, clock: Clock, teaching: UUID, survey: UUID, kind: str, day: date, error: type
) -> None:
    with pytest.raises(error):
        plan(store, people, clock, teaching, kind, day)


def test_a_session_that_was_never_opened_asks_nobody(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with pytest.raises(Conflict, match="never opened"):
        plan(store, people, clock, teaching, FORM, TODAY)


@pytest.mark.database
def test_a_person_answers_once_and_nothing_joins_the_answers_with_the_person(
    store: Store, people: People, clock: Clock, survey: UUID
) -> None:
    answer(store, clock, survey, people["trainee"], pace="4", cut="Less of Tuesday")
    with pytest.raises(Conflict, match="have answered"):
        answer(store, clock, survey, people["trainee"], pace="1")
    with pytest.raises(Refused, match="at least one"):
        answer(store, clock, survey, people["colleague"])
    with store.reading() as session:
        (kept,) = session.scalars(select(Answers))
        assert kept.data == {"pace": "4", "cut": "Less of Tuesday"}
        assert kept.id.version == 4, "an id of version 7 would say when"
        assert session.scalars(select(Answered.person_id)).all() == [people["trainee"]]
        assert session.scalars(select(Event).where(Event.subject.like(f"%{survey}%"))).all() == []
    columns = {name: {one["name"] for one in inspect(store.engine).get_columns(name)} for name in (
        "feedback_answered", "feedback_answers",
    )}  # fmt: skip
    assert columns == {"feedback_answered": {"survey_id", "person_id"}, "feedback_answers": {"id", "survey_id", "data"}}


def test_sqlite_keeps_no_order_of_arrival(store: Store) -> None:
    if not store.is_sqlite:
        return
    with store.reading() as session:
        for name in ("feedback_answered", "feedback_answers"):
            made = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
            assert made.rstrip().endswith("WITHOUT ROWID"), name


def test_a_survey_takes_answers_while_it_is_open_and_is_closed_for_good(
    store: Store, people: People, clock: Clock, teaching: UUID, survey: UUID
) -> None:
    with store.reading() as session:
        found = session.get_one(TeachingSession, teaching)
        assert [one.id for one in service.waiting(session, found, people["trainee"], clock())] == [survey]
    with store.writing() as session:
        found, made = session.get_one(TeachingSession, teaching), session.get_one(Survey, survey)
        service.close(session, instructor(people), found, made, clock())
        assert service.waiting(session, found, people["trainee"], clock()) == []
        with pytest.raises(Conflict):
            service.close(session, instructor(people), found, made, clock())
    with pytest.raises(Conflict, match="no answers now"):
        answer(store, clock, survey, people["trainee"], pace="4")
    with pytest.raises(Conflict, match="has opened"):
        plan(store, people, clock, teaching, FORM, TODAY)


def test_nothing_is_worked_out_while_answers_are_taken(
    store: Store, people: People, clock: Clock, survey: UUID
) -> None:
    with store.writing() as session:
        session.add_all(Answers(survey_id=survey, data={"pace": "4"}) for _ in range(9))
        session.flush()
        made = session.get_one(Survey, survey)
        assert service.outcome(session, made, {}, clock()) is None
        found = service.outcome(session, made, {}, made.closes_at)
    assert found
    assert (found.answered, found.asked, item(found, "pace").median) == (9, 9, Fraction(4))


def test_fewer_than_five_say_nothing_of_a_survey_or_of_a_question() -> None:
    four = [{"pace": "4", "cut": "all"}] * (LEAST - 1)
    assert results.of(AT_THE_END, four, 30) == results.Results(4, 30, ())
    found = results.of(AT_THE_END, [*four, {"law": "1"}], 30)
    assert found.answered == 5
    assert all(one == Item(one.question, one.answers) for one in found.items), "each question has fewer"


def test_medians_shares_and_rates() -> None:
    given_ = [{"pace": str(n), "use": "0", "which": f"Method {n}"} for n in (1, 3, 4, 4, 5)]
    found = results.of(AT_THE_END, given_, 12)
    pace = item(found, "pace")
    assert (pace.median, pace.q1, pace.q3, pace.agree) == (Fraction(4), Fraction(3), Fraction(4), Fraction(3, 5))
    assert item(found, "use") == Item(item(found, "use").question, 0), "can't say is no answer"
    assert sorted(item(found, "which").texts or ()) == [f"Method {n}" for n in (1, 3, 4, 4, 5)]
    assert (found.rate, found.general) == (Fraction(5, 12), False)
    assert results.of(AT_THE_END, given_, 10).general
    later = questions.of("quarter", {"c/m": "A module"})
    said = [{"faced": str(n), "taught": str(n % 2), "stopped": ["time", "tool"][: n % 3]} for n in range(1, 8)]
    found = results.of(later, said, 8)
    assert item(found, "faced").median == 4
    assert item(found, "taught").agree == Fraction(4, 7)
    assert (item(found, "stopped").shares or {})["time"] == 1
    assert (item(found, "stopped").shares or {})["tool"] == Fraction(2, 5)
    assert "modules" not in [one.name for one in questions.of("quarter", {})]


@given(st.lists(st.sampled_from(["0", "1", "2", "3", "4", "5", ""]), min_size=5, max_size=12), st.randoms())
def test_what_is_hidden_changes_nothing_that_is_shown(values: list[str], chance: Any) -> None:
    """A question that too few answered holds nothing: whatever those few said, all results are the same."""
    few = [{"pace": "4"} for _ in values]
    other = [dict(one) for one in few]
    for one, said in zip(chance.sample(few, LEAST - 1), values, strict=False):
        one["law"] = said or "3"
    for one in chance.sample(other, LEAST - 1):
        one["law"] = "1"
    here, there = (results.of(AT_THE_END, each, 30) for each in (few, other))
    assert [one for one in here.items if one.shown] == [one for one in there.items if one.shown]
    assert item(here, "law").median is None


def test_texts_come_in_no_order() -> None:
    said = [{"cut": str(n)} for n in range(40)]
    orders = {item(results.of(AT_THE_END, said, 40), "cut").texts for _ in range(3)}
    assert tuple(map(str, range(40))) not in orders
    assert len(orders) > 1


def test_an_answer_of_another_survey_counts_there(store: Store, people: People, clock: Clock, survey: UUID) -> None:
    answer(store, clock, survey, people["trainee"], pace="4")
    with store.reading() as session:
        made = session.get_one(Survey, survey)
        assert service.answered(session, made) == 1
        assert session.scalars(select(Answers).filter_by(survey_id=uuid4())).all() == []


def test_only_trainees_who_are_still_in_the_session_count_as_asked(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with store.writing() as session:
        found = session.get_one(TeachingSession, teaching)
        found.opened_at = clock()
        members.add_all(session, instructor(people), found, {people["colleague"]: Place(seat="02")}, clock())
        session.flush()
        members.withdraw(session, instructor(people), found, people["trainee"], clock())
        assert service.plan(session, instructor(people), found, FORM, TODAY, clock()).asked == 1
