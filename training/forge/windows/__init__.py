"""Memory images of Windows that are written structure by structure from a plan, for training; none is captured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from mmap import mmap

from training.forge.windows import (
    bigpools,
    breakpoints,
    callbacks,
    console,
    drivers,
    files,
    jobs,
    kernel,
    links,
    network,
    ntfs,
    patches,
    process,
    processors,
    regions,
    registry,
    services,
    shimcache,
    symbols,
    syscalls,
)
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Plan

ROOMS: tuple[Callable[[Machine], object], ...] = (
    kernel.write,
    drivers.write,
    files.write_cached,
    process.open_,
    registry.write,
    services.write,
    shimcache.write,
    ntfs.write,
    network.write,
    console.write,
    callbacks.write,
    syscalls.write,
    links.write,
    jobs.write,
    processors.write,
    breakpoints.write,
    patches.write,
    regions.write,
    process.close,
    bigpools.write,
)
"""What is written, in this order: processes are closed when no room adds to them any more, and the pools last."""


@dataclass(frozen=True, slots=True)
class Forged:
    """What came of a plan.

    Attributes:
        data: the memory of the machine, from address 0.
        symbols: the symbol files that readers need, packed, by the names of their databases.
        machine: where everything lies in it.
    """

    data: mmap
    symbols: dict[str, bytes]
    machine: Machine


def forge(plan: Plan, identities: Mapping[str, symbols.Identity] | None = None) -> Forged:
    """Write the memory of the machine of a plan.

    Args:
        plan: of the machine.
        identities: of symbol databases in place of our own; see `Machine`.

    Raises:
        FullError: the host of the plan has too little memory for it.
        KeyError: the plan names something that it does not have.
    """
    machine = Machine(plan, identities)
    for room in ROOMS:
        with machine.part(room.__module__):
            room(machine)
    machine.close()
    return Forged(machine.physical.data, _symbols(machine), machine)


def _symbols(machine: Machine) -> dict[str, bytes]:
    documents = {
        symbols.KERNEL: symbols.kernel(machine.build, machine.identity(symbols.KERNEL)),
        symbols.TCPIP: symbols.tcpip(machine.build, machine.identity(symbols.TCPIP)),
    }
    return {pdb: symbols.packed(document) for pdb, document in documents.items()}
