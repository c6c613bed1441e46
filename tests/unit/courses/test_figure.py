from pathlib import Path

import pytest

from training.content.source import ContentError
from training.courses.manuscript.figure import draw

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'


def figure(tmp_path: Path, text: str) -> str:
    file = tmp_path / "f.svg"
    file.write_text(text, "utf-8")
    return draw(file, "m/f.svg", "Figure 3", 'What "is" <there>.', "A & caption.", "f3-")


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
        (OPEN + "<g>" * 5_000 + "</g>" * 5_000 + "</svg>", "nested more than 30 levels deep"),
        (OPEN + "<g>" * 19_000, "nested more than 30 levels deep"),
        (OPEN + "<g/>" * 2_000 + "</svg>", "more than 2000 elements"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, text: str, part: str) -> None:
    assert part in faults(tmp_path, text)[0][1]


def test_what_is_too_deep_is_refused_at_the_line_where_it_is(tmp_path: Path) -> None:
    assert faults(tmp_path, OPEN + "<g>\n" * 29 + "<g/>" + "</g>" * 29 + "</svg>")[0][0] == 30
    figure(tmp_path, OPEN + "<g>" * 29 + "</g>" * 29 + "<g/>" * 1_970 + "</svg>")


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
        draw(tmp_path / "none.svg", "m/none.svg", "Figure 1", "a", "c", "f1-")


def test_elements_that_use_each_other_are_refused_before_they_grow(tmp_path: Path) -> None:
    levels = "".join(f'<g id="l{n}">' + f'<use href="#l{n - 1}"/>' * 10 + "</g>\n" for n in range(1, 9))
    found = faults(tmp_path, f'{OPEN}\n<g id="l0"><rect width="1"/></g>\n{levels}</svg>')
    assert {line for line, _ in found} == set(range(4, 11))
    assert all("draws other elements once more" in message for _, message in found)


@pytest.mark.parametrize(
    ("inside", "line", "part"),
    [
        ('<g id="a">\n<use href="#a"/></g>', 3, "#a draws other elements"),
        ('<use\nhref="#none"/>', 3, "no element #none"),
        ('<path d="M0 0"\nmarker-end="url(#none)"/>', 3, "no element #none"),
        ('<g id="a"/>\n<g id="a"/>', 3, "two elements have the id a"),
        ('<marker id="a"/>\n<g marker-mid="url(#a)"/>', 3, "not to <g>"),
        (
            '<marker id="a"><path d="M0 0" marker-end="url(#b)"/></marker>\n<marker id="b"/><use href="#a"/>',
            3,
            "#a draws",
        ),
        (
            '<marker id="a"><g/><g/></marker>\n<path d="' + "M0 0" * 900 + '" marker-mid="url(#a)"/>',
            3,
            "more than 5000",
        ),
        ('<g id="a">' + "<g/>" * 900 + "</g>\n" + '<use href="#a"/>\n' * 7, 8, "more than 5000"),
    ],
)
def test_what_is_drawn_once_more_is_there_is_simple_and_not_too_much(
    tmp_path: Path, inside: str, line: int, part: str
) -> None:
    found = faults(tmp_path, f"{OPEN}\n{inside}</svg>")
    assert [at for at, _ in found] == [line]
    assert part in found[0][1]


def test_a_mistake_in_a_figure_is_found_at_its_element_and_not_at_words_like_it(tmp_path: Path) -> None:
    text = f"{OPEN}\n<!-- onclick= -->\n<text>onclick=</text>\n<rect width='1'\n  onclick='x'/>\n<g/></svg>"
    assert faults(tmp_path, text) == [(5, "attribute onclick of <rect> is not allowed in a figure")]
