"""What really happened on the machine while somebody stood before it: the account of its own dormant part.

The account of processes, files and sockets is of the responder's own: of what was started at the console, however far
it went. Events are of the whole machine. All times are those of the reference clock, in UTC and aware: whoever makes
these values takes the planted offset from the machine's own times. Nothing here comes from what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Started:
    """A process that was started at the console. `ended` is None while it ran on."""

    pid: int
    ppid: int
    at: datetime
    ended: datetime | None = None
    comm: str = ""
    exe: str = ""
    args: tuple[str, ...] = ()


class Act(StrEnum):
    """What was done to a file."""

    READ = "read"
    WRITTEN = "written"
    CREATED = "created"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Touched:
    """A file outside the evidence medium that a process touched, and when it first did."""

    pid: int
    path: str
    act: Act
    at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A socket that a process opened towards another machine, and when; the port is 0 where none was named."""

    pid: int
    address: str
    port: int
    at: datetime


class Cause(StrEnum):
    """Who or what caused something."""

    TIME = "time"
    """The situation as it goes on by itself."""
    RESPONDER = "responder"
    INSTRUCTOR = "instructor"
    ANSWER = "answer"
    """Somebody or something on the machine that answered what the responder did, such as a dead-man switch."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `text` is a sentence for people; `loses` names the items that were lost by it."""

    name: str
    at: datetime
    text: str = ""
    cause: Cause = Cause.TIME
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The network link was left, cut or filtered: `state` is the word for it."""

    at: datetime
    state: str
    cause: Cause = Cause.RESPONDER


@dataclass(frozen=True, slots=True)
class Power:
    """The machine went down, started again or slept: `kind` is shutdown, reset or suspend.

    `cause` is RESPONDER where that is known; else a command that asked for it shortly before says so.
    """

    at: datetime
    kind: str
    cause: Cause = Cause.TIME


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ran at the arrival and has ended. `cause` is RESPONDER where the machine's account says so."""

    pid: int
    at: datetime
    comm: str = ""
    cause: Cause = Cause.TIME


@dataclass(frozen=True, slots=True)
class Happened:
    """All that happened.

    Attributes:
        measured: the machine's own account is there. Where it is not, `started`, `touched`, `contacts` and `ended` are
            empty and say nothing.
        frozen: when that account was taken; what was typed later is not in it. None: nothing was typed later.
        started, touched, contacts: the footprint of the responder.
        more_started, more_touched, more_contacts: how many of each came when the account had no room for more.
        displaced: pages of memory that differ from those at the arrival; None where they were not compared.
        ended: processes of before that ended.
        events, links, powers: in order of time; the host knows of the last two, measured or not.
    """

    measured: bool = True
    frozen: datetime | None = None
    started: tuple[Started, ...] = ()
    touched: tuple[Touched, ...] = ()
    contacts: tuple[Contact, ...] = ()
    more_started: int = 0
    more_touched: int = 0
    more_contacts: int = 0
    displaced: int | None = None
    ended: tuple[Ended, ...] = ()
    events: tuple[Event, ...] = ()
    links: tuple[LinkChange, ...] = ()
    powers: tuple[Power, ...] = ()

    def measures(self, at: datetime) -> bool:
        """Whether the machine's own account covers a moment."""
        return self.measured and (self.frozen is None or at <= self.frozen)
