"""What a program knows of itself: its environment block with the parameters, and the loader's three lists.

All of it lies in memory that the program can write to. What the kernel says of the same things may differ.
"""

from dataclasses import replace
from typing import Final

from training.forge.windows.areas import STEP, fill, laid_out, map_image, place, vacant
from training.forge.windows.files import Section
from training.forge.windows.heap import Arena
from training.forge.windows.layout import Struct, ring
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Library
from training.forge.windows.stencil import Stencil
from training.forge.windows.threads import TEB_SIZE, stack_size
from training.forge.windows.written import Loaded, Placed, Written

_BLOCKS: Final = 0x200000
_HEAP: Final = 0x100000
_ROOMY: Final = 0x400000
_HEAP_HEAD: Final = 0x740
_PROGRAMS: Final = 0x7FF600000000
_FIRST_TURN: Final = 1_370
_STATIC: Final = 4
_PINNED: Final = 0xFFFF
_DYNAMIC: Final = 6
_NORMALISED: Final = 0x6001
_PROGRAM_FLAGS, _LIBRARY_FLAGS = 0x22CC, 0xA2C4
_DESKTOP: Final = "Winsta0\\Default"
_ENTRY: Final = "_LDR_DATA_TABLE_ENTRY"
_MEMBERS: Final = (
    "DllBase",
    "EntryPoint",
    "SizeOfImage",
    "Flags",
    "ObsoleteLoadCount",
    "OriginalBase",
    "LoadTime.QuadPart",
    "FullDllName.Length",
    "FullDllName.MaximumLength",
    "FullDllName.Buffer",
    "BaseDllName.Length",
    "BaseDllName.MaximumLength",
    "BaseDllName.Buffer",
)
_LISTS: Final = (
    ("InLoadOrderModuleList", "InLoadOrderLinks", "in_load"),
    ("InMemoryOrderModuleList", "InMemoryOrderLinks", "in_memory"),
    ("InInitializationOrderModuleList", "InInitializationOrderLinks", "in_init"),
)


def write(machine: Machine, written: Written) -> None:
    """Lay out a program: its blocks and heap, its images, its parameters and the lists of its loader."""
    _lay_out(machine, written)
    libraries = in_order(written)
    for number, library in enumerate(libraries):
        section = machine.images.image(library.path)
        base = _base(machine, written, section, low=bool(written.plan.wow64) and number == 0)
        if number == 0:
            _program(written, section, base)
        else:
            map_image(written, section, base)
        entry = Loaded(
            path=library.path,
            base=base,
            size=section.size,
            loaded=library.loaded,
            in_load=library.in_load,
            in_memory=library.in_memory,
            in_init=library.in_init and number > 0,
        )
        written.entries.append(entry)
        written.bases.setdefault(entry.name.lower(), base)
    lists = _lists(machine, written)
    _block(machine, written, lists, _parameters(machine, written))


def map_only(machine: Machine, written: Written) -> None:
    """Map the libraries of a process without a program: System has ntdll.dll, and no loader that would list it.

    Further areas begin at a place drawn for it.
    """
    planned = written.plan
    draw = machine.random(f"layout {machine.key(planned)}")
    written.free = draw.randrange(0x100, 0x2F0) << 32 | draw.randrange(0x1000, 0xF000) << 16
    for library in written.plan.libraries:
        section = machine.images.image(library.path)
        base = _base(machine, written, section, low=False)
        map_image(written, section, base)
        written.bases.setdefault(library.path.rpartition("\\")[2].lower(), base)


