"""Figures on paper: every path that a figure of the workbench can have is read as the shapes that it was made of."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from training.analysis.views.drawing import ROLES, Anchor, Box, Figure, Line, Mark, Shape
from training.credentials.paper.sheet import INSIDE, LEADING, TOP, Sheet
from training.reporting import pictures
from training.reporting.document import Drawn, Word
from training.reporting.figures import LEGENDS, NAMES
from training.reporting.paper import LOWEST

ANCHORS: tuple[Anchor, ...] = ("start", "middle", "end")
SHAPES: list[tuple[Shape, list[tuple[int, bool, float]]]] = [
    (Line(((1, 2), (1, 9), (5.5, 9), (7, -3))), [(4, False, 0)]),
    (Box(3, 4, 10, 20), [(4, True, 0)]),
    (Mark(10, 10), [(4, True, 0)]),
    (Mark(10, 10, "double"), [(4, True, 0), (4, True, 0)]),
    (Mark(10, 10, "diamond"), [(4, True, 0)]),
    (Mark(10, 10, "circle"), [(1, True, 5)]),
]


@pytest.mark.parametrize(("shape", "expected"), SHAPES)
def test_a_path_is_read_as_the_shapes_that_it_was_made_of(
    shape: Shape, expected: list[tuple[int, bool, float]]
) -> None:
    found = list(pictures.shapes(shape.path()))
    assert [(len(points), closed, radius) for points, closed, radius in found] == expected
    points, _, radius = found[0]
    if isinstance(shape, Line):
        assert points == [(float(x), float(y)) for x, y in shape.points]
    elif isinstance(shape, Box):
        assert points == [(3, 4), (13, 4), (13, 24), (3, 24)]
    else:
        xs, ys = {x for x, _ in points}, {y for _, y in points}
        assert ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2) == (10, 10)
        assert radius in {0, 5}


def test_several_shapes_of_a_role_are_one_path_and_come_apart_again() -> None:
    figure = Figure(1, 1, "", "", tuple(replace(one, role="nd") for one, _ in SHAPES), ())
    ((role, path),) = figure.paths()
    assert role == "nd"
    assert len(list(pictures.shapes(path))) == sum(len(each) for _, each in SHAPES)
    assert set(pictures.LOOK) == set(ROLES), "each role has its look on paper"
    assert set(LEGENDS) == set(NAMES), "each figure says what its marks mean"


def test_columns_fit_and_words_are_said() -> None:
    drawn = Drawn(
        name="tree", number=1, width=10, height=10, called={"say": "Process tree"}, tells="", lines=(), words=(),
        heads=({"say": "Name"}, "PID"), rows=(("init", "1"), ({"say": "%(n)s", "with": {"n": "x"}}, "2")), runs=(1,),
        given={},
    )  # fmt: skip
    picture = pictures.of(drawn, str.upper)
    assert picture.heads == ("NAME", "PID")
    assert picture.rows[1] == ("X", "2")
    assert "FIGURE 1" in picture.letters
    assert sum(pictures._fitting([100, 50, 3], 60)) + 2 * pictures.GAP <= 60
    assert pictures._lines(("one two", "abcdef", "left to the words"), (4, 4)) == ["one   abcd", "two   ef"]


def test_nothing_of_a_row_is_lost_on_paper() -> None:
    ends = ("[2001:db8:0:1:2:3:4:5]:443", "[2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]:65535")
    holders = ", ".join(f"worker{n} {400 + n}" for n in range(6))
    drawn = Drawn(
        name="network", number=1, width=1104, height=80, called="Network", tells="", lines=(), words=(),
        heads=("Process", "Own end", "Far end", "Protocol", "State", "Run and row", "What stands out"),
        rows=((holders, *ends, "TCP6", "ESTABLISHED", "3:12 4:5 6:7 8:9 …", ""),) * 90, runs=(1,), given={},
    )  # fmt: skip
    sheet = Sheet("en", holders, UUID(int=1), datetime(2026, 11, 26, tzinfo=UTC)).with_fixed()
    said: list[tuple[str, float]] = []

    def put(text: str, start: float, y: float, width: float, size: float, **how: Any) -> float:
        said.append((text, y))
        return size * LEADING

    sheet.add_page()
    sheet.put = put  # type: ignore[method-assign]  # what is asked of the paper
    pictures.table(sheet, pictures.of(drawn, str), TOP, LOWEST)
    sheet.give_back()
    lines = [(text, y) for text, y in said if text not in drawn.heads]
    assert {text for text, _ in said} >= set(drawn.heads[:-1])
    assert drawn.heads[-1] not in {text for text, _ in said}, "no column for nothing"
    assert len(lines) % 90 == 0
    assert len(lines) > 90
    shown, whole = "".join(text for text, _ in lines), "".join(map("".join, drawn.table))
    assert Counter(shown.replace(" ", "")) == Counter(whole.replace(" ", ""))
    letter = pictures.ROW * pictures.POINT * pictures.FIXED
    assert all(len(text) * letter <= INSIDE and y < LOWEST for text, y in lines), "nothing goes over an edge"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_words_stand_where_the_figure_has_them_on_every_paper(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tuple(Word(x=236, y=50, says="httpd 265", anchor=one) for one in ANCHORS)
    drawn = Drawn(
        name="network", number=3, width=1080, height=80, called="Network", tells="", lines=(("nd", "M1 1h5v5h-5z"),),
        words=words, heads=("A", "B"), rows=(("1", "2"),), runs=(1,), given={},
    )  # fmt: skip
    sheet = Sheet(language, "httpd 265", UUID(int=1), datetime(2026, 11, 26, tzinfo=UTC)).with_fixed()
    stands: list[tuple[float, float, bool]] = []

    def put(text: str, start: float, y: float, width: float, size: float, **how: Any) -> float:
        if text == "httpd 265":
            stands.append((sheet.at(start, width), width, how["end"] != sheet.rtl))
        return size * 0.46

    monkeypatch.setattr(sheet, "put", put)
    sheet.add_page()
    pictures.draw(sheet, pictures.of(drawn, str), 20, 270)
    sheet.give_back()
    (begins, _, one), (middle, _, two), (left, width, three) = stands
    assert (one, two, three) == (False, False, True), "only what ends somewhere is set from the right"
    assert min(begins, middle, left) > 0, "left of the paper would be counted from its right"
    assert middle < begins
    assert left + width == pytest.approx(begins)
