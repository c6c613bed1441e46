"""The kit and evidence media that travel with the repository: whole, right, and looked at before they are used."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from training.errors import Damaged
from training.forge import kit as kits
from training.forge.kit import Medium
from training.machines import medium
from training.machines.medium.laying import LINUX


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LINUX, tmp_path / "kits" / "linux"))


def test_the_kit_holds_what_its_manifests_say(tmp_path: Path) -> None:
    image = medium.kit(tmp_path / "here" / "kit.img")
    reading = medium.read(image, tmp_path / "taken")
    known = kits.read(LINUX).inside
    assert {each.name: each.sha256 for each in reading} == known
    listed = [line.split() for line in (tmp_path / "taken" / "MANIFEST").read_text().splitlines()]
    assert {path: sha256 for sha256, path in listed} == {path: known[path] for path in known if path != "MANIFEST"}
    assert {each.name.removeprefix("bin/") for each in reading.left} >= {"ps", "ls", "netstat", "sha256sum", "strings"}
    assert {each.why for each in reading.left} == {medium.Why.LINK}
    assert stat.S_IMODE(image.stat().st_mode) == 0o444


def test_a_kit_that_lies_there_stays_and_a_wrong_one_is_replaced(tmp_path: Path) -> None:
    image = medium.kit(tmp_path / "kit.img")
    first, whole = image.stat().st_ino, image.read_bytes()
    assert medium.kit(image).stat().st_ino == first
    image.chmod(0o644)
    image.write_bytes(whole[:-1] + b"x")
    assert medium.kit(image).read_bytes() == whole
    assert [each.name for each in tmp_path.iterdir()] == ["kit.img"]


def test_an_evidence_medium_is_empty_large_and_takes_little_room(tmp_path: Path) -> None:
    (tmp_path / "medium.img").write_bytes(b"another one")
    medium.blank(tmp_path / "medium.img")
    about = (tmp_path / "medium.img").stat()
    assert (about.st_size, stat.S_IMODE(about.st_mode)) == (192 << 20, 0o600)
    assert about.st_blocks * 512 < 1 << 20
    assert medium.read(tmp_path / "medium.img", tmp_path / "taken") == medium.Reading((), ())


@pytest.mark.parametrize("which", Medium)
def test_the_file_systems_are_sound_and_labelled(tmp_path: Path, which: Medium) -> None:
    image = tmp_path / "image"
    (medium.kit if which is Medium.KIT else medium.blank)(image)
    subprocess.run(["e2fsck", "-f", "-n", image], check=True, capture_output=True)
    shown = subprocess.run(["dumpe2fs", "-h", image], check=True, capture_output=True, text=True).stdout
    fields = dict(line.split(":", 1) for line in shown.splitlines() if ":" in line)
    assert fields["Filesystem volume name"].strip() == {Medium.KIT: "KIT", Medium.EVIDENCE: "EVIDENCE"}[which]
    assert not {"has_journal", "metadata_csum", "dir_index"} & set(fields["Filesystem features"].split())


def test_a_kit_that_was_changed_is_refused_and_nothing_is_left(pack: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "image"
    for name, act in (("kit.ext4.zst", medium.kit), ("evidence.ext4.zst", medium.blank)):
        whole = (pack / name).read_bytes()
        for changed in (whole[:-1], whole + b"x", whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], None):
            if changed is None:
                (pack / name).unlink()
            else:
                (pack / name).write_bytes(changed)
            with pytest.raises(Damaged, match=name):
                act(target, pack)
            assert not target.parent.exists()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"name": "linux"', '"name": "../linux"', "name: "),
        ('"name": "kit.ext4.zst"', '"name": "../kit.ext4.zst"', "media.kit.packed.name: "),
        ('"version": "1"', '"version": "1", "more": 1', "more: Extra inputs"),
        ('"evidence": {', '"another": {', "media.another"),
        ('"size": 4194304', '"size": 4194304000', "media.kit.size: "),
        ('"size": 4194304', '"size": 4194303', "unpacks to more than the 4194303 bytes"),
        ('"label": "KIT"', '"label": "K I T"', "media.kit.label: "),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    pack: Path, tmp_path: Path, old: str, new: str, why: str
) -> None:
    text = (pack / "kit.json").read_text("utf-8")
    assert old in text
    (pack / "kit.json").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Damaged, match=why):
        medium.kit(tmp_path / "kit.img", pack)
    assert not (tmp_path / "kit.img").exists()
