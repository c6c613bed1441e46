"""From the text of an author to cleaned HTML, in a fixed order."""

import html
import re
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import nh3
from markdown import Markdown

from training.content.markdown.blocks import BOXES, HIDDEN, PARAGRAPH, Block, Text, escape, limits, take_blocks
from training.content.markdown.shape import SCHEMES, Link, Shape
from training.content.source import ContentError, Mistake

WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
NO_PROSE = re.compile(r'<(table|pre)\b.*?</\1>|<span class="no">\d+</span>', re.DOTALL)
SECTION = re.compile(r'<h2 id="s\d+"><span class="no">\d+</span>(.*?)</h2>')

Draw = Callable[[Block], str]
"""Gives the trusted HTML that stands in place of a block. Raises ContentError for a mistake of the author."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section of the page: its number, the id to jump to, its text."""

    number: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page: cleaned HTML with the blocks between it that the room draws itself, and what was found out on the way."""

    parts: tuple[str | Block, ...] = ()
    headings: tuple[Heading, ...] = ()
    words: int = 0
    icons: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def html(self) -> str:
        """All HTML of the page."""
        return "".join(part for part in self.parts if isinstance(part, str))


def render(
    text: str,
    *,
    file: str,
    first_line: int = 1,
    blocks: Mapping[str, Draw] | None = None,
    places: Collection[str] = (),
    link: Link | None = None,
) -> Rendered:
    """Convert a text that starts at `first_line` of a file. Never raises for what the author wrote: see `mistakes`.

    `blocks` draws our own marks by kind; kinds in `places` stay in `parts` for the room to draw with the page. Without
    either such a fence is shown as code. `link` resolves relative links; without it there may be none.
    """
    draw = dict(blocks or {})
    work = Text(file, first_line, text.replace("\r\n", "\n").expandtabs(4).split("\n"))
    limits(work, text)
    if work.mistakes:
        return Rendered(mistakes=tuple(work.mistakes))
    marked = take_blocks(work, draw.keys() | set(places))
    shape = Shape(work, link)
    try:
        cleaned = CLEAN.clean(_convert(marked, shape))
    except RecursionError:
        work.wrong(0, "quotations, lists or marks are nested too deeply")
        return Rendered(mistakes=tuple(work.mistakes))
    titles = enumerate(SECTION.findall(cleaned), 1)
    headings = tuple(Heading(number, f"s{number}", _plain(title)) for number, title in titles)
    words = len(WORD.findall(_plain(NO_PROSE.sub(" ", cleaned).replace("<", " <"))))
    parts = _put_blocks(work, cleaned, draw)
    return Rendered(parts, headings, words, tuple(sorted(shape.icons)), tuple(sorted(work.mistakes)))


def inline(text: str) -> str:
    """A sentence with code, emphasis and links as safe HTML; anything else in it stays text."""
    with _inline_lock:
        converted = _INLINE.reset().convert(HIDDEN.sub("", " ".join(text.split()))[:PARAGRAPH])
    return INLINE_CLEAN.clean(converted).removeprefix("<p>").removesuffix("</p>")


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def _put_blocks(work: Text, cleaned: str, draw: Mapping[str, Draw]) -> tuple[str | Block, ...]:
    parts: list[str | Block] = []
    pieces = re.split(rf"(?:<p>)?{work.nonce}b(\d+)z(?:</p>)?", re.sub(rf"{work.nonce}i([\w-]+?)z", _icon, cleaned))
    for position, piece in enumerate(pieces):
        if position % 2 == 0:
            parts.append(piece)
            continue
        block = work.blocks[int(piece)]
        if block.kind not in draw:
            parts.append(block)
            continue
        try:
            parts.append(draw[block.kind](block))
        except ContentError as bad:
            work.mistakes += bad.mistakes
    return tuple(part for part in parts if part)


def _icon(match: re.Match[str]) -> str:
    return f'<svg class="i" aria-hidden="true"><use href="#{match[1]}"/></svg>'


def _fence(source: str, language: str, *_: Any, **__: Any) -> str:
    lines = escape(source).split("\n")
    if language == "console":
        lines = [f"<b>$</b>{line[1:]}" if line.startswith("$ ") else line for line in lines]
    return '<pre class="code" tabindex="0">' + "\n".join(lines) + "</pre>"


def _convert(text: str, shape: Shape) -> str:
    md = Markdown(
        extensions=["admonition", "footnotes", "sane_lists", "tables", "pymdownx.betterem", "pymdownx.superfences"],
        extension_configs={
            "footnotes": {"BACKLINK_TEXT": "Back", "BACKLINK_TITLE": "", "USE_DEFINITION_ORDER": False},
            "tables": {"use_align_attribute": True},
            "pymdownx.superfences": {"custom_fences": [{"name": "*", "class": "code", "format": _fence}]},
        },
    )
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.deregister("html")
    md.treeprocessors.register(shape, "shape", -10)  # after every other one
    return md.convert(text)


TAGS = {
    *("a", "b", "blockquote", "br", "code", "dd", "del", "dfn", "div", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "li", "ol", "p", "pre", "section", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead"),
    *("tr", "ul"),
}
CLEAN = nh3.Cleaner(
    tags=TAGS,
    attributes={
        "*": set(),
        "a": {"href", "aria-label"},
        "div": {"tabindex", "role", "aria-label", "id"},
        "h2": {"id"},
        "li": {"id"},
        "ol": {"start"},
        "pre": {"tabindex"},
        "section": {"aria-label"},
        "sup": {"id"},
        "th": {"scope"},
    },
    allowed_classes={
        "a": {"term"},
        "div": {"scroll", "side"},
        "ol": {"dot"},
        "pre": {"code"},
        "section": {"law", "box", "notes-end", *BOXES},
        "span": {"no"},
        "td": {"n"},
        "th": {"n"},
        "ul": {"dot"},
    },
    url_schemes=SCHEMES,
    link_rel="noopener",
)
INLINE_CLEAN = nh3.Cleaner(
    tags={"a", "code", "em", "p", "strong"},
    attributes={"*": set(), "a": {"href"}},
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel="noopener",
)


def _inline_converter() -> Markdown:
    md = Markdown(extensions=["pymdownx.betterem"])
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.deregister("html")
    for name in ("empty", "indent", "code", "hashheader", "setextheader", "hr", "olist", "ulist", "quote", "reference"):
        md.parser.blockprocessors.deregister(name)
    return md


_INLINE = _inline_converter()
_inline_lock = threading.Lock()
