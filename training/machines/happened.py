"""What happened to a machine while somebody worked at it: its own account and what the host saw, as grading reads it.

The account comes from inside a machine that somebody had in their hands. What can't be read makes the whole of it count
as missing: it is never trusted in part.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.orm import Session

from training.grading.conduct.happened import (
    Act,
    Cause,
    Contact,
    Ended,
    Event,
    Happened,
    LinkChange,
    Power,
    Started,
    Touched,
)
from training.grading.conduct.plan import Conduct
from training.machines.guest.ending import SENTENCES
from training.machines.models import Acquisition, Happening, Response
from training.machines.ranges import Range
from training.machines.service import acquiring, carrying, guiding

if TYPE_CHECKING:
    from training.forge.scenario import Scenario

MOST = 20_000
"""Lines of an account; the machine keeps fewer."""
DISPLACED = "displaced"
"""File beside an image with the number of its pages that differ from the memory at the arrival."""
_POWERS = {"powered off": "shutdown", "rebooted": "reset", "asleep": "suspend"}
_WAYS = {"opened": Act.READ, "written": Act.WRITTEN, "created": Act.CREATED, "removed": Act.REMOVED}


@dataclass(frozen=True, slots=True)
class Clocks:
    """How times come to the reference clock: by how much UTC is behind it, and the machine ahead (seconds)."""

    range_offset: timedelta
    clock_offset: float

    def of_row(self, at: datetime) -> datetime:
        """The time of a row."""
        return at + self.range_offset

    def of_machine(self, seconds: float) -> datetime:
        """A time of the machine's own clock. Raises ValueError, OverflowError or OSError where it is none."""
        return datetime.fromtimestamp(seconds - self.clock_offset, UTC)


class _Line(BaseModel):
    """One line of an account: the fields of all kinds, of which each kind has some."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = Field(max_length=20)
    pid: int = Field(default=0, ge=0, le=4_194_304)
    ppid: int = Field(default=0, ge=0, le=4_194_304)
    comm: str = Field(default="", max_length=64)
    exe: str = Field(default="", max_length=4_200)
    path: str = Field(default="", max_length=4_200)
    way: str = Field(default="", max_length=20)
    remote: str = Field(default="", max_length=64)
    remote_port: int = Field(default=0, ge=0, le=65_535)
    begin: float = Field(default=math.nan)
    end: float | None = None
    first: float = Field(default=math.nan)
    seconds: float = Field(default=math.nan)
    name: str = Field(default="", max_length=100)
    of: str = Field(default="", max_length=20)
    count: int = Field(default=0, ge=0, le=1_000_000_000)


_LINES = TypeAdapter(list[_Line])


def of(session: Session, here: Range, response: Response, plan: Conduct, clocks: Clocks) -> Happened:
    """All that happened in a response, by the account that was taken with its last image."""
    told = guiding.told(session, response)
    seen = Happened(measured=False, links=tuple(_links(told, clocks)), powers=tuple(_powers(response, clocks)))
    asked = [one for one in acquiring.of(session, response.id) if one.truth]
    if not asked:
        return seen
    try:
        footprint, events = (_lines(here, asked[-1], kind) for kind in ("footprint", "events"))
        if not {"arrival", "end"} <= {one.kind for one in footprint}:
            return seen
        scenario = here.plan(response.id)
        happened = tuple(_events(events, told, plan, scenario, clocks))
        return replace(_measured(seen, footprint, clocks, here, asked[-1]), events=happened)
    except (ValueError, OverflowError, OSError, RecursionError):
        return seen


def _lines(here: Range, image: Acquisition, kind: str) -> list[_Line]:
    """The lines of an account. Raises ValueError where they are none."""
    lines = acquiring.lines_of(here, image, kind)
    if len(lines) > MOST:
        raise ValueError("more lines than a machine keeps")
    return _LINES.validate_python(lines)


def _measured(seen: Happened, lines: list[_Line], clocks: Clocks, here: Range, image: Acquisition) -> Happened:
    displaced = acquiring.folder_of(here, image) / DISPLACED
    lost = {one.of: one.count for one in lines if one.kind == "lost"}
    at = clocks.of_machine
    return replace(
        seen,
        measured=True,
        frozen=clocks.of_row(image.ended_at) if image.ended_at else None,
        displaced=int(displaced.read_text("ascii")) if displaced.is_file() else None,
        started=tuple(
            Started(one.pid, one.ppid, at(one.begin), None if one.end is None else at(one.end), one.comm, one.exe)
            for one in lines
            if one.kind == "started"
        ),
        touched=tuple(
            Touched(one.pid, one.path, _WAYS[one.way], at(one.first))
            for one in lines
            if one.kind == "file" and one.way in _WAYS
        ),
        contacts=tuple(
            Contact(one.pid, one.remote, one.remote_port, at(one.first)) for one in lines if one.kind == "socket"
        ),
        more_started=lost.get("processes", 0),
        more_touched=lost.get("files", 0),
        more_contacts=lost.get("sockets", 0),
        ended=tuple(Ended(one.pid, at(one.seconds), one.comm) for one in lines if one.kind == "ended"),
    )


def _events(
    lines: list[_Line], told: list[Happening], plan: Conduct, scenario: "Scenario", clocks: Clocks
) -> Iterator[Event]:
    """The named events of the living play. One of a list on call was begun by an instructor, or answered something."""
    fired = {one.text for one in told if one.kind == "event" and one.answer.startswith(carrying.DONE)}
    lists = scenario.live.on_call if scenario.live else {}
    by_hand = {step.as_ for name, steps in lists.items() if name in fired for step in steps}
    on_call = {step.as_ for steps in lists.values() for step in steps}
    for one in lines:
        if one.kind != "event" or not one.name:
            continue
        about = plan.happening(one.name)
        answers = one.name in on_call or (about is not None and about.answers)
        cause = Cause.INSTRUCTOR if one.name in by_hand else Cause.ANSWER if answers else Cause.TIME
        said = about.text if about else ""
        yield Event(one.name, clocks.of_machine(one.seconds), said, cause, plan.lost_by(one.name))


def _links(told: list[Happening], clocks: Clocks) -> Iterator[LinkChange]:
    """The changes of the link; to leave it is none."""
    for one in told:
        word, _, state = one.wish.partition(" ")
        if word == "link" and state != "leave" and one.done_at and one.answer.startswith(carrying.DONE):
            cause = Cause.RESPONDER if one.kind == "decision" else Cause.INSTRUCTOR
            yield LinkChange(clocks.of_row(one.at), state, cause)


def _powers(response: Response, clocks: Clocks) -> Iterator[Power]:
    """The end of the machine from inside. Whether the responder asked for it, the record says."""
    for why, kind in _POWERS.items():
        if response.ended_at is not None and str(response.why) == str(SENTENCES[why]):
            yield Power(clocks.of_row(response.ended_at), kind)
