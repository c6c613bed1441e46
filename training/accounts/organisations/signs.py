"""The logo of an organisation in small, as it stands on every page of its people."""

import io
from functools import lru_cache

from PIL import Image

PNG = "image/png"
WIDTH, HEIGHT = 240, 64  # pixels at most: twice what a page gives it, for fine screens
DRAWN = 12_000  # bytes of a drawing (SVG) that is taken as it is; a larger one would weigh on every page


@lru_cache(maxsize=8)
def small(logo: bytes, kind: str) -> bytes:
    """A logo in the size of a sign: a picture is made smaller, a drawing stays as it is. In and out: the same type."""
    if kind != PNG:
        return logo
    with Image.open(io.BytesIO(logo), formats=["PNG"]) as kept:
        made = kept.convert("RGBA")
    made.thumbnail((WIDTH, HEIGHT))
    out = io.BytesIO()
    made.save(out, "PNG", optimize=True)
    return out.getvalue()
