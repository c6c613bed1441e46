"""The rules of a session: everybody in it reads them; its staff changes them, with a reason that everybody reads."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from training.accounts import service as accounts
from training.credentials import service as credentials
from training.errors import Conflict, DomainError, Refused
from training.hosting import forms, policy, rule_forms, ruling
from training.hosting.models import TeachingSession
from training.hosting.service import rules
from training.hosting.views.blueprint import PLACE, bp, faults, status
from training.web.guard import guarded, load
from training.web.language import spoken
from training.web.rooms import actor, clock, store


@bp.get(f"{PLACE}/rules", endpoint="rules")
@guarded(policy.may_see)
def shown(session_id: UUID) -> ResponseReturnValue:
    """Every rule, what the plan said, and what was changed when and why; for the staff with the form."""
    return _page(session_id)


@bp.post(f"{PLACE}/rules")
@guarded(policy.may_run)
def change_rules(session_id: UUID) -> ResponseReturnValue:
    """Set other rules."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            wish = rule_forms.setting(request.form, ruling.of(teaching))
            settled = credentials.settled(session, teaching.id)
            reason, seen = request.form.get("reason", "")[: forms.LONGEST], rule_forms.seen(request.form)
            made = rules.change(session, actor(), teaching, wish, reason, seen=seen, settled=settled, now=clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, request.form, bad)
    flash(_("The rules are changed.") if made else _("These are the rules already. Nothing was changed."), "ok")
    return redirect(url_for(".rules", session_id=session_id), 303)


def _page(session_id: UUID, given: forms.Fields | None = None, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        made = rules.changes(session, teaching)
        settled = credentials.settled(session, teaching.id)
        halves = rules.halves(session, teaching)
        runs = policy.may_run(actor(), teaching)
        names = accounts.names(session, {one.by for one in made if one.by}) if runs else {}
    now = ruling.of(teaching)
    here = {"teaching": teaching, "runs": runs, "names": names, "halves": halves, "setting": now}
    here |= {"rows": ruling.beside(rules.planned(teaching, made), now), "needed": ruling.needed(now, halves)}
    here |= {"made": [(one, rules.what(one, now.rules.texts)) for one in made], "told": ruling.told}
    here |= {"stands": rules.stands(teaching, settled=settled)}
    here |= {"given": given if given is not None else rule_forms.fields_of(now, spoken), "faults": faults(bad)}
    return render_template("hosting/rules.html", **here), status(bad)
