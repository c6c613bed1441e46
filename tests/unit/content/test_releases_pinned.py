"""Who learns with a release is not touched by the next one, nor by a step back."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import Clock, People
from training.accounts import service as accounts
from training.accounts.actor import Actor
from training.content import service as content
from training.courses.manuscript import reader
from training.learning import service as learning
from training.settings import ROOT, Settings
from training.store import Store, new_id

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
INDEX = "01-quay/index.md"


class Class:
    """A course of the sample, two people who learn, and a shelf of releases."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, people: People, folder: Path) -> None:
        self.store, self.settings, self.clock, self.folder = store, settings, clock, folder
        shutil.copytree(SAMPLE, folder)
        with store.reading() as session:
            found = [accounts.find(session, people[name]) for name in ("trainee", "colleague")]
            self.anna, self.omar = (accounts.actor_of(one) for one in found if one)
        self.publish()

    def publish(self) -> UUID:
        self.clock.forward(minutes=1)
        with self.store.writing() as session:
            instance = self.settings.instance
            return content.publish(session, instance, "course", self.folder, reader.check, self.clock()).id

    def second_release(self) -> UUID:
        for file, old, new in ((INDEX, "A short text", "A long text"), ("keys.yaml", "answer: 4396", "answer: 4400")):
            text = (self.folder / file).read_text("utf-8")
            assert old in text
            (self.folder / file).write_text(text.replace(old, new), "utf-8")
        return self.publish()

    def back(self, number: int) -> None:
        with self.store.writing() as session:
            content.rollback(session, self.settings.instance, self.folder, "course", number, self.clock())

    def place(self, who: Actor) -> learning.Place:
        with self.store.reading() as session:
            return learning.place(session, self.settings.instance, who, "harbour")

    def answer(self, who: Actor, value: str) -> float | None:
        self.clock.forward(seconds=1)
        with self.store.writing() as session:
            place = learning.place(session, self.settings.instance, who, "harbour")
            asked = place.question("m1-1", "m1-1-q2")
            return learning.answer(session, who, place, asked, [value], new_id().hex, self.clock()).score

    def state(self, who: Actor) -> tuple[int, str, object, object]:
        """All that this person sees of the course: release, text, what was said of answers, progress."""
        place = self.place(who)
        module = place.module("m1-1")
        with self.store.reading() as session:
            given = learning.given(session, who, place, module)
            progress = learning.progress(session, who, place)
        return place.release.number, str(module.parts), given, progress


@pytest.fixture
def room(store: Store, settings: Settings, clock: Clock, people: People, tmp_path: Path) -> Class:
    return Class(store, settings, clock, people, tmp_path / "harbour")


def test_whoever_began_with_release_1_is_untouched_by_release_2_and_by_a_step_back(room: Class) -> None:
    assert room.answer(room.anna, "4396") == 1
    before = room.state(room.anna)
    second = room.second_release()
    assert room.state(room.anna) == before
    assert room.place(room.anna).newer
    assert room.answer(room.omar, "4400") == 1  # began after it, and is judged by its key
    assert room.place(room.omar).release.id == second
    later = room.state(room.omar)
    room.back(1)
    assert room.state(room.anna) == before
    assert room.place(room.anna).newer is None
    assert room.state(room.omar) == later  # had moved on, and stays
    assert room.answer(room.omar, "4396") == 0


def test_whoever_begins_after_a_step_back_gets_the_release_that_is_offered(room: Class) -> None:
    room.second_release()
    room.back(1)
    assert room.place(room.anna).release.number == 1
    assert room.answer(room.anna, "4396") == 1


def test_a_step_back_and_forth_leaves_each_frozen_copy_as_it_was(room: Class) -> None:
    second = room.second_release()
    with room.store.reading() as session:
        folders = [
            content.folder_of(room.settings.instance, one) for one in content.releases(session, "course", "harbour")
        ]
    before = [content.digest_of(folder) for folder in folders]
    for number in (1, 2, 1, 2):
        room.back(number)
    assert [content.digest_of(folder) for folder in folders] == before == [folder.name for folder in folders]
    assert room.place(room.anna).release.id == second
