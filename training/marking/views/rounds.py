"""Marking rounds: the list, opening one, one round with its examples and third markers, agreement, the end."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.errors import DomainError, Refused
from training.marking import policy
from training.marking import round_forms as forms
from training.marking.models.rounds import Piece, Round
from training.marking.service.rounds import desk, ending, examples, giving, listing, opening
from training.marking.service.rounds.opening import Waiting
from training.marking.service.rounds.outcome import State
from training.marking.views.blueprint import bp
from training.marking.views.regrade import me
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/marking/rounds", endpoint="rounds")
@guarded(policy.may_mark)
def listed_rounds() -> ResponseReturnValue:
    """Rounds that the reader owns or marks in, and questions whose findings wait for people."""
    permit(None)
    return _list()


@bp.post("/marking/rounds")
@guarded(policy.may_mark)
def open_round() -> ResponseReturnValue:
    """Open a round for a question."""
    permit(None)
    about = forms.about(request.form)
    permit(about.organisation)
    try:
        made = _opened(about)
    except DomainError as bad:
        return _list(bad, about)
    return redirect(url_for(".round", round_id=made), 303)


@bp.get("/marking/rounds/<uuid:round_id>", endpoint="round")
@guarded(policy.may_see_round)
def one_round(round_id: UUID) -> ResponseReturnValue:
    """A round: the reader's pieces, and for its owner what is missing."""
    return _round(round_id)


@bp.post("/marking/rounds/<uuid:round_id>/examples")
@guarded(policy.may_run_round)
def add_example(round_id: UUID) -> ResponseReturnValue:
    """Add an example with the mark that was agreed on."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            examples.add(session, held, forms.written(request.form), me(), clock())
    except DomainError as bad:
        return _round(round_id, bad)
    return redirect(url_for(".round", round_id=round_id, _anchor="examples"), 303)


@bp.post("/marking/rounds/<uuid:round_id>/third")
@guarded(policy.may_run_round)
def name_third(round_id: UUID) -> ResponseReturnValue:
    """Name the third marker of a piece."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            piece, person = forms.piece_and_marker(request.form)
            giving.assign_third(session, _of(session, held, piece), person, me(), clock())
    except DomainError as bad:
        return _round(round_id, bad)
    return redirect(url_for(".round", round_id=round_id, _anchor="missing"), 303)


@bp.post("/marking/rounds/<uuid:round_id>/hand-over")
@guarded(policy.may_run_round)
def hand_over(round_id: UUID) -> ResponseReturnValue:
    """Give the open pieces of one marker to another."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            giver, taker = forms.giver_and_taker(request.form)
            moved, left = giving.hand_over(session, held, giver, taker, me(), clock())
    except DomainError as bad:
        return _round(round_id, bad)
    flash(gettext("Pieces handed over: %(moved)s. Left, since they can't mark them: %(left)s.", moved=moved, left=left))
    return redirect(url_for(".round", round_id=round_id, _anchor="markers"), 303)


@bp.get("/marking/rounds/<uuid:round_id>/agreement")
@guarded(policy.may_see_round)
def agreement(round_id: UUID) -> ResponseReturnValue:
    """How far the markers agree, criterion by criterion."""
    with store().reading() as session:
        held = load(session, Round, round_id)
        title = listing.title(session, rooms().settings.instance, held)
        found, overview = ending.agreements(session, held), ending.overview(session, held)
    return render_template("marking/agreement.html", held=held, title=title, found=found, overview=overview)


@bp.post("/marking/rounds/<uuid:round_id>/release")
@guarded(policy.may_run_round)
def release_round(round_id: UUID) -> ResponseReturnValue:
    """Make the marks count, once."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            done = ending.release(session, held, rooms().settings.instance, me(), clock())
    except DomainError as bad:
        return _round(round_id, bad)
    words = ngettext(
        "%(num)s finding was judged by its mark.", "%(num)s findings were judged by their marks.", done.judged
    )
    flash(words, "ok")
    return redirect(url_for(".round", round_id=round_id), 303)


