"""Texts of authors and all that is said of them: each mistake whole, with its line, and nothing where all is well."""

import re

import pytest

from training.content.markdown import Block, escape, render
from training.content.markdown.blocks import BOX
from training.content.markdown.traces import Marker
from training.content.source import ContentError, Mistake

LINKS = {"../02-x/": "/m/2", "term:exhibit": "../../glossary#exhibit"}
WRONG: list[tuple[str, list[str]]] = [
    ("## A\n\n###### B", ["12 a heading of level 6 under one of level 2; leave none out"]),
    ("a\n![b](c.svg) d", ["11 a figure in the middle of a text; give it a paragraph of its own"]),
    (
        "a *b* c[1^] `d` [[odd:e]]",
        [
            "10 [1^] is no note; write [^1]",
            "10 [[odd:…]] is none of [[lab:name]], [[exercise:name]], [[local:name]]",
        ],
    ),
    ("a\n\n[x](term:none)", ["12 there is no term none in the glossary"]),
    (
        "| a | b |\n|---|",
        ["11 cells in the line under the head of a table: 1, in the head: 2; it has as many"],
    ),
    ("# A", ["10 a heading of the first level; the page has its title already, begin with ##"]),
    ("### A", ["10 a heading of level 3 under one of level 1; leave none out"]),
    ("## A\n\n### B\n\n##### C\n\n## D", ["14 a heading of level 5 under one of level 3; leave none out"]),
    ("- ## A", ["10 a heading inside a list, quotation or box; begin it at the start of a line"]),
    ("> ## A\n\n## B", ["10 a heading inside a list, quotation or box; begin it at the start of a line"]),
    ("1. a\n\n    ### B", ["12 a heading inside a list, quotation or box; begin it at the start of a line"]),
    ("a\n\n#### B", ["12 a heading of level 4 under one of level 1; leave none out"]),
    ('!!! note "N"\n    ## H', ["11 a heading inside a list, quotation or box; begin it at the start of a line"]),
    ("[x](#s1) [y](#s2)\n\n## A", ["10 a link to #s2, which is not on this page"]),
    ("[x](/abs)", ["10 a link to /abs, which leads nowhere"]),
    ("[x](//evil.example)", ["10 a link to //evil.example, which leads nowhere"]),
    ("[x](http://[::1)", ["10 a link to http://[::1, which is none of https, mailto or a place in this course"]),
    ("[x]()", ["10 a link to nothing, which leads nowhere"]),
    (
        "[x](HTTP://a.example)",
        ["10 a link to HTTP://a.example, which is none of https, mailto or a place in this course"],
    ),
    ("[x](term:none)", ["10 there is no term none in the glossary"]),
    (
        "a\n\n[x](../03-y/) [y](ftp://a)",
        [
            "12 a link to ../03-y/, which leads nowhere",
            "12 a link to ftp://a, which is none of https, mailto or a place in this course",
        ],
    ),
    ("[x](tel:1)", ["10 a link to tel:1, which is none of https, mailto or a place in this course"]),
    (
        "[x](https://a.example) ![y](media/a.svg)",
        ["10 a figure in the middle of a text; give it a paragraph of its own"],
    ),
    ("[x][a] [y][b]\n\n[a]: ../02-x/\n[b]: #none", ["13 a link to #none, which is not on this page"]),
    ("a <b>x</b>", ["10 HTML is shown as text; use Markdown, and put code between back-ticks"]),
    ("<!-- x -->", ["10 HTML is shown as text; use Markdown, and put code between back-ticks"]),
    ("a <details open> b", ["10 HTML is shown as text; use Markdown, and put code between back-ticks"]),
    ("<BR/>", ["10 HTML is shown as text; use Markdown, and put code between back-ticks"]),
    ("[^a]: x\n[^a]: y\n\nz[^a]", ["11 note [^a] is explained a second time; give each note a name of its own"]),
    (
        "a[^x] b[^y]\n\nc[^x]",
        [
            "10 note [^x] is not explained anywhere; write [^x]: and its text",
            "10 note [^y] is not explained anywhere; write [^y]: and its text",
        ],
    ),
    ("[^x]: a\n\n[^y]: b", ["10 note [^x] is not used anywhere", "12 note [^y] is not used anywhere"]),
    (" [^a]: b\n\nx[^a]", ["12 note [^a] is not explained anywhere; write [^a]: and its text"]),
    ("a\x00b", ["10 a control or direction character that can't be seen; remove it"]),
    (
        "```text\na\x07\nb\u202e\n```",
        [
            "11 a control or direction character that can't be seen; remove it",
            "12 a control or direction character that can't be seen; remove it",
        ],
    ),
    ("\ufeffa", ["10 a control or direction character that can't be seen; remove it"]),
    ("a\x7f", ["10 a control or direction character that can't be seen; remove it"]),
    ("a\u2066b", ["10 a control or direction character that can't be seen; remove it"]),
    ('!!! odd "x"\n    y', ["10 a box of unknown kind 'odd'; known are law, case, court, caution, note, side, term"]),
    ('!!! Note "x"\n    y', ["10 a box of unknown kind 'Note'; known are law, case, court, caution, note, side, term"]),
    ("!!!\n    y", ["10 a box of unknown kind ''; known are law, case, court, caution, note, side, term"]),
    ("!!! court\n    y", ['10 a box of kind court needs a title: !!! court "Title"']),
    ("!!! case\n    y", ['10 a box of kind case needs a title: !!! case "Title"']),
    ("!!! term\n    y", ['10 a box of kind term needs a title: !!! term "Title"']),
    ('!!! case " "\n    y', ['10 a box of kind case needs a title: !!! case "Title"']),
    (
        '!!! law "Kenya"\n    y',
        [
            (
                "10 a law box begins with its jurisdiction: a country or a body, a colon, the title: !!! "
                'law "International: title"'
            )
        ],
    ),
    (
        '!!! law "Atlantis: x"\n    y',
        [
            (
                "10 a law box begins with its jurisdiction: a country or a body, a colon, the title: !!! "
                'law "International: title"'
            )
        ],
    ),
    ('!!! law " "\n    y', ['10 a box of kind law needs a title: !!! law "Title"']),
    ('!!! note "x"', ["10 a box without text; indent its text by four spaces"]),
    ('!!! note "x"\n   y', ["10 a box without text; indent its text by four spaces"]),
    ('!!! note "x"\n\n    y', ["10 a box without text; indent its text by four spaces"]),
    ('!!! note "a" b\n    y', ['10 a box begins with three marks, its kind and its title in quotes: !!! note "Title"']),
    ("!!note\n    y", ['10 a box begins with three marks, its kind and its title in quotes: !!! note "Title"']),
    ("!!!! note\n    y", ['10 a box begins with three marks, its kind and its title in quotes: !!! note "Title"']),
    ("!!! odd\n    y", ["10 a box of unknown kind 'odd'; known are law, case, court, caution, note, side, term"]),
    ("a\n\n```text\nx", ["12 a block that begins with ``` and never ends"]),
    ("~~~~\nx\n~~~", ["10 a block that begins with ~~~ and never ends"]),
    ("- ```chart\n  x\n  ```", ["12 a block that begins with ``` and never ends"]),
    ("  ```chart\nx\n  ```", ["10 a block of kind chart stands at the start of a line, not inside another block"]),
    ("```chart\nx\n```\n\n```chart\ny", ["14 a block that begins with ``` and never ends"]),
    (
        "```charts\nx\n```",
        [
            (
                "10 a block of unknown kind 'charts': neither one of chart, math nor a language of code; "
                "did you mean chart?"
            )
        ],
    ),
    ("```zzzzzz\nx\n```", ["10 a block of unknown kind 'zzzzzz': neither one of chart, math nor a language of code"]),
    ("```lab\nx\n```", ["10 a block of unknown kind 'lab': neither one of chart, math nor a language of code"]),
    (
        "```pythn\nx\n```",
        [
            (
                "10 a block of unknown kind 'pythn': neither one of chart, math nor a language of code; "
                "did you mean python?"
            )
        ],
    ),
    ("``` text `x`\ny\n```", ["12 a block that begins with ``` and never ends"]),
    (
        "![](media/a.svg)",
        [
            "10 a figure without alternative text; say between ![ and ] what can be seen",
            '10 a figure without caption; write ![…](media/name.svg "Caption")',
        ],
    ),
    ("![ ]( media/a.svg)", ["10 a figure in the middle of a text; give it a paragraph of its own"]),
    ('![a](media/a.svg "")', ['10 a figure without caption; write ![…](media/name.svg "Caption")']),
    ('![a](media/a.svg " ")', ['10 a figure without caption; write ![…](media/name.svg "Caption")']),
    ('![](media/a.svg "c")', ["10 a figure without alternative text; say between ![ and ] what can be seen"]),
    ('  ![a](media/a.svg "c")', ["10 a figure in the middle of a text; give it a paragraph of its own"]),
    ('![a](media/a.svg "c" ) ', ["10 a figure in the middle of a text; give it a paragraph of its own"]),
    (
        " [[lab:x]] a",
        ["10 [[lab:name]] stands at the beginning of a paragraph, without spaces, and a sentence follows it"],
    ),
    (
        "[[ lab : x]]",
        ["10 [[lab:name]] stands at the beginning of a paragraph, without spaces, and a sentence follows it"],
    ),
    ("x [[odd:y]]", ["10 [[odd:…]] is none of [[lab:name]], [[exercise:name]], [[local:name]]"]),
    (
        "- a\n  - b",
        [
            (
                "11 a list inside a list is moved in by four spaces; as it is, this is one more point of "
                "the list around it"
            )
        ],
    ),
    (
        "- a\n - b",
        [
            (
                "11 a list inside a list is moved in by four spaces; as it is, this is one more point of "
                "the list around it"
            )
        ],
    ),
    (
        "1. a\n\n  2. b",
        [
            (
                "12 a list inside a list is moved in by four spaces; as it is, this is one more point of "
                "the list around it"
            )
        ],
    ),
    (
        "- a\nb\n  - c",
        [
            (
                "12 a list inside a list is moved in by four spaces; as it is, this is one more point of "
                "the list around it"
            )
        ],
    ),
    (
        "- a\n\n  b\n  - c",
        [
            (
                "13 a list inside a list is moved in by four spaces; as it is, this is one more point of "
                "the list around it"
            )
        ],
    ),
    (
        "* a\n+ b\n - c",
        [
            (
                "12 a list inside a list is moved in by four spaces; as it is, this is one more point of "
                "the list around it"
            )
        ],
    ),
    (
        "- [ ] a\n- [x] b\n- [X] c\n- [y] d\n- [x]e",
        [
            "10 a list has no boxes to tick; [ ] and [x] are shown as they are written",
            "11 a list has no boxes to tick; [ ] and [x] are shown as they are written",
            "12 a list has no boxes to tick; [ ] and [x] are shown as they are written",
        ],
    ),
    ("a\n\n- [ ] x", ["12 a list has no boxes to tick; [ ] and [x] are shown as they are written"]),
    ("~~a~~", ["10 ~~words~~ is shown as it is written; nothing is struck out here, delete the words"]),
    (
        "~~ a~~ ~~b c~~ ~~d ~~ ~~~e~~~ \\~~f~~",
        ["10 ~~words~~ is shown as it is written; nothing is struck out here, delete the words"],
    ),
    ("a[1^] b[x-y^] c[a b^]", ["10 [1^] is no note; write [^1]", "10 [x-y^] is no note; write [^x-y]"]),
    (
        "[x] (https://a) [y] (#a) [z] (a) [w] (media/a) [v]  (term:x) [u] (mailto:a@b)",
        [
            "10 a space between the words and the address of a link; write [words](address)",
            "10 a space between the words and the address of a link; write [words](address)",
            "10 a space between the words and the address of a link; write [words](address)",
            "10 a space between the words and the address of a link; write [words](address)",
            "10 a space between the words and the address of a link; write [words](address)",
        ],
    ),
    ("[x](https://a b) c", ["10 a link to https://a b, which is no address: nobody could follow it"]),
    ("[x](a\nb)", ["10 a link to a\nb, which leads nowhere"]),
    ("| [x](b c) |\n|---|\n| y |", ["10 a link to b c, which leads nowhere"]),
    (
        "| a | b |\n|---|\n| c | d |",
        ["11 cells in the line under the head of a table: 1, in the head: 2; it has as many"],
    ),
    (
        "| a | b |\n|---|---|\n| c |\n| d | e | f |",
        [
            "12 cells in this row: 1, in the head of the table: 2; every row has as many",
            "13 cells in this row: 3, in the head of the table: 2; every row has as many",
        ],
    ),
    ("a | b\n---|---\nc\nd|e", ["12 cells in this row: 1, in the head of the table: 2; every row has as many"]),
    (
        "| a |\n|---|\n| b | c |\n\n| d |",
        ["12 cells in this row: 2, in the head of the table: 1; every row has as many"],
    ),
    (
        "> | a | b |\n> |---|---|\n> | c |",
        ["12 cells in this row: 1, in the head of the table: 2; every row has as many"],
    ),
    (
        "- | a | b |\n  |---|---|\n  | c |",
        ["12 cells in this row: 1, in the head of the table: 2; every row has as many"],
    ),
    (
        "## H\n| a | b |\n|---|---|\n| c |",
        ["13 cells in this row: 1, in the head of the table: 2; every row has as many"],
    ),
    ("*x*\n| a | b |\n|---|---|\n| c |", ["11 a table begins after a blank line, else it is shown as it is written"]),
    ("text\n| a | b |\n|---|---|\n| c |", ["11 a table begins after a blank line, else it is shown as it is written"]),
    (
        "| a | b |\n| --- |:-:|\n| --- | --- |\n| c |",
        ["13 cells in this row: 1, in the head of the table: 2; every row has as many"],
    ),
    (
        '!!! note "x"\n    | a | b |\n    |---|---|\n    | c |',
        ["13 cells in this row: 1, in the head of the table: 2; every row has as many"],
    ),
    (
        "a | b\n--|--\nc | d |\n| e | f",
        [
            "12 cells in this row: 3, in the head of the table: 2; every row has as many",
            "13 cells in this row: 3, in the head of the table: 2; every row has as many",
        ],
    ),
    ("!!!! x", ['10 a box begins with three marks, its kind and its title in quotes: !!! note "Title"']),
    ("!! x", ['10 a box begins with three marks, its kind and its title in quotes: !!! note "Title"']),
    ("  !! note", ['10 a box begins with three marks, its kind and its title in quotes: !!! note "Title"']),
    ("$`\\frac{a}`$ b", ["10 formula: a part is missing after a command such as \\frac, ^ or _"]),
    ("a\n\n```math\n\\frac{a}\n```", ["13 formula: a part is missing after a command such as \\frac, ^ or _"]),
    (
        "[x](https://a b) [y](https://)\n[z](https://a.example:port/)",
        [
            "10 a link to https://, which is no address: nobody could follow it",
            "10 a link to https://a b, which is no address: nobody could follow it",
            "11 a link to https://a.example:port/, which is no address: nobody could follow it",
        ],
    ),
    ("a\n\nx $`<`$ $`\\frac{`$", ["12 formula: not understood as TeX: NoAvailableTokensError"]),
    ("1. a\n    - [ ] b", ["11 a list has no boxes to tick; [ ] and [x] are shown as they are written"]),
    ("| a | b |\n|:-:|---:|\n| c |", ["12 cells in this row: 1, in the head of the table: 2; every row has as many"]),
    (
        "|a|b|\n|-|-|\n|c|\n\n|d|e|\n|-|-|\n|f|",
        [
            "12 cells in this row: 1, in the head of the table: 2; every row has as many",
            "16 cells in this row: 1, in the head of the table: 2; every row has as many",
        ],
    ),
    ("a|b\n-|-\nc", ["12 cells in this row: 1, in the head of the table: 2; every row has as many"]),
    ("a\n\n| x | y |\n|---|\n", ["13 cells in the line under the head of a table: 1, in the head: 2; it has as many"]),
    (
        "## A\n\n- ### B\n\n#### C",
        [
            "12 a heading inside a list, quotation or box; begin it at the start of a line",
            "14 a heading of level 4 under one of level 2; leave none out",
        ],
    ),
    (
        "[[lab:x]] a\n| b | c |\n|---|---|\n\n| b | c |\n|---|---|\n| d |",
        ["16 cells in this row: 1, in the head of the table: 2; every row has as many"],
    ),
    ("[^a]: x [^b]\n\ny[^a]", ["10 note [^b] is not explained anywhere; write [^b]: and its text"]),
    ("a [b\n](../02-x/ c", ["11 a link that does not end; write [words](address), without a space in the address"]),
    ("[x](../02-x/ 't') [y][z]\n\n[z]: ../nowhere/ 't'", ["12 a link to ../nowhere/, which leads nowhere"]),
    ("a\nb <https://[::1> c", ["11 a link to https://[::1, which is none of https, mailto or a place in this course"]),
    (
        "a <HTTP://a.example> b",
        ["10 a link to HTTP://a.example, which is none of https, mailto or a place in this course"],
    ),
]
FINE = [
    "| a | b |\n|---|---|\n| c | d |\n```text\n```\n| e | f |",
    "```text\nx\n```\n| a | b |\n|---|---|\n| c | d |",
    "a | b |\n---|---|\nc | d",
    "| a | b |  \n|---|---|  \n| c | d |  ",
    "[x](term:exhibit) [x](../02-x/)",
    "a `<b>x</b>` c",
    "    <b>",
    "<x>",
    "[^a]: see [^b]\n\nx[^a]\n\n[^b]: y",
    "`[^a]`",
    "a[^a]: b",
    "!!! side\n    y",
    "!!! note\n    y",
    "!!! caution\n    y",
    '    !!! note "x"\n        y',
    '- a\n\n    !!! note "x"\n        y\n',
    '!!! note "x" \n    y',
    "````text\nx\n```\n````\n\ny",
    "```PYTHON\nx\n```",
    "~~~ text x\ny\n~~~",
    '![a](media/a.svg "c")\nmore',
    'a\n![a](media/a.svg "c")',
    "[[lab:x]] do\nthis\n\n[[exercise:y#q]]",
    "[[lab:x#]] a",
    "[[local:k]]",
    "[[lab:x]]a\n  b  \n\nc",
    "[[exercise:y]] a",
    "\\[[lab:x]] a",
    "[[lab]] a",
    "- a\n    - b\n        - c",
    "- a\n\nb\n  - c",
    "  - a",
    "***\n| a | b |\n|---|---|\n| c | d |",
    "| a | b |  \n|---|---|\n| c | d |",
    "[x]( <https://a.example> )",
    "a | b\n---",
    "| a \\| b |\n|---|\n| `c|d` |",
    "| a | b |\n|---|---|\n| c | d |\n```text\n```\n| e |",
    "| a | b |\n|---|---|\n| c | d\\|\n",
    "x\n\n| a | b",
    "a !!! x",
    "$`<b>`$",
    "| a | b\n|---|---\n| c | d |",
    "```text\na[^b] <b> ~~x~~\n```",
    "~~~chart\nx\n~~~\n",
    "```chart title\nx\n```",
]


