"""Figures of a report: which of them go into it, and each with its table on a page of its own."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from training.analysis import views as analysis
from training.errors import Conflict, DomainError, NotThere, Refused
from training.labs.service import seeing
from training.reporting import forms, policy
from training.reporting.document import Document
from training.reporting.figures import NAMES
from training.reporting.service import figures, filing
from training.reporting.views.blueprint import PLACE, bp
from training.reporting.views.filed import RESULT, of_another
from training.reporting.views.report import STATUS, case_of, draft_of
from training.sentence import phrase
from training.web.guard import guarded
from training.web.rooms import clock, store

NAMED = f"<any({','.join(NAMES)}):name>"


@bp.get(f"{PLACE}/figures", endpoint="figures")
@guarded(policy.may_write)
def choices(attempt_id: UUID) -> ResponseReturnValue:
    """Which figures go into the report, and of what they are drawn."""
    return _choices(attempt_id)


@bp.post(f"{PLACE}/figures")
@guarded(policy.may_write)
def choose_figure(attempt_id: UUID) -> ResponseReturnValue:
    """Take a figure, change it, or leave it out. What is refused stands in the form again."""
    wish = forms.figure(request.form)
    try:
        with store().writing() as session:
            figures.choose(session, case_of(session, attempt_id, lock=True), wish, clock())
    except (Conflict, Refused) as bad:
        return _choices(attempt_id, bad)
    flash(gettext("Kept."), "ok")
    return redirect(url_for(".figures", attempt_id=attempt_id, _anchor=f"g-{wish.name}"), 303)


@bp.get(f"{PLACE}/figures/{NAMED}", endpoint="figure")
@guarded(policy.may_write)
def figure_of_draft(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """A figure as it would be filed now."""
    with store().reading() as session:
        document = draft_of(session, case_of(session, attempt_id), drawn=True)
    return _figure(document, name, "reporting.figure", url_for(".preview", attempt_id=attempt_id), attempt_id)


@bp.get(f"{PLACE}/<int:number>/figures/{NAMED}", endpoint="filed_figure")
@guarded(policy.may_write)
def figure_of_filed(attempt_id: UUID, number: int, name: str) -> ResponseReturnValue:
    """A figure as it was filed, for its author."""
    with store().reading() as session:
        document = _filed(session, case_of(session, attempt_id).attempt, number)
    up = url_for(".filed", attempt_id=attempt_id, number=number)
    return _figure(document, name, "reporting.filed_figure", up, attempt_id)


@bp.get(f"{RESULT}/<int:number>/figures/{NAMED}", endpoint="filed_figure_of")
@guarded(policy.may_read)
def figure_of_another(attempt_id: UUID, number: int, name: str) -> ResponseReturnValue:
    """The same for an instructor."""
    with store().reading() as session:
        case, _ = of_another(session, attempt_id)
        document = _filed(session, case.attempt, number)
    up = url_for(".filed_of", attempt_id=attempt_id, number=number)
    return _figure(document, name, "reporting.filed_figure_of", up, attempt_id)


def _filed(session: Session, attempt: Any, number: int) -> Document:
    return filing.shown(filing.get(session, attempt, number))


def _figure(document: Document, name: str, page: str, up: str, attempt_id: UUID) -> ResponseReturnValue:
    drawn = document.figure(name)
    if drawn is None:
        raise NotThere(phrase("The report has no such figure."))
    given: dict[str, Any] = {"attempt_id": attempt_id, **({"number": document.number} if document.number else {})}
    ways = [(one, url_for(page, name=one.name, **given)) for one in document.figures]
    return render_template("reporting/figure.html", document=document, drawn=drawn, ways=ways, up=up)


def _choices(attempt_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        case = seeing.on_an_image(case_of(session, attempt_id))
        taken = figures.chosen(session, case)
        document = draft_of(session, case, drawn=True)
    here: dict[str, Any] = {"case": case, "taken": taken, "document": document, "names": NAMES, "bad": bad}
    here |= {"most": figures.LONGEST_CAPTION, "views": analysis.views_of(case.exhibit.os)}
    return render_template("reporting/figures.html", **here), STATUS.get(type(bad), 422) if bad else 200
