"""A question whose words the index has not, asked again with near words that it has; and said so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import NamedTuple

from sqlalchemy.orm import Session

from training.search.near import near, slips
from training.search.query import Query
from training.search.words import WORD, stem

MOST = 5  # near words of one word that are looked at


class Showing(NamedTuple):
    """A word as it was typed, and the one that is shown instead, as it stands in what was found."""

    typed: str
    shown: str


def corrected(
    session: Session, index: ModuleType, query: Query, language: str, hidden: Sequence[str]
) -> tuple[Query, dict[str, str]]:
    """The question with near words for those that no passage holds, and which stem stands for which."""
    known: Mapping[str, int] = index.words(session)
    begun = query.terms[-1][-1] if query.begun else ""
    other: dict[str, str] = {}
    for word in dict.fromkeys(word for term in query.terms for word in term if slips(word)):
        there = word in known or (word == begun and any(one.startswith(word) for one in known))
        if there and not (hidden and word in known and not index.count(session, word, language, hidden)[0]):
            continue
        if best := _best(session, index, near(word, known), language, hidden):
            other[word] = best
    terms = tuple(tuple(other.get(word, word) for word in term) for term in query.terms)
    return replace(query, terms=terms, begun=query.begun and begun not in other), other


def showing(text: str, other: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> tuple[Showing, ...]:
    """The words that were replaced, as a reader knows them: the new ones as they stand in what was found."""
    forms: dict[str, str] = {}
    for row in rows:
        for word in WORD.findall(f"{row['title']} {row['section']} {row['text']}"):
            found = stem(word)
            if found in other.values() and len(word) < len(forms.get(found, word + " ")):
                forms[found] = word
    typed = {stem(word): word for word in WORD.findall(text)}
    both = ((typed.get(word, word), forms.get(new, new)) for word, new in other.items())
    return tuple(Showing(word, new.lower() if word.islower() else new) for word, new in both)


def _best(session: Session, index: ModuleType, words: list[str], language: str, hidden: Sequence[str]) -> str:
    """The likeliest of near words that this reader can be shown; one of the reader's language before any other."""
    counted = [(word, index.count(session, word, language, hidden)) for word in words[:MOST]]
    shown = [(word, mine) for word, (every, mine) in counted if every]
    return next((word for word, mine in shown if mine), shown[0][0] if shown else "")
