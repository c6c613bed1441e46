"""Widths of shaped text, kept by the process: a line is broken letter by letter, and the same letters come again."""

from typing import Any

from fpdf.fonts import TTFFont

MOST = 30_000
"""Widths that are kept, about 10 MB."""

_kept: dict[tuple[object, ...], tuple[int, float]] = {}


class Measured(TTFFont):
    """A font that asks its shaper once for the width of a text at a size.

    Widths are those that come out without this, so that the bytes of a paper are the same.
    """

    __slots__ = ()

    def shaped_text_width(
        self, text: str, font_size_pt: float, text_shaping_params: dict[str, Any] | None
    ) -> tuple[int, float]:
        """How many glyphs a text becomes, and how wide they are in points."""
        how = text_shaping_params or {}  # of these, `Sheet` sets language and direction; the script follows the text
        key = (str(self.ttffile), text, font_size_pt, *(how.get(one) for one in ("fragment_direction", "language")))
        found = _kept.get(key)
        if found is None:
            found = super().shaped_text_width(text, font_size_pt, text_shaping_params)
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = found
        return found
