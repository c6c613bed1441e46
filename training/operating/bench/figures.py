"""One figure of a bench, held against its bar."""

from collections.abc import Iterator
from typing import Any

Figures = Iterator[dict[str, Any]]


def figure(
    bench: str, metric: str, value: float, unit: str, bar: float | None, *, least: bool = False
) -> dict[str, Any]:
    """A figure as one line of JSON; `bar` is the most that it may be, or with `least` the least that it must be."""
    met = bar is None or (value >= bar if least else value <= bar)
    return {"bench": bench, "metric": metric, "value": value, "unit": unit, "bar": bar, "ok": met}
