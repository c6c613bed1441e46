"""The way from a cell to a field: how what a cell holds would be typed as the answer of a question.

Nothing here knows the right answer, nor anything that follows from it: a question is seen as `Asked`, which holds what
every reader of the page sees. An offer says nothing of whether a value is right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from training.grading.values.base import Canon, Misfit, Spec, Unit, Unreadable, Value, named, trimmed
from training.grading.values.reading import kind_of, read
from training.sentence import phrase

CHOSEN = frozenset({"choice", "choices", "matching", "statement", "sequence"})
"""Answer types that are chosen on the page: no cell is typed for them."""

PLAIN = frozenset({"string", "text", "path", "registry", "pattern"})
"""Answer types whose cells are typed as they stand, so that nothing of their spelling is lost."""

_WITHIN = frozenset({"hash", "timestamp", "ip", "endpoint", "address", "path", "registry"})
"""Answer types whose values are told apart within a line by their form."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]{8,18}(?:Z| UTC|[+-][0-9:]{4,6})?")
_WORD = re.compile(r"\S{2,400}")
_PATHS = frozenset({"path", "registry"})
_ADDRESSES = frozenset({"hex", "bin"})
"""Types of columns whose numbers are addresses or bits, never a count, a PID or a port."""

_TYPED = re.compile(r"[\W_]+")
_END = re.compile(r"(?:addr|address|ip|port)$")
_ARROW = " > "


class Column(Protocol):
    """What is known of a column: its name as the plugin prints it, and its type (`int`, `hex`, `str`, `datetime`)."""

    @property
    def name(self) -> str: ...  # noqa: D102 - said above

    @property
    def type(self) -> str: ...  # noqa: D102 - said above


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    type: str


LINE = _Named("", "str")
"""The column of a line that has no fields."""


class _Question(Protocol):
    @property
    def type(self) -> str: ...
    @property
    def element(self) -> str | None: ...
    @property
    def options(self) -> Mapping[str, str]: ...
    @property
    def unit(self) -> Unit | None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What anybody may know of a question's answer: its type, the type of its elements, its unit, whether it is chosen
    from a list on the page.
    """

    type: str
    element: str | None = None
    unit: Unit | None = None
    listed: bool = False

    @classmethod
    def of(cls, question: _Question) -> Self:
        """The public part of a question."""
        return cls(question.type, question.element, question.unit, question.type == "set" and bool(question.options))

    @property
    def spec(self) -> Spec:
        """What reading an answer needs; nothing of it comes from a key."""
        return Spec(type=self.type, element=self.element, unit=self.unit)

    @property
    def single(self) -> Spec:
        """The same for one value: an element of a set, a process of a chain."""
        if self.type == "chain":
            return Spec(type="pid")
        return self.spec.of_element() if self.element else self.spec

    @property
    def many(self) -> bool:
        """Whether an answer holds several values, to which one more can be added."""
        return self.type in {"set", "chain"}


@dataclass(frozen=True, slots=True)
class Offer:
    """How a cell would be typed.

    Attributes:
        text: what would stand in the field; empty where nothing can be offered.
        why: why nothing can; empty where something is offered.
        notes: what reading the text does beyond the obvious, whole sentences.
        columns: the columns of the row that it is made of.
    """

    text: str = ""
    why: str = ""
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def offer(question: Asked, column: Column, cell: object, row: Mapping[str, object]) -> Offer:
    """How a cell would be typed as the answer of a question, or as one more value of it.

    Args:
        question: the public part of what is asked.
        column: the column of the cell.
        cell: the cell as in `vol -r json`, or a field of a line; None where it has no value.
        row: all cells of the row, by column: an endpoint joins two of them.
    """
    if question.type in CHOSEN or question.listed:
        return Offer(why=phrase("The answer is chosen from a list on the page: no cell is typed for it."))
    if question.type == "written":
        return Offer(why=phrase("The answer is a text of your own: cite the cell and write what it shows."))
    if cell is None or cell == "":
        return Offer(why=phrase("The cell has no value."))
    if char := _control(cell):
        return Offer(why=phrase("The cell holds %(what)s: type what you mean.", what=named(char)))
    spec = question.single
    made = _endpoint(column, cell, row, spec) if spec.type == "endpoint" else _single(column, cell, spec)
    return made if made.why else _whole(question, made)


def offer_of_line(question: Asked, text: str) -> Offer:
    """The one value of the question's type that a line without fields holds; for numbers and words there is none, since
    anything may be one.
    """
    single = question.single
    if question.type in CHOSEN | {"written"} or question.listed:
        return offer(question, LINE, text, {})
    if single.type not in _WITHIN:
        return Offer(why=phrase("A line is no value: type what you mean, and cite the line."))
    found: dict[Canon, Offer] = {}
    for part in (*_MOMENT.findall(text), *_WORD.findall(text)):
        made = offer(question, LINE, part.rstrip(".,;:)"), {})
        if made.text:
            found.setdefault(_canon(single, made.text), made)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        return Offer(why=phrase("The line holds several values of this kind: type the one that you mean."))
    return Offer(why=phrase("Asked for is %(form)s, and the line holds none.", form=kind_of(single).expected))


def values_of(question: Asked, columns: Mapping[str, str], row: Mapping[str, object]) -> frozenset[Canon]:
    """What each cell of a row would be typed as, canonical. `columns` gives the types of the row's columns."""
    made = (offer(question, _Named(name, columns.get(name, "str")), cell, row) for name, cell in row.items())
    return frozenset(_canon(question.single, one.text) for one in made if one.text)


