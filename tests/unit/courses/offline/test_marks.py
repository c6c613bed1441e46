from dataclasses import replace

import pytest

from training.content.markdown import render
from training.courses.manuscript import marks, reader
from training.courses.manuscript.course import Module, Part
from training.courses.manuscript.tags import pieces, text_of
from training.settings import ROOT

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"


def module_of(text: str) -> Module:
    found = render(text, file="t")
    assert found.mistakes == ()
    base = reader.load(SAMPLE).modules[0]
    return replace(base, parts=(Part(html=found.html),), headings=found.headings)


def listed(text: str) -> dict[str, str]:
    return {one.text: one.mark for one in marks.paragraphs(module_of(text))}


TEXT = "One.\n\n## Head\n\nTwo has **words**.\n\n- a\n- b\n\n| a | b > c |\n|---|---|\n| 1 | 2 |\n\nOne.\n"


def test_a_paragraph_a_list_and_a_table_have_marks_and_headings_none() -> None:
    found = list(marks.paragraphs(module_of(TEXT)))
    assert [(one.section, one.text) for one in found] == [
        (0, "One."),
        (1, "Two has words."),
        (1, "a b"),
        (1, "a b > c 1 2"),
        (1, "One."),
    ]
    assert all(marks.MARK.match(one.mark) for one in found)


def test_the_same_text_twice_has_two_marks() -> None:
    first, *_, last = marks.paragraphs(module_of(TEXT))
    assert last.mark == f"{first.mark}-2"


def test_a_mark_stays_when_the_text_around_it_changes() -> None:
    before = listed(TEXT)
    after = listed(TEXT.replace("Two has **words**.", "Something new.\n\nTwo  has\n*words*."))
    assert before["Two has words."] == after["Two has words."]
    assert before["a b"] == after["a b"]
    assert len(after) == len(before) + 1


def test_another_text_is_another_mark() -> None:
    assert listed("Two words.")["Two words."] != listed("Two wards.")["Two wards."]


def test_the_html_is_what_it_was_but_for_the_ids() -> None:
    for module in reader.load(SAMPLE).modules:
        for part, found in zip(module.parts, marks.of(module), strict=True):
            html = "".join(one.html for one in found)
            for one in found:
                html = html.replace(f' id="p-{one.mark}"', "", 1) if one.mark else html
            assert html == part.html.lstrip()


def test_notes_in_the_margin_and_at_the_end_have_no_mark() -> None:
    found = listed("Text.[^1]\n\n!!! side\n    Beside.\n\n[^1]: A note.\n")
    assert list(found) == ["Text."]


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        ("", []),
        ("<p>a</p>", ["p"]),
        ("<p>a<br>b</p>\n<hr>\n<ul><li><p>c</p></li></ul>", ["p", "hr", "ul"]),
        ('<p class="a>b">x</p><svg><path d="M0"/></svg>', ["p", "svg"]),
        ("<div><div></div></div><div></div>", ["div", "div"]),
    ],
)
def test_html_is_taken_apart_at_its_outermost_elements(markup: str, names: list[str]) -> None:
    found = pieces(markup)
    assert [name for name, _ in found] == names
    assert "".join(piece for _, piece in found) == markup


def test_the_text_of_html_has_spaces_where_lines_end() -> None:
    assert text_of("<p>a <b>b</b>c</p><p>d&amp;e &lt;</p><td>f</td><td>g</td>") == "a bc d&e < f g"
    assert text_of('<h2 id="s1"><span class="no">1</span>Head<sup id="x"><a href="#y">1</a></sup></h2>') == "Head"
    assert text_of('<div aria-label="a > b">c</div>') == "c"
