"""Files of a bundle on their way to where they lie: releases, exhibits, results.

They are written out and held against their digests beside where they are going, and moved there, by renames, within
the unit that enters their rows. A file that lies there without a row, since the unit failed, is harmless: it is named
by its content, or by a run that will write it again.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.errors import DomainError, Refused
from training.evidence import own_packs
from training.evidence import service as evidence
from training.evidence.models import PAPERS, Custody, Exhibit, OwnExhibit
from training.evidence.own import MATERIALS
from training.forge import pack
from training.hosting.carry import drafts
from training.hosting.carry.bundle import Bundle
from training.hosting.carry.rows import Row
from training.hosting.carry.sealing import FOLDER
from training.hosting.carry.sending import OWN_KEYS
from training.labs import reader
from training.labs.models import OwnKeys
from training.sentence import phrase
from training.settings import Settings
from training.store import Store, new_id

Added = Mapping[str, Sequence[Row]]
LAID = "laid"


def lacking(settings: Settings, of: Bundle, added: Added) -> list[str]:
    """What rows that would be added need, and neither is in the bundle nor here, each in words."""
    releases = (f"{row['kind']}/{row['name']}/{row['sha256']}" for row in added.get("release", ()))
    kept = settings.instance / "releases"
    found = [
        phrase("release %(name)s", name=one)
        for one in releases
        if not of.paths(f"releases/{one}") and not (kept / one).is_dir()
    ]
    found += [
        phrase("exhibit %(name)s", name=row["name"]) for row in added.get("exhibit", ()) if not _from(settings, of, row)
    ]
    found += [
        phrase("the rows of %(plugin)s", plugin=row["plugin"])
        for row in added.get("run", ())
        if row["state"] == "complete" and not row["removed_at"] and f"results/{row['id']}.db" not in of.places
    ]
    return [*found]


def _from(settings: Settings, of: Bundle, row: Row) -> bool:
    if row["os"] == PAPERS:
        return f"papers/{row['sha256']}" in of.places
    packed = f"exhibits/{row['name']}/{pack.MANIFEST}" in of.places
    return packed or _shipped(settings, row) is not None


def _shipped(settings: Settings, row: Row) -> Path | None:
    """The pack of an exhibit that came with the program here."""
    folder = settings.labs / "exhibits" / str(row["name"])
    try:
        return folder if pack.read(folder).sha256 == row["sha256"] else None
    except DomainError:
        return None


@contextmanager
def unpacked(store: Store, settings: Settings, of: Bundle) -> Iterator[Path]:
    """The files of a bundle in a folder that goes away again, with the exhibits that are new here laid out in `LAID`.

    An image takes its time, and for that time nobody has to wait, since no unit is open yet.
    """
    with drafts.folder(settings.instance / FOLDER) as folder:
        for path in of.places:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                of.copy(path, file, settings.instance)
        with store.reading() as session:
            known = frozenset(session.scalars(select(Exhibit.sha256)))
        for packed in sorted(folder.glob("exhibits/*")):
            manifest = pack.read(packed)
            if manifest.kind is pack.Kind.EXHIBIT and manifest.sha256 not in known:
                _lay(settings, folder, {"name": manifest.name, "sha256": manifest.sha256})
        yield folder


def _lay(settings: Settings, folder: Path, row: Row) -> Path:
    """Lay an exhibit out, from the pack of this program where that holds it; where it is laid out already, that."""
    laid = folder / LAID / str(row["sha256"])
    if not laid.exists():
        shipped = _shipped(settings, row)
        if shipped:  # the image is unpacked when it is opened first
            pack.lay_out(shipped, laid)
        else:
            pack.unpack(folder / "exhibits" / row["name"], laid)
    return laid


def place(session: Session, settings: Settings, folder: Path, added: Added, now: datetime) -> None:
    """Put the files of rows that were added where they belong. Raises Refused for files that are others than that."""
    for row in added.get("release", ()):
        _release(settings, folder, row)
    for row in added.get("exhibit", ()):
        _exhibit(session, settings, folder, row, now)
    for row in added.get("run", ()):
        made = folder / "results" / f"{row['id']}.db"
        if made.is_file():
            _move(made, settings.instance / "results" / f"{row['key']}-{row['try_no']}.db", 0o600)
    for beside in sorted(folder.glob("own/*")):
        _own(session, settings, folder, beside)


def _own(session: Session, settings: Settings, folder: Path, beside: Path) -> None:
    """What belongs to an image that a trainee acquired: materials, keys and pack, where they aren't here."""
    whose = session.get(OwnExhibit, beside.name)
    if whose is None:
        return
    exhibit, target = evidence.get(session, whose.sha256), evidence.folder_of(settings.instance, whose.sha256)
    for told in whose.materials:
        made = beside / Path(str(told["file"])).name
        if made.is_file() and not (target / MATERIALS / made.name).exists():
            if hashlib.sha256(made.read_bytes()).hexdigest() != told["sha256"]:
                raise Refused(phrase("The files of %(name)s are not those of its exhibit.", name=exhibit.name))
            _move(made, target / MATERIALS / made.name, 0o444)
    release = content.folder_of(settings.instance, session.get_one(Release, whose.release_id))
    keys, found = beside / OWN_KEYS, session.get(OwnKeys, whose.sha256)
    if keys.is_file() and found is not None and not reader.acquired(release, whose.sha256).exists():
        if hashlib.sha256(keys.read_bytes()).hexdigest() != found.sealed:
            raise Refused(phrase("The files of %(name)s are not those of its exhibit.", name=exhibit.name))
        _move(keys, reader.acquired(release, whose.sha256), 0o444)
    packed = folder / "exhibits" / exhibit.name
    if packed.is_dir() and not evidence.own_pack(settings.instance, exhibit).is_dir():
        own_packs.receive(settings, exhibit, packed)


