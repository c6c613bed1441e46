"""HTML from elsewhere as text and tags in order, in one pass whose time grows with the length alone.

A tree is not made: a parser that repairs one copies open marks into each block, so that a short text grows with its
square. Where a tag or a comment begins and ends is taken from the HTML Standard, "Tokenization"; what begins and never
ends is dropped with all behind it, as browsers do.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

MARKUP = re.compile(r"<(?=/?[a-zA-Z]|[!?/])")
NAME = re.compile(r"(/?)([a-zA-Z][^\s/>]*+)")
GIVEN = re.compile(r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:(["'])|([^\s>]*+)))?+""")
HANDLER = re.compile(r"on[a-z]{1,30}", re.IGNORECASE)
GAP = re.compile(r"[\s/]*+")
SILENT = {
    name: re.compile(rf"(?=</{name}[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "template", "title", "noscript")
}
"""Elements whose content is dropped, and how each ends."""

ENDLESS = re.compile(r"&#[0-9]{9,}+;?")  # no character has such a number, and reading it would take its square


class Tag(NamedTuple):
    """A tag: its name in small letters, whether it ends an element, the address that it gives, scripts that it runs.

    `handlers` are names of attributes; `whole` says whether the tag has an end: what follows one without is dropped.
    """

    name: str
    end: bool
    href: str = ""
    handlers: tuple[str, ...] = ()
    whole: bool = True


def pieces(text: str) -> Iterator[str | Tag]:
    """Texts, in which references to characters are resolved, and tags; comments and declarations are left out."""
    at = 0
    while at < len(text):
        found = MARKUP.search(text, at)
        begin = found.start() if found else len(text)
        if begin > at:
            yield _resolved(text[at:begin])
        if found is None:
            return
        if name := NAME.match(text, begin + 1):
            href, handlers, at = _end_of_tag(text, name.end())
            tag = Tag(name[2].lower(), bool(name[1]), href, handlers, at >= 0)
            yield tag
            at = _end_of_silence(text, at, tag) if tag.whole else -1
        else:
            at = _end_of_comment(text, begin)
            if at < 0:
                yield Tag(text[begin + 1 : begin + 4], end=False, whole=False)
        if at < 0:
            return


def _end_of_comment(text: str, begin: int) -> int:
    """Behind a comment or a declaration; -1 where it has no end."""
    if text.startswith("<!--", begin):
        end = text.find("-->", begin + 2)  # <!--> is a whole comment
        return end + 3 if end >= 0 else -1
    end = text.find(">", begin)
    return end + 1 if end >= 0 else -1


def _end_of_tag(text: str, at: int) -> tuple[str, tuple[str, ...], int]:
    """The first address of a tag, its handlers, and the place behind the tag; -1 where it has no end."""
    href = None
    handlers: dict[str, None] = {}
    while given := GIVEN.match(text, at):
        value, at = given[3] or "", given.end()
        if given[2]:
            end = text.find(given[2], at)
            if end < 0:
                return "", (), -1
            value, at = text[at:end], end + 1
        if href is None and given[1].lower() == "href":
            href = _resolved(value)
        if HANDLER.fullmatch(given[1]):
            handlers[given[1].lower()] = None
    gap = GAP.match(text, at)
    end = gap.end() if gap else at
    return href or "", tuple(handlers), end + 1 if text.startswith(">", end) else -1


def _end_of_silence(text: str, at: int, tag: Tag) -> int:
    """Behind the content of an element that says nothing; -1 where it has no end."""
    if tag.end or tag.name not in SILENT:
        return at
    found = SILENT[tag.name].search(text, at)
    return found.start() if found else -1


def _resolved(text: str) -> str:
    return html.unescape(ENDLESS.sub("\ufffd", text))
