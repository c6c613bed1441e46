"""Files come off a medium as they were put on it, whatever way the file system is made; nothing else comes off."""

import hashlib
import os
import random
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.machines.medium.formatted import debugfs, formatted
from training.errors import Damaged
from training.machines import medium
from training.machines.medium import Left, Limits, Why

WAYS = {
    "as blank media are": ("-b", "4096", "-O", "^has_journal,^metadata_csum,^64bit,^dir_index,^resize_inode"),
    "as usual": ("-b", "4096"),
    "small blocks": ("-b", "1024", "-O", "^has_journal"),
    "middling blocks, small inodes": ("-b", "2048", "-I", "128"),
    "sums and indexes": ("-b", "1024", "-O", "metadata_csum,64bit,dir_index"),
}
SEED = random.Random(417)  # noqa: S311 - only bytes for a test
CONTENT = {
    "empty": b"",
    "one": b"1",
    "notes.txt": b"10:04 arrived\n",
    "deep/er/file": SEED.randbytes(5_000),
    "large": SEED.randbytes(700_001),
    **{f"many/{number:04}-{'x' * (number % 40)}": str(number).encode() for number in range(300)},
}
MODIFIED = datetime(2026, 3, 9, 10, 4, 5, tzinfo=UTC)


def laid(folder: Path) -> Path:
    for name, content in CONTENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        os.utime(folder / name, (MODIFIED.timestamp(),) * 2)
    return folder


@pytest.mark.parametrize("way", WAYS)
def test_every_file_comes_off_with_its_bytes_digest_and_date(way: str, tmp_path: Path) -> None:
    image = formatted(tmp_path / "image", laid(tmp_path / "content"), *WAYS[way])
    reading = medium.read(image, tmp_path / "taken")
    assert reading.left == ()
    found = {each.name: (each.size, each.sha256, each.modified) for each in reading}
    assert found == {name: (len(each), hashlib.sha256(each).hexdigest(), MODIFIED) for name, each in CONTENT.items()}
    on_disk = {
        str(each.relative_to(tmp_path / "taken")): each for each in (tmp_path / "taken").rglob("*") if each.is_file()
    }
    assert {name: each.read_bytes() for name, each in on_disk.items()} == CONTENT
    assert {stat.S_IMODE(each.stat().st_mode) for each in on_disk.values()} == {0o600}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["content", "image", "taken"]


