"""Marks of courses in the hands of an attacker: terms, law boxes, local notes, ways into labs, tables of 10 MB."""

import time
from pathlib import Path

import pytest

from tests.unit.content.test_markdown import harms
from training.content import jurisdictions
from training.content.markdown import Block, render
from training.content.source import ContentError, read_entries
from training.courses.manuscript import draft, figure, modules
from training.courses.manuscript.glossary import Term

KNOWN = {"term:exhibit": "../../glossary#exhibit"}


@pytest.mark.parametrize(
    "target",
    [
        'term:exhibit"onclick="alert(1)',
        "term:javascript:alert(1)",
        "term:../../../etc/passwd",
        "term:exhibit%22%3E%3Cscript%3E",
        "term:Exhibit",
        "term:",
        "TERM:exhibit",
        "term:exhibit#x",
        "term:exhibit&#34;&#62;<script>",
    ],
)
def test_a_link_to_a_term_leads_to_a_known_term_or_nowhere(target: str) -> None:
    page = render(f"[x]({target})", file="x.md", link=KNOWN.get)
    assert harms(page.html) == []
    assert "glossary" not in page.html
    assert page.mistakes


def test_a_link_to_a_term_is_marked_as_one() -> None:
    page = render("[the *exhibit*](term:exhibit)", file="x.md", link=KNOWN.get)
    assert page.html == ('<p><a class="term" href="../../glossary#exhibit" rel="noopener">the <em>exhibit</em></a></p>')
    assert draft.TERM_LINK.fullmatch("term:exhibit") is not None


@pytest.mark.parametrize(
    "title",
    ["Kenya: <img src=x onerror=alert(1)>", "Kenya: a & b", "Kenya: `<b>` *x*", "Kenya: [x](javascript:alert(1))"],
)
def test_the_title_of_a_law_box_is_text(title: str) -> None:
    page = render(f'!!! law "{title}"\n    x', file="x.md")
    assert harms(page.html) == []
    assert '<span class="whose">Kenya</span> ' in page.html
    assert "&amp;amp;" not in page.html


@pytest.mark.parametrize(
    ("title", "whose"),
    [
        ("International: x", "International"),
        ("Côte d'Ivoire: x", "Côte d'Ivoire"),
        ("Cabo Verde: x", "Cabo Verde"),
        ("مصر: x", "مصر"),
        ("Conseil de l'Europe: x", "Conseil de l'Europe"),
        ("Atlantis: x", ""),
        ("Kenya", ""),
        ("Kenya: ", ""),
        ("Africa: x", ""),
    ],
)
def test_a_law_box_says_whose_law_it_is(title: str, whose: str) -> None:
    assert jurisdictions.split(title)[0] == whose


@pytest.mark.parametrize("name", ["<script>", "../../etc", "a b", "x" * 200, "\u202ex", '"onclick='])
@pytest.mark.parametrize("kind", ["local", "lab", "exercise"])
def test_names_in_marks_are_looked_at(tmp_path: Path, kind: str, name: str) -> None:
    scene = modules.Scene(tmp_path, "courses/x/01-a/index.md", "en", KNOWN.get, ())
    page = scene.render(f"[[{kind}:{name}]] A sentence with <script>alert(1)</script>.", 1)
    parts = scene.parts(page, lambda _block, _number: None)
    assert scene.mistakes
    assert all("<script>" not in (part.lab.sentence if part.lab else "") for part in parts)
    assert all("<script>" not in (part.local.asks if part.local else "") for part in parts)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>x</body></foreignObject>",
        "<use href='https://evil.example/x.svg#a'/>",
        "<use xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='#a'/>",
        "<rect fill='url(https://evil.example/#a)'/>",
        "<rect style='background:url(javascript:alert(1))'/>",
        "<style>*{fill:red}</style>",
        "<a href='javascript:alert(1)'><text>x</text></a>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onclick' to='alert(1)'/>",
        "<image href='data:image/png;base64,AAAA'/>",
        "<rect onload='alert(1)'/>",
        "<text>&#60;script&#62;</text><script xmlns='http://www.w3.org/1999/xhtml'>x</script>",
    ],
)
def test_a_figure_with_anything_but_shapes_is_refused(tmp_path: Path, inside: str) -> None:
    (tmp_path / "x.svg").write_text(f"<svg xmlns='http://www.w3.org/2000/svg'>{inside}</svg>", "utf-8")
    with pytest.raises(ContentError, match="is not allowed in a figure"):
        figure.draw(tmp_path / "x.svg", "x.svg", "Figure 1", "a", "b", "f1-")


