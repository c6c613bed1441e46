"""What staff of another organisation find of a course or lab: nothing but what readers find, and nothing is written.

Their own courses are theirs alone in the same way.
"""

import io
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, token_of
from tests.conftest import People as Members
from tests.unit.courses.moving import conftest as two_sites
from tests.unit.courses.moving.conftest import Site
from tests.web.authoring.conftest import FILE, HARBOUR, HOME, INDEX, Desk, send
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import SignIn
from training.audit.models import Event
from training.content import ownership
from training.content import service as content
from training.content.models import Ownership
from training.courses.moving import incoming, signing
from training.schema import metadata
from training.settings import Settings
from training.store import Store

SignInAs = Callable[[str], FlaskClient]
sender, sender_database = two_sites.sender, two_sites.sender_database  # fixtures
MOVING = "/authoring/moving"
LAB = "/authoring/lab/finance-workstation"
FORMS = ("gift", "moodle", "cartridge", "pack")
READ = (
    HOME,
    FILE,
    f"{HOME}/files/keys.yaml",
    f"{HOME}/history/{INDEX}",
    f"{HOME}/history/keys.yaml",
    f"{HOME}/history/{INDEX}?before=0&after=1",
    f"{HOME}/releases",
    f"{HOME}/changes?before=1&after=draft",
    f"{HOME}/trial/01-quay",
    "/authoring/course/glossary",
    LAB,
    f"{LAB}/proof",
    f"{LAB}/files/lab.yaml",
    "/labs/finance-workstation/keys",
    *(f"{MOVING}/courses/harbour/{form}" for form in FORMS),
    *(f"{MOVING}/courses/harbour/{form}/file" for form in FORMS),
)
WRITE = (
    f"{HOME}/begin",
    f"{HOME}/shipped",
    f"{HOME}/modules",
    f"{HOME}/translations",
    f"{HOME}/figures",
    FILE,
    f"{HOME}/files/keys.yaml",
    f"{HOME}/autosave/{INDEX}",
    f"{HOME}/autosave/keys.yaml",
    f"{HOME}/preview/{INDEX}",
    f"{HOME}/history/{INDEX}",
    f"{HOME}/history/keys.yaml",
    f"{HOME}/releases",
    f"{HOME}/rollback",
    f"{HOME}/withdraw",
    f"{HOME}/trial/01-quay",
    "/authoring/course/glossary/begin",
    "/authoring/course/glossary/releases",
    f"{LAB}/begin",
    f"{LAB}/files/lab.yaml",
    f"{LAB}/proof",
)
FIELDS = {
    "text": "x",
    "base": "1",
    "do": "remove",
    "number": "1",
    "title": "Mine",
    "folder": "01-quay",
    "language": "fr",
    "note": "Mine",
    "question": "m1-1-q1",
    "sure": "yes",
    "pack": "finance-workstation-a",
}


def written(store: Store, settings: Settings) -> Mapping[str, Any]:
    """All rows and files, without sign-ins, which each request renews."""
    with store.reading() as session:
        tables = [table for table in metadata().sorted_tables if table is not SignIn.__table__]
        rows = {table.name: sorted(map(repr, session.execute(select(table)))) for table in tables}
    files = {path: path.stat().st_mtime_ns for path in settings.instance.rglob("*") if "engram.db" not in path.name}
    return rows | {"files": sorted(map(repr, files.items()))}


@pytest.fixture(params=[Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR])
def intruder(
    request: pytest.FixtureRequest, sign_in: SignInAs, store: Store, people: Members, clock: Clock
) -> FlaskClient:
    """An instructor of another organisation, who may be its host or administrator besides."""
    with store.writing() as session:
        person = accounts.find(session, people["other_instructor"])
        assert person
        accounts.give_role(session, person, people.elsewhere, request.param, actor=None, now=clock())
    return sign_in("other_instructor")


