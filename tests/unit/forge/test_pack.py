import hashlib
import io
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from training.errors import DomainError, Refused
from training.forge import pack
from training.forge.pack import DamagedPack, Kind, Manifest, NoRoom, Role, reading

SIZE = 3 << 20


def noise(seed: int, size: int = SIZE) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - filler that compresses badly


WHOLE = {Role.SYMBOLS: "5.0.json.xz", Role.KERNEL: "vmlinuz", Role.INITRD: "initrd.gz"}
ACCOUNTS = {Role.TRUTH: "truth.json", Role.RECORD: "record.txt"}
LICENCE = ("component", "version", "licence", "source_package", "source_version")
AGAIN = {Role.OVERLAY: "overlay.cpio.gz", Role.PLAN: "plan.json"}


def write(folder: Path, image: bytes, names: dict[Role, str], base: Path | None = None, **other: Any) -> Path:
    """A pack of small files that say whose they are, and of an image that is a delta where a base is given."""
    folder.mkdir(parents=True)
    raw = folder.parent / f"{folder.name}.raw"
    raw.write_bytes(image)
    pack.compress(raw, folder / "image.raw.zst", base_image=base and base.parent / f"{base.name}.raw", level=3)
    for role, name in names.items():
        (folder / name).write_bytes(f"{folder.name} {role}".encode())
    names = {Role.IMAGE: "image.raw.zst", **names}
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
        "base": base and {"name": base.name, "sha256": pack.read(base).sha256},
        "files": {role: pack.part_of(folder / name) for role, name in names.items()},
    }
    pack.write_manifest(folder, Manifest.model_validate(fields | other))
    return folder


def write_base(folder: Path, image: bytes) -> Path:
    return write(folder, image, {**WHOLE, Role.PROGRAMS: "programs.tar.xz"}, kind="base")


def write_delta(folder: Path, image: bytes, base: Path) -> Path:
    """A delta as the forge makes it: its truth is compressed."""
    write(folder, image, {**ACCOUNTS, **AGAIN}, base)
    keep_truth_compressed(folder)
    return folder


def keep_truth_compressed(folder: Path) -> None:
    plain = (folder / "truth.json").read_bytes()
    (folder / "truth.json").unlink()
    (folder / "truth.json.zst").write_bytes(zstandard.compress(plain))
    inside = pack.Content(sha256=hashlib.sha256(plain).hexdigest(), size=len(plain))
    part = pack.part_of(folder / "truth.json.zst", unpacked=inside)
    change(folder, lambda document: document["files"].update(truth=part.model_dump()))


class Trial(NamedTuple):
    folder: Path
    into: Path
    image: bytes


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    image = noise(1)
    return Trial(write(tmp_path / "packs" / "whole", image, {**WHOLE, **ACCOUNTS}), tmp_path / "into", image)


@pytest.fixture
def delta(tmp_path: Path) -> Trial:
    """An exhibit that differs from its base by seven bytes in the middle."""
    idle = noise(1)
    image = idle[: SIZE // 2] + b"changed" + idle[SIZE // 2 :]
    base = write_base(tmp_path / "packs" / "debian-5.0", idle)
    return Trial(write_delta(tmp_path / "packs" / "lab-a", image, base), tmp_path / "into", image)


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


@pytest.mark.parametrize("name", ["exhibit.json", "truth.json", "image.raw.zst"])
def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(trial: Trial, name: str) -> None:
    (trial.folder / name).unlink()
    os.mkfifo(trial.folder / name)
    with pytest.raises(DamagedPack, match=f"{name}: cannot be read: is no plain file"):
        pack.check(trial.folder)


def test_a_manifest_that_is_a_link_is_refused(trial: Trial, tmp_path: Path) -> None:
    (trial.folder / pack.MANIFEST).rename(tmp_path / "elsewhere")
    (trial.folder / pack.MANIFEST).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedPack, match=r"exhibit\.json: cannot be read"):
        pack.read(trial.folder)