def _release(settings: Settings, folder: Path, row: Row) -> None:
    name = Path("releases") / row["kind"] / row["name"] / row["sha256"]
    target, made = settings.instance / name, folder / name
    if target.is_dir():
        return
    if content.digest_of(made) != row["sha256"]:
        raise Refused(phrase("The files of %(name)s are not those of its release.", name=str(row["name"])))
    for path in made.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o444)
    target.parent.mkdir(parents=True, exist_ok=True)
    made.chmod(0o755)
    made.replace(target)


def _exhibit(session: Session, settings: Settings, folder: Path, row: Row, now: datetime) -> None:
    target = evidence.folder_of(settings.instance, row["sha256"])
    if row["os"] == PAPERS:
        made = folder / "papers" / row["sha256"]
        if hashlib.sha256(made.read_bytes()).hexdigest() != row["sha256"]:
            raise Refused(phrase("The files of %(name)s are not those of its exhibit.", name=str(row["name"])))
        _move(made, target / pack.RECORD, 0o444)
    else:
        _demand(_shipped(settings, row) or folder / "exhibits" / row["name"], row)
        laid = _lay(settings, folder, row)
        for made in (one for one in sorted(laid.rglob("*")) if one.is_file()):
            _move(made, target / made.relative_to(laid), 0o444)
    said = f"Registered; it came with a session, for the content of SHA-256 {row['sha256']}"
    custody = {"id": new_id(), "exhibit": row["sha256"], "act": "registered", "text": said, "at": now}
    session.execute(insert(cast("Table", Custody.__table__)).values(custody))
    details = {"name": row["name"], "sha256": row["sha256"]}
    subject = f"exhibit:{row['sha256']}"
    audit.record(session, act="exhibit.registered", actor=None, subject=subject, details=details, now=now)


def _demand(packed: Path, row: Row) -> None:
    """Raises Refused unless a pack is of the exhibit that its row says."""
    manifest = pack.read(packed)
    told = (
        manifest.sha256,
        pack.symbols_sha256(packed),
        manifest.files[pack.Role.RECORD].lies,
        manifest.files[pack.Role.TRUTH].lies,
    )
    if told != (row["sha256"], row["symbols_sha256"], row["record_sha256"], row["truth_sha256"]):
        raise Refused(phrase("The files of %(name)s are not those of its exhibit.", name=str(row["name"])))


def _move(made: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    made.chmod(mode)
    os.replace(made, target)  # noqa: PTH105 - a rename, all or nothing
