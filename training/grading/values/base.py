"""What every answer type shares: the value, the refusal, the specification, the registry.

An answer type turns three things into one canonical form: text typed by a person (`read`), a result of the key
language (`of_data`) and a cell of a plugin's row (`of_cells`). Canonical forms are JSON: a whole number, a text, or a
list of these.
"""

from __future__ import annotations

import inspect
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from training.grading.values.tolerance import Band, Width
from training.sentence import phrase

Scalar = int | str
Canon = int | str | tuple[int | str, ...]
"""A canonical value: pid, count, port and address are numbers; collections and statements are tuples; others texts."""

MOST_QUOTED = 60
"""Characters of a typed text that a refusal repeats."""

LONGEST = 2_000
"""Characters that a typed answer may have. Checked before anything else looks at the text."""

_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_DIRECTION_MARKS = "\u200e\u200f\u061c"
_OTHER_DIGITS = phrase("Digits of another script were read as 0 to 9.")

MOST_ITEMS = 200
"""Items that a typed set, chain or sequence may have."""


Method = Literal["net", "coverage", "each", "all"]
"""How right and wrong elements make a score, see `measures`."""

Unit = Literal["bytes", "KiB", "MiB", "GiB", "pages"]
"""What a number counts. A page has 4,096 bytes."""


