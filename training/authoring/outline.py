"""What readers meet in the files of a course, taken from the files alone.

Releases are compared by this, also those that an older version of the program took, and working copies with mistakes:
nothing here raises for what stands in a file. What can't be read is left out;
`training.courses.manuscript.reader` says why.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.content import source
from training.content.service import files_of
from training.content.source import ContentError
from training.courses.manuscript import output
from training.courses.manuscript.glossary import FILE as GLOSSARY
from training.courses.manuscript.reader import FILE, KEYS

Files = Mapping[str, bytes]
"""The files of a course or lab by their path in its folder."""

TEXT = re.compile(r"^([^/]+)/index(?:\.([a-z]{2}))?\.md$")
FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([\w.-]*)")
ASKED, ROWS = "quiz", "output"
KEY = ("answer", "tolerance", "accept")  # parts of a key that decide whether an answer is right


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text that begins with a heading; the first may have none."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its stem, its options or items by id, the parts of its key, what is said about answers."""

    id: str
    stem: str
    options: tuple[tuple[str, str], ...]
    key: str
    said: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows of a plugin as the page shows them: what names them, the caption, the rows."""

    command: str
    caption: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A module in one language: `language` is empty for the one that it was written in."""

    id: str
    folder: str
    language: str
    title: str
    objectives: Mapping[str, str]
    sections: tuple[Section, ...]
    questions: Mapping[str, Asked]
    outputs: tuple[Shown, ...]
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outline:
    """A course: its own fields, the texts of its modules in order, its terms; see `terms`."""

    title: str
    summary: str
    texts: tuple[Text, ...]
    terms: Mapping[str, Mapping[str, str]] | None = None


@dataclass(slots=True)
class _Body:
    sections: list[tuple[str, list[str]]] = field(default_factory=lambda: [("", [])])
    fences: list[tuple[str, str]] = field(default_factory=list)


def read(folder: Path) -> dict[str, bytes]:
    """The files of a folder, such as that of a release; none where it is not there."""
    return {name.as_posix(): (folder / name).read_bytes() for name in files_of(folder)} if folder.is_dir() else {}


def of(files: Files) -> Outline:
    """The outline of a course."""
    course = _mapping(_text(files, FILE))
    keys = _mapping(_text(files, KEYS))
    found = sorted((match[1], match[2] or "", path) for path in files if (match := TEXT.match(path)))
    order = {folder: place for place, folder in enumerate(folders(files))}
    found.sort(key=lambda one: (order[one[0]], one))
    ids = {folder: _front(_text(files, path))[0].get("id") for folder, language, path in found if not language}
    texts = [_module(files, keys, folder, language, str(ids.get(folder) or folder)) for folder, language, _ in found]
    return Outline(str(course.get("title", "")), str(course.get("summary", "")), tuple(texts), terms(files))


def terms(files: Files) -> Mapping[str, Mapping[str, str]] | None:
    """The terms that a course holds, each in each language with its definition; None for a release without any."""
    if GLOSSARY not in files:
        return None
    found = {name: term for name, term in _mapping(_text(files, GLOSSARY)).items() if isinstance(term, dict)}
    return {
        name: {
            language: f"{word.get('term', '')}: {word.get('text', '')}"
            for language, word in term.items()
            if isinstance(word, dict)
        }
        for name, term in found.items()
    }


def field_of(data: bytes, name: str) -> str:
    """A field of a YAML file, or of the front matter of a text; empty where there is none."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    value = (_front(text)[0] if text.startswith("---\n") else _mapping(text)).get(name)
    return "" if value is None else str(value)


def language_of(files: Files, path: str) -> str:
    """The language of a text of a course: that of its name, or of the course."""
    match = TEXT.match(path)
    return (match and match[2]) or field_of(files.get(FILE, b""), "language") or "en"


def folders(files: Files) -> list[str]:
    """The folders of modules in the order of the course, then those that it doesn't list."""
    listed = [str(one) for one in _list(_mapping(_text(files, FILE)).get("modules"))]
    there = sorted({match[1] for path in files if (match := TEXT.match(path))})
    return [one for one in dict.fromkeys(listed) if one in there] + [one for one in there if one not in listed]


