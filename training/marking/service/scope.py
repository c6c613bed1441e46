"""Everything that a regrade looks at: the findings of one organisation on one release, with what they stand on.

Each result file is opened once, however many findings cite it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.content.models import Release
from training.errors import Damaged, NotThere, Refused
from training.grading.amend import Amendment
from training.grading.citations import Cited, CitedLine
from training.grading.credit import History
from training.grading.judge import Confidence, State, Verdict, judge
from training.grading.judge import Finding as Claim
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.labs.models import Attempt, Citation, Finding, GradingVersion, HintTaken
from training.labs.reader import Lab
from training.labs.service import attempts, materials, progress, proof, rules
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult
from training.sentence import phrase

Held = Callable[[Finding], bool]
"""Whether what stands of a finding stays, whatever the rules say."""
Place = Cited | CitedLine
NOBODY = phrase("Nobody of this organisation has begun this release.")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where evidence is read: the folder of the installation, and what opens the result of a run."""

    instance: Path
    open_result: OpenResult


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one attempt: findings and hints in the order of their steps."""

    findings: tuple[Finding, ...] = ()
    hints: tuple[HintTaken, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The attempts of one organisation on one release.

    Attributes:
        organisation: whose attempts.
        release: the frozen lab.
        version: the grading version in force; None: as published.
        cases: each attempt with what it works on, in the order of their beginning.
        asked: findings and hints by attempt and question.
        cited: what each finding cites, in grading's terms.
        unread: findings of which a cited place can't be read now: they can't be judged anew.
    """

    organisation: UUID
    release: Release
    version: GradingVersion | None
    cases: tuple[Case, ...]
    asked: Mapping[tuple[UUID, str], Asked]
    cited: Mapping[UUID, Sequence[Place]]
    unread: frozenset[UUID] = frozenset()

    @property
    def lab(self) -> Lab:
        """The lab as it was published."""
        return self.cases[0].lab

    @property
    def number(self) -> int:
        """Number of the version in force."""
        return self.version.number if self.version else 0

    def of(self, attempt: UUID, question: str) -> Asked:
        """Findings and hints of one question of one attempt."""
        return self.asked.get((attempt, question), Asked())


def newest(session: Session, release: UUID, organisation: UUID) -> GradingVersion | None:
    """The grading version in force; None: as published."""
    return next(iter(versions(session, release, organisation)), None)


def versions(session: Session, release: UUID, organisation: UUID) -> list[GradingVersion]:
    """All grading versions of a release in an organisation, the newest first."""
    found = select(GradingVersion).filter_by(release_id=release, organisation_id=organisation)
    return list(session.scalars(found.order_by(GradingVersion.number.desc())))


def gather(session: Session, release: Release, organisation: UUID, sources: Sources) -> Scope:
    """Everything of an organisation on a release. NotThere where nobody there has begun it."""
    own = {"release_id": release.id, "organisation_id": organisation}
    found = session.scalars(select(Attempt).filter_by(**own).order_by(Attempt.opened_at, Attempt.id)).all()
    if not found:
        raise NotThere(NOBODY)
    cases = attempts.cases(session, sources.instance, found)
    version = newest(session, release.id, organisation)
    ids = select(Attempt.id).filter_by(**own)
    tried = session.scalars(select(Finding).where(Finding.attempt_id.in_(ids)).order_by(Finding.step)).all()
    hints = session.scalars(select(HintTaken).where(HintTaken.attempt_id.in_(ids)).order_by(HintTaken.step)).all()
    cited = session.scalars(select(Citation).where(Citation.attempt_id.in_(ids))).all()
    places = _places(session, cases, tried, cited, sources)
    return Scope(organisation, release, version, tuple(cases), _asked(tried, hints), *_cited(tried, places))


def questions(
    session: Session, release: Release, organisation: UUID, amendments: Sequence[Amendment], sources: Sources
) -> tuple[Question, ...]:
    """The questions of a release under amendments, on the exhibit of the first attempt. NotThere without attempts."""
    own = {"release_id": release.id, "organisation_id": organisation}
    first = session.scalars(select(Attempt).filter_by(**own).order_by(Attempt.opened_at, Attempt.id).limit(1)).first()
    if first is None:
        raise NotThere(NOBODY)
    case = attempts.case(session, sources.instance, first)
    return fitting(session, case, amendments).questions


