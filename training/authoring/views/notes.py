"""National notes of the organisations in which the reader teaches or hosts."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Organisation
from training.authoring import lines, policy
from training.authoring import notes as service
from training.authoring.views.blueprint import bp
from training.authoring.views.here import me, people
from training.errors import Conflict, NotThere, Refused
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/authoring/notes")
@guarded(policy.may_note)
def notes() -> ResponseReturnValue:
    """The organisations whose notes the reader may write; with one alone its page."""
    permit(None)
    mine = {where for where, role in actor().roles if role in {Role.INSTRUCTOR, Role.HOST}}
    if len(mine) == 1:
        return redirect(url_for("authoring.notes_of", organisation_id=mine.pop()), 303)
    with store().reading() as session:
        places = accounts.organisations(session, mine)
    return render_template("authoring/organisations.html", places=places)


@bp.get("/authoring/notes/<uuid:organisation_id>")
@guarded(policy.may_note)
def notes_of(organisation_id: UUID) -> ResponseReturnValue:
    """Every place of the courses that waits for a national note, filled or empty."""
    permit(organisation_id)
    place, wanted, names = _look(organisation_id)
    return render_template("authoring/notes.html", place=place, wanted=wanted, names=names)


@bp.get("/authoring/notes/<uuid:organisation_id>/<key>")
@guarded(policy.may_note)
def note(organisation_id: UUID, key: str) -> ResponseReturnValue:
    """One note: where it is asked for, what it says now, a form to write it."""
    permit(organisation_id)
    return _note(organisation_id, key)


@bp.post("/authoring/notes/<uuid:organisation_id>/<key>")
@guarded(policy.may_note)
def write_note(organisation_id: UUID, key: str) -> ResponseReturnValue:
    """Keep a note; what is refused stands in the form again."""
    permit(organisation_id)
    try:
        with store().writing() as session:
            service.write(session, organisation_id, key, request.form, me(), clock())
    except (Refused, Conflict) as bad:
        return _note(organisation_id, key, bad), STATUS[type(bad)]
    return redirect(url_for("authoring.notes_of", organisation_id=organisation_id, _anchor=key), 303)


def _note(organisation_id: UUID, key: str, bad: Refused | Conflict | None = None) -> str:
    place, wanted, _ = _look(organisation_id)
    one = next((one for one in wanted if one.key == key), None)
    if one is None:
        raise NotThere(phrase("No course asks for a note of this name."))
    with store().reading() as session:
        rows = service.earlier(session, organisation_id, key)
        names = people(session, {row.by_id for row in rows})
    typed = dict(request.form) if bad else {}
    base = typed.get("base", "") if isinstance(bad, Refused) else str(rows[0].id) if rows else ""
    apart = isinstance(bad, Conflict) and rows
    places = lines.difference(rows[0].text, typed.get("text", "").replace("\r\n", "\n")) if apart else None
    html = service.shown(one.note) if one.note else ""
    given = {"names": names, "bad": bad, "typed": typed, "html": html, "limits": service.LIMITS}
    seen = {"base": base, "rows": rows, "places": places}
    return render_template("authoring/note.html", place=place, one=one, **given, **seen)


def _look(organisation_id: UUID) -> tuple[Organisation, list[service.Wanted], dict[UUID, str]]:
    with store().reading() as session:
        (place,) = accounts.organisations(session, [organisation_id])
        wanted = service.wanted(session, rooms().settings.instance, organisation_id)
        names = people(session, {one.note.by_id for one in wanted if one.note})
    return place, wanted, names
