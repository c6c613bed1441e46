"""Appeals: a trainee complains about a verdict or asks what it means, and an instructor answers.

A complaint costs one of two tokens of the attempt; the token comes back when the complaint is upheld. A question is
free, and the credit can't change by it. Whoever made the last judgement by hand never decides the appeal against it;
of a mark these are all who marked the piece, and not whoever released it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, Refused, TooMany
from training.labs.models import Attempt, Finding
from training.labs.service.attempts import Case
from training.marking.models.appeals import Appeal, Kind, Outcome
from training.marking.models.rounds import Mark, Piece
from training.marking.service import judgements
from training.sentence import phrase

TOKENS = 2
"""Complaints that an attempt has to give away."""
MOST_QUESTIONS = 5
"""Questions of an attempt that may wait for an answer."""
MOST_LISTED = 120
"""Open appeals on the page of instructors, and as many decided ones."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an instructor decides: the outcome, a note for the trainee, and a credit where the appeal is upheld."""

    outcome: Outcome
    note: str
    credit: float | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The appeals of one attempt: all that were made, and what can still be asked.

    `findings` are those that can be appealed against; `concealed` says that nothing can be, since the results of an
    examination are not released.
    """

    appeals: tuple[Appeal, ...] = ()
    findings: tuple[Finding, ...] = ()
    tokens: int = TOKENS
    questions: int = MOST_QUESTIONS
    concealed: bool = False


def desk(session: Session, case: Case, now: datetime) -> Desk:
    """What the person of an attempt sees: nothing at all while an examination keeps its feedback back."""
    attempt = case.attempt
    if not case.told(now):
        return Desk(tokens=0, questions=0, concealed=True)
    made = of_attempt(session, attempt.id)
    findings = session.scalars(
        select(Finding).filter_by(attempt_id=attempt.id).order_by(Finding.question, Finding.try_no)
    ).all()
    judged = tuple(one for one in findings if one.current.judged)
    return Desk(tuple(made), judged, tokens_left(made), MOST_QUESTIONS - _waiting(made))


def of_attempt(session: Session, attempt: UUID) -> list[Appeal]:
    """The appeals of an attempt, the newest first."""
    return list(
        session.scalars(select(Appeal).filter_by(attempt_id=attempt).order_by(Appeal.made_at.desc(), Appeal.id))
    )


def tokens_left(made: Sequence[Appeal]) -> int:
    """Complaints that an attempt has left: one that is upheld gives its token back."""
    spent = sum(one.kind == Kind.COMPLAINT and one.outcome != Outcome.UPHELD for one in made)
    return max(0, TOKENS - spent)


def listed(session: Session, organisations: set[UUID]) -> list[tuple[Appeal, Attempt, Finding]]:
    """Appeals made in some organisations: the open ones first, the oldest of them on top, then the newest decided."""
    found = (
        select(Appeal, Attempt, Finding)
        .join(Attempt, Attempt.id == Appeal.attempt_id)
        .join(Finding, Finding.id == Appeal.finding_id)
        .where(Attempt.organisation_id.in_(organisations))
    )
    waiting = found.where(Appeal.outcome.is_(None)).order_by(Appeal.made_at).limit(MOST_LISTED)
    done = found.where(Appeal.outcome.is_not(None)).order_by(Appeal.decided_at.desc()).limit(MOST_LISTED)
    return [(row[0], row[1], row[2]) for part in (waiting, done) for row in session.execute(part)]


def appeal(
    session: Session, case: Case, finding: Finding, kind: Kind, text: str, request_key: str, now: datetime
) -> Appeal:
    """Appeal against what stands of a finding. The attempt's row is locked by the caller.

    The same request key with the same content always gives the same appeal.

    Raises:
        Refused: the text is too short or too long, the finding is not judged or has full credit already, or the
            results of the examination are not released.
        TooMany: no token is left, or five questions wait for an answer.
        Conflict: an appeal of this kind against the finding is open, or the key was used for other content.
    """
    attempt = case.attempt
    if not case.told(now):
        raise Refused(
            phrase("The results of this examination are not released yet, so there is nothing to appeal against.")
        )
    reason = judgements.reason_of(text, "text")
    made = of_attempt(session, attempt.id)
    if seen := next((one for one in made if one.request_key == request_key), None):
        return _same_content(seen, finding, kind, reason)
    _may_be_made(made, finding, kind)
    fresh = Appeal(
        attempt_id=attempt.id,
        finding_id=finding.id,
        kind=kind.value,
        reason=reason,
        against=judgements.chain(finding)[-1].seq,
        request_key=request_key,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:
        raise Conflict(_ALREADY) from None
    details = {"finding": str(finding.id), "kind": kind.value, "against": fresh.against}
    subject = f"appeal:{fresh.id}"
    audit.record(session, act="appeal.made", actor=attempt.person_id, subject=subject, details=details, now=now)
    return fresh


def barred(session: Session, attempt: Attempt, finding: Finding, actor: UUID | None) -> str:
    """Why somebody may not decide an appeal against a finding; empty where they may."""
    if attempt.person_id == actor:
        return phrase("This is your own work: another instructor decides about it.")
    if actor in _judges(session, [finding])[finding.id]:
        return phrase(
            "You made the last judgement of this finding by hand: another instructor decides the appeal against it."
        )
    return ""


def decidable(session: Session, organisations: set[UUID], actor: UUID | None) -> int:
    """How many open appeals made in some organisations somebody may decide: see `barred`."""
    found = select(Finding).join(Appeal, Appeal.finding_id == Finding.id)
    found = found.join(Attempt, Attempt.id == Finding.attempt_id)
    found = found.where(Attempt.organisation_id.in_(organisations), Attempt.person_id != actor)
    open_ones = session.scalars(found.where(Appeal.outcome.is_(None))).all()  # one for each appeal
    judges = _judges(session, open_ones)
    return sum(actor not in judges[one.id] for one in open_ones)


def _judges(session: Session, findings: Collection[Finding]) -> dict[UUID, set[UUID | None]]:
    """By finding, who stands behind its newest judgement by hand: who made it, and of a mark all who marked the piece.

    Whoever took an override back made the judgement, even where a mark stands again by it.
    """
    found: dict[UUID, set[UUID | None]] = {}
    marks = []
    for one in findings:
        made = [each for each in judgements.chain(one) if each.judgement and each.judgement.by]
        newest = made[-1].judgement if made else None
        marked = newest is not None and newest.origin == "mark" and not made[-1].withdraws
        found[one.id] = {newest.by} if newest and not marked else set()
        marks += [one.id] if marked else []
    rows = select(Piece.finding_id, Mark.marker_id).join(Mark, Mark.piece_id == Piece.id)
    for finding, marker in session.execute(rows.where(Piece.finding_id.in_(marks))) if marks else ():
        found[finding].add(marker)
    return found


def decide(
    session: Session, case: Case, appeal: Appeal, finding: Finding, decision: Decision, by: UUID, now: datetime
) -> Appeal:
    """Decide an appeal, once. The attempt's row is locked by the caller; repeating a request changes nothing.

    Raises:
        Refused: no note, an outcome that the kind does not have, a credit that is not higher than what stands, or the
            decider is barred.
        Conflict: the appeal is decided already, otherwise; or the rules in force don't have the question any more.
    """
    note = judgements.reason_of(decision.note, "note")
    if appeal.outcome is not None:
        if (appeal.outcome, appeal.note, appeal.decided_by) != (decision.outcome.value, note, by):
            raise Conflict(phrase("This appeal is decided already; nothing was changed. The decision stands below."))
        return appeal
    if why := barred(session, case.attempt, finding, by):
        raise Refused(why)
    _fits(appeal, decision)
    if decision.outcome is Outcome.UPHELD:
        _uphold(session, case, appeal, finding, decision.credit, note, by, now)
    appeal.outcome, appeal.note, appeal.decided_by, appeal.decided_at = decision.outcome.value, note, by, now
    session.flush()
    details = {"finding": str(finding.id), "kind": appeal.kind, "outcome": appeal.outcome}
    details["judgement"] = str(appeal.judgement_id) if appeal.judgement_id else ""
    audit.record(session, act="appeal.decided", actor=by, subject=f"appeal:{appeal.id}", details=details, now=now)
    return appeal


def _uphold(
    session: Session,
    case: Case,
    appeal: Appeal,
    finding: Finding,
    credit: float | None,
    note: str,
    by: UUID,
    now: datetime,
) -> None:
    if credit is None:
        raise Refused(phrase("Give the credit that the finding has from now on, from 0 to 1."), field="credit")
    judgements.share_of(credit)
    if credit <= finding.current.credit:
        raise Refused(
            phrase(
                "The finding has %(credit)s already: a complaint that is upheld raises the credit. "
                "Dismiss it where the credit is right.",
                credit=f"{finding.current.credit:.2f}",
            ),
            field="credit",
        )
    question = judgements.question_of(session, case, finding)
    verdict = judgements.decided(question, finding, judgements.before(session, finding), credit, note)
    made = judgements.write(finding, "appeal", verdict, note, by, None, now)
    session.flush()
    appeal.judgement_id = made.id


def _fits(appeal: Appeal, decision: Decision) -> None:
    asks = appeal.kind == Kind.QUESTION
    if asks != (decision.outcome is Outcome.ANSWERED):
        raise Refused(
            phrase("A question is answered, and the credit stays.")
            if asks
            else phrase("A complaint is upheld or dismissed."),
            field="outcome",
        )


def _may_be_made(made: Sequence[Appeal], finding: Finding, kind: Kind) -> None:
    current = finding.current
    if not current.judged:
        raise Refused(
            phrase("This finding is not judged yet: a marker will look at it. Appeal once there is a verdict.")
        )
    if any((one.finding_id, one.kind, one.outcome) == (finding.id, kind.value, None) for one in made):
        raise Conflict(_ALREADY)
    if kind is Kind.COMPLAINT and current.credit >= judgements.WHOLE:
        raise Refused(phrase("This finding has full credit already. Ask a question if the feedback is not clear."))
    if kind is Kind.COMPLAINT and not tokens_left(made):
        raise TooMany(
            phrase(
                "Both of your %(n)s complaints are spent. One that is upheld comes back. A question is free.", n=TOKENS
            )
        )
    if kind is Kind.QUESTION and _waiting(made) >= MOST_QUESTIONS:
        raise TooMany(
            phrase("%(n)s of your questions wait for an answer. Ask again when one is answered.", n=MOST_QUESTIONS)
        )


def _waiting(made: Sequence[Appeal]) -> int:
    return sum(one.kind == Kind.QUESTION and one.outcome is None for one in made)


def _same_content(seen: Appeal, finding: Finding, kind: Kind, reason: str) -> Appeal:
    if (seen.finding_id, seen.kind, seen.reason) != (finding.id, kind.value, reason):
        raise Conflict(
            phrase("This form was sent before with other content. Your text stands below; send it once more.")
        )
    return seen


_ALREADY = phrase(
    "An appeal of this kind against this finding is open. Wait for the answer; it will stand on this page."
)
