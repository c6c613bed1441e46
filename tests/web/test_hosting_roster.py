"""Rosters, join codes and slips as hosts, newcomers, people of the session and attackers meet them."""
# ruff: noqa: RUF001

import io
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import encode_multipart

from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching, open_teaching
from tests.web.conftest import Clients, enter, html_errors, is_in, post
from training.hosting.roster.service import joining
from training.store import Store

CLASS = "Number,Name,Seat\n00101,Awa Diop,02\n00102,محمد الأمين,03\n"
EVIL = (
    "Number,Name,Seat,Group\n"
    '1,<script>alert(1)</script>,02,"<img src=x onerror=alert(1)>"\n'
    "2,Awa \u202egpj.exe,03,x\n"
    "3,=cmd|' /C calc'!A0,04,y\n"
)


@pytest.fixture
def here(store: Store, people: People, clock: Clock) -> str:
    """The address of a planned session of the home organisation."""
    with store.writing() as session:
        return f"/sessions/{make_teaching(session, people, clock()).id}"


def send(client: FlaskClient, here: str, text: str | bytes) -> str:
    """Send a file; the address of what it would do."""
    data = text if isinstance(text, bytes) else text.encode()
    form = {"csrf_token": token_of(client.get(f"{here}/roster").text), "roster": (io.BytesIO(data), "class.csv")}
    done = client.post(f"{here}/roster", data=form, content_type="multipart/form-data")
    assert done.status_code == 303, done.text
    return str(done.location)


def apply(client: FlaskClient, page: str, **more: str) -> int:
    mark = re.search(r'name="mark" value="([0-9a-f]{64})"', client.get(page).text)
    assert mark
    return post(client, page, f"{page}/apply", mark=mark[1], **more).status_code


def slips_of(client: FlaskClient, here: str) -> dict[str, str]:
    """Make slips for everybody who is ticked; the codes by name."""
    page = client.get(f"{here}/roster").text
    seed = re.search(r'name="seed" value="([\w-]+)"', page)
    assert seed
    ticked = re.findall(r'name="person" value="([0-9a-f-]+)"[^>]* checked', page)
    form = {"csrf_token": token_of(page), "seed": seed[1], "person": ticked, "per_page": "10"}
    done = client.post(f"{here}/roster/slips", data=form)
    assert done.status_code == 200
    assert html_errors(done.text) == []
    found = re.findall(r'slip-name" dir="auto">([^<]+?) ?<.*?slip-code"><bdi dir="ltr">([\w-]+)<', done.text, re.DOTALL)
    return {name.strip(): code for name, code in found}


def new_code(client: FlaskClient, here: str, **terms: str) -> str:
    given = {"before": "", "opens_at": "2026-11-25T09:00", "closes_at": "2026-11-27T18:00", "most": "9", **terms}
    assert post(client, f"{here}/roster", f"{here}/roster/code", **given).status_code == 303
    shown = re.search(r'class="big"><b><bdi dir="ltr">(\w+ \d{4})<', client.get(f"{here}/roster").text)
    assert shown
    return shown[1]


def test_a_host_brings_people_in_from_a_list_and_each_comes_in_by_a_slip(
    clients: Clients, here: str, app: object
) -> None:
    host = clients["host"]
    assert html_errors(host.get(f"{here}/roster").text) == []
    page = send(host, here, CLASS)
    shown = host.get(page).text
    assert html_errors(shown) == []
    for said in ("Would be added", "awa.diop", "t00102", "In the session, not in the list"):
        assert said in shown
    assert apply(host, page) == 303
    assert "What the list did" in host.get(page).text
    codes = slips_of(host, here)
    assert set(codes) == {"Awa Diop", "محمد الأمين"}
    newcomer = app.test_client()  # type: ignore[attr-defined]
    done = post(newcomer, "/join", code=codes["Awa Diop"].upper().replace("-", " "))
    assert done.status_code == 303
    slip = newcomer.get(done.location).text
    assert html_errors(slip) == []
    assert "Awa Diop" in slip
    assert not is_in(newcomer)
    entered = post(newcomer, done.location)
    assert entered.location.startswith("/join/password")
    assert html_errors(newcomer.get(entered.location).text) == []
    weak = post(newcomer, entered.location, password="short", again_password="short")
    assert (weak.status_code, "10 characters" in weak.text) == (422, True)
    differ = post(newcomer, entered.location, password="a long password 1", again_password="a long password 2")
    assert "two passwords differ" in differ.text
    kept = post(newcomer, entered.location, password="a long password 1", again_password="a long password 1")
    assert kept.location == here
    assert newcomer.get(here).status_code == 200
    again = app.test_client()  # type: ignore[attr-defined]
    assert enter(again, "awa.diop", "a long password 1").status_code == 303
    assert (
        post(newcomer, "/join/password", password="another password", again_password="another password").status_code
        == 409
    )


