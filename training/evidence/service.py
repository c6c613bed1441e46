"""Register exhibits, keep watch over their files, and hand them out for reading.

Files lie in `instance/exhibits/<sha256>/` and are read-only. The image is unpacked there when it is opened first.
Before the first use after a start it is hashed again; later uses look at size, time of change and inode, which a change
of the content would not leave as they were.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.exhibit import ExhibitFiles
from training.audit import service as audit
from training.errors import UNREADABLE, Conflict, Damaged, NotThere, Refused, describe
from training.evidence import links, symbols
from training.evidence.models import PAPERS, WRITTEN, Custody, Exhibit, OwnExhibit
from training.evidence.symbols import digest
from training.forge import pack
from training.sentence import joined, phrase
from training.store import Store

AGAIN = timedelta(minutes=10)
"""How old the last hashing of an exhibit may be when somebody asks for one: a class asks at the same time."""

AT_ONCE = 1 << 30
"""Bytes of an image that are hashed while somebody waits; of a larger one the hashing at its opening is told."""

Progress = Callable[[str, int, int], None]
"""Called with the name of an exhibit, the bytes done and the bytes in all."""
Stamp = tuple[tuple[int, int, int] | None, ...]
"""Size, time of change and inode of each file of an exhibit."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One exhibit after its image was hashed; `fault` names the digests expected and found where they differ."""

    name: str
    sha256: str
    fault: str | None
    at: datetime


def folder_of(instance: Path, sha256: str) -> Path:
    """Where an exhibit's files lie."""
    return instance / "exhibits" / sha256


def own_pack(instance: Path, exhibit: Exhibit) -> Path:
    """Where the pack of an exhibit lies that was acquired here, if it is one and was packed."""
    return folder_of(instance, exhibit.sha256) / "pack" / exhibit.name


def packs_in(labs: Path) -> list[Path]:
    """The packs of exhibits that came with the program, by name; one whose manifest can't be read is among them."""
    return [folder for folder in _folders(labs) if _may_be_exhibit(folder)]


def bases_in(labs: Path) -> list[Path]:
    """The packs that exhibits are deltas against, bases and additions, by name: they are never registered."""
    return [folder for folder in _folders(labs) if not _may_be_exhibit(folder)]


def _folders(labs: Path) -> list[Path]:
    return sorted(file.parent for file in (labs / "exhibits").glob(f"*/{pack.MANIFEST}"))


def _may_be_exhibit(folder: Path) -> bool:
    try:
        return pack.read(folder).kind is pack.Kind.EXHIBIT
    except Damaged:  # said by whoever uses it
        return True


def register(store: Store, instance: Path, folder: Path, now: datetime, progress: Progress | None = None) -> str:
    """Enter the exhibit of a pack in the registry and lay out its symbols, truth and record; the SHA-256 of its image.

    Every packed file is held against the manifest just before; so is an image that lies there already. The image is
    unpacked when it is opened first (`Vault`). A registered exhibit stays as it is; what is missing of its small files
    is laid out again.

    Raises:
        Damaged: a file is not what the manifest says, with both digests.
        Refused: the pack is a base or an addition.
        Conflict: this image is registered under another name, or with other symbols, another truth or record.
    """
    manifest = pack.read(folder)
    if manifest.kind is not pack.Kind.EXHIBIT:
        raise Refused(phrase("%(name)s is a base of exhibits, and no exhibit to be registered", name=manifest.name))
    target = folder_of(instance, manifest.sha256)
    symbols = pack.symbols_sha256(folder)
    with store.reading() as session:
        known = demand_same(session, folder)
    there = (target / pack.IMAGE).is_file()
    if not _laid_out(target, manifest) or not (known or there):
        pack.lay_out(folder, target)
    if there and not known:
        pack.verify(target, manifest.sha256, reporting(manifest.name, progress))
    if known:
        return manifest.sha256
    with store.writing() as session:
        _enter(session, manifest, symbols, now)
    return manifest.sha256


