"""Everything that is made once when a certificate is issued: paper, square code, credential, all signed by the site.

It takes 0.14 s of processor time, most of it for the fonts, so for a class it happens outside of units that write.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from training.courses.moving import signing
from training.credentials import badges, did, proofs, short
from training.credentials.codes import new_code
from training.credentials.facts import Facts, Printed
from training.credentials.models import Certificate
from training.store import new_id


@dataclass(frozen=True, slots=True)
class Site:
    """This installation: its folder, where its key is, and the address that is printed, such as https://host.example.

    The key is the one that signs packs. What each signature is under begins differently (a pack's manifest with `{`, a
    JWS with `eyJ`, the short form with its context, hashes are 64 bytes), so none can be passed off as another.
    """

    instance: Path
    address: str
    demonstration: bool = False  # whether that address leads each reader to the reader's own device

    @property
    def key(self) -> bytes:
        """The public key, 32 bytes."""
        return signing.public_key(self.instance)

    @property
    def name(self) -> str:
        """The name of the key."""
        return did.of_key(self.key)

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""
        return signing.sign(self.instance, message)


@dataclass(frozen=True, slots=True)
class Award:
    """Facts, and whose they are: the person, the teaching session, the organisation that held it."""

    person_id: UUID
    session_id: UUID
    organisation_id: UUID
    facts: Facts


def make(site: Site, award: Award, place: tuple[int, int], by: UUID | None, now: datetime) -> Certificate:
    """A certificate that is in no database yet. `place` is its status list and its bit there. Raises Refused."""
    from training.credentials.paper.draw import pdf  # noqa: PLC0415 - what draws is large, and seldom needed

    now = now.replace(microsecond=0)
    facts = award.facts.model_copy(update={"demonstration": site.demonstration})
    printed = Printed(new_id(), new_code(), now, site.name, site.address, facts)
    canonical = printed.canonical()
    signed = signed_code(site, printed)
    paper = pdf(printed, signed)
    document = badges.credential(printed, *place, secrets.token_hex(16))
    logo = award.facts.host.logo
    return Certificate(
        id=printed.id,
        code=printed.code,
        organisation_id=award.organisation_id,
        person_id=award.person_id,
        session_id=award.session_id,
        kind=award.facts.kind,
        language=award.facts.language,
        facts=canonical.decode(),
        facts_sha256=hashlib.sha256(canonical).hexdigest(),
        logo_sha256=hashlib.sha256(logo).hexdigest() if logo else None,
        pdf=paper,
        pdf_sha256=hashlib.sha256(paper).hexdigest(),
        signed=signed,
        credential=proofs.dumped(proofs.sealed(document, site.name, now, site.sign)),
        token=proofs.token(document, site.name, site.sign),
        issuer=site.name,
        listed=place[0],
        index=place[1],
        issued_at=now,
        issued_by=by,
    )


def signed_code(site: Site, printed: Printed) -> str:
    """The text of the square code that is checked without a network."""
    said = short.payload(short.of(printed))
    return short.text(site.key, site.sign(short.CONTEXT + said), said)
