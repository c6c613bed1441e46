"""Files as the kernel holds them: file objects, and the control areas of what of their content is in memory."""

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from training.forge.windows import exports, imports
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import ImageFile
from training.forge.windows.portable import Portable, portable

if TYPE_CHECKING:
    from training.forge.windows.machine import Machine

VOLUME: Final = "HarddiskVolume3"
"""The device of the volume that people know as C:."""

_PROTOTYPE: Final = 0x8000000000000121
_FILE_TYPE: Final = 5
_OPENED: Final = 0x40042
_SUBSECTION: Final = 0x80
_STEP: Final = 0x10000
_LIBRARIES: Final = 0x7FFF00000000
_LIBRARIES_32: Final = 0x77F00000
_SHELVES: Final = 16
_SHARING: Final = ("ReadAccess", "WriteAccess", "DeleteAccess", "SharedRead", "SharedWrite", "SharedDelete")


@dataclass(slots=True)
class Section:
    """What of a file is in memory, once for all who map it.

    Attributes:
        path: as the plan has it; empty for one that the page file backs.
        size: bytes that it takes when it is mapped.
        pages: physical addresses of the pages that are in memory, by their place in the section.
        file: its _FILE_OBJECT; 0 where the page file backs it.
        area: its _CONTROL_AREA.
        subsection: the _SUBSECTION behind that.
        base: where every process maps it; 0 where each has a place of its own.
        portable: of an image, how it is laid out.
    """

    path: str
    size: int
    pages: dict[int, int]
    file: int
    area: int
    subsection: int
    base: int = 0
    portable: Portable | None = None

    @property
    def entry(self) -> int:
        """Where the code of an image begins, from its base; 0 for other files."""
        return self.portable.entry if self.portable else 0


def device_path(path: str) -> tuple[str, str]:
    r"""The device of a file and its name there: ``C:\Windows\x`` is ``\Windows\x`` on `VOLUME`."""
    return (VOLUME, path[2:]) if path[1:2] == ":" else (VOLUME, path)


def disk_path(path: str) -> str:
    r"""The path with a drive, in small letters, of a kernel module: ``\SystemRoot\x`` lies in ``c:\windows\x``."""
    small = path.lower()
    for prefix, drive in (("\\systemroot", "c:\\windows"), ("\\??\\", ""), ("\\windows", "c:\\windows")):
        if small.startswith(prefix):
            return drive + small.removeprefix(prefix)
    return small


