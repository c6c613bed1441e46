import hashlib
import json
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from training.errors import DomainError
from training.forge import pack
from training.forge.pack import DamagedPack, Manifest, NoRoom, Role

SIZE = 3 << 20


def noise(seed: int, size: int = SIZE) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - filler that compresses badly


def make(folder: Path, image: bytes, *, base: str | None = None, base_image: Path | None = None, **other: Any) -> Path:
    folder.mkdir(parents=True)
    raw = folder.parent / f"{folder.name}.raw"
    raw.write_bytes(image)
    pack.compress(raw, folder / "image.raw.zst", base_image=base_image, level=3)
    names = {Role.IMAGE: "image.raw.zst", Role.TRUTH: "truth.json", Role.RECORD: "record.txt"}
    if base is None:
        names |= {Role.SYMBOLS: "5.0.json.xz", Role.KERNEL: "vmlinuz", Role.INITRD: "initrd.gz"}
    for role, name in names.items():
        if role is not Role.IMAGE:
            (folder / name).write_bytes(f"{folder.name} {role}".encode())
    fields: dict[str, Any] = {
        "name": folder.name,
        "title": "A trial",
        "os": "linux",
        "format": "raw",
        "size": len(image),
        "sha256": hashlib.sha256(image).hexdigest(),
        "banner": "Linux version 5.0",
        "captured_at": datetime(2026, 3, 10, 12, tzinfo=UTC),
        "made_by": "a test",
        "origin": "a test",
        "licences": (),
        "base": base,
        "files": {role: pack.part_of(folder / name) for role, name in names.items()},
    }
    pack.write_manifest(folder, Manifest.model_validate(fields | other))
    return folder


class Trial(NamedTuple):
    folder: Path
    into: Path
    image: bytes


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    image = noise(1)
    return Trial(make(tmp_path / "packs" / "whole", image), tmp_path / "into", image)


def reseal(folder: Path, role: Role = Role.IMAGE) -> None:
    """Let the manifest agree with a packed file that a test has changed, as a careful forger would."""
    document = json.loads((folder / pack.MANIFEST).read_text())
    part = pack.part_of(folder / document["files"][role]["name"])
    document["files"][role] = part.model_dump()
    (folder / pack.MANIFEST).write_text(json.dumps(document))


def change(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((folder / pack.MANIFEST).read_text())
    edit(document)
    (folder / pack.MANIFEST).write_text(json.dumps(document))


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_unpack_lays_the_exhibit_out_read_only(trial: Trial) -> None:
    seen: list[tuple[int, int]] = []
    image = pack.unpack(trial.folder, trial.into, lambda done, total: seen.append((done, total)))
    assert image.read_bytes() == trial.image
    assert files_below(trial.into) == [
        "image.raw",
        "record.txt",
        "symbols",
        "symbols/linux",
        "symbols/linux/5.0.json.xz",
        "truth.json",
    ]
    assert (trial.into / "truth.json").read_bytes() == b"whole truth"
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in trial.into.rglob("*") if path.is_file())
    assert seen[-1] == (SIZE, SIZE)
    assert seen == sorted(seen)


def test_unpack_again_replaces_what_is_there(trial: Trial) -> None:
    pack.unpack(trial.folder, trial.into)
    assert pack.unpack(trial.folder, trial.into).read_bytes() == trial.image
    pack.verify(trial.into, pack.read(trial.folder).sha256)


def test_a_changed_byte_in_the_pack_names_both_digests(trial: Trial) -> None:
    packed = trial.folder / "image.raw.zst"
    expected = pack.read(trial.folder).files[Role.IMAGE].sha256
    content = bytearray(packed.read_bytes())
    content[1000] ^= 1
    packed.write_bytes(content)
    with pytest.raises(DamagedPack) as caught:
        pack.unpack(trial.folder, trial.into)
    assert expected in str(caught.value)
    assert hashlib.sha256(content).hexdigest() in str(caught.value)
    assert not trial.into.exists()


