"""Signs that stand beside a page's own parts."""

import re
from pathlib import Path

import pytest

from training.settings import ROOT

SIGNS = frozenset(re.findall(r'<symbol id="([^"]+)"', (ROOT / "training" / "web" / "icons.svg").read_text("utf-8")))
TEMPLATES = sorted((ROOT / "training").rglob("templates/**/*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_nothing_on_a_page_has_the_id_of_a_sign(path: Path) -> None:
    """The browser draws the first element of an id: a heading called `mark` left the mast without its mark."""
    assert len(SIGNS) > 10
    assert SIGNS & set(re.findall(r'\bid="([^"{]+)"', path.read_text("utf-8"))) == set()
