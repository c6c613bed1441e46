"""Pages of statistics, signs and files of results: who sees them, and that they say what the sheet says."""

import csv
import io
import json
import re
import uuid
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import People, token_of
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, SignInAs, html_errors, post
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.audit.models import Event
from training.content.models import Release
from training.grading import items
from training.grading.chance import Chance
from training.grading.items import Choices, First
from training.grading.signs import Found, Kind, Sign
from training.labs.models import Attempt
from training.labs.service import attempts, findings
from training.marking.service import sittings
from training.marking.service.items import Row, Statistics
from training.marking.service.signs import Entry
from training.marking.service.sittings import Sitting
from training.web.rooms import Rooms

OF = Callable[[str], Desk]
NOTE = "We spoke: they read the listing together."
OTHERS = ("trainee", "colleague", "host", "administrator", "stranger", "other_instructor")


def at(desk: Desk, people: People, page: str) -> str:
    with desk.rooms.store.reading() as session:
        release = session.get_one(Release, session.get_one(Attempt, desk.attempt_id).release_id)
    return f"/marking/{page}/{people.home}/{release.id}"


@pytest.fixture
def classroom(desk_of: OF) -> Desk:
    """Two trainees with tries, a hint, points in fractions, and signs at the first question of one of them."""
    trainee, colleague = desk_of("trainee"), desk_of("colleague")
    trainee.submit("q1", answer(trainee, "q1"))
    trainee.rooms.clock.forward(minutes=20)  # type: ignore[attr-defined]
    trainee.submit("q3", answer(trainee, "q3"), prove(trainee, "q3")[:5])
    cited = prove(colleague, "q1")
    colleague.submit("q1", "3", cited[:1])
    colleague.submit("q1", answer(colleague, "q1"), cited)
    with colleague.rooms.store.writing() as session:
        case = colleague.case(session, lock=True)
        findings.take_hint(session, case, colleague.question("q4"), 1, colleague.rooms.clock())
    colleague.submit("q4", answer(colleague, "q4"), prove(colleague, "q4")[:3])
    with colleague.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, colleague.attempt_id), colleague.rooms.clock())
    return trainee


# statistics


def test_figures_of_a_release(clients: Clients, classroom: Desk, people: People) -> None:
    listed = clients["instructor"].get("/marking/statistics")
    place = at(classroom, people, "statistics")
    assert place in listed.text
    page = clients["instructor"].get(place)
    assert page.status_code == 200
    assert html_errors(listed.text) == html_errors(page.text) == []
    assert "2 people in 1 session." in page.text
    assert "needs 37 more" in page.text
    assert "from 10 people on; there are 2: needs 8 more" in page.text
    assert "Look at it</span>" not in page.text, "two people condemn nothing"
    assert "1 left out after a hint" in page.text
    assert len(page.text.encode()) < 100 * 1024


def test_nobody_else_sees_figures(clients: Clients, classroom: Desk, people: People) -> None:
    place = at(classroom, people, "statistics")
    assert [clients[who].get(place).status_code for who in OTHERS] == [404] * len(OTHERS)
    assert place not in clients["other_instructor"].get("/marking/statistics").text


def test_a_release_on_which_nobody_worked_has_no_figures(clients: Clients, classroom: Desk, people: People) -> None:
    place = at(classroom, people, "statistics")
    nowhere = place.rsplit("/", 1)[0] + "/00000000-0000-7000-8000-000000000000"
    assert clients["instructor"].get(nowhere).status_code == 404


def crowd() -> list[First]:
    """Sixty people: the better half takes a wrong option of q1, nobody the third; on one exhibit q2 is harder."""
    firsts = []
    for n in range(60):
        better, variant = n >= 30, "one" if n % 2 else "two"
        taken = "b" if better and n % 3 else "a"
        firsts.append(First(f"p{n}", "q1", 5, float(taken == "a"), variant, (taken,), seconds=60.0 * n))
        firsts.append(First(f"p{n}", "q2", 10, n / (60 if variant == "one" else 120), variant, seconds=4_000.0 * n))
    return firsts


