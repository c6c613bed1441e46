"""One finding as instructors see it: everything that was ever said of it, and their own word over it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.errors import Conflict, DomainError, Refused
from training.labs.models import Attempt, Finding
from training.labs.service import attempts, materials, notebook, progress
from training.labs.service.attempts import Case
from training.marking import amending, policy
from training.marking.service import judgements, overrides
from training.marking.service.rounds import desk
from training.marking.views.blueprint import bp
from training.marking.views.regrade import me, sources
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store


@dataclass(frozen=True, slots=True)
class Opened:
    """A finding with the attempt that it belongs to."""

    case: Case
    finding: Finding


def opened(session: Session, finding_id: UUID, *, lock: bool = False) -> Opened:
    """A finding of an attempt that the reader may decide about; 404 otherwise."""
    finding = session.get(Finding, finding_id)
    attempt = load(session, Attempt, finding.attempt_id if finding else finding_id, lock=lock)
    found = session.get_one(Finding, finding_id, populate_existing=True)
    return Opened(attempts.case(session, rooms().settings.instance, attempt), found)


@bp.get("/marking/findings/<uuid:finding_id>")
@guarded(policy.may_decide)
def finding(finding_id: UUID) -> ResponseReturnValue:
    """The finding and the chain of its judgements."""
    return shown(finding_id)


@bp.post("/marking/findings/<uuid:finding_id>/override")
@guarded(policy.may_decide)
def override(finding_id: UUID) -> ResponseReturnValue:
    """Give the finding another credit, with a reason."""

    def act(session: Session, here: Opened) -> None:
        credit = amending.number(request.form.get("credit", ""), "credit")
        reason = request.form.get("reason", "")
        overrides.override(session, here.case, here.finding, credit, reason, amending.seen(request.form), me(), clock())

    return _acted(finding_id, act)


@bp.post("/marking/findings/<uuid:finding_id>/withdraw")
@guarded(policy.may_decide)
def withdraw(finding_id: UUID) -> ResponseReturnValue:
    """Take an override back, with a reason."""

    def act(session: Session, here: Opened) -> None:
        given = (request.form.get("reason", ""), amending.seen(request.form))
        overrides.withdraw(session, here.case, here.finding, *given, me(), sources(), clock())

    return _acted(finding_id, act)


def _acted(finding_id: UUID, act: Callable[[Session, Opened], None]) -> ResponseReturnValue:
    """Do something to a finding; what is refused is shown with what was typed."""
    try:
        with store().writing() as session:
            act(session, opened(session, finding_id, lock=True))
    except (Conflict, Refused) as bad:
        return shown(finding_id, bad)
    return redirect(url_for("marking.finding", finding_id=finding_id), 303)


def shown(finding_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    """The page of a finding."""
    with store().reading() as session:
        here = opened(session, finding_id)
        chain = judgements.chain(here.finding)
        stands = progress.progress_of_all(session, here.case).get(here.finding.question)
        markers = judgements.markers(session, [here.finding])
        names = accounts.names(session, judgements.people(here.finding, markers) | {here.case.attempt.person_id})
        cited = desk.cited(session, here.finding)
        places = notebook.places(session, cited, rooms().shown, materials.of(here.case))
    status = 200 if bad is None else 409 if isinstance(bad, Conflict) else 422
    more: dict[str, object] = {"progress": stands, "question": stands.question if stands else None}
    more |= {"names": names, "overridden": overrides.overridden(chain[-1]), "bad": bad}
    more |= {"markers": markers, "places": places}
    own = here.case.attempt.person_id == me()
    return render_template(
        "marking/override.html", case=here.case, finding=here.finding, chain=chain, own=own, **more
    ), status
