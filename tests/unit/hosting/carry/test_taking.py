"""What a bundle would change is told whole before it is taken, and what can't be right is not taken at all."""

import itertools
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tests.conftest import People
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Organisation
from training.audit.models import Event
from training.courses.moving import signing
from training.errors import Conflict, Refused
from training.hosting.carry import bundle, history, rows, taking
from training.hosting.carry.bundle import Bundle
from training.hosting.carry.identities import Answers, Question
from training.hosting.carry.merging import Clash
from training.hosting.carry.taking import Look, Person
from training.hosting.models import SessionMember, TeachingSession
from training.store import new_id
from training.store.migrate import standing

from .conftest import Place
from .forging import forged
from .sides import OTHERS
from .test_attacks import count, rewritten

pytestmark = pytest.mark.any_database
Document = dict[str, list[dict[str, Any]]]
AGAIN = "Since you looked, the bundle or what is here has changed. Look at the difference again."
NOT_YET = "This bundle can't be taken yet. Look at it again: people or files are missing."
NOT_TRUSTED = "Nobody here has said that the key of this bundle is trusted. Compare its fingerprint first."
ELSEWHERE = "This bundle is of another session. Take it where that session is shown."
OTHER_SESSION = "The bundle holds another session than its manifest says."
OTHER_ORGANISATION = "A session of another organisation has this id here. Nothing of the bundle was taken."


def refusal(act: Callable[[], object], kind: type[Exception] = Refused) -> str:
    with pytest.raises(kind) as bad:
        act()
    return str(bad.value)


def told(place: Place, of: UUID) -> list[dict[str, Any]]:
    """What the audit chain says of bundles that were taken."""
    with place.store.reading() as session:
        found = select(Event).where(Event.act == history.TAKEN, Event.subject == f"session:{of}").order_by(Event.seq)
        return [one.details for one in session.scalars(found)]


@pytest.mark.parametrize("state", list(itertools.product([True, False], repeat=4)))
def test_a_bundle_is_taken_only_if_it_is_trusted_and_nothing_is_open(state: tuple[bool, ...]) -> None:
    trusted, taken, asked, lacking = state
    questions = (Question("a", "A", "B"),) if asked else ()
    found = Look(cast("Bundle", None), trusted, taken, questions=questions, lacking=("a lab",) if lacking else ())
    assert found.sound is (state == (True, False, False, False))


