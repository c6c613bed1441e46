"""Figures as values: shapes and words with their places, in CSS pixels. A page, a report and a test print the same.

A shape has a role, and the stylesheet gives each role its look. What a shape means is never left to its colour: a
square is something that was seen, a diamond is something that the reader cited, dashes stand for what is not there, and
a square within a square is something that one source alone has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from unicodedata import east_asian_width

from training.analysis.render import visible

MOST_SHAPES, MOST_WORDS, MOST_BYTES = 400, 150, 24 * 1024
"""What a figure keeps to, however much there is to draw: the rest is behind links."""

CHARACTER = 7.2
"""Width of a character of the fixed-width face at the 12 pixels of a figure."""

LONGEST = 500  # characters of a text that are looked at before it is cut
ROLES = ("hl", "gr", "ln", "path", "cap", "ax", "bin", "nd", "gone", "sus")
"""Highlight, grid, line, line of what the reader follows, capture, axis, bin, node, something missing, something cited;
in the order in which they are painted."""

Anchor = Literal["start", "middle", "end"]
Form = Literal["square", "diamond", "circle", "double"]
HALF = 5  # half the side of a square, the radius of a circle
TIP = 7  # from the middle of a diamond to its tip
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: tuple[Point, ...]
    role: str = "ln"

    def path(self) -> str:
        """The line as the commands of an SVG path."""
        (x, y), *others = self.points
        made = [f"M{brief(x)} {brief(y)}"]
        for there in others:
            if there[1] == y:
                made.append(f"H{brief(there[0])}")
            elif there[0] == x:
                made.append(f"V{brief(there[1])}")
            else:
                made.append(f"L{brief(there[0])} {brief(there[1])}")
            x, y = there
        return "".join(made)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    role: str = "nd"

    def path(self) -> str:
        """The outline as the commands of an SVG path."""
        width = brief(self.width)
        return f"M{brief(self.x)} {brief(self.y)}h{width}v{brief(self.height)}h-{width}z"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark for one thing, by its middle."""

    x: float
    y: float
    form: Form = "square"
    role: str = "nd"

    def path(self) -> str:
        """The outline as the commands of an SVG path."""
        if self.form == "diamond":
            return f"M{brief(self.x)} {brief(self.y - TIP)}l{TIP} {TIP}-{TIP} {TIP}-{TIP}-{TIP}z"
        if self.form == "circle":
            there, back = (f"a{HALF} {HALF} 0 1 0 {sign}{2 * HALF} 0" for sign in ("", "-"))
            return f"M{brief(self.x - HALF)} {brief(self.y)}{there}{back}z"
        made = _square(self.x, self.y, HALF)
        return made + _square(self.x, self.y, HALF - 2.5) if self.form == "double" else made


def _square(x: float, y: float, half: float) -> str:
    side = brief(2 * half)
    return f"M{brief(x - half)} {brief(y - half)}h{side}v{side}h-{side}z"


@dataclass(frozen=True, slots=True)
class Words:
    """A text, by the point on its base line that `anchor` names. Evidence is clipped and made visible before.

    `role`: `m` muted, `b` bold, `ui` words of the page in its own face.
    """

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    role: str = ""


Shape = Line | Box | Mark


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture. `title` names it and `desc` says in a sentence or two what a look at it would show."""

    width: int
    height: int
    title: str
    desc: str
    shapes: tuple[Shape, ...]
    words: tuple[Words, ...]

    @property
    def ours(self) -> list[Words]:
        """Words of the page, in the language of its reader."""
        return [one for one in self.words if "ui" in one.role]

    @property
    def evidence(self) -> list[Words]:
        """Words of the exhibit, and figures: of no language."""
        return [one for one in self.words if "ui" not in one.role]

    def paths(self) -> list[tuple[str, str]]:
        """For each role that occurs all its shapes as one path, in the order of painting."""
        made: dict[str, list[str]] = {}
        for shape in self.shapes:
            made.setdefault(shape.role, []).append(shape.path())
        return [(role, "".join(made[role])) for role in ROLES if role in made]


def brief(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0") if value % 1 else str(int(value))


def clip(text: str, width: float) -> str:
    """A text of the fixed-width face as it fits into so many pixels, hidden characters shown, … where it is cut."""
    shown = visible(text[:LONGEST])
    most = max(1, int(width / CHARACTER))
    places = [2 if east_asian_width(one) in "WF" else 1 for one in shown]
    if sum(places) <= most and len(text) <= LONGEST:
        return shown
    used = kept = 0
    while kept < len(places) and used + places[kept] < most:
        used += places[kept]
        kept += 1
    return shown[:kept] + "…"


def spread(wanted: Iterable[float], step: float, least: float) -> list[float]:
    """Places along a column, each as near to what is wanted as fits when none is nearer than `step` to the one before
    it, and none above `least`. They are given in rising order.
    """
    made: list[float] = []
    for one in wanted:
        made.append(max(one, made[-1] + step if made else least))
    return made
