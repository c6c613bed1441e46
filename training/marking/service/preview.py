"""What a regrade would do, worked out without changing anything: person by person, question by question.

A preview is a pure function of what stands, the amendments and the ticks. Its content is what gets signed; applying
works it out again, and refuses where it is another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.content.models import Release
from training.grading.amend import Amendment
from training.grading.credit import History, Standing, standing
from training.grading.judge import State as Said
from training.grading.judge import Verdict
from training.grading.question import Question
from training.labs.models import Attempt, Finding, HintTaken, Judgement
from training.labs.service import progress, results, rules
from training.labs.service.attempts import Case
from training.labs.service.rules import Rules
from training.marking.service import judgements, scope, signing
from training.marking.service.scope import Asked, Scope, Sources

Certificates = Callable[[Session, Sequence[UUID]], Mapping[UUID, Sequence[str]]]
"""Names of the certificates that rest on each of these attempts; given by whoever issues certificates."""
MOST_LINES = 300
"""Questions of people that a page lists; its figures count all."""


def none_issued(_session: Session, _attempts: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    """The certificates of an installation that issues none."""
    return {}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be applied: all amendments of the release, and the findings judged by hand that are judged anew."""

    amendments: tuple[Amendment, ...] = ()
    ticked: frozenset[UUID] = frozenset()

    @property
    def content(self) -> list[Any]:
        """The amendments as JSON."""
        return [one.model_dump(mode="json") for one in self.amendments]


