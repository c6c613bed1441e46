"""What a result file holds, and how a cell is stored in it.

An SQLite file per run, written once, then only read. Table `rows`: n, depth, parent, absent (JSON: kind of absence by
index of the column), and for each plugin column i a value `c<i>` and a text `t<i>`, the latter only where what the page
shows differs from the value. Numbers above 2^63-1 (kernel addresses) don't fit SQLite's integers; they are stored as
text of 20 digits, which sorts after all numbers and among itself in the right order.

Long results also hold aids to look things up quickly (module aids). Format 1 had none, and is still read: what is
missing is worked out while reading, which takes longer.
"""

from dataclasses import dataclass
from typing import Any

from training.analysis.cards import Column
from training.analysis.render import cell

FORMAT = 2
READABLE = frozenset({1, 2})
LARGEST = 2**63 - 1
DIGITS = 20
NUMBERS = frozenset({"int", "hex", "bin"})

SCHEMA = """
CREATE TABLE about (format INTEGER NOT NULL, columns TEXT NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE rows (n INTEGER PRIMARY KEY, depth INTEGER NOT NULL, parent INTEGER, absent TEXT, {cells});
"""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row. `cells` are as in `vol -r json`; `absent` gives the kind of absence by index of the column."""

    n: int
    depth: int
    parent: int | None
    cells: tuple[Any, ...]
    absent: dict[int, str]

    def shown(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        """The cells as the page shows them."""
        return tuple(
            cell(value, column.type, self.absent.get(i))
            for i, (value, column) in enumerate(zip(self.cells, columns, strict=True))
        )


def pack(value: Any) -> Any:
    """A cell as it is stored."""
    return f"{value:0{DIGITS}d}" if isinstance(value, int) and value > LARGEST else value


def unpack(value: Any, kind: str) -> Any:
    """A stored cell as it was."""
    if kind == "bool" and isinstance(value, int):
        return bool(value)
    if kind in NUMBERS and isinstance(value, str) and len(value) == DIGITS and value.isdecimal() and value.isascii():
        return int(value)
    return value


def shown(value: Any, text: str | None, kind: str) -> str:
    """What the page shows for a stored cell; `text` is the text stored beside it."""
    if text is not None:
        return text
    return value if isinstance(value, str) else str(unpack(value, kind))
