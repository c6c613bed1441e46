"""The kernel's own list of symbols out of memory, against what the guest itself said of it, and damaged lists."""

import json
import lzma
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.errors import Refused
from training.forge import pack
from training.forge.linux import kallsyms
from training.forge.linux.kallsyms import KERNEL_MAP

PACK = Path(__file__).parents[4] / "labs" / "exhibits" / "finance-workstation-a"
NAMES = [f"kallsyms_{part}" for part in sorted(kallsyms.PARTS)]


def memory(symbols: dict[str, int] | None = None, *, told: dict[str, str] | None = None, count: int = 0) -> bytes:
    """A small memory with a list: one piece of text for each letter, and index 1 for the text ``kallsyms_``."""
    space = bytearray(0x6000)
    places = {"num_syms": 0x100, "relative_base": 0x108, "names": 0x200, "token_table": 0x3000, "token_index": 0x3800,
              "offsets": 0x4000}  # fmt: skip
    listed = {f"kallsyms_{name}": KERNEL_MAP + at for name, at in places.items()} | (symbols or {})
    pieces = [b"kallsyms_" if index == 1 else bytes([index]) if index else b"?" for index in range(256)]
    at = places["token_table"]
    for index, piece in enumerate(pieces):
        struct.pack_into("<H", space, places["token_index"] + 2 * index, at - places["token_table"])
        space[at : at + len(piece) + 1] = piece + b"\0"
        at += len(piece) + 1
    at = places["names"]
    for number, (name, address) in enumerate(listed.items()):
        packed = ("T" + name).replace("kallsyms_", "\1").encode()
        length = bytes([len(packed)]) if len(packed) < 0x80 else bytes([0x80 | len(packed) & 0x7F, len(packed) >> 7])
        space[at : at + len(length + packed)] = length + packed
        at += len(length + packed)
        offset = address if address < 1 << 31 else KERNEL_MAP - 1 - address
        struct.pack_into("<i", space, places["offsets"] + 4 * number, offset)
    struct.pack_into("<I", space, places["num_syms"], count or len(listed))
    struct.pack_into("<Q", space, places["relative_base"], KERNEL_MAP)
    lines = {name: f"{address:016x}" for name, address in listed.items() if name in NAMES} | (told or {})
    note = "".join(f"SYMBOL({name})={address}\n" for name, address in lines.items() if address)
    space[0x5000:0x5000] = b"VMCOREINFO\0\0OSRELEASE=6.0.0\n" + note.encode() + b"\0"
    return bytes(space)


def test_the_list_in_memory_is_the_one_that_the_guest_showed(tmp_path: Path) -> None:
    image = pack.unpack(PACK, tmp_path)
    shown = json.loads(lzma.decompress(pack.locate(PACK, pack.Role.SYMBOLS)[0].read_bytes()))["symbols"]
    found = kallsyms.of_image(image)
    assert found == {name: symbol["address"] for name, symbol in shown.items()}
    assert len(found) > 150_000


def test_long_names_first_names_and_addresses_in_the_area_of_each_processor() -> None:
    long = "x" * 300
    found = kallsyms.addresses(memory({"_text": KERNEL_MAP + 0x1000, long: KERNEL_MAP + 0x2000, "cpu_number": 0x40}))
    assert found["_text"] == KERNEL_MAP + 0x1000
    assert found[long] == KERNEL_MAP + 0x2000
    assert found["cpu_number"] == 0x40
    assert set(found) == {*NAMES, "_text", long, "cpu_number"}


@pytest.mark.parametrize(
    ("space", "why"),
    [
        (b"", "does not tell in its crash information where its symbols are"),
        (bytes(1 << 16), "must be Linux 6.0 or later"),
        (memory(told={"kallsyms_names": ""}), r"where its symbols are \(names\)"),
        (memory(told={"kallsyms_names": "ffffffff7fffffff"}), "outside the memory.*nokaslr"),
        (memory(told={"kallsyms_offsets": "ffffffffa0000000"}), "outside the memory.*nokaslr"),
        (memory(told={"kallsyms_num_syms": f"{KERNEL_MAP:x}"}), "it has 0 symbols"),
        (memory(told={"kallsyms_num_syms": f"{KERNEL_MAP + 0x5000:x}"}), "symbols.*nokaslr"),
        (memory(told={"kallsyms_token_table": f"{KERNEL_MAP + 0x1000:x}"}), "names other places for itself"),
        (memory(count=900_000), "cannot be read"),
        (memory()[:0x4000] + b"\xff" * 0x2000, "does not tell"),
    ],
)
def test_a_list_that_is_missing_or_damaged_is_refused(space: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        kallsyms.addresses(space)


@try_examples(200)
@given(st.integers(0x100, 0x5000), st.binary(min_size=1, max_size=16))
def test_a_list_changed_anywhere_ends_in_a_refusal_or_in_addresses(at: int, new: bytes) -> None:
    space = bytearray(memory())
    space[at : at + len(new)] = new
    try:
        assert len(kallsyms.addresses(bytes(space))) <= kallsyms.MOST
    except Refused as refused:
        assert "symbols" in refused.message  # noqa: PT017 - either will do
