"""Moodle XML from elsewhere: each question with its line, every mistake at once, and what can't be carried."""

import json
import math
from collections.abc import Iterator

from training.content.source import ContentError, Mistake
from training.courses.moving import asked, markup, safe_xml
from training.courses.moving.asked import Brought, Item, Loss
from training.courses.moving.foreign import Choice, Foreign
from training.courses.moving.safe_xml import Node
from training.sentence import phrase

FORMS = {"markdown": "markdown", "plain_text": "plain"}
DIGITS = 40
TRUTHS = {"true": True, "false": False}
MOST_ANSWERS = 60
LONGEST_COMMENT = 20_000


class Misfit(ValueError):
    """A mistake in an element, at its line."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.line, self.message = node.line, message


def read(data: bytes, file: str) -> Brought:
    """The questions of a Moodle XML file. Raises ContentError with every mistake, by line."""
    root = safe_xml.parse(data, file)
    if root.name != "quiz":
        raise ContentError([Mistake(file, root.line, f"the outermost element is <{root.name[:40]}>, not <quiz>")])
    if (size := _size(root)) > asked.LARGEST:
        fault = f"{size} characters of text in all; at most {asked.LARGEST} are read, divide the file"
        raise ContentError([Mistake(file, root.line, fault)])
    items: list[Item] = []
    losses: list[Loss] = []
    mistakes: list[Mistake] = []
    for number, (node, source) in enumerate(_questions(root), 1):
        if number > asked.MOST:
            mistakes.append(Mistake(file, node.line, f"more than {asked.MOST} questions; divide the file"))
            break
        try:
            item, lost = _question(node, source, number)
        except Misfit as bad:
            mistakes.append(Mistake(file, bad.line, bad.message))
            continue
        losses += lost
        items += [item] if item else []
    if mistakes:
        raise ContentError(mistakes)
    return Brought(tuple(items), tuple(losses))


def _size(node: Node) -> int:
    """Characters of all texts in it. Pictures and other files are none: they are not looked at."""
    own = len(node.text) if node.name == "text" else 0
    return own + sum(map(_size, node.children))


def _questions(root: Node) -> Iterator[tuple[Node, str]]:
    """Questions, each with the source that a comment before it names; categories are none."""
    source = ""
    for node in root.children:
        if node.name == "#":
            source = _source(node.text.strip()) or source
        elif node.name == "question":
            if node.attributes.get("type") != "category":
                yield node, source
            source = ""


def _source(comment: str) -> str:
    if not comment.startswith("source: ") or len(comment) > LONGEST_COMMENT:
        return ""
    try:
        source = json.loads(comment.removeprefix("source: "))
    except (ValueError, RecursionError):
        return ""
    return markup.plain(source) if isinstance(source, str) else ""


def _question(node: Node, source: str, number: int) -> tuple[Item | None, list[Loss]]:
    name = markup.plain(node.first("name").first("text").text)[:80]
    texts = _Texts()
    tags = [one.first("text").text for one in node.first("tags").all("tag")]
    stem, general = texts(node.first("questiontext")), texts(node.first("generalfeedback"))
    known = asked.with_tags(tags, source)
    question = Foreign(name or f"question {number}", stem, general, node.line, known)
    kind = node.attributes.get("type", "")
    if len(node.children) > MOST_ANSWERS + 40:
        raise Misfit(node, f"more than {MOST_ANSWERS} answers in one question")
    if kind not in KINDS:
        question.lose(phrase("the question: there is no type here for what is called %(kind)s", kind=kind[:40] or "-"))
        return None, question.losses
    item = KINDS[kind](question, node, texts)
    if node.all("hint"):
        question.lose(phrase("its hints"))
    question.lose_kinds(texts.lost)
    return item, question.losses


class _Texts:
    """Turns texts of one question into ours, and notes what they lose."""

    def __init__(self) -> None:
        self.lost: set[str] = set()

    def __call__(self, node: Node, form: str = "") -> str:
        if any(one.name == "file" for one in node.children):
            self.lost.add("file")
        try:
            said = form or FORMS.get(node.attributes.get("format", ""), "html")
            text, lost = markup.markdown(node.first("text").text, said)
        except markup.TooLong:
            raise Misfit(node, f"a text of more than {markup.LONGEST} characters; no question needs that") from None
        self.lost.update(lost)
        return text


def _choices(question: Foreign, node: Node, texts: _Texts) -> Item | None:
    found = [Choice(texts(one), _worth(one), texts(one.first("feedback"))) for one in node.all("answer")]
    single = node.first("single").text.strip() not in {"false", "0"}
    return question.choices(found, single=single)


def _truth(question: Foreign, node: Node, texts: _Texts) -> Item:
    found = [(one.first("text").text.strip().lower(), _worth(one)) for one in node.all("answer")]
    right = [TRUTHS[text] for text, worth in found if text in TRUTHS and worth > 0]
    if len(right) != 1:
        raise Misfit(node, "one of the answers true and false has to be right")
    return question.truth(right[0], [texts(one.first("feedback")) for one in node.all("answer")])


def _short(question: Foreign, node: Node, texts: _Texts) -> Item | None:
    if node.first("usecase").text.strip() == "1":
        question.lose(phrase("that capital letters count: here they don't"))
    found = [
        Choice(markup.plain(one.first("text").text), _worth(one), texts(one.first("feedback")))
        for one in node.all("answer")
    ]
    return question.short(found)


def _numbers(question: Foreign, node: Node, texts: _Texts) -> Item:
    answers = [one for one in node.all("answer") if one.first("text").text.strip() != "*"]
    if not answers:
        raise Misfit(node, "a number is expected as an answer")
    if node.all("units") and node.first("units").children:
        question.lose(phrase("its units: write in the question which one is meant"))
    found = [
        (_figure(one, one.first("text").text), float(_figure(one, one.first("tolerance").text or "0")))
        for one in answers
    ]
    return question.number(found, [_worth(one) for one in answers], [texts(one.first("feedback")) for one in answers])


def _pairs(question: Foreign, node: Node, texts: _Texts) -> Item:
    found = []
    for one in node.all("subquestion"):
        form = "markdown" if one.attributes.get("format") == "markdown" else "plain"
        found.append((texts(one), texts(one.first("answer"), form)))
    if not any(left for left, _ in found):
        raise Misfit(node, "no pair has a left side")
    return question.matching(found)


def _order(question: Foreign, node: Node, texts: _Texts) -> Item:
    return question.order([texts(one) for one in node.all("answer")])


def _worth(node: Node) -> float:
    return float(_figure(node, node.attributes.get("fraction", "0")))


def _figure(node: Node, text: str) -> float | int:
    text = text.strip()
    if len(text) > DIGITS or not text.isascii() or "_" in text:
        raise Misfit(node, f"'{text[:DIGITS]}' is no number")
    try:
        value = int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise Misfit(node, f"'{text[:DIGITS]}' is no number") from None
    if not math.isfinite(value):
        raise Misfit(node, f"'{text[:DIGITS]}' is larger than any number that can be judged")
    return value


KINDS = {
    "multichoice": _choices,
    "truefalse": _truth,
    "shortanswer": _short,
    "numerical": _numbers,
    "match": _pairs,
    "matching": _pairs,
    "ordering": _order,
}
