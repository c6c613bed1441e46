"""Texts: exact ones, short ones, ones that fit a pattern, and long ones that a person marks."""

from __future__ import annotations

import unicodedata

from training.grading.values import patterns
from training.grading.values.base import (
    LONGEST,
    AnswerType,
    Canon,
    Misfit,
    Spec,
    Unreadable,
    answer_type,
    plain_digits,
    readable,
)
from training.sentence import phrase

LONGEST_WRITTEN = 8_000
"""Characters that a written answer may have."""

_ROUNDS = 4
"""Foldings until a text no longer changes: two are enough for every text that is known; the rest is refused."""


class _Text(AnswerType):
    def of_data(self, data: object, spec: Spec) -> Canon:
        if not isinstance(data, str):
            raise Misfit(f"a {self.name} is a text")
        try:
            return self.read(readable(data, self.longest), spec)[0]
        except Unreadable as unreadable:
            raise Misfit(unreadable.why) from unreadable


@answer_type
class String(_Text):
    """A text that must be exact, such as a command line. White space at its ends does not count."""

    name = "string"
    expected = phrase("the exact text, as the plugin prints it")
    example = "ls -l /var/log"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """As typed, without white space at its ends."""
        return text, ()


def folded(text: str) -> str:
    """A text of which only the words count: compatible forms (NFKC), capital letters and white space are one.

    Raises:
        Unreadable: it has no such form within the limits.
    """
    for _ in range(_ROUNDS):
        again = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
        again = plain_digits(again)[0]
        if len(again) > LONGEST:
            raise Unreadable(phrase("Written out, the answer has more than %(most)s characters.", most=LONGEST))
        if again == text:
            return text
        text = again
    raise Unreadable(phrase("The answer holds signs that have no settled form."))


@answer_type
class ShortText(_Text):
    """A few words. Capital letters, the width of signs, white space and the script of digits don't count.

    Other wordings that are right stand under `accept`.
    """

    name = "text"
    expected = phrase("a few words")
    example = "scheduled task"
    constant = True
    separator = r"[\n,;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Folded, see `folded`."""
        words = folded(text)
        if not words:
            raise self.refuse(phrase("Nothing was typed."))
        return words, plain_digits(text)[1]


@answer_type
class Pattern(_Text):
    """A text that fits a regular expression of the author from its beginning to its end.

    RE2 does the work, whose time grows with the length of the text only; see `patterns` for its limits. The key is
    the expression itself (`key.pattern`). Digits of other scripts are 0 to 9 for it.
    """

    name = "pattern"
    expected = phrase("a text in the form that the question asks for")
    example = "FIN-2031"
    example_spec = {"pattern": "fin-[0-9]{4}", "ignore_case": True}  # noqa: RUF012 - a constant of the class
    needs = frozenset({"pattern"})
    may = frozenset({"ignore_case"})

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """As typed, with digits as 0 to 9 and without invisible marks."""
        plain, notes = plain_digits(text)
        return readable(plain), notes

    def same(self, one: Canon, other: Canon, spec: Spec) -> bool:
        """Whether the one fits the other, where that is the pattern; else whether both are one text."""
        if spec.pattern is not None and other == spec.pattern:
            return patterns.fits(str(one), spec.pattern, ignore_case=spec.ignore_case)
        if spec.pattern is not None and one == spec.pattern:
            return patterns.fits(str(other), spec.pattern, ignore_case=spec.ignore_case)
        return str(one).casefold() == str(other).casefold() if spec.ignore_case else one == other


@answer_type
class Written(_Text):
    """A text of several sentences, which a person marks with a rubric. It has no key, and no program judges it."""

    name = "written"
    expected = phrase("a text of at most %(most)s characters", most=LONGEST_WRITTEN)
    example = "The process was started by a timer.\nTwo structures show it."
    needs = frozenset({"rubric"})
    longest = LONGEST_WRITTEN

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """As typed, with one kind of line break."""
        return text.replace("\r\n", "\n").replace("\r", "\n"), ()
