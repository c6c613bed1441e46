"""Who runs an assessment, who sees its results, who answers."""

from uuid import UUID

from training.accounts import policy as accounts
from training.accounts.actor import Actor, Role
from training.assessment.models import Round


def may_host(actor: Actor, organisation: UUID | None) -> bool:
    """Make rounds: hosts and administrators of the organisation; None asks for any organisation."""
    return any(actor.holds(role, organisation) for role in (Role.HOST, Role.ADMINISTRATOR))


def may_look(actor: Actor, organisation: UUID | None) -> bool:
    """See the list of rounds: staff of the organisation; None asks for any organisation."""
    return any(actor.holds(role, organisation) for role in (Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR))


def may_run(actor: Actor, held: Round) -> bool:
    """Everything about a round: hosts and administrators of its organisation."""
    return may_host(actor, held.organisation_id)


def may_see(actor: Actor, held: Round) -> bool:
    """See a round and its results: staff of its organisation. No role sees the answers of one respondent."""
    return accounts.rank(actor, held.organisation_id) >= accounts.STAFF


def holds_a_link(actor: Actor, thing: object) -> bool:  # noqa: ARG001 - the link is what admits; the service looks it up
    """Answer: whoever holds a link, signed in or not. The service finds nothing without a right one."""
    return True
