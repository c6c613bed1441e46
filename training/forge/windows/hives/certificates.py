"""Certificates that Windows trusts. All of them are made here, of authorities that do not exist.

Each is a value ``Blob``: records of a property's number, a one, a length, and the content.
"""

import hashlib
import struct
from datetime import UTC, datetime
from random import Random
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from training.forge.windows.hive import Node
from training.forge.windows.hives.usual import fixed, soon
from training.forge.windows.plan import Filetime, Value

STORES: Final = "Microsoft\\SystemCertificates"

_TRUSTED: Final = {
    "AuthRoot": ("Northern Example Root CA 3",),
    "CA": ("Example Code Signing CA 11",),
    "ROOT": ("Synthetic Root Authority 2010",),
}
_EMPTY: Final = ("Disallowed", "MY", "TrustedPeople", "TrustedPublisher")
_HASH, _NAME, _CERTIFICATE = 3, 11, 32
_FROM: Final = datetime(2010, 6, 23, 21, 57, 24, tzinfo=UTC)
_UNTIL: Final = datetime(2035, 6, 23, 22, 4, 1, tzinfo=UTC)


def write(root: Node, installed: Filetime) -> None:
    """Write the stores of the machine."""
    draw = fixed("certificates")
    for store in _EMPTY:
        root.put(f"{STORES}\\{store}\\Certificates", soon(installed, draw))
    for store, names in _TRUSTED.items():
        for name in names:
            certificate = _certificate(name, draw)
            digest = hashlib.sha1(certificate, usedforsecurity=False).digest()
            blob = Value(name="Blob", kind="BINARY", data=_blob(name, digest, certificate))
            root.put(f"{STORES}\\{store}\\Certificates\\{digest.hex().upper()}", soon(installed, draw), (blob,))


def _certificate(name: str, draw: Random) -> bytes:
    """A certificate that an authority made for itself, in DER."""
    key = Ed25519PrivateKey.from_private_bytes(draw.randbytes(32))
    who = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Synthetic, for training only"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(draw.getrandbits(120) | 1).not_valid_before(_FROM).not_valid_after(_UNTIL)
    return made.sign(key, None).public_bytes(Encoding.DER)


def _blob(name: str, digest: bytes, certificate: bytes) -> bytes:
    parts = {_HASH: digest, _NAME: name.encode("utf-16-le") + b"\0\0", _CERTIFICATE: certificate}
    return b"".join(struct.pack("<III", number, 1, len(content)) + content for number, content in parts.items())
