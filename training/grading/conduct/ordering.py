"""The order of steps: which were done, when, and how many of them stand in a right order.

The share is the number of steps in the largest set of done steps that stand in a right order, divided by the steps of
the lab. It follows from `partial_order.distance`: that counts a step at a wrong place twice, as one to be taken out and
one to be put in. Here it counts once, as a step that was not done. So a late step is never worse than none, and one act
is not punished twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from training.grading import partial_order
from training.grading.conduct.case import Case, reasoned
from training.grading.conduct.deeds import Origin, What
from training.grading.conduct.plan import TEXTS, Conduct, StepName
from training.grading.conduct.record import ClockPair, Form
from training.grading.conduct.typed import Typed
from training.grading.conduct.verdict import OrderSaid, StepSaid
from training.sentence import phrase


def observed(case: Case) -> dict[StepName, datetime]:
    """When each step of the lab was first done, in the order in which they were.

    Steps of one instant stand in an order that meets their needs: nobody is blamed for what one act did.
    """
    rank = {one.step: sum(then is one.step for _, then in case.plan.order) for one in case.plan.steps}
    found = {step: at for step, at in _done(case) if at is not None and step in rank}
    return dict(sorted(found.items(), key=lambda one: (one[1], rank[one[0]])))


def judge(case: Case, did: dict[StepName, datetime]) -> OrderSaid:
    """The order of a response. `did`: what was observed."""
    plan, order = case.plan, list(did)
    kept = _kept(order, plan)
    steps = [one.step for one in plan.steps]
    first = partial_order.first_unmet(order, steps, plan.order)
    return OrderSaid(
        share=len(kept) / len(steps),
        steps=tuple(_said(plan, step, order, kept, did) for step in steps),
        first=_unmet(plan, *first) if first else "",
    )


def right(case: Case, pair: ClockPair) -> bool:
    """Whether a stated clock offset is the true one, within the tolerance."""
    return abs(pair.offset - case.bounds.clock_offset) <= case.plan.clock_tolerance


def _done(case: Case) -> Iterator[tuple[StepName, datetime | None]]:
    record, image = case.record, case.record.image
    forks = {one.id for one in case.plan.forks}
    decided = (one.at for one in record.decisions if reasoned(one.reason) and (not forks or one.fork in forks))
    hashes = [one.at for acquired in record.acquisitions if acquired.done for one in acquired.hashes]
    typed_hashes = [one.entry.end for one in case.typed if one.of(What.HASH) and image and one.entry.at >= image.begun]
    compared = (one.compared for one in record.acquisitions if one.done)
    yield StepName.AUTHORITY, record.authority
    yield StepName.SCENE, min((one.at for one in record.scenes if _filled(case, one)), default=None)
    yield StepName.CLOCK, min((one.at for one in record.clocks if right(case, one)), default=None)
    yield StepName.DECISION, min(decided, default=None)
    yield StepName.LOOK, next((one.entry.at for one in case.typed if _trusted(one)), None)
    yield StepName.MEMORY, image.begun if image else None
    yield StepName.HASH, min([*hashes, *typed_hashes], default=None)
    yield StepName.COPY, next((one.entry.at for one in case.typed if copied(one)), None)
    yield StepName.VERIFY, min((one for one in compared if one is not None), default=None)
    yield StepName.HAND_OVER, record.handed
    yield StepName.END, record.ended


def _filled(case: Case, form: Form) -> bool:
    """Whether a scene form says anything of what is asked; how complete it is belongs to the notes."""
    return any(form.fills(one.id) for one in case.plan.scene) or not case.plan.scene


def _trusted(one: Typed) -> bool:
    """Whether an entry is a look by which the machine could not lie at will: not by its own programs alone."""
    return any(deed.origin is not Origin.SUSPECT for deed in one.of(What.LOOK))


def copied(one: Typed) -> bool:
    """Whether an entry copied a file to the evidence medium."""
    return bool(one.of(What.COPY)) and not one.entry.failed


def _size(order: Sequence[StepName], plan: Conduct) -> int:
    """How many steps the largest set in a right order has: n kept of g given and n wanted are g + n - 2k apart."""
    steps = [one.step for one in plan.steps]
    return (len(order) + len(steps) - partial_order.distance(order, steps, plan.order)) // 2


def _kept(order: list[StepName], plan: Conduct) -> set[StepName]:
    """A largest set of done steps that stand in a right order; of two in conflict the earlier one is given up."""
    kept, most = list(order), _size(order, plan)
    for step in order:
        rest = [one for one in kept if one is not step]
        if len(kept) > most and _size(rest, plan) == most:
            kept = rest
    return set(kept)


def _said(
    plan: Conduct, step: StepName, order: list[StepName], kept: set[StepName], did: dict[StepName, datetime]
) -> StepSaid:
    if step not in did:
        return StepSaid(id=step, text=TEXTS[step])
    place = order.index(step)
    before = set(order[:place])
    late = [one.step for one in plan.steps if (one.step, step) in plan.order and one.step not in before]
    return StepSaid(
        id=step,
        text=TEXTS[step],
        place=place + 1,
        at=did[step],
        after=tuple(TEXTS[one] for one in late),
        kept=step in kept,
    )


def _unmet(plan: Conduct, need: StepName, step: StepName) -> str:
    own = next(one.unmet for one in plan.steps if one.step is step)
    return own or phrase("%(need)s belongs before this: %(step)s", need=TEXTS[need], step=TEXTS[step])
