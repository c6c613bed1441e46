"""Memory images of Windows that are written structure by structure from a plan, for training; none is captured."""

from collections.abc import Mapping
from dataclasses import dataclass
from mmap import mmap

from training.forge.windows import (
    bigpools,
    breakpoints,
    callbacks,
    console,
    drivers,
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
        MemoryFullError: the host of the plan has too little memory for it.
        KeyError: the plan names something that it does not have.
    """
    machine = Machine(plan, identities)
    kernel.write(machine)
    drivers.write(machine)
    machine.images.write_cached()
    process.open_(machine)
    registry.write(machine)
    services.write(machine)
    shimcache.write(machine)
    ntfs.write(machine)
    network.write(machine)
    console.write(machine)
    callbacks.write(machine)
    syscalls.write(machine)
    links.write(machine)
    jobs.write(machine)
    processors.write(machine)
    breakpoints.write(machine)
    patches.write(machine)
    regions.write(machine)
    process.close(machine)
    bigpools.write(machine)
    machine.close()
    return Forged(machine.physical.data, _symbols(machine), machine)


def _symbols(machine: Machine) -> dict[str, bytes]:
    documents = {
        symbols.KERNEL: symbols.kernel(machine.build, machine.identity(symbols.KERNEL)),
        symbols.TCPIP: symbols.tcpip(machine.build, machine.identity(symbols.TCPIP)),
    }
    return {pdb: symbols.packed(document) for pdb, document in documents.items()}
