"""A working copy as files in a folder of their own for a moment: to check it, to show it, to publish it."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from training.audit import service as audit
from training.authoring import outline, paths, placeholders, service
from training.authoring.service import Copy
from training.content import service as content
from training.content.models import Release
from training.content.source import ContentError, Mistake
from training.courses import installed
from training.courses.manuscript import glossary, reader
from training.errors import DomainError, Refused
from training.labs import reader as labs
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

SCENARIO = "scenario.yaml"
GLOSSARY = Copy("course", glossary.FOLDER)
"""The glossary is edited as if it were a course of one file, and published in its own way."""
FOLDERS = {"course": "courses", "lab": "labs"}
NOTE = 1_000  # characters of the note of a release


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a working copy, and what deserves a look."""

    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]

    def of(self, copy: Copy, path: str) -> "Findings":
        """Those of one file, and of keys that belong to its questions nothing: keys have a page of their own."""
        name = f"{FOLDERS[copy.kind]}/{copy.name}/{path}"
        mistakes, warnings = (tuple(one for one in all_ if one.file == name) for all_ in (self.mistakes, self.warnings))
        return Findings(mistakes, warnings)


def shipped(settings: Settings, copy: Copy) -> Path:
    """Where the shipped files of a course or lab lie, if there are any."""
    return (settings.courses if copy.kind == "course" else settings.labs) / copy.name


@dataclass(frozen=True, slots=True)
class Published:
    """A release that is offered now; `again` where it was there before, with a note of its own."""

    release: Release
    again: bool


@contextmanager
def laid_out(settings: Settings, copy: Copy, files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files in a folder that is named like the course or lab and gone afterwards; beside it what belongs there."""
    with tempfile.TemporaryDirectory(prefix="engram-draft-") as parent:
        folder = Path(parent) / copy.name
        folder.mkdir()
        for path, data in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        for beside in _neighbours(settings, copy):
            (Path(parent) / beside.name).symlink_to(beside.resolve())
        yield folder


def _neighbours(settings: Settings, copy: Copy) -> Iterator[Path]:
    """What checks look for beside the folder: exhibits of a lab; the glossary and, for links, courses of a course."""
    if copy.kind == "lab":
        found = [settings.labs / "exhibits"]
    else:
        others = (file.parent for file in settings.courses.glob(f"*/{reader.FILE}"))
        terms = [glossary.offered(settings.courses, settings.instance)] if copy != GLOSSARY else []
        found = [*terms, *(one for one in others if one.name != copy.name)]
    yield from (one for one in found if one.exists())


def check(settings: Settings, copy: Copy, files: Mapping[str, bytes], today: date) -> Findings:
    """Everything that the program finds in the files, by file and line."""
    with laid_out(settings, copy, files) as folder:
        return check_folder(settings, copy, folder, today)


def check_folder(settings: Settings, copy: Copy, folder: Path, today: date) -> Findings:
    """The same for files that lie in a folder."""
    if copy == GLOSSARY:
        return Findings(tuple(glossary.check(folder)), ())
    if copy.kind == "course":
        mistakes, warnings = reader.examine(folder, today, installed.labs(settings.labs))
        return Findings(tuple(sorted({*mistakes, *_placeholders(folder)})), tuple(warnings))
    mistakes, drift = labs.examine(folder)
    return Findings((*mistakes, *_scenario(copy, folder)), tuple(drift))


def frozen(settings: Settings, copy: Copy, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files of a course with the terms that would be frozen with them if it were published now."""
    with laid_out(settings, copy, files) as folder:
        return {**files, **_terms(settings)(folder)}


def publish_glossary(store: Store, settings: Settings, by: UUID | None, now: datetime) -> bool:
    """Let readers look up the glossary as it is edited here; whether that changes anything.

    Courses take its terms with their next releases. Raises ContentError with every mistake, NotThere.
    """
    with store.reading() as session:
        service.entries(session, GLOSSARY)
        data = service.contents(session, GLOSSARY).get(glossary.FILE, b"")
    with laid_out(settings, GLOSSARY, {glossary.FILE: data}) as folder:
        if mistakes := glossary.check(folder):
            raise ContentError(mistakes)
    target = settings.instance / glossary.FOLDER / glossary.FILE
    if target.is_file() and target.read_bytes() == data:
        return False
    with store.writing() as session:
        details = {"sha256": hashlib.sha256(data).hexdigest()}
        audit.record(session, act="glossary.published", actor=by, subject="glossary", details=details, now=now)
        _put(target, data)
    return True


def glossary_news(settings: Settings, files: Mapping[str, bytes]) -> bool:
    """Whether the glossary as it is edited here differs from the one that readers look up."""
    target = glossary.offered(settings.courses, settings.instance) / glossary.FILE
    return not target.is_file() or target.read_bytes() != files.get(glossary.FILE)


def publish(store: Store, settings: Settings, name: str, note: str, by: UUID | None, now: datetime) -> Published:
    """Freeze the working copy of a course as a release, or its shipped files where it is not edited here.

    What is checked is what is published: somebody may save meanwhile. Raises ContentError with every mistake, Refused.
    """
    paths.name(name)
    if len(note) > NOTE:
        raise Refused(phrase("The note has %(n)s characters; at most %(most)s are kept.", n=len(note), most=NOTE))
    copy = Copy("course", name)
    with store.reading() as session:
        files = service.contents(session, copy)
    if not files:
        return _publish(store, settings, shipped(settings, copy), note, by, now)
    with laid_out(settings, copy, files) as folder:
        return _publish(store, settings, folder, note, by, now)


def write(store: Store, settings: Settings, copy: Copy, now: datetime) -> tuple[Path, list[str]]:
    """Write a working copy over the shipped files: where, and which files changed. Files that it lacks are removed.

    Raises NotThere where there is no working copy.
    """
    with store.reading() as session:
        service.entries(session, copy)
        files = service.contents(session, copy)
    folder = shipped(settings, copy)
    changed = []
    for path, data in files.items():
        target = folder / path
        if target.is_symlink() or not target.is_file() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)  # a link is replaced, and what it leads to stays as it is
            target.write_bytes(data)
            changed.append(path)
    for name in {one.as_posix() for one in content.files_of(folder)} - files.keys():
        (folder / name).unlink()
        changed.append(name)
    with store.writing() as session:
        service.written(session, copy, folder, None, now)
    return folder, sorted(changed)


