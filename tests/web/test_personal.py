"""Pages of personal data: one's own, somebody else's for administrators, an organisation's; and who gets nothing."""

import io
import json
import threading
import zipfile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.web.conftest import PASSWORD, SignInAs, html_errors, is_in, post
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Person
from training.accounts.service import passwords
from training.audit.models import Event
from training.personal.models import Erasure, RetentionDue
from training.personal.service import asking
from training.settings import Settings
from training.store import Store, new_id

MINE = "/account/data"
SURE = {"sure": "yes", "certificates": "erase"}


def files(answer: TestResponse) -> dict[str, bytes]:
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    data = answer.get_data()
    answer.close()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def of(people: People, name: str) -> str:
    return f"/people/{people[name]}/data"


def waits(store: Store, people: People, name: str = "trainee") -> Erasure | None:
    with store.reading() as session:
        return asking.waiting(session, people[name])


def test_the_way_leads_from_the_account_to_a_file_in_the_readers_language(sign_in: SignInAs, store: Store) -> None:
    client = sign_in("trainee")
    assert MINE in client.get("/account").text
    page = client.get(MINE).text
    assert html_errors(page) == []
    assert "What is held" in page
    client.set_cookie("language", "fr")
    found = files(post(client, MINE, f"{MINE}/export"))
    assert '<html lang="fr"' in found["index.html"].decode()
    (person,) = (json.loads(line) for line in found["data/person.jsonl"].splitlines())
    assert person["login"] == "trainee"
    with store.reading() as session:
        assert session.scalars(select(Event.details).where(Event.act == "personal.exported")).one()["by"] == "own"


def test_an_administrator_takes_it_for_somebody_and_the_audit_log_says_who(
    sign_in: SignInAs, people: People, store: Store
) -> None:
    client = sign_in("administrator")
    assert of(people, "trainee") in client.get("/people").text
    page = client.get(of(people, "trainee")).text
    assert html_errors(page) == []
    found = files(post(client, of(people, "trainee"), f"{of(people, 'trainee')}/export"))
    assert b"trainee" in found["data/person.jsonl"]
    assert "data/margin_note.jsonl" not in found
    with store.reading() as session:
        event = session.scalars(select(Event).where(Event.act == "personal.exported")).one()
        assert (event.actor, event.subject) == (people["administrator"], f"person:{people['trainee']}")


@pytest.mark.parametrize("who", ["trainee", "colleague", "instructor", "host", "other_instructor", "stranger"])
@pytest.mark.parametrize("act", ["", "/export", "/erasure", "/erasure/withdraw"])
def test_nobody_else_reaches_the_data_of_another(sign_in: SignInAs, people: People, who: str, act: str) -> None:
    client = sign_in(who)
    token = token_of(client.get("/account").text)
    address = f"{of(people, 'trainee' if who != 'trainee' else 'colleague')}{act}"
    answer = client.post(address, data={"csrf_token": token, **SURE}) if act else client.get(address)
    assert answer.status_code == 404


def test_an_administrator_of_another_organisation_finds_nobody(
    sign_in: SignInAs, people: People, store: Store, clock: Clock
) -> None:
    """Also not somebody who holds a role in both: what is held is not for one of them alone."""
    with store.writing() as session:
        there = accounts.find(session, people["other_instructor"])
        both = accounts.find(session, people["colleague"])
        assert there
        assert both
        accounts.give_role(session, there, people.elsewhere, Role.ADMINISTRATOR, actor=None, now=clock())
        accounts.give_role(session, both, people.elsewhere, Role.TRAINEE, actor=None, now=clock())
    client = sign_in("other_instructor")
    for name in ("trainee", "colleague", "administrator"):
        assert client.get(of(people, name)).status_code == 404
    assert client.get(f"/organisations/{people.home}/data").status_code == 404
    assert client.get(f"/organisations/{people.elsewhere}/data").status_code == 200
    assert sign_in("administrator").get(of(people, "colleague")).status_code == 404


