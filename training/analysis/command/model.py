"""A command as it was understood: what to run, and apart from that what to show of it."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.analysis.cards import Cards, Value

ADDRESS = "address"
"""The option whose number is an address: it is written in hexadecimal."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """One `--filters` of vol: rows whose cell, as text, holds `text` (or matches it, with `regex`), case-sensitive.

    `column` is a column's full name, or None for any cell of the row; `exclude` keeps the other rows instead.
    """

    text: str
    column: str | None = None
    exclude: bool = False
    regex: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What of the rows is shown. The run itself always keeps all rows and columns.

    As in vol a row is shown when at least one of the `filters` keeps it. `hidden` and `shown` are full names of columns
    (`shown` in the order asked for; empty: all); `renderer` is vol's name of an output format, None where none was
    named.
    """

    filters: tuple[RowFilter, ...] = ()
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    renderer: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One plugin with one set of options, in one canonical form: equal commands ask for the same run.

    `options` is sorted by name and leaves out what equals the default. `notes` are sentences for the trainee about what
    was ignored or renamed, and `view` is what was asked to be shown; neither counts in comparisons, since the run is
    shared.
    """

    plugin: str
    options: tuple[tuple[str, Value], ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    view: View = field(default=View(), compare=False)

    @property
    def text(self) -> str:
        """The command as one would type it; parsing it gives an equal command."""
        return " ".join([self.plugin, *(word for option in self.options for word in _typed(*option))])

    def as_json(self) -> dict[str, Any]:
        """The options as they are stored and sent."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self.options}

    @classmethod
    def of(cls, plugin: str, options: Mapping[str, Any]) -> "Command":
        """The inverse of `as_json`."""
        return cls(plugin, tuple(sorted((k, tuple(v) if isinstance(v, list) else v) for k, v in options.items())))

    def writes_files(self, cards: Cards) -> bool:
        """Whether the run writes files out of the image (`--dump`). Raises NotThere for a plugin without a card."""
        return cards.get(self.plugin).writes_files(self.as_json())


def _typed(name: str, value: Value) -> Iterator[str]:
    """The words of one option."""
    values = value if isinstance(value, tuple) else () if value is True else (value,)
    parts = [hex(part) if name == ADDRESS and isinstance(part, int) else str(part) for part in values]
    if len(parts) == 1 and parts[0].startswith("-"):  # or it would be read as an option
        yield shlex.quote(f"--{name}={parts[0]}")
        return
    yield f"--{name}"
    yield from map(shlex.quote, parts)
