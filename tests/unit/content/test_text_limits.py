"""How much of a text is read: everything up to each limit, and what is said of one more."""

import inspect
import sys

import pytest

from training.content.markdown import Rendered, render
from training.content.markdown.blocks import Text, escape, limits
from training.content.markdown.mathematics import BadFormula, mathml
from training.content.source import Mistake


def said_of(text: str) -> list[str]:
    """What is said of the size of a text that begins at line 10."""
    work = Text("x.md", 10, text.split("\n"))
    limits(work, text)
    assert {mistake.file for mistake in work.mistakes} <= {"x.md"}
    return [f"{mistake.line} {mistake.message}" for mistake in work.mistakes]


PARAGRAPH = "x" * 999 + "\n\n"
TABLE = "|" * 20 + "\n"
ROWS = "a\n" * 999 + "a"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PARAGRAPH * 199 + "x" * 801, []),
        (PARAGRAPH * 199 + "x" * 799 + "é", []),
        (PARAGRAPH * 199 + "x" * 802, ["10 200001 bytes; at most 200000 are read"]),
        (PARAGRAPH * 199 + "x" * 800 + "é", ["10 200001 bytes; at most 200000 are read"]),
        ("x" * 19_999, []),
        ("a\n\n" + "x" * 20_000, ["12 a paragraph of 20001 characters; at most 20000, divide it with a blank line"]),
        ("x" * 9_999 + "\n" + "x" * 9_999, []),
        (
            "a\n\n\n" + "x" * 9_999 + "\n" + "x" * 10_000 + "\n  \nb",
            ["13 a paragraph of 20001 characters; at most 20000, divide it with a blank line"],
        ),
        ("x" * 15_000 + "\n\n" + "x" * 15_000, []),
        ("[" * 200 + "\n" + "[" * 200, []),
        ("a\n\nb\n" + "[" * 200 + "\n" + "[" * 201, ["12 a paragraph with 401 times '['; divide it with a blank line"]),
        ("[" * 300 + "\n\n" + "[" * 300, []),
        *(("a" + mark * 2_000, []) for mark in "*_`<&!~^"),
        *(
            ("a\n\na" + mark * 2_001, [f"12 a paragraph with 2001 times '{mark}'; divide it with a blank line"])
            for mark in "*_`<&!~^"
        ),
        ("a" + "X" * 2_001, []),
        ("[" * 402 + "*" * 2_001, ["10 a paragraph with 402 times '['; divide it with a blank line"]),
        ("[" * 401 + "*" * 2_002, ["10 a paragraph with 2002 times '*'; divide it with a blank line"]),
        (
            "a" + "*" * 2_001 + "\n\n" + "x" * 20_000 + "\n\n" + "_" * 2_001,
            [
                "10 a paragraph with 2001 times '*'; divide it with a blank line",
                "12 a paragraph of 20001 characters; at most 20000, divide it with a blank line",
                "14 a paragraph with 2001 times '_'; divide it with a blank line",
            ],
        ),
        (("[" * 400 + "\n\n") * 10, []),
        (("[" * 400 + "\n\n") * 10 + "[", ["10 more than 4000 times '['; divide the text"]),
        (("[^" * 100 + "\n\n") * 10, []),
        (("[^" * 100 + "\n\n") * 10 + "[^", ["10 more than 1000 times '[^'; divide the text"]),
        ("\n" * 5_000, []),
        ("\n" * 5_001, ["10 more than 5000 lines; divide the text"]),
        (ROWS + "\n \n" + ROWS, []),
        ("a\n\n" + ROWS + "\na\n\na", ["10 more than 1000 lines without a blank one; divide them"]),
        ("\n".join(f"a{n}" for n in range(1_000)), []),
        ("\n".join(f"a{n}" for n in range(1_001)), ["10 more than 1000 lines without a blank one; divide them"]),
        (TABLE * 500 + "\n" + TABLE * 498, []),
        (TABLE * 500 + "\n" + TABLE * 499, ["10 tables with more than 20000 cells in all; divide the text"]),
        ("a\n" + "|\n" * 998 + "|" * 20, []),
        (TABLE + "a\n" * 999, ["10 tables with more than 20000 cells in all; divide the text"]),
        ("|\n" * 900 + "|" * 22, []),
        ("|\n" * 900 + "|" * 23, ["10 tables with more than 20000 cells in all; divide the text"]),
        ("> " * 11 + "x\n" + "- " * 11 + "x\n" + "1. " * 11 + "x\n" + " " * 48 + "x", []),
        ("a\n" + "> " * 12 + "x", ["11 nested more than 12 deep"]),
        (" >-1." * 3 + ">-1." + "x", ["10 nested more than 12 deep"]),
        ("a\n\n" + " " * 49 + "x\n" + "- " * 12 + "x", ["12 nested more than 12 deep", "13 nested more than 12 deep"]),
    ],
)
def test_a_text_is_read_up_to_each_limit_and_no_further(text: str, said: list[str]) -> None:
    assert said_of(text) == said


