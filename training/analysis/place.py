"""Where runs are worked off, in the words that one machine and a cluster both answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from training.analysis.job import Job
from training.analysis.outcome import Outcome

Ended = Callable[[], str | None]
"""Why a run shall end at once, such as 'it was ended by hand'; None while it may go on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what is being done, and rows so far."""

    stage: str
    rows: int = 0


Report = Callable[[Progress], None]


class Place(Protocol):
    """Where runs are worked off: this machine, or others."""

    def work(self, job: Job, report: Report, ended: Ended) -> Outcome:
        """Work one job off; never raises for what a plugin or an image does."""

    def close(self) -> None:
        """End everything that is under way."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A place that engines use one after the other: whoever opened it closes it."""

    place: Place

    def work(self, job: Job, report: Report, ended: Ended) -> Outcome:
        """Have the place do it."""
        return self.place.work(job, report, ended)

    def close(self) -> None:
        """Leave it as it is."""
