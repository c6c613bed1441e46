"""The LiME format, read by a parser of its own: what LiME's documentation says and nothing of ours."""

import struct
from pathlib import Path

import pytest

from training.errors import Refused
from training.forge.linux import lime

IOMEM = """00000000-00000fff : Reserved
00001000-00002fff : System RAM
000a0000-000bffff : PCI Bus 0000:00
00100000-00100fff : System RAM
  00100000-001007ff : Kernel code
fee00000-fee00fff : Local APIC
"""


def parsed(image: bytes) -> dict[tuple[int, int], bytes]:
    found = {}
    while image:
        assert image[:8] == b"EMiL\x01\x00\x00\x00"
        first, last = struct.unpack_from("<2Q", image, 8)
        assert image[24:32] == bytes(8)
        found[first, last] = image[32 : 32 + last - first + 1]
        assert len(found[first, last]) == last - first + 1
        image = image[32 + last - first + 1 :]
    return found


def test_each_range_of_ram_stands_under_its_header_and_nothing_else_does(tmp_path: Path) -> None:
    raw = bytes(number * 7 % 251 for number in range(0x101000))
    (tmp_path / "raw").write_bytes(raw)
    where = lime.ranges(IOMEM)
    assert where == ((0x1000, 0x2FFF), (0x100000, 0x100FFF))
    lime.write(tmp_path / "raw", where, tmp_path / "lime")
    assert parsed((tmp_path / "lime").read_bytes()) == {
        (0x1000, 0x2FFF): raw[0x1000:0x3000],
        (0x100000, 0x100FFF): raw[0x100000:],
    }


def test_hidden_addresses_are_refused() -> None:
    with pytest.raises(Refused, match="read by root"):
        lime.ranges("00000000-00000000 : System RAM\n")
    with pytest.raises(Refused, match="read by root"):
        lime.ranges("")


@pytest.mark.parametrize("where", [[], [(8, 4)], [(0, 4), (4, 8)], [(8, 9), (0, 4)]])
def test_ranges_that_overlap_or_are_out_of_order_are_refused(where: list[lime.Range], tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(64))
    with pytest.raises(Refused, match="overlap or are not in order"):
        lime.write(tmp_path / "raw", where, tmp_path / "lime")


def test_an_image_that_is_shorter_than_its_ranges_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(64))
    with pytest.raises(Refused, match="has 64 bytes, but memory ends at 0x40"):
        lime.write(tmp_path / "raw", [(0, 64)], tmp_path / "lime")
