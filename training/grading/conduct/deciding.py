"""Decisions at the forks of a response: made in time, with a reason. What the reason is worth, a marker says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from training.grading.conduct.case import Case, reasoned
from training.grading.conduct.deeds import What
from training.grading.conduct.happened import Cause
from training.grading.conduct.plan import Fork, StepName
from training.grading.conduct.record import Decision
from training.grading.conduct.verdict import DecisionsSaid, ForkSaid
from training.sentence import Sentence, phrase

LATE = 0.5
"""What a decision is worth that was written down after the act, or that no act followed."""
_OPEN = phrase("Nothing was decided here.")
_UNREASONED = phrase("Something was chosen, and no reason was given.")
_AFTER = phrase("It was decided after the act. What was thought before it can't be shown any more.")
_IDLE = phrase("It was decided with a reason, and what it was decided for was not done.")
_RIGHT = phrase("It was decided in time, with a reason.")


def judge(case: Case, did: Mapping[StepName, datetime]) -> DecisionsSaid:
    """The decisions of a response by their form. What a marker says of a reason is put in by `marked`.

    Args:
        case: the response.
        did: when each step was done.
    """
    forks = tuple(_fork(case, fork, did) for fork in case.plan.forks)
    return DecisionsSaid(share=sum(one.share for one in forks) / len(forks) if forks else None, forks=forks)


def link_changes(case: Case) -> list[datetime]:
    """When the responder changed the link, by the machine's account or by a command of the record."""
    typed = [one.entry.at for one in case.typed if one.of(What.LINK) and one.entry.exit == 0]
    return sorted([*(one.at for one in case.happened.links if one.cause is Cause.RESPONDER), *typed])


def decided(case: Case, fork: Fork) -> Decision | None:
    """The first decision at a fork that has a reason."""
    known = (one for one in case.record.decisions if one.fork == fork.id and one.choice in fork.options)
    return min((one for one in known if reasoned(one.reason)), key=lambda one: one.at, default=None)


def _fork(case: Case, fork: Fork, did: Mapping[StepName, datetime]) -> ForkSaid:
    first = decided(case, fork)
    chosen = [one for one in case.record.decisions if one.fork == fork.id and one.choice in fork.options]
    last = max(chosen, key=lambda one: one.at, default=None)
    form, says = (0.0, _UNREASONED if chosen else _OPEN) if first is None else _form(case, fork, first, did)
    return ForkSaid(
        id=fork.id,
        text=fork.text,
        choice=fork.options[last.choice] if last else "",
        at=last.at if last else None,
        share=form,
        says=says,
        waits=bool(fork.rubric) and first is not None,
    )


def _form(case: Case, fork: Fork, first: Decision, did: Mapping[StepName, datetime]) -> tuple[float, Sentence]:
    """What the form of a decision is worth, and why."""
    if fork.before is not None and fork.before not in did:
        return LATE, _IDLE
    changes = link_changes(case)[:1] if fork.act == "link" else []
    acts = [*changes, *([did[fork.before]] if fork.before is not None else [])]
    return (LATE, _AFTER) if any(first.at > one for one in acts) else (1.0, _RIGHT)