def test_another_organisation_finds_nothing_of_a_course_or_lab_and_writes_nothing(
    app: Flask, intruder: FlaskClient, begun: Desk, published: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    assert intruder.get("/courses/harbour/m1-1").status_code == 200
    before = written(begun.store, begun.settings)
    found = [address for address in READ if intruder.get(address, buffered=True).status_code != 404]
    found += [address for address in WRITE if intruder.post(address, data=dict(FIELDS)).status_code != 404]
    assert found == []
    assert written(begun.store, begun.settings) == before


def test_its_own_organisation_finds_all_of_it(clients: Mapping[str, FlaskClient], begun: Desk, published: str) -> None:
    client = clients["instructor"]
    ours = [one for one in READ if "glossary" not in one and one != f"{LAB}/files/lab.yaml"]
    missing = [address for address in ours if client.get(address, buffered=True).status_code != 200]
    assert missing == []
    assert send(client, FILE, text=begun.text() + "More.\n", do="save").status_code == 303
    assert send(client, f"{HOME}/releases", note="More").status_code == 303
    assert send(client, f"{HOME}/releases", f"{HOME}/rollback", number="1").status_code == 303


def test_lists_name_only_what_one_may_edit(clients: Mapping[str, FlaskClient], begun: Desk, published: str) -> None:
    for page in ("/authoring", MOVING):
        assert "harbour" in clients["instructor"].get(page).text
        theirs = clients["other_instructor"].get(page).text
        assert "harbour" not in theirs
        assert "finance-workstation" not in theirs


def make(client: FlaskClient, name: str) -> int:
    fields = {"course": name, "title": "A course of ours", "language": "en", "number": "41"}
    return send(client, "/authoring", "/authoring/courses", **fields).status_code


def test_a_course_belongs_to_the_organisation_of_who_began_it(clients: Mapping[str, FlaskClient], desk: Desk) -> None:
    theirs, ours = clients["other_instructor"], clients["instructor"]
    assert make(theirs, "norvala") == 303
    page = "/authoring/course/norvala"
    assert theirs.get(page).status_code == 200
    assert ours.get(page).status_code == 404
    assert "norvala" not in ours.get("/authoring").text
    assert theirs.get(f"{page}/files/keys.yaml").status_code == 200
    assert ours.get(f"{page}/files/keys.yaml").status_code == 404


def test_no_lab_begins_with_the_scenario_of_another_organisation(
    app: Flask, clients: Mapping[str, FlaskClient], desk: Desk, published: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    fields = {"lab": "mine", "title": "Mine", "scenario": "finance-workstation"}
    before = written(desk.store, desk.settings)
    assert clients["other_instructor"].post("/authoring/labs", data=fields).status_code == 422
    assert written(desk.store, desk.settings) == before
    assert clients["instructor"].post("/authoring/labs", data=fields).status_code == 303


def upload(client: FlaskClient, address: str, data: bytes, name: str, **fields: str) -> Any:
    token = token_of(client.get(MOVING).text)
    form = {"csrf_token": token, "file": (io.BytesIO(data), name), **fields}
    with client.post(address, data=form, content_type="multipart/form-data") as answer:
        return answer


def press(client: FlaskClient, page: str, do: str, **fields: str) -> int:
    shown = client.get(page).text
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    data = {"csrf_token": token_of(shown), "do": do, **({"seen": seen[1]} if seen else {}), **fields}
    return client.post(page, data=data).status_code


def test_a_pack_waits_for_one_organisation_and_its_key_is_trusted_by_one(
    clients: Mapping[str, FlaskClient], desk: Desk, sender: Site, people: Members
) -> None:
    theirs, ours, packed = clients["other_instructor"], clients["instructor"], sender.pack()
    page = upload(theirs, f"{MOVING}/packs", packed, "harbour.zip").location
    assert ours.get(page).status_code == 404
    assert page not in ours.get(MOVING).text
    assert press(theirs, page, "trust", whose="A friend") == 303
    key = signing.fingerprint(signing.public_key(sender.settings.instance))
    assert not signing.is_trusted(desk.settings.instance, key, people.home)
    assert "A friend" not in ours.get(MOVING).text
    token = token_of(ours.get(MOVING).text)
    assert ours.post(f"{MOVING}/keys", data={"csrf_token": token, "fingerprint": key}).status_code == 404
    assert signing.is_trusted(desk.settings.instance, key, people.elsewhere)
    upload(ours, f"{MOVING}/packs", packed, "harbour.zip")
    assert "Nobody here trusts this key yet." in ours.get(page).text
    assert len(incoming.waiting(desk.settings.instance, people.home)) == 1


def test_a_pack_cannot_replace_a_course_of_another_organisation(
    clients: Mapping[str, FlaskClient], begun: Desk, sender: Site
) -> None:
    path = sender.settings.courses / "harbour" / INDEX
    path.write_text(path.read_text("utf-8").replace("A short text", "A TEXT OF THEIRS"), "utf-8")
    sender.publish()
    theirs = clients["other_instructor"]
    page = upload(theirs, f"{MOVING}/packs", sender.pack(), "harbour.zip").location
    assert press(theirs, page, "trust", whose="Myself") == 303
    shown = theirs.get(page).text
    assert "these courses belong to another organisation here" in shown
    assert "Take it as shown" not in shown
    assert "A short text" not in shown
    with begun.store.reading() as session:
        before = [one.number for one in content.releases(session, "course", "harbour")], begun.text()
    assert press(theirs, page, "take", seen="0" * 64) == 422
    with begun.store.reading() as session:
        assert ([one.number for one in content.releases(session, "course", "harbour")], begun.text()) == before
    assert "A TEXT OF THEIRS" not in clients["trainee"].get("/courses/harbour/m1-1").text


def test_a_new_course_from_a_pack_belongs_to_the_organisation_that_took_it(
    clients: Mapping[str, FlaskClient], desk: Desk, sender: Site, people: Members
) -> None:
    sender.publish("lantern")
    theirs = clients["other_instructor"]
    page = upload(theirs, f"{MOVING}/packs", sender.pack("lantern"), "lantern.zip").location
    assert press(theirs, page, "trust", whose="A friend") == 303
    assert press(theirs, page, "take") == 303
    with desk.store.reading() as session:
        assert ownership.of(session, "course", "lantern").owner == people.elsewhere
    assert clients["instructor"].get("/authoring/course/lantern").status_code == 404
    assert theirs.get("/authoring/course/lantern").status_code == 200
    assert clients["trainee"].get("/courses/lantern").status_code == 200


def test_questions_are_not_brought_into_a_course_of_another_organisation(
    clients: Mapping[str, FlaskClient], begun: Desk
) -> None:
    clients["other_instructor"].get(MOVING)  # which makes the key of the installation
    question, before = b"::q:: Two and two? {#4}\n", written(begun.store, begun.settings)
    answer = upload(clients["other_instructor"], f"{MOVING}/questions", question, "q.gift", module="harbour/01-quay")
    assert answer.status_code == 404
    assert written(begun.store, begun.settings) == before
    ours = upload(clients["instructor"], f"{MOVING}/questions", question, "q.gift", module="harbour/01-quay")
    assert ours.status_code == 200


def test_a_course_handed_over_is_out_of_reach_of_its_old_owner(
    clients: Mapping[str, FlaskClient], begun: Desk, people: Members, clock: Clock
) -> None:
    with begun.store.writing() as session:
        ownership.give(session, "course", "harbour", people.elsewhere, None, clock())
        event = session.scalars(select(Event).filter_by(act="owner.set").order_by(Event.seq.desc())).first()
        assert event
        assert (event.subject, event.details) == ("course:harbour", {"organisation": str(people.elsewhere)})
    assert clients["instructor"].get(f"{HOME}/files/keys.yaml").status_code == 404
    assert clients["other_instructor"].get(f"{HOME}/files/keys.yaml").status_code == 200


def test_what_nobody_owns_belongs_to_whoever_runs_the_installation(desk: Desk, people: Members, clock: Clock) -> None:
    def owners() -> set[UUID | None]:
        with desk.store.reading() as session:
            return {ownership.of(session, kind, name).owner for kind, name in (("course", "harbour"), ("lab", "none"))}

    assert owners() == {people.home}
    with desk.store.writing() as session:
        ownership.hand_over(session, people.elsewhere, clock())
    assert owners() == {people.elsewhere}
    with desk.store.reading() as session:
        assert accounts.founding(session) == people.elsewhere
        assert list(session.scalars(select(Ownership))) == []
        assert HARBOUR.name == "harbour"
