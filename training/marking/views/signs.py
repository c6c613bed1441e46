"""Signs that answers may have been passed on: base rates, what is listed, and decisions."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.content.models import Release
from training.errors import Conflict, DomainError, Refused
from training.grading.signs import Kind
from training.labs.models import Attempt
from training.labs.policy import may_work
from training.labs.service import attempts
from training.marking import policy
from training.marking.models.signs import State
from training.marking.service import releases
from training.marking.service import signs as signs_of
from training.marking.service.signs import Entry
from training.marking.service.sittings import Sitting
from training.marking.views.blueprint import bp
from training.marking.views.regrade import me, mine
from training.sentence import phrase
from training.web.guard import guarded, load, permit
from training.web.rooms import clock, rooms, store

PLACE = "/marking/signs/<uuid:organisation_id>/<uuid:release_id>"


@bp.get("/marking/signs")
@guarded(policy.may_mark)
def signs() -> ResponseReturnValue:
    """The releases on which the reader's organisations have attempts."""
    permit(None)
    with store().reading() as session:
        worked = releases.worked(session, mine())
        places = {one.id: one.name for one in accounts.organisations(session, mine())}
    return render_template("marking/signs.html", worked=worked, places=places)


@bp.get(PLACE)
@guarded(policy.may_mark)
def signs_seen(organisation_id: UUID, release_id: UUID) -> ResponseReturnValue:
    """What the sessions of a release show, each sign with its base rate."""
    permit(organisation_id)
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        seen = signs_of.seen(session, rooms().settings.instance, release, organisation_id, me(), clock())
        names = accounts.names(session, {person for one in seen for each in one.entries for person in each.people})
    at = {"organisation_id": organisation_id, "release_id": release_id}
    return render_template("marking/signs_seen.html", seen=seen, release=release, names=names, at=at, kinds=Kind)


@bp.get(f"{PLACE}/<key>")
@guarded(policy.may_mark)
def sign(organisation_id: UUID, release_id: UUID, key: str) -> ResponseReturnValue:
    """One entry: its signs, what else could explain them, and the form of a decision."""
    permit(organisation_id)
    return _entry(organisation_id, release_id, key)


@bp.post(f"{PLACE}/<key>")
@guarded(policy.may_mark)
def decide_sign(organisation_id: UUID, release_id: UUID, key: str) -> ResponseReturnValue:
    """Open a case or decide it. What is refused stands in the form again."""
    permit(organisation_id)
    place, found = _found(organisation_id, release_id, key)
    try:
        with store().writing() as session:
            signs_of.decide(session, place, found, _decision(), me(), clock())
    except (Conflict, Refused) as bad:
        return _entry(organisation_id, release_id, key, bad)
    return redirect(url_for("marking.signs_seen", organisation_id=organisation_id, release_id=release_id), 303)


@bp.get("/attempts/<uuid:attempt_id>/signs")
@guarded(may_work)
def own_signs(attempt_id: UUID) -> ResponseReturnValue:
    """What was decided about the reader's own attempt."""
    with store().reading() as session:
        case = attempts.case(session, rooms().settings.instance, load(session, Attempt, attempt_id))
        decided = signs_of.decided_for(session, case.attempt, clock()) if case.told(clock()) else []
    return render_template("marking/own_signs.html", case=case, decided=decided, days=signs_of.EXPIRES.days)


def _decision() -> tuple[State, str, str]:
    """State, note and mark of a form."""
    try:
        state = State(request.form.get("state", ""))
    except ValueError as bad:
        raise Refused(phrase("Choose where the case stands."), field="state") from bad
    return state, request.form.get("note", ""), request.form.get("before", "")


def _found(organisation_id: UUID, release_id: UUID, key: str) -> tuple[tuple[Release, UUID], tuple[Sitting, Entry]]:
    """An entry with its sitting and where it is, worked out in a unit that keeps nobody from writing."""
    with store().reading() as session:
        place = (releases.release_of(session, release_id, organisation_id), organisation_id)
        return place, signs_of.entry(session, rooms().settings.instance, place, key, me(), clock())


def _entry(organisation_id: UUID, release_id: UUID, key: str, bad: DomainError | None = None) -> ResponseReturnValue:
    (release, _), (sitting, entry) = _found(organisation_id, release_id, key)
    case = entry.case
    deciders = {one for one in (case.opened_by, case.decided_by) if one} if case else set()
    with store().reading() as session:
        names = accounts.names(session, {*entry.people, *deciders})
    here = {"sitting": sitting, "entry": entry, "release": release, "names": names, "bad": bad}
    here["who"] = {str(attempt): person for attempt, person in zip(entry.attempts, entry.people, strict=True)}
    here["at"] = {"organisation_id": organisation_id, "release_id": release_id}
    page = render_template("marking/sign.html", **here)
    return page, 200 if bad is None else 409 if isinstance(bad, Conflict) else 422
