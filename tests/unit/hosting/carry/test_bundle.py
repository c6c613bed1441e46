"""Bundles as files: what a made up one is refused for, who may read one, and how those that wait are kept."""

import os
import stat
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from training.errors import Damaged, NotThere, Refused
from training.hosting.carry import bundle, history, sealing, waiting
from training.hosting.carry.bundle import AUDIT, MANIFEST, ROWS, SIGNATURE, Manifest, Stored
from training.store import new_id

from .conftest import Place

pytestmark = pytest.mark.any_database
EMPTY = "0" * 64


def head(place: Place, of: UUID) -> dict[str, Any]:
    return {"made": place.now(), "schema_at": "x", "session": of, "organisation": new_id(), "knows": (), "same": {}}


def made(place: Place, of: UUID, into: Path, **files: bytes) -> Path:
    """A small bundle of a session; names of files are given with two underscores for each slash."""
    given = {ROWS: b"{}", AUDIT: b"", **{name.replace("__", "/"): data for name, data in files.items()}}
    bundle.write(into, place.instance, head(place, of), given, None)
    return into


def signed(place: Place, into: Path, inside: dict[str, bytes], **said: Any) -> Path:
    """An archive with a manifest that says anything, and whose signature holds under it."""
    manifest = Manifest.model_validate({**head(place, new_id()), "format": 1, "by": EMPTY, "seal": None, **said})
    data = manifest.model_dump_json().encode()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr(MANIFEST, data)
        archive.writestr(SIGNATURE, bundle._signature(place.instance, data))
        for name, content in inside.items():
            archive.writestr(name, content)
    return into


def rewrite(path: Path, name: str, content: bytes) -> None:
    """Write an archive again with other content of one file."""
    with zipfile.ZipFile(path) as archive:
        whole = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for one, data in (whole | {name: content}).items():
            archive.writestr(one, data)


def test_a_manifest_names_the_key_that_signed_it_and_each_file_once_and_not_too_much(
    home: Place, tmp_path: Path
) -> None:
    by = bundle.read(made(home, new_id(), tmp_path / "whole")).fingerprint
    twice = tuple(Stored(path=f"papers/{one}", size=1, sha256=EMPTY) for one in "aA")
    large = tuple(Stored(path=f"papers/{one}", size=bundle.LARGEST_TOTAL // 2 + 1, sha256=EMPTY) for one in "ab")
    files = {one.path: b"x" for one in (*twice, *large)}
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"by": EMPTY, "files": ()}, "names another key"),
        ({"by": by, "files": twice}, "names a file twice"),
        ({"by": by, "files": (twice[0], twice[0])}, "names a file twice"),
        ({"by": by, "files": large}, "unpacks to more"),
        ({"by": by, "files": twice[:1]}, "was changed after"),
    )
    for number, (said, why) in enumerate(wrong):
        named = {one.path for one in said["files"]}
        inside = {name: data * (1 + ("changed" in why)) for name, data in files.items() if name in named}
        with pytest.raises(Refused, match=why):
            bundle.read(signed(home, tmp_path / str(number), inside, **said))


def test_an_archive_holds_each_file_once_and_no_link_and_nothing_encrypted(home: Place, tmp_path: Path) -> None:
    path = made(home, new_id(), tmp_path / "b", papers__a=b"/etc/passwd")
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        begins = archive.start_dir
        entry = archive.getinfo("papers/a")
    central = whole.index(b"PK\x01\x02", whole.index(b"papers/a", begins) - bundle.CENTRAL)
    assert entry.external_attr >> 16 == stat.S_IFREG | 0o600
    for at, changed in ((central + 38, ((stat.S_IFLNK | 0o777) << 16).to_bytes(4, "little")), (central + 8, b"\1\0")):
        path.write_bytes(whole[:at] + changed + whole[at + len(changed) :])
        with pytest.raises(Refused, match="papers/a is encrypted, a link or a device"):
            bundle.read(path)
    path.write_bytes(whole)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, b"other")
    with pytest.raises(Refused, match="stands in the archive twice"):
        bundle.read(path)


