"""Course packs: releases of courses as one signed zip file, which travels on a USB stick.

    manifest.json                    what the pack holds, see `manifest`
    signature.json                   an Ed25519 signature under the bytes of manifest.json
    courses/<course>/<path>          the files of a release

A pack holds the keys of the questions. It is for installations, not for learners.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from training.authoring import outline, paths
from training.authoring.service import TEXT
from training.content import service as content
from training.content import source
from training.content.models import Release
from training.courses.manuscript import output, reader, translation
from training.courses.moving import archive, signing
from training.courses.moving.manifest import Manifest, Needed, Packed, Signature, Stored
from training.errors import Refused
from training.sentence import phrase

MANIFEST, SIGNATURE, FOLDER = "manifest.json", "signature.json", "courses"
LARGEST = 16 * 2**20  # bytes of a pack
LARGEST_TEXTS = {".md": TEXT, ".yaml": source.LIMIT}  # bytes of files of these kinds
SIGNED_AS = b"engram course pack 1\n"
"""Stands before what is signed, so that a signature can't be taken for one under something else."""

ROWS = re.compile(rf"[^/]+/{output.FOLDER}/[0-9a-f]{{64}}\.json")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was read: nothing in it is damaged, and the key signed it. Whether the key is trusted is not asked.

    `sha256` is that of the file; `courses` are the files of each course by path.
    """

    sha256: str
    manifest: Manifest
    key: bytes
    courses: Mapping[str, Mapping[str, bytes]]

    @property
    def fingerprint(self) -> str:
        """What the key is called."""
        return signing.fingerprint(self.key)


def make(session: Session, instance: Path, releases: Iterable[Release], now: datetime) -> bytes:
    """A pack of releases, signed by this installation. The same releases at the same second give the same bytes."""
    files: dict[str, bytes] = {}
    packed = []
    for release in sorted(releases, key=lambda one: one.name):
        folder = content.folder_of(instance, release)
        contents = outline.read(folder)
        packed.append(_packed(session, release, folder, contents))
        files |= {f"{FOLDER}/{release.name}/{path}": data for path, data in contents.items()}
    by = signing.fingerprint(signing.public_key(instance))
    manifest = Manifest(format=1, made=now.replace(microsecond=0), by=by, courses=tuple(packed))
    signed = f"{manifest.model_dump_json(indent=1)}\n".encode()
    made = archive.write({**files, MANIFEST: signed, SIGNATURE: _signature(instance, signed)})
    _check_size(made)
    return made


def read(data: bytes) -> Pack:
    """Look at a pack from elsewhere. Raises Refused for what is damaged or made up, with the names of the files."""
    _check_size(data)
    files = archive.read(data)
    for name in (MANIFEST, SIGNATURE):
        if name not in files:
            raise Refused(phrase("This is no course pack: there is no %(name)s in it.", name=name))
    key = _signer(files[SIGNATURE], files[MANIFEST])
    manifest = _parsed(Manifest, files[MANIFEST], MANIFEST)
    if manifest.by != signing.fingerprint(key):
        raise Refused(phrase("%(file)s names another key than the one that signed it.", file=MANIFEST))
    if faults := list(_faults(manifest, files)):
        raise Refused("\n".join(faults))
    courses = {
        one.name: {stored.path: files[f"{FOLDER}/{one.name}/{stored.path}"] for stored in one.files}
        for one in manifest.courses
    }
    return Pack(hashlib.sha256(data).hexdigest(), manifest, key, courses)


def _check_size(packed: bytes) -> None:
    """What would not be read isn't made either."""
    if len(packed) > LARGEST:
        raise Refused(phrase("The pack has %(n)s bytes; at most %(most)s are read.", n=len(packed), most=LARGEST))


def _packed(session: Session, release: Release, folder: Path, contents: outline.Files) -> Packed:
    course = reader.load(folder)
    labs = {name: content.latest(session, "lab", name) for name in course.labs}
    return Packed(
        name=release.name,
        title=course.title,
        sha256=release.sha256,
        number=release.number,
        published=release.published_at.replace(microsecond=0),
        languages=(course.language, *translation.begun(folder, course.language)),
        authors=course.file.authors,
        licence=course.file.licence,
        licences={module.folder: module.file.licence for module in course.modules},
        labs=tuple(Needed(name=name, sha256=lab.sha256 if lab else "") for name, lab in sorted(labs.items())),
        exhibits=tuple(_exhibits(contents)),
        files=tuple(
            Stored(path=paths.path(path), size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for path, data in sorted(contents.items())
        ),
    )


def _exhibits(contents: outline.Files) -> Iterator[Needed]:
    """The exhibits from which the rows of output blocks come."""
    stored = [json.loads(data) for path, data in contents.items() if ROWS.fullmatch(path)]
    for name, sha256 in sorted({(one["exhibit"], one["exhibit_sha256"]) for one in stored}):
        yield Needed(name=name, sha256=sha256)


def _signature(instance: Path, signed: bytes) -> bytes:
    key = signing.public_key(instance)
    made = Signature(
        algorithm="Ed25519",
        key=base64.b64encode(key).decode(),
        key_id=signing.fingerprint(key),
        signature=base64.b64encode(signing.sign(instance, SIGNED_AS + signed)).decode(),
    )
    return f"{made.model_dump_json(indent=1)}\n".encode()


def _signer(data: bytes, signed: bytes) -> bytes:
    """The public key that signed the manifest."""
    found = _parsed(Signature, data, SIGNATURE)
    try:
        key, signature = (base64.b64decode(text, validate=True) for text in (found.key, found.signature))
    except ValueError:
        raise Refused(phrase("%(file)s can't be read: it is no base64.", file=SIGNATURE)) from None
    if len(key) != signing.SIZE or found.key_id != signing.fingerprint(key):
        raise Refused(phrase("%(file)s calls its key by another fingerprint than that of the key.", file=SIGNATURE))
    if not signing.holds(key, signature, SIGNED_AS + signed):
        raise Refused(
            phrase(
                "%(file)s was changed, or the signature is that of another pack. Ask the sender for the pack again.",
                file=MANIFEST,
            )
        )
    return key


def _parsed(model: type[M], data: bytes, file: str) -> M:
    try:
        return model.model_validate_json(data)
    except ValidationError as bad:
        first = bad.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise Refused(
            phrase("%(file)s can't be read here: %(where)s: %(fault)s", file=file, where=where[:80], fault=first["msg"])
        ) from None


def _faults(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    """What differs between the manifest and the files; each by its name."""
    listed = [(f"{FOLDER}/{one.name}/{stored.path}", stored) for one in manifest.courses for stored in one.files]
    for name, stored in listed:
        try:
            paths.path(stored.path)
        except Refused as bad:
            yield bad.message
            continue
        most = LARGEST_TEXTS.get(name[name.rfind(".") :], stored.size)
        if name not in files:
            yield phrase("%(name)s is missing in the pack.", name=name)
        elif stored.size > most:
            yield phrase("%(name)s has %(n)s bytes; at most %(most)s are read.", name=name, n=stored.size, most=most)
        elif len(files[name]) != stored.size or hashlib.sha256(files[name]).hexdigest() != stored.sha256:
            yield phrase("%(name)s was changed after the pack was signed.", name=name)
    names = [name for name, _ in listed]
    if len(set(names)) < len(names):
        yield phrase("%(file)s names a file twice.", file=MANIFEST)
    for name in sorted(files.keys() - set(names) - {MANIFEST, SIGNATURE}):
        yield phrase("%(name)s is in the pack, and the manifest doesn't name it.", name=name)
