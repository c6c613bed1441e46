"""Bundles that wait on a page, and people in them whose data was erased here."""

from collections.abc import Collection, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.conftest import People
from training.accounts.models import Person
from training.errors import NotThere, Refused
from training.hosting.carry import bundle, drafts, erased, rows, taking, waiting
from training.hosting.carry.bundle import Bundle
from training.hosting.carry.rows import State
from training.personal.service import carried
from training.store import new_id

from .conftest import Place
from .sides import OTHERS
from .test_bundle import made

pytestmark = pytest.mark.any_database
NOT_WAITING = "This bundle is not waiting here any more. Send it in again."
ELSEWHERE = "This bundle is of another session. Take it where that session is shown."
BY_COMMAND = (
    "Take it on the server by command, which keeps no copy and leaves that data out: python app.py session import FILE"
)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    """The eraser of the program, as the server has it; afterwards whoever was registered."""
    before = list(erased._registered)
    carried.register()
    yield
    erased._registered[:] = before


@pytest.fixture
def back(home: Place, laptop: Place, week: UUID, tmp_path: Path) -> Bundle:
    """The session as it comes back from the laptop, waiting at home."""
    laptop.take(home.send(week, tmp_path / "there", laptop), OTHERS)
    one = laptop.send(week, tmp_path / "back", home)
    return waiting.keep(home.instance, week, BytesIO(one.path.read_bytes()))


def names(place: Place) -> set[str]:
    return {one.name for one in (place.instance / "carried" / "waiting").iterdir()}


def test_what_a_bundle_that_waits_would_change_is_what_it_would_change_anyway(
    home: Place, week: UUID, back: Bundle
) -> None:
    place = home.instance / "carried" / "waiting"
    assert (back.path.parent.parent, names(home)) == (place, {f"{week}-{back.name}"})
    kept = waiting.get(home.instance, week, back.name)
    assert (kept.path, kept.name, kept.manifest) == (place / f"{week}-{back.name}", back.name, back.manifest)
    found = waiting.look(home.store, home.settings, week, back.name, OTHERS)
    assert found == taking.look(home.store, home.settings, kept, OTHERS, week)
    assert (found.sound, found.erased, names(home)) == (True, 0, {f"{week}-{back.name}"})
    for of, name in ((week, "0" * 64), (new_id(), back.name), (week, f"{back.name}0"), (week, f"../{week}")):
        with pytest.raises(NotThere) as bad:
            waiting.look(home.store, home.settings, of, name, OTHERS)
        assert str(bad.value) == NOT_WAITING
        assert not waiting.is_there(home.instance, of, name)


@pytest.mark.parametrize(
    ("gone", "said"), [(("trainee",), "1 person who was"), (("trainee", "colleague"), "2 people who were")]
)
def test_a_bundle_with_people_who_were_erased_here_does_not_wait(
    home: Place, people: People, week: UUID, back: Bundle, gone: tuple[str, ...], said: str
) -> None:
    with home.store.writing() as session:
        whom = [people[one] for one in gone]
        session.execute(update(Person).where(Person.id.in_(whom)).values(erased_at=home.now()))
        assert erased.among(session, rows.read(session, week)) == {str(one) for one in whom}
        assert erased.among(session, {"person": {str(people["instructor"]): {}, str(new_id()): {}}}) == frozenset()
    with pytest.raises(Refused) as bad:
        waiting.look(home.store, home.settings, week, back.name, OTHERS)
    assert str(bad.value) == (
        f"This bundle has data of {said} erased here, so it was not kept, and nothing was changed. {BY_COMMAND}"
    )
    assert bad.value.field == "bundle"
    assert names(home) == set()


def test_what_is_sent_in_is_looked_at_and_the_newest_wait(home: Place, week: UUID, tmp_path: Path) -> None:
    place = home.instance / "carried" / "waiting"
    place.mkdir(parents=True)
    (place / f"{drafts.PREFIX}left").mkdir()
    with pytest.raises(Refused, match="not a zip file"):
        waiting.keep(home.instance, week, BytesIO(b"x" * 99))
    with pytest.raises(Refused) as bad:
        waiting.keep(home.instance, week, BytesIO(made(home, new_id(), tmp_path / "other").read_bytes()))
    assert str(bad.value) == ELSEWHERE
    assert names(home) == set()
    data = made(home, week, tmp_path / "one").read_bytes()
    one = waiting.keep(home.instance, week, BytesIO(data))
    assert one.name == bundle.read(tmp_path / "one").name
    assert waiting.get(home.instance, week, one.name).path.read_bytes() == data
    assert waiting.keep(home.instance, week, BytesIO(data)).name == one.name
    assert names(home) == {f"{week}-{one.name}"}


def test_people_who_were_erased_are_found_however_many_a_bundle_has(home: Place, people: People) -> None:
    with home.store.writing() as session:
        session.execute(update(Person).where(Person.id != people["host"]).values(erased_at=home.now()))
    with home.store.reading() as session:
        here = {str(one) for one in people.ids.values()}
        others = {str(UUID(int=number)) for number in range(3 * rows.BATCH)}  # they stand before all of here
        found = erased.among(session, {"person": {one: {} for one in here | others}})
        assert found == here - {str(people["host"])}


class Eraser:
    """Says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def without(self, session: Session, theirs: State, ours: State, people: Collection[str]) -> State:
        self.asked.append((session, theirs, ours, people))
        return {"emptied": {}}

    def again(self, session: Session, people: Collection[str], now: datetime) -> None:
        self.asked.append((session, people, now))


def test_whoever_erases_is_asked_only_about_people_who_were_erased_and_the_last_that_was_registered_is(
    home: Place,
) -> None:
    first, last = Eraser(), Eraser()
    theirs: State = {"person": {}}
    ours: State = {"run": {}}
    now = home.now()
    erased._registered.clear()
    told = "a bundle has people who were erased here, and nobody has registered how to keep them out"
    with home.store.reading() as session:
        assert erased.without(session, theirs, ours, ()) is theirs
        erased.again(session, (), now)
        for act in (lambda: erased.without(session, theirs, ours, {"a"}), lambda: erased.again(session, {"a"}, now)):
            with pytest.raises(ValueError, match=f"^{told}$"):
                act()
        erased.register(first)
        erased.register(last)
        assert erased.without(session, theirs, ours, {"a"}) == {"emptied": {}}
        erased.again(session, {"b"}, now)
        assert erased.without(session, theirs, ours, ()) is theirs
        erased.again(session, (), now)
        assert (first.asked, last.asked) == ([], [(session, theirs, ours, {"a"}), (session, {"b"}, now)])
