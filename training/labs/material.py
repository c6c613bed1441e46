"""Materials that are handed over with an exhibit: texts, tables, flow records, forms, read line by line.

A material is a file below `labs/<lab>/materials/`. Where exhibits of a lab differ, `materials/<pack>/` holds the file
that belongs to one of them. The acquisition record of an exhibit is the material `record` and is never listed here.
"""

import csv
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.content.source import ContentError, Mistake
from training.labs import console

FOLDER = "materials"
RECORD = "record"
"""Name of the acquisition record among the materials."""

FORM = "form"
OWN = (console.NAME, FORM)
"""Names of what belongs to an image that a trainee acquired: the record of the console, and the forms."""

MOST_LINES, MOST_BYTES, LONGEST_LINE = 5_000, 1_000_000, 2_000
NOTE = "#"
"""A line that begins so is a remark of whoever made the material: it can be cited as a line and has no fields."""

FLOW = ("start", "source", "source_port", "destination", "destination_port", "protocol", "packets", "bytes")
"""Columns that every flow record has; it may have more, such as end, reply_packets and reply_bytes."""

_FORM_LINE = re.compile(r"(?P<name>[^:\s][^:]{0,79}?)\s*:\s*(?P<value>\S.*)")
_LAST_PORT = 65_535
_PRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

Kind = Literal["text", "csv", "flow", "form", "console"]


class MaterialFile(BaseModel):
    """A material as `lab.yaml` names it. docs/labs.md explains each field.

    `columns` are the names that a table's header, or the fields that a form, must have; `origin` says who handed it
    over and on what ground.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    title: str = Field(min_length=1, max_length=120)
    origin: str = Field(min_length=1, max_length=1_000)
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    kind: Kind
    columns: tuple[str, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.name == RECORD:
            raise ValueError(f"`{RECORD}` is the acquisition record, which comes with the exhibit")
        if (self.name == console.NAME) != (self.kind == "console"):
            raise ValueError(
                f"the kind console is that of the material `{console.NAME}`, which comes with an own image"
            )
        if self.columns and self.kind == "text":
            raise ValueError("a text has no columns")
        if self.kind == "form" and not self.columns:
            raise ValueError("a form names its fields in `columns`")
        return self


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a material: its number from 1, its text, and its fields as texts, by name, where it has such."""

    number: int
    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """A material that was read. `columns` are the names of fields that its lines may have, in order."""

    name: str
    title: str
    origin: str
    kind: Kind
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    def line(self, number: int) -> Line | None:
        """The line with this number."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None

    @property
    def rows(self) -> list[dict[str, object]]:
        """Its lines as rows of the key language: `number`, `text`, and the fields of each line as texts."""
        return [{**one.fields, "number": one.number, "text": one.text} for one in self.lines]


class Handed(list[str]):
    """What was handed over with an exhibit: the lines of its acquisition record, and the other materials by name."""

    def __init__(self, lines: Iterable[str], others: Mapping[str, Material] | None = None) -> None:
        super().__init__(lines)
        self.others: Mapping[str, Material] = others or {}

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Handed":
        """The same where it is all that was handed over; else a record that nothing came with."""
        return lines if isinstance(lines, cls) else cls(lines)

    def material(self, name: str) -> Material | None:
        """The material of this name, the record among them."""
        return record(self) if name == RECORD else self.others.get(name)

    def line(self, name: str, number: int) -> Line | None:
        """A line of a material; None where there is no such line, or no such material."""
        if name == RECORD:
            return Line(number, self[number - 1]) if 1 <= number <= len(self) else None
        found = self.others.get(name)
        return found.line(number) if found else None


def record(lines: Sequence[str]) -> Material:
    """The acquisition record of an exhibit as a material; its lines are cited whole."""
    made = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    return Material(RECORD, "", "", "text", (), made)


def path_of(lab: Path, pack: str, one: MaterialFile) -> Path:
    """Where the file of a material lies for an exhibit: in the folder of its pack, else in the common one."""
    own = lab / FOLDER / pack / one.file
    return own if own.is_file() else lab / FOLDER / one.file


def read(path: Path, one: MaterialFile, name: str) -> Material:
    """Read a material. Raises ContentError with every mistake, by line; `name` stands for the path."""
    texts = _lines(path, name)
    lines: list[Line] = []
    mistakes: list[Mistake] = []
    columns = one.columns
    for number, text in enumerate(texts, 1):
        if trouble := _unprintable(text):
            mistakes.append(Mistake(name, number, trouble))
    if one.kind == "form":
        lines = list(_form(texts, one, name, mistakes))
    elif one.kind == "text":
        lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    elif one.kind == "console":
        lines = [
            Line(number, text, given)
            for number, (text, given) in enumerate(zip(texts, console.fields(texts), strict=True), 1)
        ]
    else:
        columns, lines = _table(texts, one, name, mistakes)
    if mistakes:
        raise ContentError(mistakes)
    return Material(one.name, one.title, one.origin, one.kind, columns, tuple(lines))


def _lines(path: Path, name: str) -> list[str]:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as bad:
        raise ContentError([Mistake(name, 1, f"can't be read: {bad.strerror}")]) from bad
    if data is None:
        raise ContentError([Mistake(name, 1, f"more than {MOST_BYTES:,} bytes; a material has at most that")])
    try:
        texts = data.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise ContentError([Mistake(name, line, "not UTF-8 text; save the file as UTF-8")]) from bad
    if len(texts) > MOST_LINES:
        raise ContentError(
            [Mistake(name, MOST_LINES + 1, f"{len(texts):,} lines; a material has at most {MOST_LINES:,}")]
        )
    return texts


def _unprintable(text: str) -> str:
    if len(text) > LONGEST_LINE:
        return f"{len(text):,} characters; a line has at most {LONGEST_LINE:,}"
    found = _PRINTABLE.search(text)
    return f"holds the character U+{ord(found[0]):04X}, which can't be shown" if found else ""


def _form(texts: Sequence[str], one: MaterialFile, name: str, mistakes: list[Mistake]) -> Iterator[Line]:
    seen: set[str] = set()
    for number, text in enumerate(texts, 1):
        found = _FORM_LINE.fullmatch(text.strip())
        label = found["name"] if found else ""
        if found is None or text.startswith(NOTE) or label not in one.columns:
            yield Line(number, text)
            continue
        if label in seen:
            mistakes.append(Mistake(name, number, f"the field {label} stands here a second time"))
        seen.add(label)
        yield Line(number, text, {label: found["value"].strip()})
    mistakes += [
        Mistake(name, 1, f"has no line '{label}: …', a field that lab.yaml names")
        for label in one.columns
        if label not in seen
    ]


def _table(
    texts: Sequence[str], one: MaterialFile, name: str, mistakes: list[Mistake]
) -> tuple[tuple[str, ...], list[Line]]:
    """The columns of a table's header, and its lines; remarks may stand anywhere, a cell never goes over a line."""
    columns: tuple[str, ...] = ()
    lines: list[Line] = []
    for number, text in enumerate(texts, 1):
        if text.startswith(NOTE) or not text.strip():
            lines.append(Line(number, text))
            continue
        cells = next(csv.reader([text]), [])
        if not columns:
            columns = tuple(cell.strip() for cell in cells)
            mistakes += [Mistake(name, number, trouble) for trouble in _header(columns, one)]
            lines.append(Line(number, text))
        elif len(cells) != len(columns):
            mistakes.append(Mistake(name, number, f"{len(cells)} cells; the header has {len(columns)} columns"))
        else:
            fields, troubles = _cells(dict(zip(columns, cells, strict=True)), one)
            mistakes += [Mistake(name, number, trouble) for trouble in troubles]
            lines.append(Line(number, text, fields))
    if not columns:
        mistakes.append(Mistake(name, 1, "has no header: the first line that is no remark names the columns"))
    return columns, lines


