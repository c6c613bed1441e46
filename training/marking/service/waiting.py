"""What waits for an instructor: open appeals, cases without a decision, pieces to mark, keys that may not hold.

Counts of their own organisations; what they may not decide is left out, as another instructor decides it.
"""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.content import service as content
from training.labs import drift, reader
from training.labs.drift import Standing, State
from training.labs.models import Attempt
from training.marking.models import signs
from training.marking.models.rounds import Mark, Piece, Round, Task
from training.marking.models.signs import SignAttempt, SignCase
from training.marking.service import appeals
from training.marking.service.rounds import opening


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one instructor.

    Attributes:
        appeals: open ones that the instructor may decide.
        cases: signs that somebody opened, without a decision. What nobody has opened is worked out on its page only.
        pieces, rounds: pieces that the instructor has still to mark, and in how many open rounds.
        texts: pieces for which no round is open yet.
        keys: for each lab that is offered (its id), sealed keys that are not known to hold with the versions that run.
    """

    appeals: int = 0
    cases: int = 0
    pieces: int = 0
    rounds: int = 0
    texts: int = 0
    keys: tuple[tuple[str, int], ...] = ()

    @property
    def anything(self) -> bool:
        """Whether anything waits."""
        return bool(self.appeals or self.cases or self.pieces or self.texts or self.keys)


def of(session: Session, actor: Actor, instance: Path, packs: Path) -> Waiting:
    """What waits for somebody; nothing for whoever instructs nowhere. `packs` holds the packs that came along."""
    places = {organisation for organisation, role in actor.roles if role is Role.INSTRUCTOR}
    if not places:
        return Waiting()
    pieces, rounds = _pieces(session, actor, places)
    decidable, cases = appeals.decidable(session, places, actor.id), _cases(session, actor, places)
    texts = opening.unopened(session, places, instance)
    return Waiting(decidable, cases, pieces, rounds, texts, tuple(_keys(session, instance, packs)))


def _cases(session: Session, actor: Actor, places: set[UUID]) -> int:
    own = select(SignAttempt.case_id).join(Attempt, Attempt.id == SignAttempt.attempt_id)
    own = own.where(SignAttempt.case_id == SignCase.id, Attempt.person_id == actor.id)
    found = select(func.count()).select_from(SignCase).where(SignCase.state == signs.State.OPEN.value)
    return session.scalar(found.where(SignCase.organisation_id.in_(places), ~own.exists())) or 0


def _pieces(session: Session, actor: Actor, places: set[UUID]) -> tuple[int, int]:
    done = select(Mark.piece_id).where(Mark.piece_id == Task.piece_id, Mark.marker_id == actor.id)
    found = select(func.count(), func.count(Piece.round_id.distinct())).select_from(Task)
    found = found.join(Piece, Piece.id == Task.piece_id).join(Round, Round.id == Piece.round_id)
    found = found.where(Task.marker_id == actor.id, Round.closed_at.is_(None), Round.organisation_id.in_(places))
    pieces, rounds = session.execute(found.where(~done.where(Mark.done_at.is_not(None)).exists())).one()
    return pieces, rounds


def _keys(session: Session, instance: Path, packs: Path) -> list[tuple[str, int]]:
    """By lab; a lab that can't be read is left to its own page."""
    found = []
    for release, lab in content.read_each(instance, content.offered(session, "lab"), reader.load):
        if count := sum(map(doubtful, drift.standing(lab, instance, packs))):
            found.append((release.name, count))
    return found


def doubtful(one: Standing) -> int:
    """Sealed keys of an exhibit that came out otherwise when they were last proved, or not proved since a change."""
    if one.drifted and not (one.report and one.report.made == one.running):
        return sum(each.judged for each in one.questions)
    return sum(each.judged and each.state in {State.DISAGREE, State.UNPROVED} for each in one.questions)
