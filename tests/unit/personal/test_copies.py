"""Bundles that are kept and go with an erasure: of the person's sessions, and those whose rows name the person."""

import json
import zipfile
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import Clock
from training.audit import service as audit
from training.hosting.carry import history
from training.personal.service import copies
from training.store import Store, new_id

pytestmark = pytest.mark.any_database


def kept(instance: Path, name: str, of: UUID, named: str) -> Path:
    folder = instance / copies.BUNDLES
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.json", json.dumps({"session": str(of)}))
        made.writestr("rows.json", json.dumps({"judgement": [{"by": named}]}))
    return path


def test_bundles_go_that_are_of_the_session_or_name_the_person_or_that_nobody_can_read(tmp_path: Path) -> None:
    mine, person, there, other = new_id(), new_id(), new_id(), new_id()
    gone = [
        kept(tmp_path, "of the session", mine, str(other)),
        kept(tmp_path, "only decided there", other, str(person)),
        kept(tmp_path, "called otherwise there", other, str(there)),
        tmp_path / copies.BUNDLES / "damaged.zip",
    ]
    gone[-1].write_bytes(b"PK and no more")
    stays = kept(tmp_path, "of others", other, str(other))
    assert copies.clear(tmp_path, {mine}, {str(person), str(there)}) == len(gone)
    assert not any(one.exists() for one in gone)
    assert stays.exists()


def test_a_person_is_known_by_the_ids_of_other_installations(store: Store, clock: Clock) -> None:
    person, there, other = new_id(), new_id(), new_id()
    same = {str(there): str(person), str(other): str(other)}
    subject, details = f"session:{new_id()}", {"bundle": "a", "by": "b", "same": same}
    with store.writing() as session:
        audit.record(session, act=history.TAKEN, actor=None, subject=subject, details=details, now=clock())
    with store.reading() as session:
        assert copies.called(session, person) == {str(person), str(there)}
