"""Examinations as people see them: critical errors and appeals, the grid, what grading offers, files."""

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, People, token_of
from tests.hosting_place import instructor
from tests.unit.credentials.test_resits import four, week
from tests.web.conftest import Clients, html_errors, post
from tests.web.test_certificates import at, second, teaching
from training.credentials import results
from training.credentials.models import CriticalError, Result
from training.hosting.models import TeachingSession
from training.store import Store

__all__ = ["four", "second", "teaching", "week"]  # fixtures
GIVEN = {"examination": "B", "sitting": "1", "error": "1", "happened": "<i>It was partial</i>, and nothing says so.",
         "place": "Report, page <b>1</b>"}  # fmt: skip
AGAINST = "Page two <u>does</u> say that the run was partial."
ARABIC = "\u0668\u0660\u066b\u0665"  # 80.5
FIELD = re.compile(r'name="([\w-]+)" value="([^"]*)"')


def read(client: FlaskClient, address: str, *, status: int = 200) -> str:
    """A page, which is sound and small."""
    answer = client.get(address)
    assert answer.status_code == status
    return sound(answer.text)


def fields(page: str) -> dict[str, str]:
    """What the fields of the grid hold; each form has a token of its own beside them."""
    return {name: value for name, value in FIELD.findall(page) if name != "csrf_token"}


def sound(page: str) -> str:
    assert html_errors(page) == []
    assert len(page.encode()) < 100_000
    assert not re.search(r"<i>It was|page <b>1|<u>", page), "what people type is no markup"
    return page


def test_a_critical_error_from_the_marker_to_the_answer(  # noqa: PLR0915 - one story, told whole
    app: Flask, clients: Clients, teaching: UUID, people: People, second: FlaskClient, store: Store, clock: Clock,
    sign_in: Callable[[str], FlaskClient],
) -> None:  # fmt: skip
    staff, trainee, who = clients["instructor"], clients["trainee"], people["trainee"]
    errors, own = at(teaching, f"/{who}/critical"), f"/sessions/{teaching}/results"
    for name in ("trainee", "colleague", "stranger", "other_instructor"):
        assert clients[name].get(errors).status_code == 404
        assert post(clients[name], "/sessions", errors, **GIVEN).status_code == 404
    for name in ("stranger", "other_instructor", "instructor", "host"):
        assert clients[name].get(own).status_code == 404
    assert app.test_client().get(own).status_code == 302
    assert "Nothing is recorded yet." in read(trainee, own)
    assert own not in trainee.get("/certificates").text
    assert f'href="{errors}#B"' in read(staff, at(teaching, f"/{who}"))
    kept = post(staff, errors, **{**GIVEN, "place": ""})
    assert kept.status_code == 422
    assert "&lt;i&gt;It was partial" in sound(kept.text)
    assert re.search(r'name="error" value="1" required checked', kept.text)
    assert post(staff, errors, **GIVEN).status_code == 303
    again = post(staff, errors, **GIVEN)
    assert again.status_code == 409
    assert "stands already" in sound(again.text)
    with store.reading() as session:
        key = session.scalars(select(CriticalError)).one().id
    told = read(trainee, f"/sessions/{teaching}")
    assert "a critical error stands" in told
    assert "You can appeal until 2026-12-09." in told
    assert own in read(trainee, "/certificates")
    page = read(trainee, own)
    for one in ("&lt;i&gt;It was partial", "page &lt;b&gt;1", "2026-12-09", "Appeal against it"):
        assert one in page
    send, decide = f"{own}/{key}/appeal", at(teaching, f"/critical/{key}/decide")
    assert post(clients["colleague"], f"/sessions/{teaching}/results", send, text=AGAINST).status_code == 404
    short = post(trainee, own, send, text="<u>No</u>")
    assert short.status_code == 422
    assert "&lt;u&gt;No&lt;/u&gt;</textarea>" in sound(short.text)
    clock.forward(days=11)
    staff, trainee, second = (sign_in(name) for name in ("instructor", "trainee", "host"))
    late = post(trainee, own, send, text=AGAINST)
    assert late.status_code == 409
    assert "The last day of an appeal was 2026-12-09." in sound(late.text)
    assert "Page two &lt;u&gt;does" in late.text, "what was typed is not lost"
    clock.forward(days=-9)
    staff, trainee, second = (sign_in(name) for name in ("instructor", "trainee", "host"))
    assert post(trainee, own, send, text=AGAINST).status_code == 303
    assert "waits for an answer" in read(trainee, own)
    for address in (at(teaching), f"/sessions/{teaching}"):
        assert "1 appeal against a critical error waits for an answer" in read(second, address)
    mine, theirs = read(staff, errors), read(second, errors)
    assert "You recorded it." in mine
    assert 'value="stands"' not in mine
    assert 'value="stands"' in theirs
    assert "Host" in theirs
    assert post(trainee, own, decide, outcome="withdrawn", note="I withdraw it myself.").status_code == 404
    assert post(staff, errors, decide, outcome="stands", note="It stands, say I.").status_code == 422
    empty = post(second, errors, decide, outcome="stands", note="")
    assert empty.status_code == 422
    assert re.search(r'value="stands" required checked', sound(empty.text))
    assert post(second, errors, decide, outcome="stands", note="The page says it of another run.").status_code == 303
    page = read(trainee, own)
    assert "It stands, after an appeal" in page
    assert "The page says it of another run." in page
    assert "Host" not in re.sub(r"<nav.*?</nav>", "", page, flags=re.DOTALL).partition("<h1")[2], "nobody is named"
    for client, address in ((trainee, own), (staff, errors), (staff, at(teaching))):
        client.set_cookie("language", "ar")
        assert 'dir="rtl"' in read(client, address)


