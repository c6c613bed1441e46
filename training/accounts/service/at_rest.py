"""Secrets of second factors as they are stored: encrypted under the installation's key, and bound to their person.

AES-256-GCM (NIST SP 800-38D) with a key by HKDF (RFC 5869) from the key that also signs cookies, and a random nonce. So
a database or a copy of it alone gives no codes; `instance/secret` lies apart from it, or in the setting `secret`.
"""

import re
import secrets
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Person, SignIn
from training.errors import Damaged
from training.sentence import phrase

NONCE = 12  # bytes
PLAIN = re.compile(r"[A-Z2-7]+=*")
"""A secret as it was stored before: base32, which a sealed one never is as a whole."""


def sealed(secret: str, person: UUID, key: str) -> str:
    """A secret in base32 as it is stored."""
    nonce = secrets.token_bytes(NONCE)
    raw = b32decode(secret + "=" * (-len(secret) % 8))
    return urlsafe_b64encode(nonce + _cipher(key).encrypt(nonce, raw, person.bytes)).decode()


def opened(stored: str, person: UUID, key: str) -> str:
    """A secret in base32 again. Raises Damaged where it was sealed by another key or for somebody else."""
    if PLAIN.fullmatch(stored):
        return stored
    try:
        raw = urlsafe_b64decode(stored)
        return b32encode(_cipher(key).decrypt(raw[:NONCE], raw[NONCE:], person.bytes)).decode().rstrip("=")
    except (InvalidTag, ValueError):
        raise Damaged(
            phrase(
                "The second factor of this account can't be read: the key of the installation is another one than when "
                "it was set up. Whoever runs the server removes it (docs/operating.md); then set up a new one."
            )
        ) from None


def seal_all(session: Session, key: str) -> int:
    """Seal what was stored before secrets were; how many."""
    count = 0
    for person in session.scalars(select(Person).where(Person.totp_secret.is_not(None))):
        if person.totp_secret and PLAIN.fullmatch(person.totp_secret):
            person.totp_secret, count = sealed(person.totp_secret, person.id, key), count + 1
    for sign_in in session.scalars(select(SignIn).where(SignIn.offered_secret.is_not(None))):
        if sign_in.offered_secret and PLAIN.fullmatch(sign_in.offered_secret):
            sign_in.offered_secret, count = sealed(sign_in.offered_secret, sign_in.person_id, key), count + 1
    return count


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"secrets of second factors").derive(key.encode()))
