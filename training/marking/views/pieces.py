"""One piece, or one example, as a marker sees it: without a name, a time or a number of the attempt."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from training.errors import Conflict, DomainError, Refused
from training.labs.service import unmasking
from training.marking import policy
from training.marking import round_forms as forms
from training.marking.models.rounds import Example, Piece
from training.marking.service.rounds import desk, ending, examples, giving, listing
from training.marking.service.rounds.giving import Typed
from training.marking.views.blueprint import bp
from training.marking.views.regrade import me
from training.sentence import joined, phrase
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get("/marking/pieces/<uuid:piece_id>")
@guarded(policy.may_mark_piece)
def piece(piece_id: UUID) -> ResponseReturnValue:
    """A piece to be marked; the examples of its round come first."""
    with store().reading() as session:
        found = load(session, Piece, piece_id)
        example = None if found.round.closed_at else examples.following(session, found.round, actor().id)
    if example is not None:
        return redirect(url_for(".example", example_id=example.id), 303)
    return _piece(piece_id)


@bp.post("/marking/pieces/<uuid:piece_id>")
@guarded(policy.may_mark_piece)
def mark(piece_id: UUID) -> ResponseReturnValue:
    """Keep a mark, as a draft or finished."""
    finish = "draft" not in request.form
    typed = Typed({}, request.form.get("comment", ""))
    try:
        with store().writing() as session:
            found = desk.hold(session, load(session, Piece, piece_id))
            typed = forms.typed(request.form)
            lacking = giving.give(session, found, me(), typed, clock(), finish=finish)
            following = _after(session, found)
    except DomainError as bad:
        return _piece(piece_id, bad.message, STATUS[type(bad)], typed)
    if lacking:
        return _piece(piece_id, joined(lacking, phrase("What you typed is kept as a draft.")), 422)
    flash(gettext("The mark is given.") if finish else gettext("Kept as a draft. Nothing is given yet."), "ok")
    return redirect(following if finish else url_for(".piece", piece_id=piece_id), 303)


@bp.post("/marking/pieces/<uuid:piece_id>/settle")
@guarded(policy.may_mark_piece)
def settle(piece_id: UUID) -> ResponseReturnValue:
    """Take the other marker's level over, or leave the piece to a third."""
    try:
        with store().writing() as session:
            found = desk.hold(session, load(session, Piece, piece_id))
            if "third" in request.form:
                giving.leave_to_third(session, found, me(), clock())
            else:
                giving.take_over(session, found, me(), request.form.get("take", ""), clock())
    except (Conflict, Refused) as bad:
        return _piece(piece_id, bad.message, STATUS[type(bad)])
    return redirect(url_for(".piece", piece_id=piece_id, _anchor="compared"), 303)


@bp.post("/marking/pieces/<uuid:piece_id>/values")
@guarded(policy.may_mark_piece)
def values(piece_id: UUID) -> ResponseReturnValue:
    """The piece with the values of what is cited in it, which are masked otherwise. Whoever looks is recorded."""
    with store().writing() as session:
        found = load(session, Piece, piece_id)
        attempt, places = desk.cited_places(session, rooms().settings.instance, found, rooms().shown)
        unmasking.note(session, attempt, unmasking.rows_of(places), actor().id, clock())
    return _piece(piece_id, lifted=True)


@bp.get("/marking/examples/<uuid:example_id>")
@guarded(policy.may_mark_example)
def example(example_id: UUID) -> ResponseReturnValue:
    """An example to practise on."""
    return _example(example_id)


@bp.post("/marking/examples/<uuid:example_id>")
@guarded(policy.may_mark_example)
def mark_example(example_id: UUID) -> ResponseReturnValue:
    """Keep the levels that a marker gives an example, and show the agreed ones."""
    try:
        with store().writing() as session:
            found = desk.hold(session, load(session, Example, example_id))
            examples.give(session, found, me(), forms.levels(request.form), clock())
    except DomainError as bad:
        return _example(example_id, bad.message, STATUS[type(bad)])
    return redirect(url_for(".example", example_id=example_id), 303)


def _after(session: Session, found: Piece) -> str:
    """Where a marker goes after a mark: to the same piece where it is to be settled, else to the next one."""
    if desk.entry(found, actor().id).to_settle:
        return url_for(".piece", piece_id=found.id, _anchor="compared")
    entries = desk.entries(session, found.round, actor().id)
    following = desk.following(entries, found)
    if following is None:
        return url_for(".round", round_id=found.round_id)
    return url_for(".piece", piece_id=following.id)


def _piece(
    piece_id: UUID, problem: str = "", status: int = 200, typed: Typed | None = None, *, lifted: bool = False
) -> ResponseReturnValue:
    """The page of a piece. What was typed and could not be kept stands in the form again. `lifted` shows the masked
    values of what is cited, which the caller has logged.
    """
    with store().reading() as session:
        found = load(session, Piece, piece_id)
        entries = desk.entries(session, found.round, actor().id)
        here: dict[str, Any] = {"piece": found, "held": found.round, "entries": entries}
        here["work"] = desk.work(
            session, rooms().settings.instance, found, rooms().engine.result if lifted else rooms().shown
        )
        here["lifted"], here["masked"] = lifted, any(place.masked for place in here["work"].places)
        here["turn"] = listing.turn(session, found.round, actor().id, entries, found)
    entry = desk.entry(found, actor().id)
    mine = entry.mine
    here |= {"entry": entry, "others": desk.others(found, actor().id), "outcome": entry.outcome}
    here["typed"] = typed or (Typed(mine.levels, mine.comment) if mine else Typed({}))
    here["is_third"] = {one.marker_id for one in found.tasks if one.third}
    final = entry.outcome is not None and entry.outcome.final
    here["credit"] = ending.credit_of(found, entry.outcome) if entry.outcome and final else None
    return render_template("marking/mark.html", criteria=desk.criteria_of(found.round), problem=problem, **here), status


def _example(example_id: UUID, problem: str = "", status: int = 200) -> ResponseReturnValue:
    with store().reading() as session:
        found = load(session, Example, example_id)
        title = listing.title(session, rooms().settings.instance, found.round)
        entries = desk.entries(session, found.round, actor().id)
        turn = listing.turn(session, found.round, actor().id, entries)
    here = {"example": found, "held": found.round, "title": title, "turn": turn, "problem": problem}
    here |= {"mine": examples.mark_of(found, actor().id), "criteria": desk.criteria_of(found.round)}
    return render_template("marking/example.html", **here), status
