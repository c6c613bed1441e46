"""What a course pack may say of itself: instants that can be shown in every time zone."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from training.courses.moving.manifest import Instant

INSTANT = TypeAdapter(Instant)


@pytest.mark.parametrize("said", ["2000-01-01T00:00:00Z", "2026-11-25T10:00:00+05:00", "2100-12-31T23:59:59Z"])
def test_an_instant_of_our_years_is_taken_as_it_is(said: str) -> None:
    assert INSTANT.validate_python(said) == datetime.fromisoformat(said)


@pytest.mark.parametrize("value", [datetime(1999, 12, 31, 23, 59, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)])
def test_an_instant_of_another_year_is_refused(value: datetime) -> None:
    with pytest.raises(ValidationError) as bad:
        INSTANT.validate_python(value)
    assert [one["msg"] for one in bad.value.errors()] == ["Value error, the year is 2000 to 2100"]