def test_a_file_is_read_up_to_its_limit(home: Place, tmp_path: Path) -> None:
    found = bundle.read(made(home, new_id(), tmp_path / "b", papers__a=b"four"))
    assert found.bytes_of("papers/a", home.instance, 4) == b"four"
    with pytest.raises(Refused, match="too large"):
        found.bytes_of("papers/a", home.instance, 3)
    with pytest.raises(Refused, match="missing"):
        found.bytes_of("papers/b", home.instance)


def test_a_sealed_file_is_checked_by_whoever_it_is_sealed_for(home: Place, laptop: Place, tmp_path: Path) -> None:
    said, files = head(home, new_id()), {ROWS: b"{}", AUDIT: b"", "papers/a": b"four" * 999}
    bundle.write(tmp_path / "b", home.instance, said, files, sealing.public_key(laptop.instance))
    found = bundle.read(tmp_path / "b")
    for path in files:
        found.check(path, laptop.instance)
        with pytest.raises(Refused, match="sealed for another installation"):
            found.check(path, home.instance)
    assert {path: found.bytes_of(path, laptop.instance) for path in files} == files


def test_bundles_and_the_key_that_opens_them_are_open_to_the_server_alone(home: Place, tmp_path: Path) -> None:
    of = new_id()
    path = made(home, of, tmp_path / "b")
    sealing.public_key(home.instance)
    waiting.keep(home.instance, of, BytesIO(path.read_bytes()))
    history.keep(home.instance, bundle.read(path), {ROWS: b"{}", AUDIT: b""})
    kept = [one for one in (home.instance / sealing.FOLDER).rglob("*") if one.is_file()]
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path, *kept)} == {0o600}
    assert len(kept) == 3


def test_what_is_kept_of_a_bundle_is_held_against_its_name_and_its_digest(home: Place, tmp_path: Path) -> None:
    found = bundle.read(made(home, new_id(), tmp_path / "b"))
    history.keep(home.instance, found, {ROWS: b"{}", AUDIT: b""})
    kept = home.instance / sealing.FOLDER / f"{found.name}.zip"
    whole = kept.read_bytes()
    assert history.knows(home.instance, found.name) == frozenset()
    assert history.said(home.instance, found.name)["person"] == {}
    rewrite(kept, ROWS, b'{"person": []}')
    with pytest.raises(Damaged, match="Restore it from a backup"):
        history.said(home.instance, found.name)
    kept.write_bytes(whole)
    changed = found.manifest.model_copy(update={"knows": ("a",)})
    rewrite(kept, MANIFEST, changed.model_dump_json(indent=1).encode() + b"\n")
    with pytest.raises(Damaged, match="Restore it from a backup"):
        history.knows(home.instance, found.name)


def test_a_bundle_waits_in_its_own_session_alone_and_a_few_wait_at_once(home: Place, tmp_path: Path) -> None:
    of, other = new_id(), new_id()
    names = []
    for number in range(waiting.MOST + 1):
        data = made(home, of, tmp_path / str(number), papers__a=str(number).encode()).read_bytes()
        names.append(waiting.keep(home.instance, of, BytesIO(data)).name)
        os.utime(waiting._place(home.instance, of, names[-1]), (number, number))
        with pytest.raises(Refused, match="of another session"):
            waiting.keep(home.instance, other, BytesIO(data))
    assert [waiting.is_there(home.instance, of, one) for one in names] == [False, *[True] * waiting.MOST]
    with pytest.raises(NotThere):
        waiting.get(home.instance, other, names[-1])
    aside = home.instance / sealing.FOLDER / "waiting" / f"{of}-note"
    aside.write_bytes(b"something else")
    waiting.forget(home.instance, of, "note")
    waiting.forget(home.instance, other, names[-1])
    assert aside.is_file()
    assert not waiting.is_there(home.instance, of, "note")
    assert waiting.get(home.instance, of, names[-1]).name == names[-1]
    waiting.forget(home.instance, of, names[-1])
    assert not waiting.is_there(home.instance, of, names[-1])
