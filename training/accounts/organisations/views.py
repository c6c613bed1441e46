"""Pages of organisations: one's own with its members, the sheet of its law, the list of all for administrators."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import policy as accounts_policy
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.forms import ROLES
from training.accounts.models import Organisation, OrganisationLook, Person
from training.accounts.organisations import forms, law, policy, service, signs
from training.authoring import policy as authoring
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting import policy as hosting
from training.sentence import LANGUAGES, phrase
from training.web.address import outside
from training.web.errors import STATUS
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("organisations", __name__, template_folder="templates")

NOWHERE = UUID(int=0)  # no row has it
PLACE = "/organisations/<uuid:organisation_id>"
ACTS = {"give": service.give, "take": service.take}


@bp.app_context_processor
def _signs() -> dict[str, object]:
    """Let pages show whose people read them: see `sign_of_home` and `sign_of_door`."""
    return {"sign_of_home": sign_of_home, "sign_of_door": sign_of_door}


def sign_of_home() -> service.Shown | None:
    """How the organisation that the reader works in shows itself; none without one, or without a look."""
    home = actor().home
    with store().reading() as session:
        return service.shown(session, home) if home else None


def sign_of_door() -> service.Shown | None:
    """How the only organisation of the installation shows itself to whoever has not signed in; none among several."""
    with store().reading() as session:
        alone = service.only(session)
        return service.shown(session, alone) if alone else None


@bp.get("/organisation")
@guarded(policy.may_see)
def mine() -> ResponseReturnValue:
    """An organisation: its look, its members with their roles, what it wrote on its law."""
    with store().reading() as session:
        place = load(session, Organisation, _chosen())
    return _mine(place)


@bp.post(f"{PLACE}/members/<uuid:person_id>/roles")
@guarded(policy.may_place)
def change_roles(organisation_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Give or take one role, or take all of somebody who has moved away."""
    with store().reading() as session:
        place = load(session, Organisation, organisation_id)
    try:
        with store().writing() as session:
            _change(session, place, person_id)
    except (Refused, NotThere) as bad:
        return _mine(place, bad), STATUS[type(bad)]
    return redirect(url_for(".mine", organisation=organisation_id, _anchor="members"), 303)


@bp.get("/organisation/law-sheet/<course>")
@guarded(policy.may_read_law)
def law_sheet(course: str) -> ResponseReturnValue:
    """What the reader's organisation wrote on its law for a course, as it is printed."""
    with store().reading() as session:
        place = load(session, Organisation, actor().home or NOWHERE)
        sheet = law.sheet(session, rooms().settings.instance, place.id, course, clock())
        look = session.get(OrganisationLook, place.id)
    return render_template("organisations/law-sheet.html", place=place, look=look, sheet=sheet, at=clock())


@bp.get(f"{PLACE}/sign/<sha256>")
@guarded(policy.may_see_sign)
def sign(organisation_id: UUID, sha256: str) -> ResponseReturnValue:
    """The small logo. Its address changes with it, so that a browser may keep it."""
    with store().reading() as session:
        place = session.get(Organisation, organisation_id) or Organisation(id=NOWHERE)
        permit(policy.Sign(place, service.only(session) == organisation_id))
        look = session.get(OrganisationLook, organisation_id)
    if look is None or look.logo is None or look.logo_type is None or look.logo_sha256 != sha256:
        raise NotThere(phrase("This organisation has no logo here."))
    answer = Response(signs.small(look.logo, look.logo_type), mimetype=look.logo_type)
    answer.set_etag(sha256)
    answer.cache_control.private, answer.cache_control.max_age = True, 86_400
    return answer


@bp.get("/organisations")
@guarded(policy.may_see_list)
def index() -> ResponseReturnValue:
    """All organisations."""
    permit(None)
    return _index()


@bp.post("/organisations")
@guarded(policy.may_make)
def make() -> ResponseReturnValue:
    """Make an organisation, and show the link for its first host, once."""
    with store().reading() as session:
        permit(accounts.founding(session))
    form, link = forms.MakeForm(), ""
    if form.validate():
        with form.told(), store().writing() as session:
            token = form.text("token")
            service.make(session, actor(), form.text("name"), form.text("kind"), token, clock())
            link = outside("accounts.invitation", token=token)
    return _index(None if link else form, link)


@bp.post(f"{PLACE}/host")
@guarded(policy.may_keep)
def invite_host(organisation_id: UUID) -> ResponseReturnValue:
    """Invite a host into an organisation, such as when it has none any more; the link is shown once."""
    token = request.form.get("token", "")
    try:
        with store().writing() as session:
            service.invite_host(session, actor(), _kept(session, organisation_id), token, clock())
    except (Refused, Conflict) as bad:
        return _index(bad=bad)
    return _index(link=outside("accounts.invitation", token=token))


