"""What applies to one attempt: mode, dates with the person's own extra time, time limit. Times are arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from training.errors import Conflict
from training.grading import late
from training.grading.late import Timeline
from training.labs.models import Assignment, Attempt
from training.sentence import phrase


@dataclass(frozen=True, slots=True)
class Terms:
    """What applies to one person's work on a lab.

    Attributes:
        assignment: what the instructor set; None: practice without dates.
        extra: how much later every date is for this person, and how much longer the time limit.
        begun: when the attempt was begun; None before.
    """

    assignment: Assignment | None = None
    extra: timedelta = timedelta()
    begun: datetime | None = None

    @property
    def examination(self) -> bool:
        """Whether it is an examination."""
        return self.assignment is not None and self.assignment.examination

    @property
    def released_at(self) -> datetime | None:
        """When the results of an examination were released, which ended it."""
        return self.assignment.released_at if self.assignment is not None and self.assignment.examination else None

    @property
    def told(self) -> bool:
        """Whether the person may see feedback and points: in practice always, in an examination once released."""
        return not self.examination or self.released_at is not None

    @property
    def hints(self) -> bool:
        """Whether hints can be opened."""
        return self.assignment is None or self.assignment.hints

    @property
    def pass_percent(self) -> int:
        """Share of the lab's points from which on it is passed."""
        return 60 if self.assignment is None else self.assignment.pass_percent

    @property
    def dates(self) -> tuple[tuple[datetime, int], ...]:
        """Each date as it is for this person, with the percentage that is in force until then."""
        listed = dates_of(self.assignment) if self.assignment else ()
        return tuple((until + self.extra, percent) for until, percent in listed)

    @property
    def ends_at(self) -> datetime | None:
        """When this person's time is up; None without a time limit, or before the beginning."""
        if self.assignment is None or self.assignment.minutes is None or self.begun is None:
            return None
        return self.begun + timedelta(minutes=self.assignment.minutes) + self.extra

    @property
    def closes_at(self) -> datetime | None:
        """After this date nothing is accepted; None where practice follows, or there is no date."""
        if self.assignment is None or not self.dates or self.assignment.after != "closed":
            return None
        return self.dates[-1][0]

    def minutes(self, now: datetime) -> int | None:
        """How long whoever begins now can work so that it counts, in whole minutes; None without a time limit."""
        if self.assignment is None or self.assignment.minutes is None:
            return None
        own = self.assignment.minutes + int(self.extra.total_seconds() // 60)
        left = int((self.dates[-1][0] - now).total_seconds() // 60) if self.dates else own
        return max(0, min(own, left))

    @property
    def until(self) -> datetime | None:
        """When nothing is accepted from this person any more: the time limit, the last date, the release of results."""
        released = self.assignment.released_at if self.assignment else None
        return min((end for end in (self.ends_at, self.closes_at, released) if end is not None), default=None)

    def share(self, received: datetime) -> float | None:
        """The part of what a finding earns that counts when it is received at this time, 0 to 1; None: closed."""
        if self.assignment is None:
            return 1.0
        if self.until is not None and received > self.until:
            return None
        timeline = Timeline.of(self.assignment.timeline, self.assignment.after)
        return late.share(timeline, received, self.extra)

    def admit(self, received: datetime) -> float:
        """The same, for something that arrives now.

        Raises:
            Conflict: nothing is accepted any more, with the date.
        """
        found = self.share(received)
        if found is None:
            raise Conflict(self.ended(received))
        return found

    def ended(self, now: datetime) -> str:
        """Why nothing is accepted any more, one sentence; empty where something is."""
        if self.assignment is None or self.share(now) is not None:
            return ""
        if self.ends_at is not None and self.ends_at == self.until:
            return phrase("The time of this attempt was up at %(time)s.", time=written(self.ends_at))
        if self.closes_at is not None and self.closes_at == self.until:
            return phrase("The last date was %(time)s.", time=written(self.closes_at))
        return phrase(
            "The results of this examination were released at %(time)s, which ended it.", time=written(self.until)
        )


PRACTICE = Terms()
"""What applies without an assignment."""


def dates_of(assignment: Assignment) -> tuple[tuple[datetime, int], ...]:
    """The dates of an assignment, as they are for everybody."""
    return tuple((datetime.fromisoformat(until), int(percent)) for until, percent in assignment.timeline)


def running(longest: Terms, attempt: Attempt, now: datetime) -> bool:
    """Whether an examination binds an attempt that was not begun on it: it has opened, and somebody may be at work.

    `longest` are its terms for whoever has the most time.
    """
    it = longest.assignment
    if it is None or not it.examination or attempt.assignment_id == it.id:
        return False
    return it.opens_at <= now and longest.share(now) is not None


def written(time: datetime | None) -> str:
    """A time as messages write it, in UTC."""
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else ""
