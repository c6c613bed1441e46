"""A pack held against what is here: first what it would change, then, when somebody says so, taking it.

What is taken becomes the working copy of the course, as new revisions, and is published from it as a release. So it
can be edited here, what was edited before stays in the history, and files that come with a later version of the
program don't replace it by themselves.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from training.audit import service as audit
from training.authoring import changes, checking, outline, service
from training.authoring.changes import Changes
from training.authoring.service import Copy
from training.content import ownership
from training.content import service as content
from training.content.models import Release
from training.content.ownership import Owned
from training.content.source import ContentError, Mistake
from training.courses.manuscript import glossary, reader
from training.courses.manuscript.draft import COURSE_LINK
from training.courses.moving import signing
from training.courses.moving.manifest import Packed
from training.courses.moving.pack import Pack
from training.errors import Conflict, Refused
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

LINK = re.compile(r"\]\(([^\[\]()\s]++)\)")  # stops where another link begins: each sign is looked at once
AS_RELEASE = "0" * 64


@dataclass(frozen=True, slots=True)
class File:
    """A file that differs from what is offered here: `kind` is new, gone or changed."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One course of a pack beside what is here.

    `known` is the release of this installation that has the same files, `offered` the one that is offered now;
    `found` is what its readers would see change. `edited` says that there is a working copy whose files differ from
    those of the pack. With a mistake the pack can't be taken.
    """

    packed: Packed
    known: Release | None
    offered: Release | None
    edited: bool
    found: Changes
    files: tuple[File, ...]
    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...]

    @property
    def news(self) -> bool:
        """Whether taking it would change anything."""
        return self.known is None or not self.known.current or self.edited


@dataclass(frozen=True, slots=True)
class Look:
    """A pack beside what is here. `seen` stands for both: it is another one as soon as either changed.

    Of a pack whose key nobody trusts, nothing but its manifest is read: no difference, no mistakes, no warnings.
    `barred` are its courses that belong to another organisation here: nothing is told of them, and nobody else takes
    them.
    """

    pack: Pack
    trusted: bool
    arrivals: tuple[Arrival, ...]
    barred: tuple[Packed, ...]
    seen: str

    @property
    def sound(self) -> bool:
        """Whether it could be taken."""
        return self.trusted and not self.barred and not any(one.mistakes for one in self.arrivals)


@dataclass(frozen=True, slots=True)
class Taker:
    """On whose behalf a pack is taken: the organisation whose trusted keys count and to which new courses belong, and
    whether a course that is here may be changed. By default whoever runs the server, who may change all.
    """

    organisation: UUID | None = None
    may: Callable[[Owned], bool] = field(default=lambda _owned: True)


OPERATOR = Taker()


def look(session: Session, settings: Settings, pack: Pack, taker: Taker = OPERATOR) -> Look:
    """What a pack would change here, what is wrong in it, and what it needs that isn't here. Nothing is changed."""
    trusted = signing.is_trusted(settings.instance, pack.fingerprint, taker.organisation)
    barred = tuple(one for one in pack.manifest.courses if _is_barred(session, settings, one.name, taker))
    others = (one for one in pack.manifest.courses if one not in barred)
    arrivals = tuple(_arrival(session, settings, pack, one, trusted=trusted) for one in others)
    return Look(pack, trusted, arrivals, barred, _seen(session, pack))


def _is_barred(session: Session, settings: Settings, name: str, taker: Taker) -> bool:
    """Whether there is such a course here, or there was, that the taker may not change."""
    copy = Copy("course", name)
    known = service.begun(session, copy) or content.releases(session, copy.kind, copy.name)
    here = known or checking.shipped(settings, copy).is_dir()
    return bool(here) and not taker.may(ownership.of(session, copy.kind, copy.name))


def take(
    store: Store,
    settings: Settings,
    pack: Pack,
    seen: str,
    by: UUID | None,
    now: datetime,
    taker: Taker = OPERATOR,
) -> list[Release]:
    """Take the courses of a pack as they were seen, all of them or none.

    Raises:
        Refused: nobody here trusts the key, or a course belongs to another organisation.
        Conflict: what is here, or the pack, is not what was seen.
        ContentError: every mistake in the courses.
    """
    with store.reading() as session:
        held = look(session, settings, pack, taker)
    if held.barred:
        raise Refused(
            phrase(
                "%(course)s belongs to another organisation here. Ask its instructors to take the pack.",
                course=held.barred[0].name,
            )
        )
    if not held.trusted:
        raise Refused(
            phrase("Nobody here has said that the key of this pack is trusted. Compare its fingerprint first.")
        )
    if mistakes := [mistake for one in held.arrivals for mistake in one.mistakes]:
        raise ContentError(mistakes)
    with store.writing() as session:
        if seen != _seen(session, pack):
            raise Conflict(
                phrase("Since you looked, the pack or what is here has changed. Look at the difference again.")
            )
        return [_take(session, settings, pack, one, by, now, taker) for one in pack.manifest.courses]


def _arrival(session: Session, settings: Settings, pack: Pack, packed: Packed, *, trusted: bool) -> Arrival:
    files = pack.courses[packed.name]
    offered = content.latest(session, "course", packed.name)
    before = outline.read(content.folder_of(settings.instance, offered)) if offered else {}
    copy = Copy("course", packed.name)
    known = next((one for one in content.releases(session, "course", packed.name) if one.sha256 == packed.sha256), None)
    return Arrival(
        packed,
        known,
        offered,
        edited=service.begun(session, copy) and service.contents(session, copy) != files,
        files=tuple(_files(before, files)),
        found=changes.between(outline.of(before), outline.of(files)) if trusted else changes.Changes((), ()),
        mistakes=tuple(_mistakes(packed, files)) if trusted else (),
        warnings=tuple(_warnings(session, settings, packed, before, files)) if trusted else (),
    )


