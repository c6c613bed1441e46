"""A course as a Common Cartridge 1.3: pages, and for each module an assessment of the questions that it allows.

After 1EdTech's "Common Cartridge Profile: Implementation", version 1.3: a zip file with `imsmanifest.xml` at its root,
one organisation with a single root item, resources of the types `webcontent` and `imsqti_xmlv1p2/…/assessment`. The
questions are QTI 1.2.1, see `qti`.
"""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from training.content.markdown import escape
from training.content.markdown.words import direction
from training.courses.moving import archive, qti
from training.courses.moving.asked import Item, Loss
from training.courses.offline.chapters import Chapter, Edition, chapters, front
from training.courses.offline.page import STYLE

SPACE = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMAS = {
    SPACE: "http://www.imsglobal.org/profile/cc/ccv1p3/ccv1p3_imscp_v1p2_v1p0.xsd",
    LOM: "http://www.imsglobal.org/profile/cc/ccv1p3/LOM/ccv1p3_lommanifest_v1p0.xsd",
}
MANIFEST = "imsmanifest.xml"
PAGE, QUIZ = "webcontent", "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"
STYLE_FILE = "web/book.css"


def write(made: Edition, items: Sequence[Item]) -> tuple[bytes, list[Loss]]:
    """The cartridge, and what it can't carry. The same release gives the same bytes."""
    cover = Chapter("front", made.course.title, made.language, front(made))
    pages = [cover, *chapters(made, lambda chapter, inside: f"{chapter}.html" + (f"#{inside}" if inside else ""))]
    files = {f"web/{page.id}.html": _page(page) for page in pages} | {STYLE_FILE: STYLE.encode()}
    losses, quizzes = list[Loss](), dict[str, str]()
    for module in made.course.modules:
        asked = [item for item in items if item.folder == module.folder]
        data, lost = qti.assessment(f"quiz-{module.id}", f"{module.number} {module.title}", asked)
        losses += lost
        if data:
            quizzes[module.id] = f"quiz/{module.id}.xml"
            files[quizzes[module.id]] = data
    files[MANIFEST] = _manifest(made, pages, quizzes)
    return archive.write(files), losses


def _page(page: Chapter) -> bytes:
    turned = f'lang="{page.language}" xml:lang="{page.language}" dir="{direction(page.language)}"'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" {turned}>'
        f'<head><meta charset="utf-8"/><title>{escape(page.title)}</title><link rel="stylesheet" href="book.css"/>'
        f"</head><body><main>{page.body}</main></body></html>\n"
    ).encode()


def _manifest(made: Edition, pages: Sequence[Chapter], quizzes: dict[str, str]) -> bytes:
    places = " ".join(f"{space} {schema}" for space, schema in SCHEMAS.items())
    given = {"identifier": f"c-{made.release.sha256[:32]}", "xmlns": SPACE, "xmlns:lom": LOM, "xmlns:xsi": INSTANCE}
    root = Element("manifest", {**given, "xsi:schemaLocation": places})
    _metadata(root, made)
    top = SubElement(SubElement(root, "organizations"), "organization", identifier="org", structure="rooted-hierarchy")
    listed = SubElement(top, "item", identifier="root")
    resources = SubElement(root, "resources")
    for page in pages:
        _leaf(listed, resources, page.id, page.title, f"web/{page.id}.html", PAGE)
        if page.id in quizzes:
            _leaf(listed, resources, f"quiz-{page.id}", page.title, quizzes[page.id], QUIZ)
    style = SubElement(resources, "resource", identifier="r-style", type=PAGE, href=STYLE_FILE)
    SubElement(style, "file", href=STYLE_FILE)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _metadata(root: Element, made: Edition) -> None:
    about = SubElement(root, "metadata")
    SubElement(about, "schema").text = "IMS Common Cartridge"
    SubElement(about, "schemaversion").text = "1.3.0"
    lom = SubElement(about, "lom:lom")
    general = SubElement(lom, "lom:general")
    _said(SubElement(general, "lom:title"), made.course.title, made.language)
    SubElement(general, "lom:language").text = made.language
    _said(SubElement(general, "lom:description"), made.course.file.summary, made.language)
    rights = SubElement(lom, "lom:rights")
    SubElement(SubElement(rights, "lom:copyrightAndOtherRestrictions"), "lom:value").text = "yes"
    _said(SubElement(rights, "lom:description"), made.course.file.licence, "en")


def _said(parent: Element, text: str, language: str) -> None:
    SubElement(parent, "lom:string", language=language).text = text


def _leaf(listed: Any, resources: Any, name: str, title: str, path: str, kind: str) -> None:
    leaf = SubElement(listed, "item", identifier=f"i-{name}", identifierref=f"r-{name}")
    SubElement(leaf, "title").text = title
    given = {"identifier": f"r-{name}", "type": kind}
    resource = SubElement(resources, "resource", given if kind == QUIZ else {**given, "href": path})
    SubElement(resource, "file", href=path)
    if kind == PAGE:
        SubElement(resource, "dependency", identifierref="r-style")