def test_everything_that_can_be_said_of_a_question(app: Flask, classroom: Desk, people: People) -> None:
    with classroom.rooms.store.reading() as session:
        release = session.get_one(Release, session.get_one(Attempt, classroom.attempt_id).release_id)
    first, second = classroom.lab.questions[:2]
    offers = first.model_copy(update={"options": {"a": "ran before", "b": "was running", "c": "never ran"}})
    choices = Choices(("a", "b", "c"), frozenset("a"))
    one, two = items.analyse({"q1": choices, "q2": Choices()}, crowd())
    rows = (Row(1, offers, one, (1, 2), 0), Row(2, second, two, (2,), 3, "The image was damaged."))
    found = Statistics(release, 2, classroom.lab, rows, 60, 3)
    given = {"found": found, "organisation_id": people.home, "limits": items, "spread": items.fisher(0.3, 60)}
    with app.test_request_context():
        page = unescape(render_template("marking/figures.html", **given))
    assert html_errors(page) == []
    for said in (
        *("60 people in 3 sessions.", '<dt>Releases</dt><dd class="num">1 · 2</dd>', "3 not judged"),
        *("Look at it</span>", "Check the key: more of the upper half took it than the key", "Nobody takes it"),
        *(
            "Unequal: the interval excludes the pool",
            "Void: whoever submitted something has full credit",
            "The image was damaged.",
        ),
        *("0.05 … 0.51", "Discriminative efficiency", "was running", "h to"),
    ):
        assert said in page, said


def test_a_pair_is_shown_with_both_names(app: Flask, classroom: Desk, people: People) -> None:
    attempts_of = (uuid.uuid4(), uuid.uuid4())
    mine, theirs = (str(one) for one in attempts_of)
    seen = (
        Sign(Kind.RARE, mine, "q1", 1, "\u202e4711", other=theirs, seconds=4_000.0),
        Sign(Kind.NEAR, theirs, "q2", 2, "/bin/sh", other=mine, seconds=12.0),
    )
    pair = (people["trainee"], people["colleague"])
    chances = {kind: Chance(1, 12.0 if kind is Kind.RARE else None, counts=kind is not Kind.NEAR) for kind in Kind}
    given = {
        "entry": Entry("0" * 64, attempts_of, pair, seen, None),
        "sitting": Sitting(None, classroom.lab, (), Found((), chances)),
        "release": SimpleNamespace(name="lab"),
        "names": {pair[0]: "Trainee", pair[1]: "Colleague"},
        "who": {mine: pair[0], theirs: pair[1]},
        "at": {"organisation_id": people.home, "release_id": people.home},
    }
    with app.test_request_context():
        page = unescape(render_template("marking/sign.html", **given))
    assert html_errors(page) == []
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert (
        "Shared rare error : Trainee · q1, try 1 (The mislabelled process) · together with Colleague · 67 min later"
        in text
    )
    assert "Close in time : Colleague · q2, try 2 (The file that it runs) · together with Trainee · 12 s later" in text
    assert "Chance alone gives about 12 in this session." in text
    assert "closeness counts for nothing" in text
    assert "\u202e" not in page, "hidden characters of a value are shown"


# signs


def entry(clients: Clients, classroom: Desk, people: People) -> str:
    page = clients["instructor"].get(at(classroom, people, "signs")).text
    found = re.findall(r'href="(/marking/signs/[0-9a-f-]+/[0-9a-f-]+/[0-9a-f]{64})"', page)
    assert len(found) == 1
    return str(found[0])