def test_the_grid_records_all_or_nothing_and_keeps_what_was_typed(
    clients: Clients, teaching: UUID, people: People, second: FlaskClient, store: Store
) -> None:
    staff, one, other = clients["instructor"], people["trainee"], people["colleague"]
    here = at(teaching, "/examinations/A/1")
    for name in ("trainee", "stranger", "other_instructor"):
        assert clients[name].get(here).status_code == 404
    for wrong in ("/examinations/Z/1", "/examinations/A/0", "/examinations/A/3"):
        assert staff.get(at(teaching, wrong)).status_code == 404
    assert here in read(staff, at(teaching))
    before = fields(read(staff, here))
    assert {f"1-{one}", f"day-{other}", f"seen-{other}"} <= before.keys()
    assert before[f"day-{one}"] == "2026-11-25", "the day of the examination in the plan"
    typed = {f"1-{one}": ARABIC, f"2-{one}": "70", f"1-{other}": "<b>1", f"day-{other}": "2026-11-24"}
    bad = post(staff, here, **{**before, **typed})
    assert bad.status_code == 422
    kept = fields(sound(bad.text))
    assert {name: kept[name] for name in typed} == {**typed, f"1-{other}": "&lt;b&gt;1"}
    assert "at most two decimals" in bad.text
    with store.reading() as session:
        assert session.scalars(select(Result)).all() == []
    del typed[f"1-{other}"]
    assert post(staff, here, **{**before, **typed}).status_code == 303
    assert "not all marked" in read(staff, at(teaching))
    assert "not marked yet" in read(clients["trainee"], f"/sessions/{teaching}/results")
    mine = {**before, **typed, f"1-{one}": "10"}  # the same page again: another one has recorded since
    stale = post(second, here, **{**mine, f"1-{other}": "55"})
    assert stale.status_code == 422
    assert "Somebody else recorded this row" in sound(stale.text)
    assert fields(stale.text)[f"1-{other}"] == "55"
    untouched = {**before, f"1-{other}": "55", f"2-{other}": "0", f"3-{other}": "100,00"}
    assert post(second, here, **untouched).status_code == 303, "a row that nobody touched says nothing"
    after = fields(read(staff, here))
    assert [after[f"{n}-{one}"] for n in (1, 2, 3)] == ["80.5", "70", ""]
    assert [after[f"{n}-{other}"] for n in (1, 2, 3)] == ["55", "0", "100.00"]
    emptied = post(staff, here, **{**after, f"1-{one}": ""})
    assert emptied.status_code == 422
    assert "has a percent already" in emptied.text
    assert "Nothing differs" in post(staff, here, **after).text
    assert "Nobody was granted this resit." in read(staff, at(teaching, "/examinations/A/2"))
    staff.set_cookie("language", "ar")
    assert 'dir="rtl"' in read(staff, here)


