"""How much a bundle may be and what may stand in one: looked at before anything of it is believed or unpacked."""

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from training.courses.moving import signing
from training.errors import Refused
from training.hosting.carry import bundle
from training.hosting.carry.bundle import AUDIT, MANIFEST, ROWS, SIGNATURE, Manifest, Stored
from training.store import new_id

from .conftest import Place
from .test_bundle import EMPTY, head, made, rewrite, signed

pytestmark = pytest.mark.any_database
NO_ZIP = "This is not a zip file, or it has something after its end, or it is too large."
NO_DIRECTORY = "The directory of the archive is not where its end says; it is damaged or made up."
MANY = "The archive has more than 20,000 files."
DAMAGED = "The directory of the archive can't be read; it is damaged."
SIGNED_BY_NOBODY = "manifest.json was changed, or the signature is that of another bundle. Ask the sender for it again."


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as bad:
        bundle.read(path)
    return str(bad.value)


def end(count: int, length: int, offset: int, *, here: int | None = None, disks: bytes = bytes(4)) -> bytes:
    """The end of a zip file that says this of its directory."""
    numbers = ((count if here is None else here, 2), (count, 2), (length, 4), (offset, 4), (0, 2))
    return b"PK\x05\x06" + disks + b"".join(one.to_bytes(size, "little") for one, size in numbers)


LONGEST_DIRECTORY = (bundle.MOST + 2) * (46 + 2 * 240)
ENDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"", NO_ZIP),
    (0, end(0, 0, 0)[1:], NO_ZIP),
    (0, b"PK\x05\x07" + end(0, 0, 0)[4:], NO_ZIP),
    (5, end(0, 0, 5) + b"x", NO_ZIP),
    (5, end(1, 2, 3, disks=b"\1\0\0\0"), NO_DIRECTORY),
    (5, end(1, 2, 3, disks=b"\0\0\1\0"), NO_DIRECTORY),
    (5, end(1, 2, 3, disks=b"\0\0\0\1"), NO_DIRECTORY),
    (5, end(1, 2, 3, here=2), NO_DIRECTORY),
    (5, end(1, 2, 3, here=257), NO_DIRECTORY),
    (5, end(1, 2, 4), NO_DIRECTORY),
    (5, end(1, 2, 2), NO_DIRECTORY),
    (5, end(bundle.MOST + 3, 2, 3), MANY),
    (LONGEST_DIRECTORY + 1, end(1, LONGEST_DIRECTORY + 1, 0), MANY),
    (5, end(bundle.MOST + 2, 5, 0), DAMAGED),
    (LONGEST_DIRECTORY, end(1, LONGEST_DIRECTORY, 0), DAMAGED),
)


@pytest.mark.parametrize(("before", "last", "why"), ENDS)
def test_the_end_of_an_archive_is_looked_at_before_its_directory_is_read(
    tmp_path: Path, before: int, last: bytes, why: str
) -> None:
    with (tmp_path / "b").open("wb") as file:
        file.truncate(before)
        file.seek(before)
        file.write(last)
    assert refusal(tmp_path / "b") == why


def test_an_empty_archive_is_no_bundle_and_a_larger_one_than_zips_hold_is_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(end(0, 0, 0))
    assert refusal(tmp_path / "b") == "This is no bundle of a session: there is no manifest.json in it."
    with zipfile.ZipFile(tmp_path / "c", "w") as archive:
        archive.writestr(MANIFEST, b"{}")
    assert refusal(tmp_path / "c") == "This is no bundle of a session: there is no signature.json in it."
    for more, why in ((0, NO_DIRECTORY), (1, NO_ZIP)):
        with (tmp_path / "large").open("wb") as file:  # it takes no room: nothing is written before its end
            file.seek(bundle.LARGEST + more - bundle.END_SIZE)
            file.write(end(0, 0, 0))
        assert refusal(tmp_path / "large") == why


def test_limits_are_what_the_format_says() -> None:
    """Other programs of this kind go by them: who made them smaller could not read what others wrote."""
    limits = (bundle.LARGEST, bundle.LARGEST_TOTAL, bundle.LARGEST_ROWS, bundle.LARGEST_MANIFEST)
    assert limits == (2**32 - 2**20, 2**34, 2**28, 2**23)
    assert (bundle.MOST, bundle.LONGEST, bundle.SIGNED_AS) == (20_000, 240, b"engram session bundle 1\n")
    assert bundle.lines({"b": [1, None], "a": "ü"}) == '{"a":"ü","b":[1,null]}'.encode()


