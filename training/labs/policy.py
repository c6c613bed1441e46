"""Who may do what in a lab."""

from uuid import UUID

from training.accounts.actor import Actor, Role
from training.content.ownership import Owned
from training.content.policy import may_read_keys
from training.evidence.models import OwnExhibit
from training.labs.models import Assignment, Attempt


def may_list(actor: Actor, _site: None) -> bool:
    """See which labs there are, and begin one: whoever is signed in and works somewhere."""
    return actor.home is not None


def may_work(actor: Actor, attempt: Attempt) -> bool:
    """See the workbench of an attempt and act in it: the person whose attempt it is, and nobody else."""
    return actor.home is not None and attempt.person_id == actor.id


def may_see_results(actor: Actor, _site: None) -> bool:
    """See results at all: instructors. Whose results is decided by the organisation."""
    return actor.holds(Role.INSTRUCTOR)


def may_see_result(actor: Actor, attempt: Attempt) -> bool:
    """See one attempt with its findings and verdicts: instructors of the organisation where it was made."""
    return actor.holds(Role.INSTRUCTOR, attempt.organisation_id)


def may_see_model(actor: Actor, owned: Owned, *, told: bool) -> bool:
    """See the right answers and the model way of an attempt whose result one may see: instructors of the organisation
    that the lab belongs to at any time, others when the person of the attempt may, too.
    """
    return told or may_read_keys(actor, owned)


def may_take_files(actor: Actor, attempt: Attempt) -> bool:
    """See the files that runs of an attempt wrote: its own person, and instructors of the organisation.

    Whether the person gets them at all is decided by the lab (`dumps`).
    """
    return may_work(actor, attempt) or may_see_result(actor, attempt)


def may_compare(actor: Actor, _site: None) -> bool:
    """Compare two exhibits freely: those who prepare, teach or run labs."""
    return any(actor.holds(role) for role in (Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR))


def may_set(actor: Actor, organisation: UUID | None) -> bool:
    """Set labs for an organisation: its instructors; None asks for any organisation."""
    return actor.holds(Role.INSTRUCTOR, organisation)


def may_change(actor: Actor, assignment: Assignment) -> bool:
    """See and change what is set, give time, release: instructors of the organisation that it is set for."""
    return actor.holds(Role.INSTRUCTOR, assignment.organisation_id)


def may_see_own(actor: Actor, own: OwnExhibit) -> bool:
    """See an image that a trainee acquired, and what was handed over with it: its person, and instructors of the
    organisation. Markers see what findings cite of it, and nothing more.
    """
    mine = actor.home is not None and own.person_id == actor.id
    return mine or actor.holds(Role.INSTRUCTOR, own.organisation_id)
