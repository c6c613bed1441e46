"""The Brier score against worked figures, and when a sentence is said at all."""

import pytest

from training.grading import calibration
from training.grading.calibration import Calibration, Level

EXAMPLE = [
    *(("certain", True), ("certain", True), ("certain", False)),
    *(("probable", True), ("probable", False), ("possible", True)),
]


def test_the_worked_example() -> None:
    found = calibration.of(EXAMPLE)
    assert round(found.brier or 0, 3) == 0.297
    assert round(found.reference or 0, 3) == 0.222
    assert found.findings == 6
    assert found.held == 4
    assert found.levels == (
        Level("certain", 0.95, 3, 2),
        Level("probable", 0.75, 2, 1),
        Level("possible", 0.5, 1, 1),
    )


def test_half_of_it_comes_from_the_one_confident_error() -> None:
    without = calibration.of([pair for pair in EXAMPLE if pair != ("certain", False)])
    whole = calibration.of(EXAMPLE)
    assert without.brier is not None
    assert whole.brier is not None
    assert (whole.brier * 6 - without.brier * 5) / (whole.brier * 6) == pytest.approx(0.506, abs=0.001)


def test_nothing_is_said_below_ten_findings() -> None:
    nine = calibration.of([("certain", False)] * 9)
    assert nine.told is None
    assert not nine.too_sure
    ten = calibration.of([("certain", False)] * 10)
    assert ten.told == Level("certain", 0.95, 10, 0)
    assert ten.too_sure


def test_the_sentence_is_about_the_level_that_is_furthest_off() -> None:
    found = calibration.of(
        [("certain", True)] * 5 + [("certain", False)] * 3 + [("possible", True)] * 2 + [("possible", False)] * 2
    )
    assert found.told == Level("certain", 0.95, 8, 5)
    assert found.too_sure


def test_whoever_is_right_more_often_than_said_is_not_too_sure() -> None:
    found = calibration.of([("possible", True)] * 11 + [("possible", False)])
    assert found.told == Level("possible", 0.5, 12, 11)
    assert found.told.excess == -5
    assert not found.too_sure


def test_no_findings_give_no_figures() -> None:
    found = calibration.of([(None, True)])
    levels = (Level("certain", 0.95, 0, 0), Level("probable", 0.75, 0, 0), Level("possible", 0.5, 0, 0))
    assert found == calibration.of([]) == Calibration(0, 0, None, None, levels)
    assert (found.told, found.too_sure) == (None, False)


def test_always_saying_what_one_is_gives_the_reference() -> None:
    found = calibration.of([("probable", True)] * 9 + [("probable", False)] * 3)
    assert found.brier == pytest.approx(found.reference)


def test_a_word_that_is_no_confidence_is_refused() -> None:
    with pytest.raises(KeyError):
        calibration.of([("sure", True)])


def test_of_levels_that_are_equally_far_off_the_surer_one_is_told() -> None:
    few = [("probable", True)] * 4 + [("possible", False)] * 2
    found = calibration.of([*few, *[("possible", True)] * 4])
    assert [level.excess for level in found.levels] == [0.0, -1.0, -1.0]
    assert found.told == Level("probable", 0.75, 4, 4)


def test_whoever_says_what_is_so_is_not_too_sure() -> None:
    exact = calibration.of([("probable", True)] * 9 + [("probable", False)] * 3)
    assert (exact.brier, exact.reference, exact.too_sure) == (0.1875, 0.1875, False)
    nearer = [("probable", True)] * 5 + [("probable", False)] * 3 + [("possible", False)] * 2
    found = calibration.of(nearer)
    assert (found.brier, found.reference, found.too_sure) == (0.25, 0.25, False), "the own share is no nearer"
    surer = calibration.of([("probable", True)] * 8 + [("probable", False)] * 4)
    assert surer.too_sure
    even = calibration.of([("probable", True)] * 2 + [("probable", False)] * 6 + [("possible", True)] * 8)
    assert sum(level.excess for level in even.levels) == 0
    assert even.brier is not None
    assert even.brier > (even.reference or 1)
    assert not even.too_sure, "as many held as were promised"