@dataclass(frozen=True, slots=True)
class State:
    """What would have moved if another request came between: version in force, findings, judgements, hints."""

    number: int
    findings: int
    judgements: int
    hints: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A finding of which something else is said than now."""

    finding: Finding
    old: Verdict
    new: Verdict

    @property
    def credited(self) -> bool:
        """Whether the credit changes, or whether it is judged at all; otherwise only words and running figures do."""
        return (self.old.credit, self.old.state) != (self.new.credit, self.new.state)


@dataclass(frozen=True, slots=True)
class Line:
    """One question of one person, as it stands and as it would.

    `by_hand` was judged by hand and stays unless it is ticked; of `unread` a cited place can't be read, and it stays.
    `own` would change and is work of whoever regrades: it stays until another instructor regrades. `awaited` are the
    points that a marker can still give, as it stands and as it would.
    """

    question: str
    old: Standing
    new: Standing
    moved: tuple[Moved, ...]
    by_hand: tuple[Finding, ...]
    unread: tuple[Finding, ...] = ()
    own: tuple[Finding, ...] = ()
    awaited: tuple[float, float] = (0.0, 0.0)

    @property
    def changes(self) -> bool:
        """Whether credit or points change."""
        return (self.old.best, self.old.points) != (self.new.best, self.new.points)

    @property
    def waits_again(self) -> bool:
        """Whether a judgement is taken back, and a marker looks at it again: nothing is lost by that."""
        taken = any(one.old.state is Said.JUDGED and one.new.state is not Said.JUDGED for one in self.moved)
        return taken and self.awaited[1] > 0


@dataclass(frozen=True, slots=True)
class Score:
    """Points of how many, and whether that passes; points that wait for markers, and whether these can decide it."""

    points: float
    total: float
    passed: bool
    awaited: float = 0.0
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One attempt in a preview."""

    attempt: Attempt
    lines: tuple[Line, ...]
    old: Score
    new: Score
    certificates: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether points, total or pass change, or the credit of a question."""
        return self.old != self.new or self.earned

    @property
    def earned(self) -> bool:
        """Whether what the person earned changes: points, or the credit of a question. Otherwise the total alone."""
        return self.old.points != self.new.points or any(line.changes for line in self.lines)

    @property
    def gain(self) -> float:
        """Points gained; less than 0 where some are lost. What waits for a marker again is neither."""
        waits = sum(line.new.points - line.old.points for line in self.lines if line.waits_again)
        return self.new.points - self.old.points - waits

    @property
    def waits_again(self) -> bool:
        """Whether a judgement is taken back, and a marker looks at it again."""
        return any(line.waits_again for line in self.lines)


@dataclass(frozen=True)
class Preview:
    """What a regrade by somebody (`by`) would do.

    `people` are those who submitted something, in the order of their beginning.
    """

    scope: Scope
    draft: Draft
    state: State
    people: tuple[Person, ...]
    rules: Mapping[str, Rules]
    by: UUID

    @cached_property
    def moved(self) -> tuple[Moved, ...]:
        """Every finding that gets another verdict."""
        return tuple(one for person in self.people for line in person.lines for one in line.moved)

    @cached_property
    def changed(self) -> tuple[Person, ...]:
        """People whose credit, points or pass change."""
        return tuple(person for person in self.people if person.changes)

    @cached_property
    def earned(self) -> tuple[Person, ...]:
        """Those of `changed` whose credit or points change."""
        return tuple(person for person in self.changed if person.earned)

    @cached_property
    def only_total(self) -> tuple[Person, ...]:
        """Those of `changed` who keep their points, of another total: they may pass or fail by it."""
        return tuple(person for person in self.changed if not person.earned)

    @cached_property
    def held(self) -> tuple[tuple[Person, Line, Finding], ...]:
        """Findings judged by hand: they are left as they are unless they are ticked."""
        return tuple((person, line, one) for person in self.people for line in person.lines for one in line.by_hand)

    @cached_property
    def unread(self) -> int:
        """How many findings can't be judged anew, since a cited place can't be read: they stay as they are."""
        return sum(len(line.unread) for person in self.people for line in person.lines)

    @cached_property
    def own(self) -> tuple[tuple[Line, Finding], ...]:
        """Findings of whoever regrades that would change: they are left to another instructor."""
        return tuple((line, one) for person in self.people for line in person.lines for one in line.own)

    @staticmethod
    def heads(people: Iterable[Person]) -> int:
        """How many people these are: whoever has several attempts is counted once."""
        return len({one.attempt.person_id for one in people})

    @cached_property
    def unchanged(self) -> int:
        """How many people keep everything, in all of their attempts."""
        return self.heads(self.people) - self.heads(self.changed)

    @cached_property
    def listed(self) -> tuple[Person, ...]:
        """Those of `changed` whom a page has room for: whoever's pass changes first, then whoever loses most."""
        found, room = [], MOST_LINES
        for person in sorted(self.changed, key=lambda one: (one.old.passed == one.new.passed, one.gain)):
            room -= max(1, sum(line.changes for line in person.lines))
            if room >= 0:
                found.append(person)
        return tuple(found)

    @cached_property
    def touched(self) -> tuple[Person, ...]:
        """People with certificates whose points or pass change."""
        return tuple(person for person in self.changed if person.certificates)

    @cached_property
    def content(self) -> dict[str, Any]:
        """What is signed: what was looked at, what is to be applied, and everything that it comes to."""
        before = {one.finding.id: one for one in self.moved}
        tried = [one for asked in self.scope.asked.values() for one in asked.findings]
        return {
            "release": self.scope.release.sha256,
            "organisation": str(self.scope.organisation),
            "base": self.state.number,
            "amendments": self.draft.content,
            "ticked": sorted(str(one) for one in self.draft.ticked),
            "findings": sorted(_finding(one, before.get(one.id)) for one in tried),
            "own": sorted(str(one.id) for _, one in self.own),
            "people": [_person(person) for person in self.people],
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return signing.digest(self.content)

    @property
    def empty(self) -> bool:
        """Whether applying would change nothing: the same amendments, and no other verdict."""
        present = self.scope.version.amendments if self.scope.version else []
        return not self.moved and self.draft.content == present


def _finding(one: Finding, moved: Moved | None) -> list[Any]:
    new = moved.new if moved else Verdict.model_validate(one.current.verdict)
    return [str(one.id), len(one.judgements), one.current.credit, signing.digest(new.model_dump(mode="json"))[:16]]


def _person(person: Person) -> list[Any]:
    old, new = person.old, person.new
    figures = [old.points, old.total, old.passed, new.points, new.total, new.passed]
    return [str(person.attempt.id), *figures, *person.certificates]


def state_of(session: Session, release: UUID, organisation: UUID) -> State:
    """How much there is now, in counts: rows are added and never changed, so that equal counts mean equal rows."""
    ids = select(Attempt.id).filter_by(release_id=release, organisation_id=organisation)
    tried = select(Finding.id).where(Finding.attempt_id.in_(ids))
    version = scope.newest(session, release, organisation)

    def count(kind: Any, condition: Any) -> int:
        return session.scalar(select(func.count()).select_from(kind).where(condition)) or 0

    return State(
        version.number if version else 0,
        count(Finding, Finding.attempt_id.in_(ids)),
        count(Judgement, Judgement.finding_id.in_(tried)),
        count(HintTaken, HintTaken.attempt_id.in_(ids)),
    )


def preview(
    session: Session,
    release: Release,
    organisation: UUID,
    draft: Draft,
    sources: Sources,
    by: UUID,
    certificates: Certificates = none_issued,
) -> Preview:
    """What a regrade would do to the attempts of an organisation on a release. Nothing is changed.

    `by` is who regrades: findings of their own are left to another instructor, who may apply the same amendments again.

    Raises:
        NotThere: nobody of the organisation has begun the release.
        Refused: an amendment does not fit the lab.
    """
    state = state_of(session, release.id, organisation)  # before anything is read, so that nothing comes in unseen
    gathered = scope.gather(session, release, organisation, sources)
    new = {case.exhibit.sha256: case for case in gathered.cases}
    amended = {sha256: scope.fitting(session, case, draft.amendments) for sha256, case in new.items()}
    mine = {case.attempt.id for case in gathered.cases if case.attempt.person_id == by}
    tried = [one for asked in gathered.asked.values() for one in asked.findings if one.attempt_id not in mine]
    by_hand = {one.id for one in tried if judgements.held(one)}
    draft = replace(draft, ticked=draft.ticked & by_hand)  # nothing else is shown with a box to tick
    named = certificates(session, [case.attempt.id for case in gathered.cases])
    people = []
    for case in gathered.cases:
        present, coming = rules.of(session, case), amended[case.exhibit.sha256]
        person = _of_person(gathered, case, (present, coming), draft.ticked, own=case.attempt.id in mine)
        if any(gathered.of(case.attempt.id, one.id).findings for one in case.lab.questions):
            people.append(Person(*person, certificates=tuple(named.get(case.attempt.id, ()))))
    return Preview(gathered, draft, state, tuple(people), amended, by)


def _of_person(
    gathered: Scope, case: Case, ruled: tuple[Rules, Rules], ticked: frozenset[UUID], *, own: bool
) -> tuple[Attempt, tuple[Line, ...], Score, Score]:
    present, coming = ruled
    lines, old_points, new_points, awaited = [], 0.0, 0.0, (0.0, 0.0)
    names = dict.fromkeys([*(one.id for one in present.questions), *(one.id for one in coming.questions)])
    for name in names:
        asked = gathered.of(case.attempt.id, name)
        line = _line(name, asked, present.question(name), coming, gathered, ticked, own=own)
        old_points, new_points = old_points + line.old.points, new_points + line.new.points
        awaited = (awaited[0] + line.awaited[0], awaited[1] + line.awaited[1])
        if line.changes or line.moved or line.by_hand or line.unread or line.own:
            lines.append(line)
    percent = case.terms.pass_percent
    return (
        case.attempt,
        tuple(lines),
        score(old_points, present.total, percent, awaited[0]),
        score(new_points, coming.total, percent, awaited[1]),
    )


def score(points: float, total: float, percent: int, awaited: float = 0.0) -> Score:
    """Points of a total, and whether they reach a percentage of it, or could with those that wait for markers."""
    passed = results.passed(points, total, percent)
    return Score(points, total, passed, awaited, results.undecided(points, awaited, total, percent))


def _line(
    name: str,
    asked: Asked,
    present: Question | None,
    coming: Rules,
    gathered: Scope,
    ticked: frozenset[UUID],
    *,
    own: bool,
) -> Line:
    """One question of one person. A question that the rules don't have (any more) earns nothing; findings stay."""
    question, key = coming.question(name), coming.key(name)
    by_hand = tuple(one for one in asked.findings if judgements.held(one))
    held = [one for one in by_hand if one.id not in ticked]
    blind = gathered.unread if not (key and key.void) else frozenset[UUID]()
    unread = tuple(one for one in asked.findings if one.id in blind and one not in held)
    stay = {one.id for one in (*held, *unread)}
    old = {one.id: judgements.verdict_of(one) for one in asked.findings}
    new = scope.judged(question, key, asked, gathered.cited, lambda one: one.id in stay) if question else old
    moved = tuple(Moved(one, old[one.id], new[one.id]) for one in asked.findings if old[one.id] != new[one.id])
    was = _standing(present, asked, old)
    if own:
        left = tuple(one.finding for one in moved)
        waits = (_awaited(present, asked, old), _awaited(question, asked, old))
        return Line(name, was, _standing(question, asked, old), (), (), unread, left, waits)
    waits = (_awaited(present, asked, old), _awaited(question, asked, new))
    return Line(name, was, _standing(question, asked, new), moved, by_hand, unread, awaited=waits)


def _awaited(question: Question | None, asked: Asked, verdicts: Mapping[UUID, Verdict]) -> float:
    """Points that a marker can still give for the last finding, at most."""
    if question is None or not asked.findings or verdicts[asked.findings[-1].id].state is Said.JUDGED:
        return 0.0
    marked = {**scope.credits_of(verdicts), asked.findings[-1].id: 1.0}
    after = standing(question.points, progress.history(asked.findings, asked.hints, marked))
    return after.points - _standing(question, asked, verdicts).points


def _standing(question: Question | None, asked: Asked, verdicts: Mapping[UUID, Verdict]) -> Standing:
    if question is None:
        return standing((0.0,), History())
    return standing(question.points, progress.history(asked.findings, asked.hints, scope.credits_of(verdicts)))
