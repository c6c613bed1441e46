"""Who may do what at a live machine. A trainee's own is seen by nobody else but instructors of the organisation."""

from training.accounts.actor import Actor, Role
from training.hosting import policy as hosting
from training.labs import policy as labs
from training.machines.models import Response

may_begin = labs.may_list
may_list_session = hosting.may_run


def may_work(actor: Actor, response: Response) -> bool:
    """See the page of a response and act in it: the person whose response it is, and nobody else."""
    return actor.home is not None and response.person_id == actor.id


def may_guide(actor: Actor, response: Response) -> bool:
    """Watch a console and step in: instructors of the organisation in which the response was begun."""
    return actor.holds(Role.INSTRUCTOR, response.organisation_id)


def is_staff(actor: Actor) -> bool:
    """Whether somebody teaches or hosts where they work now: then no limit keeps machines from being prepared."""
    return actor.home is not None and any(actor.holds(role, actor.home) for role in Role if role is not Role.TRAINEE)


def may_read(actor: Actor, response: Response) -> bool:
    """Read the record of a response: its own person, and those instructors."""
    return may_work(actor, response) or may_guide(actor, response)


may_list = labs.may_list
"""See a list of machines: one's own, and those of the organisations in which one is an instructor."""
