"""Item statistics of a release: first tries, pooled over the sessions of one organisation with the same question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.grading import items
from training.grading.items import Choices, First, Item
from training.grading.question import Question
from training.labs import reader
from training.labs.models import Attempt
from training.labs.reader import Lab
from training.labs.service import results
from training.marking.service import pool
from training.marking.service.pool import Work
from training.sentence import phrase


@dataclass(frozen=True, slots=True)
class Row:
    """A question with its figures.

    `number` is its place in the lab; `releases` are the numbers of the releases in which it is the same and from which
    tries were pooled; `unjudged` are first tries that nobody has judged, which are left out; `void` says why the
    question was withdrawn, and then its figures mean nothing.
    """

    number: int
    question: Question
    item: Item
    releases: tuple[int, ...]
    unjudged: int
    void: str = ""

    @property
    def offered(self) -> dict[str, str]:
        """What could be chosen, by id."""
        return offered(self.question)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a release.

    `number` counts the releases of the lab; `persons` are those with a judged first try in the pool, `sessions` the
    assignments that they worked on, practice being one; `left_out` are people who began before all others in the pool.
    """

    release: Release
    number: int
    lab: Lab
    rows: tuple[Row, ...]
    persons: int
    sessions: int
    left_out: int = 0


def statistics(session: Session, instance: Path, release: Release, organisation: UUID) -> Statistics:
    """Work out the figures of a release from the attempts of one organisation.

    Of a person who made several attempts the first with a finding counts: later ones show what was learnt before. Of
    many people those count who began last.
    """
    lab = reader.load(content.folder_of(instance, release))
    releases = pool.siblings(session, release)
    made, left_out = pool.newest(pool.made_at(session, [one.id for one in releases], organisation))
    works = _first_of_each(pool.gather(session, instance, made))
    numbers = results.release_numbers(session)
    rows = _rows(lab, works, numbers)
    counted = [work for work in works if any(_same(lab, work, one.question) for one in work.findings)]
    sessions = len({work.attempt.assignment_id for work in counted})
    return Statistics(release, numbers[release.id], lab, rows, len(counted), sessions, left_out)


def of_attempts(session: Session, instance: Path, release: Release, made: Sequence[Attempt]) -> tuple[Row, ...]:
    """The figures of a release from these attempts at it alone, in order of their beginning, whoever began when."""
    lab = reader.load(content.folder_of(instance, release))
    works = _first_of_each(pool.gather(session, instance, made))
    return _rows(lab, works, results.release_numbers(session))


def _rows(lab: Lab, works: Sequence[Work], numbers: dict[UUID, int]) -> tuple[Row, ...]:
    """Each question of a lab with its figures, from the first work of each person."""
    firsts = tuple(first for work in works for first in _firsts(work, lab))
    found = _analysed(tuple((one.id, _choices(one, works)) for one in lab.questions), firsts)
    return tuple(
        Row(
            number,
            question,
            item,
            _releases(question, works, numbers),
            _unjudged(question, works, lab),
            next((key.void for work in works if (key := work.rules.key(question.id)) and key.void), ""),
        )
        for number, (question, item) in enumerate(zip(lab.questions, found, strict=True), 1)
    )


@lru_cache(maxsize=16)
def _analysed(asked: tuple[tuple[str, Choices], ...], firsts: tuple[First, ...]) -> tuple[Item, ...]:
    """The same tries give the same figures: a page that is looked at again costs nothing."""
    return items.analyse(dict(asked), firsts)


def _first_of_each(works: Sequence[Work]) -> list[Work]:
    """The first attempt with a finding of each person; `works` is in order of their beginning."""
    found: dict[UUID, Work] = {}
    for work in works:
        if work.findings:
            found.setdefault(work.attempt.person_id, work)
    return list(found.values())


def _same(lab: Lab, work: Work, name: str) -> bool:
    """Whether a question of the attempt's release is word for word the one of this lab."""
    question = lab.question(name)
    return question is not None and work.case.lab.question(name) == question


def _firsts(work: Work, lab: Lab) -> Iterator[First]:
    """First tries as they are judged now. A question that has changed counts for the rest of the work only.

    A void verdict says nothing of whoever has it, and is left out.
    """
    for one in work.findings:
        question = work.case.lab.question(one.question)
        if question is None or one.try_no != 1 or not one.current.judged or one.current.verdict.get("void"):
            continue
        same = _same(lab, work, question.id)
        yield First(
            person=str(work.attempt.person_id),
            question=question.id if same else f"{question.id} of {work.case.release.sha256}",
            worth=question.points[0],
            credit=one.current.credit,
            variant=work.case.exhibit.name,
            options=_options(question, pool.canon(question, one)) if same else (),
            hinted=work.hinted(one),
            seconds=work.seconds[one.id],
        )


def offered(question: Question) -> dict[str, str]:
    """What a question offers to choose from, by id: options, or both truth values and the reasons of a statement."""
    truths = {"true": phrase("true"), "false": phrase("false")} if question.type == "statement" else {}
    return {**question.options, **truths, **question.reasons}


def _options(question: Question, value: object) -> tuple[str, ...]:
    """What was chosen in a value, where the question offers anything."""
    inside, known = value if isinstance(value, tuple) else (value,), offered(question)
    return tuple(one for one in inside if isinstance(one, str) and one in known)


def _choices(question: Question, works: Sequence[Work]) -> Choices:
    """What a question offers; the key only where it is the same on every exhibit of the pool."""
    known = offered(question)
    if not known:
        return Choices()
    keys = [work.rules.key(question.id) for work in works]
    answers = {_options(question, key.answer) for key in keys if key is not None}
    return Choices(tuple(known), frozenset(answers.pop()) if len(answers) == 1 else frozenset())


def _releases(question: Question, works: Sequence[Work], numbers: dict[UUID, int]) -> tuple[int, ...]:
    """Numbers of the releases from which tries of a question come."""
    used = {
        numbers[work.case.release.id]
        for work in works
        if work.case.lab.question(question.id) == question and any(one.question == question.id for one in work.findings)
    }
    return tuple(sorted(used))


def _unjudged(question: Question, works: Sequence[Work], lab: Lab) -> int:
    return sum(
        one.question == question.id and one.try_no == 1 and not one.current.judged
        for work in works
        if _same(lab, work, question.id)
        for one in work.findings
    )
