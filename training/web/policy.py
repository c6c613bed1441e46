"""Who may see the pages that belong to no other room."""

from training.accounts.actor import Actor
from training.accounts.policy import anyone

__all__ = ["anyone", "has_a_home"]


def has_a_home(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - a policy takes both
    """Open to everybody who is signed in."""
    return actor.signed_in
