"""Text of an expression to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from training.grading.keys.syntax import LONGEST, KeyProblem

KEYWORDS = frozenset({"and", "or", "not", "in", "has", "starts", "ends", "by", "true", "false", "null"})

Kind = Literal["number", "text", "name", "keyword", "sign", "end"]

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"""(?P<number>0x[0-9a-fA-F]{1,16}|[0-9]{1,18})(?![A-Za-z0-9_])
      | (?P<name>[A-Za-z_][A-Za-z0-9_]{0,99})
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<sign>!=|<=|>=|[=<>+\-.,()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text (of a text: without quotes and escapes), its place counted from 1."""

    kind: Kind
    text: str
    at: int


def tokens(expression: str) -> list[Token]:
    """All tokens of an expression, closed by one of kind `end`. Raises `KeyProblem`."""
    if len(expression) > LONGEST:
        raise KeyProblem(f"an expression has at most {LONGEST:,} characters")
    found: list[Token] = []
    place = _skip(expression, 0)
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if not match:
            raise KeyProblem(_unknown(expression, place), place + 1)
        kind, text = str(match.lastgroup), match[0]
        if kind == "name":
            found.append(Token("keyword" if text in KEYWORDS else "name", text, place + 1))
        elif kind == "number":
            found.append(Token("number", text, place + 1))
        elif kind == "text":
            found.append(Token("text", _plain(text[1:-1], place + 1), place + 1))
        else:
            found.append(Token("sign", text, place + 1))
        place = _skip(expression, match.end())
    found.append(Token("end", "the end", len(expression) + 1))
    return found


def _skip(expression: str, place: int) -> int:
    match = _SPACE.match(expression, place)
    return match.end() if match else place


def _plain(text: str, at: int) -> str:
    if "\\" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise KeyProblem(f"'\\{match[1]}' is no escape; there are \\n \\t \\\\ \\' \\\"", at)
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", plain, text, flags=re.DOTALL)


def _unknown(expression: str, place: int) -> str:
    char = expression[place]
    if char in "\"'":
        return "a text begins here and does not end"
    if char == "!":
        return "'!' alone means nothing: write `not` or `!=`"
    if char.isascii() and char.isdigit():
        return "a number with too many digits, or with letters in it"
    return (
        f"'{char}' has no meaning here" if char.isprintable() else "a character that can't be shown has no meaning here"
    )
