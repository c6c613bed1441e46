"""Who may learn, see a record of competencies and confirm something of somebody.

Answers and read marks are a person's own: services are given the actor, never another id.
"""

from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.learning.models import Refresher, Statement


def may_learn(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - every policy takes the thing
    """Everybody who is signed in learns; instructors and hosts try their own questions out like trainees."""
    return actor.home is not None


def may_refresh(actor: Actor, refresher: Refresher) -> bool:
    """See a refresher and answer it: the person whose it is, and nobody else."""
    return actor.home is not None and refresher.person_id == actor.id


def may_see_record(actor: Actor, person: Person) -> bool:
    """See the record of a person: instructors of the organisation in which that person works."""
    return actor.holds(Role.INSTRUCTOR, person.home_id)


def may_confirm(actor: Actor, person: Person) -> bool:
    """Confirm something of a person: the same, about somebody else."""
    return may_see_record(actor, person) and person.id != actor.id


def may_withdraw(actor: Actor, statement: Statement) -> bool:
    """Take a statement back: instructors of the organisation in which it was made, not the person it is about."""
    return actor.holds(Role.INSTRUCTOR, statement.organisation_id) and statement.person_id != actor.id
