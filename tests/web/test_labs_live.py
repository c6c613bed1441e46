"""Pages of a live lab: where it begins, the attempt on the own image, and both halves of its points."""

import re

import pytest
from flask.testing import FlaskClient

from tests.conftest import People
from tests.unit.labs import test_live as own_images
from tests.unit.labs.conftest import LAB
from tests.unit.labs.test_live import Bench
from tests.web.conftest import Clients, answered, html_errors, post, send
from training.labs import console

bench, answered_here = own_images.bench, own_images.answered_here
__all__ = ["answered", "answered_here", "bench"]


def test_the_list_and_the_page_say_that_it_is_live(bench: Bench, clients: Clients) -> None:
    listed = clients["trainee"].get("/labs").text
    assert "Live: at a running machine" in listed
    page = clients["trainee"].get(f"/labs/{LAB}").text
    assert html_errors(page) == []
    assert f'action="/labs/{LAB}/live/prepare"' in page
    assert "No machine of this lab was prepared on this server yet." in page
    assert "Ada Lind consented in writing" in page
    assert "Nothing but the workstation." in page
    refused = post(clients["trainee"], f"/labs/{LAB}")
    assert refused.status_code == 409
    assert "begins at its machine" in refused.text


def test_the_own_image_opens_on_the_workbench_with_its_materials(bench: Bench, clients: Clients) -> None:
    attempt = bench.hand_over(bench.take())
    client: FlaskClient = clients["trainee"]
    page = client.get(f"/attempts/{attempt}?run=record").text
    assert html_errors(page) == []
    assert re.search(r"Keys of your image: .*0.* of .* runs", page)
    assert "Record of your console" in page
    assert "Your forms and decisions" in page
    assert "conduct not judged yet" in page
    typed = client.get(f"/attempts/{attempt}/materials/{console.NAME}").text
    assert html_errors(typed) == []
    assert "1 root       init" in typed
    assert clients["colleague"].get(f"/attempts/{attempt}").status_code == 404
    lab = client.get(f"/labs/{LAB}").text
    assert "Go on with your own image" in lab
    assert "Prepare the machine" in lab


def test_a_finding_waits_for_the_keys_and_is_kept(bench: Bench, clients: Clients) -> None:
    attempt = bench.hand_over(bench.take())
    page = f"/attempts/{attempt}?question=q1"
    said = send(clients["trainee"], page, "/findings", value="17", bare="1")
    assert "being worked out" in said.text
    assert 'value="17"' in clients["trainee"].get(page).text


@pytest.mark.usefixtures("answered_here")
def test_results_show_both_halves(bench: Bench, clients: Clients, people: People) -> None:
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    bench.settle()
    line = bench.cite_line(attempt, console.NAME, "1 root")
    bench.submit(attempt, "gone", "lost", [line])
    with bench.rooms.store.writing() as session:
        own_images.judged(session, sha256, 0.8)
    result = clients["instructor"].get(f"/results/{attempt}").text
    assert html_errors(result) == []
    assert "conduct 80 percent" in result
    assert clients["other_instructor"].get(f"/results/{attempt}").status_code == 404
    mine = clients["trainee"].get(f"/attempts/{attempt}").text
    assert "conduct 80 percent" in mine
