"""Answers that are chosen: one option, several, pairs, a truth value with a reason. By id or by text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from training.grading.values.base import AnswerType, Canon, Misfit, Scalar, Spec, Unreadable, answer_type, quoted
from training.grading.values.measures import score
from training.sentence import phrase

_LIST = r"[,;\n]"
_PAIR_SIGN = re.compile(r"\s*(?:->|=>|→|=|:)\s*")
_REASON_SIGN = re.compile(r"\s*[:;,]\s*|\s+(?:because|since)(?:\s+of)?\s+|\s+", re.IGNORECASE)
_TRUE = frozenset({"true", "t", "yes", "right", "صحيح", "صح", "نعم"})
_FALSE = frozenset({"false", "f", "no", "wrong", "خطأ", "خاطئ", "لا"})
_OPTION_TWICE = phrase("An option that was named more than once counts once.")
_HALF = 0.5
_PAIR = 2


def alike(text: str) -> str:
    """A text of which capital letters and white space don't count."""
    return " ".join(text.casefold().split())


def one_of(text: str, options: Mapping[str, str], kind: AnswerType) -> str:
    """The id of the option that is named by id or by text, whatever the case. Raises `Unreadable`."""
    wanted = alike(text)
    for option, label in options.items():
        if wanted in {option.casefold(), alike(label)}:
            return option
    known = ", ".join(options)
    why = phrase("%(typed)s is none of: %(known)s.", typed=quoted(text.strip()), known=known)
    raise kind.refuse(why, phrase("%(form)s: %(known)s", form=kind.expected, known=known))


@answer_type
class Choice(AnswerType):
    """One of the options of the question, by its id or its text."""

    name = "choice"
    expected = phrase("one of the options")
    example = "after"
    example_spec = {"options": {"before": "before the capture", "after": "after the capture"}}  # noqa: RUF012
    needs = frozenset({"options"})
    constant = True

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """The option that is named by its id or its text."""
        return one_of(text, spec.options, self), ()

    def of_data(self, data: object, spec: Spec) -> Canon:
        """The id of an option."""
        if not isinstance(data, str) or data not in spec.options:
            raise Misfit(f"{data!r} is none of the options {', '.join(spec.options)}")
        return data


class _Chosen(AnswerType):
    """What several choices and pairs share: elements in the order of the question, each once."""

    many = True
    constant = True
    form = tuple[str, ...]

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:  # noqa: ARG002
        """A cell never shows an option by itself: a source says with `where` what supports the answer."""
        return ()

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        return ", ".join(str(item) for item in (canon if isinstance(canon, tuple) else (canon,)))


@answer_type
class Choices(_Chosen):
    """Several of the options, by id or text, in any order.

    Net (the default): right minus wrong, over the right ones. Each: every option counts as one decision, for at most
    eight options. Coverage and all: see `measures`.
    """

    name = "choices"
    expected = phrase("all options that hold, separated by commas")
    example = "cron, timer"
    example_spec = {"options": {"cron": "a line of cron", "timer": "a timer", "login": "a login"}}  # noqa: RUF012
    needs = frozenset({"options"})
    may = frozenset({"method"})

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Options by id or text, each once."""
        try:
            chosen = {one_of(text, spec.options, self)}
            typed = 1
        except Unreadable:
            parts = [part for part in re.split(r"\n" if "\n" in text else _LIST, text) if part and not part.isspace()]
            chosen, typed = {one_of(part, spec.options, self) for part in parts}, len(parts)
        if not chosen:
            raise self.refuse(phrase("No option was chosen."))
        notes = (_OPTION_TWICE,) if len(chosen) < typed else ()
        return tuple(option for option in spec.options if option in chosen), notes

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A list of ids of options."""
        if not isinstance(data, list | tuple):
            raise Misfit("several choices are a list of ids of options")
        for option in data:
            if not isinstance(option, str) or option not in spec.options:
                raise Misfit(f"{option!r} is none of the options {', '.join(spec.options)}")
        return tuple(option for option in spec.options if option in data)

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:
        """The question's method."""
        chosen, right = (frozenset(one if isinstance(one, tuple) else (one,)) for one in (value, key))
        wrong = [weights.get(option, 1.0) for option in chosen - right]
        return score(spec.method, len(chosen & right), wrong, len(right), len(spec.options))


