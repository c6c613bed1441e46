"""Working copies of courses and labs: files as revisions in the database, of which none is ever overwritten.

The commit of a unit is the acknowledgement. Whoever saves names the revision that the text began from; when somebody
else saved meanwhile, both texts are kept, and become one where the changes don't touch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.authoring import lines, outline, paths
from training.authoring.models import DraftFile, Revision
from training.authoring.paths import Kind
from training.content import ownership
from training.content import service as content
from training.content.models import Hold
from training.errors import Conflict, NotThere, Refused
from training.sentence import phrase
from training.store import locked

TEXT = 200_000  # bytes of a text, as much as a module may have
MESSAGE = 200  # characters of a message
SHIPPED, MERGED = "As shipped", "Merged with what was saved meanwhile"


@dataclass(frozen=True, slots=True)
class Copy:
    """Which working copy is meant."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a working copy without its content: path, version, when and by whom it was saved, bytes."""

    path: str
    version: int
    at: datetime
    by: UUID | None
    size: int


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text: `saved`, `same` as was there, `merged`, or `clash`.

    `version` is what the file holds now, `mine` the revision with the text as it was sent, `text` what the file holds.
    """

    outcome: str
    version: int
    mine: int
    text: str


def begun(session: Session, copy: Copy) -> bool:
    """Whether there is a working copy."""
    return session.scalars(select(DraftFile.id).filter_by(kind=copy.kind, name=copy.name).limit(1)).first() is not None


def names(session: Session, kind: Kind) -> list[str]:
    """Names of all working copies of a kind."""
    return list(session.scalars(select(DraftFile.name).filter_by(kind=kind).distinct().order_by(DraftFile.name)))


def begin(
    session: Session,
    copy: Copy,
    files: Mapping[str, bytes],
    by: UUID | None,
    now: datetime,
    *,
    owner: UUID | None = None,
) -> None:
    """Make a working copy of files that nobody ships, such as a skeleton. It belongs to the organisation `owner`; None
    leaves it to the one that runs the installation. Raises Conflict where there is a working copy.
    """
    if begun(session, copy):
        raise Conflict(phrase("There is a working copy of %(name)s already. Open it in the list.", name=copy.name))
    for path, data in files.items():
        add(session, copy, path, data, by, now)
    if copy.kind == "course":
        session.add(Hold(kind=copy.kind, name=copy.name, sha256="", edited=True, by_id=by, at=now))
    if owner is not None:
        ownership.give(session, copy.kind, copy.name, owner, by, now)
    _note(session, "draft.begun", copy, by, now)


def take(session: Session, copy: Copy, shipped: Path, by: UUID | None, now: datetime) -> None:
    """Make the working copy hold the shipped files, as new revisions: at its beginning, and when they changed.

    From then on a course is published from here alone; shipped files of a lab are taken at each start as ever.
    """
    files = outline.read(shipped)
    if not files:
        raise NotThere(phrase("There are no shipped files of %(name)s.", name=copy.name))
    present = contents(session, copy)
    for path in sorted(files.keys() | present.keys()):
        if files.get(path) != present.get(path):
            _put_shipped(session, copy, path, files.get(path), by, now)
    _hold(session, copy, shipped, by, now)
    _note(session, "draft.shipped_taken", copy, by, now)


def keep(session: Session, copy: Copy, shipped: Path, by: UUID | None, now: datetime) -> None:
    """Leave the working copy as it is although the shipped files changed; the next change of theirs is news again."""
    _hold(session, copy, shipped, by, now)
    _note(session, "draft.shipped_left", copy, by, now)


def written(session: Session, copy: Copy, shipped: Path, by: UUID | None, now: datetime) -> None:
    """Note that the shipped files are those of the working copy now: nothing about them is left to decide."""
    _hold(session, copy, shipped, by, now)
    _note(session, "draft.written", copy, by, now)


def shipped_news(session: Session, copy: Copy, shipped: Path) -> bool:
    """Whether the shipped files changed since somebody decided about them."""
    if copy.kind == "lab":
        files = outline.read(shipped)
        return bool(files) and begun(session, copy) and files != contents(session, copy)
    held = content.hold(session, copy.kind, copy.name)
    return held is not None and held.edited and held.sha256 != content.shipped_digest(shipped)


def contents(session: Session, copy: Copy) -> dict[str, bytes]:
    """The files of a working copy by path."""
    rows = session.execute(_current(copy, DraftFile.path, Revision.content))
    return {path: data for path, data in rows if data is not None}


def entries(session: Session, copy: Copy) -> list[Entry]:
    """The files of a working copy, by path. Raises NotThere where there is no working copy."""
    size = func.length(Revision.content)
    rows = session.execute(
        _current(copy, DraftFile.path, Revision.number, Revision.at, Revision.by_id, size).where(
            Revision.content.is_not(None)
        )
    )
    found = [Entry(*row) for row in rows]
    if not found and not begun(session, copy):
        raise NotThere(phrase("There is no working copy of %(name)s.", name=copy.name))
    return found


def find(session: Session, copy: Copy, path: str, *, lock: bool = False) -> DraftFile:
    """A file of a working copy. Raises NotThere."""
    query = select(DraftFile).filter_by(kind=copy.kind, name=copy.name, path=path)
    file = session.scalars(locked(query) if lock else query).first()
    if file is None:
        raise NotThere(phrase("There is no file %(path)s in this working copy.", path=path[:80]))
    return file


def revision(session: Session, file: DraftFile, number: int) -> Revision:
    """A revision of a file. Raises NotThere."""
    found = session.get(Revision, (file.id, number))
    if found is None:
        raise NotThere(phrase("%(path)s has no revision %(number)s.", path=file.path, number=str(number)))
    return found


def history(session: Session, file: DraftFile) -> list[Revision]:
    """All revisions of a file, the newest first."""
    return list(session.scalars(select(Revision).filter_by(file_id=file.id).order_by(Revision.number.desc())))


def text_of(one: Revision) -> str:
    """The text of a revision; empty where the file was removed."""
    return (one.content or b"").decode("utf-8", "replace")


def save(
    session: Session, copy: Copy, path: str, text: str, base: int, by: UUID | None, now: datetime, message: str = ""
) -> Saved:
    """Keep a text that began from the revision `base`. A text that was sent twice is kept once.

    Raises:
        NotThere: there is no such file, or no such revision.
        Refused: the text is too long, or this is no file that people write.
    """
    data = checked(path, text)
    file = find(session, copy, path, lock=True)
    present = revision(session, file, file.version)
    if present.content == data:
        return Saved("same", file.version, file.version, text_of(present))
    began = text_of(revision(session, file, base))
    if base == file.version:
        number = _put(session, file, data, base, by, now, message)
        file.version = number
        return Saved("saved", number, number, data.decode())
    mine = _again(session, file, data, base, by) or _put(session, file, data, base, by, now, message, aside=True)
    merged = lines.merge(began, data.decode(), text_of(present)).text
    if merged is None or present.content is None:
        return Saved("clash", file.version, mine, text_of(present))
    if merged.encode() != present.content:
        file.version = _put(session, file, checked(path, merged), file.version, by, now, MERGED)
    return Saved("merged", file.version, mine, merged)


def add(session: Session, copy: Copy, path: str, data: bytes, by: UUID | None, now: datetime, message: str = "") -> int:
    """Put a new file into a working copy; its version. Raises Conflict where there is one, Refused for a bad name."""
    file = _file(session, copy, paths.path(path))
    if file.version and revision(session, file, file.version).content is not None:
        raise Conflict(phrase("There is a file %(path)s already.", path=path), field="path")
    count = session.scalar(select(func.count()).select_from(DraftFile).filter_by(kind=copy.kind, name=copy.name)) or 0
    if count > content.FILES:
        raise Refused(phrase("A working copy has at most %(n)s files.", n=content.FILES), field="path")
    file.version = _put(session, file, data, file.version, by, now, message)
    return file.version


def replace(session: Session, copy: Copy, path: str, data: bytes, by: UUID | None, now: datetime, message: str) -> int:
    """Put other content into a file that the program writes, such as a figure, or make it; its version."""
    file = _file(session, copy, paths.path(path))
    file.version = _put(session, file, data, file.version, by, now, message)
    return file.version


def removed(session: Session, copy: Copy) -> list[str]:
    """The files that were taken out of a working copy, by path; their revisions are there."""
    return list(session.scalars(_current(copy, DraftFile.path).where(Revision.content.is_(None))))


def restore(
    session: Session, copy: Copy, path: str, number: int, by: UUID | None, now: datetime, *, seen: int | None = None
) -> int:
    """Let a file hold again what it held in an older revision: as a new one. Its version.

    `seen` is the version that whoever asks has looked at. Raises NotThere, Conflict where the file has moved on.
    """
    file = _unmoved(session, copy, path, seen)
    old = revision(session, file, number)
    if old.content is None:
        raise Refused(phrase("In this revision the file was removed. Choose one with a text."), field="number")
    file.version = _put(session, file, old.content, file.version, by, now, f"Restored from revision {number}")
    return file.version


def remove(session: Session, copy: Copy, path: str, by: UUID | None, now: datetime, *, seen: int | None = None) -> None:
    """Take a file out of a working copy; its revisions stay, and it can be restored.

    `seen` as for `restore`. Raises NotThere, Conflict.
    """
    file = _unmoved(session, copy, path, seen)
    if revision(session, file, file.version).content is not None:
        file.version = _put(session, file, None, file.version, by, now, "Removed")
    _note(session, "draft.file_removed", copy, by, now)


def checked(path: str, text: str) -> bytes:
    """A text as it is kept: UTF-8, lines that end with a line feed alone. Raises Refused."""
    if not paths.is_text(path):
        raise Refused(phrase("%(path)s is made by the program and can't be written here.", path=path))
    try:
        data = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    except UnicodeEncodeError:
        raise Refused(phrase("The text holds half a character that can't be kept. Remove it."), field="text") from None
    if len(data) > TEXT:
        raise Refused(
            phrase("The text has %(n)s bytes; at most %(most)s are kept. Divide it.", n=len(data), most=TEXT),
            field="text",
        )
    return data


def _current(copy: Copy, *columns: Any) -> Select[Any]:
    """Columns of each file of a copy and of the revision that it holds, by path."""
    joined = (Revision.file_id == DraftFile.id) & (Revision.number == DraftFile.version)
    return (
        select(*columns)
        .select_from(DraftFile)
        .join(Revision, joined)
        .where(DraftFile.kind == copy.kind, DraftFile.name == copy.name)
        .order_by(DraftFile.path)
    )


def _unmoved(session: Session, copy: Copy, path: str, seen: int | None) -> DraftFile:
    file = find(session, copy, path, lock=True)
    if seen is not None and file.version != seen:
        raise Conflict(
            phrase(
                "Somebody saved revision %(number)s since you looked. It stands below; press the button again if you "
                "still want to.",
                number=str(file.version),
            )
        )
    return file


def _file(session: Session, copy: Copy, path: str) -> DraftFile:
    """The row of a file, made where there is none; two who make it at once get the same."""
    wanted = locked(select(DraftFile).filter_by(kind=copy.kind, name=copy.name, path=path))
    if found := session.scalars(wanted).first():
        return found
    try:
        with session.begin_nested():
            made = DraftFile(kind=copy.kind, name=copy.name, path=path, version=0)
            session.add(made)
    except IntegrityError:
        return session.scalars(wanted).one()
    return made


def _put(
    session: Session,
    file: DraftFile,
    data: bytes | None,
    base: int,
    by: UUID | None,
    now: datetime,
    message: str,
    *,
    aside: bool = False,
) -> int:
    number = (session.scalar(select(func.max(Revision.number)).filter_by(file_id=file.id)) or 0) + 1
    row = Revision(file_id=file.id, number=number, base=base, aside=aside, content=data, by_id=by, at=now)
    row.message = message[:MESSAGE]
    session.add(row)
    session.flush()
    return number


def _again(session: Session, file: DraftFile, data: bytes, base: int, by: UUID | None) -> int | None:
    """The revision that was made of the same text when it was sent before."""
    same = select(Revision.number).filter_by(file_id=file.id, base=base, by_id=by, aside=True, content=data)
    return session.scalars(same.order_by(Revision.number.desc())).first()


def _put_shipped(session: Session, copy: Copy, path: str, data: bytes | None, by: UUID | None, now: datetime) -> None:
    file = _file(session, copy, paths.path(path))
    file.version = _put(session, file, data, file.version, by, now, SHIPPED)


def _hold(session: Session, copy: Copy, shipped: Path, by: UUID | None, now: datetime) -> None:
    if copy.kind != "course":
        return
    held = content.hold(session, copy.kind, copy.name) or Hold(kind=copy.kind, name=copy.name)
    held.sha256, held.edited, held.by_id, held.at = content.shipped_digest(shipped), True, by, now
    session.add(held)


def _note(session: Session, act: str, copy: Copy, by: UUID | None, now: datetime) -> None:
    audit.record(session, act=act, actor=by, subject=f"{copy.kind}:{copy.name}", details={}, now=now)