@bp.post("/marking/rounds/<uuid:round_id>/withdraw")
@guarded(policy.may_run_round)
def withdraw_round(round_id: UUID) -> ResponseReturnValue:
    """End a round without judging anything."""
    try:
        with store().writing() as session:
            ending.withdraw(session, load(session, Round, round_id, lock=True), me(), clock())
    except DomainError as bad:
        return _round(round_id, bad)
    return redirect(url_for(".round", round_id=round_id), 303)


@bp.post("/marking/rounds/<uuid:round_id>/owner")
@guarded(policy.may_see_round)
def take_charge(round_id: UUID) -> ResponseReturnValue:
    """Become the owner of a round whose owner can't act any more."""
    try:
        with store().writing() as session:
            ending.take_charge(session, load(session, Round, round_id, lock=True), me(), clock())
    except DomainError as bad:
        return _round(round_id, bad)
    return redirect(url_for(".round", round_id=round_id), 303)


def _list(bad: DomainError | None = None, about: opening.About | None = None) -> ResponseReturnValue:
    """The list, with the form for a question that was chosen; after a refusal with what was typed, whatever waits."""
    with store().reading() as session:
        instance = rooms().settings.instance
        lines, waiting = listing.listed(session, actor(), instance), opening.waiting(session, actor(), instance)
        chosen = _chosen(waiting) or (opening.described(session, instance, about) if about else None)
        people = opening.instructors(session, chosen.about.organisation) if chosen else []
    here = {"lines": lines, "waiting": waiting, "chosen": chosen, "people": people, "bad": bad}
    return render_template("marking/rounds.html", **here), STATUS[type(bad)] if bad else 200


def _chosen(waiting: list[Waiting]) -> Waiting | None:
    if "question" not in request.values:
        return None
    about = forms.about(request.values)
    return next((one for one in waiting if one.about == about), None)


def _opened(about: opening.About) -> UUID:
    """Open the round that the form describes; its id. Results are read before the writing begins."""
    instance = rooms().settings.instance
    with store().reading() as session:
        found = next((one for one in opening.waiting(session, actor(), instance) if one.about == about), None)
        by_rubric = found is not None and bool(found.question.rubric)
        given = {} if by_rubric else opening.supports(session, instance, about, rooms().engine.result)
    if found is None:
        raise Refused(phrase("No finding of this question waits for people, or a round for it is open already."))
    plan = forms.plan(request.form)
    with store().writing() as session:
        return opening.open_round(session, about, found.question, plan, given, actor(), clock()).id


def _of(session: Session, held: Round, piece_id: UUID) -> Piece:
    piece = session.get(Piece, piece_id)
    if piece is None or piece.round_id != held.id:
        raise Refused(phrase("This round has no such piece. Choose one from the list."), field="piece")
    return piece


def _round(round_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    """The page of a round, with what could not be done."""
    with store().reading() as session:
        held = load(session, Round, round_id)
        here: dict[str, Any] = {"held": held, "title": listing.title(session, rooms().settings.instance, held)}
        here["entries"] = desk.entries(session, held, actor().id)
        here["turn"] = listing.turn(session, held, actor().id, here["entries"])
        here["examples"] = [(one, examples.mark_of(one, actor().id)) for one in examples.listed(session, held)]
        here["ownerless"] = ending.ownerless(session, held)
        if policy.may_run_round(actor(), held):
            here |= _for_owner(session, held)
    criteria = desk.criteria_of(held)
    return render_template("marking/round.html", **here, criteria=criteria, bad=bad), STATUS[type(bad)] if bad else 200


def _for_owner(session: Session, held: Round) -> dict[str, Any]:
    overview = ending.overview(session, held)
    people = opening.instructors(session, held.organisation_id)
    names = accounts.names(session, {*overview.given, *(one.person_id for one in held.markers)})
    thirds = [one.piece for one in overview.missing if one.outcome.state is State.THIRD]
    able = {piece.id: giving.choices(session, piece, people) for piece in thirds}
    here = {"overview": overview, "people": people, "able": able, "names": names}
    return here | {"agreed": ending.agreements(session, held)}
