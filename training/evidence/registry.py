"""Take exhibits in that were made elsewhere, replace them, and take them out again.

What came with the program was examined when it was made. Anything else is held against its own claims first: the
symbols have to be symbols, and those of the kernel in the image (`fitting`).
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis.models import Run
from training.audit import service as audit
from training.content import shipped
from training.errors import UNREADABLE, Conflict, Refused
from training.evidence import fitting, leftovers
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.evidence.service import Progress
from training.forge import pack
from training.labs import reader
from training.labs.models import Attempt
from training.sentence import counted, joined, listed, phrase
from training.settings import Settings
from training.store import Store

HOW = phrase(
    "exhibit register needs the folder of a pack: exhibit.json, the image packed with zstd, its symbols as .json.xz, "
    "truth.json and record.txt. docs/forge.md, 'A pack of your own', shows how to make one"
)


@dataclass(frozen=True, slots=True)
class Hanging:
    """What rests on an exhibit: names of labs, and how many attempts and complete or other runs."""

    labs: tuple[str, ...]
    attempts: int
    runs: int

    def __bool__(self) -> bool:
        return bool(self.labs or self.attempts or self.runs)

    def __str__(self) -> str:
        return self.told()

    def told(self) -> str:
        """The same as a sentence, without its full stop."""
        labs = phrase("labs %(labs)s", labs=", ".join(self.labs)) if self.labs else phrase("no lab")
        attempts = counted("%(num)s attempt", "%(num)s attempts", self.attempts)
        return listed([labs, attempts, counted("%(num)s run", "%(num)s runs", self.runs)])


def take_in(
    store: Store, settings: Settings, folder: Path, now: datetime, progress: Progress | None = None, *, again: bool
) -> str:
    """Register the exhibit of a pack, examined first unless it came with the program; the SHA-256 of its image.

    Args:
        store: of the installation.
        settings: of the installation.
        folder: the pack.
        now: when.
        progress: told while the image is unpacked.
        again: whether an exhibit that was unregistered is registered again; else it stays out.

    Raises:
        Refused: the folder is no pack of an exhibit, or the symbols are none or don't fit the image.
        Damaged, Conflict: as `evidence.register`.
        NoRoom: the image can't be unpacked.
    """
    if not folder.is_dir():
        raise Refused(joined(phrase("%(path)s is a file.", path=str(folder)), HOW))
    if not (folder / pack.MANIFEST).exists():
        raise Refused(joined(phrase("%(path)s holds no %(file)s.", path=str(folder), file=pack.MANIFEST), HOW))
    manifest = pack.read(folder)
    with store.reading() as session:
        row = session.get(Exhibit, manifest.sha256)
    if row is not None and row.withdrawn_at is not None:
        if not again:
            return row.sha256
        _examine(settings, folder, manifest, progress)
        _restore(store, row, now)
    elif row is None and not shipped.is_shipped(f"{shipped.PACKS}/{folder.resolve().name}", folder):
        _examine(settings, folder, manifest, progress)
    return evidence.register(store, settings.instance, folder, now, progress)


def _examine(settings: Settings, folder: Path, manifest: pack.Manifest, progress: Progress | None) -> None:
    """Lay an exhibit out where it belongs, after its symbols were held against its image.

    One that is refused changes nothing of what lies there.
    """
    if manifest.kind is pack.Kind.ADDITION:
        raise Refused(
            phrase("%(name)s is an addition to exhibits, and no exhibit to be registered", name=manifest.name)
        )
    if manifest.kind is not pack.Kind.EXHIBIT:
        raise Refused(phrase("%(name)s is a base of exhibits, and no exhibit to be registered", name=manifest.name))
    target = evidence.folder_of(settings.instance, manifest.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    with leftovers.unfinished(target.parent) as space:
        made = space / manifest.sha256
        image = pack.unpack(folder, made, evidence.reporting(manifest.name, progress))
        fitting.check(made, image, manifest.os, manifest.banner)
        _demand_truth(made / pack.TRUTH)
        target.mkdir(exist_ok=True)
        for path in made.iterdir():
            there = target / path.name
            if there.is_dir() and not there.is_symlink():
                shutil.rmtree(there)
            path.replace(there)


def _demand_truth(path: Path) -> None:
    """Refuse a truth that no key could be read from; what is not known of a machine may be left out of it."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Refused(
            phrase(
                "%(file)s holds no JSON object; write %(empty)s where nothing is known of the machine",
                file=path.name,
                empty="{}",
            )
        )


def _restore(store: Store, row: Exhibit, now: datetime) -> None:
    with store.writing() as session:
        session.get_one(Exhibit, row.sha256).withdrawn_at = None
        evidence.note(session, row.sha256, "registered", "Registered again after it was unregistered", now)
        _record(session, "exhibit.registered", row, {}, now)


