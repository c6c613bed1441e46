"""The cross-examination drill: one question at a time, its answers, and whether instructors may read them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from training.errors import Conflict, DomainError, Refused, TooMany
from training.reporting import forms, points, policy
from training.reporting.service import drill
from training.reporting.views.blueprint import PLACE, bp
from training.reporting.views.filed import of_another
from training.reporting.views.report import STATUS, case_of, draft_of
from training.web.guard import guarded
from training.web.rooms import clock, store


@bp.get(f"{PLACE}/drill", endpoint="drill")
@guarded(policy.may_write)
def drill_page(attempt_id: UUID) -> ResponseReturnValue:
    """A question on the weakest claim: the one that the address names, else the first without an answer."""
    return _page(attempt_id, request.args.get("q", ""))


@bp.post(f"{PLACE}/drill")
@guarded(policy.may_write)
def answer(attempt_id: UUID) -> ResponseReturnValue:
    """Keep an answer, and show what a good one addresses. What is refused stands in the form again."""
    key = request.form.get("q", "")
    try:
        with store().writing() as session:
            case = case_of(session, attempt_id, lock=True)
            document = draft_of(session, case)
            drill.answer(session, case, document, request.form, forms.version(request.form), clock())
    except (Conflict, Refused, TooMany) as bad:
        return _page(attempt_id, key, bad)
    return redirect(url_for(".drill", attempt_id=attempt_id, q=key, _anchor="points"), 303)


@bp.post(f"{PLACE}/drill/share")
@guarded(policy.may_write)
def share(attempt_id: UUID) -> ResponseReturnValue:
    """Let instructors read the answers, or take that back."""
    with store().writing() as session:
        case = case_of(session, attempt_id, lock=True)
        drill.share(session, case, shared=request.form.get("shared") == "1", now=clock())
    flash(gettext("Kept."), "ok")
    return redirect(url_for(".drill", attempt_id=attempt_id, _anchor="share"), 303)


@bp.get("/results/<uuid:attempt_id>/drill")
@guarded(policy.may_read)
def drill_of(attempt_id: UUID) -> ResponseReturnValue:
    """The answers of a drill that its author shares, for instructors."""
    with store().reading() as session:
        case, name = of_another(session, attempt_id)
        answers = drill.shared(session, case.attempt)
    return render_template("reporting/drill_of.html", case=case, name=name, answers=answers, titles=points.TITLES)


def _page(attempt_id: UUID, key: str, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        case = case_of(session, attempt_id)
        drill.permitted(case, clock())
        document = draft_of(session, case)
        made = drill.of(session, case, document, clock())
    here: dict[str, Any] = {"case": case, "document": document, "drill": made, "bad": bad, "most": drill.LONGEST}
    here |= {"question": made.question(key) or made.next, "points": points.POINTS, "always": points.ALWAYS}
    status = STATUS.get(type(bad), 422) if bad else 200
    return render_template("reporting/drill.html", **here, titles=points.TITLES), status