def fitting(session: Session, case: Case, amendments: Sequence[Amendment]) -> rules.Rules:
    """The rules of an attempt under amendments that somebody looks at. Refused where one does not fit the lab."""
    try:
        return rules.made(session, case, case.version.number if case.version else 0, amendments)
    except (ValueError, Damaged) as bad:
        why = bad.args[0] if bad.args else str(bad)
        raise Refused(phrase("An amendment does not fit this lab: %(why)s", why=why)) from bad


def _asked(tried: Sequence[Finding], hints: Sequence[HintTaken]) -> dict[tuple[UUID, str], Asked]:
    found: dict[tuple[UUID, str], Asked] = {}
    for one in tried:
        at = (one.attempt_id, one.question)
        asked = found.get(at, Asked())
        found[at] = replace(asked, findings=(*asked.findings, one))
    for hint in hints:
        at = (hint.attempt_id, hint.question)
        asked = found.get(at, Asked())
        found[at] = replace(asked, hints=(*asked.hints, hint))
    return found


def _places(
    session: Session, cases: Sequence[Case], tried: Sequence[Finding], cited: Sequence[Citation], sources: Sources
) -> dict[str, Place]:
    """Every place that a finding cites and that can be read. Materials belong to an exhibit, so those of each exhibit
    are read together.
    """
    exhibits = {case.exhibit.sha256: case for case in cases}
    of = {case.attempt.id: case.exhibit.sha256 for case in cases}
    used = {id_ for one in tried for id_ in one.citations}
    places: dict[str, Place] = {}
    for sha256, case in exhibits.items():
        mine = [one for one in cited if of[one.attempt_id] == sha256 and str(one.id) in used]
        found = proof.by_citation(session, mine, sources.open_result, materials.of(case))
        places |= {str(id_): one for id_, one in found.items() if not isinstance(one, str)}
    return places


def _cited(
    tried: Sequence[Finding], places: Mapping[str, Place]
) -> tuple[dict[UUID, Sequence[Place]], frozenset[UUID]]:
    """What each finding cites, and the findings of which a place can't be read: evidence that is gone is no zero."""
    found: dict[UUID, Sequence[Place]] = {}
    unread: set[UUID] = set()
    for one in tried:
        found[one.id] = [places[id_] for id_ in one.citations if id_ in places]
        if len(found[one.id]) < len(one.citations):
            unread.add(one.id)
    return found, frozenset(unread)


def judged(
    question: Question, key: SealedKey | None, asked: Asked, cited: Mapping[UUID, Sequence[Place]], stays: Held
) -> dict[UUID, Verdict]:
    """The verdicts of all findings of one question of one attempt, each judged on top of the ones before it."""
    found: dict[UUID, Verdict] = {}
    for one in asked.findings:
        hints = tuple(hint for hint in asked.hints if hint.step < one.step)
        past = progress.history(asked.findings, hints, credits_of(found))
        found[one.id] = _verdict(question, key, one, cited.get(one.id, ()), past, stays)
    return found


def credits_of(verdicts: Mapping[UUID, Verdict]) -> dict[UUID, float]:
    """The credit of each finding that is judged in these verdicts."""
    return {id_: one.credit for id_, one in verdicts.items() if one.state is State.JUDGED}


def _verdict(
    question: Question, key: SealedKey | None, one: Finding, cited: Sequence[Place], past: History, stays: Held
) -> Verdict:
    if stays(one) or one.erased:
        return Verdict.model_validate(one.current.verdict)
    sure = Confidence(one.confidence) if one.confidence else None
    return judge(question, Claim(one.value, sure), key, cited, past, one.share)


def judged_now(session: Session, case: Case, finding: Finding, sources: Sources) -> Verdict | None:
    """What grading says of one finding by the rules in force.

    None where nothing can be said: the question is no part of the rules any more, or a cited place can't be read.
    """
    now = rules.of(session, case)
    question = now.marked(finding.question)
    if question is None:
        return None
    of = {"attempt_id": finding.attempt_id, "question": finding.question}
    tried = session.scalars(select(Finding).filter_by(**of).order_by(Finding.step)).all()
    hints = session.scalars(select(HintTaken).filter_by(**of).order_by(HintTaken.step)).all()
    cited = session.scalars(select(Citation).filter_by(attempt_id=finding.attempt_id)).all()
    places, unread = _cited([finding], _places(session, [case], [finding], cited, sources))
    if unread:
        return None
    asked = Asked(tuple(tried), tuple(hints))
    verdicts = judged(question, now.key(question.id), asked, places, lambda one: one.id != finding.id)
    return verdicts[finding.id]
