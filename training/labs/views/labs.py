"""The labs that are offered, and one lab before it is begun."""

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.content import ownership
from training.content import service as content
from training.content.policy import may_read_keys
from training.evidence import service as evidence
from training.labs import policy
from training.labs.service import assignments, attempts, circles, news, results, rules, variants
from training.labs.service.news import Due
from training.labs.service.results import Card
from training.labs.views.blueprint import bp
from training.learning.competence.table import trained_by
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/labs")
@guarded(policy.may_list)
def index() -> ResponseReturnValue:
    """The labs that are offered, and where the reader stands in each."""
    permit(None)
    with store().reading() as session:
        cards = results.cards(session, actor(), rooms().settings.instance, clock())
        standing = assignments.standing_in(session, actor().home, actor().id)
        due = {one.assignment.lab: one for one in news.due(session, actor(), clock())}
        damages = results.damages(session, actor(), rooms().settings.instance)
        faults = evidence.faults(session) if policy.may_see_results(actor(), None) else {}
    may = {
        "compares": policy.may_compare(actor(), None),
        "sets": policy.may_set(actor(), None),
        "sees_why": policy.may_see_results(actor(), None),
    }
    shown = {"cards": cards, "following": _leading(cards, due), "trains": trained_by, "damages": damages}
    return render_template("labs/index.html", standing=standing, due=due, faults=faults, now=clock(), **shown, **may)


def _leading(cards: Sequence[Card], due: Mapping[str, Due]) -> Card | None:
    """The lab that a session of the reader sets and has open, or else the one to go on with."""
    by_name = {one.lab.id: one for one in cards}
    for name, one in due.items():
        card = by_name.get(name)
        if card and one.assignment.circle and not one.stopped and (one.attempt or not card.closed):
            return card
    return results.following(cards)


@bp.get("/labs/<name>")
@guarded(policy.may_list)
def open_lab(name: str) -> ResponseReturnValue:
    """One lab before it is begun: the case, what is needed, the attempts so far."""
    permit(None)
    with store().reading() as session:
        owned = ownership.of(session, "lab", name)
        release = content.release_for(session, "lab", name, actor().id)
        card = results.card(session, actor(), rooms().settings.instance, release, clock())
        offer = results.offer(session, actor(), card, clock())
        past = results.taken(session, rooms().settings.instance, card.past, clock())
        exhibit = None
        if card.current:
            exhibit = evidence.get(session, card.current.exhibit)
        elif card.lab.file.live is None:
            given = circles.exhibit_of(session, offer.takes, actor().id)
            exhibit = variants.of(session, card.lab, actor(), clock(), given)
        total = card.lab.total
        if exhibit:
            total = rules.offered(session, rooms().settings.instance, release, exhibit, actor().home).total
    shown = card.terms if card.current else offer.terms
    here = {"card": card, "lab": card.lab, "offer": offer, "shown": shown, "share": shown.share(clock())}
    here |= {"past": past, "total": total, "minutes": None if card.current else shown.minutes(clock())}
    here |= {"sees_keys": may_read_keys(actor(), owned), "trains": trained_by}
    return render_template("labs/lab.html", exhibit=exhibit, **here)


@bp.post("/labs/<name>")
@guarded(policy.may_list)
def begin(name: str) -> ResponseReturnValue:
    """Begin the lab, or go on with the attempt that is open; with `set`, what a session sets in the place of it."""
    permit(None)
    how = attempts.begin_set if request.form.get("set") else attempts.begin
    with store().writing() as session:
        attempt = how(session, rooms().settings.instance, actor(), name, clock())
    return redirect(url_for(".workbench", attempt_id=attempt.id), 303)
