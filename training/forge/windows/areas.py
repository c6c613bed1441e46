"""Memory of a process as its kernel keeps account of it: areas, and the tree of records that describes them.

An area of private memory has a short record (tag ``VadS``), one that maps a section a long one (``Vad ``). The records
hang in a balanced tree in the order of their addresses.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Final

from training.forge.windows.files import Section, device_path
from training.forge.windows.machine import SHARED_USER, Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Area, Kind
from training.forge.windows.portable import Portable
from training.forge.windows.stencil import Stencil
from training.forge.windows.written import Placed, Written

PROTECTIONS: Final = {
    "NOACCESS": 0,
    "READONLY": 1,
    "EXECUTE": 2,
    "EXECUTE_READ": 3,
    "READWRITE": 4,
    "WRITECOPY": 5,
    "EXECUTE_READWRITE": 6,
    "EXECUTE_WRITECOPY": 7,
}
"""Windows' words for the protection of pages, and their place in the kernel's table ``MmProtectToValue``."""
STEP: Final = 0x10000
"""Areas begin at whole steps of 64 KiB."""

_IMAGE: Final = 2
_HIGH: Final = 32
_LOW: Final = 0xFFFFFFFF
_GAPS: Final = 6
_LEAST_COMMIT: Final = 2
_PER_COMMIT: Final = 0x40000
_LEFT_HEAVY: Final = 3
_LINKS: Final = ("VadNode.Left", "VadNode.Right", "VadNode.ParentValue")
_MEMBERS: Final = (
    "StartingVpn",
    "StartingVpnHigh",
    "EndingVpn",
    "EndingVpnHigh",
    "u.VadFlags.Protection",
    "u.VadFlags.PrivateMemory",
    "u.VadFlags.VadType",
    "u1.VadFlags1.CommitCharge",
    "u1.VadFlags1.MemCommit",
)
_MORE: Final = ("Subsection", "VadsProcess", "FileObject")


def add(machine: Machine, written: Written, area: Area) -> int:
    """Put an area into a process, with its content; returns where it begins.

    A place is taken behind what is there already where the plan names none. The mapped file of an image that the plan
    knows begins with that image's header unless a content is given.

    Raises:
        ValueError: the protection is no word of Windows, something lies there already, or the file that it maps is
            known with another content.
    """
    size = area.size + PAGE - 1 & ~(PAGE - 1)
    start = _free(machine, written, size) if area.start is None else area.start
    if area.kind is Kind.MAPPED:
        content = area.content or _header(machine, area.file)
        section = machine.images.data(area.file, size, content)
        if area.content:
            _agree(machine, section, area.content)
        _show(written, start, section, area.protection)
        path = device_path(area.file)[1] if area.file else ""
        placed = Placed(
            start=start,
            size=size,
            protection=area.protection,
            kind=area.kind,
            subsection=section.subsection,
            file=section.file,
            path=path,
        )
    else:
        placed = Placed(start=start, size=size, protection=area.protection, commit=size // PAGE)
        fill(written, start, area.content, area.protection)
    place(written, placed)
    if area.label:
        written.addresses[area.label] = start
    return start


def place(written: Written, placed: Placed) -> None:
    """Take an area into account whose pages are mapped by whoever calls.

    Raises:
        ValueError: the protection is no word of Windows, or something lies there already.
    """
    if placed.protection not in PROTECTIONS:
        raise ValueError(f"'{placed.protection}' is no protection of an area; known are {', '.join(PROTECTIONS)}.")
    if not vacant(written, placed.start, placed.size):
        raise ValueError(f"Process {written.plan.pid} has memory at {placed.start:#x} already.")
    written.areas.append(placed)
    insort(written.taken, (placed.start, placed.size))


def vacant(written: Written, start: int, size: int) -> bool:
    """Whether nothing lies in a range of a process yet."""
    index = bisect_right(written.taken, (start, size))
    before, behind = written.taken[max(0, index - 1) : index], written.taken[index : index + 1]
    return all(at + length <= start for at, length in before) and all(start + size <= at for at, _ in behind)


def fill(written: Written, start: int, content: bytes, protection: str) -> None:
    """Write private memory from the start of an area, as far as there is content; its pages have been written to."""
    if not content:
        return
    pages = (len(content) + PAGE - 1) // PAGE
    written.space.reserve(start, pages, write="WRITE" in protection, execute="EXECUTE" in protection)
    written.space.write(start, content)


def map_image(written: Written, section: Section, base: int) -> None:
    """Map a program or library: its pages are shared by all processes and were not written to."""
    executable = laid_out(section).executable
    for rva, frame in section.pages.items():
        written.space.map(base + rva, frame, write=False, execute=executable(rva), dirty=False)
    place(
        written,
        Placed(
            start=base,
            size=section.size,
            protection="EXECUTE_WRITECOPY",
            kind=Kind.MAPPED,
            image=True,
            subsection=section.subsection,
            file=section.file,
            path=device_path(section.path)[1],
            commit=_LEAST_COMMIT + section.size // _PER_COMMIT,
        ),
    )


def laid_out(section: Section) -> Portable:
    """How the image of a section is laid out.

    Raises:
        ValueError: it is the section of a file that is no image.
    """
    if section.portable is None:
        raise ValueError(f"{section.path} is mapped as data, not as an image.")
    return section.portable


def shared(machine: Machine, written: Written) -> None:
    """Map the page that the kernel shares with all programs."""
    written.space.map(SHARED_USER, machine.shared, write=False, dirty=False)
    place(written, Placed(start=SHARED_USER, size=PAGE, protection="READONLY", commit=1))


def write_tree(machine: Machine, written: Written) -> None:
    """Write the records of all areas of a process, and hang them into its tree."""
    short = Stencil(machine.build, "_MMVAD_SHORT", *_LINKS, *_MEMBERS)
    long = Stencil(machine.build, "_MMVAD", *(f"Core.{member}" for member in (*_LINKS, *_MEMBERS)), *_MORE)
    ordered = sorted(written.areas, key=lambda each: each.start)
    for area in ordered:
        private = area.kind is Kind.PRIVATE
        node = machine.nonpaged.alloc((short if private else long).size, b"VadS" if private else b"Vad ")
        written.nodes[area.start] = node
    nodes = list(written.nodes.values())
    for area, node, links in zip(ordered, nodes, balanced(nodes), strict=True):
        if area.kind is Kind.PRIVATE:
            machine.kernel.write(node, short.fill(*links, *_members(area)))
        else:
            file = area.file if area.image else 0
            machine.kernel.write(node, long.fill(*links, *_members(area), area.subsection, written.address | 1, file))
    if nodes:
        written.struct.put("VadRoot.Root", nodes[len(nodes) // 2])
        written.struct.put("VadCount", len(nodes))


def balanced(nodes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Left, right and parent of each node of a balanced tree over nodes in order; the middle one is its root.

    The two lowest bits of the parent say which side is higher: 0 neither, 3 the left.
    """
    links = [(0, 0, 0)] * len(nodes)

    def hang(low: int, high: int, parent: int) -> tuple[int, int]:
        """The root of a part, and its height."""
        if low >= high:
            return 0, 0
        middle = (low + high) // 2
        left, left_height = hang(low, middle, nodes[middle])
        right, right_height = hang(middle + 1, high, nodes[middle])
        links[middle] = left, right, parent | (_LEFT_HEAVY if left_height > right_height else 0)
        return nodes[middle], max(left_height, right_height) + 1

    hang(0, len(nodes), 0)
    return links


