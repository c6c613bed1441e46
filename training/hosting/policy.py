"""Who may see, run and set up sessions. For everybody else there are none."""

from uuid import UUID

from training.accounts import policy as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Organisation
from training.hosting.models import SessionMember, TeachingSession

HOSTS = (Role.HOST, Role.ADMINISTRATOR)


def may_list(actor: Actor, _site: None) -> bool:
    """See the list of one's own sessions: whoever is signed in and works somewhere."""
    return actor.home is not None


def may_see(actor: Actor, teaching: TeachingSession) -> bool:
    """See a session: its people, and the staff of its organisation."""
    if accounts.rank(actor, teaching.organisation_id) >= accounts.STAFF:
        return True
    return membership(actor, teaching) is not None


def may_run(actor: Actor, teaching: TeachingSession) -> bool:
    """Change and run a session: those who teach in it, and hosts and administrators of its organisation."""
    if any(actor.holds(role, teaching.organisation_id) for role in HOSTS):
        return True
    mine = membership(actor, teaching)
    return mine is not None and mine.staff and actor.holds(Role.INSTRUCTOR, teaching.organisation_id)


def may_host(actor: Actor, organisation: UUID | None) -> bool:
    """Make sessions of an organisation: its instructors, hosts and administrators; None asks for any organisation."""
    return any(actor.holds(role, organisation) for role in (Role.INSTRUCTOR, *HOSTS))


def may_dress(actor: Actor, organisation: Organisation) -> bool:
    """Set the look of an organisation: whoever may host in it."""
    return may_host(actor, organisation.id)


def may_see_logo(actor: Actor, organisation: Organisation) -> bool:
    """See the logo of an organisation: whoever holds a role in it."""
    return accounts.rank(actor, organisation.id) > 0


def membership(actor: Actor, teaching: TeachingSession) -> SessionMember | None:
    """The actor's own place in a session, while the actor is in it and still holds a role in its organisation."""
    if actor.id is None or not accounts.rank(actor, teaching.organisation_id):
        return None
    return next((one for one in teaching.members if one.person_id == actor.id and one.active), None)
