"""Open a marking round: which findings wait for people, who marks which, under which number."""

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.audit import service as audit
from training.content.models import Release
from training.errors import Conflict, NotThere, Refused
from training.grading.citations import Claim, corroborated, support
from training.grading.judge import shares, understand
from training.grading.parts import Source
from training.grading.question import Question
from training.grading.rubric import CORRECTNESS
from training.grading.values.base import Unreadable
from training.labs.models import Attempt, Finding, Judgement
from training.labs.service import attempts, materials, proof, rules
from training.labs.service.attempts import Case
from training.labs.service.notebook import OpenResult
from training.labs.service.results import release_numbers
from training.marking.models.rounds import Piece, Round, RoundMarker, Task
from training.marking.service.rounds.desk import cited
from training.sentence import phrase

MOST_PIECES, MOST_MARKERS, SEEDS = 200, 20, 2**31

Supports = Mapping[UUID, float | None]
"""How well the citations of each finding show its value, by the finding's id; None where a key would be needed."""


@dataclass(frozen=True, slots=True)
class About:
    """What a round is about: one question of one release in one organisation."""

    organisation: UUID
    release: UUID
    question: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Findings that wait for people, one for each attempt; `pieces` is how many, `number` that of the release."""

    about: About
    lab: str
    number: int
    question: Question
    pieces: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How an instructor wants a round: who marks, how many for each piece, and the seed, None for a random one."""

    markers: tuple[UUID, ...]
    per_piece: int
    seed: int | None = None


def waiting(session: Session, actor: Actor, instance: Path) -> list[Waiting]:
    """Questions with findings that wait for people, in the organisations where the actor is an instructor.

    A question for which a round is open is left out.
    """
    mine = {organisation for organisation, role in actor.roles if role is Role.INSTRUCTOR}
    found: dict[About, list[Attempt]] = {}
    for finding, attempt in _last_unjudged(session, Attempt.organisation_id.in_(mine)):
        about = About(attempt.organisation_id, attempt.release_id, finding.question)
        found.setdefault(about, []).append(attempt)
    taken = _taken(session)
    numbers = release_numbers(session)
    listed = []
    for about, holders in found.items():
        case = attempts.case(session, instance, holders[0])
        question = rules.of(session, case).marked(about.question)
        if about not in taken and question is not None:
            listed.append(Waiting(about, case.lab.title, numbers[about.release], question, len(holders)))
    return sorted(listed, key=lambda one: (one.lab, -one.number, one.about.question))


def unopened(session: Session, organisations: set[UUID], instance: Path) -> int:
    """How many pieces `waiting` lists for an instructor of these organisations, without reading a finding."""
    other, newest = aliased(Finding), select(Judgement.judged).where(Judgement.finding_id == Finding.id)
    stands = func.coalesce(newest.order_by(Judgement.seq.desc()).limit(1).scalar_subquery(), Finding.judged)
    doubted = select(Judgement.finding_id).where(Judgement.judged.is_(False))
    same = (other.attempt_id == Finding.attempt_id, other.question == Finding.question)
    found = select(Attempt.organisation_id, Attempt.release_id, Finding.question, Attempt.id)
    found = found.join(Attempt, Attempt.id == Finding.attempt_id).where(Attempt.organisation_id.in_(organisations))
    found = found.where(or_(Finding.judged.is_(False), Finding.id.in_(doubted)), stands.is_(False))
    found = found.where(Finding.value != "")  # what was erased waits for nobody
    found = found.where(~exists().where(*same, other.try_no > Finding.try_no, other.value != ""))
    holders: dict[About, list[UUID]] = {}
    for organisation, release, question, attempt in session.execute(found):
        holders.setdefault(About(organisation, release, question), []).append(attempt)
    taken = _taken(session) if holders else set()
    return sum(
        len(held)
        for about, held in holders.items()
        if about not in taken and _asked(session, instance, held[0], about.question)
    )


def _taken(session: Session) -> set[About]:
    """The questions for which a round is open."""
    running = select(Round.organisation_id, Round.release_id, Round.question).where(Round.closed_at.is_(None))
    return {About(*row) for row in session.execute(running)}


def _asked(session: Session, instance: Path, attempt: UUID, question: str) -> bool:
    """Whether the rules in force have a question."""
    case = attempts.case(session, instance, session.get_one(Attempt, attempt))
    return rules.of(session, case).marked(question) is not None


