"""Statistics and signs say how many people they rest on: from how many on something is said, and who is left out."""

from html import unescape

import pytest
from flask import Flask, render_template

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from tests.web import test_marking_statistics as pages
from tests.web.conftest import Clients, html_errors
from tests.web.test_marking_statistics import at
from training.content.models import Release
from training.grading import items
from training.grading.items import Choices, First
from training.labs.models import Attempt
from training.marking.service import pool
from training.marking.service.items import Row, Statistics

classroom = pages.classroom  # fixture


def test_pages_say_whom_they_leave_out(
    clients: Clients, classroom: Desk, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Looked at are the people who began last; 1 person who began earlier is left out."
    places = [at(classroom, people, page) for page in ("statistics", "signs")]
    assert [said in clients["instructor"].get(place).text for place in places] == [False, False]
    monkeypatch.setattr(pool, "MOST_PEOPLE", 1)
    pages = [clients["instructor"].get(place).text for place in places]
    assert [said in page for page in pages] == [True, True]
    assert [html_errors(page) for page in pages] == [[], []]


@pytest.mark.parametrize(
    ("persons", "told"), [(1, (True, True)), (6, (True, True)), (12, (False, True)), (60, (False, False))]
)
def test_from_how_many_on_options_are_judged_and_how_many_there_are(
    app: Flask, classroom: Desk, people: People, persons: int, told: tuple[bool, bool]
) -> None:
    with classroom.rooms.store.reading() as session:
        release = session.get_one(Release, session.get_one(Attempt, classroom.attempt_id).release_id)
    question = classroom.lab.questions[0].model_copy(update={"options": {"a": "ran before", "b": "was running"}})
    firsts = [First(f"p{n}", "q1", 5, float(n % 2), options=("ab"[n % 2],)) for n in range(persons)]
    (item,) = items.analyse({"q1": Choices(("a", "b"), frozenset("b"))}, firsts)
    found = Statistics(release, 1, classroom.lab, (Row(1, question, item, (1,), 0),), persons, 1)
    given = {"found": found, "organisation_id": people.home, "limits": items, "spread": items.fisher(0.3, persons)}
    with app.test_request_context():
        page = unescape(render_template("marking/figures.html", **given))
    assert html_errors(page) == []
    there = f"there {'is' if persons == 1 else 'are'} {persons}"
    said = (
        f"The key is checked against the upper half from 10 people on; {there}: needs {10 - persons} more.",
        f"An option that nobody takes is named from 40 people on; {there}: needs {40 - persons} more.",
    )
    assert tuple(one in page for one in said) == told
