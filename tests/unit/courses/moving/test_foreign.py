"""Files of questions as other systems and attackers write them."""

import html
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.content.markdown import inline
from training.content.source import ContentError, Mistake
from training.courses.manuscript.format import Judgement
from training.courses.moving import asked, gift_reading, hypertext, markup, moodle_reading, safe_xml
from training.courses.moving.asked import Item

GIFT = """// A file as people type it
$CATEGORY: tom/dick

::Colour:: What is between orange and green? {
  ~red #No, further on
  =yellow   #Right
  ~%-50%blue
  // in between
  ~violet
}

Two plus two {#4:0.5}

The number lies in {#3..5#well}

::Pairs::[markdown]Match `these` {
  =cat -> cat food
  =dog -> dog food
  =bird -> bird food
  = -> stones
}

Grant is buried in {=Grant's *tomb =%50%a grave} in New York.

The sky is blue.{T#No\\: look up#Yes####It scatters.}

Several {~%50%one ~%50%two ~%-100%three}

Tell us. {}

Only a text.

[html]<p>Which <code>a&lt;b</code> &amp; <b>bold</b> <img src=x onerror=alert(1)></p>{=C\\:\\\\new ~D ~E}
"""


def test_gift_as_people_type_it() -> None:
    found = gift_reading.read(GIFT, "f.gift")
    items = {one.name: one for one in found.items}
    colour = items["Colour"]
    assert (colour.type, colour.answer, colour.line) == ("choice", "b", 4)
    assert [text for _, text in colour.options] == ["red", "yellow", "blue", "violet"]
    assert colour.feedback == {"a": "No, further on", "b": "Right"}
    numbers = [one for one in found.items if one.type == "number"]
    assert [(one.answer, one.tolerance) for one in numbers] == [(4, 0.5), (4, 1.0)]
    pairs = items["Pairs"]
    assert pairs.stem == "Match `these`"
    assert pairs.answer == {"i1": "a", "i2": "b", "i3": "c"}
    assert pairs.options[3] == ("d", "stones")
    typed = next(one for one in found.items if one.type == "short")
    assert typed.stem == "Grant is buried in \\_\\_\\_\\_\\_ in New York." or typed.stem.endswith("in New York.")
    assert typed.answer == "Grant's *tomb"
    truth = next(one for one in found.items if one.type == "statement")
    assert truth.answer == Judgement(truth=True, reason="a")
    assert truth.explanation == "It scatters."
    assert next(one for one in found.items if one.type == "multiple").answer == ("a", "b")
    last = found.items[-1]
    assert last.stem == "Which `a<b` & **bold**"
    assert inline(last.options[0][1]) == "C:\\new"
    said = [str(loss) for loss in found.losses]
    assert any("weights" in one for one in said)
    assert any("asterisk" in one for one in said)
    assert any("essay" in one for one in said)
    assert any("description" in one for one in said)
    assert any("<img>" in one for one in said)
    assert not any("alert" in str(one) for one in found.items)


def test_every_mistake_of_a_gift_file_is_said_with_its_line() -> None:
    text = (
        "One {#many}\n\nTwo {=a\n=b\n\nThree {\n=cat -> food\n=dog\n}\n\n"
        "Four {=a {=b}}\n\nFive {a ~b}\n\nSix {#1:x}\n\nSeven {#1e999}\n"
    )
    with pytest.raises(ContentError) as bad:
        gift_reading.read(text, "f.gift")
    assert [(one.line, one.message.split(";")[0]) for one in bad.value.mistakes] == [
        (1, "'many' is no number"),
        (3, "the answers begin with { and nothing ends them"),
        (8, "an answer without -> among pairs"),
        (11, "a second { stands in this question"),
        (13, "an answer begins with = or ~, not with 'a'"),
        (15, "'1:x' is no number"),
        (17, "'1e999' is larger than any number that can be judged"),
    ]


