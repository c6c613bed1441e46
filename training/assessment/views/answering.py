"""Pages of respondents: no account, one link, page by page. All of it works with links and forms alone."""

from typing import Any
from uuid import UUID, uuid4

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from training.accounts.sign_in import limiter, per_address
from training.assessment import paper_forms as forms
from training.assessment import policy
from training.assessment.instrument import routing
from training.assessment.instrument.reader import instrument
from training.assessment.instrument.schema import Question, Questionnaire
from training.assessment.models import Respondent
from training.assessment.service import answering, contacts, links
from training.assessment.service.links import GONE, Entry
from training.assessment.views.blueprint import bp, said
from training.credentials.square import square
from training.errors import DomainError, NotThere, Refused
from training.sentence import phrase
from training.web.address import outside
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import rooms, store


def _guessed(answer: Response) -> bool:
    """Only wrong links count against an address: many people of one office may answer at once."""
    return answer.status_code == STATUS[NotThere]


def _right() -> bool:
    """A right link never waits: a room behind one address can't be shut out by one person who types wrong ones.

    Whoever guesses learns nothing by it: of 100 random bits none is found, at whatever speed.
    """
    with store().reading() as session:
        return links.leads(session, str((request.view_args or {}).get("token", "")))


limited = limiter.shared_limit(per_address, scope="assessment links", deduct_when=_guessed, exempt_when=_right)


@bp.get("/assessment/<token>")
@limited
@guarded(policy.holds_a_link)
def enter(token: str) -> ResponseReturnValue:
    """What the round is for, who answers for the data, how long it is kept; then where to begin or go on."""
    permit(None)
    return _front(token)


@bp.post("/assessment/<token>")
@limited
@guarded(policy.holds_a_link)
def begin(token: str) -> ResponseReturnValue:
    """Begin with a link that was handed out: it leads to a link of one's own."""
    permit(None)
    with store().writing() as session:
        mine = links.begin(session, links.find(session, token, lock=True), request.form.get("seed", ""))
    flash(gettext("This page is yours alone: nobody else has seen its address. Keep it, to leave and come back."), "ok")
    return redirect(url_for(".enter", token=links.spelled(mine)), 303)


@bp.get("/assessment/<token>/<int:number>")
@limited
@guarded(policy.holds_a_link)
def page(token: str, number: int) -> ResponseReturnValue:
    """A page of the questionnaire."""
    permit(None)
    with store().reading() as session:
        entry, respondent, paper = _open(session, token)
        kept = answering.kept(session, respondent)
    questions = _page_of(paper, kept, number)
    if not questions:
        return redirect(url_for(".enter", token=token), 303)
    return _page(entry, token, number, kept, questions)


@bp.post("/assessment/<token>/<int:number>")
@limited
@guarded(policy.holds_a_link)
def save(token: str, number: int) -> ResponseReturnValue:
    """Keep a page and go on; what is not taken comes back as it was typed, with everything that is wrong."""
    permit(None)
    with store().writing() as session:
        entry, respondent, paper = _open(session, token, lock=True)
        kept = answering.kept(session, respondent)
        questions = _page_of(paper, kept, number)
        values = forms.typed(questions, request.form)
        wrong = forms.mistakes(questions, values)
        if not wrong:
            answering.keep(session, entry.held, respondent, values)
    if wrong:
        return _page(entry, token, number, {**kept, **values}, questions, wrong), 422
    return redirect(_next(token, paper, {**kept, **values}, number), 303)


@bp.post("/assessment/<token>/contact")
@limited
@guarded(policy.holds_a_link)
def leave_contact(token: str) -> ResponseReturnValue:
    """Keep contact details, apart from answers."""
    permit(None)
    details = contacts.Details(request.form.get("name", ""), request.form.get("reach", ""))
    try:
        with store().writing() as session:
            entry, _, _ = _open(session, token, lock=True)
            if not entry.held.collecting:
                raise Refused(links.CLOSED)
            contacts.keep(session, entry.held, rooms().settings.instance, _ident(), details)
    except (DomainError, ValueError) as bad:
        if isinstance(bad, NotThere):
            raise
        return _front(token, bad.message if isinstance(bad, DomainError) else str(bad)), 422
    flash(gettext("Your contact details are kept apart from your answers. Nothing joins the two."), "ok")
    return redirect(url_for(".enter", token=token), 303)