def _files(before: outline.Files, after: outline.Files) -> Iterator[File]:
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield File("gone" if path not in after else "changed" if path in before else "new", path)


def _mistakes(packed: Packed, files: outline.Files) -> list[Mistake]:
    """What stops the course here, by file and line.

    It is read as the frozen release that it was: its terms and links to other courses were checked where it was
    written, and what is not here of them is a warning.
    """
    if packed.name == glossary.FOLDER:
        return [Mistake(packed.name, 1, "a course can't have the name of the glossary; give it another one")]
    with _laid_out(packed.name, files) as folder:
        if content.digest_of(folder) != packed.sha256:
            return [Mistake(packed.name, 1, "the files are not those of the release that the manifest names")]
        frozen = folder.parent / AS_RELEASE / packed.name / AS_RELEASE
        frozen.parent.mkdir(parents=True)
        frozen.symlink_to(folder)
        return reader.check(frozen)


def _warnings(
    session: Session, settings: Settings, packed: Packed, before: outline.Files, files: outline.Files
) -> Iterator[str]:
    for lab in packed.labs:
        here = content.latest(session, "lab", lab.name)
        if here is None:
            yield phrase("The lab %(name)s is not in this installation; readers see that.", name=lab.name)
        elif lab.sha256 and here.sha256 != lab.sha256:
            yield phrase("The lab %(name)s is here in another release than where the pack was made.", name=lab.name)
    for exhibit in packed.exhibits:
        if not (settings.labs / "exhibits" / exhibit.name).is_dir():
            yield phrase("Rows are shown of the exhibit %(name)s, which is not here.", name=exhibit.name)
    for folder, licence in sorted(packed.licences.items()):
        was = outline.field_of(before.get(f"{folder}/{reader.TEXT}", b""), "licence")
        if was and was != licence:
            yield phrase("%(folder)s has another licence than here: %(licence)s.", folder=folder, licence=licence)
    yield from _ways(session, settings, packed, files)


def _ways(session: Session, settings: Settings, packed: Packed, files: outline.Files) -> Iterator[str]:
    """Terms and other courses that the texts lead to and that are not here."""
    text = "\n".join(data.decode("utf-8", "replace") for path, data in files.items() if path.endswith(".md"))
    here = glossary.known(glossary.offered(settings.courses, settings.instance)).keys()
    brought = outline.terms(files) or {}
    for term in sorted(set(glossary.USED.findall(text)) - here - brought.keys()):
        yield phrase("The term %(name)s is not in the glossary here; readers see the word alone.", name=term)
    links = {match[1] for address in LINK.findall(text) if (match := COURSE_LINK.match(address))}
    for course in sorted(links - {packed.name}):
        if content.latest(session, "course", course) is None:
            yield phrase("A link leads to the course %(name)s, which is not here.", name=course)


def _take(
    session: Session, settings: Settings, pack: Pack, packed: Packed, by: UUID | None, now: datetime, taker: Taker
) -> Release:
    files, copy = pack.courses[packed.name], Copy("course", packed.name)
    shipped = checking.shipped(settings, copy)
    if not service.begun(session, copy) and outline.read(shipped):
        service.take(session, copy, shipped, by, now)
    if service.begun(session, copy):
        _revise(session, copy, files, f"From a pack, release {packed.number}", by, now)
    else:
        if held := content.hold(session, copy.kind, copy.name):  # of files that are not shipped any more
            session.delete(held)
            session.flush()
        fresh = not content.releases(session, copy.kind, copy.name)
        service.begin(session, copy, files, by, now, owner=taker.organisation if fresh else None)
    with _laid_out(packed.name, files) as folder:
        note = f"From the pack of {pack.manifest.made:%Y-%m-%d}, key {pack.fingerprint[:16]}: release {packed.number}"
        made = content.publish(session, settings.instance, "course", folder, lambda _: (), now, by=by, note=note)
    details = {"pack": pack.sha256, "key": pack.fingerprint, "sha256": packed.sha256}
    audit.record(session, act="pack.taken", actor=by, subject=f"course:{packed.name}", details=details, now=now)
    return made


def _revise(session: Session, copy: Copy, files: outline.Files, message: str, by: UUID | None, now: datetime) -> None:
    present = service.contents(session, copy)
    for path in sorted(files.keys() | present.keys()):
        if path not in files:
            service.remove(session, copy, path, by, now)
        elif files[path] != present.get(path):
            service.replace(session, copy, path, files[path], by, now, message)


def _seen(session: Session, pack: Pack) -> str:
    """A digest over the pack and all of what is here that it would change."""
    total = hashlib.sha256(pack.sha256.encode())
    for one in pack.manifest.courses:
        offered = content.latest(session, "course", one.name)
        copy = Copy("course", one.name)
        total.update(f"\n{one.name} {offered.sha256 if offered else '-'}".encode())
        for entry in service.entries(session, copy) if service.begun(session, copy) else ():
            total.update(f"\n{entry.path} {entry.version}".encode())
    return total.hexdigest()


@contextmanager
def _laid_out(name: str, files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files of a course in a folder of its name, which is gone afterwards. Their paths were checked before."""
    with tempfile.TemporaryDirectory(prefix="engram-pack-") as parent:
        folder = Path(parent) / name
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        yield folder
