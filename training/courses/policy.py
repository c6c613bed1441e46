"""Who may read courses: whoever is signed in."""

from training.accounts.actor import Actor


def may_read(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - every policy takes the thing
    """Courses are open to whoever holds a role somewhere."""
    return actor.home is not None
