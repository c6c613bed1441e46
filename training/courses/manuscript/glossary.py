"""The glossary of all courses: `glossary/glossary.yaml` beside their folders, each term in each language.

A release of a course holds the terms that it uses, as they were when it was published, in a `glossary.yaml` of its own.
What readers look up is the glossary on offer: the one that was published here by the editor, else the shipped one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from training.content import source
from training.content.markdown import escape
from training.content.source import ContentError, Entries, Mistake
from training.sentence import LANGUAGES

FOLDER, FILE = "glossary", "glossary.yaml"
NAME = f"courses/{FOLDER}/{FILE}"
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
USED = re.compile(r"\]\(term:([a-z0-9][a-z0-9-]{0,60})\)")
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


def shipped(courses: Path) -> Path:
    """The folder of the glossary among those of courses."""
    return courses / FOLDER


def offered(courses: Path, instance: Path) -> Path:
    """The folder of the glossary that readers look up."""
    own = instance / FOLDER
    return own if (own / FILE).is_file() else shipped(courses)


def of_release(folder: Path, offered: Path) -> Mapping[str, Term]:
    """The terms of a release of a course: its own, or those on offer for one that was made without."""
    return known(folder if (folder / FILE).is_file() else offered)


def beside(offered: Path) -> Callable[[Path], Mapping[str, bytes]]:
    """What is frozen with a course besides its own files: the terms that its texts use, as they are on offer now.

    A course that came from elsewhere brings its terms; they count where none on offer has their id.
    """

    def terms_of(course: Path) -> Mapping[str, bytes]:
        terms = {**known(course), **known(offered)}
        used = {name: terms[name].model_dump(mode="json") for name in sorted(_used(course)) if name in terms}
        text = yaml.safe_dump(used, allow_unicode=True, sort_keys=False, width=10**6)
        return {FILE: text.encode()} if used else {}

    return terms_of


def load(folder: Path, name: str = NAME) -> Entries[Term] | None:
    """The glossary in a folder with the mistakes in it, None where there is none; `name` is what messages call it.

    Raises ContentError for a file that can't be read at all.
    """
    path = folder / FILE
    try:
        state = path.stat()
    except OSError:
        return None
    return _load(path, name, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _load(path: Path, name: str, _changed: int, _size: int) -> Entries[Term]:
    """Kept until the file changes: every page of a module asks for it."""
    return source.read_entries(path, Term, name)


def check(folder: Path, name: str = NAME) -> list[Mistake]:
    """Every mistake in the glossary of a folder."""
    try:
        found = load(folder, name)
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


def listed(terms: Mapping[str, Term]) -> str:
    """Terms as HTML, each in all its languages, for those who write them."""

    def said(word: Word, language: str) -> str:
        turned = "rtl" if language == "ar" else "ltr"
        return f'<p lang="{language}" dir="{turned}"><b>{escape(word.term)}</b>: {escape(word.text)}</p>'

    return "".join(
        f'<dt id="{name}"><code>{name}</code></dt><dd>'
        + "".join(said(term.word(language), language) for language in LANGUAGES)
        + "</dd>"
        for name, term in ordered(terms, "en")
        if ID.fullmatch(name)
    ).join(("<dl>", "</dl>"))


def ordered(terms: Mapping[str, Term], language: str) -> list[tuple[str, Term]]:
    """The terms by their name in a language, accents and capital letters aside."""
    return sorted(terms.items(), key=lambda one: _plain(one[1].word(language).term))


def otherwise(
    terms: Mapping[str, Term], held: Sequence[tuple[str, Mapping[str, Term]]], language: str
) -> Mapping[str, list[tuple[str, Word]]]:
    """What courses (title and terms of each) say of a term in other words than these, by its id."""
    found: dict[str, list[tuple[str, Word]]] = {}
    for title, own in held:
        for name, term in own.items():
            if name in terms and term.word(language) != terms[name].word(language):
                found.setdefault(name, []).append((title, term.word(language)))
    return found


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


def _used(course: Path) -> set[str]:
    """The terms that the texts of a course use, in any language."""
    texts = (path.read_text("utf-8", "replace") for path in course.glob("*/index*.md"))
    return {name for text in texts for name in USED.findall(text)}


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character)).removeprefix("ال")
