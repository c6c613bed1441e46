"""What a reader asks for: any text at all becomes a query, at worst an empty one."""

import re
from dataclasses import dataclass

from training.search.words import STOP, WORD, fold, stems

LONGEST = 1_000  # characters of a question that are read
MOST = 12  # terms
WORDS = 8  # of one phrase
BEGUN = 3  # letters from which a last word may be the beginning of one
PIECE = re.compile(r'"([^"]*)"|(\S+)')
WITHOUT = re.compile(r"^(?:[cdjlmnst]|qu)['\u2019](?=\w)", re.IGNORECASE)  # an article that hangs on its noun: l'ordre


@dataclass(frozen=True, slots=True)
class Query:
    """Terms, each a word or several that stand side by side, as stems. With `begun` the last word may go on."""

    terms: tuple[tuple[str, ...], ...]
    begun: bool = False

    def hits(self, found: str) -> bool:
        """Whether a stem of a text is one of the words."""
        if any(found in term for term in self.terms):
            return True
        return self.begun and found.startswith(self.terms[-1][-1])


def parse(text: str) -> Query:
    """Read what was typed. Words in quotation marks stand side by side, and so do those of `linux.pslist`.

    Words that every text holds are left out, unless there is nothing else.
    """
    terms: list[tuple[str, ...]] = []
    idle: list[tuple[str, ...]] = []
    begun = False
    for phrase, word in PIECE.findall(text[:LONGEST]):
        term = tuple(stems(phrase or WITHOUT.sub("", word))[:WORDS])
        if not term:
            continue
        begun = not phrase and len(term[-1]) >= BEGUN
        (idle if word and _idle(word) else terms).append(term)
    kept = list(dict.fromkeys(terms or idle))[:MOST]
    return Query(tuple(kept), bool(kept) and begun and kept[-1] == (terms or idle)[-1])


def _idle(word: str) -> bool:
    return all(fold(one) in FOLDED for one in WORD.findall(word))


FOLDED = frozenset(fold(word) for word in STOP)
