"""A YAML file as plain values, with the line of each, and the mistakes found in it so far."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from training.errors import Refused
from training.forge.scenario.words import FORMS

LARGEST = 1 << 18
"""Bytes of a file."""

DEEPEST = 12
"""Lists and mappings within each other."""

Where = tuple[int | str, ...]
"""A place in a document: keys and numbers of elements from the top."""


class ScenarioMistakes(Refused):
    """A scenario can't be used; `mistakes` holds one ``file:line: field: what is wrong`` for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Source:
    """A file, the line of each of its values, and its mistakes.

    Attributes:
        path: of the file.
        document: what stands in it.
        mistakes: a text for each mistake, each once, with its line.
        unread: places whose value can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: dict[str, int] = {}
        self.unread: set[Where] = set()
        self._lines: dict[Where, int] = {(): 1}
        self.document = self._read()

    def wrong(self, where: Where, what: str) -> None:
        """Note a mistake at the line of a value, or at that of what it stands in where it isn't in the file."""
        known = where
        while known not in self._lines:
            known = known[:-1]
        line = self._lines[known]
        self.mistakes[f"{self.path}:{line}: {'.'.join(map(str, where)) or 'the whole'}: {what}"] = line

    def end_if_wrong(self) -> None:
        """Raise `ScenarioMistakes` with all mistakes noted so far, by line, and forget them; do nothing without any."""
        found, self.mistakes = sorted(self.mistakes, key=lambda each: self.mistakes[each]), {}
        if found:
            raise ScenarioMistakes(found)

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                raw = file.read(LARGEST + 1)
        except OSError as error:
            raise ScenarioMistakes([f"{self.path}: cannot be read: {error.strerror}"]) from error
        if len(raw) > LARGEST:
            raise ScenarioMistakes([f"{self.path}: larger than {LARGEST} bytes"])
        document = self._values(raw)
        if not isinstance(document, dict):
            raise ScenarioMistakes([f"{self.path}:1: the whole: must be a mapping"])
        return document

    def _values(self, raw: bytes) -> Any:
        try:
            self._refuse_growth(raw)
            loader = yaml.CSafeLoader(raw)
            try:
                return self._plain(loader, loader.get_single_node(), ())
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            last = raw.count(b"\n") + 1  # where a file ends too early the reader names the line behind
            line = min(error.problem_mark.line + 1, last) if error.problem_mark else 1
            raise ScenarioMistakes([f"{self.path}:{line}: not readable as YAML: {error.problem}"]) from error
        except (yaml.YAMLError, ValueError) as error:
            raise ScenarioMistakes([f"{self.path}:1: not readable as YAML: {error}"]) from error

    def _refuse_growth(self, raw: bytes) -> None:
        """Refuse what makes a small file large or slow: aliases of aliases, and lists in lists in lists."""
        depth = 0
        for event in yaml.parse(raw, yaml.CSafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise ScenarioMistakes([f"{self.path}:{line}: aliases are not used here: write the value out"])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ScenarioMistakes([f"{self.path}:{line}: nested more than {DEEPEST} deep"])

    def _plain(self, loader: yaml.CSafeLoader, node: yaml.Node | None, where: Where) -> Any:
        if node is None:
            return None
        self._lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(loader, each, (*where, number)) for number, each in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                self._lines[*where, key] = key_node.start_mark.line + 1
                if key in found:
                    self.wrong((*where, key), "stands here twice")
                found[key] = self._plain(loader, value_node, (*where, key))
            return found
        try:
            return loader.construct_object(node)
        except yaml.MarkedYAMLError as error:
            self.wrong(where, f"can't be read: {error.problem}")
        except ValueError as error:
            self.wrong(where, f"{str(node.value)[:60]!r} can't be read: {error}")
        self.unread.add(where)
        return None


_TIME = "must be a time in UTC with its Z: 2026-03-10T12:07:03Z"
_MAPPING, _LIST, _WHOLE = "must be a mapping", "must be a list", "must be a whole number"

_SAID = {
    "timezone_aware": _TIME,
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _TIME),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), _MAPPING),
    **dict.fromkeys(("tuple_type", "list_type"), _LIST),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    "string_type": 'must be a text; what YAML would take for something else stands in quotes: "644"',
    "missing": "is missing",
    "extra_forbidden": "there is no such field here",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be {expected}",
    "too_short": "must have at least {min_length} elements, and has {actual_length}",
    "too_long": "must have at most {max_length} elements",
    "string_too_long": "must have at most {max_length} characters",
}
"""What pydantic finds wrong, by its own word for it, as a sentence that follows the name of a field."""


def problems(error: ValidationError) -> Iterator[tuple[Where, str]]:
    """What pydantic found wrong, each with its place, in words that help the author of a YAML file."""
    found = error.errors()
    places = [each["loc"] for each in found]
    for each in found:
        given, context = each.get("input"), each.get("ctx", {})
        if each["type"] == "too_short" and any(
            len(place) > len(each["loc"]) and place[: len(each["loc"])] == each["loc"] for place in places
        ):
            continue  # only right elements were counted
        what = each["msg"].removeprefix("Value error, ")
        if isinstance(given, dict) and len(given) == 1 and None in given.values():
            what = f'a value that begins with a brace is written in quotes: "{{{next(iter(given))}}}"'
        elif each["type"] == "string_pattern_mismatch":
            what = f"must be {FORMS[context['pattern']]}"
        elif each["type"] in _SAID:
            what = _SAID[each["type"]].format_map(context)
        yield tuple(part for part in each["loc"] if part != "[key]"), what
