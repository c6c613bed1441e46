"""What the home page of a person tells: labs that are set and count now, and results that came out lately."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from tests.conftest import Clock, People
from tests.unit.labs import setting
from tests.unit.labs.setting import DAY, EXAMINATION, NOW, DeskOf, close, give, teacher, withdraw
from training.accounts.actor import Actor, Role
from training.labs.models import Assignment, Judgement
from training.labs.service import assignments, news
from training.labs.service.news import Due
from training.web.rooms import Rooms

set_lab = setting.set_lab  # fixture
SetLab = Callable[..., UUID]


def actor(people: People, name: str = "trainee", role: Role = Role.TRAINEE) -> Actor:
    home = people.elsewhere if name == "stranger" else people.home
    return Actor(people[name], name.title(), home, frozenset({(home, role)}))


def due(rooms: Rooms, people: People, name: str = "trainee", role: Role = Role.TRAINEE) -> list[Due]:
    with rooms.store.reading() as session:
        return news.due(session, actor(people, name, role), rooms.clock())


def told(rooms: Rooms, people: People, name: str = "trainee") -> list[str]:
    with rooms.store.reading() as session:
        return [one.assignment.title for one in news.told(session, actor(people, name), rooms.clock())]


def ends(found: list[Due]) -> list[tuple[str, datetime | None]]:
    return [(one.address.split("/")[1], one.counts_until) for one in found]


@pytest.mark.usefixtures("desk_of")
def test_what_is_set_is_told_from_its_opening_to_its_end_with_ones_own_time(
    set_lab: SetLab, rooms: Rooms, people: People, clock: Clock
) -> None:
    made = set_lab(**{**EXAMINATION, "opens_at": NOW + DAY / 2})
    give(rooms, people, made, 60)
    assert due(rooms, people) == []
    clock.now = NOW + DAY / 2
    assert ends(due(rooms, people)) == [("labs", NOW + DAY + DAY / 24)]
    assert ends(due(rooms, people, "colleague")) == [("labs", NOW + DAY)]
    clock.now = NOW + DAY + DAY / 48
    assert (len(due(rooms, people)), due(rooms, people, "colleague")) == (1, [])
    clock.now = NOW + DAY + DAY / 12
    assert due(rooms, people) == []


def test_an_open_attempt_ends_when_its_own_time_is_up_and_a_taken_examination_is_told_no_more(
    set_lab: SetLab, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    set_lab(**EXAMINATION, minutes=90)
    desk = desk_of("trainee")
    (found,) = due(rooms, people)
    assert found.address == f"/attempts/{desk.attempt_id}"
    assert found.counts_until == NOW + DAY / 16
    close(desk)
    assert due(rooms, people) == []
    clock.forward(minutes=91)
    assert len(due(rooms, people, "colleague")) == 1, "who has not begun has all of the time before them"


@pytest.mark.usefixtures("desk_of")
def test_practice_is_told_as_long_as_it_counts(set_lab: SetLab, rooms: Rooms, people: People, clock: Clock) -> None:
    set_lab(dates=((NOW + DAY, 100), (NOW + 3 * DAY, 50)), after="practice")
    clock.now = NOW + 2 * DAY
    assert ends(due(rooms, people)) == [("labs", NOW + 3 * DAY)]
    clock.now = NOW + 4 * DAY
    assert due(rooms, people) == []


@pytest.mark.usefixtures("desk_of")
def test_nobody_else_is_told(set_lab: SetLab, rooms: Rooms, people: People) -> None:
    made = set_lab()
    assert len(due(rooms, people)) == 1
    assert due(rooms, people, "stranger") == due(rooms, people, "instructor", Role.INSTRUCTOR) == []
    withdraw(rooms, people, made)
    assert due(rooms, people) == []


@pytest.mark.usefixtures("desk_of")
def test_the_next_date_is_told_with_its_share_and_no_more_minutes_than_are_left(
    set_lab: SetLab, rooms: Rooms, people: People, clock: Clock
) -> None:
    dates = ((NOW + DAY, 100), (NOW + 2 * DAY, 50))
    set_lab(**{**EXAMINATION, "dates": dates, "minutes": 90})
    (found,) = due(rooms, people)
    assert (found.steps, found.minutes) == (dates, 90)
    clock.now = NOW + DAY + DAY / 48
    (found,) = due(rooms, people)
    assert found.steps == dates[1:]
    clock.now = NOW + 2 * DAY - DAY / 48
    (found,) = due(rooms, people)
    assert found.minutes == 30


def test_an_own_time_that_ends_before_the_last_date_ends_the_dates(
    set_lab: SetLab, desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    set_lab(**{**EXAMINATION, "dates": ((NOW + DAY, 100), (NOW + 2 * DAY, 50)), "minutes": 90})
    desk_of("trainee")
    (found,) = due(rooms, people)
    assert (found.steps, found.minutes) == (((NOW + DAY / 16, 100),), None)


def test_an_attempt_begun_before_an_examination_is_closed_first(
    set_lab: SetLab, desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    practice = desk_of("trainee")
    set_lab(**EXAMINATION)
    (found,) = due(rooms, people)
    assert found.address == f"/attempts/{practice.attempt_id}"
    assert "Close the attempt, then begin the lab" in found.stopped
    close(practice)
    (found,) = due(rooms, people)
    assert (found.address.split("/")[1], found.stopped) == ("labs", "")


def judge(rooms: Rooms, people: People, finding: UUID, seq: int, origin: str) -> None:
    with rooms.store.writing() as session:
        said = {"version_id": None, "verdict": {"state": "judged"}, "judged": True, "credit": 1.0, "reason": "Sound."}
        made = {"finding_id": finding, "seq": seq, "origin": origin, "by": people["instructor"], "at": rooms.clock()}
        session.add(Judgement(**made, **said))


def decided(rooms: Rooms, people: People, name: str = "trainee") -> list[tuple[str, tuple[int, ...], datetime]]:
    with rooms.store.reading() as session:
        made = news.decided(session, actor(people, name), rooms.settings.instance, rooms.clock())
        return [(one.origin, one.questions, one.at) for one in made]


def test_decisions_on_own_findings_are_told_for_fourteen_days(
    desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    desk = desk_of("trainee")
    first, second = desk.submit("q1", "3").finding, desk.submit("q2", "/a").finding
    assert first is not None
    assert second is not None
    assert decided(rooms, people) == []
    judge(rooms, people, first.id, 1, "mark")
    judge(rooms, people, second.id, 1, "mark")
    clock.forward(days=1)
    judge(rooms, people, first.id, 2, "appeal")
    assert decided(rooms, people) == [("appeal", (1,), NOW + DAY), ("mark", (1, 2), NOW)]
    assert decided(rooms, people, "colleague") == []
    clock.forward(days=13, minutes=1)
    assert decided(rooms, people) == [("appeal", (1,), NOW + DAY)]


def test_decisions_are_not_told_before_an_examination_is_released(
    set_lab: SetLab, desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    made, desk = set_lab(**EXAMINATION), desk_of("trainee")
    finding = desk.submit("q1", "3").finding
    assert finding is not None
    judge(rooms, people, finding.id, 1, "override")
    assert decided(rooms, people) == []
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
    assert decided(rooms, people) == [("override", (1,), NOW)]


def test_released_results_are_told_for_fourteen_days_to_those_who_took_part(
    set_lab: SetLab, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    made = set_lab(**EXAMINATION)
    close(desk_of("trainee"))
    assert told(rooms, people) == []
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), clock())
    assert (told(rooms, people), told(rooms, people, "colleague")) == (["Week one"], [])
    clock.forward(days=13)
    assert told(rooms, people) == ["Week one"]
    clock.forward(days=2)
    assert told(rooms, people) == []
