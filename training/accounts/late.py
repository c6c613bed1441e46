"""Pages for a form that came after its sign-in had ended, and the way of what was typed through the door."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from training.accounts import forms, kept, service
from training.accounts import sign_in as door
from training.accounts.kept import Kept
from training.web import errors
from training.web.rooms import actor, clock, store

Page = tuple[str, int]


def init(bp: Blueprint) -> None:
    """Answer whoever needs a sign-in, and forms whose token is not that of the sign-in."""
    bp.record(lambda state: state.app.login_manager.unauthorized_handler(_turned_away))  # type: ignore[attr-defined]
    bp.app_errorhandler(CSRFError)(_stale)


def onwards(token: str, form: forms.Form) -> ResponseReturnValue:
    """Into the site by a new sign-in: on to the page that was asked for, or to what was typed before."""
    answer = door.enter(token, form.text("next"))
    if kept.opened(form.text(kept.FIELD)) is None:
        return answer
    door.recognise()
    return _next_page(form.text(kept.FIELD))


def door_page(form: forms.Form) -> Page:
    """The first step."""
    typed = kept.opened(form.text(kept.FIELD))
    return render_template("accounts/sign-in.html", form=form, typed=typed), form.status


def code_page(here: service.Known, form: forms.Form) -> Page:
    """The second step, or setting it up."""
    given: dict[str, Any] = {"form": form, "typed": kept.opened(form.text(kept.FIELD)), "now": clock()}
    if here.person.totp_secret:
        return render_template("accounts/second-factor.html", **given), form.status
    with store().writing() as unit:
        code = service.code_for(service.offer(unit, here.token_hash, door.key()), here.person.login)
    return render_template("accounts/enrol.html", code=code, **given), form.status


def _next_page(sealed: str) -> Page:
    """What comes next for whoever sends this request: the first step, the second, or what was typed."""
    here, typed = door.here(), kept.opened(sealed)
    if here is None:
        return door_page(forms.SignInForm(formdata=None, kept=sealed))
    if g.step or typed is None:
        return code_page(here, forms.CodeForm(formdata=None, kept=sealed))
    return _typed_page(typed)


def _typed_page(typed: Kept) -> Page:
    """What was typed, with the button that sends it again; somebody else learns only that there is something."""
    mine = typed.of(actor().id)
    fields = [(name, errors.label(name), value, errors.by_hand(name)) for name, value in typed.fields]
    target = door.local(typed.address)
    given = {"typed": typed, "mine": mine, "fields": fields if mine else [], "target": target}
    return render_template("accounts/kept.html", **given), 200 if mine else 403


def _turned_away() -> ResponseReturnValue:
    if typed := kept.taken():
        return _carried(typed)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    if g.get("step"):
        return redirect(url_for("accounts.second_factor", next=back), 303)
    return redirect(url_for("accounts.sign_in", next=back))


def _carried(typed: Kept) -> Page:
    if sealed := kept.seal(typed):
        return _next_page(sealed)[0], 401
    return errors.page(
        401,
        _(
            "The sign-in has ended. What you typed is too long to be carried through a new one: copy it from below, "
            "sign in and paste it again."
        ),
    )


def _stale(_error: Exception) -> ResponseReturnValue:
    """A form with another token than that of this sign-in: an old page, or another site."""
    carried = request.form.get(kept.FIELD, "")
    if request.endpoint in kept.AT_THE_DOOR and kept.opened(carried):  # two windows at the door, or a page loaded again
        return _next_page(carried)[0], 400
    typed = kept.taken()
    if typed and not actor().signed_in:
        return _carried(typed)
    if typed and typed.of(actor().id):
        return _typed_page(typed)[0], 400
    if typed:
        said = _("This form belongs to the sign-in of somebody else, so that it was not accepted. Open the page again.")
        return errors.page(400, said, show=False)
    return errors.page(
        400,
        _(
            "This form was not sent from this site, or the sign-in that it belongs to has ended. Open the "
            "page again and send the form once more; what you typed is below."
        ),
    )
