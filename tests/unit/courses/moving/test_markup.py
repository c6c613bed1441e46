"""Texts of questions from elsewhere as our Markdown: each compared as a whole, with all that it loses."""

import pytest

from training.courses.moving import markup


@pytest.mark.parametrize(
    ("text", "made", "lost"),
    [
        ("&", "&", []),
        ("&amp; &lt;b&gt; &copy; &unknown; &#65;", "& &lt;b> © &amp;unknown; A", []),
        ("<b>a</b>", "**a**", []),
        ("<b> a </b>b", "**a** b", []),
        ("x<b> a</b> b", "x **a** b", []),
        ("<strong>a<b>b</b></strong>", "**ab**", []),
        ("<i><em>a</em></i>", "*a*", []),
        ("<b><b>a</b></b> c", "**a** c", []),
        ("<b></b>x", "x", []),
        ("<b> </b>x", "x", []),
        ("a<b><i></i></b>c", "ac", []),
        ("<b>a<br>b</b>", "**a b**", []),
        ("a<p>b</p>c", "a b c", []),
        ("<code>a`b</code>", "`` a`b ``", []),
        ("<code>``</code>", "``` `` ```", []),
        ("<code>a <b>b</b> c</code>", "`a b c`", []),
        ("<code>a<br>b</code>", "`a b`", []),
        ("<code>a<code>b</code>c</code>d", "`ab`cd", []),
        ("<pre> a\n b </pre>", "`a b`", []),
        ("<code></code>x", "x", []),
        ("</code>x</b></a>", "x", []),
        ("<a href=https://x.y>l</a>", "[l](https://x.y)", []),
        ("<a href=https://x.y>a<a href=https://z.y>b</a></a>", "[ab](https://x.y)", ['a href="https://z.y"']),
        ("<a href=https://x.y><b>l</b></a>", "[**l**](https://x.y)", []),
        ("<b><a href=https://x.y>l</b></a>", "**[l](https://x.y)**", []),
        ("<a>l</a>", "l", []),
        ("<a href=''>l</a>", "l", []),
        ("<a href=http://x.y/ü>l</a>", "l", ['a href="http://x.y/"']),
        ("<a href='https://x.y/a b'>l</a>", "l", ['a href="https://x.y/ab"']),
        ("<a href=https://x.y></a>z", "z", []),
        ("<script>x</script>y<style>z</style>", "y", ["script", "style"]),
        ("<table><tr><td>a<td>b</table>", "a b", []),
        ("<h1>a</h1>b", "a b", []),
        ("<ul><li>a<li>b</ul>", "a b", []),
        ("<video>a</video>", "a", ["video"]),
        ("<FONT onClick=x>a</FONT>", "a", ["font onclick"]),
        ("a_b _c_ d_ *e* [f] \\g `h`", "a_b \\_c\\_ d\\_ \\*e\\* \\[f\\] \\\\g \\`h\\`", []),
        ("1 < 2 <b", "1 < 2", ["b …"]),
        ("a < b <3 <!x> c", "a < b <3 c", []),
        ("$$x^2$$ and $y$", "$`x^2`$ and $y$", []),
        ("<b>$$x$$</b>", "**$`x`$**", []),
        ("a\u202eb\x00c\ufeff", "abc", []),
        ("a\r\nb", "a b", []),
        ("<b>a", "**a**", []),
        ("<i>a<b>b", "*a**b***", []),
        ("<i>a<b>b</i>c</b>d", "*a**b***cd", []),
        ("a <i> b</i>", "a *b*", []),
        ("<i>a </i>b", "*a* b", []),
        ("<i>a</i> b", "*a* b", []),
        ("<qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq>a", "a", ["qqqqqqqqqqqqqqqqqqqqq"]),
        (
            "<xyzqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq onload=1>a",
            "a",
            ["xyzqqqqqqqqqqqqqqqqq onload", "xyzqqqqqqqqqqqqqqqqqq"],
        ),
        ("<b class='x", "", ["b …"]),
        ("<p onclick=1 onclick=2 ONLOAD=3>a</p>", "a", ["p onclick", "p onload"]),
        ("<u>a</u><kbd>b</kbd><tt>c</tt><samp>d</samp><var>e</var><em>f</em>", "a`b``c``d``e`*f*", []),
        ("a&nbsp;b", "a b", []),
        ("&#x202e;a", "a", []),
        ("<b>a&#10;b</b>", "**a b**", []),
        ("<code>a<sub>b</sub></code>", "`ab`", ["sub"]),
        ("a<!---->b", "ab", []),
        ("x<b/>y</b>z", "x**y**z", []),
        ("<code>a", "`a`", []),
        ("<b><code>a</code></b>", "**`a`**", []),
        ("<code> ` </code>", "`` ` ``", []),
        ("<b>x <i>y </i></b>z", "**x *y*** z", []),
        ("<b>x<i> y</i></b>z", "**x *y***z", []),
        ("x<b><i> y</i></b>z", "x ***y***z", []),
        ("a<b> </b>c", "a c", []),
        ("<a href=https://x.y> l</a>", "[l](https://x.y)", []),
        ("x<a href=https://x.y><b> l</b></a>z", "x [**l**](https://x.y)z", []),
        ("<b>a</b><i> c</i>", "**a** *c*", []),
        ("x<b><br>a</b>", "x **a**", []),
        ("<o:p>b</o:p>", "b", ["o:p"]),
        ("<b_x>a", "a", ["b_x"]),
        ("<b><b href=https://x.y>a</b></b>", "**a**", []),
        ("<a href=https://x.y><b>l</a>m</b>", "[**l**](https://x.y)m", []),
        ("<code>a</b>b</code>", "`ab`", []),
        ("<code>a<a href=https://x.y>b</a></code>", "`ab`", []),
        ("<code>a<br>``b`</code>c<br/>d", "``` a ``b` ```c d", []),
        ("<b>a</b>&nbsp;", "**a**", []),
        ("<p><b>a</p></b>", "**a**", []),
        ("a<b>b<i>c</b>d</i>e", "a**b*c***de", []),
        ("<li>a</li></ul>b", "a b", []),
        ("<code>a</kbd>b", "`a`b", []),
        ("<span>a</span><sup>b</sup>", "ab", ["sup"]),
        ("&lt;b&gt;a&lt;/b&gt;", "&lt;b>a&lt;/b>", []),
        ("a&#10;&#9;b", "a b", []),
        ("[a](http://x.y) ![b](c)", "\\[a\\](http://x.y) !\\[b\\](c)", []),
        ("~~a~~ #b", "~~a~~ #b", []),
        ("a&b; &b &#1; &amp", "a&amp;b; &b &", []),
        ("_a_ a_a ü_ü _", "\\_a\\_ a_a ü_ü \\_", []),
        ("<!a <?b </c <d", "", ["!a  …", "d"]),
        ("&#x202e;<b>&#x200f;a", "**\u200fa**", []),
        ("<A HREF=https://X.y>l</A>", "[l](https://X.y)", []),
        ("<a HREF=https://x.y onclick=1>l</a>", "[l](https://x.y)", ["a onclick"]),
        ("<b>a<code>b</code>c</b>", "**a`b`c**", []),
        ("<b>a</b><b>b</b>", "**a****b**", []),
        ("<i>a</i><b>b</b> <em>c</em>", "*a***b** *c*", []),
        ("<a href=https://x.y/(1)>l</a>", "l", ['a href="https://x.y/(1)"']),
        ("<a href=//x.y>l</a>", "l", ['a href="//x.y"']),
        ("$$a$$ $$ b$$", "$`a`$ $` b`$", []),
        ("<a href=https://x.y>l</b>m</a>", "[lm](https://x.y)", []),
        ("<b>a</i>b</b>", "**ab**", []),
        ("x<i>y</i></i><b>z</b>", "x*y***z**", []),
        ("<big></big>a<p>", "a", []),
        (" a ", "a", []),
        ("<b>a</b> <!-- c --> <i>b</i>", "**a** *b*", []),
        ("<xyzqqqqqqqqqqqq onload=1>a", "a", ["xyzqqqqqqqqqqqq", "xyzqqqqqqqqqqqq onload"]),
    ],
)
def test_of_html_our_marks_are_kept_and_what_is_lost_is_told(text: str, made: str, lost: list[str]) -> None:
    assert markup.markdown(text, "html") == (made, frozenset(lost))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("&", "&"),
        ("&amp; &lt;b&gt; &copy; &unknown; &#65;", "&amp;amp; &amp;lt;b&amp;gt; &amp;copy; &amp;unknown; &amp;#65;"),
        ("<b>a</b>", "&lt;b>a&lt;/b>"),
        ("<b></b>x", "&lt;b>&lt;/b>x"),
        ("<a>l</a>", "&lt;a>l&lt;/a>"),
        ("a_b _c_ d_ *e* [f] \\g `h`", "a_b \\_c\\_ d\\_ \\*e\\* \\[f\\] \\\\g \\`h\\`"),
        ("1 < 2 <b", "1 < 2 &lt;b"),
        ("$$x^2$$ and $y$", "$`x^2`$ and $y$"),
        ("a\u202eb\x00c\ufeff", "abc"),
        ("a\r\nb", "a b"),
        ("<b>a", "&lt;b>a"),
        ("<i>a<b>b", "&lt;i>a&lt;b>b"),
        ("a&nbsp;b", "a&amp;nbsp;b"),
        ("&#x202e;a", "&amp;#x202e;a"),
        ("<code>a", "&lt;code>a"),
        ("<b_x>a", "&lt;b_x>a"),
        ("&lt;b&gt;a&lt;/b&gt;", "&amp;lt;b&amp;gt;a&amp;lt;/b&amp;gt;"),
        ("a&#10;&#9;b", "a&amp;#10;&amp;#9;b"),
        ("[a](http://x.y) ![b](c)", "\\[a\\](http://x.y) !\\[b\\](c)"),
        ("~~a~~ #b", "~~a~~ #b"),
        ("a&b; &b &#1; &amp", "a&amp;b; &b &amp;#1; &amp"),
        ("_a_ a_a ü_ü _", "\\_a\\_ a_a ü_ü \\_"),
        ("$$a$$ $$ b$$", "$`a`$ $` b`$"),
        (" a ", "a"),
    ],
)
def test_in_a_plain_text_nothing_is_a_mark(text: str, made: str) -> None:
    assert markup.markdown(text, "plain") == (made, frozenset())


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("$$x^2$$ and $y$", "$`x^2`$ and $y$"),
        ("<b>$$x$$</b>", "<b>$`x`$</b>"),
        ("a\u202eb\x00c\ufeff", "abc"),
        ("a\r\nb", "a\nb"),
        ("$$a$$ $$ b$$", "$`a`$ $` b`$"),
        (" a ", "a"),
    ],
)
def test_markdown_loses_what_is_hidden_in_it_alone(text: str, made: str) -> None:
    assert markup.markdown(text, "markdown") == (made, frozenset())


