"""The page of one's own competencies, the record for instructors, what they confirm, the file and its check."""

import io
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.unit.labs import setting
from tests.unit.labs.conftest import Desk
from tests.unit.labs.setting import EXAMINATION, teacher
from tests.unit.labs.test_findings import answer, prove
from tests.unit.learning import small_course
from tests.web.conftest import SignInAs, html_errors, post
from training.accounts.actor import Actor
from training.audit.models import Event
from training.content.models import Release
from training.labs.models import Assignment, Attempt
from training.labs.service import assignments, attempts
from training.learning.competence import document
from training.learning.models import Statement
from training.learning.service import competence
from training.settings import ROOT
from training.store import Store, new_id
from training.web.rooms import Rooms

Clients = Mapping[str, FlaskClient]
set_lab = setting.set_lab  # fixture
PAGE = "/competencies"


@pytest.fixture(scope="module")
def content_of_the_repository(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """One small course with a name of the catalogue, and the lab: these pages need no more."""
    folder = small_course.write(tmp_path_factory.mktemp("courses"))
    return {"course": [folder], "lab": [ROOT / "labs" / "finance-workstation"]}


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing is frozen beforehand: what these pages need is published anew."""
    return tmp_path_factory.mktemp("frozen")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def row_of(page: str, competency: str) -> str:
    """The row of a competency in the overview, as words."""
    return text_of(page.split(f'href="#{competency}">', 1)[1].split("</tr>", 1)[0]).strip()


def record_of(people: People, name: str = "trainee") -> str:
    return f"/people/{people[name]}/competencies"


def confirmed(client: FlaskClient, people: People, **fields: str) -> TestResponse:
    given = {"task": "casework:acquisition", "competency": "K3", "day": "2026-11-20", "request_key": new_id().hex}
    return post(client, record_of(people), **{**given, **fields})


def count(store: Store, kind: type) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_whoever_has_shown_nothing_sees_sixteen_rows_and_what_to_do(clients: Clients, published: str) -> None:
    page = clients["trainee"].get(PAGE).text
    assert html_errors(page) == []
    assert "Not shown yet" in row_of(page, "K6")
    assert len(re.findall(r'href="#K\d+"', page)) == 16
    assert "Read these modules and mark them as read" in page
    assert "Not in this installation" in page  # labs of the table that are not here
    assert len(page.encode()) < 100 * 1024 - len((ROOT / "training/web/static/engram.css").read_bytes())


def test_a_role_is_chosen_and_its_targets_are_shown(clients: Clients, published: str) -> None:
    trainee = clients["trainee"]
    assert row_of(trainee.get(PAGE).text, "K3").split()[:6] == ["K3", "Acquisition", "of", "volatile", "data", "-"]
    assert post(trainee, PAGE, f"{PAGE}/role", role="examiner").status_code == 303
    assert row_of(trainee.get(PAGE).text, "K3").split()[:6] == ["K3", "Acquisition", "of", "volatile", "data", "4"]
    post(trainee, PAGE, f"{PAGE}/role", role="first-responder")
    page = trainee.get(PAGE).text
    assert row_of(page, "K9").split()[:6] == ["K9", "Trust", "in", "the", "kernel's", "answers"][:6]
    assert '<option value="first-responder" selected>' in page
    refused = post(trainee, PAGE, f"{PAGE}/role", role="emperor")
    assert refused.status_code == 422
    assert "Choose a role" in refused.text


@pytest.mark.parametrize("who", ["trainee", "colleague", "host", "administrator", "stranger", "other_instructor"])
def test_the_record_of_a_person_is_for_instructors_of_the_organisation(
    who: str, clients: Clients, people: People, store: Store
) -> None:
    client = clients[who]
    token = token_of(client.get(PAGE).text)
    data = {"csrf_token": token, "task": "casework:acquisition", "competency": "K3", "day": "2026-11-20"}
    assert client.get(record_of(people)).status_code == 404
    assert client.get(record_of(people) + ".json").status_code == 404
    assert client.post(record_of(people), data={**data, "request_key": new_id().hex}).status_code == 404
    assert count(store, Statement) == 0


def test_an_instructor_confirms_use_at_work_once_and_can_withdraw_it(
    clients: Clients, people: People, published: str, store: Store
) -> None:
    instructor, key = clients["instructor"], new_id().hex
    for _ in range(2):
        assert confirmed(instructor, people, request_key=key).status_code == 303
    assert count(store, Statement) == 1
    page = instructor.get(record_of(people)).text
    assert html_errors(page) == []
    assert "Acquired data" in page
    assert confirmed(instructor, people, request_key=key, competency="K4").status_code == 409
    with store.reading() as session:
        made = session.scalars(select(Statement)).one()
        acts = [(one.act, one.details) for one in session.scalars(select(Event)) if one.act.startswith("statement")]
    assert (made.person_id, made.by_id, made.kind) == (people["trainee"], people["instructor"], "casework")
    assert [act for act, _ in acts] == ["statement.made"]
    assert acts[0][1]["competency"] == "K3"
    assert "Instructor" in text_of(clients["trainee"].get(PAGE).text)
    for _ in range(2):
        assert post(instructor, record_of(people), f"/statements/{made.id}/withdraw").status_code == 303
    assert "Withdrawn on" in instructor.get(record_of(people)).text


def test_only_instructors_of_the_organisation_withdraw(clients: Clients, people: People, store: Store) -> None:
    confirmed(clients["instructor"], people)
    with store.reading() as session:
        made = session.scalars(select(Statement)).one().id
    for who in ("trainee", "other_instructor", "host"):
        client = clients[who]
        data = {"csrf_token": token_of(client.get(PAGE).text)}
        assert client.post(f"/statements/{made}/withdraw", data=data).status_code == 404
    with store.reading() as session:
        assert session.scalars(select(Statement)).one().withdrawn_at is None


def test_nobody_confirms_anything_of_themselves(clients: Clients, people: People, store: Store) -> None:
    instructor = clients["instructor"]
    own = instructor.get(record_of(people, "instructor"))
    assert own.status_code == 200
    assert "Confirm something" not in own.text
    data = {"csrf_token": token_of(own.text), "task": "review:report", "competency": "K14", "day": "2026-11-20"}
    answer = instructor.post(record_of(people, "instructor"), data={**data, "request_key": new_id().hex})
    assert (answer.status_code, count(store, Statement)) == (404, 0)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"day": "2026-11-26"}, "2026-11-26 does not lie between"),
        ({"day": "2024-01-01"}, "2024-01-01 does not lie between"),
        ({"day": "soon"}, "'soon' was not read as a day"),
        ({"competency": "K17"}, "Choose the competency"),
        ({"task": "casework:secret"}, "Choose what is confirmed"),
        ({"task": "level:4"}, "Choose what is confirmed"),
        ({"task": "", "competency": "", "day": "2027-01-01"}, "Choose the competency"),
        ({"task": "critical:notes"}, "Choose the examination"),
        ({"task": "critical:notes", "attempt": "x", "reason": "Because of it."}, "Choose the examination"),
        ({"request_key": "<"}, "lost its key"),
    ],
)
def test_what_does_not_fit_is_refused_and_comes_back_as_it_was_typed(
    fields: dict[str, str], why: str, clients: Clients, people: People, store: Store
) -> None:
    answer = confirmed(clients["instructor"], people, **fields)
    assert answer.status_code == 422
    assert why in text_of(answer.text)
    assert html_errors(answer.text) == []
    if fields.get("day", "").startswith("20"):
        assert f'value="{fields["day"]}"' in answer.text
    assert count(store, Statement) == 0


def test_the_last_day_that_can_be_confirmed_is_the_one_that_it_is_where_the_host_is(
    app: Flask, rooms: Rooms, clients: Clients, people: People
) -> None:
    # eleven hours behind: at nine in the morning, UTC, it is the day before
    behind = rooms.settings.model_copy(update={"time_zone": "Pacific/Pago_Pago"})
    app.extensions["rooms"] = replace(rooms, settings=behind)
    assert confirmed(clients["instructor"], people, day="2026-11-25").status_code == 422
    assert confirmed(clients["instructor"], people, day="2026-11-24").status_code == 303


def test_the_file_is_computed_anew_and_a_changed_one_is_found(clients: Clients, people: People, published: str) -> None:
    confirmed(clients["instructor"], people)
    trainee = clients["trainee"]
    sent = trainee.get(f"{PAGE}.json")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    made = document.read(sent.data)
    assert made.person == str(people["trainee"])
    assert [one.kind for one in made.records.statements] == ["casework"]
    assert "All levels follow from the records" in checked(trainee, sent.data)
    assert "All records in the file are in this installation" in checked(trainee, sent.data)
    forged = json.loads(sent.data)
    forged["computed"][2]["level"] = 4
    assert "does not follow from its records" in checked(trainee, json.dumps(forged).encode())
    added = json.loads(sent.data)
    added["records"]["statements"][0]["ident"] = "statement:made-up"
    assert "1 record is not here" in checked(trainee, json.dumps(added).encode())
    assert "were not compared" in checked(clients["colleague"], sent.data)
    assert "were not compared" in checked(clients["other_instructor"], sent.data)
    assert "All records in the file are in this installation" in checked(clients["instructor"], sent.data)


def checked(client: FlaskClient, data: bytes) -> str:
    page = client.get(f"{PAGE}/verify").text
    fields = {"csrf_token": token_of(page), "file": (io.BytesIO(data), "records.json")}
    answer = client.post(f"{PAGE}/verify", data=fields, content_type="multipart/form-data")
    assert html_errors(answer.text) == []
    return text_of(answer.text)


def test_what_is_no_file_of_records_is_refused(clients: Clients) -> None:
    trainee = clients["trainee"]
    assert "is no record of competencies" in checked(trainee, b"PK\x03\x04")
    token = token_of(trainee.get(f"{PAGE}/verify").text)
    assert trainee.post(f"{PAGE}/verify", data={"csrf_token": token}).status_code == 422


# from answers and a real attempt to levels


def test_answers_and_a_real_examination_give_levels_that_fade(
    desk_of: Callable[[str], Desk],
    set_lab: Callable[..., UUID],
    rooms: Rooms,
    sign_in: SignInAs,
    clock: Clock,
    people: People,
    tmp_path: Path,
) -> None:
    store, settings = rooms.store, rooms.settings
    small_course.publish(store, settings, clock, small_course.write(tmp_path))
    trainee = Actor(people["trainee"], "Trainee", people.home)
    small_course.answer(store, settings, clock, trainee, 8, 2)
    assert "1 aware Fading 2026-11-25" in row_of(sign_in("trainee").get(PAGE).text, "K6")  # answered on one day
    clock.forward(days=1)
    small_course.answer(store, settings, clock, trainee, 1)
    assert "1 aware Current 2026-11-25" in row_of(sign_in("trainee").get(PAGE).text, "K6")

    set_lab(**{**EXAMINATION, "dates": ((clock() + timedelta(days=1), 100),), "opens_at": clock()})
    desk = desk_of("trainee")
    for name in ("q1", "q2", "q3", "q4", "q5", "q7"):
        desk.submit(name, answer(desk, name), prove(desk, name))
    assert "1 aware" in row_of(sign_in("trainee").get(PAGE).text, "K6")  # not released: nobody is told
    for name in ("q8", "q9"):
        desk.submit(name, answer(desk, name), prove(desk, name))
    with store.writing() as session:
        found = session.scalars(select(Assignment)).one()
        assignments.release(session, teacher(people), found, clock())
    page = sign_in("trainee").get(PAGE).text
    assert "3 independent Current 2026-11-26 2027-05-25 2027-11-26" in row_of(page, "K6")
    assert f'href="/attempts/{desk.attempt_id}"' in page
    assert "in an examination, on a variant not seen before" in page
    with store.reading() as session:
        attempt = session.get_one(Attempt, desk.attempt_id)
        release = session.get_one(Release, attempt.release_id)
    assert f"release {release.sha256[:8]}, exhibit {attempt.exhibit[:8]}" in page
    assert "Not shown yet" in row_of(page, "K5")  # the exhibit was not verified first

    clock.forward(days=181)
    page = sign_in("trainee").get(PAGE).text
    assert "3 independent Fading" in row_of(page, "K6")
    assert "is fading" in page
    clock.forward(days=185)
    assert "2 assisted Lapsed 2026-11-26" in row_of(sign_in("trainee").get(PAGE).text, "K6")
    assert html_errors(page) == []


def test_a_critical_error_takes_an_examination_its_level_until_it_is_withdrawn(
    desk_of: Callable[[str], Desk],
    set_lab: Callable[..., UUID],
    rooms: Rooms,
    sign_in: SignInAs,
    clock: Clock,
    people: People,
) -> None:
    set_lab(**EXAMINATION)
    desk = desk_of("trainee")
    for name in ("q1", "q2", "q3", "q4", "q5", "q7", "q8", "q9"):
        desk.submit(name, answer(desk, name), prove(desk, name))
    instructor = sign_in("instructor")
    attempt = str(desk.attempt_id)
    reason = "It was stated as certain, and the exhibit says otherwise."
    sent = confirmed(
        instructor, people, task="critical:certain", competency="", attempt=attempt, reason=reason, day="2026-11-25"
    )
    assert sent.status_code == 303
    assert reason not in sign_in("trainee").get(PAGE).text  # the results are not released
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.scalars(select(Assignment)).one(), clock())
    page = sign_in("trainee").get(PAGE).text
    assert reason in unescape(page)
    assert "Not shown yet" in row_of(page, "K6")
    with rooms.store.reading() as session:
        made = session.scalars(select(Statement)).one().id
    post(instructor, record_of(people), f"/statements/{made}/withdraw")
    assert "3 independent" in row_of(sign_in("trainee").get(PAGE).text, "K6")
    stranger = sign_in("other_instructor")
    data = {"csrf_token": token_of(stranger.get(PAGE).text), "task": "critical:certain", "attempt": attempt}
    address = record_of(people, "stranger")
    answered = stranger.post(address, data={**data, "day": "2026-11-25", "reason": reason, "request_key": new_id().hex})
    assert answered.status_code == 404  # no examination of that person


def test_a_year_of_records_is_computed_in_50_milliseconds(
    desk_of: Callable[[str], Desk], rooms: Rooms, clock: Clock, people: People, tmp_path: Path
) -> None:
    store, settings = rooms.store, rooms.settings
    small_course.publish(store, settings, clock, small_course.write(tmp_path))
    trainee = Actor(people["trainee"], "Trainee", people.home)
    for _ in range(25):
        small_course.answer(store, settings, clock, trainee, 9, 1)
        desk = desk_of("trainee")
        for name in ("q1", "q2", "q5", "q8"):
            desk.submit(name, "3" if name in {"q1", "q8"} else "/usr/bin/x")
        with store.writing() as session:
            attempts.close(session, session.get_one(Attempt, desk.attempt_id), clock())
        clock.forward(days=14)
    times = []
    for _ in range(7):
        begun = time.process_time()
        with store.reading() as session:
            found = competence.profile(session, settings.instance, people["trainee"], clock(), settings.zone)
            assert len(found.standings) == 16
        times.append(time.process_time() - begun)
    assert (len(found.evidence.answers), len(found.evidence.attempts)) == (250, 25)
    assert min(times) < 0.15  # some 30 ms on a quiet machine
