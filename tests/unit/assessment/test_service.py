"""Rounds, links, answers, results, corrections, contact details, retention: on a real database."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.assessment_place import ABOUT, SEED, answered, example, host_of, make_round, respond, token_for
from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.assessment.models import Answer, Code, Contact, Outcome, Respondent, Round
from training.assessment.presentation import words
from training.assessment.presentation.history import side_by_side
from training.assessment.scoring.exact import shown
from training.assessment.service import (
    answering,
    closing,
    contacts,
    links,
    notes,
    reading,
    report,
    retention,
    rounds,
)
from training.assessment.service.contacts import Details
from training.assessment.service.rounds import Choice
from training.audit.models import Event
from training.errors import Conflict, Damaged, NotThere, Refused, TooMany
from training.settings import Settings
from training.store import Store


@pytest.fixture
def host(people: People) -> Actor:
    return host_of(people.home, people["host"])


@pytest.fixture
def norvala(store: Store, host: Actor, clock: Clock) -> uuid.UUID:
    """An open round in which everybody of the worked example has answered."""
    with store.writing() as session:
        return answered(session, host, clock()).id


@pytest.fixture
def closed(store: Store, host: Actor, clock: Clock, norvala: uuid.UUID) -> uuid.UUID:
    with store.writing() as session:
        closing.close(session, session.get_one(Round, norvala), host, clock())
    return norvala


def test_answers_on_pages_give_the_result_of_the_worked_example(store: Store, closed: uuid.UUID) -> None:
    with store.reading() as session:
        found = report.report(session, session.get_one(Round, closed)).now.outcome.found
    expected = example("result")
    codes = {one["indicator"] for one in expected["indicators"]}
    assert [one for one in found["cells"] if one["indicator"] in codes] == expected["cells"]
    assert [one for one in found["indicators"] if one["indicator"] in codes] == expected["indicators"]
    assert found["ranking"] == expected["ranking"]
    assert found["courses"] == expected["courses"]


def test_choices_are_fixed_when_a_round_opens(store: Store, host: Actor, clock: Clock) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.choose(held, {"D1.1": Choice(1, rounds.TARGETS[5], rounds.FEASIBILITIES[3])})
        assert rounds.choices(held)["D1.1"] == Choice(1, rounds.TARGETS[5], rounds.FEASIBILITIES[3])
        rounds.open_round(session, held, host, clock())
        with pytest.raises(Conflict):
            rounds.choose(held, {"D1.1": Choice(3, rounds.TARGETS[6], rounds.FEASIBILITIES[0])})
        with pytest.raises(Conflict):
            rounds.describe(held, ABOUT)
        with pytest.raises(Conflict):
            rounds.open_round(session, held, host, clock())
        opened = session.scalars(select(Event).where(Event.act == "assessment.opened")).one()
        assert opened.details["choices"]["D1.1"] == {"weight": 1, "target": "5/2", "feasibility": "1/4"}


@pytest.mark.parametrize(
    "wrong", [Choice(4, rounds.TARGETS[0], rounds.FEASIBILITY), Choice(1, rounds.TARGETS[0] + 9, rounds.FEASIBILITY)]
)
def test_weights_and_targets_beyond_the_scale_are_refused(
    store: Store, host: Actor, clock: Clock, wrong: Choice
) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        with pytest.raises(Refused, match=r"D1\.1"):
            rounds.choose(held, {"D1.1": wrong})
        with pytest.raises(Refused, match="no indicator"):
            rounds.choose(held, {"D9.9": wrong})


@pytest.mark.parametrize("field", ["subject", "body", "controller", "purpose", "retention", "rights"])
def test_what_respondents_have_a_right_to_know_can_not_be_left_out(
    store: Store, host: Actor, clock: Clock, field: str
) -> None:
    about = rounds.About(**{**{name: getattr(ABOUT, name) for name in rounds.TEXTS}, field: "  "})
    with store.writing() as session, pytest.raises(Refused) as bad:
        make_round(session, host, clock(), about)
    assert bad.value.field == field


def test_the_same_form_makes_the_same_links_and_no_others(store: Store, host: Actor, clock: Clock) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        with pytest.raises(Conflict):
            links.slips(session, held, "S", 3, SEED, host, clock())
        rounds.open_round(session, held, host, clock())
        made = links.slips(session, held, "S", 3, SEED, host, clock())
        again = links.slips(session, held, "S", 3, SEED, host, clock())
        assert made == again
        assert len(set(made)) == 3
        session.flush()
        codes = session.scalars(select(Code)).all()
        assert {one.token_hash for one in codes} == {links.digest(one) for one in made}
        assert [one.most for one in codes] == [1, 1, 1]
        assert links.find(session, links.spelled(made[0]).upper()).group == "S"  # as somebody types it from paper
        for number in (0, 101):
            with pytest.raises(Refused):
                links.slips(session, held, "S", number, SEED, host, clock())
        with pytest.raises(Refused):
            links.slips(session, held, "S", 1, "no seed", host, clock())


def test_no_link_is_kept_anywhere(store: Store, host: Actor, clock: Clock) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        made = links.slips(session, held, "S", 2, SEED, host, clock())
        code = links.for_group(session, held, "P", 9, SEED, host, clock())
        session.flush()
        for table in ("assessment_respondent", "assessment_code", "event"):
            rows = str(session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608 - names of this test
            assert not any(token in rows or SEED in rows for token in (*made, code))


def test_a_link_for_a_group_makes_as_many_respondents_as_it_has_places(store: Store, host: Actor, clock: Clock) -> None:
    seeds = [links.seed() for _ in range(3)]
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        token = links.for_group(session, held, "P", 2, SEED, host, clock())
        assert links.for_group(session, held, "P", 2, SEED, host, clock()) == token
        first = links.begin(session, links.find(session, token), seeds[0])
        assert links.begin(session, links.find(session, token), seeds[0]) == first  # the form was sent twice
        links.begin(session, links.find(session, token), seeds[1])
        with pytest.raises(Conflict, match="As many people as were expected"):
            links.begin(session, links.find(session, token), seeds[2])
        assert links.invited(session, held)["P"] == 2
        with pytest.raises(NotThere):
            links.begin(session, links.find(session, first), seeds[2])  # one respondent's link makes no other


def test_a_slip_lets_one_person_begin_and_whoever_made_it_can_not_follow(
    store: Store, host: Actor, clock: Clock
) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        (slip,) = links.slips(session, held, "S", 1, SEED, host, clock())
        session.flush()
        mine = links.begin(session, links.find(session, slip), links.seed())
        assert links.find(session, mine).respondent is not None
        entry = links.find(session, slip)
        assert entry.respondent is None  # it leads to no answers
        with pytest.raises(Conflict, match="has begun with this link already"):
            links.begin(session, entry, SEED)
        assert links.invited(session, held)["S"] == 1


@pytest.mark.parametrize("token", ["", "x", "0" * 19, "0" * 21, "u" * 20, "0" * 20, "a" * 43, "\u0660" * 20, "../" * 7])
def test_a_link_that_was_never_made_leads_nowhere(store: Store, norvala: uuid.UUID, token: str) -> None:
    with store.reading() as session, pytest.raises(NotThere):
        assert session.get_one(Round, norvala).collecting
        links.find(session, token)


def test_respondents_have_no_time_and_no_order_of_coming(store: Store, norvala: uuid.UUID) -> None:
    names = {column.name for kind in (Respondent, Answer, Contact) for column in kind.__table__.columns}
    assert not any(name.endswith("_at") or name == "at" for name in names)
    with store.reading() as session:
        people = session.scalars(select(Respondent).where(Respondent.round_id == norvala)).all()
    assert all(one.id.version == 4 for one in people)


def test_a_round_closes_once_and_late_answers_are_not_taken(
    store: Store, host: Actor, clock: Clock, closed: uuid.UUID
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, closed)
        before = closing.outcomes(session, held)[0].found
        with pytest.raises(Conflict):
            closing.close(session, held, host, clock())
        late = session.scalars(select(Respondent).where(Respondent.round_id == closed)).first()
        assert late
        with pytest.raises(Conflict):
            answering.keep(session, held, late, {})
        with pytest.raises(Conflict):
            answering.forget(session, held, late)
        with pytest.raises(Conflict):
            rounds.merge(session, held, ("P", "I"), host, clock())
        assert closing.outcomes(session, held)[0].found == before


def test_a_round_that_nobody_answered_can_not_be_closed(store: Store, host: Actor, clock: Clock) -> None:
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        links.slips(session, held, "S", 8, SEED, host, clock())  # invited, not begun
        with pytest.raises(Conflict, match="Nobody has answered"):
            closing.close(session, held, host, clock())


def test_a_merged_pair_is_counted_as_one_group(store: Store, host: Actor, clock: Clock, norvala: uuid.UUID) -> None:
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        rounds.merge(session, held, ("A", "I"), host, clock())
        closing.close(session, held, host, clock())
        found = {(one["indicator"], one["group"]): one for one in closing.outcomes(session, held)[0].found["cells"]}
    assert found["D4.1", "I+A"]["n"] == 9
    assert ("D4.1", "I") not in found
    with store.writing() as session, pytest.raises(Conflict):
        rounds.merge(session, session.get_one(Round, norvala), (), host, clock())


def test_a_correction_by_one_person_is_not_shown_and_one_by_five_is(
    store: Store, host: Actor, clock: Clock, closed: uuid.UUID
) -> None:
    levels = example("given")["answers"][0]["levels"]
    with store.writing() as session:
        held = session.get_one(Round, closed)
        with pytest.raises(Conflict):
            closing.correct(session, held, host, clock())
        with pytest.raises(Refused):
            closing.reopen(session, held, " ", host, clock())
        closing.reopen(session, held, "Some had no link.", host, clock())
        respond(session, held, "S80", "S", levels)
        with pytest.raises(Conflict, match=r"fewer than 5.*: S\."):
            closing.correct(session, held, host, clock())
    with store.writing() as session:
        held = session.get_one(Round, closed)
        for n in range(81, 85):
            respond(session, held, f"S{n}", "S", levels)
        second = closing.correct(session, held, host, clock())
        assert (second.edition, second.why, held.correcting_at) == (2, "Some had no link.", None)
        assert [one.edition for one in closing.outcomes(session, held)] == [1, 2]


def test_a_correction_is_compared_with_every_result_that_was_shown(
    store: Store, host: Actor, clock: Clock, closed: uuid.UUID
) -> None:
    levels = example("given")["answers"][0]["levels"]
    with store.writing() as session:
        held = session.get_one(Round, closed)
        closing.reopen(session, held, "More people.", host, clock())
        new = [respond(session, held, f"S{n}", "S", levels) for n in range(80, 86)]
        closing.correct(session, held, host, clock())
        closing.reopen(session, held, "Taken back.", host, clock())
        for one in new[:5]:  # five fewer than in the second result, but one more than in the first
            answering.forget(session, held, one)
        with pytest.raises(Conflict, match="fewer than 5"):
            closing.correct(session, held, host, clock())
        closing.drop(session, held, host, clock())
        assert not held.collecting


def test_a_result_that_was_altered_in_the_database_is_not_shown(store: Store, closed: uuid.UUID) -> None:
    with store.writing() as session:
        row = session.scalars(select(Outcome)).one()
        found = dict(row.found)
        found["ranking"] = found["ranking"][::-1]
        row.found = found
    with store.reading() as session, pytest.raises(Damaged):
        report.report(session, session.get_one(Round, closed))


def keep(session: Session, held: Round, instance: Path, reach: str = "0123") -> uuid.UUID:
    ident = uuid.uuid4()
    contacts.keep(session, held, instance, ident, Details("A name", reach))
    return ident


def test_contact_details_are_sealed_with_a_key_that_is_not_in_the_database(
    store: Store, settings: Settings, norvala: uuid.UUID
) -> None:
    instance = settings.instance
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        ident = keep(session, held, instance)
        contacts.keep(session, held, instance, ident, Details("A name", "0123"))  # the form was sent twice
        keep(session, held, instance, "a longer address, 12 Some Street")
        assert contacts.count(session, held) == 2
        rows = session.scalars(select(Contact)).all()
        assert {column.name for column in Contact.__table__.columns} == {"id", "round_id", "sealed"}
        assert len({len(one.sealed) for one in rows}) == 1  # the length says nothing
        assert not any(b"0123" in one.sealed or b"A name" in one.sealed for one in rows)
        assert {one.reach for one in contacts.read(session, held, instance)} == {
            "0123",
            "a longer address, 12 Some Street",
        }
        (file,) = (instance / contacts.FOLDER).iterdir()
        assert file.stat().st_mode & 0o077 == 0
        file.write_bytes(bytes(32))  # another key
        assert contacts.read(session, held, instance) == []
        contacts.forget(session, held, instance)
        assert contacts.count(session, held) == 0
        assert not file.exists()


def test_contact_details_can_not_be_more_than_respondents(store: Store, settings: Settings, norvala: uuid.UUID) -> None:
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        for _ in range(22):
            keep(session, held, settings.instance)
        with pytest.raises(TooMany):
            keep(session, held, settings.instance)
        for details in (Details("A name", " "), Details("n" * 201, "0123"), Details("", "r" * 201)):
            with pytest.raises(Refused):
                contacts.keep(session, held, settings.instance, uuid.uuid4(), details)


def test_texts_go_after_24_months_and_levels_without_numbers_stay(
    store: Store, settings: Settings, host: Actor, clock: Clock, closed: uuid.UUID
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, closed)
        session.add(Code(token_hash=bytes(32), round_id=closed, group="S", most=1))
        session.add(Contact(round_id=closed, sealed=b"x"))
        before = closing.outcomes(session, held)[0].found
    clock.now = clock.now.replace(year=2028) - timedelta(seconds=1)
    with store.writing() as session:
        assert retention.clear(session, settings.instance, clock()) == []
    clock.forward(seconds=1)
    with store.writing() as session:
        assert [one.id for one in retention.clear(session, settings.instance, clock())] == [closed]
        for kind in (Respondent, Answer, Contact, Code):
            assert session.scalar(select(func.count()).select_from(kind)) == 0
        held = session.get_one(Round, closed)
        row = closing.outcomes(session, held)[0]
        assert row.found == before
        assert closing.result(row).ranking
        assert {one["who"] for one in row.given["answers"]} == {str(n) for n in range(1, 23)}
        with pytest.raises(Conflict):
            closing.reopen(session, held, "Too late.", host, clock())
        assert retention.clear(session, settings.instance, clock()) == []


def test_the_leap_day_has_a_limit_too() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - one test

    assert retention.limit(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)


def test_deleting_a_round_deletes_everything_in_it_and_its_key(
    store: Store, settings: Settings, host: Actor, clock: Clock, closed: uuid.UUID
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, closed)
        keep(session, held, settings.instance)
        notes.add_document(session, held, "A law", "2026-01-01", "", ["D1.1"], host, clock())
    with store.writing() as session:
        rounds.delete(session, session.get_one(Round, closed), settings.instance, host, clock())
    with store.reading() as session:
        for kind in (Round, Respondent, Answer, Contact, Outcome):
            assert session.scalar(select(func.count()).select_from(kind)) == 0
    assert list((settings.instance / contacts.FOLDER).iterdir()) == []


def test_texts_of_respondents_come_without_numbers_and_not_joined(store: Store, norvala: uuid.UUID) -> None:
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        people = session.scalars(
            select(Respondent).where(Respondent.round_id == norvala, Respondent.group == "S")
        ).all()
        for n, one in enumerate(people):
            answering.keep(session, held, one, {"S20": {"text": f"Remark {n}"}, "S5": {"title": "A policy"}})
            said = {"level": "2", "grade": "d", "reference": f"File {n}"}
            answering.keep(session, held, one, {"S9": {"levels": {"D4.1": said}}})
        found = {(one.question, one.field): one.texts for one in reading.texts(session, held)}
    assert sorted(found["S20", "text"]) == [f"Remark {n}" for n in range(7)]
    assert sorted(found["D4.1", "reference"]) == [f"File {n}" for n in range(7)]
    numbers = {str(one.number) for one in people}
    assert not any(number in said for texts in found.values() for said in texts for number in numbers)


def test_notes_are_kept_changed_and_deleted(store: Store, host: Actor, clock: Clock, closed: uuid.UUID) -> None:
    def write(kind: str, about: str, **data: str) -> Callable[[Session, Round], None]:
        return lambda session, held: notes.write(session, held, kind, about, data, host, clock())

    with store.writing() as session:
        held = session.get_one(Round, closed)
        for act in (
            write("summary", "D4", text="First."),
            write("summary", "D4", text="Second."),
            write("plan", "2", people="60"),
        ):
            act(session, held)
            session.flush()
        found = notes.of(session, held)
        assert found.summaries == {"D4": "Second."}
        assert found.plans["2"]["people"] == "60"
        write("summary", "D4", text=" ")(session, held)
        session.flush()
        assert notes.of(session, held).summaries == {}
        for bad in (
            write("summary", "D9"),
            write("against", "D4"),
            write("plan", "6"),
            write("other", "D4"),
            write("document", ""),
        ):
            with pytest.raises(Refused):
                bad(session, held)
        for title, dated, codes in (("", "", []), ("T", "1 May", []), ("T", "", ["D9.9"]), ("t" * 301, "", [])):
            with pytest.raises(Refused):
                notes.add_document(session, held, title, dated, "", list(codes), host, clock())


def another_round(store: Store, host: Actor, clock: Clock, level: str, first: int = 60) -> uuid.UUID:
    """300 days later, about the same thing; numbers of its people from `first` on."""
    clock.forward(days=300)
    with store.writing() as session:
        held = make_round(session, host, clock())
        rounds.open_round(session, held, host, clock())
        for n in range(6):
            respond(session, held, f"S{first + n}", "S", {f"D4.{k}": level for k in range(1, 7)})
            respond(session, held, f"A{first + n}", "A", {f"D4.{k}": level for k in range(1, 7)})
        closing.close(session, held, host, clock())
        return held.id


@pytest.mark.parametrize(
    ("level", "version", "said"),
    [
        ("4d", "2026.1", "higher by 2.33"),
        ("0d", "2026.1", "lower by 1.67"),
        ("2d", "2026.1", "no clear change"),
        ("4n", "2026.1", "no clear change"),  # one of two is weak
        ("4d", "2025.1", "not comparable: other indicators"),
    ],
)
def test_a_change_is_said_only_where_two_rounds_can_be_compared(
    store: Store, host: Actor, clock: Clock, closed: uuid.UUID, level: str, version: str, said: str
) -> None:
    later = another_round(store, host, clock, level)
    with store.writing() as session:
        session.get_one(Round, closed).version = version
    with store.reading() as session:
        found = report.report(session, session.get_one(Round, later))
        assert found.changed("D4.1") == said
        assert found.before
        assert found.before.held.id == closed
        rows = side_by_side([found.before, found.now], ["D4"])
    assert not rows[0].lines  # D4 of the first round is not published


def test_a_line_joins_only_rounds_of_the_same_indicators(store: Store, host: Actor, clock: Clock) -> None:
    another_round(store, host, clock, "1d")
    later = another_round(store, host, clock, "3d", 70)
    with store.writing() as session:
        held = session.get_one(Round, later)
        rounds_ = report.history(session, held.organisation_id, held.subject_key)
        (row,) = side_by_side(rounds_, ["D4"])
        assert [place.change for place in row.places] == ["", "higher by 2.00"]
        assert len(row.lines) == 1
        held.version = "2027.1"
        (row,) = side_by_side(rounds_, ["D4"])
        assert row.lines == ()
        assert row.places[1].change == "not comparable: other indicators"
        assert [shown(place.target) for place in row.places if place.target is not None] == ["3.00", "3.00"]


@pytest.mark.parametrize(
    ("safeguard", "said"), [("1d", words.SAFEGUARDS_WEAK), ("2d", ""), ("-", words.SAFEGUARDS_UNKNOWN)]
)
def test_a_plan_that_raises_investigation_over_weak_safeguards_carries_a_warning(
    store: Store, host: Actor, clock: Clock, norvala: uuid.UUID, safeguard: str, said: str
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        for n in range(6):
            respond(session, held, f"A{60 + n}", "A", {"D2.4": safeguard})
        closing.close(session, held, host, clock())
        assert report.report(session, held).warning == said


def test_tokens_of_the_example_differ() -> None:
    people: list[dict[str, Any]] = example("given")["answers"]
    assert len({token_for(one["who"]) for one in people}) == 22