def standing_with(question: Asked, standing: str, offered: str) -> str | None:
    """What stands in the field once an offer is taken: it alone in an empty field, after what stands there where
    several values are asked for. None where another value stands there, which is for a person to give up.
    """
    if not standing.strip():
        return offered
    if not question.many:
        return standing if _canon(question.spec, standing) == _canon(question.spec, offered) else None
    there = _canon(question.spec, standing)
    added = _canon(question.single, offered)
    if isinstance(there, tuple) and added in there:
        return standing
    return standing.rstrip() + (_ARROW if question.type == "chain" else "\n") + offered


def _control(cell: object) -> str:
    """The first control character of a text, which no answer may hold; '' where there is none."""
    text = cell if isinstance(cell, str) else ""
    return next((char for char in text if unicodedata.category(char) == "Cc" and char not in "\t\n\r"), "")


def _canon(spec: Spec, text: str) -> Canon | str:
    """The canonical form of a typed text; the text itself where it can't be read."""
    try:
        return read(text, spec).canon
    except Unreadable:
        return text.strip()


def _single(column: Column, cell: object, spec: Spec) -> Offer:
    """A cell that is typed by itself."""
    kind = kind_of(spec)
    bits = column.type in _ADDRESSES
    if isinstance(cell, int) and bits is not (spec.type == "address"):
        return _other(spec)
    if isinstance(cell, str):
        return _text(column, cell, spec)
    try:
        canon = kind.of_data(cell, spec)
    except Misfit:
        return _other(spec)
    plain = spec.type == "number"  # a cell has no unit: which one it counts in is said by reading it
    return _read(str(canon) if plain else kind.write(canon, spec), column, spec)


def _text(column: Column, cell: str, spec: Spec) -> Offer:
    """A text that is typed by itself: as it stands, or in the form in which the type writes it."""
    if spec.type == "address" and not cell.strip().lower().startswith("0x"):
        return _other(spec)  # a word such as 'cafe' is hexadecimal by accident
    if spec.type in _PATHS and not {"/", "\\"} & set(cell):
        return _other(spec)  # a name is no path
    kind = kind_of(spec)
    if spec.type in PLAIN:
        return _read(trimmed(cell), column, spec)
    try:
        return _read(kind.write(kind.of_data(cell, spec), spec), column, spec)
    except Misfit:
        return _written(cell, column, spec)


def _written(cell: str, column: Column, spec: Spec) -> Offer:
    """A text that a person wrote, such as a field of a form, in the form in which the type writes it."""
    try:
        value = read(cell, spec)
    except Unreadable:
        return _other(spec)
    return Offer(value.text, notes=value.notes, columns=(column.name,))


def _read(text: str, column: Column, spec: Spec) -> Offer:
    """A text that is offered where it can be read back."""
    try:
        value: Value = read(text, spec)
    except Unreadable as unreadable:
        return Offer(why=unreadable.why)
    return Offer(text, notes=value.notes, columns=(column.name,))


def _endpoint(column: Column, cell: object, row: Mapping[str, object], spec: Spec) -> Offer:
    """An address and the port beside it in the row, whichever of the two the cell is."""
    if isinstance(cell, str) and not (whole := _written(cell, column, spec)).why:
        return whole
    stem, kind = _stem(column.name), kind_of(spec)
    beside = [(name, other) for name, other in row.items() if name != column.name and _stem(name) == stem]
    for name, other in beside:
        for pair in ((cell, other), (other, cell)):
            for canon in kind.of_cells(pair, spec):
                return Offer(kind.write(canon, spec), columns=(column.name, name))
    if isinstance(cell, str) and not _single(column, cell, Spec(type="ip")).why:
        return Offer(why=phrase("The row has no port beside this address."))
    return _other(spec)


def _stem(name: str) -> str:
    """What a column's name says beside address and port: `Source Addr` and `Source Port` are both of a source."""
    return _END.sub("", _TYPED.sub("", name.lower()))


def _other(spec: Spec) -> Offer:
    return Offer(why=phrase("Asked for is %(form)s, and the cell holds something else.", form=kind_of(spec).expected))


def _whole(question: Asked, made: Offer) -> Offer:
    """The offer, where it is one value of the whole answer: a sign that separates values would make two of it."""
    if question.type != "set":
        return made
    one, whole = _canon(question.single, made.text), _canon(question.spec, made.text)
    if whole == (one,):
        return made
    return Offer(why=phrase("The cell holds a sign that separates values in this answer: type what you mean."))
