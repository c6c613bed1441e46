"""Threads: their objects, their blocks in the memory of the program, their stacks, the rings in which they stand."""

import struct
from typing import Final

from training.forge.windows.areas import place
from training.forge.windows.layout import Struct, ring
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Thread
from training.forge.windows.stencil import Stencil
from training.forge.windows.written import Placed, Written

TEB_SIZE: Final = 0x2000
"""From one thread's block to the next."""

_OBJECT: Final = 6
_ENDED: Final = 4
_STACK: Final = 0x80000
_WIDE_STACK: Final = 0x100000
_STARTER: Final = 0x52680
_TOUCHED: Final = 4
_FRAME: Final = 0x28
_MEMBERS: Final = (
    "StartAddress",
    "Win32StartAddress",
    "Tcb.Header.Type",
    "Tcb.Process",
    "Tcb.State",
    "Tcb.WaitReason",
    "Tcb.Teb",
    "Cid.UniqueProcess",
    "Cid.UniqueThread",
    "CreateTime.QuadPart",
    "ExitTime.QuadPart",
)


def write(machine: Machine, written: Written) -> None:
    """Write the threads of a process, and link those that have not ended into its rings."""
    stencil, living = Stencil(machine.build, "_ETHREAD", *_MEMBERS), []
    for number, thread in enumerate(written.plan.threads):
        address = native(machine, written, thread), machine.spot(thread.start, written)
        teb = _block(machine, written, number, thread, address[1]) if written.peb and not thread.exited else 0
        made = _object(machine, written, stencil, thread, address, teb)
        written.threads.append((made, thread))
        written.starts.append(address)
        if not thread.exited:
            living.append(made)
    link(written, living)


def link(written: Written, living: list[Struct]) -> None:
    """Link threads into the two rings of their process; without any, both heads point to themselves."""
    process = written.struct
    ring(process.space, [process.at("ThreadListHead"), *(each.at("ThreadListEntry") for each in living)])
    ring(process.space, [process.at("Pcb.ThreadListHead"), *(each.at("Tcb.ThreadListEntry") for each in living)])
    process.set(ActiveThreads=len(living))


def native(machine: Machine, written: Written, thread: Thread) -> int:
    """Where the kernel started a thread: where the plan says, else in ntdll.dll, which then calls the program's."""
    if thread.native is not None:
        return machine.spot(thread.native, written)
    if written.peb and (base := written.bases.get("ntdll.dll")):
        size = next(each.size for each in written.areas if each.start == base)
        return base + min(_STARTER, size // 2)
    return machine.spot(thread.start, written)


def stack_size(path: str) -> int:
    """Bytes of a thread's stack; programs of Windows itself ask for less than others."""
    return _STACK if path.lower().startswith("c:\\windows\\") else _WIDE_STACK


def _object(
    machine: Machine, written: Written, stencil: Stencil, thread: Thread, address: tuple[int, int], teb: int
) -> Struct:
    made = machine.object("Thread", "_ETHREAD")
    state = _ENDED if thread.exited else thread.state
    machine.kernel.write(
        made.address,
        stencil.fill(
            *address,
            _OBJECT,
            written.address,
            state,
            thread.wait_reason,
            teb,
            written.plan.pid,
            thread.tid,
            thread.created,
            thread.exited,
        ),
    )
    if thread.exited:
        ring(made.space, [made.at("ThreadListEntry")])
        ring(made.space, [made.at("Tcb.ThreadListEntry")])
    return made


def _block(machine: Machine, written: Written, number: int, thread: Thread, start: int) -> int:
    """The block of a thread behind the program's own, and its stack with the routine it began with; its address."""
    teb = written.peb + PAGE + number * TEB_SIZE
    size = stack_size(written.plan.path)
    base = written.stacks + number * size
    top = base + size
    space = written.space
    space.reserve(teb, 1)
    block = machine.struct("_TEB", teb, space).set(ProcessEnvironmentBlock=written.peb)
    block.put("NtTib.Self", teb).put("NtTib.StackBase", top).put("NtTib.StackLimit", top - _TOUCHED * PAGE)
    block.put("ClientId.UniqueProcess", written.plan.pid).put("ClientId.UniqueThread", thread.tid)
    space.reserve(top - PAGE, 1)
    space.write(top - _FRAME, struct.pack("<Q", start))
    place(written, Placed(start=base, size=size, protection="READWRITE", commit=_TOUCHED + number * 5 % 9))
    return teb
