"""Give a mark, change it, settle a difference of one level, or have a third marker decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused
from training.grading import rubric
from training.grading.rubric import WrongLevels
from training.labs.wording import worded
from training.marking.models.rounds import Mark, Piece, Round, RoundMarker, Task
from training.marking.service.rounds import desk, examples
from training.marking.service.rounds.opening import instructors
from training.marking.service.rounds.outcome import State
from training.sentence import joined, phrase

COMMENT = 4_000
"""Characters of a comment for the trainee."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a marker's form: levels by criterion, some perhaps missing, and the comment."""

    levels: Mapping[str, int]
    comment: str = ""


def checked(held: Round, typed: Typed) -> Typed:
    """A form as it is kept. Raises Refused for levels that the rubric does not have, or a comment that is too long."""
    comment = typed.comment.replace("\r\n", "\n").strip()
    if len(comment) > COMMENT:
        message = phrase("The comment has %(n)s characters; at most %(most)s are kept.", n=len(comment), most=COMMENT)
        raise Refused(message, field="comment")
    try:
        return Typed(rubric.checked(desk.criteria_of(held), typed.levels), comment)
    except WrongLevels as wrong:
        raise Refused(wrong.args[0], field="levels") from wrong


def lacks(held: Round, typed: Typed) -> str:
    """What a form still lacks before it is a mark, in a sentence; empty for nothing."""
    if missing := rubric.missing(desk.criteria_of(held), typed.levels):
        return phrase("A level is missing for '%(criterion)s'.", criterion=worded(missing[0].text))
    if held.scale == "correctness" and not typed.comment:
        return phrase("Give the reason for the mark: there is no rubric that would.")
    return ""


def give(session: Session, piece: Piece, person: UUID, typed: Typed, now: datetime, *, finish: bool) -> str:
    """Keep a mark: as a draft, or finished. The caller has locked the round.

    Returns what is missing where it was to be finished and can't be, and then it is kept as a draft; else ''.

    Raises:
        Conflict: the round has ended, or an example comes first.
        Refused: the form can't be kept, or a finished mark would lose a level or its reason.
        NotThere: the person has no task on the piece, or it is their own work.
    """
    desk.still_open(piece.round)
    if desk.task_of(piece, person) is None or desk.author_of(session, piece) == person:
        raise NotThere(phrase("There is no such piece, or it is not yours to mark."))
    if examples.following(session, piece.round, person):
        raise Conflict(phrase("The example pieces come first. Open the round and mark them."))
    kept = checked(piece.round, typed)
    lacking = lacks(piece.round, kept)
    mark = desk.mark_of(piece, person)
    if mark is None:
        mark = Mark(marker_id=person, levels={}, alone={}, comment="", done_at=None, updated_at=now)
        piece.marks.append(mark)
    if mark.done_at is not None and not finish:
        raise Conflict(
            phrase("You have given this mark already, so it is no draft any more. Change it, or leave it as it is.")
        )
    if mark.done_at is not None and lacking:
        raise Refused(joined(lacking, phrase("The mark that you gave stands as it was.")), field="levels")
    if (dict(kept.levels), kept.comment) == (mark.levels, mark.comment) and mark.done_at is not None:
        return ""
    blind = mark.done_at is None or not desk.others(piece, person)
    mark.levels, mark.comment, mark.updated_at = dict(kept.levels), kept.comment, now
    if mark.done_at is None and (not finish or lacking):
        return lacking if finish else ""
    if blind:
        mark.alone = mark.levels
    mark.done_at = mark.done_at or now
    _report(session, "piece.marked", piece, person, {"levels": mark.levels, "before_seeing_others": blind}, now)
    _call_third(session, piece, now)
    return ""


def take_over(session: Session, piece: Piece, person: UUID, criterion: str, now: datetime) -> None:
    """Settle one criterion: take the other marker's level over. Where both are the same already, nothing changes.

    Raises:
        Conflict: the round has ended, or a third marker decides about this piece.
        NotThere: the person is none of the two, or has not marked it yet.
    """
    own, other = _two(piece, person)
    if criterion not in own.levels:
        raise NotThere(phrase("The rubric has no such criterion."))
    if own.levels[criterion] == other.levels[criterion]:
        return
    if desk.outcome_of(piece).state is not State.NEAR:
        raise Conflict(
            phrase("The two marks were further apart than one level: a third marker decides about this piece.")
        )
    details = {"criterion": criterion, "from": own.levels[criterion], "to": other.levels[criterion]}
    own.levels, own.updated_at = {**own.levels, criterion: other.levels[criterion]}, now
    _report(session, "piece.settled", piece, person, details, now)


