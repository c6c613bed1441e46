"""Bytes at an address and the way to them: read by real runs, drawn, cited, tried, and text whatever they are."""

import re
import sqlite3
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, html_errors
from training.analysis.models import Run
from training.operating.bench.pages import weight

HEAVIEST = 100 * 1024
FIGURE = re.compile(r"<svg class=\"v\".*?</svg>", re.DOTALL)
START = 0x400000  # where a program that is not moved about lies: the first process of the exhibit is one


def here(desk: Desk, path: str = "") -> str:
    return f"/attempts/{desk.attempt_id}{path}"


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(address, data={"csrf_token": token_of(client.get("/labs").text), **fields})


def looked_at(client: FlaskClient, address: str) -> str:
    """A page of an address that keeps to what all of them keep to."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert html_errors(answer.text) == []
    assert weight(client, answer) <= HEAVIEST
    assert all(len(one.encode()) <= 24 * 1024 for one in FIGURE.findall(answer.text))
    assert 'style="' not in answer.text
    return answer.text


def read(client: FlaskClient, desk: Desk, address: str) -> str:
    """Ask for what an address names, as its page offers, and look at what came."""
    page = looked_at(client, here(desk, f"/seeing/{address}"))
    assert not FIGURE.search(page)
    action = unescape(re.findall(r'<form method="post" action="([^"]+)"', page)[0])
    sent = post(client, here(desk, f"/seeing/{action}"))
    assert sent.status_code == 303
    return looked_at(client, sent.location)


def test_bytes_are_read_shown_and_cited(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = looked_at(trainee, here(desk, "/seeing/bytes"))
    assert "Type an address, or come here from one" in page
    page = read(trainee, desk, f"bytes?pid=1&address={START:#x}&length=128")
    assert f"Bytes from {START:#x}" in page
    assert page.count('name="place"') == 8 + page.count("<td>ASCII") + page.count('ltr">ASCII<')
    assert "7f 45 4c 46 02 01 01" in page
    assert 'href="bytes?pid=1&amp;address=0x400080&amp;length=128"' in page
    assert 'href="walk?pid=1&amp;address=0x400000"' in page
    # A row is cited: the reader comes back, its bytes stand on a ground of their own, also in another run.
    place, back = (
        re.findall(r'name="place" value="(\d+:1)"', page)[0],
        re.findall(r'name="back" value="(seeing[^"]+)"', page),
    )
    sent = post(trainee, here(desk, "/cite"), place=place, back=unescape(back[0]))
    assert sent.location == here(desk, f"/seeing/bytes?pid=1&address={START:#x}&length=128")
    page = looked_at(trainee, sent.location)
    assert 'class="sus"' in page
    assert "C1</a>" in page
    other = read(trainee, desk, f"bytes?pid=1&address={START + 20:#x}&length=64")
    assert 'class="hl"' in other
    assert "C1</a>" not in other, "it is a row of another run"
    # Elsewhere nothing of it was cited.
    assert 'class="hl"' not in read(trainee, desk, f"bytes?address={0x100000:#x}&physical=1&length=64")


def test_texts_of_a_region_and_pages_of_a_long_one(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    names = [row for row in desk.answered.rows["linux.pslist"] if row["COMM"] == "bash"]
    offset = next(row["OFFSET (V)"] for row in names)
    page = read(trainee, desk, f"bytes?address={offset:#x}&length=4096")
    assert "Page 1 of 8" in page
    texts = page[page.index('id="texts"') :]
    assert ">bash<" in texts, "the name of the process stands in its task_struct"
    last = looked_at(trainee, here(desk, f"/seeing/bytes?address={offset:#x}&length=4096&page=99"))
    assert "Page 8 of 8" in last
    assert f"{offset + 0xFFFF << 48:#x}" not in last
    assert f"0x{0xFFFF:x}{offset + 4096 - 16:012x}" in last, "with its upper bits"


def test_what_is_not_there_is_said(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = read(trainee, desk, "bytes?pid=1&address=0x1000&length=64")
    assert page.count("not readable</span>") == 4
    assert "no page is mapped here" in page
    assert 'class="gone"' in page
    page = read(trainee, desk, "walk?pid=1&address=0x1000")
    assert "No page is reached." in page
    assert "not mapped: in " in page
    for address, said in {
        "bytes?pid=2&address=0x400000": "process 2 has no memory of its own",
        "walk?pid=99999&address=0x400000": "no list of processes has the PID 99999",
        "walk?address=0x1234000000000000": "0x1234000000000000 is no address",
    }.items():
        page = looked_at(trainee, here(desk, f"/seeing/{address}"))
        action = unescape(re.findall(r'<form method="post" action="([^"]+)"', page)[0])
        page = looked_at(trainee, post(trainee, here(desk, f"/seeing/{action}")).location)
        assert said in page
        assert "Ask again" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("address=soon", "is no address. Type it as 0x7ffd4a1c."),
        ("address=0x10000000000000000", "is no address"),
        ("address=0x1000&pid=init", "is no PID"),
        ("address=0x1000&pid=99999999999", "from 0 to 4294967295"),
        ("address=%3Cb%3E&pid=&length=x&physical=&page=-1", "&lt;b&gt;"),
    ],
)
def test_nonsense_is_answered(clients: Clients, desk: Desk, given: str, said: str) -> None:
    for name in ("bytes", "walk"):
        page = looked_at(clients["trainee"], here(desk, f"/seeing/{name}?{given}"))
        assert said in page
        assert 'method="post" action="' + name not in page
        sent = post(clients["trainee"], here(desk, f"/seeing/{name}?{given}"))
        assert sent.status_code in {303, 422}
    with desk.rooms.store.reading() as session:
        assert session.scalars(select(Run).where(Run.plugin.startswith("engram."))).all() == []


def test_a_way_is_shown_level_by_level(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = read(trainee, desk, f"walk?pid=1&address={START + 0x123:#x}")
    figure = FIGURE.findall(page)[0]
    for level in ("PML4", "PDPT", "PD", "PT"):
        assert f">{level} [" in figure
        assert f'ltr">{level}</bdi></b>' in page
    assert "read, user" in page
    found = re.findall(r'href="bytes\?address=(0x[0-9a-f]+)&amp;physical=1"', page)[0]
    with desk.rooms.store.reading() as session:
        image = desk.rooms.settings.instance / "exhibits" / desk.case(session).exhibit.sha256
    held = next(one for one in image.iterdir() if one.name.startswith("image")).open("rb")
    with held:
        held.seek(int(found, 16) - 0x123)
        assert held.read(4) == b"\x7fELF", "the page of the first process's program begins there"
    assert "Nothing below this entry can be run as a program." in page
    # The last row is cited, and its page says so.
    place = re.findall(r'name="place" value="(\d+:4)"', page)[0]
    back = unescape(re.findall(r'name="back" value="(seeing[^"]+)"', page)[0])
    assert 'class="sus"' in looked_at(trainee, post(trainee, here(desk, "/cite"), place=place, back=back).location)


def test_a_reader_goes_the_way_alone(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    address = f"walk?pid=1&address={START + 0x123:#x}"
    page = read(trainee, desk, address)
    steps = re.findall(r"<td>(0x[0-9a-f]+)</td><td>(0x[0-9a-f]+)</td><td>(0x[0-9a-f]+)</td>", page)
    assert 'href="walk?pid=1&amp;address=0x400123&amp;try=1"' in page
    for step, (table, at, _) in enumerate(steps, 1):
        page = looked_at(trainee, here(desk, f"/seeing/{address}&try={step}"))
        assert f"Step {step} of 5" in page
        assert f">{at}<" not in FIGURE.findall(page)[0].replace(f">{table}<", "", 1) or at == table
        assert page.count("<tr") == max(0, step) if step > 1 else "<table" not in page
        wrong = looked_at(trainee, here(desk, f"/seeing/{address}&try={step}&guess=0x1"))
        assert "Not yet." in wrong
        right = looked_at(trainee, here(desk, f"/seeing/{address}&try={step}&guess={at}"))
        assert "Right." in right
        assert f"try={step + 1}" in right
    physical = re.findall(r"address=(0x[0-9a-f]+)&amp;physical=1", read_again(trainee, desk, address))[0]
    page = looked_at(trainee, here(desk, f"/seeing/{address}&try=5&guess={physical[2:].upper()}"))
    assert "You went the whole way." in page
    assert "Step by step" in looked_at(trainee, here(desk, f"/seeing/{address}&try=6"))
    assert (
        "<b>"
        not in re.findall(r'name="guess"[^>]*>', looked_at(trainee, here(desk, f"/seeing/{address}&try=1&guess=<b>")))[
            0
        ]
    )


def read_again(client: FlaskClient, desk: Desk, address: str) -> str:
    return looked_at(client, here(desk, f"/seeing/{address}"))


def test_a_row_leads_to_the_bytes_of_its_addresses(clients: Clients, desk: Desk) -> None:
    desk.run("linux.pslist")
    row = desk.answered.find("linux.pslist", PID=1)
    page = clients["trainee"].get(here(desk, f"?run=1&row={row}")).text
    offset = desk.answered.rows["linux.pslist"][0]["OFFSET (V)"]
    assert f'/seeing/bytes?address={offset:#x}"' in page
    assert f'/seeing/walk?address={offset:#x}"' in page
    number = desk.run(f"engram.bytes --pid 1 --address {START:#x}")
    page = clients["trainee"].get(here(desk, f"?run={number}")).text
    assert f"/seeing/bytes?address={START:#x}&amp;pid=1" in page


def test_hostile_rows_stay_text(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    for name, column in (("bytes", "Text"), ("bytes", "Hex"), ("walk", "Flags"), ("walk", "Note"), ("walk", "Level")):
        read_or_look(trainee, desk, f"{name}?pid=1&address={START:#x}")
        with desk.rooms.store.reading() as session:
            run = session.scalars(select(Run).where(Run.plugin == f"engram.{name}")).one()
            index = [one["name"] for one in run.columns or []].index(column)
        path = desk.rooms.settings.instance / "results" / run.result_name
        kept = path.read_bytes()
        path.unlink()
        path.write_bytes(kept)
        with sqlite3.connect(path) as made:
            hostile = '"><b onx=1>\u202e&amp;\x1b' + "n" * 4096
            made.execute(f"UPDATE rows SET c{index} = ?, t{index} = NULL", (hostile,))  # noqa: S608 - a number
        made.close()
        page = looked_at(trainee, here(desk, f"/seeing/{name}?pid=1&address={START:#x}"))
        assert "<b onx" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page
        path.write_bytes(kept)


def read_or_look(client: FlaskClient, desk: Desk, address: str) -> str:
    page = looked_at(client, here(desk, f"/seeing/{address}"))
    return page if FIGURE.search(page) else read(client, desk, address)


def test_only_its_person_and_nothing_after_the_end(clients: Clients, desk: Desk) -> None:
    address = f"bytes?pid=1&address={START:#x}"
    for who in ("colleague", "stranger", "instructor", "host"):
        for name in (address, address.replace("bytes", "walk")):
            assert clients[who].get(here(desk, f"/seeing/{name}")).status_code == 404
            assert post(clients[who], here(desk, f"/seeing/{name}")).status_code == 404
    read(clients["trainee"], desk, address)
    post(clients["trainee"], here(desk, "/close"))
    page = looked_at(clients["trainee"], here(desk, f"/seeing/{address}"))
    assert 'name="place"' not in page
    page = looked_at(clients["trainee"], here(desk, "/seeing/walk?pid=1&address=0x400000"))
    assert "Walk this address" not in page
    assert post(clients["trainee"], here(desk, "/seeing/walk?pid=1&address=0x400000")).status_code == 409
