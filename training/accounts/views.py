"""Pages of accounts: the door, the second step, one's own account, invitations, the people of an organisation."""

from typing import cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from training.accounts import forms, late, policy, service
from training.accounts import sign_in as door
from training.accounts.actor import Role
from training.accounts.models import Organisation, Person
from training.accounts.organisations import service as organisations
from training.accounts.sign_in import address
from training.errors import Conflict
from training.labs.service import sitting
from training.learning import policy as learning
from training.sentence import phrase
from training.web.address import outside
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("accounts", __name__, template_folder="templates")

late.init(bp)
NOWHERE = UUID(int=0)  # no row has it


@bp.route("/sign-in", methods=["GET", "POST"])
@guarded(policy.anyone)
def sign_in() -> ResponseReturnValue:
    """The door: name and password."""
    permit(None)
    form = forms.SignInForm(next=request.args.get("next"))
    if form.validate_on_submit():
        with form.told():
            typed = form.text("login"), form.text("password")
            token = service.sign_in(store(), *typed, caller=door.caller(), now=clock())
            return late.onwards(token, form)
    return late.door_page(form)


@bp.post("/sign-out")
@guarded(policy.anyone)
def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    permit(None)
    return door.leave()


@bp.route("/second-factor", methods=["GET", "POST"])
@guarded(policy.has_begun)
def second_factor() -> ResponseReturnValue:
    """The second step of a sign-in, or setting up a second factor."""
    here = permit(_here())
    form = forms.CodeForm(next=request.args.get("next"))
    if here.second_factor_done and here.person.totp_secret:
        return redirect(url_for(".account"), 303)
    return _step(here, form) if here.person.totp_secret else _enrolment(here, form)


def _step(here: service.Known, form: forms.CodeForm) -> ResponseReturnValue:
    if form.validate_on_submit():
        with form.told():
            token = service.second_step(
                store(), here, form.text("code"), key=door.key(), address=address(), now=clock()
            )
            return late.onwards(token, form)
    return late.code_page(here, form)


def _enrolment(here: service.Known, form: forms.CodeForm) -> ResponseReturnValue:
    if form.validate_on_submit():
        with form.told():
            token = service.confirm(store(), here, form.text("code"), key=door.key(), now=clock())
            flash(_("The second factor is set up. From now on a code is asked for at each sign-in."), "ok")
            return late.onwards(token, form)
    return late.code_page(here, form)


@bp.route("/account", methods=["GET", "POST"])
@guarded(policy.signed_in)
def account() -> ResponseReturnValue:
    """One's own account; posting keeps name, language and appearance."""
    person = permit(_here()).person
    form = forms.ProfileForm(obj=person)
    if form.validate_on_submit():
        with form.told(), store().writing() as unit:
            service.rename(unit, person.id, form.text("name"), now=clock())
            service.prefer(unit, person.id, language=form.text("language"), theme=form.text("theme"))
        if form.refusal is None:
            flash(_("Your account was changed."), "ok")
            return redirect(url_for(".account"), 303)
    return _account(profile=form)


@bp.post("/account/password")
@guarded(policy.signed_in)
def change_password() -> ResponseReturnValue:
    """A new password for oneself; ends all other sign-ins."""
    here, form = permit(_here()), forms.PasswordForm()
    if form.validate():
        with form.told():
            old, new = form.text("old_password"), form.text("password")
            token = service.change_password(store(), here, old, new, address=address(), now=clock())
            flash(_("The password was changed. All other sign-ins of yours have ended."), "ok")
            return door.enter(token, url_for(".account"))
    return _account(password=form)


@bp.post("/account/second-factor/remove")
@guarded(policy.signed_in)
def drop_factor() -> ResponseReturnValue:
    """Remove one's own second factor."""
    here, form, required = permit(_here()), forms.RemovalForm(), rooms().settings.second_factor
    if form.validate():
        with form.told():
            proof = {"key": door.key(), "address": address()}
            token = service.take_off(store(), here, form.text("code"), required=required, **proof, now=clock())
            flash(_("The second factor was removed."), "ok")
            return door.enter(token, url_for(".account"))
    return _account(removal=form)


@bp.post("/account/sign-ins/end")
@guarded(policy.signed_in)
def end_sign_ins() -> ResponseReturnValue:
    """End one of one's own sign-ins, or all but this one."""
    here, which = permit(_here()), request.form.get("which", "")
    with store().writing() as unit:
        if which == "others":
            service.end_all(unit, here.person_id, actor=here.person_id, now=clock(), but=here.token_hash)
        else:
            service.end(unit, _digest(which), person_id=here.person_id, now=clock())
    return redirect(url_for(".account", _anchor="sign-ins"), 303)


def _account(
    profile: forms.ProfileForm | None = None,
    password: forms.PasswordForm | None = None,
    removal: forms.RemovalForm | None = None,
) -> ResponseReturnValue:
    here, given = _here(), profile or password or removal
    with store().reading() as unit:
        running = service.running(unit, here.person_id, clock(), **door.lifetime())
        places = service.organisations(unit, [held.organisation_id for held in here.person.memberships])
    page = render_template(
        "accounts/account.html",
        here=here,
        running=running,
        places={place.id: place.name for place in places},
        roles=forms.ROLES,
        profile=profile or forms.ProfileForm(formdata=None, obj=here.person),
        password=password or forms.PasswordForm(formdata=None),
        removal=removal or forms.RemovalForm(formdata=None),
    )
    return page, given.status if given else 200


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@guarded(policy.anyone)
def invitation(token: str) -> ResponseReturnValue:
    """Accept an invitation by making an account."""
    permit(None)
    with store().reading() as unit:
        offer = service.look_up(unit, token, clock())
    form = forms.InvitationForm(name=offer.name, login=offer.login)
    if form.validate_on_submit():
        with form.told():
            typed = {name: form.text(name) for name in ("login", "name", "password")}
            return door.enter(service.accept(store(), token, **typed, now=clock()))
    return render_template("accounts/invitation.html", form=form, offer=offer, roles=forms.ROLES), form.status