def test_what_a_first_bundle_brings_is_told_whole_and_is_what_comes(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    sent, before = home.send(week, tmp_path / "b", laptop), count(laptop)
    with home.store.reading() as session:
        theirs = rows.read(session, week)
    logins = {"trainee": "amina", "colleague": "colleague", "instructor": "boris"}
    newcomers = sorted((str(people[one]), Person(one.title(), one, logins[one])) for one in logins)
    seen = laptop.look(sent, OTHERS)
    expected = Look(
        sent,
        trusted=True,
        title="Autumn week",
        new={name: len(found) for name, found in theirs.items() if found},
        people=tuple(one for _, one in newcomers),
        seen=seen.seen,
    )
    assert seen == expected
    assert seen.sound
    assert re.fullmatch("[0-9a-f]{16}", seen.seen)
    assert laptop.look(sent, OTHERS).seen == seen.seen
    assert laptop.look(sent, replace(OTHERS, other={**OTHERS.other, "trainee": "amira"})).seen != seen.seen
    assert count(laptop) == before
    assert told(laptop, week) == []

    def take(seen: str) -> Look:
        return taking.take(laptop.store, laptop.settings, sent, seen, None, laptop.now(), OTHERS)

    assert refusal(lambda: take("0" * 16), Conflict) == AGAIN
    assert count(laptop) == before
    assert take(seen.seen) == expected
    detail = {"bundle": sent.name, "by": sent.manifest.by, "changed": 0, "clashes": 0, "same": {}}
    assert told(laptop, week) == [{**detail, "rows": sum(map(len, theirs.values()))}]
    again = Look(sent, trusted=True, taken=True, title="Autumn week")
    assert (laptop.look(sent), take("")) == (again, again)
    assert len(told(laptop, week)) == 1
    kept = history.said(laptop.instance, sent.name)
    assert kept == {**rows.checked({}), **theirs}
    assert history.knows(laptop.instance, sent.name) == frozenset()
    assert history.knows(laptop.instance, "0" * 64) is None


def test_what_comes_back_is_told_by_table_and_who_is_who_is_remembered_on_both_sides(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(week, tmp_path / "there", laptop), OTHERS)
    now = laptop.now()
    with laptop.store.writing() as session:
        held = session.get_one(TeachingSession, week)
        held.room = "Room 7"
        sealed = accounts.seal("a long password of tests")
        place: dict[str, Any] = {"sealed": sealed, "home": held.organisation_id, "role": Role.TRAINEE, "now": now}
        amy = accounts.make_person(session, login="host", name="Amy", **place).id
        session.flush()
        session.add(SessionMember(session_id=week, person_id=amy, role="trainee", number="", added_at=now))
        slot = min(rows.read(session, week)["session_part"])
        session.execute(rows.table("session_part").delete().where(rows.table("session_part").c.id == UUID(slot)))
    with home.store.writing() as session:
        session.get_one(TeachingSession, week).title = "Winter week"
    back = laptop.send(week, tmp_path / "back", home)
    came = (Person("Amy", "host", "host"),)
    asked = home.look(back)
    question = Question("host", "Amy", "Host")
    assert asked == Look(back, trusted=True, title="Autumn week", people=came, questions=(question,))
    assert refusal(lambda: taking.take(home.store, home.settings, back, asked.seen, None, home.now())) == NOT_YET
    answers = Answers(same={"host": "host"})
    found = home.look(back, answers)
    assert found == Look(
        back,
        trusted=True,
        title="Autumn week",
        new={"session_member": 1},
        changed={"teaching_session": 1},
        gone={"session_part": 1},
        same=4,
        seen=found.seen,
    )
    home.take(back, answers)
    host = str(people["host"])
    (detail,) = told(home, week)
    assert detail == {
        "bundle": back.name,
        "by": back.manifest.by,
        "rows": 1,
        "changed": 1,
        "clashes": 0,
        "same": {str(amy): host},
    }
    with home.store.writing() as session:
        assert history.same(session, week) == {str(amy): host}
        assert {one.act for one in history.trips(session, week)} == {history.SENT, history.TAKEN}
        assert session.get_one(TeachingSession, week).title == "Winter week"
        session.get_one(TeachingSession, week).seats = 17
    third = home.send(week, tmp_path / "again", laptop)
    assert third.manifest.same == {amy: people["host"]}
    names = history.knows(laptop.instance, back.name)
    assert names is not None
    assert set(third.manifest.knows) == {back.name, *names}
    seen = laptop.look(third)
    assert seen == Look(
        third, trusted=True, title="Winter week", changed={"teaching_session": 1}, same=4, seen=seen.seen
    )
    laptop.take(third)
    late, later = (laptop.send(week, tmp_path / name, home) for name in ("late", "later"))
    home.take(later)
    assert home.look(late) == Look(late, trusted=True, taken=True, title="Winter week"), "a later one has it all"
    with laptop.store.reading() as session:
        held = session.get_one(TeachingSession, week)
        assert (held.title, held.seats, held.room) == ("Winter week", 17, "Room 7")


def test_what_both_changed_is_told_and_counted_and_stays_as_it_is_here(
    home: Place, laptop: Place, week: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(week, tmp_path / "there", laptop), OTHERS)
    for place, room in ((home, "Room 1"), (laptop, "Room 2")):
        with place.store.writing() as session:
            session.get_one(TeachingSession, week).room = room
    back = laptop.send(week, tmp_path / "back", home)
    seen = home.look(back)
    clash = Clash("teaching_session", str(week), "room", "Room 1", "Room 2")
    assert seen == Look(back, trusted=True, title="Autumn week", clashes=(clash,), same=3, seen=seen.seen)
    with home.store.writing() as session:
        session.get_one(TeachingSession, week).seats = 11
        session.get_one(TeachingSession, week).room = "Room 2"
    assert home.look(back).seen != seen.seen
    with home.store.writing() as session:
        session.get_one(TeachingSession, week).room = "Room 1"
    home.take(back)
    assert [(one["clashes"], one["changed"], one["rows"]) for one in told(home, week)] == [(1, 0, 0)]


def test_a_bundle_is_of_the_one_session_that_its_manifest_names(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    numbers = itertools.count()

    def seen(change: Callable[[Document], object] = lambda _rows: None, **said: Any) -> str:
        sent = forged(home, week, tmp_path / str(next(numbers)), change, **said)
        return refusal(lambda: laptop.look(sent, OTHERS))

    assert seen(lambda given: given["teaching_session"].append({**given["teaching_session"][0], "id": str(new_id())})) \
        == OTHER_SESSION  # fmt: skip
    assert seen(session=new_id()) == OTHER_SESSION
    assert seen(organisation=people.elsewhere) == OTHER_SESSION
    assert seen(lambda given: given["organisation"].clear()) == OTHER_SESSION
    laptop.take(forged(home, week, tmp_path / "first", lambda _rows: None), OTHERS)
    with laptop.store.writing() as session:
        academy = session.scalars(select(Organisation.id).where(Organisation.founding)).one()
        session.execute(update(TeachingSession).values(organisation_id=academy))
    before = count(laptop)
    assert seen(lambda given: given["teaching_session"][0].update(room="Room 9")) == OTHER_ORGANISATION
    assert count(laptop) == before


def test_an_organisation_of_the_same_name_is_the_host_here(
    home: Place, laptop: Place, week: UUID, tmp_path: Path
) -> None:
    with laptop.store.writing() as session:
        twin = accounts.make_organisation(session, "ACADEMY of Port Selby", "agency", now=laptop.now()).id
    sent = home.send(week, tmp_path / "there", laptop)
    assert "organisation" not in laptop.look(sent, OTHERS).new
    laptop.take(sent, OTHERS)
    with laptop.store.reading() as session:
        assert session.get_one(TeachingSession, week).organisation_id == twin
    with home.store.writing() as session:
        session.get_one(TeachingSession, week).room = "Room 7"
    assert laptop.take(home.send(week, tmp_path / "again", laptop)).changed == {"teaching_session": 1}
    with laptop.store.writing() as session:
        session.get_one(TeachingSession, week).seats = 19
    back = laptop.send(week, tmp_path / "back", home)
    seen = home.look(back)
    assert seen == Look(
        back, trusted=True, title="Autumn week", changed={"teaching_session": 1}, same=3, seen=seen.seen
    )


def test_ids_that_a_sender_made_up_name_nobody_here(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    nobody = {new_id(): people["trainee"], new_id(): people["colleague"]}
    sent = forged(home, week, tmp_path / "b", lambda _rows: None, same=nobody)
    assert {one.there for one in laptop.look(sent, OTHERS).people} == {"trainee", "colleague", "instructor"}


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"session_part": [{"refs": [NaN]}]}', b"[" * 200_000, b"\xff{}", b"-Infinity"]
)
def test_rows_that_are_no_json_are_damaged(data: bytes) -> None:
    assert refusal(lambda: taking._rows(data)) == "rows.json is damaged in the bundle."
    assert taking._rows(b"{}") == rows.checked({})


def test_a_bundle_of_another_version_says_which_side_has_to_go_on(
    home: Place, laptop: Place, week: UUID, tmp_path: Path
) -> None:
    mine = standing(laptop.settings.database).program
    older = (
        f"This bundle was made by an older version of the program (schema 0001, here {mine}). "
        "Bring that installation to the version of this one, and export the session again."
    )
    newer = (
        f"This bundle was made by a newer version of the program (schema 9999, here {mine}). "
        "Bring this installation to that version first."
    )
    for at, why in (("0001", older), ("9999", newer)):
        sent = forged(home, week, tmp_path / at, lambda _rows: None, schema_at=at)
        assert refusal(lambda sent=sent: laptop.look(sent, OTHERS)) == why  # type: ignore[misc]
        act = (laptop.store, laptop.settings, sent, "", None, laptop.now())
        assert refusal(lambda act=act: taking.take(*act)) == why  # type: ignore[misc]


def test_every_file_of_a_bundle_is_held_against_what_was_signed_before_anything_is_shown(
    home: Place, laptop: Place, week: UUID, tmp_path: Path
) -> None:
    inside = {"papers/a": b"The papers", "results/r.db": b"The rows"}
    whole = forged(home, week, tmp_path / "whole", lambda _rows: None, inside)
    assert laptop.look(whole, OTHERS).sound
    for number, (name, old) in enumerate((*inside.items(), (bundle.ROWS, b"Colleague"))):
        made = rewritten(whole.path, tmp_path / str(number), name, old, old[::-1])
        found = bundle.read(made)
        why = f"{name} was changed after the bundle was signed."
        assert refusal(lambda found=found: laptop.look(found, OTHERS)) == why  # type: ignore[misc]
    with zipfile.ZipFile(whole.path) as archive:
        assert archive.read("papers/a") == b"The papers"


def test_a_key_counts_where_it_is_trusted(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(week, tmp_path / "there", laptop), OTHERS)
    with laptop.store.writing() as session:
        session.get_one(TeachingSession, week).room = "Room 7"
    back = laptop.send(week, tmp_path / "back", home)
    key, store, settings = back.fingerprint, home.store, home.settings
    for organisation, here, command in (
        (None, True, True),
        (people.home, True, False),
        (people.elsewhere, False, False),
    ):
        with store.writing() as session:
            for one in (None, people.home, people.elsewhere):
                if key in signing.trusted(home.instance, one):
                    signing.distrust(session, home.instance, key, None, home.now(), organisation=one)
            signing.trust(session, home.instance, key, "it", None, home.now(), organisation=organisation)
        for only, trusted in ((week, here), (None, command)):
            assert taking.is_trusted(store, settings, back, only) is trusted
            seen = taking.look(store, settings, back, only=only)
            assert seen.trusted is trusted
            if not trusted:
                assert seen == Look(back, trusted=False)
                act = (store, settings, back, seen.seen, None, home.now())
                assert refusal(lambda act=act, only=only: taking.take(*act, only=only)) == NOT_TRUSTED  # type: ignore[misc]
    assert told(home, week) == []
    assert refusal(lambda: taking.look(store, settings, back, only=new_id())) == ELSEWHERE
    with store.writing() as session:
        signing.trust(session, home.instance, key, "it", None, home.now(), organisation=people.home)
    seen = taking.look(store, settings, back, only=week)
    taken = taking.take(store, settings, back, seen.seen, people["instructor"], home.now(), only=week)
    assert taken == seen
    with store.reading() as session:
        (trip,) = (one for one in history.trips(session, week) if one.act == history.TAKEN)
    assert trip == history.Trip(trip.at, "session.taken", people["instructor"], back.name, back.manifest.by)
