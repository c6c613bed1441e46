"""Exhibits that trainees acquire on this installation: with custody from the first byte, and kept for one person.

Their files lie where those of other exhibits do, with what was handed over beside the record below `materials/`. The
raw image is kept while somebody works on it; a pack of its own (a delta against the base, below `pack/`) holds it for
good, so that the raw one can go and come back like that of any other exhibit.
"""

import hashlib
import json
import os
import shutil
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, Damaged, DomainError, NotThere, Refused
from training.evidence import service as evidence
from training.evidence.leftovers import unfinished
from training.evidence.models import Exhibit, OwnExhibit
from training.forge import pack
from training.forge.truth import Truth
from training.sentence import phrase
from training.store import Store

if TYPE_CHECKING:
    from training.forge.scenario import Scenario

MATERIALS, PLAN = "materials", "plan.json"
NOT_AVAILABLE = "not_available"
"""Where the truth should stand, why there is none."""

RESPONSE = "response"
"""Under this name keys find in the truth what is known of the live work itself."""

NAMED = 12
"""Digits of the digest in the name of an own exhibit."""
ORIGIN = (
    "Genuine memory of a genuine Debian kernel that ran in QEMU on this installation while a trainee worked on it; "
    "only the story is invented. Every program that acts as an intruder's is inert."
)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose exhibit it is, and what it belongs to: the live work `response_id`, its acquisition `number`."""

    person_id: UUID
    organisation_id: UUID
    release_id: UUID
    assignment_id: UUID | None
    response_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Acquired:
    """An image that was acquired from a machine of a live lab, and what is known of it.

    Attributes:
        whose: see there; None for one that is only proved on and belongs to nobody.
        plan: the variant that the machine played.
        base: folder of the pack whose kernel it ran, and whose symbols so fit.
        way: by a program inside the machine, or by its monitor outside.
        record: the acquisition record, as its lines can be cited.
        truth: what the machine wrote down; None where it could not, and then `why`.
        told: what else is known of the live work, as JSON, for keys.
        captured_at: when it began, by the range's reference clock.
        began_at, ended_at: the same in real time, UTC.
        touches: what custody says of the way of its bytes, in order, each one sentence.
    """

    whose: Whose | None
    plan: "Scenario"
    base: Path
    way: Literal["inside", "outside"]
    record: str
    truth: Truth | None
    captured_at: datetime
    began_at: datetime
    ended_at: datetime
    why: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    touches: Sequence[str] = ()


def acquired(store: Store, instance: Path, image: Path, of: Acquired, now: datetime) -> str:
    """Register an acquired image; its SHA-256. Registering the same one again for the same person changes nothing.

    Args:
        store: of the installation.
        instance: its folder.
        image: raw physical memory from address 0. It is moved to where exhibits lie.
        of: what is known of it.
        now: when it is registered.

    Raises:
        Refused: it is no image of the base's kernel, so that its symbols would not fit.
        Conflict: the very same image is somebody else's exhibit.
        Damaged: the pack of the base is not what its manifest says.
    """
    sha256 = _digest(image)
    with store.reading() as session:
        known = session.get(OwnExhibit, sha256)
        if known is not None:
            _same_person(known, of.whose)
            return sha256
    row = laid_out(instance, image, of, now)
    with store.writing() as session:
        _enter(session, row, of, now)
    return sha256


def laid_out(instance: Path, image: Path, of: Acquired, now: datetime) -> Exhibit:
    """Put the files of an acquired image where exhibits lie, all or nothing; the row that stands for it, not added yet.

    Raises what `acquired` raises of the image.
    """
    sha256 = _digest(image)
    _of_the_base(image, of.base)
    symbols, part = pack.locate(of.base, pack.Role.SYMBOLS)
    record, truth = of.record.encode(), _truth(of)
    target, size = evidence.folder_of(instance, sha256), image.stat().st_size
    target.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(target.parent) as space:
        made = space / sha256
        (made / "symbols" / "linux").mkdir(parents=True)
        with (made / "symbols" / "linux" / part.name).open("wb") as out:
            _copied(symbols, part, out)
        (made / pack.RECORD).write_bytes(record)
        (made / pack.TRUTH).write_bytes(truth)
        (made / PLAN).write_text(of.plan.model_dump_json(by_alias=True, indent=1) + "\n", "utf-8")
        shutil.move(image, made / pack.IMAGE)
        for path in made.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o444)
        if target.exists():  # a unit that failed left it without a row
            shutil.rmtree(target)
        made.replace(target)
    row = _row(of, sha256, size, now)
    row.symbols_sha256, row.banner = part.sha256, pack.read(of.base).banner
    row.record_sha256, row.truth_sha256 = (hashlib.sha256(each).hexdigest() for each in (record, truth))
    return row


def _row(of: Acquired, sha256: str, size: int, now: datetime) -> Exhibit:
    return Exhibit(
        sha256=sha256,
        name=f"{of.plan.pack}-{sha256[:NAMED]}",
        title=of.plan.title,
        os="linux",
        size=size,
        origin=ORIGIN,
        captured_at=of.captured_at,
        registered_at=now,
    )


def _enter(session: Session, row: Exhibit, of: Acquired, now: datetime) -> None:
    session.add(row)
    session.flush()
    whose = of.whose
    assert whose is not None  # noqa: S101 - what is registered belongs to somebody
    own = OwnExhibit(
        sha256=row.sha256,
        person_id=whose.person_id,
        organisation_id=whose.organisation_id,
        release_id=whose.release_id,
        assignment_id=whose.assignment_id,
        response_id=whose.response_id,
        number=whose.number,
        variant=of.plan.variant,
        way=of.way,
        base=of.base.name,
        truth=of.truth is not None,
        materials=[],
        conduct=None,
        dropped_at=None,
    )
    session.add(own)
    session.flush()
    how = "a program inside the machine" if of.way == "inside" else "the machine's monitor, from outside"
    began = f"{of.began_at:%Y-%m-%d %H:%M:%S}"
    evidence.note(session, row.sha256, "captured", f"Acquisition begun at {began} UTC by {how}", of.began_at)
    for touch in of.touches:
        evidence.note(session, row.sha256, "captured", touch, of.ended_at)
    said = f"Registered as the own exhibit of whoever acquired it; SHA-256 {row.sha256}, {row.size} bytes of raw memory"
    evidence.note(session, row.sha256, "registered", said, now)
    details = {"name": row.name, "sha256": row.sha256, "response": str(whose.response_id), "way": of.way}
    subject = f"exhibit:{row.sha256}"
    audit.record(session, act="exhibit.acquired", actor=whose.person_id, subject=subject, details=details, now=now)


def _same_person(known: OwnExhibit, whose: Whose | None) -> None:
    if whose is None or known.person_id != whose.person_id:
        raise Conflict(phrase("This very image is registered already, as somebody else's exhibit."))


def _of_the_base(image: Path, base: Path) -> None:
    """Raises Refused unless the image holds the kernel of the base, by its banner and by the place of every symbol."""
    from training.forge.build.ground import demand_kernel_of  # noqa: PLC0415 - much code, for those who acquire alone

    try:
        demand_kernel_of(base, image)
    except Damaged:
        raise
    except (DomainError, OSError, ValueError, LookupError, struct.error) as bad:
        why = bad.message if isinstance(bad, DomainError) else type(bad).__name__
        raise Refused(
            phrase("This is no whole image of the machine's memory, so nothing was registered: %(why)s", why=why)
        ) from bad


def _truth(of: Acquired) -> bytes:
    told = of.truth.model_dump(mode="json") if of.truth else {NOT_AVAILABLE: of.why or "nobody said why"}
    return (json.dumps({**told, RESPONSE: dict(of.told)}, indent=1, ensure_ascii=False) + "\n").encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copied(source: Path, part: pack.Part, out: Any) -> None:
    if (found := _digest(source)) != part.sha256:
        about = {"file": source.name, "wanted": part.sha256, "found": found}
        raise Damaged(phrase("%(file)s: expected SHA-256 %(wanted)s, found %(found)s", **about))
    with source.open("rb") as file:
        shutil.copyfileobj(file, out, 1 << 20)


def of(session: Session, sha256: str) -> OwnExhibit | None:
    """Whose own exhibit an image is; None for one that came in a pack."""
    return session.get(OwnExhibit, sha256)


def demand(session: Session, sha256: str) -> OwnExhibit:
    """The same. Raises NotThere."""
    found = of(session, sha256)
    if found is None:
        raise NotThere(phrase("no exhibit %(sha256)s is registered here", sha256=sha256))
    return found


def of_response(session: Session, response: UUID) -> list[OwnExhibit]:
    """The exhibits that came of one live work, in the order of their acquisition."""
    return list(session.scalars(select(OwnExhibit).filter_by(response_id=response).order_by(OwnExhibit.number)))


def lay_beside(
    session: Session, instance: Path, sha256: str, handed: Sequence[tuple[Mapping[str, object], bytes]], now: datetime
) -> OwnExhibit:
    """Seal what is handed over with an own exhibit beside its record: once, and in the custody log with each digest.

    Args:
        session: of a writing unit.
        instance: folder of the installation.
        sha256: of the exhibit.
        handed: description of each material (its `name` and `file`, and what its reader needs), and its bytes.
        now: when.

    Raises:
        Conflict: something else was sealed before.
    """
    own = demand(session, sha256)
    described = [
        {**told, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} for told, content in handed
    ]
    if own.materials == described:
        return own
    if own.materials:
        raise Conflict(phrase("What was handed over with this exhibit is sealed already."))
    folder = evidence.folder_of(instance, sha256) / MATERIALS
    folder.mkdir(exist_ok=True)
    for (told, content), one in zip(handed, described, strict=True):
        with tempfile.NamedTemporaryFile("wb", dir=folder, delete=False) as file:
            file.write(content)
        Path(file.name).chmod(0o444)
        os.replace(file.name, folder / str(told["file"]))  # noqa: PTH105 - a rename, all or nothing
        evidence.note(session, sha256, "registered", f"Sealed with it: {told['name']}, SHA-256 {one['sha256']}", now)
    own.materials = described
    session.flush()
    return own


def path_of(instance: Path, sha256: str, told: Mapping[str, object]) -> Path:
    """Where a material of an own exhibit lies, found to be what was sealed. Raises Damaged with both digests."""
    path = evidence.folder_of(instance, sha256) / MATERIALS / Path(str(told["file"])).name
    try:
        found = _digest(path)
    except OSError as bad:
        raise Damaged(phrase("%(file)s of this exhibit can't be read.", file=path.name)) from bad
    if found != told["sha256"]:
        about = {"file": path.name, "wanted": str(told["sha256"]), "found": found}
        raise Damaged(phrase("%(file)s: expected SHA-256 %(wanted)s, found %(found)s", **about))
    return path
