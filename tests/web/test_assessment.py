"""Assessments in the browser: a host makes a round, people answer without an account, staff read the results."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.assessment_place import ABOUT, SEED, answered, example, host_of, make_round, token_for
from tests.conftest import Clock, People
from tests.hosting_place import make_teaching
from training.accounts.actor import Actor
from training.assessment.instrument.reader import instrument
from training.assessment.models import Answer, Respondent, Round
from training.assessment.service import answering, closing, links, rounds
from training.audit.models import Event
from training.hosting.service import timetable
from training.settings import Settings
from training.store import Store

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _without_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def host(people: People) -> Actor:
    return host_of(people.home, people["host"])


@pytest.fixture
def norvala(store: Store, host: Actor, clock: Clock) -> uuid.UUID:
    with store.writing() as session:
        return answered(session, host, clock()).id


@pytest.fixture
def closed(store: Store, host: Actor, clock: Clock, norvala: uuid.UUID) -> str:
    with store.writing() as session:
        closing.close(session, session.get_one(Round, norvala), host, clock())
    return f"/assessments/{norvala}"


@pytest.fixture
def somebody(app: Flask) -> FlaskClient:
    return app.test_client()


def about(**changed: str) -> dict[str, str]:
    return {**{name: getattr(ABOUT, name) for name in rounds.TEXTS}, **changed}


def link_of(page: str) -> str:
    found = re.search(r"/assessment/((?:[0-9a-z]{4}-){4}[0-9a-z]{4})", page)
    assert found
    return found[0]


def begun(person: FlaskClient, slip: str) -> str:
    """Begin with a link that was handed out; the link that it leads to."""
    seed = re.search(r'name="seed" value="([\w-]{43})"', person.get(slip).text)
    assert seed
    return str(person.post(slip, data={"seed": seed[1]}).location)


def test_from_a_draft_to_results_through_pages_alone(
    clients: Mapping[str, FlaskClient], app: Flask, store: Store
) -> None:
    host = clients["host"]
    made = host.post("/assessments/new", data=about())
    assert made.status_code == 303
    here = made.location.removesuffix("/choices")
    assert host.get(made.location).status_code == 200
    chosen = {"weight-D4.3": "1", "target-D4.3": "5/2", "feasibility-D4.3": "1/4"}
    assert host.post(made.location, data=chosen).status_code == 303
    assert host.post(f"{here}/open").status_code == 303
    slips = host.post(f"{here}/slips", data={"group": "A", "number": "5", "seed": SEED})
    tokens = sorted(set(re.findall(r"/assessment/[0-9a-z-]{24}", slips.text)))
    assert len(tokens) == 5
    for slip in tokens:
        person = app.test_client()
        assert "University of Port Selby" in person.get(slip).text
        link = begun(person, slip)
        assert host.get(f"{slip}/1").status_code == 404  # the host kept a copy of the slip: it leads to no answers
        assert host.post(slip, data={"seed": "x" * 43}).status_code == 409
        assert person.post(f"{link}/1", data={"A1-choice": "law"}).location == f"{link}/2"
        page = person.post(f"{link}/6", data={f"A7-levels-D4.{n}-level": "2" for n in range(1, 5)})
        assert page.location == f"{link}/7"
    assert host.post(f"{here}/close").location == f"{here}/results"
    with store.reading() as session:
        held = session.get_one(Round, uuid.UUID(here.rsplit("/", 1)[1]))
        cell = next(one for one in closing.outcomes(session, held)[0].found["cells"] if one["indicator"] == "D4.3")
        assert held.choices["D4.3"] == {"weight": 1, "target": "5/2", "feasibility": "1/4"}
    assert cell == {"indicator": "D4.3", "group": "S", "asked": 0, "suppressed": True}
    results = host.get(f"{here}/results").text
    assert "D4.3 Live data forensics" in results


@pytest.mark.usefixtures("norvala")
def test_a_respondent_leaves_comes_back_and_finds_every_answer(app: Flask) -> None:
    link = f"/assessment/{links.spelled(token_for('P1'))}"
    person = app.test_client()
    sent = {"P6-levels-D3.1-level": "2", "P6-levels-D3.1-grade": "d", "P6-levels-D3.1-reference": "Act 12"}
    assert person.post(f"{link}/4", data=sent).status_code == 303
    again = app.test_client().get(f"{link}/4").text
    assert re.search(r'name="P6-levels-D3.1-level" value="2" checked', again)
    assert 'value="Act 12"' in again
    assert re.search(r'<option value="d" selected', again)
    assert "Document seen" in again
    assert "Large providers answer out of goodwill." in again  # the descriptor stands beside the choice


@pytest.mark.usefixtures("norvala")
def test_a_page_that_is_refused_keeps_everything_that_was_typed_and_says_all_that_is_wrong(
    somebody: FlaskClient, store: Store
) -> None:
    link = f"/assessment/{token_for('P2')}"
    typed = {
        "P7-subscriber": "ten",
        "P7-traffic": "4",
        "P7-content": "-2",
        "P8-choices": ["time", "other", "basis", "broad"],
    }
    somebody.post(f"{link}/1", data={"P1-choice": "bank"})
    answer = somebody.post(f"{link}/5", data=typed)
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert "&#39;ten&#39; is not a whole number from 0" in answer.text
    for value in ("ten", "4", "-2"):
        assert f'value="{value}"' in answer.text
    assert len(re.findall(r'name="P8-choices" value="\w+" checked', answer.text)) == 4
    assert "4 are chosen; choose at most 3." in answer.text
    with store.reading() as session:
        person = session.scalars(select(Respondent).where(Respondent.token_hash == links.digest(token_for("P2")))).one()
        assert session.get(Answer, (person.id, "P7")) is None


def test_the_first_question_is_the_only_one_that_is_needed(
    norvala: uuid.UUID, somebody: FlaskClient, store: Store
) -> None:
    with store.writing() as session:
        links.add(session, session.get_one(Round, norvala), "I", token_for("new"))
    link = f"/assessment/{token_for('new')}"
    assert somebody.get(f"{link}/2").location == link  # nothing else is open before it
    assert somebody.post(f"{link}/1", data={}).status_code == 422
    assert somebody.post(f"{link}/1", data={"I1-choice": "global", "I2-choices": "none"}).location == f"{link}/13"
    assert somebody.get(f"{link}/3").location == link  # routed past
    assert somebody.post(f"{link}/13", data={}).location == f"{link}/14"
    assert somebody.post(f"{link}/14", data={}).location == f"{link}#done"


def test_a_link_of_a_group_leads_each_to_a_link_of_their_own(
    norvala: uuid.UUID, app: Flask, clients: Mapping[str, FlaskClient], store: Store
) -> None:
    page = clients["host"].post(f"/assessments/{norvala}/code", data={"group": "P", "most": "2", "seed": SEED})
    link = link_of(page.text)
    found = []
    for _ in range(2):
        person = app.test_client()
        seed = re.search(r'name="seed" value="([\w-]{43})"', person.get(link).text)
        assert seed
        mine = person.post(link, data={"seed": seed[1]})
        assert mine.status_code == 303
        assert person.post(link, data={"seed": seed[1]}).location == mine.location  # sent twice
        found.append(mine.location)
    assert len(set(found)) == 2
    assert app.test_client().post(link, data={"seed": "x" * 43}).status_code == 409
    assert app.test_client().post(link, data={"seed": "x"}).status_code == 422
    assert app.test_client().get(f"{link}/1").status_code == 404  # it has no answers of its own


def test_contact_details_are_kept_apart_and_shown_to_hosts_alone(
    norvala: uuid.UUID, somebody: FlaskClient, clients: Mapping[str, FlaskClient], settings: Settings
) -> None:
    link = f"/assessment/{token_for('S1')}"
    ident = re.search(r'name="contact" value="([0-9a-f-]{36})"', somebody.get(link).text)
    assert ident
    sent = {"contact": ident[1], "name": XSS, "reach": "12 Some Street"}
    assert somebody.post(f"{link}/contact", data=sent).status_code == 303
    assert somebody.post(f"{link}/contact", data=sent).status_code == 303
    wrong = somebody.post(f"{link}/contact", data={"contact": ident[1], "name": "Ann", "reach": ""})
    assert (wrong.status_code, 'value="Ann"' in wrong.text) == (422, True)
    assert somebody.post(f"{link}/contact", data={"contact": "1", "reach": "x"}).status_code == 422
    page = clients["host"].get(f"/assessments/{norvala}/contacts").text
    assert page.count("12 Some Street") == 1
    assert "<script>alert" not in page
    assert clients["instructor"].get(f"/assessments/{norvala}/contacts").status_code == 404
    assert len(list((settings.instance / "assessment-keys").iterdir())) == 1
    assert clients["host"].post(f"/assessments/{norvala}/contacts/forget").status_code == 303
    assert list((settings.instance / "assessment-keys").iterdir()) == []


def test_texts_are_read_once_the_round_is_closed_and_who_reads_is_recorded(
    clients: Mapping[str, FlaskClient], store: Store, host: Actor, clock: Clock, norvala: uuid.UUID
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        one = session.scalars(select(Respondent).filter_by(round_id=norvala, group="S").limit(1)).one()
        answering.keep(session, held, one, {"S20": {"text": "The laboratory has no room."}})
    here = f"/assessments/{norvala}"
    assert "has no room" not in clients["host"].get(f"{here}/texts").text
    with store.writing() as session:
        closing.close(session, session.get_one(Round, norvala), host, clock())
    assert "has no room" in clients["host"].get(f"{here}/texts").text
    clients["host"].get(f"{here}/contacts")
    with store.reading() as session:
        reads = session.execute(select(Event.act, Event.actor).where(Event.act.like("assessment.%-read"))).all()
    acts = ["assessment.contacts-read", "assessment.texts-read", "assessment.texts-read"]
    assert sorted(reads) == [(act, host.id) for act in acts]


@pytest.mark.usefixtures("norvala")
def test_a_respondent_can_take_all_answers_back(somebody: FlaskClient, store: Store) -> None:
    link = f"/assessment/{token_for('S1')}"
    assert somebody.post(f"{link}/forget").status_code == 303
    with store.reading() as session:
        person = session.scalars(select(Respondent).where(Respondent.token_hash == links.digest(token_for("S1")))).one()
        assert session.scalars(select(Answer).where(Answer.respondent_id == person.id)).all() == []
    assert "Begin to answer" in somebody.get(link).text


@pytest.mark.usefixtures("norvala")
def test_nobody_reaches_another_ones_answers_and_guessing_is_slowed_down(
    somebody: FlaskClient, settings: Settings
) -> None:
    guesses = [f"{n:020}".replace("9", "z") for n in range(settings.failures_per_minute + 40)]
    seen = [somebody.get(f"/assessment/{guess}").status_code for guess in guesses]
    assert seen[0] == 404
    assert seen[-1] == 429
    assert set(seen) == {404, 429}
    assert seen.index(429) <= settings.failures_per_minute
    assert somebody.get(f"/assessment/{token_for('S1')}").status_code == 200, "the room behind this address goes on"
    # the limit is one for all these pages until the minute is over
    assert somebody.post(f"/assessment/{guesses[0]}/forget").status_code == 429


@pytest.mark.usefixtures("norvala")
def test_right_links_are_never_counted_as_guesses(somebody: FlaskClient, settings: Settings) -> None:
    link = f"/assessment/{token_for('A1')}"
    assert {somebody.get(link).status_code for _ in range(settings.failures_per_minute + 10)} == {200}


def test_whatever_is_typed_is_text_on_every_page(
    clients: Mapping[str, FlaskClient], somebody: FlaskClient, store: Store, host: Actor, clock: Clock
) -> None:
    made = clients["host"].post("/assessments/new", data=about(subject=XSS, body=XSS, scope=XSS, purpose=XSS))
    here = made.location.removesuffix("/choices")
    clients["host"].post(f"{here}/open")
    slips = clients["host"].post(f"{here}/slips", data={"group": "S", "number": "1", "seed": SEED})
    link = begun(somebody, link_of(slips.text))
    somebody.post(f"{link}/1", data={"S1-choice": "police"})
    somebody.post(f"{link}/16", data={"S20-text": XSS})
    somebody.post(f"{link}/7", data={"S9-levels-D4.1-level": "2", "S9-levels-D4.1-reference": XSS})
    pages = [somebody.get(link).text, somebody.get(f"{link}/7").text, somebody.get(f"{link}/16").text]
    assert XSS.replace("<", "&lt;").split(">")[0] in pages[1]
    clients["host"].post(f"{here}/close")
    clients["host"].post(f"{here}/documents", data={"title": XSS, "reference": XSS, "codes": "D4.1"})
    clients["host"].post(f"{here}/notes", data={"kind": "summary", "about": "D4", "text": XSS})
    clients["host"].post(f"{here}/reopen", data={"why": XSS})
    ways = ("", "/about", "/choices", "/results", "/results/D4.1", "/history", "/notes", "/texts")
    pages += [slips.text, *(clients["host"].get(f"{here}{way}").text for way in ways)]
    pages.append(clients["host"].get("/assessments").text)
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    data = json.loads(clients["host"].get(f"{here}/results.json").text)
    assert data["subject"] == XSS
    assert clients["host"].get(f"{here}/report.pdf").status_code == 200


def test_a_subject_that_looks_like_a_formula_is_none_in_the_table(
    clients: Mapping[str, FlaskClient], store: Store, host: Actor, clock: Clock, norvala: uuid.UUID
) -> None:
    with store.writing() as session:
        held = session.get_one(Round, norvala)
        held.subject = '=HYPERLINK("http://x","y")'
        closing.close(session, held, host, clock())
    file = clients["host"].get(f"/assessments/{norvala}/table.csv")
    assert file.mimetype == "text/csv"
    assert "'=HYPERLINK" in file.text
    assert not re.search(r"(^|,)\"?[=+@]", file.text, re.MULTILINE)


def test_results_show_numbers_as_displayed_and_the_figure_with_its_words(
    closed: str, clients: Mapping[str, FlaskClient]
) -> None:
    page = clients["instructor"].get(f"{closed}/results").text
    assert 'role="img"' in page
    assert '<title id="radar-title">' in page
    assert "not published" in page
    for text in ("3.68", "2.98", "3.98", "1.50", "6.67"):
        assert text in page
    assert page.index("D4.3 Live data forensics") < page.index("D4.1 Specialised unit")
    assert "Groups see it differently" in page
    assert "The ranking with all weights equal" in page
    one = clients["instructor"].get(f"{closed}/results/D4.3").text
    assert "fewer than 5" in one
    assert "suppressed" in one
    assert "1.77" in one
    assert clients["instructor"].get(f"{closed}/results/D9.9").status_code == 404


def test_the_export_holds_fractions_and_what_is_displayed_and_no_answers(
    closed: str, clients: Mapping[str, FlaskClient]
) -> None:
    data: dict[str, Any] = json.loads(clients["instructor"].get(f"{closed}/results.json").text)
    there = {one["indicator"]: one for one in data["result"]["indicators"]}
    expected = {one["indicator"]: one for one in example("result")["indicators"]}
    assert {code: there[code] for code in expected} == expected
    assert data["more"]["equal_weights_ranking"][0] == "D6.2"
    assert "answers" not in json.dumps(data)
    public = clients["instructor"].get(f"{closed}/public.json").text
    for word in ('"n"', '"q1"', '"asked"', '"used"', '"evidence"', '"coverage"', '"iqr"'):
        assert word not in public  # no cell of the example has ten answers


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_report_is_a_pdf_with_the_pages_of_its_outline(
    closed: str, clients: Mapping[str, FlaskClient], language: str
) -> None:
    file = clients["instructor"].get(f"{closed}/report.pdf?language={language}")
    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF-")
    assert file.data.count(b"/Type /Page\n") >= 18
    assert "attachment" in file.headers["Content-Disposition"]


def test_a_small_group_can_not_be_told_by_asking_for_corrections(
    closed: str, clients: Mapping[str, FlaskClient], somebody: FlaskClient
) -> None:
    before = clients["host"].get(f"{closed}/results.json").text
    assert clients["host"].post(f"{closed}/reopen", data={"why": "One more person."}).status_code == 303
    link = f"/assessment/{token_for('S1')}"
    assert somebody.post(f"{link}/14", data={"S15-choice": "none"}).status_code == 303
    sent = {f"S9-levels-D4.{n}-level": "0" for n in range(1, 7)}
    assert somebody.post(f"{link}/7", data=sent).status_code == 303
    refused = clients["host"].post(f"{closed}/correct")
    assert refused.status_code == 409
    assert "fewer than 5" in refused.text
    assert clients["host"].get(f"{closed}/results.json").text == before
    assert clients["host"].post(f"{closed}/drop").status_code == 303


def test_a_round_of_another_organisation_is_not_there(closed: str, clients: Mapping[str, FlaskClient]) -> None:
    for way in ("", "/results", "/results.json", "/public.json", "/report.pdf", "/texts"):
        assert clients["other_instructor"].get(f"{closed}{way}").status_code == 404
    assert "Norvala" not in clients["other_instructor"].get("/assessments").text


def test_a_host_makes_no_round_in_an_organisation_of_others(clients: Mapping[str, FlaskClient], people: People) -> None:
    sent = about(organisation=str(people.elsewhere))
    assert clients["host"].post("/assessments/new", data=sent).status_code == 404
    assert clients["host"].post("/assessments/new", data=about(organisation="x")).status_code == 422


def test_a_round_is_deleted_only_with_the_box_ticked(closed: str, clients: Mapping[str, FlaskClient]) -> None:
    assert clients["host"].post(f"{closed}/delete").status_code == 422
    assert clients["host"].post(f"{closed}/delete", data={"sure": "yes"}).status_code == 303
    assert clients["host"].get(closed).status_code == 404


def test_opening_the_list_deletes_what_is_too_old(
    closed: str, clients: Mapping[str, FlaskClient], clock: Clock, sign_in: Callable[[str], FlaskClient]
) -> None:
    assert clients["host"].get("/assessments").status_code == 200
    clock.forward(days=731)
    page = sign_in("host").get("/assessments")
    assert "Closed, texts deleted" in page.text
    assert sign_in("host").get(f"{closed}/results").status_code == 200


def test_a_description_that_is_refused_comes_back_as_it_was_typed(clients: Mapping[str, FlaskClient]) -> None:
    page = clients["host"].post("/assessments/new", data=about(controller="", scope="A long scope", until="soon"))
    assert page.status_code == 422
    assert "A long scope" in page.text
    assert 'value="soon"' in page.text
    choices = clients["host"].post("/assessments/new", data=about()).location
    wrong = clients["host"].post(choices, data={"weight-D1.1": "7", "target-D1.1": "3", "feasibility-D1.1": "1"})
    assert wrong.status_code == 422
    for bad in ("1/0", "x", "9" * 50):
        sent = {"weight-D1.1": "1", "target-D1.1": bad, "feasibility-D1.1": "1"}
        assert clients["host"].post(choices, data=sent).status_code == 422


@pytest.mark.parametrize("number", [0, 17, 999])
@pytest.mark.usefixtures("norvala")
def test_there_are_no_other_pages(somebody: FlaskClient, number: int) -> None:
    assert somebody.get(f"/assessment/{token_for('S1')}/{number}").status_code == 404


def test_no_page_of_a_questionnaire_is_heavier_than_a_first_view_may_be(
    norvala: uuid.UUID,
    somebody: FlaskClient,
    clients: Mapping[str, FlaskClient],
    store: Store,
    host: Actor,
    clock: Clock,
) -> None:
    style = len(somebody.get("/static/" + somebody.get("/sign-in").text.split("/static/")[1].split('"')[0]).data)
    sizes = []
    for group in "SPIA":
        with store.writing() as session:
            links.add(session, session.get_one(Round, norvala), group, token_for(f"z{group}"))
        link, first = f"/assessment/{token_for(f'z{group}')}", instrument().questionnaire(group).questions[0]
        somebody.post(f"{link}/1", data={f"{first.id}-choice": first.fields[0].options[3]})
        sizes += [
            len(somebody.get(f"{link}/{n}").data) for n in range(1, len(instrument().questionnaire(group).pages) + 1)
        ]
    with store.writing() as session:
        draft = make_round(session, host, clock()).id
        closing.close(session, session.get_one(Round, norvala), host, clock())
    for way in ("", "/results", "/notes", "/choices", "/history"):
        sizes.append(len(clients["host"].get(f"/assessments/{norvala}{way}").data))
    sizes.append(len(clients["host"].get(f"/assessments/{draft}/choices").data))
    assert max(sizes) + style <= 100 * 1024


@pytest.mark.usefixtures("published")
def test_a_session_that_teaches_a_recommended_course_is_offered(
    closed: str, clients: Mapping[str, FlaskClient], store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        teaching = make_teaching(session, people, clock(), title="Autumn week in Selby")
        refs = {str(ref["name"]) for part in timetable.parts(session, teaching) for ref in part.refs}
    assert "first-response" in refs
    page = clients["instructor"].get(f"{closed}/results").text
    assert f"/sessions/{teaching.id}" in page
    assert "/courses/first-response" in page
    assert "Autumn week in Selby" in clients["instructor"].get(f"{closed}/results/D4.3").text


def test_the_menu_leads_all_staff_there_and_nobody_else(clients: Mapping[str, FlaskClient]) -> None:
    """Whoever may open the list has the entry, and the other way round."""
    for who, may in {"host": True, "administrator": True, "instructor": True, "trainee": False}.items():
        assert ('href="/assessments"' in clients[who].get("/").text) is may
        assert (clients[who].get("/assessments").status_code == 200) is may
