"""What a cleaner leaves of HTML: each element, attribute, class and address that may stand on a page, and no other."""

import re
from typing import Any

import pytest

from training.content.markdown.page import CLEAN, INLINE_CLEAN

ELEMENTS = re.findall(
    r"\S+",
    """
a abbr acronym address applet area article aside audio b base bdi bdo big blink blockquote body br button
canvas caption center cite code col colgroup command data datalist dd del details dfn dialog dir div dl dt em
embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html
i iframe img input ins isindex kbd keygen label legend li link listing main map mark marquee math menu meta
meter nav nobr noembed noframes noscript object ol optgroup option output p param picture plaintext pre
progress q rp rt ruby s samp script search section select slot small source span strike strong style sub
summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp
custom-element foreignobject use animate set mi annotation-xml
""",
)
ATTRIBUTES = re.findall(
    r"\S+",
    """
abbr accesskey action align alt aria-hidden aria-label aria-live as async autofocus background charset cite
colspan content contenteditable coords data data-live datetime dir disabled download draggable enctype for
form formaction headers height hidden href hreflang http-equiv id integrity is itemprop lang list loop
manifest max method name nonce onclick onerror onfocus onload onmouseover part pattern ping popover
popovertarget poster property reversed role rowspan scope size sizes slot span spellcheck src srcdoc srcset
start style tabindex target title translate type usemap value width wrap xlink:href xml:lang xmlns
""",
)
AROUND = {
    **dict.fromkeys(("td", "th"), "<table><tr>{}</tr></table>"),
    **dict.fromkeys(("caption", "colgroup", "thead", "tbody", "tfoot", "tr"), "<table>{}</table>"),
    "col": "<table><colgroup>{}</colgroup></table>",
}
PAGE: dict[str, set[str]] = {
    **{tag: set() for tag in ("b", "blockquote", "br", "code", "dd", "del", "dfn", "dl", "dt", "em", "h3", "h4", "h5")},
    **{tag: set() for tag in ("h6", "hr", "p", "span", "strong", "sub", "table", "tbody", "td", "thead", "tr", "ul")},
    "a": {"href", "aria-label"},
    "div": {"tabindex", "role", "aria-label", "id"},
    "h2": {"id"},
    "li": {"id"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "section": {"aria-label"},
    "sup": {"id"},
    "th": {"scope"},
}
SENTENCE: dict[str, set[str]] = {"a": {"href"}, "code": set(), "em": set(), "p": set(), "strong": set()}
BOXES = {"law", "box", "case", "court", "caution", "note"}
CLASSES = {
    "a": {"term"},
    "div": {"scroll", "side"},
    "ol": {"dot"},
    "pre": {"code"},
    "section": {*BOXES, "notes-end"},
    "span": {"no", "whose"},
    "td": {"n", "mid"},
    "th": {"n", "mid"},
    "ul": {"dot"},
}
both = pytest.mark.parametrize(("cleaner", "kept"), [(CLEAN, PAGE), (INLINE_CLEAN, SENTENCE)], ids=["page", "sentence"])


def cleaned(cleaner: Any, tag: str, attributes: str = "") -> str:
    """What is left of an element where it may stand."""
    given = f"<{tag} {attributes}>words</{tag}>" if tag not in {"br", "hr", "col"} else f"<{tag} {attributes}>"
    return str(cleaner.clean(AROUND.get(tag, "{}").format(given)))


@both
def test_no_element_is_left_but_those_of_the_design(cleaner: Any, kept: dict[str, set[str]]) -> None:
    assert {tag for tag in ELEMENTS if re.search(rf"<{tag}\b(?!-)", cleaned(cleaner, tag))} == set(kept)
    for tag in set(ELEMENTS) - set(kept):
        assert set(re.findall(r"<(\w[\w-]*)", cleaned(cleaner, tag))) <= {"table", "tbody", "thead", "tr", "p"}, tag
    assert [cleaner.clean(f"a<{tag}>hidden</{tag}>b") for tag in ("script", "style")] == ["ab", "ab"]
    assert cleaner.clean("a<!-- hidden -->b<?hidden?>c") == "abc"


@both
def test_no_attribute_is_left_but_those_of_the_design(cleaner: Any, kept: dict[str, set[str]]) -> None:
    for tag, names in kept.items():
        given = " ".join(f'{name}="https://a.example/"' for name in ATTRIBUTES)
        left = re.search(rf"<{tag}\b([^>]*)>", cleaned(cleaner, tag, given))
        assert left is not None
        assert set(re.findall(r'([\w:-]+)="', left[1])) - ({"rel"} if tag == "a" else set()) == names, tag


@both
def test_no_class_is_left_but_those_of_the_design(cleaner: Any, kept: dict[str, set[str]]) -> None:
    words = sorted({*BOXES, *(word for each in CLASSES.values() for word in each), "btn", "i", "cover", "admonition"})
    for tag in kept:
        left = re.search(r'class="([^"]*)"', cleaned(cleaner, tag, f'class="{" ".join(words)}"'))
        found = set(left[1].split()) if left else set()
        assert found == (CLASSES.get(tag, set()) if cleaner is CLEAN else set()), tag


@pytest.mark.parametrize(
    ("address", "page", "sentence"),
    [
        ("https://a.example/?b=1&amp;c=2#d", True, True),
        ("HTTPS://a.example/", True, True),
        ("mailto:a@b.example", True, True),
        *((address, True, False) for address in ("#s1", "m1-2", "../x", "/x", "//a.example/", "?x", "")),
        *(
            (address, False, False)
            for address in (
                "http://a.example/",
                "javascript:act()",
                "JaVaScRiPt:act()",
                " javascript:act()",
                "java\tscript:act()",
                "&#106;avascript:act()",
                "javascript&colon;act()",
                "data:text/html,x",
                "vbscript:x",
                "file:///etc/passwd",
                "blob:https://a.example/x",
                "ftp://a.example/",
                "tel:1",
                "term:x",
                "about:blank",
                "https:",
            )
        ),
    ],
)
def test_an_address_is_left_where_it_is_one_that_readers_may_follow(address: str, page: bool, sentence: bool) -> None:  # noqa: FBT001
    for cleaner, left in ((CLEAN, page), (INLINE_CLEAN, sentence)):
        shown = cleaner.clean(f'<a href="{address}" rel="opener">x</a>')
        assert shown.startswith("<a ")
        assert ("href=" in shown, shown.count("rel="), 'rel="noopener"' in shown) == (left, 1, True)
