"""Contact details, apart from answers: sealed under a key of the round that lies in the instance folder, not in the
database. Deleting the key makes every copy of them unreadable, in backups too.
"""

import json
import os
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from training.assessment.models import Contact, Respondent, Round
from training.errors import Refused, TooMany
from training.sentence import phrase

FOLDER = "assessment-keys"
NONCE, KEY = 12, 32  # bytes
PADDED = 1_024  # bytes of every sealed text, so that its length says nothing
LONGEST = 200  # characters of each line


@dataclass(frozen=True, slots=True)
class Details:
    """How the team may come back to somebody."""

    name: str
    reach: str


def keep(session: Session, held: Round, instance: Path, ident: uuid.UUID, details: Details) -> None:
    """Seal and keep contact details. The id comes with the form: sent twice, they are kept once.

    Raises Refused for nothing to keep or too much, TooMany where there are more than respondents.
    """
    told = Details(details.name.strip(), details.reach.strip())
    if not told.reach:
        raise Refused(phrase("Give an address or a number at which the team can reach you."), field="reach")
    if max(len(told.name), len(told.reach)) > LONGEST:
        raise Refused(phrase("At most %(n)s characters are kept in each field.", n=LONGEST), field="reach")
    if session.get(Contact, ident) is not None:
        return
    if _count(session, Contact, held) >= _count(session, Respondent, held):
        raise TooMany(phrase("There are as many contact details as respondents already."))
    session.add(Contact(id=ident, round_id=held.id, sealed=_seal(_key(held, instance), held, told)))


def read(session: Session, held: Round, instance: Path) -> list[Details]:
    """All contact details, in the order of random ids; those whose key is gone are left out."""
    file = _file(held, instance)
    if not file.is_file():
        return []
    rows = session.scalars(select(Contact).where(Contact.round_id == held.id).order_by(Contact.id))
    return [found for row in rows if (found := _open(file.read_bytes(), held, row.sealed)) is not None]


def count(session: Session, held: Round) -> int:
    """How many there are."""
    return _count(session, Contact, held)


def forget(session: Session, held: Round, instance: Path) -> None:
    """Delete them all, and the key."""
    session.execute(delete(Contact).where(Contact.round_id == held.id))
    _file(held, instance).unlink(missing_ok=True)


def _count(session: Session, kind: type[Contact] | type[Respondent], held: Round) -> int:
    return session.scalar(select(func.count()).select_from(kind).where(kind.round_id == held.id)) or 0


def _file(held: Round, instance: Path) -> Path:
    return instance / FOLDER / f"{held.id}.key"


def _key(held: Round, instance: Path) -> bytes:
    """The key of the round, made when it is first needed, for the eyes of the server alone."""
    file = _file(held, instance)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    made = secrets.token_bytes(KEY)
    with os.fdopen(opened, "wb") as out:
        out.write(made)
        out.flush()
        os.fsync(out.fileno())
    return made


def _seal(key: bytes, held: Round, details: Details) -> bytes:
    text = json.dumps({"name": details.name, "reach": details.reach}, ensure_ascii=False).encode()
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text.ljust(PADDED * (len(text) // PADDED + 1)), held.id.bytes)


def _open(key: bytes, held: Round, sealed: bytes) -> Details | None:
    try:
        text = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], held.id.bytes)
    except (InvalidTag, ValueError):
        return None
    said: Mapping[str, str] = json.loads(text)
    return Details(said["name"], said["reach"])