def test_holes_stay_holes_and_count_as_the_zeros_that_they_are(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    with (tmp_path / "content" / "sparse").open("wb") as file:
        for at in (1 << 20, 9 << 20, 30 << 20):
            file.seek(at)
            file.write(b"here")
        file.truncate(40 << 20)
    image = formatted(tmp_path / "image", tmp_path / "content")
    (taken,) = medium.read(image, tmp_path / "taken")
    content = (tmp_path / "content" / "sparse").read_bytes()
    assert (taken.size, taken.sha256) == (40 << 20, hashlib.sha256(content).hexdigest())
    assert (tmp_path / "taken" / "sparse").read_bytes() == content
    assert (tmp_path / "taken" / "sparse").stat().st_blocks * 512 < 4 << 20


def test_a_file_in_many_pieces_and_one_that_is_only_reserved(tmp_path: Path) -> None:
    """Every second block is in use, so that the file has an extent for each of its blocks, in a deeper tree."""
    content = tmp_path / "content"
    content.mkdir()
    for number in range(600):
        (content / f"{number:03}").write_bytes(b"x" * 1024)
    image = formatted(tmp_path / "image", content, "-b", "1024", "-N", "1000", size="2M")
    pieces = SEED.randbytes(290 * 1024)
    (tmp_path / "pieces").write_bytes(pieces)
    free = int(next(line for line in debugfs(image, "stats").splitlines() if "Free blocks:" in line).split()[-1])
    debugfs(
        image,
        *("fallocate 001 1 99", "sif 001 size 102400", "write /dev/null filler", f"fallocate filler 0 {free - 110}"),
        *(f"rm {number:03}" for number in range(0, 600, 2)),
        f"write {tmp_path / 'pieces'} pieces",
    )
    assert debugfs(image, "ex pieces").count("\n") > 250
    taken = {each.name: each for each in medium.read(image, tmp_path / "taken")}
    assert (tmp_path / "taken" / "pieces").read_bytes() == pieces
    assert (tmp_path / "taken" / "001").read_bytes() == b"x" * 1024 + bytes(99 * 1024)
    assert taken["pieces"].sha256 == hashlib.sha256(pieces).hexdigest()


def test_links_devices_and_second_names_are_left(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "file").write_bytes(b"once")
    os.link(content / "file", content / "second")
    (content / "secret").symlink_to("/etc/passwd")
    (content / "far").symlink_to("/" + "x" * 200)
    os.mkfifo(content / "pipe")
    image = formatted(tmp_path / "image", content)
    debugfs(image, "mknod disk b 8 0", "mknod null c 1 3")
    reading = medium.read(image, tmp_path / "taken")
    (taken,) = reading.taken
    assert taken.name in {"file", "second"}
    assert {each.name: each.why for each in reading.left} == {
        "secret": Why.LINK,
        "far": Why.LINK,
        "pipe": Why.SPECIAL,
        "disk": Why.SPECIAL,
        "null": Why.SPECIAL,
        ({"file", "second"} - {taken.name}).pop(): Why.AGAIN,
    }
    assert [each.name for each in (tmp_path / "taken").iterdir()] == [taken.name]


def test_names_become_plain_and_stay_apart(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    names = ["a b", "a\tb", "a\x1b[31mb", "...", "été", "<script>", ".bash_history", "-rf", "n" * 240, "n" * 241]
    for name in names:
        (content / name).write_bytes(name.encode())
    image = formatted(tmp_path / "image", content)
    reading = medium.read(image, tmp_path / "taken")
    assert reading.left == ()
    found = {(tmp_path / "taken" / each.name).read_bytes().decode(): each.name for each in reading}
    assert set(found) == set(names)
    assert {found["a b"], found["a\tb"]} == {"a_b", "a_b~2"}
    assert found["a\x1b[31mb"] == "a__31mb"
    assert found["..."] == "___"
    assert found["<script>"] == "_script_"
    assert (found[".bash_history"], found["-rf"]) == (".bash_history", "-rf")
    assert {found["n" * 240], found["n" * 241]} == {"n" * 100, "n" * 100 + "~2"}


def test_what_is_too_much_is_left_and_named(tmp_path: Path) -> None:
    image = formatted(tmp_path / "image", laid(tmp_path / "content"))
    sized = medium.read(image, tmp_path / "taken", Limits(size=600_000))
    assert sized.left == (Left("large", Why.LARGE),)
    assert {each.name for each in sized} == CONTENT.keys() - {"large"}
    few = medium.read(image, tmp_path / "taken", Limits(files=20))
    assert few.left[-1] == Left("", Why.MANY)
    assert len(few.taken) < 20
    flat = medium.read(image, tmp_path / "taken", Limits(depth=2))
    assert flat.left == (Left("deep/er", Why.DEEP),)
    assert {each.name for each in flat} == CONTENT.keys() - {"deep/er/file"}
    narrow = medium.read(image, tmp_path / "taken", Limits(folder=8192))
    assert [(each.name, each.why) for each in narrow.left if each.name != "lost+found"] == [("many", Why.DAMAGED)]
    short = medium.read(image, tmp_path / "taken", Limits(steps=300))
    assert short.left[-1] == Left("", Why.MANY)


def test_a_new_reading_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "one").write_bytes(b"1")
    image = formatted(tmp_path / "image", content)
    medium.read(image, tmp_path / "taken")
    (tmp_path / "taken" / "stray").write_bytes(b"old")
    (taken,) = medium.read(image, tmp_path / "taken")
    assert [each.name for each in (tmp_path / "taken").iterdir()] == [taken.name] == ["one"]


@pytest.mark.parametrize("content", [b"", bytes(5000), b"\xff" * 5000], ids=["empty", "zeros", "ones"])
def test_what_is_no_file_system_is_refused_and_nothing_is_left(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(content)
    with pytest.raises(Damaged, match="image: "):
        medium.read(tmp_path / "image", tmp_path / "taken")
    assert [each.name for each in tmp_path.iterdir()] == ["image"]


def test_other_ways_of_keeping_files_are_named(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "small").write_bytes(b"inside the inode")
    inline = formatted(tmp_path / "inline", content, "-O", "inline_data")
    with pytest.raises(Damaged, match="formatted in a way that is not read here"):
        medium.read(inline, tmp_path / "taken")
    mapped = formatted(tmp_path / "mapped", content, "-O", "^extent,^64bit")
    with pytest.raises(Damaged, match="its first folder: its contents are kept in a way that is not read here"):
        medium.read(mapped, tmp_path / "taken")