def said_of(text: str) -> list[str]:
    """What is said of a text that begins at line 10 of its file, each with its line."""
    blocks = {"chart": lambda block: escape(block.text)}
    places = {"figure", "lab", "exercise", "local"}
    page = render(text, file="x.md", first_line=10, link=LINKS.get, blocks=blocks, places=places)
    assert {mistake.file for mistake in page.mistakes} <= {"x.md"}
    assert "zq" not in page.html, "what helps to find a line is never shown"
    return [f"{mistake.line} {mistake.message}" for mistake in page.mistakes]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_each_mistake_is_told_whole_and_none_besides(text: str, said: list[str]) -> None:
    assert said_of(text) == said


@pytest.mark.parametrize("text", FINE)
def test_nothing_is_said_of_what_is_shown_as_it_is_meant(text: str) -> None:
    assert said_of(text) == []


def test_mistakes_of_blocks_are_told_with_those_of_the_text_around_them() -> None:
    def draw(block: Block) -> str:
        raise ContentError([Mistake("x.md", block.line, f"no {block.text}")])

    page = render("```chart\na\n```\n\n# H\n\n```chart\nb\n```", file="x.md", blocks={"chart": draw})
    heading = "a heading of the first level; the page has its title already, begin with ##"
    said = [(2, "no a"), (5, heading), (8, "no b")]
    assert page.mistakes == tuple(Mistake("x.md", line, message) for line, message in said)


