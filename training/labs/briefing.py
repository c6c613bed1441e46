"""The briefing in its sections, so that a page can begin with few words and fold the rest under its headings.

A section begins with a paragraph whose first words are bold, as docs/labs.md asks of authors.
"""

import re
from dataclasses import dataclass

GLANCE = 60
"""Words that are read at a glance."""

TAG = re.compile(r"<[^>]+>")
HEADED = re.compile(r"<p><strong>([^<]{1,120})</strong>\s*")
"""As `training.content.markdown` writes a paragraph that begins with bold words."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its heading, as HTML without the full stop ('' for what stands before the first), and its HTML."""

    title: str
    html: str

    @property
    def short(self) -> bool:
        """Whether it is read at a glance, so that nobody need open it."""
        return len(TAG.sub(" ", self.html).split()) <= GLANCE


def sections(brief: str) -> tuple[Section, ...]:
    """The sections of a cleaned briefing, in order. One without bold beginnings is one section without a heading."""
    before, *rest = HEADED.split(brief)
    found = [Section("", before)] if before.strip() else []
    found += [
        Section(title.strip().removesuffix("."), f"<p>{html}")
        for title, html in zip(rest[::2], rest[1::2], strict=True)
    ]
    return tuple(found)