def test_an_unpacked_image_is_held_against_its_digest_only_where_it_is_a_plain_file_of_a_size_that_can_be(
    trial: Trial,
) -> None:
    image = pack.unpack(trial.folder, trial.into)
    image.rename(trial.into / "elsewhere")
    image.symlink_to(trial.into / "elsewhere")
    with pytest.raises(DamagedPack, match=r"image\.raw: cannot be read"):
        pack.verify(trial.into, pack.read(trial.folder).sha256)
    image.unlink()
    os.mkfifo(image)
    with pytest.raises(DamagedPack, match="is no plain file"):
        pack.verify(trial.into, pack.read(trial.folder).sha256)
    image.unlink()
    with image.open("wb") as out:
        out.truncate(pack.LARGEST_IMAGE + 1)
    with pytest.raises(DamagedPack, match=f"expected at most {pack.LARGEST_IMAGE}"):
        pack.verify(trial.into, pack.read(trial.folder).sha256)


def test_a_pack_that_is_called_otherwise_than_its_folder_is_no_pack_to_hand_on(trial: Trial) -> None:
    other = trial.folder.rename(trial.folder.with_name("other"))
    with pytest.raises(DamagedPack, match=r"exhibit\.json: name: is whole, but its folder is called other"):
        pack.check(other)