def described(session: Session, instance: Path, about: About) -> Waiting | None:
    """A question as the form of a round shows it, whether or not something waits; None where there is none such."""
    of = {"organisation_id": about.organisation, "release_id": about.release}
    first = session.scalars(select(Attempt).filter_by(**of).order_by(Attempt.opened_at, Attempt.id).limit(1)).first()
    if first is None:
        return None
    case = attempts.case(session, instance, first)
    question = rules.of(session, case).marked(about.question)
    if question is None:
        return None
    number, pieces = release_numbers(session)[about.release], len(candidates(session, about))
    return Waiting(about, case.lab.title, number, question, pieces)


def candidates(session: Session, about: About) -> list[Finding]:
    """The findings that enter a round: at most `MOST_PIECES`, those of the oldest attempts first."""
    found = _last_unjudged(
        session,
        Attempt.organisation_id == about.organisation,
        Attempt.release_id == about.release,
        Finding.question == about.question,
    )
    return [finding for finding, _ in found][:MOST_PIECES]


def _last_unjudged(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[Finding, Attempt]]:
    """The last finding of each attempt and question, where it is not judged; by attempt.

    An earlier one that was never judged does not enter once a later one is: it would take the later one's place among
    the tries, and points that were earned could fall.
    """
    other = aliased(Finding)
    doubted = select(Judgement.finding_id).where(Judgement.judged.is_(False))
    same = (other.attempt_id == Finding.attempt_id, other.question == Finding.question)
    unjudged = exists().where(*same, or_(other.judged.is_(False), other.id.in_(doubted)))
    found = select(Finding, Attempt).join(Attempt, Attempt.id == Finding.attempt_id).where(unjudged, *conditions)
    found = found.where(Finding.value != "")  # of what was erased nobody can say anything
    last: dict[tuple[UUID, str], tuple[Finding, Attempt]] = {}
    for finding, attempt in session.execute(found.order_by(Attempt.id, Finding.try_no)):
        last[attempt.id, finding.question] = (finding, attempt)
    return [(finding, attempt) for finding, attempt in last.values() if not finding.current.judged]


def supports(session: Session, instance: Path, about: About, open_result: OpenResult) -> dict[UUID, float | None]:
    """How well the citations of the candidates show their values. Reads results, so it is done before the writing."""
    found: dict[UUID, float | None] = {}
    for finding in candidates(session, about):
        case = attempts.case(session, instance, session.get_one(Attempt, finding.attempt_id))
        question = rules.of(session, case).marked(finding.question)
        if question is not None:
            found[finding.id] = _support(session, case, question, finding, open_result)
    return found


def _support(
    session: Session, case: Case, question: Question, finding: Finding, open_result: OpenResult
) -> float | None:
    """The part of the credit that citations earn; None where a condition on a source asks for the key."""
    unknown = {"key", *question.facts, *(one.id for one in case.lab.questions)}
    if any(source.condition and unknown & source.condition.names for source in _sources(question)):
        return None
    try:
        value = understand(question, finding.value)
    except Unreadable:
        return None
    made = cited(session, finding)
    places = proof.by_citation(session, made, open_result, materials.of(case))
    shown = [place for one in made if not isinstance(place := places[one.id], str)]
    claim = Claim(question.spec, value.canon, (value.canon,), {})
    second = corroborated(question.proof, question.corroboration, shown, claim) if question.corroboration else None
    return shares(support(question.proof, question.needed, shown, claim), second)


def _sources(question: Question) -> tuple[Source, ...]:
    return (*question.proof, *question.corroboration)


def instructors(session: Session, organisation: UUID) -> list[Person]:
    """Who may mark in an organisation: its instructors who can sign in, by name."""
    return [
        person
        for person in accounts.members(session, organisation)
        if person.disabled_at is None
        and any((one.organisation_id, one.role) == (organisation, Role.INSTRUCTOR) for one in person.memberships)
    ]


