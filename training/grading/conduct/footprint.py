"""The footprint: what a responder changed, beside a skilled responder's figures.

Each dimension is a count. Up to what is allowed nothing is lost; beyond it the share is (allowed + 1) / (yours + 1).
Such a ratio falls with every further trace, never to nothing, so that there is no step that somebody could stand just
below and none after which care is worth nothing any more; the ones keep it defined where nothing is allowed. Half as
much again as the skilled responder needed is allowed, since two good people differ by that much; commands have no such
tolerance, since their number is told beforehand. A file that was written weighs most: it overwrites what nothing brings
back. The share is the weighted mean of the dimensions that could be measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.grading.conduct.case import Case
from training.grading.conduct.deeds import What
from training.grading.conduct.typed import Typed
from training.grading.conduct.verdict import Dimension, FootprintSaid
from training.sentence import Sentence, phrase

TOLERANCE = 0.5
"""By how much of the skilled responder's figure one may exceed it."""
LOOKS, PROCESSES, READ, WRITTEN, SOCKETS, PAGES = "looks", "processes", "read", "written", "sockets", "pages"
WEIGHTS = {LOOKS: 2, PROCESSES: 1, READ: 1, WRITTEN: 3, SOCKETS: 1, PAGES: 2}
_TEXTS = {
    LOOKS: phrase("Commands that ask the machine something, before memory was acquired"),
    PROCESSES: phrase("Processes started before memory was acquired"),
    READ: phrase("Files of the machine read before memory was acquired"),
    WRITTEN: phrase("Files written, made or removed outside the evidence medium"),
    SOCKETS: phrase("Sockets opened"),
    PAGES: phrase("Pages of memory that differ from those at the arrival"),
}


@dataclass(frozen=True, slots=True)
class _Count:
    name: str
    yours: int | None
    skilled: int
    tolerance: float = TOLERANCE


def share(yours: int, allowed: int) -> float:
    """1 up to what is allowed, then (allowed + 1) / (yours + 1): falling, above 0."""
    return 1.0 if yours <= allowed else (allowed + 1) / (yours + 1)


def judge(case: Case) -> FootprintSaid:
    """The footprint of a response."""
    dimensions = tuple(_dimension(one) for one in _counts(case))
    weights = [(one.share, WEIGHTS[one.id]) for one in dimensions if one.share is not None]
    whole = sum(weight for _, weight in weights)  # never 0: commands are counted without an account as well
    return FootprintSaid(share=sum(share * weight for share, weight in weights) / whole, dimensions=dimensions)


def _counts(case: Case) -> list[_Count]:
    skilled, happened, measured = case.plan.skilled, case.happened, case.happened.measured
    started = sum(case.ahead_of_image(one.at) for one in happened.started) + happened.more_started
    looks = sum(1 for _ in case.looks()) + skilled.looks * sum(_unmeasured(case, one) for one in case.before_image)
    read = len({one.path for one in case.read_before_image()}) + happened.more_touched
    contacts = len(happened.contacts) + happened.more_contacts
    counts = [
        _Count(LOOKS, looks, skilled.looks, 0),
        _Count(PROCESSES, started if measured else None, skilled.processes),
        _Count(READ, read if measured else None, skilled.read),
        _Count(WRITTEN, _written(case), skilled.written),
        _Count(SOCKETS, contacts if measured else None, skilled.sockets),
    ]
    if skilled.pages is not None:
        counts.append(_Count(PAGES, case.happened.displaced, skilled.pages))
    return counts


def _unmeasured(case: Case, one: Typed) -> bool:
    """Whether a line read widely where no account counts the files: it stands for as many commands as are allowed."""
    return bool(one.of(What.WIDE)) and not case.happened.measures(one.entry.at)


def _written(case: Case) -> int:
    """Files that were written, by the account; by the lines that it does not cover, as far as they say it."""
    return len({one.path for one in case.changed()} | {path for one in case.typed for path in case.writes(one)})


def _dimension(count: _Count) -> Dimension:
    allowed = count.skilled + int(count.skilled * count.tolerance)
    return Dimension(
        id=count.name,
        text=text(count.name),
        yours=count.yours,
        skilled=count.skilled,
        allowed=allowed,
        share=None if count.yours is None else share(count.yours, allowed),
    )


def text(name: str) -> Sentence:
    """What a dimension counts, in words."""
    return _TEXTS[name]
