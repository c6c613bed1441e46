"""The key with which this installation signs its packs, and the keys of others that somebody here trusts.

Ed25519 (RFC 8032). A key is called by the SHA-256 of its 32 bytes: two hosts compare it on paper or by telephone.
The private key and the trusted ones are files below the instance folder, so a backup of that holds them too.
"""

import base64
import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import NotThere, Refused
from training.sentence import phrase

FILE, TRUSTED = "pack-key", "trusted"
SIZE = 32  # bytes of either key
FINGERPRINT = re.compile(r"[0-9a-f]{64}")
NAME = 120  # characters


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key whose packs are taken here: its fingerprint, whose it is in words, who said so (None: by command), when.

    `organisation` is the one that trusts it; None where it counts for the whole installation.
    """

    fingerprint: str
    name: str
    by: UUID | None
    at: datetime
    organisation: UUID | None


def fingerprint(key: bytes) -> str:
    """What a public key is called: 64 hexadecimal digits."""
    return hashlib.sha256(key).hexdigest()


def spelled(name: str) -> str:
    """A fingerprint in groups of four, as people read it to each other."""
    return " ".join(name[at : at + 4] for at in range(0, len(name), 4))


def public_key(instance: Path) -> bytes:
    """The public key of this installation, 32 bytes; the pair is made at first use."""
    return _private(instance).public_key().public_bytes_raw()


def sign(instance: Path, message: bytes) -> bytes:
    """The signature of this installation under a message, 64 bytes."""
    return _private(instance).sign(message)


def holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the owner of a public key signed a message."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def trusted(instance: Path, organisation: UUID | None) -> dict[str, Trusted]:
    """The keys of other installations that an organisation trusts, by fingerprint; None stands for the command line.

    Those that were trusted on the command line count for every organisation. Raises Refused for a damaged file.
    """
    found = _trusted(instance, None)
    return found if organisation is None else {**found, **_trusted(instance, organisation)}


def _trusted(instance: Path, organisation: UUID | None) -> dict[str, Trusted]:
    found = {}
    for path in sorted(_folder(instance, organisation).glob("*.json")):
        try:
            row = json.loads(path.read_text("utf-8"))
            by = UUID(row["by"]) if row["by"] else None
            at = datetime.fromisoformat(row["at"])
            found[path.stem] = Trusted(path.stem, str(row["name"]), by, at, organisation)
        except (ValueError, KeyError, TypeError):
            file = path.relative_to(instance).as_posix()
            raise Refused(phrase("%(file)s is damaged. Remove it and trust the key again.", file=file)) from None
    return found


def is_trusted(instance: Path, name: str, organisation: UUID | None) -> bool:
    """Whether packs under this key are taken by an organisation: a key that it trusts, or our own."""
    return name in trusted(instance, organisation) or name == fingerprint(public_key(instance))


def trust(
    session: Session,
    instance: Path,
    name: str,
    whose: str,
    by: UUID | None,
    now: datetime,
    *,
    organisation: UUID | None = None,
) -> None:
    """Take packs under a key from now on, for an organisation or, where none is named, for the whole installation.

    Raises Refused where it isn't said whose it is.
    """
    _check(name)
    whose = " ".join(whose.split())
    if not 0 < len(whose) <= NAME:
        raise Refused(phrase("Say whose key this is, in at most %(most)s characters.", most=NAME), field="whose")
    row = {"name": whose, "by": str(by) if by else None, "at": now.astimezone(UTC).isoformat(timespec="seconds")}
    _record(session, "pack.key_trusted", name, by, now, organisation)
    folder = _folder(instance, organisation)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _place(folder / f"{name}.json", json.dumps(row, ensure_ascii=False).encode(), anew=True)


def distrust(
    session: Session, instance: Path, name: str, by: UUID | None, now: datetime, *, organisation: UUID | None = None
) -> None:
    """Take no more packs under a key that was trusted for the same; what was taken stays. Raises NotThere."""
    _check(name)
    path = _folder(instance, organisation) / f"{name}.json"
    if not path.is_file():
        raise NotThere(phrase("This key is not trusted here."))
    _record(session, "pack.key_distrusted", name, by, now, organisation)
    path.unlink()


def _folder(instance: Path, organisation: UUID | None) -> Path:
    return instance / TRUSTED if organisation is None else instance / TRUSTED / str(organisation)


def _record(session: Session, act: str, name: str, by: UUID | None, now: datetime, organisation: UUID | None) -> None:
    details = {"organisation": str(organisation)} if organisation else {}
    audit.record(session, act=act, actor=by, subject=f"key:{name}", details=details, now=now)


def _check(name: str) -> None:
    if not FINGERPRINT.fullmatch(name):
        raise Refused(phrase("The fingerprint of a key has 64 hexadecimal digits."), field="fingerprint")


def _private(instance: Path) -> Ed25519PrivateKey:
    file = instance / FILE
    if not file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        _place(file, base64.b64encode(made))
    if file.stat().st_mode & 0o077:
        raise Refused(phrase("%(file)s can be read by others; run: chmod 600 %(file)s", file=str(file)))
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(file.read_bytes(), validate=True))
    except ValueError:
        raise Refused(
            phrase("%(file)s is no key. Restore it from a backup, or move it away to have a new one.", file=str(file))
        ) from None


def _place(path: Path, content: bytes, *, anew: bool = False) -> None:
    """A whole file for its owner alone. Of two who make it at once one wins, and both go on with that one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-") as file:  # mode 0600
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if anew:
            path.unlink(missing_ok=True)
        try:
            os.link(file.name, path)
        except FileExistsError:
            return
