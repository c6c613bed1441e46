"""The list of labs: which one is next, where the reader stands in each, and what each trains."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.conftest import Clock, People
from tests.unit.labs.conftest import LAB, Desk
from tests.unit.labs.setting import teacher
from tests.unit.marking.regrades import DeskOf
from tests.web.conftest import Clients, bench, html_errors, post, send
from tests.web.test_home import plain
from training.labs.models import Attempt
from training.labs.service import assignments, circles
from training.labs.service.assignments import Wish
from training.store import new_id

ALONE = "This is practice of your own: your session does not see it."


def set_in_session(desk: Desk, people: People, **given: Any) -> UUID:
    """Set the lab for a circle with the trainee in it; the id of what was set."""
    now = desk.rooms.clock()
    wish = Wish(**{"lab": LAB, "title": "First week", "mode": "practice", "opens_at": now, **given})
    with desk.rooms.store.writing() as session:
        made = assignments.make(session, teacher(people), people.home, wish, now, circle=new_id())
        circles.set_members(session, made, [people["trainee"]])
        return made.id


def row(page: str, lab: str) -> str:
    """What the list says of a lab."""
    found = re.search(rf'<li class="trio"><p><a href="/labs/{lab}".*?</li>', page, re.DOTALL)
    assert found
    return plain(f"<main>{found[0]}")


def test_the_next_lab_stands_first_with_its_time_and_what_it_trains(clients: Clients, desk_of: DeskOf) -> None:
    desk_of("stranger")  # publishes the lab
    page = clients["trainee"].get("/labs").text
    assert html_errors(page) == []
    assert page.count('class="btn main"') == 1
    first = page.split('class="next"', 1)[1].split("</section>", 1)[0]
    assert "A good next one" in first
    assert re.search(rf'<a class="btn main" href="/labs/{LAB}">Look at the briefing</a>', first)
    assert re.search(r"about \d+ minutes", plain(f"<main>{first}"))
    said = row(page, LAB)
    assert "Trains: K6 Processes and history" in said
    assert re.search(r"intermediate About \d+ minutes Open$", said)
    page = clients["trainee"].get(f"/labs/{LAB}").text
    assert re.search(r'<dt>Trains</dt><dd><a href="/competencies#K6">', page)


def test_the_list_says_where_the_reader_stands(clients: Clients, desk_of: DeskOf, clock: Clock) -> None:
    desk: Desk = desk_of("trainee")
    page = clients["trainee"].get("/labs").text
    assert f'<a class="btn main" href="{bench(desk)}">Go on with the lab</a>' in page
    assert row(page, LAB).endswith("points In progress")
    assert send(clients["trainee"], bench(desk), "/close").status_code == 303
    clock.forward(minutes=1)
    page = clients["trainee"].get("/labs").text
    assert row(page, LAB).endswith("points Not passed")
    assert 'class="next"' not in page  # nothing is left that was never begun


def test_what_a_session_sets_is_begun_for_it_and_practice_of_ones_own_says_so(
    clients: Clients, desk_of: DeskOf, people: People, clock: Clock
) -> None:
    desk, client, lab = desk_of("trainee"), clients["trainee"], f"/labs/{LAB}"
    assert ALONE not in client.get(lab).text, "no session sets it"
    later = clock() + timedelta(hours=1)
    ours = set_in_session(desk, people, opens_at=later)
    assert ALONE in client.get(lab).text, "it has not opened: whoever goes on now is alone"
    assert send(client, bench(desk), "/close").status_code == 303
    before = client.get(lab).text
    assert re.search(r"Begin the lab anew</button>.*" + re.escape(ALONE), before)
    assert post(client, lab, lab).status_code == 303
    clock.forward(minutes=61)
    client = clients["trainee"]
    page = client.get(lab).text
    assert html_errors(page) == []
    assert page.count('class="btn main"') == 1
    assert re.search(r'class="btn main" name="set" value="1">Begin it for your session<', page)
    assert "First week" in page
    assert ALONE in page
    listed = client.get("/labs").text
    assert html_errors(listed) == []
    assert re.search(rf'Set in your session.*<a class="btn main" href="{lab}">Look at the briefing', listed, re.DOTALL)
    home = plain(client.get("/").text)
    assert "First week Practice: " in home
    assert "no last date" not in home
    assert "Not begun" in home
    assert row(listed, LAB).count("Practice: First week") == 1
    assert " open " not in row(listed, LAB)
    began = post(client, lab, lab, set="1")
    assert began.status_code == 303
    with desk.rooms.store.reading() as session:
        attempts = session.query(Attempt).order_by(Attempt.opened_at).all()
        mine = [(one.assignment_id, one.closed_at is None) for one in attempts if one.person_id == people["trainee"]]
    assert mine == [(None, False), (None, False), (ours, True)], "the session's, and those of one's own are closed"
    assert post(client, lab, lab, set="1").location == began.location, "twice begins once"
    page = client.get(lab).text
    assert ALONE not in page
    assert "Not begun" not in plain(client.get("/").text)
    listed = client.get("/labs").text
    assert f'<a class="btn main" href="{began.location}">Go on with the lab</a>' in listed
