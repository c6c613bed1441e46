"""Pages of live work: begin, read the authority, type, note, decide, carry media, acquire; and those of instructors."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, People, token_of
from tests.machines_place import LAB, Machines, live_lab, range_of
from tests.web.conftest import Clients, html_errors, post
from training.machines.models import Decision, Entry, Form, Response
from training.settings import Settings
from training.store import Store

IN_PLACE = {"X-Engram": "parts"}


@pytest.fixture
def machines(app: Flask, settings: Settings, store: Store, people: People, clock: Clock, tmp_path: Path) -> Machines:
    live_lab(settings, store, tmp_path, clock())
    made = Machines(clock)
    app.extensions["range"] = range_of(settings, made)
    return made


def begin(client: FlaskClient, *, arrive: bool = True) -> str:
    """The address of a machine that a trainee has begun at."""
    came = post(client, "/labs", f"/labs/{LAB}/live")
    assert came.status_code == 303, came.text
    if arrive:
        assert post(client, came.location, f"{came.location}/confirm").status_code == 303
    return str(came.location)


def send(client: FlaskClient, page: str, line: str, query: str = "", **headers: str) -> str:
    """Type a line as the page does; what came."""
    key = re.search(r'name="request_key" value="([\w-]+)"', client.get(page).text)
    assert key
    came = post(client, page, f"{page}/type{query}", headers=headers, line=line, request_key=key[1])
    assert came.status_code in {200, 303}, came.text
    return client.get(came.location).text if came.status_code == 303 else came.text


def test_nothing_can_be_typed_before_the_authority_is_confirmed_and_all_can_be_read(
    clients: Clients, machines: Machines
) -> None:
    client = clients["trainee"]
    page = begin(client, arrive=False)
    text = client.get(page).text
    assert "Ada Lind consented in writing" in text
    assert "The share with the wages is not covered." in text
    assert "What becomes of the link?" in text
    assert 'name="line"' not in text
    assert "The console opens when the authority" in text
    assert html_errors(text) == []
    refused = client.post(f"{page}/type", data={"csrf_token": token_of(text), "line": "ps", "request_key": "12345678"})
    assert refused.status_code == 409
    assert "Read the authority and its limits" in refused.text


def test_a_line_is_typed_without_a_script_and_its_output_is_evidence(clients: Clients, machines: Machines) -> None:
    client = clients["trainee"]
    page = begin(client)
    machines.answers["cat x"] = (b"<script>\x1b[31m\xe2\x80\xae\x07&\x00\r\n", 2)
    text = send(client, page, "cat x")
    assert "&lt;script&gt;" in text
    assert "U+202E" in text
    assert "\x1b" not in text
    assert "exit 2" in text
    assert html_errors(text) == []


def test_a_script_gets_the_parts_alone_and_few_bytes(clients: Clients, machines: Machines) -> None:
    client = clients["trainee"]
    page = begin(client)
    machines.answers["cat big"] = (bytes(range(256)) * 4096, 0)
    for number in range(14):
        text = send(client, page, "cat big", f"?after={number}", **IN_PLACE)
        assert "<!doctype" not in text
        assert len(text.encode()) <= 20 << 10
    known = client.get(f"{page}/moving?after=13")
    assert len(known.data) <= 20 << 10
    assert 'id="e14"' in known.text
    assert 'id="e13"' not in known.text
    again = client.get(f"{page}/moving?after=13", headers={"If-None-Match": known.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_weighs_little_whatever_was_printed(clients: Clients, machines: Machines, app: Flask) -> None:
    client = clients["trainee"]
    page = begin(client)
    machines.answers["cat big"] = (b"<&>\x00" * (1 << 18), 0)
    for _ in range(12):
        send(client, page, "cat big")
    text = client.get(page).text
    extra = sum(len(client.get(name).data) for name in re.findall(r'(?:href|src)="(/static/[^"]+)"', text))
    assert len(text.encode()) + extra <= 100 << 10


def test_the_whole_output_is_read_in_parts_and_taken_as_it_came(clients: Clients, machines: Machines) -> None:
    client = clients["trainee"]
    page = begin(client)
    whole = b"".join(b"line %06d\r\n" % number for number in range(10_000))
    machines.answers["log"] = (whole, 0)
    assert "left out here" in send(client, page, "log")
    first = client.get(f"{page}/entries/1").text
    assert "line 000000" in first
    assert "Go on" in first
    assert html_errors(first) == []
    last = client.get(f"{page}/entries/1?at={len(whole) - 13}").text
    assert "line 009999" in last
    taken = client.get(f"{page}/entries/1/output")
    assert taken.data == whole
    assert taken.headers["Content-Disposition"] == 'attachment; filename="output-1.bin"'
    assert client.get(f"{page}/entries/2").status_code == 404


def test_a_remark_a_form_and_a_decision_are_kept(clients: Clients, machines: Machines, store: Store) -> None:
    client = clients["trainee"]
    page = begin(client)
    send(client, page, "ps")
    assert post(client, page, f"{page}/remarks", text="one is missing", entry="1").status_code == 303
    scene = {"screen": "on", "guest_clock": "2026-03-10 12:00:12", "reference_clock": "2026-03-10 12:00:00"}
    assert post(client, page, f"{page}/scene", **scene, offset="-12").status_code == 303
    text = client.get(page).text
    assert "one is missing" in text
    assert "ahead is plus" in text
    assert post(client, page, f"{page}/scene", **scene, offset="+12").status_code == 303
    assert "clock is +12 seconds ahead" in client.get(page).text
    assert post(client, page, f"{page}/decisions/link", choice="cut", reason="It can be wiped.").status_code == 303
    with store.reading() as session:
        forms, decisions = session.query(Form).all(), session.query(Decision).all()
    assert [one.clock_offset for one in forms] == [12.0, 12.0]
    assert [(one.fork, one.choice) for one in decisions] == [("link", "cut")]
    assert list(machines.orders.values()) == [["live", "link cut"]]


@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        ("remarks", {"text": " "}, "This field is empty"),
        ("scene", {"guest_clock": "noon", "reference_clock": "noon", "offset": "1"}, "is no time"),
        ("scene", {"guest_clock": "2026-03-10 12:00:00"}, "is no time"),
        ("scene", {"guest_clock": "2026-13-10 12:00:00"}, "is no time"),
        ("custody", {"item": "The image"}, "This field is empty"),
        ("decisions/link", {"choice": "cut"}, "This field is empty"),
        ("decisions/link", {"choice": "burn", "reason": "why not"}, "Choose what you decide"),
        ("hand-over", {"image": ""}, "is not a whole number"),
        ("hand-over", {"image": "1"}, "Before the hand-over"),
        ("type", {"line": "x"}, "This form is incomplete"),
        ("type", {"key": "z", "request_key": "1234-5678"}, "There is no such key"),
    ],
)
def test_what_can_not_be_taken_says_so_and_keeps_what_was_typed(
    clients: Clients, machines: Machines, address: str, fields: dict[str, str], said: str
) -> None:
    client = clients["trainee"]
    page = begin(client)
    came = post(client, page, f"{page}/{address}", **fields)
    assert came.status_code in {409, 422}
    assert said in came.text
    assert html_errors(came.text) == []


def test_media_are_plugged_and_taken_out_by_their_serial_numbers(clients: Clients, machines: Machines) -> None:
    client = clients["trainee"]
    page = begin(client)
    assert post(client, page, f"{page}/media/1", act="plug").status_code == 303
    assert post(client, page, f"{page}/media/2", act="plug").status_code == 303
    text = client.get(page).text
    serial = re.search(r"EV-[0-9A-F]{4}", text)
    assert serial
    assert text.count("in the machine since") == 2
    other = post(client, page, f"{page}/media/3", act="plug")
    assert other.status_code == 422
    assert f"Medium {serial[0]} is in the machine" in other.text
    assert post(client, page, f"{page}/media/2", act="unplug").status_code == 303
    assert post(client, page, f"{page}/media/3", act="plug").status_code == 303
    assert "taken out at" in client.get(page).text
    assert post(client, page, f"{page}/media/9", act="plug").status_code == 404


def test_the_machine_of_another_is_never_seen(clients: Clients, machines: Machines) -> None:
    page = begin(clients["trainee"])
    for name in ("colleague", "stranger", "other_instructor", "host", "administrator"):
        for address in ("", "/moving", "/record", "/watch", "/watch/moving", "/entries/1", "/entries/1/output"):
            assert clients[name].get(f"{page}{address}").status_code == 404, (name, address)


def test_one_machine_for_each_person(clients: Clients, machines: Machines) -> None:
    first = begin(clients["trainee"])
    assert begin(clients["trainee"], arrive=False) == first
    assert begin(clients["colleague"]) != first


def test_a_full_server_says_so_and_nothing_is_left_of_the_try(
    clients: Clients, machines: Machines, store: Store
) -> None:
    machines.most = 0
    came = post(clients["trainee"], "/labs", f"/labs/{LAB}/live")
    assert came.status_code == 429
    assert "All machines of this server are in use." in came.text
    with store.reading() as session:
        assert session.query(Response).count() == 0
    machines.most = 1
    begin(clients["trainee"])


def test_without_qemu_the_package_is_named_and_all_else_works(clients: Clients, machines: Machines) -> None:
    machines.fault = "qemu-system-x86_64 is missing: install the Debian package qemu-system-x86"
    came = post(clients["trainee"], "/labs", f"/labs/{LAB}/live")
    assert came.status_code == 409
    assert "install the Debian package qemu-system-x86" in came.text
    assert clients["trainee"].get("/labs").status_code == 200


def test_an_instructor_watches_and_steps_in_and_the_trainee_is_told(
    clients: Clients, machines: Machines, store: Store, clock: Clock
) -> None:
    trainee, instructor = clients["trainee"], clients["instructor"]
    page = begin(trainee)
    send(trainee, page, "ps -ef")
    assert page in instructor.get("/machines").text
    text = instructor.get(f"{page}/watch").text
    assert "ps -ef" in text
    assert 'name="line"' not in text
    assert html_errors(text) == []
    assert "An instructor is looking at this console." in trainee.get(page).text
    watch = f"{page}/watch"
    assert post(instructor, watch, f"{watch}/hint", text="Compare both lists.").status_code == 303
    assert post(instructor, watch, f"{watch}/event", event="courier").status_code == 303
    assert post(instructor, watch, f"{watch}/event", event="flood").status_code == 404
    assert post(instructor, watch, f"{watch}/skip").status_code == 303
    assert "Compare both lists." in trainee.get(f"{page}/moving").text
    assert list(machines.orders.values()) == [["live", "fire courier", "skip"]]
    clock.forward(minutes=2)
    assert "An instructor is looking" not in trainee.get(page).text
    assert post(instructor, watch, f"{page}/stop").status_code == 422
    assert post(instructor, watch, f"{page}/stop", sure="1").status_code == 303
    assert "Stopped by an instructor." in trainee.get(page).text


def test_a_machine_that_is_begun_anew_leaves_its_record(clients: Clients, machines: Machines, store: Store) -> None:
    client = clients["trainee"]
    page = begin(client)
    send(client, page, "rm -rf /")
    came = post(client, page, f"{page}/reset", sure="1")
    assert came.status_code == 303
    assert came.location != page
    assert "rm -rf /" in client.get(f"{page}/record").text
    with store.reading() as session:
        old, new = session.query(Response).order_by(Response.begun_at, Response.id).all()
    assert (old.state, new.state, old.variant) == ("ended", "live", new.variant)


def test_the_record_tells_everything_in_its_order_and_is_replayed(clients: Clients, machines: Machines) -> None:
    client = clients["trainee"]
    page = begin(client)
    send(client, page, "ps -ef")
    post(client, page, f"{page}/remarks", text="to the moment")
    record = client.get(f"{page}/record")
    assert html_errors(record.text) == []
    assert "ps -ef" in record.text
    assert "to the moment" in record.text
    steps = re.findall(r'id="s(\d+)"', record.text)
    assert steps == ["1", "2", "3"]
    step = client.get(f"{page}/record?step=2").text
    assert "Step 2 of 3" in step
    assert html_errors(step) == []
    assert clients["instructor"].get(f"{page}/record").status_code == 200


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_pages_speak_the_readers_language(clients: Clients, machines: Machines, language: str) -> None:
    client = clients["trainee"]
    page = begin(client)
    send(client, page, "ps -ef")
    client.set_cookie("language", language)
    for address in (page, f"{page}/record", f"{page}/entries/1"):
        text = client.get(address).text
        assert html_errors(text) == []
        assert 'class="keyed" dir="ltr"' in text


def test_an_entry_belongs_to_its_response(clients: Clients, machines: Machines, store: Store) -> None:
    page = begin(clients["trainee"])
    send(clients["trainee"], page, "ps")
    with store.reading() as session:
        (entry,) = session.query(Entry).all()
    assert entry.response_id == UUID(page.rpartition("/")[2])
