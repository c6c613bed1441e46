"""Formulas: TeX to MathML, which browsers draw without a program of ours.

The converter puts the words of a text group into its output as it is, so real markup can come out of it. Its output is
parsed as XML, and what isn't on the lists below is refused: a formula holds nothing but MathML.
"""

import re
import xml.etree.ElementTree as ET
from functools import lru_cache

from latex2mathml.converter import convert

LONGEST = 2_000  # characters of one formula
DEEPEST = 40  # groups inside groups
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "msup", "msub", "msubsup", "mfrac", "msqrt"),
    *("mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mfenced", "menclose"),
}
ATTRIBUTES = {
    *("display", "stretchy", "fence", "form", "separator", "lspace", "rspace", "minsize", "maxsize", "movablelimits"),
    *("accent", "accentunder", "linethickness", "mathvariant", "displaystyle", "scriptlevel", "columnalign", "width"),
    *("rowspacing", "columnspacing", "columnlines", "rowlines", "notation", "depth", "height", "largeop", "symmetric"),
}
CHILDREN = {"mfrac": 2, "mroot": 2, "msup": 2, "msub": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3}
VALUE = re.compile(r"^[\w .,%+-]{0,60}$")
FORMULA = re.compile(r"(?P<code>(?P<ticks>``+)(?!`).+?(?<!`)(?P=ticks)(?!`))|\$`(?P<tex>[^`\n]+)`\$")
"""A formula in a line; with two back-ticks and more around it, it is code that shows one."""


class BadFormula(ValueError):
    """A formula can't be drawn; says why."""


@lru_cache(maxsize=2_048)
def mathml(tex: str, display: str = "inline") -> str:
    """TeX as MathML with the TeX beside it for those who copy it. Raises BadFormula for anything else."""
    if len(tex) > LONGEST:
        raise BadFormula(f"{len(tex)} characters; at most {LONGEST} are read")
    if _depth(tex) > DEEPEST:
        raise BadFormula(f"more than {DEEPEST} groups inside each other")
    try:
        # Written by the converter, which writes no document type: nothing in it grows or reads a file.
        root = ET.fromstring(convert(tex.strip(), display=display))  # noqa: S314
    except (ET.ParseError, RecursionError):
        raise BadFormula("markup in a formula; write only TeX") from None
    except Exception as bad:  # noqa: BLE001 - the converter raises its own, and others for what it doesn't foresee
        raise BadFormula(f"not understood as TeX: {type(bad).__name__} {bad}".strip()) from None
    for element in root.iter():
        _check(element)
        element.tag = element.tag.removeprefix(NAMESPACE)
    root.attrib = {"xmlns": NAMESPACE[1:-1], **root.attrib}
    return ET.tostring(root, encoding="unicode")


def _check(element: ET.Element) -> None:
    name = element.tag.removeprefix(NAMESPACE)
    if not element.tag.startswith(NAMESPACE) or name not in ELEMENTS:
        raise BadFormula(f"<{name[:60]}> is not allowed in a formula; write only TeX")
    if len(element) != CHILDREN.get(name, len(element)):
        raise BadFormula("a part is missing after a command such as \\frac, ^ or _")
    for key, value in element.attrib.items():
        if key not in ATTRIBUTES or not VALUE.match(value):
            raise BadFormula(f'{key}="{value[:60]}" is not allowed in a formula')


def _depth(tex: str) -> int:
    deepest = depth = 0
    for character in tex:
        depth += {"{": 1, "}": -1}.get(character, 0)
        deepest = max(deepest, depth)
    return deepest
