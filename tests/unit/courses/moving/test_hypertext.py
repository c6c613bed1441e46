"""HTML from elsewhere as texts and tags: each piece of a text, in order, and nothing of what browsers don't show."""

from itertools import islice

import pytest

from training.courses.moving.hypertext import Tag, pieces

B, END = Tag("b", end=False), Tag("b", end=True)


def a(href: str = "", *handlers: str, whole: bool = True) -> Tag:
    """A link as it is read."""
    return Tag("a", end=False, href=href, handlers=handlers, whole=whole)


def lost(name: str) -> Tag:
    """What begins and has no end: all behind it is dropped."""
    return Tag(name, end=False, whole=False)


def silent(name: str) -> list[str | Tag]:
    """An element whose content says nothing."""
    return [Tag(name, end=False), Tag(name, end=True)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("a", ["a"]),
        ("<b>", [B]),
        ("a<B>c</B >d", ["a", B, "c", END, "d"]),
        ("<b/>c<b / x=y / >d</b x=y>e", [B, "c", B, "d", END, "e"]),
        ("<b><b>", [B, B]),
        ("1 < 2 <3 <", ["1 < 2 <3 <"]),
        ("<X-y_1.z>", [Tag("x-y_1.z", end=False)]),
        ("&lt;b&gt; &amp;lt; &#65;&#x42; &nope;", ["<b> &lt; AB &nope;"]),
        ("&#123456789;&#12345678901234567890|", ["\ufffd\ufffd|"]),
        ("a > b --> c", ["a > b --> c"]),
    ],
)
def test_texts_and_tags_come_in_order(text: str, found: list[str | Tag]) -> None:
    assert list(pieces(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<a>", [a()]),
        ('<a href="https://x.y/?a=1&amp;b=2">w', [a("https://x.y/?a=1&b=2"), "w"]),
        ("<a HREF='x y'>w", [a("x y"), "w"]),
        ("<a href=x>w", [a("x"), "w"]),
        ("<a title='href=z' href = x>w", [a("x"), "w"]),
        ("<a href=x href=y>", [a("x")]),
        ("<a href href=y>", [a()]),
        ("<a href= href=y>", [a("href=y")]),
        ("<a href='' href=y>", [a()]),
        ("<a xhref=x hrefx=y>", [a()]),
        ('<a title=">" href=x>w', [a("x"), "w"]),
        ("<a title='>' href=x>w", [a("x"), "w"]),
        ("<a title='\"' href=\"'\">w", [a("'"), "w"]),
        ("'<a href='x'>\"<b>", ["'", a("x"), '"', B]),
        ("<a href=x/>w", [a("x/"), "w"]),
        ("<a\nhref\n=\nx\n>w", [a("x"), "w"]),
        ("<a =href=x>w", [a(), "w"]),
        ("<a onclick=x ONLOAD onclick='z' onerror=\"y\">", [a("", "onclick", "onload", "onerror")]),
        ("<a on=x on1=x onx1=x xonx=x title=onclick>", [a()]),
        (f"<a on{'x' * 30}=1 on{'y' * 31}=1>", [a("", f"on{'x' * 30}")]),
        ("<a href=x onclick=y>", [a("x", "onclick")]),
        ("</a onclick=x href=y>", [Tag("a", end=True, href="y", handlers=("onclick",))]),
        ("<a href=&#106;s:x>", [a("js:x")]),
    ],
)
def test_of_a_tag_its_first_address_and_its_scripts_are_known(text: str, found: list[str | Tag]) -> None:
    assert list(pieces(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a<!-- b > c -->d", ["a", "d"]),
        ("-->x<!--y-->z-->", ["-->x", "z-->"]),
        ("<!-->x", ["x"]),
        ("<!--->x", ["x"]),
        ("<!---->x", ["x"]),
        ("<!--<b>-->x", ["x"]),
        ("<!DOCTYPE x>y", ["y"]),
        ("a><!x>b>", ["a>", "b>"]),
        ("<!-x-->y-->z", ["y-->z"]),
        ("<?php x ?>y", ["y"]),
        ("</ x>y", ["y"]),
        ("</>y", ["y"]),
        ("</1>y", ["y"]),
        ("<![CDATA[b]]>y", ["y"]),
        ("<!-- x --><!-- y -->", []),
    ],
)
def test_comments_and_declarations_are_left_out(text: str, found: list[str | Tag]) -> None:
    assert list(pieces(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a<!-- b > <b>", ["a", lost("!--")]),
        ("a --><!-- b", ["a -->", lost("!--")]),
        ("a><!doctype", ["a>", lost("!do")]),
        ("a<?x <b", ["a", lost("?x ")]),
        ("a</", ["a", lost("/")]),
        ("a<b", ["a", lost("b")]),
        ("a<b c=d <e f", ["a", lost("b")]),
        ("a<b c='>", ["a", lost("b")]),
        ("'<a href=x onclick=y c='>z", ["'", lost("a")]),
        ("<a href=x onclick=y", [a("x", "onclick", whole=False)]),
        ("<a href=x c=\"'>'", [lost("a")]),
        ("</b", [Tag("b", end=True, whole=False)]),
        ("<script", [lost("script")]),
    ],
)
def test_what_begins_and_never_ends_takes_the_rest_with_it(text: str, found: list[str | Tag]) -> None:
    assert list(pieces(text)) == found


@pytest.mark.parametrize("name", ["script", "style", "template", "title", "noscript"])
def test_the_content_of_an_element_that_says_nothing_is_dropped(name: str) -> None:
    for end in (f"</{name}>", f"</{name.upper()} >", f"</{name}/>", f"</{name}\nx=y>"):
        assert list(pieces(f"a<{name} x=y>b<b></{name}s><!--{end}c")) == ["a", *silent(name), "c"]
    assert list(pieces(f"</{name}>a<{name}>b</{name}>c")) == [Tag(name, end=True), "a", *silent(name), "c"]
    assert list(pieces(f"</{name}>a<{name}>b</{name}")) == [Tag(name, end=True), "a", Tag(name, end=False)]
    begun = islice(pieces(f"</{name}>a<{name}"), 9)
    assert list(begun) == [Tag(name, end=True), "a", lost(name)], "what stands before it is not read again"
    assert list(pieces(f"<{name}s>a</{name}s>")) == [Tag(f"{name}s", end=False), "a", Tag(f"{name}s", end=True)]
