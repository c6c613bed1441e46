"""The list of labs: which one is next, where the reader stands in each, and what each trains."""

import re

from tests.conftest import Clock
from tests.unit.labs.conftest import LAB, Desk
from tests.unit.marking.regrades import DeskOf
from tests.web.conftest import Clients, bench, html_errors, send
from tests.web.test_home import plain


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
