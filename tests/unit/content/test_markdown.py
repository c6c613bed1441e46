import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.content.markdown import Block, escape, inline, page, render
from training.content.source import ContentError, Mistake

VOID = {"br", "hr", "use"}


class Elements(HTMLParser):
    """What a browser would make of a text: its elements with their attributes, and whether each is closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.crossed.append(tag)


def tags(text: str) -> set[str]:
    return {tag for tag, _ in Elements(text).found}


SAFE = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
    ),
    *("li", "ol", "p", "pre", "section", "span", "strong", "sub", "sup", "svg", "table", "tbody", "td", "th", "thead"),
    *("tr", "ul", "use"),
}
KNOWN = {"aria-hidden", "aria-label", "class", "href", "id", "rel", "role", "scope", "start", "tabindex"}


def harms(text: str) -> list[str]:
    """What may not stand in a text, or could lead a browser astray."""
    elements = Elements(text)
    found = [f"<{tag}> is never closed" for tag in elements.open]
    found += [f"</{tag}> closes something else" for tag in elements.crossed]
    for tag, attributes in elements.found:
        if tag not in SAFE:
            found.append(f"<{tag}>")
        found += [f"<{tag} {name}={attributes[name]!r}>" for name in sorted(set(attributes) - KNOWN)]
        href = attributes.get("href") or "#"
        if not (href.startswith(("#", "https:", "mailto:")) or re.match(r"^[\w./-]+(#[\w-]+)?$", href)):
            found.append(f"<{tag}> leads to {href!r}")
    return found


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "a <img src=x onerror=alert(1)> b",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/)",
    "[x](http://[::1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x" onload="alert(1)](https://a.example/x.png)',
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://a.example "t\\" onmouseover=\\"alert(1)")',
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    '<div style="position:fixed;inset:0">x</div>',
    "<form action=https://evil.example><input name=csrf_token></form>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<!-- <script> --> x",
    "<![CDATA[<script>]]>",
    "<?php echo 1 ?>",
    '```html onclick="x"\n<script>alert(1)</script>\n```',
    "``` {.x onclick=alert(1)}\n<b>\n```",
    '!!! note "<script>alert(1)</script>"\n    x',
    '!!! law onclick "x"\n    y',
    '!!! term "a\\" onclick=\\"x"\n    y',
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "x[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "x[^csrf_token]\n\n[^csrf_token]: y",
    "## <script>alert(1)</script>",
    "\x02wzxhzdk:0\x03 \x02amp\x03 <b>",
    "a\u202eb\x00c",
    '--8<-- "/etc/passwd"',
    "<a\nhref=javascript:alert(1)>x",
    "- <script>\n\n      <script>\n",
    "    <script>alert(1)</script>",
    "`<script>`",
    "<x@y.example>",
    "{: onclick=x }\n\ntext {: #id onclick=alert(1) }",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text: str) -> None:
    page = render(text, file="x.md")
    assert harms(page.html) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_sentence_can_hold_only_code_emphasis_and_links(text: str) -> None:
    assert tags(inline(text)) <= {"a", "code", "em", "strong"}
    assert harms(inline(text)) == []


@pytest.mark.parametrize("target", ["//evil.example/", "/authoring", "../x", "x", "#x", "?x"])
def test_a_link_in_a_sentence_leads_to_a_whole_address_or_nowhere(target: str) -> None:
    assert inline(f"[x]({target})") == '<a rel="noopener">x</a>'
    assert 'href="https://a.example/"' in inline("[x](https://a.example/)")


@try_examples(60)
@given(st.text(alphabet="<>[]()!\"'`*_#|-=:^{}&;\\/ \n\tascripthefonlkd\x02\x03\u202e", max_size=120))
def test_no_text_makes_the_reader_raise_or_the_page_unsafe(text: str) -> None:
    assert harms(render(text, file="x.md").html) == []
    assert harms(inline(text)) == []


PATHOLOGICAL = {
    "brackets": "[" * 399,
    "images": "![a](" * 300,
    "stars": "*a " * 600,
    "underscores": "_a_ " * 600,
    "back-ticks": "` `` " * 400,
    "backslashes": "\\" * 19_000,
    "emphasis": "**a _b " * 200,
    "table": "|a" * 500 + "\n" + "|-" * 500 + "\n" + "|b" * 500,
    "quotations": "> " * 11 + "x",
    "links": "[a](https://a.example) " * 300,
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_what_passes_the_limits_is_converted_quickly(name: str) -> None:
    began = time.process_time()
    assert harms(render(PATHOLOGICAL[name], file="x.md").html) == []
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("x" * 200_001, 1, "at most 200000"),
        ("a\n\n" + "[" * 401, 3, "401 times '['"),
        ("a\n\n\n" + "word " * 5_000, 4, "divide it with a blank line"),
        ("a\n" + "> " * 13 + "x", 2, "nested more than 12 deep"),
        ("x\n\n" + ("[" * 399 + "\n\n") * 11, 1, "more than 4000 times"),
    ],
)
def test_what_would_take_too_long_is_refused_with_its_line(text: str, line: int, part: str) -> None:
    page = render(text, file="x.md")
    assert page.parts == ()
    assert [mistake.line for mistake in page.mistakes] == [line]
    assert part in page.mistakes[0].message


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a\n\n<script>x</script>", 12, "HTML is shown as text"),
        ("a\n\n[x](javascript:alert(1))", 12, "is none of https, mailto"),
        ("a\n[x](http://a.example)", 11, "is none of https, mailto"),
        ("[x](../nowhere/)", 10, "leads nowhere"),
        ("a\n\n[x](#s9)", 12, "not on this page"),
        ("# Title", 10, "begin with ##"),
        ("## A\n\n#### B", 12, "leave none out"),
        ('a\n\n!!! lwa "x"\n    y', 12, "unknown kind 'lwa'"),
        ("!!! law\n    y", 10, "needs a title"),
        ('!!! note "x"\ny', 10, "indent its text"),
        ("a\n\n```console\nx", 12, "never ends"),
        ("a[^1]", 10, "[^1] is not explained"),
        ("a\n\n[^2]: b", 12, "[^2] is not used"),
        ("a\n\nb\u202ec", 12, "can't be seen"),
        ("a ![x](media/x.svg) b", 10, "a paragraph of its own"),
        ("B or not b\n\n# B", 12, "begin with ##"),
        ("## A\n\nB\n\n#### B", 14, "leave none out"),
        ("- a\n\n    ## A", 12, "inside a list"),
        ('!!! note "x"\n    ## A', 11, "quotation or box"),
        ("`[x](#s)`\n\n    [x](#s)\n\n[x](#s)", 14, "not on this page"),
        ("`two lines\nwith [x](#s)` and\n[x](#s)", 12, "not on this page"),
        ("[x][y]\n\n[y]: ../nowhere/", 12, "leads nowhere"),
        ("a\n<http://a.example>", 11, "is none of https, mailto"),
        ("```outptu\nx\n```", 10, "unknown kind 'outptu'"),
        ("a\n\n~~~ pyhton\nx\n~~~", 12, "did you mean python"),
        ("```figure\nx\n```", 10, "unknown kind 'figure'"),
        ("a\n\n[[lba:x]] b", 12, "[[lba:…]] is none of"),
        ("a [[lab:x]] b", 10, "at the beginning of a paragraph"),
        ('a\n\n!! note "x"\n    y', 12, "begins with three marks"),
        ("!!! note x\n    y", 10, "begins with three marks"),
        ("a[1^]", 10, "write [^1]"),
        ("a\n[x](https://a.example/ b", 11, "a link that does not end"),
        ("a\n[x] (https://a.example/)", 11, "a space between"),
        ("| a | b |\n|---|---|\n| c |", 12, "cells in this row: 1"),
        ("a | b\n---|---\nc | d | e", 12, "cells in this row: 3"),
        ('!!! note "x"\n    | a | b |\n    |---|---|\n    | c | d | e |', 13, "cells in this row: 3"),
        ("| a | b |\n|---|---|---|\n| c | d |", 11, "under the head of a table: 3"),
        ("a\n| a | b |\n|---|---|\n| c | d |", 11, "after a blank line"),
    ],
)
def test_mistakes_of_authors_are_found_with_their_line(text: str, line: int, part: str) -> None:
    page = render(text, file="x.md", first_line=10, link=lambda _address: None)
    assert [(mistake.line, mistake.file) for mistake in page.mistakes] == [(line, "x.md")]
    assert part in page.mistakes[0].message


@pytest.mark.parametrize(
    "text",
    [
        "| a | `b|c` |\n|---|---|\n| d \\| e | f |",
        "- | a | b |\n  |---|---|\n  | c | d |",
        "> | a | b |\n> |---|---|\n> | c | d |",
        "| a |\n|---|\n| b |",
        "a or b | c\n\nand so on",
        "```c++\nx\n```\n\n```console\n$ ls | wc\n```\n\n~~~\n[x](\n~~~",
        "`[[lba:x]]`, `[1^]`, `!! note` and `[x] (../y)`",
        "a\n\n    [[ -f x ]] && !! [x](\n    # x\n    !! y",
        "`over\n[[lba:x]] two [1^]\nlines`",
        "a[^1] (https://a.example) and see [2] (page 3)\n\n[^1]: b",
        'a \\[x\\](y) "!!" b!!',
        "<https://a.example> and [x](<https://a.example> 'y')",
    ],
)
def test_what_is_in_order_or_in_code_is_no_mistake_and_shows_no_trace(text: str) -> None:
    page = render(text, file="x.md", link=lambda _address: "#")
    assert page.mistakes == ()
    assert "zq" not in page.html


def test_traces_change_nothing_of_the_page() -> None:
    text = "## _A_ `b`\n\n`x [y](z)\n` | a\n\n    # a\n    #b\n\n- ### __C__\n\n[*d*](../e 'f') ![g](h)"
    page = render(text, file="x.md", link=lambda address: f"{address}!")
    for part in ("</span><em>A</em> <code>b</code></h2>", "# a\n#b", "<strong>C</strong>", 'href="../e!"', "x [y](z)"):
        assert part in page.html
    assert "zq" not in page.html
    assert page.links == (("../e", 11),)


def test_all_mistakes_are_reported_at_once() -> None:
    page = render("# A\n\n<b>x</b>\n\n[x](ftp://a)\n\n!!! odd\n    y", file="x.md")
    assert [mistake.line for mistake in page.mistakes] == [1, 3, 5, 7]


def test_sections_are_numbered_and_listed() -> None:
    page = render("## One `x` & more\n\ntext\n\n### Part\n\n## Two\n\nmore text here", file="x.md")
    assert [(one.number, one.id, one.text) for one in page.headings] == [(1, "s1", "One x & more"), (2, "s2", "Two")]
    assert '<h2 id="s2"><span class="no">2</span>Two</h2>' in page.html
    assert page.words == 9


def test_words_in_code_and_tables_do_not_count() -> None:
    text = (
        "one two\n\n```console\n$ three four\n```\n\n| five | six |\n|---|---|\n| seven | eight |\n\nnine don't `ten`"
    )
    assert render(text, file="x.md").words == 5


def test_the_elements_of_the_design_are_made() -> None:
    text = (
        '!!! law "Kenya: search"\n    Text.\n\n!!! side\n    Small.\n\n!!! term "Page table"\n    A table.\n\n'
        "See [it](#g-page-table).[^1]\n\n- a\n- b\n\n| n |\n|--:|\n| 1 |\n\n"
        "```console\n$ vol -h\nusage\n```\n\n[^1]: A note."
    )
    page = render(text, file="x.md")
    assert page.mistakes == ()
    assert page.icons == ("scale",)
    assert (
        '<section class="law">\n<h3><svg class="i" aria-hidden="true"><use href="#scale"/></svg>'
        '<span class="whose">Kenya</span> search</h3>' in page.html
    )
    assert '<div class="side">\n<p>Small.</p>' in page.html
    assert '<div id="g-page-table"><p><dfn>Page table</dfn>: A table.</p>' in page.html
    assert '<a class="term" href="#g-page-table"' in page.html
    assert '<ul class="dot">' in page.html
    assert '<td class="n">1</td>' in page.html
    assert '<pre class="code" tabindex="0"><b>$</b> vol -h\nusage</pre>' in page.html
    assert 'aria-label="Note 1" href="#fn:1"' in page.html
    assert 'aria-label="Back to the text" href="#fnref:1"' in page.html


def test_notes_in_the_margin_that_follow_each_other_are_one() -> None:
    page = render(
        '!!! term "A"\n    One.\n\n!!! term "B"\n    Two.\n\nText.\n\n!!! side\n    Three.\n\n[b](#g-b)', file="x.md"
    )
    assert page.mistakes == ()
    assert page.html.count('class="side"') == 2
    assert '<div id="g-b">' in page.html


def test_our_own_blocks_are_drawn_or_left_for_the_page() -> None:
    text = 'a\n\n```chart\nx: 1\n```\n\n![alt](media/a.svg "Cap")\n\n[[lab:x-y#q2]] Do\nit.\n\n```quiz\nid: q\n```\n\nb'
    page = render(
        text,
        file="x.md",
        first_line=5,
        blocks={"chart": lambda block: f"<table>{escape(block.text)}</table>", "figure": lambda _block: "<figure/>"},
        places={"quiz", "lab"},
    )
    assert page.mistakes == ()
    assert page.html == "<p>a</p>\n<table>x: 1</table>\n<figure/>\n\n\n<p>b</p>"
    assert [part for part in page.parts if isinstance(part, Block)] == [
        Block("lab", 13, "Do it.", ("x-y", "q2")),
        Block("quiz", 17, "id: q"),
    ]


def test_a_fence_of_ours_is_code_where_nobody_draws_it() -> None:
    page = render("```quiz\nid: <q>\n```", file="x.md")
    assert page.html == '<pre class="code" tabindex="0">id: &lt;q&gt;</pre>'


def test_own_marks_inside_code_stay_code() -> None:
    page = render("````\n```quiz\nid: q\n```\n[[lab:x]] y\n````", file="x.md", places={"quiz", "lab"})
    assert not any(isinstance(part, Block) for part in page.parts)
    assert "```quiz" in page.html


def test_a_mistake_of_a_block_becomes_one_of_the_page() -> None:
    wrong = Mistake("x.md", 7, "no such column")

    def draw(_block: Block) -> str:
        raise ContentError([wrong])

    page = render("a\n\n```chart\nx\n```", file="x.md", blocks={"chart": draw})
    assert page.mistakes == (wrong,)
    assert page.html.strip() == "<p>a</p>"


def test_a_token_can_not_be_guessed_or_repeated() -> None:
    first = render("```chart\nx\n```\n\nb0z", file="x.md", blocks={"chart": lambda _block: "<i>drawn</i>"})
    assert first.html.count("drawn") == 1


def test_relative_links_go_where_the_room_says() -> None:
    page = render("[a](../02-x/#s1)", file="x.md", link=lambda address: address.replace("../02-x/", "m1-2"))
    assert '<a href="m1-2#s1" rel="noopener">a</a>' in page.html


def test_what_looks_like_a_block_in_a_sentence_stays_text() -> None:
    assert inline("1. one") == "1. one"
    assert inline("# x\n- y") == "# x - y"
    assert inline("a `<b>` **c** *d*") == "a <code>&lt;b&gt;</code> <strong>c</strong> <em>d</em>"


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("Words.\n\n- one\n  - two\n", 4, "moved in by four spaces"),
        ("- one\n   - two\n", 2, "moved in by four spaces"),
        ("1. one\n   - two\n", 2, "moved in by four spaces"),
        ("- one\n\n  - two\n", 3, "moved in by four spaces"),
        ("- one\nand more\n  - two\n", 3, "moved in by four spaces"),
        ("- one\n    - two\n      - three\n", 3, "moved in by four spaces"),
        ("- [ ] open\n", 1, "no boxes to tick"),
        ("- one\n- [x] done\n", 2, "no boxes to tick"),
        ("Words ~~gone~~ stay.\n", 1, "nothing is struck out"),
    ],
)
def test_marks_that_readers_would_see_as_typed_are_told_with_their_line(text: str, at: int, said: str) -> None:
    (mistake,) = render(text, file="a.md").mistakes
    assert (mistake.line, said in mistake.message) == (at, True)


@pytest.mark.parametrize(
    "text",
    [
        "- one\n    - two\n    - three\n- four\n",
        "- one\n- two\n\nWords.\n\n  - three\n",
        '!!! note "A list"\n    - one\n    - two\n',
        "Approximately ~~ of it, ~5 and `~~code~~`.\n",
        "- [a link](https://e.example)\n- [x]y\n",
        "```text\n- one\n  - two\n- [ ] open ~~x~~\n```\n",
        "    - one\n      - code\n",
    ],
)
def test_lists_and_tildes_that_are_shown_as_meant_are_no_mistakes(text: str) -> None:
    assert render(text, file="a.md").mistakes == ()


def test_cells_in_the_middle_stand_there() -> None:
    shown = "".join(map(str, render("a | b | c\n:---: | ---: | ---\n1 | 2 | 3\n", file="a.md").parts))
    assert '<td class="mid">1</td>' in shown
    assert '<td class="n">2</td>' in shown
    assert "<td>3</td>" in shown


@pytest.mark.parametrize("tag", sorted(page.TAGS))
def test_no_element_of_a_page_keeps_what_would_draw_over_it_or_act(tag: str) -> None:
    given = f'<{tag} style="position:fixed" onclick="act()" class="cover" data-live="/x" form="f">words</{tag}>'
    cleaned = page.CLEAN.clean(given)
    assert [word for word in ("style", "onclick", "cover", "data-live", "form") if word in cleaned] == []
