"""Mastery by objective: points of its questions, by the latest answers, and how a page shows it."""

from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from tests.conftest import Clock, People
from tests.unit.learning import small_course
from training.accounts.actor import Actor
from training.courses.manuscript.format import Objective
from training.learning import service
from training.learning.service import mastery, refreshing
from training.learning.service.mastery import Behind, Mastery
from training.settings import Settings
from training.store import Store


@pytest.fixture
def trainee(store: Store, settings: Settings, clock: Clock, people: People, tmp_path: Path) -> Actor:
    small_course.publish(store, settings, clock, small_course.write(tmp_path))
    return Actor(people["trainee"], "Trainee", people.home)


def found(store: Store, settings: Settings, actor: Actor) -> dict[str, Mastery]:
    with store.reading() as session:
        place = service.place(session, settings.instance, actor, small_course.NAME)
        return {one.objective.id: one for one in mastery.of_course(session, actor, place)[small_course.MODULE]}


def test_each_objective_has_its_share_and_its_questions(
    store: Store, settings: Settings, clock: Clock, trainee: Actor
) -> None:
    before = found(store, settings, trainee)
    assert [(one.state, one.percent, one.mastered) for one in before.values()] == [("open", 0, False)] * 2
    small_course.answer(store, settings, clock, trainee, 4, 2)
    after = found(store, settings, trainee)
    assert (int(after["o1"].points), after["o1"].percent, after["o1"].state) == (4, 80, "ok")
    assert (int(after["o2"].points), after["o2"].percent, after["o2"].state) == (0, 0, "work")
    assert [one.state for one in after["o1"].questions] == ["ok"] * 4 + ["bad"]
    assert [one.state for one in after["o2"].questions] == ["bad"] + ["open"] * 4
    small_course.answer(store, settings, clock, trainee, 3, 1)
    assert found(store, settings, trainee)["o1"].percent == 60  # the latest answers count


@pytest.mark.parametrize(
    ("shares", "percent", "mastered"),
    [
        ([Fraction(4, 5)], 80, True),
        ([Fraction(799, 1000)], 79, False),
        ([1, 1, Fraction(1, 3)], 77, False),
        ([1, 1, Fraction(2, 5)], 80, True),
        ([None, 1], 50, False),
        ([], 0, False),
    ],
)
def test_mastery_is_80_percent_exactly_and_shown_rounded_down(
    shares: list[Fraction | None],
    percent: int,
    mastered: bool,  # noqa: FBT001
) -> None:
    objective = Objective(id="o1", text="State it", bloom="apply", feeds=("K6",))
    one = Mastery(objective, tuple(Behind(f"q{n}", n, share) for n, share in enumerate(shares)))
    assert (one.percent, one.mastered) == (percent, mastered)


def test_the_partial_shows_state_in_word_and_shape(
    app: Flask, store: Store, settings: Settings, clock: Clock, trainee: Actor
) -> None:
    small_course.answer(store, settings, clock, trainee, 4, 1)
    given = tuple(found(store, settings, trainee).values())
    with app.test_request_context():
        here = render_template_string('{% include "learning/_mastery.html" %}', mastery=given)
        page = render_template_string('{% include "learning/_mastery.html" %}', mastery=given, base="/courses/x/m3-2")
    assert "Mastered, 80 %" in page
    assert "Not begun" in page
    assert "<a " not in here, "beside its questions the list needs no way to them"
    assert '<a href="/courses/x/m3-2#m3-2-q5">' in page
    assert ": not right</span>" in page
    assert "#s-ok" in page


def test_home_shows_what_returns_today_or_what_would(app: Flask) -> None:
    with app.test_request_context():
        pages = [render_template_string('{% include "learning/_today.html" %}', returning=n).strip() for n in (0, 1, 3)]
    assert "Nothing returns today." in pages[0]
    assert "that you missed" not in pages[0]
    assert "1 question that you missed" in pages[1]
    assert "3 questions that you missed" in pages[2]
    assert 'href="/refresher"' in pages[2]


def test_the_home_page_is_told_how_many_questions_return(
    store: Store, settings: Settings, clock: Clock, trainee: Actor
) -> None:
    def waiting() -> int:
        with store.reading() as session:
            return refreshing.waiting(session, trainee, clock(), settings.zone)

    assert waiting() == 0
    small_course.answer(store, settings, clock, trainee, 7, 3)
    assert waiting() == 0
    clock.forward(days=1)
    assert waiting() == 3
    with store.reading() as session:
        assert len(refreshing.returning(session, settings.instance, trainee, clock(), settings.zone)) == 3
