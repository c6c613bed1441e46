"""Sessions: made from a plan or empty, changed, opened and closed once; releases and labs follow."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, select

from tests.conftest import Clock, People
from tests.hosting_place import FIRST_DAY, instructor, make_teaching, open_teaching, somebody
from training.accounts.actor import Role
from training.audit.models import Event
from training.content import service as content
from training.content.models import Pinned
from training.errors import Conflict, NotThere, Refused
from training.evidence.models import Exhibit
from training.hosting import policy
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service import releases, sessions, slots, timetable
from training.hosting.service.people import Place
from training.hosting.service.record import Faulty
from training.hosting.service.sessions import Wish
from training.hosting.service.slots import Slot
from training.labs.models import Accommodation, Assignment
from training.labs.service import attempts, circles
from training.labs.service.terms import dates_of
from training.settings import ROOT, Settings
from training.store import Store

HALVES = [210, 180, 210, 180, 210, 210, 210, 180, 240, 180]
UseOf = Callable[..., Any]


def test_a_session_from_the_plan_has_its_half_days_with_their_contact_minutes(store: Store, teaching: UUID) -> None:
    with store.reading() as session:
        made = session.get_one(TeachingSession, teaching)
        halves = timetable.half_days(made, timetable.parts(session, made))
    assert [one.minutes for one in halves] == HALVES
    assert [one.number for one in halves] == list(range(1, 11))
    assert [(one.day, one.half) for one in halves] == [(day, half) for day in range(1, 6) for half in (1, 2)]
    assert [one.exams for one in halves if one.examination] == [("A",), ("B",)]
    assert halves[0].starts_at == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert halves[0].ends_at == datetime(2026, 11, 23, 11, 30, tzinfo=UTC), "lunch is no contact time"


def test_slots_keep_their_time_of_day_when_the_clocks_change(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), starts_on=date(2027, 3, 26))
        first = {one.day: one.starts_at for one in reversed(timetable.parts(session, made))}
    assert [first[day].hour for day in range(1, 6)] == [7, 7, 6, 6, 6]
    assert [(first[day + 1] - first[day]) for day in (1, 2, 3)] == [
        timedelta(hours=24),
        timedelta(hours=23),
        timedelta(hours=24),
    ]


def test_another_zone_or_first_day_moves_all_slots_before_the_opening(
    store: Store, people: People, clock: Clock, teaching: UUID
) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, teaching)
        wish = replace(sessions.wish_of(made), zone="America/Lima", starts_on=FIRST_DAY + timedelta(days=7))
        sessions.change(session, instructor(people), made, wish, clock())
        slots = timetable.parts(session, made)
    assert slots[0].starts_at == datetime(2026, 11, 30, 13, 30, tzinfo=UTC)
    assert [one.number for one in slots] == list(range(1, len(slots) + 1))


def test_every_field_that_cant_be_accepted_is_named_at_once(store: Store, people: People, clock: Clock) -> None:
    wish = Wish(" ", date(2090, 1, 1), "Mars/Olympus", plan="none", language="xx", room="r" * 200, seats=0)
    with store.writing() as session, pytest.raises(Faulty) as bad:
        sessions.make(session, instructor(people), people.home, wish, clock())
    assert set(bad.value.fields) == {"title", "starts_on", "zone", "plan", "language", "room", "seats"}


def test_a_session_of_just_the_limits_is_sound_and_each_field_beyond_its_own_is_named(clock: Clock) -> None:
    first = clock().date() + sessions.FURTHEST
    wish = Wish("t" * 120, first, "Europe/Paris", plan="", room="r" * 120, seats=500, days=60)
    assert sessions.sound(wish, clock()) == wish
    day = first + timedelta(days=1)
    beyond = replace(wish, title="t" * 121, starts_on=day, room="r" * 121, seats=501, days=61)
    with pytest.raises(Faulty) as bad:
        sessions.sound(beyond, clock())
    assert set(bad.value.fields) == {"title", "starts_on", "room", "seats", "days"}


def test_an_empty_session_has_days_and_rules_and_no_slots(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), plan="", days=3, trainees=())
        assert (made.days, timetable.parts(session, made)) == (3, [])
        assert made.rules["examinations"] == []
        with pytest.raises(Refused, match="The timetable is empty"):
            sessions.open_up(session, instructor(people), made, clock())


def test_what_is_not_installed_is_named_and_the_rest_is_pinned(store: Store, opened: UUID) -> None:
    with store.reading() as session:
        made = session.get_one(TeachingSession, opened)
        missing = {name for _, name in releases.missing(session, timetable.parts(session, made))}
        held = {(one.kind, one.name) for one in releases.of(session, made)}
    assert missing == {"first-response", "quiet-triage", "open-container"}
    assert {("course", "first-response"), ("lab", "one-case"), ("lab", "moot")} <= held
    assert not {("lab", name) for name in missing} & held


def test_opening_sets_the_labs_for_its_people_by_the_timetable(store: Store, people: People, opened: UUID) -> None:
    with store.reading() as session:
        found = {one.lab: one for one in circles.of(session, opened)}
        inside = {lab: set(circles.members(session, one)) for lab, one in found.items()}
    assert set(found) == {
        *("know-your-exhibit", "finance-workstation", "who-is-it-talking-to", "program-without-a-file"),
        *("injected-memory", "one-case", "moot"),
    }
    assert {lab for lab, one in found.items() if one.examination} == {"one-case"}
    exam = found["one-case"]
    assert exam.opens_at == datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
    assert dates_of(exam) == ((datetime(2026, 11, 27, 11, 0, tzinfo=UTC), 100),)
    assert (exam.hints, exam.pass_percent, exam.organisation_id) == (False, 60, people.home)
    assert all(who == {people["trainee"]} for who in inside.values())


def test_extra_time_follows_the_person_into_examinations_and_what_was_given_besides_stays(
    store: Store, people: People, clock: Clock, teaching: UUID, published: str
) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, teaching)
        place = Place(seat="01", extra_percent=25)
        members.change(session, instructor(people), made, people["trainee"], place, clock())
        open_teaching(session, people, made, clock())
        given = session.scalars(select(Accommodation)).one()
        assert (given.person_id, given.extra_minutes) == (people["trainee"], 53), "a quarter of 210 minutes, rounded up"
        given.extra_minutes += 10  # a disturbance
        session.flush()
        members.add(session, instructor(people), made, people["colleague"], Place(seat="02"), clock())
        assert session.scalars(select(Accommodation.extra_minutes)).one() == 63
        members.change(session, instructor(people), made, people["trainee"], replace(place, extra_percent=50), clock())
        assert session.scalars(select(Accommodation.extra_minutes)).one() == 115


def test_whoever_is_added_or_withdrawn_while_it_is_open_gets_and_loses_releases_and_labs(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    def standing(name: str) -> tuple[int, int]:
        with store.reading() as session:
            pins = len(session.scalars(select(Pinned).filter_by(person_id=people[name])).all())
            return pins, sum(one.assignment is not None for one in circles.standing_for(session, None, people[name]))

    assert standing("colleague") == (0, 0)
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        members.add(session, instructor(people), made, people["colleague"], Place(), clock())
    assert standing("colleague") == standing("trainee")
    assert standing("trainee")[1] == 7
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        members.withdraw(session, instructor(people), made, people["colleague"], clock())
        members.withdraw(session, instructor(people), made, people["colleague"], clock())
    assert standing("colleague") == (0, 0)


def test_the_second_who_opens_or_closes_is_told_who_was_first(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    host = somebody(people, "host", Role.HOST)
    clock.forward(minutes=1)
    with store.writing() as session, pytest.raises(Conflict, match=r"Instructor did it at 2026-11-25 09:00 UTC\."):
        sessions.open_up(session, host, session.get_one(TeachingSession, opened), clock())
    with store.writing() as session:
        sessions.close(session, host, session.get_one(TeachingSession, opened), clock())
    with store.writing() as session, pytest.raises(Conflict, match=r"Host did it at 2026-11-25 09:01 UTC\."):
        sessions.close(session, instructor(people), session.get_one(TeachingSession, opened), clock())
    with store.reading() as session:
        acts = session.scalars(select(Event.act).where(Event.act.in_(("session.opened", "session.closed")))).all()
    assert sorted(acts) == ["session.closed", "session.opened"]


@pytest.mark.parametrize("act", ["open", "close"])
def test_of_two_who_press_at_once_one_acts_and_the_other_is_told(
    act: str, store: Store, people: People, clock: Clock, teaching: UUID, published: str
) -> None:
    if act == "close":
        with store.writing() as session:
            open_teaching(session, people, session.get_one(TeachingSession, teaching), clock())
    ready, told = Barrier(2), list[str]()

    def press() -> None:
        ready.wait(10)
        try:
            with store.writing() as session:
                found = session.get_one(TeachingSession, teaching, with_for_update=True)
                if act == "open":
                    open_teaching(session, people, found, clock())
                else:
                    sessions.close(session, instructor(people), found, clock())
            told.append("done")
        except Conflict as bad:
            told.append(bad.message)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: press(), range(2)))
    assert max(told) == "done"
    assert "Nothing was changed now." in min(told)
    with store.reading() as session:
        acts = session.scalars(select(Event.act).where(Event.act.like("session.%"))).all()
        assert len(acts) == len(set(acts))
        assert len(session.scalars(select(Assignment)).all()) == 7


def begun(store: Store, people: People, settings: Settings, clock: Clock, lab: str) -> UUID | None:
    """The assignment of an attempt that the trainee begins."""
    with store.writing() as session:
        who = somebody(people, "trainee", Role.TRAINEE)
        return attempts.begin(session, settings.instance, who, lab, clock()).assignment_id


def test_what_somebody_has_begun_stays_when_title_and_hints_of_the_session_change(
    store: Store, people: People, clock: Clock, settings: Settings, opened: UUID
) -> None:
    assignment = begun(store, people, settings, clock, "finance-workstation")
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        made.hints = False  # as a change of the rules leaves it
        wish = replace(sessions.wish_of(made), title="Another title")
        sessions.change(session, instructor(people), made, wish, clock())
        found = {one.lab: one for one in circles.of(session, opened)}
    assert (found["finance-workstation"].id, found["finance-workstation"].hints) == (assignment, True)
    assert not found["injected-memory"].hints
    assert found["injected-memory"].title.endswith("Another title")


def test_a_lab_that_somebody_has_begun_cant_become_an_examination(
    store: Store, people: People, clock: Clock, settings: Settings, opened: UUID
) -> None:
    begun(store, people, settings, clock, "finance-workstation")
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        slot = Slot(4, time(18), 60, "E", "Surprise", ("lab/finance-workstation",))
        with pytest.raises(Conflict, match="Somebody has begun"):
            slots.add(session, instructor(people), made, slot, clock())


def test_what_is_added_to_an_open_session_is_pinned_and_set_and_what_is_dropped_is_withdrawn(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    def standing() -> tuple[set[str], set[str]]:
        held = {one.name for one in releases.of(session, made) if one.kind == "lab"}
        return {one.lab for one in circles.of(session, opened)}, held

    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        assert "identity-collector" not in standing()[1]
        slot = Slot(5, time(17, 30), 60, "E", "Late examination", ("lab/identity-collector",))
        part = slots.add(session, instructor(people), made, slot, clock())
        assert all("identity-collector" in names for names in standing())
        pins = session.scalars(select(Pinned.name).filter_by(person_id=people["trainee"])).all()
        assert "identity-collector" in pins
        slots.drop(session, instructor(people), made, part, clock())
        assert "identity-collector" not in standing()[0]
        assert "identity-collector" in standing()[1], "what was pinned stays a fact of the session"


def test_a_session_closes_only_when_nobody_is_at_work_in_an_examination(
    store: Store, people: People, clock: Clock, settings: Settings, opened: UUID
) -> None:
    clock.forward(days=2)  # Friday, 10:00 in Paris
    second = somebody(people, "host", Role.HOST)
    with store.writing() as session:
        evidence = session.scalars(select(Exhibit)).first()
        assert evidence
        values = {one.key: getattr(evidence, one.key) for one in inspect(Exhibit).column_attrs}
        session.add(Exhibit(**values | {"sha256": "d" * 64, "name": "one-case-a"}))
    assert begun(store, people, settings, clock, "one-case")
    with store.writing() as session, pytest.raises(Conflict, match="1 person is still at work in an examination"):
        sessions.close(session, second, session.get_one(TeachingSession, opened), clock())
    clock.forward(hours=4)
    with store.writing() as session:
        sessions.close(session, second, session.get_one(TeachingSession, opened), clock())


def test_a_pin_is_replaced_only_on_purpose(
    store: Store, people: People, clock: Clock, settings: Settings, opened: UUID, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "courses" / "courtroom", tmp_path / "courtroom")
    file = tmp_path / "courtroom" / "course.yaml"
    file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")
    with store.writing() as session:
        content.publish(session, settings.instance, "course", file.parent, lambda _: (), clock())
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)

        def numbers() -> tuple[int, int]:
            mine = content.release_for(session, "course", "courtroom", people["trainee"])
            return mine.number, content.release_for(session, "course", "courtroom", people["colleague"]).number

        assert numbers() == (1, 2)
        held = next(one for one in releases.of(session, made) if one.name == "courtroom")
        assert held.newer
        assert held.newer.number == 2
        assert releases.upgrade(session, instructor(people), made, "course", "courtroom", clock())
        assert numbers() == (2, 2)
        assert releases.upgrade(session, instructor(people), made, "course", "courtroom", clock()) is None
        with pytest.raises(NotThere):
            releases.upgrade(session, instructor(people), made, "course", "no-such", clock())


def test_closing_lets_go_of_people_and_labs_and_deletes_nothing(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        before = len(releases.of(session, made)), len(timetable.parts(session, made)), len(made.members)
        sessions.close(session, instructor(people), made, clock())
        assert (len(releases.of(session, made)), len(timetable.parts(session, made)), len(made.members)) == before
        assert session.scalars(select(Pinned)).all() == []
        assert circles.of(session, opened) == []
        assert len(session.scalars(select(Assignment).filter_by(circle=opened)).all()) == 7
        with pytest.raises(Conflict, match="is closed"):
            members.add(session, instructor(people), made, people["colleague"], Place(), clock())


def test_an_examination_that_is_over_stands_in_the_way_of_opening_and_is_named(
    store: Store, people: People, clock: Clock, teaching: UUID, published: str
) -> None:
    clock.forward(days=3)
    with store.writing() as session:
        made = session.get_one(TeachingSession, teaching)
        with pytest.raises(Conflict, match="Examination B · Autumn week"):
            open_teaching(session, people, made, clock())


def test_an_examination_none_of_whose_labs_is_installed_is_bare(
    store: Store, people: People, clock: Clock, teaching: UUID, published: str
) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, teaching)
        slots = timetable.parts(session, made)
        missing = releases.missing(session, slots)
        assert [one.title for one in timetable.bare(slots, missing)] == ["Examination A"]
        assert [one.title for one in timetable.bare(slots, [*missing, ("lab", "one-case")])] == [
            "Examination A",
            "Examination B",
        ]
        with pytest.raises(Refused, match="R3 The encrypted laptop") as bad:
            sessions.open_up(session, instructor(people), made, clock())
        assert (bad.value.field, made.opened_at) == (sessions.BARE, None)
        exam = next(one for one in slots if one.exam == "A")
        exam.refs = [*exam.refs, {"kind": "course", "name": "courtroom", "module": "m5-4"}]
        assert timetable.bare([exam], missing) == [exam], "a module beside it is no lab"
        exam.refs = exam.refs[1:]
        assert timetable.bare([exam], missing) == [], "one on a module alone is worked on there"
        exam.refs = examined("open-container", "one-case")
        assert timetable.bare([exam], missing) == [], "one of its labs is there"
        exam.refs = []
        assert timetable.bare([exam], missing) == [exam]


def examined(*labs: str) -> list[dict[str, str]]:
    return [{"kind": "lab", "name": name, "mode": "examination"} for name in labs]


def test_seats_numbers_and_roles_are_minded(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    def add(name: str, **place: Any) -> None:
        with store.writing() as session:
            made = session.get_one(TeachingSession, teaching)
            members.add(session, instructor(people), made, people[name], Place(**place), clock())

    with pytest.raises(Conflict, match="Seat 01 is another person's"):
        add("colleague", seat="01")
    with pytest.raises(NotThere):
        add("stranger")
    with pytest.raises(Faulty, match="Only staff"):
        add("colleague", role="instructor")
    with pytest.raises(Faulty) as bad:
        add("colleague", seat="a seat far too long", number="n" * 41, extra_percent=301)
    assert set(bad.value.fields) == {"seat", "number", "extra_percent"}
    add("colleague", seat="02", number="A-7")
    add("host", role="instructor")
    with store.reading() as session:
        listed = members.of(session, session.get_one(TeachingSession, teaching))
    assert [(one.name, one.member.role, one.member.seat) for one in listed] == [
        ("Instructor", "lead", None),
        ("Host", "instructor", None),
        ("Trainee", "trainee", "01"),
        ("Colleague", "trainee", "02"),
    ]


def test_more_trainees_than_seats_are_refused(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), seats=1)
        with pytest.raises(Refused, match="there would be 2 trainees"):
            members.add(session, instructor(people), made, people["colleague"], Place(), clock())


def test_who_may_see_and_run_a_session(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    with store.reading() as session:
        made = session.get_one(TeachingSession, teaching)
        actors = {
            "trainee": somebody(people, "trainee", Role.TRAINEE),
            "colleague": somebody(people, "colleague", Role.TRAINEE),
            "instructor": instructor(people),
            "host": somebody(people, "host", Role.HOST),
            "administrator": somebody(people, "administrator", Role.ADMINISTRATOR),
        }
        other = replace(instructor(people), id=people["other_instructor"], home=people.elsewhere)
        actors["other_instructor"] = replace(other, roles=frozenset({(people.elsewhere, Role.INSTRUCTOR)}))
        actors["second instructor"] = replace(instructor(people), id=uuid4())
        actors["trainee without a role"] = replace(actors["trainee"], roles=frozenset())
        seen = {name for name, one in actors.items() if policy.may_see(one, made)}
        runs = {name for name, one in actors.items() if policy.may_run(one, made)}
    assert seen == {"trainee", "instructor", "host", "administrator", "second instructor"}
    assert runs == {"instructor", "host", "administrator"}


def test_what_goes_on_is_what_was_begun_else_what_is_planned(store: Store, teaching: UUID) -> None:
    with store.writing() as session:
        slots = timetable.parts(session, session.get_one(TeachingSession, teaching))
        at = slots[1].starts_at + timedelta(minutes=5)
        planned = timetable.now(slots, at)
        assert (planned.current, planned.following) == (slots[1], slots[2])
        slots[0].began_at = slots[0].starts_at
        late = timetable.now(slots, at)
        assert (late.current, late.following) == (slots[0], slots[1])
        slots[0].ended_at = at
        assert timetable.now(slots, at).current is slots[1]
        assert timetable.now(slots, slots[-1].ends_at) == timetable.Now(None, None)
        assert timetable.now(slots, slots[0].starts_at - timedelta(days=1)).following is slots[1]


def test_slots_go_on_without_what_is_not_installed(store: Store, people: People, clock: Clock, opened: UUID) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        before = timetable.parts(session, made)
        gone = releases.missing(session, before)
        kept = [key for key in releases.named(before) if key not in gone]
        count = len(before)
        assert gone
        assert slots.leave_out(session, instructor(people), made, clock()) >= len(gone)
        assert slots.leave_out(session, instructor(people), made, clock()) == 0
    with store.reading() as session:
        made = session.get_one(TeachingSession, opened)
        after = timetable.parts(session, made)
        assert (releases.missing(session, after), releases.named(after), len(after)) == ([], kept, count)
        acts = session.scalars(select(Event).where(Event.act == "part.changed")).all()
    assert all(one.details["from"] != one.details["to"] for one in acts)
    assert acts


def test_nothing_is_left_out_of_a_session_that_is_closed(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        sessions.close(session, instructor(people), made, clock())
        with pytest.raises(Conflict):
            slots.leave_out(session, instructor(people), made, clock())
