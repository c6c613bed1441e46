"""A response as all rules look at it: plan, bounds, record, what was typed, what happened."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from training.grading.conduct import typed
from training.grading.conduct.deeds import What, under
from training.grading.conduct.happened import Act, Contact, Happened, Touched
from training.grading.conduct.plan import Bounds, Conduct
from training.grading.conduct.record import Record
from training.grading.conduct.typed import Typed
from training.grading.conduct.verdict import Place, Where

_SLACK = timedelta(seconds=1)
"""How far the machine's account and the record of the platform may be apart."""
_TOGETHER = 8
"""How many entries at most are taken to run at one time."""
_KERNEL = ("/proc", "/sys", "/dev")
_RAM_FILES = ("/dev/shm",)  # noqa: S108 - the suspect machine's
SHORTEST_REASON = 10
"""Characters, white space apart, that a reason has at least."""


def reasoned(reason: str) -> bool:
    """Whether a reason was given at all. What it is worth is read by a person."""
    return len("".join(reason.split())) >= SHORTEST_REASON


def clock_time(at: datetime) -> str:
    """A time as pages write it, without its day."""
    return f"{at:%H:%M:%S}Z"


@dataclass(frozen=True)
class Case:
    """One response, as it is judged."""

    plan: Conduct
    bounds: Bounds
    record: Record
    happened: Happened

    @cached_property
    def typed(self) -> tuple[Typed, ...]:
        """The entries with what they did."""
        return typed.read(self.record.entries, self.bounds)

    @cached_property
    def imaging(self) -> datetime | None:
        """When the first acquisition was begun, or the first command that acquires; what failed had begun as well."""
        typed = [one.entry.at for one in self.typed if one.of(What.ACQUIRE)]
        return min([*(one.begun for one in self.record.acquisitions), *typed], default=None)

    def ahead_of_image(self, at: datetime) -> bool:
        """Whether memory was not yet being acquired at a time."""
        return self.imaging is None or at < self.imaging

    @cached_property
    def before_image(self) -> tuple[Typed, ...]:
        """The entries that were typed before memory was acquired."""
        return tuple(one for one in self.typed if self.ahead_of_image(one.entry.at))

    @cached_property
    def denied(self) -> tuple[str, ...]:
        """Paths and addresses that the authority does not cover."""
        return (*self.plan.denied, *self.bounds.denied)

    def looks(self) -> Iterator[Typed]:
        """An entry for each question that was put to the machine before memory was acquired."""
        for one in self.before_image:
            yield from (one for _ in one.of(What.LOOK))

    def outside(self, path: str) -> bool:
        """Whether a path lies on the suspect machine's own file systems."""
        media = (self.bounds.evidence, self.bounds.kit)
        return not under(path, media) and (not under(path, _KERNEL) or under(path, _RAM_FILES))

    def changed(self) -> Iterator[Touched]:
        """Files that the responder wrote, made or removed on the suspect machine, and need not have."""
        for one in self.happened.touched:
            if one.act is not Act.READ and self.outside(one.path) and not under(one.path, self.plan.unavoidable):
                yield one

    def read_before_image(self) -> Iterator[Touched]:
        """Files that the responder read on the suspect machine before memory was acquired."""
        for one in self.happened.touched:
            if one.act is Act.READ and self.outside(one.path) and self.ahead_of_image(one.at):
                yield one

    def entry_at(self, at: datetime) -> Typed | None:
        """The entry that ran at a time: of several the last one that had begun."""
        begun = bisect_right(self._starts, at)
        for one in reversed(self._by_start[max(0, begun - _TOGETHER) : begun]):
            if at <= one.entry.end + _SLACK:
                return one
        following = self._by_start[begun : begun + 1]
        return following[0] if following and following[0].entry.at - _SLACK <= at else None

    @cached_property
    def _by_start(self) -> list[Typed]:
        return sorted(self.typed, key=lambda one: one.entry.at)

    @cached_property
    def _starts(self) -> list[datetime]:
        return [one.entry.at for one in self._by_start]

    def writes(self, one: Typed) -> tuple[str, ...]:
        """What an entry that no account covers wrote on the suspect machine, by its line, and need not have."""
        if self.happened.measures(one.entry.at) or one.entry.failed:
            return ()
        written = (path for deed in one.of(What.WRITE) for path in deed.names)
        return tuple(path for path in written if not under(path, self.plan.unavoidable))

    def place_of(self, trace: Touched | Contact) -> Place:
        """Where a trace comes from: the entry that ran then, else the trace itself."""
        if (entry := self.entry_at(trace.at)) is not None:
            return place(entry)
        name = trace.path if isinstance(trace, Touched) else trace.address
        return Place(kind=Where.EVENT, name=name or "?", at=trace.at)


def place(one: Typed) -> Place:
    """An entry as a place."""
    return Place(kind=Where.ENTRY, name=str(one.entry.number), at=one.entry.at)
