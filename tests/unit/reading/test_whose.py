"""Places and notes are one person's: nothing that somebody else reads or writes has any part in them."""

from dataclasses import replace
from itertools import pairwise

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.content.models import Release
from training.courses.manuscript import marks
from training.courses.manuscript import reader as courses
from training.courses.manuscript.course import Course, Module
from training.errors import Conflict, Refused, TooMany
from training.learning.models import Reading
from training.reading import export, forms
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


def test_notes_of_another_course_or_module_stand_beside_no_text_and_fill_no_limit(
    store: Store, course: Course, module: Module, trainee: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST", 2)
    later = course.module("m1-2")
    assert later
    for name, here, text in (
        ("bridge", module, "other course"),
        ("bridge", module, "again"),
        (COURSE, later, "later"),
        (COURSE, module, "here"),
    ):
        with store.writing() as session:
            notes.write(session, trainee, name, here, _first(here), text, new_id().hex, clock())
    with store.reading() as session:
        assert [one.text for one in notes.of_module(session, trainee, COURSE, "m1-1")] == ["here"]
        assert [(name, [one.text for one in mine]) for name, mine in notes.of_course(session, trainee, course)] == [
            ("m1-1", ["here"]),
            ("m1-2", ["later"]),
        ]
        # A module that is gone from the course keeps its notes: they come last, under its id.
        shorter = replace(course, modules=tuple(one for one in course.modules if one.id != "m1-1"))
        assert [name for name, _ in notes.of_course(session, trainee, shorter)] == ["m1-2", "m1-1"]


def test_the_oldest_note_at_a_paragraph_comes_first(
    store: Store, course: Course, module: Module, trainee: Actor, clock: Clock
) -> None:
    for text in ("one", "two"):
        write(store, trainee, module, text, clock)
        clock.forward(minutes=1)
    with store.reading() as session:
        assert [one.text for one in notes.of_module(session, trainee, COURSE, "m1-1")] == ["one", "two"]


def test_a_note_tells_when_its_text_changed_and_the_same_text_is_no_change(
    store: Store, module: Module, trainee: Actor, clock: Clock
) -> None:
    note = write(store, trainee, module, "one\r\nline", clock)
    written = clock()
    assert (note.text, note.version) == ("one\nline", 1)
    clock.forward(minutes=1)
    notes.change(note, " one\nline ", 7, clock())  # what another window holds already is no conflict
    assert (note.version, note.changed_at) == (1, written)
    notes.change(note, "two", 1, clock())
    assert (note.version, note.at, note.changed_at) == (2, written, clock())


def test_a_note_holds_its_limit_of_characters_and_not_one_more() -> None:
    assert notes.cleaned(" " + "x" * notes.LONGEST + "\n") == "x" * notes.LONGEST
    with pytest.raises(Refused):
        notes.cleaned("x" * (notes.LONGEST + 1))


def test_a_place_is_due_when_it_is_another_one_after_the_pause(
    store: Store, module: Module, trainee: Actor, clock: Clock
) -> None:
    first, second = [one.mark for one in marks.paragraphs(module)][:2]
    with store.writing() as session:
        places.keep(session, trainee, COURSE, module, first, clock())
    with store.reading() as session:
        due = [
            places.due(session, trainee, name, module, mark, clock() + wait)
            for name, mark, wait in (
                (COURSE, second, places.PAUSE),
                (COURSE, second, places.PAUSE * 0.9),
                (COURSE, first, places.PAUSE),
                ("bridge", first, places.PAUSE * 0),
            )
        ]
    assert due == [True, False, False, True]


def test_where_somebody_stopped_last_is_told_for_each_course_but_for_what_was_read(
    store: Store, course: Course, module: Module, trainee: Actor, clock: Clock
) -> None:
    later = course.module("m1-2")
    assert later
    with store.writing() as session:
        for name, here in ((COURSE, module), (COURSE, later), ("bridge", module)):
            clock.forward(minutes=1)
            places.keep_section(session, trainee, name, here, 1, clock())
    stopped = clock()
    with store.reading() as session:
        assert {name: one.module for name, one in places.stops(session, trainee).items()} == {
            COURSE: "m1-2",
            "bridge": "m1-1",
        }
    with store.writing() as session:
        clock.forward(minutes=1)
        places.keep_section(session, trainee, COURSE, module, 2, clock())
    with store.reading() as session:
        found = places.stops(session, trainee)
        assert (found[COURSE].at, found["bridge"].at) == (clock(), stopped)
    release = Release(
        id=new_id(), kind="course", name=COURSE, sha256="1" * 64, published_at=clock(), current=True, number=1
    )
    with store.writing() as session:
        session.add(release)
        session.flush()
        session.add(Reading(person_id=trainee.id, course=COURSE, module="m1-1", release_id=release.id, read_at=clock()))
    with store.reading() as session:
        found = places.stops(session, trainee)
        assert {name: one.module for name, one in found.items()} == {COURSE: "m1-2", "bridge": "m1-1"}


def _first(module: Module) -> str:
    return next(iter(marks.paragraphs(module))).mark


def test_each_piece_of_text_says_which_section_ends_before_it(store: Store, module: Module, trainee: Actor) -> None:
    sections = [one.section for part in marks.of(module) for one in part]
    assert len(set(sections)) > 2
    with store.reading() as session:
        pieces = [piece for part in notes.margin(session, trainee, COURSE, module).parts for piece in part]
    ends = [before if before != here else None for before, here in pairwise(sections)]
    assert [piece.ends for piece in pieces][1:] == ends


def test_a_paragraph_is_chosen_among_those_of_its_section_alone(module: Module) -> None:
    sections = {one.section for one in marks.paragraphs(module)}
    for section in sections:
        assert {one.section for one in notes.choices(module, section)} == {section}


def test_a_note_keeps_the_beginning_of_its_paragraph_and_its_form_is_of_that_paragraph(
    store: Store, module: Module, trainee: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "QUOTE", 7)
    first, second, *_ = marks.paragraphs(module)
    assert len(first.text) > 7
    with store.writing() as session:
        made = notes.write(session, trainee, COURSE, module, first.mark, "seen", KEY, clock())
        assert made.quote == first.text[:7]
        with pytest.raises(Conflict):  # the same form again, at another paragraph
            notes.write(session, trainee, COURSE, module, second.mark, "seen", KEY, clock())


@pytest.mark.parametrize("typed", ["", "one", "-1", "1" * 10, "٣"])
def test_a_form_that_has_lost_its_version_is_not_taken(typed: str) -> None:
    with pytest.raises(Refused):
        forms.version(MultiDict({"version": typed}))
    assert forms.version(MultiDict({"version": "123456789"})) == 123_456_789


@pytest.mark.parametrize("typed", ["", "no mark", "0" * 7, "0" * 9, "g" * 8])
def test_what_is_no_mark_of_a_paragraph_is_not_taken(typed: str) -> None:
    with pytest.raises(Refused):
        forms.mark(MultiDict({"mark": typed}))
    assert forms.mark(MultiDict({"mark": "0a" * 4})) == "0a" * 4


def test_in_the_file_of_notes_the_text_of_the_course_is_marked_as_a_quotation(
    app: Flask, store: Store, course: Course, module: Module, trainee: Actor, clock: Clock
) -> None:
    note = write(store, trainee, module, "what I think\nof it", clock)
    with app.test_request_context():
        lines = export.text(course, [("m1-1", [note])]).splitlines()
    assert f"> {note.quote.splitlines()[0]}" in lines
    assert "    what I think" in lines
    assert "    of it" in lines
