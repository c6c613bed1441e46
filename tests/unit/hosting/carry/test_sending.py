"""What is sent and to whom: manifests of installations, what rows need beside them, and what is told of a bundle."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from tests.conftest import People
from tests.hosting_place import make_teaching
from training.audit import seals
from training.audit.models import Event
from training.courses.moving import signing
from training.errors import Conflict, Refused
from training.forge import pack
from training.hosting.carry import bundle, drafts, files, history, presence, rows, sealing, sending, waiting
from training.hosting.carry.bundle import AUDIT, ROWS
from training.hosting.carry.presence import Presence
from training.hosting.carry.sending import Sent
from training.store import new_id
from training.store.migrate import standing

from .conftest import Place
from .test_bundle import made
from .test_identities import release, run

pytestmark = pytest.mark.any_database
NO_MANIFEST = "This is no manifest of an installation, or it was changed. Ask for it again."
SHA = "a" * 64


@pytest.fixture
def week(home: Place, people: People) -> UUID:
    with home.store.writing() as session:
        return make_teaching(session, people, home.now(), trainees=("trainee",)).id


def manifest(place: Place) -> bytes:
    with place.store.reading() as session:
        return presence.signed(session, place.settings)


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as bad:
        presence.read(data)
    return str(bad.value)


def exhibit(sha256: str, now: object) -> dict[str, Any]:
    digests = dict.fromkeys(("symbols_sha256", "record_sha256", "truth_sha256"), SHA)
    told = {
        "name": f"image-{sha256[:1]}",
        "title": "An image",
        "os": "linux",
        "size": 1,
        "banner": "",
        "origin": "made",
    }
    return {"sha256": sha256, "captured_at": now, "registered_at": now, **digests, **told}


def test_a_manifest_tells_all_that_an_installation_has(home: Place, people: People) -> None:
    now = home.now()
    done: dict[str, Any] = {"state": "complete", "reason": None, "started_at": now, "seconds": 1.0, "columns": []}
    runs = [run(key, 1, now) for key in ("failed", "whole")] + [run("gone", 1, now, removed=True)]
    given = {
        "release": [release("one", SHA, 1, now)],
        "exhibit": [exhibit("b" * 64, now), exhibit("c" * 64, now)],
        "run": [runs[0] | dict.fromkeys(set(done) - set(runs[0])), *(one | done for one in runs[1:])],
    }
    with home.store.writing() as session:
        for name, values in given.items():
            session.execute(insert(rows.table(name)), values)
            for row in values:
                seals.note_row(session, name, [row[rows.table(name).primary_key.columns[0].name]])
    data = manifest(home)
    assert presence.read(data) == Presence(
        format=1,
        by=signing.fingerprint(signing.public_key(home.instance)),
        schema_at=standing(home.settings.database).program,
        receiver=sealing.public_key(home.instance),
        exhibits=frozenset({"b" * 64, "c" * 64}),
        releases=frozenset({f"lab/one/{SHA}"}),
        runs=frozenset({"whole"}),
    )
    assert data == manifest(home), "whoever compares two sees what changed"
    assert data.endswith(b"}\n")


def test_a_manifest_that_was_changed_or_is_another_thing_is_refused(home: Place, laptop: Place) -> None:
    data = manifest(laptop)
    whole = json.loads(data)
    key = base64.b64encode(signing.public_key(home.instance)).decode()
    bare = base64.b64encode(signing.sign(laptop.instance, bundle.lines(whole["has"]))).decode()
    wrong: tuple[Any, ...] = (
        *({**whole, "has": {**whole["has"], name: value}} for name, value in (
            ("receiver", sealing.public_key(home.instance)), ("runs", [SHA]), ("exhibits", [SHA]), ("format", 2),
            ("schema_at", "0001"), ("more", 1), ("releases", "x"),
        )),
        *({name: value for name, value in whole.items() if name != gone} for gone in whole),
        {**whole, "key": key},
        {**whole, "key": f"{whole['key']}!"},
        {**whole, "signature": bare},  # as under something else
        {**whole, "signature": ""},
        {**whole, "key": 7},
        [], None, "x",
    )  # fmt: skip
    for one in wrong:
        assert refusal(json.dumps(one).encode()) == NO_MANIFEST
    for raw in (b"", b"{", b"[" * 100_000, b"\xff"):
        assert refusal(raw) == NO_MANIFEST
    room = presence.LARGEST - len(data)
    assert presence.read(data + b" " * room).by == whole["has"]["by"]
    assert refusal(data + b" " * (room + 1)) == NO_MANIFEST
    assert presence.LARGEST == 2**24


def test_nothing_is_sealed_for_an_installation_that_nobody_trusts(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path
) -> None:
    have = laptop.has()
    spelled = signing.spelled(have.by)
    for by in (None, people["instructor"]):
        with pytest.raises(Refused) as bad:
            sending.send(home.store, home.settings, week, tmp_path / "b", have, by, home.now())
        assert str(bad.value) == (
            f"Nobody here has said that the key {spelled} is trusted. Compare it with the other installation first."
        )
    home.trusts(laptop)
    older = have.model_copy(update={"schema_at": "0001"})
    mine = standing(home.settings.database).program
    with pytest.raises(Refused) as bad:
        sending.send(home.store, home.settings, week, tmp_path / "b", older, None, home.now())
    assert str(bad.value) == (
        f"The other installation has another version of the program (schema 0001, here {mine}). "
        "Bring both to the same version first."
    )
    with pytest.raises(Refused, match=r"^There is no such session here\.$"):
        sending.send(home.store, home.settings, new_id(), tmp_path / "b", have, None, home.now())
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("who", ["organisation", "command line", "another organisation"])
def test_a_host_seals_for_whom_the_organisation_trusts_and_the_command_line_only_for_whom_all_trust(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path, who: str
) -> None:
    have, now = laptop.has(), home.now()
    place = {"organisation": people.home, "another organisation": people.elsewhere}.get(who)
    with home.store.writing() as session:
        signing.trust(session, home.instance, have.by, "it", None, now, organisation=place)
    host = {"organisation", "command line"}  # what the command line trusts, every organisation does
    for number, (by, trusted) in enumerate(((people["instructor"], host), (None, {"command line"}))):
        into = tmp_path / str(number)
        if who in trusted:
            assert sending.send(home.store, home.settings, week, into, have, by, home.now()).sealed
        else:
            with pytest.raises(Refused, match="is trusted"):
                sending.send(home.store, home.settings, week, into, have, by, home.now())
        assert into.exists() is (who in trusted)


@pytest.mark.parametrize("sealed", [True, False])
def test_what_was_sent_is_told_and_noted_and_kept(
    home: Place, laptop: Place, people: People, week: UUID, tmp_path: Path, *, sealed: bool
) -> None:
    home.trusts(laptop)
    have, by = (laptop.has(), people["instructor"]) if sealed else (None, None)
    into, now = tmp_path / "sent" / "week.engram", home.now()
    into.parent.mkdir()
    said = sending.send(home.store, home.settings, week, into, have, by, now)
    found = bundle.read(into)
    with home.store.reading() as session:
        state = rows.read(session, week)
        event = session.scalars(select(Event).where(Event.act == history.SENT)).one()
        (trip,) = history.trips(session, week)
        assert history.known(session, home.instance, week) == {found.name}
    count = sum(map(len, state.values()))
    assert said == Sent(found.name, into.stat().st_size, 2, count, sealed, ())
    manifest = found.manifest
    assert (manifest.session, manifest.organisation, manifest.made) == (week, people.home, now.replace(microsecond=0))
    assert (manifest.knows, manifest.same, manifest.seal is None) == ((), {}, not sealed)
    assert manifest.schema_at == standing(home.settings.database).program
    assert [one.path for one in manifest.files] == [AUDIT, ROWS]
    detail = {"bundle": found.name, "by": manifest.by, "to": have.by if have else "", "same": {}}
    assert (event.actor, event.details, event.subject) == (by, detail, f"session:{week}")
    assert trip == history.Trip(now, "session.sent", by, found.name, manifest.by)
    reader = laptop if sealed else home
    assert rows.checked(json.loads(found.bytes_of(ROWS, reader.instance))) == {**rows.checked({}), **state}
    assert history.said(home.instance, found.name) == {**rows.checked({}), **state}
    acts = [json.loads(line) for line in found.bytes_of(AUDIT, reader.instance).splitlines()]
    subjects = {one["subject"] for one in acts}
    assert f"session:{week}" in subjects
    assert {one.partition(":")[0] for one in subjects} <= set(history.ABOUT)
    assert [one["seq"] for one in acts] == sorted(one["seq"] for one in acts)
    assert [one.name for one in into.parent.iterdir()] == ["week.engram"]
    with pytest.raises(Conflict) as bad:
        sending.send(home.store, home.settings, week, into, have, by, now)
    assert str(bad.value) == f"{into} is there already. Choose another name, or move it away."
    again = sending.send(home.store, home.settings, week, tmp_path / "again", have, by, home.now())
    assert bundle.read(tmp_path / "again").manifest.knows == (found.name,)
    assert again.name != said.name


def test_what_rows_need_beside_them_is_said_where_it_is_neither_here_nor_in_the_bundle(
    home: Place, tmp_path: Path
) -> None:
    named = {"kind": "lab", "name": "a-lab", "sha256": SHA}
    ended = {"id": "r", "plugin": "linux.pslist", "state": "complete", "removed_at": None}
    added: dict[str, list[dict[str, Any]]] = {
        "release": [named, {**named, "name": "here"}],
        "exhibit": [
            {"os": "linux", "name": "an-image", "sha256": SHA},
            {"os": "papers", "name": "a-case", "sha256": SHA},
            {"os": "linux", "name": "finance-workstation-a", "sha256": SHA},  # another one of this name came along
        ],
        "run": [
            ended,
            {**ended, "id": "removed", "removed_at": "2026-11-25"},
            {**ended, "id": "failed", "state": "failed"},
            {**ended, "id": "partial", "state": "partial"},
        ],
    }
    (home.instance / "releases" / "lab" / "here" / SHA).mkdir(parents=True)
    bare = bundle.read(made(home, new_id(), tmp_path / "bare"))
    assert files.lacking(home.settings, bare, added) == [
        f"release lab/a-lab/{SHA}",
        "exhibit an-image",
        "exhibit a-case",
        "exhibit finance-workstation-a",
        "the rows of linux.pslist",
    ]
    assert files.lacking(home.settings, bare, {}) == []
    packs = {f"exhibits/{name}/{pack.MANIFEST}": b"{}" for name in ("an-image", "finance-workstation-a")}
    inside = {f"releases/lab/a-lab/{SHA}/lab.yaml": b"", f"papers/{SHA}": b"", "results/r.db": b"", **packs}
    whole = bundle.read(
        made(home, new_id(), tmp_path / "whole", **{n.replace("/", "__"): d for n, d in inside.items()})
    )
    assert files.lacking(home.settings, whole, added) == []
    others = {f"releases/lab/a-lab/{SHA}x/lab.yaml": b"", f"papers/{SHA}x": b"", "results/s.db": b""}
    other = made(home, new_id(), tmp_path / "other", **{n.replace("/", "__"): d for n, d in others.items()})
    assert len(files.lacking(home.settings, bundle.read(other), added)) == 5


def test_what_waits_and_what_is_kept_goes_by_limits_that_are_said() -> None:
    assert (waiting.LARGEST, waiting.MOST, history.KEPT) == (64 * 2**20, 10, 86_400.0)
    assert drafts.PREFIX == ".engram-carry-"
    assert history.ABOUT == ("session", "assignment", "attempt", "finding", "certificate", "appeal")
    assert (history.SENT, history.TAKEN) == ("session.sent", "session.taken")
