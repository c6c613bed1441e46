"""Figures that are sent in: checked like every figure, and written anew, so that nothing but the picture is kept."""

import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from training.authoring import paths
from training.content.source import ContentError
from training.courses.manuscript import figure
from training.errors import Refused
from training.sentence import phrase

RASTER = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"%PDF": "PDF",
    b"\x1f\x8b": "SVGZ",
}


def cleaned(data: bytes) -> bytes:
    """The SVG file as it is kept: parsed, every element and attribute on the list, and written anew.

    Comments, processing instructions and whatever stands around the picture are gone. Raises Refused with every
    mistake and its line.
    """
    if not data:
        raise Refused(phrase("No file was chosen. Choose an SVG file."), field="figure")
    for sign, kind in RASTER.items():
        if data.startswith(sign):
            raise Refused(
                phrase(
                    "This is a %(kind)s file. Figures are SVG, so that they fit light and dark pages and stay sharp.",
                    kind=kind,
                ),
                field="figure",
            )
    if len(data) > figure.LIMIT:
        said = phrase("The file has %(n)s bytes; a figure has at most %(most)s.", n=len(data), most=figure.LIMIT)
        raise Refused(said, field="figure")
    _look(data)
    ET.register_namespace("", figure.NAMESPACE[1:-1])
    return ET.tostring(ET.fromstring(data.decode("utf-8")), encoding="unicode").encode() + b"\n"  # noqa: S314 - looked at


def _look(data: bytes) -> None:
    """Let the course's own check look at the file, under the name by which its sender knows it."""
    with tempfile.TemporaryDirectory(prefix="engram-figure-") as folder:
        path = Path(folder) / "figure.svg"
        path.write_bytes(data)
        try:
            figure.draw(path, "figure", "1", "-", "-", "f-")
        except ContentError as bad:
            faults = "; ".join(f"line {one.line}: {one.message}" for one in bad.mistakes[:20])
            raise Refused(phrase("This figure can't be taken: %(faults)s", faults=faults), field="figure") from None


def address(folder: str, sent: str, present: set[str]) -> str:
    """Where a figure of a module is kept; a name that is taken gets a number."""
    name = paths.figure(sent)
    found, number = f"{folder}/media/{name}", 2
    while found in present:
        found = f"{folder}/media/{name.removesuffix('.svg')}-{number}.svg"
        number += 1
    return paths.path(found)
