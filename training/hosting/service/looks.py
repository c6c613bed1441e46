"""How an organisation shows itself on sheets, certificates and boards: short name, languages, address, logo."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.models import OrganisationLook
from training.audit import service as audit
from training.authoring import pictures
from training.errors import Refused
from training.hosting.service.record import Faulty
from training.sentence import LANGUAGES, phrase

SHORT, LINES, LINE = 40, 6, 80
LIMIT = 500_000  # bytes of a logo as it is sent
SIDE, MOST_PIXELS = 600, 4_000_000  # pixels of the longer side as it is kept, and in all as it is sent
DOTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # how files of PNG and JPEG begin


@dataclass(frozen=True, slots=True)
class Look:
    """What is wished: `address` in lines; `logo` as it was sent, empty to keep the one that is there."""

    short_name: str
    languages: tuple[str, ...]
    address: str
    logo: bytes = b""
    drop_logo: bool = False


def get(session: Session, organisation: UUID) -> OrganisationLook | None:
    """The look of an organisation, where somebody has set one."""
    return session.get(OrganisationLook, organisation)


def change(session: Session, actor: Actor, organisation: UUID, look: Look, now: datetime) -> OrganisationLook:
    """Set the look of an organisation. A logo is written anew, so that nothing but the picture is kept.

    Raises:
        Faulty: fields can't be accepted; all of them are named.
    """
    faults: dict[str, str] = {}
    short, lines = " ".join(look.short_name.split()), [" ".join(one.split()) for one in look.address.splitlines()]
    lines = [one for one in lines if one]
    if len(short) > SHORT or not short.isprintable():
        faults["short_name"] = phrase("The short name has at most %(most)s characters.", most=SHORT)
    if not look.languages or not set(look.languages) <= set(LANGUAGES):
        faults["languages"] = phrase("Choose one of %(these)s.", these=", ".join(LANGUAGES))
    if len(lines) > LINES or any(len(one) > LINE or not one.isprintable() for one in lines):
        faults["address"] = phrase(
            "The address has at most %(lines)s lines of %(most)s characters.", lines=LINES, most=LINE
        )
    logo, kind = _logo(look.logo, faults)
    if faults:
        raise Faulty(faults)
    found = get(session, organisation) or OrganisationLook(
        organisation_id=organisation, logo=None, logo_sha256=None, logo_type=None
    )
    found.short_name, found.languages, found.address = short, list(dict.fromkeys(look.languages)), "\n".join(lines)
    if logo or look.drop_logo:
        found.logo, found.logo_type = logo or None, kind or None
        found.logo_sha256 = hashlib.sha256(logo).hexdigest() if logo else None
    found.changed_at, found.changed_by = now, actor.id
    session.add(found)
    session.flush()
    details = {"languages": found.languages, "logo": found.logo_sha256}
    subject = f"organisation:{organisation}"
    audit.record(session, act="organisation.look_changed", actor=actor.id, subject=subject, details=details, now=now)
    return found


def _logo(data: bytes, faults: dict[str, str]) -> tuple[bytes, str]:
    """The picture as it is kept, and its media type; empty where none was sent. What is wrong goes to the faults."""
    if not data:
        return b"", ""
    if len(data) > LIMIT:
        faults["logo"] = phrase("The file is too large; a logo has at most %(most)s bytes.", most=LIMIT)
        return b"", ""
    try:
        if data.startswith(DOTS):
            return _redrawn(data), "image/png"
        return pictures.cleaned(data), "image/svg+xml"
    except Refused as bad:
        faults["logo"] = bad.message
        return b"", ""


def _redrawn(data: bytes) -> bytes:
    """A PNG or JPEG file drawn anew as PNG, at most SIDE pixels wide and high: no text, place or profile stays."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as sent:
            warnings.simplefilter("error")
            if sent.width * sent.height > MOST_PIXELS:
                raise Refused(phrase("A logo has at most %(most)s million pixels.", most=MOST_PIXELS // 1_000_000))
            made = ImageOps.exif_transpose(sent).convert("RGBA")  # as it lay when it was taken
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        raise Refused(phrase("This picture can't be read. Save the picture anew and send that.")) from None
    made.thumbnail((SIDE, SIDE))
    plain = Image.new("RGBA", made.size)
    plain.paste(made)
    out = io.BytesIO()
    plain.save(out, "PNG")
    return out.getvalue()
