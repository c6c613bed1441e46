import struct
from itertools import pairwise

import pytest

from tests.unit.forge.windows.small import SYSTEM_32, small
from training.forge.windows import drivers, files, kernel
from training.forge.windows.files import Section
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Cached, ImageFile

VALID = 1
FRAME = 0x000FFFFFFFFFF000


def entries(machine: Machine, section: Section) -> list[int]:
    """The prototype entries of a section, found as a reader finds them."""
    area = machine.struct("_CONTROL_AREA", section.area)
    segment = machine.struct("_SEGMENT", area.get("Segment"))
    part = machine.struct("_SUBSECTION", section.area + area.size)
    assert segment.get("ControlArea") == part.get("ControlArea") == section.area
    assert segment.get("SizeOfSegment") == segment.get("TotalNumberOfPtes") * PAGE == section.size
    assert part.address == section.subsection
    count = part.get("PtesInSubsection")
    table = machine.kernel.read(part.get("SubsectionBase"), 8 * count)
    return list(struct.unpack(f"<{count}Q", table))


def test_a_cached_file_can_be_put_together_again(machine: Machine) -> None:
    cached = machine.plan.cached[0]
    files.write_cached(machine)
    file = machine.struct("_FILE_OBJECT", machine.images.file(cached.path))
    pointers = machine.struct("_SECTION_OBJECT_POINTERS", file.get("SectionObjectPointer"))
    section = machine.images.data(cached.path)
    assert pointers.get("DataSectionObject") == section.area
    assert pointers.get("ImageSectionObject") == 0
    found = b"".join(machine.physical.read(entry & FRAME, PAGE) for entry in entries(machine, section))
    assert found.rstrip(b"\0") == cached.content.rstrip(b"\0")
    assert len(found) == -(-len(cached.content) // PAGE) * PAGE


@pytest.mark.parametrize("length", [1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE])
def test_files_of_any_length_are_whole_pages(length: int) -> None:
    machine = Machine(small(cached=(Cached(path="C:\\a.bin", content=b"\xa5" * length),)))
    kernel.write(machine)
    drivers.write(machine)
    files.write_cached(machine)
    section = machine.images.data("c:\\A.BIN")
    assert section.size == -(-length // PAGE) * PAGE
    assert all(entry & VALID for entry in entries(machine, section))


def test_an_image_is_in_memory_once_and_only_where_it_has_content(machine: Machine) -> None:
    section = machine.images.image(SYSTEM_32 + "NTDLL.dll")
    assert machine.images.image(SYSTEM_32 + "ntdll.dll") is section
    found = entries(machine, section)
    assert section.portable is not None
    there = {index * PAGE for index, entry in enumerate(found) if entry & VALID}
    assert there == set(section.portable.pages) == set(section.pages)
    assert machine.physical.read(found[0] & FRAME, 2) == b"MZ"
    area = machine.struct("_CONTROL_AREA", section.area)
    assert area.get("u.Flags.Image") == 1
    assert area.get("FilePointer.Value") & ~0xF == section.file


def test_a_file_object_names_its_device_and_what_is_shared(machine: Machine) -> None:
    file = machine.struct("_FILE_OBJECT", machine.images.open("NamedPipe", "\\kbdpipe", "RW-r--"))
    assert file.get("DeviceObject") == machine.devices["NamedPipe"]
    assert (
        machine.kernel.read(file.get("FileName.Buffer"), file.get("FileName.Length")).decode("utf-16-le") == "\\kbdpipe"
    )
    rights = [
        file.get(member)
        for member in ("ReadAccess", "WriteAccess", "DeleteAccess", "SharedRead", "SharedWrite", "SharedDelete")
    ]
    assert rights == [1, 1, 0, 1, 0, 0]


def test_further_file_objects_of_a_file_lead_to_its_sections(machine: Machine) -> None:
    section = machine.images.image(SYSTEM_32 + "lsass.exe")
    first = machine.struct("_FILE_OBJECT", section.file)
    other = machine.struct("_FILE_OBJECT", machine.images.open(files.VOLUME, "\\Windows\\System32\\LSASS.exe"))
    assert other.address != first.address
    assert other.get("SectionObjectPointer") == first.get("SectionObjectPointer") != 0


def test_pages_of_the_page_file_are_new_each_time(machine: Machine) -> None:
    one, other = machine.images.data("", 2 * PAGE), machine.images.data("", PAGE, b"content")
    assert one.area != other.area
    assert one.file == 0
    assert machine.struct("_CONTROL_AREA", one.area).get("u.Flags.File") == 0
    assert entries(machine, one) == [0, 0]
    assert entries(machine, other)[0] & VALID


def test_libraries_lie_where_they_lie_whatever_else_runs() -> None:
    plan = small()
    machine, fewer = Machine(plan), Machine(small(processes=plan.processes[:3]))
    for made in (machine, fewer):
        kernel.write(made)
        drivers.write(made)
    libraries = [path for path in plan.images if path.endswith(".dll")]
    places = {path: machine.images.image(path) for path in libraries}
    assert all(fewer.images.image(path).base == section.base != 0 for path, section in places.items())
    ranges = sorted((section.base, section.base + section.size) for section in places.values())
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))
    assert all(base % 0x10000 == 0 and 0x7FF000000000 < base < 0x7FFFFFFF0000 for base, _ in ranges)


def test_32_bit_libraries_lie_below_4_gib() -> None:
    plan = small()
    path = "C:\\Windows\\SysWOW64\\kernel32.dll"
    image = ImageFile(path=path, size=0xF0000, timestamp=1_600_000_001, version=(10, 0, 19041, 3570), bits=32)
    machine = Machine(small(images=plan.images | {path: image}))
    kernel.write(machine)
    drivers.write(machine)
    section = machine.images.image(path)
    assert 0x70000000 < section.base < 0x78000000
    assert section.portable is not None
    assert machine.physical.read(section.pages[0], 0x200)[0x98:0x9A] == b"\x0b\x01"


def test_what_the_plan_lacks_is_an_error(machine: Machine) -> None:
    with pytest.raises(KeyError):
        machine.images.image("C:\\nowhere.dll")
    with pytest.raises(KeyError):
        machine.images.open("Nothing", "\\a")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("\\SystemRoot\\system32\\hal.dll", "c:\\windows\\system32\\hal.dll"),
        ("\\??\\C:\\Users\\Public\\a.sys", "c:\\users\\public\\a.sys"),
        ("\\Windows\\System32\\x.sys", "c:\\windows\\system32\\x.sys"),
        ("C:\\X.sys", "c:\\x.sys"),
    ],
)
def test_paths_of_modules_lead_to_files(path: str, expected: str) -> None:
    assert files.disk_path(path) == expected
