"""Sets of values of one type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from training.grading.values.base import (
    MOST_ITEMS,
    REGISTRY,
    AnswerType,
    Canon,
    Misfit,
    Scalar,
    Spec,
    Unreadable,
    answer_type,
    quoted,
    readable,
)
from training.grading.values.measures import score
from training.grading.values.times import of_iso
from training.sentence import phrase

ELEMENTS = (
    "pid", "count", "port", "address", "ip", "endpoint", "path", "registry", "hash", "string", "text", "timestamp",
)  # fmt: skip
"""Answer types that the elements of a set may have."""

_ON_LINES = phrase("all values, each on a line of its own")
_VALUE_TWICE = phrase("A value that was typed more than once counts once.")


def _items(canon: Canon) -> tuple[Scalar, ...]:
    return canon if isinstance(canon, tuple) else (canon,)


@answer_type
class Set(AnswerType):
    """Values of one type, in any order; one that comes twice counts once.

    Net (the default): right minus wrong elements, over the elements of the key, never below 0. Coverage, all: see
    `measures`. Each: only where `options` lists at most eight elements that are on offer.
    """

    name = "set"
    expected = phrase("all values, separated by commas or line breaks")
    example = "145, 177"
    example_spec = {"element": "pid"}  # noqa: RUF012 - a constant of the class
    needs = frozenset({"element"})
    may = frozenset({"method", "options"})
    many = True
    each = True
    form = tuple[int | str, ...]

    def wanted(self, spec: Spec) -> str:
        """Values whose own text may hold a comma, such as command lines, stand on lines."""
        return self.expected if re.match(REGISTRY[spec.element or ""].separator, ",") else _ON_LINES

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Split by the separator of the element type, read each, drop what is typed twice."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
        found: dict[Scalar, None] = {}
        notes: dict[str, None] = {}
        parts = [part for part in re.split(kind.separator, inner) if part and not part.isspace()]
        if not parts:
            raise self.refuse(phrase("No value was typed."))
        if len(parts) > MOST_ITEMS:
            raise self.refuse(
                phrase("%(n)s values were typed; at most %(most)s are read.", n=len(parts), most=MOST_ITEMS)
            )
        for part in parts:
            try:
                canon, more = kind.read(readable(part), of_element)
            except Unreadable as unreadable:
                shown, why = quoted(part.strip()), unreadable.why
                if shown not in why:
                    why = phrase("%(typed)s: %(why)s", typed=shown, why=why)
                form = phrase("%(form)s; each is %(each)s", form=self.wanted(spec), each=kind.expected)
                raise Unreadable(why, form, kind.example) from unreadable
            found[canon if not isinstance(canon, tuple) else canon[0]] = None
            notes.update(dict.fromkeys(more))
        self._offered(found, spec)
        if len(found) < len(parts):
            notes[_VALUE_TWICE] = None
        return self._sorted(found), tuple(notes)

    def _offered(self, found: Iterable[Scalar], spec: Spec) -> None:
        """Refuse elements that a closed list does not offer."""
        if not spec.options:
            return
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        on_offer = {kind.read(readable(option), of_element)[0] for option in spec.options}
        for item in found:
            if item not in on_offer:
                known = ", ".join(spec.options)
                typed = quoted(kind.write(item, of_element))
                raise self.refuse(phrase("%(typed)s is none of: %(known)s.", typed=typed, known=known))

    @staticmethod
    def _sorted(items: Iterable[Scalar]) -> tuple[Scalar, ...]:
        return tuple(sorted(set(items), key=lambda item: (isinstance(item, str), item)))

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A list of values of the element type, repetitions dropped."""
        if not isinstance(data, list | tuple):
            raise Misfit("a set is a list of values")
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        return self._sorted(item for value in data for item in _items(kind.of_data(value, of_element)))

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:
        """Elements that cells show, as the element type reads them."""
        return REGISTRY[spec.element or ""].of_cells(cells, spec.of_element())

    def data(self, canon: Canon, spec: Spec) -> object:
        """A list of elements."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        return [kind.data(item, of_element) for item in _items(canon)]

    def write(self, canon: Canon, spec: Spec) -> str:
        """Elements in order, with a comma where the element type allows it, else on lines."""
        kind, of_element = REGISTRY[spec.element or ""], spec.of_element()
        between = ", " if re.fullmatch(kind.separator, ", ") or re.fullmatch(kind.separator, ",") else "\n"
        return between.join(kind.write(item, of_element) for item in _items(canon))

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:
        """Both hold the same elements; times within the tolerance."""
        right, wrong = self._compare(one, other, spec)
        return not wrong and len(right) == len(_items(one)) == len(_items(other))

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:
        """The question's method."""
        right, wrong = self._compare(value, key, spec)
        costs = [weights.get(item, 1.0) for item in wrong]
        return score(spec.method, len(right), costs, len(_items(key)), len(spec.options))

    def hits(self, value: Canon, key: Canon, spec: Spec) -> int:
        """Elements compare as their type does, times within the tolerance."""
        return len(self._compare(value, key, spec)[0])

    def _compare(self, value: Canon, key: Canon, spec: Spec) -> tuple[list[Scalar], list[Scalar]]:
        """The elements of the value that belong in the key, and those that don't; each of the key counts once."""
        if spec.element == "timestamp" and spec.tolerance:
            return _times(_items(value), _items(key), spec)
        known = frozenset(_items(key))
        typed = dict.fromkeys(_items(value))
        return [item for item in typed if item in known], [item for item in typed if item not in known]


def _times(value: Iterable[Scalar], key: Iterable[Scalar], spec: Spec) -> tuple[list[Scalar], list[Scalar]]:
    """Times within the tolerance, each of the key taken once: in order of time, the earliest that fits is best."""
    kind, of_element = REGISTRY["timestamp"], spec.of_element()
    left = sorted(dict.fromkeys(key), key=_moment)
    right: list[Scalar] = []
    wrong: list[Scalar] = []
    at = 0
    for item in sorted(dict.fromkeys(value), key=_moment):
        while at < len(left) and _moment(left[at]) < _moment(item) and not kind.same(item, left[at], of_element):
            at += 1
        if at < len(left) and kind.same(item, left[at], of_element):
            right.append(item)
            at += 1
        else:
            wrong.append(item)
    return right, wrong


def _moment(time: Scalar) -> float:
    moment = of_iso(str(time))
    return moment.timestamp() if moment is not None else 0.0
