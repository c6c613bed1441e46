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
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # what its own loaders are made of
from yaml.resolver import Resolver

from training.errors import Damaged

M = TypeVar("M", bound=BaseModel)
LIMIT = 1_000_000  # bytes of one file
DEPTH = 30  # levels of lists and mappings
DIGITS, LONGEST = 30, 400  # of a number: digits before the point, and characters in all
TAG = "tag:yaml.org,2002:"
NUMBERS = {f"{TAG}int", f"{TAG}float"}
STRANGE = (ValueError, ArithmeticError, LookupError, AttributeError, TypeError)
"""What the reader of YAML raises, besides its own errors, for escapes and versions that no text has."""

DAYS = ("date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact", "date_type")
"""What the models call a value that is not a day."""

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


class _Clever(yaml.MarkedYAMLError):
    """Aliases can make a small file endless, and depth can exhaust the reader: content needs neither."""

    def __init__(self, problem: str, at: Any) -> None:
        super().__init__(problem=problem)
        self.line = _line(at)


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """A safe loader that leaves dates, times and yes/no as the text that stands there. Its parser is the one in C.

    What could break those who read on is noted by its line from 0 and taken as a plain text, so that all the rest can
    be looked at too: a tag such as `!!int`, a number without end.
    """

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        for part in (Composer, SafeConstructor, Resolver):
            part.__init__(self)
        self.faults: list[tuple[int, str]] = []
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next value or collection."""
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _Clever("an alias (*name) can't be used; write the value out", event.start_mark)
        if self.depth == DEPTH and isinstance(event, yaml.CollectionStartEvent):
            raise _Clever("nested too deeply", event.start_mark)
        if tag := getattr(event, "tag", None):
            name = tag.replace(TAG, "!!")[:40]
            self.faults.append((_line(event.start_mark), f"a tag ({name}) can't be used; write the value alone"))
            plain = not getattr(event, "style", None)  # the parser in C says nothing of plain ones
            event.tag, event.implicit = None, (plain, not plain) if isinstance(event, yaml.ScalarEvent) else True
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.ScalarNode):
            self._bound(node)
        return node

    def _bound(self, node: yaml.ScalarNode) -> None:
        whole = node.value.lstrip("+-").partition(".")[0]
        if node.tag in NUMBERS and (len(whole) > DIGITS or len(node.value) > LONGEST):
            said = f"a number of more than {DIGITS} digits can't be used; put a text between quotation marks"
            self.faults.append((_line(node.start_mark), said))
            node.tag = f"{TAG}str"


_Loader.yaml_implicit_resolvers = {}

_Loader.add_implicit_resolver(f"{TAG}bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(f"{TAG}int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver(f"{TAG}float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver(f"{TAG}null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])


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
    return parse(_text(path, file), model, file)


def _text(path: Path, file: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as bad:
        raise ContentError([Mistake(file, 1, f"can't be read: {bad.strerror}")]) from bad
    if len(data) > LIMIT:
        raise ContentError([Mistake(file, 1, f"{len(data)} bytes; at most {LIMIT} are read")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise ContentError([Mistake(file, line, "not UTF-8 text; save the file as UTF-8")]) from bad


def parse(text: str, model: type[M], file: str, first_line: int = 1) -> Source[M]:
    """Read YAML text that starts at `first_line` of a file into a model; errors as with `read`."""
    value, lines, mistakes = _loaded(text, file, first_line)
    found, more = _validated(value, model, file, lines)
    if mistakes or more or found is None:
        raise ContentError([*mistakes, *more])
    return Source(file, found, lines)


@dataclass(frozen=True, slots=True)
class Entries(Generic[M]):
    """A file that maps names to entries, as it was read: those that are in order, all names, lines, every mistake."""

    file: str
    value: Mapping[str, M]
    names: frozenset[str]
    lines: Mapping[KEYS, int]
    mistakes: tuple[Mistake, ...]

    def mistake(self, at: KEYS, message: str) -> Mistake:
        """A mistake at a part of the file, found by a later check."""
        return Mistake(self.file, line_of(self.lines, at), message)


def read_entries(path: Path, entry: type[M], name: str) -> Entries[M]:
    """Read a YAML file that maps names to entries. A mistake in one of them hides none in another.

    Raises ContentError for a file that can't be read at all.
    """
    value, lines, mistakes = _loaded(_text(path, name), name, 1)
    if not isinstance(value, dict):
        raise ContentError([*mistakes, Mistake(name, 1, "names with their entries are expected")])
    found: dict[str, M] = {}
    for key, one in value.items():
        valid, more = _validated(one, entry, name, lines, (str(key),))
        mistakes += more
        if valid is not None:
            found[str(key)] = valid
    return Entries(name, found, frozenset(map(str, value)), lines, tuple(mistakes))


def load(text: str, file: str, first_line: int = 1) -> tuple[Any, dict[KEYS, int]]:
    """Plain value of YAML text and the line of each part of it. Raises ContentError."""
    value, lines, mistakes = _loaded(text, file, first_line)
    if mistakes:
        raise ContentError(mistakes)
    return value, lines


def _loaded(text: str, file: str, first_line: int) -> tuple[Any, dict[KEYS, int], list[Mistake]]:
    """As `load`; names that stand there twice come back as mistakes, so that the rest can be looked at too.

    So do tags, and numbers that nobody can work with.
    """
    lines: dict[KEYS, int] = {(): first_line}
    mistakes: list[Mistake] = []
    node, loader = _composed(text, file, first_line)
    mistakes += (Mistake(file, first_line + line, fault) for line, fault in loader.faults)
    _note_lines(node, (), lines, (file, first_line), mistakes)
    try:
        return (loader.construct_document(node) if node else None), lines, mistakes
    except (yaml.YAMLError, *STRANGE) as bad:
        line = first_line + _line(getattr(bad, "problem_mark", None))
        said = f"not plain YAML: {getattr(bad, 'problem', None) or bad}"
        raise ContentError([*mistakes, Mistake(file, line, said)]) from None


def _composed(text: str, file: str, first_line: int) -> tuple[yaml.Node | None, _Loader]:
    """The tree of a text, and the loader that made it."""
    try:
        loader = _Loader(text)
        return loader.get_single_node(), loader
    except _Clever as bad:
        said, line = str(bad.problem), bad.line
    except yaml.YAMLError as bad:
        said = f"not YAML: {getattr(bad, 'problem', None) or str(bad).splitlines()[0]}"
        line = _line(getattr(bad, "problem_mark", None))
    except STRANGE:
        said, line = "not YAML: an escape or a number that stands for nothing", 0
    raise ContentError([Mistake(file, first_line + line, said)]) from None


def line_of(lines: Mapping[KEYS, int], at: KEYS) -> int:
    """The line of a part, or of the nearest part around it that has one."""
    while at not in lines and at:
        at = at[:-1]
    return lines.get(at, 1)


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


def _validated(
    value: Any, model: type[M], file: str, lines: Mapping[KEYS, int], at: KEYS = ()
) -> tuple[M | None, list[Mistake]]:
    """The value as the model has it, or every mistake in it."""
    try:
        return model.model_validate(value), []
    except ValidationError as bad:
        errors: list[Any] = [{**error, "loc": (*at, *error["loc"])} for error in bad.errors() if not _follows(error)]
        return None, [_as_mistake(file, lines, error) for error in errors]


def _follows(error: Any) -> bool:
    """Whether a list is too short only since what stands in it is wrong, which is said of each."""
    return bool(error["type"] == "too_short" and len(error["input"]) > error["ctx"]["actual_length"])


def _as_mistake(file: str, lines: Mapping[KEYS, int], error: Any) -> Mistake:
    at: KEYS = ()
    for part in error["loc"][:-1]:  # names of the forms that a value may have stand there too: nothing of the file
        at = (*at, part) if (*at, part) in lines else at
    last = error["loc"][-1:]
    at = (*at, *last) if (*at, *last) in lines or error["type"] == "missing" else at
    name = ".".join(str(part) for part in at) or "the file"
    return Mistake(file, line_of(lines, at), f"{name}: {_said(error)}")


def _said(error: Any) -> str:
    """What is wrong and what is expected, in words for authors."""
    given, about = str(error["input"])[:60], error.get("ctx", {})
    of = len(error["input"]) if error["type"] in {"too_short", "too_long"} else 0
    no_day = f"{given} is not a day such as 2027-05-31"
    said = {
        "extra_forbidden": "not a known field",
        "missing": "missing",
        "literal_error": f"{given} is none of {about.get('expected')}",
        "too_short": f"at least {about.get('min_length')} expected, here are {of}",
        "too_long": f"at most {about.get('max_length')} expected, here are {of}",
        "string_type": f"{given} is not a text; put a text between quotation marks",
        **dict.fromkeys(DAYS, no_day),
    }
    return said.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