def outcome(text: str) -> tuple[tuple[Item, ...], list[Mistake]]:
    """The questions of a GIFT file, or its mistakes."""
    try:
        return gift_reading.read(text, "f.gift").items, []
    except ContentError as bad:
        return (), bad.mistakes


def test_a_number_that_is_none_never_becomes_a_wildcard() -> None:
    with pytest.raises(ContentError, match="'\\*' is no number"):
        gift_reading.read("One {#*}", "f.gift")


@pytest.mark.parametrize(
    "text",
    [
        *("~" * 1_000_000, "{" + "~a" * 900_000 + "}", "::" * 900_000, "\\" * 1_900_000, "{}\n\n" * 400_000),
        *(
            "{#" + "=1" * 800_000 + "}",
            "[html]" + "<b>" * 600_000 + "{=a ~b ~c}",
            "// [tag:" * 200_000,
            "x\n" * 900_000,
        ),
        *(
            "[html]" + "<!--" * 400_000 + "{=a ~b ~c}",
            "[html]" + "&" * 1_000_000 + "{T}",
            "a {=" + "->" * 800_000 + "}",
        ),
    ],
    ids=range(12),
)
def test_long_and_strange_gift_is_read_or_refused(text: str) -> None:
    items, mistakes = outcome(text)
    assert len(items) <= 1
    assert all(one.file == "f.gift" for one in mistakes)


def test_ten_megabytes_are_refused_at_once() -> None:
    with pytest.raises(ContentError, match="divide the file"):
        gift_reading.read("One {T}\n\n" * 1_200_000, "f.gift")
    with pytest.raises(ContentError, match="at most 4000000"):
        moodle_reading.read(b"<quiz>" + b" " * 10_000_000 + b"</quiz>", "f.xml")


@given(st.text(st.sampled_from(list("~=#{}:\\\n%->T [html]/$12.a")), max_size=60))
def test_no_gift_breaks_the_reader(text: str) -> None:
    items, mistakes = outcome(text)
    assert all(1 <= one <= text.count("\n") + 1 for one in [one.line for one in items] + [one.line for one in mistakes])


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("<a href='javascript:alert(1)'>x</a>", {'a href="javascript:alert(1)"'}),
        ("<a href='http://a.example/'>x</a> <a href='https://a.example/'>y</a>", {'a href="http://a.example/"'}),
        ("<b onclick='alert(1)' OnLoad=x>x</b>", {"b onclick", "b onload"}),
        ("<p onmouseover=alert(1)><img src=x onerror=y></p>", {"p onmouseover", "img onerror", "img"}),
        ("x <b class='y>z and all the rest", {"b …"}),
        ("x <!-- y and all the rest", {"!-- …"}),
        ("<p class=x><b>y</b></p>", set()),
    ],
)
def test_links_and_scripts_that_are_dropped_are_named(text: str, lost: set[str]) -> None:
    assert markup.markdown(text, "html")[1] == lost


def test_what_looks_like_a_tag_and_is_lost_is_said() -> None:
    made, lost = markup.markdown("If i<j and x<sup>2</sup> <span>or</span> 1 < 2", "html")
    assert lost == {"j", "sup"}
    assert "1 &lt; 2" in inline(markup.markdown("1 < 2 &amp;lt; 3", "html")[0])
    assert made.startswith("If i")


PLAIN = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")) | st.just(" "), max_size=60)


@given(PLAIN)
def test_plain_text_is_shown_as_it_was(text: str) -> None:
    made, _ = markup.markdown(text, "plain")
    if re.search(r"https?:|mailto:|\$", text) is None:
        assert html.unescape(inline(made)) == " ".join(text.split())


