"""Drawn values in the place of their names in braces.

``{name}`` is a drawn value, ``{name.0}`` the first word of a shuffle, ``{peer_{kind}}`` the value whose name another
value completes. ``{{name}}`` is the text ``{name}`` itself; braces around anything else are left alone.
"""

import re
from collections.abc import Callable
from typing import Any

from training.forge.scenario.draw import Values
from training.forge.scenario.model import as_drawn
from training.forge.scenario.reading import Where
from training.forge.scenario.words import EXPRESSION
from training.grading.keys.syntax import nearest

LONGEST = 2 << 20
"""Characters that all texts of a filled scenario may have together."""

_PLACE = re.compile(r"(?<!\{)\{([a-z][a-z0-9_]*)(?:\.([0-9]{1,2}))?\}|\{([a-z][a-z0-9_]*)\}(?!\})")
_KEPT = re.compile(r"\{(\{[a-z][a-z0-9_.]*\})\}")
_OF_TRUTH = re.compile(r"\btruth\s*\.\s*drawn\s*\.\s*([a-z][a-z0-9_]*)")
_NESTED = 3


class Filling:
    """One filling of a document.

    Attributes:
        used: names that were met.
        open: places whose text has a name in it that isn't drawn, for whatever reason.
    """

    def __init__(self, values: Values, wrong: Callable[[Where, str], None], broken: frozenset[str]) -> None:
        self.used: set[str] = set()
        self.open: set[Where] = set()
        self._values = {name: as_drawn(value) for name, value in values.items()}
        self._wrong = wrong
        self._broken = broken
        self._left = LONGEST

    def fill(self, value: Any, where: Where = ()) -> Any:
        """A document with all values in their places, keys of mappings included."""
        if isinstance(value, dict):
            return {self._text(key, (*where, key)): self.fill(each, (*where, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each, (*where, number)) for number, each in enumerate(value)]
        return self._text(value, where) if isinstance(value, str) else value

    def _text(self, text: str, where: Where) -> str:
        braces = "{" in text  # most texts have none, and a scenario is filled some forty times when it is read
        if braces:
            text = self._filled(text, where)
        self._left -= len(text)
        if self._left < 0:
            self.open.add(where)
            self._wrong(where, f"with everything drawn the scenario has more than {LONGEST} characters")
            return ""
        return _KEPT.sub(r"\1", text) if braces else text

    def _filled(self, text: str, where: Where) -> str:
        for _ in range(_NESTED):
            filled = _PLACE.sub(lambda found: self._one(found, where), text)
            if filled == text or where in self.open:
                break
            text = filled
        self._expressions(text, where)
        return text

    def _one(self, found: re.Match[str], where: Where) -> str:
        name, word = found[1] or found[3], found[2]
        self.used.add(name)
        if name not in self._values or self._left < 0:
            self._unknown(name, where)
            return found[0]
        value = self._values[name]
        if word is None:
            return value
        words = value.split(" ")
        if int(word) < len(words):
            return words[int(word)]
        self.open.add(where)
        self._wrong(where, f"{{{name}.{word}}}: {name} has {len(words)} words, counted from 0")
        return found[0]

    def _expressions(self, text: str, where: Where) -> None:
        for expression in EXPRESSION.findall(text):
            for name in _OF_TRUTH.findall(expression):
                self.used.add(name)
                if name not in self._values:
                    self._unknown(name, where)

    def _unknown(self, name: str, where: Where) -> None:
        self.open.add(where)
        if name not in self._broken and self._left >= 0:
            own = f"; braces of your own are written double: {{{{{name}}}}}"
            self._wrong(where, f"{{{name}}} is not drawn{nearest(name, self._values)}{own}")
