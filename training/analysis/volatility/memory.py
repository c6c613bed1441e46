"""Our own assemblies that show memory as it lies: bytes, and the way from an address to them."""

from collections.abc import Callable
from typing import Any

from training.analysis.volatility import construct, region, walk
from training.analysis.volatility.rows import Rows

TOLD: dict[str, Callable[[construct.Exhibit, dict[str, Any], Rows, dict[str, Any]], None]] = {
    region.NAME: region.tell,
    walk.NAME: walk.tell,
}
"""By the name of the assembly what writes its rows; it raises Nowhere where there is no such memory."""