PIECES = [*"<>/abi&;'\"=` *_[]()", "script", "code", "<b>", "</b>", "<a href=https://x.y>"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_html_leaves_more_than_our_marks(text: str) -> None:
    shown = inline(markup.markdown(text, "html")[0])
    assert set(re.findall(r"</?(\w+)", shown)) <= {"a", "code", "em", "strong"}
    assert "javascript:" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='https://x.y/) onclick=alert(1)'>x</a>",
        "<style>*{}</style><svg onload=alert(1)>",
        "<b onmouseover=alert(1)>x</b>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    ],
)
def test_hostile_html_is_neutralised(text: str) -> None:
    shown = inline(markup.markdown(text, "html")[0])
    assert "<script" not in shown
    assert not re.search(r"<[^>]*(?:on\w+=|javascript:|style)", shown)


OPENINGS = ["<a ", "</", "<!--", "<![foo]>", "<![", "<![[", "<b 1><p>", "<a href='", "<script>", "&", "<", "<x a=1 "]


@pytest.mark.parametrize("opening", OPENINGS)
def test_html_gives_no_more_than_stands_in_it_and_ends_where_nothing_ends_a_tag(opening: str) -> None:
    text = (opening * markup.LONGEST)[: markup.LONGEST]
    found = list(hypertext.pieces(text))
    assert len(found) <= 2 * text.count(">") + 1
    assert len("".join(one for one in found if isinstance(one, str))) <= len(text)
    assert len(markup.markdown(text, "html")[0]) <= 5 * len(text)


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_whole_file_of_hostile_html_is_answered_or_refused(opening: str) -> None:
    one = f"<question type='essay'><questiontext><text><![CDATA[{opening * 9_000}"[:9_000] + "]]></text></questiontext>"
    found = moodle_outcome("<quiz>" + (one + "</question>") * 40 + "</quiz>")
    assert len(found) == 0
    many = moodle_outcome("<quiz>" + (one + "</question>") * 400 + "</quiz>")
    assert ["at most 2000000 are read" in mistake.message for mistake in many] == [True]


def moodle_outcome(text: str) -> list[Mistake]:
    """The mistakes of a Moodle XML file."""
    try:
        moodle_reading.read(text.encode(), "f.xml")
    except ContentError as bad:
        return bad.mistakes
    return []


def test_a_text_that_no_question_needs_is_refused_with_its_line() -> None:
    text = f"<quiz>\n<question type='essay'><questiontext><text>{'x' * (markup.LONGEST + 1)}</text></questiontext>"
    assert [one.line for one in moodle_outcome(f"{text}</question></quiz>")] == [2]


def test_pictures_do_not_count_as_text() -> None:
    picture = f"<file encoding='base64'>{'A' * (asked.LARGEST + 1)}</file>"
    text = f"<quiz><question type='essay'><questiontext><text>a</text>{picture}</questiontext></question></quiz>"
    assert moodle_outcome(text) == []


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a<!-- b > c -->d<!-->e", "ade"),
        ("<b>x<i>y</b>z</i>", "**x*y***z"),
        ("<b>open", "**open**"),
        ("<code>a &lt; b", "`a < b`"),
        ("<a title='>' href=https://x.y/z >w</a>", "[w](https://x.y/z)"),
        ('<a title="a" HREF="https://x.y/?a=1&amp;b=2">w</a>', "[w](https://x.y/?a=1&b=2)"),
        ("<SCRIPT>x</b></SCRIPT >y", "y"),
        ("x<script>y", "x"),
        ("&lt;<span>b</span>&gt;", "&lt;b>"),
        ("a <b", "a"),
        ("1 < 2 <3", "1 < 2 <3"),
        (f"&#{'9' * 5_000};&#x202e;|", "\ufffd|"),
        ("a<![CDATA[b]]>c<?php d ?>e</ f>g", "aceg"),
    ],
)
def test_html_is_read_as_browsers_read_it(text: str, made: str) -> None:
    assert markup.markdown(text, "html")[0] == made


def test_many_kinds_of_lost_things_are_counted() -> None:
    kinds = "".join(f"<x{n}>" for n in range(1_000))
    text = f"<quiz><question type='shortanswer'><questiontext><text><![CDATA[{kinds}a]]></text></questiontext>"
    found = moodle_reading.read(f"{text}<answer fraction='100'><text>b</text></answer></question></quiz>".encode(), "f")
    said = [str(one.what) for one in found.losses]
    assert len(said) == 13
    assert said[-1] == "988 other kinds of things that stand in it"


