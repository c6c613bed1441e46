"""The glossary of all courses: `glossary.yaml` beside their folders, each term in each language with its definition."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from training.content import source
from training.content.markdown import escape
from training.content.source import ContentError, Entries, Mistake

FILE = "glossary.yaml"
NAME = f"courses/{FILE}"
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
TERM_LINK = re.compile(
    r'<a [^>]*href="(?P<way>\.\./\.\./glossary#(?P<term>[a-z0-9-]+))"[^>]*>(?P<words>.*?)</a>', re.DOTALL
)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Word(_Model):
    """A term in one language, and what it means in one or two sentences."""

    term: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(min_length=20, max_length=600)]


class Term(_Model):
    """A term in all languages. `open` names the languages whose choice an expert has still to confirm."""

    en: Word
    fr: Word
    ar: Word
    as_of: date
    open: bool = False

    def word(self, language: str) -> Word:
        """The term in a language; in English where it has none in it."""
        return {"fr": self.fr, "ar": self.ar}.get(language, self.en)


def load(folder: Path) -> Entries[Term] | None:
    """The glossary in the folder of all courses with the mistakes in it, None where there is none.

    Raises ContentError for a file that can't be read at all.
    """
    path = folder / FILE
    try:
        state = path.stat()
    except OSError:
        return None
    return _load(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _load(path: Path, _changed: int, _size: int) -> Entries[Term]:
    """Kept until the file changes: every page of a module asks for it."""
    return source.read_entries(path, Term, NAME)


def check(folder: Path) -> list[Mistake]:
    """Every mistake in the glossary."""
    try:
        found = load(folder)
    except ContentError as bad:
        return bad.mistakes
    if found is None:
        return []
    strange = [name for name in sorted(found.names) if not ID.fullmatch(name)]
    said = "an id has small letters, digits and dashes"
    return sorted([*found.mistakes, *(found.mistake((name,), f"{name}: {said}") for name in strange)])


def known(folder: Path) -> Mapping[str, Term]:
    """The terms as pages show them: those in order, none while somebody works on a file that can't be read."""
    try:
        found = load(folder)
    except ContentError:
        return {}
    return found.value if found else {}


def ordered(terms: Mapping[str, Term], language: str) -> list[tuple[str, Term]]:
    """The terms by their name in a language, accents and capital letters aside."""
    return sorted(terms.items(), key=lambda one: _plain(one[1].word(language).term))


def explain(html: str, terms: Mapping[str, Term], language: str, numbers: Iterator[int]) -> str:
    """The HTML of a module in which each term opens its definition, the way to the glossary in it."""

    def explained(link: re.Match[str]) -> str:
        term = terms.get(link["term"])
        if term is None:
            return link[0]
        name, word = f"tip-{next(numbers)}", term.word(language)
        beside = f' (<bdi lang="en">{escape(term.en.term)}</bdi>)' if term.open and language != "en" else ""
        said = f'<a href="{link["way"]}"><b>{escape(word.term)}</b></a>{beside}: {escape(word.text)}'
        opener = f'<button type="button" class="term" popovertarget="{name}">{link["words"]}</button>'
        return f'{opener}<span class="tip" popover id="{name}">{said}</span>'

    return TERM_LINK.sub(explained, html)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character)).removeprefix("ال")
