"""Who may write courses and labs, see their keys, and fill in national notes."""

from uuid import UUID

from training.accounts.actor import Actor, Role
from training.authoring import paths
from training.authoring.service import Copy

Place = tuple[Copy, str]
"""A file of a working copy."""


def may_author(actor: Actor, _site: None) -> bool:
    """Edit and publish: instructors. Courses and labs belong to the installation, not to one organisation of it."""
    return actor.holds(Role.INSTRUCTOR)


def may_see_keys(actor: Actor, _copy: Copy) -> bool:
    """See and write the keys of questions: those who may edit, as long as they work as instructors where they are now.

    A key is worth an examination: whoever was lent to another organisation as a trainee doesn't see it from there.
    """
    return actor.home is not None and actor.holds(Role.INSTRUCTOR, actor.home)


def may_edit(actor: Actor, place: Place) -> bool:
    """Open, change or look at the history of a file: for one that holds answers, those who may see keys."""
    copy, path = place
    return may_see_keys(actor, copy) if paths.secret(copy.kind, path) else may_author(actor, None)


def may_note(actor: Actor, organisation: UUID | None) -> bool:
    """Write the national notes of an organisation: its instructors and hosts; None asks for any organisation."""
    return actor.holds(Role.INSTRUCTOR, organisation) or actor.holds(Role.HOST, organisation)
