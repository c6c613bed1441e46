"""Bundles closed for one installation: answer keys, truths and personal data travel on sticks that can be lost.

A random key encrypts the files of a bundle (ChaCha20-Poly1305, RFC 8439, in pieces of one mebibyte, each bound to its
file, its place and whether it is the last). That key is encrypted for the other installation: X25519 (RFC 7748) with a
pair made for this bundle alone, and HKDF over SHA-256 (RFC 5869).
"""

import base64
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field

from training.errors import Conflict, Refused
from training.hosting.carry import drafts
from training.sentence import phrase

FOLDER, FILE = "carried", "key"
PIECE, TAG = 2**20, 16
SEALED_AS = b"engram session bundle 1"


class Seal(BaseModel):
    """For whom a bundle is closed: the receiver's public key, the pair's public half, the encrypted key; all base64."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    receiver: str = Field(max_length=60)
    ephemeral: str = Field(max_length=60)
    wrapped: str = Field(max_length=100)


def public_key(instance: Path) -> str:
    """The key for which others close bundles that this installation is to open, base64; made at first use."""
    return base64.b64encode(_private(instance).public_key().public_bytes_raw()).decode()


def close(receiver: str) -> tuple[Seal, bytes]:
    """A new key for a bundle, and how only the receiver finds it again. Raises Refused for what is no key."""
    pair = X25519PrivateKey.generate()
    try:
        to = base64.b64decode(receiver, validate=True)
        shared = pair.exchange(X25519PublicKey.from_public_bytes(to))
    except ValueError:
        raise Refused(phrase("The key of the other installation can't be read. Ask for its manifest again.")) from None
    key, mine = ChaCha20Poly1305.generate_key(), pair.public_key().public_bytes_raw()
    wrapped = ChaCha20Poly1305(_derived(shared, mine, to)).encrypt(bytes(12), key, SEALED_AS)
    return Seal(receiver=receiver, ephemeral=_text(mine), wrapped=_text(wrapped)), key


def open_up(instance: Path, seal: Seal) -> bytes:
    """The key of a bundle that was closed for this installation. Raises Refused for one that wasn't."""
    if seal.receiver != public_key(instance):
        raise Refused(
            phrase("This bundle is sealed for another installation. Export it again with the manifest of this one.")
        )
    try:
        mine, wrapped = (base64.b64decode(one, validate=True) for one in (seal.ephemeral, seal.wrapped))
        shared = _private(instance).exchange(X25519PublicKey.from_public_bytes(mine))
        to = base64.b64decode(seal.receiver, validate=True)
        return ChaCha20Poly1305(_derived(shared, mine, to)).decrypt(bytes(12), wrapped, SEALED_AS)
    except (ValueError, InvalidTag):
        raise Refused(phrase("The seal of this bundle can't be opened. Ask for the bundle again.")) from None


def sealed(key: bytes, number: int, source: IO[bytes]) -> Iterator[bytes]:
    """A file piece by piece as it stands in a bundle; `number` is its place there."""
    cipher, count, piece = ChaCha20Poly1305(key), 0, source.read(PIECE)
    while True:
        following = source.read(PIECE)
        yield cipher.encrypt(_nonce(number, count), piece, _bound(last=not following))
        if not following:
            return
        count, piece = count + 1, following


def unsealed(key: bytes, number: int, source: IO[bytes]) -> Iterator[bytes]:
    """The way back. Raises Refused where a piece is not what was sealed."""
    cipher, count, piece = ChaCha20Poly1305(key), 0, source.read(PIECE + TAG)
    while True:
        following = source.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(number, count), piece, _bound(last=not following))
        except InvalidTag:
            raise Refused(phrase("A file of the bundle was changed after it was sealed.")) from None
        if not following:
            return
        count, piece = count + 1, following


def size(plain: int) -> int:
    """Bytes that a file of so many takes when it is sealed."""
    return plain + TAG * max(1, -(-plain // PIECE))


def _nonce(number: int, count: int) -> bytes:
    return number.to_bytes(4, "big") + count.to_bytes(8, "big")


def _bound(*, last: bool) -> bytes:
    return SEALED_AS + (b"\1" if last else b"\0")


def _derived(shared: bytes, ephemeral: bytes, receiver: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, SEALED_AS + ephemeral + receiver).derive(shared)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _private(instance: Path) -> X25519PrivateKey:
    file = instance / FOLDER / FILE
    if not file.exists():
        with drafts.folder(file.parent) as work:
            with open(work / FILE, "xb", opener=drafts.private) as made:
                made.write(X25519PrivateKey.generate().private_bytes_raw())
                made.flush()
                os.fsync(made.fileno())
            with suppress(Conflict):  # of two who make it at once one wins
                drafts.publish(work / FILE, file)
    try:
        return X25519PrivateKey.from_private_bytes(file.read_bytes())
    except ValueError:
        raise Refused(
            phrase("%(file)s is no key. Restore it from a backup, or move it away to have a new one.", file=str(file))
        ) from None
