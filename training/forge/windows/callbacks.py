"""Routines that drivers have registered with the kernel: for processes, threads, images, the registry, bug checks.

The layouts are those of the public headers (``wdm.h`` for bug checks) and, where there are none, those that
volatility3 2.28.2 reads. It reads the name of a component of a bug check wrongly, and prints none.
"""

from typing import Final

from training.forge.windows.layout import ring
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Callback

NOTIFY: Final = {
    "process": "PspCreateProcessNotifyRoutine",
    "thread": "PspCreateThreadNotifyRoutine",
    "image": "PspLoadImageNotifyRoutine",
}
"""The array of each kind of notification."""
SLOTS: Final = 64
"""Places in such an array."""

_BUGCHECK: Final = {"bugcheck": "KeBugCheckCallbackListHead", "reason": "KeBugCheckReasonCallbackListHead"}
_COMPONENT: Final = {"bugcheck": 0x28, "reason": 0x18}
_REASON: Final = 0x28
_SECONDARY_DATA: Final = 2
_STATE: Final = {"bugcheck": 0x38, "reason": 0x2C}
_INSERTED: Final = 1
_RECORD: Final = 0x40
_FAST: Final = 0xF
_READABLE: Final = 64


def write(machine: Machine) -> None:
    """Register the callbacks of the plan.

    Raises:
        KeyError: a kind or a module that there is not.
        ValueError: more of one kind than there are places.
    """
    kinds: dict[str, list[Callback]] = {kind: [] for kind in (*NOTIFY, *_BUGCHECK, "registry", "filesystem")}
    for each in machine.plan.callbacks:
        kinds[each.kind].append(each)
    for kind, name in NOTIFY.items():
        _notify(machine, name, kinds[kind])
    for kind in _BUGCHECK:
        _bugcheck(machine, kind, kinds[kind])
    _registry(machine, kinds["registry"])
    _filesystem(machine, kinds["filesystem"])


def routine(machine: Machine, callback: Callback) -> int:
    """The address of a callback's routine, with a page of code behind it: readers look whether it can be read."""
    place = machine.spot(callback.routine)
    return machine.kernel.cover(place, _READABLE, write=False, execute=True)


def _notify(machine: Machine, name: str, callbacks: list[Callback]) -> None:
    if len(callbacks) > SLOTS:
        raise ValueError(f"{name} has {SLOTS} places, not {len(callbacks)}.")
    references = []
    for each in callbacks:
        block = machine.nonpaged.alloc(0x18, b"Cbrb")
        _put(machine, block + 8, routine(machine, each))
        references.append(block | _FAST)
    machine.store(name, *references, *[0] * (SLOTS - len(references)))


def _bugcheck(machine: Machine, kind: str, callbacks: list[Callback]) -> None:
    heads = [machine.symbol(_BUGCHECK[kind], _RECORD)]
    for each in callbacks:
        name = each.routine.image.rpartition(".")[0].encode() + b"\0"
        component = machine.nonpaged.alloc(len(name), b"KbCn")
        machine.kernel.write(component, name)
        record = machine.nonpaged.alloc(_RECORD, b"KbCb")
        _put(machine, record + 0x10, routine(machine, each))
        _put(machine, record + _COMPONENT[kind], component)
        if kind == "reason":
            machine.kernel.write(record + _REASON, _SECONDARY_DATA.to_bytes(4, "little"))
        machine.kernel.write(record + _STATE[kind], bytes([_INSERTED]))
        heads.append(record)
    ring(machine.kernel, heads)


def _registry(machine: Machine, callbacks: list[Callback]) -> None:
    draw = machine.random("registry callbacks")
    cookie = machine.plan.host.booted
    heads = [machine.symbol("CallbackListHead", 16)]
    for each in sorted(callbacks, key=lambda callback: float(callback.altitude)):
        entry = machine.paged.alloc(0x50, b"CMcb")
        cookie += draw.randrange(10**5, 10**7)
        _put(machine, entry + 0x18, cookie)
        _put(machine, entry + 0x28, routine(machine, each))
        machine.string(entry + 0x30, each.altitude)
        heads.append(entry)
    ring(machine.kernel, heads)
    machine.store("CmpCallBackCount", len(callbacks), form="I")


def _filesystem(machine: Machine, callbacks: list[Callback]) -> None:
    """Packets of those who want to hear of new file systems, in a list of their own."""
    packets = []
    for each in callbacks:
        packet = machine.nonpaged.alloc(0x30, b"IoFs")
        _put(machine, packet + 0x18, routine(machine, each))
        packets.append(packet)
    if packets:
        ring(machine.kernel, packets)


def _put(machine: Machine, place: int, value: int) -> None:
    machine.kernel.write(place, value.to_bytes(8, "little"))
