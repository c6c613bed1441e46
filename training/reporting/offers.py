"""Lines that the program offers for 'Limits' and 'Not done', made of facts of the attempt and of the plugins' cards.

They are offered and never put in by themselves: who signs decides what holds. Pure.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from training.analysis.cards import Card, Cards
from training.analysis.models import State
from training.reporting.document import Document
from training.sentence import listed, phrase

LIMITS, UNDONE = "limits", "undone"
MOST_UNASKED = 6
"""Plugins that could have been asked, and are offered as not asked."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A line for a part. `key` names it in a form, and stays the same while the line is the same."""

    part: str
    text: str

    @property
    def key(self) -> str:
        """Of its English text."""
        return hashlib.sha256(str(self.text).encode()).hexdigest()[:12]


def of(document: Document, cards: Cards) -> tuple[Offer, ...]:
    """All lines, those for the limits first."""
    limits = (*_capture(document), *_sources(document), *_plugins(document, cards), *_always(document))
    return (
        *(Offer(LIMITS, text) for text in limits),
        *(Offer(UNDONE, text) for text in _not_done(document, cards)),
    )


def _capture(document: Document) -> Iterator[str]:
    if document.on_papers:
        return
    yield phrase("The memory was copied while the machine ran: parts of the image can differ by the time that it took.")
    yield phrase("Capturing changed the memory: the responder's programs overwrote parts of it.")
    yield phrase(
        "Times are those of the machine's clock; its offset was measured at the capture, and for earlier it is assumed."
    )


def _sources(document: Document) -> Iterator[str]:
    for one in document.others:
        if one.state in {"partial", "killed", "failed"}:
            given = {"n": str(one.number), "command": one.command, "state": State(one.state).word, "reason": one.reason}
            yield phrase("Run %(n)s, %(command)s, is %(state)s and nothing here rests on it: %(reason)s", **given)
    for found in document.findings:
        structures = document.structures(found)
        if len(structures) == 1:
            given = {"finding": f"F{found.number}", "structure": structures[0]}
            yield phrase("%(finding)s rests on one source alone: %(structure)s.", **given)
    absent: dict[str, list[str]] = {}
    for cited in document.citations:
        told = [one for one in cited.cells if one.absent and cited.column in {"", one.name}]
        if told:
            absent.setdefault(listed(sorted({one.absent or "" for one in told})), []).append(f"C{cited.number}")
    for kinds, numbers in absent.items():
        given = {"numbers": listed(numbers), "kinds": kinds}
        yield phrase("%(numbers)s: cells say %(kinds)s, and that is no sign that there was nothing.", **given)


def _cards(document: Document, cards: Cards) -> Iterator[tuple[Card, str]]:
    """Cards of cited plugins, each with the citations that stand on it."""
    for plugin in dict.fromkeys(one.plugin for one in document.runs):
        if plugin in cards:
            yield cards.get(plugin), listed(f"C{one.number}" for one in document.citations if one.plugin == plugin)


def _plugins(document: Document, cards: Cards) -> Iterator[str]:
    for card, numbers in _cards(document, cards):
        given = {"plugin": card.name, "numbers": numbers}
        yield phrase("What %(plugin)s (%(numbers)s) can't show: %(text)s", **given, text=card.cannot_show)
        yield phrase("What defeats %(plugin)s (%(numbers)s): %(text)s", **given, text=card.defeated_by)


def _always(document: Document) -> Iterator[str]:
    if document.accounts:
        yield phrase("A name in a structure is a name and not a person: rows show accounts, not who used them.")
    yield phrase("What was not found may still have happened.")


def _not_done(document: Document, cards: Cards) -> Iterator[str]:
    unasked: dict[str, str] = {}
    for card, _ in _cards(document, cards):
        for plugin, why in card.check_with:
            if plugin not in document.asked:
                unasked.setdefault(plugin, phrase("%(plugin)s was not asked. %(why)s", plugin=plugin, why=why))
    yield from list(unasked.values())[:MOST_UNASKED]
    used = {one.material for one in document.citations}
    for handed in document.handed:
        if handed.name not in used:
            yield phrase("'%(title)s' was handed over, and no line of it is cited here.", title=handed.title)
    for number, asks in document.unanswered:
        yield phrase("Question %(n)s is not answered here: %(question)s", n=str(number), question=asks)
    if document.exhibit.verified_at is None:
        yield phrase("The digest of the exhibit was not worked out again before the examination.")
    if not document.on_papers:
        yield phrase("Disks, telephones and the machines at the other end of the network were not given to me.")
