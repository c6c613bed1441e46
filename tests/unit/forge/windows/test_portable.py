from itertools import pairwise

import pefile  # type: ignore[import-untyped]
import pytest

from training.forge.windows.memory import PAGE
from training.forge.windows.plan import ImageFile
from training.forge.windows.portable import CODE, MARK, Part, Portable, portable, sections
from training.forge.windows.symbols import Identity

VERSION = (10, 0, 19041, 3570)


def facts(
    path: str = "C:\\Windows\\System32\\rpcrt4.dll", size: int = 0x12A000, bits: int = 64, resident: int = 0
) -> ImageFile:
    return ImageFile(path=path, size=size, timestamp=1_600_000_123, version=VERSION, bits=bits, resident=resident)


def whole(made: Portable) -> bytes:
    data = bytearray(made.size)
    for rva, content in made.pages.items():
        data[rva : rva + len(content)] = content
    return bytes(data)


def parsed(made: Portable) -> pefile.PE:
    return pefile.PE(data=whole(made))


def complaints(found: pefile.PE) -> list[str]:
    """What the parser finds odd, but for how much of the image is not in memory."""
    return [each for each in found.get_warnings() if not each.startswith("Byte 0x00")]


def test_a_parser_of_others_reads_its_facts() -> None:
    made = portable("rpcrt4.dll", facts(), base=0x7FF812340000)
    found = parsed(made)
    assert complaints(found) == []
    assert found.is_dll()
    assert found.FILE_HEADER.Machine == 0x8664
    assert found.FILE_HEADER.TimeDateStamp == 1_600_000_123
    assert found.OPTIONAL_HEADER.ImageBase == 0x7FF812340000
    assert found.OPTIONAL_HEADER.SizeOfImage == made.size == 0x12A000
    assert found.OPTIONAL_HEADER.AddressOfEntryPoint == made.entry
    assert [each.Name.rstrip(b"\0") for each in found.sections] == [b".text", b".rdata", b".data", b".rsrc", b".reloc"]


def test_a_32_bit_program_is_one() -> None:
    found = parsed(portable("old.exe", facts("C:\\Program Files (x86)\\Old\\old.exe", 0x40000, 32), base=0x400000))
    assert complaints(found) == []
    assert found.PE_TYPE == pefile.OPTIONAL_HEADER_MAGIC_PE
    assert found.FILE_HEADER.Machine == 0x14C
    assert found.OPTIONAL_HEADER.ImageBase == 0x400000
    assert found.is_exe()


def test_a_driver_has_pageable_code_and_runs_in_the_kernel() -> None:
    found = parsed(portable("ahcache.sys", facts("C:\\Windows\\System32\\drivers\\ahcache.sys", 0x55000)))
    names = [each.Name.rstrip(b"\0") for each in found.sections]
    assert b"PAGE" in names
    assert b".data" in names
    assert found.OPTIONAL_HEADER.Subsystem == 1


@pytest.mark.parametrize("size", [0x8000, 0x9000, 0x1F000, 0x20000, 0x1F5000, 0x3000000])
def test_sections_fill_the_image_without_gap_or_overlap(size: int) -> None:
    for name in ("a.dll", "b.sys"):
        parts = sections(name, size)
        assert parts[0].rva == PAGE
        for before, after in pairwise(parts):
            assert before.rva + before.size == after.rva
        assert parts[-1].rva + parts[-1].size == size
        assert all(part.size > 0 for part in parts)


def test_it_says_in_stub_code_constants_and_version_that_it_is_synthetic() -> None:
    made = portable("lsass.exe", facts("C:\\Windows\\System32\\lsass.exe", 0x12000, resident=2))
    data, found = whole(made), parsed(portable("lsass.exe", facts("C:\\Windows\\System32\\lsass.exe", 0x12000)))
    assert MARK in made.pages[0]
    for name in (".text", ".rdata"):
        assert MARK in data[made.parts[name].rva : made.parts[name].rva + PAGE]
    words = {key.decode(): value.decode() for key, value in found.FileInfo[0][0].StringTable[0].entries.items()}
    assert words["CompanyName"] == "Synthetic"
    assert words["FileDescription"] == "SYNTHETIC lsass.exe"
    assert words["OriginalFilename"] == "lsass.exe"
    assert words["FileVersion"] == "10.0.19041.3570"
    fixed = found.VS_FIXEDFILEINFO[0]
    assert (fixed.FileVersionMS, fixed.FileVersionLS) == (10 << 16, 19041 << 16 | 3570)


def test_no_page_of_code_lacks_the_mark() -> None:
    made = portable("x.dll", facts(size=0x40000, resident=7))
    code = [content for rva, content in made.pages.items() if made.executable(rva)]
    assert len(code) == 8
    assert all(content.startswith(MARK) for content in code)


def test_its_symbols_are_named_as_asked_or_else_after_itself() -> None:
    identity = Identity("tcpip.pdb", "D85BA7EDFCAFAA23F22A88D7E2549D86", 3)
    asked = parsed(portable("tcpip.sys", facts(), identity=identity)).DIRECTORY_ENTRY_DEBUG[0].entry
    assert asked.PdbFileName.rstrip(b"\0") == b"tcpip.pdb"
    assert asked.Signature_String == "D85BA7EDFCAFAA23F22A88D7E2549D863"
    first, again = portable("rpcrt4.dll", facts()), portable("rpcrt4.dll", facts())
    other = portable("rpcrt4.dll", facts("C:\\Elsewhere\\rpcrt4.dll"))
    assert first.identity == again.identity
    assert first.identity.pdb == "rpcrt4.pdb"
    assert first.identity != other.identity


def test_exports_are_found_by_name_and_hold_their_code() -> None:
    code = {f"NtCall{number:03}": bytes([0x4C, 0x8B, 0xD1, 0xB8, number]) for number in range(200)}
    made = portable("ntdll.dll", facts("C:\\Windows\\System32\\ntdll.dll", 0x1F5000), exports=code)
    found = parsed(made)
    assert complaints(found) == []
    listed = {each.name.decode(): each.address for each in found.DIRECTORY_ENTRY_EXPORT.symbols}
    assert listed == made.exports
    assert found.DIRECTORY_ENTRY_EXPORT.name == b"ntdll.dll"
    data = whole(made)
    assert all(data[listed[name] : listed[name] + 5] == content for name, content in code.items())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no size of an image"):
        portable("a.dll", facts(size=0x7000))
    with pytest.raises(ValueError, match="no size of an image"):
        portable("a.dll", facts(size=0x12345))
    with pytest.raises(ValueError, match="don't fit"):
        portable("a.dll", facts(size=0x8000), exports={f"Call{number}": b"\xc3" for number in range(400)})


def test_sections_of_its_own_are_taken() -> None:
    parts = [
        Part(".text", 0x1000, 0x4000, CODE),
        Part(".rdata", 0x5000, 0x1000, 0x40000040),
        Part(".rsrc", 0x6000, 0x2000, 0x40000040),
    ]
    made = portable("own.exe", facts(size=0x8000), parts=parts)
    assert made.executable(0x4FFF)
    assert not made.executable(0x5000)
    assert not made.writable(0x1000)
    assert [each.VirtualAddress for each in parsed(made).sections] == [0x1000, 0x5000, 0x6000]
