"""Rows against their seals in the audit chain, and documents against the digests that stand beside them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import OrganisationLook
from training.audit import service as audit
from training.audit.models import Event, Salt
from training.audit.seals import GONE, SEALED, Sealed, digest
from training.credentials.models import Certificate, Logo
from training.operating.verify.part import Part
from training.reporting.models import ReportFiled


@dataclass(frozen=True, slots=True)
class Last:
    """The newest seal of a row, and the event that holds it."""

    seal: str
    seq: int
    act: str


@dataclass(slots=True)
class Count:
    """Rows that were compared; that hold what a salt no longer opens; that are of before there were seals."""

    compared: int = 0
    erased: int = 0
    older: int = 0


def check(session: Session) -> Part:
    """Hold every row of the sealed tables against the newest seal that the chain has of it."""
    part, count = Part("rows"), Count()
    last = {name: Last(seal, seq, act) for seq, act, seals in audit.sealed(session) for name, seal in seals.items()}
    begun = session.scalar(select(Event.seq).where(Event.act == audit.BEGUN).limit(1)) is not None
    salts = {str(id_): value for id_, value in session.execute(select(Salt.id, Salt.value))}
    for sealed in SEALED.values():
        part.faults += _rows(session, sealed, last, salts, count, begun=begun)
    part.faults += [
        f"{name} is missing; it was last recorded by event {each.seq} ({each.act})"
        for name, each in last.items()
        if each.seal != GONE and name.partition(":")[0] in SEALED
    ]
    part.summary = (
        f"{count.compared} of {len(SEALED)} tables as recorded in the chain, {count.erased} of erased people, "
        f"{count.older} of before rows were recorded"
    )
    return part


def _rows(
    session: Session, sealed: Sealed, last: dict[str, Last], salts: Mapping[str, str], count: Count, *, begun: bool
) -> Iterator[str]:
    """Faults of one table; what was seen is taken out of `last`."""
    asked = session.connection().execute(sealed.rows(), execution_options={"yield_per": 1000})
    for row in asked.mappings():
        name = sealed.name([row[column.name] for column in sealed.table.primary_key])
        known = last.pop(name, None)
        if known is None or known.seal == GONE:
            if begun or known is not None:
                yield f"{name} is in no event: it was added behind the program's back"
            else:
                count.older += 1
            continue
        salt_id, colon, wanted = known.seal.rpartition(":")
        if colon and salt_id not in salts:
            count.erased += 1
        elif digest(sealed, row, salts[salt_id] if colon else "") == wanted:
            count.compared += 1
        else:
            yield f"{name} was changed after event {known.seq} ({known.act}) recorded it"


def check_documents(session: Session) -> Part:
    """Hold certificates, filed reports and logos against the digests that were recorded with them."""
    part, count = Part("documents"), 0
    for named, content, wanted in _documents(session):
        count += 1
        data = content.encode() if isinstance(content, str) else content
        if (found := hashlib.sha256(data).hexdigest()) != wanted:
            part.faults.append(f"{named}: expected SHA-256 {wanted}, found {found}")
    part.summary = f"{count} documents of certificates, filed reports and logos"
    return part


def _documents(session: Session) -> Iterator[tuple[str, Any, str]]:
    certificates = select(
        Certificate.code, Certificate.facts, Certificate.facts_sha256, Certificate.pdf, Certificate.pdf_sha256
    ).where(Certificate.token != "")  # of erased people the paper is gone and its digest stays
    for code, facts, facts_sha256, pdf, pdf_sha256 in _each(session, certificates):
        yield f"certificate {code}, facts", facts, facts_sha256
        yield f"certificate {code}, paper", pdf, pdf_sha256
    filed = select(ReportFiled.attempt_id, ReportFiled.number, ReportFiled.document, ReportFiled.sha256)
    for attempt, number, document, sha256 in _each(session, filed):
        yield f"report {number} filed in attempt {attempt}", document, sha256
    for sha256, data in _each(session, select(Logo.sha256, Logo.data)):
        yield "logo of certificates", data, sha256
    looks = select(OrganisationLook.organisation_id, OrganisationLook.logo, OrganisationLook.logo_sha256)
    for organisation, logo, sha256 in _each(session, looks.where(OrganisationLook.logo.is_not(None))):
        yield f"logo of organisation {organisation}", logo, sha256


def _each(session: Session, asked: Any) -> Iterator[Any]:
    return iter(session.execute(asked.execution_options(yield_per=100)))
