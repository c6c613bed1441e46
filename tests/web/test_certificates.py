"""Pages of certificates: what anybody sees of a code and of a file, what holders take, what those in charge do."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, People, token_of
from tests.hosting_place import instructor, make_teaching
from tests.unit.credentials.conftest import SAID, actor_of, award, facts_of, site, texts
from tests.web.conftest import html_errors, post
from training.accounts.actor import Actor, Role
from training.accounts.models import Membership
from training.credentials import codes, results, service
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.credentials.results import Wish
from training.hosting.attendance.service import grid, records, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.store import Store

__all__ = ["actor_of", "award", "site"]  # fixtures
Issued = Callable[..., Certificate]
Clients = Mapping[str, FlaskClient]
HERE = {"demonstration": "yes"}
"""Tests reach their server by the loopback alone."""


@pytest.fixture
def issued(store: Store, site: Site, award: Callable[..., Award], actor_of: Any, clock: Clock) -> Issued:
    def made(name: str = "trainee", **changed: Any) -> Certificate:
        with store.writing() as session:
            who = actor_of(session, "instructor")
            found = service.issue(session, site, award(name, **changed), who, clock())
            session.flush()
            _ = found.revocation
        return found

    return made


def page(client: FlaskClient, certificate: Certificate, query: str = "") -> str:
    answer = client.get(f"/certificates/{codes.spelled(certificate.code)}{query}")
    assert answer.status_code == 200
    assert html_errors(answer.text) == []
    return answer.text


def end(store: Store, actor_of: Any, key: UUID, clock: Clock, reason: str = "Results of another person.") -> None:
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, key), actor_of(session, "host"), reason, clock())


def test_anybody_with_the_code_sees_every_printed_fact(app: Flask, issued: Issued) -> None:
    certificate = issued()
    facts = facts_of()
    text = page(app.test_client(), certificate)
    wanted = [facts.holder, facts.host.name, facts.title, facts.place, "33.5", "10 of 10 half-days", "A \u2013 passed"]
    wanted += ["K3", "Memory acquisition", "L1, release 3", "ab" * 32, "finance-workstation", "R. Okafor"]
    wanted += ["2 November 2024", "6 November 2024", "Africa/Nairobi", "25 November 2026", "12 Harbour Street"]
    wanted += [certificate.pdf_sha256, certificate.issuer, str(certificate.id), codes.spelled(certificate.code)]
    assert [one for one in wanted if one not in text] == []
    assert 'class="say ok"' in text


@pytest.mark.parametrize("language", SAID)
def test_the_page_is_in_the_language_of_the_certificate_and_in_any_other_that_is_chosen(
    app: Flask, issued: Issued, language: str
) -> None:
    certificate = issued(language=language)
    text = page(app.test_client(), certificate)
    assert re.search(rf'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"', text)
    assert SAID[language][3] in text
    assert ("33,5" if language == "fr" else "33.5") in text, "hours with the decimal sign of the page"
    for other in SAID:
        told = page(app.test_client(), certificate, f"?lang={other}")
        assert f'<html lang="{other}"' in told
        assert ("33,5" in told) is (other == "fr")
    assert f'<html lang="{language}"' in page(app.test_client(), certificate, "?lang=xx")


def test_states_differ_by_shape_word_and_class(
    app: Flask, issued: Issued, store: Store, actor_of: Any, clock: Clock, site: Site
) -> None:
    client = app.test_client()
    first, second, third = issued(), issued("colleague"), issued("stranger")
    end(store, actor_of, second.id, clock, reason="Sat by <b>somebody</b> else.")
    with store.writing() as session:
        old = session.get_one(Certificate, third.id)
        facts = facts_of(holder="Right Name")
        new = service.replace(session, site, old, facts, "Name", actor_of(session, "host"), clock()).code
    seen = {
        "ok": ("s-ok", "Valid", page(client, first)),
        "bad": ("s-bad", "Revoked on 25 November 2026", page(client, second)),
        "part": ("s-part", "Replaced on 25 November 2026", page(client, third)),
    }
    for kind, (icon, word, text) in seen.items():
        said = re.search(r'<div class="say (\w+)" role="status">.*?</div>', text, re.DOTALL)
        assert said
        assert said[1] == kind
        assert f'href="#{icon}"' in said[0]
        assert word in said[0]
    assert "Sat by &lt;b&gt;somebody&lt;/b&gt; else." in seen["bad"][2]
    assert codes.spelled(new) in seen["part"][2]
    assert codes.spelled(third.code) in client.get(f"/certificates/{new}").text


def test_an_unknown_code_and_a_mistyped_one_look_like_neither(app: Flask, issued: Issued) -> None:
    issued()
    client = app.test_client()
    unknown = client.get(f"/certificates/{codes.new_code()}")
    assert unknown.status_code == 404
    assert "No certificate of this site has this code." in unknown.text
    assert "Revoked" not in unknown.text
    wrong = client.get("/certificates/7K3M9-QXD2V-HT7RW-B4F8X")
    assert wrong.status_code == 404
    assert "a letter or digit of it is wrong" in wrong.text


def test_a_typed_code_leads_to_its_page(app: Flask, issued: Issued) -> None:
    certificate = issued()
    typed = codes.spelled(certificate.code).lower().replace("-", " ")
    answer = app.test_client().get("/certificates/check", query_string={"code": typed})
    assert (answer.status_code, answer.location) == (303, f"/certificates/{codes.spelled(certificate.code)}")
    refused = app.test_client().get("/certificates/check", query_string={"code": "<script>"})
    assert refused.status_code == 422
    assert "<script>" not in refused.text.replace("</script>", "")


def test_guessing_is_slowed(app: Flask, issued: Issued, rooms: Any) -> None:
    certificate = issued()
    client = app.test_client()
    answers = [client.get(f"/certificates/{codes.new_code()}").status_code for _ in range(70)]
    assert answers.count(404) <= rooms.settings.failures_per_minute
    assert answers[-1] == 429
    assert client.get(f"/certificates/{certificate.code}").status_code == 429  # whoever guesses waits


def test_nobody_is_found_by_name(app: Flask, issued: Issued) -> None:
    issued()
    client = app.test_client()
    for address in (
        "/certificates/Amara%20Diallo",
        "/certificates/check?code=Amara+Diallo",
        "/certificates/check?name=x",
    ):
        assert "University of Norvala" not in client.get(address).text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "${7*7}"])
def test_names_of_an_attacker_are_shown_as_they_are(app: Flask, issued: Issued, clients: Clients, name: str) -> None:
    certificate = issued(holder=name, title=name, place=name)
    for text in (page(app.test_client(), certificate), clients["trainee"].get("/certificates").text):
        assert "<script>alert" not in text
        assert "<img" not in text
        assert ">49<" not in text


def sent(client: FlaskClient, data: bytes) -> Any:
    token = token_of(client.get("/certificates/check").text)
    head = 'Content-Disposition: form-data; name="'
    parts = [f'--x\r\n{head}csrf_token"\r\n\r\n{token}\r\n--x\r\n{head}file"; filename="x.pdf"\r\n\r\n'.encode()]
    body = b"".join([*parts, data, b"\r\n--x--\r\n"])  # the test client would put it into a file that it doesn't close
    return client.post("/certificates/check", data=body, content_type="multipart/form-data; boundary=x")


def test_a_file_is_told_apart_by_its_bytes(app: Flask, issued: Issued, store: Store) -> None:
    certificate = issued()
    with store.reading() as session:
        pdf = session.get_one(Certificate, certificate.id).pdf
    client = app.test_client()
    assert "byte for byte" in sent(client, pdf).text
    edited = sent(client, pdf.replace(b"/Lang (en)", b"/Lang (fr)"))
    assert "it was changed" in edited.text
    assert codes.spelled(certificate.code) in edited.text
    assert "unknown here" in sent(client, b"%PDF-1.4\nnothing").text
    assert sent(client, b"PK\x03\x04").status_code == 422
    assert sent(client, b"").status_code == 422
    assert sent(client, b"%PDF-" + b"x" * (2 * 2**20)).status_code == 422
    assert sent(client, b"%PDF-" + b"x" * (8 * 2**20)).status_code == 413


def test_holders_and_staff_take_files_and_nobody_else(
    app: Flask, clients: Clients, issued: Issued, store: Store
) -> None:
    certificate = issued()
    kinds = {"pdf": b"%PDF-", "png": b"\x89PNG", "svg": b"<svg", "json": b"{", "jwt": b"eyJ"}
    for form, begins in kinds.items():
        address = f"/certificates/{certificate.id}/file.{form}"
        for who in ("trainee", "host", "administrator"):
            answer = clients[who].get(address)
            assert answer.status_code == 200
            assert answer.data.startswith(begins)
            assert answer.headers["Content-Disposition"].startswith("attachment")
        for who in ("instructor", "colleague", "stranger", "other_instructor"):  # there is no session that they run
            assert clients[who].get(address).status_code == 404
        assert app.test_client().get(address).status_code == 302
    assert codes.spelled(certificate.code) in clients["trainee"].get("/certificates").text
    assert codes.spelled(certificate.code) not in clients["colleague"].get("/certificates").text


def test_the_list_and_the_verifier_are_open_and_signed(
    app: Flask, issued: Issued, store: Store, actor_of: Any, clock: Clock
) -> None:
    certificate = issued()
    end(store, actor_of, certificate.id, clock)
    client = app.test_client()
    plain = client.get("/certificates/status/1")
    assert (plain.content_type, plain.text.count(".")) == ("application/vc+jwt", 2)
    proved = client.get("/certificates/status/1", headers={"Accept": "application/vc"})
    assert json.loads(proved.text)["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    assert client.get("/certificates/status/2").status_code == 404
    verifier = client.get("/certificates/verifier")
    assert verifier.headers["Content-Disposition"].startswith("attachment")
    assert certificate.issuer in verifier.text


# the session


@pytest.fixture
def teaching(store: Store, people: People, clock: Clock) -> UUID:
    """A session of one trainee who was marked as present in every half-day, and one of whom nobody said anything."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        made.opened_at = clock()
        found = standing.ledger(session, made)
        for number, times in enumerate(found.times):
            filled = Filled({people["trainee"]: Mark("present")}, "", records.last(session, made))
            grid.keep(session, instructor(people), made, times, filled, Origin("grid", f"half-{number}"), clock())
    clock.forward(days=4)
    return made.id


