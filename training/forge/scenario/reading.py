"""A YAML file as plain values, with the line of each, and the mistakes found in it so far."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from training.errors import Refused

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
        mistakes: a text for each mistake, each once, in the order in which they were found.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: dict[str, None] = {}
        self._lines: dict[Where, int] = {(): 1}
        self.document = self._read()

    def wrong(self, where: Where, what: str) -> None:
        """Note a mistake at the line of a value, or at that of what it stands in where it isn't in the file."""
        known = where
        while known not in self._lines:
            known = known[:-1]
        self.mistakes[f"{self.path}:{self._lines[known]}: {'.'.join(map(str, where)) or 'the whole'}: {what}"] = None

    def end_if_wrong(self) -> None:
        """Raise `ScenarioMistakes` with all mistakes noted so far, and forget them; do nothing if there are none."""
        found, self.mistakes = list(self.mistakes), {}
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
            loader = yaml.SafeLoader(raw)
            try:
                return self._plain(loader, loader.get_single_node(), ())
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ScenarioMistakes([f"{self.path}:{line}: not readable as YAML: {error.problem}"]) from error
        except (yaml.YAMLError, ValueError) as error:
            raise ScenarioMistakes([f"{self.path}:1: not readable as YAML: {error}"]) from error

    def _refuse_growth(self, raw: bytes) -> None:
        """Refuse what makes a small file large or slow: aliases of aliases, and lists in lists in lists."""
        depth = 0
        for event in yaml.parse(raw, yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise ScenarioMistakes([f"{self.path}:{line}: aliases are not used here: write the value out"])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ScenarioMistakes([f"{self.path}:{line}: nested more than {DEEPEST} deep"])

    def _plain(self, loader: yaml.SafeLoader, node: yaml.Node | None, where: Where) -> Any:
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
        return loader.construct_object(node)


def problems(error: ValidationError) -> Iterator[tuple[Where, str]]:
    """What pydantic found wrong, each with its place, in words that help the author of a YAML file."""
    for each in error.errors():
        given = each.get("input")
        what = each["msg"].removeprefix("Value error, ")
        if isinstance(given, dict) and len(given) == 1 and None in given.values():
            what = f'a value that begins with a brace is written in quotes: "{{{next(iter(given))}}}"'
        yield each["loc"], what
