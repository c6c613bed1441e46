"""Clean HTML, looked at tag by tag: what the pages of courses are made of is written by this program, and regular.

Attributes stand in double quotes and no text holds a bare `<`: nh3 writes it so, and our own markup does too.
"""

import html
import re

TAG = re.compile(r'<(?P<end>/?)(?P<name>[A-Za-z][\w:-]*)(?P<more>(?:\s+[^\s=<>"/]+(?:="[^"]*")?)*)\s*(?P<closed>/?)>')
VOID = frozenset({"br", "hr", "img", "input", "wbr", "col"})
UNSAID = re.compile(r'<span class="no">\d+</span>|<sup\b.*?</sup>', re.DOTALL)
INLINE = re.compile("a|abbr|b|bdi|code|dfn|em|i|kbd|span|strong|sub|tspan|m.+")  # mathematics too


def pieces(markup: str) -> list[tuple[str, str]]:
    """The outermost elements, each with its name and its HTML; text between them goes with the one before."""
    found: list[tuple[str, str]] = []
    depth = start = 0
    name = ""
    for tag in TAG.finditer(markup):
        if tag["end"]:
            depth -= 1
        else:
            if depth == 0:
                if name:
                    found.append((name, markup[start : tag.start()]))
                    start = tag.start()
                name = tag["name"]
            depth += not (tag["closed"] or tag["name"] in VOID)
    return [*found, (name, markup[start:])] if markup else found


def text_of(markup: str) -> str:
    """The text, on one line, without the numbers of sections and of notes."""
    apart = TAG.sub(lambda tag: "" if INLINE.fullmatch(tag["name"]) else " ", UNSAID.sub("", markup))
    return " ".join(html.unescape(apart).split())
