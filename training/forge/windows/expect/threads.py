"""Threads: where they began, and what looks strange about that."""

from collections.abc import Callable, Iterator

from training.forge.windows.breakpoints import REGISTERS
from training.forge.windows.expect.areas import UNBACKED, UNTOUCHED, path, protection
from training.forge.windows.expect.seen import SYSTEM, listed, low, moment
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.layout import Struct
from training.forge.windows.machine import SYSTEM_RANGE, Machine
from training.forge.windows.plan import Thread
from training.forge.windows.written import Placed, Written

Begun = tuple[Written, Struct, Thread, tuple[int, int]]

_COLUMNS = (
    "Offset",
    "PID",
    "TID",
    "StartAddress",
    "StartPath",
    "Win32StartAddress",
    "Win32StartPath",
    "CreateTime",
    "ExitTime",
)
_ENDED = 4
_FEWEST_AREAS = 5
_RESERVED = 0x400


def threads(machine: Machine) -> Expected:
    """The threads in the rings of the processes in the ring; those that have ended are in none."""
    chosen = [one for each in listed(machine) for one in begun(each) if not one[2].exited]
    return expect(_COLUMNS, map(_row, chosen))


def thrdscan(machine: Machine) -> Expected:
    """All threads whose record is in the pool, those of hidden processes and those that have ended too."""
    return expect(_COLUMNS, (_row(one) for each in machine.processes.values() for one in begun(each)))


def orphans(machine: Machine) -> Expected:
    """Threads of the kernel that began outside every module that is listed."""
    bases = [
        (machine.module_base(module.path.rpartition("\\")[2]), module.size)
        for module in machine.plan.modules
        if module.listed
    ]
    chosen = [
        one
        for each in machine.processes.values()
        if SYSTEM in {each.plan.pid, each.plan.ppid}
        for one in begun(each)
        if not one[2].exited
        and one[3][0] >= SYSTEM_RANGE
        and not any(base <= one[3][0] < base + size for base, size in bases)
    ]
    return expect(_COLUMNS, map(_row, chosen))


def suspended(_: Machine) -> Expected:
    """Threads that are held back: a plan has none."""
    columns = ("Process", "PID", "TID", "Start File", "Start Symbol", "Start Address")
    return expect((*columns, "Win32 Start File", "Win32 Start Symbol", "Win32 Start Address"), ())


def suspicious(machine: Machine) -> Expected:
    """Threads that began where no image is mapped as it should be; an address is looked at once in a process."""
    rows = []
    for each in listed(machine):
        if len(each.areas) < _FEWEST_AREAS or not each.living:
            continue
        program = _area(each, each.image_base)
        checked: set[int] = set()
        for _, _, thread, starts in begun(each):
            if thread.exited or thread.state == _ENDED:
                continue
            for address, context in zip(starts, ("Start", "Win32Start"), strict=True):
                area = _area(each, address)
                if address in checked or area is None:
                    continue
                checked.add(address)
                head = (each.plan.name, each.plan.pid, thread.tid, context, low(address), path(area) or UNBACKED)
                rows += [(*head, note) for note in _notes(area, program)]
    return expect(("Process", "PID", "TID", "Context", "Address", "VAD Path", "Note"), rows)


def debugregisters(machine: Machine) -> Expected:
    """Threads whose debug registers stop them at a place in a mapped file."""
    rows = []
    for each in listed(machine):
        for _, _, thread, _ in begun(each):
            spots = [machine.spot(spot, each) for spot in thread.breakpoints]
            if thread.exited or thread.state == _ENDED or not any(_file(each, spot) for spot in spots):
                continue
            enabled = _RESERVED | sum(1 << 2 * number for number in range(len(spots)))
            places: list[Cell] = []
            for spot in (*spots, *[0] * (REGISTERS - len(spots))):
                places += [low(spot), _file(each, spot)]
            rows.append((each.plan.name, each.plan.pid, thread.tid, thread.state, enabled, *places))
    numbers = range(REGISTERS)
    columns = [name for number in numbers for name in (f"Dr{number}", f"Range{number}")]
    why = {f"Symbol{number}": "the reader's search among the exports of a library" for number in numbers}
    return expect(("Process", "PID", "TID", "State", "Dr7", *columns), rows, left_out=why)


def begun(written: Written) -> Iterator[Begun]:
    """The threads of a process with their objects and the two addresses that each began at."""
    for (made, thread), starts in zip(written.threads, written.starts, strict=True):
        yield written, made, thread, starts


def _row(one: Begun) -> tuple[Cell, ...]:
    written, made, thread, (native, start) = one
    known = written.plan.pid != SYSTEM
    return (
        low(made.address),
        written.plan.pid,
        thread.tid,
        low(native),
        _file(written, native) if known else None,
        low(start),
        _file(written, start) if known else None,
        moment(thread.created),
        moment(thread.exited),
    )


def _area(written: Written, address: int) -> Placed | None:
    return next((area for area in written.areas if area.start <= address <= area.end), None)


def _file(written: Written, address: int) -> str | None:
    area = _area(written, address) if address else None
    return path(area) if area else None


def _notes(area: Placed, program: Placed | None) -> Iterator[str]:
    """What the reader says of a thread that began in an area; the address in the third sentence it forgets."""
    if path(area) is None:
        yield (
            f"This thread started execution in the VAD starting at base address ({area.start:#x}),"
            " which is not backed by a file"
        )
    if protection(area) != UNTOUCHED:
        yield (
            f"VAD at base address ({area.start:#x}) hosting this thread has an unexpected starting"
            f" protection {protection(area)}"
        )
    name, own = (path(area) or UNBACKED).lower(), (path(program) or "").lower() if program else ""
    if own and name.endswith(".exe") and name != own:
        yield (
            "VAD at base address ({vad_base:#x}) hosting this thread maps an application executable"
            " that is not the process executable"
        )


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.threads": threads,
    "windows.thrdscan": thrdscan,
    "windows.orphan_kernel_threads": orphans,
    "windows.suspended_threads": suspended,
    "windows.malware.suspicious_threads": suspicious,
    "windows.debugregisters": debugregisters,
}
