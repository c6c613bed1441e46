"""Files of the LiME format become raw images, and files that only look like some are refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.errors import Damaged
from training.forge.linux import lime
from training.forge.linux.lime import HEADER, MAGIC
from training.machines import medium

RANGES = ((0x1000, 0x2FFF), (0x3000, 0x30FF), (0x100000, 0x1FFFFF))


def raw_of(ranges: tuple[tuple[int, int], ...], seed: int = 7) -> bytes:
    """Memory that has bytes in its ranges, and zeros between them; pages of zeros too."""
    raw = bytearray(ranges[-1][1] + 1)
    for first, last in ranges:
        raw[first : last + 1] = bytes((at * seed >> 8) % 251 if at % 5 else 0 for at in range(last + 1 - first))
    return bytes(raw)


def test_what_the_forge_writes_comes_back_byte_for_byte(tmp_path: Path) -> None:
    raw = raw_of(RANGES)
    (tmp_path / "raw").write_bytes(raw)
    lime.write(tmp_path / "raw", RANGES, tmp_path / "lime")
    assert medium.kind_of(tmp_path / "lime") == "lime"
    assert [each[:2] for each in medium.header(tmp_path / "lime")] == list(RANGES)
    medium.unlime(tmp_path / "lime", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == raw
    assert sorted(each.name for each in tmp_path.iterdir()) == ["again", "lime", "raw"]


@try_examples(15)
@given(edges=st.lists(st.integers(0, 100_000), min_size=2, max_size=12, unique=True), seed=st.integers(1, 1 << 16))
def test_any_ranges_come_back(tmp_path: Path, edges: list[int], seed: int) -> None:
    edges = sorted(edges[: len(edges) // 2 * 2])
    ranges = tuple(zip(edges[::2], edges[1::2], strict=True))
    raw = raw_of(ranges, seed)
    (tmp_path / "raw").write_bytes(raw)
    lime.write(tmp_path / "raw", ranges, tmp_path / "lime")
    medium.unlime(tmp_path / "lime", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == raw


def test_zeros_and_gaps_take_no_room(tmp_path: Path) -> None:
    head = HEADER.pack(MAGIC, 1, 1 << 30, (1 << 30) + (8 << 20) - 1)
    (tmp_path / "lime").write_bytes(head + bytes(8 << 20))
    medium.unlime(tmp_path / "lime", tmp_path / "raw")
    about = (tmp_path / "raw").stat()
    assert about.st_size == (1 << 30) + (8 << 20)
    assert about.st_blocks * 512 < 1 << 20


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "ends within the header of a range at byte 0: it is partial"),
        (HEADER.pack(MAGIC, 1, 0, 99)[:31], "at byte 0: it is partial"),
        (HEADER.pack(MAGIC, 1, 0, 99) + bytes(99), "ends within the range 0x0 to 0x63: it is partial"),
        (HEADER.pack(MAGIC, 1, 0, 99) + bytes(101), "within the header of a range at byte 132"),
        (HEADER.pack(MAGIC, 1, 0, 99) + bytes(100) + bytes(32), "no header of the LiME format, version 1, at byte 132"),
        (HEADER.pack(MAGIC, 2, 0, 99) + bytes(100), "no header of the LiME format, version 1, at byte 0"),
        (HEADER.pack(MAGIC + 1, 1, 0, 99) + bytes(100), "no header of the LiME format, version 1, at byte 0"),
        (HEADER.pack(MAGIC, 1, 100, 99), "is not one that can be there"),
        (HEADER.pack(MAGIC, 1, 0, (1 << 64) - 1), "is not one that can be there"),
        (HEADER.pack(MAGIC, 1, 1 << 33, 1 << 33) + b"x", "is not one that can be there"),
        (HEADER.pack(MAGIC, 1, 0, 0) + b"x" + HEADER.pack(MAGIC, 1, 0, 0) + b"x", "at byte 33 is not one that can be"),
        (b"".join(HEADER.pack(MAGIC, 1, n, n) + b"x" for n in range(1025)), "has more than 1024 ranges"),
    ],
)
def test_what_is_not_whole_or_cannot_be_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "lime").write_bytes(content)
    for refused in (medium.header, lambda path: medium.unlime(path, tmp_path / "raw")):
        with pytest.raises(Damaged, match=why):
            refused(tmp_path / "lime")
    assert [each.name for each in tmp_path.iterdir()] == ["lime"]


@pytest.mark.parametrize("content", [b"", b"EMiL", b"EMiL\x02" + bytes(40), b"\x7fELF" + bytes(60), b"a text\n" * 9])
def test_other_files_are_other_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert medium.kind_of(tmp_path / "file") == "other"
