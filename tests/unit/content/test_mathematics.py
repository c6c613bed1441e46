import re
import time
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.content.test_markdown import KNOWN, SAFE, Elements
from training.content.markdown import inline, render
from training.content.markdown.mathematics import ATTRIBUTES, ELEMENTS, NAMESPACE, BadFormula, mathml


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\frac{a}{b}", "<mfrac>"),
        (r"\sqrt{2}", "<msqrt>"),
        ("a < b", "&lt;"),
        (r"20480 + 300 = 20780", "<mn>20780</mn>"),
        (r"\text{bytes in a page}", "<mtext>bytes"),
        (r"\mathrm{SHA}_{256}", 'mathvariant="normal"'),
        (r"\begin{matrix}a&b\\c&d\end{matrix}", "<mtable>"),
        (r"\left(\frac{1}{2}\right)", "<mfrac>"),
    ],
)
def test_what_modules_need_is_drawn(tex: str, part: str) -> None:
    drawn = mathml(tex)
    assert drawn.startswith('<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">')
    assert part in drawn


HOSTILE = [
    r"\text{<script>alert(1)</script>}",
    r"\text{<img src=x onerror=alert(1)>}",
    r"\text{<svg><script>alert(1)</script></svg>}",
    r"\text{<mtext xmlns='http://www.w3.org/1999/xhtml'>x</mtext>}",
    r"\text{</mtext></math><script>alert(1)</script><math><mtext>}",
    r"\text{<mi href='javascript:alert(1)'>x</mi>}",
    r"\text{<mi onclick='alert(1)'>x</mi>}",
    r"\text{<mi mathvariant='&quot; onclick=&quot;x'>x</mi>}",
    r"\text{<annotation-xml encoding='text/html'><b>x</b></annotation-xml>}",
    r"\text{<maction actiontype='statusline'>x</maction>}",
    r"\text{<!DOCTYPE x>}",
    r"\text{&xxe;}",
    r"\text{a & b}",
    r"\href{javascript:alert(1)}{x}",
    r"\style{position:fixed;inset:0}{x}",
    r"\class{btn}{x}",
    r"\color{url(javascript:alert(1))}{x}",
    r"\frac{1}",
    r"\frac{",
    "x^",
    "{" * 41 + "x" + "}" * 41,
    "{" * 900,
    "x" * 2_001,
]


@pytest.mark.parametrize("tex", HOSTILE)
def test_what_is_no_formula_is_refused(tex: str) -> None:
    with pytest.raises(BadFormula):
        mathml(tex)


@try_examples(300)
@given(st.text(alphabet="\\{}^_&<>\"'=;:/ abcdefghijklmnopqrstuvwxyz0123456789\n", max_size=80))
@example(r"\text{<")
def test_a_formula_holds_nothing_but_mathml(tex: str) -> None:
    try:
        drawn = mathml(tex)
    except BadFormula:
        return
    for element in ET.fromstring(drawn).iter():  # noqa: S314 - our own
        assert element.tag.removeprefix(NAMESPACE) in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES


def harms(text: str) -> list[str]:
    elements = Elements(text)
    found = [f"<{tag}>" for tag, _ in elements.found if tag not in SAFE | ELEMENTS]
    found += [
        f"<{tag} {name}>"
        for tag, attributes in elements.found
        for name in set(attributes) - (ATTRIBUTES | {"xmlns"} if tag in ELEMENTS else KNOWN)
    ]
    return found + elements.crossed + elements.open


@pytest.mark.parametrize("tex", HOSTILE)
@pytest.mark.parametrize(
    "around", ["a $`{}`$ b", "## $`{}`$", "| $`{}`$ |\n|---|\n| x |", "- $`{}`$", "```math\n{}\n```"]
)
def test_a_refused_formula_is_a_mistake_and_leaves_nothing_in_the_page(tex: str, around: str) -> None:
    page = render(around.replace("{}", tex), file="x.md", first_line=10)
    assert any(one.message.startswith(("formula:", "HTML is shown")) for one in page.mistakes)
    assert min(one.line for one in page.mistakes) >= 10
    assert harms(page.html) == []
    assert harms(inline(f"a $`{tex}`$ b")) == []


FORMULA = r"$`x^2 < \frac{a}{b}`$"


@pytest.mark.parametrize(
    "text",
    [
        f"[x {FORMULA} y](https://a.example/)",
        f"[x](https://a.example/{FORMULA})",
        f"![{FORMULA}](media/x.svg)",
        f"| {FORMULA} | b |\n|---|---|\n| {FORMULA} | c |",
        f'!!! law "Kenya: {FORMULA}"\n    {FORMULA}',
        f'!!! term "A {FORMULA}"\n    x',
        f"## {FORMULA}\n\nx[^1]\n\n[^1]: {FORMULA}",
        f"    {FORMULA}",
        f"**{FORMULA}** _{FORMULA}_",
    ],
)
def test_a_formula_stands_in_texts_and_never_in_an_attribute(text: str) -> None:
    page = render(text, file="x.md")
    assert harms(page.html) == []
    assert not re.search(r'="[^"]*<math', page.html)
    assert "zq" not in page.html
    assert harms(inline(text.partition("\n")[0])) == []


def test_the_label_of_a_table_has_the_formula_as_it_was_typed() -> None:
    page = render(f"| {FORMULA} |\n|---|\n| x |", file="x.md")
    assert r'aria-label="Table: x^2 &lt; \frac{a}{b}"' in page.html
    assert page.html.count("<math") == 1


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('```math\nx "onfocus="y\n```', 'aria-label="x &quot;onfocus=&quot;y"'),
        ('| $`x "onfocus="y`$ |\n|---|\n| x |', 'aria-label="Table: x &quot;onfocus=&quot;y"'),
    ],
)
def test_a_quotation_mark_in_a_formula_stays_in_the_label_that_repeats_it(text: str, label: str) -> None:
    page = render(text, file="x.md")
    assert page.mistakes == ()
    assert label in page.html
    assert harms(page.html) == []


def test_a_formula_between_two_back_ticks_is_code_that_shows_one() -> None:
    assert render("Write ``$`x^2`$`` here.", file="x.md").html == "<p>Write <code>$`x^2`$</code> here.</p>"
    assert inline("``$`x^2`$``") == "<code>$`x^2`$</code>"


def test_a_formula_in_a_fence_is_code() -> None:
    page = render("```console\n$`x^2`$\n```", file="x.md")
    assert "<math" not in page.html
    assert page.mistakes == ()


def test_a_heading_with_a_formula_has_its_text_in_the_table_of_contents() -> None:
    page = render("## The value $`2^8`$", file="x.md")
    assert page.headings[0].text == "The value 28"


def test_a_line_of_dashes_under_a_text_makes_no_heading() -> None:
    page = render("Text\n----\n\nmore", file="x.md")
    assert page.headings == ()


def test_formulas_are_drawn_quickly() -> None:
    began = time.process_time()
    page = render("\n\n".join(f"$`{'x^2 + ' * 60}{number}`$" for number in range(100)), file="x.md")
    assert page.mistakes == ()
    assert time.process_time() - began < 10
