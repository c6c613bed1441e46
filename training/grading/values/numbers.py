"""Whole numbers: PIDs and counts."""

from __future__ import annotations

import re
from typing import ClassVar

from training.grading.values.base import (
    MOST_QUOTED,
    AnswerType,
    Canon,
    Misfit,
    Spec,
    answer_type,
    plain_digits,
    quoted,
)

_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}")
_TYPED = re.compile(r"[+-]?[0-9]+")
_HEXADECIMAL = re.compile(r"0[xX]([0-9a-fA-F]+)")
_LABEL = re.compile(r"(?:pid|PID|Pid)\s*[:=#]?\s*")
LOWEST_PID, HIGHEST_PID = 1, 4_194_304
"""What a PID can be: Linux gives numbers up to PID_MAX_LIMIT, 2 to the 22nd; 0 is the idle task, which has no row."""


class _Whole(AnswerType):
    lowest: ClassVar[int]
    highest: ClassVar[int]
    held: ClassVar[tuple[int, int]]
    """Lowest and highest number that rows may hold; wider than what may be typed where scans print garbage."""
    separator = r"[\s,;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        plain, notes = plain_digits(text)
        plain = self._bare(plain)
        if found := _HEXADECIMAL.fullmatch(plain):
            number = int(found[1], 16)
            notes = (*notes, f"Read as {number} from hexadecimal {plain}.") if len(plain) <= MOST_QUOTED else notes
        elif _TYPED.fullmatch(plain):
            number = int(plain)
        else:
            raise self.refuse(f"{quoted(plain)} is not a whole number.")
        if not self.lowest <= number <= self.highest:
            raise self.refuse(f"{quoted(plain)} is out of range: from {self.lowest:,} to {self.highest:,}.")
        return number, notes

    def _bare(self, text: str) -> str:
        return text

    def of_data(self, data: object, spec: Spec) -> Canon:  # noqa: ARG002 - one form for all
        if isinstance(data, str) and _DECIMAL.fullmatch(data):
            data = int(data)
        lowest, highest = self.held
        if isinstance(data, bool) or not isinstance(data, int) or not lowest <= data <= highest:
            raise Misfit(f"a {self.name} is a whole number from {lowest:,} to {highest:,}")
        return data


@answer_type
class Pid(_Whole):
    """A process identifier. Decimal is expected, hexadecimal is read. Scans print garbage: rows may hold any number."""

    name = "pid"
    expected = "one process identifier as a decimal number"
    example = "145"
    lowest, highest = LOWEST_PID, HIGHEST_PID
    held = -(2**31), 2**32 - 1

    def _bare(self, text: str) -> str:
        found = _LABEL.match(text)
        return text[found.end() :] if found else text


@answer_type
class Count(_Whole):
    """How many of something: a whole number, not negative."""

    name = "count"
    expected = "a whole number"
    example = "7"
    lowest, highest = held = 0, 10**15
