"""Places and notes are one person's: nothing that somebody else reads or writes has any part in them."""

import pytest

from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.content.models import Release
from training.courses.manuscript import marks
from training.courses.manuscript import reader as courses
from training.courses.manuscript.course import Course, Module
from training.errors import Conflict, TooMany
from training.learning.models import Reading
from training.reading.models import MarginNote
from training.reading.service import notes, places
from training.settings import ROOT
from training.store import Store, new_id

pytestmark = pytest.mark.any_database
COURSE, KEY = "harbour", "k" * 32


@pytest.fixture(scope="module")
def course() -> Course:
    return courses.load(ROOT / "tests" / "unit" / "courses" / "sample" / COURSE)


@pytest.fixture
def module(course: Course) -> Module:
    found = course.module("m1-1")
    assert found
    return found


@pytest.fixture
def trainee(people: People) -> Actor:
    return Actor(people["trainee"], "Trainee", people.home, frozenset())


@pytest.fixture
def colleague(people: People) -> Actor:
    return Actor(people["colleague"], "Colleague", people.home, frozenset())


def write(store: Store, actor: Actor, module: Module, text: str, clock: Clock, key: str = "") -> MarginNote:
    mark = next(iter(marks.paragraphs(module))).mark
    with store.writing() as session:
        return notes.write(session, actor, COURSE, module, mark, text, key or new_id().hex, clock())


def test_the_key_of_a_form_of_somebody_else_gives_nobody_their_note(
    store: Store, module: Module, trainee: Actor, colleague: Actor, clock: Clock
) -> None:
    first = write(store, trainee, module, "for my eyes", clock, KEY)
    assert write(store, trainee, module, "for my eyes", clock, KEY).id == first.id
    with pytest.raises(Conflict):
        write(store, trainee, module, "another text", clock, KEY)
    assert write(store, colleague, module, "of another", clock, KEY).id != first.id


def test_lists_of_notes_and_their_limit_are_of_one_person(
    store: Store, course: Course, module: Module, trainee: Actor, colleague: Actor, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(notes, "MOST", 2)
    for text in ("one", "two"):
        write(store, trainee, module, text, clock)
    with pytest.raises(TooMany):
        write(store, trainee, module, "three", clock)
    write(store, colleague, module, "of another", clock)
    with store.reading() as session:
        for actor, texts in ((trainee, ["one", "two"]), (colleague, ["of another"])):
            assert [(name, [one.text for one in mine]) for name, mine in notes.of_course(session, actor, course)] == [
                ("m1-1", texts)
            ]
            assert [one.text for one in notes.of_module(session, actor, COURSE, "m1-1")] == texts
            (piece, *_), *_ = notes.margin(session, actor, COURSE, module).parts
            assert [one.text for one in piece.notes] == texts


def test_where_somebody_stopped_is_where_nobody_else_goes_on(
    store: Store, module: Module, trainee: Actor, colleague: Actor, clock: Clock
) -> None:
    with store.writing() as session:
        places.keep_section(session, trainee, COURSE, module, 2, clock())
    with store.reading() as session:
        assert places.anchor(session, trainee, COURSE, module) == "s2"
        assert places.anchor(session, colleague, COURSE, module) is None
        assert places.due(session, colleague, COURSE, module, next(iter(marks.paragraphs(module))).mark, clock())
        assert places.stops(session, colleague) == {}
    with store.writing() as session:
        places.keep_section(session, colleague, COURSE, module, 1, clock())
    with store.reading() as session:
        assert [places.stops(session, actor)[COURSE].section for actor in (trainee, colleague)] == [2, 1]


def test_a_module_that_somebody_else_has_read_is_still_gone_on_with(
    store: Store, module: Module, trainee: Actor, colleague: Actor, clock: Clock
) -> None:
    release = Release(
        id=new_id(), kind="course", name=COURSE, sha256="1" * 64, published_at=clock(), current=True, number=1
    )
    with store.writing() as session:
        places.keep_section(session, trainee, COURSE, module, 2, clock())
        session.add(release)
        session.flush()
        session.add(
            Reading(person_id=colleague.id, course=COURSE, module="m1-1", release_id=release.id, read_at=clock())
        )
    with store.reading() as session:
        assert places.stops(session, trainee)[COURSE].module == "m1-1"