def test_asking_wants_the_tick_and_the_password_and_loses_nothing_that_was_chosen(
    sign_in: SignInAs, people: People, store: Store
) -> None:
    client = sign_in("trainee")
    answer = post(client, MINE, f"{MINE}/erasure", password=PASSWORD)
    assert answer.status_code == 422
    assert "Tick the box" in answer.text
    answer = post(client, MINE, f"{MINE}/erasure", password="a wrong password", sure="yes", certificates="keep")
    assert answer.status_code == 422
    assert "The password is not right." in answer.text
    assert 'value="keep" checked' in answer.text
    assert 'name="sure" value="yes" checked' in answer.text
    assert waits(store, people) is None
    assert post(client, MINE, f"{MINE}/erasure", password=PASSWORD, **SURE).status_code == 303
    assert waits(store, people)


def test_who_came_by_a_slip_is_led_to_a_first_password_and_asks_with_it(
    sign_in: SignInAs, people: People, store: Store
) -> None:
    client = sign_in("trainee")
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).password_hash = passwords.NOBODY
    account, mine = client.get("/account").text, client.get(MINE).text
    assert html_errors(account) == html_errors(mine) == []
    for page in (account, mine):
        assert 'href="/join/password"' in page
        assert 'type="password"' not in page, "no password is asked for that there isn't"
    refused = post(client, MINE, f"{MINE}/erasure", password="", **SURE)
    assert refused.status_code == 422
    assert "You have no password yet. Choose one first, then ask." in refused.text
    for _ in range(8):  # they are no wrong passwords: nobody has to wait for them
        assert post(client, MINE, f"{MINE}/erasure", password="a guess", **SURE).status_code == 422
    assert waits(store, people) is None
    chosen = {"password": "three words of mine", "again_password": "three words of mine"}
    assert post(client, "/join/password", **chosen).status_code == 303
    account, mine = client.get("/account").text, client.get(MINE).text
    assert "/join/password" not in account + mine
    assert 'name="old_password"' in account
    assert post(client, MINE, f"{MINE}/erasure", password="three words of mine", **SURE).status_code == 303
    assert waits(store, people)


def test_the_person_is_told_and_takes_it_back(sign_in: SignInAs, people: People, store: Store) -> None:
    staff = sign_in("administrator")
    page = of(people, "trainee")
    answer = post(staff, page, f"{page}/erasure", reason="short", sure="yes")
    assert answer.status_code == 422
    assert ">short</textarea>" in answer.text
    assert post(staff, page, f"{page}/erasure", reason="<b>Left the agency</b>", **SURE).status_code == 303
    client = sign_in("trainee")
    for address in ("/", "/account"):
        assert "Your data will be erased" in client.get(address).text
    shown = client.get(MINE).text
    assert html_errors(shown) == []
    assert "&lt;b&gt;Left the agency&lt;/b&gt;" in shown
    assert "Administrator" in shown
    assert post(client, MINE, f"{MINE}/erasure/withdraw").status_code == 303
    assert waits(store, people) is None
    assert "Your data will be erased" not in client.get("/").text
    assert post(client, MINE, f"{MINE}/erasure/withdraw").status_code == 409


def test_the_organisation_does_not_take_back_what_the_person_asked(
    sign_in: SignInAs, people: People, store: Store
) -> None:
    post(sign_in("trainee"), MINE, f"{MINE}/erasure", password=PASSWORD, **SURE)
    page = of(people, "trainee")
    answer = post(sign_in("administrator"), page, f"{page}/erasure/withdraw")
    assert answer.status_code == 409
    assert waits(store, people)
    listed = sign_in("host").get(f"/organisations/{people.home}/data").text
    assert html_errors(listed) == []
    assert "Trainee" in listed


