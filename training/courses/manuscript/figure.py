"""Figures: an author's SVG file, checked against lists of what may be in it, as markup that can stand in a page.

SVG can carry scripts, styles, foreign markup and addresses. Nothing of that is on the lists, so nothing of it passes:
the file is parsed as XML, every element, attribute and value is looked up, and the page gets what was understood,
written anew.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from training.content.markdown import escape
from training.content.source import ContentError, Mistake

LIMIT = 60_000  # bytes of a file: a page may weigh 100 KiB in all
DEEPEST, MOST_ELEMENTS = 30, 2_000  # what is written goes down by one call for each level
MOST_DRAWN = 5_000  # elements that others draw once more
NAMESPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc"),
    *("defs", "marker", "use"),
}
LINES = {"path", "line", "polyline", "polygon"}
MARKERS = {"marker-start", "marker-mid", "marker-end"}
MARKER = re.compile(r"url\(#([\w-]{1,40})\)")
POINT = re.compile(r"[-+]?[0-9.]+|[a-zA-Z]")  # there are fewer points than numbers and letters in a path
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
    **dict.fromkeys(MARKERS, COLOUR),
    "transform": TRANSFORM,
    "id": NAME,
    "href": re.compile(r"^#[\w-]{1,40}$"),
    "aria-labelledby": re.compile(r"^[\w -]{1,100}$"),
}


def draw(path: Path, name: str, label: str, alternative: str, caption: str, prefix: str) -> str:
    """The figure as HTML under its label, such as Figure 1. Ids in it get `prefix`.

    Raises ContentError with every mistake in the file `name`.
    """
    root, lines, starts = _parse(path, name)
    again: dict[ET.Element, list[tuple[str, str]]] = {}
    for element, sign, fault in _drawn_again(root):
        again.setdefault(element, []).append((sign, fault))
    mistakes = []
    for element, first, following in zip(root.iter(), starts, [*starts[1:], len(lines)], strict=True):
        tag = list(enumerate(lines[first - 1 : max(first, following)], first))
        for sign, fault in (*_faults(element), *again.get(element, ())):
            mistakes.append(Mistake(name, next((at for at, line in tag if sign in line), first), fault))
    if mistakes:
        raise ContentError(mistakes)
    for element in root.iter():
        _rename(element, prefix)
    _describe(root, alternative, caption, prefix)
    picture = ET.tostring(root, encoding="unicode")
    label = escape(label)
    return (
        f'<figure class="fig"><div class="scroll" tabindex="0" role="region" aria-label="{label}">{picture}</div>'
        f"<figcaption><b>{label}.</b> {escape(caption)}</figcaption></figure>"
    )


def _parse(path: Path, name: str) -> tuple[ET.Element, list[str], list[int]]:
    """The tree of a file, its lines, and the line from 1 on which each element begins."""
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
        starts = _starts(text, name)
        root = ET.fromstring(text)  # noqa: S314 - no document type, see above
    except (ET.ParseError, expat.ExpatError, ValueError) as bad:
        line = getattr(bad, "lineno", 1)
        raise ContentError([Mistake(name, line, f"not an SVG file: {bad}")]) from None
    if root.tag != f"{NAMESPACE}svg":
        raise ContentError([Mistake(name, 1, "the outermost element is not an svg of the SVG namespace")])
    return root, re.split("\r\n|\r|\n", text), starts


def _starts(text: str, name: str) -> list[int]:
    """The line on which each element begins.

    Raises ContentError for more levels or elements than a drawing has, before any of it is kept.
    """
    parser = expat.ParserCreate()
    starts: list[int] = []
    depth = 0

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        starts.append(parser.CurrentLineNumber)
        if depth > DEEPEST:
            raise ContentError([Mistake(name, parser.CurrentLineNumber, f"nested more than {DEEPEST} levels deep")])
        if len(starts) > MOST_ELEMENTS:
            raise ContentError([Mistake(name, parser.CurrentLineNumber, f"more than {MOST_ELEMENTS} elements")])

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(text, True)
    return starts


def _drawn_again(root: ET.Element) -> Iterator[tuple[ET.Element, str, str]]:
    """What is wrong about elements that draw others once more: the element, a sign to find its line by, a sentence.

    A `use` whose target holds a `use`, and so on, makes a small file endless; so do markers at each point of a path.
    """
    named: dict[str, ET.Element] = {}
    for element in root.iter():
        if (name := element.get("id")) is not None and named.setdefault(name, element) is not element:
            yield element, f'"{name}"', f"two elements have the id {name}"
    targets = {name for element in root.iter() for name, _ in _again(element)}
    sizes = {name: sum(1 for _ in named[name].iter()) for name in targets & named.keys()}
    nested = {name for name in sizes if any(any(_again(inside)) for inside in named[name].iter())}
    drawn = 0
    for element in root.iter():
        for name, times in _again(element):
            if name not in named:
                yield element, f"#{name}", f"there is no element #{name} in this figure"
            elif name in nested:
                yield element, f"#{name}", f"#{name} draws other elements once more; only what draws none can be used"
            elif drawn <= MOST_DRAWN < (drawn := drawn + times * sizes[name]):
                yield element, f"#{name}", f"from here on more than {MOST_DRAWN} elements are drawn once more"


def _again(element: ET.Element) -> Iterator[tuple[str, int]]:
    """Ids of the elements that an element draws once more, and how often."""
    if element.tag == f"{NAMESPACE}use" and element.get("href", "").startswith("#"):
        yield element.attrib["href"][1:].strip(), 1
    for key in MARKERS & element.attrib.keys():
        if target := MARKER.fullmatch(element.attrib[key].strip()):
            points = POINT.findall(element.get("d", "") + element.get("points", ""))
            yield target[1], len(points) + 1 if key == "marker-mid" else 1


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
    if MARKERS & element.attrib.keys() and plain not in LINES:
        # On a group it would be inherited by all that is in it.
        faults.append(("marker-", f"a marker belongs to one of {', '.join(sorted(LINES))}, not to <{plain}>"))
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
