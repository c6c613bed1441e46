"""Before the end of a round: what is missing and how far the markers agree. Its end: release, once, or withdrawal."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict
from training.grading import rubric
from training.grading.agreement import Agreement, Unit, agreement
from training.grading.judge import Verdict
from training.grading.rubric import Criterion
from training.labs import wording
from training.labs.models import Attempt, Finding
from training.labs.service import attempts
from training.marking.models.rounds import Mark, Piece, Round
from training.marking.service import judgements
from training.marking.service.rounds import desk
from training.marking.service.rounds.opening import instructors
from training.marking.service.rounds.outcome import Outcome, State
from training.sentence import phrase

WHOLE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Stand:
    """A piece and where it stands."""

    piece: Piece
    outcome: Outcome

    @property
    def third_unnamed(self) -> bool:
        """Whether somebody has to be named to decide."""
        return self.outcome.state is State.THIRD and not any(one.third for one in self.piece.tasks)


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole round: its pieces by number, and what each marker has done of what they were given."""

    stands: tuple[Stand, ...]
    done: Counter[UUID]
    given: Counter[UUID]

    @property
    def missing(self) -> tuple[Stand, ...]:
        """The pieces that have no final mark yet."""
        return tuple(one for one in self.stands if not one.outcome.final)

    @property
    def ready(self) -> bool:
        """Whether the round can be released."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Ended:
    """What a release did: findings that were judged, and those left alone since somebody judged them before."""

    judged: int
    left: int


def overview(session: Session, held: Round) -> Overview:
    """Where a round stands."""
    pieces = desk.pieces_of(session, held)
    given = Counter(task.marker_id for piece in pieces for task in piece.tasks)
    done = Counter(
        task.marker_id for piece in pieces for task in piece.tasks if _done(desk.mark_of(piece, task.marker_id))
    )
    return Overview(tuple(Stand(piece, desk.outcome_of(piece)) for piece in pieces), done, given)


def agreements(session: Session, held: Round) -> list[tuple[Criterion, Agreement]]:
    """How far the two markers of each piece agree, criterion by criterion, as they marked without seeing each other."""
    pieces = desk.pieces_of(session, held)
    alone = [[one.alone for one in desk.finished(piece, third=False)] for piece in pieces]
    return [
        (one, _agreement(tuple(tuple(levels[one.id] for levels in marks) for marks in alone)))
        for one in desk.criteria_of(held)
    ]


@lru_cache(maxsize=128)
def _agreement(units: tuple[Unit, ...]) -> Agreement:
    """Kept in memory, for a page that is opened again: the interval takes 5,000 resamples."""
    return agreement(units)


def _done(mark: Mark | None) -> bool:
    return mark is not None and mark.done_at is not None


def release(session: Session, held: Round, instance: Path, by: UUID, now: datetime) -> Ended:
    """Make the marks count: one judgement for each finding, all of them in the caller's transaction, and once.

    A finding that somebody judged since the round was opened is left as it is. The caller has locked the round.

    Raises:
        Conflict: a piece has no final mark yet, or the round was withdrawn.
    """
    if held.outcome == "released":
        return Ended(0, 0)
    desk.still_open(held)
    found = overview(session, held)
    if not found.ready:
        numbers = ", ".join(str(one.piece.number) for one in found.missing[:10])
        missing, whole = len(found.missing), len(found.stands)
        raise Conflict(
            phrase(
                "Nothing was released: %(n)s of %(all)s pieces have no final mark yet, such as %(numbers)s.",
                n=missing,
                all=whole,
                numbers=numbers,
            )
        )
    kept = _judged(session, held, found.stands, instance, by, now)
    held.closed_at, held.outcome = now, "released"
    ended = Ended(len(kept), len(found.stands) - len(kept))
    details = {"judged": ended.judged, "left": ended.left, "digest": _digest(kept)}
    _report(session, "marking-round.released", held, by, details, now)
    return ended


def withdraw(session: Session, held: Round, by: UUID, now: datetime) -> None:
    """End a round without judging anything; its findings wait for people again. Doing it twice changes nothing."""
    if held.outcome == "withdrawn":
        return
    desk.still_open(held)
    held.closed_at, held.outcome = now, "withdrawn"
    _report(session, "marking-round.withdrawn", held, by, {}, now)


def ownerless(session: Session, held: Round) -> bool:
    """Whether the owner of a round can't act any more: disabled, or no instructor there."""
    return held.owner_id not in {one.id for one in instructors(session, held.organisation_id)}


