"""Who may see an organisation, place its people in roles, and keep the list of all organisations."""

from dataclasses import dataclass
from uuid import UUID

from training.accounts.actor import Actor, Role
from training.accounts.models import Organisation, Person
from training.accounts.policy import RANK, STAFF, rank


@dataclass(frozen=True, slots=True)
class Kept:
    """An organisation, whether it has administrators of its own, and the organisation that runs the installation."""

    place: Organisation
    administered: bool
    founding: UUID | None


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign of an organisation: whose it is, and whether that is the only one of the installation."""

    place: Organisation
    alone: bool


def may_see(actor: Actor, place: Organisation) -> bool:
    """See the page of an organisation: its staff."""
    return rank(actor, place.id) >= STAFF


def may_read_law(actor: Actor, place: Organisation) -> bool:
    """See what an organisation wrote on its law: whoever holds a role in it, as in its courses."""
    return rank(actor, place.id) > 0


def may_see_sign(actor: Actor, sign: Sign) -> bool:
    """See the small logo: its people; everybody, where the door shows it because there is no other organisation."""
    return sign.alone or rank(actor, sign.place.id) > 0


def may_place(actor: Actor, place: Organisation) -> bool:
    """Give and take roles in an organisation at all: its hosts and administrators."""
    return rank(actor, place.id) >= RANK[Role.HOST]


def may_give(actor: Actor, organisation: UUID, role: Role) -> bool:
    """Give or take this role: it is lower than one's own there; administrators make their equals, too."""
    mine = rank(actor, organisation)
    return mine >= RANK[Role.HOST] and (mine > RANK[role] or mine == RANK[Role.ADMINISTRATOR])


def highest(person: Person, organisation: UUID) -> int:
    """The rank of the highest role that somebody holds in an organisation; 0 for none. Memberships are loaded."""
    ranks = (RANK[Role(held.role)] for held in person.memberships if held.organisation_id == organisation)
    return max(ranks, default=0)


def may_change(actor: Actor, organisation: UUID, highest: int) -> bool:
    """Change roles of a member whose highest role there has this rank: who stands above, and administrators."""
    mine = rank(actor, organisation)
    return mine > highest or mine == RANK[Role.ADMINISTRATOR]


def may_see_list(actor: Actor, _site: None) -> bool:
    """See the list of all organisations: administrators."""
    return actor.holds(Role.ADMINISTRATOR)


def may_make(actor: Actor, founding: UUID | None) -> bool:
    """Make an organisation: administrators of the one that runs the installation."""
    return founding is not None and actor.holds(Role.ADMINISTRATOR, founding)


def may_keep(actor: Actor, kept: Kept) -> bool:
    """Rename an organisation, invite its host, close it: its own administrators; where it has none, those of the
    organisation that runs the installation.
    """
    keeper = kept.place.id if kept.administered else kept.founding
    return keeper is not None and actor.holds(Role.ADMINISTRATOR, keeper)
