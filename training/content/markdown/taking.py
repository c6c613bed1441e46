"""The text before conversion, line by line: our own marks are put aside, and what can be seen only here is reported."""

import re
from collections.abc import Collection

from training.content import jurisdictions
from training.content.markdown.blocks import (
    ASIDES,
    BOX,
    BOXES,
    CODE_SPAN,
    FENCE,
    FIGURE,
    HEADING,
    HIDDEN,
    RAW_HTML,
    WAY,
    WAYS,
    Block,
    Text,
)
from training.content.markdown.mathematics import FORMULA, BadFormula, mathml
from training.content.markdown.traces import Marker, unknown

LINES = frozenset({"figure", *WAYS})
"""Kinds of our own that are a line and no fence."""


def take_blocks(work: Text, own: Collection[str]) -> str:
    """Replace our own blocks by tokens, leave traces, and look for what can only be seen line by line."""
    marker, fences = Marker(work), frozenset(own) - LINES
    out: list[str] = []
    index = 0
    notes: tuple[dict[str, int], dict[str, int]] = ({}, {})
    while index < len(work.lines):
        line = work.lines[index]
        if fence := FENCE.match(line):
            end = _end_of_fence(work, index, fence)
            _take_fence(work, (index, end), fence, fences, out)
            marker.leave()
            index = end + 1
            continue
        block, used = _one_line_block(work, index, own)
        if block:
            out += work.put(block)
            marker.leave()
        else:
            _look(work, index, notes)
            out.append(marker.line(index, HIDDEN.sub("", _take_formulas(work, index))))
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
    elif fault := unknown(fence[3], own):
        work.wrong(start, fault)
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