def demand_same(session: Session, folder: Path) -> bool:
    """Whether the exhibit of a pack is registered. It is evidence, so no other pack takes its place by itself.

    Raises:
        Conflict: its image is registered under another name, or with other symbols, another truth or record.
    """
    manifest = pack.read(folder)
    row = session.get(Exhibit, manifest.sha256)
    if row is None:
        return False
    if row.name != manifest.name:
        raise Conflict(
            phrase("%(name)s holds the image that is registered as %(known)s", name=manifest.name, known=row.name)
        )
    other_symbols = phrase("%(name)s is registered with other symbols than its pack holds.", name=row.name)
    other_truth = phrase("%(name)s is registered with another truth than its pack holds.", name=row.name)
    other_record = phrase("%(name)s is registered with another record than its pack holds.", name=row.name)
    for difference, wanted, found in (
        (other_symbols, row.symbols_sha256, pack.symbols_sha256(folder)),
        (other_truth, row.truth_sha256, manifest.files[pack.Role.TRUTH].lies),
        (other_record, row.record_sha256, manifest.files[pack.Role.RECORD].lies),
    ):
        if wanted != found:
            why = phrase(
                "The registered one (SHA-256 %(wanted)s) stays in use; to take the one of the pack (%(found)s) run: "
                "%(command)s",
                wanted=wanted,
                found=found,
                command=f"python app.py exhibit replace {row.name}",
            )
            raise Conflict(joined(difference, why))
    return True


def _enter(session: Session, manifest: pack.Manifest, symbols: str, now: datetime) -> None:
    session.add(
        Exhibit(
            sha256=manifest.sha256,
            name=manifest.name,
            title=manifest.title,
            os=manifest.os,
            size=manifest.size,
            symbols_sha256=symbols,
            record_sha256=manifest.files[pack.Role.RECORD].lies,
            truth_sha256=manifest.files[pack.Role.TRUTH].lies,
            banner=manifest.banner,
            origin=manifest.origin,
            captured_at=manifest.captured_at,
            registered_at=now,
        )
    )
    session.flush()
    note(session, manifest.sha256, "captured", origin_of(manifest), manifest.captured_at)
    registered = f"Registered; every packed file found as recorded, for the image of SHA-256 {manifest.sha256}"
    note(session, manifest.sha256, "registered", registered, now)
    details = {"name": manifest.name, "sha256": manifest.sha256}
    subject = f"exhibit:{manifest.sha256}"
    audit.record(session, act="exhibit.registered", actor=None, subject=subject, details=details, now=now)


def origin_of(manifest: pack.Manifest) -> str:
    """How an exhibit came to be, for its custody log: what the forge did, else what its pack says, as its words."""
    if not manifest.made_by.startswith(pack.FORGE):
        return f"As its pack says: {manifest.origin}"
    return f"{'Written' if manifest.origin.startswith(WRITTEN) else 'Captured'} by the forge: {manifest.origin}"


def _laid_out(target: Path, manifest: pack.Manifest) -> bool:
    """Whether the very record and truth of the pack lie there."""
    small = ((pack.RECORD, pack.Role.RECORD), (pack.TRUTH, pack.Role.TRUTH))
    return all(digest(target / name) == manifest.files[role].lies for name, role in small)


def is_unpacked(instance: Path, exhibit: Exhibit) -> bool:
    """Whether the image of an exhibit lies there, as it should be or not."""
    try:
        return (folder_of(instance, exhibit.sha256) / pack.IMAGE).exists()
    except OSError:  # something lies there that can't be looked at, which hashing says
        return True


def unpack(instance: Path, exhibit: Exhibit, packed: Path, progress: Progress | None = None) -> None:
    """Unpack the image of a registered exhibit where it does not lie there yet.

    Raises Damaged where the pack is not there, holds another image or is damaged, and NoRoom.
    """
    target = folder_of(instance, exhibit.sha256)
    if exhibit.withdrawn_at is not None:
        raise Damaged(phrase("%(name)s was unregistered, so nothing can run on it any more.", name=exhibit.name))
    if is_unpacked(instance, exhibit):
        return
    if (mine := own_pack(instance, exhibit)).is_dir():
        links.lay(mine, packed.parent)
        packed = mine
    if not packed.is_dir() or pack.read(packed).sha256 != exhibit.sha256:
        raise Damaged(phrase("the image of %(name)s is not here, and no pack holds it", name=exhibit.name))
    pack.unpack(packed, target, reporting(exhibit.name, progress))


def reporting(name: str, progress: Progress | None) -> Callable[[int, int], None]:
    """The progress of one exhibit, told under its name."""
    return (lambda done, total: progress(name, done, total)) if progress else pack.nothing