def at(teaching: UUID, rest: str = "") -> str:
    return f"/sessions/{teaching}/certificates{rest}"


def seen(client: FlaskClient, teaching: UUID) -> str:
    found = re.search(r'name="seen" value="(\w{64})"', client.get(at(teaching)).text)
    return found[1] if found else ""


def recorded(client: FlaskClient, teaching: UUID, person: UUID, name: str, *pieces: str, **more: Any) -> Any:
    address = at(teaching, f"/{person}")
    data = {
        "csrf_token": token_of(client.get(address).text),
        "examination": name,
        "piece": list(pieces),
        "sitting": "1",
    }
    return client.post(f"{address}/result", data={**data, "sat_on": "2026-11-26", **more})


def confirmed(client: FlaskClient, teaching: UUID) -> Any:
    return post(client, at(teaching), at(teaching, "/confirm"), seen=seen(client, teaching))


@pytest.fixture
def second(store: Store, people: People, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """The host, who teaches as well."""
    with store.writing() as session:
        session.add(Membership(person_id=people["host"], organisation_id=people.home, role=Role.INSTRUCTOR))
    return sign_in("host")


def test_from_results_to_a_certificate(
    app: Flask, clients: Clients, teaching: UUID, people: People, second: FlaskClient, store: Store
) -> None:
    first = clients["instructor"]
    assert recorded(first, teaching, people["trainee"], "A", "80", "70,5", "90").status_code == 303
    assert recorded(first, teaching, people["trainee"], "B", "60", "60").status_code == 303
    page = first.get(at(teaching)).text
    assert html_errors(page) == []
    assert "Certificate of achievement" in page
    assert "For distinction the mean has to be 85 %" in page
    assert confirmed(first, teaching).status_code == 303
    refused = post(first, at(teaching), at(teaching, "/issue"), seen=seen(second, teaching), **HERE)
    assert refused.status_code == 409
    assert confirmed(second, teaching).status_code == 303
    assert post(first, at(teaching), at(teaching, "/issue"), seen=seen(first, teaching), **HERE).status_code == 303
    with store.reading() as session:
        (made,) = service.of_session(session, teaching)
        facts = service.printed(session, made).facts
    assert (made.person_id, facts.kind, facts.hours, facts.attended) == (people["trainee"], "achievement", "33.5", 10)
    assert [one.result for one in facts.examinations] == ["passed", "passed"]
    papers = first.get(at(teaching, "/print.pdf"))
    assert papers.data.startswith(b"%PDF-")
    shown = first.get(at(teaching, f"/{people['trainee']}")).text
    assert html_errors(shown) == []
    assert codes.spelled(made.code) in shown


@pytest.mark.parametrize(("language", "hours"), [("en", "33.5"), ("fr", "33,5"), ("ar", "33.5")])
def test_pages_say_hours_with_the_decimal_sign_of_their_reader(
    clients: Clients, teaching: UUID, people: People, language: str, hours: str
) -> None:
    own = f"/sessions/{teaching}/results"
    pages = (("instructor", at(teaching)), ("instructor", at(teaching, f"/{people['trainee']}")), ("trainee", own))
    for name, address in pages:
        clients[name].set_cookie("language", language)
        assert hours in clients[name].get(address).text, address
    for address in (f"/sessions/{teaching}", f"/sessions/{teaching}/timetable", "/sessions/new"):
        told = clients["instructor"].get(address).text
        found = re.findall(r"\d[.,]\d(?= hours of| heures de)|(?<=ساعات التدريب: )\d{1,2}[.,]\d", told)
        assert found, address
        assert {one[-2] for one in found} == {hours[2]}


def test_a_change_of_results_asks_both_again(
    clients: Clients, teaching: UUID, people: People, second: FlaskClient
) -> None:
    first = clients["instructor"]
    before = seen(first, teaching)
    confirmed(first, teaching)
    recorded(first, teaching, people["trainee"], "A", "80", "70", "90")
    stale = post(second, at(teaching), at(teaching, "/confirm"), seen=before)
    assert stale.status_code == 409
    assert "changed since you looked" in stale.text
    confirmed(second, teaching)
    assert "another instructor has to do so" in second.get(at(teaching)).text
    assert "I confirm these results" in first.get(at(teaching)).text


def test_one_person_confirms_once_whatever_is_pressed(clients: Clients, teaching: UUID) -> None:
    first = clients["instructor"]
    digest = seen(first, teaching)
    for _ in range(3):
        post(first, at(teaching), at(teaching, "/confirm"), seen=digest)
    assert "Issue 1" not in first.get(at(teaching)).text


@pytest.mark.parametrize(("pieces", "more", "said"), [
    (("80", "70"), {}, "percent of every piece"),
    (("101", "70", "9"), {}, "at most two decimals"),
    (("80.123", "70", "9"), {}, "at most two decimals"),
    (("-1", "70", "9"), {}, "at most two decimals"),
    (("٨٠٫١٢٣", "70", "9"), {}, "at most two decimals"),  # noqa: RUF001 - digits as they are typed in Arabic
    (("", "", ""), {}, "at least one piece"),
    (("80", "70", "9"), {"sat_on": "2027-01-01"}, "between the first day"),
    (("80", "70", "9"), {"sat_on": "soon"}, "such as 2026-11-06"),
    (("80", "70", "9"), {"sitting": "2"}, "sitting before first"),
    (("80", "70", "9"), {"sitting": "3"}, "no such resit"),
    (("80", "70", "9"), {"examination": "Z"}, "no such examination"),
])  # fmt: skip
def test_results_that_can_not_be_are_refused_with_what_was_typed(
    clients: Clients, teaching: UUID, people: People, pieces: tuple[str, ...], more: dict[str, str], said: str
) -> None:
    answer = recorded(clients["instructor"], teaching, people["trainee"], "A", *pieces, **more)
    assert answer.status_code == 422
    assert said in answer.text
    if "examination" not in more:
        assert f'value="{pieces[0]}"' in answer.text


def test_scores_are_exact(store: Store, teaching: UUID, people: People, actor_of: Any, clock: Clock) -> None:
    with store.writing() as session:
        found = session.get_one(TeachingSession, teaching)
        who: Actor = actor_of(session, "instructor")
        wish = Wish("A", 1, ("59.99", "60", "60"), "2026-11-26")
        made = results.record(session, who, found, people["trainee"], wish, clock())
        assert made.score == 599_940


def test_a_certificate_is_replaced_and_revoked_by_staff_alone(
    app: Flask, clients: Clients, teaching: UUID, people: People, store: Store, site: Site, clock: Clock, actor_of: Any
) -> None:
    with store.writing() as session:
        mine = Award(people["trainee"], teaching, people.home, facts_of())
        key = service.issue(session, site, mine, actor_of(session, "instructor"), clock()).id
    address = at(teaching, f"/{people['trainee']}")
    who = clients["instructor"]
    empty = post(who, address, f"/certificates/{key}/revoke", reason=" ")
    assert empty.status_code == 422
    kept = post(who, address, f"/certificates/{key}/replace", holder="Right\u202eName", reason="A reason", **HERE)
    assert kept.status_code == 422
    assert "A reason" in kept.text
    right = {"holder": "Right Name", "reason": "Typo", **HERE}
    assert post(who, address, f"/certificates/{key}/replace", **right).status_code == 303
    with store.reading() as session:
        new = service.of_session(session, teaching)[-1].id
    with store.writing() as session:  # an instructor of the organisation who does not teach in this session
        session.add(Membership(person_id=people["colleague"], organisation_id=people.home, role=Role.INSTRUCTOR))
    for other in ("trainee", "colleague", "stranger", "other_instructor"):
        token = token_of(clients[other].get("/certificates/check").text)
        form = {"csrf_token": token, "reason": "No", "holder": "Somebody Else", **HERE}
        for act in ("revoke", "replace", "renew"):
            assert clients[other].post(f"/certificates/{new}/{act}", data=form).status_code == 404
    assert clients["instructor"].get(f"/certificates/{new}/file.pdf").status_code == 200
    assert clients["colleague"].get(f"/certificates/{new}/file.pdf").status_code == 404
    assert post(who, address, f"/certificates/{new}/revoke", reason="Not the person").status_code == 303
    assert post(who, address, f"/certificates/{new}/revoke", reason="Again").status_code == 409
    with store.reading() as session:
        states = [service.shown(session, one).state for one in service.of_session(session, teaching)]
    assert states == ["replaced", "revoked"]


def test_the_file_for_the_printer_has_the_papers_of_the_session_that_hold(
    clients: Clients, teaching: UUID, people: People, store: Store, site: Site, clock: Clock, actor_of: Any
) -> None:
    who, host, holders = clients["instructor"], people["host"], ("Revoked One", "Replaced One", "Elsewhere")
    with store.writing() as session:
        by, keys = actor_of(session, "instructor"), []
        for name, holder in zip(("trainee", "colleague", "trainee"), holders, strict=True):
            place = teaching if holder != "Elsewhere" else host
            award = Award(people[name], place, people.home, facts_of(holder=holder))
            keys.append(service.issue(session, site, award, by, clock()).id)
        first, second, _ = (session.get_one(Certificate, key) for key in keys)
        service.revoke(session, first, by, "Wrong.", clock())
        new = service.replace(session, site, second, facts_of(holder="Right Name"), "Typo", by, clock()).id
    printed = "".join(texts(who.get(at(teaching, "/print.pdf")).data)).replace(" ", "")
    held = [one for one in (*holders, "Right Name") if one.replace(" ", "") in printed]
    assert held == ["Right Name"]
    with store.writing() as session:
        service.revoke(session, session.get_one(Certificate, new), actor_of(session, "host"), "Wrong.", clock())
    assert who.get(at(teaching, "/print.pdf")).status_code == 404


def test_whoever_was_taken_out_gets_nothing_and_keeps_a_page(
    clients: Clients, teaching: UUID, people: People, store: Store, actor_of: Any, clock: Clock
) -> None:
    with store.writing() as session:
        found = session.get_one(TeachingSession, teaching)
        members.withdraw(session, actor_of(session, "instructor"), found, people["trainee"], clock())
    text = clients["instructor"].get(at(teaching, f"/{people['trainee']}")).text
    assert "Taken out of the session." in text
    assert "10 of 10 half-days" in text


def test_another_organisation_finds_no_session(clients: Clients, teaching: UUID, people: People) -> None:
    for who in ("stranger", "other_instructor", "trainee", "colleague"):
        for rest in ("", "/print.pdf", f"/{people['trainee']}"):
            assert clients[who].get(at(teaching, rest)).status_code == 404


def test_a_session_in_which_nobody_took_attendance_has_its_page(
    clients: Clients, store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock()).id
    text = clients["instructor"].get(at(made)).text
    assert "0 half-days attended, 9 are needed." in text
