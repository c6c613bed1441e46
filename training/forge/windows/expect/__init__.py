"""What stock readers must show of a machine: rows per plugin, from its plan and from where the writer put things.

Never from the image. Where the reader (volatility3 2.28.2) is wrong, the rows say what it shows, and why.
"""

from collections.abc import Callable

from training.forge.windows.expect import (
    accounts,
    areas,
    code,
    console,
    images,
    kernel,
    modules,
    network,
    processes,
    registry,
    services,
    threads,
    traces,
)
from training.forge.windows.expect.table import Difference, Expected, compare
from training.forge.windows.machine import Machine

__all__ = ["PLUGINS", "Difference", "Expected", "compare"]

PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    **processes.PLUGINS,
    **threads.PLUGINS,
    **areas.PLUGINS,
    **images.PLUGINS,
    **modules.PLUGINS,
    **kernel.PLUGINS,
    **network.PLUGINS,
    **registry.PLUGINS,
    **accounts.PLUGINS,
    **services.PLUGINS,
    **traces.PLUGINS,
    **console.PLUGINS,
    **code.PLUGINS,
}
"""Each plugin with the function that tells its rows."""
