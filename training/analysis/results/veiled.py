"""A result as it is shown to people: cells of secret columns are masked, and nothing can be asked of what they hold.

A mark such as `••••-7Q2KX4` stands for a value. It is made of a keyed digest, so that equal values of one exhibit have
equal marks, unequal ones unequal marks, and a guess can't be tried against it without the key. Which columns are
secret, and which well-known constants in them are none, the plugin's card says.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from training.analysis.cards import Column
from training.analysis.results.form import ResultRow
from training.analysis.results.passing import Passing
from training.analysis.results.query import ALL, Filter, Query
from training.analysis.results.result import Result
from training.errors import Refused
from training.sentence import phrase

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two signs that nobody takes for one another: no I, L, O, U (Crockford's base 32)."""
SIGNS = 6
"""Signs of a mark, five bits each: among a thousand secrets of an exhibit two would share one once in two thousand."""
DOTS = "••••-"
TOLD = frozenset({"absent", "present"})
"""Comparisons that a masked column answers: whether there is a value is no secret."""


class Mark(str):
    """What stands in a masked cell instead of its value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Veil:
    """What is masked: columns by name with the constants in them that stay readable, and the key of the marks."""

    columns: Mapping[str, Sequence[str]]
    key: bytes

    def cell(self, column: str, value: Any) -> Any:
        """A cell of a column as it is shown; what holds nothing stays as it is."""
        constants = self.columns.get(column)
        if constants is None or value in (None, "") or value in constants:
            return value
        made = hmac.digest(self.key, json.dumps(value).encode(), hashlib.sha256)
        number = int.from_bytes(made[:8], "big")
        return Mark(DOTS + "".join(ALPHABET[number >> 5 * place & 31] for place in range(SIGNS)))


def key_of(secret: str, exhibit: str) -> bytes:
    """The key of the marks of an exhibit, by the secret of the installation and the SHA-256 of the exhibit: marks of
    two exhibits can't be compared, unless one key is used for both.
    """
    return hmac.digest(secret.encode(), b"masked values of " + exhibit.encode(), hashlib.sha256)


class Veiled(Result):
    """A result behind a veil. Its rows, values and exports are masked; a filter or an order by a secret column is
    refused, and a search in all columns leaves the secret ones out.
    """

    def __init__(self, result: Result, veil: Veil) -> None:
        super().__init__(result.file, result.columns, result.rows)
        self._veil = veil
        self._secret = frozenset(i for i, one in enumerate(self.columns) if one.name in veil.columns)
        # marks are texts, whatever the values were
        self.columns = tuple(replace(one, type="str") if i in self._secret else one for i, one in self._numbered)

    @property
    def _numbered(self) -> list[tuple[int, Column]]:
        return list(enumerate(self.columns))

    def page(
        self,
        query: Query | None = None,
        *,
        where: Filter | None = None,
        sort: str | None = None,
        descending: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> list[ResultRow]:
        """See `Result`."""
        found = super().page(query, where=where, sort=sort, descending=descending, offset=offset, limit=limit)
        return [self._seen(row) for row in found]

    def select(self, query: Query = ALL, chunk: int = 500) -> Iterator[ResultRow]:
        """See `Result`."""
        return map(self._seen, super().select(query, chunk))

    def row(self, n: int) -> ResultRow:
        """See `Result`."""
        return self._seen(super().row(n))

    def __iter__(self) -> Iterator[ResultRow]:
        return map(self._seen, super().__iter__())

    def values(self, column: str) -> Iterator[tuple[int, Any]]:
        """See `Result`."""
        for n, value in super().values(column):
            yield n, self._veil.cell(column, value)

    def _seen(self, row: ResultRow) -> ResultRow:
        cells = [
            self._veil.cell(column.name, cell) if i in self._secret and i not in row.absent else cell
            for (i, column), cell in zip(self._numbered, row.cells, strict=True)
        ]
        return replace(row, cells=tuple(cells))

    def _look(self, query: Query) -> Sequence[int] | Passing:
        named = [query.sort, *(one.column for one in query.filters if one.operator not in TOLD and not one.idle)]
        for name in named:
            if name is not None and name in self._veil.columns:
                raise Refused(
                    phrase(
                        "%(column)s holds secrets, which are masked: rows can't be filtered or sorted by it. Whether "
                        "there is a value can be asked.",
                        column=name,
                    ),
                    field="column",
                )
        return super()._look(query)

    def _among(self, one: Filter) -> Sequence[int]:
        if one.column is not None or one.operator in TOLD:
            return super()._among(one)
        return [i for i in range(len(self.columns)) if i not in self._secret]
