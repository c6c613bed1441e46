"""Who may keep a place and write notes: a person, for that person alone. No role reads a note of somebody else."""

from training.accounts.actor import Actor
from training.reading.models import MarginNote


def may_keep(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - every policy takes the thing
    """Whoever reads courses keeps a place in them and writes notes. Services are given the actor, never another id."""
    return actor.id is not None and actor.home is not None


def may_change(actor: Actor, note: MarginNote) -> bool:
    """See, change and delete a note: whoever wrote it."""
    return actor.home is not None and note.person_id == actor.id
