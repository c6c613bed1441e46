"""Cells of a row, exactly as the JSON renderer of the same Volatility writes them, with what that renderer drops."""

from collections.abc import Callable
from typing import Any

from volatility3.cli import text_renderer
from volatility3.framework import interfaces, renderers
from volatility3.framework.renderers import format_hints

# The JSON renderer turns all four kinds into null (some into 'N/A' or an empty string); each means something else.
ABSENCES: dict[type, str] = {
    renderers.UnreadableValue: "unreadable",
    renderers.UnparsableValue: "unparsable",
    renderers.NotApplicableValue: "not applicable",
    renderers.NotAvailableValue: "not available",
}
TYPES: dict[Any, str] = {
    format_hints.Bin: "bin",
    format_hints.Hex: "hex",
    format_hints.HexBytes: "hexbytes",
    format_hints.MultiTypeData: "multitype",
    renderers.Disassembly: "disassembly",
    renderers.LayerData: "layerdata",
}

Convert = Callable[[Any], Any]


def type_name(column_type: type) -> str:
    """Name of a column type: one of TYPES, or Python's own name (int, str, float, bool, bytes, datetime)."""
    return TYPES.get(column_type, column_type.__name__.lower())


def converters(column_types: list[type]) -> list[Convert]:
    """For each column the function that the JSON renderer applies to its values."""
    known = text_renderer.JsonRenderer._type_renderers  # noqa: SLF001 - equality with the renderer is the whole point
    return [known.get(column_type, known["default"]) for column_type in column_types]


def absence(value: Any) -> str | None:
    """The kind of absence of a value, None for a value that is there."""
    if not isinstance(value, interfaces.renderers.BaseAbsentValue):
        return None
    return next((name for kind, name in ABSENCES.items() if isinstance(value, kind)), "not available")


def cell(convert: Convert, value: Any) -> Any:
    """A value as the JSON renderer gives it."""
    data = convert(value)
    return None if isinstance(data, interfaces.renderers.BaseAbsentValue) else data