def _publish(store: Store, settings: Settings, folder: Path, note: str, by: UUID | None, now: datetime) -> Published:
    if mistakes := sorted({*reader.check(folder), *_placeholders(folder)}):
        raise ContentError(mistakes)
    with store.writing() as session:
        known = {one.id for one in content.releases(session, "course", folder.name)}
        given = (session, settings.instance, "course", folder, lambda _folder: (), now)
        release = content.publish(*given, by=by, note=note, beside=_terms(settings))
        return Published(release, release.id in known)


def _placeholders(folder: Path) -> Iterator[Mistake]:
    return placeholders.remaining(folder.name, outline.read(folder))


def _terms(settings: Settings) -> content.Beside:
    return glossary.beside(glossary.offered(settings.courses, settings.instance))


def _put(target: Path, data: bytes) -> None:
    """Write a file, all of it or nothing: pages read it at any time."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as file:
        file.write(data)
    os.replace(file.name, target)  # noqa: PTH105 - a rename, all or nothing


def _scenario(copy: Copy, folder: Path) -> Iterator[Mistake]:
    """Mistakes of the scenario of a lab, in the form of all others."""
    path = folder / SCENARIO
    name = f"labs/{copy.name}/{SCENARIO}"
    if not path.is_file():
        return
    from training.forge.scenario import draft as scenario  # noqa: PLC0415 - much code, for those who check a lab alone
    from training.forge.scenario.reading import ScenarioMistakes  # noqa: PLC0415

    try:
        scenario.load_any(path)
    except ScenarioMistakes as bad:
        for text in bad.mistakes:
            line, _, message = text.removeprefix(f"{path}:").partition(": ")
            yield Mistake(name, int(line), message) if line.isdecimal() else Mistake(name, 1, text)
    except DomainError as bad:
        yield Mistake(name, 1, bad.message)
