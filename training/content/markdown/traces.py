"""Traces: tokens that go through conversion with the text, and tell afterwards on which line a thing was written.

They stand where the converter takes them for text: in the address of a link, at the beginning of a heading or of a
cell. One that is still a text of the page afterwards, and no code, shows a mark that the converter didn't
understand: readers would see its source. Such a trace carries what is then said of it.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache

from pygments.lexers import get_all_lexers

from training.content.markdown.blocks import BOX, CODE_SPAN, WAYS, Text

HEADING = re.compile(r"^[ \t]*(?:>[ \t]*|(?:[-*+]|\d+\.)[ \t]+)*#{1,6}[ \t]*")
ADDRESS = re.compile(r"(?<!\\)\]\([ \t]*<?")
DEFINITION = re.compile(r"^ {0,3}\[[^\[\]^][^\[\]]*\]:[ \t]*<?")
BARE = re.compile(r"<(?:ftp|https?)://[^<>]*(?=>)", re.IGNORECASE)
APART = re.compile(r"(?<!\\)\[[^\[\]^][^\[\]]*\](?=[ \t]+\((?:term:|\.\./|media/|#[\w-]|https?:|mailto:))")
NOTE = re.compile(r"\[(?=([\w-]{1,40})\^\])")
DOUBLE = re.compile(r"(?<!\\)\[\[(?=[ \t]*([\w-]{1,40})[ \t]*:)")
MARKS = re.compile(r"^([ \t]*)(!{2,})(?=[ \t]*[\w-])")
ROW = re.compile(r"^[ \t]*(?:>[ \t]*|(?:[-*+]|\d+\.)[ \t]+)*")
RULE = re.compile(r"^\|?[ ]*:?-+:?[ ]*(?:\|[ ]*:?-+:?[ ]*)*(?:\|[ ]*)?$")
PIPE = re.compile(r"\\.|(\|)")
ITEM = re.compile(r"^([ ]*)((?:[-*+]|\d+\.)[ \t]+)(\[[ xX]\](?=[ \t]))?")
STRUCK = re.compile(r"(?<![\\~])~~(?=[^\s~](?:[^~]*[^\s~])?~~(?!~))")
STEP = 4  # spaces by which a list inside a list is moved in
CLOSED = re.compile(r"(?<!\\)\|$")

OPEN = "a link that does not end; write [words](address), without a space in the address"
SPACE = "a space between the words and the address of a link; write [words](address)"
BLANK = "a table begins after a blank line, else it is shown as it is written"
NESTED = "a list inside a list is moved in by four spaces; as it is, this is one more point of the list around it"
TASK = "a list has no boxes to tick; [ ] and [x] are shown as they are written"
OUT = "~~words~~ is shown as it is written; nothing is struck out here, delete the words"
FORM = 'a box begins with three marks, its kind and its title in quotes: !!! note "Title"'


class Marker:
    """Puts traces into the lines of a text, one after the other. It knows in which table it is."""

    def __init__(self, work: Text) -> None:
        self.work = work
        self.columns = 0  # of the table that the line belongs to; 0 outside one
        self.bordered = False
        self.inside = False  # of a paragraph: no table begins there
        self.list = self.apart = False  # whether the text above belongs to a list, and a blank line is between

    def line(self, index: int, line: str) -> str:
        """The line at an index with its traces."""
        if box := BOX.match(line):
            line = f"{box[1]}!!! {box[2]}" + (f' "{box[3]}"' if box[3] is not None else "")
        work = self.work
        line = STRUCK.sub(lambda found: work.trace(index, OUT) + found[0], self._listed(index, line))
        told = self._cells(index, line)
        self.inside = bool(line.strip()) and not box and not HEADING.match(line)
        line = BARE.sub(lambda found: found[0] + work.trace(index), line)
        line = DEFINITION.sub(lambda found: found[0] + work.trace(index), line)
        line = ADDRESS.sub(lambda found: found[0] + work.trace(index, OPEN), line)
        line = APART.sub(lambda found: found[0] + work.trace(index, SPACE), line)
        line = NOTE.sub(lambda found: work.trace(index, _note(found[1])) + found[0], line)
        line = DOUBLE.sub(lambda found: work.trace(index, _way(found[1])) + found[0], line)
        if not box:
            line = MARKS.sub(lambda found: found[1] + work.trace(index, FORM) + found[2], line)
        line = HEADING.sub(lambda found: f"{found[0]}{work.trace(index, kind='h')} ", line)
        start = ROW.match(line) if told else None
        at = start.end() if start else 0
        at += line[at : at + 1] == "|"
        return line[:at] + told + line[at:]

    def leave(self) -> None:
        """Something else than a line of text stands here: no table goes on after it."""
        self.columns, self.inside = 0, False

    def _listed(self, index: int, line: str) -> str:
        """A line with traces of a list in it that readers would see as something else."""
        item = ITEM.match(line)
        if item is None:
            self.list = self.list and (not line.strip() or line.startswith(" ") or not self.apart)
            self.apart = not line.strip()
            return line
        nested = self.list and len(item[1]) % STEP
        self.list, self.apart = True, False
        told = self.work.trace(index, NESTED) if nested else ""
        told += self.work.trace(index, TASK) if item[3] else ""
        at = item.end(2)
        return line[:at] + told + line[at:]

    def _cells(self, index: int, line: str) -> str:
        """A trace for a row that has other cells than the head of its table; '' where all is well."""
        if not line.strip():
            self.columns = 0
            return ""
        row = _bare(line)
        if self.columns:
            if RULE.match(row) and "|" in row:
                return ""
            cells = _count(row, bordered=self.bordered)
            said = f"cells in this row: {cells}, in the head of the table: {self.columns}; every row has as many"
            return self.work.trace(index, said) if cells != self.columns else ""
        below = _bare(self.work.lines[index + 1]) if index + 1 < len(self.work.lines) else ""
        if "|" not in row or "|" not in below or not RULE.match(below):
            return ""
        if self.inside:
            self.inside = False
            return self.work.trace(index, BLANK)
        self.bordered = row.startswith("|") or bool(CLOSED.search(row))
        self.columns = _count(row, bordered=self.bordered)
        under = _count(below, bordered=self.bordered)
        said = f"cells in the line under the head of a table: {under}, in the head: {self.columns}; it has as many"
        return self.work.trace(index + 1, said) if under != self.columns else ""


def _bare(line: str) -> str:
    """A row without what stands before it in a box, a list or a quotation."""
    return ROW.sub("", line.rstrip())


def _count(row: str, *, bordered: bool) -> int:
    """The cells of a row. A pipe in code or after a backslash divides nothing."""
    text = CODE_SPAN.sub("x", row)
    if bordered:
        text = CLOSED.sub("", text.removeprefix("|"))
    return sum(1 for found in PIPE.finditer(text) if found[1]) + 1


def _note(label: str) -> str:
    return f"[{label}^] is no note; write [^{label}]"


def _way(kind: str) -> str:
    if kind in WAYS:
        return f"[[{kind}:name]] stands at the beginning of a paragraph, without spaces, and a sentence follows it"
    known = ", ".join(f"[[{one}:name]]" for one in WAYS)
    return f"[[{kind}:…]] is none of {known}"


def unknown(word: str, own: Collection[str]) -> str:
    """What is wrong with the word after a fence: neither a block of ours nor a language; '' where nothing is."""
    if not word or word in own or word.lower() in _languages():
        return ""
    near = get_close_matches(word.lower(), [*own, *_languages()], 1, 0.75)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"a block of unknown kind '{word}': neither one of {', '.join(sorted(own))} nor a language of code{hint}"


@cache
def _languages() -> frozenset[str]:
    """The names by which Pygments knows languages; `console` is one."""
    return frozenset(alias for lexer in get_all_lexers(plugins=False) for alias in lexer[1])


def sift(work: Text, root: ET.Element) -> dict[ET.Element, int]:
    """Take the traces out of a converted tree: the lines, from 0, of headings, links and pictures.

    Reports what was not understood, see above.
    """
    lines: dict[ET.Element, int] = {}
    code = {inner for outer in root.iter() if outer.tag in {"code", "pre"} for inner in outer.iter()}
    for parent in root.iter():
        for name, value in parent.attrib.items():
            if found := work.traces_in(value):
                lines.setdefault(parent, found[0][0])
                parent.set(name, work.without_traces(value))
        parent.text = _text(work, parent, parent.text, lines, code)
        for child in parent:
            child.tail = _text(work, parent, child.tail, {}, code)
    return lines


def _text(
    work: Text, parent: ET.Element, text: str | None, lines: dict[ET.Element, int], code: Collection[ET.Element]
) -> str | None:
    found = work.traces_in(text) if text else []
    if not text or not found:
        return text
    lines.setdefault(parent, found[0][0])
    if parent not in code:
        for index, message in found:
            if message and (message != BLANK or parent.tag not in {"td", "th"}):
                work.wrong(index, message)
    return work.without_traces(text)
