"""The trainee's page: say that one is here, or that one leaves, and see one's own half-days."""

from typing import Any
from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts.service import backoff
from training.accounts.sign_in import address
from training.errors import Conflict, DomainError, Refused, TooMany
from training.hosting.attendance import codes, forms, policy
from training.hosting.attendance.service import check_in, records
from training.hosting.attendance.service.standing import ledger
from training.hosting.attendance.views.blueprint import HERE, STATES, bp, faults, key_of, local, status
from training.hosting.attendance.views.device import device, notice, origin, ticket
from training.hosting.models import TeachingSession
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.get(HERE)
@guarded(policy.may_check_in)
def here(session_id: UUID) -> ResponseReturnValue:
    """Check in; the address of the square code leads here, before or after sign-in."""
    notice(session_id)
    return _page(session_id)


@bp.post(HERE)
@guarded(policy.may_check_in)
def arrive(session_id: UUID) -> ResponseReturnValue:
    """Say that one is here."""
    try:
        _arrive(session_id)
    except (Refused, Conflict, TooMany) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".here", session_id=session_id), 303)


@bp.post(f"{HERE}/leave")
@guarded(policy.may_check_in)
def leave(session_id: UUID) -> ResponseReturnValue:
    """Say that one leaves."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            check_in.leave(session, actor(), teaching, origin(forms.request_key(request.form)), clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".here", session_id=session_id), 303)


def _arrive(session_id: UUID) -> None:
    """A typed code is counted as a guess first, and taken back when it was right or wasn't needed."""
    with store().reading() as session:
        load(session, TeachingSession, session_id)
    typed = request.form.get("code", "")[: codes.LONG * 2]
    tried = check_in.guess(store(), actor(), session_id, address(), clock()) if typed.strip() else None
    with store().writing() as session:
        teaching = load(session, TeachingSession, session_id, lock=True)
        given = origin(forms.request_key(request.form))
        press = check_in.Press(key_of(session_id), typed, ticket(), request.form.get("seat", "")[:40], given)
        check_in.arrive(session, actor(), teaching, press, clock())
        if tried is not None:
            backoff.withdraw(session, tried)


def _page(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        shown = _shown(session, teaching)
    return render_template("hosting_attendance/here.html", bad=bad, faults=faults(bad), **shown), status(bad)


def _shown(session: Session, teaching: TeachingSession) -> dict[str, Any]:
    who, moment = actor().id, clock()
    found = ledger(session, teaching, who)
    chosen, times = records.chosen(session, teaching), found.now(moment)
    mine = [found.of(who, one) for one in found.times] if who else []
    state = found.of(who, times) if times and who else None
    row = found.check_ins.get((times.half.day, times.half.half)) if times else None
    place = codes.Place(key_of(teaching.id), times.half.day, times.half.half) if times else None
    scanned = place is not None and codes.redeemed(place, ticket(), device(), moment) is not None
    return {
        "teaching": teaching,
        "chosen": chosen,
        "times": times,
        "mine": mine,
        "state": state,
        "shut": row is not None and row.closed_at is not None,
        "scanned": scanned,
        "late_code": "k" in request.args and not scanned,
        "asks_seat": bool(chosen.ask_seat and place and who and codes.asked_for_seat(place, who)),
        "coming": next((one for one in found.times if one.begins > moment), None),
        "states": STATES,
        "request_key": str(uuid4()),
        "local": lambda at: local(teaching, at),
        "given": request.form,
    }
