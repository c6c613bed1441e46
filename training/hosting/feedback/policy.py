"""Who is asked. Whoever runs the session sets surveys and reads results: `training.hosting.policy.may_run`."""

from training.accounts.actor import Actor
from training.hosting import policy
from training.hosting.models import TeachingSession
from training.hosting.policy import may_run

__all__ = ["may_answer", "may_run"]


def may_answer(actor: Actor, teaching: TeachingSession) -> bool:
    """Answer: the trainees of a session."""
    mine = policy.membership(actor, teaching)
    return mine is not None and not mine.staff
