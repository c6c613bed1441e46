"""Tell a file that was issued from one that was edited, without ever opening it as a document.

An edited copy still names the certificate that it was made of: in the id of the file, which editors keep (ISO 32000-1,
14.4), in its keywords or its subject. The bytes are searched for those, plain and, within limits, unpacked.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from training.credentials import service
from training.credentials.codes import ALPHABET, GROUP
from training.credentials.models import Certificate, Revocation
from training.errors import Refused
from training.sentence import phrase

LARGEST = 2 * 2**20  # bytes of a file
UNPACKED, STREAMS = 4 * 2**20, 400  # bytes in all that streams may unpack to, and how many are looked at
NAMED = 20  # ids and codes of one file that are looked up
_GROUP = f"[{ALPHABET}]{{{GROUP}}}"
CODE = re.compile("-?".join([_GROUP] * 4).encode())
FILE_ID = re.compile(rb"/ID\s*\[\s*<\s*([0-9A-Fa-f]{32})\s*>")
URN = re.compile(rb"urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
STREAM = re.compile(rb"(?<!end)stream\r?\n")
WIDE = re.compile(rb"\xfe\xff((?:\x00[\x20-\x7e]){8,200})")


@dataclass(frozen=True, slots=True)
class Compared:
    """What a file is: issued byte for byte, edited (it names a certificate and is another file), or unknown.

    The file tells nothing of what came later: `end` is the revocation of the certificate, `successor` what replaced it.
    """

    state: Literal["issued", "edited", "unknown"]
    sha256: str
    certificate: Certificate | None
    end: Revocation | None = None
    successor: Certificate | None = None


def compare(session: Session, data: bytes) -> Compared:
    """Look a file up. Raises Refused for one that is too large or no PDF."""
    if len(data) > LARGEST:
        raise Refused(phrase("The file has more than %(most)s MiB.", most=LARGEST // 2**20), field="file")
    if not data.startswith(b"%PDF-"):
        raise Refused(phrase("This is no PDF. Choose the file of a certificate."), field="file")
    digest = hashlib.sha256(data).hexdigest()
    if issued := service.by_pdf(session, digest):
        return _known(session, "issued", digest, issued)
    if named := service.by_any(session, _ids(data), _codes(data)):
        return _known(session, "edited", digest, named)
    return Compared("unknown", digest, None)


def _known(session: Session, state: Literal["issued", "edited"], digest: str, named: Certificate) -> Compared:
    end = named.revocation
    successor = session.get(Certificate, end.replaced_by_id) if end and end.replaced_by_id else None
    return Compared(state, digest, named, end, successor)


def _ids(data: bytes) -> list[UUID]:
    found = (
        match[1].decode() for part in _parts(data) for pattern in (FILE_ID, URN) for match in pattern.finditer(part)
    )
    return [UUID(one) for one in list(dict.fromkeys(found))[:NAMED]]


def _codes(data: bytes) -> list[str]:
    found = (match[0].decode().replace("-", "") for part in _parts(data) for match in CODE.finditer(part))
    return list(dict.fromkeys(found))[:NAMED]


def _parts(data: bytes) -> Iterator[bytes]:
    """The bytes of the file, its texts of two bytes a letter as letters, and its streams unpacked, within limits."""
    yield data
    yield b"\n".join(match[1].replace(b"\0", b"") for match in WIDE.finditer(data))
    left = UNPACKED
    for number, match in enumerate(STREAM.finditer(data)):
        if number == STREAMS or left <= 0:
            return
        unpack = zlib.decompressobj()
        try:
            part = unpack.decompress(data[match.end() : match.end() + LARGEST], left)
        except zlib.error:
            continue
        left -= len(part)
        yield part
