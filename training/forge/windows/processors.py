"""The control region of each processor, with the timers that wait in its table."""

from typing import Final

from training.forge.windows.layout import Struct, ring
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Timer

HALVES: Final = 2
LISTS: Final = 256
"""Lists of timers in each half of the table of a processor."""

_VERSION: Final = 1
_NOTIFICATION: Final = 8
_DPC: Final = 0x13
_MEDIUM: Final = 1
_HAND: Final = 18
_MASK: Final = (1 << 64) - 1


def write(machine: Machine) -> list[Struct]:
    """Write the control regions, and the timers of the plan into their tables; returns the regions (``_KPCR``)."""
    draw = machine.random("processors")
    keys = draw.getrandbits(64), draw.getrandbits(64)
    machine.store("KiWaitNever", keys[0])
    machine.store("KiWaitAlways", keys[1])
    count = machine.plan.host.processors
    timers: dict[tuple[int, int], list[int]] = {}
    for timer in machine.plan.timers:
        timers.setdefault((draw.randrange(count), timer.due >> _HAND & LISTS - 1), []).append(
            _timer(machine, timer, keys)
        )
    regions = [_region(machine, number, timers) for number in range(count)]
    machine.store("KiProcessorBlock", *(each.at("Prcb") for each in regions))
    return regions


def encoded(dpc: int, timer: int, never: int, always: int) -> int:
    """A timer's pointer to its deferred call as the kernel keeps it, against those who would put in one of their own.

    It is mixed with two secrets of the machine and the address of the timer, its bytes are turned round, and it is
    rotated by the low byte of the first secret.
    """
    mixed = int.from_bytes((dpc ^ always).to_bytes(8, "little"), "big") ^ timer
    turn = never & 63
    return ((mixed >> turn | mixed << 64 - turn) & _MASK) ^ never


def _timer(machine: Machine, timer: Timer, keys: tuple[int, int]) -> int:
    """Write a timer with its deferred call; returns the address of the entry that links it into a list."""
    build = machine.build
    made = machine.new("_KTIMER", b"KTim", extra=build.sizeof("_KDPC"))
    call = machine.struct("_KDPC", made.address + made.size)
    call.set(Type=_DPC, Importance=_MEDIUM, DeferredRoutine=machine.spot(timer.routine))
    made.put("Header.Type", _NOTIFICATION)
    made.put("DueTime.QuadPart", timer.due)
    made.set(Period=timer.period, Dpc=encoded(call.address, made.address, *keys))
    return made.at("TimerListEntry")


def _region(machine: Machine, number: int, timers: dict[tuple[int, int], list[int]]) -> Struct:
    region = machine.new("_KPCR", b"Kpcr")
    region.set(Self=region, CurrentPrcb=region.at("Prcb"), MajorVersion=_VERSION, MinorVersion=_VERSION)
    region.put("Prcb.Number", number)
    for half in range(HALVES):
        for place in range(LISTS):
            waiting = timers.get((number, place), []) if not half else []
            ring(machine.kernel, [region.at(f"Prcb.TimerTable.TimerEntries[{half}][{place}].Entry"), *waiting])
    return region