def test_two_forms_sent_at_once_ask_once(sign_in: SignInAs, people: People, store: Store) -> None:
    client = sign_in("administrator")
    page = of(people, "trainee")
    token = token_of(client.get(page).text)
    told: list[int] = []

    def send(one: FlaskClient) -> None:
        data = {"csrf_token": token, "reason": "Left the agency", **SURE}
        told.append(one.post(f"{page}/erasure", data=data).status_code)

    threads = [threading.Thread(target=send, args=(client,)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(told) == [303, 409]
    with store.reading() as session:
        assert len(session.scalars(select(Erasure)).all()) == 1


def test_whoever_is_erased_is_out_at_once_and_can_never_come_in_again(
    sign_in: SignInAs, people: People, store: Store, settings: Settings, clock: Clock
) -> None:
    """They are at work in another window when it happens."""
    client, staff = sign_in("trainee"), sign_in("administrator")
    token = token_of(client.get("/account").text)
    with store.writing() as session:
        erasure = asking.ask(session, people["trainee"], people["trainee"], asking.Wish(days=0), clock())
    asking.carry_out(store, settings, erasure.id, clock())
    assert not is_in(client)
    answer = client.post("/account", data={"csrf_token": token, "name": "Back Again", "language": "", "theme": "auto"})
    assert answer.status_code in {302, 401}
    assert "Erased person" not in staff.get("/people").text  # no role is left, so nobody is listed
    assert staff.get(of(people, "trainee")).status_code == 404
    for act in ("password", "disabled"):
        form = {"csrf_token": token_of(staff.get("/people").text), "disabled": "no"}
        assert staff.post(f"/people/{people['trainee']}/{act}", data=form).status_code == 404
    with store.reading() as session:
        assert session.get_one(Person, people["trainee"]).name.startswith("Erased person ")


def test_rules_are_set_kept_when_one_is_wrong_and_shown_to_hosts(
    sign_in: SignInAs, people: People, store: Store
) -> None:
    page = f"/organisations/{people.home}/data"
    client = sign_in("administrator")
    shown = client.get(page).text
    assert html_errors(shown) == []
    answer = post(client, page, f"{page}/rules", work="2", talk="9")
    assert answer.status_code == 422
    assert 'value="2"' in answer.text
    assert 'value="9"' in answer.text
    assert "Give between 6 and 240 months." in answer.text
    assert post(client, page, f"{page}/rules", work="24", talk="9").status_code == 303
    assert "24 months" in sign_in("host").get(page).text
    host = sign_in("host")
    assert host.post(f"{page}/rules", data={"csrf_token": token_of(host.get(page).text)}).status_code == 404
    for odd in ("1e3", "٣", "-5", "9999"):
        assert post(client, page, f"{page}/rules", work=odd).status_code == 422
    assert post(client, page, f"{page}/rules").status_code == 303
    assert "24 months" not in host.get(page).text
    with store.reading() as session:
        acts = session.scalars(select(Event.act).where(Event.act == "retention.rule_set")).all()
        assert len(acts) == 4


def test_nobody_decides_what_a_rule_of_another_organisation_found(
    sign_in: SignInAs, people: People, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        found = {"session_id": None, "term": "traces", "counts": {"sign_in": 3}, "found_at": clock(), "due_at": clock()}
        due = RetentionDue(id=new_id(), organisation_id=people.elsewhere, state="waiting", reason="", **found)
        session.add(due)
    page = f"/organisations/{people.home}/data"
    client = sign_in("host")
    for place in (people.home, people.elsewhere):
        form = {"csrf_token": token_of(client.get(page).text), "act": "hold", "reason": "An inquiry is under way"}
        assert client.post(f"/organisations/{place}/data/due/{due.id}", data=form).status_code == 404
    with store.reading() as session:
        assert session.get_one(RetentionDue, due.id).state == "waiting"


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_pages_are_in_the_language_of_the_reader(sign_in: SignInAs, people: People, language: str) -> None:
    client = sign_in("administrator")
    client.set_cookie("language", language)
    for address in (MINE, of(people, "trainee"), f"/organisations/{people.home}/data"):
        page = client.get(address).text
        assert html_errors(page) == []
        assert f'lang="{language}"' in page
        assert len(page.encode()) < 100_000


def test_files_are_counted_by_person_and_not_by_address(sign_in: SignInAs) -> None:
    """A class sits behind one address; whoever asks again and again waits, and nobody else."""
    client, other = sign_in("trainee"), sign_in("colleague")
    token = token_of(client.get(MINE).text)
    told = []
    for _ in range(21):
        answer = client.post(f"{MINE}/export", data={"csrf_token": token}, buffered=True)
        told.append(answer.status_code)
    assert told == [200] * 20 + [429]
    assert files(post(other, MINE, f"{MINE}/export"))
