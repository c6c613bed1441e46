"""Who may search: whoever is signed in. What is found is open to everybody who is; see `gather`."""

from training.accounts.actor import Actor


def may_search(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - every policy takes the thing
    """Courses, labs that are offered, plugin cards and the glossary are open to whoever holds a role somewhere."""
    return actor.home is not None
