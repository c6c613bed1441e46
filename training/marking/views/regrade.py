"""Regrade: put amendments together, look at what they would do, apply them, and read what was applied before."""

from typing import cast
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.errors import Conflict, DomainError, Refused
from training.grading.amend import AMENDMENTS
from training.labs.spot import number as whole
from training.marking import amending, policy
from training.marking.service import applied, releases, scope
from training.marking.service import regrade as regrades_of
from training.marking.service.preview import Draft, preview
from training.marking.service.scope import Sources
from training.marking.views.blueprint import bp
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store

PLACE = "/marking/regrade/<uuid:organisation_id>/<uuid:release_id>"


def mine() -> set[UUID]:
    """The organisations in which the reader is an instructor."""
    return {organisation for organisation, role in actor().roles if role is Role.INSTRUCTOR}


def me() -> UUID:
    """The reader, who is signed in: the policy has looked."""
    return cast("UUID", actor().id)


def sources() -> Sources:
    """Where evidence is read."""
    return Sources(rooms().settings.instance, rooms().engine.result)


def secret() -> bytes:
    """The secret of the installation."""
    return rooms().settings.signing_key().encode()


@bp.get("/marking/regrade")
@guarded(policy.may_mark)
def regrades() -> ResponseReturnValue:
    """The releases on which the reader's organisations have attempts."""
    permit(None)
    with store().reading() as session:
        listed = releases.worked(session, mine())
        places = {one.id: one.name for one in accounts.organisations(session) if one.id in mine()}
    return render_template("marking/regrades.html", listed=listed, places=places)


@bp.get(PLACE)
@guarded(policy.may_mark)
def regrade(organisation_id: UUID, release_id: UUID) -> ResponseReturnValue:
    """Put amendments together, beginning with those that are in force."""
    permit(organisation_id)
    with store().reading() as session:
        version = scope.newest(session, release_id, organisation_id)
    present = AMENDMENTS.validate_python(version.amendments if version else [])
    return shown(organisation_id, release_id, Draft(present))


@bp.post(PLACE, endpoint="regrade_step")
@guarded(policy.may_mark)
def step(organisation_id: UUID, release_id: UUID) -> ResponseReturnValue:
    """One amendment more or less, or other ticks; the page shows what all of them would do."""
    permit(organisation_id)
    before = amending.draft(request.form)
    try:
        with store().reading() as session:
            release = releases.release_of(session, release_id, organisation_id)
            known = [one.sha256 for _, one in releases.others(session, release)]
            questions = scope.questions(session, release, organisation_id, before.amendments, sources())
            after = amending.step(request.form, before, questions, known)
            scope.questions(session, release, organisation_id, after.amendments, sources())
    except Refused as bad:
        return shown(organisation_id, release_id, before, bad, looked=True)
    return shown(organisation_id, release_id, after, looked=True)


@bp.post(f"{PLACE}/apply")
@guarded(policy.may_mark)
def apply_regrade(organisation_id: UUID, release_id: UUID) -> ResponseReturnValue:
    """Apply what the preview showed, if nothing moved since."""
    permit(organisation_id)
    draft, seal = amending.draft(request.form), amending.seal(request.form)
    reason = request.form.get("reason", "")
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        fresh = preview(session, release, organisation_id, draft, sources(), me())
    try:
        with store().writing() as session:
            regrades_of.apply(session, fresh, seal, secret(), reason, clock())
    except (Conflict, Refused) as bad:
        return shown(organisation_id, release_id, draft, bad, looked=True)
    return redirect(url_for("marking.versions", organisation_id=organisation_id, release_id=release_id), 303)


@bp.get(f"{PLACE}/versions")
@guarded(policy.may_mark)
def versions(organisation_id: UUID, release_id: UUID) -> ResponseReturnValue:
    """Every grading version of a release: why, who, when, what changed."""
    permit(organisation_id)
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        listed = scope.versions(session, release_id, organisation_id)
        counts = releases.counts(session, listed)
        names = accounts.names(session, {one.made_by for one in listed})
    here = {"organisation_id": organisation_id, "release": release, "counts": counts, "names": names}
    return render_template("marking/regrade_versions.html", versions=listed, **here)


@bp.get(f"{PLACE}/versions/<int(max=999999999):number>")
@guarded(policy.may_mark)
def version(organisation_id: UUID, release_id: UUID, number: int) -> ResponseReturnValue:
    """One grading version: every judgement that it brought with what stood before, and what it did to points."""
    permit(organisation_id)
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        found = releases.version_of(session, release_id, organisation_id, number)
        page = max(1, whole(request.args.get("page", "1")))
        judged, count = releases.rejudged(session, found, page), releases.counts(session, [found]).get(found.id, 0)
        people = {one.attempt.id: one.attempt for one in judged}
        turned = applied.turned(session, rooms().settings.instance, found, list(people.values()))
        titles = releases.titles(session, list(people.values()))
        totals = applied.totals(session, rooms().settings.instance, found)
        names = accounts.names(session, {found.made_by, *(one.person_id for one in people.values())})
    here = {"organisation_id": organisation_id, "release": release, "judged": judged, "names": names}
    here |= {"people": people, "turned": turned, "totals": totals, "titles": titles}
    here |= {"page": page, "pages": -(-count // releases.ON_PAGE), "count": count}
    return render_template("marking/regrade_version.html", version=found, **here)


def shown(
    organisation_id: UUID, release_id: UUID, draft: Draft, bad: DomainError | None = None, *, looked: bool = False
) -> ResponseReturnValue:
    """The page of a regrade, with the preview where one was asked for, and what was refused."""
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        others = releases.others(session, release)
        questions = scope.questions(session, release, organisation_id, draft.amendments, sources())
        seen = preview(session, release, organisation_id, draft, sources(), me()) if looked else None
        names = accounts.names(session, {one.attempt.person_id for one in seen.people} if seen else set())
        titles = releases.titles(session, [one.attempt for one in seen.people] if seen else [])
    here = {"organisation_id": organisation_id, "release": release, "others": others, "questions": questions}
    here |= {"draft": draft, "carried": amending.carried(draft), "names": names, "preview": seen, "bad": bad}
    here["titles"] = titles
    here["typed"] = amending.unsent(request.form, refused=bad is not None)
    here["seal"] = regrades_of.seal(seen, secret()).model_dump_json() if seen else ""
    return render_template("marking/regrade.html", **here), _status(bad)


def _status(bad: DomainError | None) -> int:
    return 200 if bad is None else 409 if isinstance(bad, Conflict) else 422
