"""Exact numbers, and how they are shown: two decimals, halves away from zero, at display only."""

import math
import re
from fractions import Fraction

WRITTEN = re.compile(r"[0-9]{1,9}(?:/[1-9][0-9]{0,8})?")
HUNDREDTHS = 100


def shown(value: Fraction, places: int = 2) -> str:
    """A number as pages and exports display it, such as 1.67; halves go away from zero."""
    scale: int = 10**places
    whole = math.floor(abs(value) * scale + Fraction(1, 2))
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{whole // scale}.{whole % scale:0{places}d}" if places else f"{sign}{whole}"


def fraction(text: str) -> Fraction:
    """A fraction as documents write it, figures with or without a slash. Raises ValueError for anything else."""
    if not WRITTEN.fullmatch(text):
        msg = f"{text[:40]!r} is no fraction such as 3/4"
        raise ValueError(msg)
    return Fraction(text)