@pytest.mark.parametrize("form", ["html", "plain", "markdown"])
def test_a_text_has_so_many_characters_and_no_more(form: str) -> None:
    assert markup.markdown("x" * markup.LONGEST, form) == ("x" * 10_000, frozenset())
    with pytest.raises(markup.TooLong):
        markup.markdown("x" * (markup.LONGEST + 1), form)


def test_an_address_is_kept_up_to_its_longest_and_told_as_lost_by_its_beginning() -> None:
    longest = "https://" + "x" * 500
    assert markup.markdown(f"<a href='{longest}'>l</a>", "html") == (f"[l]({longest})", frozenset())
    told = f'a href="https://{"x" * 52}"'
    assert markup.markdown(f"<a href='{longest}x'>l</a>", "html") == ("l", frozenset({told}))


def test_a_tag_that_is_lost_is_told_by_its_beginning() -> None:
    name = "q" * 30
    assert markup.markdown(f"<{name}>a", "html") == ("a", frozenset({"q" * 21}))
    assert markup.markdown(f"<{name} onload=1>a", "html") == ("a", frozenset({"q" * 21, f"{'q' * 20} onload"}))
    assert markup.markdown(f"<{name}", "html") == ("", frozenset({"q" * 21, f"{'q' * 20} …"}))


def test_a_text_that_is_typed_has_single_spaces_and_nothing_hidden() -> None:
    hidden = "".join(map(chr, [*range(9), *range(14, 28), 0x7F, 0x9F, 0x202E, 0x2069, 0xFEFF, 0xD800, 0xFFFF]))
    assert markup.plain(f" a{hidden}b \t\n c* <b>&amp; ") == "ab c* <b>&amp;"
