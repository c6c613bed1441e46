"""Who may write courses and labs, see their keys, and fill in national notes."""

from uuid import UUID

from training.accounts.actor import Actor, Role
from training.authoring import paths
from training.content.ownership import Owned
from training.content.policy import may_edit, may_publish, may_read_keys

__all__ = ["may_author", "may_begin", "may_edit", "may_edit_file", "may_note", "may_publish", "may_read_keys"]

Place = tuple[Owned, str]
"""A file of a working copy."""


def may_author(actor: Actor, _site: None) -> bool:
    """See the list of what one may edit: instructors."""
    return actor.holds(Role.INSTRUCTOR)


def may_begin(actor: Actor, _site: None) -> bool:
    """Begin a course or lab of one's organisation: those who work there as instructors now."""
    return actor.home is not None and actor.holds(Role.INSTRUCTOR, actor.home)


def may_edit_file(actor: Actor, place: Place) -> bool:
    """Open, change or look at the history of a file: for one that holds answers, those who may see keys."""
    thing, path = place
    return may_read_keys(actor, thing) if paths.secret(thing.kind, path) else may_edit(actor, thing)


def may_note(actor: Actor, organisation: UUID | None) -> bool:
    """Write the national notes of an organisation: its instructors and hosts; None asks for any organisation."""
    return actor.holds(Role.INSTRUCTOR, organisation) or actor.holds(Role.HOST, organisation)
