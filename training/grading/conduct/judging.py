"""From a response to a verdict: a pure function of the lab's plan, the variant's bounds, the record, and what happened.

The share is the weighted mean of five parts:

    order      0.35   the steps in a right order (`ordering`)
    footprint  0.20   what was changed, beside a skilled responder's figures (`footprint`)
    notes      0.15   complete and true (`noting`)
    decisions  0.10   made in time, with a reason (`deciding`), and what a marker says of it (`marked`)
    care       0.20   what must not happen: 1 times (1 - cost) for each mistake charged to it

Whoever does nothing leaves no footprint and harms nothing. So footprint and care count as far as the work was done:
times the steps that were done, in whatever order, of all steps. Each act is charged once: a mistake that the measure of
its part has already costs nothing more, and of several mistakes of one entry only the gravest does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf, prod

from training.grading.conduct import deciding, footprint, noting, ordering
from training.grading.conduct.case import Case
from training.grading.conduct.happened import Happened
from training.grading.conduct.marked import marked
from training.grading.conduct.mistakes import changing, looking, recording
from training.grading.conduct.plan import Bounds, Conduct
from training.grading.conduct.record import Record
from training.grading.conduct.verdict import ConductVerdict, Mistake, Part

RULES: tuple[Callable[[Case], Iterable[Mistake]], ...] = (
    looking.too_wide,
    looking.untrusted,
    looking.unauthorised,
    looking.seen_outside,
    changing.written,
    changing.killed,
    changing.sent_down,
    changing.link,
    changing.late,
    recording.one_sided,
    recording.clock,
    noting.contradictions,
)
"""Every named mistake has its rule here."""


def judge(
    plan: Conduct, bounds: Bounds, record: Record, happened: Happened, marks: Mapping[str, float] | None = None
) -> ConductVerdict:
    """Judge a response.

    Args:
        plan: the conduct part of the lab, of the release that the response pins.
        bounds: what the variant fixes.
        record: what was done, as it was sealed.
        happened: what the machine's own account and the host say.
        marks: credit that markers gave, see `marked`.
    """
    case = Case(plan, bounds, record, happened)
    did = ordering.observed(case)
    mistakes = tuple(sorted(charged_once([one for rule in RULES for one in rule(case)]), key=_time))
    order, trace = ordering.judge(case, did), footprint.judge(case)
    notes = noting.judge(case, did, sum(one.part is Part.NOTES for one in mistakes))
    said = ConductVerdict(
        share=0.0,
        parts=(),
        order=order,
        footprint=trace,
        notes=notes,
        decisions=deciding.judge(case, did),
        care=prod(1.0 - one.cost for one in mistakes if one.part is Part.CARE),
        mistakes=mistakes,
        measured=happened.measured,
        unread=tuple(one.entry.number for one in case.typed if not one.whole),
    )
    return marked(said, marks or {})


def charged_once(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """The same mistakes, of which at each place only the gravest costs anything; of equal ones the first."""
    charged: dict[tuple[str, str], Mistake] = {}
    found = list(mistakes)
    for one in found:
        key = (one.place.kind, one.place.name)
        if key not in charged or one.cost > charged[key].cost:
            charged[key] = one
    kept = {id(one) for one in charged.values()}
    return [one if not one.cost or id(one) in kept else one.model_copy(update={"cost": 0.0}) for one in found]


def _time(one: Mistake) -> tuple[float, str]:
    """By time; what has none comes last."""
    at = one.place.at
    return at.timestamp() if at else inf, one.code
