"""A course as a file for another system: its questions, or all of it, with the report of what can't be carried."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Release
from training.content.source import ContentError, Mistake
from training.courses.manuscript import glossary, reader
from training.courses.moving import asked, cartridge, gift, gift_reading, moodle, moodle_reading, pack, safe_xml
from training.courses.moving.asked import Brought, Loss
from training.courses.offline.chapters import edition
from training.labs import reader as labs
from training.settings import Settings

Form = Literal["gift", "moodle", "cartridge", "pack"]
ENDINGS: Mapping[Form, str] = {"gift": "gift.txt", "moodle": "moodle.xml", "cartridge": "imscc", "pack": "engram.zip"}
XML = b"<"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file, what it is called, how many questions of the course there are, and what it can't carry."""

    name: str
    data: bytes
    questions: int
    losses: tuple[Loss, ...]


def export(session: Session, settings: Settings, release: Release, form: str) -> Exported:
    """A release of a course in GIFT, Moodle XML or as a Common Cartridge. Raises ContentError."""
    folder = content.folder_of(settings.instance, release)
    items = asked.of_course(folder)
    if form == "cartridge":
        data, losses = _cartridge(session, settings, release, folder, items)
    elif form == "moodle":
        data, losses = moodle.write(items)
    else:
        text, losses = gift.write(items)
        data = text.encode()
    return Exported(named(release, form), data, len(items), tuple(losses))


def named(release: Release, form: str) -> str:
    """What the file of a release is called."""
    return f"{release.name}-{release.number}.{ENDINGS[cast('Form', form)]}"


def questions(data: bytes, file: str) -> Brought:
    """The questions of a file, which is Moodle XML where it begins like XML, else GIFT. Raises ContentError."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == XML:
        return moodle_reading.read(data, file)
    if len(data) > asked.LARGEST:
        raise ContentError([Mistake(file, 1, f"more than {asked.LARGEST} bytes; divide the file")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise ContentError([Mistake(file, line, "not UTF-8 text; save the file as UTF-8")]) from None
    return gift_reading.read(text, file)


def _cartridge(
    session: Session, settings: Settings, release: Release, folder: Path, items: list[asked.Item]
) -> tuple[bytes, list[Loss]]:
    course = reader.load(folder)
    here = [content.latest(session, "lab", lab) for lab in course.labs]
    read = content.read_each(settings.instance, filter(None, here), labs.load)
    titles = {one.name: lab.title for one, lab in read}
    terms = glossary.of_release(folder, glossary.offered(settings.courses, settings.instance))
    return cartridge.write(edition(course, release, terms, titles), items)


LARGEST: Mapping[str, int] = {"pack": pack.LARGEST, "questions": max(asked.LARGEST, safe_xml.LARGEST)}
"""Bytes of what is sent in, by what it is."""
