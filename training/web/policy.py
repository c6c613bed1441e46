"""Who may see the pages that belong to no other room."""

from training.accounts.actor import Actor


def anyone(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - a policy takes both
    """Open to all, signed in or not."""
    return True


def has_a_home(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - a policy takes both
    """Open to everybody who is signed in."""
    return actor.signed_in
