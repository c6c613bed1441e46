"""Whole numbers: PIDs, counts, ports and hex addresses."""

from __future__ import annotations

import re
from typing import ClassVar

from training.grading.values.base import (
    MOST_QUOTED,
    AnswerType,
    Canon,
    Misfit,
    Spec,
    Unreadable,
    answer_type,
    from_hexadecimal,
    plain_digits,
    quoted,
    readable,
)
from training.sentence import phrase

_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}")
_TYPED = re.compile(r"[+-]?[0-9]+")
_HEXADECIMAL = re.compile(r"0[xX]([0-9a-fA-F]+)")
_LABEL = re.compile(r"pid\s*[:=#]?\s*", re.IGNORECASE)
_PORT_LABEL = re.compile(r"(?:port|(?:tcp|udp)[ ]?/)\s*[:=#]?\s*", re.IGNORECASE)
_PROTOCOL = re.compile(r"\s*/[ ]?(?:tcp|udp)", re.IGNORECASE)
_GROUPS = re.compile(r"(?<=[0-9a-fA-FxX])[_`'](?=[0-9a-fA-F])")
_ADDRESS = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,40})[hH]?")
LOWEST_PID, HIGHEST_PID = 1, 4_194_304
"""What a PID can be: Linux gives numbers up to PID_MAX_LIMIT, 2 to the 22nd; 0 is the idle task, which has no row."""

HIGHEST_PORT = 65_535
_HIGHEST_ADDRESS = 2**64 - 1
_KERNEL = 0xFFFF_8000_0000_0000
"""The lowest kernel address of a machine with 48 bits: from here up, all of the highest 17 bits are set."""
_BITS_48 = 2**48 - 1


class _Whole(AnswerType):
    form = int
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
            notes = (*notes, from_hexadecimal(number, plain)) if len(plain) <= MOST_QUOTED else notes
        elif _TYPED.fullmatch(plain):
            number = int(plain)
        else:
            raise self.refuse(phrase("%(typed)s is not a whole number.", typed=quoted(plain)))
        if not self.lowest <= number <= self.highest:
            raise self.refuse(
                phrase(
                    "%(typed)s is out of range: from %(low)s to %(high)s.",
                    typed=quoted(plain),
                    low=self.lowest,
                    high=self.highest,
                )
            )
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
    expected = phrase("one process identifier as a decimal number")
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
    expected = phrase("a whole number")
    example = "7"
    lowest, highest = held = 0, 10**15


@answer_type
class Port(_Whole):
    """A port of TCP or UDP. `443/tcp` and `port 443` are read as 443: the protocol is no part of the number."""

    name = "port"
    expected = phrase("a port number from 0 to 65535")
    example = "514"
    lowest, highest = held = 0, HIGHEST_PORT

    def _bare(self, text: str) -> str:
        found = _PORT_LABEL.match(text)
        text = text[found.end() :] if found else text
        found = _PROTOCOL.search(text)
        return text[: found.start()] if found and found.end() == len(text) else text


@answer_type
class Address(AnswerType):
    """An address in memory, in hexadecimal: with or without `0x`, digits grouped by `_`, a backtick or an apostrophe.

    Plugins print kernel addresses in 48 bits; debuggers write the same address with its highest 16 bits set. Both are
    one address.
    """

    name = "address"
    expected = phrase("an address in hexadecimal")
    example = "0x7f21c04d5000"
    form = int
    separator = r"[\s,;]+"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """Hexadecimal digits, however they are grouped."""
        plain, notes = plain_digits(text)
        found = _ADDRESS.fullmatch(_GROUPS.sub("", plain))
        if not found:
            raise self.refuse(phrase("%(typed)s is not an address in hexadecimal.", typed=quoted(plain)))
        number = int(found[1], 16)
        if number > _HIGHEST_ADDRESS:
            raise self.refuse(
                phrase("%(typed)s is out of range: an address has at most 16 hexadecimal digits.", typed=quoted(plain))
            )
        if found[1].isdecimal() and found[0] == found[1]:
            notes = (*notes, phrase("Read as hexadecimal: %(address)s.", address=f"{number:#x}"))
        short = _in_48_bits(number)
        if short != number:
            said = phrase("Read as %(address)s: plugins print kernel addresses in 48 bits.", address=f"{short:#x}")
            notes = (*notes, said)
        return short, notes

    def of_data(self, data: object, spec: Spec) -> Canon:
        """A whole number, or its hexadecimal text."""
        if isinstance(data, str) and len(data) <= MOST_QUOTED:
            try:
                return self.read(readable(data), spec)[0]
            except Unreadable as unreadable:
                raise Misfit(unreadable.why) from unreadable
        if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= _HIGHEST_ADDRESS:
            raise Misfit("an address is a whole number of at most 64 bits, or its hexadecimal text")
        return _in_48_bits(data)

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """In hexadecimal, with 0x."""
        return f"{canon:#x}" if isinstance(canon, int) else str(canon)


def _in_48_bits(address: int) -> int:
    return address & _BITS_48 if address >= _KERNEL else address
