"""One command on two exhibits: for those who teach or host on any two, for a trainee with the baseline of the lab."""

from collections.abc import Callable
from uuid import UUID

from flask import Request, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import DomainError, NotThere
from training.evidence import service as evidence
from training.labs import policy
from training.labs.models import Attempt
from training.labs.service import attempts
from training.labs.service import difference as differences
from training.labs.service.attempts import Case
from training.labs.service.difference import Pair
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of
from training.sentence import phrase
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/exhibits/compare")
@guarded(policy.may_compare)
def exhibits() -> ResponseReturnValue:
    """Two exhibits side by side, by one command."""
    permit(None)
    with store().reading() as session:
        known = evidence.every(session)
        pair, fault = _tried(lambda: _pair(session, request))
    return _page(pair, fault, known=known)


@bp.post("/exhibits/compare")
@guarded(policy.may_compare)
def exhibits_missing() -> ResponseReturnValue:
    """Run what is missing for the comparison."""
    permit(None)
    with store().writing() as session:
        if pair := _pair(session, request):
            differences.ask(session, pair, _who(), clock())
    rooms().engine.wake()
    return redirect(_again(url_for(".exhibits")), 303)


@bp.get("/attempts/<uuid:attempt_id>/baseline")
@guarded(policy.may_work)
def baseline(attempt_id: UUID) -> ResponseReturnValue:
    """The exhibit of an attempt beside the baseline that its lab names, by one command."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        pair, fault = _tried(lambda: _baseline(session, case))
    return _page(pair, fault, case=case)


@bp.post("/attempts/<uuid:attempt_id>/baseline")
@guarded(policy.may_work)
def baseline_missing(attempt_id: UUID) -> ResponseReturnValue:
    """Run what is missing for it."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        attempts.still_open(case, clock())
        if pair := _baseline(session, case):
            differences.ask(session, pair, _who(), clock())
    rooms().engine.wake()
    return redirect(_again(url_for(".baseline", attempt_id=attempt_id)), 303)


def _again(path: str) -> str:
    """The same comparison, as a page."""
    return f"{path}?{request.query_string.decode()}"


def _pair(session: Session, asked: Request) -> Pair | None:
    left, right = asked.args.get("left", ""), asked.args.get("right", "")
    if not (left and right and asked.args.get("command", "").strip()):
        return None
    return differences.pair(session, asked.args["command"], evidence.get(session, left), evidence.get(session, right))


def _baseline(session: Session, case: Case) -> Pair | None:
    name, command = case.lab.file.baseline, request.args.get("command", "")
    if name is None:
        raise NotThere(phrase("This lab names no exhibit to compare with."))
    other = evidence.by_name(session, name)
    return differences.pair(session, command, other, case.exhibit) if command.strip() else None


def _tried(make: Callable[[], Pair | None]) -> tuple[Pair | None, str]:
    """The pair, or what is wrong with what was asked."""
    try:
        return make(), ""
    except NotThere:
        raise
    except DomainError as bad:
        return None, bad.message


def _page(pair: Pair | None, fault: str, **here: object) -> ResponseReturnValue:
    addresses, found = bool(request.args.get("addresses")), None
    try:
        if pair:
            found = differences.compared(pair, rooms().shown_like(pair.left.exhibit.sha256), addresses=addresses)
    except DomainError as bad:
        fault = bad.message
    page = {"pair": pair, "fault": fault, "found": found, "addresses": addresses, "most": differences.MOST_SHOWN}
    return render_template("labs/difference.html", args=request.args, **page, **here), 422 if fault else 200


def _who() -> UUID:
    who = actor().id
    if who is None:
        raise NotThere(phrase("Nobody is signed in."))
    return who
