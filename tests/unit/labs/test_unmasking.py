"""How the log names the rows of which masked values were shown."""

import pytest

from training.labs.service.unmasking import spans


@pytest.mark.parametrize(
    ("rows", "named"),
    [([], ""), ([3], "3"), ([0, 1, 2, 4], "0-2,4"), ([4, 0, 2], "0,2,4"), ([2, 1, 1], "1-2"), ([7, 9, 8], "7-9")],
)
def test_rows_are_named_in_short_and_none_besides(rows: list[int], named: str) -> None:
    assert spans(rows) == named