def test_seats_of_another_room_are_told_once_and_taken_with_a_tick(clients: Clients, here: str) -> None:
    host = clients["host"]
    page = send(host, here, "Name,Seat\n" + "".join(f"Person Of{seat},A{seat}\n" for seat in range(1, 30)))
    shown = host.get(page).text
    assert html_errors(shown) == []
    assert shown.count("No seat of this list is one of the room, which has seats 01 to 30.") == 1
    assert shown.count("Doubtful") == 1
    assert "I have looked at what is doubtful" in shown
    assert apply(host, page, doubts="1") == 422
    assert apply(host, page, doubts="1", sure="1") == 303


def test_pasted_names_are_a_list_and_refused_text_comes_back(clients: Clients, here: str) -> None:
    host = clients["host"]
    done = post(host, f"{here}/roster", people="Awa Diop\nLi Na\n")
    assert done.status_code == 303
    assert "li.na" in host.get(done.location).text
    bad = post(host, f"{here}/roster", people='Name,Number\nAwa,1\n"<b>Li,2\nOle,3\nUte,4\n')
    assert bad.status_code == 422
    assert "never closed" in bad.text
    assert "&lt;b&gt;Li,2" in bad.text


def test_an_old_encoding_is_shown_by_names_and_chosen(clients: Clients, here: str) -> None:
    host = clients["host"]
    page = send(host, here, "ФИО;Номер\nИванов Пётр;1\nСмирнова Ольга;2\n".encode("cp1251"))
    shown = host.get(page).text
    assert html_errors(shown) == []
    assert "Windows-1251" in shown
    assert "Èâàíîâ" in shown
    columns = {"column-0": "name", "column-1": "number"}
    assert post(host, page, encoding="cp1252", separator="semicolon", head="yes", **columns).status_code == 303
    assert 'value="cp1252" checked' in host.get(page).text


def test_a_list_without_heads_asks_what_its_columns_hold(clients: Clients, here: str) -> None:
    host = clients["host"]
    page = send(host, here, "00101;Awa Diop\n00102;Li Na\n")
    assert "Say which column holds the names" in host.get(page).text
    columns = {"column-0": "number", "column-1": "name"}
    post(host, page, separator="semicolon", head="no", **columns)
    assert "awa.diop" in host.get(page).text


def test_doubts_want_a_tick_and_what_was_seen_is_what_is_done(clients: Clients, here: str) -> None:
    host = clients["host"]
    page = send(host, here, 'Name,Number\nAwa,"1,23E+11"\n')
    assert apply(host, page, doubts="1") == 422
    assert post(host, page, f"{page}/apply", mark="0" * 64).status_code == 409
    assert apply(host, page, doubts="1", sure="1") == 303


def test_markup_direction_marks_and_formulas_of_a_list_are_text(clients: Clients, here: str) -> None:
    host = clients["host"]
    page = send(host, here, EVIL)
    shown = host.get(page).text
    assert html_errors(shown) == []
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "\u202e" not in shown
    assert "starts like a formula" in shown
    assert apply(host, page, doubts="1", sure="1") == 303
    table = host.get(f"{here}/roster/file").text
    for text in (host.get(f"{here}/roster").text, host.get(f"{here}/people").text):
        assert "<script>alert" not in text
        assert "\u202e" not in text
    assert re.search(r'(^|,)"?[=+@-]', table, re.MULTILINE) is None


def test_bombs_are_refused_and_the_server_goes_on(clients: Clients, here: str) -> None:
    host = clients["host"]
    token = token_of(host.get(f"{here}/roster").text)
    for bomb in (
        b"," * 520_000,
        b'"' * 500_001,
        b"PK\x03\x04" + b"\0" * 1000,
        b"x" * 600_000,
        b"Name\n" + b"a\n" * 5000,
    ):
        boundary, data = encode_multipart({"csrf_token": token, "roster": (io.BytesIO(bomb), "x.csv")})
        kind = f"multipart/form-data; boundary={boundary}"
        assert host.post(f"{here}/roster", data=data, content_type=kind).status_code == 422
    assert host.get(f"{here}/roster").status_code == 200


