"""GIFT from elsewhere: each question with its line, every mistake at once, and what can't be carried.

The grammar is that of Moodle's documentation, "GIFT format". Escaped signs become characters that no text can hold
(lone surrogates) before anything is looked for, and texts again at the end: each step goes over the text once.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from training.content.source import ContentError, Mistake
from training.courses.moving import asked, markup
from training.courses.moving.asked import Brought, Item, Loss
from training.courses.moving.foreign import Choice, Foreign
from training.sentence import phrase

ESCAPED = re.compile(r"\\([\\:#={}~n])")
ASIDE = {sign: chr(0xDC80 + n) for n, sign in enumerate("\\:#={}~n")}
BACK = {ord(aside): "\n" if sign == "n" else sign for sign, aside in ASIDE.items()}
FORM = re.compile(r"\s*\[(html|markdown|plain|moodle)\]")
TAG = re.compile(r"\[(id|tag):([^\]]{1,200})\]")
WEIGHT = re.compile(r"\s*%(-?[0-9]{1,3}(?:\.[0-9]{1,7})?)%")
NUMBER = re.compile(r"[-+]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?")
ORDER = re.compile(
    r"\s*>\s*[0-9]{1,3}\s*(?:ALL|EXACT|RANDOM|REL|CONTIGUOUS|CONTIG)?\s*(?:HORIZONTAL|HORI|H|1|VERTICAL|VERT|V|0)?\s*"
    r"(?:ALL_OR_NOTHING|ABSOLUTE_POSITION|ABSOLUTE|ABS|RELATIVE[A-Z_]*|LONGEST[A-Z_]*)?\s*"
    r"(?:SHOW|TRUE|YES|1|HIDE|FALSE|NO|0)?\s*(?:none|123|abc|ABCD|iii|IIII)?[ \t]*\n"
)
MOST_ANSWERS = 60
TRUTHS = {"T": True, "TRUE": True, "F": False, "FALSE": False}


class Misfit(ValueError):
    """A mistake at a place of a question: how many characters into it, and what is wrong."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at, self.message = at, message


@dataclass(slots=True)
class _Block:
    """The lines of one question, the line on which it begins, and what comments before it say."""

    line: int
    lines: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    source: str = ""


def read(text: str, file: str) -> Brought:
    """The questions of a GIFT file. Raises ContentError with every mistake, by line."""
    if len(text.encode("utf-8", "replace")) > asked.LARGEST:
        raise ContentError([Mistake(file, 1, f"more than {asked.LARGEST} bytes; divide the file")])
    items: list[Item] = []
    losses: list[Loss] = []
    mistakes: list[Mistake] = []
    for number, block in enumerate(_blocks(text), 1):
        if number > asked.MOST:
            mistakes.append(Mistake(file, block.line, f"more than {asked.MOST} questions; divide the file"))
            break
        try:
            item, lost = _question(block, number)
        except Misfit as bad:
            line = block.line + "\n".join(block.lines).count("\n", 0, bad.at)
            mistakes.append(Mistake(file, line, bad.message))
            continue
        losses += lost
        items += [item] if item else []
    if mistakes:
        raise ContentError(mistakes)
    return Brought(tuple(items), tuple(losses))


def _blocks(text: str) -> Iterator[_Block]:
    """Questions are divided by blank lines; comments and categories are no part of them."""
    block = _Block(1)
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        bare = line.strip()
        if bare.startswith("//"):
            _note(block, bare)
            line = ""  # noqa: PLW2901 - a comment within a question is an empty line that does not end it
            if not block.lines:
                continue
        elif bare.startswith("$CATEGORY:") and not block.lines:
            continue
        elif not bare:
            if block.lines:
                yield block
                block = _Block(number)
            continue
        if not block.lines:
            block.line = number
        block.lines.append(line)
    if block.lines:
        yield block


