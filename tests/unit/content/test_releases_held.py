"""People of a circle begin the release that they are held to; what was begun stays as it was begun."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.unit.content import test_releases_pinned
from tests.unit.content.test_releases_pinned import Class
from training.accounts.actor import Actor
from training.content import service as content
from training.content.models import Pinned, Release
from training.errors import NotThere
from training.learning import service as learning
from training.store import new_id

room = test_releases_pinned.room  # fixture


def hold(room: Class, circle: UUID, people: Iterable[Actor], *numbers: int) -> None:
    """Hold people to releases of the course by their numbers."""
    room.clock.forward(seconds=1)
    with room.store.writing() as session:
        held = [content.of_number(session, "course", "harbour", one) for one in numbers]
        content.hold_to(session, circle, [one.id for one in people if one.id], held, room.clock())


def begin(room: Class, who: Actor) -> int:
    with room.store.writing() as session:
        place = learning.place(session, room.settings.instance, who, "harbour")
        learning.begin(session, who, place, room.clock())
    return room.place(who).number


def test_a_session_on_release_1_is_untouched_by_release_2(room: Class) -> None:
    hold(room, new_id(), [room.anna], 1)
    before = room.state(room.anna)
    room.second_release()
    assert room.state(room.anna) == before
    assert room.place(room.anna).newer is None, "release 2 is not offered to the session's people"
    assert begin(room, room.anna) == 1
    assert begin(room, room.omar) == 2, "whoever is in no circle begins what is offered"
    assert room.answer(room.anna, "4396") == 1
    with room.store.writing() as session:
        learning.move(session, room.anna, "harbour", room.clock())
    assert room.place(room.anna).number == 1


def test_what_was_begun_stays_when_somebody_is_held_to_another_release(room: Class) -> None:
    room.second_release()
    assert begin(room, room.anna) == 2
    hold(room, new_id(), [room.anna], 1)
    place = room.place(room.anna)
    assert (place.number, place.newer) == (2, None), "nobody is led back to an older release"


def test_a_pin_that_is_set_anew_offers_the_step_and_takes_nobody_along(room: Class) -> None:
    circle = new_id()
    hold(room, circle, [room.anna, room.omar], 1)
    assert begin(room, room.anna) == 1
    second = room.second_release()
    hold(room, circle, [room.anna, room.omar], 2)
    place = room.place(room.anna)
    assert place.number == 1
    assert place.newer
    assert place.newer.id == second
    assert begin(room, room.omar) == 2


def test_the_newest_circle_of_a_person_counts_and_the_older_one_after_it(room: Class) -> None:
    room.second_release()
    first, second = new_id(), new_id()
    hold(room, first, [room.anna], 1)
    hold(room, second, [room.anna], 2)
    assert room.place(room.anna).number == 2
    hold(room, second, [], 2)
    assert room.place(room.anna).number == 1
    hold(room, first, [])
    with room.store.reading() as session:
        assert session.scalars(select(Pinned)).all() == []
    assert room.place(room.anna).number == 2


def test_lists_show_a_person_one_release_of_each_name(room: Class) -> None:
    hold(room, new_id(), [room.anna], 1)
    room.second_release()
    with room.store.reading() as session:
        mine = content.offered_to(session, "course", room.anna.id)
        others = content.offered_to(session, "course", room.omar.id)
        nobody = content.offered_to(session, "course", None)
    assert [one.number for one in mine] == [1]
    assert [one.number for one in others] == [one.number for one in nobody] == [2]
    assert [card.name for card in cards(room)] == ["harbour"]


def cards(room: Class) -> list[learning.HomeCard]:
    with room.store.reading() as session:
        return learning.home_cards(session, room.settings.instance, room.anna)


def test_what_is_neither_offered_nor_held_is_not_there(room: Class) -> None:
    with room.store.reading() as session:
        assert session.scalars(select(Release)).all()
        with pytest.raises(NotThere):
            content.release_for(session, "course", "lighthouse", room.anna.id)
        with pytest.raises(NotThere):
            content.release_for(session, "lab", "harbour", room.anna.id)
