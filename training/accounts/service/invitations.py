"""Invitations: a link that makes one account, or adds one role to an account, once and before it expires."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from training.accounts import policy
from training.accounts.actor import Actor, Role
from training.accounts.models import Invitation, Organisation, SignIn
from training.accounts.service import passwords, people
from training.accounts.service.signing_in import end_all, hash_token, new_token, renew, start
from training.audit import service as audit
from training.errors import NotThere, Refused
from training.store import Store

GONE = (
    "This invitation can't be used: it was used already, has expired, or was never made. Ask whoever sent it for a new "
    "one."
)
DAYS = 14


def invite(
    session: Session,
    organisation: Organisation,
    role: Role,
    *,
    actor: Actor | None,
    now: datetime,
    name: str = "",
    login: str = "",
    days: int = DAYS,
) -> str:
    """Make an invitation and return its token, which is stored nowhere. `actor` None stands for the command line.

    Raises Refused when the role is higher than the actor's own.
    """
    if actor is not None and policy.rank(actor, organisation.id) < policy.RANK[role]:
        raise Refused(f"Your role does not reach to invite a {role}. Choose a role up to your own.", field="role")
    token = new_token()
    made_by = actor.id if actor else None
    session.add(
        Invitation(
            token_hash=hash_token(token),
            organisation_id=organisation.id,
            role=role.value,
            name=people.checked_name(name) if name.strip() else "",
            login=people.checked_login(login) if login.strip() else "",
            made_by=made_by,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    _record(session, "invitation.made", made_by, organisation.id, role, now)
    return token


def look_up(session: Session, token: str, now: datetime, *, lock: bool = False) -> Invitation:
    """The invitation behind a token, with its organisation. Raises NotThere when it can't be used (any more)."""
    query = select(Invitation).where(Invitation.token_hash == hash_token(token))
    query = query.options(joinedload(Invitation.organisation, innerjoin=True))
    if lock:
        query = query.with_for_update(of=Invitation)
    invitation = session.scalar(query)
    if invitation is None or invitation.used_at is not None or now >= invitation.expires_at:
        raise NotThere(GONE)
    return invitation


def accept(store: Store, token: str, *, login: str, name: str, password: str, now: datetime) -> str:
    """Make the account that an invitation promises and sign it in; returns the sign-in's token.

    Raises NotThere, Refused or Conflict (the login is taken); the invitation is then as good as before.
    """
    with store.reading() as session:
        look_up(session, token, now)
    sealed = passwords.seal(password, login)
    with store.writing() as session:
        invitation = look_up(session, token, now, lock=True)
        role, home = Role(invitation.role), invitation.organisation_id
        person = people.make_person(
            session, login=login, name=name, sealed=sealed, home=home, role=role, actor=invitation.made_by, now=now
        )
        _use(session, invitation, person.id, now)
        return start(session, person.id, now=now)


def join(store: Store, token: str, sign_in: SignIn, *, now: datetime) -> str:
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