@pytest.mark.parametrize("role", [Role.SYMBOLS, Role.TRUTH, Role.RECORD])
def test_every_other_file_is_checked_too(trial: Trial, role: Role) -> None:
    path = trial.folder / pack.read(trial.folder).files[role].name
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(DamagedPack, match="expected SHA-256"):
        pack.unpack(trial.folder, trial.into)
    assert not trial.into.exists()


def test_a_truncated_pack_is_refused(trial: Trial) -> None:
    packed = trial.folder / "image.raw.zst"
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(DamagedPack, match="expected"):
        pack.unpack(trial.folder, trial.into)
    reseal(trial.folder)
    with pytest.raises(DamagedPack, match=r"unpacks to|not a readable"):
        pack.unpack(trial.folder, trial.into)
    assert not trial.into.exists()


def test_a_bomb_stops_at_the_size_that_was_said(trial: Trial) -> None:
    (trial.folder / "image.raw.zst").write_bytes(zstandard.compress(bytes(64 << 20)))
    reseal(trial.folder)
    largest = 0

    def watch(done: int, _: int) -> None:
        nonlocal largest
        largest = max(largest, done)

    with pytest.raises(DamagedPack, match=f"more than the {SIZE} bytes"):
        pack.unpack(trial.folder, trial.into, watch)
    assert largest <= SIZE
    assert not trial.into.exists()


def test_a_wrong_image_inside_a_right_file_names_both_digests(trial: Trial) -> None:
    other = noise(2)
    (trial.folder / "image.raw.zst").write_bytes(zstandard.compress(other))
    reseal(trial.folder)
    with pytest.raises(DamagedPack) as caught:
        pack.unpack(trial.folder, trial.into)
    assert hashlib.sha256(trial.image).hexdigest() in str(caught.value)
    assert hashlib.sha256(other).hexdigest() in str(caught.value)
    assert not trial.into.exists()


def test_too_little_room_is_said_before_anything_is_written(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(trial.folder)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NoRoom) as caught:
        pack.unpack(trial.folder, trial.into)
    assert "1000 are free" in str(caught.value)
    assert str(SIZE)[:3] in str(caught.value)
    assert not trial.into.exists()


