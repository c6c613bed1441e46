"""Texts of questions from elsewhere as our Markdown within a line: code, emphasis and links, and nothing else.

Of HTML only what stands in the lists below becomes a mark, and all else is text. The Markdown that comes out goes
through the same cleaning as that of authors when it is shown.
"""

import re

from training.courses.moving.asked import inward
from training.courses.moving.hypertext import Tag, pieces

LONGEST = 10_000  # characters of one text; a course takes 1,000
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
OPENING = {"[", *MARKS.values()}
CODE = {"code", "tt", "kbd", "samp", "pre", "var"}
HARMLESS = {
    *("span", "font", "u", "small", "big", "center", "label", "abbr", "cite", "q", "html", "body", "head", "meta"),
    *("tbody", "thead", "tfoot", "col", "colgroup"),
}
"""Tags whose loss changes nothing that a reader would miss. Of any other one the author is told."""

BREAKS = {
    *("br", "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "td", "th", "table", "caption", "hr", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "figure", "figcaption"),
}
SIGNS = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|<(?=[a-zA-Z/!?])")
NAMED = re.compile(r"<([a-zA-Z][^\s/>]{0,20})")  # the name of a tag, as far as it is told
KEPT = MARKS.keys() | CODE | BREAKS | {"a"}
KNOWN = KEPT | HARMLESS
ADDRESS = re.compile(r"https://[^\s()<>\\]{1,500}")
SHOWN = re.compile(r"[^!-~]")
LONGEST_SHOWN = 60  # characters of an address that is named as lost
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


class TooLong(ValueError):
    """A text has more characters than any question needs."""


def markdown(text: str, form: str) -> tuple[str, frozenset[str]]:
    """A text in the form `markdown`, `plain` or `html` as our Markdown, and the kinds of things that it lost.

    Raises TooLong.
    """
    if len(text) > LONGEST:
        raise TooLong
    text = HIDDEN.sub("", text.replace("\r\n", "\n"))
    if form == "markdown":
        return inward(text.strip()), frozenset()
    if form == "plain":
        return inward(_plain(text)), frozenset()
    named, reading = {name.lower() for name in NAMED.findall(text)}, _Reading()
    return inward(reading.read(text)), frozenset((named - KNOWN) | reading.lost)


def plain(text: str) -> str:
    """A text that is typed or compared: without hidden characters, spaces made one."""
    return " ".join(HIDDEN.sub("", text).split())


def _plain(text: str) -> str:
    """A text in which nothing is a mark of Markdown."""
    return SIGNS.sub(lambda sign: {"&": "&amp;", "<": "&lt;"}.get(sign[0], f"\\{sign[0]}"), " ".join(text.split()))


class _Reading:
    """Takes what may stay of HTML: marks are closed in order, whatever order their tags have."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[tuple[str, str]] = []  # tag and the mark that closes it
        self.code: list[str] | None = None
        self.lost: set[str] = set()  # links, scripts in attributes, and what is dropped behind a tag without an end

    def read(self, text: str) -> str:
        """The Markdown."""
        said: list[str] = []  # a tag that is left out divides no text
        for piece in pieces(text):
            if not isinstance(piece, Tag):
                said.append(HIDDEN.sub("", piece))
                continue
            self.lost.update(f"{piece.name[:20]} {handler}" for handler in piece.handlers)
            if not piece.whole:
                self.lost.add(f"{piece.name[:20]} …")
            elif piece.name in KEPT:
                if said:
                    self._text("".join(said))
                    said = []
                if piece.end:
                    self._end(piece.name)
                else:
                    self._start(piece.name, piece.href)
        self._text("".join(said))
        self._close_code()
        while self.open:
            self._close()
        return " ".join("".join(self.parts).split())

    def _start(self, name: str, address: str) -> None:
        if name in CODE:
            self.code = [] if self.code is None else self.code
        elif name in BREAKS:
            self._text(" ")
        elif name in MARKS:
            if all(after != MARKS[name] for _, after in self.open):
                self._open(name, MARKS[name], MARKS[name])
        elif ADDRESS.fullmatch(address) and all(one != "a" for one, _ in self.open):
            self._open("a", "[", f"]({address})")
        elif address:
            self.lost.add(f'a href="{SHOWN.sub("", address)[:LONGEST_SHOWN]}"')

    def _end(self, name: str) -> None:
        if name in CODE:
            self._close_code()
        elif name in BREAKS:
            self._text(" ")
        elif any(one == name for one, _ in self.open):
            while self._close() != name:
                pass

    def _text(self, data: str) -> None:
        if self.code is not None:
            self.code.append(data)
        elif data := self._beside_mark(data):
            space = (" " if data[:1].isspace() else "", " " if data[-1:].isspace() else "")
            self.parts.append(f"{space[0]}{_plain(data)}{space[1]}" if data.strip() else " ")

    def _beside_mark(self, data: str) -> str:
        """Nothing is set off by a mark that has a space behind it: that goes before it."""
        if not self.open or self.parts[-1] not in OPENING:
            return data
        if data[:1].isspace():
            marks = next((n for n, part in enumerate(reversed(self.parts)) if part not in OPENING), len(self.parts))
            self.parts.insert(len(self.parts) - marks, " ")
        return data.lstrip()

    def _close_code(self) -> None:
        text = " ".join("".join(self.code or []).split())
        self.code = None
        if text:
            longest = max((len(run) for run in re.findall("`+", text)), default=0)
            fence = "`" * (longest + 1)
            self.parts.append(f"{fence} {text} {fence}" if longest else f"`{text}`")

    def _open(self, tag: str, before: str, after: str) -> None:
        self.parts.append(before)
        self.open.append((tag, after))

    def _close(self) -> str:
        """Close the innermost mark: before the space at its end, and not at all where nothing stands in it."""
        tag, after = self.open.pop()
        before = "[" if tag == "a" else after
        if self.parts and self.parts[-1] == before:
            self.parts.pop()
        else:
            last = self.parts.pop()
            self.parts += [last.rstrip(), after, " " if last[-1:].isspace() else ""]
        return tag
