"""A figure of the annex on paper: the picture as lines and letters, and below it the same as rows of fixed width.

Paper has no room for the colours of a page: grounds are light grey, what was cited is black.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import TextWrapper

from training.credentials.paper.sheet import HEIGHT, INK, INSIDE, LEADING, SIDE, SOFT, TOP, WIDTH, Sheet
from training.reporting.document import Drawn
from training.sentence import phrase

Point = tuple[float, float]
POINT = 0.3528  # millimetres
LARGE = 0.27  # millimetres of a pixel, at most: letters of nine points
TURNED = 0.2  # a figure that would be drawn smaller than this lies on its side
WRITING = 12  # pixels of the letters of a figure
BASE = 0.336  # from the upper edge of a line to its base, as a share of its letters' points, in millimetres
FIXED = 0.6  # width of a letter of fixed width, as a share of its height
ROW, HEAD = 6.6, 6.8  # points of a row of a table, and of its heads
GAP = 2  # letters between two columns
LEAST = 3  # letters of a column
BOLD = 1.25  # width of a letter of a head, in letters of fixed width
MARGIN = 2.5  # millimetres that a box of the paper keeps free
WIDE = 200.0  # millimetres: a box in which no line is broken
EDGE = 0.1  # where such a box begins on the left: what is left of the paper is counted from its right
PARTS = re.compile(r"[MHVLhvlaz]|-?\d+(?:\.\d+)?")
RADIUS_AT, ARC = 0, 7  # of the numbers of an arc
LOOK: dict[str, tuple[float, tuple[int, int, int] | None, tuple[int, int, int] | None, float]] = {
    "hl": (0, None, (232, 232, 232), 0),
    "gr": (0.1, (205, 205, 205), None, 0),
    "ln": (0.25, (120, 120, 120), None, 0),
    "path": (0.5, INK, None, 0),
    "cap": (0.3, INK, None, 1),
    "ax": (0.3, INK, None, 0),
    "bin": (0, None, SOFT, 0),
    "nd": (0.3, INK, (255, 255, 255), 0),
    "gone": (0.3, INK, None, 0.6),
    "sus": (0.3, INK, INK, 0),
}
"""By role: width of the line, its colour, that of the ground, length of a dash."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A text of a picture: where its base begins, ends or has its middle, as `anchor` says."""

    x: float
    y: float
    text: str
    anchor: str
    role: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure whose words are said in the language of the reader, and can all be drawn.

    `rows` are cells of fixed width, over several lines where they are long; words of the last stand below its row.
    """

    title: str
    width: int
    height: int
    lines: tuple[tuple[str, str], ...]
    words: tuple[Letters, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tabled: bool

    @property
    def letters(self) -> str:
        """Everything that is drawn as text."""
        return "".join(
            (self.title, *(one.text for one in self.words), *self.heads, *(one for row in self.rows for one in row))
        )


def of(drawn: Drawn, say: Callable[[str], str]) -> Picture:
    """A figure for paper; `say` puts a text of the document into the reader's language and drawable letters."""
    words = tuple(Letters(one.x, one.y, say(one.text), one.anchor, one.role) for one in drawn.words)
    heads = tuple(say(one) for one in drawn.columns)
    rows = tuple(tuple(say(one) for one in row) for row in drawn.table)
    title = say(phrase("Figure %(n)s", n=str(drawn.number)))
    return Picture(title, drawn.width, drawn.height, drawn.lines, words, heads, rows, drawn.name == "matrix")


def draw(sheet: Sheet, picture: Picture, y: float, lowest: float) -> float:
    """Draw the picture and its table below a place of the page; says where the paper goes on.

    A wide picture lies on its side, on a page of its own after its table.
    """
    scale = min(LARGE, INSIDE / picture.width)
    if scale < TURNED and picture.width > picture.height:
        table(sheet, picture, y, lowest)
        _turned(sheet, picture, lowest)
        return HEIGHT
    scale = min(scale, (lowest - TOP) / picture.height)
    if y + picture.height * scale > lowest:
        sheet.add_page()
        y = TOP
    _Pen(sheet, scale, WIDTH / 2 - picture.width * scale / 2, y).draw(picture)
    return table(sheet, picture, y + picture.height * scale + 3, lowest)


def _turned(sheet: Sheet, picture: Picture, lowest: float) -> None:
    sheet.add_page()
    top = TOP + sheet.put(picture.title, SIDE, TOP, INSIDE, HEAD, bold=True) + 2
    scale = min(LARGE, (lowest - top) / picture.width, INSIDE / picture.height)
    foot = top + picture.width * scale
    with sheet.rotation(90, SIDE, foot):
        _Pen(sheet, scale, SIDE, foot).draw(picture)


