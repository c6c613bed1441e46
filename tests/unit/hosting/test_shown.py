"""What pages of a session show: its steps in order, the day's slots, and what a home page tells."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.service import passwords
from training.hosting import shown, steps
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service import releases, timetable, today
from training.store import Store

CORE = {"hosting.timetable", "hosting.people", "hosting.open_up", "hosting.close"}
ALL = CORE | {
    *(f"hosting_{one}" for one in ("roster.roster", "preparation.preparation", "board.board", "carry.carry")),
    *("hosting_attendance.attendance", "credentials.of_session", "hosting_dossier.dossier"),
    "hosting_feedback.feedback",
}


def named(store: Store, teaching: UUID, known: set[str], clock: Clock) -> list[tuple[str, bool | None]]:
    with store.reading() as session:
        made = session.get_one(TeachingSession, teaching)
        slots = timetable.parts(session, made)
        found = steps.of(made, slots, releases.missing(session, slots), known, clock())
    return [(one.endpoint, one.done) for one in found]


def test_steps_lead_only_to_pages_that_there_are_and_by_hand_where_there_is_no_roster(
    store: Store, teaching: UUID, clock: Clock
) -> None:
    plain = [name for name, _ in named(store, teaching, CORE, clock)]
    assert plain == ["hosting.timetable", "hosting.people", "hosting.people", "hosting.open_up", "hosting.close"]
    whole = [name for name, _ in named(store, teaching, ALL, clock)]
    assert whole == [
        *("hosting.timetable", "hosting.people", "hosting_roster.roster", "hosting_preparation.preparation"),
        *("hosting.open_up", "hosting_board.board", "hosting_attendance.attendance", "hosting_feedback.feedback"),
        *("hosting.close", "credentials.of_session", "hosting_dossier.dossier", "hosting_carry.carry"),
    ]


def test_what_is_next_is_the_first_step_that_is_not_done(
    store: Store, people: People, clock: Clock, published: str
) -> None:
    def following() -> str:
        with store.reading() as session:
            found = session.get_one(TeachingSession, made)
            slots = timetable.parts(session, found)
            step = steps.next_of(steps.of(found, slots, releases.missing(session, slots), ALL, clock()))
        return step.title if step else ""

    with store.writing() as session:
        made = make_teaching(session, people, clock(), plan="two-day", trainees=()).id
    assert following() == "Bring in the trainees"
    with store.writing() as session:
        found = session.get_one(TeachingSession, made)
        members.add(session, instructor(people), found, people["trainee"], members.Place(), clock())
    assert following() == "Open the session"


def test_an_examination_without_a_lab_and_what_is_missing_are_named(
    store: Store, people: People, clock: Clock, published: str
) -> None:
    with store.writing() as session:
        found = make_teaching(session, people, clock(), plan="one-day")
        slots = timetable.parts(session, found)
        missing = releases.missing(session, slots)
        first = steps.of(found, slots, missing, CORE, clock())[0]
        bare = steps.of(found, slots, [], CORE, clock())[0]
    assert first.text.startswith("Not in this installation: R1 The finance workstation: first response, short form.")
    assert bare.text == "'Assigned lab, unseen variant' has no lab yet. Choose one."


def test_one_instructor_for_thirty_trainees_is_not_done_and_stands_in_no_ones_way(
    store: Store, people: People, clock: Clock, published: str
) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), plan="two-day", trainees=(), seats=30)
        for number in range(11):
            login = f"trainee-{number}"
            person = accounts.make_person(
                session,
                login=login,
                name=login,
                sealed=passwords.NOBODY,
                home=people.home,
                role=Role.TRAINEE,
                now=clock(),
            )
            members.add(session, instructor(people), made, person.id, members.Place(), clock())
            step = steps.of(made, timetable.parts(session, made), [], CORE, clock())[1]
            assert step.done is (True if number < 10 else None), number
        assert step.text == ("1 instructor. Every ten trainees need one. 1 more is needed.")
        found = steps.of(made, timetable.parts(session, made), [], ALL, clock())
        following = steps.next_of(found)
        assert following is not None
        assert following.title == "Open the session", "it can be opened all the same"
        made.opened_at = made.closed_at = clock()
        assert steps.of(made, timetable.parts(session, made), [], CORE, clock())[1].done, "nothing changes any more"


def test_a_closed_session_asks_for_nothing_that_can_not_change_any_more(
    store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock())
        slots = timetable.parts(session, made)
        missing = releases.missing(session, slots)
        assert missing
        assert steps.of(made, slots, missing, ALL, clock())[0].done is False
        made.opened_at = made.closed_at = clock()
        found = steps.of(made, slots, missing, ALL, clock())
    assert (found[0].text, found[0].done) == ("The session is closed: it stays as it is.", True)
    left = [one.title for one in found if not one.done]
    assert left == ["Give out certificates", "Seal the dossier", "Carry it to a laptop and back"]


@pytest.mark.parametrize(
    ("ready", "done"),
    [
        (steps.Ready(warm=0, asked=0, runs=264, kept=0, variants=30), False),
        (steps.Ready(warm=264, asked=0, runs=264, kept=29, variants=30), False),
        (steps.Ready(warm=263, asked=0, runs=264, kept=30, variants=30), False),
        (steps.Ready(warm=200, asked=64, runs=264, kept=30, variants=30), None),
        (steps.Ready(warm=264, asked=0, runs=264, kept=30, variants=30), True),
        (steps.Ready(warm=0, asked=0, runs=0, kept=0, variants=0), True),
    ],
)
def test_an_open_session_is_prepared_when_nothing_is_left_for_what_is_ahead(
    store: Store, people: People, clock: Clock, *, ready: steps.Ready, done: bool | None
) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock())
        made.opened_at = clock()
        found = steps.of(made, timetable.parts(session, made), [], ALL, clock(), ready)
    step = next(one for one in found if one.endpoint == "hosting_preparation.preparation")
    assert (step.title, step.done) == ("Assign variants, warm the runs", done)
    following = steps.next_of(found)
    assert following is not None
    assert (following is step) is (done is False)


def test_days_show_times_of_the_zone_and_what_is_over_now_and_next(store: Store, teaching: UUID, clock: Clock) -> None:
    with store.reading() as session:
        made = session.get_one(TeachingSession, teaching)
        days = shown.days(made, timetable.parts(session, made), {}, [], clock())
    assert [day.minutes for day in days] == [390, 390, 420, 390, 420]
    assert [day.number for day in days if day.today] == [3]
    assert [(row.starts, row.ends, row.phase) for row in days[2].rows[:6]] == [
        ("08:30", "09:00", "done"),
        ("09:00", "09:30", "done"),
        ("09:30", "10:00", "done"),
        ("10:00", "10:30", "now"),
        ("10:30", "11:00", "next"),
        ("11:00", "11:30", ""),
    ]
    assert not any(link.installed for row in days[0].rows for link in row.links), "no title is known of any"


def test_a_home_page_tells_of_open_sessions_of_the_reader_until_the_next_morning(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    def told(who: Actor) -> list[tuple[str | None, str | None, str]]:
        with store.reading() as session:
            found = today.of(session, who, clock())
        titles = [(one.now.current, one.now.following, one.starts) for one in found]
        return [(now.title if now else None, then.title if then else None, at) for now, then, at in titles]

    trainee = somebody(people, "trainee", Role.TRAINEE)
    assert told(trainee) == [("Finance workstation (Q1 to Q8)", "Break", "10:30")]
    assert told(somebody(people, "colleague", Role.TRAINEE)) == []
    clock.now = clock.now.replace(hour=20)
    assert told(trainee) == [(None, "Warm-up: all days", "08:30")]
    clock.now += timedelta(days=2)
    assert told(trainee) == [], "the week is over"
