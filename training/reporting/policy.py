"""Who may do what with a report: its author writes it, instructors of the organisation read what was filed."""

from training.accounts.actor import Actor
from training.labs import policy as labs
from training.labs.models import Attempt


def may_write(actor: Actor, attempt: Attempt) -> bool:
    """See and write the report of an attempt: whoever works or worked in it, and nobody else."""
    return labs.may_work(actor, attempt)


def may_read(actor: Actor, attempt: Attempt) -> bool:
    """Read the filed reports of an attempt: instructors of the organisation where it was made."""
    return labs.may_see_result(actor, attempt)