class _Pen:
    """Draws a picture of so many millimetres to a pixel, from its upper left corner."""

    def __init__(self, sheet: Sheet, scale: float, left: float, top: float) -> None:
        self._sheet, self._scale, self._left, self._top = sheet, scale, left, top

    def draw(self, picture: Picture) -> None:
        """Shapes in the order of painting, then words."""
        for role, path in picture.lines:
            self._shapes(role, path)
        self._sheet.set_dash_pattern()
        for one in picture.words:
            self._word(one)

    def _at(self, point: Point) -> Point:
        return self._left + point[0] * self._scale, self._top + point[1] * self._scale

    def _shapes(self, role: str, path: str) -> None:
        sheet, (width, line, ground, dash) = self._sheet, LOOK[role]
        sheet.set_dash_pattern(dash=dash, gap=dash)
        sheet.set_line_width(width or 0.1)
        if line is not None:
            sheet.set_draw_color(*line)
        if ground is not None:
            sheet.set_fill_color(*ground)
        style = ("D" if line is not None else "") + ("F" if ground is not None else "")
        for points, closed, radius in shapes(path):
            if radius:
                sheet.circle(*self._at(points[0]), radius * self._scale, style=style)
            elif closed:
                sheet.polygon([self._at(one) for one in points], style=style)
            elif line is not None:
                sheet.polyline([self._at(one) for one in points])

    def _word(self, one: Letters) -> None:
        sheet, size = self._sheet, WRITING * self._scale / POINT
        x, base = self._at((one.x, one.y))
        ours = "ui" in one.role
        if one.anchor == "middle":
            x -= len(one.text) * size * POINT * FIXED / 2
        left, wide = (EDGE, x - EDGE) if one.anchor == "end" else (x, WIDE)
        end = sheet.rtl if one.anchor != "end" else not sheet.rtl  # which side that is hangs on the paper
        colour = SOFT if "m" in one.role.split() else INK
        sheet.put(one.text, sheet.at(left, wide), base - BASE * size, wide, size, colour=colour, end=end, mono=not ours)


def shapes(path: str) -> Iterator[tuple[list[Point], bool, float]]:
    """The shapes of a path as `analysis.views.drawing` makes them: points and whether they close; centre and radius."""
    points: list[Point] = []
    radius, command, numbers = 0.0, "", list[float]()
    for part in (*PARTS.findall(path), "M"):
        if part.isalpha():
            if command == "a" and not radius:
                radius = numbers[RADIUS_AT]
                points = [(points[0][0] + radius, points[0][1])]
            elif command not in {"", "a"}:
                points += _moved(command, numbers, points[-1] if points else (0, 0))
            if part in "Mz":
                if points:
                    yield points, part == "z", radius
                points, radius = [], 0.0
            command, numbers = part, []
        else:
            numbers.append(float(part))


def _moved(command: str, numbers: list[float], at: Point) -> Iterator[Point]:
    """The points that a command leads to."""
    x, y = at
    if command in "Hh":
        yield (numbers[0] + (x if command == "h" else 0), y)
    elif command in "Vv":
        yield (x, numbers[0] + (y if command == "v" else 0))
    else:
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = (x + dx, y + dy) if command == "l" else (dx, dy)
            yield x, y


def table(sheet: Sheet, picture: Picture, y: float, lowest: float) -> float:
    """The same as rows; says where the paper goes on."""
    if picture.tabled:
        widths = _shares(
            [max(len(row[n]) for row in (picture.heads, *picture.rows)) for n in range(len(picture.heads))]
        )
        if y + 30 > lowest:
            sheet.add_page()
            y = TOP
        return sheet.table(picture.heads, picture.rows, widths, y, set()) + 3
    letter = ROW * POINT * FIXED
    columns = list(zip(picture.heads, *picture.rows, strict=True))
    worded = not all(one and one.isascii() and " " not in one for one in columns[-1][1:]) or not picture.rows
    fixed = columns[:-1] if worded else columns
    wanted = [max(round(len(head) * BOLD), *map(len, cells)) for head, *cells in fixed]
    widths_in_letters = _fitting(wanted, int((INSIDE - MARGIN) / letter))
    y = _heads(sheet, [column[0] for column in fixed], widths_in_letters, letter, y, lowest)
    for row in picture.rows:
        remark = row[-1] if worded else ""
        lines = _lines(row, widths_in_letters)
        if y + (len(lines) + 2) * ROW * LEADING > lowest:
            sheet.add_page()
            y = _heads(sheet, [column[0] for column in fixed], widths_in_letters, letter, TOP, lowest)
        for line in lines:
            y += sheet.put(line, SIDE, y, INSIDE, ROW, mono=True, end=sheet.rtl)
        if remark:
            y += sheet.put(remark, SIDE + 6, y, INSIDE - 6, ROW, colour=SOFT)
    return y + 3


def _heads(sheet: Sheet, heads: list[str], widths: list[int], letter: float, y: float, lowest: float) -> float:
    """The heads above their columns, from the left on every paper, as evidence is."""
    if y + 24 > lowest:
        sheet.add_page()
        y = TOP
    x, height = SIDE, 0.0
    for head, width in zip(heads, widths, strict=True):
        box = (width + GAP) * letter - 0.5
        height = max(height, sheet.put(head, sheet.at(x, box), y, box, HEAD, bold=True, colour=SOFT, end=sheet.rtl))
        x += (width + GAP) * letter
    sheet.rule(y + height + 0.4, 0.15)
    return y + height + 1


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The lines of a row: a cell that is longer than its column goes on below, so that nothing of it is lost."""
    cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=False)]
    level = (zip(parts, widths, strict=True) for parts in zip_longest(*cells, fillvalue=""))
    return [(" " * GAP).join(part.ljust(width) for part, width in parts).rstrip() or " " for parts in level]


def _wrapped(text: str, width: int) -> list[str]:
    how = TextWrapper(width, expand_tabs=False, replace_whitespace=False, break_on_hyphens=False)
    return how.wrap(text) or [""]


def _fitting(widths: list[int], room: int) -> list[int]:
    """Widths in letters that fit beside each other: the widest gives way."""
    made = [max(LEAST, one) for one in widths]
    while sum(made) + GAP * (len(made) - 1) > room and max(made) > LEAST:
        made[made.index(max(made))] -= 1
    return made


def _shares(widths: list[int]) -> tuple[float, ...]:
    """Widths in millimetres that make up the paper, between a tenth and a third of it each."""
    shares = [min(max(one, 6), 24) for one in widths]
    return tuple(INSIDE * one / sum(shares) for one in shares)
