"""Times as Windows keeps them, and numbers that are drawn for one part of a machine without moving another's."""

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from training.forge.windows.plan import Filetime

SECOND: Final = 10_000_000
"""Steps of a `Filetime` in a second."""
MINUTE: Final = 60 * SECOND
DAY: Final = 86_400 * SECOND

_FIRST: Final = datetime(1601, 1, 1, tzinfo=UTC)


def filetime(moment: datetime) -> Filetime:
    """A time as Windows keeps it."""
    span = moment - _FIRST
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds * 10


def moment(time: Filetime) -> datetime:
    """A time of Windows in UTC, cut to microseconds."""
    return _FIRST + timedelta(microseconds=time // 10)


class Drawing:
    """The numbers of one variant: `Drawing(key)("part")` gives the generator of a part, from its start."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, part: str) -> Random:
        """The generator of a part."""
        return Random(hashlib.sha256(f"{self.key}\0plan\0{part}".encode()).digest())  # noqa: S311 - drawn again, no secret

    def within(self, whole: datetime, part: str) -> Filetime:
        """A time in whole seconds with a fraction drawn for a part."""
        return filetime(whole) + self(part).randrange(1, SECOND)

    def digest(self, part: str) -> str:
        """40 hexadecimal digits drawn for a part; the first is not 0."""
        found = hashlib.sha256(f"{self.key}\0digest\0{part}".encode()).hexdigest()[:40]
        return ("a" if found[0] == "0" else found[0]) + found[1:]
