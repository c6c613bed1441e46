"""What waits in an organisation, its rules of retention, and what they found."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from training.accounts.models import Organisation
from training.errors import DomainError, NotThere
from training.personal import forms, policy
from training.personal.models import RetentionDue
from training.personal.registry import BY_NAME, Term
from training.personal.service import asking, retention, rules
from training.personal.views.blueprint import bp, status
from training.sentence import phrase
from training.store import locked
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

PLACE = "/organisations/<uuid:organisation_id>/data"


@bp.get(PLACE)
@guarded(policy.may_look)
def organisation(organisation_id: UUID) -> ResponseReturnValue:
    """Erasures that wait, rules, and what the rules found."""
    with store().reading() as session:
        place = load(session, Organisation, organisation_id)
    return _page(place)


@bp.post(f"{PLACE}/rules")
@guarded(policy.may_rule)
def keep_rules(organisation_id: UUID) -> ResponseReturnValue:
    """Set the rules."""
    with store().reading() as session:
        place = load(session, Organisation, organisation_id)
    try:
        wanted = forms.rules(request.form)
        with store().writing() as session:
            rules.keep(session, actor(), place, wanted, clock())
            retention.find(session, rooms().settings.erasure_days, clock())
    except DomainError as bad:
        return _page(place, bad)
    flash(_("The rules are kept. What they find waits before it is removed."), "ok")
    return redirect(url_for(".organisation", organisation_id=organisation_id), 303)


@bp.post(f"{PLACE}/due/<uuid:due_id>")
@guarded(policy.may_look)
def decide_due(organisation_id: UUID, due_id: UUID) -> ResponseReturnValue:
    """Postpone what a rule found, hold it, or let it go on."""
    with store().reading() as session:
        place = load(session, Organisation, organisation_id)
    try:
        with store().writing() as session:
            due = session.scalars(locked(_found(organisation_id, due_id))).one_or_none()
            if due is None:
                raise NotThere(phrase("There is no such entry, any more."))
            act, given = forms.decision(request.form, rooms().settings.erasure_days)
            retention.decide(session, actor(), due, act, given, clock())
    except DomainError as bad:
        return _page(place, bad, due_id)
    return redirect(url_for(".organisation", organisation_id=organisation_id, _anchor="due"), 303)


def _found(organisation_id: UUID, due_id: UUID) -> Select[RetentionDue]:
    return select(RetentionDue).filter_by(id=due_id, organisation_id=organisation_id)


def _page(place: Organisation, bad: DomainError | None = None, about: UUID | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        waiting = asking.all_waiting(session, place.id)
        standing, found = rules.standing(session, place.id), retention.listed(session, place.id)
    given = {
        "place": place,
        "waiting": [(one, who, policy.may_answer_for(actor(), who)) for one, who in waiting],
        "standing": standing,
        "found": [(one, title, Term(one.term)) for one, title in found],
        "kinds": rules.KINDS,
        "tables": BY_NAME,
        "may_rule": policy.may_rule(actor(), place),
        "bad": bad,
        "about": about,
        "typed": request.form,
        "days": rooms().settings.erasure_days,
        "postponed": retention.POSTPONED,
        "most": rules.MOST,
    }
    return render_template("personal/organisation.html", **given), status(bad)