@bp.post(f"{PLACE}/name")
@guarded(policy.may_keep)
def rename(organisation_id: UUID) -> ResponseReturnValue:
    """Change the name of an organisation."""
    try:
        with store().writing() as session:
            service.rename(session, actor(), _kept(session, organisation_id), request.form.get("name", ""), clock())
    except (Refused, Conflict) as bad:
        return _index(bad=bad)
    return redirect(url_for(".index"), 303)


@bp.post(f"{PLACE}/closed")
@guarded(policy.may_keep)
def close(organisation_id: UUID) -> ResponseReturnValue:
    """Close an organisation, or open it again."""
    try:
        with store().writing() as session:
            _close(session, _kept(session, organisation_id))
    except Refused as bad:
        return _index(bad=bad)
    return redirect(url_for(".index"), 303)


def _kept(session: Session, organisation_id: UUID) -> Organisation:
    """The organisation, locked, if the actor keeps it."""
    nobody = policy.Kept(Organisation(id=NOWHERE), administered=True, founding=None)
    return permit(service.kept(session, organisation_id, lock=True) or nobody).place


def _close(session: Session, place: Organisation) -> None:
    if request.form.get("closed") == "no":
        service.reopen(session, actor(), place, clock())
    elif request.form.get("sure") != "yes":
        raise Refused(phrase("Tick the box to say that its people lose access now."))
    else:
        service.close(session, actor(), place, clock())


def _change(session: Session, place: Organisation, person_id: UUID) -> None:
    act, role = request.form.get("act", ""), request.form.get("role", "")
    if act == "part":
        service.part(session, actor(), place, person_id, clock())
    elif act in ACTS and role in tuple(Role):
        ACTS[act](session, actor(), place, person_id, Role(role), clock())
    else:
        raise Refused(phrase("Choose a role, and whether to give or take it."))


def _mine(place: Organisation, bad: DomainError | None = None) -> str:
    who, now = actor(), clock()
    with store().reading() as session:
        members = accounts.members(session, place.id)
        look = session.get(OrganisationLook, place.id)
        boxes = law.boxes(session, rooms().settings.instance, place.id, now)
        places = accounts.organisations(session, {where for where, _role in who.roles})
    shown = {"place": place, "places": [one for one in places if policy.may_see(who, one)], "look": look, "bad": bad}
    shown |= {"members": members, "acts": {one.id: _acts(who, place, one) for one in members}, "roles": ROLES}
    shown |= {"boxes": boxes, "courses": law.courses(boxes) if who.home == place.id else [], "languages": LANGUAGES}
    may = {"dress": hosting.may_dress(who, place), "note": authoring.may_note(who, place.id)}
    may |= {"list": policy.may_see_list(who, None), "keep_data": policy.may_place(who, place)}
    return render_template("organisations/mine.html", may=may, kinds=forms.KINDS, **shown)


def _acts(who: Actor, place: Organisation, person: Person) -> dict[str, list[Role]]:
    """Which roles the reader may give this member, and which take."""
    held = {Role(one.role) for one in person.memberships if one.organisation_id == place.id}
    reaches = person.id != who.id and policy.may_change(who, place.id, policy.highest(person, place.id))
    mine = [role for role in Role if reaches and policy.may_give(who, place.id, role)]
    return {"give": [role for role in mine if role not in held], "take": [role for role in mine if role in held]}


def _index(form: forms.MakeForm | None = None, link: str = "", bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        found = service.listed(session)
        founding = accounts.founding(session)
    kept = [policy.Kept(one.place, one.administered, founding) for one in found]
    keeps = {one.place.id for one in kept if policy.may_keep(actor(), one)}
    mine = {where for where, _role in actor().roles}
    shown = {"found": found, "keeps": keeps, "mine": mine, "link": link, "bad": bad, "kinds": forms.KINDS}
    page = render_template(
        "organisations/index.html",
        form=form or forms.MakeForm(formdata=None),
        token=accounts.new_invitation,
        typed=request.form,
        makes=policy.may_make(actor(), founding),
        **shown,
    )
    return page, STATUS[type(bad)] if bad else form.status if form else 200


def _chosen() -> UUID:
    """The organisation that was asked for, else the reader's own, else any where the reader is staff."""
    staffed = {where for where, _role in actor().roles if accounts_policy.rank(actor(), where) >= accounts_policy.STAFF}
    home = actor().home
    try:
        return UUID(request.args["organisation"])
    except KeyError:
        return home if home is not None and home in staffed else min(staffed, default=NOWHERE)
    except ValueError:
        return NOWHERE
