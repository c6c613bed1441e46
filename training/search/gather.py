"""What can be found: the sections of courses, the glossary, briefs of labs, plugin cards. No key, no question, no hint.

Each kind names what it takes; what is not named here is not found. A lab gives its title, summary and brief: not its
questions, their hints, or what is said `after`. Plain text is made from HTML that is clean already.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from training.analysis import cards as plugin_cards
from training.courses.manuscript import glossary
from training.courses.manuscript import reader as courses
from training.courses.manuscript.course import Course, Module, Part
from training.courses.manuscript.tags import text_of
from training.labs import reader as labs
from training.sentence import LANGUAGES

SECTION = re.compile(r'(<h2 id="s\d+">.*?</h2>)', re.DOTALL)
HEAD = re.compile(r'<h2 id="(s\d+)">(.*?)</h2>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text and where it stands.

    `kind` is course, module, lab, plugin or term; `name` that of the course, lab, plugin or term; `place` the module,
    of a term the course that holds it, empty for the glossary on offer; `anchor` the id to jump to. `title` and
    `section` are its headings, `text` is plain.
    """

    kind: str
    name: str
    place: str
    anchor: str
    language: str
    title: str
    section: str
    text: str


def of_course(folder: Path) -> Iterator[Passage]:
    """The passages of a release of a course in each language in which it is there."""
    original = courses.load(folder)
    yield from _course(original)
    for language in LANGUAGES:
        if language != original.language:
            other = courses.load(folder, language)
            yield from _course(other, language) if other is not original else ()
    yield from _terms(glossary.known(folder), original.id)  # its own; what is on offer is a source of its own


def of_lab(folder: Path) -> Iterator[Passage]:
    """A lab as anybody sees it who has not begun it."""
    lab = labs.load(folder)
    text = f"{lab.file.summary} {text_of(lab.brief)}"
    yield Passage("lab", lab.id, "", "", lab.file.language, lab.title, "", text)


def of_plugins() -> Iterator[Passage]:
    """The cards of the plugins; they are written in English."""
    for card in plugin_cards.load():
        said = (card.lists, card.walks, card.shows, card.cannot_show, card.defeated_by, card.alone)
        beside = (*card.aliases, *(f"{name} {why}" for name, why in card.check_with))
        more = (*(f"--{one.name} {one.help}" for one in card.options), *(f"{c.name} {c.means}" for c in card.columns))
        text = " ".join(filter(None, (*said, *beside, *more)))
        yield Passage("plugin", card.name, "", "", "en", card.name, "", text)


def of_terms(folder: Path) -> Iterator[Passage]:
    """The terms of the glossary in a folder, in each language."""
    return _terms(glossary.known(folder), "")


@cache
def digest_of_plugins() -> str:
    """Changes when a card changes: cards come with the program."""
    files = sorted(plugin_cards.FOLDER.glob("*.yaml"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def digest_of_terms(folder: Path) -> str:
    """Changes when the glossary changes; empty where there is none."""
    path = folder / glossary.FILE
    try:
        state = path.stat()
    except OSError:
        return ""
    return _digest(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _digest(path: Path, _changed: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _course(course: Course, language: str = "") -> Iterator[Passage]:
    """All of it, or with a language only what is in that one."""
    if not language or course.language == language:
        yield Passage("course", course.id, "", "", course.language, course.title, "", course.file.summary)
    for module in course.modules:
        if not language or module.language == language:
            yield from _module(course.id, module)


def _terms(terms: Mapping[str, glossary.Term], course: str) -> Iterator[Passage]:
    for name, term in terms.items():
        for language in LANGUAGES:
            word = term.word(language)
            yield Passage("term", name, course, name, language, word.term, "", word.text)


def _module(course: str, module: Module) -> Iterator[Passage]:
    title = f"{module.number} {module.title}"
    aims = " ".join(objective.text for objective in module.file.objectives)
    heads: list[tuple[str, str]] = [("", "")]
    texts: list[list[str]] = [[aims]]
    for piece in _pieces(module.parts):
        if head := HEAD.fullmatch(piece):
            heads.append((head[1], text_of(head[2])))
            texts.append([])
        else:
            texts[-1].append(text_of(piece))
    for (anchor, section), text in zip(heads, texts, strict=True):
        if said := " ".join(filter(None, text)):  # a section of questions alone has no text
            yield Passage("module", course, module.id, anchor, module.language, title, section, said)


def _pieces(parts: Sequence[Part]) -> Iterator[str]:
    """HTML between headings, and headings; the sentences of ways into labs and of places for national notes with it."""
    for part in parts:
        if part.html:
            yield from SECTION.split(part.html)
        elif part.lab:
            yield part.lab.sentence
        elif part.local:
            yield part.local.asks


GATHER = {"course": of_course, "lab": of_lab}
"""How the passages of a release are gathered, by its kind."""
