"""Whom pages of instructors name and count: markers of a mark, people with several attempts, texts without a mark."""

import re
from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer
from tests.unit.marking import rounds as at_marking
from tests.unit.marking.rounds import FULL, Office
from tests.web.conftest import Clients, SignInAs, html_errors, post, send
from tests.web.test_labs_assignments import set_lab
from tests.web.test_marking_regrade import WHY, hidden, step
from training.labs.models import Attempt, Finding
from training.marking.models.appeals import Appeal

office, six = at_marking.office, at_marking.six  # fixtures


def marked(office: Office, *markers: str) -> UUID:
    """The finding of a text that these marked with full marks, in a round that the deputy owns and released."""
    office.write("trainee", "The account typed them.")
    held = office.open(markers, len(markers), about="court", rubric=None, owner="deputy")
    for who in markers:
        office.give(office.pieces(held, who)[0], who, FULL, "Well tied to the rows.")
    office.release_round(held, "deputy")
    with office.rooms.store.reading() as session:
        return session.scalars(select(Finding.id).filter_by(question="court")).one()


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_mark_names_its_markers_and_beside_them_who_released_it(office: Office, sign_in: SignInAs) -> None:
    finding, attempt = marked(office, "instructor", "second"), office.attempt("trainee")
    with office.rooms.store.writing() as session:
        appeal = Appeal(attempt_id=attempt, finding_id=finding, kind="question", reason="Why is it?")
        appeal.against, appeal.request_key, appeal.made_at = 1, str(finding), office.rooms.clock()
        session.add(appeal)
        session.flush()
        made = appeal.id
    owner = sign_in("deputy")
    for address in (f"/marking/findings/{finding}", f"/marking/appeals/{made}"):
        page = owner.get(address).text
        said = text_of(page)
        assert "Marker Instructor Second released by Deputy" in said or (
            "Marker Second Instructor released by Deputy" in said
        )
        assert html_errors(page) == []
    assert "another instructor decides" in sign_in("second").get(f"/marking/appeals/{made}").text
    assert "another instructor decides" not in owner.get(f"/marking/appeals/{made}").text


def test_a_finding_shows_the_rows_that_it_cites(desk: Desk, clients: Clients) -> None:
    bare = desk.submit("q1", "3").finding
    planted = int(answer(desk, "q1"))
    row = desk.answered.find("linux.psaux", PID=planted)
    cited = desk.submit("q1", "4", (desk.cite("linux.psaux", row),)).finding
    assert bare
    assert cited
    page = clients["instructor"].get(f"/marking/findings/{cited.id}").text
    assert re.search(rf"C1 linux\.psaux run \d+ row {row} .*{planted}.*kworker", text_of(page))
    assert html_errors(page) == []
    assert "Nothing was cited." in clients["instructor"].get(f"/marking/findings/{bare.id}").text


def test_a_mark_that_is_taken_back_waits_again_and_is_no_loss(office: Office, sign_in: SignInAs) -> None:
    finding = marked(office, "instructor")
    client, place = sign_in("second"), f"/marking/regrade/{office.people.home}/{office.release}"
    before = step(client, place, client.get(place).text, "show").text
    looked = step(client, place, before, "show", ticked=str(finding)).text
    said = text_of(looked)
    assert "1 person: 0 gain, 0 lose" in said
    assert "Wait for a marker again 1 person" in said
    assert "waits for a marker again (10\u00a0awaited)" in looked.replace("</span>", "").replace(
        '<span class="mute num">', ""
    )
    assert html_errors(looked) == []


def test_a_person_with_two_attempts_is_counted_once_and_told_apart(
    desk: Desk, people: People, clients: Clients, clock: Clock
) -> None:
    assert desk.submit("q1", "3").finding
    with desk.rooms.store.writing() as session:
        mine = session.get_one(Attempt, desk.attempt_id)
        of = {"organisation_id": mine.organisation_id, "release_id": mine.release_id, "exhibit": mine.exhibit}
        now, release = clock(), mine.release_id
        again = Attempt(person_id=mine.person_id, **of, opened_at=now, closed_at=now)
        session.add(again)
        session.flush()
        kept = session.scalars(select(Finding)).one()
        row = {one.key: getattr(kept, one.key) for one in Finding.__table__.columns if one.key != "id"}
        session.add(Finding(**{**row, "attempt_id": again.id, "request_key": "of-the-second"}))
    client, place = clients["instructor"], f"/marking/regrade/{people.home}/{release}"
    looked = voided(client, place)
    assert "1 person: 1 gain, 0 lose" in text_of(looked)
    assert text_of(looked).count("Trainee Practice") == 2
    assert html_errors(looked) == []
    assert client.post(f"{place}/apply", data={**hidden(looked), "reason": WHY}).status_code == 303
    version = client.get(f"{place}/versions/1").text
    assert text_of(version).count("Trainee Practice") == 2
    assert html_errors(version) == []


def voided(client: FlaskClient, place: str) -> str:
    before = client.get(place).text
    return step(client, place, before, "void", void_question="q1", void_reason="Two processes fit.").text


def test_a_release_says_how_many_texts_are_not_marked_and_afterwards_offers_no_time(
    clients: Clients, desk_of: Callable[[str], Desk], people: People, exhibit: str
) -> None:
    here, instructor = set_lab(clients), clients["instructor"]
    assert "not marked yet" not in instructor.get(here).text
    desk = desk_of("trainee")
    with desk.rooms.store.reading() as session:
        release = session.get_one(Attempt, desk.attempt_id).release_id
    Office(desk.rooms, people, release, exhibit).submit("trainee", "4")
    page = instructor.get(here).text
    assert "1 text is not marked yet." in page
    assert html_errors(page) == []
    assert (f"{here}/time" in page, "Move dates" in page) == (True, True)
    assert post(instructor, here, f"{here}/release", sure="1").status_code == 303
    after = instructor.get(here).text
    assert (f"{here}/time" in after, "Move dates" in after, f"{here}/withdraw" in after) == (False, False, True)
    assert "not marked yet" not in after
    assert html_errors(after) == []


def test_a_withdrawn_examination_offers_time_only_to_those_at_work(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    here, instructor = set_lab(clients), clients["instructor"]
    desk = desk_of("trainee")
    assert post(instructor, here, f"{here}/withdraw", sure="1").status_code == 303
    assert f"{here}/time" in instructor.get(here).text
    assert send(clients["trainee"], f"/attempts/{desk.attempt_id}", "/close").status_code == 303
    page = instructor.get(here).text
    assert (f"{here}/time" in page, "Move dates" in page) == (False, False)
    assert html_errors(page) == []
