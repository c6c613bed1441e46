"""Characters that people read off a screen or a sheet, and the check characters that catch what was misread.

The alphabet has 31 characters, none of which is taken for another; 31 is a prime, so that arithmetic modulo it finds
mistakes. A sheet's id is five random characters and two checks: of the seven values c1 … c7 both the sum and the sum of
i·ci are 0, so that any two wrong characters and any two that changed places are found (Reed and Solomon 1960, two check
symbols). The mark of a row is a and 2a + s, where s belongs to the sheet: one wrong character, both in the wrong order,
and marks of a sheet with another s are found.
"""

import secrets
from collections.abc import Sequence

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BASE = len(ALPHABET)
CODE, MARK = 7, 2
ROWS = 15
"""Rows of a sheet, as many as A4 holds with codes that a scanner reads at 200 dots per inch. There are 30 marks."""
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def new_code() -> str:
    """An id for a sheet."""
    return _checked([secrets.randbelow(BASE) for _ in range(CODE - 2)])


def _checked(values: Sequence[int]) -> str:
    """The id whose first five values are these."""
    plain = sum(values)
    weighted = sum(place * value for place, value in enumerate(values, 1))
    sixth = (weighted - CODE * plain) % BASE  # from c6 + c7 = -plain and 6·c6 + 7·c7 = -weighted
    return _text([*values, sixth, (-plain - sixth) % BASE])


def cleaned(typed: str) -> str:
    """What was typed, in capitals, without spaces and hyphens."""
    return "".join(typed.upper().replace("-", " ").split())


def sound(code: str) -> bool:
    """Whether this is the id of a sheet, as far as its check characters tell."""
    values = _read(code)
    if values is None or len(values) != CODE:
        return False
    return sum(values) % BASE == sum(place * value for place, value in enumerate(values, 1)) % BASE == 0


def marks(code: str) -> list[str]:
    """The marks of the rows of a sheet, in their order: all but the one that reads the same both ways."""
    shift = _shift(code)
    pairs = ([first, (2 * first + shift) % BASE] for first in range(BASE))
    return [_text(pair) for pair in pairs if pair[0] != pair[1]]


def sound_mark(code: str, mark: str) -> bool:
    """Whether this is a mark of that sheet, as far as its check character tells."""
    values = _read(mark)
    return values is not None and len(values) == MARK and (2 * values[0] + _shift(code)) % BASE == values[1]


def from_bytes(data: bytes, length: int) -> str:
    """Characters from random bytes, eight bytes for each: no character is likelier than another by 2**-59."""
    return _text([int.from_bytes(data[8 * place : 8 * place + 8]) % BASE for place in range(length)])


def _shift(code: str) -> int:
    return sum((place + 1) * _VALUES[one] for place, one in enumerate(code[: CODE - 2])) % BASE


def _read(text: str) -> list[int] | None:
    values = [_VALUES.get(one) for one in text]
    found = [one for one in values if one is not None]
    return found if len(found) == len(values) else None


def _text(values: Sequence[int]) -> str:
    return "".join(ALPHABET[value] for value in values)
