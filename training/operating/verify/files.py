"""Files that rows name: results of runs, dumped files, and frozen releases, each against its recorded digest."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.models import Run, State
from training.content import service as content
from training.content.models import Release
from training.errors import DomainError
from training.operating.verify.part import Part

KEPT = (State.COMPLETE, State.PARTIAL)


def check_results(session: Session, instance: Path) -> Part:
    """Hash every result. One of an earlier version has no digest to compare with: it is counted and said."""
    part = Part("results")
    runs = session.scalars(
        select(Run).where(Run.state.in_(KEPT), Run.columns.is_not(None), Run.removed_at.is_(None)).order_by(Run.id)
    )
    count = older = 0
    for run in runs:
        count += 1
        path = instance / "results" / run.result_name
        named = f"{path.name} (run {run.id}, {run.plugin})"
        found = _digest(path)
        if found is None:
            part.faults.append(f"{named}: the file is missing")
        elif run.result_sha256 is None:
            older += 1
        elif found != run.result_sha256:
            part.faults.append(f"{named}: expected SHA-256 {run.result_sha256}, found {found}")
    dumps = sorted((instance / "dumps").glob("??/*"))
    for path in dumps:
        if _digest(path) != path.name:
            part.faults.append(f"dumped file {path.name}: its content is not what its name says")
    part.summary = f"{count} results ({older} of an earlier version, without a digest), {len(dumps)} dumped files"
    return part


def check_releases(session: Session, instance: Path) -> Part:
    """Work out the digest of every frozen course and lab again, and look for files that no release may hold."""
    part = Part("releases")
    releases = list(session.scalars(select(Release).order_by(Release.kind, Release.name, Release.number)))
    for release in releases:
        folder = content.folder_of(instance, release)
        named = f"{release.kind} {release.name}, release {release.number}"
        part.faults += [f"{named}: {fault}" for fault in _release(folder, release.sha256)]
    part.summary = f"{len(releases)} releases"
    return part


def _release(folder: Path, sha256: str) -> Iterator[str]:
    if not folder.is_dir():
        yield f"its folder {folder.name} is missing"
        return
    try:
        known = content.files_of(folder)
        found = content.digest_of(folder)
    except (OSError, DomainError) as bad:
        yield f"can't be read: {bad}"
        return
    inside = {path.relative_to(folder) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    yield from (f"{path.as_posix()} does not belong there" for path in sorted(inside.difference(known)))
    if found != sha256:
        yield f"its files are not those that were published: expected SHA-256 {sha256}, found {found}"


def _digest(path: Path) -> str | None:
    """The SHA-256 of a file; None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
