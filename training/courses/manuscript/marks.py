"""Marks of paragraphs: names that stay as long as their text does.

A mark is the beginning of the SHA-256 of a paragraph's text, with a number where a module holds the same text again. It
is put into clean HTML as an id, `p-` and the mark, and is the key under which places and notes are kept: with a newer
release they are where they were, wherever the text is. A list, a table, a figure or a box is one paragraph.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from training.courses.manuscript.course import Module
from training.courses.manuscript.tags import TAG, pieces, text_of

CHARS = 8  # of a digest: enough to tell the paragraphs of one module apart, and a page has no byte to spare
MARK = re.compile(rf"^[0-9a-f]{{{CHARS}}}(?:-[1-9][0-9]{{0,2}})?$")
MARKED = frozenset({"p", "ul", "ol", "dl", "pre", "blockquote", "figure", "div", "section"})
UNMARKED = re.compile(r'^<\w+[^>]*(?: id="|class="(?:side|notes-end)\b)')
SECTION = re.compile(r'^<h2 id="s(\d+)"')


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of a module's HTML: its mark ('' for none), the number of its section (0 before the first), its text.

    `html` carries the id. `opens` tells a heading that begins the section.
    """

    mark: str
    section: int
    html: str
    text: str
    opens: bool = False


def of(module: Module) -> tuple[tuple[Paragraph, ...], ...]:
    """The paragraphs of each part of a module, in order; none where a part is no text."""
    return _of(tuple(part.html for part in module.parts))


def paragraphs(module: Module) -> Iterator[Paragraph]:
    """Those that have a mark."""
    return (one for part in of(module) for one in part if one.mark)


@lru_cache(maxsize=256)
def _of(parts: tuple[str, ...]) -> tuple[tuple[Paragraph, ...], ...]:
    """Kept in memory: a page has no time to take its text apart, and a release never changes."""
    seen = Counter[str]()
    section = 0
    found: list[Sequence[Paragraph]] = []
    for markup in parts:
        inside: list[Paragraph] = []
        for name, piece in pieces(markup.lstrip()):
            if head := SECTION.match(piece):
                section = int(head[1])
            inside.append(_paragraph(name, piece, section, seen, opens=bool(head)))
        found.append(inside)
    return tuple(tuple(inside) for inside in found)


def _paragraph(name: str, piece: str, section: int, seen: Counter[str], *, opens: bool) -> Paragraph:
    text, start = text_of(piece), TAG.match(piece)
    if name not in MARKED or not text or UNMARKED.match(piece) or start is None:
        return Paragraph("", section, piece, text, opens)
    digest = hashlib.sha256(text.encode()).hexdigest()[:CHARS]
    seen[digest] += 1
    mark = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    at = start.end() - 1  # before the end of its first tag, whatever its attributes hold
    return Paragraph(mark, section, f'{piece[:at]} id="p-{mark}"{piece[at:]}', text)
