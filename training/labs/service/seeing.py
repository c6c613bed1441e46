"""What the figures of an attempt are made of: its own runs and what its person cited, and nothing else.

No figure reads keys, verdicts or what the exhibit's machine wrote down: whoever looks at one sees what was asked for.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.cards import Cards
from training.analysis.models import State
from training.analysis.views import Material, network, view
from training.analysis.views.tree import Process, Tree
from training.errors import NotThere
from training.grading.values.offering import Asked as Question
from training.labs.models import Attempt, Citation
from training.labs.service import crossing, findings, notebook
from training.labs.service.attempts import Case
from training.labs.service.crossing import MOST_RESULTS
from training.labs.service.findings import AtHand, Support
from training.labs.service.notebook import OpenResult
from training.labs.service.runs import Asked
from training.sentence import phrase

Numbers = Mapping[tuple[int, int], int]
"""Numbers of citations by run and row."""

TREE: Mapping[str, tuple[str, ...]] = {
    "linux": ("linux.pslist", "linux.pidhashtable", "linux.psscan"),
    "windows": ("windows.pslist", "windows.psscan"),
}
"""Plugins that the tree of processes asks for, by system; it uses others that know processes where they were run."""

TIMELINE = dict.fromkeys(("linux", "windows"), ("engram.timeline",))
"""What the timeline asks for; it takes the times of any complete run."""

NETWORK: Mapping[str, tuple[str, ...]] = {os: tuple(one.plugin for one in each) for os, each in network.SOURCES.items()}
"""Plugins that list sockets, by system."""

MATRIX, PROCESSES = "matrix", "processes"
WANTED = {"tree": TREE, "timeline": TIMELINE, "network": NETWORK}


def wanted(name: str, os: str, which: str = "") -> tuple[str, ...]:
    """The plugins that a figure asks for; the matrix those of the cross-view `which`. Raises NotThere."""
    return view(os, which or PROCESSES).plugins if name == MATRIX else WANTED[name][os]


def on_an_image(case: Case) -> Case:
    """The case again. Raises NotThere for an exercise on papers, which has no runs to draw."""
    if case.lab.file.on_papers:
        raise NotThere(phrase("This exercise is worked on papers: there is nothing to draw."))
    return case


def numbers(
    session: Session, attempt: Attempt, listed: Sequence[Asked], ticked: Collection[int] = frozenset()
) -> Numbers:
    """Which rows of the runs of an attempt are held on to in its notebook: of several citations of a row one that is
    ticked, else the first.
    """
    runs = {one.run.id: one.number for one in listed}
    found = session.execute(
        select(Citation.run_id, Citation.row, Citation.number)
        .where(Citation.attempt_id == attempt.id, Citation.run_id.is_not(None), Citation.dropped_at.is_(None))
        .order_by(Citation.number.desc())
    )
    there = sorted(found, key=lambda one: one[2] in ticked)
    return {(runs[run], row): number for run, row, number in there if run in runs and row is not None}


def cited(known: Numbers, material: Material, row: int) -> int | None:
    """The number of the citation of a row."""
    return known.get((material.run.number, row))


def held(known: Numbers, materials: Sequence[Material]) -> list[tuple[Material, int, int]]:
    """The cited rows of some results, each with the number of its citation."""
    by_run = {one.run.number: one for one in materials}
    return [(by_run[run], row, number) for (run, row), number in known.items() if run in by_run]


def support(
    session: Session, case: Case, hand: AtHand, open_result: OpenResult, handed: Sequence[str]
) -> Support | None:
    """What the finding of the question at hand stands on so far; None where nothing is ticked for it."""
    kept = [one for one in notebook.every(session, case.attempt) if one.number in hand.ticked]
    places = notebook.places(session, kept, open_result, handed)
    cards = plugin_cards.load()
    said = findings.stands_on(Question.of(hand.question), hand.typed, places, cards, wanted=False)
    return said or findings.rests_on(places, cards)


@dataclass(frozen=True, slots=True)
class Chained:
    """The rows in which one source shows the processes of a chain.

    Attributes:
        structure: what the source reads, as the card of its plugin names it.
        places: rows that can be cited and are not ticked yet, as a button names them.
        held: how many rows are ticked already.
    """

    structure: str
    places: tuple[str, ...]
    held: int


def chained(made: Tree, plugins: Sequence[str], known: Numbers, ticked: Collection[int]) -> list[Chained]:
    """By which rows sources show the chain that is looked at: of each process its first in a complete run.

    The first of the sources, and of the others, which are second sources, one that adds something: the one that shows
    most of the chain, where none of them is ticked yet. Several would ask for a choice that makes no difference.
    """
    chain = {one.process.pid: one.process for one in made.limbs if one.process and one.path}
    cards, found = plugin_cards.load(), []
    for plugin in plugins:
        rows = [next(_rows(chain[pid], plugin), None) for pid in made.chain if pid in chain]
        there = [one for one in rows if one]
        left = [f"{run}:{row}" for run, row in there if known.get((run, row)) not in ticked]
        if there:
            found.append(Chained(structure(plugin, cards), tuple(left), len(there) - len(left)))
    begun = [one for one in found[1:] if one.held]
    most = begun or sorted(found[1:], key=lambda one: -len(one.places))
    return found[:1] + most[:1]


def _rows(process: Process, plugin: str) -> Iterator[tuple[int, int]]:
    """The rows of a process in complete runs of a plugin, as run and row."""
    return ((m.run.number, n) for m, n in process.of(plugin) if m.run.run.state is State.COMPLETE)


def structure(plugin: str, cards: Cards) -> str:
    """What a plugin reads, in the words in which a finding's support names it."""
    return cards.get(plugin).family if plugin in cards else plugin


@contextmanager
def materials(
    listed: Sequence[Asked], plugins: Sequence[str] | None, open_result: OpenResult
) -> Iterator[list[Material]]:
    """Results of an attempt, opened, the oldest first: those of some plugins, or (None) of all; the newest 40."""
    wanted = [one for one in listed if plugins is None or one.run.plugin in plugins][:MOST_RESULTS]
    with crossing.materials(reversed(wanted), open_result) as found:
        yield found