def end(written: Written) -> None:
    """End the heap of a program: what is charged for it follows from what it holds."""
    heap = _heap(written)
    heap.close()
    for number, area in enumerate(written.areas):
        if area.start == heap.base:
            written.areas[number] = replace(area, commit=heap.used // PAGE + 2)


def in_order(written: Written) -> tuple[Library, ...]:
    """The libraries of a program with itself as the first, which the plan may leave out."""
    planned = written.plan
    libraries = planned.libraries
    if libraries and libraries[0].path.lower() == planned.path.lower():
        return libraries
    first = libraries[0].loaded if libraries else planned.created + 2 * _FIRST_TURN
    return (Library(path=planned.path, loaded=max(planned.created, first - _FIRST_TURN)), *libraries)


def _lay_out(machine: Machine, written: Written) -> None:
    """Choose where blocks, stacks and heap lie, and make the heap."""
    planned = written.plan
    draw = machine.random(f"layout {machine.key(planned)}")
    room = PAGE + (len(planned.threads) + 2) * TEB_SIZE
    blocks = room + _BLOCKS - 1 & ~(_BLOCKS - 1)
    if planned.wow64:
        start, heap = _BLOCKS, draw.randrange(0x2000, 0x3000) * STEP
    else:
        start = draw.randrange(0x10, 0x1000) << 28 | draw.randrange(0x40) << 21
        heap = draw.randrange(0x100, 0x2F0) << 32 | draw.randrange(0x1000, 0xF000) << 16
    written.peb = start + draw.randrange((blocks - room) // PAGE + 1) * PAGE
    written.space.reserve(written.peb, 1)
    place(
        written,
        Placed(start=start, size=blocks, protection="READWRITE", commit=2 * len(planned.threads) + 3),
    )
    content = sum(2 * len(each) for each in planned.strings) + len(planned.libraries) * 0x300
    busy = planned.console is not None or planned.name.lower() == "services.exe"
    size = (_ROOMY if busy else _HEAP) + content + STEP - 1 & ~(STEP - 1)
    written.heap = Arena(written.space, heap, size)
    written.heap.alloc(_HEAP_HEAD)
    place(written, Placed(start=heap, size=size, protection="READWRITE", commit=0))
    written.free = heap + size
    written.stacks = start + blocks
    if planned.wow64:
        written.stacks = written.free
        written.free += len(planned.threads) * stack_size(planned.path)


def _base(machine: Machine, written: Written, section: Section, *, low: bool) -> int:
    """Where an image is mapped: a library where it is in all processes, a program at a place drawn for it."""
    if section.base:
        return section.base
    draw = machine.random(f"program {section.path.lower()}")
    while True:
        base = draw.randrange(0x40, 0x90) * STEP if low else _PROGRAMS | draw.randrange(0x1000, 0x20000) << 16
        if vacant(written, base, section.size):
            return base


def _program(written: Written, section: Section, base: int) -> None:
    """Map the program itself; of a hollow one lies a private copy in its place, whose pages may be run and written."""
    written.image_base = base
    if not written.plan.hollow:
        map_image(written, section, base)
        return
    protection = "EXECUTE_READWRITE"
    for rva, data in laid_out(section).pages.items():
        fill(written, base + rva, data, protection)
    place(written, Placed(start=base, size=section.size, protection=protection, commit=section.size // PAGE))


def _lists(machine: Machine, written: Written) -> Struct:
    """The loader's data with its three rings."""
    heap, build, space = _heap(written), machine.build, written.space
    lists = machine.struct("_PEB_LDR_DATA", heap.alloc(build.sizeof("_PEB_LDR_DATA")), space)
    lists.set(Length=lists.size, Initialized=1)
    stencil = Stencil(build, _ENTRY, *_MEMBERS)
    made = [_entry(machine, written, stencil, number) for number in range(len(written.entries))]
    for head, links, member in _LISTS:
        offset = build.offset(_ENTRY, links)
        chosen = [at + offset for at, each in zip(made, written.entries, strict=True) if getattr(each, member)]
        ring(space, [lists.at(head), *chosen])
    return lists


def _entry(machine: Machine, written: Written, stencil: Stencil, number: int) -> int:
    """The entry of a library, with its names; returns its address."""
    heap, loaded = _heap(written), written.entries[number]
    entry = heap.alloc(stencil.size)
    full, short = len(loaded.path.encode("utf-16-le")), len(loaded.name.encode("utf-16-le"))
    content = stencil.fill(
        loaded.base,
        loaded.base + laid_out(machine.images.image(loaded.path)).entry,
        loaded.size,
        _LIBRARY_FLAGS if number else _PROGRAM_FLAGS,
        _PINNED if number < _STATIC else _DYNAMIC,
        loaded.base,
        loaded.loaded,
        full,
        full + 2,
        heap.text(loaded.path),
        short,
        short + 2,
        heap.text(loaded.name),
    )
    written.space.write(entry, content)
    return entry


def _parameters(machine: Machine, written: Written) -> Struct:
    """The parameters that the program was started with."""
    planned, heap = written.plan, _heap(written)
    kind = "_RTL_USER_PROCESS_PARAMETERS"
    given = machine.struct(kind, heap.alloc(machine.build.sizeof(kind)), written.space)
    pairs = "".join(f"{name}={value}\0" for name, value in planned.environment)
    block = pairs.encode("utf-16-le") + b"\0\0"
    shown = planned.shown or planned.path
    given.set(
        MaximumLength=PAGE,
        Length=PAGE,
        Flags=_NORMALISED,
        Environment=heap.put(block),
        EnvironmentSize=len(block),
    )
    for member, text in (
        ("ImagePathName", shown),
        ("CommandLine", planned.command_line),
        ("CurrentDirectory.DosPath", planned.directory),
        ("WindowTitle", shown),
        ("DesktopInfo", _DESKTOP),
    ):
        machine.text(given, member, text, arena=heap)
    return given


def _block(machine: Machine, written: Written, lists: Struct, parameters: Struct) -> None:
    """The program's environment block, and what the kernel keeps of the program."""
    host, heap = machine.plan.host, _heap(written)
    machine.struct("_PEB", written.peb, written.space).set(
        ImageBaseAddress=written.image_base,
        Ldr=lists,
        ProcessParameters=parameters,
        ProcessHeap=heap.base,
        NumberOfProcessors=host.processors,
        OSMajorVersion=10,
        OSBuildNumber=machine.build.kernel,
        SessionId=written.plan.session or 0,
    )
    for text in written.plan.strings:
        heap.text(text)


def _heap(written: Written) -> Arena:
    if written.heap is None:
        raise ValueError(f"Process {written.plan.pid} has no program.")
    return written.heap
