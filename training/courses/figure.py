"""Figures: an author's SVG file, checked against lists of what may be in it, as markup that can stand in a page.

SVG can carry scripts, styles, foreign markup and addresses. Nothing of that is on the lists, so nothing of it passes:
the file is parsed as XML, every element, attribute and value is looked up, and the page gets what was understood,
written anew.
"""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from training.content.markdown import escape
from training.content.source import ContentError, Mistake

LIMIT = 60_000  # bytes of a file: a page may weigh 100 KiB in all
NAMESPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc"),
    *("defs", "marker", "use"),
}
CLASSES = {"v", "nd", "sus", "ln", "path", "cap", "hl", "ax", "gr", "m", "b", "ui", "tree"}
NUMBERS = re.compile(r"^[-+0-9.eE,% a-zA-Z]{1,20000}$")  # paths, points, lengths
WORD = re.compile(r"^[a-zA-Z0-9 ,.-]{1,100}$")
COLOUR = re.compile(r"^(?:none|currentColor|#[0-9a-fA-F]{3,8}|url\(#[\w-]{1,40}\))$")
NAME = re.compile(r"^[A-Za-z][\w-]{0,39}$")
TRANSFORM = re.compile(r"^(?:(?:translate|rotate|scale|matrix|skewX|skewY)\([-+0-9.eE, ]{1,200}\)\s*){1,8}$")
VALUES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "width", "height", "d", "points"),
        NUMBERS,
    ),
    **dict.fromkeys(("viewBox", "refX", "refY", "markerWidth", "markerHeight", "font-size", "stroke-width"), NUMBERS),
    **dict.fromkeys(("stroke-dasharray", "opacity", "fill-opacity", "stroke-opacity"), NUMBERS),
    **dict.fromkeys(("font-family", "font-weight", "font-style", "text-anchor", "dominant-baseline", "orient"), WORD),
    **dict.fromkeys(("stroke-linecap", "stroke-linejoin", "fill-rule", "role", "preserveAspectRatio", "class"), WORD),
    **dict.fromkeys(("fill", "stroke"), COLOUR),
    **dict.fromkeys(("marker-start", "marker-end", "marker-mid"), COLOUR),
    "transform": TRANSFORM,
    "id": NAME,
    "href": re.compile(r"^#[\w-]{1,40}$"),
    "aria-labelledby": re.compile(r"^[\w -]{1,100}$"),
}


def draw(path: Path, name: str, number: int, alternative: str, caption: str, prefix: str) -> str:
    """The figure as HTML. Ids in it get `prefix`. Raises ContentError with every mistake in the file `name`."""
    root, lines = _parse(path, name)
    mistakes = [
        Mistake(name, next((number for number, line in enumerate(lines, 1) if sign in line), 1), fault)
        for element in root.iter()
        for sign, fault in _faults(element)
    ]
    if mistakes:
        raise ContentError(mistakes)
    for element in root.iter():
        _rename(element, prefix)
    _describe(root, alternative, caption, prefix)
    picture = ET.tostring(root, encoding="unicode")
    label = f"Figure {number}"
    return (
        f'<figure class="fig"><div class="scroll" tabindex="0" role="region" aria-label="{label}">{picture}</div>'
        f"<figcaption><b>{label}.</b> {escape(caption)}</figcaption></figure>"
    )


def _parse(path: Path, name: str) -> tuple[ET.Element, list[str]]:
    try:
        data = path.read_bytes()
    except OSError:
        raise ContentError([Mistake(name, 1, "this figure is not there")]) from None
    if len(data) > LIMIT:
        raise ContentError([Mistake(name, 1, f"{len(data)} bytes; at most {LIMIT} make a figure")])
    # Without a document type there are no entities, and so nothing that grows or reads a file.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ContentError([Mistake(name, 1, "a document type is not allowed in a figure")])
    try:
        text = data.decode("utf-8")
        root = ET.fromstring(text)  # noqa: S314 - no document type, see above
    except (ET.ParseError, ValueError) as bad:
        line = bad.position[0] if isinstance(bad, ET.ParseError) else 1
        raise ContentError([Mistake(name, line, f"not an SVG file: {bad}")]) from None
    if root.tag != f"{NAMESPACE}svg":
        raise ContentError([Mistake(name, 1, "the outermost element is not an svg of the SVG namespace")])
    return root, text.splitlines()


def _faults(element: ET.Element) -> list[tuple[str, str]]:
    """What is not allowed about an element: a sign to find its line by, and a sentence."""
    tag = str(element.tag)
    plain = tag.removeprefix(NAMESPACE)
    if not tag.startswith(NAMESPACE) or plain not in ELEMENTS:
        name = plain.rpartition("}")[2][:60]
        return [(name, f"<{name}> is not allowed in a figure")]
    faults = []
    for key, value in element.attrib.items():
        if key not in VALUES:
            local = key.rpartition("}")[2][:60]
            faults.append((f"{local}=", f"attribute {local} of <{plain}> is not allowed in a figure"))
        elif not VALUES[key].match(value.strip()):
            faults.append((value[:60], f'{key}="{value[:60]}" of <{plain}> is not allowed in a figure'))
    unknown = set(element.get("class", "").split()) - CLASSES
    if unknown:
        first = min(unknown)[:60]
        faults.append((first, f"class {first} is none of {', '.join(sorted(CLASSES))}"))
    return faults


def _rename(element: ET.Element, prefix: str) -> None:
    element.tag = str(element.tag).removeprefix(NAMESPACE)
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, prefix + value)
        elif key == "href" or value.startswith("url(#"):
            element.set(key, value.replace("#", f"#{prefix}", 1))


def _describe(root: ET.Element, alternative: str, caption: str, prefix: str) -> None:
    """Name the picture for those who can't see it: the file's title or the caption, then the alternative text."""
    named = root.find("title")
    title = "".join(named.itertext()) if named is not None else caption
    for tag in ("title", "desc"):
        for old in root.findall(tag):
            root.remove(old)
    for tag, text in (("desc", alternative), ("title", title)):
        element = ET.Element(tag, {"id": f"{prefix}{tag}"})
        element.text = text
        root.insert(0, element)
    classes = root.get("class", "").split()
    root.set("class", " ".join(dict.fromkeys(["v", *classes])))
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}title {prefix}desc")
