"""QTI 1.2.1 as Common Cartridge allows it: multiple choice, multiple response, true/false, fill in the blank.

After 1EdTech's "Common Cartridge Profile" 1.3, section on assessments: each item names its profile, has one response,
and a score from 0 to 100. Feedback of an option is shown when that option was chosen, the explanation always.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from training.content.markdown import inline
from training.courses.manuscript.format import Judgement
from training.courses.moving import asked
from training.courses.moving.asked import Item, Loss
from training.sentence import Sentence, phrase

SPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
SCHEMA = "http://www.imsglobal.org/profile/cc/ccv1p3/ccv1p3_qtiasiv1p2p1_v1p0.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
PROFILES = {
    "choice": "cc.multiple_choice.v0p1",
    "multiple": "cc.multiple_response.v0p1",
    "statement": "cc.true_false.v0p1",
    **dict.fromkeys(("short", "number", "time", "address"), "cc.fib.v0p1"),
}
TRUTHS = (("true", "True"), ("false", "False"))
RESPONSE, GENERAL = "response1", "general_fb"


def assessment(ident: str, title: str, items: Sequence[Item]) -> tuple[bytes, list[Loss]]:
    """The assessment of a module, empty where no question can be carried; and what can't be."""
    losses = [Loss(item.name, what) for item in items for what in _losses(item)]
    carried = [item for item in items if item.type in PROFILES]
    if not carried:
        return b"", losses
    given = {"xmlns": SPACE, "xmlns:xsi": INSTANCE, "xsi:schemaLocation": f"{SPACE} {SCHEMA}"}
    root = Element("questestinterop", given)
    quiz = SubElement(root, "assessment", ident=ident, title=title)
    _fields(SubElement(quiz, "qtimetadata"), {"cc_profile": "cc.exam.v0p1", "qmd_assessmenttype": "Examination"})
    section = SubElement(quiz, "section", ident="root_section")
    for item in carried:
        _item(section, item)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n", losses


def _losses(item: Item) -> list[Sentence]:
    if item.type not in PROFILES:
        return [phrase("the question: a cartridge has no questions of type %(kind)s", kind=item.type)]
    found = [one.what for one in asked.losses(item)]
    if item.type == "number":
        found.append(phrase("that it is a number: one spelling is right, without the tolerance"))
    if item.type == "multiple":
        found.append(phrase("part of the points: all right options and no other, or nothing"))
    return found


def _item(section: Element, item: Item) -> None:
    one = SubElement(section, "item", ident=item.name, title=item.name)
    _fields(SubElement(SubElement(one, "itemmetadata"), "qtimetadata"), {"cc_profile": PROFILES[item.type]})
    shown = SubElement(one, "presentation")
    _material(shown, item.stem)
    judged = SubElement(one, "resprocessing")
    scores = SubElement(judged, "outcomes")
    SubElement(scores, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    if item.explanation:
        _shows(judged, "other", "", GENERAL)
    if item.type in {"choice", "multiple", "statement"}:
        _choose(shown, judged, item)
    else:
        _type(shown, judged, item)
    said = {GENERAL: item.explanation} if item.explanation else {}
    for name, text in (said | {_feedback_id(name): text for name, text in _feedback(item).items()}).items():
        _material(SubElement(SubElement(one, "itemfeedback", ident=name), "flow_mat"), text)


def _feedback(item: Item) -> dict[str, str]:
    return dict(item.feedback) if item.type in {"choice", "multiple"} else {}


def _feedback_id(name: str) -> str:
    """What the feedback of an option is called: never as the explanation is."""
    return f"{name}__fb" if f"{name}_fb" == GENERAL else f"{name}_fb"


def _choose(shown: Element, judged: Element, item: Item) -> None:
    many = item.type == "multiple"
    options = TRUTHS if item.type == "statement" else item.options
    response = SubElement(shown, "response_lid", ident=RESPONSE, rcardinality="Multiple" if many else "Single")
    listed = SubElement(response, "render_choice")
    for name, text in options:
        _material(SubElement(listed, "response_label", ident=name), text)
    for name in _feedback(item):
        _shows(judged, "varequal", name, _feedback_id(name))
    answer = item.answer
    right = {str(answer.truth).lower()} if isinstance(answer, Judgement) else asked.right(item)
    condition = _scores(judged)
    inside = SubElement(condition, "and") if many else condition
    for name, _ in options:
        if name in right:
            SubElement(inside, "varequal", respident=RESPONSE).text = name
        elif many:
            SubElement(SubElement(inside, "not"), "varequal", respident=RESPONSE).text = name


def _type(shown: Element, judged: Element, item: Item) -> None:
    response = SubElement(shown, "response_str", ident=RESPONSE, rcardinality="Single")
    SubElement(SubElement(response, "render_fib", prompt="Dashed"), "response_label", ident="answer1")
    condition = _scores(judged)
    for text in dict.fromkeys((str(item.answer), *item.accept)):
        SubElement(condition, "varequal", respident=RESPONSE, case="No").text = text


def _scores(judged: Element) -> Element:
    """The condition under which all points are given."""
    full = SubElement(judged, "respcondition", {"continue": "No"})
    condition = SubElement(full, "conditionvar")
    SubElement(full, "setvar", action="Set", varname="SCORE").text = "100"
    return condition


def _shows(judged: Element, kind: str, value: str, feedback: str) -> None:
    rule = SubElement(judged, "respcondition", {"continue": "Yes"})
    condition = SubElement(rule, "conditionvar")
    if kind == "other":
        SubElement(condition, "other")
    else:
        SubElement(condition, kind, respident=RESPONSE).text = value
    SubElement(rule, "displayfeedback", feedbacktype="Response", linkrefid=feedback)


def _fields(parent: Element, fields: dict[str, str]) -> None:
    for label, entry in fields.items():
        one = SubElement(parent, "qtimetadatafield")
        SubElement(one, "fieldlabel").text = label
        SubElement(one, "fieldentry").text = entry


def _material(parent: Element, text: str) -> None:
    SubElement(SubElement(parent, "material"), "mattext", texttype="text/html").text = f"<p>{inline(text)}</p>"