def test_a_file_that_grows_while_it_is_copied_is_not_followed(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    record = trial.folder / "record.txt"
    part = pack.read(trial.folder).files[Role.RECORD]

    class Growing(io.BytesIO):
        def write(self, block: Any) -> int:
            with record.open("ab") as more:
                more.write(block)
            return super().write(block)

    monkeypatch.setattr(reading, "BLOCK", 4)
    out = Growing()
    reading.copy(record, part, out)
    assert len(out.getvalue()) == part.size


def test_a_delta_unpacks_from_its_base_and_its_truth_is_plain_there(delta: Trial) -> None:
    assert (delta.folder / "image.raw.zst").stat().st_size < SIZE // 100
    assert pack.unpack(delta.folder, delta.into).read_bytes() == delta.image
    assert (delta.into / "symbols" / "linux" / "5.0.json.xz").read_bytes() == b"debian-5.0 symbols"
    assert (delta.into / "truth.json").read_bytes() == b"lab-a truth"
    assert files_below(delta.into) == [
        *("image.raw", "record.txt", "symbols", "symbols/linux", "symbols/linux/5.0.json.xz", "truth.json")
    ]
    truth = pack.read(delta.folder).files[Role.TRUTH]
    assert truth.lies == hashlib.sha256(b"lab-a truth").hexdigest() != truth.sha256
    base = delta.folder.with_name("debian-5.0")
    assert pack.locate(delta.folder, Role.KERNEL)[0].resolve() == (base / "vmlinuz").resolve()
    assert pack.check(delta.folder).lab == "lab"


def test_a_patch_of_one_frame_is_unpacked_as_one_of_two_and_nothing_may_follow_it(delta: Trial) -> None:
    packed, base = delta.folder / "image.raw.zst", delta.folder.parent / "debian-5.0.raw"
    two = packed.read_bytes()
    raw = delta.folder.parent / "lab-a.raw"
    command = ["zstd", "-3", "-q", "-f", "--long=27", f"--patch-from={base}", str(raw), "-o", str(packed)]
    subprocess.run(command, check=True)
    one = packed.read_bytes()
    assert one != two
    reseal(delta.folder)
    assert pack.unpack(delta.folder, delta.into).read_bytes() == delta.image
    for more in (one, b"more", two[:40]):
        packed.write_bytes(one + more)
        reseal(delta.folder)
        with pytest.raises(DamagedPack, match=r"image\.raw\.zst: (unpacks to|is not a readable)"):
            pack.unpack(delta.folder, delta.into / "again")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_image_of_a_few_bytes_is_packed_too(tmp_path: Path, size: int) -> None:
    base = write_base(tmp_path / "packs" / "debian-5.0", b"idle")
    made = write_delta(tmp_path / "packs" / "lab-a", b"abc"[:size], base)
    assert pack.unpack(made, tmp_path / "into").read_bytes() == b"abc"[:size]


def test_a_base_is_no_exhibit_but_can_be_checked_and_decoded(delta: Trial) -> None:
    base = delta.folder.with_name("debian-5.0")
    with pytest.raises(Refused, match=r"debian-5\.0 is a base of exhibits and no exhibit"):
        pack.unpack(base, delta.into)
    assert not delta.into.exists()
    assert pack.check(base).kind is Kind.BASE
    image = io.BytesIO()
    pack.write_image(base, image)
    assert image.getvalue() == noise(1)


def test_a_delta_without_its_base_names_it(delta: Trial) -> None:
    shutil.rmtree(delta.folder.with_name("debian-5.0"))
    with pytest.raises(DamagedPack, match=r"lab-a/exhibit\.json: base: debian-5\.0 is needed beside it"):
        pack.unpack(delta.folder, delta.into)
    assert not delta.into.exists()


def test_a_foreign_base_is_refused_with_both_digests(delta: Trial, tmp_path: Path) -> None:
    shutil.rmtree(delta.folder.with_name("debian-5.0"))
    (tmp_path / "packs" / "debian-5.0.raw").unlink()
    foreign = write_base(tmp_path / "packs" / "debian-5.0", noise(2))
    with pytest.raises(DamagedPack) as caught:
        pack.unpack(delta.folder, delta.into)
    assert hashlib.sha256(noise(1)).hexdigest() in str(caught.value)
    assert pack.read(foreign).sha256 in str(caught.value)
    change(delta.folder, lambda document: document["base"].update(sha256=pack.read(foreign).sha256))
    with pytest.raises(DamagedPack, match=r"image\.raw\.zst: (unpacked: expected SHA-256|is not a readable)"):
        pack.unpack(delta.folder, delta.into)
    assert not delta.into.exists()


def test_a_base_of_another_kernel_is_refused(delta: Trial) -> None:
    change(delta.folder.with_name("debian-5.0"), lambda made: made.update(banner="Linux version 6.0"))
    with pytest.raises(DamagedPack, match=r"banner: .*Linux version 5\.0.* its base has .*Linux version 6\.0"):
        pack.locate(delta.folder, Role.SYMBOLS)


def test_only_a_base_can_be_a_base_so_that_no_chain_can_be_built(delta: Trial, tmp_path: Path) -> None:
    third = write_delta(tmp_path / "packs" / "lab-b", delta.image + b"3", delta.folder)
    with pytest.raises(DamagedPack, match="kind: a base is needed for lab-b, this is an exhibit"):
        pack.unpack(third, delta.into)
    change(third, lambda document: document["base"].update(name="lab-b"))
    with pytest.raises(DamagedPack, match="its own base"):
        pack.read(third)


def test_a_base_that_unpacks_to_more_or_less_than_it_says_is_not_decoded(delta: Trial) -> None:
    base = delta.folder.with_name("debian-5.0")
    for bomb, said in ((bytes(64 << 20), f"more than {SIZE}"), (b"short", "5")):
        (base / "image.raw.zst").write_bytes(zstandard.compress(bomb))
        reseal(base)
        with pytest.raises(DamagedPack, match=f"unpacks to {said} bytes, expected {SIZE}"):
            pack.unpack(delta.folder, delta.into)
    assert not delta.into.exists()


def test_a_truth_that_unpacks_to_more_than_it_says_is_refused(delta: Trial) -> None:
    (delta.folder / "truth.json.zst").write_bytes(zstandard.compress(bytes(64 << 20)))
    document = json.loads((delta.folder / pack.MANIFEST).read_text())
    inside = pack.Content.model_validate(document["files"]["truth"]["unpacked"])
    part = pack.part_of(delta.folder / "truth.json.zst", unpacked=inside)
    change(delta.folder, lambda document: document["files"].update(truth=part.model_dump()))
    with pytest.raises(DamagedPack, match=r"truth\.json\.zst: unpacks to more than the 11 bytes"):
        pack.unpack(delta.folder, delta.into)
    assert not delta.into.exists()


def test_a_frame_that_asks_for_much_memory_is_refused(delta: Trial) -> None:
    greedy = zstandard.ZstdCompressionParameters(window_log=27, strategy=1)
    compressor = zstandard.ZstdCompressor(compression_params=greedy).compressobj()  # of unknown size: all the window
    (delta.folder / "truth.json.zst").write_bytes(compressor.compress(b"lab-a truth") + compressor.flush())
    inside = pack.Content(sha256=pack.read(delta.folder).files[Role.TRUTH].lies, size=11)
    part = pack.part_of(delta.folder / "truth.json.zst", unpacked=inside)
    change(delta.folder, lambda document: document["files"].update(truth=part.model_dump()))
    with pytest.raises(DamagedPack, match=r"not a readable zstd file.*memory"):
        pack.unpack(delta.folder, delta.into)


def test_materials_are_checked_where_the_labs_are(delta: Trial, tmp_path: Path) -> None:
    text = b"12:00:01 192.0.2.7 in"
    change(delta.folder, lambda document: document.update(materials={"flows.csv": hashlib.sha256(text).hexdigest()}))
    pack.check(delta.folder)
    with pytest.raises(DamagedPack, match=r"lab/materials/lab-a/flows\.csv: cannot be read"):
        pack.check(delta.folder, labs=tmp_path / "labs")
    place = pack.materials_of(tmp_path / "labs", pack.read(delta.folder))
    place.mkdir(parents=True)
    (place / "flows.csv").write_bytes(text)
    pack.check(delta.folder, labs=tmp_path / "labs")
    (place / "flows.csv").write_bytes(text + b"side")
    with pytest.raises(DamagedPack, match=r"flows\.csv: expected SHA-256"):
        pack.check(delta.folder, labs=tmp_path / "labs")


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
        (lambda d: d.update(kind="base"), "files lacks programs"),
        (lambda d: d["files"]["image"].update(size=SIZE * 2), "files.image.size: more than any image"),
        (lambda d: d["files"]["record"].update(unpacked={"sha256": "0" * 64, "size": 1}), "belongs to a truth"),
        (lambda d: d.update(materials={"../flows.csv": "0" * 64}), "materials.../flows.csv"),
        (lambda d: d.update(ram=[[0, 100], [50, 200]]), "ram: the ranges must be in order"),
        (lambda d: d.update(ram=[[0, SIZE]]), "ram: the ranges must be in order and end within"),
        (lambda d: d.update(title="a\u202eb"), "title: Value error, holds '\\u202e', a character that controls"),
        (lambda d: d.update(origin="\x1b[2J"), "origin: Value error, holds '\\x1b'"),
        (lambda d: d.update(banner="Linux\nversion"), "banner: Value error, holds '\\n'"),
        (lambda d: d.update(licences=[dict.fromkeys(LICENCE, "a\x07")]), "licences.0.component: Value error"),
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


def test_neither_a_base_nor_what_is_packed_against_it_is_larger_than_a_patch_can_span(delta: Trial) -> None:
    for folder in (delta.folder, delta.folder.with_name("debian-5.0")):
        change(folder, lambda document: document.update(size=pack.LARGEST_BASE))
        pack.read(folder)
        change(folder, lambda document: document.update(size=pack.LARGEST_BASE + 1))
        with pytest.raises(DamagedPack, match=f"size: .* at most {pack.LARGEST_BASE} bytes"):
            pack.read(folder)


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
