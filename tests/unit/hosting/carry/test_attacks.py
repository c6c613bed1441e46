"""Bundles that somebody made to do harm, bundles in the wrong place, and imports that die in the middle."""

import base64
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from tests.conftest import People
from training import schema
from training.accounts import service as accounts
from training.accounts.models import Membership, Person
from training.courses.moving import signing
from training.errors import Conflict, Refused
from training.hosting.carry import bundle, files, history, presence, rows, sending, tables, taking
from training.hosting.carry.identities import Answers
from training.hosting.models import TeachingSession
from training.store import new_id

from .conftest import Place
from .forging import forged
from .sides import OTHERS


def test_every_table_is_carried_or_left_behind_with_a_reason() -> None:
    every = set(schema.metadata().tables)
    assert set(tables.BY_NAME) | set(tables.LEFT) == every
    assert not set(tables.BY_NAME) & set(tables.LEFT)
    assert all(tables.LEFT.values())


def count(place: Place) -> dict[str, int]:
    with place.store.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in schema.metadata().tables.items()
        }


@pytest.mark.any_database
def test_a_bundle_of_a_key_that_nobody_trusts_is_not_read_and_not_taken(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "b", laptop)
    with laptop.store.writing() as session:
        signing.distrust(session, laptop.instance, sent.fingerprint, None, laptop.now())
    seen = laptop.look(sent)
    assert (seen.trusted, seen.title) == (False, "")
    with pytest.raises(Refused, match="trusted"):
        taking.take(laptop.store, laptop.settings, sent, "", None, laptop.now())


@pytest.mark.any_database
def test_a_bundle_is_neither_shown_nor_taken_in_another_session(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "b", laptop)
    with pytest.raises(Refused, match="of another session"):
        taking.look(laptop.store, laptop.settings, sent, OTHERS, only=new_id())
    with pytest.raises(Refused, match="of another session"):
        taking.take(laptop.store, laptop.settings, sent, "", None, laptop.now(), only=new_id())


@pytest.mark.any_database
def test_a_sealed_bundle_opens_for_its_receiver_alone_and_hides_the_names_of_people(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "b", laptop)
    with zipfile.ZipFile(sent.path) as archive:
        assert b"Colleague" not in archive.read("rows.json")
    assert b"Colleague" in sent.bytes_of("rows.json", laptop.instance)
    with pytest.raises(Refused, match="another installation"):
        sent.bytes_of("rows.json", home.instance)


@pytest.mark.any_database
@pytest.mark.parametrize("sealed", [False, True])
def test_a_changed_byte_anywhere_in_a_bundle_is_found(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path, *, sealed: bool
) -> None:
    whole = home.send(teaching, tmp_path / "b", laptop if sealed else None).path.read_bytes()
    before, changed = count(laptop), tmp_path / "changed"
    changed.write_bytes(whole)
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        _flip(changed, at)
        try:
            found = bundle.read(changed)
            taking.look(laptop.store, laptop.settings, found, OTHERS)
        except Refused:
            assert count(laptop) == before
        else:  # what no reader of a zip looks at, such as a time: all that was signed is the same
            assert found.name == bundle.read(tmp_path / "b").name
        _flip(changed, at)
    assert changed.read_bytes() == whole


def _flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def rewritten(sent: Path, into: Path, name: str, old: bytes, new: bytes) -> Path:
    """The archive with one file changed and as long as it was: whole as a zip, so that only what was signed tells."""
    with zipfile.ZipFile(sent) as archive, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as other:
        for one in archive.namelist():
            data = archive.read(one)
            assert one != name or (old in data and len(old) == len(new))
            other.writestr(one, data.replace(old, new) if one == name else data)
    return into


@pytest.mark.any_database
def test_an_archive_that_was_written_anew_with_other_content_is_refused(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "b", None).path
    with pytest.raises(Refused, match=r"manifest\.json was changed|signature"):
        bundle.read(rewritten(sent, tmp_path / "manifest", bundle.MANIFEST, b'"made"', b'"Made"'))
    found = bundle.read(rewritten(sent, tmp_path / "rows", bundle.ROWS, b"Colleague", b"Cousin 12"))
    with pytest.raises(Refused, match=r"rows\.json was changed after the bundle was signed"):
        taking.look(laptop.store, laptop.settings, found, OTHERS)


@pytest.mark.any_database
def test_zip_tricks_are_refused(home: Place, laptop: Place, teaching: UUID, tmp_path: Path) -> None:
    sent = home.send(teaching, tmp_path / "b", laptop)
    more = tmp_path / "more"
    shutil.copyfile(sent.path, more)
    with zipfile.ZipFile(more, "a") as archive:
        archive.writestr("../../escape", b"out")
    with pytest.raises(Refused, match="doesn't name it"):
        bundle.read(more)
    (tmp_path / "tail").write_bytes(sent.path.read_bytes() + b"tail")
    with pytest.raises(Refused, match="after its end"):
        bundle.read(tmp_path / "tail")
    (tmp_path / "text").write_bytes(b"no zip at all, and long enough to have an end")
    with pytest.raises(Refused):
        bundle.read(tmp_path / "text")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "name", ["../../escape", "/etc/passwd", "releases/../../escape", "C:\\escape", "elsewhere/file"]
)
def test_a_signed_bundle_with_a_name_that_leads_out_is_refused(home: Place, tmp_path: Path, name: str) -> None:
    head = {
        "made": home.now(),
        "schema_at": "x",
        "session": new_id(),
        "organisation": new_id(),
        "knows": (),
        "same": {},
    }
    bundle.write(tmp_path / "b", home.instance, {**head, "knows": (), "same": {}}, {name: b"out"}, None)
    with pytest.raises(Refused, match="no name that a file"):
        bundle.read(tmp_path / "b")


