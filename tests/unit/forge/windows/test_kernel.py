import struct
from itertools import pairwise
from uuid import UUID

import pefile  # type: ignore[import-untyped]
import pytest

from tests.unit.forge.windows import walk
from tests.unit.forge.windows.small import FROZEN, small
from training.forge.windows import drivers, kernel, symbols
from training.forge.windows.builds.load import NAMES
from training.forge.windows.machine import SHARED, TOP, Machine
from training.forge.windows.memory import PAGE

LOW_STUB = 0x00000001000600E9
STUB_MASK = 0xFFFFFFFFFFFF00FF


@pytest.fixture(scope="module", params=NAMES)
def written(request: pytest.FixtureRequest) -> Machine:
    made = Machine(small(build=request.param))
    kernel.write(made)
    drivers.write(made)
    made.close()
    return made


@pytest.fixture(scope="module")
def image(written: Machine) -> pefile.PE:
    return pefile.PE(data=read_image(written))


def read(machine: Machine, address: int, size: int) -> bytes:
    return walk.read(machine.physical.data, TOP, address, size)


def test_the_banner_says_what_the_image_is(written: Machine) -> None:
    text = written.physical.read(0x2000, PAGE).rstrip(b"\0").decode()
    assert text.startswith("SYNTHETIC MEMORY IMAGE - generated for training; not acquired from a real computer.")
    assert "Small machine" in text
    assert written.build.title in text
    assert "small 1" in text


def test_the_low_stub_leads_to_the_top_table_and_the_kernel(written: Machine) -> None:
    (first,) = struct.unpack("<Q", written.physical.read(0x1000, 8))
    hint, top = struct.unpack("<Q", written.physical.read(0x1070, 8)) + struct.unpack(
        "<Q", written.physical.read(0x10A0, 8)
    )
    assert first & STUB_MASK == LOW_STUB & STUB_MASK
    assert top == TOP
    assert hint & 3 == 0
    found = hint & ~(2 * 1024 * 1024 - 1)
    while read_or_nothing(written, found) != b"MZ":
        found -= 2 * 1024 * 1024
        assert hint - found < 32 << 20
    assert found == written.base


def read_or_nothing(machine: Machine, address: int) -> bytes:
    try:
        return read(machine, address, 2)
    except LookupError:
        return b""


def test_the_top_table_lies_where_readers_look_and_refers_to_itself_once(written: Machine) -> None:
    entries = struct.unpack("<512Q", written.physical.read(TOP, PAGE))
    present = {index: found for index, found in enumerate(entries) if found & walk.PRESENT}
    assert [index for index, found in present.items() if found & walk.FRAME == TOP] == [written._self]
    assert 0x100 <= written._self <= 0x1FE
    assert all(found & walk.FRAME < written.physical.size for found in present.values())
    assert not any(found & 0x80 for found in present.values())


def test_the_kernel_names_our_symbols_and_no_others(written: Machine, image: pefile.PE) -> None:
    record = image.DIRECTORY_ENTRY_DEBUG[0].entry
    own = symbols.identity(written.build, symbols.KERNEL)
    assert record.PdbFileName.rstrip(b"\0") == b"ntkrnlmp.pdb"
    assert record.Signature_String == f"{own.guid}{own.age}"
    data = image.get_memory_mapped_image(max_virtual_address=4 << 20)
    assert UUID(own.guid).bytes_le == data[data.index(b"RSDS") + 4 :][:16]


def read_image(machine: Machine) -> bytes:
    data = bytearray(machine.build.size)
    for rva in range(0, len(data), PAGE):
        frame = machine.kernel.frame(machine.base + rva)
        if frame is not None:
            data[rva : rva + PAGE] = machine.physical.read(frame, PAGE)
    return bytes(data)


def test_the_sections_of_the_kernel_fill_it(written: Machine, image: pefile.PE) -> None:
    found = image.sections
    for before, after in pairwise(found):
        assert before.VirtualAddress + before.Misc_VirtualSize == after.VirtualAddress
    assert found[-1].VirtualAddress + found[-1].Misc_VirtualSize == written.build.size
    data = next(each for each in found if each.Name.startswith(b".data"))
    for name in ("PsActiveProcessHead", "PsLoadedModuleList", "ObHeaderCookie", "CmpHiveListHead"):
        assert data.contains_rva(written.build.symbols[name])


def test_shared_data_tells_time_and_version(written: Machine) -> None:
    view, host = written.struct("_KUSER_SHARED_DATA", SHARED), written.plan.host
    low, high, again = (view.get(f"SystemTime.{each}") for each in ("LowPart", "High1Time", "High2Time"))
    assert high << 32 | low & 0xFFFFFFFF == FROZEN
    assert again == high
    assert (view.get("NtMajorVersion"), view.get("NtMinorVersion"), view.get("NtProductType")) == (10, 0, host.product)
    assert read(written, view.at("NtSystemRoot"), 20).decode("utf-16-le") == "C:\\Windows"
    assert view.get("NumberOfPhysicalPages") * PAGE == len(written.physical.data)


def test_the_debugger_block_leads_to_the_lists(written: Machine) -> None:
    block = written.base + written.build.symbols["KdDebuggerDataBlock"]
    assert read(written, block + 0x10, 4) == b"KDBG"
    assert walk.number(written.physical.data, TOP, block + 0x18) == written.base
    assert walk.number(written.physical.data, TOP, block + 0x48) == written.symbol("PsLoadedModuleList")
    lab = walk.number(written.physical.data, TOP, block + 0x208)
    assert read(written, lab, 40).startswith(f"{written.build.kernel}.1.amd64fre.".encode())
    version = written.struct("_DBGKD_GET_VERSION64", written.base + written.build.symbols["KdVersionBlock"])
    assert (version.get("MajorVersion"), version.get("MinorVersion"), version.get("MachineType")) == (
        15,
        written.build.kernel,
        0x8664,
    )


def test_all_globals_can_be_read(written: Machine) -> None:
    symbols_, calls = written.build.symbols, written.build.syscalls
    data = symbols_["KdDebuggerDataBlock"]
    found = [name for name, place in symbols_.items() if place >= data and name not in calls]
    assert len(found) > 20
    assert all(len(read(written, written.base + symbols_[name], PAGE)) == PAGE for name in found)


def test_protections_are_those_of_the_public_header(written: Machine) -> None:
    words = struct.unpack("<32I", read(written, written.symbol("MmProtectToValue"), 128))
    assert words[1:8] == (2, 0x10, 0x20, 4, 8, 0x40, 0x80)
    assert words[::8] == (1, 1, 1, 1)
    assert words[8 + 4] == 0x204
    assert words[24 + 4] == 0x404


def test_each_session_of_the_plan_has_its_structure(written: Machine) -> None:
    assert list(written.sessions) == [0, 1]
    assert written.struct("_MM_SESSION_SPACE", written.sessions[1]).get("SessionId") == 1


def test_genuine_symbols_are_named_where_a_test_asks_for_them() -> None:
    genuine = symbols.Identity("ntkrnlmp.pdb", "00112233445566778899AABBCCDDEEFF", 1)
    machine = Machine(small(), {"ntkrnlmp.pdb": genuine})
    kernel.write(machine)
    assert UUID(genuine.guid).bytes_le in read_image(machine)
