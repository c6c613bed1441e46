"""Publish courses and labs as frozen copies, and find the copy that somebody works on.

A release is a folder `instance/releases/<kind>/<name>/<sha256>/` that is never written again. When the files of a
course change and hold a mistake, nothing is published and the last good release goes on being served. What is edited
in this installation, or was rolled back, is not replaced by the files that are shipped with the program: see `Hold`.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.content.models import Hold, Pinned, Release
from training.content.source import ContentError, Mistake
from training.errors import UNREADABLE, NotThere, describe
from training.sentence import phrase

R = TypeVar("R")
FILES = 2_000  # most files in one course or lab
Check = Callable[[Path], Sequence[Mistake]]
Files = Mapping[str, bytes]
Beside = Callable[[Path], Files]
"""What is frozen with a course or lab besides the files of its folder, by path; it replaces a file of the same path."""


def nothing(_folder: Path) -> Files:
    """Nothing is frozen besides the files."""
    return {}


@dataclass(slots=True)
class Published:
    """What `publish_all` did: new releases, folders that were as before, the mistakes of those not taken.

    `changed` names those that are edited here and whose shipped files have changed since somebody looked.
    """

    new: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def files_of(folder: Path) -> list[Path]:
    """The files that make up a course or lab, relative to its folder and in a fixed order; hidden ones don't count."""
    found = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    visible = [path for path in found if not any(part.startswith((".", "__")) for part in path.parts)]
    if len(visible) > FILES:
        raise ContentError([Mistake(folder.name, 1, f"{len(visible)} files; at most {FILES} make a release")])
    return visible


def digest_of(folder: Path, more: Files | None = None) -> str:
    """SHA-256 over the names, sizes and contents of the files, in a fixed order; `more` are frozen with them."""
    total, more = hashlib.sha256(), more or {}
    for name in sorted({*files_of(folder), *map(Path, more)}):
        content = more[name.as_posix()] if name.as_posix() in more else (folder / name).read_bytes()
        total.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def folder_of(instance: Path, release: Release) -> Path:
    """Where the frozen copy lies."""
    return instance / "releases" / release.kind / release.name / release.sha256


def publish(  # noqa: PLR0913 - what a release is made of, and who says what about it
    session: Session,
    instance: Path,
    kind: str,
    folder: Path,
    check: Check,
    now: datetime,
    *,
    by: UUID | None = None,
    note: str = "",
    beside: Beside = nothing,
) -> Release:
    """Check the files and freeze a copy; the same files give the same release. ContentError has every mistake.

    `by` is who publishes, None for the program itself; `note` says what changed. A release that is there already keeps
    its own. `beside` gives what is frozen with the files.
    """
    mistakes = list(check(folder))
    if mistakes:
        raise ContentError(mistakes)
    more = beside(folder)
    sha256 = digest_of(folder, more)
    release = session.scalars(select(Release).filter_by(kind=kind, name=folder.name, sha256=sha256)).first()
    if release is None:
        number = _next_number(session, kind, folder.name)
        release = Release(
            kind=kind, name=folder.name, sha256=sha256, published_at=now, current=False, number=number, note=note
        )
        release.published_by = by
    _freeze(folder, more, folder_of(instance, release))
    if not release.current:
        session.add(release)
        _offer(session, release, "release.published", by, now)
    return release


def publish_all(
    session: Session,
    instance: Path,
    kind: str,
    parent: Path,
    check: Check,
    now: datetime,
    *,
    beside: Beside = nothing,
) -> Published:
    """Publish each folder of `parent` that holds a `<kind>.yaml` and has changed; report the mistakes of the others.

    What is edited here is left alone, and so are files that somebody rolled back from. `beside` as for `publish`.
    """
    done = Published()
    for file in sorted(parent.glob(f"*/{kind}.yaml")):
        folder = file.parent
        present, held = latest(session, kind, folder.name), hold(session, kind, folder.name)
        try:
            sha256 = digest_of(folder)
            if held and (held.edited or held.withdrawn or held.sha256 == sha256):
                known = held.sha256 == sha256 or not held.edited
                (done.kept if known else done.changed).append(folder.name)
                continue
            more = beside(folder)
            whole = digest_of(folder, more) if more else sha256
            if present and present.sha256 == whole and folder_of(instance, present).is_dir():
                done.kept.append(folder.name)
                continue
            publish(session, instance, kind, folder, check, now, beside=beside)
            done.new.append(folder.name)
        except ContentError as bad:
            done.mistakes += bad.mistakes
        except UNREADABLE as bad:  # one that is damaged stands in no other's way
            done.mistakes.append(Mistake(f"{kind}s/{folder.name}", 1, describe(bad)))
        else:
            if held:  # the files that were rolled back from are gone
                session.delete(held)
    return done


