"""Who may move content: whoever may see keys, since packs and files of questions hold them."""

from training.accounts.actor import Actor, Role


def may_move(actor: Actor, _site: None) -> bool:
    """Take packs, trust keys, export: instructors, as long as they work as such where they are now."""
    return actor.home is not None and actor.holds(Role.INSTRUCTOR, actor.home)
