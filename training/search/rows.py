"""A passage on its way into the index: what is kept of it, and the stems by which it is found."""

from dataclasses import dataclass
from typing import NamedTuple

from training.search.gather import Passage
from training.search.words import stems

COLUMNS = ("source", "kind", "name", "place", "anchor", "language", "title", "section", "text")
SAID = "CASE WHEN kind = 'term' THEN text ELSE '' END"


class Row(NamedTuple):
    """Where a passage stands, which is the same in another language; and of a term what it means."""

    kind: str
    name: str
    place: str
    anchor: str
    said: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage of a source. Words of titles count more than those of the text."""

    source: str
    passage: Passage
    head: tuple[str, ...]
    body: tuple[str, ...]

    def values(self) -> dict[str, str]:
        """What is kept, by column."""
        return {name: self.source if name == "source" else getattr(self.passage, name) for name in COLUMNS}


def entry(source: str, passage: Passage) -> Entry:
    """A passage with its stems. The title of a module is the head of its beginning only, not of each section."""
    head = stems(passage.section or passage.title)
    body = stems(f"{passage.title} {passage.text}" if passage.section else passage.text)
    return Entry(source, passage, tuple(head), tuple(body))
