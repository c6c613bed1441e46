"""The radar's geometry, words of changes, tables that no spreadsheet takes for formulas."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.assessment_place import example
from training.assessment.presentation import words
from training.assessment.presentation.radar import point, radar
from training.assessment.presentation.tables import as_csv, figures
from training.assessment.scoring import document
from training.assessment.scoring.dimensions import Level
from training.assessment.scoring.result import score

CODES = tuple(f"D{n}" for n in range(1, 9))
FOUND = score(document.read(example("given")))


def test_scores_of_the_worked_example_lie_where_the_method_says() -> None:
    axes = {one.code: one for one in radar(FOUND.dimensions, CODES).axes}
    assert axes["D4"].score == (248.7, 248.7)
    assert axes["D6"].score == (136.4, 263.6)


@pytest.mark.parametrize(
    ("axis", "end"),
    [(0, (200, 40)), (1, (313.1, 86.9)), (2, (360, 200)), (3, (313.1, 313.1)), (4, (200, 360)), (6, (40, 200))],
)
def test_axes_begin_at_the_top_and_go_round_with_the_clock(axis: int, end: tuple[float, float]) -> None:
    assert point(axis, 4) == end


def test_what_is_not_published_has_a_stub_and_is_never_drawn_through_zero() -> None:
    found = radar(FOUND.dimensions, CODES)
    assert [one.code for one in found.axes if one.stub] == ["D1", "D2", "D3", "D5", "D7", "D8"]
    assert not found.closed
    assert found.scores == (((248.7, 248.7),), ((136.4, 263.6),))  # two runs of one: no line at all
    assert found.filled == ()
    assert all((200, 200) not in run for run in (*found.scores, *found.targets))


def level(value: int) -> Level:
    return Level(Fraction(value), Fraction(3), "fair")


def test_neighbours_are_joined_around_the_circle_and_the_shape_stays_open_at_a_gap() -> None:
    one = FOUND.dimensions[0]
    published = [replace(one, code=code, level=level(2)) for code in CODES if code != "D3"]
    found = radar(published, CODES)
    assert len(found.scores) == 1
    assert found.scores[0][0] == point(3, 2)  # from D4 on, over D8 and D1, to D2
    assert found.scores[0][-1] == point(1, 2)
    assert not found.closed
    assert found.filled == ()  # neither through the centre nor across D3


def test_a_single_gap_leaves_a_line_and_no_corner_in_the_centre() -> None:
    """Whichever axis has none, it is crossed by nothing: no edge of a fill, no line, no point at zero."""
    one = FOUND.dimensions[0]
    for missing in CODES:
        published = [replace(one, code=code, level=level(3)) for code in CODES if code != missing]
        found = radar(published, CODES)
        drawn = [*found.filled, *(corner for run in (*found.scores, *found.targets) for corner in run)]
        assert (200.0, 200.0) not in drawn
        assert found.filled == ()
        assert [len(run) for run in found.scores] == [7]


def test_eight_published_dimensions_close_the_shape() -> None:
    found = radar([replace(FOUND.dimensions[0], code=code, level=level(2)) for code in CODES], CODES)
    assert found.closed
    assert len(found.scores[0]) == 8
    assert found.filled == found.scores[0]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (("2", "fair"), ("5/2", "fair"), "higher by 0.50"),
        (("2", "fair"), ("249/100", "fair"), "no clear change"),
        (("5/2", "strong"), ("2", "fair"), "lower by 0.50"),
        (("1", "weak"), ("4", "strong"), "no clear change"),
    ],
)
def test_a_change_below_a_half_or_with_weak_evidence_is_no_clear_one(
    before: tuple[str, str], now: tuple[str, str], said: str
) -> None:
    one, two = ((Fraction(value), confidence) for value, confidence in (before, now))
    assert words.change(one, two, same_version=True) == said
    assert words.change(one, None, same_version=True) == ""


def test_no_cell_of_the_table_is_taken_for_a_formula() -> None:
    made = as_csv([["=1+1", "+1", "-1", "@x", "\t=1", "plain"]])
    assert made == "\ufeff'=1+1,'+1,'-1,'@x,'\t=1,plain\r\n"


def test_figures_are_those_that_are_displayed() -> None:
    assert figures(FOUND.dimensions[0]) == ("1.72", "3.00", "1.28", "0.62", "2/3")
    assert figures(None) == ("", "", "", "", "")