def get(session: Session, sha256: str) -> Exhibit:
    """The exhibit with this SHA-256."""
    exhibit = session.get(Exhibit, sha256)
    if exhibit is None:
        raise NotThere(phrase("no exhibit %(sha256)s is registered here", sha256=sha256))
    return exhibit


def by_name(session: Session, name: str) -> Exhibit:
    """The exhibit that came in the pack of this name; of several, the one registered last."""
    found = (
        select(Exhibit).filter_by(name=name, withdrawn_at=None).order_by(Exhibit.registered_at.desc(), Exhibit.sha256)
    )
    exhibit = session.scalars(found).first()
    if exhibit is None:
        how = f"python app.py exhibit register labs/exhibits/{name}"
        raise NotThere(phrase("no exhibit %(name)s is registered here; run: %(command)s", name=name, command=how))
    return exhibit


def every(session: Session, *, own: bool = False) -> list[Exhibit]:
    """All registered memory images that came in packs, by name; with `own` those too that trainees acquired."""
    images = select(Exhibit).where(Exhibit.os != PAPERS, Exhibit.withdrawn_at.is_(None))
    if not own:
        images = images.where(Exhibit.sha256.not_in(select(OwnExhibit.sha256)))
    return list(session.scalars(images.order_by(Exhibit.name, Exhibit.registered_at)))


def custody(session: Session, sha256: str, newest: int = 50) -> list[Custody]:
    """The newest touches that were noted, oldest of them first."""
    found = select(Custody).filter_by(exhibit=sha256).order_by(Custody.at.desc(), Custody.id.desc()).limit(newest)
    return list(session.scalars(found))[::-1]


def fault_of(session: Session, sha256: str) -> str | None:
    """What the last hashing of an exhibit found wrong, with both digests; None where it was found whole, or never."""
    last = select(Custody).filter_by(exhibit=sha256).where(Custody.act.in_(("verified", "damaged")))
    row = session.scalars(last.order_by(Custody.at.desc(), Custody.id.desc()).limit(1)).first()
    return row.text if row is not None and row.act == "damaged" else None


def faults(session: Session) -> dict[str, str]:
    """The same for every registered exhibit that is damaged, by name."""
    once = set(session.scalars(select(Custody.exhibit).filter_by(act="damaged").distinct()))
    told = {row.name: fault_of(session, row.sha256) for row in every(session) if row.sha256 in once}
    return {name: fault for name, fault in told.items() if fault is not None}


def record(instance: Path, exhibit: Exhibit) -> list[str]:
    """The lines of the acquisition record that was handed over with the exhibit; line 1 is the first."""
    path = folder_of(instance, exhibit.sha256) / pack.RECORD
    return _text(path, _mark(path), exhibit.name, exhibit.record_sha256).splitlines()


def truth(instance: Path, exhibit: Exhibit) -> dict[str, Any]:
    """What the captured machine wrote down about itself, and under `exhibit` what the registry says of the image. For
    keys only: never shown to a trainee.
    """
    loaded: dict[str, Any] = json.loads(_read(instance, exhibit, pack.TRUTH, exhibit.truth_sha256))
    return {**loaded, "exhibit": {"name": exhibit.name, "sha256": exhibit.sha256, "size": exhibit.size}}


def _read(instance: Path, exhibit: Exhibit, name: str, sha256: str) -> str:
    """A small file of an exhibit, hashed as it is read. Raises Damaged with both digests."""
    return _checked(folder_of(instance, exhibit.sha256) / name, exhibit.name, sha256)


def _checked(path: Path, exhibit: str, sha256: str) -> str:
    found = digest(path)
    if found != sha256:
        about = {"exhibit": exhibit, "file": path.name, "wanted": sha256, "found": found}
        raise Damaged(phrase("%(exhibit)s, %(file)s: expected SHA-256 %(wanted)s, found %(found)s", **about))
    return path.read_text("utf-8")


@lru_cache(maxsize=64)
def _text(path: Path, mark: tuple[int, int, int] | None, exhibit: str, sha256: str) -> str:  # noqa: ARG001 - the mark tells one content from the next
    """The same, hashed once for each state of the file: every finding needs the record."""
    return _checked(path, exhibit, sha256)


