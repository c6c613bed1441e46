"""Publish courses and labs as frozen copies, and find the copy that somebody works on.

A release is a folder `instance/releases/<kind>/<name>/<sha256>/` that is never written again. When the files of a
course change and hold a mistake, nothing is published and the last good release goes on being served.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.content.models import Release
from training.content.source import ContentError, Mistake
from training.errors import NotThere
from training.sentence import phrase

FILES = 2_000  # most files in one course or lab
Check = Callable[[Path], Sequence[Mistake]]


@dataclass(slots=True)
class Published:
    """What `publish_all` did: new releases, folders that were as before, the mistakes of those not taken."""

    new: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def files_of(folder: Path) -> list[Path]:
    """The files that make up a course or lab, relative to its folder and in a fixed order; hidden ones don't count."""
    found = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    visible = [path for path in found if not any(part.startswith((".", "__")) for part in path.parts)]
    if len(visible) > FILES:
        raise ContentError([Mistake(folder.name, 1, f"{len(visible)} files; at most {FILES} make a release")])
    return visible


def digest_of(folder: Path) -> str:
    """SHA-256 over the names, sizes and contents of the files, in a fixed order."""
    total = hashlib.sha256()
    for name in files_of(folder):
        content = (folder / name).read_bytes()
        total.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def folder_of(instance: Path, release: Release) -> Path:
    """Where the frozen copy lies."""
    return instance / "releases" / release.kind / release.name / release.sha256


def publish(session: Session, instance: Path, kind: str, folder: Path, check: Check, now: datetime) -> Release:
    """Check the files and freeze a copy; the same files give the same release. ContentError has every mistake."""
    mistakes = list(check(folder))
    if mistakes:
        raise ContentError(mistakes)
    sha256 = digest_of(folder)
    release = session.scalars(select(Release).filter_by(kind=kind, name=folder.name, sha256=sha256)).first()
    if release is None:
        release = Release(kind=kind, name=folder.name, sha256=sha256, published_at=now, current=False)
    _freeze(folder, folder_of(instance, release))
    if not release.current:
        session.execute(update(Release).filter_by(kind=kind, name=folder.name).values(current=False))
        release.current = True
        session.add(release)
        session.flush()
        details = {"kind": kind, "name": folder.name, "sha256": sha256}
        audit.record(
            session, act="release.published", actor=None, subject=f"release:{release.id}", details=details, now=now
        )
    return release


def publish_all(session: Session, instance: Path, kind: str, parent: Path, check: Check, now: datetime) -> Published:
    """Publish each folder of `parent` that holds a `<kind>.yaml` and has changed; report the mistakes of the others."""
    done = Published()
    for file in sorted(parent.glob(f"*/{kind}.yaml")):
        folder = file.parent
        present = latest(session, kind, folder.name)
        try:
            if present and present.sha256 == digest_of(folder) and folder_of(instance, present).is_dir():
                done.kept.append(folder.name)
                continue
            publish(session, instance, kind, folder, check, now)
            done.new.append(folder.name)
        except ContentError as bad:
            done.mistakes += bad.mistakes
    return done


def latest(session: Session, kind: str, name: str) -> Release | None:
    """The release of this name that is offered now."""
    return session.scalars(select(Release).filter_by(kind=kind, name=name, current=True)).first()


def offered(session: Session, kind: str) -> list[Release]:
    """All releases of a kind that are offered now, by name."""
    return list(session.scalars(select(Release).filter_by(kind=kind, current=True).order_by(Release.name)))


def get(session: Session, kind: str, name: str) -> Release:
    """As `latest`, but absent is an error."""
    release = latest(session, kind, name)
    if release is None:
        raise NotThere(
            phrase("there is no course %(name)s in this installation", name=name)
            if kind == "course"
            else phrase("there is no lab %(name)s in this installation", name=name)
        )
    return release


def _freeze(folder: Path, target: Path) -> None:
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as work:
        copy = Path(work) / "copy"
        for name in files_of(folder):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, copy / name)
            (copy / name).chmod(0o444)
        os.replace(copy, target)  # noqa: PTH105 - a rename of folders, all or nothing
