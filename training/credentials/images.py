"""The badge as a picture of our own drawing, with the credential inside: PNG and SVG (Open Badges 3.0, section 5.3)."""

import io
import struct
import zlib
from collections.abc import Iterator
from html import escape

from PIL import Image, ImageDraw

from training.content.source import ContentError
from training.courses.moving import safe_xml
from training.errors import Refused
from training.sentence import phrase

KEYWORD = b"openbadgecredential"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
SIGN = b"\x89PNG\r\n\x1a\n"
SIDE, FINER = 400, 4  # pixels of a side, and how much finer it is drawn before it is made smaller
COLOURS = {"attendance": "#4b5d67", "achievement": "#0b5660", "distinction": "#7a5200"}
MARK = ("M16.5 3.2H4.2v13.6h12.3", "M4.2 10h4l1.6-3 2 6 1.4-3h2.2")
POINTS = (
    ((16.5, 3.2), (4.2, 3.2), (4.2, 16.8), (16.5, 16.8)),
    ((4.2, 10.0), (8.2, 10.0), (9.8, 7.0), (11.8, 13.0), (13.2, 10.0), (15.4, 10.0)),
)
"""The mark of the program on a square of 20, as paths and as points."""
RINGS = {"attendance": 1, "achievement": 2, "distinction": 3}
"""The kinds differ by the number of their rings too, not by colour alone."""


def png(kind: str, text: str) -> bytes:
    """The badge of a kind as PNG, with a credential in an uncompressed `iTXt` chunk."""
    size = SIDE * FINER
    made = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(made)
    scale = size / 20
    for ring in range(RINGS[kind]):
        inset = (0.4 + ring * 0.75) * scale
        draw.ellipse((inset, inset, size - inset, size - inset), outline=COLOURS[kind], width=int(0.45 * scale))
    for points in POINTS:
        moved = [((5 + x / 2) * scale, (5 + y / 2) * scale) for x, y in points]
        draw.line(moved, fill=COLOURS[kind], width=int(0.8 * scale), joint="curve")
    draw.ellipse(((13.05) * scale, 9.6 * scale, 13.85 * scale, 10.4 * scale), fill=COLOURS[kind])
    out = io.BytesIO()
    made.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "PNG")
    return _with_text(out.getvalue(), text)


def svg(kind: str, title: str, text: str) -> bytes:
    """The same as SVG, with a credential as the text of an element."""
    rings = "".join(
        f'<circle cx="10" cy="10" r="{9.375 - ring * 0.75}" stroke-width=".45"/>' for ring in range(RINGS[kind])
    )
    paths = "".join(f'<path d="{path}"/>' for path in MARK)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" width="{SIDE}" height="{SIDE}" role="img">'
        f'<title>{escape(title)}</title><g fill="none" stroke="{COLOURS[kind]}">{rings}'
        f'<g transform="translate(5 5) scale(.5)" stroke-width="1.6">{paths}'
        f'<circle cx="16.9" cy="10" r=".8" fill="{COLOURS[kind]}" stroke="none"/></g></g>'
        f'<openbadges:credential xmlns:openbadges="{NAMESPACE}">{escape(text, quote=False)}'
        "</openbadges:credential></svg>"
    ).encode()


def credential_in(data: bytes) -> str:
    """The credential that a badge holds, whether PNG or SVG. Raises Refused where there is none."""
    found = _in_png(data) if data.startswith(SIGN) else _in_svg(data)
    if not found:
        raise Refused(phrase("There is no credential of Open Badges 3.0 in this picture."))
    return found


def _with_text(data: bytes, text: str) -> bytes:
    out = [SIGN]
    for kind, body in _chunks(data):
        if kind == b"IEND":
            out.append(_chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + text.encode()))
        out.append(_chunk(kind, body))
    return b"".join(out)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGN)
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def _in_png(data: bytes) -> str:
    for kind, body in _chunks(data):
        if kind == b"iTXt" and body.startswith(KEYWORD + b"\0\0"):  # not compressed, as the standard has it
            return body[len(KEYWORD) + 3 :].split(b"\0", 2)[2].decode("utf-8", "replace")
    return ""


def _in_svg(data: bytes) -> str:
    try:
        root = safe_xml.parse(data, "badge")
    except ContentError:
        return ""
    found = root.first("credential")
    return found.attributes.get("verify") or found.text.strip()
