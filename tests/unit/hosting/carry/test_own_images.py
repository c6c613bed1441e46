"""An image that a trainee acquired goes along with the session: its pack, what was handed over with it, its keys."""

import hashlib
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import BASE, PACK, People
from tests.machines_place import handed_response
from training.audit.models import Event
from training.content import service as content
from training.content.models import Release
from training.errors import Refused
from training.evidence import own, own_packs
from training.evidence import service as evidence
from training.evidence.models import OwnExhibit
from training.evidence.own import Acquired, Whose
from training.evidence.service import Vault
from training.forge import pack
from training.forge import truth as truths
from training.forge.scenario import Scenario
from training.hosting.carry.identities import Answers
from training.labs import reader
from training.labs.models import Assignment, Attempt, OwnKeys
from training.machines.models import Response
from training.machines.service import sealing
from training.store import new_id

from .conftest import Place

OTHERS = Answers(other={"trainee": "amina", "instructor": "boris"})
TYPED = b"#1 $ ps\n"
KEYS = b'{"sealed": "as it was worked out"}\n'


@pytest.fixture
def acquired(home: Place, people: People, teaching: UUID, unpacked: Path) -> str:
    """At home a trainee has handed an image over: its attempt is open, its keys are sealed, its pack is made."""
    arrived = home.instance / "arrived.raw"
    shutil.copyfile(unpacked / "image.raw", arrived)
    with arrived.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    now = home.now()
    with home.store.reading() as session:
        release = session.scalars(select(Release).filter_by(kind="lab")).one()
        assignment = session.scalars(select(Assignment).filter_by(circle=teaching)).one()
    whose = Whose(people["trainee"], people.home, release.id, assignment.id, new_id(), 1)
    made = Acquired(
        whose=whose,
        plan=Scenario.model_validate_json((PACK / "plan.json").read_bytes()),
        base=BASE,
        way="outside",
        record="  1  ACQUISITION RECORD\n",
        truth=truths.read(unpacked / "truth.json"),
        captured_at=now,
        began_at=now,
        ended_at=now + timedelta(seconds=1),
    )
    sha256 = own.acquired(home.store, home.instance, arrived, made, now)
    told = {"name": "console", "title": "Console", "origin": "The range", "file": "console.txt", "kind": "console"}
    keys = reader.acquired(content.folder_of(home.instance, release), sha256)
    keys.parent.mkdir(exist_ok=True)
    keys.write_bytes(KEYS)
    with home.store.writing() as session:
        own.lay_beside(session, home.instance, sha256, [(told, TYPED)], now)
        whole = {"done": 1, "total": 1, "proved": 1, "unproved": 0, "lost": 0, "reason": "", "ended_at": now}
        session.add(
            OwnKeys(exhibit=sha256, state="sealed", sealed=hashlib.sha256(KEYS).hexdigest(), asked_at=now, **whole)
        )
        session.add(
            Attempt(
                person_id=people["trainee"],
                organisation_id=people.home,
                release_id=release.id,
                exhibit=sha256,
                assignment_id=assignment.id,
                opened_at=now,
            )
        )
    own_packs.make(home.store, home.settings, sha256)
    return sha256


def test_it_arrives_with_all_that_belongs_to_it_and_what_was_changed_on_the_way_is_not_taken(
    home: Place, laptop: Place, teaching: UUID, acquired: str, tmp_path: Path
) -> None:
    with home.store.reading() as session:
        whose = session.get_one(OwnExhibit, acquired)
        release = session.get_one(Release, whose.release_id)
    materials = evidence.folder_of(home.instance, acquired) / own.MATERIALS / "console.txt"
    for file in (materials, reader.acquired(content.folder_of(home.instance, release), acquired)):
        whole = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(b"something else\n")
        sent = home.send(teaching, tmp_path / f"{file.name}.engram")
        with pytest.raises(Refused, match="not those of its exhibit"):
            laptop.take(sent, OTHERS)
        with laptop.store.reading() as session:
            assert session.get(OwnExhibit, acquired) is None, file
        file.write_bytes(whole)
    laptop.take(home.send(teaching, tmp_path / "week.engram"), OTHERS)
    _is_whole(laptop, acquired)


def test_an_acquisition_stands_in_the_custody_and_in_the_log(home: Place, people: People, acquired: str) -> None:
    with home.store.reading() as session:
        event = session.scalars(select(Event).where(Event.act == "exhibit.acquired")).one()
        acts = [one.act for one in evidence.custody(session, acquired)]
    assert (event.actor, event.subject) == (people["trainee"], f"exhibit:{acquired}")
    assert acts[:2] == ["captured", "registered"]


def _is_whole(laptop: Place, acquired: str) -> None:
    with laptop.store.reading() as session:
        whose, exhibit = own.demand(session, acquired), evidence.get(session, acquired)
        release = session.get_one(Release, whose.release_id)
        keys = session.get_one(OwnKeys, acquired)
        attempt = session.scalars(select(Attempt).filter_by(exhibit=acquired)).one()
    assert attempt.person_id == whose.person_id
    lies = evidence.folder_of(laptop.instance, acquired)
    assert own.path_of(laptop.instance, acquired, whose.materials[0]).read_bytes() == TYPED
    sealed = reader.acquired(content.folder_of(laptop.instance, release), acquired)
    assert hashlib.sha256(sealed.read_bytes()).hexdigest() == keys.sealed
    assert pack.check(evidence.own_pack(laptop.instance, exhibit)).sha256 == acquired
    (lies / pack.IMAGE).unlink()  # it comes again from the pack
    vault = Vault(laptop.store, laptop.instance, laptop.settings.labs / "exhibits", laptop.now)
    assert vault.open(acquired).image.stat().st_size == 128 << 20


def test_the_record_of_live_work_arrives_as_it_was_sealed(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    with home.store.writing() as session:
        assignment = session.scalars(select(Assignment).filter_by(circle=teaching)).one()
        made = handed_response(session, home.settings, assignment, people["trainee"], people.home, home.now())
    laptop.take(home.send(teaching, tmp_path / "week.engram"), OTHERS)
    with laptop.store.reading() as session:
        response = session.get_one(Response, made)
        assert sealing.sound(session, response)
        with home.store.reading() as before:
            there = sealing.listed(before, before.get_one(Response, made))
        assert sealing.listed(session, response) == there
        assert {row["record"] for row in there} == {"medium", *(name for name, *_ in sealing.KINDS)}
    home.take(laptop.send(teaching, tmp_path / "back.engram", home))
    with home.store.reading() as session:
        assert sealing.sound(session, session.get_one(Response, made))