def open_round(
    session: Session, about: About, question: Question, plan: Plan, given: Supports, actor: Actor, now: datetime
) -> Round:
    """Open a round over the candidates. Who marks which is drawn from the seed, with the same load for all.

    Raises:
        Refused: no marker, one who is no instructor there, or too few for a piece, since nobody marks their own work.
        Conflict: a round for this question is open already, or a finding came in whose support is not known.
        NotThere: nothing waits for people.
    """
    markers = _markers(session, about, plan)
    seed = secrets.randbelow(SEEDS) if plan.seed is None else plan.seed
    found = candidates(session, about)
    if not found:
        raise NotThere(phrase("No finding of this question waits for people any more."))
    if not question.rubric and any(one.id not in given for one in found):
        raise Conflict(phrase("A finding came in while the round was being opened. Open it once more."))
    criteria = question.rubric or (CORRECTNESS,)
    made = Round(
        organisation_id=about.organisation,
        release_id=about.release,
        question=about.question,
        criteria=[one.model_dump(mode="json") for one in criteria],
        scale="rubric" if question.rubric else "correctness",
        per_piece=plan.per_piece,
        seed=seed,
        owner_id=actor.id,
        opened_at=now,
        closed_at=None,
        outcome=None,
        markers=[RoundMarker(person_id=one) for one in markers],
    )
    _insert(session, made)
    session.add_all(_drawn(session, made, found, markers, given))
    session.flush()
    _report(session, made, len(found), actor, now)
    return made


def _markers(session: Session, about: About, plan: Plan) -> list[UUID]:
    if plan.per_piece not in {1, 2}:
        raise Refused(phrase("A piece is marked by one person or by two."), field="per_piece")
    if plan.seed is not None and not 0 <= plan.seed < SEEDS:
        raise Refused(phrase("A seed is a whole number from 0 to %(most)s.", most=SEEDS - 1), field="seed")
    able = [one.id for one in instructors(session, about.organisation)]
    chosen = sorted(set(plan.markers))
    if any(one not in able for one in chosen):
        raise Refused(phrase("Only instructors of this organisation can mark. Choose from the list."), field="marker")
    if not plan.per_piece <= len(chosen) <= MOST_MARKERS:
        raise Refused(
            phrase(
                "Choose %(least)s to %(most)s markers: each piece is marked by %(least)s.",
                least=plan.per_piece,
                most=MOST_MARKERS,
            ),
            field="marker",
        )
    return chosen


def _drawn(
    session: Session, held: Round, found: Sequence[Finding], markers: Sequence[UUID], given: Supports
) -> list[Piece]:
    """Pieces under random numbers, each given to those markers who have the least so far, and never to its author."""
    wanted = {one.attempt_id for one in found}
    holders = session.execute(select(Attempt.id, Attempt.person_id).where(Attempt.id.in_(wanted)))
    authors = {attempt: person for attempt, person in holders}  # noqa: C416 - a row is no pair to the type checker
    draw = random.Random(held.seed)  # noqa: S311 - drawn again from the same seed where somebody doubts it
    mixed = sorted(found, key=lambda one: one.id)
    draw.shuffle(mixed)
    load = dict.fromkeys(markers, 0)
    numbered = list(enumerate(mixed, 1))
    numbered.sort(key=lambda one: authors[one[1].attempt_id] not in load)  # where the choice is smallest, first
    pieces = []
    for number, finding in numbered:
        able = [one for one in markers if one != authors[finding.attempt_id]]
        if len(able) < held.per_piece:
            raise Refused(
                phrase(
                    "One of the markers has work of their own among the pieces, and too few are left for it. "
                    "Choose one marker more."
                ),
                field="marker",
            )
        draw.shuffle(able)
        chosen = sorted(able, key=lambda one: load[one])[: held.per_piece]
        for one in chosen:
            load[one] += 1
        tasks = [Task(marker_id=one, third=False) for one in chosen]
        piece = Piece(round_id=held.id, finding_id=finding.id, number=number, asked=False, tasks=tasks)
        piece.support = None if held.scale == "rubric" else given.get(finding.id)
        pieces.append(piece)
    return pieces


def _insert(session: Session, made: Round) -> None:
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as refused:
        if "unique" not in str(refused.orig).lower():
            raise
        raise Conflict(
            phrase("A marking round for this question is open already. Release or withdraw it first.")
        ) from None


def _report(session: Session, made: Round, pieces: int, actor: Actor, now: datetime) -> None:
    details = {
        "release": str(session.get_one(Release, made.release_id).sha256),
        "question": made.question,
        "pieces": pieces,
        "markers": [str(one.person_id) for one in made.markers],
        "per_piece": made.per_piece,
        "seed": made.seed,
    }
    subject = f"marking-round:{made.id}"
    audit.record(session, act="marking-round.opened", actor=actor.id, subject=subject, details=details, now=now)
