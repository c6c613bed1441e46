"""Memory of processes: areas with their records, what looks injected, and programs that are not what their file is."""

from collections.abc import Callable, Iterator

from training.forge.windows.areas import balanced
from training.forge.windows.expect.seen import DISABLED, SYSTEM, contents, listed, low
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.files import Section
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Kind
from training.forge.windows.written import Placed, Written

UNBACKED = "<Non-File Backed Region>"
UNTOUCHED = "PAGE_EXECUTE_WRITECOPY"
"""What readers call the protection of an image that is mapped as it should be."""

_WORDS = {"NOACCESS": "PAGE_NOACCESS|PAGE_WRITECOMBINE"}
_HEAD = 64
_BITS = 0b11
_FEWEST_LIBRARIES = 3
_FEWEST_AREAS = 5
_NOTES = {
    b"MZ": "MZ header",
    b"\x55\x8b": "PE header",
    b"\x55\x48": "Function prologue",
    b"\x55\x89": "Function prologue",
}


def protection(area: Placed) -> str:
    """The words of readers for the protection that an area was made with."""
    return _WORDS.get(area.protection, f"PAGE_{area.protection}")


def path(area: Placed) -> str | None:
    """The file that readers name for an area; None for one without."""
    return (area.path or None) if area.kind is Kind.MAPPED else None


def vadinfo(machine: Machine) -> Expected:
    """Every area of every process in the ring."""
    rows = [
        (
            each.plan.pid,
            each.plan.name,
            node,
            area.start,
            area.end,
            _tag(area),
            protection(area),
            area.commit,
            int(area.kind is Kind.PRIVATE),
            parent,
            path(area),
        )
        for each in listed(machine)
        for area, node, _, _, parent in _tree(each)
    ]
    columns = ("PID", "Process", "Offset", "Start VPN", "End VPN", "Tag", "Protection", "CommitCharge", "PrivateMemory")
    return expect((*columns, "Parent", "File"), rows, always=DISABLED)


def vadwalk(machine: Machine) -> Expected:
    """The same areas with the links of their tree."""
    rows = [
        (each.plan.pid, each.plan.name, low(node), low(parent), low(left), low(right), area.start, area.end, _tag(area))
        for each in listed(machine)
        for area, node, left, right, parent in _tree(each)
    ]
    return expect(("PID", "Process", "Offset", "Parent", "Left", "Right", "Start", "End", "Tag"), rows)


def malfind(machine: Machine) -> Expected:
    """Areas that can be run and were written to, and are no image that was mapped as one."""
    rows = []
    for each in listed(machine):
        known = content(machine, each)
        for area in each.areas:
            held = known.get(area.start, b"")
            if held.strip(b"\0") and _injected(area):
                head = held[:_HEAD].ljust(_HEAD, b"\0")
                rows.append((*_found(each, area), _NOTES.get(head[:2]), head.hex(" ")))
    columns = ("PID", "Process", "Start VPN", "End VPN", "Tag", "Protection", "CommitCharge", "PrivateMemory")
    why = {"Disasm": "the disassembler's words for what the column Hexdump shows"}
    return expect((*columns, "Notes", "Hexdump"), rows, always=DISABLED, left_out=why)


def ldrmodules(machine: Machine) -> Expected:
    """Areas that begin as an image does, and in which of the three lists of the loader they stand."""
    rows = []
    for each in listed(machine):
        known = content(machine, each)
        for area in each.areas:
            if not area.image and known.get(area.start, b"")[:2] != b"MZ":
                continue
            entries = [one for one in each.entries if one.base == area.start]
            lists = (
                any(one.in_load for one in entries),
                any(one.in_init for one in entries),
                any(one.in_memory for one in entries),
            )
            rows.append((each.plan.pid, each.plan.name, area.start, *lists, path(area)))
    return expect(("Pid", "Process", "Base", "InLoad", "InInit", "InMem", "MappedPath"), rows)


