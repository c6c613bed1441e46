"""The tree after conversion: the elements and classes of the design, numbered sections, links that lead somewhere."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import nh3
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE

from training.content import jurisdictions
from training.content.markdown.blocks import BOXES, Text
from training.content.markdown.traces import sift
from training.content.markdown.words import Words

SCHEMES = {"https", "mailto"}
PLACES = {"right": "n", "center": "mid"}
"""Classes of cells by how a table says that they stand; the others stand where reading begins."""
Link = Callable[[str], str | None]
"""Gives the address to use for a relative link, or None where it leads nowhere."""


class Shape(Treeprocessor):
    """Gives the tree the elements and classes of the design, numbers its sections and looks at its links."""

    def __init__(self, work: Text, link: Link | None, words: Words) -> None:
        super().__init__()
        self.work, self.link, self.words = work, link, words
        self.icons: set[str] = set()
        self.links: list[tuple[str, int]] = []
        self.lines: dict[ET.Element, int] = {}
        self.titles: set[ET.Element] = set()  # of boxes
        self.sections = 0

    def run(self, root: ET.Element) -> None:
        """Walk the tree once, after the traces are out of it."""
        self.lines = sift(self.work, root)
        level = 1
        for parent in list(root.iter()):
            for position, element in enumerate(list(parent)):
                if element.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
                    if element not in self.titles:
                        level = self._heading(element, level, inside=parent is not root)
                elif element.tag == "div":
                    self._box(element)
                elif element.tag == "table":
                    self._table(parent, position, element)
                else:
                    self._small(element)
        _join_asides(root)
        ids = {element.get("id") for element in root.iter()}
        for element in root.iter("a"):
            self._link(element, ids)

    def _heading(self, element: ET.Element, before: int, *, inside: bool) -> int:
        level = int(element.tag[1])
        if inside:
            self._wrong(element, "a heading inside a list, quotation or box; begin it at the start of a line")
        elif level == 1:
            self._wrong(element, "a heading of the first level; the page has its title already, begin with ##")
        elif level > before + 1:
            self._wrong(element, f"a heading of level {level} under one of level {before}; leave none out")
        element.tag = f"h{max(level, 2)}"
        if element.tag == "h2":
            self.sections += 1
            element.set("id", f"s{self.sections}")
            number = ET.Element("span", {"class": "no"})
            number.text, number.tail, element.text = str(self.sections), element.text, ""
            element.insert(0, number)
        return level

    def _box(self, element: ET.Element) -> None:
        kinds = element.get("class", "").split()
        if "footnote" in kinds:
            element.tag, element.attrib = "section", {"class": "notes-end", "aria-label": self.words.notes}
            for rule in element.findall("hr"):
                element.remove(rule)
        if "admonition" not in kinds:
            return
        kind = kinds[1] if len(kinds) > 1 else ""
        title = element.find("p[@class='admonition-title']")
        if kind in BOXES:
            element.tag = "section"
            element.set("class", "law" if kind == "law" else f"box {kind}")
            if title is not None:
                self._head(title, kind)
            return
        element.set("class", "side")
        if title is None:
            return
        element.remove(title)
        name = "".join(title.itertext())
        if kind == "term" and len(element):
            self._term(element, name)
        elif name.lower() not in {kind, ""}:
            title.tag, title.attrib = "b", {}
            element.insert(0, title)

    def _head(self, title: ET.Element, kind: str) -> None:
        """The icon of the box, then whose law it is, then its title."""
        self.titles.add(title)
        title.tag, title.attrib = "h3", {}
        jurisdiction, rest = jurisdictions.split("".join(title.itertext())) if kind == "law" else ("", "")
        if jurisdiction:
            for child in list(title):
                title.remove(child)
            whose = ET.SubElement(title, "span", {"class": "whose"})
            whose.text, whose.tail, title.text = jurisdiction, f" {rest}", ""
        self.icons.add(BOXES[kind])
        title.text = f"{self.work.nonce}i{BOXES[kind]}z{title.text or ''}"

    def _term(self, element: ET.Element, name: str) -> None:
        slug = re.sub(r"[^\w]+", "-", name.lower()).strip("-")
        element.set("id", f"g-{slug}")
        first = element[0]
        word = ET.Element("dfn")
        word.text, word.tail, first.text = name, f": {first.text or ''}", ""
        first.insert(0, word)

    def _table(self, parent: ET.Element, position: int, element: ET.Element) -> None:
        heads = ["".join(cell.itertext()).strip() for cell in element.iter("th")]
        for cell in element.iter("th"):
            cell.set("scope", "col")
        for cell in [*element.iter("th"), *element.iter("td")]:
            if (place := cell.attrib.pop("align", None)) in PLACES:
                cell.set("class", PLACES[place])
        label = f"{self.words.table}: " + ", ".join(filter(None, heads))
        frame = ET.Element("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": label})
        frame.append(element)
        frame.tail, element.tail = element.tail, None
        parent[position] = frame

    def _small(self, element: ET.Element) -> None:
        if element.tag in {"ul", "ol"}:
            element.set("class", "dot")
        elif element.tag == "pre":
            element.attrib = {"class": "code", "tabindex": "0"}
        elif element.tag == "img":
            message = "a figure in the middle of a text; give it a paragraph of its own"
            self._wrong(element, message)

    def _link(self, element: ET.Element, ids: Collection[str | None]) -> None:
        target = html.unescape(element.get("href", "").replace(AMP_SUBSTITUTE, "&")).strip()
        if element.get("class", "").startswith("footnote"):
            back = target.startswith("#fnref")
            number = "".join(element.itertext())
            element.attrib = {
                "href": target,
                "aria-label": self.words.back_label if back else self.words.note.format(number),
            }
            return
        if target.startswith("#"):
            if target[1:] not in ids:
                self._wrong(element, f"a link to {target}, which is not on this page")
            elif target.startswith("#g-"):
                element.set("class", "term")
            return
        if target.startswith("term:"):
            self._term_link(element, target)
            return
        try:
            scheme = urlsplit(target).scheme
        except ValueError:
            scheme = "?"
        if scheme in SCHEMES:
            if "href" not in nh3.clean(f'<a href="{html.escape(target)}"></a>', tags={"a"}, url_schemes=SCHEMES):
                self._wrong(element, f"a link to {target}, which is no address: nobody could follow it")
            return
        resolved = self.link(target) if self.link and not scheme and target and not target.startswith("/") else None
        if resolved is None:
            element.attrib.pop("href", None)
            said = "leads nowhere" if not scheme else "is none of https, mailto or a place in this course"
            self._wrong(element, f"a link to {target or 'nothing'}, which {said}")
        else:
            element.set("href", resolved)
            self.links.append((target, self.work.first_line + self.lines.get(element, 0)))

    def _wrong(self, element: ET.Element, message: str) -> None:
        self.work.wrong(self.lines.get(element, 0), message)

    def _term_link(self, element: ET.Element, target: str) -> None:
        resolved = self.link(target) if self.link else None
        if resolved is None:
            element.attrib.pop("href", None)
            self._wrong(element, f"there is no term {target.removeprefix('term:')} in the glossary")
        else:
            element.attrib = {"href": resolved, "class": "term"}


def _join_asides(root: ET.Element) -> None:
    """Notes in the margin that follow each other become one, since each would take a row of the page's grid."""
    before: ET.Element | None = None
    for element in list(root):
        if element.get("class") != "side":
            before = None
        elif before is None:
            before = element
        else:
            root.remove(element)
            note = ET.SubElement(before, "div", {"id": element.attrib["id"]} if "id" in element.attrib else {})
            note.extend(element)
