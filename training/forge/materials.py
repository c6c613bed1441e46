"""What is handed over beside an exhibit: the scenario's texts filled from the truth, and files of the machine.

In a text ``{= EXPRESSION}`` stands for the value of an expression of the key language (docs/grading.md) over ``truth``
(`training.forge.truth.Truth`) and ``image`` (`Image`). A time is printed as 2026-03-10T12:07:03Z, by the second in
which it lies; a list with commas; a whole number without a point.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from training.errors import Refused
from training.forge.scenario import EXPRESSION, Scenario, WindowsScenario, as_drawn
from training.forge.truth import Truth
from training.forge.windows_truth import WindowsTruth
from training.grading.keys.data import Data, Names, kind
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import KeyProblem

MOST_LINES, MOST_BYTES, LONGEST_LINE = 5_000, 1_000_000, 2_000
"""What a material may have (the labs room reads no more)."""

_UNSEEN = ("Cc", "Cf", "Zl", "Zp")
"""Unicode categories of characters that can't be seen: they could hide or turn round what stands beside them."""

_OPENED = "{="
_FLOWS = re.compile(r"start(,[a-z_]+)+")
"""The head of a flow record."""


class MaterialMistakes(Refused):
    """What is handed over can't be made; `mistakes` holds one ``file, field, line, column: what is wrong`` for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Image:
    """The image of an exhibit: the name of its file, its size in bytes, its SHA-256, its format."""

    name: str
    size: int
    sha256: str
    format: Literal["raw", "lime"] = "raw"


class Filler:
    """Fills texts from one truth and one image; `mistakes` collects what is wrong with their expressions."""

    def __init__(self, truth: Truth | WindowsTruth, image: Image) -> None:
        self.mistakes: list[str] = []
        self._names = Names({"truth": truth.model_dump(mode="json"), "image": asdict(image)})

    def fill(self, text: str, where: str) -> str:
        """The text with the value of each expression in its place; `where` names file and field."""
        made: list[str] = []
        end = 0
        for found in EXPRESSION.finditer(text):
            made += [self._plain(text, end, found.start(), where), self._value(text, found, where)]
            end = found.end()
        return "".join([*made, self._plain(text, end, len(text), where)])

    def _plain(self, text: str, start: int, end: int, where: str) -> str:
        """What stands between expressions."""
        at = text.find(_OPENED, start, end)
        if at >= 0:
            self._wrong(text, at, where, "an expression begins here; it ends with } and has no other brace in it")
        return text[start:end]

    def _value(self, text: str, found: re.Match[str], where: str) -> str:
        try:
            expression = Expression.parse(found[1])
            expression.check(self._names)
            return printed(expression.evaluate(self._names, {}))
        except KeyProblem as problem:
            at = found.start(1) + problem.at - 1 if problem.at else found.start()
            self._wrong(text, at, where, f"{{={found[1]}}}: {problem.reason}")
            return ""

    def _wrong(self, text: str, at: int, where: str, reason: str) -> None:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        self.mistakes.append(f"{where}, line {line}, column {column}: {reason}")


def printed(value: Data) -> str:
    """A value as it stands in a text. Raises `KeyProblem` for what has no text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return as_drawn(value)
    if isinstance(value, list):
        return ", ".join(map(printed, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float | str):
        return str(value)
    raise KeyProblem(f"{kind(value)} can't be printed")


def write(
    scenario: Scenario | WindowsScenario, truth: Truth | WindowsTruth, image: Image, taken: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The materials of an exhibit: file name to content.

    Args:
        scenario: names them.
        truth: of the exhibit.
        image: of the exhibit.
        taken: files of the machine as they were after the freeze, by path.

    Raises:
        MaterialMistakes: every expression without a value, every file that wasn't taken or that has too much.
    """
    filler = Filler(truth, image)
    made: dict[str, bytes] = {}
    for each in scenario.materials:
        if each.text is not None:
            made[each.file] = _by_start(filler.fill(each.text, f"{each.file}, field text")).encode()
        elif each.from_ and each.from_ in taken:
            made[each.file] = taken[each.from_]
        else:
            filler.mistakes.append(f"{each.file}, field from: {each.from_} was not taken from the machine")
    mistakes = [*filler.mistakes, *(wrong for file, content in made.items() for wrong in _beyond(file, content))]
    if mistakes:
        raise MaterialMistakes(mistakes)
    return made


def _by_start(text: str) -> str:
    """A table whose first column is ``start``, its rows in the order of that column, as a flow record has them; notes
    keep their lines. Any other text as it is.
    """
    lines = text.split("\n")
    head = next((number for number, line in enumerate(lines, 1) if _FLOWS.fullmatch(line)), len(lines))
    rows = [number for number in range(head, len(lines)) if lines[number] and not lines[number].startswith("#")]
    ordered = sorted((lines[number] for number in rows), key=lambda line: line.partition(",")[0])
    for number, line in zip(rows, ordered, strict=True):
        lines[number] = line
    return "\n".join(lines)


def _beyond(file: str, content: bytes) -> list[str]:
    """What the labs room would refuse."""
    if len(content) > MOST_BYTES:
        return [f"{file}: {len(content):,} bytes; a material has at most {MOST_BYTES:,}"]
    try:
        lines = content.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [f"{file}, line {line}: not UTF-8 text"]
    if len(lines) > MOST_LINES:
        return [f"{file}: {len(lines):,} lines; a material has at most {MOST_LINES:,}"]
    return [f"{file}, line {number}: {wrong}" for number, line in enumerate(lines, 1) if (wrong := _unfit(line))]


def _unfit(line: str) -> str:
    if len(line) > LONGEST_LINE:
        return f"{len(line):,} characters; a line has at most {LONGEST_LINE:,}"
    unseen = next((each for each in line if each != "\t" and unicodedata.category(each) in _UNSEEN), "")
    return f"holds the character U+{ord(unseen):04X}, which can't be shown" if unseen else ""