@bp.post("/assessment/<token>/forget")
@limited
@guarded(policy.holds_a_link)
def forget(token: str) -> ResponseReturnValue:
    """Delete one's own answers."""
    permit(None)
    with store().writing() as session:
        entry, respondent, _ = _open(session, token, lock=True)
        answering.forget(session, entry.held, respondent)
    flash(gettext("Your answers are deleted. You can begin anew with the same link."), "ok")
    return redirect(url_for(".enter", token=token), 303)


def _ident() -> UUID:
    try:
        return UUID(request.form.get("contact", ""))
    except ValueError:
        raise Refused(phrase("This form has lost its key. Open the page again and fill it in once more.")) from None


def _open(session: Session, token: str, *, lock: bool = False) -> tuple[Entry, Respondent, Questionnaire]:
    """The respondent behind a link. Raises NotThere for no link, and for one that has no answers of its own."""
    entry = links.find(session, token, lock=lock)
    if entry.respondent is None:
        raise NotThere(GONE)
    return entry, entry.respondent, instrument().questionnaire(entry.group)


def _page_of(paper: Questionnaire, kept: routing.Kept, number: int) -> tuple[Question, ...]:
    """The questions that are shown on a page; none where there is no such page, or all of it is routed past."""
    if not 1 <= number <= len(paper.pages):
        raise NotThere(phrase("The questionnaire has no such page."))
    if number not in _numbers(paper, kept):
        return ()
    seen = {one.id: one for one in routing.visible(paper, kept)}
    return tuple(seen[ident] for ident in paper.pages[number - 1] if ident in seen)


def _numbers(paper: Questionnaire, kept: routing.Kept) -> list[int]:
    """Numbers of the pages that are shown; before the first answer, of the first one alone."""
    if not routing.begun(paper, kept):
        return [1]
    seen = {one.id for one in routing.visible(paper, kept)}
    return [n for n, page in enumerate(paper.pages, 1) if seen & set(page)]


def _next(token: str, paper: Questionnaire, kept: routing.Kept, number: int) -> str:
    later = [n for n in _numbers(paper, kept) if n > number]
    return url_for(".page", token=token, number=later[0]) if later else url_for(".enter", token=token, _anchor="done")


def _front(token: str, problem: str = "") -> str:
    with store().reading() as session:
        entry = links.find(session, token)
        kept = answering.kept(session, entry.respondent) if entry.respondent else {}
    paper = instrument().questionnaire(entry.group)
    numbers = _numbers(paper, kept)
    seen = [(n, _page_of(paper, kept, n)) for n in numbers]
    given: dict[str, Any] = {"entry": entry, "held": entry.held, "token": token, "pages": seen, "said": said()}
    open_pages = [n for n, page in seen if not any(one.id in kept for one in page)]
    given |= {"answered": set(numbers) - set(open_pages), "begun": routing.begun(paper, kept), "kept": kept}
    if entry.respondent:
        given["address"] = outside("assessment.enter", token=token)
        given["code"] = square(given["address"])
    given |= {"next": open_pages[0] if open_pages else 0, "seed": links.seed(), "contact": uuid4(), "problem": problem}
    return render_template("assessment/front.html", **given)


def _page(
    entry: Entry,
    token: str,
    number: int,
    kept: routing.Kept,
    questions: tuple[Question, ...],
    wrong: dict[str, str] | None = None,
) -> str:
    numbers = _numbers(instrument().questionnaire(entry.group), kept)
    place = {"at": numbers.index(number) + 1 if number in numbers else 1, "of": len(numbers)}
    before = [n for n in numbers if n < number]
    given = {"held": entry.held, "token": token, "number": number, "kept": kept, "questions": questions, "said": said()}
    given |= {"wrong": wrong or {}, "before": before[-1] if before else 0, "needs": forms.needs(), **place}
    given |= {"begun": len(numbers) > 1, "modules": instrument().modules, "indicator": instrument().indicator}
    return render_template("assessment/page.html", **given)
