"""A figure as a page prints it, and what every figure keeps to."""

import re
import time
from collections.abc import Callable
from typing import TypeVar
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader

from training.analysis.views import drawing
from training.analysis.views.drawing import Figure
from training.settings import ROOT

pages = Environment(loader=FileSystemLoader(ROOT / "training" / "labs" / "templates"), autoescape=True)
SECONDS = 0.5
ALLOWED = {
    "class",
    "d",
    "x",
    "y",
    "text-anchor",
    "id",
    "width",
    "height",
    "viewBox",
    "direction",
    "role",
    "aria-labelledby",
    "lang",
}
DATA = re.compile(r"[MHVLhvlaz\d. -]+")
T = TypeVar("T")


def svg(figure: Figure) -> str:
    """The SVG of a figure, by the template of the pages."""
    made = pages.get_template("labs/figure.html").module.figure(figure)  # type: ignore[attr-defined] # a macro
    return str(made[made.index("<svg") : made.index("</svg>") + 6])


def in_time(work: Callable[[], T]) -> T:
    """What a piece of work gives; AssertionError if it takes more processor than a figure may."""
    began = time.process_time()
    made = work()
    assert time.process_time() - began < SECONDS
    return made


def checked(figure: Figure) -> ET.Element:
    """A figure as a tree, after it was looked at: inside its limits and its frame, geometry only in attributes."""
    assert len(figure.shapes) <= drawing.MOST_SHAPES
    assert len(figure.words) <= drawing.MOST_WORDS
    text = svg(figure)
    assert len(text.encode()) <= drawing.MOST_BYTES
    root = ET.fromstring(text)  # noqa: S314 - made by the test
    for one in root.iter():
        assert set(one.attrib) <= ALLOWED, one.attrib
        if one.tag == "path":
            assert one.attrib["class"] in drawing.ROLES
            assert DATA.fullmatch(one.attrib["d"])
        elif one.tag == "text":
            assert 0 <= float(one.attrib["x"]) <= figure.width
            assert 0 <= float(one.attrib["y"]) <= figure.height
            assert one.attrib.get("class", "") in {"", "b", "m", "ui", "m ui"}
    return root


def texts(root: ET.Element) -> list[str]:
    """What is written in a figure."""
    return [one.text or "" for one in root.iter("text")]
