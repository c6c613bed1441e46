"""A result as a view uses it: opened, with what must be known of its run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from training.analysis.results import Result, ResultRow

MOST_ROWS = 20_000
"""Rows of one result that a view reads; what goes beyond is treated as a result that was cut off."""

# Options that add to what a plugin lists or change how a cell looks. Any other one leaves things out.
HARMLESS = frozenset({"threads", "decorate-comm", "dump", "physical", "plain-taints"})


@dataclass(frozen=True, slots=True)
class Material:
    """An opened result. `complete` is whether its run was, `options` are those of the run; `run` is whatever the caller
    knows the run by, and is handed through.
    """

    plugin: str
    result: Result
    complete: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    run: Any = None

    @property
    def whole(self) -> bool:
        """Whether what is not in it was not there to be listed: complete, not narrowed by options, not too long."""
        narrowed = any(value and name not in HARMLESS for name, value in self.options.items())
        return self.complete and not narrowed and self.result.rows <= MOST_ROWS

    def rows(self) -> Iterator[ResultRow]:
        """Its rows in the order of the run, as far as views read them."""
        return islice(iter(self.result), MOST_ROWS)

    def columns(self) -> dict[str, int]:
        """Index of each column by name."""
        return {column.name: i for i, column in reversed(list(enumerate(self.result.columns)))}


def best(materials: Sequence[Material], plugin: str) -> Material | None:
    """Of the results of a plugin the one to compare with: a whole one where there is one, of those the last."""
    found = [one for one in materials if one.plugin == plugin]
    return next((one for one in reversed(found) if one.whole), found[-1] if found else None)
