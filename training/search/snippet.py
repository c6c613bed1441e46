"""The piece of a text around the words that were looked for, in parts, marked or not. Escaping is the page's."""

from typing import NamedTuple

from training.search.query import Query
from training.search.words import WORD, stem

AROUND = 36  # words of a piece
BEFORE = 8  # of them before the first one that is marked


class Piece(NamedTuple):
    """Text, and whether it is one of the words."""

    text: str
    marked: bool


def snippet(text: str, query: Query) -> tuple[Piece, ...]:
    """Some forty words where most of the wanted ones stand, each of these a piece of its own."""
    spans = [(match.start(), match.end()) for match in WORD.finditer(text)]
    if not spans:
        return ()
    hits = [number for number, (start, end) in enumerate(spans) if query.hits(stem(text[start:end]))]
    first = max(0, _best(hits, text, spans) - BEFORE)
    last = min(len(spans), first + AROUND)
    first = max(0, last - AROUND)
    start = spans[first][0] if first else 0
    end = spans[last - 1][1] if last < len(spans) else len(text)
    pieces = [Piece("… ", marked=False)] if first else []
    at = start
    for number in hits:
        if first <= number < last:
            pieces += [
                Piece(text[at : spans[number][0]], marked=False),
                Piece(text[slice(*spans[number])], marked=True),
            ]
            at = spans[number][1]
    pieces.append(Piece(text[at:end] + (" …" if last < len(spans) else ""), marked=False))
    return tuple(piece for piece in pieces if piece.text)


def _best(hits: list[int], text: str, spans: list[tuple[int, int]]) -> int:
    """The hit from which on most different words follow within a piece; 0 where there is none."""
    best, most = 0, 0
    words = [stem(text[slice(*spans[number])]) for number in hits]
    for at, number in enumerate(hits[:200]):
        beside = {word for word, other in zip(words[at:], hits[at:], strict=True) if other < number + AROUND - BEFORE}
        if len(beside) > most:
            best, most = number, len(beside)
    return best