def test_a_disk_that_fills_up_meanwhile_is_no_room_either(trial: Trial) -> None:
    def fill(_: int, __: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(NoRoom, match="became full"):
        pack.unpack(trial.folder, trial.into, fill)
    assert not any(path.is_file() for path in trial.into.rglob("*"))


def test_an_interruption_leaves_nothing_and_keeps_what_was_there(trial: Trial) -> None:
    trial.into.mkdir()
    (trial.into / "image.raw").write_bytes(b"earlier")

    def interrupt(_: int, __: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack.unpack(trial.folder, trial.into, interrupt)
    assert files_below(trial.into) == ["image.raw"]
    assert (trial.into / "image.raw").read_bytes() == b"earlier"


def test_a_link_in_the_place_of_a_file_is_not_followed(trial: Trial, tmp_path: Path) -> None:
    (trial.folder / "truth.json").rename(tmp_path / "elsewhere")
    (trial.folder / "truth.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedPack, match=r"truth\.json: cannot be read"):
        pack.unpack(trial.folder, trial.into)


@pytest.mark.parametrize("with_image", [True, False])
def test_a_delta_unpacks_from_its_base(trial: Trial, with_image: bool) -> None:  # noqa: FBT001 - a parameter of the test
    image = trial.image[: SIZE // 2] + b"changed" + trial.image[SIZE // 2 :]
    base_image = trial.folder.parent / "whole.raw"
    delta = make(trial.folder.parent / "other", image, base="whole", base_image=base_image)
    assert (delta / "image.raw.zst").stat().st_size < SIZE // 100
    unpacked = pack.unpack(delta, trial.into, base_image=base_image if with_image else None)
    assert unpacked.read_bytes() == image
    assert (trial.into / "symbols" / "linux" / "5.0.json.xz").read_bytes() == b"whole symbols"
    assert (trial.into / "truth.json").read_bytes() == b"other truth"
    assert pack.locate(delta, Role.KERNEL)[0].resolve() == (trial.folder / "vmlinuz").resolve()


def test_a_delta_against_a_wrong_base_image_is_refused(trial: Trial, tmp_path: Path) -> None:
    base_image = trial.folder.parent / "whole.raw"
    delta = make(trial.folder.parent / "other", trial.image + b"more", base="whole", base_image=base_image)
    wrong = tmp_path / "wrong.raw"
    wrong.write_bytes(noise(3))
    with pytest.raises(DamagedPack, match=r"wrong\.raw: expected SHA-256"):
        pack.unpack(delta, trial.into, base_image=wrong)
    assert not trial.into.exists()


def test_a_delta_of_a_delta_is_refused(trial: Trial) -> None:
    base_image = trial.folder.parent / "whole.raw"
    make(trial.folder.parent / "second", trial.image + b"2", base="whole", base_image=base_image)
    third = make(trial.folder.parent / "third", trial.image + b"3", base="second", base_image=base_image)
    with pytest.raises(DamagedPack, match="base must be a whole image"):
        pack.unpack(third, trial.into)
    change(trial.folder, lambda document: document.update(base="whole"))
    with pytest.raises(DamagedPack, match="its own base"):
        pack.read(trial.folder)


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda d: d.update(sha256="12"), "sha256: "),
        (lambda d: d["files"]["truth"].update(name="../truth.json"), "files.truth.name: "),
        (lambda d: d["files"]["truth"].update(name=".hidden"), "files.truth.name: "),
        (lambda d: d["files"].pop("record"), "files lacks record"),
        (lambda d: d["files"]["record"].update(name="truth.json"), "one file twice"),
        (lambda d: d.update(captured_at="2026-03-10T12:00:00"), "captured_at: "),
        (lambda d: d.update(captured_at="2026-03-10T12:00:00+01:00"), "captured_at: "),
        (lambda d: d.update(size=1 << 40), "size: "),
        (lambda d: d.update(surprise=1), "surprise: "),
    ],
)
def test_a_wrong_manifest_names_file_and_field(
    trial: Trial, edit: Callable[[dict[str, Any]], None], named: str
) -> None:
    change(trial.folder, edit)
    with pytest.raises(DamagedPack) as caught:
        pack.read(trial.folder)
    assert str(trial.folder / "exhibit.json") in str(caught.value)
    assert named in str(caught.value)


def test_a_manifest_that_is_missing_or_no_json_or_too_large(trial: Trial) -> None:
    manifest = trial.folder / pack.MANIFEST
    manifest.write_text("{")
    with pytest.raises(DamagedPack, match="Invalid JSON"):
        pack.read(trial.folder)
    manifest.write_bytes(bytes(pack.LARGEST_MANIFEST + 1))
    with pytest.raises(DamagedPack, match="larger than"):
        pack.read(trial.folder)
    manifest.unlink()
    with pytest.raises(DamagedPack, match="cannot be read"):
        pack.read(trial.folder)


def test_verify_says_both_digests(trial: Trial) -> None:
    image = pack.unpack(trial.folder, trial.into)
    sha256 = pack.read(trial.folder).sha256
    pack.verify(image, sha256)
    image.chmod(0o644)
    image.write_bytes(b"something else")
    with pytest.raises(DamagedPack) as caught:
        pack.verify(trial.into, sha256)
    assert sha256 in str(caught.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(caught.value)
    image.unlink()
    with pytest.raises(DamagedPack, match="cannot be read"):
        pack.verify(trial.into, sha256)


def test_check_reads_everything_and_writes_nothing(trial: Trial) -> None:
    before = files_below(trial.folder.parent)
    assert pack.check(trial.folder).name == "whole"
    assert files_below(trial.folder.parent) == before
    (trial.folder / "vmlinuz").write_bytes(b"another kernel")
    with pytest.raises(DamagedPack, match="vmlinuz"):
        pack.check(trial.folder)


def test_a_missing_zstd_names_its_package(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DomainError, match="Debian package zstd"):
        pack.compress(trial.folder.parent / "whole.raw", trial.into)