def decode(
    exhibit: Exhibit, packed: Path, references: pack.References, now: datetime, progress: Progress | None = None
) -> Verified:
    """Decode the pack of an exhibit that is not unpacked to nowhere: every digest of its manifest must come out."""
    fault = None
    try:
        found = pack.check(packed, reporting(exhibit.name, progress), references=references)
        if found.sha256 != exhibit.sha256:
            fault = f"{packed.name} holds another image than the one that is registered"
    except UNREADABLE as bad:
        fault = describe(bad)
    return Verified(exhibit.name, exhibit.sha256, fault, now)


def verify(store: Store, instance: Path, exhibit: Exhibit, now: datetime, progress: Progress | None = None) -> Verified:
    """Hash image, symbols, record and truth again and note the outcome in the custody log."""
    folder = folder_of(instance, exhibit.sha256)
    fault = None
    try:
        _read(instance, exhibit, pack.RECORD, exhibit.record_sha256)
        if exhibit.os != PAPERS:
            pack.verify(folder, exhibit.sha256, reporting(exhibit.name, progress))
            symbols.check(folder, exhibit)
            _read(instance, exhibit, pack.TRUTH, exhibit.truth_sha256)
    except UNREADABLE as bad:
        fault = describe(bad)
        if str(folder) in fault:  # where it lies is no business of its readers
            fault = fault.replace(f"{folder}/", f"{exhibit.name}, ")
    with store.writing() as session:
        act = "damaged" if fault else "verified"
        note(session, exhibit.sha256, act, fault or f"SHA-256 {exhibit.sha256} found as recorded", now)
    return Verified(exhibit.name, exhibit.sha256, fault, now)


class Vault:
    """Hands out exhibits for reading, and only such as were found whole."""

    def __init__(self, store: Store, instance: Path, packs: Path, clock: Callable[[], datetime]) -> None:
        self._store, self._instance, self._packs, self._clock = store, instance, packs, clock
        self._seen: dict[str, tuple[Stamp, Verified]] = {}
        self._lock = threading.Lock()

    def open(self, sha256: str) -> ExhibitFiles:
        """The files of an exhibit. Raises Damaged with both digests, and then nothing may run on it."""
        exhibit, folder = self._exhibit(sha256)
        with self._lock:
            unpack(self._instance, exhibit, self._packs / exhibit.name)
            found = self._same(sha256, folder) or self._hash(exhibit, folder)
        if found.fault:
            said = phrase("Exhibit %(name)s is damaged and was not used.", name=exhibit.name)
            raise Damaged(joined(said, found.fault))
        return ExhibitFiles(sha256, exhibit.symbols_sha256, folder / pack.IMAGE, folder / "symbols", exhibit.os)

    def verify(self, sha256: str) -> Verified:
        """Hash an exhibit because somebody asked; what was found within the last minutes is told again, with its time.

        The outcome is noted in the custody log whenever the image is hashed. Raises NotThere.
        """
        exhibit, folder = self._exhibit(sha256)
        with self._lock:
            if exhibit.os != PAPERS:
                unpack(self._instance, exhibit, self._packs / exhibit.name)
            last = self._same(sha256, folder)
            if last and (exhibit.size > AT_ONCE or self._clock() - last.at < AGAIN):
                return last
            return self._hash(exhibit, folder)

    def _exhibit(self, sha256: str) -> tuple[Exhibit, Path]:
        with self._store.reading() as session:
            return get(session, sha256), folder_of(self._instance, sha256)

    def _same(self, sha256: str, folder: Path) -> Verified | None:
        """What was found when the files were as they are now."""
        stamp, found = self._seen.get(sha256, (None, None))
        return found if found and stamp == _stamp(folder) else None

    def _hash(self, exhibit: Exhibit, folder: Path) -> Verified:
        found = verify(self._store, self._instance, exhibit, self._clock())
        self._seen.pop(exhibit.sha256, None)
        if found.fault is None:
            self._seen[exhibit.sha256] = (_stamp(folder), found)
        return found


def _stamp(folder: Path) -> Stamp:
    """What a change of any file of the exhibit would not leave as it was; None for a file that is not there."""
    files = [folder / pack.IMAGE, folder / pack.RECORD, folder / pack.TRUTH, *sorted(folder.glob("symbols/*/*"))]
    return tuple(_mark(path) for path in files)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino)


def note(session: Session, sha256: str, act: str, text: str, at: datetime) -> None:
    """Note a touch of an exhibit in its custody log."""
    session.add(Custody(exhibit=sha256, act=act, text=text, at=at))
