"""Who may answer and mark as read: a person, for that person alone. Services are given the actor, never another id."""

from training.accounts.actor import Actor


def may_learn(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - every policy takes the thing
    """Everybody who is signed in learns; instructors and hosts try their own questions out like trainees."""
    return actor.home is not None