def rollback(
    session: Session, instance: Path, shipped: Path, kind: str, number: int, now: datetime, *, by: UUID | None = None
) -> Release:
    """Offer an older release again, in one step. Nothing is deleted, and whoever has moved on stays where they are.

    `shipped` is the folder of the shipped files, named like the course or lab; what lies there now is not published at
    the next start. Raises NotThere.
    """
    release = of_number(session, kind, shipped.name, number)
    if not folder_of(instance, release).is_dir():
        raise NotThere(phrase("The files of release %(number)s are not in this installation.", number=str(number)))
    if release.current:
        return release
    _offer(session, release, "release.rolled_back", by, now)
    held, sha256 = hold(session, kind, shipped.name), shipped_digest(shipped)
    if held is None:
        session.add(Hold(kind=kind, name=shipped.name, sha256=sha256, edited=False, by_id=by, at=now))
    elif not held.edited:
        held.sha256, held.by_id, held.at = sha256, by, now
    return release


def withdraw(session: Session, shipped: Path, kind: str, now: datetime, *, by: UUID | None = None) -> Release:
    """Offer no release of a course any more, until somebody publishes it or offers an older release again.

    Nothing is deleted: people whom an open session holds to a release go on with it, and what was read and answered is
    there again with the course. Files that are shipped later don't bring it back. Raises NotThere.
    """
    release = get(session, kind, shipped.name)
    release.current = False
    held = hold(session, kind, shipped.name) or Hold(kind=kind, name=shipped.name, edited=False)
    if not held.edited:
        held.sha256 = shipped_digest(shipped)
    held.withdrawn, held.by_id, held.at = True, by, now
    session.add(held)
    session.flush()
    _note(session, release, "release.withdrawn", by, now)
    return release


def hold(session: Session, kind: str, name: str) -> Hold | None:
    """Why the shipped files are not what is offered, where they are not."""
    return session.get(Hold, (kind, name))


def shipped_digest(folder: Path) -> str:
    """The digest of shipped files; empty where there are none."""
    return digest_of(folder) if folder.is_dir() else ""


def releases(session: Session, kind: str, name: str) -> list[Release]:
    """All releases of a course or lab, the newest first."""
    return list(session.scalars(select(Release).filter_by(kind=kind, name=name).order_by(Release.number.desc())))


def of_number(session: Session, kind: str, name: str, number: int) -> Release:
    """The release that people call by this number. Raises NotThere."""
    found = session.scalars(select(Release).filter_by(kind=kind, name=name, number=number)).first()
    if found is None:
        raise NotThere(phrase("%(name)s has no release %(number)s.", name=name, number=str(number)))
    return found


def latest(session: Session, kind: str, name: str) -> Release | None:
    """The release of this name that is offered now."""
    return session.scalars(select(Release).filter_by(kind=kind, name=name, current=True)).first()


def offered(session: Session, kind: str) -> list[Release]:
    """All releases of a kind that are offered now, by name."""
    return list(session.scalars(select(Release).filter_by(kind=kind, current=True).order_by(Release.name)))


def get(session: Session, kind: str, name: str) -> Release:
    """As `latest`, but absent is an error."""
    return _there(latest(session, kind, name), kind, name)


def release_for(session: Session, kind: str, name: str, person: UUID | None) -> Release:
    """The release that a person begins: the one that the person is held to, else the one that is offered.

    Raises NotThere when nothing of this name is offered, nor was when the person was held to it.
    """
    return _there(next(iter(_for_person(session, kind, person, name)), None), kind, name)