def replace(
    store: Store, settings: Settings, folder: Path, now: datetime, progress: Progress | None = None, *, force: bool
) -> Hanging:
    """Put a pack in the place of what is registered under its name; what hangs on the exhibit that was there.

    With the same image its symbols, truth and record become those of the pack. With another one the exhibit of the
    pack is registered and offered from now on, and attempts that were begun go on with the one that they began on.

    Raises:
        Refused, Damaged, NoRoom: as `take_in`.
        Conflict: attempts were begun on the very image, whose keys or cited lines may change, and `force` is not said.
        NotThere: nothing is registered under this name.
    """
    if not (folder / pack.MANIFEST).is_file():
        raise Refused(joined(phrase("%(path)s is no pack.", path=str(folder)), HOW))
    manifest = pack.read(folder)
    with store.reading() as session:
        before = evidence.by_name(session, manifest.name)
        hanging = hanging_on(session, settings, before)
    if before.sha256 == manifest.sha256 and hanging.attempts and not force:
        raise Conflict(
            phrase(
                "%(what)s rest on %(name)s: keys and cited lines may change. Say --force to replace it anyway",
                what=hanging.told(),
                name=manifest.name,
            )
        )
    _examine(settings, folder, manifest, progress)
    if before.sha256 != manifest.sha256:
        evidence.register(store, settings.instance, folder, now, progress)
    with store.writing() as session:
        row = session.get_one(Exhibit, manifest.sha256)
        details = {"before": before.sha256, **_changed(row, manifest, pack.symbols_sha256(folder))}
        said = "; ".join(f"{name} {value}" for name, value in details.items())
        evidence.note(session, before.sha256, "registered", f"Replaced from the pack {manifest.name}: {said}", now)
        _record(session, "exhibit.replaced", row, details, now)
    return hanging


def _changed(row: Exhibit, manifest: pack.Manifest, symbols: str) -> dict[str, str]:
    """Let a row say what its pack says; the new digests of what is another one now, by name."""
    digests = {
        "symbols_sha256": symbols,
        "truth_sha256": manifest.files[pack.Role.TRUTH].lies,
        "record_sha256": manifest.files[pack.Role.RECORD].lies,
    }
    changed = {name: value for name, value in digests.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    row.title, row.banner, row.origin = manifest.title, manifest.banner, manifest.origin
    row.captured_at = manifest.captured_at
    return changed


def unregister(store: Store, settings: Settings, name: str, now: datetime, *, force: bool) -> Hanging:
    """Take an exhibit out: nothing is begun or run on it any more, and its image and symbols are removed.

    Its rows and its record stay, so that attempts, reports and results on it can be read.

    Raises:
        Conflict: labs, attempts or runs rest on it, and `force` is not said; the message names them.
        NotThere: no exhibit of this name is registered.
    """
    with store.reading() as session:
        row = evidence.by_name(session, name)
        hanging = hanging_on(session, settings, row)
    if hanging and not force:
        raise Conflict(
            phrase(
                "%(what)s rest on %(name)s. Say --force to unregister it all the same: results stay readable",
                what=hanging.told(),
                name=name,
            )
        )
    with store.writing() as session:
        session.get_one(Exhibit, row.sha256).withdrawn_at = now
        evidence.note(session, row.sha256, "registered", "Unregistered: its image and symbols were removed", now)
        _record(session, "exhibit.unregistered", row, {"rests": str(hanging)}, now)
    folder = evidence.folder_of(settings.instance, row.sha256)
    for path in folder.glob("*"):
        if path.name not in {pack.RECORD, pack.TRUTH}:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return hanging


def hanging_on(session: Session, settings: Settings, row: Exhibit) -> Hanging:
    """What rests on an exhibit."""
    count = select(func.count())
    attempts = session.scalar(count.select_from(Attempt).where(Attempt.exhibit == row.sha256)) or 0
    runs = session.scalar(count.select_from(Run).where(Run.exhibit == row.sha256)) or 0
    return Hanging(tuple(_labs(settings.labs, row.name)), attempts, runs)


def _labs(labs: Path, name: str) -> Sequence[str]:
    found = []
    for file in sorted(labs.glob(f"*/{reader.FILE}")):
        try:
            lab = reader.unchecked(file.parent)
        except UNREADABLE:  # `check` says what is wrong with it
            continue
        if name in lab.exhibits or name == lab.baseline:
            found.append(lab.id)
    return found


def _record(session: Session, act: str, row: Exhibit, details: dict[str, str], now: datetime) -> None:
    told = {"name": row.name, "sha256": row.sha256, **details}
    audit.record(session, act=act, actor=None, subject=f"exhibit:{row.sha256}", details=told, now=now)
