"""What the runs of an attempt say together: cross-views, and everything about one process. Assembled from results that
are there; what is missing is named, and asked for only on demand.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import service as analysis
from training.analysis.cards import Card
from training.analysis.models import State
from training.analysis.views import Group, Material, Table, View, about_pid, cross
from training.errors import DomainError
from training.labs.service import runs
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult
from training.labs.service.runs import Asked, Told

MOST_RESULTS = 40
"""Results that are opened for one page, the newest of the attempt."""

OF_ALL = frozenset({"linux.pstree"})
"""Plugins that say nothing more of one process: a tree of one is a row of the task list, with fewer columns."""

KEPT = frozenset({State.COMPLETE, State.PARTIAL})


@dataclass(frozen=True, slots=True)
class Source:
    """A plugin that a view needs, with the newest run of the attempt that it can use; None where none was asked for."""

    plugin: str
    asked: Asked | None

    @property
    def missing(self) -> bool:
        """Whether there are no rows of it, and none are under way."""
        return self.asked is None or (self.asked.run.state.ended and self.asked.run.state not in KEPT)

    @property
    def under_way(self) -> bool:
        """Whether its run waits or runs."""
        return self.asked is not None and not self.asked.run.state.ended


@contextmanager
def materials(asked: Iterable[Asked], open_result: OpenResult) -> Iterator[list[Material]]:
    """The results of runs, opened, in the given order. Those that can't be read are left out."""
    with ExitStack() as stack:
        found: list[Material] = []
        for one in asked:
            if one.run.state not in KEPT:
                continue
            try:
                result = stack.enter_context(open_result(one.run))
            except DomainError:
                continue
            found.append(Material(one.run.plugin, result, one.run.state is State.COMPLETE, one.run.options, one))
        yield found


def table_of(listed: Sequence[Asked], view: View, open_result: OpenResult) -> Table:
    """A cross-view over the runs of an attempt, which are given with the newest first."""
    wanted = [one for one in reversed(listed) if one.run.plugin in view.plugins][-MOST_RESULTS:]
    with materials(wanted, open_result) as found:
        return cross(view, found)


def sources_of(listed: Sequence[Asked], plugins: Iterable[str]) -> tuple[Source, ...]:
    """For each plugin the newest run without options that has rows, else the newest one at all."""
    made = []
    for plugin in plugins:
        mine = [one for one in listed if one.run.plugin == plugin and not one.run.options]
        best = next((one for one in mine if one.run.state in KEPT or not one.run.state.ended), None)
        made.append(Source(plugin, best or next(iter(mine), None)))
    return tuple(made)


def groups_of(listed: Sequence[Asked], pid: int, open_result: OpenResult) -> tuple[Group, ...]:
    """The rows of the newest results that name a process."""
    with materials(reversed(listed[:MOST_RESULTS]), open_result) as found:
        return about_pid(pid, found)


def commands_about(session: Session, case: Case, listed: Sequence[Asked], pid: int) -> list[str]:
    """Commands that would say more about a process and were not asked for yet, whole or narrowed to it; those that take
    least time here first.
    """
    known = {(one.run.plugin, one.run.text) for one in listed if one.run.state in KEPT or not one.run.state.ended}
    plugins = {plugin for plugin, text in known if plugin == text}
    texts = {text for _, text in known}
    cards = [
        card
        for card in plugin_cards.load().for_os(case.exhibit.os)
        if card.option("pid") and not card.needs and not card.files and card.name not in plugins | OF_ALL
    ]
    cost = {card.name: analysis.typical_seconds(session, card.name, case.exhibit.sha256) for card in cards}
    ordered = sorted(cards, key=lambda card: (cost[card.name], card.name))
    return [text for card in ordered if (text := _about(card, pid)) not in texts]


def _about(card: Card, pid: int) -> str:
    return f"{card.name} --pid {pid}"


def ask(session: Session, case: Case, commands: Sequence[str], now: datetime) -> list[Asked | Told]:
    """Ask for what is missing, as far as an attempt may at once. The attempt's row is locked by the caller."""
    most = runs.room(session, case.attempt) or 1  # one is put all the same: it says why there is no more
    return [runs.put(session, case, text, now) for text in commands[:most]]
