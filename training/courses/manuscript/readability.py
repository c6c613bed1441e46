"""How hard a text is to read: the mean length of its sentences and its share of long words.

The two measures are those of the index LIX (C. H. Björnsson, Läsbarhet, 1968): words in a sentence, and words of more
than six letters. The bars are set for English from the modules on memory analysis, whose figures docs/authoring.md
tells.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from training.content.markdown import Rendered, prose
from training.content.source import Mistake

LONG = 7  # letters from which a word is long
MOST_IN_SENTENCE = 14.0  # words, on average
MOST_LONG = 0.28  # share of long words
FEWEST_WORDS = 100  # under which nothing is measured
SENTENCE = re.compile(r"(?<=[.!?:;])['\")\]]*\s+")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured: words, words in a sentence on average, share of long words."""

    words: int
    in_sentence: float
    long: float


def measure(texts: list[str]) -> Reading:
    """Measure texts of which each begins and ends a sentence: paragraphs, points of lists, headings."""
    sentences = [words for text in texts for one in SENTENCE.split(text) if (words := WORD.findall(one))]
    words = [word for sentence in sentences for word in sentence]
    long = sum(len(word) >= LONG for word in words)
    return Reading(len(words), len(words) / max(1, len(sentences)), long / max(1, len(words)))


def remarks(page: Rendered, file: str) -> Iterator[Mistake]:
    """What is hard to read about a page."""
    found = measure(prose(page.html))
    if found.words < FEWEST_WORDS:
        return
    if found.in_sentence > MOST_IN_SENTENCE:
        message = f"{found.in_sentence:.1f} words in a sentence on average, at most {MOST_IN_SENTENCE:g}; shorten them"
        yield Mistake(file, 1, message)
    if found.long > MOST_LONG:
        message = (
            f"{found.long:.0%} of the words have {LONG} letters or more, at most {MOST_LONG:.0%}; use shorter ones"
        )
        yield Mistake(file, 1, message)
