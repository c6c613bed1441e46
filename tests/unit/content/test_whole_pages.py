"""Whole texts of authors and the whole pages that are made of them: each element, class and label that readers get."""

from collections.abc import Mapping

import pytest

from training.content.markdown import Block, Heading, Mark, Rendered, inline, prose, render
from training.content.markdown import page as page_module
from training.content.markdown.words import WORDS, direction, words

LINKS = {"../02-x/": "/m/2", "../02-x/#s1": "/m/2#s1", "term:exhibit": "../../glossary#exhibit", "a&b": "/a&b"}
PAGES: Mapping[str, tuple[str, str]] = {
    "sections": (
        (
            '## One *two* `x < y`\n\nWords & "more". **Bold** and _soft_, a line  \nbroken.\n\n### Part\n\n'
            "#### Sub\n\n##### Five\n\n###### Six\n\n## Two"
        ),
        (
            '<h2 id="s1"><span class="no">1</span>One <em>two</em> <code>x &lt; y</code></h2>\n'
            '<p>Words &amp; "more". <strong>Bold</strong> and <em>soft</em>, a line<br>\nbroken.</p>\n'
            "<h3>Part</h3>\n<h4>Sub</h4>\n<h5>Five</h5>\n<h6>Six</h6>\n"
            '<h2 id="s2"><span class="no">2</span>Two</h2>'
        ),
    ),
    "a heading with a formula in it": (
        "## $`x`$ and\xa0more",
        (
            '<h2 id="s1"><span class="no">1</span><math xmlns="http://www.w3.org/1998/Math/MathML" '
            'display="inline"><mrow><mi>x</mi></mrow></math> and&nbsp;more</h2>'
        ),
    ),
    "lists": (
        "- one\n- two\n\n    1. three\n    2. four\n\n3. five\n4. six\n\n* a\n+ b",
        (
            '<ul class="dot">\n<li>one</li>\n<li>\n<p>two</p>\n<ol class="dot">\n<li>three</li>\n'
            '<li>four</li>\n</ol>\n</li>\n</ul>\n<ol class="dot" start="3">\n<li>five</li>\n<li>six</li>\n'
            '</ol>\n<ul class="dot">\n<li>a</li>\n<li>b</li>\n</ul>'
        ),
    ),
    "a quotation, a rule, code": (
        "> quoted\n>\n> - point\n\n***\n\n    code *not* <b>\n",
        (
            '<blockquote>\n<p>quoted</p>\n<ul class="dot">\n<li>point</li>\n</ul>\n</blockquote>\n<hr>\n'
            '<pre class="code" tabindex="0"><code>code *not* &lt;b&gt;\n</code></pre>'
        ),
    ),
    "a table": (
        (
            "| Name | Size | Middle | **B** |\n|:---|---:|:-:|---|\n"
            "| a `|` | 1 | m | [x](https://a.example/?a=1&b=2) |\n| \\| | 2 | | |\n\nAfter."
        ),
        (
            '<div aria-label="Table: Name, Size, Middle, B" class="scroll" role="region" tabindex="0"><table>\n'
            '<thead>\n<tr>\n<th scope="col">Name</th>\n<th class="n" scope="col">Size</th>\n'
            '<th class="mid" scope="col">Middle</th>\n<th scope="col"><strong>B</strong></th>\n</tr>\n'
            '</thead>\n<tbody>\n<tr>\n<td>a <code>|</code></td>\n<td class="n">1</td>\n<td class="mid">m</td>\n'
            '<td><a href="https://a.example/?a=1&amp;b=2" rel="noopener">x</a></td>\n</tr>\n<tr>\n<td>|</td>\n'
            '<td class="n">2</td>\n<td class="mid"></td>\n<td></td>\n</tr>\n</tbody>\n</table></div>\n'
            "<p>After.</p>"
        ),
    ),
    "a table without names": (
        "| | |\n|---|---|\n| a | b |",
        (
            '<div aria-label="Table: " class="scroll" role="region" tabindex="0"><table>\n<thead>\n<tr>\n'
            '<th scope="col"></th>\n<th scope="col"></th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>a</td>\n'
            "<td>b</td>\n</tr>\n</tbody>\n</table></div>"
        ),
    ),
    "a table in a list": (
        "- | a | |\n  |---|---|\n  | c | d |\n",
        (
            '<ul class="dot">\n<li>\n'
            '<div aria-label="Table: a" class="scroll" role="region" tabindex="0"><table>\n<thead>\n<tr>\n'
            '<th scope="col">a</th>\n<th scope="col"></th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>c</td>\n'
            "<td>d</td>\n</tr>\n</tbody>\n</table></div>\n</li>\n</ul>"
        ),
    ),
    "boxes": (
        (
            '!!! law "Kenya: search & *seizure*"\n    Text.\n\n    More.\n\n!!! case "The *case*"\n    Case.\n'
            '\n!!! court "Court"\n    Court.\n\n!!! caution\n    Careful.\n\n!!! caution ""\n    Nothing.\n\n'
            '!!! note "A note"\n    Note.\n\n!!! note\n    Plain.'
        ),
        (
            '<section class="law">\n<h3><svg class="i" aria-hidden="true"><use href="#scale"/></svg><span '
            'class="whose">Kenya</span> search &amp; seizure</h3>\n<p>Text.</p>\n<p>More.</p>\n</section>\n'
            '<section class="box case">\n'
            '<h3><svg class="i" aria-hidden="true"><use href="#book"/></svg>The <em>case</em></h3>\n'
            '<p>Case.</p>\n</section>\n<section class="box court">\n'
            '<h3><svg class="i" aria-hidden="true"><use href="#seal"/></svg>Court</h3>\n<p>Court.</p>\n'
            '</section>\n<section class="box caution">\n'
            '<h3><svg class="i" aria-hidden="true"><use href="#hand"/></svg>Caution</h3>\n<p>Careful.</p>\n'
            '</section>\n<section class="box caution">\n<p>Nothing.</p>\n</section>\n'
            '<section class="box note">\n'
            '<h3><svg class="i" aria-hidden="true"><use href="#pen"/></svg>A note</h3>\n<p>Note.</p>\n'
            '</section>\n<section class="box note">\n'
            '<h3><svg class="i" aria-hidden="true"><use href="#pen"/></svg>Note</h3>\n<p>Plain.</p>\n</section>'
        ),
    ),
    "notes in the margin": (
        (
            '!!! side\n    Small.\n\n!!! side "Title *here*"\n    With title.\n\n'
            '!!! term "Page-table, the Größe!"\n    A table *of*.\n\n    More.\n\nText.\n\n!!! side "Side"\n'
            '    Alone.\n\n[it](#g-page-table-the-größe) and [s](#s1)\n\n!!! term "*B* b"\n    c\n\n## S'
        ),
        (
            '<div class="side">\n<p>Small.</p>\n<div><b>Title <em>here</em></b>\n<p>With title.</p>\n'
            '</div><div id="g-page-table-the-größe"><p><dfn>Page-table, the Größe!</dfn>: A table '
            '<em>of</em>.</p>\n<p>More.</p>\n</div></div>\n<p>Text.</p>\n<div class="side">\n<p>Alone.</p>\n'
            '</div>\n<p><a class="term" href="#g-page-table-the-größe" rel="noopener">it</a> and <a href="#s1" '
            'rel="noopener">s</a></p>\n<div class="side" id="g-b-b">\n<p><dfn>B b</dfn>: c</p>\n</div>\n'
            '<h2 id="s1"><span class="no">1</span>S</h2>'
        ),
    ),
    "notes at the end": (
        "See.[^b] And.[^a] Again.[^b]\n\n[^a]: First *note*.\n[^b]: Second.\n\n    More of it.",
        (
            '<p>See.<sup id="fnref:b"><a aria-label="Note 1" href="#fn:b" rel="noopener">1</a></sup> '
            'And.<sup id="fnref:a"><a aria-label="Note 2" href="#fn:a" rel="noopener">2</a></sup> '
            'Again.<sup id="fnref2:b"><a aria-label="Note 1" href="#fn:b" rel="noopener">1</a></sup></p>\n'
            '<section aria-label="Notes" class="notes-end">\n<ol class="dot">\n<li id="fn:b">\n<p>Second.</p>\n'
            '<p>More of it.&nbsp;<a aria-label="Back to the text" href="#fnref:b" '
            'rel="noopener">Back</a><a aria-label="Back to the text" href="#fnref2:b" '
            'rel="noopener">Back</a></p>\n</li>\n<li id="fn:a">\n'
            '<p>First <em>note</em>.&nbsp;<a aria-label="Back to the text" href="#fnref:a" '
            'rel="noopener">Back</a></p>\n</li>\n</ol>\n</section>'
        ),
    ),
    "links": (
        (
            '[a](../02-x/) [b](../02-x/#s1 "t") [c](https://a.example) [d](mailto:x@y.example) '
            "[e](term:exhibit)\n"
            "<https://b.example> [f](a&b) [g](a&amp;b) <x@y.example> [*h*][h] [i](<../02-x/>)\n\n[h]: ../02-x/"
        ),
        (
            '<p><a href="/m/2" rel="noopener">a</a> <a href="/m/2#s1" rel="noopener">b</a> <a '
            'href="https://a.example" rel="noopener">c</a> <a href="mailto:x@y.example" '
            'rel="noopener">d</a> <a class="term" href="../../glossary#exhibit" rel="noopener">e</a>\n'
            '<a href="https://b.example" rel="noopener">https://b.example</a> <a href="/a&amp;b" '
            'rel="noopener">f</a> <a href="/a&amp;b" rel="noopener">g</a> <a href="mailto:x@y.example" '
            'rel="noopener">x@y.example</a> <a href="/m/2" rel="noopener"><em>h</em></a> <a '
            'href="/m/2" rel="noopener">i</a></p>'
        ),
    ),
    "code": (
        (
            '```console\n$ vol -h\n$not\nusage <x>\n $ y\n$ \n```\n\n~~~python\n$ x = "1"\n~~~\n\n````\n'
            "```quiz\na\n```\n````\n\n```c++ {.x}\nint\n```\n\n``` text\nb\n```"
        ),
        (
            '<pre class="code" tabindex="0"><b>$</b> vol -h\n$not\nusage &lt;x&gt;\n $ y\n<b>$</b> </pre>\n'
            '<pre class="code" tabindex="0">$ x = "1"</pre>\n<pre class="code" tabindex="0">```quiz\na\n'
            '```</pre>\n<pre class="code" tabindex="0">int</pre>\n<pre class="code" tabindex="0">b</pre>'
        ),
    ),
    "a fence in a list": (
        "- a\n\n    ```text\n    b\n      c\n    ```\n",
        '<ul class="dot">\n<li>\n<p>a</p>\n<pre class="code" tabindex="0">b\n  c</pre>\n</li>\n</ul>',
    ),
    "formulas": (
        "A $`x^2`$ and ``$`y`$`` and $`a<b`$.\n\n| $`x`$ |\n|---|\n| $`y`$ |",
        (
            '<p>A <math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><msup>'
            "<mi>x</mi><mn>2</mn></msup></mrow></math> and <code>$`y`$</code> and <math "
            'xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>a</mi><mo>&lt;</mo>'
            "<mi>b</mi></mrow></math>.</p>\n"
            '<div aria-label="Table: x" class="scroll" role="region" tabindex="0"><table>\n<thead>\n<tr>\n'
            '<th scope="col"><math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow>'
            "<mi>x</mi></mrow></math></th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
            '<td><math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>y</mi>'
            "</mrow></math></td>\n</tr>\n</tbody>\n</table></div>"
        ),
    ),
    "a formula in a block": (
        '```math\n  x"\n  < b\n```',
        (
            '<div class="scroll" tabindex="0" role="math" aria-label="x&quot;\n'
            '  &lt; b"><math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow>'
            '<mi>x</mi><mi>"</mi><mo>&lt;</mo><mi>b</mi></mrow></math></div>'
        ),
    ),
    "blocks of ours": ("a\n\n```chart\nx: 1\n\ny\n```\n\nb", "<p>a</p>\n<i>x: 1\n\ny</i>\n<p>b</p>"),
    "a tab, other line ends and a hard space": (
        "- a\r\n\tb\r\n\r\nc\xa0d\r\n",
        '<ul class="dot">\n<li>a\n    b</li>\n</ul>\n<p>c&nbsp;d</p>',
    ),
    "nothing": ("", ""),
    "a box whose title only looks like that of a law": (
        '!!! case "Kenya: x"\n    Text.',
        (
            '<section class="box case">\n<h3><svg class="i" aria-hidden="true"><use href="#book"/></svg>Kenya: x</h3>'
            "\n<p>Text.</p>\n</section>"
        ),
    ),
    "a term that begins with a mark": (
        '!!! term "B"\n    *c* d',
        '<div class="side" id="g-b">\n<p><dfn>B</dfn>: <em>c</em> d</p>\n</div>',
    ),
    "a term with a sign that is a mark elsewhere": (
        '!!! term "A\\*b"\n    c',
        '<div class="side" id="g-a-b">\n<p><dfn>A*b</dfn>: c</p>\n</div>',
    ),
    "a name of several words": (
        "| a *b* c |\n|---|",
        (
            '<div aria-label="Table: a b c" class="scroll" role="region" tabindex="0"><table>\n<thead>\n<tr>\n'
            '<th scope="col">a <em>b</em> c</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td></td>\n</tr>\n</tbody>\n'
            "</table></div>"
        ),
    ),
    "code with a heading after it": (
        "```text\na\n```\n## B",
        '<pre class="code" tabindex="0">a</pre>\n<h2 id="s1"><span class="no">1</span>B</h2>',
    ),
    "marks in code": (
        "`[1^]`, `[[lba:x]]`, `~~a~~`, `[x] (https://a)` and `[x](`",
        (
            "<p><code>[1^]</code>, <code>[[lba:x]]</code>, <code>~~a~~</code>, <code>[x] (https://a)</code> and "
            "<code>[x](</code></p>"
        ),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_whole_page_is_as_it_is_designed(name: str) -> None:
    text, html = PAGES[name]
    blocks = {"chart": lambda block: f"<i>{block.text}</i>"}
    page = render(text, file="x.md", link=LINKS.get, blocks=blocks)
    assert (page.html, page.mistakes) == (html, ())


def test_a_page_comes_with_its_sections_words_icons_marks_and_links() -> None:
    text = (
        'A [l](../02-x/).\n\n## One `two`\n\n!!! note "N"\n    [m](../02-x/#s1) three\n\n### Part\n\n'
        '```quiz\nid: q\n```\n\n## $`x`$ & so\n\n!!! case "C"\n    [t](term:exhibit)\n\n[[lab:l#q]] Do\nit.'
    )
    page = render(text, file="x.md", first_line=10, link=LINKS.get, places={"quiz", "lab"})
    quiz, lab = Block("quiz", 20, "id: q"), Block("lab", 28, "Do it.", ("l", "q"))
    assert page == Rendered(
        parts=(page.parts[0], quiz, page.parts[2], lab),
        headings=(Heading(1, "s1", "One two"), Heading(2, "s2", "x & so")),
        words=11,
        icons=("book", "pen"),
        marks=(
            Mark("heading", 12, "##"),
            Mark("box", 14, "note"),
            Mark("heading", 17, "###"),
            Mark("quiz", 20, block=quiz),
            Mark("heading", 23, "##"),
            Mark("box", 25, "case"),
            Mark("lab", 28, block=lab),
        ),
        links=(("../02-x/", 10), ("../02-x/#s1", 15)),
    )
    assert page.html == f"{page.parts[0]}{page.parts[2]}"


@pytest.mark.parametrize("language", ["en", "fr", "ar", "xx"])
def test_what_the_program_adds_is_in_the_language_of_the_text(language: str) -> None:
    said = WORDS.get(language, WORDS["en"])
    assert words(language) is said
    html = render("| a |\n|---|\n| b[^1] |\n\n[^1]: c", file="x.md", language=language).html
    assert f'aria-label="{said.table}: a"' in html
    assert f'aria-label="{said.notes}" class="notes-end"' in html
    assert f'aria-label="{said.note.format(1)}" href="#fn:1" rel="noopener">1</a>' in html
    assert f'aria-label="{said.back_label}" href="#fnref:1" rel="noopener">{said.back}</a>' in html


def test_arabic_alone_is_written_from_right_to_left() -> None:
    assert [direction(language) for language in ("en", "fr", "ar", "xx")] == ["ltr", "ltr", "rtl", "ltr"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("  a \t\r\n b\u00a0c  ", "a b&nbsp;c"),
        ("\u00a0a", "a"),
        ("**a** __b__ *c* _d_ `e < f`", ("<strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em> "
         "<code>e &lt; f</code>")),
        ("a\u202eb\x00c", "abc"),
        ("X*a*X aX", "X<em>a</em>X aX"),
        ("$`x^2`$ and $`\\frac{<`$", ('<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><msup>'
         "<mi>x</mi><mn>2</mn></msup></mrow></math> and <code>\\frac{&lt;</code>")),
        ("``$`x`$`` $`y`$ $`z`$", ('<code>$`x`$</code> <math xmlns="http://www.w3.org/1998/Math/MathML" '
         'display="inline"><mrow><mi>y</mi></mrow></math> <math xmlns="http://www.w3.org/1998/Math/MathML" '
         'display="inline"><mrow><mi>z</mi></mrow></math>')),
        ("[a](https://b.example 't') <b> & c", '<a href="https://b.example" rel="noopener">a</a> &lt;b&gt; &amp; c'),
        ("1. a", "1. a"), ("- a", "- a"), ("> a", "&gt; a"), ("# a", "# a"), ("***", "***"), ("    a", "a"),
        ("[a]: https://b.example", "[a]: https://b.example"),
        ("x" * 20_001, "x" * 20_000),
    ],
)  # fmt: skip
def test_a_whole_sentence_is_as_it_is_designed(monkeypatch: pytest.MonkeyPatch, text: str, html: str) -> None:
    assert inline(text) == html
    monkeypatch.setattr(page_module, "_INLINE", page_module._inline_converter())  # as when the program starts
    assert inline(text) == html


def test_prose_is_what_is_read_on_without_tables_code_and_formulas() -> None:
    html = (
        '<h2 id="s1"><span class="no">1</span>One</h2>\n<p>Two<br>words &amp; <em>three</em></p><ul><li>four</li>'
        "<li><p>five</p></li></ul><table><tr><td>no</td></tr>\n</table><pre>no</pre><blockquote>six</blockquote>"
        "<p>seven <math><mi>no</mi></math> eight</p><figure>no</figure><section>nine<div>ten</div></section>"
        "<h3>h</h3><h6>i</h6><dl><dt>j</dt><dd>k</dd></dl><ol><li>l</li></ol>"
    )
    assert prose(html) == [
        "One", "Two words & three", "four", "five", "six", "seven eight", "nine", "ten", "h", "i", "j", "k", "l",
    ]  # fmt: skip


def test_what_stands_for_a_formula_can_not_be_typed() -> None:
    assert inline("Nonem0z zqm0z m0z $`x`$").startswith("Nonem0z zqm0z m0z <math")
    assert render("Nonem0z zqm0z $`x`$", file="x.md").html.startswith("<p>Nonem0z zqm0z <math")


def test_what_is_refused_in_a_text_leaves_nothing_behind() -> None:
    page = render("a $`\\frac{a}`$ b\u202e\x00c\n\n```text\nc\x07d\n```", file="x.md")
    assert page.html == '<p>a  bc</p>\n<pre class="code" tabindex="0">cd</pre>'


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ('a\n\n![b c](d.svg "E f")\ng', Block("figure", 12, "E f", ("d.svg", "b c"))),
        ("a\n\n![](d.svg)\ng", Block("figure", 12, "", ("d.svg", ""))),
        ("a\n\n[[lab:b#c]] d\ne\n\ng", Block("lab", 12, "d e", ("b", "c"))),
        ("a\n\n[[local:b]]  d \n\ng", Block("local", 12, "d", ("b", ""))),
        ("a\n\n```quiz\nb: c\n\nd: e\n```\ng", Block("quiz", 13, "b: c\n\nd: e")),
    ],
)
def test_a_block_of_ours_is_whole_and_nothing_around_it_is_lost(text: str, block: Block) -> None:
    page = render(text, file="x.md", first_line=10, places={"figure", "lab", "local", "quiz"})
    assert page.parts[1] == block
    assert page.marks == (Mark(block.kind, block.line, block=block),)
    assert [prose(part) for part in page.parts if isinstance(part, str)] == [["a"], ["g"]]
