"""What a console host keeps for its program: the lines that were typed, and what its window shows.

The layouts are those that volatility3 2.28.2 reads, found out by reading its source and by trying. They differ by
build, and on Windows Server 2022 by update: this is the one from revision 2461 on.
"""

import struct
from dataclasses import dataclass
from typing import Final

from training.forge.windows import handles
from training.forge.windows.layout import ring
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Console
from training.forge.windows.written import Written

HISTORY: Final = 50
"""Lines that a history keeps, and by which readers find it."""
HISTORIES: Final = 4
WIDTH: Final = 120
"""Characters in a line of the screen; longer ones go on in the next."""
LINES: Final = 300
"""Lines of the screen with those that have scrolled out of the window."""
LONGEST: Final = 1023
"""Characters of the longest line that readers take for one."""

_BEFORE: Final = 0x400
_BEHIND: Final = 0x2800
_INLINE: Final = 8
_COMMAND: Final = 0x20
_COMMAND_HISTORY: Final = 0x60
_CELL: Final = 3
_ANY_HANDLE: Final = 0xB4
_STEP: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where a build keeps what, in bytes.

    ``width`` to ``title`` are of the console's information, whose height, and each count, lies behind the member that
    it belongs to. ``rows``, ``capacity`` and ``first`` are of a screen's text, ``row`` and the rest of one of its rows:
    ``apart`` says that rows lie one by one and not in a block.
    """

    width: int
    history_size: int
    history_max: int
    histories: int
    processes: int
    screen: int
    second_screen: int
    title: int
    original: int
    aliases: int | None = None
    rows: int
    capacity: int
    first: int
    row: int
    apart: bool = True
    cells: int
    length: int
    length_again: int
    index: int
    text: int


_LAYOUTS: Final = {
    19041: _Layout(
        width=0x20,
        history_size=0x90,
        history_max=0x94,
        histories=-0x160,
        processes=0x558,
        screen=0x570,
        second_screen=0x718,
        title=0x698,
        original=0x6D8,
        aliases=0x59C,
        rows=0x8,
        capacity=0x20,
        first=0x58,
        row=0x60,
        cells=0x8,
        length=0x40,
        length_again=0x50,
        index=0x48,
        text=0x58,
    ),
    20348: _Layout(
        width=0x18,
        history_size=0x88,
        history_max=0x8C,
        histories=0x23D8,
        processes=0x4F8,
        screen=0x510,
        second_screen=0x690,
        title=0x610,
        original=0x650,
        rows=0x10,
        capacity=0x28,
        first=0x60,
        row=0x60,
        cells=0x8,
        length=0x40,
        length_again=0x50,
        index=0x48,
        text=0x58,
    ),
    22000: _Layout(
        width=0x18,
        history_size=0x88,
        history_max=0x8C,
        histories=-0x398,
        processes=0x4F8,
        screen=0x510,
        second_screen=0x680,
        title=0x650,
        original=0x670,
        rows=0x8,
        capacity=0x6,
        first=0x50,
        row=0x1E0,
        apart=False,
        cells=0x0,
        length=-0x12,
        length_again=0x8,
        index=-0x14,
        text=-0x8,
    ),
}
_ROW_BEFORE: Final = 0x60


def write(machine: Machine) -> dict[int, int]:
    """Write the consoles of the plan's console hosts; returns where the information of each lies, by process number.

    Raises:
        ValueError: the program of a console host has no memory of its own, or too little room for data.
    """
    layout = _LAYOUTS[machine.build.kernel]
    return {
        written.plan.pid: _Host(machine, written, layout).write(written.plan.console)
        for written in machine.processes.values()
        if written.plan.console is not None and written.living
    }


def lines(console: Console) -> list[str]:
    """The last lines of the screen, those that are too long cut where the window ends."""
    shown = []
    for line in console.screen:
        shown += [line[at : at + WIDTH] for at in range(0, len(line), WIDTH)] or [""]
    return shown[-LINES:]


def handle(machine: Machine, written: Written, pid: int) -> int:
    """The handle that a console host has to a process: that of its table, or else the one that it usually has."""
    held = written.plan.handles
    for place, each in zip(handles.numbers(machine, written, len(held)), held, strict=True):
        if each.kind == "Process" and each.pid == pid:
            return place * _STEP
    return _ANY_HANDLE


class _Host:
    """The memory of one console host while it is written."""

    def __init__(self, machine: Machine, written: Written, layout: _Layout) -> None:
        if written.heap is None:
            raise ValueError(f"{written.plan.name} ({written.plan.pid}) has no heap for a console.")
        self.machine = machine
        self.written = written
        self.layout = layout
        self.space = written.space
        self.heap = written.heap

    def write(self, console: Console) -> int:
        """Write all; returns the address of the console's information."""
        layout, client = self.layout, self.machine.process(console.client).plan
        place = self._place()
        screen = self._screen(lines(console))
        for offset, form, value in (
            (layout.width, "<HH", (WIDTH, LINES)),
            (layout.history_size, "<H", (HISTORY,)),
            (layout.history_max, "<H", (HISTORIES,)),
            (layout.histories, "<QH", (self._history(console), 1)),
            (layout.processes, "<QH", (self._processes(client.pid), 1)),
            (layout.screen, "<Q", (screen,)),
            (layout.second_screen, "<Q", (screen,)),
            (layout.title, "<Q", (self.heap.text(console.title),)),
            (layout.original, "<Q", (self.heap.text(client.path),)),
        ):
            self.space.write(place + offset, struct.pack(form, *value))
        if layout.aliases is not None:
            ring(self.space, [place + layout.aliases])
        return place

    def _place(self) -> int:
        """Where the information lies: in the program's data, which is the process's own where it was written to."""
        path = self.written.plan.path
        made = self.machine.images.image(path).portable
        part = made.parts[".data"] if made is not None else None
        if part is None or part.size < _BEFORE + _BEHIND:
            raise ValueError(f"{path} has too little room for the data of a console.")
        start = self.written.image_base + part.rva
        self.space.cover(start, _BEFORE + _BEHIND)
        return start + _BEFORE

    def _history(self, console: Console) -> int:
        """The head of the list of histories, with the one of the client in it."""
        commands = console.commands[-HISTORY:]
        bucket = self.heap.alloc(_COMMAND_HISTORY * HISTORY + _COMMAND)
        for number, command in enumerate(commands):
            self._command(bucket + _COMMAND * number, command)
        client = self.heap.alloc(0x40)
        self.space.write(client + 0x30, struct.pack("<I", console.client))
        head, history = self.heap.alloc(0x10), self.heap.alloc(_COMMAND_HISTORY)
        ring(self.space, [head, history])
        end, last = bucket + _COMMAND * len(commands), bucket + _COMMAND * HISTORY
        self.space.write(history + 0x10, struct.pack("<QQQH", bucket, end, last, HISTORY))
        self._command(history + 0x30, console.application)
        self.space.write(history + 0x50, struct.pack("<QHHh", client, 1, 0, len(commands) - 1))
        return head

    def _command(self, place: int, text: str) -> None:
        """A text as the library of C++ keeps it: short ones in place.

        Raises:
            ValueError: readers would not take it for a line.
        """
        if len(text) > LONGEST:
            raise ValueError(f"A line of a console has {LONGEST} characters at most, not {len(text)}.")
        data = text.encode("utf-16-le")
        if len(text) < _INLINE:
            self.space.write(place, data)
        else:
            self.space.write(place, struct.pack("<Q", self.heap.text(text)))
        self.space.write(place + 0x10, struct.pack("<QQ", len(text), len(text) | _INLINE - 1))

    def _processes(self, pid: int) -> int:
        """The head of the list of processes in the console, with the client in it."""
        process, entry, head = self.heap.alloc(0x40), self.heap.alloc(0x18), self.heap.alloc(0x10)
        thread = next((thread.tid for thread in self.machine.process(pid).plan.threads), 0)
        self.space.write(process + 0x1C, struct.pack("<II", pid, thread))
        self.space.write(process + 0x30, struct.pack("<I", handle(self.machine, self.written, pid)))
        ring(self.space, [head, entry])
        self.space.write(entry + 0x10, struct.pack("<Q", process))
        return head

    def _screen(self, shown: list[str]) -> int:
        layout = self.layout
        text = self.heap.alloc(0x68)
        if layout.apart:
            rows = self.heap.alloc(8 * LINES)
            places = [self.heap.alloc(layout.row) for _ in range(LINES)]
            self.space.write(rows, struct.pack(f"<{LINES}Q", *places))
        else:
            rows = self.heap.alloc(layout.row * LINES + _ROW_BEFORE) + _ROW_BEFORE
            places = [rows + layout.row * number for number in range(LINES)]
        for number, place in enumerate(places):
            line = shown[number] if number < len(shown) else ""
            self._row(place, number, line, text)
        self.space.write(text + layout.rows, struct.pack("<Q", rows))
        self.space.write(text + layout.capacity, struct.pack("<H", LINES))
        screen = self.heap.alloc(0x48)
        self.space.write(screen + 0x38, struct.pack("<Q", text))
        return screen

    def _row(self, place: int, number: int, line: str, text: int) -> None:
        """A row with its cells: a character and its attribute each."""
        layout = self.layout
        units = line.ljust(WIDTH).encode("utf-16-le")
        cells = self.heap.put(b"".join(units[at : at + 2] + b"\0" for at in range(0, 2 * WIDTH, 2)))
        for offset, form, value in (
            (layout.cells, "<Q", cells),
            (layout.length, "<H", WIDTH),
            (layout.length_again, "<H", WIDTH),
            (layout.index, "<H", number),
            (layout.text, "<Q", text),
        ):
            self.space.write(place + offset, struct.pack(form, value))
