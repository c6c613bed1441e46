"""Who may check in. Staff keep attendance by `training.hosting.policy.may_run`."""

from training.accounts.actor import Actor
from training.hosting import policy
from training.hosting.models import TeachingSession


def may_check_in(actor: Actor, teaching: TeachingSession) -> bool:
    """Say that one is here, and see one's own attendance: the trainees of a session, for themselves."""
    mine = policy.membership(actor, teaching)
    return mine is not None and not mine.staff