class Images:
    """The files of a machine, and the sections of those that are in memory.

    Where a library is mapped depends on all libraries of the plan and on nothing else: it is the same in every process.
    """

    def __init__(self, machine: "Machine") -> None:
        self.machine = machine
        self._planned = {path.lower(): image for path, image in machine.plan.images.items()}
        self._planned |= {image.path.lower(): image for image in machine.plan.images.values()}
        self._bases = self._place()
        self._images: dict[str, Section] = {}
        self._data: dict[str, Section] = {}
        self._files: dict[tuple[str, str], int] = {}

    def planned(self, path: str) -> ImageFile | None:
        """What the plan says of an image, by its path; None for nothing."""
        return self._planned.get(path.lower())

    def image(self, path: str) -> Section:
        """The image section of a program or library of the plan, made when it is first asked for.

        Raises:
            KeyError: the plan has no such image.
        """
        key = path.lower()
        if key not in self._images:
            self._images[key] = self._image(self._planned[key])
        return self._images[key]

    def data(self, path: str, size: int = PAGE, content: bytes = b"") -> Section:
        """The data section of a mapped or cached file; with an empty path a new one that the page file backs.

        Args:
            path: with its drive.
            size: bytes that it takes when it is mapped; grows to hold the content.
            content: of its beginning; pages without any are not in memory.
        """
        key = path.lower()
        if not path or key not in self._data:
            whole = max(size, len(content)) + PAGE - 1 & ~(PAGE - 1)
            parts = {at: content[at : at + PAGE] for at in range(0, len(content), PAGE)}
            if path:
                pages, file, area = self._keep(key, path, whole, parts, image=False)
            else:
                pages, file = self.place_pages(parts), 0
                area = self._area(file, whole, pages, image=False)
            self._data[key] = Section(path, whole, pages, file, area, area + _SUBSECTION)
        return self._data[key]

    def file(self, path: str, device: str = "", sharing: str = "R--r-d") -> int:
        r"""The _FILE_OBJECT through which a file's sections are kept, one for each file.

        Args:
            path: with its drive, or with ``device`` the name there.
            device: below ``\Device``.
            sharing: what was asked and what is shared, as ``RWDrwd`` with hyphens.

        Raises:
            KeyError: no driver of the plan has that device.
        """
        place = (device, path) if device else device_path(path)
        key = (place[0].lower(), place[1].lower())
        if key not in self._files:
            self._files[key] = self.open(*place, sharing=sharing)
        return self._files[key]

    def open(self, device: str, name: str, sharing: str = "R--rwd") -> int:
        """A further _FILE_OBJECT of a file, as each handle has one, with the sections of the file.

        Raises:
            KeyError: no driver of the plan has that device.
        """
        machine = self.machine
        file = machine.object("File", "_FILE_OBJECT")
        rights = {member: letter != "-" for member, letter in zip(_SHARING, sharing, strict=True)}
        file.set(
            Type=_FILE_TYPE,
            Size=file.size,
            DeviceObject=machine.devices[device],
            Flags=_OPENED,
            **{member: int(value) for member, value in rights.items()},
        )
        if name:
            machine.text(file, "FileName", name)
        first = self._files.get((device.lower(), name.lower()))
        if first is not None:
            file.put("SectionObjectPointer", machine.struct("_FILE_OBJECT", first).get("SectionObjectPointer"))
        elif name:
            file.put("SectionObjectPointer", machine.new("_SECTION_OBJECT_POINTERS", b"MmSo"))
        return file.address

    def _place(self) -> dict[str, int]:
        draw = self.machine.random("libraries")
        next_64 = _LIBRARIES - (draw.randrange(0x7F) << 24)
        next_32 = _LIBRARIES_32 - (draw.randrange(0x3F) << 16)
        bases = {}
        shared = self._shared()
        libraries = [key for key in {image.path.lower() for image in self._planned.values()} if key.endswith(".dll")]
        for key in sorted(libraries, key=lambda each: (-shared[each].bit_length(), each)):
            image = self._planned[key]
            need = image.size + _STEP - 1 & ~(_STEP - 1)
            gap = draw.randrange(2) * _STEP
            if image.bits == 64:  # noqa: PLR2004 - the width itself
                next_64 -= need + gap
                bases[key] = next_64
            else:
                next_32 -= need + gap
                bases[key] = next_32
        return bases

    def _shared(self) -> Counter[str]:
        """How many processes map each library: those of many lie together, and tables of pages are few."""
        processes = self.machine.plan.processes
        return Counter(
            library.path.lower() for process in processes for library in (*process.libraries, *process.wow64)
        )

    def _image(self, planned: ImageFile) -> Section:
        name = planned.path.rpartition("\\")[2]
        base = self._bases.get(planned.path.lower(), 0)
        exported = exports.of(self.machine.build, planned)
        made = portable(name, planned, base=base or None, exports=exported, imported=imports.of(planned))
        pages, file, area = self._keep(planned.path.lower(), planned.path, made.size, made.pages, image=True)
        return Section(planned.path, made.size, pages, file, area, area + _SUBSECTION, base, made)

    def _keep(
        self, key: str, path: str, size: int, content: Mapping[int, bytes], *, image: bool
    ) -> tuple[dict[int, int], int, int]:
        """Put a file into memory at places of its own, and its structures among those of some others."""
        machine = self.machine
        with machine.part(f"file {key}"):
            pages = self.place_pages(content)
        with machine.part(f"files {machine.parts.number(key) % _SHELVES}"):
            file = self.file(path)
            return pages, file, self._area(file, size, pages, image=image)

    def place_pages(self, content: Mapping[int, bytes]) -> dict[int, int]:
        """Put pages into memory; returns their physical addresses by the same places."""
        physical = self.machine.physical
        placed = {}
        for rva, data in content.items():
            placed[rva] = physical.alloc()
            physical.write(placed[rva], data)
        return placed

    def _area(self, file: int, size: int, pages: Mapping[int, int], *, image: bool) -> int:
        """A _CONTROL_AREA with its segment, one subsection and its prototype entries; returns its address."""
        machine = self.machine
        count = size // PAGE
        area = machine.new("_CONTROL_AREA", b"MmCi" if image else b"MmCa", extra=_spare(machine))
        segment = machine.new("_SEGMENT", b"MmSg", machine.paged)
        table = machine.paged.alloc(8 * count, b"MmSt")
        machine.kernel.write(table, _entries(count, pages))
        segment.set(ControlArea=area, TotalNumberOfPtes=count, SizeOfSegment=size, PrototypePte=table)
        area.set(Segment=segment, NumberOfMappedViews=1)
        area.put("u.Flags.Image", int(image))
        area.put("u.Flags.File", int(bool(file)))
        if file:
            area.put("FilePointer.Value", file | 4)
            pointers = machine.struct("_FILE_OBJECT", file).get("SectionObjectPointer")
            member = "ImageSectionObject" if image else "DataSectionObject"
            machine.struct("_SECTION_OBJECT_POINTERS", pointers).put(member, area)
        part = machine.struct("_SUBSECTION", area.address + _SUBSECTION)
        part.set(ControlArea=area, SubsectionBase=table, PtesInSubsection=count)
        return area.address


def write_cached(machine: "Machine") -> None:
    """Put the files of the plan whose content the cache holds into memory."""
    for cached in machine.plan.cached:
        machine.images.data(cached.path, content=cached.content)


def _spare(machine: "Machine") -> int:
    """Bytes behind a _CONTROL_AREA that its subsection needs."""
    return _SUBSECTION + machine.build.sizeof("_SUBSECTION") - machine.build.sizeof("_CONTROL_AREA")


def _entries(count: int, pages: Mapping[int, int]) -> bytes:
    table = bytearray(8 * count)
    for place, frame in pages.items():
        struct.pack_into("<Q", table, place // PAGE * 8, frame | _PROTOTYPE)
    return bytes(table)
