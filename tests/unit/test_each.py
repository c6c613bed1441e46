"""A check of many alike looks at all of them and names every fault."""

from collections.abc import Callable

import pytest

from tests.each import check_each


def must_be_small(number: int) -> None:
    assert number < 3


def faults_of(check: Callable[[], None]) -> str:
    with pytest.raises(pytest.fail.Exception) as failed:
        check()
    return str(failed.value)


def test_every_fault_is_named_and_what_is_right_is_not() -> None:
    told = faults_of(check_each([1, 5, 2, 7], lambda number: f"number {number}")(must_be_small))
    assert told.splitlines()[0] == "2 of 4 are wrong"
    assert "number 5, line 11: AssertionError" in told
    assert "number 7, line 11: AssertionError" in told
    assert "number 2" not in told
    check_each([1, 2])(must_be_small)()


def test_an_error_and_an_expectation_that_is_not_met_are_faults_too() -> None:
    def must_be_refused(text: str) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            int(text)

    assert "7, line" in faults_of(check_each(["x", "7"])(must_be_refused))
    assert "None, line" in faults_of(check_each([None])(must_be_refused))


def test_nothing_to_look_at_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="nothing to look at"):
        check_each([])(must_be_small)()


@check_each(["a", "b"])
def test_other_parameters_are_fixtures(letter: str, request: pytest.FixtureRequest) -> None:
    assert letter in "ab"
    assert request.node.name == "test_other_parameters_are_fixtures"
