"""The parts of a scenario that are right, so that what doesn't fit together is told beside what is wrong in itself.

What is wrong is left out: a field that need not be given by itself, another one with what it belongs to. A few fields
that every scenario has get a stand-in. What is said about the rest is true of the whole, unless it speaks of what was
left out; that is then not said.
"""

import re
from collections.abc import Iterator
from typing import Any, Generic

from pydantic import ValidationError

from training.forge.scenario.reading import Where
from training.forge.scenario.systems import System, Variant

ROUNDS = 12
"""How often parts are left out before it is given up: what holds a part can be wrong for the lack of it."""

LONGEST = 2000
"""Characters of a text of which the words are looked at."""

_GONE = object()

_QUOTED = re.compile(r"'(\w+)'")
"""A name that an expression of the key language lacks, as what is said of it has it."""


def misfits(
    document: dict[str, Any], given: dict[str, Any], wrong: set[Where], system: System[Variant]
) -> Iterator[tuple[Where, str]]:
    """What doesn't fit together in the parts that are right, each with its place.

    Args:
        document: the scenario, filled.
        given: seed, number and drawn values.
        wrong: places that are known to be wrong.
        system: by which it is read.
    """
    parts = _Parts(document, system)
    for where in sorted(wrong, key=str):
        parts.leave_out(where)
    scenario = parts.scenario(given)
    if scenario:
        for where, what in system.contradictions(scenario):
            place = parts.place(where)
            if not parts.touches(place, what):
                yield place, what


class _Parts(Generic[Variant]):
    """A document from which parts are left out; places are always those of the whole document."""

    def __init__(self, document: dict[str, Any], system: System[Variant]) -> None:
        self._whole = document
        self._system = system
        self._left = _copied(document)
        self._missing: list[Where] = []
        self._words: set[str] = set()

    def scenario(self, given: dict[str, Any]) -> Variant | None:
        """A scenario of the parts that are right; none where too much is wrong."""
        for _ in range(ROUNDS):
            try:
                return self._system.model.model_validate({**_closed(self._left), **given})
            except ValidationError as error:
                found = [(self.place(each["loc"]), each["type"] == "missing") for each in error.errors()]
            for where, is_missing in found:
                if not (is_missing and self._stand_in(where)):
                    self.leave_out(where[:-1] if is_missing else where)
        return None

    def leave_out(self, where: Where) -> None:
        """Leave out what stands at a place, or the text or the list in which that is said to stand.

        Of a value that may be of several kinds, the name of a kind stands in the place as well.
        """
        holder: Any = self._left
        for depth, key in enumerate(where[:-1]):
            if not isinstance(holder, dict | list) or (isinstance(holder, list) and not isinstance(key, int)):
                return self.leave_out(where[:depth])
            holder = holder.get(key) if isinstance(holder, dict) else holder[int(key)]
            if holder is None or holder is _GONE:
                return None
        if not where:
            return None
        last: Any = where[-1]
        if isinstance(holder, dict):
            gone = holder.pop(last, None)
        elif isinstance(holder, list) and isinstance(last, int):
            gone, holder[last] = holder[last], _GONE
        else:
            return self.leave_out(where[:-1])
        self._missing.append(where)
        self._words |= _words(gone) | _words(last)
        return None

    def place(self, where: Where) -> Where:
        """Where something stands in the whole document that stands there among the parts."""
        holder, found = self._left, []
        for key in where:
            if isinstance(holder, list) and isinstance(key, int):
                kept = [number for number, each in enumerate(holder) if each is not _GONE]
                key = kept[key] if key < len(kept) else key  # noqa: PLW2901 - the same element
                holder = holder[key] if key < len(holder) else None
            else:
                holder = holder.get(key) if isinstance(holder, dict) else None
            if key == "[key]":
                break
            found.append(key)
        return tuple(found)

    def touches(self, where: Where, what: str) -> bool:
        """Whether what is said of a place may come from what was left out."""
        if len(where) == 1 and (last := self._system.last.get(str(where[0]))):
            return last in self._words
        if any(name in self._words for name in _QUOTED.findall(what)):
            return True
        if any(each[: len(where)] == where or where[: len(each)] == each for each in self._missing):
            return True
        value: Any = self._whole
        for key in where:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                # What isn't written there is what stands there without.
                return bool(self._words & _words(what))
        said = (
            [value.get(each) for each in self._system.naming.get(str(where[0]), ())]
            if isinstance(value, dict)
            else [value]
        )
        return bool(self._words & {word for each in said for word in _words(each)})

    def _stand_in(self, where: Where) -> bool:
        inner = self._system.inner
        table = self._system.stand_ins if len(where) <= 2 else inner.get(str(where[0]), inner.get("", {}))  # noqa: PLR2004
        holder: Any = self._left
        for key in where[:-1]:
            holder = holder[key]
        if where[-1] not in table or not isinstance(holder, dict):
            return False
        holder[str(where[-1])] = _copied(table[str(where[-1])])
        self._missing.append(where)
        return True


def _copied(value: Any) -> Any:
    """A copy in which mappings and lists are new."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _closed(value: Any) -> Any:
    """The same without gaps."""
    if isinstance(value, dict):
        return {key: _closed(each) for key, each in value.items()}
    return [_closed(each) for each in value if each is not _GONE] if isinstance(value, list) else value


def _words(value: Any) -> set[str]:
    """All keys, texts and numbers in a part, the words in them, and addresses without the length of their prefix."""
    if isinstance(value, dict):
        return set(value) | {word for each in value.values() for word in _words(each)}
    if isinstance(value, list):
        return {word for each in value for word in _words(each)}
    if not isinstance(value, str | int) or isinstance(value, bool):
        return set()
    text = str(value)
    words = text[:LONGEST].split()
    return {text, *words, *(each.partition("/")[0] for each in words)} - {""}
