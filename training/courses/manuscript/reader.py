"""Read a course: `course.yaml`, a folder for each module, and the keys of the questions. Nothing here knows a database.

`check` finds every mistake of an author at once, each with file and line; `load` gives the course of a frozen release,
rendered once for each language. Keys are a thing of their own (`keys`): what pages get handed can't hold them.
"""

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from training.content import source
from training.content.markdown import Block, render
from training.content.source import ContentError, Mistake
from training.courses.manuscript import advice, draft, translation
from training.courses.manuscript.course import Course
from training.courses.manuscript.files import DIGEST_CHARS, FILE, KEYS, TEXT, called, course_of, is_release, split
from training.courses.manuscript.format import CourseFile, Key
from training.errors import Refused
from training.sentence import phrase

__all__ = ["DIGEST_CHARS", "FILE", "KEYS", "TEXT", "check", "course_of", "keys", "load", "note_translated", "outputs"]


def check(folder: Path, exhibits: Mapping[str, str] | None = None) -> list[Mistake]:
    """Every mistake in the files of a course, by file and line; none means that it can be published.

    `exhibits` (name of pack to SHA-256 of its image) lets it also find plugin output that belongs to another image.
    """
    return examine(folder, exhibits=exhibits)[0]


def warnings(folder: Path, today: date, labs: Collection[str] | None = None) -> list[Mistake]:
    """What an author should look at although the course can be published; see `advice`.

    `labs` are those that are installed, by name; where it is None, nothing is said of labs.
    """
    return examine(folder, today, labs)[1]


def examine(
    folder: Path,
    today: date | None = None,
    labs: Collection[str] | None = None,
    exhibits: Mapping[str, str] | None = None,
) -> tuple[list[Mistake], list[Mistake]]:
    """Mistakes and, where the day is given, warnings: `check` and `warnings` in one reading."""
    found = draft.read(folder, exhibits)
    others = [translation.read(found, one) for one in translation.begun(folder, found.language)]
    mistakes = set(found.mistakes).union(*(one.mistakes for one in others))
    if today is None:
        return sorted(mistakes), []
    remarks = set(advice.remarks(found, today, labs)).union(*(one.remarks for one in others))
    return sorted(mistakes), sorted(remarks)


def load(folder: Path, language: str = "") -> Course:
    """The course in a folder of a release, kept in memory since a release never changes. Raises ContentError.

    With a language, what is translated into it is in it: titles, modules. All else is as it was written.
    """
    here = folder.resolve()  # one copy in memory, whichever way leads to it
    return _load(here, language if language in _languages(here) else "")


@lru_cache(maxsize=192)
def _load(folder: Path, language: str) -> Course:
    found = draft.read(folder)
    # A release was checked by the rules of its day. Whoever works with it is untouched by stricter ones.
    if found.course is None or found.unread or (found.mistakes and not is_release(folder)):
        raise ContentError(found.mistakes)
    if not language:
        return Course(found.course.value, tuple(found.modules), found.course.value.language)
    other = translation.read(found, language)
    modules = tuple(other.modules.get(module.folder, module) for module in found.modules)
    file = other.course or found.course.value
    return Course(file, modules, language if other.course else found.course.value.language)


@lru_cache(maxsize=64)
def _languages(folder: Path) -> tuple[str, ...]:
    """The languages into which a release is translated, in part at least."""
    return translation.begun(folder, _original(folder))


def _original(folder: Path) -> str:
    return source.read(folder / FILE, CourseFile, called(folder, FILE)).value.language


@lru_cache(maxsize=192)
def keys(folder: Path, language: str = "") -> Mapping[str, Key]:
    """The keys of the questions in a folder of a release, with what they say in a language. For judging only."""
    if not (folder / KEYS).exists():
        return {}
    found = source.read_entries(folder / KEYS, Key, called(folder, KEYS))
    return translation.keys_in(folder, found.value, _original(folder), language)


def note_translated(path: Path) -> Path:
    """Write into a translated file which sections of the original it translates: all, as they are now.

    Gives the folder of its course. Raises Refused for a file that is no part of one.
    """
    folder = path.parent if (path.parent / FILE).exists() else path.parent.parent
    if not path.is_file() or not (folder / FILE).exists():
        raise Refused(phrase("%(file)s is no file of a course", file=str(path)))
    translation.note_translated(path, draft.read(folder))
    return folder


def outputs(folder: Path) -> list[tuple[Path, Block, str]]:
    """The blocks of plugin output in a course, each with the folder of its module and the name of its file."""
    found: list[tuple[Path, Block, str]] = []
    for file in sorted(folder.glob(f"*/{TEXT}")):
        name = called(folder, f"{file.parent.name}/{TEXT}")
        text, line = split(file, name)[1:]
        page = render(text, file=name, first_line=line, places={"output"})
        found += [(file.parent, part, name) for part in page.parts if isinstance(part, Block)]
    return found