def _header(columns: tuple[str, ...], one: MaterialFile) -> Iterator[str]:
    if len(set(columns)) != len(columns) or "" in columns:
        yield "two columns of the header have one name, or one has none"
    if one.columns and columns != one.columns:
        yield f"the header is {', '.join(columns)}; lab.yaml names {', '.join(one.columns)}"
    missing = [column for column in FLOW if column not in columns] if one.kind == "flow" else []
    if missing:
        yield f"a flow record has the columns {', '.join(FLOW)}; missing here: {', '.join(missing)}"
    if reserved := {"text", "number"} & set(columns):
        yield f"{', '.join(sorted(reserved))} means the line itself in a condition: name the column otherwise"


def _cells(cells: dict[str, str], one: MaterialFile) -> tuple[dict[str, str], list[str]]:
    """The cells of a row; those of a flow record are checked."""
    fields = {column: cell.strip() for column, cell in cells.items()}
    if one.kind != "flow":
        return fields, []
    troubles: list[str] = []
    for column, (expected, reading) in _FLOW_CELLS.items():
        if column in fields:
            try:
                fields[column] = reading(fields[column])
            except ValueError:
                troubles.append(f"{column} is '{fields[column][:60]}', expected {expected}")
    return fields, troubles


def _instant(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
    return text


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _port(text: str) -> str:
    if int(_whole(text)) > _LAST_PORT:
        raise ValueError(text)
    return text


def _whole(text: str) -> str:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return text


_FLOW_CELLS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "start": ("a time with its zone, such as 2026-03-10T12:05:18Z", _instant),
    "end": ("a time with its zone, or nothing for a flow that went on", lambda text: _instant(text) if text else ""),
    "source": ("an address", _address),
    "destination": ("an address", _address),
    "source_port": ("a port", _port),
    "destination_port": ("a port", _port),
    "packets": ("a whole number", _whole),
    "bytes": ("a whole number", _whole),
    "reply_packets": ("a whole number", _whole),
    "reply_bytes": ("a whole number", _whole),
}