@bp.post("/invitation/<token>/join")
@guarded(policy.signed_in)
def join(token: str) -> ResponseReturnValue:
    """Accept an invitation with the account that is signed in."""
    here = permit(_here())
    return door.enter(service.join(store(), token, here, now=clock()), url_for(".account"))


@bp.get("/people")
@guarded(policy.may_see_people)
def people() -> ResponseReturnValue:
    """The people of an organisation."""
    with store().reading() as unit:
        return _people(load(unit, Organisation, _chosen()))


@bp.post("/organisations/<uuid:organisation_id>/invitations")
@guarded(policy.may_see_people)
def invite(organisation_id: UUID) -> ResponseReturnValue:
    """Make an invitation and show its link, once."""
    with store().reading() as unit:
        organisation = load(unit, Organisation, organisation_id)
    form, link = forms.InviteForm(policy.rank(actor(), organisation_id)), None
    if form.validate():
        with form.told(), store().writing() as unit:
            role, filled, token = Role(form.text("role")), form.suggested, form.text("token")
            service.invite(unit, organisation, role, actor=actor(), now=clock(), suggested=filled, token=token)
            link = outside("accounts.invitation", token=token)
    return _people(organisation, form=None if link else form, link=link)


@bp.post("/people/<uuid:person_id>/password")
@guarded(policy.may_manage)
def reset_password(person_id: UUID) -> ResponseReturnValue:
    """Ask whether a person shall get a new random password; once that is confirmed, set it and show it, once.

    The confirming form names the password that it replaces, so that a reload of the answer sets no other one.
    """
    with store().reading() as unit:
        person = _managed(unit, person_id)
        home = unit.get_one(Organisation, person.home_id)
    before, password = request.form.get("before"), service.random_password()
    try:
        _not_sitting(person)
        if before is None:
            return _people(home, asked=person)
        _replace(person_id, service.seal(password), before)
    except Conflict as clash:
        return _people(home, clash=clash.message)
    return _people(home, fresh=(person.login, password))


def _not_sitting(person: Person) -> None:
    """Raise Conflict while the person sits an examination: whoever sets a password could work on in it."""
    if policy.rank(actor(), person.home_id) == policy.RANK[Role.ADMINISTRATOR]:
        return
    with store().reading() as unit:
        if sitting.sits(unit, person.id, clock()):
            raise Conflict(
                phrase(
                    "%(name)s sits an examination now. Until it ends, an administrator can set the password.",
                    name=person.name,
                )
            )


def _replace(person_id: UUID, sealed: service.Sealed, before: str) -> None:
    with store().writing() as unit:
        service.set_password(unit, _managed(unit, person_id), sealed, actor=actor().id, now=clock(), before=before)


@bp.post("/people/<uuid:person_id>/disabled")
@guarded(policy.may_manage)
def disable(person_id: UUID) -> ResponseReturnValue:
    """Close a person's account, or open it again."""
    act = service.enable if request.form.get("disabled") == "no" else service.disable
    with store().writing() as unit:
        person = _managed(unit, person_id)
        if act is service.disable:
            organisations.spare(unit, person)
        act(unit, person, actor=actor().id, now=clock())
    return redirect(url_for(".people", organisation=person.home_id), 303)


def _people(
    organisation: Organisation,
    form: forms.InviteForm | None = None,
    link: str | None = None,
    fresh: tuple[str, str] | None = None,
    asked: Person | None = None,
    clash: str | None = None,
) -> ResponseReturnValue:
    who = actor()
    with store().reading() as unit:
        members = service.members(unit, organisation.id)
        places = service.organisations(unit, _staffed())
    page = render_template(
        "accounts/people.html",
        organisation=organisation,
        places=places,
        members=members,
        managed={person.id for person in members if policy.may_manage(who, person)},
        recorded={person.id for person in members if learning.may_see_record(who, person)},
        administers=who.holds(Role.ADMINISTRATOR, organisation.id),
        keeps_list=who.holds(Role.ADMINISTRATOR),
        roles=forms.ROLES,
        form=form or forms.InviteForm(policy.rank(who, organisation.id), formdata=None),
        link=link,
        fresh=fresh,
        asked=asked,
        mark=service.password_mark(asked) if asked else None,
        late=clash,
    )
    return page, form.status if form else 409 if clash else 200


def _here() -> service.Known:
    """The sign-in of this request; the policies of the views that ask see to it that there is one."""
    return cast("service.Known", door.here())


def _managed(unit: Session, person_id: UUID) -> Person:
    return cast("Person", permit(service.find(unit, person_id)))


def _staffed() -> set[UUID]:
    return {where for where, _role in actor().roles if policy.rank(actor(), where) >= policy.STAFF}


def _chosen() -> UUID:
    """The organisation that was asked for, else the reader's own, else any where the reader is staff."""
    home, staffed = actor().home, _staffed()
    try:
        return UUID(request.args["organisation"])
    except KeyError:
        return home if home is not None and home in staffed else min(staffed, default=NOWHERE)
    except ValueError:
        return NOWHERE


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
