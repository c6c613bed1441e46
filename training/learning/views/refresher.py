"""Pages of what returns: missed questions on their day, and ten questions for a competency that fades."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from training.errors import Conflict, NotThere, Refused, TooMany
from training.learning import forms, policy, service
from training.learning.forms import Tried
from training.learning.models import Refresher
from training.learning.service import refreshing
from training.learning.views.blueprint import bp
from training.learning.views.competencies import me, profile_of, titles, words
from training.sentence import phrase
from training.store import new_id
from training.web.errors import STATUS
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/refresher")
@guarded(policy.may_learn)
def refresher() -> ResponseReturnValue:
    """What returns today, and the competencies that fade."""
    permit(None)
    return _page(answered=request.args.get("answered", ""))


@bp.post("/refresher/returning/<name>/<question>")
@guarded(policy.may_learn)
def answer_returning(name: str, question: str) -> ResponseReturnValue:
    """Answer a question that returned; the page then says what is to be said of it."""
    permit(None)
    try:
        with store().writing() as session:
            place = service.place(session, rooms().settings.instance, actor(), name)
            asked = place.question(question.rpartition("-q")[0], question)
            value, key = forms.answer(request.form, asked), forms.request_key(request.form)
            service.answer(session, actor(), place, asked, value, key, clock())
    except (Refused, Conflict, TooMany) as bad:
        return _page(forms.tried(request.form, question, bad.message)), STATUS[type(bad)]
    return redirect(url_for(".refresher", answered=f"{name}/{question}", _anchor="said"), 303)


@bp.post("/refresher/competency/<competency>")
@guarded(policy.may_learn)
def begin_refresher(competency: str) -> ResponseReturnValue:
    """Draw ten questions for a competency, or go on with those that were drawn."""
    permit(None)
    with store().writing() as session:
        profile = profile_of(session, me())
        found = refreshing.begin(session, rooms().settings.instance, actor(), profile, competency, clock())
    return redirect(url_for(".ten_questions", refresher_id=found.id), 303)


@bp.get("/refresher/<uuid:refresher_id>")
@guarded(policy.may_refresh)
def ten_questions(refresher_id: UUID) -> ResponseReturnValue:
    """The next question of a refresher, or what it came to."""
    return _questions(refresher_id)


@bp.post("/refresher/<uuid:refresher_id>/<int:number>")
@guarded(policy.may_refresh)
def answer_refresher(refresher_id: UUID, number: int) -> ResponseReturnValue:
    """Answer a question of a refresher, once."""
    try:
        with store().writing() as session:
            begun = _begun(session, load(session, Refresher, refresher_id))
            step = next((one for one in begun.steps if one.number == number and one.question), None)
            if step is None or step.question is None:
                raise NotThere(phrase("This refresher has no question %(n)s.", n=str(number)))
            value = forms.answer(request.form, step.question)
            refreshing.answer(session, actor(), begun, number, value, clock())
    except (Refused, Conflict, TooMany) as bad:
        return _questions(refresher_id, bad.message), STATUS[type(bad)]
    return redirect(url_for(".ten_questions", refresher_id=refresher_id, answered=number, _anchor="said"), 303)


def _begun(session: Session, refresher: Refresher) -> refreshing.Begun:
    return refreshing.opened(session, rooms().settings.instance, actor(), refresher, _language())


def _questions(refresher_id: UUID, refused: str = "") -> str:
    with store().reading() as session:
        begun = _begun(session, load(session, Refresher, refresher_id))
        here = titles(session) if begun.next is None else {}
    asked = begun.next.question if begun.next else None
    tried = forms.tried(request.form, asked.id, refused) if refused and asked else None
    last = next((one for one in begun.steps if str(one.number) == request.args.get("answered")), None)
    return render_template("learning/ten.html", begun=begun, last=last, tried=tried, labs=here, **words())


def _page(tried: Tried | None = None, answered: str = "") -> str:
    settings = rooms().settings
    with store().reading() as session:
        found = refreshing.returning(session, settings.instance, actor(), clock(), settings.zone, _language())
        profile, here = profile_of(session, me()), titles(session)
        said = refreshing.said_of(session, settings.instance, actor(), answered, _language())
    return render_template(
        "learning/refresher.html",
        returning=found[: refreshing.MOST_DUE],
        waiting=len(found),
        profile=profile,
        labs=here,
        said=said,
        tried=tried,
        new_key=new_id,
        **words(),
    )


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"
