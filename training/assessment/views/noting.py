"""What the team reads and writes: texts of respondents, contact details, documents seen, summaries, the plan."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from training.assessment import forms, policy
from training.assessment.instrument.reader import instrument
from training.assessment.models import Round
from training.assessment.service import closing, contacts, notes, reading
from training.assessment.service.report import standing
from training.assessment.service.rounds import record
from training.assessment.views.blueprint import bp, said
from training.errors import DomainError
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get("/assessments/<uuid:round_id>/texts")
@guarded(policy.may_run)
def texts(round_id: UUID) -> ResponseReturnValue:
    """What respondents wrote, once the round is closed; looking at it is recorded."""
    with store().writing() as session:
        held = load(session, Round, round_id)
        found = reading.texts(session, held) if held.closed_at else []
        record(session, "assessment.texts-read", actor(), held, clock())
    return render_template("assessment/texts.html", held=held, found=found, said=said())


@bp.get("/assessments/<uuid:round_id>/contacts")
@guarded(policy.may_run)
def contact_list(round_id: UUID) -> ResponseReturnValue:
    """Contact details, in an order that says nothing; looking at them is recorded."""
    with store().writing() as session:
        held = load(session, Round, round_id)
        found = contacts.read(session, held, rooms().settings.instance)
        record(session, "assessment.contacts-read", actor(), held, clock())
    return render_template("assessment/contacts.html", held=held, found=found)


@bp.post("/assessments/<uuid:round_id>/contacts/forget")
@guarded(policy.may_run)
def forget_contacts(round_id: UUID) -> ResponseReturnValue:
    """Delete all contact details and their key."""
    with store().writing() as session:
        held = load(session, Round, round_id, lock=True)
        contacts.forget(session, held, rooms().settings.instance)
        record(session, "assessment.contacts-deleted", actor(), held, clock())
    return redirect(url_for(".round", round_id=round_id), 303)


@bp.get("/assessments/<uuid:round_id>/notes", endpoint="notes")
@guarded(policy.may_run)
def notes_page(round_id: UUID) -> ResponseReturnValue:
    """Documents, summaries, what speaks against a priority, the plan."""
    return _notes(round_id)


@bp.post("/assessments/<uuid:round_id>/notes")
@guarded(policy.may_run)
def write_note(round_id: UUID) -> ResponseReturnValue:
    """Keep one of them."""
    kind, about = request.form.get("kind", ""), request.form.get("about", "")
    given = {name: request.form.get(name, "") for name in ("text", *notes.PLAN)}
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            notes.write(session, held, kind, about, given, actor(), clock())
    except DomainError as bad:
        return _notes(round_id, bad), STATUS[type(bad)]
    return redirect(url_for(".notes", round_id=round_id, _anchor=f"{kind}-{about}"), 303)


@bp.post("/assessments/<uuid:round_id>/documents")
@guarded(policy.may_run)
def add_document(round_id: UUID) -> ResponseReturnValue:
    """Enter a document that was seen, or take one off the list."""
    title, dated, reference = (request.form.get(name, "") for name in ("title", "dated", "reference"))
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            if request.form.get("drop"):
                notes.drop_document(session, held, forms.ident(request.form, "drop"))
            else:
                codes = forms.document(request.form)
                notes.add_document(session, held, title, dated, reference, codes, actor(), clock())
    except DomainError as bad:
        return _notes(round_id, bad), STATUS[type(bad)]
    return redirect(url_for(".notes", round_id=round_id, _anchor="documents"), 303)


def _notes(round_id: UUID, bad: DomainError | None = None) -> str:
    with store().reading() as session:
        held = load(session, Round, round_id)
        there = notes.of(session, held)
        result = standing(session, held).result if closing.outcomes(session, held) else None
    given = {"held": held, "there": there, "result": result, "bad": bad, "said": said(), "made": instrument()}
    given["plan"] = dict(zip(notes.PLAN, _plan(), strict=True))
    return render_template("assessment/notes.html", **given)


def _plan() -> tuple[str, ...]:
    """What the fields of a plan are called."""
    return (
        gettext("Who takes part"),
        gettext("How many people"),
        gettext("Sessions"),
        gettext("Dates"),
        gettext("Refreshers"),
    )
