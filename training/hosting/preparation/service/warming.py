"""Warm runs: those that the labs of a session are worked with, made before anybody waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import service as analysis
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.evidence.models import Exhibit
from training.grading.question import queries, sources
from training.hosting.preparation.service.works import Work

Wanted = tuple[Exhibit, Command]


@dataclass(frozen=True, slots=True)
class Warmth:
    """How far the runs of a session are: complete, on their way, not asked for, and the last try of those that ended
    otherwise.
    """

    there: int
    coming: int
    missing: int
    ended: tuple[Run, ...]

    @property
    def all(self) -> int:
        """How many there are in all."""
        return self.there + self.coming + self.missing + len(self.ended)

    @property
    def state(self) -> str:
        """The state as pages show it."""
        if self.coming:
            return "work"
        return "part" if self.missing or self.ended else "ok"


def wanted(works: Sequence[Work]) -> list[Wanted]:
    """What the keys of the labs read and what their questions let people cite, on each exhibit that is needed."""
    found: list[Wanted] = []
    for work in works:
        asked = queries(work.lab.questions) | sources(work.lab.questions)
        commands = dict.fromkeys(Command.of(one.plugin, dict(one.options)) for one in sorted(asked, key=str))
        found += [(exhibit, command) for exhibit in work.needed for command in commands]
    return found


def warmth(session: Session, asked: Sequence[Wanted]) -> Warmth:
    """How far these runs are."""
    cards = plugin_cards.load()
    keys = {analysis.key_of(exhibit, one, cards.get(one.plugin), cards) for exhibit, one in asked}
    last: dict[str, Run] = {}
    for run in session.scalars(select(Run).where(Run.key.in_(keys)).order_by(Run.try_no)):
        last[run.key] = run
    states = [run.state for run in last.values()]
    ended = tuple(run for run in last.values() if run.state.ended and run.state is not State.COMPLETE)
    there = states.count(State.COMPLETE)
    return Warmth(there, len(states) - there - len(ended), len(keys) - len(last), ended)


def ask(session: Session, asked: Sequence[Wanted], now: datetime) -> None:
    """Ask for these runs, in nobody's turn: they wait until nobody waits. Wake the engine after the commit."""
    for exhibit, command in asked:
        analysis.ask(session, exhibit, command, now)
