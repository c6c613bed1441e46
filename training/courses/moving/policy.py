"""Who may move content: those who may see keys, since packs and files of questions hold them."""

from training.accounts.actor import Actor, Role
from training.content.policy import may_read_keys

__all__ = ["may_move", "may_read_keys"]


def may_move(actor: Actor, _site: None) -> bool:
    """Take packs and trust keys for one's organisation: instructors, as long as they work as such where they are now.

    Which courses they take in and give out is decided course by course, see `may_read_keys`.
    """
    return actor.home is not None and actor.holds(Role.INSTRUCTOR, actor.home)
