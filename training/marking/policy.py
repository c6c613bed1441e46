"""Who may look at and change what grading said."""

from uuid import UUID

from training.accounts.actor import Actor, Role
from training.labs.models import Attempt
from training.marking.models.rounds import Example, Piece, Round


def may_mark(actor: Actor, organisation: UUID | None) -> bool:
    """Regrade, mark, decide, look at statistics: instructors of the organisation; None asks for any organisation."""
    return actor.holds(Role.INSTRUCTOR, organisation)


def may_decide(actor: Actor, attempt: Attempt) -> bool:
    """See what was said of the findings of an attempt and say something else: instructors of its organisation."""
    return actor.holds(Role.INSTRUCTOR, attempt.organisation_id)


def may_appeal(actor: Actor, attempt: Attempt) -> bool:
    """Appeal against what was said of the findings of an attempt: the person whose attempt it is, and nobody else."""
    return actor.home is not None and attempt.person_id == actor.id


def may_see_round(actor: Actor, held: Round) -> bool:
    """See a marking round: its owner and its markers, as long as they are instructors of the organisation."""
    markers = {held.owner_id, *(one.person_id for one in held.markers)}
    return actor.id in markers and actor.holds(Role.INSTRUCTOR, held.organisation_id)


def may_run_round(actor: Actor, held: Round) -> bool:
    """Add examples, name third markers, release: the owner of the round."""
    return actor.id == held.owner_id and may_see_round(actor, held)


def may_mark_piece(actor: Actor, piece: Piece) -> bool:
    """See a piece and mark it: those who were given it."""
    return any(one.marker_id == actor.id for one in piece.tasks) and may_see_round(actor, piece.round)


def may_mark_example(actor: Actor, example: Example) -> bool:
    """Practise on an example: the markers of the round."""
    return any(one.person_id == actor.id for one in example.round.markers) and may_see_round(actor, example.round)
