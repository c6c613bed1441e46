"""Read YAML so that every mistake can be shown with its file and line, all at once.

Only strings, whole and decimal numbers, true, false and null are read as such: YAML 1.1 would also turn `no`, `12:30`
and `2026-01-01` into other things than what stands there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from training.errors import Damaged

M = TypeVar("M", bound=BaseModel)
LIMIT = 1_000_000  # bytes of one file
DEPTH = 30  # levels of lists and mappings
KEYS = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake of an author: the file, the line from 1, and what is wrong with what is expected."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentError(Damaged):
    """Files of a course or lab can't be used; carries every mistake."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in sorted(mistakes)))
        self.mistakes = sorted(mistakes)


class _Loader(yaml.SafeLoader):
    """A safe loader that leaves dates, times and yes/no as the text that stands there."""


_Loader.yaml_implicit_resolvers = {}

_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])


@dataclass(frozen=True, slots=True)
class Source(Generic[M]):
    """A file that was read: its value, and the line of each part of it."""

    file: str
    value: M
    lines: Mapping[KEYS, int]

    def mistake(self, at: KEYS, message: str) -> Mistake:
        """A mistake at a part of the value, found by a later check."""
        return Mistake(self.file, line_of(self.lines, at), message)


def read(path: Path, model: type[M], name: str | None = None) -> Source[M]:
    """Read a YAML file into a model. Raises ContentError with every mistake, shown under `name` (default: the path)."""
    file = name or path.as_posix()
    try:
        data = path.read_bytes()
    except OSError as bad:
        raise ContentError([Mistake(file, 1, f"can't be read: {bad.strerror}")]) from bad
    if len(data) > LIMIT:
        raise ContentError([Mistake(file, 1, f"{len(data)} bytes; at most {LIMIT} are read")])
    try:
        return parse(data.decode("utf-8"), model, file)
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise ContentError([Mistake(file, line, "not UTF-8 text; save the file as UTF-8")]) from bad


def parse(text: str, model: type[M], file: str, first_line: int = 1) -> Source[M]:
    """Read YAML text that starts at `first_line` of a file into a model; errors as with `read`."""
    value, lines = load(text, file, first_line)
    try:
        return Source(file, model.model_validate(value), lines)
    except ValidationError as bad:
        raise ContentError([_as_mistake(file, lines, error) for error in bad.errors()]) from None


def load(text: str, file: str, first_line: int = 1) -> tuple[Any, dict[KEYS, int]]:
    """Plain value of YAML text and the line of each part of it."""
    try:
        _refuse_cleverness(text, file, first_line)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as bad:
        mark = getattr(bad, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        problem = getattr(bad, "problem", None) or str(bad).splitlines()[0]
        raise ContentError([Mistake(file, line, f"not YAML: {problem}")]) from None
    lines: dict[KEYS, int] = {(): first_line}
    mistakes: list[Mistake] = []
    _note_lines(node, (), lines, (file, first_line), mistakes)
    if mistakes:
        raise ContentError(mistakes)
    loader = _Loader("")
    try:
        return (loader.construct_document(node) if node else None), lines
    except yaml.YAMLError as bad:
        raise ContentError([Mistake(file, first_line, f"not plain YAML: {bad}")]) from None


def line_of(lines: Mapping[KEYS, int], at: KEYS) -> int:
    """The line of a part, or of the nearest part around it that has one."""
    while at not in lines and at:
        at = at[:-1]
    return lines.get(at, 1)


def _refuse_cleverness(text: str, file: str, first_line: int) -> None:
    """Aliases can make a small file endless, and depth can exhaust the reader: content needs neither."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEPTH:
            what = "nested too deeply" if depth > DEPTH else "an alias (*name) can't be used; write the value out"
            raise ContentError([Mistake(file, first_line + _line(event.start_mark), what)])


def _line(mark: Any) -> int:  # a mark of the reader in C or of the one in Python, or none
    return int(mark.line) if mark else 0


def _note_lines(
    node: yaml.Node | None, at: KEYS, lines: dict[KEYS, int], where: tuple[str, int], mistakes: list[Mistake]
) -> None:
    if node is None:
        return
    lines.setdefault(at, where[1] + _line(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            line = where[1] + _line(key.start_mark)
            if name in seen:
                mistakes.append(Mistake(where[0], line, f"{name} stands here a second time"))
            seen.add(name)
            lines[*at, name] = line
            _note_lines(value, (*at, name), lines, where, mistakes)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note_lines(item, (*at, number), lines, where, mistakes)


def _as_mistake(file: str, lines: Mapping[KEYS, int], error: Any) -> Mistake:
    at = tuple(error["loc"])
    name = ".".join(str(part) for part in at) or "the file"
    kind = error["type"]
    if kind == "extra_forbidden":
        message = f"{name}: not a known field"
    elif kind == "missing":
        message = f"{name}: missing"
    else:
        message = f"{name}: {error['msg'].removeprefix('Value error, ')}"
    return Mistake(file, line_of(lines, at), message)
