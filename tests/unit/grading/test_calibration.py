"""The Brier score against worked figures, and when a sentence is said at all."""

import pytest

from training.grading import calibration
from training.grading.calibration import Level

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
    assert (found.findings, found.brier, found.reference, found.told) == (0, None, None, None)


def test_always_saying_what_one_is_gives_the_reference() -> None:
    found = calibration.of([("probable", True)] * 9 + [("probable", False)] * 3)
    assert found.brier == pytest.approx(found.reference)


def test_a_word_that_is_no_confidence_is_refused() -> None:
    with pytest.raises(KeyError):
        calibration.of([("sure", True)])