def _note(block: _Block, comment: str) -> None:
    block.tags += [value for name, value in TAG.findall(comment[:2_000]) if name == "tag"]
    _, sign, source = comment[:2_000].partition("// source: ")
    block.source = source if sign else block.source


def _question(block: _Block, number: int) -> tuple[Item | None, list[Loss]]:
    whole = ESCAPED.sub(lambda sign: ASIDE[sign[1]] + "\udcff", _safe("\n".join(block.lines)))
    # Each sign and its backslash stay two characters, so that places in the text go on being those in the file.
    name, at = _name(whole, number)
    opened = whole.find("{", at)
    if opened < 0:
        return None, [Loss(name, phrase("the text: it has no answers and is a description"), block.line)]
    if (closed := whole.find("}", opened)) < 0:
        raise Misfit(opened, "the answers begin with { and nothing ends them; write } after the last one")
    if "{" in whole[closed:] or "{" in whole[opened + 1 : closed]:
        raise Misfit(
            opened, "a second { stands in this question; write \\{ in a text, and end questions by blank lines"
        )
    form, start = _form(whole, at, "html")
    gap = whole[closed + 1 :]
    stem = whole[start:opened] + (f" _____ {gap}" if gap.strip() else "")
    answers, _, general = whole[opened + 1 : closed].partition("####")
    known = asked.with_tags(block.tags, block.source)
    lost: set[str] = set()
    texts = _Texts(form, lost)
    question = Foreign(name, texts(stem, 0), texts(general, opened + 1 + len(answers)), block.line, known)
    item = _answers(question, answers, opened + 1, texts)
    question.lose_kinds(lost)
    return item, question.losses


@dataclass(frozen=True, slots=True)
class _Texts:
    """Turns texts of one question into ours: each in the form that stands before it, or that of the question."""

    form: str
    lost: set[str]

    def __call__(self, text: str, at: int) -> str:
        form, start = _form(text, 0, self.form)
        return self._made(text[start:], form, at)

    def side(self, text: str, at: int) -> str:
        """A right side of a pair: it has no form before it, and is shown as it is unless all is Markdown."""
        return self._made(text, "markdown" if self.form == "markdown" else "plain", at)

    def _made(self, text: str, form: str, at: int) -> str:
        try:
            made, lost = markup.markdown(_back(text), form)
        except markup.TooLong:
            raise Misfit(at, f"a text of more than {markup.LONGEST} characters; no question needs that") from None
        self.lost.update(lost)
        return made


def _answers(question: Foreign, answers: str, at: int, texts: _Texts) -> Item | None:
    bare = answers.strip()
    if not bare:
        question.lose(phrase("the question: it asks for an essay, which a lab's written work does here"))
        return None
    if answers.count("~") + answers.count("=") > MOST_ANSWERS:
        raise Misfit(at, f"more than {MOST_ANSWERS} answers in one question")
    truth, *said = bare.split("#", 2)
    if truth.strip().upper() in TRUTHS:
        return question.truth(TRUTHS[truth.strip().upper()], [one.strip() for one in said])
    if bare.startswith("#"):
        return _numbers(question, answers, at + answers.index("#") + 1, texts)
    if (lines := ORDER.match(answers)) is not None:
        return question.order([texts(one, at) for one in answers[lines.end() :].split("\n") if one.strip()])
    kind = _options if "~" in answers else _pairs if "->" in answers else _words
    return kind(question, answers, at, texts)


def _numbers(question: Foreign, answers: str, at: int, texts: _Texts) -> Item:
    text = answers[answers.index("#") + 1 :]
    found = list(_split(text, "=~", at)) if any(sign in text for sign in "=~") else [("=", text, at)]
    numbers, worth, said = [], [], []
    for sign, one, place in found:
        weight, start = _weight(one, 100.0 if sign == "=" else 0.0)
        value, _, comment = one[start:].partition("#")
        said.append(texts(comment, place))
        if sign == "=":
            numbers.append(_number(value.strip(), place))
            worth.append(weight)
    if not numbers:
        raise Misfit(at, "a number is expected after {#, such as {#42} or {#3.14:0.01}")
    return question.number(numbers, worth, said)


