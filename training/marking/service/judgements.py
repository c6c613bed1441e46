"""What stands of a finding: the chain of its judgements, and a new one on top of it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.errors import Refused
from training.grading.credit import Hinted, History, Tried, standing
from training.grading.judge import State, Verdict
from training.grading.question import Question
from training.labs.models import Attempt, Finding, HintTaken, Judgement

BY_HAND = {"mark", "override", "appeal"}
SHORTEST, LONGEST = 10, 2_000
"""Characters of a reason."""
WHOLE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Stood:
    """What stood at one point of a finding's history; `judgement` is None for the finding's own verdict."""

    judgement: Judgement | None
    verdict: dict[str, object]
    by_hand: bool
    withdraws: bool = False

    @property
    def seq(self) -> int:
        """Number of the judgement, 0 for the finding's own verdict."""
        return self.judgement.seq if self.judgement else 0


def chain(finding: Finding) -> list[Stood]:
    """Everything that ever stood of a finding, the oldest first.

    An override that brings back an earlier verdict word for word is the withdrawal of one: what it brings back was
    made by hand or not, and so is it.
    """
    found = [Stood(None, finding.verdict, by_hand=False)]
    for one in finding.judgements:
        earlier = next((each for each in found if each.verdict == one.verdict), None)
        again = one.origin == "override" and earlier is not None
        by_hand = earlier.by_hand if again and earlier else one.origin in BY_HAND
        found.append(Stood(one, one.verdict, by_hand, withdraws=again and not by_hand))
    return found


def held(finding: Finding) -> bool:
    """Whether a person decided what stands: a regrade leaves it as it is, unless it is ticked."""
    return chain(finding)[-1].by_hand


def last_by_hand(finding: Finding) -> UUID | None:
    """Who made the newest judgement that a person made; None where none did."""
    return next((one.by for one in reversed(finding.judgements) if one.by is not None), None)


def verdict_of(finding: Finding) -> Verdict:
    """What stands, as a verdict."""
    return Verdict.model_validate(finding.current.verdict)


def write(
    finding: Finding, origin: str, verdict: Verdict, reason: str, by: UUID | None, version: UUID | None, now: datetime
) -> Judgement:
    """Put a judgement on top. The attempt's row is locked by the caller, so that numbers follow each other."""
    made = Judgement(
        finding_id=finding.id,
        seq=len(finding.judgements) + 1,
        origin=origin,
        version_id=version,
        verdict=verdict.model_dump(mode="json"),
        judged=verdict.state is State.JUDGED,
        credit=verdict.credit,
        reason=reason,
        by=by,
        at=now,
    )
    finding.judgements.append(made)
    return made


def history(findings: Iterable[Finding], hints: Iterable[HintTaken], before: int) -> History:
    """What happened on one question before one of its steps, with the credits that stand now."""
    events: list[tuple[int, Tried | Hinted]] = [
        (one.step, Tried(one.current.credit, one.share)) for one in findings if one.current.judged and one.step < before
    ]
    events += [(one.step, Hinted(one.price)) for one in hints if one.step < before]
    return History(tuple(event for _, event in sorted(events, key=lambda pair: pair[0])))


def before(session: Session, finding: Finding) -> History:
    """What happened on the question of a finding before it."""
    of = {"attempt_id": finding.attempt_id, "question": finding.question}
    findings = session.scalars(select(Finding).filter_by(**of)).all()
    return history(findings, session.scalars(select(HintTaken).filter_by(**of)).all(), finding.step)


def decided(question: Question, finding: Finding, past: History, credit: float, said: str) -> Verdict:
    """The verdict of a person: what was understood stays, the credit and the words are theirs."""
    share = finding.share
    now = standing(question.points, past, share)
    after = standing(question.points, past.and_then(Tried(credit, share)), share)
    return Verdict(
        state=State.JUDGED,
        correctness=credit,
        support=1.0,
        credit=credit,
        understood=finding.understood,
        shows=said,
        solved=credit >= WHOLE,
        points=after.points,
        gained=after.points - now.points,
        worth=after.worth,
        tries_left=after.tries_left,
    )


def reason_of(text: str, field: str = "reason", longest: int = LONGEST) -> str:
    """A reason as it is kept. Raises Refused where it says too little or too much."""
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) < SHORTEST:
        raise Refused(f"Say why in at least {SHORTEST} characters: others will read it.", field=field)
    if len(kept) > longest:
        raise Refused(f"The text has {len(kept):,} characters; at most {longest:,} are kept.", field=field)
    return kept


def share_of(credit: float) -> float:
    """A credit that a person gave. Raises Refused where it is not within 0 and 1."""
    if not math.isfinite(credit) or not 0 <= credit <= 1:
        raise Refused("A credit is a number from 0 to 1, such as 0.75.", field="credit")
    return credit


def not_own(attempt: Attempt, actor: UUID | None) -> None:
    """Raises Refused where somebody is about to judge their own work."""
    if attempt.person_id == actor:
        raise Refused("This is your own work: another instructor decides about it.")
