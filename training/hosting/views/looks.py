"""How an organisation shows itself: the form, and its logo."""

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts.models import Organisation
from training.errors import NotThere
from training.hosting import forms, policy
from training.hosting.service import looks
from training.hosting.service.record import Faulty
from training.hosting.views.blueprint import bp, faults, status
from training.sentence import LANGUAGES, phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store

PLACE = "/organisations/<uuid:organisation_id>"


@bp.get(f"{PLACE}/look")
@guarded(policy.may_dress)
def look(organisation_id: UUID) -> ResponseReturnValue:
    """The form, with what is set."""
    return _form(organisation_id)


@bp.post(f"{PLACE}/look")
@guarded(policy.may_dress)
def change_look(organisation_id: UUID) -> ResponseReturnValue:
    """Set name, languages, address and logo."""
    sent = request.files.get("logo")
    wish = forms.look(request.form, sent.read(looks.LIMIT + 1) if sent else b"")
    try:
        with store().writing() as session:
            place = load(session, Organisation, organisation_id)
            looks.change(session, actor(), place.id, wish, clock())
    except Faulty as bad:
        return _form(organisation_id, wish, bad)
    return redirect(url_for(".look", organisation_id=organisation_id), 303)


@bp.get(f"{PLACE}/logo")
@guarded(policy.may_see_logo)
def logo(organisation_id: UUID) -> ResponseReturnValue:
    """The logo, as it was cleaned."""
    with store().reading() as session:
        found = looks.get(session, load(session, Organisation, organisation_id).id)
    if found is None or found.logo is None:
        raise NotThere(phrase("This organisation has no logo here."))
    return Response(found.logo, mimetype=found.logo_type)


def _form(organisation_id: UUID, given: looks.Look | None = None, bad: Faulty | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        place = load(session, Organisation, organisation_id)
        kept = looks.get(session, place.id)
    here = {"place": place, "kept": kept, "given": given or kept, "languages": LANGUAGES, "limit": looks.LIMIT}
    return render_template("hosting/look.html", faults=faults(bad), **here), status(bad)
