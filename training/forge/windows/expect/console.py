"""What console hosts keep: the lines that were typed, and the screen."""

from collections.abc import Callable, Iterator

from training.forge.windows.console import HISTORIES, HISTORY, LINES, WIDTH, handle, lines
from training.forge.windows.expect.seen import listed
from training.forge.windows.expect.table import DEPTH, Cell, Expected, expect
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Console
from training.forge.windows.written import Written

_COLUMNS = (DEPTH, "PID", "Process", "Property", "Data")
_WHY = "an address in the memory of the console host, where the writer puts one thing behind the other"
_LEFT_OUT = {"ConsoleInfo": _WHY, "Address": _WHY}
_HISTORY = "_COMMAND_HISTORY"
_INFORMATION = "_CONSOLE_INFORMATION"


def cmdscan(machine: Machine) -> Expected:
    """The histories of lines."""
    rows = [
        (depth, each.plan.pid, each.plan.name, name, data)
        for each, console in _hosts(machine)
        for depth, name, data in _history(console)
    ]
    return expect(_COLUMNS, rows, left_out=_LEFT_OUT)


def consoles(machine: Machine) -> Expected:
    """Consoles whole, with the screen as it was. Here, and not in `cmdscan`, the reader takes a count of 0 for none."""
    rows = [
        (depth, each.plan.pid, each.plan.name, name, data)
        for each, console in _hosts(machine)
        for depth, name, data in _console(machine, each, console)
    ]
    return expect(_COLUMNS, rows, left_out=_LEFT_OUT)


def _hosts(machine: Machine) -> Iterator[tuple[Written, Console]]:
    for each in listed(machine):
        if each.plan.console is not None and each.living:
            yield each, each.plan.console


def _history(console: Console) -> Iterator[tuple[Cell, ...]]:
    commands = console.commands[-HISTORY:]
    yield 0, _HISTORY, "None"
    yield 1, f"{_HISTORY}.Application", console.application
    yield 1, f"{_HISTORY}.ProcessHandle", hex(console.client)
    yield 1, f"{_HISTORY}.CommandCount", str(len(commands))
    yield 1, f"{_HISTORY}.LastDisplayed", str(len(commands) - 1)
    yield 1, f"{_HISTORY}.CommandCountMax", str(HISTORY)
    yield 1, f"{_HISTORY}.CommandBucket", ""
    for number, command in enumerate(commands):
        yield 2, f"{_HISTORY}.CommandBucket_Command_{number}", command


def _console(machine: Machine, host: Written, console: Console) -> Iterator[tuple[Cell, ...]]:
    client = machine.process(console.client).plan
    yield 0, _INFORMATION, None
    for name, data in (
        ("ScreenX", WIDTH),
        ("ScreenY", LINES),
        ("CommandHistorySize", HISTORY),
        ("HistoryBufferCount", 1),
        ("HistoryBufferMax", HISTORIES),
        ("Title", console.title),
        ("OriginalTitle", client.path),
        ("ProcessCount", 1),
    ):
        yield 1, f"{_INFORMATION}.{name}", str(data)
    process = f"{_INFORMATION}.ConsoleProcessList.ConsoleProcess_0"
    yield 1, f"{_INFORMATION}.ConsoleProcessList", None
    yield 2, process, None
    yield 2, f"{process}_ProcessId", str(console.client)
    yield 2, f"{process}_ProcessHandle", hex(handle(machine, host, console.client))
    yield 1, f"{_INFORMATION}.ExeAliasList", None
    yield from _typed(console)
    screen = f"{_INFORMATION}.ScreenBuffer_0"
    yield 1, f"{_INFORMATION}.CurrentScreenBuffer", None
    yield 2, screen, None
    yield 2, f"{screen}.ScreenX", str(WIDTH)
    yield 2, f"{screen}.ScreenY", str(LINES)
    yield 2, f"{screen}.Dump", "\n".join(line.rstrip() for line in lines(console))


def _typed(console: Console) -> Iterator[tuple[Cell, ...]]:
    commands = console.commands[-HISTORY:]
    history = f"{_INFORMATION}.HistoryList.CommandHistory_0"
    yield 1, f"{_INFORMATION}.HistoryList", None
    yield 2, history, None
    yield 2, f"{history}_Application", console.application
    yield 2, f"{history}_ProcessHandle", hex(console.client)
    yield 2, f"{history}_CommandCount", str(len(commands)) if commands else None
    yield 2, f"{history}_LastDisplayed", str(len(commands) - 1)
    for number, command in enumerate(commands):
        yield 3, f"{history}_Command_{number}", command


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.cmdscan": cmdscan,
    "windows.consoles": consoles,
}