def _free(machine: Machine, written: Written, size: int) -> int:
    draw = machine.random(f"area {machine.key(written.plan)} {len(written.areas)}")
    start = written.free + draw.randrange(1, _GAPS) * STEP
    while not vacant(written, start, size):
        start += STEP
    written.free = start + size + STEP - 1 & ~(STEP - 1)
    return start


def _header(machine: Machine, path: str) -> bytes:
    if not path or machine.images.planned(path) is None:
        return b""
    return laid_out(machine.images.image(path)).pages[0]


def _agree(machine: Machine, section: Section, content: bytes) -> None:
    """Refuse a content other than that with which the file was first mapped: all processes see the same."""
    for at in range(0, len(content), PAGE):
        frame, part = section.pages.get(at), content[at : at + PAGE]
        if frame is None or machine.physical.read(frame, len(part)) != part:
            raise ValueError(f"{section.path} is mapped with another content already.")


def _show(written: Written, start: int, section: Section, protection: str) -> None:
    write, execute = "WRITE" in protection, "EXECUTE" in protection
    for offset, frame in section.pages.items():
        written.space.map(start + offset, frame, write=write, execute=execute, dirty=write)


def _members(placed: Placed) -> tuple[int, ...]:
    """The values of `_MEMBERS`."""
    private = int(placed.kind is Kind.PRIVATE)
    first, last = placed.start // PAGE, placed.end // PAGE
    return (
        first & _LOW,
        first >> _HIGH,
        last & _LOW,
        last >> _HIGH,
        PROTECTIONS[placed.protection],
        private,
        _IMAGE if placed.image else 0,
        placed.commit,
        private,
    )
