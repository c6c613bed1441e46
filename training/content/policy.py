"""Who may write, publish and see the keys of a course or lab: staff of the organisation that it belongs to.

Reading and working with what is published is open to every organisation, see `training.courses.policy` and
`training.labs.policy`.
"""

from training.accounts.actor import Actor, Role
from training.content.ownership import Owned


def may_edit(actor: Actor, thing: Owned) -> bool:
    """Write it, and see its drafts and their history: instructors of its owner."""
    return thing.owner is not None and actor.holds(Role.INSTRUCTOR, thing.owner)


def may_publish(actor: Actor, thing: Owned) -> bool:
    """Publish, offer an older release again, withdraw: those who may edit it."""
    return may_edit(actor, thing)


def may_read_keys(actor: Actor, thing: Owned) -> bool:
    """See and write its keys, prove them, give them out in files: those who may edit it and work as instructors now.

    A key is worth an examination: an instructor who was lent to another organisation as a trainee doesn't see it from
    there.
    """
    return may_edit(actor, thing) and actor.home is not None and actor.holds(Role.INSTRUCTOR, actor.home)