@answer_type
class Matching(_Chosen):
    """Pairs: a right side for each left side, `left = right`. The credit is the share of right pairs.

    A right side may serve several left sides, and the list of right sides may hold some that belong to none.
    """

    name = "matching"
    expected = phrase("pairs such as a = 1, separated by commas")
    example = "a=2, b=1"
    example_spec = {  # noqa: RUF012 - a constant of the class
        "items": {"a": "linux.bash", "b": "linux.pslist"},
        "options": {"1": "the list of processes", "2": "the history of a shell", "3": "the page cache"},
    }
    needs = frozenset({"items", "options"})

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """Pairs by id or text; a left side has one right side."""
        pairs: dict[str, str] = {}
        for part in re.split(r"\n" if "\n" in text else _LIST, text):
            if not part or part.isspace():
                continue
            sides = _PAIR_SIGN.split(part.strip(), maxsplit=1)
            if len(sides) != _PAIR:
                raise self.refuse(phrase("%(typed)s is not a pair.", typed=quoted(part.strip())))
            left, right = one_of(sides[0], spec.items, self), one_of(sides[1], spec.options, self)
            if pairs.setdefault(left, right) != right:
                raise self.refuse(phrase("'%(left)s' has two right sides: give one.", left=left))
        if not pairs:
            raise self.refuse(phrase("No pair was given."))
        return self._canon(pairs, spec), ()

    @staticmethod
    def _canon(pairs: Mapping[str, str], spec: Spec) -> tuple[str, ...]:
        return tuple(f"{item}={pairs[item]}" for item in spec.items if item in pairs)

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A list of pairs, each a list of two ids or a text such as `a=1`."""
        if not isinstance(data, list | tuple) or not data:
            raise Misfit("a matching is a list of pairs")
        pairs: dict[str, str] = {}
        for pair in data:
            sides = pair.split("=") if isinstance(pair, str) else pair
            match sides:
                case [str(left), str(right)] if left in spec.items and right in spec.options and left not in pairs:
                    pairs[left] = right
                case _:
                    raise Misfit(f"{pair!r} is no pair of this question, or its left side comes twice")
        return self._canon(pairs, spec)

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """The share of the key's pairs that the value has; a pair whose left side the key leaves out enlarges it."""
        if not isinstance(value, tuple) or not isinstance(key, tuple):
            return 0.0
        known = {_left(pair) for pair in key}
        foreign = sum(_left(pair) not in known for pair in value)
        return self.hits(value, key, spec) / (len(key) + foreign) if key else 0.0


def _left(pair: Scalar) -> str:
    return str(pair).partition("=")[0]


@answer_type
class Statement(AnswerType):
    """Whether a statement is true, with the reason: `true: r2`. The right truth value alone earns half."""

    name = "statement"
    expected = phrase("true or false, and the reason")
    example = "false: gone"
    example_spec = {"reasons": {"gone": "The process had ended", "held": "A file is held open"}}  # noqa: RUF012
    needs = frozenset({"reasons"})
    constant = True
    form = tuple[Literal["true", "false"], str]

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:
        """The truth value, then the reason by id or text."""
        head, *rest = _REASON_SIGN.split(text.strip(), maxsplit=1)
        word = head.casefold()
        if word not in _TRUE | _FALSE:
            raise self.refuse(phrase("%(typed)s is neither true nor false.", typed=quoted(head)))
        known = ", ".join(spec.reasons)
        if not rest or not rest[0]:
            why = phrase("The reason is missing. There are: %(known)s.", known=known)
            raise self.refuse(why, phrase("%(form)s: %(known)s", form=self.expected, known=known))
        reason = re.sub(r"^(?:[:;,]\s*)?(?:(?:because|since)\s+(?:of\s+)?)?", "", rest[0], flags=re.IGNORECASE)
        return ("true" if word in _TRUE else "false", one_of(reason, spec.reasons, self)), ()

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A list of a truth value and the id of a reason, or a text such as `true: r2`."""
        if isinstance(data, str):
            data = [part.strip() for part in data.split(":", 1)]
        match data:
            case [bool() | "true" | "false" as truth, str(reason)] if reason in spec.reasons:
                return str(truth).lower(), reason
        raise Misfit("a statement is a truth value and the id of a reason")

    def of_cells(self, cells: Sequence[object], spec: Spec) -> tuple[Canon, ...]:  # noqa: ARG002
        """A cell never shows a statement by itself: a source says with `where` what supports it."""
        return ()

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """Truth value and reason."""
        return ": ".join(str(part) for part in canon) if isinstance(canon, tuple) else str(canon)

    def correctness(self, value: Canon, key: Canon, spec: Spec, weights: Mapping[Scalar, float]) -> float:  # noqa: ARG002
        """1 for both, half for the truth value alone."""
        if self.same(value, key, spec):
            return 1.0
        agree = isinstance(value, tuple) and isinstance(key, tuple) and value[0] == key[0]
        return _HALF if agree else 0.0

    def hits(self, value: Canon, key: Canon, spec: Spec) -> int:
        """It is one element: right as a whole, or not."""
        return int(self.same(value, key, spec))