@pytest.mark.any_database
def test_a_bundle_of_another_version_says_which_side_is_older(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for schema_at, said in (("0001", "older version"), ("9999", "newer version")):
        head = {"made": home.now(), "schema_at": schema_at, "session": teaching, "organisation": new_id()}
        bundle.write(tmp_path / said, home.instance, {**head, "knows": (), "same": {}}, {"rows.json": b"{}"}, None)
        with pytest.raises(Refused, match=said):
            laptop.look(bundle.read(tmp_path / said))


@pytest.mark.any_database
def test_a_session_of_another_organisation_under_the_same_id_is_refused(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(teaching, tmp_path / "b", laptop), OTHERS)

    def elsewhere(document: dict[str, list[dict[str, Any]]]) -> None:
        old = document["teaching_session"][0]["organisation_id"]
        document["teaching_session"][0]["organisation_id"] = str(people.elsewhere)
        for row in document["organisation"]:
            row["id"] = str(people.elsewhere) if row["id"] == old else row["id"]
            row["name_key"] = row["name"] = "university of norvala"

    with pytest.raises(Refused, match="another organisation"):
        home.look(forged(laptop, teaching, tmp_path / "c", elsewhere))


def test_rows_that_belong_to_something_else_here_refuse_the_whole_bundle(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(teaching, tmp_path / "b", laptop), OTHERS)
    with home.store.writing() as session:
        first = session.get_one(TeachingSession, teaching)
        columns = [one.name for one in rows.table("teaching_session").columns if one.name != "id"]
        other = TeachingSession(**{name: getattr(first, name) for name in columns})
        session.add(other)
        session.flush()
        there = str(other.id)

    def said(document: dict[str, list[dict[str, Any]]]) -> None:
        document["session_part"].append({**document["session_part"][0], "id": str(new_id()), "session_id": there})

    before = count(home)
    with pytest.raises(Refused, match="don't belong to its session"):
        home.look(forged(laptop, teaching, tmp_path / "c", said))
    assert count(home) == before


@pytest.mark.any_database
def test_a_bundle_gives_nobody_a_role_and_changes_no_account_of_here(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(teaching, tmp_path / "b", laptop), OTHERS)

    def greedy(document: dict[str, list[dict[str, Any]]]) -> None:
        row = document["membership"][0]
        document["membership"].append({**row, "role": "administrator"})
        document["person"][0]["name"] = "Somebody else"

    def roles() -> list[tuple[Any, ...]]:
        with home.store.reading() as session:
            held = session.execute(
                select(Membership.person_id, Membership.role).order_by(*Membership.__table__.primary_key)
            )
            named = session.execute(select(Person.id, Person.name, Person.password_hash).order_by(Person.id))
            return [tuple(row) for row in (*held, *named)]

    before = roles()
    with pytest.raises(Refused, match="role that no bundle gives"):
        home.look(forged(laptop, teaching, tmp_path / "c", greedy))
    assert roles() == before

    def promoted(document: dict[str, list[dict[str, Any]]]) -> None:
        row = next(one for one in document["membership"] if one["person_id"] == str(people["trainee"]))
        document["membership"].append({**row, "role": "instructor"})

    home.take(forged(laptop, teaching, tmp_path / "promoted", promoted))
    assert roles() == before
    with laptop.store.writing() as session:
        session.execute(update(Person).where(Person.id == people["trainee"]).values(name="Somebody else"))
    home.take(laptop.send(teaching, tmp_path / "d", home))
    assert roles() == before


@pytest.mark.any_database
def test_accounts_that_came_have_no_password_that_anybody_knows_and_no_second_factor(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    with home.store.writing() as session:
        session.get_one(Person, people["trainee"]).totp_secret = "SECOND-FACTOR"
    laptop.take(home.send(teaching, tmp_path / "b", laptop), OTHERS)
    with laptop.store.reading() as session:
        came = session.get_one(Person, people["trainee"])
        assert not accounts.proves("a long password of tests", accounts.Sealed(came.password_hash))
        assert came.totp_secret is None
    with home.store.reading() as session:
        hashes = set(session.scalars(select(Person.password_hash)))
    sent = bundle.read(tmp_path / "b").bytes_of("rows.json", laptop.instance).decode()
    assert not any(one in sent for one in hashes)
    assert "totp_secret" not in sent


def test_an_import_that_dies_in_the_middle_leaves_nothing_half_done_and_can_be_done_again(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = home.send(teaching, tmp_path / "b", laptop)
    before = count(laptop)
    for where in ((files, "place"), (history, "note")):
        with monkeypatch.context() as broken:

            def die(*_args: object, **_more: object) -> None:
                raise MemoryError

            broken.setattr(*where, die)
            with pytest.raises(MemoryError):
                laptop.take(sent, OTHERS)
        assert count(laptop) == before
    laptop.take(sent, OTHERS)
    after = count(laptop)
    assert laptop.take(sent, OTHERS).taken
    assert count(laptop) == after
    with laptop.store.reading() as session:
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []


@pytest.mark.any_database
def test_what_changed_since_somebody_looked_has_to_be_looked_at_again(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    sent = home.send(teaching, tmp_path / "b", laptop)
    with pytest.raises(Conflict, match="Look at the difference again"):
        taking.take(laptop.store, laptop.settings, sent, "0" * 16, None, laptop.now(), OTHERS)


def test_two_different_changes_of_one_column_are_told_and_what_is_here_stays(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(teaching, tmp_path / "b", laptop), OTHERS)
    for place, room in ((home, "Room 1"), (laptop, "Room 2")):
        with place.store.writing() as session:
            session.get_one(TeachingSession, teaching).room = room
    (clash,) = home.take(laptop.send(teaching, tmp_path / "c", home)).clashes
    assert (clash.column, clash.here, clash.there) == ("room", "Room 1", "Room 2")
    with home.store.reading() as session:
        assert session.get_one(TeachingSession, teaching).room == "Room 1"


@pytest.mark.any_database
def test_a_manifest_that_names_the_key_of_another_installation_is_refused(home: Place, laptop: Place) -> None:
    """Whoever signs it with a key of their own would have people and keys sealed for them."""
    with laptop.store.reading() as session:
        made = json.loads(presence.signed(session, laptop.settings))
    assert presence.read(json.dumps(made).encode()).by == made["has"]["by"]
    made["has"]["by"] = signing.fingerprint(signing.public_key(home.instance))
    signature = signing.sign(laptop.instance, presence.SIGNED_AS + bundle.lines(made["has"]))
    forged_one = json.dumps({**made, "signature": base64.b64encode(signature).decode()}).encode()
    with pytest.raises(Refused, match="no manifest of an installation"):
        presence.read(forged_one)


def test_a_bundle_is_taken_only_when_nobody_is_to_be_asked_about_and_nothing_is_missing(
    home: Place, laptop: Place, teaching: UUID, tmp_path: Path
) -> None:
    whole = home.send(teaching, tmp_path / "whole", laptop)
    without = forged(home, teaching, tmp_path / "without files", lambda _document: None)
    assert laptop.look(without, OTHERS).lacking
    for one, answers in ((whole, taking.NOBODY), (without, OTHERS)):
        seen = laptop.look(one, answers)
        assert not seen.sound
        with pytest.raises(Refused, match="people or files are missing"):
            taking.take(laptop.store, laptop.settings, one, seen.seen, None, laptop.now(), answers)
    with laptop.store.reading() as session:
        assert session.get(TeachingSession, teaching) is None


def test_keys_count_for_the_organisation_that_trusts_them(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(teaching, tmp_path / "b", laptop), OTHERS)
    back, has = laptop.send(teaching, tmp_path / "c", home), laptop.has()
    by, store, settings = people["instructor"], home.store, home.settings
    with store.writing() as session:
        signing.distrust(session, home.instance, back.fingerprint, None, home.now())
        signing.trust(session, home.instance, back.fingerprint, "it", None, home.now(), organisation=people.elsewhere)
    assert not taking.look(store, settings, back, only=teaching).trusted
    with pytest.raises(Refused, match="is trusted"):
        sending.send(store, settings, teaching, tmp_path / "d", has, by, home.now())
    with store.writing() as session:
        signing.trust(session, home.instance, back.fingerprint, "it", None, home.now(), organisation=people.home)
    assert taking.look(store, settings, back, only=teaching).trusted
    assert not taking.look(store, settings, back).trusted, "by command"
    with pytest.raises(Refused, match="another version of the program"):
        older = has.model_copy(update={"schema_at": "0001"})
        sending.send(store, settings, teaching, tmp_path / "e", older, by, home.now())


def test_nobody_of_another_organisation_comes_into_a_session_by_a_bundle(
    home: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    def stranger(document: dict[str, list[dict[str, Any]]]) -> None:
        person = str(people["stranger"])
        row = next(one for one in document["session_member"] if one["role"] == "trainee")
        document["session_member"].append({**row, "person_id": person, "seat": None, "number": ""})
        document["person"].append({**document["person"][0], "id": person, "login": "newcomer"})

    with pytest.raises(Refused, match="stranger: no role in the organisation"):
        home.look(forged(home, teaching, tmp_path / "b", stranger))

    def newcomer(document: dict[str, list[dict[str, Any]]]) -> None:
        document["person"].append({**document["person"][0], "id": str(new_id()), "login": "newcomer"})

    with pytest.raises(Refused, match="no account called stranger in this organisation"):
        home.look(forged(home, teaching, tmp_path / "c", newcomer), Answers(same={"newcomer": "stranger"}))