def leave_to_third(session: Session, piece: Piece, person: UUID, now: datetime) -> None:
    """Have a third marker decide though the two are one level apart. Asking twice changes nothing."""
    _two(piece, person)
    if piece.asked or desk.outcome_of(piece).state is not State.NEAR:
        return
    piece.asked = True
    _report(session, "piece.left-to-third", piece, person, {}, now)
    _call_third(session, piece, now)


def assign_third(session: Session, piece: Piece, person: UUID, by: UUID, now: datetime) -> None:
    """Name the third marker of a piece: one of the organisation's instructors who neither marked nor wrote it.

    Another third who has not finished gives the piece up; what they drafted is kept. Naming the same again changes
    nothing.

    Raises:
        Conflict: the round has ended, no third is needed, or the third has decided.
        Refused: this person can't decide about the piece.
    """
    desk.still_open(piece.round)
    if desk.outcome_of(piece).state is not State.THIRD:
        raise Conflict(phrase("Piece %(n)s needs no third marker now.", n=str(piece.number)))
    task = desk.task_of(piece, person)
    if task is not None and task.third:
        return
    if task is not None or not able(session, piece, person):
        raise Refused(phrase("This person can't decide about this piece. Choose somebody else."), field="marker")
    _make_third(session, piece, person)
    _report(session, "piece.third-named", piece, by, {"marker": str(person)}, now)


def hand_over(session: Session, held: Round, giver: UUID, taker: UUID, by: UUID, now: datetime) -> tuple[int, int]:
    """Give the pieces that a marker has not finished to another; how many went over, and how many could not.

    A piece can't where the other marks it already or wrote it.

    Raises:
        Conflict: the round has ended.
        Refused: the other is no instructor of the organisation.
    """
    desk.still_open(held)
    if taker not in {one.id for one in instructors(session, held.organisation_id)}:
        raise Refused(phrase("Only instructors of this organisation can mark. Choose from the list."), field="to")
    moved = left = 0
    for piece in desk.pieces_of(session, held):
        task, own = desk.task_of(piece, giver), desk.mark_of(piece, giver)
        if task is None or (own is not None and own.done_at is not None):
            continue
        if desk.task_of(piece, taker) or desk.author_of(session, piece) == taker:
            left += 1
            continue
        piece.tasks.remove(task)
        piece.tasks.append(Task(marker_id=taker, third=task.third))
        moved += 1
    if moved:
        _join(held, taker)
        details = {"from": str(giver), "to": str(taker), "pieces": moved}
        subject = f"marking-round:{held.id}"
        audit.record(session, act="marking-round.handed-over", actor=by, subject=subject, details=details, now=now)
    return moved, left


def able(session: Session, piece: Piece, person: UUID) -> bool:
    """Whether somebody can be the third marker of a piece."""
    return person in {one.id for one in choices(session, piece, instructors(session, piece.round.organisation_id))}


def choices(session: Session, piece: Piece, people: Sequence[Person]) -> list[Person]:
    """Those of an organisation's instructors who can be the third marker of a piece."""
    firsts = {one.marker_id for one in piece.tasks if not one.third}
    return [one for one in people if one.id not in {*firsts, desk.author_of(session, piece)}]


def _two(piece: Piece, person: UUID) -> tuple[Mark, Mark]:
    """The person's own finished mark and the other's, of the two who mark a piece first."""
    desk.still_open(piece.round)
    firsts = desk.finished(piece, third=False)
    own = next((one for one in firsts if one.marker_id == person), None)
    other = next((one for one in firsts if one.marker_id != person), None)
    if own is None or other is None:
        raise NotThere(phrase("There is nothing to settle on this piece yet."))
    return own, other


def _call_third(session: Session, piece: Piece, now: datetime) -> None:
    """Where a third is needed and none is named, it is the owner of the round, if the owner can be."""
    owner = piece.round.owner_id
    needed = desk.outcome_of(piece).state is State.THIRD and not any(one.third for one in piece.tasks)
    if needed and able(session, piece, owner):
        _make_third(session, piece, owner)
        _report(session, "piece.third-named", piece, None, {"marker": str(owner)}, now)


def _make_third(session: Session, piece: Piece, person: UUID) -> None:
    piece.tasks[:] = [one for one in piece.tasks if not one.third]
    session.flush()
    piece.tasks.append(Task(marker_id=person, third=True))
    _join(piece.round, person)


def _join(held: Round, person: UUID) -> None:
    if person not in {one.person_id for one in held.markers}:
        held.markers.append(RoundMarker(person_id=person))


def _report(
    session: Session, act: str, piece: Piece, person: UUID | None, details: Mapping[str, Any], now: datetime
) -> None:
    more = {"round": str(piece.round_id), "piece": piece.number, **details}
    audit.record(session, act=act, actor=person, subject=f"marking-piece:{piece.id}", details=more, now=now)
