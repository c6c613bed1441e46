"""Who may have, and ask to erase, what is held about whom."""

from training.accounts import policy as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Organisation, Person


def may_have_own(actor: Actor, _site: None) -> bool:
    """See, take and ask to erase what is held about oneself: whoever is signed in, also without a role anywhere."""
    return actor.signed_in


def may_answer_for(actor: Actor, person: Person | None) -> bool:
    """The same for somebody else: administrators of the organisation that the person works in.

    They must stand at least as high wherever the person holds a role: what is held about somebody who works in two
    organisations is not for one of them alone. A person who is erased is nobody's any more.
    """
    if person is None or not actor.holds(Role.ADMINISTRATOR, person.home_id):
        return False
    return accounts.stands_above(actor, person)


def may_look(actor: Actor, place: Organisation) -> bool:
    """See what waits in an organisation, postpone or hold what rules found: its hosts and administrators."""
    return accounts.rank(actor, place.id) >= accounts.RANK[Role.HOST]


def may_rule(actor: Actor, place: Organisation) -> bool:
    """Set the rules: its administrators."""
    return actor.holds(Role.ADMINISTRATOR, place.id)
