"""Organisations: roles given and taken, the list of all, the look on every page, and the walls between them."""

import io
import re
from collections.abc import Callable, Mapping

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching
from tests.web.conftest import SignInAs, html_errors, is_in, post
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Organisation
from training.audit.models import Event
from training.authoring import notes
from training.settings import Settings
from training.store import Store

Clients = Mapping[str, FlaskClient]
LAW = {
    "jurisdiction": "Port Selby",
    "article": "Harbour Act, article 4",
    "dated": "2026-10-01",
    "checked_by": "A. Judge",
    "text": "Write to the **harbour court** first.",
}


def change(client: FlaskClient, people: People, name: str, act: str, role: str = "", where: str = "") -> TestResponse:
    """Send the form beside a member."""
    address = f"/organisations/{where or people.home}/members/{people[name]}/roles"
    return post(client, "/account", address, act=act, role=role)


def held(store: Store, people: People, name: str) -> set[str]:
    with store.reading() as session:
        person = accounts.find(session, people[name])
        assert person
        return {one.role for one in person.memberships if one.organisation_id == people.home}


def acts(store: Store, subject: str) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Event.act).filter_by(subject=subject).order_by(Event.seq)))


def dots(kind: str, width: int = 800, height: int = 400) -> bytes:
    """A picture that tells where it was taken."""
    picture, out = Image.new("RGB", (width, height), "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "written by somebody"  # ImageDescription
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def dress(client: FlaskClient, people: People, data: bytes, **fields: str) -> TestResponse:
    page = f"/organisations/{people.home}/look"
    sent = {"csrf_token": token_of(client.get(page).text), "short_name": "Port Selby", "languages": "fr", "address": ""}
    return client.post(page, data={**sent, **fields, "logo": (io.BytesIO(data), "logo")})


def test_staff_see_their_organisation_and_nobody_of_another(people: People, sign_in: SignInAs) -> None:
    page = sign_in("instructor").get("/organisation").text
    assert html_errors(page) == []
    assert "Academy of Port Selby" in page
    assert ">colleague</bdi>" in page
    assert "stranger" not in page
    assert sign_in("trainee").get("/organisation").status_code == 404
    for which in (str(people.home), "nonsense", ""):
        address = "/organisation"
        assert sign_in("other_instructor").get(address, query_string={"organisation": which}).status_code == 404


@pytest.mark.parametrize(
    ("actor", "target", "act", "role", "status"),
    [
        ("host", "trainee", "give", "instructor", 303),
        ("host", "instructor", "take", "instructor", 303),
        ("administrator", "instructor", "give", "host", 303),
        ("administrator", "instructor", "give", "administrator", 303),
        ("host", "trainee", "give", "host", 422),
        ("host", "trainee", "give", "administrator", 422),
        ("host", "administrator", "take", "administrator", 422),
        ("host", "administrator", "part", "", 422),
        ("host", "administrator", "give", "instructor", 422),
        ("host", "administrator", "give", "trainee", 422),
        ("administrator", "host", "give", "trainee", 303),
        ("host", "host", "give", "administrator", 422),
        ("administrator", "administrator", "take", "administrator", 422),
        ("administrator", "host", "take", "host", 422),
        ("administrator", "host", "part", "", 422),
        ("host", "trainee", "give", "owner", 422),
        ("host", "trainee", "sell", "trainee", 422),
        ("host", "trainee", "take", "instructor", 404),
        ("host", "stranger", "give", "trainee", 404),
        ("administrator", "stranger", "part", "", 404),
        ("instructor", "trainee", "give", "instructor", 404),
        ("trainee", "trainee", "give", "administrator", 404),
        ("other_instructor", "trainee", "part", "", 404),
    ],
)
def test_who_gives_and_takes_which_role(
    people: People, sign_in: SignInAs, store: Store, actor: str, target: str, act: str, role: str, status: int
) -> None:
    before = held(store, people, target)
    assert change(sign_in(actor), people, target, act, role).status_code == status
    after = held(store, people, target)
    if status == 303:
        assert after == (before | {role} if act == "give" else before - {role})
        word = "role.given" if act == "give" else "role.taken"
        assert acts(store, f"person:{people[target]}")[-1] == word
    else:
        assert after == before


def test_nobody_reaches_into_another_organisation_by_its_id(people: People, sign_in: SignInAs, store: Store) -> None:
    for actor in ("host", "administrator"):
        answer = change(sign_in(actor), people, "stranger", "part", where=str(people.elsewhere))
        assert answer.status_code == 404
    assert sign_in("stranger").get("/courses").status_code == 200


def test_whoever_moves_away_is_out_at_once(people: People, sign_in: SignInAs, store: Store, clock: Clock) -> None:
    with store.writing() as session:
        teaching = make_teaching(session, people, clock())
    gone = sign_in("trainee")
    place = f"/sessions/{teaching.id}"
    assert gone.get(place).status_code == 200
    assert change(sign_in("host"), people, "trainee", "part").status_code == 303
    assert not is_in(gone)
    again = sign_in("trainee")
    assert is_in(again)
    assert again.get(place).status_code == 404
    assert again.get("/sessions").status_code == 404
    assert ">trainee</bdi>" not in sign_in("host").get("/organisation").text


def test_the_last_host_stays_until_there_is_another(people: People, sign_in: SignInAs, store: Store) -> None:
    client = sign_in("administrator")
    refused = change(client, people, "host", "take", "host")
    assert refused.status_code == 422
    assert "Host is the last host here" in refused.text
    assert html_errors(refused.text) == []
    refused = post(client, "/people", f"/people/{people['host']}/disabled", disabled="yes")
    assert refused.status_code == 422
    assert change(client, people, "colleague", "give", "host").status_code == 303
    assert change(client, people, "host", "take", "host").status_code == 303
    assert "host" not in held(store, people, "host")
    assert change(sign_in("administrator"), people, "colleague", "take", "host").status_code == 422


def test_a_disabled_host_does_not_count_as_another(people: People, sign_in: SignInAs, store: Store) -> None:
    client = sign_in("administrator")
    assert change(client, people, "colleague", "give", "host").status_code == 303
    assert post(client, "/people", f"/people/{people['colleague']}/disabled", disabled="yes").status_code == 303
    assert change(client, people, "host", "take", "host").status_code == 422


def test_an_administrator_makes_an_organisation_whose_first_host_comes_by_invitation(
    people: People, sign_in: SignInAs, store: Store
) -> None:
    client = sign_in("administrator")
    listed = client.get("/organisations").text
    assert html_errors(listed) == []
    assert "University of Norvala" in listed
    assert "Stranger" not in listed
    key = re.findall(r'name="token" type="hidden" value="([\w-]{43})"', listed)[0]
    made = post(client, "/organisations", name="Coast Guard", kind="agency", token=key)
    assert html_errors(made.text) == []
    link = re.search(r"http://localhost(/invitation/[\w-]{43})<", made.text)
    assert link
    twice = post(client, "/organisations", name="Coast guard", kind="agency", token=key)
    assert twice.status_code == 422
    assert "called Coast guard already" in twice.text
    host = sign_in("anonymous")
    typed = {"name": "First Host", "login": "first", "password": "a long word of theirs"}
    assert post(host, link[1], **typed, again_password=typed["password"]).status_code == 303
    page = host.get("/organisation").text
    assert "Coast Guard" in page
    assert "Academy of Port Selby" not in page
    assert host.get("/organisations").status_code == 404
    with store.reading() as session:
        made_id = session.scalars(select(Organisation.id).filter_by(name="Coast Guard")).one()
    assert client.get("/organisation", query_string={"organisation": made_id}).status_code == 404


def test_a_closed_organisation_lets_nobody_in_until_it_is_opened_again(
    people: People, sign_in: SignInAs, store: Store
) -> None:
    client, inside = sign_in("administrator"), sign_in("other_instructor")
    address = f"/organisations/{people.elsewhere}/closed"
    assert inside.get("/people").status_code == 200
    assert post(client, "/organisations", address, closed="yes").status_code == 422
    assert inside.get("/people").status_code == 200
    assert post(client, "/organisations", address, closed="yes", sure="yes").status_code == 303
    for page in ("/people", "/organisation", "/results", "/sessions", "/authoring/notes"):
        assert inside.get(page).status_code == 404, page
    assert "Closed" in client.get("/organisations").text
    assert post(client, "/organisations", f"/organisations/{people.elsewhere}/host", token="x" * 43).status_code == 409
    assert post(client, "/organisations", address, closed="no").status_code == 303
    assert inside.get("/people").status_code == 200
    assert acts(store, f"organisation:{people.elsewhere}")[-2:] == ["organisation.closed", "organisation.reopened"]


def test_an_invitation_into_a_closed_organisation_is_good_for_nothing(people: People, sign_in: SignInAs) -> None:
    client = sign_in("administrator")
    token = "i" * 43
    assert post(client, "/organisations", f"/organisations/{people.elsewhere}/host", token=token).status_code == 200
    guest = sign_in("anonymous")
    assert guest.get(f"/invitation/{token}").status_code == 200
    post(client, "/organisations", f"/organisations/{people.elsewhere}/closed", closed="yes", sure="yes")
    assert guest.get(f"/invitation/{token}").status_code == 404


def test_nobody_closes_the_organisation_that_they_work_in(people: People, sign_in: SignInAs) -> None:
    client = sign_in("administrator")
    address = f"/organisations/{people.home}/closed"
    assert post(client, "/organisations", address, closed="yes", sure="yes").status_code == 422
    assert client.get("/organisations").status_code == 200


def test_an_organisation_with_administrators_is_kept_by_these_alone(
    people: People, sign_in: SignInAs, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        person = accounts.find(session, people["other_instructor"])
        assert person
        accounts.give_role(session, person, people.elsewhere, Role.ADMINISTRATOR, actor=None, now=clock())
    theirs, ours = sign_in("other_instructor"), sign_in("administrator")
    for act, fields in (("name", {"name": "Ours"}), ("closed", {"closed": "yes", "sure": "yes"}), ("host", {})):
        assert post(ours, "/organisations", f"/organisations/{people.elsewhere}/{act}", **fields).status_code == 404
        assert post(theirs, "/organisations", f"/organisations/{people.home}/{act}", **fields).status_code == 404
    assert post(theirs, "/organisations", f"/organisations/{people.elsewhere}/name", name="Norvala").status_code == 303


def test_organisations_are_made_by_those_who_run_the_installation_alone(
    people: People, sign_in: SignInAs, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        person = accounts.find(session, people["other_instructor"])
        assert person
        accounts.give_role(session, person, people.elsewhere, Role.ADMINISTRATOR, actor=None, now=clock())
        guild = accounts.make_organisation(session, "Guild", "agency", now=clock()).id
    theirs, ours = sign_in("other_instructor"), sign_in("administrator")
    assert "Make an organisation" not in theirs.get("/organisations").text
    token = "n" * 43
    assert post(theirs, "/organisations", name="Of theirs", kind="agency", token=token).status_code == 404
    for act, fields in (
        ("host", {"token": token}),
        ("name", {"name": "X"}),
        ("closed", {"closed": "yes", "sure": "yes"}),
    ):
        assert post(theirs, "/organisations", f"/organisations/{guild}/{act}", **fields).status_code == 404, act
    assert sign_in("anonymous").get(f"/invitation/{token}").status_code == 404
    with store.reading() as session:
        places = {one.name: one.closed_at for one in accounts.organisations(session)}
    assert places == {"Academy of Port Selby": None, "Guild": None, "University of Norvala": None}
    assert post(ours, "/organisations", f"/organisations/{guild}/name", name="Guild of Selby").status_code == 303


def test_a_new_name_is_kept_unless_another_organisation_has_it(people: People, sign_in: SignInAs, store: Store) -> None:
    client = sign_in("administrator")
    address = f"/organisations/{people.home}/name"
    taken = post(client, "/organisations", address, name="university of NORVALA")
    assert taken.status_code == 409
    assert 'value="university of NORVALA"' in taken.text
    assert html_errors(taken.text) == []
    for bad in ("", "a" * 121, "a\u202eb"):
        assert post(client, "/organisations", address, name=bad).status_code == 422
    assert post(client, "/organisations", address, name=" Academy  of Selby ").status_code == 303
    assert "Academy of Selby" in client.get("/people").text


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_look_stands_in_the_mast_of_members_and_of_nobody_else(people: People, clients: Clients, kind: str) -> None:
    assert 'class="ours"' not in clients["trainee"].get("/").text
    assert dress(clients["host"], people, dots(kind)).status_code == 303
    page = clients["trainee"].get("/").text
    assert html_errors(page) == []
    found = re.search(r'class="ours"><img src="(/[^"]+)"', page)
    assert found
    answer = clients["trainee"].get(found[1])
    assert answer.mimetype == "image/png"
    assert Image.open(io.BytesIO(answer.data)).size == (128, 64)
    assert len(answer.data) < 4_000
    assert b"written by somebody" not in answer.data
    assert "no-store" not in answer.headers["Cache-Control"]
    assert 'class="ours"' not in clients["stranger"].get("/").text
    assert clients["stranger"].get(found[1]).status_code == 404
    assert clients["anonymous"].get(found[1]).status_code == 302
    assert 'class="ours"' not in clients["anonymous"].get("/sign-in").text


def test_the_door_shows_the_look_of_the_only_organisation(people: People, clients: Clients) -> None:
    dress(clients["host"], people, dots("PNG"))
    close = f"/organisations/{people.elsewhere}/closed"
    assert post(clients["administrator"], "/organisations", close, closed="yes", sure="yes").status_code == 303
    door = clients["anonymous"].get("/sign-in").text
    assert html_errors(door) == []
    found = re.search(r'class="ours"><img src="(/[^"]+)"', door)
    assert found
    assert clients["anonymous"].get(found[1]).status_code == 200
    assert clients["anonymous"].get(f"/organisations/{people.elsewhere}/sign/{'0' * 64}").status_code == 302
    assert clients["anonymous"].get(f"/organisations/{people.home}/logo").status_code == 302


def test_a_large_drawing_does_not_weigh_on_every_page(people: People, clients: Clients) -> None:
    shapes = "".join(f'<rect x="{n}" y="1" width="1" height="1"/>' for n in range(500))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{shapes}</svg>'
    assert dress(clients["host"], people, svg.encode()).status_code == 303
    page = clients["trainee"].get("/").text
    assert re.search(r'class="ours"><span dir="auto">Port Selby</span>', page)


@pytest.fixture
def written(published: str, people: People, store: Store, settings: Settings, clock: Clock) -> str:
    """A note of the home organisation at the first place of a course; its key."""
    with store.writing() as session:
        key = "contact-point"
        assert key in {one.key for one in notes.wanted(session, settings.instance, people.home)}
        notes.write(session, people.home, key, LAW, people["host"], clock())
    return key


def test_a_law_sheet_gathers_the_notes_of_the_readers_own_organisation(
    written: str, people: People, clients: Clients
) -> None:
    address = "/organisation/law-sheet/cooperation"
    sheet = clients["trainee"].get(address).text
    assert html_errors(sheet) == []
    assert "<strong>harbour court</strong>" in sheet
    assert "Academy of Port Selby" in sheet
    assert "What the host has not written yet" in sheet
    other = clients["stranger"].get(address).text
    assert "harbour court" not in other
    assert "Academy of Port Selby" not in other
    assert clients["trainee"].get("/organisation/law-sheet/nothing").status_code == 404


def test_the_page_says_which_places_have_a_note_and_when_to_read_it_again(
    written: str, people: People, sign_in: Callable[[str], FlaskClient], clock: Clock
) -> None:
    page = sign_in("instructor").get("/organisation").text
    assert "Read it again by 2027-11-25." in page
    assert "Harbour Act, article 4" in page
    assert "Harbour Act" not in sign_in("other_instructor").get("/organisation").text
    clock.forward(days=366)
    assert re.search(r"</svg>Read it again</span>", sign_in("instructor").get("/organisation").text)


def test_whoever_lost_the_role_of_host_changes_no_roles(
    people: People, sign_in: SignInAs, store: Store, clock: Clock
) -> None:
    client = sign_in("host")
    assert change(client, people, "trainee", "give", "instructor").status_code == 303
    with store.writing() as session:
        person = accounts.find(session, people["host"])
        assert person
        accounts.take_role(session, person, people.home, Role.HOST, actor=None, now=clock())
        assert accounts.actor_of(person) == Actor(person.id, person.name, None, frozenset())
    assert change(sign_in("host"), people, "trainee", "part").status_code == 404
    assert held(store, people, "trainee") == {"trainee", "instructor"}
