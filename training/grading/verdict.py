"""What grading says of a finding, as data that can be kept and shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from training.grading.bearing import Bearing
from training.sentence import packed, unpacked

Told = Annotated[str, PlainValidator(unpacked), PlainSerializer(packed, when_used="json")]
"""A sentence for a person. Kept as JSON it can still be said in another language; older verdicts kept texts alone."""


class State(StrEnum):
    """What became of a finding. Only a judged one spends a try."""

    JUDGED = "judged"
    UNREADABLE = "unreadable"
    UNJUDGED = "unjudged"
    """There is no proved key for this exhibit, or the answer is free text: a marker decides."""


class Verdict(BaseModel):
    """What grading says of a finding.

    Attributes:
        state: see `State`; all figures are 0 unless judged, except `points` and `worth`.
        void: the question was withdrawn: full credit, and nothing is said of correctness, support and corroboration.
        lost: it was said, and is so, that the thing was gone before the image was taken.
        correctness: how right the value is, 0 to 1.
        support: how well the cited places show it, 0 to 1.
        corroboration: 1 where an independent second source is cited, else 0; None where the question has no such part.
        cost: what cited look-alikes take, as a share of the credit, 0 to 1.
        credit: the product, 0 to 1.
        understood: how the value was read, for a person; empty where it was not.
        notes: what reading did, and what was said of citations.
        right: what is right; may be empty.
        shows: what the data show; may be empty.
        next: what to do next; may be empty.
        mistake: code of the named mistake that matched.
        lookalikes: codes of the look-alikes that were named or cited, in the author's order.
        places: of a right value what each citation is to it, in their order; else empty.
        solved: full credit, or all that a loss pays.
        points: earned on this question after this finding.
        gained: what this finding added to it.
        worth: what a finding of full credit would still add at the next try, at the same share for lateness.
        tries_left: tries that are left after this finding.
    """

    model_config = ConfigDict(frozen=True)

    state: State
    void: bool = False
    lost: bool = False
    correctness: float = 0.0
    support: float = 0.0
    corroboration: float | None = None
    cost: float = 0.0
    credit: float = 0.0
    understood: str = ""
    notes: tuple[Told, ...] = ()
    right: Told = ""
    shows: Told = ""
    next: Told = ""
    mistake: str | None = None
    lookalikes: tuple[str, ...] = ()
    places: tuple[Bearing, ...] = ()
    solved: bool = False
    points: float
    gained: float = 0.0
    worth: float
    tries_left: int