@pytest.mark.parametrize(
    ("name", "may"),
    [
        *[(name, True) for name in (ROWS, AUDIT, "papers/a", "own/a/b.c", "releases/lab/x/y/z", "results/-.db")],
        *[(name, True) for name in ("exhibits/a/.hidden", "papers/ä", "papers/a b")],
        *[(name, False) for name in ("", "papers", "papers/", "/papers/a", "papers//a", "rows.json/a", "other/a")],
        *[(name, False) for name in ("papers/.", "papers/..", "papers/../a", "papers/ ", "papers/. .", "Papers/a")],
        *[(name, False) for name in ("papers/a.", "papers/a ", "papers/a./b", "rows.json ", "manifest.json", "a.db")],
        *[(f"papers/a{sign}b", False) for sign in '\\:*?"<>|\0\n\x7f\u202e'],
    ],
)
def test_a_file_of_a_bundle_has_a_name_that_every_system_takes_for_the_same(name: str, *, may: bool) -> None:
    assert bundle._may_be_named(name) is may


def test_a_name_is_shown_without_what_could_not_be_seen_and_no_longer_than_a_line() -> None:
    assert bundle._shown("papers/\x1b[31m\u202ea") == "papers/?[31m?a"
    assert (bundle._shown("x" * 81), bundle._shown("")) == ("x" * 80, "-")


def test_a_manifest_is_read_up_to_its_limit(home: Place, tmp_path: Path) -> None:
    path = made(home, new_id(), tmp_path / "b")
    for more, why in (
        (0, SIGNED_BY_NOBODY),
        (1, "manifest.json is missing in the bundle, or too large."),
    ):
        with zipfile.ZipFile(path) as archive:
            signature = archive.read(SIGNATURE)
        with zipfile.ZipFile(tmp_path / str(more), "w", zipfile.ZIP_DEFLATED) as other:
            other.writestr(MANIFEST, bytes(bundle.LARGEST_MANIFEST + more))
            other.writestr(SIGNATURE, signature)
        assert refusal(tmp_path / str(more)) == why


def test_nothing_of_a_manifest_is_believed_without_its_signature(home: Place, laptop: Place, tmp_path: Path) -> None:
    path = made(home, new_id(), tmp_path / "b")
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        said, right = archive.read(MANIFEST), json.loads(archive.read(SIGNATURE))
    key = base64.b64encode(signing.public_key(laptop.instance)).decode()
    theirs = base64.b64encode(signing.sign(laptop.instance, said)).decode()  # as under something else than a bundle
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"key": "no base64!"}, "signature.json can't be read: it is no base64."),
        ({"signature": "%"}, "signature.json can't be read: it is no base64."),
        ({"key": "AAAA"}, SIGNED_BY_NOBODY),
        ({"key": key}, SIGNED_BY_NOBODY),
        ({"key": key, "signature": theirs}, SIGNED_BY_NOBODY),
        ({"signature": ""}, SIGNED_BY_NOBODY),
        ({"algorithm": "none"}, "signature.json can't be read here: algorithm: Input should be 'Ed25519'"),
        ({"key": "x" * 61}, "signature.json can't be read here: key: String should have at most 60 characters"),
        ({"signature": "x" * 121},
         "signature.json can't be read here: signature: String should have at most 120 characters"),
        ({"more": 1}, "signature.json can't be read here: more: Extra inputs are not permitted"),
    )  # fmt: skip
    for change, why in cases:
        path.write_bytes(whole)
        rewrite(path, SIGNATURE, json.dumps(right | change).encode())
        assert refusal(path) == why
    path.write_bytes(whole)
    rewrite(path, SIGNATURE, b"[" * 100_000)
    assert refusal(path).startswith("signature.json can't be read here: -: ")
    path.write_bytes(whole)
    rewrite(path, MANIFEST, said.replace(b'"format": 1', b'"format":  1'))
    assert refusal(path) == SIGNED_BY_NOBODY


