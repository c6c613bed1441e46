"""The report as PDF: A4, from the starting side of its language, with real text."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from training.assessment.instrument.reader import Texts
from training.assessment.paper import closing_pages, opening_pages
from training.assessment.paper.blocks import Block, Figure, Head, Rows, Text, letters
from training.assessment.presentation.radar import CENTRE, Axis, Point
from training.assessment.service.report import Report
from training.credentials.paper.sheet import BOTTOM, HEIGHT, INK, INSIDE, LEADING, SIDE, SOFT, TOP, Sheet
from training.web.language import reading_language

SIZES = {0: 24.0, 1: 17.0, 2: 12.0}
LOWEST = HEIGHT - BOTTOM - 4
PIECE = 700  # characters that are never parted by the end of a page
SCALE = 0.19  # millimetres of a unit of the radar
MARKS = 1.5
PLENTY = 90.0  # millimetres, more than any piece takes
FOOT = HEIGHT - 11


def pdf(found: Report, said: Texts) -> bytes:
    """The whole report, in the language of the reader of this request. Raises Refused where a font is missing."""
    blocks = [*opening_pages.blocks(found, said), *closing_pages.blocks(found, said)]
    held, outcome = found.now.held, found.now.outcome
    sheet = Sheet(reading_language(), letters(blocks), outcome.id, outcome.at)
    sheet.set_title(held.subject)
    sheet.set_author(held.body)
    _Printer(sheet).print(blocks)
    _foot(sheet, f"{held.version} · {outcome.at:%Y-%m-%d} · {outcome.edition}")
    return bytes(sheet.output())


def _foot(sheet: Sheet, text: str) -> None:
    """Version, day and edition, and the number of the page, once it is known how many there are."""
    total = sheet.pages_count
    for page in range(1, total + 1):
        sheet.page = page
        half = INSIDE / 2
        sheet.put(text, SIDE, FOOT, half, 7.5, colour=SOFT, latin=True)
        sheet.put(f"{page}/{total}", SIDE + half, FOOT, half, 7.5, colour=SOFT, end=True, latin=True)


class _Printer:
    """Writes blocks one below the other, on as many pages as they take."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._y = sheet, TOP

    def print(self, blocks: Sequence[Block]) -> None:
        """All of them."""
        self._sheet.add_page()
        for block in blocks:
            if isinstance(block, Head):
                self._head(block)
            elif isinstance(block, Text):
                self._text(block)
            elif isinstance(block, Rows):
                self._rows(block)
            else:
                self._figure(block)

    def _room(self, height: float) -> None:
        if self._y + height > LOWEST:
            self._sheet.add_page()
            self._y = TOP

    def _head(self, block: Head) -> None:
        if block.rank == 1:
            self._room(HEIGHT)
        self._room(30)
        self._y += 3 if block.rank != 1 else 0
        self._y += self._sheet.put(block.text, SIDE, self._y, INSIDE, SIZES[block.rank], bold=True) + 1.5
        if block.rank < 2:  # noqa: PLR2004 - titles of pages
            self._sheet.rule(self._y, 0.5)
        self._y += 2.5

    def _text(self, block: Text) -> None:
        for piece in _pieces(block.text):
            if self._y + PLENTY > LOWEST:  # measuring takes as long as writing: only where a page may end
                self._room(self._sheet.put(piece, SIDE, self._y, INSIDE, block.size, bold=block.bold, dry=True))
            colour = SOFT if block.soft else INK
            self._y += self._sheet.put(piece, SIDE, self._y, INSIDE, block.size, bold=block.bold, colour=colour)
        self._y += block.size * LEADING * 0.35

    def _rows(self, block: Rows) -> None:
        self._room(24)
        self._y = self._sheet.table(block.heads, block.rows, block.widths, self._y, set()) + 4

    def _figure(self, block: Figure) -> None:
        size = 400 * SCALE
        self._room(size)
        _Radar(self._sheet, block, SIDE + (INSIDE - size) / 2, self._y).draw()
        self._y += size + 2


