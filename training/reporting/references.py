"""References in what an author types: `C3` is a citation, `F2` a finding. Pure; pages escape what they show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

REFERENCE = re.compile(r"(?<![^\W_])([CF])([1-9][0-9]{0,3})(?![^\W_])", re.ASCII)
_BLANK = re.compile(r"\n[ \t]*\n")

Kind = Literal["C", "F"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a paragraph. `kind` and `number` are set where it is a reference; its text is then 'C3'."""

    text: str
    kind: Kind | None = None
    number: int = 0


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; lines inside of one stay lines."""
    return [one.strip() for one in _BLANK.split(text.replace("\r\n", "\n")) if one.strip()]


def pieces(text: str) -> Iterator[Piece]:
    """A paragraph in pieces that give it back when they are put together."""
    at = 0
    for match in REFERENCE.finditer(text):
        if match.start() > at:
            yield Piece(text[at : match.start()])
        kind: Kind = "C" if match[1] == "C" else "F"
        yield Piece(match[0], kind, int(match[2]))
        at = match.end()
    if at < len(text):
        yield Piece(text[at:])


def named(text: str, kind: Kind) -> list[int]:
    """Numbers that a text refers to, in order, each once."""
    return list(dict.fromkeys(one.number for one in pieces(text) if one.kind == kind))
