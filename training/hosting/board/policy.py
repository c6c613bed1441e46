"""Who may run a board, and who follows a session. For everybody else there is neither."""

from training.accounts import policy as accounts
from training.accounts.actor import Actor, Role
from training.hosting import policy as hosting
from training.hosting.board.service.counter import Standing
from training.hosting.models import TeachingSession

may_run = hosting.may_run


def may_follow(actor: Actor, standing: Standing) -> bool:
    """Be told what staff says to a session: whoever is in it, and still holds a role in its organisation."""
    return standing.active and accounts.rank(actor, standing.organisation_id) > 0


def may_ask(actor: Actor, teaching: TeachingSession) -> bool:
    """Ask for help in a session, and read what was said in it: its people."""
    return hosting.membership(actor, teaching) is not None


def may_unveil(actor: Actor, teaching: TeachingSession) -> bool:
    """See verdicts of an examination before they are released: instructors, who see them among the results too."""
    return actor.holds(Role.INSTRUCTOR, teaching.organisation_id)