class Unreadable(ValueError):
    """A typed answer that can't be read. It costs no try.

    Attributes:
        why: what was not understood, one sentence.
        expected: the form that is expected.
        example: one well-formed answer, never taken from the exhibit.
    """

    def __init__(self, why: str, expected: str = "", example: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.expected = expected
        self.example = example


class Misfit(ValueError):
    """A value from the key language or from a cell that this answer type can't hold."""


@dataclass(frozen=True, slots=True)
class Value:
    """A typed answer as it was understood.

    Attributes:
        type: name of the answer type.
        canon: canonical form; equal forms are equal answers (times: within the tolerance).
        text: canonical form written for a person; reading it again gives the same value.
        notes: what reading did beyond the obvious, whole sentences.
    """

    type: str
    canon: Canon
    text: str
    notes: tuple[str, ...] = ()


class Spec(BaseModel):
    """What an answer type has to know of its question. Each type says in `needs` and `may` which of these it uses.

    Attributes:
        type: name of the answer type.
        element: set: answer type of the elements.
        options: choice, choices: id of an option and its text, in order. matching: the same for the right sides,
            distractors included. set: the closed list of elements that are on offer, with their texts.
        items: matching: id of a left side and its text, in order.
        reasons: statement: id of a reason and its text.
        steps: sequence: id of a step and its text, distractors included.
        before: sequence: a step and the steps that must come before it. Empty: the key's order is the only one.
        tolerance: timestamp, duration: seconds that an answer may be off. number: a figure, or a `Tolerance`.
        band: timestamp, duration, number: wider tolerances that earn a part, in order.
        unit: number: what is counted, so that sizes may be typed in any unit.
        names: chain: process names are allowed beside PIDs.
        method: set, choices: how right and wrong elements make a score.
        pattern: pattern: the regular expression that a right answer fits.
        ignore_case: pattern: whether capital letters are no difference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    element: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    items: dict[str, str] = Field(default_factory=dict)
    reasons: dict[str, str] = Field(default_factory=dict)
    steps: dict[str, str] = Field(default_factory=dict)
    before: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    tolerance: Width = 0
    band: tuple[Band, ...] = ()
    unit: Unit | None = None
    names: bool = False
    method: Method = "net"
    pattern: str | None = None
    ignore_case: bool = False

    def of_element(self) -> Spec:
        """The specification of a set's elements."""
        return self.model_copy(update={"type": self.element or "", "element": None, "options": {}})


class AnswerType(ABC):
    """One answer type. Subclasses register with `@answer_type` and carry a docstring and an example."""

    name: ClassVar[str]
    expected: ClassVar[str]
    example: ClassVar[str]
    example_spec: ClassVar[Mapping[str, object]] = {}
    """Fields of a `Spec` that the example needs beside the type's name."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Fields of a question that this type can't do without."""
    may: ClassVar[frozenset[str]] = frozenset()
    """Fields of a question that this type can use."""
    many: ClassVar[bool] = False
    """Whether a value is a collection of elements."""
    each: ClassVar[bool] = False
    """Whether citations must show every element, unless the author says else."""
    constant: ClassVar[bool] = False
    """Whether an author may write the key as a constant: such answers don't depend on the exhibit."""
    longest: ClassVar[int] = LONGEST
    """Characters that a typed answer may have."""
    form: ClassVar[Any] = str
    """The canonical form as a type of Python."""

    def schema(self) -> dict[str, object]:
        """What an author and a program have to know: the question's fields, and the canonical form, as JSON Schemas."""
        fields = Spec.model_json_schema()["properties"]
        return {
            "type": self.name,
            "description": inspect.cleandoc(type(self).__doc__ or ""),
            "needs": {field: fields.get(field, {}) for field in sorted(self.needs)},
            "may": {field: fields.get(field, {}) for field in sorted(self.may)},
            "canonical": TypeAdapter(self.form).json_schema(mode="serialization"),
            "example": self.example,
        }

    separator: ClassVar[str] = r"\n"
    """What stands between values of this type in a typed set, as a regular expression."""

    def wanted(self, spec: Spec) -> str:  # noqa: ARG002 - a set says how its elements are separated
        """The form that is expected, one phrase."""
        return self.expected

    def refuse(self, why: str, expected: str = "") -> Unreadable:
        """The refusal of a typed text, with this type's expected form and example."""
        return Unreadable(why, expected or self.expected, self.example)

    @abstractmethod
    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Read text that passed `readable`. Returns the canonical form and notes; raises `Unreadable`."""

    @abstractmethod
    def of_data(self, data: object, spec: Spec) -> Canon:
        """Canonical form of a result of the key language. Raises `Misfit`."""

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:
        """Values that the named cells of one row show: each cell for itself, unless the type joins them."""
        shown: list[Canon] = []
        for cell in cells:
            try:
                shown.append(self.of_data(cell, spec))
            except Misfit:
                continue
        return tuple(shown)

    def data(self, canon: Canon, spec: Spec) -> object:  # noqa: ARG002 - times need no more, collections do
        """The canonical form as the key language sees it."""
        return list(canon) if isinstance(canon, tuple) else canon

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - choices and collections use it
        """The canonical form for a person; `read` gives it back."""
        return str(canon)

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:  # noqa: ARG002 - times use the tolerance
        """Whether two canonical forms are one answer."""
        return one == other

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """How right a value is, 0 to 1. `weights` is what a wrong element costs where that is not 1."""
        return 1.0 if self.same(value, key, spec) else 0.0

    def hits(self, value: Canon, key: Canon, spec: Spec) -> int:
        """How many elements of a value belong in the key; 1 or 0 where a value is no collection."""
        if isinstance(value, tuple) and isinstance(key, tuple):
            return sum(item in key for item in dict.fromkeys(value))
        return int(self.same(value, key, spec))


REGISTRY: dict[str, AnswerType] = {}
_Type = TypeVar("_Type", bound=type[AnswerType])


def answer_type(cls: _Type) -> _Type:
    """Register an answer type under its name."""
    if cls.name in REGISTRY:
        msg = f"two answer types are named {cls.name}"
        raise ValueError(msg)
    REGISTRY[cls.name] = cls()
    return cls


def readable(text: str, longest: int = LONGEST) -> str:
    """Text within the limits, without white space and invisible marks at its ends, in Unicode normal form C.

    Raises:
        Unreadable: nothing is left, it is too long, or it holds what is not text.
    """
    if len(text) > longest:
        raise Unreadable(
            phrase("The answer has %(n)s characters; at most %(most)s are read.", n=len(text), most=longest)
        )
    if any(0xD800 <= ord(char) <= 0xDFFF or char == "\0" for char in text):  # noqa: PLR2004 - the surrogates
        raise Unreadable(phrase("The answer holds a character that is not text."))
    text = trimmed(text)
    if not text:
        raise Unreadable(phrase("Nothing was typed."))
    return unicodedata.normalize("NFC", text)


def trimmed(text: str) -> str:
    """Text without white space, control characters and invisible marks at its ends."""
    start, end = 0, len(text)
    while start < end and _blank(text[start]):
        start += 1
    while end > start and _blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cf", "Cc"}


def quoted(text: str) -> str:
    """A typed text as a refusal repeats it: in quotation marks, clipped, invisible characters named."""
    clipped = text if len(text) <= MOST_QUOTED else text[: MOST_QUOTED - 1] + "…"
    return "'" + "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in clipped) + "'"


def from_hexadecimal(number: int, typed: str) -> str:
    """The note on a number that was typed in hexadecimal."""
    return phrase("Read as %(number)s from hexadecimal %(typed)s.", number=str(number), typed=typed)


def named(char: str) -> str:
    """An invisible character for a sentence: what it is, and its number."""
    code = f"{ord(char):04X}"
    if unicodedata.bidirectional(char) in _DIRECTIONS or char in _DIRECTION_MARKS:
        return phrase("a direction mark (U+%(code)s)", code=code)
    if unicodedata.category(char) == "Cc":
        return phrase("a control character (U+%(code)s)", code=code)
    return phrase("an invisible character (U+%(code)s)", code=code)


def without_controls(text: str) -> str:
    """The text. Raises `Unreadable` where it holds a control character other than a tab or a line break."""
    for char in trimmed(text):
        if unicodedata.category(char) == "Cc" and char not in "\t\n\r":
            raise Unreadable(
                phrase("The answer holds %(what)s, which no answer has. Type it again without it.", what=named(char))
            )
    return text


def marks(text: str, kept: str) -> tuple[str, ...]:
    """A note for each sort of invisible mark that was typed: removed, or kept as a part of the value."""
    return tuple(_mark(char, stays=char in kept) for char in dict.fromkeys(text) if unicodedata.category(char) == "Cf")


def _mark(char: str, *, stays: bool) -> str:
    """What became of a format character, which is a direction mark or another invisible one."""
    code = f"{ord(char):04X}"
    if unicodedata.bidirectional(char) in _DIRECTIONS or char in _DIRECTION_MARKS:
        if stays:
            return phrase("A direction mark (U+%(code)s) is a part of the text.", code=code)
        return phrase("A direction mark (U+%(code)s) was removed.", code=code)
    if stays:
        return phrase("An invisible character (U+%(code)s) is a part of the text.", code=code)
    return phrase("An invisible character (U+%(code)s) was removed.", code=code)


def plain_digits(text: str) -> tuple[str, tuple[str, ...]]:
    """Text with decimal digits of any script as 0 to 9 and without invisible marks, and a note where digits changed."""
    kept = [char for char in text if unicodedata.category(char) != "Cf"]
    plain = "".join(str(unicodedata.decimal(char)) if unicodedata.decimal(char, -1) >= 0 else char for char in kept)
    return plain, ((_OTHER_DIGITS,) if plain != "".join(kept) else ())