def _number(text: str, at: int) -> tuple[float | int, float]:
    """Value and tolerance of `value`, `value:tolerance` or `low..high`."""
    low, dots, high = text.partition("..")
    value, colon, tolerance = text.partition(":")
    parts = [low, high] if dots else [value, tolerance] if colon else [value]
    if not all(NUMBER.fullmatch(one.strip()) for one in parts):
        raise Misfit(at, f"'{_back(text)[:40]}' is no number; write {{#42}}, {{#3.14:0.01}} or {{#3..5}}")
    figures = [_figure(one.strip()) for one in parts]
    if not all(math.isfinite(one) for one in figures):
        raise Misfit(at, f"'{_back(text)[:40]}' is larger than any number that can be judged")
    if dots:
        middle = (figures[0] + figures[1]) / 2
        return (int(middle) if middle.is_integer() else middle), abs(figures[1] - figures[0]) / 2
    return figures[0], abs(float(figures[1])) if colon else 0.0


def _figure(text: str) -> float | int:
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _options(question: Foreign, answers: str, at: int, texts: _Texts) -> Item | None:
    found, single = [], "=" in answers
    for sign, one, place in _split(answers, "=~", at):
        weight, start = _weight(one, 100.0 if sign == "=" else 0.0)
        text, _, said = one[start:].partition("#")
        found.append(Choice(texts(text, place), weight, texts(said, place)))
    return question.choices(found, single=single)


def _words(question: Foreign, answers: str, at: int, texts: _Texts) -> Item | None:
    found = []
    for _, one, place in _split(answers, "=", at):
        weight, start = _weight(one, 100.0)
        text, _, said = one[start:].partition("#")
        found.append(Choice(markup.plain(_back(text)), weight, texts(said, place)))
    return question.short(found)


def _pairs(question: Foreign, answers: str, at: int, texts: _Texts) -> Item:
    found = []
    for _, one, place in _split(answers, "=", at):
        left, arrow, right = one.partition("->")
        if not arrow:
            raise Misfit(place, "an answer without -> among pairs; write = left -> right")
        found.append((texts(left, place), texts.side(right, place)))
    return question.matching(found)


def _split(text: str, signs: str, at: int) -> Iterator[tuple[str, str, int]]:
    """Answers with the sign before each, and where they begin."""
    pieces = re.split(f"([{signs}])", text)
    if pieces[0].strip():
        raise Misfit(at, f"an answer begins with = or ~, not with '{_back(pieces[0].strip())[:40]}'")
    place = at + len(pieces[0])
    for sign, one in zip(pieces[1::2], pieces[2::2], strict=True):
        yield sign, one, place
        place += 1 + len(one)


def _weight(text: str, otherwise: float) -> tuple[float, int]:
    found = WEIGHT.match(text)
    return (float(found[1]), found.end()) if found else (otherwise, 0)


def _name(text: str, number: int) -> tuple[str, int]:
    """What a question is called, and where its text begins."""
    begin = len(text) - len(text.lstrip())
    if text.startswith("::", begin) and (end := text.find("::", begin + 2)) >= 0:
        return markup.plain(_back(text[begin + 2 : end]))[:80] or f"question {number}", end + 2
    return f"question {number}", begin


def _form(text: str, at: int, otherwise: str) -> tuple[str, int]:
    found = FORM.match(text, at)
    return ("html" if found[1] == "moodle" else found[1], found.end()) if found else (otherwise, at)


def _safe(text: str) -> str:
    """Without the characters that stand for signs here; a text that was read from UTF-8 has none."""
    return re.sub("[\ud800-\udfff]", "", text)


def _back(text: str) -> str:
    return text.replace("\udcff", "").translate(BACK)
