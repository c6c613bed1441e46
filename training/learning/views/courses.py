"""What is sent from the pages of a course: answers, read marks, a move to the current release. Each leads back."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from training.courses import views as courses
from training.errors import Conflict, Refused, TooMany
from training.learning import forms, policy, service
from training.learning.views.blueprint import bp
from training.web.errors import STATUS
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


@bp.post("/courses/<name>/<module>/quiz/<question>")
@guarded(policy.may_learn)
def answer(name: str, module: str, question: str) -> ResponseReturnValue:
    """Keep an answer and judge it; the page then shows what is said about it, or at once why it was not taken."""
    permit(None)
    try:
        _answer(name, module, question)
    except (Refused, Conflict, TooMany) as bad:
        return courses.page(name, module, forms.tried(request.form, question, bad.message)), STATUS[type(bad)]
    return redirect(url_for("courses.module", name=name, module=module, _anchor=question), 303)


def _answer(name: str, module: str, question: str) -> None:
    with store().writing() as session:
        place = service.place(session, rooms().settings.instance, actor(), name)
        asked = place.question(module, question)
        value, key = forms.answer(request.form, asked), forms.request_key(request.form)
        service.answer(session, actor(), place, asked, value, key, clock())


@bp.post("/courses/<name>/<module>/read")
@guarded(policy.may_learn)
def read(name: str, module: str) -> ResponseReturnValue:
    """Note that a module was read."""
    permit(None)
    with store().writing() as session:
        place = service.place(session, rooms().settings.instance, actor(), name)
        service.mark_read(session, actor(), place, place.module(module), clock())
    return redirect(url_for("courses.module", name=name, module=module, _anchor="read"), 303)


@bp.post("/courses/<name>/move")
@guarded(policy.may_learn)
def move(name: str) -> ResponseReturnValue:
    """Go on with the release that is offered now."""
    permit(None)
    with store().writing() as session:
        service.move(session, actor(), name, clock())
    return redirect(url_for("courses.course", name=name), 303)
