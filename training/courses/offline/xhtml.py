"""Clean HTML as XHTML for a copy: ids of its own, links that lead somewhere in the copy, no icons of the site."""

import html
import re
from collections.abc import Callable

from training.content.markdown import escape
from training.courses.manuscript.tags import TAG, VOID

ATTRIBUTE = re.compile(r'\s([^\s=<>"/]+)(?:="([^"]*)")?')
SPACES = {"svg": "http://www.w3.org/2000/svg", "math": "http://www.w3.org/1998/Math/MathML"}
LEFT = {"pre": "dir", "code": "dir", "svg": "direction"}
"""Commands, their output and figures go from left to right, whatever the text around them. The style of a
book may not say so."""
POINTS = ("aria-labelledby", "aria-describedby", "for")
ICON = re.compile(r'<svg class="i[^"]*"[^>]*>.*?</svg>', re.DOTALL)
NUMBER = re.compile(r'(<span class="no">\d+</span>)')
HEADING = re.compile(r"h([2-5])")
Link = Callable[[str], str | None]
"""Gives the address in the copy for one in a page, or None where it leads out of the copy and can't be followed."""


def xhtml(markup: str, prefix: str, link: Link, deeper: int = 0) -> str:
    """HTML as XML: ids begin with `prefix`, headings stand `deeper` levels below."""
    found: list[str] = []
    at = 0
    markup = NUMBER.sub(r"\1 ", ICON.sub("", markup))
    for tag in TAG.finditer(markup):
        found.append(_text(markup[at : tag.start()]))
        at = tag.end()
        name = HEADING.sub(lambda head: f"h{int(head[1]) + deeper}", tag["name"]) if deeper else tag["name"]
        if tag["end"]:
            found.append(f"</{name}>")
            continue
        given = {key: html.unescape(value) for key, value in ATTRIBUTE.findall(tag["more"])}
        given = _attributes(given, prefix, link)
        if name in LEFT:
            given[LEFT[name]] = "ltr"
        if name in SPACES:
            given = {"xmlns": SPACES[name]} | given
        said = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
        found.append(f"<{name}{said}{'/' if tag['closed'] or name in VOID else ''}>")
    found.append(_text(markup[at:]))
    return "".join(found)


def ident(prefix: str, name: str) -> str:
    """An id of a page as an id of the copy: a name that XML takes too."""
    return prefix + re.sub(r"[^\w.-]", "-", name)


def _attributes(given: dict[str, str], prefix: str, link: Link) -> dict[str, str]:
    kept = {}
    for key, value in given.items():
        if key == "id":
            kept[key] = ident(prefix, value)
        elif key in POINTS:
            kept[key] = " ".join(ident(prefix, one) for one in value.split())
        elif value.startswith("url(#"):
            kept[key] = f"url(#{ident(prefix, value[5:-1])})"
        elif key == "href" and value.startswith("#"):
            kept[key] = f"#{ident(prefix, value[1:])}"
        elif key == "href":
            if (found := link(value)) is not None:
                kept[key] = found
        elif key != "rel":
            kept[key] = "group" if (key, value) == ("role", "region") else value  # in a whole course, no landmarks
    return kept


def _text(text: str) -> str:
    return escape(html.unescape(text))
