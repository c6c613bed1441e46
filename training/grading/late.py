"""Late work: what a finding earns by the date when it was received. A pure function: times are arguments.

One timeline of dates, each with the percentage that is in force until then; after the last date the assignment is
closed, or goes on as practice that earns nothing. A finding has the share of the moment when it was received, whenever
its attempt was begun, and keeps it: points that were earned earlier stay (`credit.standing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

MOST_DATES = 10
"""Dates that a timeline may have."""

_IN_TIME = timedelta()

Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class Date(BaseModel):
    """A date of a timeline.

    Attributes:
        until: the last moment at which the percentage is in force; a finding received at exactly this time has it.
        percent: of what a finding gains, 0 to 100.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: Moment
    percent: float = Field(ge=0, le=100)


class Timeline(BaseModel):
    """What findings earn by the time of their arrival.

    Attributes:
        dates: in order of time, the percentage falling from each to the next; none: everything earns all, for ever.
        after: what follows the last date: nothing is received (`closed`), or it earns nothing (`practice`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dates: tuple[Date, ...] = Field(default=(), max_length=MOST_DATES)
    after: Literal["closed", "practice"] = "closed"

    @model_validator(mode="after")
    def _falling(self) -> Self:
        for earlier, later in pairwise(self.dates):
            if later.until <= earlier.until:
                raise ValueError("each date of the timeline comes after the one before it")
            if later.percent >= earlier.percent:
                raise ValueError("the percentage falls from each date to the next")
        return self

    @staticmethod
    def of(rows: Sequence[Sequence[object]], after: str = "closed") -> Timeline:
        """A timeline from rows of an ISO time with a zone and a percentage, as a database keeps them.

        Raises:
            ValueError: a row has another form, or the dates are out of order.
        """
        if any(len(row) != 2 for row in rows):  # noqa: PLR2004 - a time and a percentage
            raise ValueError("a date of a timeline is a time and a percentage")
        dates = [{"until": until, "percent": percent} for until, percent in rows]
        return Timeline.model_validate({"dates": dates, "after": after})

    @property
    def rows(self) -> list[list[object]]:
        """The dates as JSON rows of an ISO time in UTC and a percentage; `of` reads them again."""
        return [[one.until.isoformat(), one.percent] for one in self.dates]

    def moved(self, extra: timedelta) -> Timeline:
        """The timeline of a person with extra time: every date is later by it. Raises ValueError for less than none."""
        if extra < _IN_TIME:
            raise ValueError("extra time is never less than none")
        dates = tuple(Date(until=one.until + extra, percent=one.percent) for one in self.dates)
        return Timeline(dates=dates, after=self.after)

    def in_force(self, moment: datetime) -> Date | None:
        """The date that is in force at a moment; None after the last one, and where there is none."""
        return next((one for one in self.dates if moment <= one.until), None)


def share(timeline: Timeline, received: datetime, extra: timedelta = _IN_TIME) -> float | None:
    """What lateness leaves of the gain of a finding.

    Args:
        timeline: of the assignment.
        received: when the finding was received; a time with a zone.
        extra: by how much every date is later for this person.

    Returns:
        0 to 1; None where nothing is received any more.
    """
    if not timeline.dates:
        return 1.0
    date = timeline.moved(extra).in_force(received)
    if date is not None:
        return date.percent / 100
    return 0.0 if timeline.after == "practice" else None