def test_a_manifest_says_all_that_it_has_to_and_nothing_else(home: Place) -> None:
    file = {"path": "papers/a", "size": 0, "sha256": EMPTY}
    right = {**head(home, new_id()), "format": 1, "by": EMPTY, "seal": None, "files": [file]}
    assert Manifest.model_validate(right).files == (Stored(path="papers/a", size=0, sha256=EMPTY),)
    wrong: tuple[dict[str, Any], ...] = (
        *({name: None} for name in right if name != "seal"),
        {"format": 2},
        {"by": "0" * 63},
        {"by": "G" * 64},
        {"schema_at": "x" * 81},
        {"knows": ["x"] * 5_001},
        {"more": 1},
        {"files": [{**file, "path": ""}]},
        {"files": [{**file, "path": "x" * 241}]},
        {"files": [{**file, "size": -1}]},
        {"files": [{**file, "sha256": "0" * 65}]},
        {"files": [{**file, "more": 1}]},
        {"files": [file] * (bundle.MOST + 1)},
    )
    for change in wrong:
        with pytest.raises(ValidationError, match=next(iter(change))):
            Manifest.model_validate(right | change)
    most = {"schema_at": "x" * 80, "knows": ["x"] * 5_000, "files": [{**file, "path": "x" * 240}] * bundle.MOST}
    assert len(Manifest.model_validate(right | most).files) == bundle.MOST
    for name in right:
        with pytest.raises(ValidationError, match=name):
            Manifest.model_validate({one: value for one, value in right.items() if one != name})


def test_files_that_are_missing_too_many_or_not_as_long_as_is_said_are_named(home: Place, tmp_path: Path) -> None:
    by = bundle.read(made(home, new_id(), tmp_path / "whole")).fingerprint
    one = Stored(path="papers/a", size=3, sha256=EMPTY)
    missing = "papers/a is missing in the bundle."
    unnamed = "papers/b is in the bundle, and the manifest doesn't name it."
    longer = "papers/a was changed after the bundle was signed."
    cases: tuple[tuple[dict[str, bytes], str], ...] = (
        ({}, missing),
        ({"papers/a": b"abc", "papers/b": b""}, unnamed),
        ({"papers/b": b""}, missing),
        ({"papers/a": b"abcd"}, longer),
        ({"papers/a": b"ab"}, longer),
    )
    for number, (inside, why) in enumerate(cases):
        assert refusal(signed(home, tmp_path / str(number), inside, by=by, files=(one,))) == why
    found = bundle.read(signed(home, tmp_path / "other", {"papers/a": b"abc"}, by=by, files=(one,)))
    with pytest.raises(Refused, match=r"^papers/a was changed after the bundle was signed\.$"):
        found.check("papers/a", home.instance)
    largest = tuple(Stored(path=f"papers/{name}", size=bundle.LARGEST_TOTAL // 2, sha256=EMPTY) for name in "ab")
    inside = {each.path: b"" for each in largest}
    why = refusal(signed(home, tmp_path / "large", inside, by=by, files=largest))
    assert why == longer, "so much may be said, and is not there"


def test_no_bundle_is_written_that_nobody_could_read(home: Place, tmp_path: Path) -> None:
    files: dict[str, bundle.Source] = {f"papers/{number}": b"" for number in range(bundle.MOST + 1)}
    with pytest.raises(Refused) as bad:
        bundle.write(tmp_path / "b", home.instance, head(home, new_id()), files, None)
    assert str(bad.value) == "The bundle would have 20,001 files; at most 20,000 are read."
    assert list(tmp_path.glob("*b*")) == []


def test_a_bundle_is_written_the_same_wherever_it_is_written(home: Place, tmp_path: Path) -> None:
    of, files = new_id(), {"results/b.db": b"rows" * 999, "exhibits/x/a.zst": b"packed" * 99, "papers/a": b""}
    (tmp_path / "source").write_bytes(files["papers/a"])
    given: dict[str, bundle.Source] = {**files, "papers/a": tmp_path / "source"}
    said = head(home, of)
    name = bundle.write(tmp_path / "b", home.instance, said, given, None)
    again = bundle.write(tmp_path / "c", home.instance, said, dict(reversed(given.items())), None)
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()
    found = bundle.read(tmp_path / "b")
    assert name == again == found.name
    assert [one.path for one in found.manifest.files] == sorted(files)
    assert {one: place for one, (place, _) in found.places.items()} == {one: n for n, one in enumerate(sorted(files))}
    assert {path: found.bytes_of(path, home.instance) for path in files} == files
    assert (found.paths("exhibits"), found.paths("exhibit")) == (["exhibits/x/a.zst"], [])
    assert found.key == signing.public_key(home.instance)
    with zipfile.ZipFile(tmp_path / "b") as archive:
        listed = archive.infolist()
    assert [one.filename for one in listed] == [MANIFEST, SIGNATURE, *sorted(files)]
    assert {(one.date_time, one.create_system) for one in listed} == {((1980, 1, 1, 0, 0, 0), 3)}
    stored = {one.filename for one in listed if one.compress_type == zipfile.ZIP_STORED}
    assert stored == {"exhibits/x/a.zst"}
    assert {one.compress_type for one in listed} == {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
