"""What an installation remembers of the bundles that it sent and took, and for how long it keeps what they said."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import People
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Damaged
from training.hosting.carry import bundle, drafts, history, rows
from training.hosting.carry.bundle import AUDIT, MANIFEST, ROWS, SIGNATURE
from training.hosting.carry.history import SENT, TAKEN, Trip
from training.store import new_id

from .conftest import Place
from .test_bundle import head, made, rewrite

pytestmark = pytest.mark.any_database
ONE, TWO, THREE, FOUR = (letter * 64 for letter in "1234")


def noted(place: Place, act: str, of: UUID, who: UUID | None = None, /, **details: Any) -> None:
    with place.store.writing() as session:
        audit.record(session, act=act, actor=who, subject=f"session:{of}", details=details, now=place.now())


def kept(place: Place, name: str) -> Path:
    return place.instance / "carried" / f"{name}.zip"


def test_what_was_sent_and_taken_of_a_session_is_told_in_order(home: Place, people: People) -> None:
    of, other, host = new_id(), new_id(), people["host"]
    noted(home, SENT, of, host, bundle=ONE, by="key 1", to="", same={"a": "1", "b": "2"})
    noted(home, TAKEN, other, host, bundle=TWO, by="key 2", same={"c": "3"})
    noted(home, TAKEN, of, bundle=THREE, by="key 3", same={"b": "4"})
    noted(home, TAKEN, of, host, rows=1)  # of which nothing is known any more
    noted(home, "session.opened", of, host, bundle=FOUR, by="key 4", same={"d": "5"})
    with home.store.reading() as session:
        at = {one.details.get("bundle"): one.at for one in session.scalars(select(Event))}
        assert history.trips(session, of) == [
            Trip(at[ONE], "session.sent", host, ONE, "key 1"),
            Trip(at[THREE], "session.taken", None, THREE, "key 3"),
        ]
        assert history.same(session, of) == {"a": "1", "b": "4"}, "what was found last counts"
        assert history.same(session, other) == {"c": "3"}
        assert history.known(session, home.instance, of) == {ONE, THREE}
        assert history.known(session, home.instance, new_id()) == set()


def test_what_a_bundle_knew_is_known_with_it(home: Place, tmp_path: Path) -> None:
    of = new_id()
    names = []
    for number, knows in enumerate(((ONE, TWO), (TWO, THREE))):
        said = {**head(home, of), "knows": knows}
        bundle.write(tmp_path / str(number), home.instance, said, {ROWS: b"{}"}, None)
        found = bundle.read(tmp_path / str(number))
        history.keep(home.instance, found, {ROWS: b"{}"})
        noted(home, (SENT, TAKEN)[number], of, bundle=found.name, by="k")
        names.append(found.name)
    noted(home, TAKEN, of, bundle=FOUR, by="k")  # not kept any more
    with home.store.reading() as session:
        assert history.known(session, home.instance, of) == {*names, ONE, TWO, THREE, FOUR}
    assert [history.knows(home.instance, one) for one in (*names, FOUR)] == [
        frozenset({ONE, TWO}),
        frozenset({TWO, THREE}),
        None,
    ]


def test_of_a_bundle_its_manifest_and_what_it_said_are_kept_once(home: Place, tmp_path: Path) -> None:
    path = made(home, new_id(), tmp_path / "b", papers__a=b"The papers")
    found, text = bundle.read(path), b'{"person": []}' * 99
    history.keep(home.instance, found, {ROWS: text, AUDIT: b"acts"})
    with zipfile.ZipFile(path) as sent, zipfile.ZipFile(kept(home, found.name)) as archive:
        assert {one: archive.read(one) for one in archive.namelist()} == {
            MANIFEST: sent.read(MANIFEST),
            SIGNATURE: sent.read(SIGNATURE),
            ROWS: text,
            AUDIT: b"acts",
        }
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_DEFLATED}
    assert [one.name for one in kept(home, found.name).parent.iterdir()] == [f"{found.name}.zip"]
    whole = kept(home, found.name).read_bytes()
    history.keep(home.instance, found, {ROWS: b"other"})
    assert kept(home, found.name).read_bytes() == whole


def test_what_was_kept_and_is_damaged_is_told_with_its_place(home: Place, tmp_path: Path) -> None:
    path = made(home, new_id(), tmp_path / "b")
    found = bundle.read(path)
    history.keep(home.instance, found, {ROWS: b"{}", AUDIT: b""})
    file = kept(home, found.name)
    whole = file.read_bytes()
    told = f"{file} is damaged. Restore it from a backup."

    def without(name: str) -> None:
        with zipfile.ZipFile(tmp_path / "b") as sent, zipfile.ZipFile(file, "w") as archive:
            for one in {MANIFEST, ROWS} - {name}:
                archive.writestr(one, sent.read(one))

    begins = whole.index(b"{}") if b"{}" in whole else whole.index(ROWS.encode()) + len(ROWS)
    for change in (
        lambda: file.write_bytes(b"no archive"),
        lambda: file.write_bytes(whole[:-30]),
        lambda: file.write_bytes(whole[:begins] + bytes([whole[begins] ^ 0xFF]) + whole[begins + 1 :]),
        lambda: without(ROWS),
        lambda: without(MANIFEST),
        lambda: rewrite(file, ROWS, b"{} "),
        lambda: rewrite(file, MANIFEST, b"{}"),
    ):
        file.write_bytes(whole)
        change()
        with pytest.raises(Damaged) as bad:
            history.said(home.instance, found.name)
        assert str(bad.value) == told
    without(MANIFEST)
    with pytest.raises(Damaged) as bad:
        history.knows(home.instance, found.name)
    assert str(bad.value) == told


def test_what_was_never_noted_goes_when_it_is_older_than_a_day_and_nothing_else(home: Place, people: People) -> None:
    place, now, of = home.instance / "carried", home.now(), new_id()
    place.mkdir(mode=0o700, exist_ok=True)
    noted(home, SENT, of, bundle="sent")
    noted(home, TAKEN, of, bundle="taken")
    noted(home, TAKEN, of, rows=1)
    noted(home, "session.opened", of, bundle="opened")
    ages = {"sent": 2, "taken": 2, "opened": 2, "just.over": 1.00002, "a-day": 1, "new": 0, "later": -1}
    for name, days in ages.items():
        file = place / f"{name}.zip"
        file.write_bytes(b"")
        os.utime(file, (now.timestamp() - days * history.KEPT,) * 2)
    (place / "waiting.txt").write_bytes(b"")
    (place / f"{drafts.PREFIX}left").mkdir()
    os.utime(place / "waiting.txt", (0, 0))
    history.sweep(home.store, home.instance, now)
    stays = {"sent.zip", "taken.zip", "a-day.zip", "new.zip", "later.zip", "waiting.txt"}
    assert {one.name for one in place.iterdir()} == stays
    history.sweep(home.store, home.instance, now)
    assert {one.name for one in place.iterdir()} == stays
    history.sweep(home.store, home.instance.with_name("none"), now)


def test_of_the_chain_what_is_about_the_session_goes_along_in_its_order(home: Place, people: People) -> None:
    tables = ("teaching_session", "assignment", "attempt", "finding", "certificate", "appeal")
    state: dict[str, Any] = {name: {} for name in tables}
    for name in tables:
        for number in range(rows.BATCH // 2):
            one = str(new_id())
            state[name][f"{name} {number}"] = {"id": one}
    state["finding"]["without"] = {"key": "it has no id"}
    state["person"] = {"p": {"id": str(new_id())}}
    ids = {name: [row["id"] for row in state[name].values() if "id" in row] for name in state}
    about = [f"{name.removeprefix('teaching_')}:{one}" for name in tables for one in (ids[name][0], ids[name][-1])]
    others = [f"person:{ids['person'][0]}", f"session:{new_id()}", f"teaching_session:{ids['teaching_session'][0]}"]
    with home.store.writing() as session:
        for subject in (*reversed(about), *others, about[0]):
            more: dict[str, Any] = {"subject": subject, "details": {"é": [1]}}
            audit.record(session, act="made", actor=people["host"], now=home.now(), **more)
    with home.store.reading() as session:
        found = history.chain_of(session, state)
        events = session.scalars(select(Event).where(Event.act == "made").order_by(Event.seq)).all()
        columns = [one.name for one in rows.table("event").columns]
        expected = [{name: rows.encoded(getattr(one, name)) for name in columns} for one in events]
        assert history.chain_of(session, {}) == b""
    told = [one for one in expected if one["subject"] in about]
    assert len(told) == len(about) + 1
    assert [json.loads(line) for line in found.splitlines()] == told
    assert found == b"".join(bundle.lines(one) + b"\n" for one in told)
