"""Code that was overwritten in one process: its page is the process's own from then on."""

from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.written import Written


def write(machine: Machine) -> None:
    """Overwrite code as the plan says.

    Raises:
        KeyError: a place in an image that the process has not mapped.
    """
    for written in machine.processes.values():
        for patch in written.plan.patches:
            place = machine.spot(patch.spot, written)
            for page in range(place & ~(PAGE - 1), place + len(patch.code), PAGE):
                _take(machine, written, page)
            written.space.write(place, patch.code)


def _take(machine: Machine, written: Written, page: int) -> None:
    """Give a process a copy of its own of a page that it shares with others."""
    shared = written.space.frame(page)
    content = machine.physical.read(shared, PAGE) if shared is not None else bytes(PAGE)
    own = written.space.map(page, write=False, execute=True, replace=True)
    machine.physical.write(own, content)
