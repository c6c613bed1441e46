"""Issue, revoke, replace and find certificates; hand out the lists of what was revoked."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.credentials import badges, codes, did, proofs
from training.credentials.facts import Facts, Printed, stored, tidy
from training.credentials.making import Award, Site, make
from training.credentials.models import Certificate, Confirmation, Logo, Revocation
from training.credentials.offline import file as offline
from training.errors import Conflict, Damaged, NotThere, Refused
from training.sentence import phrase

FULL = badges.BITS // 4
"""Certificates in one list; the rest of its bits stay free, so that a free one is found at once."""
REASON = 300
CONFIRMATIONS = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as its page shows it: what is printed, and how it stands: valid, revoked or replaced."""

    certificate: Certificate
    printed: Printed
    state: str
    successor: Certificate | None
    predecessor: Certificate | None


def ready(session: Session, site: Site, award: Award, actor: Actor, now: datetime) -> Certificate:
    """Make a certificate without keeping it. Raises Refused, and Conflict where the person has one that holds."""
    _none_stands(session, award)
    return make(site, award, _free_place(session), actor.id, now)


def keep(session: Session, made: Certificate, award: Award, now: datetime, *, early: bool = False) -> Certificate:
    """Keep what was made, in a unit that writes. Raises Conflict where the person got one in between.

    `early`: half-days of the session were still ahead, and somebody said so; it is written down.
    """
    _none_stands(session, award)
    earlier = select(func.max(Certificate.number)).where(
        Certificate.session_id == made.session_id, Certificate.person_id == made.person_id
    )
    made.number = (session.scalar(earlier) or 0) + 1
    _add(session, made, award.facts.host.logo)
    details = {"kind": made.kind, "pdf": made.pdf_sha256, "session": str(made.session_id)}
    details |= {"early": "yes"} if early else {}
    _record(session, "certificate.issued", made, made.issued_by, details, now)
    return made


def issue(session: Session, site: Site, award: Award, actor: Actor, now: datetime) -> Certificate:
    """Issue one certificate within a unit that writes; for a class, make each with `ready` before."""
    return keep(session, ready(session, site, award, actor, now), award, now)


def revoke(session: Session, certificate: Certificate, actor: Actor, reason: str, now: datetime) -> Revocation:
    """Say that a certificate holds no more. It stays, its page says so. Raises Refused and Conflict."""
    return _revoke(session, certificate, actor, reason, now, None)


def replace(
    session: Session,
    site: Site,
    old: Certificate,
    facts: Facts,
    reason: str,
    actor: Actor,
    now: datetime,
    *,
    early: bool = False,
) -> Certificate:
    """Issue another one in place of one with a mistake. Both stay, and each names the other. `early` as for `keep`.

    The old one is locked by the caller. Raises Refused and Conflict.
    """
    if old.revocation is not None:
        raise Conflict(phrase("This certificate was revoked already. Issue a new one instead."))
    award = Award(old.person_id, old.session_id, old.organisation_id, facts)
    made = make(site, award, _free_place(session), actor.id, now)
    made.replaces_id = old.id
    made.number = old.number + 1
    _add(session, made, facts.host.logo)
    _revoke(session, old, actor, reason, now, made.id)
    details = {"kind": made.kind, "pdf": made.pdf_sha256, "replaces": str(old.id)}
    details |= {"early": "yes"} if early else {}
    _record(session, "certificate.issued", made, actor.id, details, now)
    return made


def with_name(session: Session, certificate: Certificate, holder: str) -> Facts:
    """The facts of a certificate with another name, for its correction. Raises Refused for a name that can't be."""
    facts = printed(session, certificate).facts
    changed = tidy(holder)
    if changed == facts.holder:
        raise Refused(phrase("This is the name that stands on it."), field="holder")
    return facts.model_copy(update={"holder": changed})


def printed(session: Session, certificate: Certificate) -> Printed:
    """What stands on a certificate. Raises Damaged where the row is not what was issued."""
    if sha256(certificate.facts.encode()).hexdigest() != certificate.facts_sha256:
        raise Damaged(phrase("The facts of this certificate are not those that were issued."))
    logo = session.get(Logo, certificate.logo_sha256) if certificate.logo_sha256 else None
    return stored(certificate.facts, logo.data if logo else b"")


def get_by_code(session: Session, typed: str) -> Certificate | None:
    """The certificate with a code, however it was typed; None where there is none. Raises Refused for no code."""
    return session.scalar(select(Certificate).where(Certificate.code == codes.read(typed)))


def shown(session: Session, certificate: Certificate) -> Shown:
    """A certificate with how it stands and what it replaces or is replaced by."""
    end = certificate.revocation
    successor = session.get(Certificate, end.replaced_by_id) if end and end.replaced_by_id else None
    before = session.get(Certificate, certificate.replaces_id) if certificate.replaces_id else None
    state = "valid" if end is None else "replaced" if successor else "revoked"
    return Shown(certificate, printed(session, certificate), state, successor, before)


def of_person(session: Session, person_id: UUID) -> Sequence[Certificate]:
    """The certificates of a person, newest first."""
    found = select(Certificate).where(Certificate.person_id == person_id)
    return session.scalars(found.order_by(Certificate.issued_at.desc(), Certificate.id.desc())).all()


def of_session(session: Session, session_id: UUID) -> Sequence[Certificate]:
    """The certificates of a teaching session, in the order of issue."""
    found = select(Certificate).where(Certificate.session_id == session_id)
    return session.scalars(found.order_by(Certificate.issued_at, Certificate.id)).all()


