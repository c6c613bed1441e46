"""A list that was sent: what it would do, how it is read, applying it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from training.errors import Conflict, DomainError, Refused
from training.hosting import forms as hosting
from training.hosting import policy, shown
from training.hosting.models import TeachingSession
from training.hosting.roster import forms
from training.hosting.roster.reading.encoding import ENCODINGS
from training.hosting.roster.reading.table import FIELDS, IGNORED
from training.hosting.roster.service import imports
from training.hosting.roster.service.compare import difference
from training.hosting.roster.views.blueprint import PLACE, bp, faults, status
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store

HERE = f"{PLACE}/lists/<uuid:import_id>"
COLUMNS = {
    "name": phrase("Name"),
    "family": phrase("Family name"),
    "given": phrase("Given name"),
    "number": phrase("Number"),
    "login": phrase("Sign-in name"),
    "email": phrase("E-mail address"),
    "seat": phrase("Seat"),
    "role": phrase("Role"),
    "language": phrase("Language"),
    "extra": phrase("Extra time in percent"),
    "note": phrase("Group or agency"),
    IGNORED: phrase("Not read"),
}
SEPARATED = {
    "comma": phrase("Comma"),
    "semicolon": phrase("Semicolon"),
    "tab": phrase("Tab"),
    "bar": phrase("Vertical bar"),
    "none": phrase("None: one name on each line"),
}


@bp.get(HERE)
@guarded(policy.may_run)
def dry_run(session_id: UUID, import_id: UUID) -> ResponseReturnValue:
    """What a list would do; once it is applied, what it did."""
    return _page(session_id, import_id)


@bp.post(HERE)
@guarded(policy.may_run)
def choose(session_id: UUID, import_id: UUID) -> ResponseReturnValue:
    """Read a list in another encoding, with another separator, with other columns."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            imports.choose(session, teaching, import_id, forms.choices(request.form))
    except (Refused, Conflict) as bad:
        return _page(session_id, import_id, bad)
    return redirect(url_for(".dry_run", session_id=session_id, import_id=import_id), 303)


@bp.post(f"{HERE}/apply")
@guarded(policy.may_run)
def apply(session_id: UUID, import_id: UUID) -> ResponseReturnValue:
    """Do what was shown; twice is once."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            imports.get(session, teaching, import_id)
            if "doubts" in request.form:
                hosting.sure(request.form)
            imports.apply(session, actor(), teaching, import_id, request.form.get("mark", ""), clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, import_id, bad)
    flash(_("The list was applied."), "ok")
    return redirect(url_for(".dry_run", session_id=session_id, import_id=import_id), 303)


def _page(session_id: UUID, import_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        row = imports.get(session, teaching, import_id)
        here: dict[str, Any] = {"teaching": teaching, "row": row, "bad": bad, "roles": shown.ROLES, "fields": FIELDS}
        if row.outcome is None:
            table = imports.table_of(row)
            here |= {"table": table, "found": difference(session, actor(), teaching, table)}
    here |= {"columns": COLUMNS, "encodings": ENCODINGS, "separators": SEPARATED, "ignored": IGNORED}
    return render_template("roster/list.html", faults=faults(bad), **here), status(bad)
