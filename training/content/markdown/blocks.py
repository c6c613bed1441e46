"""The text before conversion: its limits, our own marks in it, and what can only be seen line by line."""

import html
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field

from training.content import jurisdictions
from training.content.markdown.mathematics import FORMULA, BadFormula, mathml
from training.content.source import Mistake

LIMIT = 200_000  # bytes of a text
PARAGRAPH = 20_000  # characters between two blank lines
BRACKETS = 400  # [ in one paragraph: Python-Markdown's time grows with their square
ALL_BRACKETS = 4_000  # [ in the whole text
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
    mistakes: list[Mistake] = field(default_factory=list)
    nonce: str = field(default_factory=lambda: "zq" + secrets.token_hex(8))

    def wrong(self, index: int, message: str) -> None:
        """Report at a line, counted from 0."""
        self.mistakes.append(Mistake(self.file, self.first_line + index, message))

    def wrong_at(self, wanted: str, message: str) -> None:
        """Report at the first line that holds the text: after conversion lines are not known any more."""
        found = (index for index, line in enumerate(self.lines) if wanted and wanted in line)
        self.wrong(next(found, 0), message)

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
    if text.count("[") > ALL_BRACKETS:
        work.wrong(0, f"more than {ALL_BRACKETS} times '['; divide the text")
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


def take_blocks(work: Text, own: Collection[str]) -> str:
    """Replace our own blocks by tokens, and look for what can only be seen line by line."""
    out: list[str] = []
    index = 0
    notes: tuple[dict[str, int], dict[str, int]] = ({}, {})
    while index < len(work.lines):
        line = work.lines[index]
        if fence := FENCE.match(line):
            end = _end_of_fence(work, index, fence)
            _take_fence(work, (index, end), fence, own, out)
            index = end + 1
            continue
        block, used = _one_line_block(work, index, own)
        if block:
            out += work.put(block)
        else:
            _look(work, index, notes)
            out.append(HIDDEN.sub("", _take_formulas(work, index)))
        index += used
    for label in notes[0].keys() - notes[1].keys():
        work.wrong(notes[0][label], f"note [^{label}] is not explained anywhere; write [^{label}]: and its text")
    for label in notes[1].keys() - notes[0].keys():
        work.wrong(notes[1][label], f"note [^{label}] is not used anywhere")
    return "\n".join(out)


def _take_formulas(work: Text, index: int) -> str:
    """The line with its formulas drawn and put aside: marks of Markdown inside them mean nothing."""

    def aside(match: re.Match[str]) -> str:
        if match["tex"] is None:
            return match[0]
        try:
            work.formulas.append((match["tex"], mathml(match["tex"])))
        except BadFormula as bad:
            work.wrong(index, f"formula: {bad}")
            return ""
        return f"{work.nonce}m{len(work.formulas) - 1}z"

    return FORMULA.sub(aside, work.lines[index])


def _end_of_fence(work: Text, start: int, fence: re.Match[str]) -> int:
    close = re.compile(rf"^[ \t]*{re.escape(fence[2][0])}{{{len(fence[2])},}}[ \t]*$")
    for index in range(start + 1, len(work.lines)):
        if close.match(work.lines[index]):
            return index
    work.wrong(start, f"a block that begins with {fence[2][:3]} and never ends")
    return len(work.lines) - 1


def _take_fence(work: Text, at: tuple[int, int], fence: re.Match[str], own: Collection[str], out: list[str]) -> None:
    start, end = at
    body = work.lines[start + 1 : end]
    if fence[3] in own and not fence[1]:
        out += work.put(Block(fence[3], work.first_line + start + 1, "\n".join(body)))
        return
    if fence[3] in own:
        work.wrong(start, f"a block of kind {fence[3]} stands at the start of a line, not inside another block")
    for offset, line in enumerate(body, start + 1):
        if HIDDEN.search(line):
            work.wrong(offset, "a control or direction character that can't be seen; remove it")
    # The info word alone goes on: what else stands there would be read as options.
    out.append(f"{fence[1]}{fence[2]}{fence[3]}")
    out += [HIDDEN.sub("", line) for line in work.lines[start + 1 : end + 1]]


def _one_line_block(work: Text, index: int, own: Collection[str]) -> tuple[Block | None, int]:
    line = work.lines[index]
    if "figure" in own and (figure := FIGURE.match(line)):
        alternative, address, caption = figure.groups()
        if not alternative.strip():
            work.wrong(index, "a figure without alternative text; say between ![ and ] what can be seen")
        if not (caption or "").strip():
            work.wrong(index, 'a figure without caption; write ![…](media/name.svg "Caption")')
        return Block("figure", work.first_line + index, caption or "", (address, alternative)), 1
    if (way := WAY.match(line)) and way[1] in own:
        rest = [way[4]]
        while index + len(rest) < len(work.lines) and work.lines[index + len(rest)].strip():
            rest.append(work.lines[index + len(rest)])
        block = Block(way[1], work.first_line + index, " ".join(rest).strip(), (way[2], way[3] or ""))
        return block, len(rest)
    return None, 1


def _look(work: Text, index: int, notes: tuple[dict[str, int], dict[str, int]]) -> None:
    line = work.lines[index]
    if HIDDEN.search(line):
        work.wrong(index, "a control or direction character that can't be seen; remove it")
    _look_at_marks(work, index)
    text = CODE_SPAN.sub("", line)
    if RAW_HTML.search(text) and not line.startswith("    "):
        work.wrong(index, "HTML is shown as text; use Markdown, and put code between back-ticks")
    if defined := re.match(r"^\[\^([^\]]+)\]:", text):
        if notes[1].setdefault(defined[1], index) != index:
            work.wrong(index, f"note [^{defined[1]}] is explained a second time; give each note a name of its own")
        text = text[defined.end() :]
    for label in re.findall(r"\[\^([^\]]+)\](?!:)", text):
        notes[0].setdefault(label, index)


def _look_at_marks(work: Text, index: int) -> None:
    """Headings and boxes: their kinds, titles and texts."""
    line = work.lines[index]
    if heading := HEADING.match(line):
        work.mark("heading", index, heading[1])
    if box := BOX.match(line):
        work.mark("box", index, box[2])
        kinds = ", ".join((*BOXES, *ASIDES))
        if box[2] not in BOXES and box[2] not in ASIDES:
            work.wrong(index, f"a box of unknown kind '{box[2]}'; known are {kinds}")
        elif box[2] not in {"side", "note", "caution"} and not (box[3] or "").strip():
            work.wrong(index, f'a box of kind {box[2]} needs a title: !!! {box[2]} "Title"')
        elif box[2] == "law" and not jurisdictions.split(box[3])[0]:
            message = "a law box begins with its jurisdiction: a country or a body, a colon, the title: "
            work.wrong(index, message + '!!! law "International: title"')
        following = work.lines[index + 1] if index + 1 < len(work.lines) else ""
        if not following.startswith(box[1] + "    "):
            work.wrong(index, "a box without text; indent its text by four spaces")
