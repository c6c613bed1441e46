"""The kernel's table of system calls, and the entries in it that lead elsewhere."""

from typing import Final

from training.forge.windows.machine import Machine

REACH: Final = 1 << 27
"""How far from the table, in bytes and either way, a routine may lie: an entry has 28 bits for the distance."""


class OutOfReach(ValueError):
    """A routine lies too far from the table for an entry to name it."""


def write(machine: Machine) -> None:
    """Write the table: to each number the distance of its routine, and of those that the plan hooks that of the hook.

    Raises:
        KeyError: the build has no system call of a hook's name.
        OutOfReach: a hook lies too far away.
    """
    build = machine.build
    table = machine.base + build.symbols["KiServiceTable"]
    targets = {number: machine.base + build.symbols[name] for name, number in build.syscalls.items()}
    for hook in machine.plan.hooks:
        target = targets[build.syscalls[hook.function]] = machine.spot(hook.routine)
        if not -REACH <= target - table < REACH:
            raise OutOfReach(f"{hook.function}: {target:#x} is too far from the table at {table:#x}.")
    machine.store("KiServiceTable", *(targets[number] - table << 4 for number in range(len(targets))), form="i")
    machine.store("KiServiceLimit", len(targets), form="I")
