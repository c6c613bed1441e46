"""What an installation has already, as a small signed file for whoever sends a session to it.

So a bundle holds only what is missing over there, and is sealed for that installation alone.
"""

import base64
import json
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.models import Run, State
from training.content.models import Release
from training.courses.moving import signing
from training.errors import Refused
from training.evidence.models import Exhibit
from training.hosting.carry import sealing
from training.hosting.carry.bundle import SHA256, lines
from training.sentence import phrase
from training.settings import Settings
from training.store.migrate import standing

SIGNED_AS = b"engram manifest of an installation 1\n"
LARGEST = 2**24  # bytes
Digest = str


class Presence(BaseModel):
    """What is there: the schema of its program, its keys, exhibits by SHA-256, releases, complete runs by key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    by: str = Field(pattern=SHA256)
    schema_at: str = Field(max_length=80)
    receiver: str = Field(max_length=60)
    exhibits: frozenset[Digest] = Field(max_length=10_000)
    releases: frozenset[str] = Field(max_length=20_000)
    runs: frozenset[Digest] = Field(max_length=200_000)


def of(session: Session, settings: Settings) -> Presence:
    """What this installation has."""
    return Presence(
        format=1,
        by=signing.fingerprint(signing.public_key(settings.instance)),
        schema_at=standing(settings.database).program,
        receiver=sealing.public_key(settings.instance),
        exhibits=frozenset(session.scalars(select(Exhibit.sha256))),
        releases=frozenset(f"{one.kind}/{one.name}/{one.sha256}" for one in session.scalars(select(Release))),
        runs=frozenset(session.scalars(select(Run.key).where(Run.state == State.COMPLETE, Run.removed_at.is_(None)))),
    )


def signed(session: Session, settings: Settings) -> bytes:
    """The same as a file, signed by this installation."""
    said = of(session, settings).model_dump(mode="json")
    ordered = {name: sorted(value) if isinstance(value, list) else value for name, value in said.items()}
    data = lines(ordered)
    key, signature = signing.public_key(settings.instance), signing.sign(settings.instance, SIGNED_AS + data)
    whole = {"has": ordered, "key": _text(key), "signature": _text(signature)}
    return json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"


def read(data: bytes) -> Presence:
    """The manifest of another installation. Raises Refused for what is damaged or was not signed by its key."""
    fault = phrase("This is no manifest of an installation, or it was changed. Ask for it again.")
    if len(data) > LARGEST:
        raise Refused(fault)
    try:
        whole = json.loads(data)
        key, signature = (base64.b64decode(whole[name], validate=True) for name in ("key", "signature"))
        found = Presence.model_validate(whole["has"])
        held = signing.holds(key, signature, SIGNED_AS + lines(whole["has"]))
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        raise Refused(fault) from None
    if not held or found.by != signing.fingerprint(key):
        raise Refused(fault)
    return found


def demand_trust(instance: Path, found: Presence, organisation: UUID | None) -> None:
    """Raises Refused unless that installation is trusted by an organisation, or on the command line (None): what is
    sealed for it, it can read.
    """
    if not signing.is_trusted(instance, found.by, organisation):
        raise Refused(
            phrase(
                "Nobody here has said that the key %(key)s is trusted. Compare it with the other installation first.",
                key=signing.spelled(found.by),
            )
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
