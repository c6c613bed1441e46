"""Rounds: the list, a new one, what it says of itself, what is chosen and fixed, opening and closing it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from training.accounts import service as accounts
from training.assessment import forms, policy
from training.assessment.instrument.reader import instrument
from training.assessment.models import Round
from training.assessment.presentation.words import FEASIBILITY
from training.assessment.service import answering, closing, contacts, links, retention
from training.assessment.service import rounds as service
from training.assessment.views.blueprint import bp, said
from training.errors import DomainError
from training.web.errors import STATUS
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/assessments", endpoint="index")
@guarded(policy.may_look)
def listed() -> ResponseReturnValue:
    """Rounds of the organisations in which the reader is staff. What is due for deletion goes first."""
    permit(None)
    _clear_what_is_due()
    mine = {where for where, _ in actor().roles if policy.may_look(actor(), where)}
    with store().reading() as session:
        found = service.of_organisation(session, mine)
        names = {one.id: one.name for one in accounts.organisations(session, mine)}
    may = policy.may_host(actor(), None)
    return render_template("assessment/index.html", rounds=found, names=names, may=may)


@bp.get("/assessments/new")
@guarded(policy.may_host)
def new() -> ResponseReturnValue:
    """The form of a new round, with texts to begin from."""
    permit(None)
    return _about_page(None)


@bp.post("/assessments/new")
@guarded(policy.may_host)
def make() -> ResponseReturnValue:
    """Make a draft; what is refused comes back as it was typed."""
    permit(None)
    try:
        where = permit(forms.organisation(request.form, _home()))
        with store().writing() as session:
            held = service.make(session, actor(), where, forms.about(request.form), clock())
    except DomainError as bad:
        return _about_page(None, bad), STATUS[type(bad)]
    return redirect(url_for(".choices", round_id=held.id), 303)


@bp.get("/assessments/<uuid:round_id>", endpoint="round")
@guarded(policy.may_see)
def one_round(round_id: UUID) -> ResponseReturnValue:
    """Where a round stands, and what comes next."""
    return round_page(round_id)


@bp.get("/assessments/<uuid:round_id>/about")
@guarded(policy.may_run)
def about(round_id: UUID) -> ResponseReturnValue:
    """What a round says of itself."""
    with store().reading() as session:
        held = load(session, Round, round_id)
    return _about_page(held)


@bp.post("/assessments/<uuid:round_id>/about")
@guarded(policy.may_run)
def describe(round_id: UUID) -> ResponseReturnValue:
    """Change it, in a draft."""
    with store().reading() as session:
        before = load(session, Round, round_id)
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            service.describe(held, forms.about(request.form))
    except DomainError as bad:
        return _about_page(before, bad), STATUS[type(bad)]
    return redirect(url_for(".round", round_id=round_id), 303)


@bp.get("/assessments/<uuid:round_id>/choices")
@guarded(policy.may_see)
def choices(round_id: UUID) -> ResponseReturnValue:
    """Weights, targets and feasibility of all indicators: to choose in a draft, to read afterwards."""
    return _choices_page(round_id)


@bp.post("/assessments/<uuid:round_id>/choices")
@guarded(policy.may_run)
def choose(round_id: UUID) -> ResponseReturnValue:
    """Keep what was chosen."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            service.choose(held, forms.choices(request.form, held.choices))
    except DomainError as bad:
        return _choices_page(round_id, bad), STATUS[type(bad)]
    flash(gettext("Weights, targets and feasibility are kept. They are fixed when the round opens."), "ok")
    return redirect(url_for(".round", round_id=round_id), 303)


@bp.post("/assessments/<uuid:round_id>/open")
@guarded(policy.may_run)
def open_round(round_id: UUID) -> ResponseReturnValue:
    """Fix everything and take answers."""
    with store().writing() as session:
        held = load(session, Round, round_id, lock=True)
        service.open_round(session, held, actor(), clock())
    return redirect(url_for(".round", round_id=round_id, _anchor="invite"), 303)


@bp.post("/assessments/<uuid:round_id>/merge")
@guarded(policy.may_run)
def merge(round_id: UUID) -> ResponseReturnValue:
    """Count two groups as one, before results were seen."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            service.merge(session, held, forms.pair(request.form), actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    return redirect(url_for(".round", round_id=round_id, _anchor="merge"), 303)


@bp.post("/assessments/<uuid:round_id>/close")
@guarded(policy.may_run)
def close(round_id: UUID) -> ResponseReturnValue:
    """End the collection and work the results out, once."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            closing.close(session, held, actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    return redirect(url_for(".results", round_id=round_id), 303)


