"""Where on the workbench a reader is. All of it stands in the address, so that links and forms keep it and it can be
shared.
"""

from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from training.analysis.cards import Column
from training.analysis.command import RowFilter, View
from training.analysis.results import MOST_FILTERS, OPERATORS, Filter, Query, from_vol

RECORD = "record"
LONGEST = 200  # characters of a filter or a column name
MOST_COLUMNS = 60  # columns that an address can name
Fields = MultiDict[str, str]
WORDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
"""Comparisons as an address spells them, where that is not their own sign or word."""

SPELLED = {sign: word for word, sign in WORDS.items()}
WHAT = ("sort", "desc", "text", "where", "any", "page")
"""Parts that decide which rows are shown: a change of one takes the mark off the row that an address pointed at."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as the page shows it: its comparison as an address spells it, and the filters that stay without it."""

    filter: Filter
    word: str
    others: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the workbench the reader is.

    `run` is the number of a run, 'record' for the acquisition record, or empty; `where` are filters, of which all must
    pass, or `any` of them; `hide` and `show` name columns, `show` in the order asked for; `page` counts from 1; `row`
    (and `cell`, a column) is the place that a permanent link pointed at; `pid` is the process around which the
    tree was looked at.
    """

    question: str = ""
    run: str = ""
    sort: str = ""
    desc: str = ""
    text: str = ""
    where: tuple[Filter, ...] = ()
    any: str = ""
    hide: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    page: int = 1
    row: str = ""
    cell: str = ""
    pid: str = ""

    @classmethod
    def of(cls, given: Fields) -> "Spot":
        """The spot that an address names; what makes no sense is left out, as in any address typed by hand.

        A form adds a filter by `column`, `op` and `text`, and keeps the text that is looked for so far in `find`; a
        text without a column is looked for in all of them.
        """
        run = given.get("run", "")
        text, added = _added(given)
        where = [made for one in given.getlist("where")[:MOST_FILTERS] if (made := read(one))]
        where += [added] if added else []
        return cls(
            question=given.get("question", "")[:LONGEST],
            run=run if run == RECORD or number(run) else "",
            sort=given.get("sort", "")[:LONGEST],
            desc="1" if given.get("desc") else "",
            text=text,
            where=tuple(dict.fromkeys(where)),
            any="1" if given.get("any") else "",
            hide=_names(given, "hide"),
            show=_names(given, "show"),
            page=number(given.get("page", "1")) or 1,
            row=given.get("row", "") if given.get("row") == "0" or number(given.get("row", "")) else "",
            cell=given.get("cell", "")[:LONGEST],
            pid=given.get("pid", "") if number(given.get("pid", "")) else "",
        )

    @property
    def number(self) -> int:
        """The number of the run, 0 for none."""
        return number(self.run)

    @property
    def marked(self) -> int | None:
        """The number of the row that is pointed at."""
        return int(self.row) if self.row else None

    @property
    def query(self) -> Query:
        """Which rows are asked for, in which order."""
        return Query(self.where, self.text, self.sort or None, bool(self.desc), bool(self.any))

    @property
    def filtered(self) -> bool:
        """Whether some rows may be left out."""
        return bool(self.where or self.text)

    @property
    def chips(self) -> list[Chip]:
        """The filters, for links that take one away."""
        return [
            Chip(one, f"{'-' if one.exclude else ''}{SPELLED.get(one.operator, one.operator)}", self._without(one))
            for one in self.where
        ]

    def _without(self, gone: Filter) -> tuple[Filter, ...]:
        return tuple(one for one in self.where if one != gone)

    def at(self, **changes: Any) -> "Spot":
        """The same spot with some parts changed; another run starts at its first page with nothing filtered."""
        if changes.get("run", self.run) != self.run:
            return Spot(question=changes.get("question", self.question), run=str(changes["run"]), pid=self.pid)
        if not changes.keys().isdisjoint(WHAT):
            changes = {"row": "", "cell": "", **changes}
        return replace(self, **changes)

    def rows_only(self) -> "Spot":
        """The part that decides which rows are shown, in which order."""
        return Spot(sort=self.sort, desc=self.desc, text=self.text, where=self.where, any=self.any)

    def seen(self, view: View) -> "Spot":
        """The same run as a command asked to see it. Raises Refused for a pattern that can't be used."""
        where = tuple(_filter(one) for one in view.filters)
        return replace(self, where=where, any="1" if len(where) > 1 else "", hide=view.hidden, show=view.shown)

    def args(self) -> dict[str, Any]:
        """The parts that differ from the start, for an address."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        made = {name: value for name, value in parts.items() if value and (name, value) != ("page", 1)}
        return made | ({"where": [spelled(one) for one in self.where]} if self.where else {})

    def fields(self, *without: str) -> list[tuple[str, str]]:
        """The same as fields of a form, one for each value."""
        parts = {name: value for name, value in self.args().items() if name not in without}
        return [
            (name, str(one))
            for name, value in parts.items()
            for one in (value if isinstance(value, list | tuple) else [value])
        ]


def number(text: str) -> int:
    """A whole number from 1, or 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004 - digits of a number


def spelled(one: Filter) -> str:
    """A filter as an address spells it: 'is,PID,145', with - before it to turn it round and = where the case counts."""
    sign = ("-" if one.exclude else "") + ("=" if one.case else "")
    return f"{sign}{SPELLED.get(one.operator, one.operator)},{one.column or ''},{one.text}"


def read(text: str) -> Filter | None:
    """The inverse of `spelled`; None for what is no filter."""
    exclude, rest = text.startswith("-"), text.removeprefix("-")
    case, rest = rest.startswith("="), rest.removeprefix("=")
    word, _, rest = rest.partition(",")
    column, comma, value = rest.partition(",")
    operator = next((one for one in OPERATORS if one == WORDS.get(word, word)), None)
    if operator is None or not comma:
        return None
    return Filter(value[:LONGEST], column[:LONGEST] or None, exclude, operator, case)


def _added(given: Fields) -> tuple[str, Filter | None]:
    """The text that is looked for in all columns, and the filter that a form adds."""
    text, column, op = given.get("text", "")[:LONGEST], given.get("column", ""), given.get("op", "contains")
    if not column and op == "contains":
        return text or given.get("find", "")[:LONGEST], None
    added = read(f"{op},{column},{text}")
    return given.get("find", "")[:LONGEST], None if added is None or added.idle else added


def _names(given: Fields, field: str) -> tuple[str, ...]:
    names = (name[:LONGEST] for name in given.getlist(field)[:MOST_COLUMNS] if name)
    return tuple(dict.fromkeys(names))


def _filter(one: RowFilter) -> Filter:
    """A filter of the command line. A pattern is taken where it is a text with ^ before or $ after it."""
    if not one.regex:
        return Filter(one.text, one.column, one.exclude, case=True)
    column = one.column or ""
    word = f"{'-' if one.exclude else '+'}{column},{one.text}!"
    return from_vol([word], [Column(column, "str")] if column else []).filters[0]
