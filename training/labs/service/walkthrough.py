"""The model walk-through of a closed attempt: for each question the right answer on this exhibit, and where it stands.

Rows come from runs that this installation has of the exhibit; a run that nobody asked for is named as a command, and
nothing is run for the page. What is shown is what `prove` proved: a source's rows that meet its condition.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.models import Run, State
from training.analysis.render import ABSENCES
from training.analysis.results import Result
from training.errors import DomainError
from training.grading.citations import COMPLETE, Cited, CitedLine, Claim, claim_of, shown
from training.grading.parts import Source
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.reading import kind_of
from training.labs.material import Handed
from training.labs.models import AttemptRun
from training.labs.service import materials, rules
from training.labs.service.attempts import Case

MOST_ROWS, MOST_SEEN, CELLS = 3, 5_000, 8
"""Rows that are shown of a source; rows of a run that are looked through for them; cells beside those it names."""

OpenResult = Callable[[Run], Result]


@dataclass(frozen=True, slots=True)
class Shown:
    """A place that shows the right answer: number of the row (from 0) or line (from 1), and its cells or its text."""

    number: int
    cells: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One source of a question, and what it shows on this exhibit.

    Attributes:
        name: the plugin, or the material.
        plugin: whether it is a plugin.
        run: number of the run in the attempt, where the person asked for it.
        places: the first places that show the answer.
        unseen: that nobody has run the plugin on this exhibit here, so that no row can be shown.
        second: whether it is the independent source that corroborates.
    """

    name: str
    plugin: bool
    run: int | None
    places: tuple[Shown, ...]
    unseen: bool = False
    second: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """A question with its right answer as the page words it (none: of a written one, or not proved here)."""

    question: Question
    answer: str
    ways: tuple[Way, ...]


def of(session: Session, case: Case, open_result: OpenResult, seen: OpenResult, only: str = "") -> list[Walk]:
    """All questions of an attempt in order, or only one of them, under the rules that it is judged by now. Rows are
    found in results as they are, and shown as `seen` opens them, without secrets.
    """
    judged_by, handed, runs = rules.of(session, case), materials.of(case), _Runs(session, case, open_result, seen)
    wanted = (question for question in judged_by.questions if not only or question.id == only)
    return [_walk(question, judged_by.key(question.id), handed, runs) for question in wanted]


class _Runs:
    """The complete runs of plugins without options on the exhibit of an attempt, newest first."""

    def __init__(self, session: Session, case: Case, open_result: OpenResult, seen: OpenResult) -> None:
        self._open, self._seen = open_result, seen
        found = select(Run).filter_by(exhibit=case.exhibit.sha256, state=State.COMPLETE).order_by(Run.ended_at)
        self._by_plugin = {run.plugin: run for run in session.scalars(found) if run.text == run.plugin}
        asked = select(AttemptRun).filter_by(attempt_id=case.attempt.id)
        self._numbers = {one.run_id: one.number for one in session.scalars(asked)}

    def way(self, source: Source, claim: Claim, *, second: bool) -> Way:
        """What a plugin shows of the claim."""
        run = self._by_plugin.get(source.name)
        if run is None:
            return Way(source.name, True, None, (), unseen=True, second=second)
        try:
            with self._open(run) as result, self._seen(run) as seen:
                places = tuple(islice(_rows(result, seen, run, source, claim), MOST_ROWS))
        except DomainError:  # the result can't be read any more; asking again makes it anew
            return Way(source.name, True, None, (), unseen=True, second=second)
        return Way(source.name, True, self._numbers.get(run.id), places, second=second)


def _walk(question: Question, key: SealedKey | None, handed: Handed, runs: _Runs) -> Walk:
    if key is None or key.void or question.type == "written":
        return Walk(question, "", ())
    claim = claim_of(question, key)
    ways = [
        runs.way(source, claim, second=second) if source.plugin else _line_way(source, claim, handed, second=second)
        for second, sources in ((False, question.proof), (True, question.corroboration))
        for source in sources
    ]
    return Walk(question, kind_of(question.spec).write(key.answer, question.spec), tuple(_joined(ways)))


def _rows(result: Result, seen: Result, run: Run, source: Source, claim: Claim) -> Iterator[Shown]:
    names = [column.name for column in result.columns]
    for row in islice(result, MOST_SEEN):
        if shown(source, Cited(run.plugin, COMPLETE, dict(zip(names, row.cells, strict=True))), claim):
            texts = seen.row(row.n).shown(seen.columns)
            yield Shown(row.n, _telling(list(zip(names, texts, strict=True)), source))


def _telling(cells: Sequence[tuple[str, str]], source: Source) -> tuple[tuple[str, str], ...]:
    """The cells that say something, those that the source names among them in any case."""
    wanted = set(source.shows)
    said = [name for name, text in cells if text and text not in ABSENCES and name not in wanted][:CELLS]
    return tuple((name, text) for name, text in cells if name in wanted or name in said)


def _line_way(source: Source, claim: Claim, handed: Handed, *, second: bool) -> Way:
    material = handed.material(source.name)
    lines = material.lines if material else ()
    fitting = (one for one in lines if shown(source, CitedLine(source.name, one.number, one.text, one.fields), claim))
    places = tuple(Shown(one.number, text=one.text) for one in islice(fitting, MOST_ROWS))
    return Way(source.name, False, None, places, second=second)


def _joined(ways: Sequence[Way]) -> Iterator[Way]:
    """Each plugin and material once: a second condition on the same one adds its places."""
    for name in dict.fromkeys(one.name for one in ways):
        same = [one for one in ways if one.name == name]
        places = {place.number: place for one in same for place in one.places}
        first = same[0]
        yield Way(name, first.plugin, first.run, tuple(places.values())[:MOST_ROWS], first.unseen, first.second)