def take_charge(session: Session, held: Round, by: UUID, now: datetime) -> None:
    """Become the owner of a round whose owner can't act any more. Doing it twice changes nothing.

    Raises:
        Conflict: the round has ended, or its owner can act.
    """
    if held.owner_id == by:
        return
    desk.still_open(held)
    if not ownerless(session, held):
        raise Conflict(phrase("The owner of this round can act: nothing was changed."))
    details = {"from": str(held.owner_id)}
    held.owner_id = by
    _report(session, "marking-round.taken-over", held, by, details, now)


def _judged(
    session: Session, held: Round, stands: Sequence[Stand], instance: Path, by: UUID, now: datetime
) -> list[tuple[UUID, float]]:
    """Write the judgements; ids of the findings with their credits. Attempts are locked in one order for all."""
    wanted = [one.piece.finding_id for one in stands]
    of = select(Finding.attempt_id).where(Finding.id.in_(wanted))
    locked = select(Attempt).where(Attempt.id.in_(of)).order_by(Attempt.id).with_for_update()
    holders = {one.id: one for one in session.scalars(locked)}
    findings = {one.id: one for one in session.scalars(select(Finding).where(Finding.id.in_(wanted)))}
    listed = list(holders.values())
    cases = {one.attempt.id: one for one in attempts.cases(session, instance, listed)}
    kept = []
    for stand in stands:
        finding = findings[stand.piece.finding_id]
        if finding.current.judged:
            continue
        question = judgements.question_of(session, cases[finding.attempt_id], finding)
        past = judgements.before(session, finding)
        credit = credit_of(stand.piece, stand.outcome)
        verdict = judgements.decided(question, finding, past, credit, said(stand))
        judgements.write(finding, "mark", _worded(held, stand, verdict), reason(stand), by, None, now)
        kept.append((finding.id, credit))
    session.flush()
    return kept


def credit_of(piece: Piece, outcome: Outcome) -> float:
    """Credit of a piece that has its mark: the score, and where there is no rubric, the score times the support."""
    score = rubric.score(desk.criteria_of(piece.round), outcome.levels or {})
    return score if piece.support is None else score * piece.support


def said(stand: Stand) -> str:
    """The comments that the trainee reads: the third marker's where one decided, else those of all."""
    decided = stand.outcome.state is State.DECIDED
    comments = [one.comment for one in desk.finished(stand.piece, third=decided) if one.comment]
    return "\n\n".join(dict.fromkeys(comments))


def reason(stand: Stand) -> str:
    """How it came to the mark, in a sentence for the trainee."""
    if stand.outcome.state is State.DECIDED:
        return wording.THIRD
    two = sum(not one.third for one in stand.piece.tasks) > 1
    return wording.TWO if two else wording.ONE


def _worded(held: Round, stand: Stand, verdict: Verdict) -> Verdict:
    """The verdict with the levels as its notes, and correctness and support apart."""
    levels = stand.outcome.levels or {}
    criteria = desk.criteria_of(held)
    notes = tuple(_note(held, one) for one in rubric.lines(criteria, levels))
    support = 1.0 if stand.piece.support is None else stand.piece.support
    more = {"notes": notes, "correctness": rubric.score(criteria, levels), "support": support}
    return verdict.model_copy(update={**more, "solved": verdict.credit >= WHOLE})


def _note(held: Round, line: rubric.Line) -> str:
    """A criterion with its level, in words; with its number where an author numbered the levels."""
    criterion, text = wording.worded(line.criterion.text), wording.worded(line.text)
    if held.scale == "correctness" or line.level is None:
        return phrase("%(criterion)s: %(level)s", criterion=criterion, level=text)
    return phrase(
        "%(criterion)s: level %(number)s of %(best)s, %(level)s",
        criterion=criterion,
        level=text,
        number=line.level,
        best=line.criterion.best,
    )


def _digest(kept: Sequence[tuple[UUID, float]]) -> str:
    """SHA-256 over findings and credits, so that the log holds what was released without naming anybody."""
    return hashlib.sha256("\n".join(f"{finding} {credit!r}" for finding, credit in sorted(kept)).encode()).hexdigest()


def _report(session: Session, act: str, held: Round, by: UUID, details: Mapping[str, object], now: datetime) -> None:
    audit.record(session, act=act, actor=by, subject=f"marking-round:{held.id}", details=details, now=now)
