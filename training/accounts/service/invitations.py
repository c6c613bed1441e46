"""Invitations: a link that makes one account, or adds one role to an account, once and before it expires."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from training.accounts import policy
from training.accounts.actor import Actor, Role
from training.accounts.models import Invitation, Organisation
from training.accounts.service import passwords, people
from training.accounts.service.signing_in import Known, end_all, hash_token, new_token, renew, start
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused
from training.sentence import phrase
from training.store import Store

GONE = phrase(
    "This invitation can't be used: it was used already, has expired, or was never made. Ask whoever sent it for a new "
    "one."
)
SENT = phrase("This form was sent before, for another invitation. Open the page again and fill it in there.")
ROLES = {
    Role.TRAINEE: phrase("trainee"),
    Role.INSTRUCTOR: phrase("instructor"),
    Role.HOST: phrase("host"),
    Role.ADMINISTRATOR: phrase("administrator"),
}
TOKEN = re.compile(r"^[\w-]{43}$", re.ASCII)
DAYS = 14


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the form behind an invitation is filled in with; empty for nothing."""

    name: str = ""
    login: str = ""


NOTHING = Suggested()


def new_invitation() -> str:
    """A token for an invitation that is going to be made: a form that carries it makes one invitation, however often
    it is sent.
    """
    return new_token()


def invite(
    session: Session,
    organisation: Organisation,
    role: Role,
    *,
    actor: Actor | None,
    now: datetime,
    suggested: Suggested = NOTHING,
    days: int = DAYS,
    token: str | None = None,
) -> str:
    """Make an invitation and return its token, which is stored nowhere. `actor` None stands for the command line.

    A token that comes with the call and was used for the same invitation makes no second one. Raises Refused when the
    role is higher than the actor's own or the token is none, Conflict when the token stands for another invitation.
    """
    if actor is not None and policy.rank(actor, organisation.id) < policy.RANK[role]:
        message = phrase(
            "Your role does not reach to invite a %(role)s. Choose a role up to your own.", role=ROLES[role]
        )
        raise Refused(message, field="role")
    token = new_token() if token is None else token
    if not TOKEN.fullmatch(token):
        raise Refused(phrase("This form has lost its key. Open the page again and fill it in once more."))
    row = Invitation(
        token_hash=hash_token(token),
        organisation_id=organisation.id,
        role=role.value,
        name=people.checked_name(suggested.name) if suggested.name.strip() else "",
        login=people.checked_login(suggested.login) if suggested.login.strip() else "",
        made_by=actor.id if actor else None,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    if _add(session, row):
        _record(session, "invitation.made", row.made_by, organisation.id, role, now)
    return token


def _add(session: Session, row: Invitation) -> bool:
    """Whether the invitation is new. Raises Conflict when its token stands for another one."""
    asked = _content(row)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        known = session.get(Invitation, row.token_hash)
        if known is None or _content(known) != asked:
            raise Conflict(SENT) from None
        return False
    return True


def _content(row: Invitation) -> tuple[object, ...]:
    return row.organisation_id, row.role, row.name, row.login, row.made_by


def look_up(session: Session, token: str, now: datetime, *, lock: bool = False) -> Invitation:
    """The invitation behind a token, with its organisation. Raises NotThere when it can't be used (any more)."""
    query = select(Invitation).where(Invitation.token_hash == hash_token(token))
    query = query.options(joinedload(Invitation.organisation, innerjoin=True))
    if lock:
        query = query.with_for_update(of=Invitation)
    invitation = session.scalar(query)
    if invitation is None or invitation.used_at is not None or now >= invitation.expires_at:
        raise NotThere(GONE)
    if invitation.organisation.closed_at is not None:
        raise NotThere(GONE)
    return invitation


def accept(store: Store, token: str, *, login: str, name: str, password: str, now: datetime) -> str:
    """Make the account that an invitation promises and sign it in; returns the sign-in's token.

    Raises NotThere, Refused or Conflict (the login is taken); the invitation is then as good as before.
    """
    with store.reading() as session:
        place = look_up(session, token, now).organisation.name
    sealed = passwords.seal(password, login, name, place)
    with store.writing() as session:
        invitation = look_up(session, token, now, lock=True)
        role, home = Role(invitation.role), invitation.organisation_id
        person = people.make_person(
            session, login=login, name=name, sealed=sealed, home=home, role=role, actor=invitation.made_by, now=now
        )
        _use(session, invitation, person.id, now)
        return start(session, person.id, now=now)


def join(store: Store, token: str, sign_in: Known, *, now: datetime) -> str:
    """Add the role of an invitation to the account that is signed in; returns the sign-in's new token."""
    with store.writing() as session:
        invitation = look_up(session, token, now, lock=True)
        person = people.find(session, sign_in.person_id)
        if person is None:
            raise NotThere(GONE)
        people.add_role(
            session, person, invitation.organisation_id, Role(invitation.role), actor=invitation.made_by, now=now
        )
        _use(session, invitation, person.id, now)
        end_all(session, person.id, actor=person.id, now=now, but=sign_in.token_hash)
        return renew(session, sign_in.token_hash, now)


def _use(session: Session, invitation: Invitation, person_id: uuid.UUID, now: datetime) -> None:
    invitation.used_at, invitation.used_by = now, person_id
    _record(session, "invitation.used", person_id, invitation.organisation_id, Role(invitation.role), now)


def _record(
    session: Session, act: str, actor: uuid.UUID | None, organisation_id: uuid.UUID, role: Role, now: datetime
) -> None:
    subject = f"organisation:{organisation_id}"
    audit.record(session, act=act, actor=actor, subject=subject, details={"role": role.value}, now=now)
