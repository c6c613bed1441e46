"""Lines of the licence island, read as hostile input: its rows come out of a memory image."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

from training.analysis.outcome import LONGEST_REASON, ColumnOf

LINE_BYTES = 8 * 2**20
SEEN = 80  # bytes of a bad line that are shown

Cell = StrictBool | StrictInt | FiniteFloat | StrictStr | None
Absence = Literal["unreadable", "unparsable", "not applicable", "not available"]
LEAST, MOST = -(2**63), 2**64 - 1  # what a cell of a number may be: signed and unsigned words of 64 bits


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Line):
    """The first line: columns and versions."""

    columns: Annotated[tuple[ColumnOf, ...], Field(min_length=1, max_length=100)]
    volatility: str
    version: str
    island: int
    layers: tuple[Annotated[str, Field(max_length=40)], ...] = ()


class Row(_Line):
    """One row; `parent` is the number of the row above it in a tree."""

    n: Annotated[int, Field(ge=0)]
    depth: Annotated[int, Field(ge=0, le=1000)]
    parent: Annotated[int, Field(ge=0)] | None
    cells: tuple[Cell, ...]
    absent: dict[int, Absence]


class File(_Line):
    """A file that the plugin made: the name that it gave it, and where it lies in the folder of the run."""

    file: Annotated[str, Field(min_length=1, max_length=500)]
    path: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$")]
    bytes: Annotated[int, Field(ge=0)]


class End(_Line):
    """The last line."""

    end: Literal["complete", "partial", "failed"]
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] | None
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that could not be used: its number (from 1), what is wrong with it, and how it begins."""

    line: int
    problem: str
    begins: str

    def __str__(self) -> str:
        return f"line {self.line} of the plugin's output could not be used ({self.problem}): {self.begins}"


Line = Header | Row | File | End
_lines: TypeAdapter[Line] = TypeAdapter(Line)


def read(stream: IO[bytes], limit: int = LINE_BYTES) -> Iterator[Line | Fault]:
    """Each line as what it is, or as a fault; never stops half way, never holds more than `limit` bytes of a line."""
    number = 0
    width = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit:
            begins = repr(line[:SEEN])
            while line and not line.endswith(b"\n"):
                line = stream.readline(limit + 1)
            yield Fault(number, f"more than {limit} bytes", begins)
            continue
        try:
            made = _lines.validate_json(line)
            problem = _misfit(made, width)
        except ValidationError as bad:
            problem = "; ".join(dict.fromkeys(error["msg"] for error in bad.errors()))[: SEEN * 2]
            made = None
        if made is None or problem:
            yield Fault(number, problem, repr(line[:SEEN]))
            continue
        if isinstance(made, Header):
            width = len(made.columns)
        yield made


def _misfit(made: Line, width: int) -> str:
    """What the shape of a line alone can't say: as many cells as columns, numbers of at most 64 bits, storable text."""
    if not isinstance(made, Row):
        return ""
    if len(made.cells) != width or any(index >= width or index < 0 for index in made.absent):
        return f"{len(made.cells)} cells for {width} columns"
    for value in made.cells:
        if isinstance(value, int) and not LEAST <= value <= MOST:
            return "a number of more than 64 bits"
    return ""
