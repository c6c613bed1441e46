"""The court view: a claim as it is put to a judge, with what carries it, what it doesn't prove, and who did what when.

It adds nothing to the report. Columns are explained by the plugin's card, terms by the glossary. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from training.analysis.cards import Card, Cards
from training.courses.manuscript.glossary import Term
from training.reporting.document import Cited, Document, Found, Made
from training.reporting.references import named, paragraphs
from training.reporting.wording import custody
from training.sentence import Sentence, phrase

CELLS = 8  # cells of a row that are read out; the others stand in the annex
TOUCHES = 8  # lines of custody, the newest left out first
ALWAYS = ("exhibit", "memory-image", "hash-value", "chain-of-custody", "finding")
"""Terms of the glossary that the page itself uses."""
OWN: tuple[tuple[re.Pattern[str], str, Sentence], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), name, meaning)
    for pattern, name, meaning in (
        (
            ".",
            phrase("A run"),
            phrase("One question that was put to the memory image with one command, and its answer."),
        ),
        (".", phrase("A row"), phrase("One line of the answer of a run. Rows are counted from 0.")),
        (
            ".",
            phrase("A plugin"),
            phrase("A part of the program Volatility that looks for one kind of thing in a memory image."),
        ),
        (
            ".",
            phrase("A source"),
            phrase("The structure in memory that a plugin reads. Two plugins that read the same one are one source."),
        ),
        (
            r"\bT?P?PID\b",
            "PID, PPID",
            phrase("The number by which the system knows a process, and that of the process that started it."),
        ),
        (r"\b[UG]ID\b", "UID, GID", phrase("The number of a user account, and of a group of accounts.")),
        (r"\bCOMM\b", "COMM", phrase("The short name of a process that Linux keeps; it has at most 15 characters.")),
        (
            r"\btasks?\b",
            phrase("A task"),
            phrase("What Linux calls a process, or one of several strands of work inside it."),
        ),
        (r"\bthreads?\b", phrase("A thread"), phrase("One of several strands of work inside a process.")),
        (
            r"\bports?\b|\bTCP\b|\bUDP\b",
            phrase("Port, TCP, UDP"),
            phrase("Two ways in which programs talk over a network, and the number of the door that is used."),
        ),
        (
            r"\binode|\bpage cache\b|pagecache",
            phrase("Page cache, inode"),
            phrase("Parts of files that the system keeps in memory, and the entry by which it knows a file."),
        ),
        (r"\bheap\b", phrase("Heap"), phrase("The part of a process's memory in which it keeps its own data.")),
        (r"\bmount", phrase("Mount"), phrase("A file system that is joined to the tree of folders.")),
        (
            r"\bnamespace|\bNetNS\b",
            phrase("Namespace"),
            phrase("A part of the system with a view of its own, such as its own network."),
        ),
    )
)
"""Words of the page that the glossary of the courses doesn't have, each with what makes it needed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is read out: its column, what that means, what stands there, whether it is what was cited."""

    name: str
    means: str
    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Support:
    """A cited place: the run and plugin that it is of, its cells; `more` cells stand in the annex."""

    cited: Cited
    made: Made | None
    card: Card | None
    cells: tuple[Cell, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done, when, and by whom. `logged` words are those of the record of custody: English."""

    at: datetime
    who: str
    what: str
    logged: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a claim."""

    found: Found
    supports: tuple[Support, ...]
    unproven: tuple[tuple[str, str], ...]
    rivals: tuple[str, ...]
    steps: tuple[Step, ...]
    terms: tuple[tuple[str, str], ...]


def page(document: Document, found: Found, cards: Cards, terms: Mapping[str, Term], language: str) -> Page:
    """The page of one claim of a report, for a reader of a language."""
    supports = tuple(_supports(document, found, cards))
    plugins = {one.card.name: one.card for one in supports if one.card is not None}
    unproven = tuple((name, card.cannot_show) for name, card in plugins.items())
    rivals = tuple(_rivals(document, found))
    seen = [found.claim, found.asks, *rivals, *(text for card in plugins.values() for text in _of_card(card))]
    seen += [f"{one.name} {one.means}" for support in supports for one in support.cells]
    explained = tuple(_terms(" ".join(seen), terms, language))
    return Page(found, supports, unproven, rivals, tuple(_steps(document, supports, found)), explained)


def _of_card(card: Card) -> tuple[str, str]:
    return card.lists, card.cannot_show


def _supports(document: Document, found: Found, cards: Cards) -> Iterator[Support]:
    for number in found.citations:
        cited = document.cited(number)
        if cited is None:
            continue
        card = cards.get(cited.plugin) if cited.plugin in cards else None
        cells = [
            Cell(one.name, cards.meaning_of(card, one.name) if card else "", one.text, one.name == cited.column)
            for one in cited.cells
        ]
        cells.sort(key=lambda one: not one.marked)  # what was cited first, the others in their order
        yield Support(cited, document.run(cited.run), card, tuple(cells[:CELLS]), max(0, len(cells) - CELLS))


def _rivals(document: Document, found: Found) -> Iterator[str]:
    yield from paragraphs(found.alternatives)
    general = paragraphs(document.parts.get("alternatives", ""))
    yield from (one for one in general if found.number in named(one, "F"))


def _steps(document: Document, supports: Sequence[Support], found: Found) -> list[Step]:
    """Who did what when, in the order of time."""
    author, program = document.author or "-", "Engram"
    made = [Step(one.at, program, custody(one.text), logged=True) for one in document.custody[:TOUCHES]]
    image = document.exhibit
    if not document.on_papers:
        said = phrase("The memory was copied, by the record that came with it.")
        made.append(Step(image.captured_at, phrase("The responder"), said))
    if image.verified_at is not None:
        made.append(Step(image.verified_at, author, phrase("Had the digest of the exhibit worked out anew.")))
    for run in {one.made.number: one.made for one in supports if one.made is not None}.values():
        given = {"n": str(run.number), "plugin": run.plugin, "version": run.volatility}
        if run.made_at is not None:
            said = phrase("Run %(n)s, %(plugin)s, was answered with Volatility %(version)s.", **given)
            made.append(Step(run.made_at, program, said))
    made.append(Step(found.at, author, phrase("Recorded the finding.")))
    if document.number:
        made.append(Step(document.at, author, phrase("Filed the report.")))
    return sorted(made, key=lambda one: one.at)


def _terms(text: str, terms: Mapping[str, Term], language: str) -> Iterator[tuple[str, str]]:
    """Terms that a text uses, with their meaning in a language."""
    yield from ((name, meaning) for pattern, name, meaning in OWN if pattern.search(f"{text}."))
    for name, term in terms.items():
        words = {term.en.term, term.word(language).term}
        if name in ALWAYS or any(_has(text, word) for word in words):
            word = term.word(language)
            yield word.term, word.text


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?:s|es)?(?!\w)", text, re.IGNORECASE) is not None