def test_signs_stand_beside_what_chance_gives(clients: Clients, classroom: Desk, people: People) -> None:
    listed = clients["instructor"].get(at(classroom, people, "signs"))
    one = clients["instructor"].get(entry(clients, classroom, people))
    assert html_errors(listed.text) == html_errors(one.text) == []
    assert "only 20 % of those it finds did it" in listed.text
    assert "can't be worked out" in unescape(listed.text)
    assert "Faster than reading, No relevant run" in listed.text
    assert "Not looked at" in listed.text
    assert "Colleague" not in listed.text
    assert "Chance alone gives about 0.04 in this session." in one.text
    for page in (listed.text, one.text):
        assert not re.search(r"cheat|fraud|guilt|suspect|plagiar|copied", page, re.IGNORECASE)


def test_an_instructor_decides_and_the_person_reads_it(clients: Clients, classroom: Desk, people: People) -> None:
    place, own = entry(clients, classroom, people), f"/attempts/{classroom.attempt_id}/signs"
    assert "Nothing was decided" in clients["trainee"].get(own).text
    before = re.search(r'name="before" value="([^"]*)"', clients["instructor"].get(place).text)
    assert before
    short = post(clients["instructor"], place, state="dismissed", note="no", before=before[1])
    assert short.status_code == 422
    assert "A decision needs a note" in short.text
    assert ">no</textarea>" in short.text, "what was typed stands there again"
    done = post(clients["instructor"], place, state="dismissed", note=NOTE, before=before[1])
    assert done.status_code == 303
    assert "Dismissed" in clients["instructor"].get(done.location).text
    stale = post(clients["instructor"], place, state="upheld", note="Something else entirely.", before=before[1])
    assert stale.status_code == 409
    read = clients["trainee"].get(own)
    assert html_errors(read.text) == []
    assert NOTE in read.text
    assert "No relevant run" in read.text


@pytest.mark.parametrize("fields", [{}, {"state": "guilty"}, {"state": "upheld", "note": "   "}])
def test_a_form_without_a_decision_is_refused(
    clients: Clients, classroom: Desk, people: People, fields: dict[str, str]
) -> None:
    answered = post(clients["instructor"], entry(clients, classroom, people), **fields)
    assert answered.status_code == 422
    assert "Not looked at" in clients["instructor"].get(at(classroom, people, "signs")).text


def test_nobody_else_sees_signs_or_decides(app: Flask, clients: Clients, classroom: Desk, people: People) -> None:
    place = entry(clients, classroom, people)
    seen = [clients[who].get(page).status_code for who in OTHERS for page in (place, at(classroom, people, "signs"))]
    assert set(seen) == {404}
    app.config["WTF_CSRF_ENABLED"] = False
    sent = [clients[who].post(place, data={"state": "upheld", "note": NOTE}).status_code for who in OTHERS]
    assert set(sent) == {404}
    assert clients["colleague"].get(f"/attempts/{classroom.attempt_id}/signs").status_code == 404
    assert clients["instructor"].get(f"/attempts/{classroom.attempt_id}/signs").status_code == 404
    absent = place[:-64] + "0" * 64
    assert clients["instructor"].get(absent).status_code == 404


