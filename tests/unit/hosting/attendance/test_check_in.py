"""Check-in as services see it: codes once, retries, early scans, seats, devices, heads, what attackers try."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from tests.conftest import Clock, People
from tests.hosting_place import somebody
from training.accounts.actor import Actor, Role
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, Refused, TooMany
from training.hosting.attendance import codes
from training.hosting.attendance.models import Record
from training.hosting.attendance.service import check_in, records, standing
from training.hosting.attendance.service.check_in import Press
from training.hosting.attendance.service.records import Chosen, Origin
from training.hosting.attendance.state import Present
from training.hosting.models import TeachingSession
from training.hosting.service import people as service
from training.hosting.service.record import Faulty
from training.store import Store

NUMBER = 5  # the half-day in which the clock stands: Wednesday morning
Look = Callable[[str, int], Present]


class Room:
    """What people do in the room, each in a unit of its own."""

    def __init__(self, store: Store, clock: Clock, running: UUID, staff: Actor) -> None:
        self.store, self.clock, self.id, self.staff = store, clock, running, staff
        self.key = codes.session_key("of tests", running)

    def code(self, key: bytes | None = None) -> codes.Code:
        return codes.shown(codes.Place(key or self.key, 3, 1), self.clock())

    def open(self, act: Callable[..., None] = check_in.open_up) -> None:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            times = standing.ledger(session, teaching).numbered(NUMBER)
            act(session, self.staff, teaching, times, self.clock())

    def choose(self, **wish: bool) -> None:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            records.choose(session, self.staff, teaching, Chosen(**wish), self.clock())

    def press(self, who: Actor, typed: str = "", **given: str) -> bool:
        origin = Origin(
            "join", given.get("key") or str(uuid4()), given.get("address", ""), given.get("device", who.name)
        )
        press = Press(self.key, typed, given.get("ticket", ""), given.get("seat", ""), origin)
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            return check_in.arrive(session, who, teaching, press, self.clock())

    def leave(self, who: Actor) -> None:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            check_in.leave(session, who, teaching, Origin("join", str(uuid4())), self.clock())

    def signs(self) -> list[check_in.Sign]:
        with self.store.reading() as session:
            teaching = session.get_one(TeachingSession, self.id)
            found = standing.ledger(session, teaching)
            times = found.numbered(NUMBER)
            assert times is not None
            return check_in.signs(found, times, teaching)


@pytest.fixture
def room(store: Store, clock: Clock, running: UUID, staff: Actor) -> Room:
    clock.now = clock.now.replace(hour=7, minute=25)  # the morning begins at 8:30 in Paris
    return Room(store, clock, running, staff)


@pytest.fixture
def colleague(people: People) -> Actor:
    return somebody(people, "colleague", Role.TRAINEE)


def test_who_types_the_code_of_the_screen_has_arrived(room: Room, trainee: Actor, standing_of: Look) -> None:
    room.open()
    assert room.press(trainee, room.code().short.lower())
    state = standing_of("trainee", NUMBER)
    assert (state.status, state.exact, state.contact, state.attended) == ("present", 210, 210, True)
    assert [one.what for one in state.records] == ["arrived"]
    assert state.records[0].how == "code"  # type: ignore[attr-defined]  # the real rows


def test_an_early_scan_waits_and_completes_by_itself(room: Room, trainee: Actor, standing_of: Look) -> None:
    assert room.press(trainee, room.code().long)
    assert standing_of("trainee", NUMBER).status == "waiting"
    assert not room.press(trainee, room.code().long)  # pressing again adds nothing
    room.clock.forward(minutes=40)
    room.open()
    state = standing_of("trainee", NUMBER)
    assert (state.status, state.late) == ("present", 0)


@pytest.mark.parametrize("typed", ["", "AAAAAA", "0", "' OR 1=1 --", "\u0660\u0661"])
def test_no_code_and_a_made_up_one_are_refused(room: Room, trainee: Actor, standing_of: Look, typed: str) -> None:
    room.open()
    with pytest.raises(Refused) as refused:
        room.press(trainee, typed)
    assert refused.value.field == "code"
    assert standing_of("trainee", NUMBER).status == "open"


def test_a_replayed_code_a_code_of_another_session_and_one_of_another_half_day_are_refused(
    room: Room, trainee: Actor
) -> None:
    room.open()
    old = room.code()
    others = [room.code(codes.session_key("of tests", uuid4())), codes.shown(codes.Place(room.key, 3, 2), room.clock())]
    for code in others:
        with pytest.raises(Refused):
            room.press(trainee, code.long)
    room.clock.forward(seconds=40)
    with pytest.raises(Refused):
        room.press(trainee, old.long)


def test_a_code_counts_once_for_each_account(room: Room, trainee: Actor, standing_of: Look) -> None:
    room.choose(check_out=True)
    room.open()
    code = room.code().long
    room.press(trainee, code)
    room.leave(trainee)
    assert not room.press(trainee, code)  # whoever left can't come back by the code of before
    assert standing_of("trainee", NUMBER).gone
    room.clock.forward(seconds=20)
    assert room.press(trainee, room.code().long)
    assert not standing_of("trainee", NUMBER).gone


def test_a_code_counts_once_on_each_device_and_the_next_one_is_taken_with_a_sign(
    room: Room, trainee: Actor, colleague: Actor
) -> None:
    room.open()
    room.press(trainee, room.code().long, device="phone")
    with pytest.raises(Refused, match="this device already"):
        room.press(colleague, room.code().long, device="phone")
    assert room.signs() == []
    room.clock.forward(seconds=20)
    assert room.press(colleague, room.code().long, device="phone")
    (sign,) = room.signs()
    assert set(sign.people) == {trainee.id, colleague.id}
    assert "One device" in sign.text


def test_one_address_for_the_whole_room_is_no_sign(room: Room, trainee: Actor, colleague: Actor) -> None:
    room.open()
    for who in (trainee, colleague):
        assert room.press(who, room.code().long, address="192.0.2.1")
    assert room.signs() == []


def test_one_address_for_no_more_than_half_of_those_who_came_is_a_sign(room: Room, people: People) -> None:
    room.open()
    four = [somebody(people, name, Role.TRAINEE) for name in ("trainee", "colleague", "instructor", "host")]
    with room.store.writing() as session:
        teaching = session.get_one(TeachingSession, room.id)
        service.add_all(session, room.staff, teaching, {people["host"]: service.Place()}, room.clock())
    for who, address in zip(four, ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"), strict=True):
        assert {one.text for one in room.signs()} == set()
        assert room.press(who, room.code().long, address=address)
    (sign,) = room.signs()
    assert (set(sign.people), sign.text) == ({one.id for one in four[:2]}, "Several people came from one address.")


def test_a_retry_after_a_lost_answer_adds_nothing(room: Room, store: Store, trainee: Actor) -> None:
    room.open()
    code, key = room.code().long, str(uuid4())
    assert room.press(trainee, code, key=key)
    assert not room.press(trainee, code, key=key)
    room.clock.forward(minutes=3)
    assert not room.press(trainee, code, key=key)  # though its code is over by now
    room.clock.forward(minutes=-30)
    assert not room.press(trainee, room.code().long)  # nor does a clock that was set back
    with store.reading() as session:
        assert len(records.of(session, session.get_one(TeachingSession, room.id))) == 1


def test_a_ticket_holds_the_moment_of_the_scan_for_who_has_to_sign_in(
    room: Room, trainee: Actor, standing_of: Look
) -> None:
    room.open()
    room.clock.now = room.clock.now.replace(hour=7, minute=39, second=0)
    place = codes.Place(room.key, 3, 1)
    proof = codes.recognised(place, room.code().long, room.clock())
    assert proof is not None
    ticket = codes.ticket(place, proof, "phone")
    room.clock.forward(minutes=5)
    with pytest.raises(Refused):
        room.press(trainee, ticket=ticket, device="another")
    assert room.press(trainee, ticket=ticket, device="phone")
    state = standing_of("trainee", NUMBER)
    assert (state.status, state.late) == ("present", 9)


def test_a_seat_is_asked_of_some_and_another_one_is_a_sign(room: Room, trainee: Actor, colleague: Actor) -> None:
    room.choose(ask_seat=True)
    room.open()
    place = codes.Place(room.key, 3, 1)
    while not codes.asked_for_seat(place, trainee.id):  # type: ignore[arg-type]  # an actor with an id
        room.key = codes.session_key(str(uuid4()), room.id)
        place = codes.Place(room.key, 3, 1)
    with pytest.raises(Refused) as refused:
        room.press(trainee, room.code().long)
    assert refused.value.field == "seat"
    with pytest.raises(Refused, match="number of your seat"):
        room.press(trainee, room.code().long, seat="1" * 11)
    assert room.press(trainee, room.code().long, seat="1" * 10)
    assert [one.people for one in room.signs()] == [(trainee.id,)]


def test_heads_that_differ_from_the_list_are_a_sign(room: Room, trainee: Actor) -> None:
    room.open()
    room.press(trainee, room.code().long)
    room.open(lambda session, actor, teaching, times, now: check_in.count(session, actor, teaching, times, 1, now))
    assert room.signs() == []
    room.open(lambda session, actor, teaching, times, now: check_in.count(session, actor, teaching, times, 2, now))
    assert [one.text for one in room.signs()] == ["2 heads were counted; the list has 1."]


def test_closed_check_in_takes_nobody_and_a_session_that_chose_so_takes_a_press(
    room: Room, trainee: Actor, standing_of: Look
) -> None:
    room.open()
    room.open(check_in.shut)
    with pytest.raises(Conflict, match="closed"):
        room.press(trainee, room.code().long)
    room.open()
    room.choose(by_join=True)
    assert room.press(trainee)
    assert standing_of("trainee", NUMBER).records[0].how == "join"  # type: ignore[attr-defined]  # the real rows


def test_nobody_checks_in_at_night_or_after_the_session(room: Room, store: Store, trainee: Actor) -> None:
    room.clock.forward(hours=-5)
    with pytest.raises(Refused, match="no half-day now"):
        room.press(trainee, room.code().long)
    with store.writing() as session:
        session.get_one(TeachingSession, room.id).closed_at = room.clock()
    with pytest.raises(Conflict):
        room.press(trainee, room.code().long)


def test_guessing_has_to_wait_longer_and_longer(room: Room, store: Store, trainee: Actor, colleague: Actor) -> None:
    for _ in range(5):
        check_in.guess(store, trainee, room.id, "192.0.2.1", room.clock())
    with pytest.raises(TooMany):
        check_in.guess(store, trainee, room.id, "192.0.2.1", room.clock())
    check_in.guess(store, colleague, room.id, "192.0.2.1", room.clock())  # others in the room don't wait for it
    room.clock.forward(seconds=3)
    check_in.guess(store, trainee, room.id, "192.0.2.1", room.clock())


def test_the_database_itself_refuses_to_change_a_record(room: Room, store: Store, trainee: Actor) -> None:
    room.open()
    room.press(trainee, room.code().long)
    with pytest.raises(DatabaseError), store.writing() as session:
        session.execute(update(Record).values(what="absent"))
    with store.writing() as session:
        session.execute(delete(Record))  # the whole of it can go, when a person is erased


def test_every_record_is_in_the_audit_chain_without_names(room: Room, store: Store, trainee: Actor) -> None:
    room.open()
    room.press(trainee, room.code().long)
    with store.reading() as session:
        assert audit.check(session).fault is None
        events = session.scalars(select(Event).filter_by(act="attendance.recorded")).all()
    assert [one.details["what"] for one in events] == ["arrived"]
    assert "Trainee" not in str(events[0].details)


def test_order_is_the_servers_and_times_are_those_of_its_clock(
    room: Room, store: Store, trainee: Actor, colleague: Actor
) -> None:
    room.open()
    room.press(trainee, room.code().long)
    room.clock.forward(minutes=-10)
    room.press(colleague, room.code().long)
    with store.reading() as session:
        found = records.of(session, session.get_one(TeachingSession, room.id))
    assert [(one.seq, one.person_id) for one in found] == [(1, trainee.id), (2, colleague.id)]
    assert found[0].at - found[1].at == timedelta(minutes=10)


def test_the_board_sees_the_half_day_of_now(room: Room, store: Store, people: People, trainee: Actor) -> None:
    room.open()
    room.press(trainee, room.code().long)
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, room.id)
        now = standing.today(session, teaching, room.clock())
        night = standing.today(session, teaching, room.clock() - timedelta(hours=6))
    assert {one: state.status for one, state in now.items()} == {
        people["trainee"]: "present",
        people["colleague"]: "open",
    }
    assert night == {}


def test_a_form_sent_again_with_something_else_is_told(room: Room, store: Store, staff: Actor, people: People) -> None:
    origin = Origin("grid", str(uuid4()))
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, room.id)
        half = standing.ledger(session, teaching).times[0].half
        args = (session, staff, teaching, people["trainee"], half)
        first = records.add(*args, records.Mark("late", 10), origin, room.clock())
        assert first is not None
        assert records.add(*args, records.Mark("late", 10), origin, room.clock()) is None
        with pytest.raises(Conflict, match="sent before"):
            records.add(*args, records.Mark("late", 20), origin, room.clock())
        assert records.add(*args, records.Mark("late", 20), replace(origin, request_key=str(uuid4())), room.clock())


@pytest.mark.parametrize(("heads", "kept"), [(-1, False), (0, True), (1_000, True), (1_001, False)])
def test_heads_are_a_number_of_people_in_a_room(room: Room, heads: int, kept: bool) -> None:  # noqa: FBT001 - expected
    with room.store.writing() as session:
        teaching = session.get_one(TeachingSession, room.id)
        times = standing.ledger(session, teaching).numbered(NUMBER)
        assert times is not None
        if kept:
            check_in.count(session, room.staff, teaching, times, heads, room.clock())
            return
        with pytest.raises(Faulty):
            check_in.count(session, room.staff, teaching, times, heads, room.clock())


def test_a_code_is_taken_from_an_hour_before_the_half_day_on(room: Room, trainee: Actor, standing_of: Look) -> None:
    room.clock.now = room.clock.now.replace(hour=6, minute=29, second=59)
    with pytest.raises(Refused, match="Check-in begins an hour before"):
        room.press(trainee, room.code().long)
    room.clock.forward(seconds=1)
    assert room.press(trainee, room.code().long)
    assert standing_of("trainee", NUMBER).status == "waiting"