@bp.post("/assessments/<uuid:round_id>/delete")
@guarded(policy.may_run)
def delete(round_id: UUID) -> ResponseReturnValue:
    """Delete a round with all its answers, results and contact details; the box says that it is meant."""
    if request.form.get("sure") != "yes":
        with store().reading() as session:
            load(session, Round, round_id)
        return round_page(round_id, not_sure=True), 422
    with store().writing() as session:
        held = load(session, Round, round_id, lock=True)
        service.delete(session, held, rooms().settings.instance, actor(), clock())
    flash(gettext("The round is deleted."), "ok")
    return redirect(url_for(".index"), 303)


def round_page(round_id: UUID, bad: DomainError | None = None, *, not_sure: bool = False) -> str:
    """The page of a round, with what was refused."""
    with store().reading() as session:
        held = load(session, Round, round_id)
        counts = {"invited": links.invited(session, held), "began": answering.began(session, held)}
        given: dict[str, Any] = {"held": held, "counts": counts, "contacts": contacts.count(session, held)}
        given |= {"outcomes": closing.outcomes(session, held), "may": policy.may_run(actor(), held)}
    given |= {"bad": bad, "not_sure": not_sure, "said": said(), "groups": service.GROUPS, "advised": links.ADVISED}
    given |= {"most": links.MOST_AT_ONCE, "seed": links.seed(), "months": retention.MONTHS, "pairs": _pairs()}
    return render_template("assessment/round.html", **given)


def _pairs() -> list[tuple[str, str]]:
    groups = service.GROUPS
    return [(one, other) for n, one in enumerate(groups) for other in groups[n + 1 :]]


def _about_page(held: Round | None, bad: DomainError | None = None) -> str:
    hosted = {where for where, _ in actor().roles if policy.may_host(actor(), where)}
    with store().reading() as session:
        places = accounts.organisations(session, hosted)
    given = {"held": held, "bad": bad, "places": places, "home": _home(), "typed": _typed(held, bad)}
    return render_template("assessment/about.html", **given)


def _home() -> UUID | None:
    """The organisation that the reader works in, where rounds may be made there; else the only one where they may."""
    hosted = sorted({where for where, _ in actor().roles if policy.may_host(actor(), where)})
    return actor().home if actor().home in hosted else hosted[0] if len(hosted) == 1 else None


def _typed(held: Round | None, bad: DomainError | None) -> dict[str, Any]:
    """What stands in the form: what was typed, what is kept, or what to begin from."""
    names = (*service.TEXTS, "until")
    if bad is not None:
        return {name: request.form.get(name, "") for name in names}
    if held is not None:
        return {name: getattr(held, name) or "" for name in names}
    return {
        "purpose": gettext(
            "To find out what the bodies concerned need to learn and to build, and in which order. Answers serve "
            "nothing else, and nobody is judged by them."
        ),
        "retention": gettext(
            "What you write is deleted 24 months after the round closes, with your number and your link. Contact "
            "details are deleted with the round. Levels without numbers stay, to compare with later rounds."
        ),
        "rights": gettext(
            "Answering is voluntary. You may change or delete your answers as long as the round is open. You may ask "
            "who holds what about you, and complain to the authority for data protection."
        ),
    }


def _choices_page(round_id: UUID, bad: DomainError | None = None) -> str:
    with store().reading() as session:
        held = load(session, Round, round_id)
    given: dict[str, Any] = {
        "held": held,
        "bad": bad,
        "chosen": service.choices(held),
        "indicators": instrument().indicators,
    }
    given |= {"may": held.draft and policy.may_run(actor(), held), "said": said(), "feasibility": FEASIBILITY}
    given |= {"targets": service.TARGETS, "weights": service.WEIGHTS, "dimensions": instrument().dimensions}
    return render_template("assessment/choices.html", **given)


def _clear_what_is_due() -> None:
    """No clock runs in this program: whoever opens the list has what is too old deleted first."""
    with store().reading() as session:
        late = retention.due(session, clock())
    if late:
        with store().writing() as session:
            retention.clear(session, rooms().settings.instance, clock())