def hollowprocesses(machine: Machine) -> Expected:
    """Programs and libraries that lie where an image should be, under another protection than an image has."""
    rows = []
    for each in listed(machine):
        libraries = {one.base: one.path for one in each.entries if one.in_load}
        areas = {area.start: area for area in each.areas}
        if len(libraries) < _FEWEST_LIBRARIES or len(areas) < _FEWEST_AREAS:
            continue
        rows += [(each.plan.pid, each.plan.name, note) for note in _hollow(each, libraries, areas)]
    return expect(("PID", "Process", "Notes"), rows)


def processghosting(machine: Machine) -> Expected:
    """Files that were deleted and still run: one row for the process, and the same again for its area."""
    deleted = {_program(machine, each).file for each in machine.processes.values() if each.plan.ghosted}
    rows: list[tuple[Cell, ...]] = []
    for each in listed(machine):
        if not each.living or SYSTEM in {each.plan.pid, each.plan.ppid} or not each.plan.threads:
            continue
        head = (each.plan.pid, each.plan.name)
        file = _program(machine, each).file if each.plan.path else 0
        if not file:
            rows.append((*head, each.image_base, 0, None, None, None))
        elif file in deleted:
            known = {area.start: path(area) for area in each.areas}
            rows.append((*head, each.image_base, low(file), 1, None, known.get(each.image_base)))
        rows += [
            (*head, area.start, low(area.file), 1, None, path(area)) for area in each.areas if area.file in deleted
        ]
    return expect(("PID", "Process", "Base", "FILE_OBJECT", "DeletePending", "DeleteOnClose", "Path"), rows)


def content(machine: Machine, written: Written) -> dict[int, bytes]:
    """What stands at the beginning of areas that are no mapped images: content of the plan, or an image's header."""
    known = contents(written)
    if written.plan.hollow and written.living:
        known[written.image_base] = _header(_program(machine, written))
    for area in written.areas:
        if area.kind is Kind.MAPPED and not area.image and not known.get(area.start):
            image = machine.images.planned(f"C:{area.path}") if area.path else None
            if image is not None:
                known[area.start] = _header(machine.images.image(image.path))
    return known


def _header(section: Section) -> bytes:
    return section.portable.pages[0] if section.portable else b""


def _program(machine: Machine, written: Written) -> Section:
    return machine.images.image(written.plan.path)


def _tag(area: Placed) -> str:
    return "VadS" if area.kind is Kind.PRIVATE else "Vad "


def _tree(written: Written) -> Iterator[tuple[Placed, int, int, int, int]]:
    """Each area with the address of its record, and those to its left, to its right and above it."""
    by_start = {area.start: area for area in written.areas}
    nodes = list(written.nodes.values())
    for (start, node), (left, right, parent) in zip(written.nodes.items(), balanced(nodes), strict=True):
        yield by_start[start], node, left, right, parent & ~_BITS


def _injected(area: Placed) -> bool:
    """Whether readers take an area with content for an injected one.

    Private memory that can be run is one in any case: whatever was written into it made its pages dirty.
    """
    if area.image or "EXECUTE" not in area.protection:
        return False
    if area.kind is Kind.PRIVATE:
        return True
    return "WRITE" in area.protection and area.protection != "EXECUTE_WRITECOPY"


def _found(written: Written, area: Placed) -> tuple[Cell, ...]:
    private = int(area.kind is Kind.PRIVATE)
    head = (written.plan.pid, written.plan.name, area.start, area.end, _tag(area), protection(area))
    return (*head, area.commit, private)


def _hollow(written: Written, libraries: dict[int, str], areas: dict[int, Placed]) -> Iterator[str]:
    base = written.image_base
    program = areas[base]
    if protection(program) != UNTOUCHED:
        where = path(program) or UNBACKED
        yield (
            f"Unexpected protection ({protection(program)}) for VAD hosting the process executable"
            f" ({base:#x}) with path {where}"
        )
    for start, name in libraries.items():
        if start in areas and protection(areas[start]) != UNTOUCHED:
            yield (
                f"Unexpected protection ({protection(areas[start])}) for DLL in the PEB's load order list"
                f" ({start:#x}) with path {name}"
            )


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.vadinfo": vadinfo,
    "windows.vadwalk": vadwalk,
    "windows.malware.malfind": malfind,
    "windows.malware.ldrmodules": ldrmodules,
    "windows.malware.hollowprocesses": hollowprocesses,
    "windows.malware.processghosting": processghosting,
}
