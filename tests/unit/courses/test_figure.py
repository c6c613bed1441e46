from pathlib import Path

import pytest

from training.content.source import ContentError
from training.courses.figure import draw

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'


def figure(tmp_path: Path, text: str) -> str:
    file = tmp_path / "f.svg"
    file.write_text(text, "utf-8")
    return draw(file, "m/f.svg", 3, 'What "is" <there>.', "A & caption.", "f3-")


def faults(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(ContentError) as raised:
        figure(tmp_path, text)
    return [(mistake.line, mistake.message) for mistake in raised.value.mistakes]


@pytest.mark.parametrize(
    ("inside", "part"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'>x</b></foreignObject>", "<foreignObject> is not"),
        ("<style>*{fill:red}</style>", "<style> is not allowed"),
        ("<image href='https://evil.example/x.png'/>", "<image> is not allowed"),
        ("<a href='javascript:alert(1)'><path d='M0 0'/></a>", "<a> is not allowed"),
        ("<animate attributeName='href'/>", "<animate> is not allowed"),
        ("<set attributeName='onclick'/>", "<set> is not allowed"),
        ("<rect onclick='alert(1)'/>", "attribute onclick"),
        ("<rect style='fill:url(https://evil.example)'/>", "attribute style"),
        ("<use href='https://evil.example/x.svg#a'/>", 'href="https'),
        ("<use xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='#a'/>", "attribute href of <use>"),
        ("<rect fill='url(https://evil.example)'/>", "fill="),
        ("<rect fill='red;background:url(x)'/>", "fill="),
        ("<rect class='mast'/>", "class mast is none of"),
        ("<rect id='x y'/>", "id="),
        ("<g transform='rotate(1) url(x)'/>", "transform="),
        ("<b xmlns='http://www.w3.org/1999/xhtml'>x</b>", "<b> is not allowed"),
    ],
)
def test_what_is_not_on_the_lists_is_refused_with_its_line(tmp_path: Path, inside: str, part: str) -> None:
    found = faults(tmp_path, f"{OPEN}\n<g>\n{inside}\n</g></svg>")
    assert found[0][0] == 3
    assert any(part in message for _, message in found)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + OPEN + "&a;</svg>", "document type"),
        (OPEN + "<g></svg>", "not an SVG file"),
        ("<svg viewBox='0 0 9 9'/>", "not an svg of the SVG namespace"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "not an svg of the SVG namespace"),
        (OPEN + " " * 60_001 + "</svg>", "at most 60000"),
        ("not xml", "not an SVG file"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, text: str, part: str) -> None:
    assert part in faults(tmp_path, text)[0][1]


def test_a_figure_stands_in_the_page_with_its_alternative_and_ids_of_its_own(tmp_path: Path) -> None:
    marker = '<defs><marker id="tip"><path d="M0 0"/></marker></defs>'
    inside = f'{marker}<path class="ln" marker-end="url(#tip)"/><use href="#tip"/>'
    html = figure(tmp_path, f"{OPEN}<title>Old</title><desc>Old words</desc>{inside}<text>a &lt;b&gt;</text></svg>")
    assert '<title id="f3-title">Old</title><desc id="f3-desc">What "is" &lt;there&gt;.</desc>' in html
    assert "Old words" not in html
    assert 'id="f3-tip"' in html
    assert 'marker-end="url(#f3-tip)"' in html
    assert 'href="#f3-tip"' in html
    assert "<text>a &lt;b&gt;</text>" in html
    assert 'role="img" aria-labelledby="f3-title f3-desc"' in html
    assert "xmlns" not in html
    assert "<figcaption><b>Figure 3.</b> A &amp; caption.</figcaption>" in html


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="not there"):
        draw(tmp_path / "none.svg", "m/none.svg", 1, "a", "c", "f1-")