def by_pdf(session: Session, digest: str) -> Certificate | None:
    """The certificate whose paper has this SHA-256."""
    return session.scalar(select(Certificate).where(Certificate.pdf_sha256 == digest))


def by_any(session: Session, ids: Iterable[UUID], found_codes: Iterable[str]) -> Certificate | None:
    """The certificate with one of these ids or codes."""
    wanted = Certificate.id.in_(list(ids)) | Certificate.code.in_(list(found_codes))
    return session.scalars(select(Certificate).where(wanted).order_by(Certificate.id)).first()


def status_list(session: Session, site: Site, listed: int, now: datetime, *, embedded: bool) -> str:
    """A list of what was revoked, signed now: as JWS, or as JSON with its proof. Raises NotThere."""
    if session.scalar(select(Certificate.id).where(Certificate.listed == listed).limit(1)) is None:
        raise NotThere(phrase("There is no such list."))
    revoked = select(Certificate.index).join(Revocation, Revocation.certificate_id == Certificate.id)
    indexes = session.scalars(revoked.where(Certificate.listed == listed)).all()
    document = badges.status_list(site.address, listed, site.name, indexes, now)
    if embedded:
        return proofs.dumped(proofs.sealed(document, site.name, now, site.sign))
    return proofs.token(document, site.name, site.sign)


def verifier(session: Session, site: Site, language: str, now: datetime) -> bytes:
    """The offline verifier with all keys that certificates here were signed with, ours first."""
    gone = select(Certificate.code).join(Revocation, Revocation.certificate_id == Certificate.id)
    issuers = session.scalars(select(Certificate.issuer).distinct().order_by(Certificate.issuer)).all()
    keys = dict.fromkeys([site.key, *(did.key_of(one) for one in issuers)])
    return offline.html(keys, offline.revocations(session.scalars(gone).all(), now, site.sign), language)


def confirm(
    session: Session, session_id: UUID, digest: str, actor: Actor, now: datetime, *, early: bool = False
) -> bool:
    """Say that the results of a session are those with this digest; whether two people have said so now.

    `early` as for `keep`.
    """
    assert actor.id is not None  # noqa: S101 - the policy let a person in
    said = confirmed_by(session, session_id, digest)
    if actor.id not in said:
        session.add(Confirmation(session_id=session_id, results_sha256=digest, by=actor.id, at=now))
        details = {"results": digest} | ({"early": "yes"} if early else {})
        audit.record(
            session, act="results.confirmed", actor=actor.id, subject=f"session:{session_id}", details=details, now=now
        )
    return len({*said, actor.id}) >= CONFIRMATIONS


def confirmed_by(session: Session, session_id: UUID, digest: str) -> Sequence[UUID]:
    """Who has confirmed the results of a session with this digest, in their order."""
    said = select(Confirmation.by).where(Confirmation.session_id == session_id, Confirmation.results_sha256 == digest)
    return session.scalars(said.order_by(Confirmation.at, Confirmation.id)).all()


def settled(session: Session, session_id: UUID) -> bool:
    """Whether the results of a session were confirmed by two people at any time, or a certificate rests on them."""
    twice = select(Confirmation.results_sha256).where(Confirmation.session_id == session_id)
    twice = twice.group_by(Confirmation.results_sha256).having(func.count() >= CONFIRMATIONS)
    issued = select(Certificate.id).where(Certificate.session_id == session_id)
    return any(session.scalar(one.limit(1)) is not None for one in (twice, issued))


def _revoke(
    session: Session, certificate: Certificate, actor: Actor, reason: str, now: datetime, successor: UUID | None
) -> Revocation:
    reason = tidy(reason, most=REASON, field="reason")
    if certificate.revocation is not None:
        raise Conflict(phrase("This certificate was revoked already."))
    end = Revocation(certificate_id=certificate.id, at=now, by=actor.id, reason=reason, replaced_by_id=successor)
    session.add(end)
    act = "certificate.replaced" if successor else "certificate.revoked"
    _record(session, act, certificate, actor.id, {"by": str(successor)} if successor else {}, now)
    session.refresh(certificate, ["revocation"])
    return end


def _add(session: Session, made: Certificate, logo: bytes) -> None:
    if made.logo_sha256 and session.get(Logo, made.logo_sha256) is None:
        session.add(Logo(sha256=made.logo_sha256, data=logo))
        session.flush()
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(phrase("Somebody else issued a certificate at the same moment. Look again.")) from None


def _none_stands(session: Session, award: Award) -> None:
    standing = (
        select(Certificate.id)
        .where(Certificate.session_id == award.session_id, Certificate.person_id == award.person_id)
        .where(~select(Revocation).where(Revocation.certificate_id == Certificate.id).exists())
    )
    if session.scalar(standing.limit(1)) is not None:
        raise Conflict(
            phrase(
                "%(name)s has a certificate of this session already. Replace or revoke it first.",
                name=award.facts.holder,
            )
        )


def _free_place(session: Session) -> tuple[int, int]:
    """A status list that isn't full, and a bit of it at random that nobody has."""
    last = session.execute(
        select(Certificate.listed, func.count()).group_by(Certificate.listed).order_by(Certificate.listed.desc())
    ).first()
    listed = 1 if last is None else last[0] + (last[1] >= FULL)
    taken = set(session.scalars(select(Certificate.index).where(Certificate.listed == listed)))
    while (index := secrets.randbelow(badges.BITS)) in taken:
        pass
    return listed, index


def _record(
    session: Session, act: str, certificate: Certificate, by: UUID | None, details: dict[str, str], now: datetime
) -> None:
    audit.record(session, act=act, actor=by, subject=f"certificate:{certificate.id}", details=details, now=now)
