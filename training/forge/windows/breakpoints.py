"""Hardware breakpoints: threads whose debug registers stop them at a place in code."""

from typing import Final

from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE

REGISTERS: Final = 4

_RESERVED: Final = 0x400
_STACK: Final = b"KSta"


def write(machine: Machine) -> None:
    """Give each thread with breakpoints a frame on its kernel stack that holds its debug registers.

    Raises:
        ValueError: a thread has more breakpoints than there are registers.
    """
    for written in machine.processes.values():
        for thread, plan in written.threads:
            if not plan.breakpoints:
                continue
            if len(plan.breakpoints) > REGISTERS:
                raise ValueError(
                    f"Thread {plan.tid} has {len(plan.breakpoints)} breakpoints; {REGISTERS} are possible."
                )
            size = machine.build.sizeof("_KTRAP_FRAME")
            stack = machine.nonpaged.alloc(PAGE, _STACK)
            frame = machine.struct("_KTRAP_FRAME", stack + PAGE - size)
            enabled = _RESERVED
            for number, spot in enumerate(plan.breakpoints):
                frame.put(f"Dr{number}", machine.spot(spot, written))
                enabled |= 1 << 2 * number
            frame.set(Dr7=enabled)
            thread.put("Tcb.TrapFrame", frame)