def test_a_file_is_looked_at_first_and_every_mistake_has_its_row_and_column(
    clients: Clients, teaching: UUID, people: People, store: Store
) -> None:
    staff, here = clients["instructor"], at(teaching, "/examinations/A/1")
    file, take = f"{here}/file", f"{here}/file/take"
    for name in ("trainee", "stranger", "other_instructor"):
        assert clients[name].get(file).status_code == 404
        assert clients[name].get(f"{here}/results.csv").status_code == 404
    out = staff.get(f"{here}/results.csv")
    assert out.mimetype == "text/csv"
    head, *rows = out.text.strip().splitlines()
    assert head.startswith("\ufeffnumber,login,name,seat,examination,sitting,day,")
    assert [one.split(",")[1:7] for one in rows] == [
        ["trainee", "Trainee", "01", "A", "1", "2026-11-25"],
        ["colleague", "Colleague", "02", "A", "1", "2026-11-25"],
    ]

    def send(data: bytes, name: str = "a.csv") -> Any:
        token = token_of(staff.get(file).text)
        return staff.post(file, data={"csrf_token": token, "file": (io.BytesIO(data), name)})

    assert "The file says nothing new" in sound(send(out.data).text)
    wrong = (
        "login;day;1.;2.;3.;sitting\ntrainee;tomorrow;101;x;5;1\nnobody;;1;1;1;1\ncolleague;;1;1;1;2\n"
        "trainee;;2;2;2;1\n"
    ).encode("utf-16")
    bad = send(wrong)
    assert bad.status_code == 422
    cells = r'<tr><td class="n">(\d+)</td><td><bdi>([^<]*)</bdi></td><td><bdi>([^<]*)</bdi>'
    found = re.findall(cells, sound(bad.text))
    assert sorted(found) == [
        ("2", "1.", "101"), ("2", "2.", "x"), ("2", "day", "tomorrow"), ("3", "login", "nobody"),
        ("4", "sitting", "2"), ("5", "login", "trainee"),
    ]  # fmt: skip
    assert "trainee;tomorrow;101" in bad.text, "the file stands in the field"
    for data in (b"", b"PK\x03\x04", b"name\nTrainee\n", b"1.\n5\n", b"login,1.,1.\nx,1,1\n", b"x" * 200_001):
        refused = send(data)
        assert refused.status_code == 422, data[:20]
        assert "Nothing was recorded" in sound(refused.text)
    named = sound(send(b"login;1.;Gruppe;Datum <b>\ntrainee;80;B;2026-11-24\n").text)
    assert "Columns that are not read" in named
    assert "<bdi>Gruppe</bdi>" in named
    assert "Columns that are not read" not in bad.text
    other = sound(send(b"login;seat;1.\ntrainee;02;80\n").text)
    assert '<td class="n">2</td><td><bdi>login, seat</bdi></td><td><bdi>trainee, 02</bdi>' in other
    good = send(b"login;1. Erstes;2.;3.\ntrainee;80,5;70;\ncolleague;;;\n")
    assert good.status_code == 200
    assert "1 row would change" in sound(good.text)
    with store.reading() as session:
        assert session.scalars(select(Result)).all() == [], "looking records nothing"
    given = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w{64})"', good.text))
    text = re.search(r'<textarea name="text" hidden>(.*?)</textarea>', good.text, re.DOTALL)
    assert text
    assert post(staff, file, take, text=text[1], seen="0" * 64).status_code == 409
    assert post(staff, file, take, text=text[1], seen=given["seen"]).status_code == 303
    stale = post(staff, file, take, text=text[1], seen=given["seen"])
    assert stale.status_code == 409
    assert "trainee;80,5" in stale.text
    with store.reading() as session:
        made = session.scalars(select(Result)).one()
    assert (made.pieces, made.person_id) == (["80.5", "70", ""], people["trainee"])


def test_what_is_graded_is_taken_over_by_one_press(
    clients: Clients, week: UUID, people: People, store: Store, clock: Clock, sign_in: Callable[[str], FlaskClient]
) -> None:
    """Both were examined in the lab of examination B, and handed in nothing: 0 % each."""
    staff = sign_in("instructor")
    here = at(week, "/examinations/B/1")
    page = read(staff, here)
    assert "2 are not recorded yet." in page
    assert page.count("its results are not released") == 2
    assert len(re.findall(r'href="/results/[0-9a-f-]+', page)) == 2
    looked = re.search(r'name="seen" value="(\w{64})"', page)
    assert looked
    for name in ("trainee", "stranger", "other_instructor"):
        assert post(sign_in(name), "/sessions", f"{here}/graded", seen=looked[1]).status_code == 404
    assert post(staff, here, f"{here}/graded", seen="0" * 64).status_code == 409
    assert post(staff, here, f"{here}/graded", seen=looked[1]).status_code == 303
    page = read(staff, here)
    assert "2 percentages are as recorded." in page
    assert "Take over" not in page
    with store.writing() as session:
        made = {one.person_id: one for one in session.scalars(select(Result))}
        assert {one: made[one].pieces for one in made} == {people[one]: ["0", ""] for one in ("trainee", "colleague")}
        assert made[people["trainee"]].sat_on.isoformat() == "2026-11-27"
        wish = results.Wish("B", 1, ("30", "50"), "2026-11-27")
        found = session.get_one(TeachingSession, week)
        clock.forward(minutes=1)
        results.record(session, instructor(people), found, people["trainee"], wish, clock())
    page = read(staff, here)
    assert "1 is recorded otherwise." in page
    looked, key = (re.search(rf'name="{name}" value="([\w-]+)"', page) for name in ("seen", "also"))
    assert looked
    assert key
    nothing = post(staff, here, f"{here}/graded", seen=looked[1])
    assert nothing.status_code == 409, "what was typed by hand is replaced only where somebody says so"
    assert post(staff, here, f"{here}/graded", seen=looked[1], also=key[1]).status_code == 303
    person = read(staff, at(week, f"/{people['trainee']}"))
    assert "Graded by the program in the first sitting: 0 %" in person
    assert "as recorded" in person
    with store.reading() as session:
        newest = results.newest(session, session.get_one(TeachingSession, week), people["trainee"])
        assert [one.pieces for one in newest.values()] == [["0", "50"]]
