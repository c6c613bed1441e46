"""Which memory an address belongs to: that of a process, of the kernel, or the machine's own."""

from collections.abc import Iterator
from typing import Any

from volatility3.framework.layers import intel
from volatility3.plugins.linux import pidhashtable
from volatility3.plugins.linux import pslist as linux
from volatility3.plugins.windows import pslist as windows

from training.analysis.volatility import construct

PID, ADDRESS, PHYSICAL = "pid", "address", "physical"
"""Names of the options."""


class Nowhere(Exception):
    """There is no such memory, or the number is no address of it; the message says why."""


def physical(exhibit: construct.Exhibit) -> Any:
    """The layer of the machine's physical addresses."""
    layer = exhibit.context.layers[exhibit.layer]
    return exhibit.context.layers[layer.config["memory_layer"]] if isinstance(layer, intel.Intel) else layer


def virtual(exhibit: construct.Exhibit, pid: int | None) -> Any:
    """The layer of a process, or of the kernel where none is named. Raises Nowhere."""
    if exhibit.module is None:
        raise Nowhere(exhibit.unfit)
    kernel = exhibit.context.layers[exhibit.context.modules[exhibit.module].layer_name]
    if not isinstance(kernel, intel.Intel):
        raise Nowhere("only page tables of processors of Intel's kind are known")
    return kernel if pid is None else exhibit.context.layers[_of_process(exhibit, pid)]


def place(layer: Any, address: int) -> int:
    """An address as the layer takes it: without the upper bits that repeat the highest one that counts. Volatility
    prints addresses so, and people type both. Raises Nowhere for a number that no processor takes as an address.
    """
    mask = layer.address_mask
    if address > mask and address != canonical(layer, address & mask):
        top = int(mask).bit_length() - 1
        raise Nowhere(f"{address:#x} is no address: the bits above bit {top} must all be equal to it")
    return address & int(mask)


def canonical(layer: Any, place: int) -> int:
    """The address as the processor takes it, with its upper bits."""
    return int(layer.canonicalize(place)) if isinstance(layer, intel.Intel) else place


def _of_process(exhibit: construct.Exhibit, pid: int) -> str:
    """The name of the layer of a process. Raises Nowhere."""
    found = next((one for one, number in _processes(exhibit) if number == pid), None)
    if found is None:
        raise Nowhere(f"no list of processes has the PID {pid}")
    layer = found.add_process_layer()
    if layer is None:
        raise Nowhere(
            f"process {pid} has no memory of its own: it is a thread of the kernel, or it has ended; "
            "without --pid the address is looked up in the kernel's memory"
        )
    return str(layer)


def _processes(exhibit: construct.Exhibit) -> Iterator[tuple[Any, int]]:
    """Processes with their numbers: those of the list, then on Linux those that only the table of PIDs has."""
    if exhibit.system == "windows":
        for one in windows.PsList.list_processes(exhibit.context, exhibit.module):
            yield one, int(one.UniqueProcessId)
        return
    for one in linux.PsList.list_tasks(exhibit.context, exhibit.module):
        yield one, int(one.tgid)
    for one in construct.plugin(pidhashtable.PIDHashTable, exhibit, {}, None).get_tasks():
        yield one, int(one.tgid)