def _module(files: Files, keys: Mapping[str, Any], folder: str, language: str, name: str) -> Text:
    ending = f".{language}" if language else ""
    front, text = _front(_text(files, f"{folder}/index{ending}.md"))
    body = _body(text)
    said = _mapping(_text(files, f"keys{ending}.yaml")) if language else {}
    questions = [_asked(_mapping(block), keys, said) for kind, block in body.fences if kind == ASKED]
    return Text(
        id=name,
        folder=folder,
        language=language,
        title=str(front.get("title", "")),
        objectives=_objectives(front.get("objectives")),
        sections=tuple(Section(title, tuple(_paragraphs(lines))) for title, lines in body.sections if title or lines),
        questions={one.id: one for one in questions if one.id},
        outputs=tuple(_shown(files, folder, block) for kind, block in body.fences if kind == ROWS),
        figures={path: output.digest(repr(files[path])) for path in files if path.startswith(f"{folder}/media/")},
    )


def _text(files: Files, path: str) -> str:
    return files.get(path, b"").decode("utf-8", "replace").replace("\r\n", "\n")


def _front(text: str) -> tuple[dict[str, Any], str]:
    front, fence, rest = text.removeprefix("---\n").partition("\n---\n")
    return (_mapping(front), rest) if fence and text.startswith("---\n") else ({}, text)


def _body(text: str) -> _Body:
    """Sections with the lines of their text, and the fences that readers don't meet as text."""
    body = _Body()
    fence, kind, block = "", "", list[str]()
    for line in text.split("\n"):
        opening = FENCE.match(line)
        if fence:
            block.append(line)
            if opening and opening[1].startswith(fence) and not opening[2]:
                if kind in {ASKED, ROWS}:
                    body.fences.append((kind, "\n".join(block[1:-1])))
                else:
                    body.sections[-1][1].append("\n".join(block))
                fence = ""
        elif opening:
            fence, kind, block = opening[1], opening[2], [line]
        elif line.startswith("## "):
            body.sections.append((line.removeprefix("## ").strip(), []))
        else:
            body.sections[-1][1].append(line)
    if fence:
        body.sections[-1][1].append("\n".join(block))
    return body


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs; a fence is one already."""
    found: list[list[str]] = [[]]
    for line in lines:
        if "\n" in line or not line.strip():
            found += [[line], []] if line.strip() else [[]]
        else:
            found[-1].append(line)
    return ["\n".join(one) for one in found if one]


def _objectives(value: object) -> dict[str, str]:
    """Objectives by id: a list of mappings in the original, a mapping in a translation."""
    if isinstance(value, Mapping):
        return {str(name): str(text) for name, text in value.items()}
    return {str(one["id"]): str(one.get("text", "")) for one in _list(value) if isinstance(one, dict) and "id" in one}


def _asked(block: Mapping[str, Any], keys: Mapping[str, Any], said: Mapping[str, Any]) -> Asked:
    options = [one for name in ("items", "options") for one in _list(block.get(name)) if isinstance(one, dict)]
    name = str(block.get("id", ""))
    key = keys.get(name)
    key = key if isinstance(key, dict) else {}
    rest = {part: value for part, value in key.items() if part not in KEY}
    return Asked(
        name,
        str(block.get("stem", "")),
        tuple((str(one.get("id", "")), str(one.get("text", ""))) for one in options),
        _plain({part: key.get(part) for part in KEY}),
        _plain({**rest, "said": said.get(name)}),
    )


def _shown(files: Files, folder: str, block: str) -> Shown:
    asked = _mapping(block)
    command = f"{asked.get('plugin', '')} ({asked.get('exhibit', '')})"
    try:
        stored = json.loads(files[f"{folder}/{output.FOLDER}/{output.digest(block)}.json"])
        rows = tuple("  ".join(str(cell) for cell in row) for row in stored["rows"])
    except (KeyError, TypeError, ValueError, RecursionError):
        rows = ()
    return Shown(command, str(asked.get("caption", "")), rows)


def _mapping(text: str) -> dict[str, Any]:
    try:
        value, _ = source.load(text, "")
    except ContentError:
        return {}
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