def test_signs_are_worked_out_while_others_can_write(
    clients: Clients, classroom: Desk, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit that writes can't be opened inside another one: whoever works signs out in one is found here."""
    place, worked_out, store = entry(clients, classroom, people), sittings.of_release, classroom.rooms.store
    tries: list[str] = []

    def looked_at(*given: Any) -> list[Sitting]:
        with store.writing():
            tries.append("written meanwhile")
        return worked_out(*given)

    monkeypatch.setattr(sittings, "of_release", looked_at)
    assert post(clients["instructor"], place, state="dismissed", note=NOTE).status_code == 303
    assert tries == ["written meanwhile"] * 2, "the page, then the decision"


def test_an_instructor_is_not_shown_what_concerns_them(
    clients: Clients, sign_in: SignInAs, desk_of: OF, people: People, rooms: Rooms
) -> None:
    own = desk_of("instructor")
    own.submit("q1", answer(own, "q1"))
    with rooms.store.writing() as session:
        colleague = accounts.find(session, people["colleague"])
        assert colleague
        accounts.give_role(session, colleague, people.home, Role.INSTRUCTOR, actor=None, now=rooms.clock())
    another, place = sign_in("colleague"), at(own, people, "signs")
    (listed,) = set(re.findall(rf'href="({place}/[0-9a-f]{{64}})"', another.get(place).text))
    assert another.get(listed).status_code == 200
    mine = clients["instructor"].get(place)
    assert mine.status_code == 200
    assert listed not in mine.text
    assert clients["instructor"].get(listed).status_code == 404
    fields = {"state": "dismissed", "note": NOTE}
    assert post(clients["instructor"], "/marking/import", listed, **fields).status_code == 404
    assert "Not looked at" in another.get(place).text


# files


def exported(clients: Clients, desk: Desk, people: People, form: str) -> list[dict[str, str]]:
    answered = clients["instructor"].get(f"{at(desk, people, 'results')}/results.{form}")
    assert answered.status_code == 200
    assert f'.{form}"' in answered.headers["Content-Disposition"]
    text = answered.get_data().decode("utf-8-sig")
    if form == "csv":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    return [
        {name: "" if value is None else str(value) for name, value in one.items()} for one in json.loads(text)["lines"]
    ]


WORDS = {"Solved": "solved", "Partly": "partly", "With a marker": "marker", "Missed": "missed", "Working": "working"}
WORDS |= {"Not right": "working", "Not proven": "working", "Open": "open"}


def sheet(page: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """What the page of results says, by attempt and column: state, points, tries, hints; of the total its points."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for line in re.findall(r'<tr><th scope="row"><a href="/results/.*?</tr>', page, re.DOTALL):
        attempt = re.search(r"/results/([0-9a-f-]{36})", line)
        total = re.search(r"<b>([\d.]+)</b> / ([\d.]+)", line)
        assert attempt
        assert total
        word = re.search(r"(not passed|passed)</span>", line)
        stands = {"passed": "passed", "not passed": "failed", "": "open"}[word[1] if word else ""]
        found[attempt[1], "*total"] = (stands, total[1], total[2])
        cells = re.findall(r'<td class="(?:ok|part|wait|bad|work|open)">(.*?)</td>', line, re.DOTALL)
        for number, cell in enumerate(cells, 1):
            words = " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            state = next(code for word, code in WORDS.items() if words.startswith(word))
            points = re.search(r"([\d.]+),? (\d+) tr(?:y|ies)(?:,? (\d+) hints?)?", words)
            shown = (points[1], points[2], points[3] or "0") if points else ("0", "0", "0")
            found[attempt[1], f"q{number}"] = (state, *shown)
    return found


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_file_says_what_the_sheet_says(clients: Clients, classroom: Desk, people: People, form: str) -> None:
    page = sheet(clients["instructor"].get("/results").text)
    lines = exported(clients, classroom, people, form)
    assert len(page) == len(lines) == 2 * 14
    fractions = 0
    for line in lines:
        shown = page[line["attempt"], line["question"]]
        if line["question"] == "*total":
            assert shown == (line["state"], line["points"], line["worth"].removesuffix(".0"))
            continue
        fractions += "." in line["points"]
        assert shown == (line["state"], line["points"], line["tries"], line["hints"])
        assert abs(float(line["points"]) - float(line["points_exact"])) <= 0.005
    assert fractions, "whole numbers alone would show nothing"
    for attempt in {line["attempt"] for line in lines}:
        mine = [line for line in lines if line["attempt"] == attempt]
        assert sum(float(line["points_exact"]) for line in mine[:-1]) == float(mine[-1]["points_exact"])


def test_nobody_else_takes_the_file(clients: Clients, classroom: Desk, people: People) -> None:
    place = f"{at(classroom, people, 'results')}/results.csv"
    assert [clients[who].get(place).status_code for who in OTHERS] == [404] * len(OTHERS)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_whoever_takes_a_file_is_recorded(clients: Clients, classroom: Desk, people: People, form: str) -> None:
    exported(clients, classroom, people, form)
    clients["trainee"].get(f"{at(classroom, people, 'results')}/results.{form}")
    with classroom.rooms.store.reading() as session:
        release = session.get_one(Release, session.get_one(Attempt, classroom.attempt_id).release_id)
        (event,) = session.scalars(select(Event).where(Event.act == "results.exported"))
    assert (event.actor, event.subject) == (people["instructor"], f"release:{release.id}")
    details = {"release": release.sha256, "organisation": str(people.home), "form": form, "lines": 28}
    assert event.details == details


def send(client: FlaskClient, data: bytes, name: str = "results.csv", page: str = "/marking/import") -> tuple[int, str]:
    """A form with a file, written by hand: the test client leaves large ones open. The token is that of a page."""
    token = token_of(client.get(page).text).encode()
    part = b'--cut\r\nContent-Disposition: form-data; name="'
    body = part + b'csrf_token"\r\n\r\n' + token + b"\r\n"
    body += (
        part + b'file"; filename="' + name.encode() + b'"\r\nContent-Type: text/csv\r\n\r\n' + data + b"\r\n--cut--\r\n"
    )
    answered = client.post("/marking/import", data=body, content_type="multipart/form-data; boundary=cut")
    return answered.status_code, answered.text


def test_a_file_comes_back_and_is_compared(clients: Clients, classroom: Desk, people: People) -> None:
    data = clients["instructor"].get(f"{at(classroom, people, 'results')}/results.csv").get_data()
    status, page = send(clients["instructor"], data)
    assert status == 200
    assert '<dt>Equal</dt><dd class="num">28</dd>' in page
    assert html_errors(page) == []
    changed = data.replace(b",solved,", b",missed,", 1).replace(b",partly,", b",missed,", 1)
    assert changed != data
    status, page = send(clients["instructor"], changed)
    assert '<dt>Differ</dt><dd class="num">' in page
    assert "state</bdi>: file" in page
    status, page = send(clients["other_instructor"], data)
    assert '<dt>Unknown here</dt><dd class="num">28</dd>' in page


def test_what_is_no_file_of_results_is_refused_in_words(clients: Clients, classroom: Desk) -> None:
    status, page = send(clients["instructor"], b"name,points\r\nA,1\r\n")
    assert status == 422
    assert "names no column attempt" in page
    assert html_errors(page) == []
    status, page = send(clients["instructor"], b'{"form":\n {')
    assert status == 422
    assert re.search(r"The file can&#39;t be read as JSON from line 2, column \d+ on\.", page)
    status, page = send(clients["instructor"], b"x" * 5_000_001)
    assert status == 422
    assert "more than 5 MB" in page
    status, page = send(clients["instructor"], b"x" * 7_000_000)
    assert status == 413
    status, page = send(
        clients["instructor"], b"<script>alert(1)</script>,question,points_exact,attempt\r\n=1,2,3,4\r\n"
    )
    assert status == 200
    assert "<script>alert" not in page


def test_only_instructors_may_send_a_large_file(clients: Clients, classroom: Desk) -> None:
    large, small = b"x" * 4_000_000, b"attempt,question\r\n"
    for who, page in [("trainee", "/account"), ("host", "/account"), ("anonymous", "/sign-in")]:
        assert send(clients[who], large, page=page)[0] == 413, "it is not read to its end"
        assert send(clients[who], small, page=page)[0] == (302 if who == "anonymous" else 404)
    status, page = send(clients["instructor"], large)
    assert status == 422
    assert "At most 5 MB" in page
    assert "50,000 lines of 100 columns" in page


def test_hidden_halves_of_characters_do_no_harm(clients: Clients, classroom: Desk) -> None:
    line = b'{"attempt": "\\ud800", "question": "\\udfff", "points_exact": "\\udc00"}'
    status, page = send(clients["instructor"], b'{"form": "engram results 1", "lines": [' + line + b"]}", "r.json")
    assert status == 200
    assert "is no id of an attempt" in page
