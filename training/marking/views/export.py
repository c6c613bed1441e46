"""Results as files, and a file compared with what is here."""

from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from training.errors import Refused
from training.marking import policy
from training.marking.service import compare as comparison_of
from training.marking.service import export, releases
from training.marking.service.compare import LARGEST, MOST_COLUMNS, MOST_LINES, Report
from training.marking.views.blueprint import bp
from training.marking.views.regrade import me, mine
from training.sentence import phrase
from training.web.guard import guarded, permit
from training.web.rooms import clock, rooms, store

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
AROUND = 2**20
"""Bytes that a form may have around its file."""
MOST_SHOWN = 300
"""Lines of a comparison on the page; those that are not equal come first."""


@bp.url_value_preprocessor
def _larger(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file of results may be larger than the forms of other pages, once the policy was asked who sends it.

    Runs before anything reads the form, the check of its token among it: of nobody else is more read than other pages
    take.
    """
    # The sign-in is read from the cookie alone, and kept for the rest of the request.
    if endpoint == "marking.compare" and current_user.is_authenticated and policy.may_mark(current_user.actor, None):
        request.max_content_length = LARGEST + AROUND


@bp.get("/marking/results/<uuid:organisation_id>/<uuid:release_id>/results.<any(csv, json):form>")
@guarded(policy.may_mark)
def results_file(organisation_id: UUID, release_id: UUID, form: str) -> ResponseReturnValue:
    """The results of an organisation on a release, with the figures that its sheet shows. Taking them is recorded."""
    permit(organisation_id)
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        found = export.lines(session, rooms().settings.instance, release, organisation_id, clock())
    with store().writing() as session:
        export.note(session, release, organisation_id, (form, len(found)), me(), clock())
    name = f"results-{release.name}-{release.sha256[:8]}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": TYPES[form]}
    return Response(export.FORMATS[form](found), headers=headers)


@bp.get("/marking/import")
@guarded(policy.may_mark)
def comparison() -> ResponseReturnValue:
    """The form that takes a file of results."""
    permit(None)
    return _page()


@bp.post("/marking/import")
@guarded(policy.may_mark)
def compare() -> ResponseReturnValue:
    """Compare a file of results with what is here. Nothing is written."""
    permit(None)
    try:
        data = _sent()
        with store().reading() as session:
            return _page(comparison_of.compare(session, rooms().settings.instance, mine(), data, clock()))
    except Refused as bad:
        return _page(bad=bad), 422


def _sent() -> bytes:
    """The file of the form, one byte more than is read at most."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused(phrase("Choose a file: an export of results as CSV or JSON."), field="file")
    return file.stream.read(LARGEST + 1)


def _page(report: Report | None = None, bad: Refused | None = None) -> str:
    lines = sorted(report.lines, key=lambda one: one.outcome == "equal")[:MOST_SHOWN] if report else []
    limits = {"largest": LARGEST // 10**6, "most": f"{MOST_LINES:,}", "columns": MOST_COLUMNS}
    return render_template("marking/import.html", report=report, lines=lines, bad=bad, **limits)
