"""Paragraphs of Arabic paper: a line that begins or ends in Latin letters is written in the right font."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from training.credentials import fonts
from training.credentials.paper.sheet import Sheet

DOCUMENT = UUID("01234567-89ab-7def-8123-456789abcdef")


def content(text: str) -> str:
    sheet = Sheet("ar", text, DOCUMENT, datetime(2026, 11, 27, tzinfo=UTC))
    sheet.add_page()
    sheet.put(text, 20, 50, 170, 11)
    drawn = sheet.pages[1].contents
    assert isinstance(drawn, bytearray)
    made = drawn.decode("latin-1")
    sheet.give_back()
    return made


def fonts_shown(text: str) -> list[str | None]:
    """The font in force at each piece of text, as a reader of PDF has it: what is set within q … Q ends there."""
    current: str | None = None
    kept: list[str | None] = []
    shown = []
    for one in re.finditer(
        r"(?<![^\s])(?:/(F[0-9]+) [0-9.]+ Tf|q|Q|\((?:\\.|[^\\)])*\) Tj)(?![^\s])", content(text), re.DOTALL
    ):
        if one[0] == "q":
            kept.append(current)
        elif one[0] == "Q":
            current = kept.pop()
        elif one[1]:
            current = one[1]
        else:
            shown.append(current)
    return shown


@pytest.mark.parametrize("words", range(10, 40))
def test_no_line_is_without_a_font_wherever_it_breaks(words: int) -> None:
    shown = fonts_shown("كلمة " * words + "D1.1, D2.3.")
    assert len(shown) >= 2
    assert None not in shown


def test_marks_of_direction_need_no_font() -> None:
    text = "والرموز \u2066D1.1\u2069."
    assert fonts.for_letters(text, [fonts.of("ar").regular, fonts.of("en").regular]) == []
    assert None not in fonts_shown(text)
