"""What grading says of somebody's conduct before a running machine, as data that can be kept and shown.

Every sentence is a `Told`: kept as JSON it can still be said in another language.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from training.grading.verdict import Told

VERSION = 3
"""Raised whenever the same response would be judged otherwise."""

Share = Annotated[float, Field(ge=0, le=1)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Part(StrEnum):
    """The five parts of a verdict."""

    ORDER = "order"
    FOOTPRINT = "footprint"
    NOTES = "notes"
    DECISIONS = "decisions"
    CARE = "care"


class Code(StrEnum):
    """The named mistakes of conduct."""

    ORDER = "C-ORDER"
    TRUST = "C-TRUST"
    WRITE = "C-WRITE"
    RES = "C-RES"
    LINK = "C-LINK"
    HASH = "C-HASH"
    NOTE = "C-NOTE"
    AUTH = "C-AUTH"
    TIME = "C-TIME"
    KILL = "C-KILL"
    SHUT = "C-SHUT"
    LATE = "C-LATE"


class Where(StrEnum):
    """What kind of place a mistake has."""

    ENTRY = "entry"
    """A command of the record, by its number."""
    FORM = "form"
    """A form or its field, by name."""
    EVENT = "event"
    """Something that happened on the machine, by name."""
    REMARK = "remark"
    """A remark, by its number."""
    ACQUISITION = "acquisition"
    """An acquisition, by its number."""


class Place(_Said):
    """Where something was seen.

    Attributes:
        kind: see `Where`.
        name: number or name of it; never empty.
        at: when, by the reference clock in UTC; None where it has no time, such as a form that was never filled in.
    """

    kind: Where
    name: str = Field(min_length=1)
    at: datetime | None = None


class Mistake(_Said):
    """A named mistake.

    Attributes:
        code: its name.
        place: where it was seen.
        says: what follows from it.
        part: the one part of the verdict that it is charged to.
        cost: what it takes from the share of `care`, 0 to 1; 0 where the measure of its part has it already, or where
            a graver mistake of the same act is charged.
    """

    code: Code
    place: Place
    says: Told
    part: Part
    cost: Share = 0.0


class StepSaid(_Said):
    """A step of the order.

    Attributes:
        id, text: its name, and the step in words.
        place: its place among the steps done, from 1; None where it was not done.
        at: when it was first done.
        after: the steps that it needs and that were not done before it.
        kept: whether it counts: it was done, and belongs to the most steps that stand in a right order.
    """

    id: str
    text: Told
    place: int | None = None
    at: datetime | None = None
    after: tuple[Told, ...] = ()
    kept: bool = False


class OrderSaid(_Said):
    """In what order somebody worked: the steps in the author's order, and the first unmet need in words."""

    share: Share
    steps: tuple[StepSaid, ...]
    first: Told = ""


class Dimension(_Said):
    """One measure of the footprint.

    Attributes:
        id, text: its name, and what is counted.
        yours: how many; None where it could not be measured.
        skilled: how many a skilled responder needs.
        allowed: up to how many nothing is lost.
        share: 1 up to what is allowed, then falling; None where it could not be measured.
    """

    id: str
    text: Told
    yours: int | None
    skilled: int
    allowed: int
    share: Share | None


class FootprintSaid(_Said):
    """What was changed, beside a skilled responder's figures.

    Attributes:
        share: None where nothing could be measured.
        dimensions: what was counted.
        form, mark: the halves of the share where a marker has judged it, as the machine's own account is missing: by
            the lines of the record, and by the marker.
    """

    share: Share | None
    dimensions: tuple[Dimension, ...]
    form: Share | None = None
    mark: Share | None = None


class Duty(_Said):
    """Something that belongs into the notes, and whether it stands there."""

    text: Told
    met: bool


class NotesSaid(_Said):
    """How complete and how true the notes are: `share` = `complete` x `true`."""

    share: Share
    complete: Share
    true: Share
    duties: tuple[Duty, ...]


class ForkSaid(_Said):
    """A fork of the way.

    Attributes:
        id, text: its name, and what was to be decided.
        choice, at: what was chosen last, and when.
        share: how much of it counts.
        says: why its form is worth what it is.
        waits: whether a marker still reads the reason.
        form, mark: the halves of the share where a marker has read it: made in time and with a reason, and what that
            reason is worth.
    """

    id: str
    text: Told
    choice: Told = ""
    at: datetime | None = None
    share: Share
    says: Told
    waits: bool = False
    form: Share | None = None
    mark: Share | None = None


class DecisionsSaid(_Said):
    """The decisions. `share` is None where the lab has no fork."""

    share: Share | None
    forks: tuple[ForkSaid, ...]


class Weighed(_Said):
    """A part with its weight: what it adds to the share is `share` x `weight`. The weights add up to 1."""

    part: Part
    share: Share
    weight: Share


class ConductVerdict(_Said):
    """What grading says of somebody's conduct.

    Attributes:
        version: of the rules by which it was judged.
        share: 0 to 1, the weighted sum of the parts that could be judged.
        parts: those parts.
        order, footprint, notes, decisions: each in full.
        care: share of what must not happen: 1, less what the mistakes charged to it take.
        mistakes: named ones, in order of time.
        measured: whether the machine's own account was there; without it the text of the record decides.
        waiting: what a marker still has to read, in words; the share may change by it.
        unread: numbers of entries whose lines could not be read as a whole; they are no fault.
    """

    version: int = VERSION
    share: Share
    parts: tuple[Weighed, ...]
    order: OrderSaid
    footprint: FootprintSaid
    notes: NotesSaid
    decisions: DecisionsSaid
    care: Share
    mistakes: tuple[Mistake, ...] = ()
    measured: bool = True
    waiting: tuple[Told, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether a marker may still change the share."""
        return bool(self.waiting)
