"""A machine of another zone."""

import time
from collections.abc import Iterator

import pytest


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is that of Tokyo until the end of the test."""
    with monkeypatch.context() as within:
        within.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()
