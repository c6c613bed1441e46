"""An instructor's word over that of grading: one finding, with a reason, and the way back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict
from training.grading.judge import Verdict
from training.labs.models import Finding, Judgement
from training.labs.service import attempts
from training.labs.service.attempts import Case
from training.marking.service import judgements, scope
from training.marking.service.judgements import Stood


def override(
    session: Session, case: Case, finding: Finding, credit: float, reason: str, seen: int, by: UUID, now: datetime
) -> Judgement:
    """Give a finding another credit. The attempt's row is locked by the caller; repeating a request changes nothing.

    Args:
        session: the caller's unit of work.
        case: the attempt that the finding belongs to.
        finding: what is judged.
        credit: 0 to 1.
        reason: why; the trainee reads it.
        seen: number of the judgement that the page showed as the newest, 0 for the finding's own verdict.
        by: the instructor.
        now: when.

    Raises:
        Refused: no reason, a credit out of range, or it is the instructor's own work.
        Conflict: another judgement was made since the page was opened.
    """
    reason, credit = judgements.reason_of(reason), judgements.share_of(credit)
    judgements.not_own(case.attempt, by)
    newest = judgements.chain(finding)[-1]
    if _same(newest, "override", credit, reason, by):
        return newest.judgement  # type: ignore[return-value]  # `_same` has looked
    _nothing_since(newest, seen)
    question = attempts.question_of(case.lab, finding.question)
    verdict = judgements.decided(question, finding, judgements.before(session, finding), credit, reason)
    made = judgements.write(finding, "override", verdict, reason, by, None, now)
    _report(session, "override.made", made, newest, by, now)
    return made


def withdraw(
    session: Session,
    case: Case,
    finding: Finding,
    reason: str,
    seen: int,
    by: UUID,
    sources: scope.Sources,
    now: datetime,
) -> Judgement:
    """Take an override back: what stood before it stands again, judged by the rules that are in force now.

    Raises:
        Refused: no reason, or it is the instructor's own work.
        Conflict: what stands is no override, or another judgement was made since the page was opened.
    """
    reason = judgements.reason_of(reason)
    judgements.not_own(case.attempt, by)
    stood = judgements.chain(finding)
    newest = stood[-1]
    if newest.judgement and newest.seq == seen + 1 and (newest.judgement.reason, newest.judgement.by) == (reason, by):
        return newest.judgement
    _nothing_since(newest, seen)
    if not overridden(newest):
        raise Conflict("What stands is no override, so there is nothing to withdraw.")
    former = stood[-2]
    origin, version, verdict = _restored(session, case, finding, former, sources)
    made = judgements.write(finding, origin, verdict, reason, by, version, now)
    _report(session, "override.withdrawn", made, newest, by, now)
    return made


def overridden(newest: Stood) -> bool:
    """Whether what stands is an override that can be withdrawn."""
    return newest.judgement is not None and newest.judgement.origin == "override" and not newest.withdraws


def _restored(
    session: Session, case: Case, finding: Finding, former: Stood, sources: scope.Sources
) -> tuple[str, UUID | None, Verdict]:
    """Origin, version and verdict of what stood before. What the program said is said again by the rules in force."""
    version = scope.newest(session, case.release.id, case.attempt.organisation_id)
    if former.by_hand or version is None:
        origin = former.judgement.origin if former.judgement and former.by_hand else "override"
        return origin, former.judgement.version_id if former.judgement else None, Verdict.model_validate(former.verdict)
    verdict = scope.judged_now(session, case, finding, sources)
    return "regrade", version.id, verdict or Verdict.model_validate(former.verdict)


def _same(newest: Stood, origin: str, credit: float, reason: str, by: UUID) -> bool:
    one = newest.judgement
    return one is not None and (one.origin, one.credit, one.reason, one.by) == (origin, credit, reason, by)


def _nothing_since(newest: Stood, seen: int) -> None:
    if newest.seq != seen:
        raise Conflict(
            "Somebody judged this finding since you opened the page; nothing was changed. "
            "Read what stands now, then decide again."
        )


def _report(session: Session, act: str, made: Judgement, newest: Stood, by: UUID, now: datetime) -> None:
    session.flush()
    before = newest.verdict.get("credit", 0.0)
    details = {"finding": str(made.finding_id), "seq": made.seq, "from": before, "to": made.credit}
    audit.record(session, act=act, actor=by, subject=f"judgement:{made.id}", details=details, now=now)
