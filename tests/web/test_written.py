"""Every page that shows an exhibit which was written for training says so, and no other page does."""

import re

import pytest
from sqlalchemy import text

from tests.unit.credentials.conftest import texts
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, bench, html_errors

SAID = "Written for training: no Windows machine was captured."


@pytest.fixture
def written(desk: Desk) -> Desk:
    """The exhibit of the attempt counts as a written one of Windows: it has a run, and the report is begun."""
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        origin = "Written for training: no Windows machine was captured."
        session.execute(text("UPDATE exhibit SET os = 'windows', origin = :origin"), {"origin": origin})
    return desk


def pages(desk: Desk) -> list[str]:
    at = f"/attempts/{desk.attempt_id}"
    return [
        f"/labs/{desk.lab.id}",
        bench(desk),
        bench(desk, run=1),
        f"{at}/report",
        f"{at}/report/preview",
        f"{at}/report/court",
    ]


def test_a_written_exhibit_is_said_to_be_one_on_each_page_that_shows_it(clients: Clients, written: Desk) -> None:
    for address in pages(written):
        answer = clients["trainee"].get(address)
        assert answer.status_code == 200, address
        assert html_errors(answer.text) == []
        assert SAID in answer.text, address
        assert answer.text.index(SAID) < answer.text.index('id="main"'), "before everything else"


def test_the_report_says_it_on_paper_too(clients: Clients, written: Desk) -> None:
    answer = clients["trainee"].get(f"/attempts/{written.attempt_id}/report.pdf")
    assert answer.status_code == 200
    assert re.sub(r"\s", "", SAID) in re.sub(r"\s", "", "".join(texts(answer.data)))


def test_a_captured_exhibit_is_not_said_to_be_written(clients: Clients, desk: Desk) -> None:
    for address in (bench(desk), f"/attempts/{desk.attempt_id}/report/preview"):
        assert "Written for training" not in clients["trainee"].get(address).text
