import struct

import pytest

from tests.unit.forge.windows import populated, reading
from training.forge.windows import Forged
from training.forge.windows.builds.load import NAMES

PROGRAM = "C:\\Program Files (x86)\\Tool\\tool.exe"
FOUR_GIB = 1 << 32
LINKS = {0xC: 0, 0x14: 8, 0x1C: 0x10}


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Forged:
    return reading.forged(request.param)


def number(space: reading.Seen, at: int) -> int:
    (found,) = struct.unpack("<I", space.read(at, 4))
    return int(found)


def block(made: Forged) -> int:
    at = reading.process(made, "tool.exe").get("WoW64Process")
    return reading.view(made, "_EWOW64PROCESS", at).get("Peb")


def entries(made: Forged, head: int) -> list[int]:
    own = reading.memory(made, "tool.exe")
    start = number(own, block(made) + 0xC) + head
    forth: list[int] = []
    back: list[int] = []
    for found, place in ((forth, 0), (back, 4)):
        at = number(own, start + place)
        while at != start:
            found.append(at - LINKS[head])
            at = number(own, at + place)
    assert forth == back[::-1]
    return forth


def path(made: Forged, entry: int) -> str:
    own = reading.memory(made, "tool.exe")
    size, _, buffer = struct.unpack("<HHI", own.read(entry + 0x24, 8))
    return own.read(buffer, size).decode("utf-16-le")


def test_the_second_lists_hold_the_program_and_its_narrow_libraries(made: Forged) -> None:
    narrow = [populated.NARROW + name for name in ("ntdll.dll", "kernel32.dll", "KernelBase.dll")]
    for head in (0xC, 0x14):
        assert [path(made, each) for each in entries(made, head)] == [PROGRAM, *narrow]
    assert [path(made, each) for each in entries(made, 0x1C)] == narrow


def test_entries_tell_base_size_and_time(made: Forged) -> None:
    own, written = reading.memory(made, "tool.exe"), reading.named(made, "tool.exe")
    narrow = [each for each in written.entries if each.bits == 32]
    for entry, loaded in zip(entries(made, 0xC), narrow, strict=True):
        base, start, size = struct.unpack("<III", own.read(entry + 0x18, 12))
        assert (base, size) == (loaded.base, loaded.size)
        assert base < start < base + size
        assert struct.unpack("<Q", own.read(entry + 0x100, 8)) == (loaded.loaded,)
        assert own.read(base, 2) == b"MZ"


def test_all_that_a_narrow_program_uses_lies_below_4_gib(made: Forged) -> None:
    written = reading.named(made, "tool.exe")
    wide = {written.bases[name] for name in ("wow64.dll", "wow64win.dll", "wow64cpu.dll", "ntdll.dll")}
    above = {area.start for area in written.areas if area.start >= FOUR_GIB}
    assert above == wide
    assert written.peb < FOUR_GIB
    assert block(made) != written.peb


def test_the_second_block_names_the_program_and_how_it_was_started(made: Forged) -> None:
    own, written = reading.memory(made, "tool.exe"), reading.named(made, "tool.exe")
    base, _, parameters = struct.unpack("<III", own.read(block(made) + 8, 12))
    assert base == written.image_base
    for place, expected in ((0x38, PROGRAM), (0x40, written.plan.command_line)):
        size, room, buffer = struct.unpack("<HHI", own.read(parameters + place, 8))
        assert own.read(buffer, size).decode("utf-16-le") == expected
        assert room == size + 2


def test_the_wide_list_has_what_carries_it_and_no_kernel32(made: Forged) -> None:
    wide = [each.name for each in reading.named(made, "tool.exe").entries if each.bits == 64]
    assert wide == ["tool.exe", "ntdll.dll", "wow64.dll", "wow64win.dll", "wow64cpu.dll"]


def test_other_programs_have_no_second_block(made: Forged) -> None:
    for each in made.machine.processes.values():
        if not each.plan.wow64:
            assert reading.view(made, "_EPROCESS", each.address).get("WoW64Process") == 0