@pytest.mark.parametrize("source", ["[" * 200_000, "[" * 15_000, "9" * 15_000, "{}", '"\\ud800"'])
def test_a_comment_that_names_no_source_names_none(source: str) -> None:
    text = f"<quiz><!--source: {source}--><question type='truefalse'><questiontext><text>a</text></questiontext>"
    answer = "<answer fraction='100'><text>true</text></answer></question></quiz>"
    found = moodle_reading.read((text + answer).encode(), "f.xml")
    assert [one.source for one in found.items] == [""]


XML = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
  <question type="category"><category><text>$course$/top</text></category></question>
  <question type="multichoice">
    <name><text>Colours</text></name>
    <questiontext format="html"><text><![CDATA[<p>Which is <em>warm</em>?</p>]]></text>
      <file name="a.png" encoding="base64">AAAA</file></questiontext>
    <generalfeedback format="html"><text>Red is.</text></generalfeedback>
    <single>true</single>
    <answer fraction="100" format="html"><text>red</text><feedback><text>Yes</text></feedback></answer>
    <answer fraction="50" format="html"><text>pink</text><feedback><text></text></feedback></answer>
    <answer fraction="0" format="html"><text>blue</text></answer>
    <hint><text>Fire</text></hint>
  </question>
  <question type="numerical">
    <name><text>Pi</text></name><questiontext><text>Pi?</text></questiontext>
    <answer fraction="100"><text>3.14</text><tolerance>0.01</tolerance></answer>
    <units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit></units>
  </question>
  <question type="cloze"><name><text>Gaps</text></name></question>
</quiz>
"""


def test_moodle_xml_as_moodle_writes_it() -> None:
    found = moodle_reading.read(XML.encode(), "f.xml")
    colours, pi = found.items
    assert (colours.stem, colours.answer, colours.explanation, colours.line) == ("Which is *warm*?", "a", "Red is.", 4)
    assert (pi.answer, pi.tolerance) == (3.14, 0.01)
    said = [str(loss) for loss in found.losses]
    for word in ("line 4, Colours: weights", "hints", "<file>", "units", "Gaps: the question: there is no type"):
        assert any(word in one for one in said), word


def test_every_mistake_of_a_moodle_file_is_said_with_its_line() -> None:
    text = XML.replace("3.14", "three").replace('fraction="50"', 'fraction="half"')
    with pytest.raises(ContentError) as bad:
        moodle_reading.read(text.encode(), "f.xml")
    assert [str(one) for one in bad.value.mistakes] == [
        "f.xml:11: 'half' is no number",
        "f.xml:17: 'three' is no number",
    ]


LAUGH = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>',
        f'<!DOCTYPE quiz [<!ENTITY l0 "lol">{LAUGH}]><quiz>&l9;</quiz>',
        '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/x.dtd"><quiz/>',
        '<!DOCTYPE quiz [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><quiz/>',
        '<?xml version="1.0" encoding="utf-7"?><quiz/>',
        "<quiz>&undefined;</quiz>",
        "<quiz>" + "<a>" * 50_000,
        "<quiz>" + "<a/>" * 200_000 + "</quiz>",
        "<quiz " + " ".join(f'a{n}="1"' for n in range(1_000)) + "/>",
        "<quiz>\x01</quiz>",
        "<html/>",
        "",
        "no xml",
    ],
    ids=range(13),
)
def test_hostile_xml_is_refused_with_a_line(text: str) -> None:
    with pytest.raises(ContentError) as bad:
        moodle_reading.read(text.encode(), "f.xml")
    assert bad.value.mistakes[0].line >= 1


@given(st.binary(max_size=200))
def test_no_bytes_break_the_xml_reader(data: bytes) -> None:
    with suppress(ContentError):
        assert safe_xml.parse(data, "f.xml").name
