"""The key that signs, and the keys of others that are trusted: as they are kept, named and recorded."""

import base64
import stat
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import People
from training.audit.models import Event
from training.courses.moving import signing
from training.courses.moving.signing import Trusted
from training.errors import NotThere, Refused
from training.store import Store

KEY, OTHER = "1" * 64, "0123456789abcdef" * 4
WHO, HOST = UUID(int=7), UUID(int=1)
NOW = datetime(2026, 11, 25, 9, 0, 7, 5, tzinfo=UTC)


def test_a_fingerprint_is_spelled_in_groups_of_four() -> None:
    spelled = signing.spelled(OTHER)
    assert spelled.split(" ") == ["0123", "4567", "89ab", "cdef"] * 4
    assert signing.spelled("12345") == "1234 5"


def test_a_trusted_key_is_kept_with_its_name_and_with_who_trusts_it_since_when(
    store: Store, tmp_path: Path, people: People
) -> None:
    who = people["instructor"]
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    with store.writing() as session:
        signing.trust(session, tmp_path, KEY, "  Zoë \n of\tthe 港 ", who, east, organisation=people.home)
        signing.trust(session, tmp_path, OTHER, "Z", None, NOW)
    at = NOW.replace(microsecond=0)
    by_all = {OTHER: Trusted(OTHER, "Z", None, at, None)}
    assert signing.trusted(tmp_path, None) == by_all
    mine = {KEY: Trusted(KEY, "Zoë of the 港", who, at, people.home)}
    assert signing.trusted(tmp_path, people.home) == {**by_all, **mine}
    file = tmp_path / "trusted" / str(people.home) / f"{KEY}.json"
    assert file.read_text("utf-8") == f'{{"name": "Zoë of the 港", "by": "{who}", "at": "2026-11-25T09:00:07+00:00"}}'
    assert (tmp_path / "trusted" / f"{OTHER}.json").is_file()
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (file, file.parent)]
    assert modes == [0o600, 0o700]
    with store.reading() as session:
        told = session.scalars(select(Event).filter_by(act="pack.key_trusted").order_by(Event.seq)).all()
    assert [(one.actor, one.subject, one.details, one.at) for one in told] == [
        (who, f"key:{KEY}", {"organisation": str(people.home)}, NOW),
        (None, f"key:{OTHER}", {}, NOW),
    ]


def test_a_key_that_is_trusted_again_has_its_new_name(store: Store, tmp_path: Path) -> None:
    with store.writing() as session:
        for name in ("An old name", "A new name"):
            signing.trust(session, tmp_path, KEY, name, None, NOW)
    assert [one.name for one in signing.trusted(tmp_path, HOST).values()] == ["A new name"]
    assert [path.name for path in (tmp_path / "trusted").iterdir()] == [f"{KEY}.json"]


@pytest.mark.parametrize("whose", ["", " \n", "x" * 121])
def test_a_key_is_not_trusted_before_it_is_said_whose_it_is(store: Store, tmp_path: Path, whose: str) -> None:
    with store.writing() as session, pytest.raises(Refused) as bad:
        signing.trust(session, tmp_path, KEY, whose, None, NOW)
    assert (bad.value.message, bad.value.field) == ("Say whose key this is, in at most 120 characters.", "whose")
    assert signing.trusted(tmp_path, None) == {}


@pytest.mark.parametrize("name", ["", "1" * 63, "1" * 65, "A" * 64, "g" * 64, "1" * 64 + "\n", "../" + "1" * 61])
def test_a_key_is_trusted_and_given_up_by_its_whole_fingerprint_alone(store: Store, tmp_path: Path, name: str) -> None:
    with store.writing() as session:
        acts: list[Callable[[], None]] = [
            lambda: signing.trust(session, tmp_path, name, "Somebody", None, NOW),
            lambda: signing.distrust(session, tmp_path, name, None, NOW),
        ]
        for act in acts:
            with pytest.raises(Refused) as bad:
                act()
            assert bad.value.message == "The fingerprint of a key has 64 hexadecimal digits."
            assert bad.value.field == "fingerprint"


def test_a_key_that_is_given_up_is_trusted_no_more_and_others_still_are(store: Store, tmp_path: Path) -> None:
    with store.writing() as session:
        for key in (KEY, OTHER):
            signing.trust(session, tmp_path, key, "Somebody", None, NOW, organisation=HOST)
        signing.distrust(session, tmp_path, KEY, None, NOW, organisation=HOST)
        with pytest.raises(NotThere, match="This key is not trusted here"):
            signing.distrust(session, tmp_path, KEY, None, NOW, organisation=HOST)
        with pytest.raises(NotThere, match="This key is not trusted here"):
            signing.distrust(session, tmp_path, OTHER, None, NOW)
    assert list(signing.trusted(tmp_path, HOST)) == [OTHER]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"name": "Z", "by": null}',
        '{"name": "Z", "by": "somebody", "at": "2026-11-25T09:00:07+00:00"}',
        '{"name": "Z", "by": null, "at": "yesterday"}',
        '{"name": "Z", "by": null, "at": null}',
    ],
)
def test_a_damaged_file_of_a_trusted_key_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "trusted" / str(HOST) / f"{KEY}.json"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    with pytest.raises(Refused) as bad:
        signing.is_trusted(tmp_path, OTHER, HOST)
    assert bad.value.message == f"trusted/{HOST}/{KEY}.json is damaged. Remove it and trust the key again."
    assert signing.trusted(tmp_path, None) == {}


def test_an_installation_makes_its_key_once_even_where_no_folder_is_there_yet(tmp_path: Path) -> None:
    instance = tmp_path / "not" / "yet"
    key = signing.public_key(instance)
    assert [path.name for path in instance.iterdir()] == ["pack-key"]
    kept = base64.b64decode((instance / "pack-key").read_bytes(), validate=True)
    assert (len(key), len(kept)) == (32, 32)
    assert key != kept
    signature = signing.sign(instance, b"A message")
    assert signing.public_key(instance) == key
    assert signing.holds(key, signature, b"A message")
    assert not signing.holds(key, signature, b"A message.")
    assert not signing.holds(key, signature[:-1], b"A message")
    assert not signing.holds(key[:-1], signature, b"A message")
    assert not signing.holds(signing.public_key(tmp_path / "other"), signature, b"A message")


@pytest.mark.parametrize("change", [lambda key: key + b"\n", lambda key: key[:8] + b"!" + key[8:], lambda key: key[4:]])
def test_a_key_that_was_changed_is_none(tmp_path: Path, change: object) -> None:
    signing.public_key(tmp_path)
    file = tmp_path / "pack-key"
    file.write_bytes(change(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(Refused) as bad:
        signing.sign(tmp_path, b"")
    assert bad.value.message == (f"{file} is no key. Restore it from a backup, or move it away to have a new one.")


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_key_that_others_reach_signs_nothing(tmp_path: Path, mode: int) -> None:
    signing.public_key(tmp_path)
    file = tmp_path / "pack-key"
    file.chmod(mode)
    with pytest.raises(Refused) as bad:
        signing.sign(tmp_path, b"")
    assert bad.value.message == f"{file} can be read by others; run: chmod 600 {file}"


def test_of_two_who_make_a_key_at_once_the_first_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made beside the place where it goes: the folder for what is made in passing may be on another disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    for content in (b"first", b"second"):
        signing._place(tmp_path / "pack-key", content)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"pack-key": b"first"}
    signing._place(tmp_path / "pack-key", b"third", anew=True)
    assert (tmp_path / "pack-key").read_bytes() == b"third"
