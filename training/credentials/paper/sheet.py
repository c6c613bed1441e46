"""A sheet of paper that is written from its starting side: from the left, or from the right for Arabic."""

import io
import warnings
from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from fpdf import FPDF
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont
from PIL import Image

from training.credentials import fonts
from training.credentials.paper.lines import runs_left
from training.credentials.paper.measure import Measured
from training.credentials.square import Square
from training.errors import Refused
from training.sentence import phrase

WIDTH, HEIGHT = 210.0, 297.0  # A4 in millimetres
SIDE, TOP, BOTTOM = 20.0, 16.0, 16.0
INSIDE = WIDTH - 2 * SIDE
INK, SOFT = (26, 26, 26), (90, 90, 90)
LEADING = 0.46  # millimetres of a line for each point of its letters
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST = 4_000  # pixels along a side of a logo
RTL = {"ar"}
TAGS = {"en": "eng", "fr": "fra", "ar": "ara"}


def _size(data: bytes) -> tuple[int, int]:
    """The pixels of a PNG. Raises ValueError for too many, before they are unpacked."""
    with Image.open(io.BytesIO(data), formats=["PNG"]) as found:
        if max(found.size) > LARGEST:
            raise ValueError(found.size)
        return found.size


class Sheet(FPDF):
    """Paper in one language, whose id and dates are those of the certificate."""

    def __init__(self, language: str, letters: str, document: UUID, at: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._document, self.language = document, language
        self._broken: dict[tuple[object, ...], list[str]] = {}
        self.rtl = language in RTL
        self.set_margins(SIDE, TOP, SIDE)
        self.set_auto_page_break(auto=False)
        self.set_creation_date(at)
        self.set_lang(language)
        self.set_producer("Engram")
        self._load(letters)

    def _load(self, letters: str) -> None:
        main, text = fonts.of(self.language), fonts.of("en")
        further = fonts.for_letters(letters, [main.regular, text.regular])
        self.add_font("main", "", main.regular)
        self.add_font("main", "B", main.bold)
        self._latin = "main" if text == main else "text"
        if text != main:
            self.add_font("text", "", text.regular)
            self.add_font("text", "B", text.bold)
        for number, path in enumerate(further):
            self.add_font(f"other{number}", "", path)
        self._measured()
        self.set_fallback_fonts([self._latin, *(f"other{n}" for n in range(len(further)))], exact_match=False)

    def with_fixed(self) -> "Sheet":
        """The sheet with a font of fixed width beside the others, for `put(…, mono=True)`."""
        self.add_font("mono", "", fonts.fixed())
        self._measured()
        return self

    def _measured(self) -> None:
        """Let all fonts keep what they measure."""
        for font in self.fonts.values():
            font.__class__ = Measured  # which has no fields more; only `add_font` of fpdf2 makes fonts

    def give_back(self) -> None:
        """Close the files of the fonts, when nothing more is written on the sheet."""
        for font in self.fonts.values():
            assert isinstance(font, TTFFont)  # noqa: S101 - no other kind is ever added
            font.close()

    def file_id(self) -> str:
        """The document is the certificate: its id is the permanent one of the file."""
        return f"<{self._document.hex.upper()}><{self._document.hex.upper()}>"

    def number(self, code: str, pages: str, begun: int) -> None:
        """The code and the number of the page at the foot of each page after the first `begun` ones."""
        total = self.pages_count
        for page in range(begun + 1, total + 1):
            self.page = page
            y, said = HEIGHT - 11, pages.format(page - begun, total - begun)
            self.put(code, SIDE, y, INSIDE / 2, 7.5, colour=SOFT, latin=True)
            self.put(said, SIDE + INSIDE / 2, y, INSIDE / 2, 7.5, colour=SOFT, end=True)

    def at(self, start: float, width: float) -> float:
        """The left edge of a box that begins so far from the starting side of the paper."""
        return WIDTH - start - width if self.rtl else start

    def put(  # noqa: PLR0913 - a paragraph has these properties
        self,
        text: str,
        start: float,
        y: float,
        width: float,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        end: bool = False,
        latin: bool = False,
        mono: bool = False,
        dry: bool = False,
    ) -> float:
        """Write a paragraph and say how high it is. `latin`: codes and addresses, which run from left to right.

        `mono`: what a machine wrote, from left to right in letters of fixed width, see `with_fixed`.
        """
        font = ("mono" if mono else self._latin if latin else "main"), ("B" if bold else ""), size
        self._write_with(font, colour)
        rtl = self.rtl and not latin and not mono and runs_left(text)
        self.set_text_shaping(True, direction="rtl" if rtl else "ltr", language=TAGS[self.language])
        align: Literal["L", "R"] = "R" if end != self.rtl else "L"
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a glyph that is missing would be left out in silence
            lines = self._lines(text, width, (*font, rtl))
            for number, line in enumerate(() if dry else lines):
                self._write_with(font, colour)
                self.set_xy(self.at(start, width), y + number * size * LEADING)
                self.cell(width, size * LEADING, line, align=align)
        return len(lines) * size * LEADING

    def _lines(self, text: str, width: float, how: tuple[object, ...]) -> list[str]:
        """A paragraph as lines, in the font that is set; `how` is all that they hang on beside text and width.

        Each is broken once: what is measured before it is written, and what stands on every paper of a class.
        """
        key = (text, width, *how)
        if key not in self._broken:
            lines = self.multi_cell(width, 1, text, dry_run=True, output=MethodReturnValue.LINES, padding=0)
            assert isinstance(lines, list)  # noqa: S101 - as asked for by `output`
            self._broken[key] = lines
        return self._broken[key]

    def _write_with(self, font: tuple[str, str, float], colour: tuple[int, int, int]) -> None:
        """Name the font and colour in the page anew.

        A dry run leaves another font behind, and so does a line that ends in letters of a fallback font: without its
        name the next line would be shown in the wrong one, or in none.
        """
        self.font_family = ""
        self.set_font(*font)
        self.set_text_color(*colour)

    def rule(self, y: float, width: float = 0.2, start: float = SIDE, length: float = INSIDE) -> None:
        """A line across the paper."""
        self.set_draw_color(*INK)
        self.set_line_width(width)
        x = self.at(start, length)
        self.line(x, y, x + length, y)

    def code(self, made: Square, start: float, y: float, size: float) -> None:
        """A square code of that many millimetres, as rectangles: sharp at any size."""
        module = size / made.side
        left = self.at(start, size)
        self.set_fill_color(0, 0, 0)
        for column, row, length in made.runs:
            self.rect(left + column * module, y + row * module, length * module, module, style="F")

    def logo(self, data: bytes, start: float, y: float, width: float, height: float) -> None:
        """A PNG or SVG, as large as fits into the box. Raises Refused for anything else."""
        try:
            w, h = _size(data) if data.startswith(PNG) else (width, height)
            scale = min(width / w, height / h)
            x = self.at(start, w * scale)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # parts of an SVG that are not drawn
                self.image(io.BytesIO(data), x, y, w * scale, h * scale, keep_aspect_ratio=True)
        except Exception as bad:  # whatever its readers raise, the file is no logo
            raise Refused(
                phrase("The logo is no PNG or SVG of at most %(most)s pixels a side. Upload another.", most=LARGEST)
            ) from bad

    def table(  # type: ignore[override]  # ours is written from the starting side; that of fpdf2 isn't used
        self,
        heads: Iterable[str],
        rows: Iterable[tuple[str, ...]],
        widths: tuple[float, ...],
        y: float,
        latin: set[int],
    ) -> float:
        """Rows under their heads, on as many pages as they take; says where the paper goes on."""
        heads = tuple(heads)
        y = self._row(heads, widths, y, set(), head=True)
        for row in rows:
            height = max(
                self._height(text, width, n in latin) for n, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            if y + height + 2 > HEIGHT - BOTTOM - 4:
                self.add_page()
                y = self._row(heads, widths, TOP, set(), head=True)
            y = self._row(row, widths, y, latin)
        return y

    def _height(self, text: str, width: float, latin: bool) -> float:  # noqa: FBT001 - of the row's own
        return self.put(text, SIDE, TOP, width - 2, 6.2 if latin else 8.5, latin=latin, dry=True)

    def _row(
        self, row: tuple[str, ...], widths: tuple[float, ...], y: float, latin: set[int], *, head: bool = False
    ) -> float:
        start, height = SIDE, 0.0
        for number, (text, width) in enumerate(zip(row, widths, strict=True)):
            small = number in latin
            size = 7.5 if head else 6.2 if small else 8.5
            height = max(
                height,
                self.put(text, start, y + 1, width - 2, size, bold=head, colour=SOFT if head else INK, latin=small),
            )
            start += width
        self.rule(y + height + 2, 0.3 if head else 0.1)
        return y + height + 2
