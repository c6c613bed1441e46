"""The home page: what waits for an instructor, what is set for a trainee, what was released."""

import re
from html import unescape

from tests.conftest import Clock, People
from tests.hosting_place import make_teaching
from tests.unit.labs.conftest import LAB, Desk
from tests.unit.marking.regrades import DeskOf
from tests.web.conftest import Clients, SignInAs, bench, html_errors, send
from tests.web.test_labs_assignments import set_lab
from tests.web.test_marking_appeals import send as complain
from training.store import Store

OTHERS = ("trainee", "colleague", "host", "administrator", "stranger", "other_instructor")


def plain(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1])).split())


def test_an_instructor_reads_what_waits_at_home_and_in_marking(desk: Desk, clients: Clients) -> None:
    quiet = clients["instructor"].get("/marking").text
    assert "Nothing waits for you." in quiet
    assert "Waiting for you" not in clients["instructor"].get("/").text
    finding = desk.submit("q1", "3").finding
    assert finding is not None
    complain(clients["trainee"], f"/attempts/{desk.attempt_id}/appeals", finding.id)
    for path in ("/", "/marking"):
        page = clients["instructor"].get(path).text
        assert "Waiting for you 1 open appeal" in plain(page)
        assert html_errors(page) == []
    for who in OTHERS:
        assert "open appeal" not in clients[who].get("/").text


def test_a_trainee_reads_what_is_set_and_what_was_released(
    clients: Clients, desk_of: DeskOf, clock: Clock, sign_in: SignInAs
) -> None:
    desk_of("stranger")  # publishes the lab
    here = set_lab(clients, title="Week <one>")
    page = clients["trainee"].get("/").text
    assert html_errors(page) == []
    assert "Week <one> Examination:" in plain(page)
    assert "until 2026-11-26 09:00Z 90 minutes from the beginning Not begun" in plain(page)
    desk = desk_of("trainee")
    begun = plain(clients["trainee"].get("/").text)
    assert "until 2026-11-25 10:30Z In progress" in begun
    assert f'href="{bench(desk)}"' in clients["trainee"].get("/").text
    for who in ("stranger", "instructor"):
        assert "Week <one>" not in plain(clients[who].get("/").text)
    assert send(clients["instructor"], here, "/release", sure="1").status_code == 303
    clock.forward(minutes=1)
    released = clients["trainee"].get("/").text
    assert "Results released in the last 14 days Week <one>" in plain(released)
    assert "Set for you" not in released
    assert html_errors(released) == []
    clock.forward(days=15)
    assert "Week <one>" not in plain(sign_in("trainee").get("/").text)


def test_an_examination_comes_first_and_says_what_stands_in_its_way(clients: Clients, desk_of: DeskOf) -> None:
    practice = desk_of("trainee")
    assert "Go on with the lab" in plain(clients["trainee"].get("/").text)
    set_lab(clients)
    page = clients["trainee"].get("/").text
    said = plain(page)
    assert "Go on with the lab" not in said
    assert "Next: Examination Week one The examination 'Week one' is open, and this attempt was begun before" in said
    assert f'<a class="btn main" href="{bench(practice)}">To the attempt that is to be closed</a>' in page
    assert html_errors(page) == []
    assert "Go on with the lab" not in plain(clients["trainee"].get(f"/labs/{LAB}").text)
    assert send(clients["trainee"], bench(practice), "/close").status_code == 303
    assert "To the examination" in plain(clients["trainee"].get("/").text)
    desk = desk_of("trainee")
    begun = clients["trainee"].get("/").text
    assert f'<a class="btn main" href="{bench(desk)}">Go on with the examination</a>' in begun


def test_the_next_date_and_the_last_are_told_with_their_shares(clients: Clients, desk_of: DeskOf) -> None:
    desk_of("stranger")
    dates = {"until": ["2026-11-26 09:00", "2026-11-27 09:00"], "percent": ["100", "50"], "minutes": ""}
    set_lab(clients, mode="practice", **dates)
    for path in ("/", "/labs"):
        said = plain(clients["trainee"].get(path).text)
        assert "100 % until 2026-11-26 09:00Z at the last 50 % until 2026-11-27 09:00Z" in said


def test_home_is_what_to_do_next_and_two_columns_beside_it(clients: Clients, desk_of: DeskOf) -> None:
    desk_of("stranger")  # publishes the lab
    page = clients["trainee"].get("/").text
    assert html_errors(page) == []
    assert page.count('class="next"') == page.count('class="btn main"') == 1
    main, aside = page.split('class="two"', 1)[1].split('<div class="stack wide">')[1:3]
    assert "Labs in work You are at work on no lab." in plain(f"<main>{main}")
    assert f'A good next one: <a href="/labs/{LAB}">' in main
    for words in ("Sessions You are in no session.", "Refreshers Nothing returns today.", "Competencies What you have"):
        assert words in plain(f"<main>{aside}")
    assert 'href="/join"' in aside
    assert "Set up a session" not in aside
    assert 'href="/sessions/new"' in clients["host"].get("/").text


def test_a_lab_in_work_is_next_and_stands_among_those_in_work(clients: Clients, desk_of: DeskOf) -> None:
    desk = desk_of("trainee")
    page = clients["trainee"].get("/").text
    title, said = desk.lab.title, plain(page)
    assert f"Next: Lab {title}" in said
    assert re.search(r"Go on with the lab about \d+ minutes", said)
    assert re.search(rf"Labs in work {title} Begun 2026-11-25 09:00Z 0 / \d+ points", said)
    assert "You are at work on no lab" not in said


def test_whoever_prepares_a_session_is_led_to_it(clients: Clients, store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        here = f"/sessions/{make_teaching(session, people, clock()).id}"
    said = plain(clients["instructor"].get("/").text)
    assert "Next: Session Autumn week It is being prepared." in said
    assert f'<a class="btn main" href="{here}">To the session</a>' in clients["instructor"].get("/").text
    assert "Next: Session" not in plain(clients["trainee"].get("/").text)


def test_an_administrator_finds_what_is_theirs_at_home_and_beside_the_people(clients: Clients) -> None:
    link = '<a href="/organisations">'
    client = clients["administrator"]
    for path in ("/", "/people"):
        shown = client.get(path).text
        assert html_errors(shown) == []
        assert link in shown, path
    mine = client.get("/").text.split("For you as an administrator", 1)[1].split("</section>", 1)[0]
    for address in re.findall(r'href="([^"]+)"', mine):
        assert client.get(address).status_code == 200, address
    for who in ("trainee", "instructor", "host"):
        assert "For you as an administrator" not in clients[who].get("/").text
    for who in ("instructor", "host"):
        listed = clients[who].get("/people")
        assert listed.status_code == 200, who
        assert link not in listed.text
