"""Who may see and do what with accounts."""

from uuid import UUID

from training.accounts.actor import Actor, Role
from training.accounts.models import Membership, Organisation, Person

RANK = {Role.TRAINEE: 1, Role.INSTRUCTOR: 2, Role.HOST: 3, Role.ADMINISTRATOR: 4}
"""The order of roles: who holds a higher one may manage who holds a lower one, in the same organisation."""

STAFF = RANK[Role.INSTRUCTOR]


def rank(actor: Actor, organisation: UUID) -> int:
    """The highest role of an actor in an organisation as a number; 0 for none."""
    return max((RANK[role] for where, role in actor.roles if where == organisation), default=0)


def anyone(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - a policy takes both
    """Pages that are open to all."""
    return True


def signed_in(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - a policy takes both
    """Pages about the reader's own account."""
    return actor.signed_in


def has_begun(actor: Actor, sign_in: object) -> bool:  # noqa: ARG001 - the second step has no actor yet
    """The second step is for those who took the first."""
    return sign_in is not None


def may_see_people(actor: Actor, organisation: Organisation) -> bool:
    """Staff see and invite the people of their organisation."""
    return rank(actor, organisation.id) >= STAFF


def may_manage(actor: Actor, person: Person | None) -> bool:
    """Set a password or disable: staff, for people of their own organisation who hold a lower role there.

    Whoever sets a password can act as that person. So the actor must stand higher in *every* organisation where the
    person holds a role; someone who works in two organisations is out of reach of one of them alone. Only
    administrators manage their equals, since nobody stands above them.

    Administrators of the person's own organisation need not stand higher elsewhere as long as the person holds no
    higher role there than at home: nobody gets out of their reach by accepting an invitation.
    """
    if person is None:
        return False
    if actor.holds(Role.ADMINISTRATOR, person.home_id):
        at_home = {RANK[Role(one.role)] for one in person.memberships if one.organisation_id == person.home_id}
        elsewhere = {RANK[Role(one.role)] for one in person.memberships if one.organisation_id != person.home_id}
        if max(elsewhere, default=0) <= max(at_home, default=0):
            return person.id != actor.id and not person.erased_at
    return stands_above(actor, person)


def stands_above(actor: Actor, person: Person) -> bool:
    """Whether an actor stands above a person of the same organisation wherever the person holds a role."""
    if person.id == actor.id or person.erased_at or rank(actor, person.home_id) < STAFF:
        return False
    if not person.memberships:  # who holds no role now may have held any: only who stands above all is above them
        return rank(actor, person.home_id) == RANK[Role.ADMINISTRATOR]
    return all(_above(actor, held) for held in person.memberships)


def _above(actor: Actor, held: Membership) -> bool:
    mine = rank(actor, held.organisation_id)
    return mine >= STAFF and (mine > RANK[Role(held.role)] or mine == RANK[Role.ADMINISTRATOR])