HUGE = {
    "a table of 10 MB": "| a | b |\n|---|---|\n" + "| x | y |\n" * 1_100_000,
    "a cell of 10 MB": "| a |\n|---|\n| " + "x" * 10_000_000 + " |",
    "a table of 20,000 columns": "|a" * 20_000 + "\n" + "|-" * 20_000,
    "400 and more brackets": "[" * 5_000,
    "10,000 footnotes": "".join(f"[^{number}]" for number in range(10_000)),
    "quotations without end": "> " * 50_000 + "x",
    "formulas without end": "$`x" * 60_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_too_much_is_refused_at_once(name: str) -> None:
    began = time.process_time()
    page = render(HUGE[name], file="x.md")
    assert page.mistakes
    assert page.parts == ()
    assert time.process_time() - began < 5


def test_many_rows_within_the_limit_are_drawn() -> None:
    rows = "".join(
        f"| {number} | $`x_{number}`$ |\n" + ("\n| a | b |\n|---|---|\n" if number % 50 == 49 else "")
        for number in range(400)
    )
    page = render("| a | b |\n|---|---|\n" + rows, file="x.md")
    assert page.mistakes == ()
    assert page.html.count("<math") == 400


@pytest.mark.parametrize(
    "content", ["a: &x [1]\nb: *x\n", "a: " + "[" * 40 + "]" * 40, "- a\n", "x" * 1_100_000, "\x00"]
)
def test_a_file_of_entries_can_not_be_clever(tmp_path: Path, content: str) -> None:
    (tmp_path / "g.yaml").write_text(content, "utf-8")
    with pytest.raises(ContentError):
        read_entries(tmp_path / "g.yaml", Term, "g.yaml")


def test_blocks_of_a_course_are_only_ours_at_the_start_of_a_line() -> None:
    page = render("> [[local:a]] x\n\n[[other:a]] y", file="x.md", places={"local"})
    assert not any(isinstance(part, Block) for part in page.parts)


PARAGRAPHS = 2_450  # as many as the lines of a text allow
SLOW = {
    "rules": "\n\n".join(["---\n" * 998 + "---"] * 4),
    "headings of the wrong level": "\n\n".join(["# a\n" * 998 + "# a"] * 4),
    "headings in lists": "\n\n".join(["- ## a"] * PARAGRAPHS),
    "one note named everywhere": "[^a]: x\n\n" + "\n\n".join(["a[^a]"] * 990),
    "many notes": "\n\n".join(f"a[^{number}]\n\n[^{number}]: x" for number in range(490)),
    "short rows of wide tables": "\n\n".join(["|" + "a|" * 39 + "\n|" + "-|" * 39 + "\n" + "|b\n" * 60] * 7),
    "tables": "\n\n".join(["|a|b|\n|-|-|\n|c|d|"] * 1_200),
    "formulas": "\n\n".join("$`" + f"{number}+" + "x^{2}" * 380 + "`$" for number in range(100)),
    "escapes": "\n\n".join(["\\\\" * 9_900] * 10),
    "marks inside each other": "\n\n".join(["_*a*_" * 990] * 40),
    "marks that cross": "\n\n".join(["***a* b" * 490] * 58),
    "boxes in boxes": "\n\n".join(
        "    " * depth + '!!! note "t"\n' + "    " * (depth + 1) + "a" for depth in range(11)
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_the_slowest_texts_that_are_taken_take_no_long_time(name: str) -> None:
    text = SLOW[name][:200_000]
    began = time.process_time()
    page = render(text, file="x.md")
    assert time.process_time() - began < 10  # about 1 second at most where it was measured
    assert page.html, "it is read, not refused as a whole"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\n\n" * 40_000, "more than 5000 lines"),
        ("---\n" * 1_001, "more than 1000 lines without a blank one"),
        ("[^a]: x\n\n" + "a[^a]\n\n" * 1_000, "more than 1000 times"),
        ("|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|b\n" * 900, "more than 20000 cells"),
        ("a|" * 2_400 + "\n" + "-|" * 2_400 + "\n" + "b|\n" * 900, "more than 20000 cells"),
    ],
)
def test_what_would_be_slow_by_its_mass_is_refused_at_once(text: str, said: str) -> None:
    began = time.process_time()
    page = render(text, file="x.md")
    assert time.process_time() - began < 4
    assert page.html == ""
    assert any(said in one.message for one in page.mistakes)