def test_of_a_text_that_is_too_much_nothing_is_shown_and_all_that_is_too_much_is_said() -> None:
    page = render("\n" * 5_001 + "[" * 401, file="x.md", first_line=3)
    assert (page.parts, page.marks) == ((), ())
    assert [(mistake.line, mistake.message) for mistake in page.mistakes] == [
        (3, "more than 5000 lines; divide the text"),
        (5_004, "a paragraph with 401 times '['; divide it with a blank line"),
    ]


def test_a_text_whose_marks_nest_too_deeply_is_told_as_a_mistake() -> None:
    page = render("\n".join("    " * depth + "- a" for depth in range(13)), file="x.md", first_line=4)
    assert [(mistake.line, mistake.message) for mistake in page.mistakes] in ([], [(16, "nested more than 12 deep")])


def test_where_the_room_of_the_program_ends_before_a_text_does_it_is_a_mistake_of_the_text() -> None:
    """A page is asked for with ever more room: too little for anything, for the conversion, at last enough."""
    text = "\n".join("    " * depth + "- a" for depth in range(12))
    usual, here = sys.getrecursionlimit(), len(inspect.stack(0))
    found = [render(text, file="x.md", first_line=4)]
    for room in range(20, 400, 20):
        sys.setrecursionlimit(here + room)
        try:
            page = render(text, file="x.md", first_line=4)
        except RecursionError:
            continue
        finally:
            sys.setrecursionlimit(usual)
        if page not in found:
            found.append(page)
    told = Mistake("x.md", 4, "quotations, lists or marks are nested too deeply")
    assert found[1:] == [Rendered(mistakes=(told,))]


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        ("x" * 2_001, "2001 characters; at most 2000 are read"),
        ("{" * 41 + "x" + "}" * 41, "more than 40 groups inside each other"),
        ("{x}" * 3 + "{" * 41 + "}" * 41, "more than 40 groups inside each other"),
        ("\\frac{a}", "a part is missing after a command such as \\frac, ^ or _"),
        ("\\text{<b>x</b>}", "<b> is not allowed in a formula; write only TeX"),
        ("\\text{<" + "b" * 70 + "/>}", f"<{'b' * 60}> is not allowed in a formula; write only TeX"),
        (r"\href{x:y}{z}", 'href="x:y" is not allowed in a formula'),
        (r"\style{a}{z}", 'style="a" is not allowed in a formula'),
        (r"\hspace{(}z", 'width="(" is not allowed in a formula'),
        (r"\hspace{" + "1" * 61 + "}z", f'width="{"1" * 60}" is not allowed in a formula'),
        (r"\begin{matrix}a", "not understood as TeX: MissingEndError"),
        ("\\text{<}", "markup in a formula; write only TeX"),
    ],
)
def test_what_is_wrong_with_a_formula_is_told_whole(tex: str, said: str) -> None:
    with pytest.raises(BadFormula) as bad:
        mathml(tex)
    assert str(bad.value) == said


@pytest.mark.parametrize("tex", ["x" * 2_000, "{" * 40 + "x" + "}" * 40, "{x}" * 41, r"\hspace{" + "1" * 60 + "}x"])
def test_a_formula_is_read_up_to_each_limit(tex: str) -> None:
    assert mathml(tex).startswith('<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">')


def test_a_formula_is_drawn_in_a_line_or_as_a_block() -> None:
    assert mathml(" x ") == (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>x</mi></mrow></math>'
    )
    assert mathml("x", "block") == mathml("x").replace("inline", "block")


def test_text_in_a_page_or_a_label_is_only_text() -> None:
    assert escape("""<a href="x" b='y'>&</a>""") == ("&lt;a href=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;&lt;/a&gt;")