def test_only_what_may_lead_into_the_course_is_looked_up() -> None:
    asked: list[str] = []

    def link(address: str) -> str:
        asked.append(address)
        return f"/found/{address}"

    page = render("[a](/abs) [b](//c.example) [c](d:e) [d](#s) [e]() [f](../g) [h](term:i)", file="x.md", link=link)
    assert asked == ["../g", "term:i"]
    assert page.html == (
        '<p><a rel="noopener">a</a> <a rel="noopener">b</a> <a rel="noopener">c</a> '
        '<a href="#s" rel="noopener">d</a> <a rel="noopener">e</a> <a href="/found/../g" rel="noopener">f</a> '
        '<a class="term" href="/found/term:i" rel="noopener">h</a></p>'
    )


def test_without_a_room_no_link_leads_into_a_course() -> None:
    page = render("[a](../b)\n[c](term:d)", file="x.md")
    assert page.html == '<p><a rel="noopener">a</a>\n<a rel="noopener">c</a></p>'
    assert [mistake.message for mistake in page.mistakes] == [
        "a link to ../b, which leads nowhere",
        "there is no term d in the glossary",
    ]


@pytest.mark.parametrize("text", [*(text for text, _ in WRONG), *FINE])
def test_what_is_said_of_a_text_changes_nothing_of_how_it_is_shown(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    def shown() -> str:
        html = render(BOX.sub(lambda box: box[0].rstrip(), text), file="x.md", link=LINKS.get).html
        return re.sub(r"(?<=>) | (?=\n)", "", html)  # a space at an end of a cell or a line is none for a reader

    before = shown()
    monkeypatch.setattr(Marker, "line", lambda _self, _index, line: line)
    assert shown() == before