def test_a_code_lets_in_who_is_expected_and_newcomers_only_if_they_may(
    clients: Clients, here: str, app: object
) -> None:
    code = new_code(clients["host"], here)
    assert post(clients["trainee"], f"/join/{code}").location == here
    refused = post(clients["colleague"], f"/join/{code}")
    assert (refused.status_code, "not on the list" in refused.text) == (422, True)
    guest = app.test_client()  # type: ignore[attr-defined]
    page = guest.get(f"/join/{code.upper()}").text
    assert html_errors(page) == []
    assert "You are new here" not in page
    new = {"name": "Li Na", "password": "correct horse battery", "again_password": "correct horse battery"}
    assert post(guest, f"/join/{code}", f"/join/{code}/new", **new).status_code == 422
    before = re.search(r'name="before" value="([0-9a-f-]{36})"', clients["host"].get(f"{here}/roster").text)
    assert before
    open_to_all = new_code(clients["host"], here, before=before[1], walk_ins="1")
    assert guest.get(f"/join/{code}").status_code == 404
    assert "You are new here" in guest.get(f"/join/{open_to_all}").text
    done = post(guest, f"/join/{open_to_all}", f"/join/{open_to_all}/new", **new)
    assert done.location == here
    assert "li.na" in guest.get(here).text
    assert post(clients["stranger"], f"/join/{open_to_all}").location == here
    assert clients["stranger"].get(here).status_code == 200


def test_nobody_dodges_the_wait_with_headers_of_their_own(clients: Clients, here: str, app: object) -> None:
    code = new_code(clients["host"], here)
    guest = app.test_client()  # type: ignore[attr-defined]
    token = token_of(guest.get("/join").text)

    def guess(n: int) -> int:
        made_up = {"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.0.1.{n}", "Forwarded": f"for=10.0.2.{n}"}
        form = {"csrf_token": token, "code": f"olive {n:04}"}
        return int(guest.post("/join", data=form, headers=made_up).status_code)

    assert [guess(n) for n in range(joining.FREE + 2)] == [404] * joining.FREE + [429] * 2
    assert guest.get(f"/join/{code}", headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429


def test_another_laptop_goes_on_with_the_same_attempt(
    clients: Clients, app: object, store: Store, people: People, clock: Clock, published: str
) -> None:
    with store.writing() as session:
        teaching = open_teaching(session, people, make_teaching(session, people, clock()), clock())
        key = teaching.id
    begun = post(clients["trainee"], "/labs/finance-workstation")
    assert begun.status_code == 303
    host, here = clients["host"], f"/sessions/{key}"
    page = host.get(f"{here}/roster").text
    seed = re.search(r'name="seed" value="([\w-]+)"', page)
    assert seed
    form = {"csrf_token": token_of(page), "seed": seed[1], "person": str(people["trainee"])}
    code = re.search(r'slip-code"><bdi dir="ltr">([\w-]+)<', host.post(f"{here}/roster/slips", data=form).text)
    assert code
    other = app.test_client()  # type: ignore[attr-defined]
    assert post(other, f"/join/{code[1]}").location == here
    assert other.get(begun.location).status_code == 200
    assert is_in(clients["trainee"]), "the first laptop is not signed out"


def test_a_signed_in_reader_is_told_that_a_slip_is_for_somebody_else(clients: Clients, here: str) -> None:
    page = send(clients["host"], here, CLASS)
    apply(clients["host"], page)
    code = slips_of(clients["host"], here)["Awa Diop"]
    shown = clients["colleague"].get(f"/join/{code}").text
    assert "You are signed in as Colleague" in shown
    assert clients["colleague"].get("/account").status_code == 200


def test_slips_are_printed_in_the_language_of_the_session(
    clients: Clients, store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        here = f"/sessions/{make_teaching(session, people, clock(), language='ar').id}"
    apply(clients["host"], send(clients["host"], here, CLASS))
    page = clients["host"].get(f"{here}/roster").text
    seed = re.search(r'name="seed" value="([\w-]+)"', page)
    who = re.search(r'name="person" value="([0-9a-f-]+)"[^>]* checked', page)
    assert seed
    assert who
    form = {"csrf_token": token_of(page), "seed": seed[1], "person": str(UUID(who[1]))}
    shown = clients["host"].post(f"{here}/roster/slips", data=form).text
    assert '<html lang="ar" dir="rtl"' in shown
    assert '<bdi dir="ltr">localhost/join</bdi>' in shown


def test_a_column_that_is_not_read_is_named_in_sight(clients: Clients, here: str) -> None:
    page = clients["host"].get(send(clients["host"], here, "Name,Shoe size\nAwa Diop,42\n")).text
    assert html_errors(page) == []
    told = page.index("1 column is not read")
    assert "Shoe size" in page[told : told + 200]
    assert told < page.index('<details class="fold" id="reading" open>')
    whole = clients["host"].get(send(clients["host"], here, "Name,Group or agency\nAwa Diop,Coast Guard\n")).text
    assert "is not read" not in whole
    assert "Coast Guard" in whole