def read_each(instance: Path, found: Iterable[Release], read: Callable[[Path], R]) -> list[tuple[Release, R]]:
    """Releases, each with what `read` makes of its folder. One that can't be read is left out: it hides no other.

    `damaged` says which are left out, and why.
    """
    whole = []
    for release in found:
        try:
            whole.append((release, read(folder_of(instance, release))))
        except UNREADABLE:
            continue
    return whole


def damaged(instance: Path, found: Iterable[Release], read: Callable[[Path], object]) -> dict[str, str]:
    """Why releases can't be read, by name; those that can be are not among them."""
    why = {}
    for release in found:
        try:
            read(folder_of(instance, release))
        except UNREADABLE as bad:
            why[release.name] = describe(bad)
    return why


def offered_to(session: Session, kind: str, person: UUID | None) -> list[Release]:
    """All releases of a kind as a person would begin them, by name: see `release_for`."""
    found: dict[str, Release] = {}
    for release in _for_person(session, kind, person):
        found.setdefault(release.name, release)
    return list(found.values())


def _for_person(session: Session, kind: str, person: UUID | None, name: str | None = None) -> list[Release]:
    """What a person may begin, by name; what the person is held to first, the newest of it before all else."""
    values = {"kind": kind, "person": person} | ({"name": name} if name is not None else {})
    return list(session.scalars(_beginnable(named=name is not None), values))


@cache
def _beginnable(*, named: bool) -> Select[Release]:
    """The question of `_for_person`, which nearly every page asks: made once."""
    mine = (Pinned.release_id == Release.id) & (Pinned.person_id == bindparam("person"))
    found = select(Release).outerjoin(Pinned, mine).where(Release.kind == bindparam("kind"))
    found = found.where(Release.current.is_(True) | Pinned.circle.is_not(None))
    if named:
        found = found.where(Release.name == bindparam("name"))
    newest = (Pinned.set_at.is_(None), Pinned.set_at.desc(), Pinned.circle.desc())
    return found.order_by(Release.name, *newest)


def hold_to(session: Session, circle: UUID, people: Iterable[UUID], releases: Sequence[Release], now: datetime) -> None:
    """Hold the people of a circle to releases, and let go of those who, or what, is not among them any more."""
    wanted = {(person, one.kind, one.name): one.id for person in people for one in releases}
    here = {
        (one.person_id, one.kind, one.name): one for one in session.scalars(select(Pinned).filter_by(circle=circle))
    }
    for key, row in here.items():
        if key not in wanted:
            session.delete(row)
        elif row.release_id != wanted[key]:
            row.release_id, row.set_at = wanted[key], now
    session.add_all(
        Pinned(circle=circle, person_id=person, kind=kind, name=name, release_id=release, set_at=now)
        for (person, kind, name), release in wanted.items()
        if (person, kind, name) not in here
    )
    session.flush()


def _there(release: Release | None, kind: str, name: str) -> Release:
    if release is None:
        raise NotThere(
            phrase("there is no course %(name)s in this installation", name=name)
            if kind == "course"
            else phrase("there is no lab %(name)s in this installation", name=name)
        )
    return release


def _next_number(session: Session, kind: str, name: str) -> int:
    return (session.scalar(select(func.max(Release.number)).filter_by(kind=kind, name=name)) or 0) + 1


def _offer(session: Session, release: Release, act: str, by: UUID | None, now: datetime) -> None:
    """Make this release the one that is offered."""
    session.execute(update(Release).filter_by(kind=release.kind, name=release.name).values(current=False))
    release.current = True
    if held := hold(session, release.kind, release.name):
        held.withdrawn = False
    session.flush()
    _note(session, release, act, by, now)


def _note(session: Session, release: Release, act: str, by: UUID | None, now: datetime) -> None:
    details = {"kind": release.kind, "name": release.name, "sha256": release.sha256}
    audit.record(session, act=act, actor=by, subject=f"release:{release.id}", details=details, now=now)


def _freeze(folder: Path, more: Files, target: Path) -> None:
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as work:
        copy = Path(work) / "copy"
        for name in {*files_of(folder), *map(Path, more)}:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            if name.as_posix() in more:
                (copy / name).write_bytes(more[name.as_posix()])
            else:
                shutil.copyfile(folder / name, copy / name)
            (copy / name).chmod(0o444)
        os.replace(copy, target)  # noqa: PTH105 - a rename of folders, all or nothing
