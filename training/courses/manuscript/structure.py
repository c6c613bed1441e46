"""The sections of a module: what they hold, in order, and the digests by which a translation knows its original."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from training.content import source
from training.content.markdown import Block, Mark
from training.content.source import ContentError, Mistake
from training.courses.manuscript.files import FIGURE_FILE
from training.courses.manuscript.format import Change, Key, ModuleFile

FRONT = "front"  # title and objectives
DIGITS = 16  # of a section's digest


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a section that its translation has too: what it is, what must be the same about it, and its line.

    `file` is that of a figure.
    """

    kind: str
    same: str
    line: int
    file: str = ""

    def __str__(self) -> str:
        names = {"heading": "a heading", "box": "a box", "figure": "a figure", "math": "a formula", "quiz": "question"}
        return f"{names.get(self.kind, self.kind)} {self.same}".strip()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a text: its id (s0 before the first heading), the line where it begins, its text and its parts."""

    id: str
    line: int
    text: str
    items: tuple[Item, ...]

    @property
    def number(self) -> str:
        """Its number for people."""
        return self.id.removeprefix("s")


def sections(text: str, first_line: int, marks: tuple[Mark, ...]) -> list[Section]:
    """The sections of a text whose marks are known."""
    lines = text.split("\n")
    starts = [first_line, *(mark.line for mark in marks if mark.kind == "heading" and mark.name == "##")]
    ends = [*starts[1:], first_line + len(lines)]
    return [
        Section(
            f"s{number}",
            start,
            "\n".join(lines[start - first_line : end - first_line]),
            tuple(_item(mark) for mark in marks if start <= mark.line < end and mark.name not in {"#", "##"}),
        )
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def digests(file: ModuleFile, parts: list[Section], keys: Mapping[str, Key], folder: Path) -> dict[str, str]:
    """The digest of each section with its figures and what its keys say to readers, and of title and objectives.

    `folder` is that of the module. SHA-256, its first 16 digits; white space at the ends of lines and sections does
    not count, nor how much of it stands between the words of a figure's file.
    """
    changes = file.changes.what if isinstance(file.changes, Change) else ""
    front = [file.title, *(f"{one.id}: {one.text}" for one in file.objectives), changes]
    found = {FRONT: _digest(front)}
    for section in parts:
        text = [line.rstrip() for line in section.text.strip().split("\n")]
        asked = [keys[name] for item in section.items if item.kind == "quiz" and (name := _id(item)) in keys]
        said = [json.dumps([key.explanation, dict(key.feedback)], ensure_ascii=False) for key in asked]
        drawn = [_drawn(folder / item.file) for item in section.items if FIGURE_FILE.fullmatch(item.file)]
        found[section.id] = _digest([*text, *said, *drawn])
    return found


def differences(translated: Section, original: Section, file: str) -> Iterator[Mistake]:
    """The first part in which a section is another one than its original."""
    for mine, wanted in zip_longest(translated.items, original.items):
        if mine is None:
            message = f"section {original.number}: {wanted} of the original (line {wanted.line}) is missing"
            yield Mistake(file, translated.line, message)
        elif wanted is None:
            yield Mistake(file, mine.line, f"section {original.number}: the original has no {mine} here")
        elif (mine.kind, mine.same) != (wanted.kind, wanted.same):
            message = f"section {original.number}: here stands {mine}, the original has {wanted} (line {wanted.line})"
            yield Mistake(file, mine.line, message)
        else:
            continue
        return


def _item(mark: Mark) -> Item:
    if mark.block is None:
        return Item(mark.kind, mark.name, mark.line)
    return Item(mark.kind, _same(mark.block), mark.line, mark.block.arguments[0] if mark.kind == "figure" else "")


def _drawn(path: Path) -> str:
    try:
        return hashlib.sha256(b" ".join(path.read_bytes().split())).hexdigest()
    except OSError:
        return ""  # said where the figure is drawn


def _same(block: Block) -> str:
    if block.kind in {"output", "quiz"}:
        return _fields(block)
    if block.kind == "math":
        return " ".join(block.text.split())
    return "" if block.kind == "figure" else "#".join(filter(None, block.arguments))


def _fields(block: Block) -> str:
    """What of a block is the same in every language: all of an output but its caption, the ids of a question."""
    try:
        value: Any = source.load(block.text, "")[0]
    except ContentError:
        return ""
    if not isinstance(value, dict):
        return ""
    if block.kind == "output":
        return ", ".join(f"{key} {value[key]}" for key in sorted(value) if key != "caption")
    listed = [str(value.get("id"))]
    for field in ("items", "options"):
        ids = [str(one.get("id")) for one in value.get(field) or () if isinstance(one, dict)]
        listed += [f"with {field} {', '.join(ids)}"] if ids else []
    return " ".join(listed)


def _id(item: Item) -> str:
    return item.same.partition(" ")[0]


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGITS]
