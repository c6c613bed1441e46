"""A page of a result, as values: which rows and columns, what they mean, what can't be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from training.analysis import cards as plugin_cards
from training.analysis.cards import Card, Cards, Column
from training.analysis.models import Run, State
from training.analysis.render import ABSENCES
from training.analysis.results import Mark, Query, Result, ResultRow
from training.errors import DomainError, Refused
from training.labs import widths
from training.labs.models import Citation
from training.labs.service.notebook import OpenResult
from training.labs.spot import Spot

PAGE, CELLS = 20, 180
"""Rows on a page, and cells at most: a result that is brought in place stays below 20 KiB, a first view below 100."""

NUMBERS = frozenset({"int", "float"})
OF_PROCESS = "PID"
"""The column whose numbers lead to the page of that process."""

Cited = Mapping[int | None, Citation]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: its place in the run, its name and type, what it means, whether it is shown.

    `least` is the width in characters below which it does not become narrower, see `widths`; nothing can be sorted by
    a `secret` one.
    """

    index: int
    name: str
    type: str
    means: str
    shown: bool
    secret: bool = False
    least: int = widths.NARROWEST

    @property
    def parts(self) -> list[str]:
        """Its name in parts between which a line may break."""
        return widths.parts(self.name)

    @property
    def is_number(self) -> bool:
        """Whether its cells line up at their end. Addresses don't: they are broken where they have no room."""
        return self.type in NUMBERS

    @property
    def of_process(self) -> bool:
        """Whether its numbers are those of processes."""
        return self.name == OF_PROCESS and self.type == "int"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: its number in the run, its depth in a tree, the texts of the columns shown, its citation.

    `absent` are the places (among the columns shown) of cells without a value.
    """

    n: int
    depth: int
    cells: tuple[str, ...]
    absent: frozenset[int]
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Table:
    """A page of a result. `matching` rows pass the filters, of `total` in all; `first` counts from 1.

    `every` are all columns of the run, `columns` those that are shown; `fault` says what is wrong with a filter, and
    then no row is shown; `absences` explain the kinds of absence on this page; `masked` says that it has masked cells,
    `lifted` that these show their values.
    """

    every: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    total: int
    rows: tuple[Row, ...] = ()
    matching: int = 0
    page: int = 1
    pages: int = 1
    fault: str | None = None
    absences: tuple[tuple[str, str], ...] = ()
    masked: bool = False
    lifted: bool = False

    @property
    def first(self) -> int:
        """Place of the first row shown among those that match."""
        return (self.page - 1) * size_of(self.every) + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Place of the last row shown."""
        return self.first + len(self.rows) - 1 if self.rows else 0


def size_of(columns: Sequence[object]) -> int:
    """Rows on a page of a result with these columns, shown or not, so that hiding one moves no row."""
    return max(10, min(PAGE, CELLS // len(columns)))


def of(
    run: Run, spot: Spot, cited: Cited, open_result: OpenResult, lifted: OpenResult | None = None
) -> tuple[Table | None, str | None]:
    """The page of a run at a spot, or why there is none; neither for a run without a result. With `lifted`, which opens
    a result as it is, the rows of the page show the values that are masked otherwise.
    """
    if run.state not in {State.COMPLETE, State.PARTIAL}:
        return None, None
    try:
        with open_result(run) as result:
            table = _table(run, result, spot, cited)
        return (_lifted(run, table, lifted) if lifted and table.masked else table), None
    except DomainError as bad:
        return None, bad.message


def headings(run: Run, columns: tuple[Column, ...], spot: Spot) -> tuple[Heading, ...]:
    """All columns of a run, with what they mean and whether the spot shows them."""
    cards, card = _card(run)
    made = []
    for index, column in enumerate(columns):
        shown = column.name not in spot.hide and (not spot.show or column.name in spot.show)
        means, secret = (cards.meaning_of(card, column.name), column.name in card.secret) if card else ("", False)
        made.append(Heading(index, column.name, column.type, means, shown, secret))
    return tuple(made) if any(one.shown for one in made) else tuple(replace(one, shown=True) for one in made)


def in_order(every: tuple[Heading, ...], spot: Spot) -> tuple[Heading, ...]:
    """The columns that are shown, in the order that was asked for."""
    place = {name: index for index, name in enumerate(spot.show)}
    return tuple(sorted((one for one in every if one.shown), key=lambda one: place.get(one.name, len(place))))


def _table(run: Run, result: Result, spot: Spot, cited: Cited) -> Table:
    every = headings(run, result.columns, spot)
    table = Table(every, in_order(every, spot), result.rows)
    known = {one.name for one in every}
    query = spot.query if spot.sort in known else spot.at(sort="").query
    try:
        return _page(run, result, table, query, spot.page, cited)
    except Refused as bad:
        return replace(table, fault=bad.message)


def _page(run: Run, result: Result, table: Table, query: Query, page: int, cited: Cited) -> Table:
    matching = result.count(query)
    size = size_of(table.every)
    pages = max(1, -(-matching // size))
    page = min(max(1, page), pages)
    found = result.page(query, offset=(page - 1) * size, limit=size)
    rows = tuple(_row(one, result, table.columns, cited) for one in found)
    kinds = {one.absent[column.index] for one in found for column in table.columns if column.index in one.absent}
    absences = tuple(_absences(run, kinds))
    fit = widths.least([one.name for one in table.columns], [row.cells for row in rows])
    columns = tuple(replace(one, least=width) for one, width in zip(table.columns, fit, strict=True))
    masked = any(isinstance(one.cells[column.index], Mark) for one in found for column in columns)
    table = replace(table, masked=masked)
    return replace(table, columns=columns, rows=rows, matching=matching, page=page, pages=pages, absences=absences)


def _lifted(run: Run, table: Table, open_result: OpenResult) -> Table:
    """The same page with the values of its rows."""
    with open_result(run) as result:
        whole = [_row(result.row(row.n), result, table.columns, {}) for row in table.rows]
    rows = tuple(replace(row, cells=one.cells) for row, one in zip(table.rows, whole, strict=True))
    return replace(table, rows=rows, lifted=True)


def _row(one: ResultRow, result: Result, columns: tuple[Heading, ...], cited: Cited) -> Row:
    texts = one.shown(result.columns)
    cells = tuple(texts[column.index] for column in columns)
    absent = frozenset(place for place, column in enumerate(columns) if column.index in one.absent)
    return Row(one.n, one.depth, cells, absent, cited.get(one.n))


def _absences(run: Run, kinds: set[str]) -> list[tuple[str, str]]:
    cards, card = _card(run)
    told = ((kind, cards.absence_of(card, kind) if card else cards.absences[kind]) for kind in ABSENCES)  # type: ignore[index,arg-type] # the same four words
    return [(kind, text) for kind, text in told if kind in kinds]


def _card(run: Run) -> tuple[Cards, Card | None]:
    cards = plugin_cards.load()
    return cards, cards.get(run.plugin) if run.plugin in cards else None


def page_of(result: Result, n: int, spot: Spot) -> Spot:
    """The spot on whose page the row stands, marked; without the filters where they leave it out. Raises NotThere."""
    for there in (spot, Spot(question=spot.question, run=spot.run, hide=spot.hide, show=spot.show)):
        try:
            place = result.position(n, there.query)
        except Refused:
            continue
        if place is not None:
            return replace(there, page=place // size_of(result.columns) + 1, row=str(n))
    return replace(spot, row=str(n))
