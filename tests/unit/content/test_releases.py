"""Releases by number: who published them and why, one step back, and what the start of the server leaves alone."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from tests.conftest import People
from tests.unit.content.test_service import NOW, course, no_mistakes
from training.audit.models import Event
from training.content import service
from training.content.models import Hold
from training.content.source import Mistake
from training.errors import NotThere
from training.settings import Settings
from training.store import Store
from training.store.migrate import downgrade, upgrade


class Shelf:
    """A course `demo` in a folder of shipped files, and what the program does with it."""

    def __init__(self, store: Store, tmp_path: Path) -> None:
        self.store, self.instance, self.parent = store, tmp_path, tmp_path / "courses"
        self.now = NOW

    def start(self, text: str) -> service.Published:
        """Ship a text and start the server."""
        self.now += timedelta(minutes=1)
        course(self.parent, text)
        with self.store.writing() as session:
            return service.publish_all(session, self.instance, "course", self.parent, no_mistakes, self.now)

    def back(self, number: int) -> None:
        with self.store.writing() as session:
            service.rollback(session, self.instance, self.parent / "demo", "course", number, self.now)

    def numbers(self) -> list[tuple[int, bool]]:
        with self.store.reading() as session:
            return [(one.number, one.current) for one in service.releases(session, "course", "demo")]

    def offered(self) -> str:
        with self.store.reading() as session:
            release = service.get(session, "course", "demo")
        return (service.folder_of(self.instance, release) / "text.md").read_text("utf-8")


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path)


def test_releases_are_numbered_and_say_who_made_them_and_why(store: Store, tmp_path: Path, people: People) -> None:
    who = people["instructor"]
    with store.writing() as session:
        service.publish(session, tmp_path, "course", course(tmp_path / "courses"), no_mistakes, NOW)
        folder = course(tmp_path / "courses", "two")
        made = service.publish(session, tmp_path, "course", folder, no_mistakes, NOW, by=who, note="Figure 2 redrawn")
        assert (made.number, made.published_by, made.note) == (2, who, "Figure 2 redrawn")
        first = service.of_number(session, "course", "demo", 1)
        assert (first.published_by, first.note, first.current) == (None, "", False)
        assert [one.number for one in service.releases(session, "course", "demo")] == [2, 1]
        event = session.scalars(select(Event).order_by(Event.seq.desc())).first()
        assert event
        assert (event.act, event.actor) == ("release.published", who)


def test_a_withdrawal_is_recorded_with_who_did_it(shelf: Shelf, people: People) -> None:
    shelf.start("one")
    with shelf.store.writing() as session:
        service.withdraw(session, shelf.parent / "demo", "course", shelf.now, by=people["instructor"])
        event = session.scalars(select(Event).filter_by(act="release.withdrawn")).one()
        assert (event.actor, event.details["name"]) == (people["instructor"], "demo")
    assert shelf.numbers() == [(1, False)]


def test_what_was_withdrawn_comes_back_with_no_start_and_no_shipped_files(shelf: Shelf) -> None:
    shelf.start("one")
    with shelf.store.writing() as session:
        service.withdraw(session, shelf.parent / "demo", "course", shelf.now)
    for shipped in ("one", "two"):
        assert shelf.start(shipped).new == []
        assert shelf.numbers() == [(1, False)]
    shelf.back(1)
    assert shelf.numbers() == [(1, True)]
    assert shelf.start("three").new == ["demo"]


def test_each_course_and_lab_counts_its_own_releases(store: Store, tmp_path: Path) -> None:
    with store.writing() as session:
        for kind in ("course", "lab"):
            made = service.publish(session, tmp_path, kind, course(tmp_path / kind), no_mistakes, NOW)
            assert made.number == 1
        other = course(tmp_path / "others").rename(tmp_path / "others" / "another")
        assert service.publish(session, tmp_path, "course", other, no_mistakes, NOW).number == 1
        changed = course(tmp_path / "course", "two")
        assert service.publish(session, tmp_path, "course", changed, no_mistakes, NOW).number == 2


def test_a_course_and_a_lab_of_one_name_stand_in_no_way_of_each_other(store: Store, tmp_path: Path) -> None:
    """The very same files, published twice as the one and once as the other."""
    with store.writing() as session:
        first = service.publish(session, tmp_path, "course", course(tmp_path / "a"), no_mistakes, NOW)
        lab = service.publish(session, tmp_path, "lab", course(tmp_path / "a"), no_mistakes, NOW)
        assert (first.kind, lab.kind, first.current, lab.current) == ("course", "lab", True, True)
        second = service.publish(session, tmp_path, "course", course(tmp_path / "a", "two"), no_mistakes, NOW)
        assert [service.get(session, kind, "demo") for kind in ("lab", "course")] == [lab, second]
        assert [service.latest(session, kind, "demo") for kind in ("lab", "course")] == [lab, second]
        assert [service.of_number(session, kind, "demo", 1) for kind in ("lab", "course")] == [lab, first]
        assert service.releases(session, "course", "demo") == [second, first]
        assert [service.offered(session, kind) for kind in ("lab", "course")] == [[lab], [second]]
        assert [service.offered_to(session, kind, None) for kind in ("lab", "course")] == [[lab], [second]]
        service.withdraw(session, tmp_path / "a" / "demo", "course", NOW)
        assert service.latest(session, "lab", "demo") is lab
        assert service.hold(session, "lab", "demo") is None


def test_a_frozen_copy_that_is_lost_is_made_anew_at_the_next_start(shelf: Shelf) -> None:
    shelf.start("one")
    with shelf.store.reading() as session:
        folder = service.folder_of(shelf.instance, service.get(session, "course", "demo"))
    folder.rename(folder.with_name("elsewhere"))
    shelf.start("one")
    assert shelf.offered() == "one"
    assert shelf.numbers() == [(1, True)]


def test_one_step_back_offers_the_older_release_and_deletes_nothing(shelf: Shelf) -> None:
    shelf.start("one")
    shelf.start("two")
    shelf.back(1)
    assert shelf.numbers() == [(2, False), (1, True)]
    assert shelf.offered() == "one"
    with shelf.store.reading() as session:
        last = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
        of = service.of_number(session, "course", "demo", 1)
    assert (last.act, last.subject) == ("release.rolled_back", f"release:{of.id}")
    assert shelf.start("two").kept == ["demo"]
    assert shelf.offered() == "one"


def test_files_that_are_shipped_after_a_step_back_are_taken_and_end_it(shelf: Shelf) -> None:
    shelf.start("one")
    shelf.start("two")
    shelf.back(1)
    assert shelf.start("three").new == ["demo"]
    assert shelf.numbers() == [(3, True), (2, False), (1, False)]
    with shelf.store.reading() as session:
        assert service.hold(session, "course", "demo") is None


def test_a_step_to_the_release_that_is_offered_changes_nothing(shelf: Shelf) -> None:
    shelf.start("one")
    shelf.back(1)
    with shelf.store.reading() as session:
        assert service.hold(session, "course", "demo") is None


def test_a_release_that_is_not_there_is_refused_by_its_number(shelf: Shelf) -> None:
    shelf.start("one")
    with pytest.raises(NotThere, match="demo has no release 7"):
        shelf.back(7)


def test_a_release_whose_files_are_gone_is_not_offered(shelf: Shelf) -> None:
    shelf.start("one")
    shelf.start("two")
    with shelf.store.reading() as session:
        folder = service.folder_of(shelf.instance, service.of_number(session, "course", "demo", 1))
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(NotThere, match="files of release 1"):
        shelf.back(1)
    assert shelf.offered() == "two"


def test_what_is_edited_here_is_not_replaced_by_shipped_files(shelf: Shelf) -> None:
    shelf.start("one")
    with shelf.store.writing() as session:
        sha256 = service.shipped_digest(shelf.parent / "demo")
        session.add(Hold(kind="course", name="demo", sha256=sha256, edited=True, by_id=None, at=NOW))
    assert shelf.start("one").kept == ["demo"]
    done = shelf.start("two")
    assert (done.new, done.changed, done.mistakes) == ([], ["demo"], [])
    assert shelf.offered() == "one"


def test_a_mistake_in_shipped_files_leaves_a_step_back_as_it_is(shelf: Shelf) -> None:
    shelf.start("one")
    shelf.start("two")
    shelf.back(1)
    course(shelf.parent, "broken")
    with shelf.store.writing() as session:
        wrong = [Mistake("demo/text.md", 1, "broken")]
        service.publish_all(session, shelf.instance, "course", shelf.parent, lambda _folder: wrong, NOW)
        assert service.hold(session, "course", "demo")
    assert shelf.offered() == "one"


@pytest.mark.own_database
def test_releases_from_before_get_their_numbers_in_the_order_of_publication(settings: Settings) -> None:
    downgrade(settings.database, "0006")
    engine = create_engine(settings.database, poolclass=NullPool)
    add = text(
        "INSERT INTO release (id, kind, name, sha256, published_at, current)"
        " VALUES (:id, :kind, :name, :sha, :at, :current)"
    )
    rows = [("course", "a", 3), ("course", "a", 1), ("course", "b", 2), ("lab", "a", 2)]
    with engine.begin() as connection:
        for count, (kind, name, day) in enumerate(rows):
            given = {"id": uuid.uuid4().hex, "kind": kind, "name": name, "sha": f"{count:064}", "current": False}
            connection.execute(add, {**given, "at": f"2026-03-0{day} 12:00:00"})
    upgrade(settings.database)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT kind, name, number FROM release ORDER BY sha256")).all()
    assert [tuple(row) for row in found] == [
        ("course", "a", 2),
        ("course", "a", 1),
        ("course", "b", 1),
        ("lab", "a", 1),
    ]
    engine.dispose()
