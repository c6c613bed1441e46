"""From the text of an author to cleaned HTML, in a fixed order."""

import html
import re
import secrets
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from markdown import Markdown

from training.content.markdown.blocks import BOXES, HIDDEN, PARAGRAPH, Block, Mark, Text, escape, limits
from training.content.markdown.mathematics import FORMULA, BadFormula, mathml
from training.content.markdown.shape import SCHEMES, Link, Shape
from training.content.markdown.taking import take_blocks
from training.content.markdown.words import words
from training.content.source import ContentError, Mistake

BREAKS = re.compile(r"[ \t\r\n]+")  # spaces that hold words together are none
WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
NO_PROSE = re.compile(r'<(table|pre|math|figure)\b.*?</\1>|<span class="no">\d+</span>', re.DOTALL)
TAG = re.compile(r'<[a-zA-Z](?:"[^"]*"|[^">])*>')  # as nh3 writes them
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
    marks: tuple[Mark, ...] = ()
    links: tuple[tuple[str, int], ...] = ()  # address and line of each that the room could resolve

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
    language: str = "en",
) -> Rendered:
    """Convert a text that starts at `first_line` of a file. Never raises for what the author wrote: see `mistakes`.

    `blocks` draws our own marks by kind; kinds in `places` stay in `parts` for the room to draw with the page. Without
    either such a fence is shown as code. `link` resolves relative links and terms; without it there may be none.
    `language` is that of the text: labels that the program adds to it are in it too.
    """
    draw = {"math": _math(file), **(blocks or {})}
    work = Text(file, first_line, text.replace("\r\n", "\n").expandtabs(4).split("\n"))
    limits(work, text)
    if work.mistakes:
        return Rendered(mistakes=tuple(work.mistakes))
    marked = take_blocks(work, draw.keys() | set(places))
    shape = Shape(work, link, words(language))
    try:
        cleaned = CLEAN.clean(_convert(marked, shape))
    except RecursionError:
        work.wrong(0, "quotations, lists or marks are nested too deeply")
        return Rendered(mistakes=tuple(work.mistakes))
    cleaned = _put_small(work, work.without_traces(cleaned))
    titles = enumerate(SECTION.findall(cleaned), 1)
    headings = tuple(Heading(number, f"s{number}", _plain(title)) for number, title in titles)
    read_on = re.sub(rf"{work.nonce}b\d+z", " ", cleaned)  # a place for a block is no word
    length = len(WORD.findall(" ".join(prose(read_on))))
    parts = _put_blocks(work, cleaned, draw)
    return Rendered(
        parts,
        headings,
        length,
        tuple(sorted(shape.icons)),
        tuple(sorted(work.mistakes)),
        tuple(work.marks),
        tuple(shape.links),
    )


def inline(text: str) -> str:
    """A sentence with code, emphasis, links and formulas as safe HTML; anything else in it stays text."""
    nonce = "zq" + secrets.token_hex(8)
    formulas: list[tuple[str, str]] = []

    def aside(match: re.Match[str]) -> str:
        if match["tex"] is None:
            return match[0]
        formulas.append((match["tex"], _formula_or_text(match["tex"])))
        return f"{nonce}m{len(formulas) - 1}z"

    plain = FORMULA.sub(aside, HIDDEN.sub("", BREAKS.sub(" ", text).strip(" "))[:PARAGRAPH])
    with _inline_lock:
        converted = _INLINE.reset().convert(plain)
    cleaned = INLINE_CLEAN.clean(converted).removeprefix("<p>").removesuffix("</p>")
    return _put_formulas(cleaned, nonce, formulas)


def _formula_or_text(tex: str) -> str:
    try:
        return mathml(tex)
    except BadFormula:
        return f"<code>{escape(tex)}</code>"


def prose(markup: str) -> list[str]:
    """The texts of cleaned HTML that a reader reads on: paragraphs, points of lists, headings; no tables and code."""
    blocks = re.split(r"</?(?:p|li|ul|ol|h[2-6]|div|section|blockquote|dd|dt)\b[^>]*>", NO_PROSE.sub(" ", markup))
    return [text for block in blocks if (text := _plain(block.replace("<", " <")))]


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def _put_blocks(work: Text, cleaned: str, draw: Mapping[str, Draw]) -> tuple[str | Block, ...]:
    parts: list[str | Block] = []
    pieces = re.split(rf"(?:<p>)?{work.nonce}b(\d+)z(?:</p>)?", cleaned)
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


def _put_small(work: Text, cleaned: str) -> str:
    """Icons and formulas for their tokens. In an attribute, such as the label of a table, a formula is its TeX."""
    with_icons = re.sub(rf"{work.nonce}i([\w-]+?)z", _icon, cleaned)
    return _put_formulas(with_icons, work.nonce, work.formulas)


def _put_formulas(cleaned: str, nonce: str, formulas: Sequence[tuple[str, str]]) -> str:
    if not formulas:  # as in most sentences: a pattern with a nonce is compiled anew each time
        return cleaned
    token = re.compile(rf"{nonce}m(\d+)z")
    in_tags = TAG.sub(lambda tag: token.sub(lambda found: escape(formulas[int(found[1])][0]), tag[0]), cleaned)
    return token.sub(lambda found: formulas[int(found[1])][1], in_tags)


def _math(file: str) -> Draw:
    def draw(block: Block) -> str:
        try:
            drawn = mathml(" ".join(block.text.split()), "block")
        except BadFormula as bad:
            raise ContentError([Mistake(file, block.line, f"formula: {bad}")]) from None
        return f'<div class="scroll" tabindex="0" role="math" aria-label="{escape(block.text.strip())}">{drawn}</div>'

    return draw


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
            "footnotes": {"BACKLINK_TEXT": shape.words.back, "BACKLINK_TITLE": "", "USE_DEFINITION_ORDER": False},
            "tables": {"use_align_attribute": True},
            "pymdownx.superfences": {"custom_fences": [{"name": "*", "class": "code", "format": _fence}]},
        },
    )
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.deregister("html")
    md.parser.blockprocessors.deregister("setextheader")  # a section begins with ##, and with nothing else
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
        "span": {"no", "whose"},
        "td": {"n", "mid"},
        "th": {"n", "mid"},
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
