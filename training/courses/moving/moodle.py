"""Moodle XML out: the format of question banks that Moodle itself exports and reads (Moodle docs, "Moodle XML format").

Only worths are written that Moodle takes as they are: 100 divided by 1 to 6, with five decimals.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from training.courses.manuscript.format import Judgement
from training.courses.moving import asked
from training.courses.moving.asked import Item, Loss, outward

TYPES = {
    "choice": "multichoice",
    "multiple": "multichoice",
    "order": "ordering",
    "matching": "match",
    "statement": "truefalse",
    "number": "numerical",
    "short": "shortanswer",
    "time": "shortanswer",
    "address": "shortanswer",
}
FULL, NONE = "100", "0"


def write(items: Sequence[Item]) -> tuple[bytes, list[Loss]]:
    """Questions as a Moodle XML file, and what it can't carry of them."""
    root = Element("quiz")
    folder = ""
    for item in items:
        if item.folder != folder:
            folder = item.folder
            category = SubElement(root, "question", type="category")
            _text(SubElement(category, "category"), f"$course$/{folder}")
        root.append(_source(item))
        root.append(_question(item))
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n", [loss for item in items for loss in asked.losses(item)]


def _source(item: Item) -> Any:  # a comment, which ElementTree gives a type of its own
    """Where the key comes from, in a comment: no field and no tag is long enough. Two dashes would end it."""
    said = json.dumps(item.source, ensure_ascii=False).replace("--", "-\\u002d")
    return ET.Comment(f" source: {said} ")


def _question(item: Item) -> Element:
    question = Element("question", type=TYPES[item.type])
    _text(SubElement(question, "name"), item.name)
    _marked(question, "questiontext", item.stem)
    _marked(question, "generalfeedback", item.explanation)
    for name, value in (("defaultgrade", "1"), ("penalty", NONE), ("hidden", NONE), ("idnumber", item.name)):
        SubElement(question, name).text = value
    BODIES[item.type](question, item)
    listed = SubElement(question, "tags")
    for one in asked.tags(item):
        _text(SubElement(listed, "tag"), one)
    return question


def _choice(question: Element, item: Item) -> None:
    right = asked.right(item)
    _options(question, item, {name: FULL if name in right else NONE for name, _ in item.options}, single=True)


def _multiple(question: Element, item: Item) -> None:
    worth = {name: f"{value:.5f}".rstrip("0").rstrip(".") for name, value in asked.weights(item).items()}
    _options(question, item, worth, single=False)


def _options(question: Element, item: Item, worth: dict[str, str], *, single: bool) -> None:
    SubElement(question, "single").text = "true" if single else "false"
    SubElement(question, "shuffleanswers").text = "true"
    SubElement(question, "answernumbering").text = "none"
    for name, text in item.options:
        answer = _marked(question, "answer", text, fraction=worth[name])
        _marked(answer, "feedback", item.feedback.get(name, ""))


def _short(question: Element, item: Item) -> None:
    SubElement(question, "usecase").text = NONE
    for text in (str(item.answer), *item.accept):
        _plain(question, "answer", text.replace("*", "\\*"), fraction=FULL)


def _number(question: Element, item: Item) -> None:
    answer = _plain(question, "answer", str(item.answer), fraction=FULL)
    SubElement(answer, "tolerance").text = str(item.tolerance)


def _matching(question: Element, item: Item) -> None:
    SubElement(question, "shuffleanswers").text = "true"
    for left, right in asked.pairs(item):
        sub = _marked(question, "subquestion", left)
        _text(SubElement(sub, "answer"), outward(right))


def _order(question: Element, item: Item) -> None:
    texts = asked.ordered(item)
    fields = {
        "layouttype": "VERTICAL",
        "selecttype": "ALL",
        "selectcount": str(len(texts)),
        "gradingtype": "ABSOLUTE_POSITION",
        "showgrading": "SHOW",
        "numberingstyle": "none",
    }
    for name, value in fields.items():
        SubElement(question, name).text = value
    for place, text in enumerate(texts, 1):
        _marked(question, "answer", text, fraction=str(place))


def _statement(question: Element, item: Item) -> None:
    truth = isinstance(item.answer, Judgement) and item.answer.truth
    for value in (True, False):
        _plain(question, "answer", str(value).lower(), fraction=FULL if value is truth else NONE)


def _marked(parent: Element, name: str, text: str, **attributes: str) -> Element:
    found = SubElement(parent, name, {**attributes, "format": "markdown"})
    _text(found, outward(text))
    return found


def _plain(parent: Element, name: str, text: str, **attributes: str) -> Element:
    found = SubElement(parent, name, {**attributes, "format": "plain_text"})
    _text(found, text)
    return found


def _text(parent: Element, text: str) -> None:
    SubElement(parent, "text").text = "".join(_allowed(text))


def _allowed(text: str) -> Iterator[str]:
    """The characters that XML 1.0 can hold."""
    for one in text:
        if one in "\t\n" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one >= "\U00010000":
            yield one


BODIES = {
    "choice": _choice,
    "multiple": _multiple,
    "short": _short,
    "time": _short,
    "address": _short,
    "number": _number,
    "matching": _matching,
    "order": _order,
    "statement": _statement,
}
