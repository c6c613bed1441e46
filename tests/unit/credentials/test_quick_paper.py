"""What is kept from paper to paper: it changes no byte of one, and saves most of the shaping."""

from hashlib import sha256
from typing import Any

import pytest
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont

from tests.unit.credentials.conftest import SAID, facts_of
from tests.unit.credentials.test_paper import paper
from training.credentials.paper import measure
from training.credentials.paper.sheet import Sheet


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were shaped."""
    shape, texts = TTFFont.perform_harfbuzz_shaping, list[str]()

    def noted(font: TTFFont, text: str, *how: Any) -> Any:
        texts.append(text)
        return shape(font, text, *how)

    monkeypatch.setattr(TTFFont, "perform_harfbuzz_shaping", noted)
    return texts


@pytest.mark.parametrize("language", SAID)
def test_what_is_kept_of_other_papers_changes_no_byte(
    language: str, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    holders = (SAID[language][3], "Ольга Ковальчук", "Amara ديالو", "Wilhelmina " * 10)
    made = [paper(facts_of(language, holder=one)) for one in holders * 2]
    kept = len(asked)
    monkeypatch.setattr(Sheet, "_measured", lambda _sheet: None)  # as fpdf2 does it by itself
    monkeypatch.setattr(Sheet, "_lines", anew)
    plain = [paper(facts_of(language, holder=one)) for one in holders]
    assert [sha256(one).hexdigest() for one in made] == [sha256(one).hexdigest() for one in plain * 2]
    assert len(asked) - kept > 2 * kept


def anew(sheet: Sheet, text: str, width: float, _how: tuple[object, ...]) -> Any:
    return sheet.multi_cell(width, 1, text, dry_run=True, output=MethodReturnValue.LINES, padding=0)


def test_a_second_paper_measures_no_letter_again(asked: list[str]) -> None:
    paper(facts_of("ar"))
    asked.clear()
    paper(facts_of("ar"), number=8)
    assert 0 < len(asked) < 800  # what is written, and lines as they are broken


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "MOST", 50)
    monkeypatch.setattr(measure, "_kept", {})
    before = paper(facts_of("fr"))
    assert 0 < len(measure._kept) <= 50
    assert paper(facts_of("fr")) == before
