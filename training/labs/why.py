"""Why an answer holds, parted by what its reader has asked of the exhibit: sentences about other plugins stand apart.

It is done by names alone, as the text writes them: in full, or the last part of the name.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

SENTENCES = re.compile(r"(?<=[.!?])\s+")
WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*[A-Za-z0-9_]")
LEANING = ("It ", "They ", "This ", "These ", "That ", "By itself ", "Both ", "Neither ")
"""How a sentence begins that can't be read without the one before."""


@dataclass(frozen=True, slots=True)
class Why:
    """Paragraphs of a text: `met` with what its reader can follow by own runs, `other` with what speaks of more."""

    met: tuple[str, ...]
    other: tuple[str, ...] = ()


def parted(text: str, known: Collection[str], ran: Collection[str]) -> Why:
    """A text by plugins. Where nothing would be left of it, all of it is `met`.

    Args:
        text: paragraphs, one a line.
        known: names of all plugins for the system of the exhibit.
        ran: those that its reader has run.
    """
    strange = _names(known) - _names(ran)
    met, other = [], []
    for paragraph in filter(str.strip, text.splitlines()):
        kept: list[str] = []
        left: list[str] = []
        where = kept
        for sentence in SENTENCES.split(paragraph.strip()):
            if not (sentence.startswith(LEANING) and (kept or left)):
                where = kept
            where = left if strange.intersection(WORDS.findall(sentence)) else where
            where.append(sentence)
        met += [" ".join(kept)] if kept else []
        other += [" ".join(left)] if left else []
    return Why(tuple(met), tuple(other)) if met else Why(tuple(other))


def _names(plugins: Collection[str]) -> set[str]:
    return {name for one in plugins for name in (one, one.rpartition(".")[2])}
