"""Who may have a certificate as a file, and who may issue and revoke."""

from training.accounts.actor import Actor, Role
from training.accounts.policy import anyone, signed_in
from training.credentials.models import Certificate
from training.hosting.models import TeachingSession
from training.hosting.policy import HOSTS, may_run

__all__ = ["anyone", "may_change", "may_confirm", "may_have", "may_read_own", "may_run", "signed_in"]


def may_have(actor: Actor, certificate: Certificate) -> bool:
    """Take the paper and the badge: whose they are, and whoever may revoke them."""
    return actor.signed_in and (certificate.person_id == actor.id or may_change(actor, certificate))


def may_change(actor: Actor, certificate: Certificate) -> bool:
    """Revoke or replace: whoever runs the session that it is of, never for themselves. Of a session that is gone,
    hosts and administrators of the organisation that issued it.
    """
    if certificate.person_id == actor.id:
        return False
    if certificate.teaching is not None:
        return may_run(actor, certificate.teaching)
    return any(actor.holds(role, certificate.organisation_id) for role in HOSTS)


def may_confirm(actor: Actor, teaching: TeachingSession) -> bool:
    """Record results and confirm them: instructors of the organisation who run the session, or host it."""
    return may_run(actor, teaching) and actor.holds(Role.INSTRUCTOR, teaching.organisation_id)


def may_read_own(actor: Actor, teaching: TeachingSession) -> bool:
    """Read what is recorded of one's own examinations, and appeal: its trainees, also once they have left."""
    return any(one.person_id == actor.id and one.role == "trainee" for one in teaching.members)
