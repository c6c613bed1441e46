"""What readers would see of a text that is being written, whatever is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

from training.authoring import checking, outline
from training.authoring.checking import Findings
from training.authoring.service import Copy
from training.content import markdown
from training.courses.manuscript import draft, glossary, translation
from training.courses.manuscript.course import Module, Part
from training.settings import Settings

RELATIVE = re.compile(r'(<a\b[^>]*\bhref=")(?!https:|mailto:|#|/)([^"]*)"')


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as readers would see it, what is wrong with its file, and how many mistakes other files have.

    `title` and `parts` are those of the module, or of the text alone where its front matter can't be read.
    """

    language: str
    title: str
    parts: tuple[Part, ...]
    icons: tuple[str, ...]
    words: int
    findings: Findings
    elsewhere: int


def of(settings: Settings, copy: Copy, files: Mapping[str, bytes], path: str, today: date) -> Preview:
    """The preview of one file among all files of its course or lab. Never raises for what an author wrote."""
    with checking.laid_out(settings, copy, files) as folder:
        found = checking.check_folder(settings, copy, folder, today)
        module = _module(copy, folder, path)
        terms = glossary.known(folder) if copy == checking.GLOSSARY else {}
    mine, language = found.of(copy, path), outline.language_of(files, path)
    elsewhere = len(found.mistakes) - len(mine.mistakes)
    if module:
        parts = tuple(Part(_linked(one.html, copy), one.question, one.lab, one.local) for one in module.parts)
        return Preview(language, module.title, parts, module.icons, module.words, mine, elsewhere)
    if copy == checking.GLOSSARY:
        return Preview("en", "", (Part(html=glossary.listed(terms)),), (), 0, mine, elsewhere)
    if not path.endswith(".md"):
        return Preview(language, "", (), (), 0, mine, elsewhere)
    text = files[path].decode("utf-8", "replace").replace("\r\n", "\n")
    front, fence, rest = text.partition("\n---\n")
    body = rest if fence and front.startswith("---\n") else text
    page = markdown.render(body, file=path, link=lambda _address: "#")
    return Preview(language, "", (Part(html=page.html),), page.icons, page.words, mine, elsewhere)


def _module(copy: Copy, folder: Path, path: str) -> Module | None:
    match = outline.TEXT.match(path)
    if copy.kind != "course" or not match:
        return None
    found = draft.read(folder)
    if match[2]:
        return translation.read(found, match[2]).modules.get(match[1]) if found.course else None
    return next((one for one in found.modules if one.folder == match[1]), None)


def _linked(html: str, copy: Copy) -> str:
    """Links between modules, which are neighbours' in the course, as they work from the pages of the editor."""
    return RELATIVE.sub(lambda link: f'{link[1]}{urljoin(f"/courses/{copy.name}/module", link[2])}"', html)
