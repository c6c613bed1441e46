"""What somebody did before a running machine: the sealed record of a response, as grading reads it.

All times are those of the reference clock, in UTC and aware. The record is what the platform wrote down while it
happened; remarks and forms are what the person wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from training.grading.conduct.verdict import Where


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the console.

    Attributes:
        number: from 1, in the order in which they were typed.
        line: as it was typed.
        at: when it was sent.
        seconds: how long it ran; None where no prompt came back.
        exit: its exit state; None where no prompt came back.
        sha256: of its output.
        kit: whether the program came from the kit, where that is known otherwise; None: the line says it.
    """

    number: int
    line: str
    at: datetime
    seconds: float | None = None
    exit: int | None = None
    sha256: str = ""
    kit: bool | None = None

    @property
    def end(self) -> datetime:
        """When its prompt came back, or when it began."""
        return self.at + timedelta(seconds=self.seconds or 0.0)

    @property
    def failed(self) -> bool:
        """Whether it is known to have ended with an error."""
        return self.exit is not None and self.exit != 0


@dataclass(frozen=True, slots=True)
class About:
    """What a remark is bound to: an entry or an acquisition by its number, or a form by its name."""

    kind: Where
    name: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A note of the person, numbered from 1, bound to something or to its time alone."""

    number: int
    text: str
    at: datetime
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stood when it was saved: the field names with what was written."""

    at: datetime
    fields: Mapping[str, str]

    def fills(self, name: str) -> bool:
        """Whether something stands in a field."""
        return bool(self.fields.get(name, "").strip())


@dataclass(frozen=True, slots=True)
class ClockPair:
    """The two clocks, read at one instant.

    `offset`: seconds that the machine is ahead of the reference clock, as the person states it.
    """

    at: datetime
    offset: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen at a fork, and why."""

    fork: str
    choice: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Plugged:
    """A medium that was plugged in. `serial`: as the person noted it; empty where it was not noted, or not rightly."""

    name: str
    serial: str
    at: datetime


class Way(StrEnum):
    """How memory was acquired."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class Side(StrEnum):
    """On which side of the transfer a hash was taken."""

    SOURCE = "source"
    COLLECTOR = "collector"


@dataclass(frozen=True, slots=True)
class Hash:
    """A hash of an acquired image: SHA-256 in small letters, on which side, when."""

    side: Side
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Acquisition:
    """An acquisition of memory, numbered from 1. `ended` is None, or `whole` False, where it was broken off."""

    number: int
    way: Way
    begun: datetime
    ended: datetime | None = None
    whole: bool = True
    hashes: tuple[Hash, ...] = ()

    @property
    def done(self) -> bool:
        """Whether an image came of it."""
        return self.whole and self.ended is not None

    def hash(self, side: Side) -> Hash | None:
        """The last hash of one side."""
        return max((one for one in self.hashes if one.side is side), key=lambda one: one.at, default=None)

    @property
    def compared(self) -> datetime | None:
        """When both sides were known to agree; None where they don't, or where one is missing."""
        source, other = self.hash(Side.SOURCE), self.hash(Side.COLLECTOR)
        if source is None or other is None or source.value.lower() != other.value.lower():
            return None
        return max(source.at, other.at)


@dataclass(frozen=True, slots=True)
class Record:
    """The whole record of a response.

    Attributes:
        arrived: when the person came before the machine.
        entries, remarks, decisions, plugged, acquisitions, clocks, scenes: in order of time.
        authority: when the authority was read.
        custody: the forms of custody.
        hand_over: the form of the hand-over.
        ended: when the work was ended.
        digests: SHA-256 of files that were taken from the evidence medium, and of the kit's programs.
    """

    arrived: datetime
    entries: tuple[Entry, ...] = ()
    remarks: tuple[Remark, ...] = ()
    authority: datetime | None = None
    scenes: tuple[Form, ...] = ()
    clocks: tuple[ClockPair, ...] = ()
    decisions: tuple[Decision, ...] = ()
    plugged: tuple[Plugged, ...] = ()
    acquisitions: tuple[Acquisition, ...] = ()
    custody: tuple[Form, ...] = ()
    hand_over: Form | None = None
    ended: datetime | None = None
    digests: frozenset[str] = frozenset()

    @property
    def image(self) -> Acquisition | None:
        """The first acquisition of which an image came."""
        return next((one for one in self.acquisitions if one.done), None)

    @property
    def handed(self) -> datetime | None:
        """When it was handed over."""
        return self.hand_over.at if self.hand_over else None
