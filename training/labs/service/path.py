"""The way that somebody took through an attempt, question by question: the steps of the replay, each where it belongs.

Nobody says for which question a command is typed. What was run, cited or not understood counts to the finding or hint
that came next; rows that a finding stands on, and the runs that they are from, count to its question as well, however
early they were found. What nothing came after belongs to no question.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from training.labs.service.replay import Event, Kind, Step

LOOSE = {Kind.VERIFIED, Kind.TYPED, Kind.SHOWN, Kind.RUN, Kind.CITED}


@dataclass(frozen=True, slots=True)
class Paths:
    """The steps of each question in order of time, and those that led to none."""

    by_question: dict[str, list[Step]]
    loose: list[Step]

    def of(self, question: str) -> list[Step]:
        """The steps of one question."""
        return self.by_question.get(question, [])


def of(steps: Sequence[Step]) -> Paths:
    """Sort the steps of an attempt, which come in order of time."""
    found: dict[str, dict[int, Step]] = defaultdict(dict)
    waiting: list[Step] = []
    for step in steps:
        event = step.event
        question = _question(event)
        if question:
            led = [] if event.kind is Kind.JUDGED else waiting  # a judgement comes from outside
            for one in (*led, *_support(steps, event), step):
                found[question][one.n] = one
            waiting = waiting if event.kind is Kind.JUDGED else []
        elif event.kind in LOOSE and not (event.kind is Kind.TYPED and event.number):  # its run stands for it
            waiting.append(step)
    tied = {one.n for each in found.values() for one in each.values()}
    return Paths(
        {name: [each[n] for n in sorted(each)] for name, each in found.items()},
        [one for one in waiting if one.n not in tied],
    )


def _question(event: Event) -> str:
    if event.finding:
        return event.finding.question
    return event.hint.question if event.hint else ""


def _support(steps: Sequence[Step], event: Event) -> Iterable[Step]:
    """The citations of a finding, and the runs that they are from."""
    if event.kind is not Kind.FINDING or not event.finding:
        return
    ids = {UUID(one) for one in event.finding.citations}
    cited = [
        one for one in steps if one.event.kind is Kind.CITED and one.event.citation and one.event.citation.id in ids
    ]
    runs = {one.event.citation.run_id for one in cited if one.event.citation}
    yield from cited
    yield from (one for one in steps if one.event.kind is Kind.RUN and one.event.run and one.event.run.id in runs)
