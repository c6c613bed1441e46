"""A medium is read as if its writer wanted to harm us: what comes of it is files in their folder, or a typed error."""

import hashlib
import random
import shutil
import struct
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.unit.machines.medium.formatted import block_of, debugfs, formatted, inode_of
from training.errors import Damaged
from training.machines import medium
from training.machines.medium import Left, Limits, Reading, Why

PLAIN = ("-b", "1024", "-O", "^has_journal,^metadata_csum,^64bit,^dir_index,^resize_inode,^orphan_file", "-N", "64")
TIGHT = Limits(files=100, size=4 << 20, folder=1 << 16, depth=6, steps=20_000)
MOST_SECONDS = 5


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image without sums: whatever is changed in it counts."""
    folder = tmp_path_factory.mktemp("sound")
    content = folder / "content"
    for name in ("a", "b", "folder/c", "folder/inner/d", "other/e"):
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        (content / name).write_bytes(name.encode() * 500)
    image = formatted(folder / "image", content, *PLAIN, size="512k")
    debugfs(image, "write /dev/null tree", "fallocate tree 0 3", "fallocate tree 5 8", "fallocate tree 10 12")
    debugfs(image, "fallocate tree 14 14", "fallocate tree 16 16", "sif tree size 20000", "rmdir lost+found")
    return image


@pytest.fixture
def image(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(sound, tmp_path / "image"))


def write(image: Path, at: int, content: bytes) -> None:
    with image.open("r+b") as file:
        file.seek(at)
        file.write(content)


def entry_of(image: Path, folder: str, name: str) -> int:
    """Where in an image the entry of a name in a folder begins: its inode, then lengths and kind, then the name."""
    start = block_of(image, folder) * 1024
    block = image.read_bytes()[start : start + 1024]
    kinds = (bytes([len(name), kind]) + name.encode() for kind in (1, 2))
    return start + max(block.find(each) for each in kinds) - 6


def checked(image: Path, target: Path, limits: Limits = TIGHT) -> Reading:
    """What reading gives, with everything that must hold of it whatever the image says."""
    begun = time.process_time()
    reading = medium.read(image, target, limits)
    assert time.process_time() - begun < MOST_SECONDS
    assert sum(each.size for each in reading) <= limits.size
    assert len(reading.taken) <= limits.files
    on_disk = {str(each.relative_to(target)) for each in target.rglob("*") if not each.is_dir()}
    assert on_disk == {each.name for each in reading}
    for each in reading:
        path = target / each.name
        assert path.is_file()
        assert not path.is_symlink()
        content = path.read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (each.size, each.sha256)
    return reading


def test_folders_in_a_circle_are_read_once(image: Path, tmp_path: Path) -> None:
    write(image, entry_of(image, "/folder", "inner"), struct.pack("<I", inode_of(image, "/folder")))
    write(image, entry_of(image, "/", "other"), struct.pack("<I", 2))
    reading = checked(image, tmp_path / "taken")
    assert {(each.name, each.why) for each in reading.left} == {("folder/inner", Why.AGAIN), ("other", Why.AGAIN)}
    assert {each.name for each in reading} == {"a", "b", "tree", "folder/c"}


def test_names_that_lead_elsewhere_lead_nowhere(image: Path, tmp_path: Path) -> None:
    at = entry_of(image, "/", "folder")
    write(image, at + 8, b"../../")
    write(image, entry_of(image, "/", "a") + 8, b"/")
    write(image, entry_of(image, "/", "other") + 8, b"..\x00/x")
    reading = checked(image, tmp_path / "taken")
    assert {each.name for each in reading} == {"_", "b", "tree", ".._.._/c", ".._.._/inner/d", "..__x/e"}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["image", "taken"]


@pytest.mark.parametrize("length", [0, 2, 4, 7, 1020, 1028, 65535])
def test_entries_of_impossible_length_end_their_folder(image: Path, tmp_path: Path, length: int) -> None:
    write(image, entry_of(image, "/folder", "c") + 4, struct.pack("<H", length))
    reading = checked(image, tmp_path / "taken")
    assert [(each.name, each.why) for each in reading.left] == [("folder", Why.DAMAGED)]
    assert {each.name for each in reading} == {"a", "b", "tree", "other/e"}
    write(image, entry_of(image, "/", "a") + 4, struct.pack("<H", length))
    with pytest.raises(Damaged, match="its first folder: its entries are damaged"):
        medium.read(image, tmp_path / "taken")


def test_a_folder_full_of_one_name_is_no_work(tmp_path: Path) -> None:
    """84,000 entries that all are called x and lead to the first folder."""
    entry, end = struct.pack("<IHBB", 2, 12, 1, 2) + b"x\0\0\0", struct.pack("<IHBB", 0, 1024 - 84 * 12, 0, 0)
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "full").write_bytes((entry * 84 + end).ljust(1024, b"\0") * 1000)
    image = formatted(tmp_path / "image", tmp_path / "content", *PLAIN, size="4M")
    debugfs(image, "sif full mode 040755")
    reading = checked(image, tmp_path / "taken", Limits(files=100_000, steps=1_000_000))
    assert len(reading.left) == 84_000
    assert reading.left[-1] == Left("full/x~84000", Why.AGAIN)
    few = checked(image, tmp_path / "taken", Limits())
    assert (len(few.left), few.left[-1]) == (Limits().files + 1, Left("", Why.MANY))


def map_of(image: Path, name: str) -> int:
    """Where in an image the map of extents of a file begins."""
    shown = debugfs(image, f"imap {name}")
    block, offset = (
        int(shown.split("located at block ")[1].split(",")[0]),
        int(shown.split("offset 0x")[1].split()[0], 16),
    )
    return block * 1024 + offset + 40


def header(count: int, depth: int, most: int = 4) -> bytes:
    return struct.pack("<4HI", 0xF30A, count, most, depth, 0)


MAPS: dict[str, Callable[[int], bytes]] = {
    "another magic": lambda _: bytes(60),
    "more entries than there is room": lambda _: header(200, 0, 200),
    "more entries than it may have": lambda _: header(3, 0, 2),
    "behind the end": lambda _: header(1, 0) + struct.pack("<IHHI", 0, 1, 0, 1 << 31),
    "across the end": lambda _: header(1, 0) + struct.pack("<IHHI", 0, 500, 0, 300),
    "far behind the end": lambda _: header(1, 0) + struct.pack("<IHHI", 0, 1, 0xFFFF, 1),
    "the block before all": lambda _: header(1, 0) + struct.pack("<IHHI", 0, 1, 0, 0),
    "no length": lambda _: header(1, 0) + struct.pack("<IHHI", 0, 0, 0, 200),
    "out of order": lambda _: header(2, 0) + struct.pack("<IHHIIHHI", 5, 1, 0, 200, 4, 1, 0, 201),
    "overlapping": lambda _: header(2, 0) + struct.pack("<IHHIIHHI", 0, 3, 0, 200, 2, 1, 0, 203),
    "too deep": lambda _: header(1, 6) + struct.pack("<IIHH", 0, 200, 0, 0),
    "a node that is none": lambda _: header(1, 1) + struct.pack("<IIHH", 0, 1, 0, 0),
    "a node outside": lambda _: header(1, 1) + struct.pack("<IIHH", 0, 1 << 30, 0, 0),
    "a node that is its own child": lambda loop: header(1, 3) + struct.pack("<IIHH", 0, loop, 0, 0),
}


@pytest.mark.parametrize("kind", MAPS)
def test_a_map_that_contradicts_itself_costs_only_its_file(image: Path, tmp_path: Path, kind: str) -> None:
    loop = block_of(image, "/b")
    write(image, loop * 1024, header(1, 2, 80) + struct.pack("<IIHH", 0, loop, 0, 0))
    write(image, map_of(image, "a"), MAPS[kind](loop))
    reading = checked(image, tmp_path / "taken")
    assert [(each.name, each.why) for each in reading.left] == [("a", Why.DAMAGED)]
    assert {each.name for each in reading} == {"b", "tree", "folder/c", "folder/inner/d", "other/e"}


def test_a_tree_that_names_the_same_node_again_and_again_ends(image: Path, tmp_path: Path) -> None:
    """80 entries on each of four floors, all of which lead to one node below, would be forty million steps."""
    leaf, *floors = (block_of(image, each) for each in ("/a", "/b", "/folder/c", "/folder/inner/d", "/other/e"))
    write(image, leaf * 1024, header(0, 0, 84))
    for depth, (floor, below) in enumerate(zip(floors, [leaf, *floors], strict=False), 1):
        entries = b"".join(struct.pack("<IIHH", number, below, 0, 0) for number in range(80))
        write(image, floor * 1024, header(80, depth, 84) + entries)
    write(image, map_of(image, "a"), header(1, 5) + struct.pack("<IIHH", 0, floors[-1], 0, 0))
    reading = checked(image, tmp_path / "taken")
    assert reading == Reading((), (Left("", Why.MANY),))


def test_sizes_are_counted_before_anything_is_written(image: Path, tmp_path: Path) -> None:
    debugfs(image, f"sif a size {1 << 60}", f"sif b size {3 << 20}", f"sif folder/c size {3 << 20}")
    reading = checked(image, tmp_path / "taken")
    assert {(each.name, each.why) for each in reading.left} == {("a", Why.LARGE), ("folder/c", Why.LARGE)}
    assert {each.name: each.size for each in reading}["b"] == 3 << 20


def test_folders_in_folders_end_somewhere(tmp_path: Path) -> None:
    (tmp_path / "content" / "/".join("x" * 30)).mkdir(parents=True)
    (tmp_path / "content" / "/".join("x" * 30) / "file").write_bytes(b"deep")
    reading = checked(formatted(tmp_path / "image", tmp_path / "content", *PLAIN, size="512k"), tmp_path / "taken")
    assert reading.taken == ()
    assert Left("x/x/x/x/x/x", Why.DEEP) in reading.left


FIGURES = {
    "blocks": (4, "<I", (0, 1, 1 << 31)),
    "first": (20, "<I", (0, 2, 1 << 31)),
    "size of a block": (24, "<I", (1, 6, 31, 1 << 31)),
    "blocks of a group": (32, "<I", (0, 1 << 31)),
    "inodes of a group": (40, "<I", (0, 1 << 31)),
    "inodes": (0, "<I", (0, 1 << 31)),
    "magic": (56, "<H", (0,)),
    "revision": (76, "<I", (0,)),
    "size of an inode": (88, "<H", (0, 100, 32768)),
    "features": (96, "<I", (0x10000, 0xFFFFFFFF, 0x2C2)),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_that_cannot_be_are_refused(image: Path, tmp_path: Path, figure: str) -> None:
    at, form, values = FIGURES[figure]
    whole = image.read_bytes()
    for value in values:
        image.write_bytes(whole)
        write(image, 1024 + at, struct.pack(form, value))
        with pytest.raises(Damaged, match="image: "):
            medium.read(image, tmp_path / "taken")
        assert [each.name for each in tmp_path.iterdir()] == ["image"]


def test_an_image_that_is_cut_short_is_refused(image: Path, tmp_path: Path) -> None:
    whole = image.read_bytes()
    for size in (0, 1023, 1500, 2048, 100_000, len(whole) - 1):
        image.write_bytes(whole[:size])
        with pytest.raises(Damaged, match="image: "):
            medium.read(image, tmp_path / "taken")


@cache
def used_of(whole: bytes) -> list[int]:
    """Where in an image the pieces of 64 bytes begin in which something stands: looked for once for all mutations."""
    return [at for at in range(0, len(whole), 64) if any(whole[at : at + 64])]


def mutated(whole: bytes, seed: int) -> bytes:
    """An image with some bytes, words or whole blocks of its structures changed."""
    chance = random.Random(seed)  # noqa: S311 - the same mutation for the same number
    changed, used = bytearray(whole), used_of(whole)
    telling = [0, 1, 2, 7, 0x7F, 0x80, 0xFF, chance.randrange(256)]
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        at = chance.choice(used[: chance.choice((8, len(used) // 4, len(used)))]) + chance.randrange(64)
        kind = chance.randrange(4)
        if kind == 0:
            changed[at] = chance.choice(telling)
        elif kind == 1:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            word = chance.choice((0, 1, 2, 11, 12, 0xFFFF, 0xFFFFFFFF, 1 << 31, chance.randrange(1 << 32)))
            changed[at & ~3 : (at & ~3) + 4] = struct.pack("<I", word)
        else:
            to, source = (chance.randrange(len(whole) // 1024) * 1024 for _ in range(2))
            changed[to : to + 1024] = whole[source : source + 1024]
    return bytes(changed[: len(whole)])


@pytest.mark.parametrize("part", range(40))
def test_mutations_of_an_image_end_in_files_or_in_typed_errors(sound: Path, tmp_path: Path, part: int) -> None:
    whole, ends = sound.read_bytes(), {"files": 0, "refused": 0}
    image = tmp_path / "image"
    for seed in range(part * 100, part * 100 + 100):
        image.write_bytes(mutated(whole, seed))
        try:
            checked(image, tmp_path / "taken")
        except Damaged:
            ends["refused"] += 1
        else:
            ends["files"] += 1
        shutil.rmtree(tmp_path / "taken", ignore_errors=True)
        assert [each.name for each in tmp_path.iterdir()] == ["image"]
    assert min(ends.values()) > 5
