"""The text on its way to a page: our own marks in it, its limits, and where to report mistakes."""

import html
import re
import secrets
from dataclasses import dataclass, field
from itertools import groupby

from training.content.source import Mistake

LIMIT = 200_000  # bytes of a text
PARAGRAPH = 20_000  # characters between two blank lines
BRACKETS = 400  # [ in one paragraph: Python-Markdown's time grows with their square
ALL_BRACKETS = 4_000  # [ in the whole text
LINES = 5_000  # blocks are taken from the front of a list, and mistakes are looked up by line: a square again
TOGETHER = 1_000  # lines between two blank ones: what is left of them is read again after each
NOTES = 1_000  # [^ in the whole text: each looks at those of the same name before it
CELLS = 20_000  # of all tables: short rows are filled up to the columns of the first
MARKS = 2_000  # of each other mark in one paragraph
DEPTH = 12  # nested quotations or lists
DEEP = re.compile(rf"^(?: {{{4 * DEPTH + 1}}}|\s*(?:(?:>|[-*+]|\d+\.)\s*){{{DEPTH}}})")

BOXES = {"law": "scale", "case": "book", "court": "seal", "caution": "hand", "note": "pen"}  # kind: icon
ASIDES = ("side", "term")
FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([\w.-]*)[^`]*$")
FIGURE = re.compile(r'^!\[([^\]]*)\]\(([^\s()]+)(?:[ \t]+"(.*)")?\)[ \t]*$')
WAYS = ("lab", "exercise", "local")
WAY = re.compile(rf"^\[\[({'|'.join(WAYS)}):([^\]#]*)(?:#([^\]]*))?\]\][ \t]*(.*)$")
BOX = re.compile(r'^([ \t]*)!!![ \t]*([\w-]*)[ \t]*(?:"(.*)")?[ \t]*$')
HEADING = re.compile(r"^(#{1,6})[^#]")
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
RAW_HTML = re.compile(
    r"</?(?:script|style|iframe|object|embed|svg|math|form|input|button|div|span|p|br|hr|a|img|table|tr|td|th|ul|ol|li|b|i"
    r"|u|em|strong|sup|sub|h[1-6]|details|summary|video|audio|link|meta|base)\b[^>]*>|<!--",
    re.IGNORECASE,
)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Block:
    """One of our own marks: its kind, the line of its text, its text.

    The kind is the info word of a fence, `figure`, or one of `WAYS`. `arguments` are address and alternative text of a
    figure (its text is the caption), name and question of a lab or an exercise, key of a local note.
    """

    kind: str
    line: int
    text: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What gives a text its structure, in order: a heading, a box, one of our own blocks.

    `kind` is `heading`, `box`, or the kind of the block; `name` the heading's level, the kind of the box, else ''.
    """

    kind: str
    line: int
    name: str = ""
    block: Block | None = None


@dataclass(slots=True)
class Text:
    """The text of one rendering on its way, and where to report mistakes."""

    file: str
    first_line: int
    lines: list[str]
    blocks: list[Block] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    formulas: list[tuple[str, str]] = field(default_factory=list)  # TeX and MathML
    traces: list[tuple[int, str]] = field(default_factory=list)  # line from 0, and what is said where it stays a text
    mistakes: list[Mistake] = field(default_factory=list)
    nonce: str = field(default_factory=lambda: "zq" + secrets.token_hex(8))

    def wrong(self, index: int, message: str) -> None:
        """Report at a line, counted from 0."""
        self.mistakes.append(Mistake(self.file, self.first_line + index, message))

    def trace(self, index: int, message: str = "", kind: str = "t") -> str:
        """A token for a line, counted from 0. The message is for one that conversion leaves in a text; see `traces`.

        One of kind `h` is followed by a space that goes with it.
        """
        self.traces.append((index, message))
        return f"{self.nonce}{kind}{len(self.traces) - 1}z"

    def traces_in(self, text: str) -> list[tuple[int, str]]:
        """The lines and messages of the traces in a text."""
        return [self.traces[int(number)] for number in re.findall(rf"{self.nonce}[th](\d+)z", text)]

    def without_traces(self, text: str) -> str:
        """The text as it was written."""
        return re.sub(rf"{self.nonce}(?:t\d+z|h\d+z ?)", "", text)

    def put(self, block: Block) -> list[str]:
        """Put a block aside; gives the lines that stand for it."""
        self.blocks.append(block)
        self.marks.append(Mark(block.kind, block.line, block=block))
        return ["", self.token(len(self.blocks) - 1), ""]

    def mark(self, kind: str, index: int, name: str) -> None:
        """Note a heading or a box at a line, counted from 0."""
        self.marks.append(Mark(kind, self.first_line + index, name))

    def token(self, number: int) -> str:
        """What stands for a block until the page is clean: nobody can guess it."""
        return f"{self.nonce}b{number}z"


def escape(text: str) -> str:
    """Text as HTML text or attribute value."""
    return html.escape(text, quote=True)


def limits(work: Text, text: str) -> None:
    """Report what would take too long to convert."""
    size = len(text.encode())
    if size > LIMIT:
        work.wrong(0, f"{size} bytes; at most {LIMIT} are read")
        return
    _whole(work, text)
    start, length, counts = 0, 0, dict.fromkeys("[*_`<&!~^", 0)
    for index, line in enumerate([*work.lines, ""]):
        if line.strip():
            length += len(line) + 1
            for mark in counts:
                counts[mark] += line.count(mark)
            if DEEP.match(line):
                work.wrong(index, f"nested more than {DEPTH} deep")
            continue
        worst = max((count - (BRACKETS if mark == "[" else MARKS), mark) for mark, count in counts.items())
        if length > PARAGRAPH:
            work.wrong(start, f"a paragraph of {length} characters; at most {PARAGRAPH}, divide it with a blank line")
        elif worst[0] > 0:
            work.wrong(start, f"a paragraph with {counts[worst[1]]} times '{worst[1]}'; divide it with a blank line")
        start, length, counts = index + 1, 0, dict.fromkeys(counts, 0)


def _whole(work: Text, text: str) -> None:
    """Report what there is too much of in the text as a whole."""
    for mark, most in {"[": ALL_BRACKETS, "[^": NOTES, "\n": LINES}.items():
        if text.count(mark) > most:
            what = "lines" if mark == "\n" else f"times '{mark}'"
            work.wrong(0, f"more than {most} {what}; divide the text")
    runs = (sum(1 for _ in run) for filled, run in groupby(work.lines, lambda line: bool(line.strip())) if filled)
    if max(runs, default=0) > TOGETHER:
        work.wrong(0, f"more than {TOGETHER} lines without a blank one; divide them")
    if _cells(work.lines) > CELLS:
        work.wrong(0, f"tables with more than {CELLS} cells in all; divide the text")


def _cells(lines: list[str]) -> int:
    """How many cells tables could have: for each paragraph its rows, all as wide as the widest."""
    total = rows = widest = 0
    for line in [*lines, ""]:
        if "|" in line or rows:
            rows, widest = rows + 1, max(widest, line.count("|"))
        if not line.strip():
            total, rows, widest = total + rows * widest, 0, 0
    return total
