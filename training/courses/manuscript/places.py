"""Places in the pages of modules, and links from other pages that point at none of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.content.markdown import Block, Rendered, render
from training.content.source import ContentError, Mistake
from training.courses.manuscript.files import TEXT, is_release, split, translated
from training.courses.manuscript.modules import PLACES

ID = re.compile(r'<[a-z][^<>]*? id="([^"]+)"')
QUESTION_ID = re.compile(r"^id:[ \t]*[\"']?([\w-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link to a place in the page of another module: where it stands, and its address as the message.

    `course` is empty for a module of the same course; `language` is that of the page on which the link stands.
    """

    at: Mistake
    course: str
    folder: str
    place: str
    language: str


def ids(page: Rendered) -> frozenset[str]:
    """All places of a page: sections, terms, questions, local notes, notes at the end."""
    found = set(ID.findall(page.html))
    for block in page.parts:
        if isinstance(block, Block) and block.kind == "quiz":
            found.update(QUESTION_ID.findall(block.text)[:1])
        elif isinstance(block, Block) and block.kind == "local":
            found.add(f"local-{block.arguments[0]}")
    return frozenset(found)


def astray(course: Path, pointers: list[Pointer], pages: Mapping[str, Rendered]) -> Iterator[Mistake]:
    """Links that point at a place that their page has not. Modules of which nothing could be read may have any."""

    @cache
    def known(other: str, folder: str, language: str) -> frozenset[str]:
        there = course.parent / other / folder if other else course / folder
        mine = pages[folder] if not other and folder in pages else _page(there / TEXT)
        return ids(mine) | ids(_page(there / translated(TEXT, language)))

    for one in pointers:
        if one.course and is_release(course):
            continue
        places = known(one.course, one.folder, one.language)
        if places and one.place not in places:
            yield Mistake(one.at.file, one.at.line, f"a link to {one.at.message}; that page has no place #{one.place}")


def _page(path: Path) -> Rendered:
    """The page of a module outside this reading, as far as its places go; an empty one where there is none."""
    try:
        text = split(path, path.name)[1] if path.is_file() else ""
    except ContentError:
        text = ""
    return render(text, file=path.name, places={*PLACES, "figure", "output"}, link=lambda _address: "#")
