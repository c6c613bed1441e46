"""What stands of a finding: the chain of its judgements, and a new one on top of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from training.errors import Conflict, Refused
from training.grading.credit import History, Tried, standing
from training.grading.judge import State, Verdict
from training.grading.question import Question
from training.labs.models import Attempt, Finding, HintTaken, Judgement
from training.labs.service import progress, reasons, rules
from training.labs.service.attempts import Case
from training.marking.models.rounds import Mark, Piece, Round
from training.sentence import phrase

BY_HAND = {"mark", "override", "appeal"}
SHORTEST, LONGEST = 10, 2_000
"""Characters of a reason."""
WHOLE = 1.0 - 1e-9
WITHDRAWS = "withdraws"
"""In the JSON of a judgement that takes an override back: the number of that override."""
DECIDED = "decided"
"""In the JSON of what a person decided: it has a credit, and nobody judged correctness and support apart."""


@dataclass(frozen=True, slots=True)
class Stood:
    """What stood at one point of a finding's history.

    Attributes:
        judgement: None for the finding's own verdict.
        verdict: what was said.
        by_hand: whether a person decided it.
        withdraws: whether this took an override back.
        below: where an override stands: what stands again once it is withdrawn.
    """

    judgement: Judgement | None
    verdict: dict[str, object]
    by_hand: bool = False
    withdraws: bool = False
    below: "Stood | None" = None

    @property
    def seq(self) -> int:
        """Number of the judgement, 0 for the finding's own verdict."""
        return self.judgement.seq if self.judgement else 0


def chain(finding: Finding) -> list[Stood]:
    """Everything that ever stood of a finding, the oldest first.

    Overrides lie on each other like sheets of paper: a withdrawal takes the uppermost off. What it uncovers was made
    by hand or not, and may be an override itself: so is the withdrawal, as far as the next one is concerned.
    """
    found = [Stood(None, finding.verdict)]
    for one in finding.judgements:
        top = found[-1]
        if WITHDRAWS in one.verdict and top.below is not None:
            again = top.below
            found.append(Stood(one, one.verdict, again.by_hand, withdraws=True, below=again.below))
        else:
            below = top if one.origin == "override" else None
            found.append(Stood(one, one.verdict, one.origin in BY_HAND, below=below))
    return found


def held(finding: Finding) -> bool:
    """Whether a person decided what stands: a regrade leaves it as it is, unless it is ticked."""
    return chain(finding)[-1].by_hand


def origin_of(finding: Finding) -> str:
    """Who judged what stands: grading, regrade, mark, override, appeal; of a withdrawal, what it uncovered."""
    top = chain(finding)[-1]
    if top.judgement is None or not (top.by_hand or top.judgement.version_id):
        return "grading"
    return top.judgement.origin


def last_by_hand(finding: Finding) -> UUID | None:
    """Who made the newest judgement that a person made; None where none did."""
    return next((one.by for one in reversed(finding.judgements) if one.by is not None), None)


def markers(session: Session, findings: Iterable[Finding]) -> dict[UUID, list[UUID]]:
    """Who marked the pieces that were released, by the judgements that the releases made of them."""
    made = [one.id for each in findings for one in each.judgements if one.origin == "mark"]
    if not made:
        return {}
    rows = select(Judgement.id, Mark.marker_id).join(Piece, Piece.finding_id == Judgement.finding_id)
    rows = rows.join(Round, (Round.id == Piece.round_id) & (Round.closed_at == Judgement.at))
    rows = rows.join(Mark, (Mark.piece_id == Piece.id) & Mark.done_at.is_not(None))
    found: dict[UUID, list[UUID]] = {}
    for judgement, marker in session.execute(rows.where(Judgement.id.in_(made)).order_by(Mark.done_at)):
        found.setdefault(judgement, []).append(marker)
    return found


def people(finding: Finding, markers: Mapping[UUID, Sequence[UUID]]) -> set[UUID]:
    """Everybody who judged a finding, and the `markers` of its marks."""
    judged = {one.by for one in finding.judgements if one.by is not None}
    return judged.union(*markers.values())


def verdict_of(finding: Finding) -> Verdict:
    """What stands, as a verdict."""
    return Verdict.model_validate(finding.current.verdict)


def question_of(session: Session, case: Case, finding: Finding) -> Question:
    """The question of a finding by the rules in force. Conflict where they don't have it any more."""
    found = rules.of(session, case).marked(finding.question)
    if found is None:
        raise Conflict(
            phrase(
                "The rules in force have no question %(question)s any more: nothing can be judged of it.",
                question=finding.question,
            )
        )
    return found


def write(
    finding: Finding,
    origin: str,
    verdict: Verdict,
    reason: str,
    by: UUID | None,
    version: UUID | None,
    now: datetime,
    withdraws: Stood | None = None,
) -> Judgement:
    """Put a judgement on top; of a text of live work, conduct counts it from then on. The attempt's row is locked by
    the caller, so that numbers follow each other.

    `withdraws` is the override that it takes back: what lies below is said again, and was decided by a person or not.
    """
    more: dict[str, object] = {} if withdraws is None else {WITHDRAWS: withdraws.seq}
    below = withdraws.below if withdraws else None
    if below.by_hand if below else origin in BY_HAND:
        more[DECIDED] = True
    made = Judgement(
        finding_id=finding.id,
        seq=len(finding.judgements) + 1,
        origin=origin,
        version_id=version,
        verdict=verdict.model_dump(mode="json") | more,
        judged=verdict.state is State.JUDGED,
        credit=verdict.credit,
        reason=reason,
        by=by,
        at=now,
    )
    finding.judgements.append(made)
    if (session := object_session(finding)) is not None:
        reasons.remarked(session, finding)
    return made


def before(session: Session, finding: Finding) -> History:
    """What happened on the question of a finding before it, with the credits that stand now."""
    of = {"attempt_id": finding.attempt_id, "question": finding.question}
    findings = session.scalars(select(Finding).filter_by(**of).where(Finding.step < finding.step)).all()
    hints = session.scalars(select(HintTaken).filter_by(**of).where(HintTaken.step < finding.step)).all()
    return progress.history(findings, hints)


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
        raise Refused(phrase("Say why in at least %(n)s characters: others will read it.", n=SHORTEST), field=field)
    if len(kept) > longest:
        message = phrase("The text has %(n)s characters; at most %(most)s are kept.", n=len(kept), most=longest)
        raise Refused(message, field=field)
    return kept


def share_of(credit: float) -> float:
    """A credit that a person gave. Raises Refused where it is not within 0 and 1."""
    if not math.isfinite(credit) or not 0 <= credit <= 1:
        raise Refused(phrase("A credit is a number from 0 to 1, such as 0.75."), field="credit")
    return credit


def not_own(attempt: Attempt, actor: UUID | None) -> None:
    """Raises Refused where somebody is about to judge their own work."""
    if attempt.person_id == actor:
        raise Refused(phrase("This is your own work: another instructor decides about it."))
