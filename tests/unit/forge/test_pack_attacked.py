"""Whatever is done to the files and the manifests of a base and its delta, the exhibit is right or it is refused."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.forge.test_pack import files_below, noise, write_base, write_delta
from training.forge import pack
from training.forge.pack import DamagedPack

SIZE = 200_000
IDLE = noise(1, SIZE)
IMAGE = IDLE[:90_000] + b"an intruder" + IDLE[90_000:]
BASE, DELTA = "debian-5.0", "lab-a"
FILES = [
    *((BASE, name) for name in ("image.raw.zst", "5.0.json.xz", "vmlinuz", "initrd.gz", "programs.tar.xz")),
    *((DELTA, name) for name in ("image.raw.zst", "truth.json.zst", "record.txt", "overlay.cpio.gz", "plan.json")),
]
READ = {"image.raw.zst", "5.0.json.xz", "truth.json.zst", "record.txt"}
"""Files that unpacking reads; `check` reads all."""
COMPRESSED = [(BASE, "image.raw.zst"), (DELTA, "image.raw.zst"), (DELTA, "truth.json.zst")]
HOSTILE: list[Any] = [
    *(None, True, -1, 0, 1, 2**63, 10**30, 1.5, "", "0" * 64, "../../etc/passwd", "a/b", "\0", "x" * 5_000, "\u202e"),
    *([], {}, [[]], ["a"], {"name": "a"}, "base", "exhibit", "truth.json.zst", "image.raw.zst", BASE, DELTA),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked") / "packs"
    write_delta(folder / DELTA, IMAGE, write_base(folder / BASE, IDLE))
    return folder


@pytest.fixture
def packs(made: Path, tmp_path: Path) -> Path:
    return tmp_path / "packs"


def fresh(made: Path, packs: Path) -> None:
    shutil.rmtree(packs, ignore_errors=True)
    for name in (BASE, DELTA):
        shutil.copytree(made / name, packs / name)


def reseal(folder: Path) -> None:
    """The manifest agrees with every packed file, as a careful forger would see to."""
    document = json.loads((folder / pack.MANIFEST).read_text())
    for part in document["files"].values():
        part.update(pack.part_of(folder / part["name"]).model_dump(exclude={"unpacked"}))
    (folder / pack.MANIFEST).write_text(json.dumps(document))


def unpacked_or_refused(packs: Path) -> str | None:
    """What was said; None where the exhibit came out as it was made. Anything else fails the test."""
    into = packs / "into"
    try:
        image = pack.unpack(packs / DELTA, into)
    except DamagedPack as bad:
        assert not into.exists()
        return str(bad)
    assert image.read_bytes() == IMAGE
    assert (into / pack.TRUTH).read_bytes() == b"lab-a truth"
    assert files_below(into / "symbols") == ["linux", "linux/5.0.json.xz"]
    return None


@given(data=st.data())
@pytest.mark.parametrize("where", FILES, ids="/".join)
def test_every_file_that_is_altered_is_refused_by_name(
    made: Path, packs: Path, where: tuple[str, str], data: st.DataObject
) -> None:
    fresh(made, packs)
    path = packs.joinpath(*where)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "add", "link"])):
        case "flip":
            content[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del content[place:]
        case "add":
            content += bytes([place % 256])
        case "link":
            path.rename(packs / "elsewhere")
            path.symlink_to(packs / "elsewhere")
    if not path.is_symlink():
        path.write_bytes(content)
    with pytest.raises(DamagedPack, match=where[1]):
        pack.check(packs / where[0])
    if where[1] in READ:
        assert where[1] in (unpacked_or_refused(packs) or "it was accepted")


@given(data=st.data())
@pytest.mark.parametrize("where", COMPRESSED, ids="/".join)
def test_a_forger_who_seals_what_he_altered_gets_nothing_else_unpacked(
    made: Path, packs: Path, where: tuple[str, str], data: st.DataObject
) -> None:
    fresh(made, packs)
    path = packs.joinpath(*where)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    reseal(packs / where[0])
    said = unpacked_or_refused(packs)
    assert said is None or "image.raw.zst" in said or where[1] in said


def leaves(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a manifest, those that hold others among them."""
    if path:
        yield path
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in pairs:
        yield from leaves(value, (*path, key))


@pytest.mark.parametrize("name", [BASE, DELTA])
def test_any_field_of_a_manifest_may_be_anything(made: Path, packs: Path, name: str) -> None:
    fresh(made, packs)
    manifest = packs / name / pack.MANIFEST
    whole = manifest.read_text()
    tried = refused = 0
    for path in list(leaves(json.loads(whole))):
        for value in [*HOSTILE, "gone"]:
            document = json.loads(whole)
            place = document
            for key in path[:-1]:
                place = place[key]
            if value == "gone":
                del place[path[-1]]
            else:
                place[path[-1]] = value
            manifest.write_text(json.dumps(document))
            said = unpacked_or_refused(packs)
            tried, refused = tried + 1, refused + (said is not None)
            assert said is None or str(packs) in said
            shutil.rmtree(packs / "into", ignore_errors=True)
    assert tried > 600
    assert refused > tried * 3 // 4, "most of them matter"


@given(data=st.data())
@pytest.mark.parametrize("name", [BASE, DELTA])
def test_a_manifest_of_noise_is_refused_or_means_the_same(
    made: Path, packs: Path, name: str, data: st.DataObject
) -> None:
    fresh(made, packs)
    manifest = packs / name / pack.MANIFEST
    content = bytearray(manifest.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    manifest.write_bytes(content)
    said = unpacked_or_refused(packs)
    assert said is None or pack.MANIFEST in said or "expected" in said or "cannot be read" in said
