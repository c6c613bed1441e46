"""What the board takes and from whom: lengths of texts, and requests that go from one instructor to another."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Actor, Role
from training.errors import Conflict, NotThere, Refused, TooMany
from training.hosting.board.service import asking, messages
from training.hosting.board.service.asking import Ask
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.hosting.service.record import Faulty
from training.store import Store

WORK = Ask("work", "3", "pslist", "two rows")


class Room:
    """An open session with two trainees, led by the instructor; the host teaches in it too."""

    def __init__(self, session: Session, people: People, clock: Clock) -> None:
        self.session, self.people, self.clock = session, people, clock
        self.teaching: TeachingSession = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        self.teaching.opened_at = clock()
        self.staff = instructor(people)
        members.add_all(session, self.staff, self.teaching, {people["host"]: Place("instructor")}, clock())
        session.flush()

    @property
    def second(self) -> Actor:
        return somebody(self.people, "host", Role.HOST)


@pytest.fixture
def room(store: Store, people: People, clock: Clock) -> Iterator[Room]:
    with store.writing() as session:
        yield Room(session, people, clock)


def say(room: Room, text: str, key: str = "key") -> None:
    messages.say(room.session, room.staff, room.teaching, text, key, room.clock())
    room.session.flush()


def test_a_message_has_so_many_characters_and_a_session_so_many_messages(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ("", "  ", "x" * (messages.TEXT + 1)):
        with pytest.raises(Refused):
            say(room, wrong)
    monkeypatch.setattr(messages, "MOST", 2)
    say(room, "x" * messages.TEXT, "1")
    say(room, "Two", "2")
    with pytest.raises(TooMany):
        say(room, "Three", "3")
    assert len(messages.of(room.session, room.teaching.id)) == 2


@pytest.mark.parametrize(
    ("field", "most"), [("question", asking.QUESTION), ("did", asking.TEXT), ("sees", asking.TEXT)]
)
def test_a_request_has_so_many_characters(room: Room, field: str, most: int) -> None:
    who = room.people["trainee"]
    with pytest.raises(Faulty) as bad:
        asking.ask(room.session, who, room.teaching, replace(WORK, **{field: "x" * (most + 1)}), room.clock())
    assert set(bad.value.fields) == {field}
    asking.ask(room.session, who, room.teaching, replace(WORK, **{field: "x" * most}), room.clock())


def test_a_request_is_taken_by_one_and_handed_on_by_whoever_has_it(room: Room) -> None:
    asking.ask(room.session, room.people["trainee"], room.teaching, WORK, room.clock())
    room.session.flush()

    def hand(by: Actor, to: str | None) -> None:
        meant = room.people[to] if to else None
        asking.hand_on(room.session, by, room.teaching, 1, meant, room.clock())

    with pytest.raises(Conflict, match="Only whoever has taken"):
        hand(room.staff, "host")
    asking.take(room.session, room.staff, room.teaching, 1, room.clock())
    asking.take(room.session, room.staff, room.teaching, 1, room.clock())
    with pytest.raises(Conflict, match="Somebody else has taken"):
        asking.take(room.session, room.second, room.teaching, 1, room.clock())
    with pytest.raises(Conflict, match="Only whoever has taken"):
        hand(room.second, "host")
    for nobody in ("trainee", "stranger", "administrator"):
        with pytest.raises(Refused, match="somebody who teaches"):
            hand(room.staff, nobody)
    hand(room.staff, "host")
    assert asking.get(room.session, room.teaching.id, 1).taken_by == room.people["host"]
    hand(room.second, None)
    found = asking.get(room.session, room.teaching.id, 1)
    assert (found.taken_by, found.taken_at) == (None, None)
    with pytest.raises(Refused, match="Close it with a word"):
        asking.close(room.session, room.staff, room.teaching, 1, "anything", room.clock())
    asking.close(room.session, room.staff, room.teaching, 1, "tool", room.clock())
    with pytest.raises(Conflict, match="over"):
        asking.take(room.session, room.staff, room.teaching, 1, room.clock())
    with pytest.raises(NotThere):
        asking.get(room.session, room.teaching.id, 2)


def test_a_request_that_was_taken_back_is_over(room: Room) -> None:
    asking.ask(room.session, room.people["trainee"], room.teaching, WORK, room.clock())
    room.session.flush()
    asking.take_back(room.session, room.people["trainee"], room.teaching, room.clock())
    with pytest.raises(Conflict, match="over"):
        asking.take(room.session, room.staff, room.teaching, 1, room.clock())
    with pytest.raises(Conflict, match="over"):
        asking.close(room.session, room.staff, room.teaching, 1, "tool", room.clock())
