"""Bytes of a region as a reader looks at them: lines of sixteen, what was cited of them, and the texts among them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from training.analysis.results import ResultRow
from training.analysis.views.material import Material

PLUGIN = "engram.bytes"
ROW = 16  # bytes of a line
LINES = 32  # lines on a page
SHORTEST = 4  # characters of a text
MOST_TEXTS = 60  # texts that are listed
PATTERNS = (
    ("ASCII", re.compile(rb"[\x20-\x7e]{%d,}" % SHORTEST)),
    ("UTF-16", re.compile(rb"(?:[\x20-\x7e]\x00){%d,}" % SHORTEST)),
)

Cited = Callable[[Material, int], int | None]
"""The number of the citation of a row."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number in the run, its address, where it lies in the machine's memory, its bytes.

    `physical` is None where no page is, `data` where its bytes are not in the image. `held` are numbers of the
    citations of any run that hold some of it.
    """

    n: int
    at: int
    physical: int | None
    data: bytes | None
    cited: int | None
    held: tuple[tuple[int, int, int], ...] = ()

    @property
    def start(self) -> int:
        """The place of its first byte among sixteen."""
        return self.at % ROW

    @property
    def text(self) -> str:
        """Its bytes as ASCII, a full stop for each that is no printable character."""
        return "".join(chr(one) if 0x20 <= one < 0x7F else "." for one in self.data or b"")  # noqa: PLR2004 - ASCII


@dataclass(frozen=True, slots=True)
class Text:
    """A text among the bytes: where it begins, in which line, how it is written."""

    at: int
    line: Line
    written: str
    text: str


@dataclass(frozen=True, slots=True)
class Region:
    """A region. `shown` are the lines of the page; `texts` those of the whole region, the first of `all_texts`."""

    material: Material
    lines: tuple[Line, ...]
    shown: tuple[Line, ...]
    page: int
    pages: int
    texts: tuple[Text, ...]
    all_texts: int

    @property
    def missing(self) -> int:
        """Lines whose bytes are not there."""
        return sum(line.data is None for line in self.lines)


Held = tuple[int, int, int]
"""Bytes that were cited: the first, the one after the last, the number of the citation."""


def of(material: Material, cited: Cited, held: Sequence[Held] = (), page: int = 1) -> Region:
    """A region as a run has it. `held` is what was cited of the same memory, in whatever run."""
    lines = tuple(_line(one, material, cited, held) for one in material.rows())
    pages = max(1, -(-len(lines) // LINES))
    page = max(1, min(page, pages))
    found = list(_texts(lines))
    shown = lines[(page - 1) * LINES : page * LINES]
    return Region(material, lines, shown, page, pages, tuple(found[:MOST_TEXTS]), len(found))


def held(materials: Sequence[Material], cited: Cited) -> Iterator[Held]:
    """What was cited of some regions, which are of the same memory."""
    for material in materials:
        for row in material.rows():
            number = cited(material, row.n)
            if number is not None:
                line = _line(row, material, cited, ())
                yield line.at, line.at + len(line.data or b""), number


def _line(row: ResultRow, material: Material, cited: Cited, held: Sequence[Held]) -> Line:
    places = material.columns()
    at, physical, data = (row.cells[places[name]] for name in ("Address", "Physical", "Hex"))
    begin = at if isinstance(at, int) else 0
    mine = tuple(one for one in held if one[0] < begin - begin % ROW + ROW and begin < one[1])
    return Line(
        row.n, begin, physical if isinstance(physical, int) else None, _bytes(data), cited(material, row.n), mine
    )


def _bytes(data: object) -> bytes | None:
    """The bytes that a cell names; None for what names none."""
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data)[:ROW]
    except ValueError:
        return None


def _texts(lines: Sequence[Line]) -> Iterator[Text]:
    """Texts in the parts of a region that hang together, in the order of their addresses."""
    for part in _parts(lines):
        data, by_place = b"".join(line.data or b"" for line in part), {line.at - part[0].at: line for line in part}
        found = [(one.start(), written, one.group()) for written, is_text in PATTERNS for one in is_text.finditer(data)]
        for start, written, raw in sorted(found):
            line = by_place[max(place for place in by_place if place <= start)]
            yield Text(part[0].at + start, line, written, raw.replace(b"\0", b"").decode("ascii"))


def _parts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines whose bytes follow each other."""
    part: list[Line] = []
    for line in lines:
        if part and (line.data is None or line.at != part[-1].at + len(part[-1].data or b"")):
            yield part
            part = []
        if line.data is not None:
            part.append(line)
    if part:
        yield part
