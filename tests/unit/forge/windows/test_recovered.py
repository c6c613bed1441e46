r"""What the stock program finds where an image lacks a landmark, and what it takes out of one again."""

from pathlib import Path

import pefile  # type: ignore[import-untyped]
import pytest

from tests.unit.forge.windows.small import small
from tests.unit.forge.windows.stock import Stock
from training.forge.windows.machine import TOP, Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Cached

WHOLE = bytes(range(256)) * 48
CACHED = Cached(path="C:\\Users\\mira\\Downloads\\offer.docm", content=WHOLE)


def debugger(machine: Machine) -> int:
    """Where the debugger block lies in the image."""
    place = machine.build.symbols["KdDebuggerDataBlock"]
    frame = machine.kernel.frame(machine.base + place)
    assert frame is not None
    return frame + place % PAGE


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    return Stock(small(cached=(CACHED,)), tmp_path)


def base(stock: Stock) -> int:
    found = {row["Variable"]: row["Value"] for row in stock.rows("windows.info")}
    return int(found["Kernel Base"], 16)


def test_the_kernel_is_found_without_its_low_stub_and_without_its_debugger_block(stock: Stock) -> None:
    expected = stock.machine.base & 0xFFFFFFFFFFFF
    with stock._image.open("r+b") as image:
        for place in (0x1000, debugger(stock.machine)):
            image.seek(place)
            image.write(bytes(0x40))
    assert base(stock) == expected


def test_another_table_that_refers_to_itself_twice_is_not_taken(stock: Stock) -> None:
    expected = stock.machine.base & 0xFFFFFFFFFFFF
    place = 0x160000
    with stock._image.open("r+b") as image:
        image.seek(TOP)
        table = bytearray(image.read(PAGE))
        entry = (place | 0x63).to_bytes(8, "little")
        table[0x1E0 * 8 : 0x1E0 * 8 + 8] = table[0x1E1 * 8 : 0x1E1 * 8 + 8] = entry
        image.seek(place)
        image.write(table)
    assert base(stock) == expected


def test_a_cached_file_comes_out_as_it_was_put_in(stock: Stock) -> None:
    rows = stock.rows("windows.dumpfiles", "--filter", "offer.docm")
    assert {row["Cache"] for row in rows} == {"DataSectionObject"}
    assert {(stock.taken / row["Result"]).read_bytes() for row in rows} == {WHOLE}


def test_a_program_comes_out_as_it_was_mapped(stock: Stock) -> None:
    rows = stock.rows("windows.pslist", "--pid", "692", "--dump")
    taken = (stock.taken / rows[0]["File output"]).read_bytes()
    section = stock.machine.images.image(stock.machine.plan.process(692).path)
    assert section.portable is not None
    for rva, content in section.portable.pages.items():
        if rva:
            assert taken[rva : rva + len(content)] == content
    assert pefile.PE(data=taken).OPTIONAL_HEADER.SizeOfImage == section.size
    assert b"SYNTHETIC TRAINING IMAGE" in taken[:PAGE]