class _Radar:
    """The figure at a place of the paper."""

    def __init__(self, sheet: Sheet, block: Figure, left: float, top: float) -> None:
        self._sheet, self._block, self._left, self._top = sheet, block, left, top

    def draw(self) -> None:
        """Rings and axes, then targets, scores, markers, names."""
        sheet, radar = self._sheet, self._block.radar
        sheet.set_draw_color(170, 170, 170)
        sheet.set_line_width(0.15)
        for level in range(1, 5):
            sheet.circle(*self._at((200, 200)), 40 * level * SCALE)
        for axis in radar.axes:
            sheet.line(*self._at((200, 200)), *self._at(axis.end))
        sheet.set_draw_color(*INK)
        sheet.set_fill_color(226, 230, 228)
        if radar.filled:
            sheet.polygon([self._at(one) for one in radar.filled], style="F")
        sheet.set_line_width(0.35)
        for runs, dash in ((radar.targets, 1.2), (radar.scores, 0.0)):
            sheet.set_dash_pattern(dash=dash, gap=dash)
            for run in runs:
                self._line(run, closed=radar.closed)
        sheet.set_dash_pattern()
        for level in range(1, 5):
            self._name(str(level), (208, 200 - 40 * level + 5), 6, SOFT)
        for axis in radar.axes:
            self._axis(axis)

    def _at(self, point: Point) -> Point:
        return self._left + point[0] * SCALE, self._top + point[1] * SCALE

    def _line(self, run: Sequence[Point], *, closed: bool) -> None:
        for one, other in pairwise((*run, run[0]) if closed else run):
            self._sheet.line(*self._at(one), *self._at(other))

    def _axis(self, axis: Axis) -> None:
        x, y = axis.label
        self._name(axis.code, (x, y), 9, INK)
        if axis.stub:
            self._stub(axis.stub)
            self._name(self._block.unpublished, (min(max(x, 35), 365), y + (24 if y == CENTRE else 14)), 6, SOFT)
        if axis.target:
            x, y = self._at(axis.target)
            self._sheet.line(x - MARKS, y, x + MARKS, y)
        if axis.score:
            self._mark(self._at(axis.score), axis.confidence)

    def _mark(self, at: Point, confidence: str) -> None:
        """Disc strong, ring fair, cross weak."""
        x, y = at
        if confidence == "weak":
            self._sheet.line(x - MARKS, y - MARKS, x + MARKS, y + MARKS)
            self._sheet.line(x - MARKS, y + MARKS, x + MARKS, y - MARKS)
            return
        shade = INK if confidence == "strong" else (255, 255, 255)
        self._sheet.set_fill_color(*shade)
        self._sheet.circle(x, y, MARKS, style="DF")

    def _stub(self, corners: Sequence[Point]) -> None:
        """A box with strokes across."""
        a, b, c, d = corners
        self._sheet.set_line_width(0.2)
        self._line((a, b, c, d), closed=True)
        for n in range(6):
            near, far = n / 6, (n + 1) / 6
            one = (a[0] + (b[0] - a[0]) * near, a[1] + (b[1] - a[1]) * near)
            other = (d[0] + (c[0] - d[0]) * far, d[1] + (c[1] - d[1]) * far)
            self._line((one, other), closed=False)

    def _name(self, text: str, at: Point, size: float, colour: tuple[int, int, int]) -> None:
        wide = 30.0
        x, y = self._at(at)
        sheet = self._sheet
        width = min(wide, len(text) * size * 0.21)
        start = x - width / 2
        sheet.put(text, sheet.at(start, wide), y - size * 0.18, wide, size, colour=colour, end=sheet.rtl)


def _pieces(text: str) -> Iterator[str]:
    """Lines of a text, those that are too long in parts."""
    for line in text.splitlines() or [""]:
        rest = line
        while len(rest) > PIECE:
            cut = rest.rfind(" ", 0, PIECE)
            cut = cut if cut > 0 else PIECE
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        yield rest or " "
