"""While somebody sits an examination nobody becomes that person, by a new password or by a slip."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import make_teaching, open_teaching
from tests.labs_place import make_assignment
from tests.unit.labs.conftest import Desk
from tests.unit.labs.setting import give
from tests.web.conftest import Clients, post
from training.accounts import service as accounts
from training.hosting.models import TeachingSession
from training.hosting.roster.service import slips
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.labs.models import Assignment, Attempt
from training.labs.service import sitting
from training.store import Store
from training.web.rooms import Rooms

SITS = "sits an examination now"


@pytest.fixture
def examined(desk: Desk, store: Store, people: People, clock: Clock) -> Desk:
    """The trainee's attempt, as one at an examination of ninety minutes."""
    with store.writing() as session:
        attempt = session.get_one(Attempt, desk.attempt_id)
        by = people["instructor"]
        made = make_assignment(attempt.organisation_id, desk.case(session).lab.id, by, clock(), minutes=90)
        session.add(made)
        session.flush()
        attempt.assignment_id = made.id
    return desk


def reset(clients: Clients, people: People, who: str) -> tuple[int, str]:
    answer = post(clients[who], "/people", f"/people/{people['trainee']}/password")
    return answer.status_code, answer.text


def test_staff_set_no_password_of_somebody_who_sits_and_an_administrator_does(
    examined: Desk, clients: Clients, people: People, clock: Clock
) -> None:
    for who in ("instructor", "host"):
        status, page = reset(clients, people, who)
        assert (status, SITS in page, 'name="before"' in page) == (409, True, False)
    assert reset(clients, people, "administrator")[0] == 200
    clock.forward(minutes=91)
    assert reset(clients, people, "instructor")[0] == 200


def test_a_form_that_was_opened_before_sets_none_either(
    examined: Desk, clients: Clients, people: People, store: Store
) -> None:
    with store.reading() as session:
        person = accounts.find(session, people["trainee"])
        assert person
        mark = accounts.password_mark(person)
    late = post(clients["instructor"], "/people", f"/people/{people['trainee']}/password", before=mark)
    assert late.status_code == 409
    with store.reading() as session:
        person = accounts.find(session, people["trainee"])
        assert person
        assert accounts.password_mark(person) == mark


def test_there_is_no_slip_for_somebody_who_sits(examined: Desk, people: People, store: Store, clock: Clock) -> None:
    with store.writing() as session:
        teaching = open_teaching(session, people, make_teaching(session, people, clock()), clock())
        host = accounts.actor_of(accounts.by_login(session, "host"))
        if people["trainee"] not in {one.person_id for one in teaching.members}:
            members.add(session, host, teaching, people["trainee"], Place(), clock())
        key = teaching.id
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, key)
        for name, may in (("instructor", False), ("host", False), ("administrator", True)):
            actor = accounts.actor_of(accounts.by_login(session, name))
            assert (people["trainee"] in slips.reachable(session, actor, teaching, clock())) is may, name
        later = clock() + timedelta(minutes=91)
        host = accounts.actor_of(accounts.by_login(session, "host"))
        assert people["trainee"] in slips.reachable(session, host, teaching, later)


def test_who_has_more_time_sits_until_that_is_up(
    examined: Desk, people: People, store: Store, clock: Clock, rooms: Rooms
) -> None:
    with store.reading() as session:
        assignment = session.scalars(select(Assignment.id)).one()
    give(rooms, people, assignment, 30)
    with store.reading() as session:
        sat = [sitting.sits(session, people["trainee"], clock() + timedelta(minutes=one)) for one in (91, 119, 121)]
    assert sat == [True, True, False]


def test_only_the_person_of_an_open_attempt_at_an_examination_sits(
    examined: Desk, people: People, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        attempt = session.get_one(Attempt, examined.attempt_id)
        assert sitting.sits(session, people["trainee"], clock())
        assert not sitting.sits(session, people["colleague"], clock())
        attempt.closed_at = clock()
        session.flush()
        assert not sitting.sits(session, people["trainee"], clock())
        attempt.closed_at = None
        session.scalars(select(Assignment)).one().mode = "practice"
        session.flush()
        assert not sitting.sits(session, people["trainee"], clock())


def test_practice_is_no_sitting(desk: Desk, people: People, store: Store, clock: Clock) -> None:
    with store.reading() as session:
        assert not sitting.sits(session, people["trainee"], clock())
