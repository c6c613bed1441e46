"""A bundle: one signed zip file that carries a session.

    manifest.json      what the bundle holds, see `Manifest`; its SHA-256 is what the bundle is called
    signature.json     an Ed25519 signature under the bytes of manifest.json
    rows.json          rows by table, see `rows`
    audit.jsonl        the part of the audit chain that is about the session, an event on each line
    releases/<kind>/<name>/<sha256>/<path>      frozen courses and labs
    exhibits/<pack>/<file>                      packs of exhibits, and the bases that they need
    papers/<sha256>                             the list of the papers of an exercise
    results/<key>.db                            rows of a complete run
    own/<sha256>/<file>                         materials and sealed keys of an image that a trainee acquired

Files are compressed, or sealed (see `sealing`). A zip from elsewhere is read as if an attacker had made it: nothing is
unpacked that the signed manifest doesn't name, and never more bytes of it than it says.
"""

import base64
import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.courses.moving import signing
from training.errors import Refused
from training.hosting.carry import drafts, sealing
from training.hosting.carry.sealing import Seal
from training.sentence import phrase

MANIFEST, SIGNATURE, ROWS, AUDIT = "manifest.json", "signature.json", "rows.json", "audit.jsonl"
SIGNED_AS = b"engram session bundle 1\n"
"""Stands before what is signed, so that a signature can't be taken for one under something else."""

LARGEST = 2**32 - 2**20  # bytes of a bundle: what a zip file holds without the extension of its format
LARGEST_TOTAL = 2**34  # bytes of all files
LARGEST_ROWS = 2**28
LARGEST_MANIFEST = 2**23
MOST = 20_000  # files
LONGEST = 240  # characters of a name
END, END_SIZE, CENTRAL = b"PK\x05\x06", 22, 46
SHA256 = r"^[0-9a-f]{64}$"
THEN = (1980, 1, 1, 0, 0, 0)
PIECE = 2**20
M = TypeVar("M", bound=BaseModel)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stored(_Frozen):
    """A file of the bundle: its path, its size in bytes and SHA-256 before it was sealed."""

    path: str = Field(min_length=1, max_length=LONGEST)
    size: int = Field(ge=0)
    sha256: str = Field(pattern=SHA256)


class Manifest(_Frozen):
    """What a bundle holds.

    `by` is the fingerprint of the key that signed it, `schema_at` the schema of the program that made it, `knows` the
    bundles of this session that its side had sent or taken before. `same` has ids of others that are called otherwise
    on this side: theirs, then its own.
    """

    format: Literal[1]
    made: datetime
    by: str = Field(pattern=SHA256)
    schema_at: str = Field(max_length=80)
    session: UUID
    organisation: UUID
    knows: tuple[str, ...] = Field(max_length=5_000)
    same: Mapping[UUID, UUID]
    seal: Seal | None
    files: tuple[Stored, ...] = Field(max_length=MOST)


class _Signature(_Frozen):
    algorithm: Literal["Ed25519"]
    key: str = Field(max_length=60)
    signature: str = Field(max_length=120)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signature holds under its manifest; whether the key is trusted is not asked here."""

    path: Path
    name: str
    manifest: Manifest
    key: bytes
    places: Mapping[str, tuple[int, Stored]] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What the key is called."""
        return signing.fingerprint(self.key)

    def paths(self, folder: str) -> list[str]:
        """The files below a folder."""
        return [one for one in self.places if one.startswith(f"{folder}/")]

    def bytes_of(self, path: str, instance: Path, most: int = LARGEST_ROWS) -> bytes:
        """A whole file. Raises Refused where it is missing, too large or not what the manifest says."""
        if path not in self.places or self.places[path][1].size > most:
            raise Refused(phrase("%(name)s is missing in the bundle, or too large.", name=path))
        made = BytesIO()
        self.copy(path, made, instance)
        return made.getvalue()

    def check(self, path: str, instance: Path) -> None:
        """Raises Refused where a file is not what the manifest says."""
        with Path(os.devnull).open("wb") as nowhere:
            self.copy(path, nowhere, instance)

    def copy(self, path: str, into: BinaryIO, instance: Path) -> None:
        """Write a file out. Raises Refused as soon as it is not what the manifest says."""
        number, stored = self.places[path]
        total, size = hashlib.sha256(), 0
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(path) as packed:
                for piece in self._plain(number, packed, instance):
                    size += len(piece)
                    if size > stored.size:
                        break
                    total.update(piece)
                    into.write(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
            raise Refused(phrase("%(name)s is damaged in the bundle.", name=path)) from None
        if size != stored.size or total.hexdigest() != stored.sha256:
            raise Refused(phrase("%(name)s was changed after the bundle was signed.", name=path))

    def _plain(self, number: int, packed: IO[bytes], instance: Path) -> Iterator[bytes]:
        if self.manifest.seal is None:
            while piece := packed.read(PIECE):
                yield piece
        else:
            yield from sealing.unsealed(sealing.open_up(instance, self.manifest.seal), number, packed)


Source = Path | bytes
"""Where the bytes of a file come from."""


def write(
    into: Path, instance: Path, head: Mapping[str, object], files: Mapping[str, Source], receiver: str | None
) -> str:
    """Write a bundle, all or nothing, and give its name.

    Args:
        into: a new file.
        instance: of this installation, whose key signs.
        head: the fields of the manifest that are no files.
        files: by path.
        receiver: the key of the installation for which it is sealed; None: for whoever has it.

    Raises Refused for more files than anybody reads.
    """
    too_many = phrase("The bundle would have %(n)s files; at most %(most)s are read.", n=len(files), most=MOST)
    if len(files) > MOST:
        raise Refused(too_many)
    seal, key = sealing.close(receiver) if receiver else (None, None)
    stored = tuple(_measured(path, files[path]) for path in sorted(files))
    by = signing.fingerprint(signing.public_key(instance))
    manifest = Manifest.model_validate({**head, "format": 1, "by": by, "seal": seal, "files": stored})
    signed = f"{manifest.model_dump_json(indent=1)}\n".encode()
    if len(signed) > LARGEST_MANIFEST:
        raise Refused(too_many)
    with drafts.folder(into.parent) as work:
        made = work / "bundle"
        with open(made, "xb", opener=drafts.private) as file:
            with zipfile.ZipFile(file, "w", allowZip64=False) as archive:
                archive.writestr(_entry(MANIFEST), signed)
                archive.writestr(_entry(SIGNATURE), _signature(instance, signed))
                for number, path in enumerate(sorted(files)):
                    _add(archive, path, number, files[path], key)
            file.flush()
            os.fsync(file.fileno())
        drafts.publish(made, into)
    return hashlib.sha256(signed).hexdigest()


def _add(archive: zipfile.ZipFile, path: str, number: int, source: Source, key: bytes | None) -> None:
    with _opened(source) as plain, archive.open(_entry(path, sealed=key is not None), "w") as out:
        if key is not None:
            for piece in sealing.sealed(key, number, plain):
                out.write(piece)
        else:
            while piece := plain.read(PIECE):
                out.write(piece)


def _entry(path: str, *, sealed: bool = False) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, THEN)
    entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o600) << 16
    entry.compress_type = (
        zipfile.ZIP_STORED if sealed or path.endswith((".zst", ".xz", ".gz")) else zipfile.ZIP_DEFLATED
    )
    return entry


def _opened(source: Source) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _measured(path: str, source: Source) -> Stored:
    total, size = hashlib.sha256(), 0
    with _opened(source) as file:
        while piece := file.read(PIECE):
            total.update(piece)
            size += len(piece)
    return Stored(path=path, size=size, sha256=total.hexdigest())


def _signature(instance: Path, signed: bytes) -> bytes:
    made = _Signature(
        algorithm="Ed25519",
        key=base64.b64encode(signing.public_key(instance)).decode(),
        signature=base64.b64encode(signing.sign(instance, SIGNED_AS + signed)).decode(),
    )
    return f"{made.model_dump_json(indent=1)}\n".encode()


def read(path: Path) -> Bundle:
    """Look at a bundle from elsewhere. Raises Refused for what is damaged or made up, with the name of the file.

    The signature is checked before anything of the manifest is believed. The files are looked at when they are asked
    for.
    """
    entries = _entries(path)
    for name in (MANIFEST, SIGNATURE):
        if name not in entries:
            raise Refused(phrase("This is no bundle of a session: there is no %(name)s in it.", name=name))
    signed = _small(path, entries[MANIFEST])
    key = _signer(_small(path, entries[SIGNATURE]), signed)
    manifest = _parsed(Manifest, signed, MANIFEST)
    if manifest.by != signing.fingerprint(key):
        raise Refused(phrase("%(file)s names another key than the one that signed it.", file=MANIFEST))
    places = {one.path: (number, one) for number, one in enumerate(manifest.files)}
    _check_files(manifest, places, entries)
    return Bundle(path, hashlib.sha256(signed).hexdigest(), manifest, key, places)


def _entries(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The directory of the zip, after its end was looked at: a directory may be made to be endless."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - END_SIZE))
        end = file.read()
    if size > LARGEST or len(end) < END_SIZE or end[:4] != END:
        raise Refused(phrase("This is not a zip file, or it has something after its end, or it is too large."))
    disks, here, count = end[4:8], int.from_bytes(end[8:10], "little"), int.from_bytes(end[10:12], "little")
    length, offset = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    if any(disks) or here != count or offset + length != size - END_SIZE:
        raise Refused(phrase("The directory of the archive is not where its end says; it is damaged or made up."))
    if count > MOST + 2 or length > (MOST + 2) * (CENTRAL + 2 * LONGEST):
        raise Refused(phrase("The archive has more than %(most)s files.", most=MOST))
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError):
        raise Refused(phrase("The directory of the archive can't be read; it is damaged.")) from None
    found = {one.filename: one for one in listed}
    if len(found) != len(listed):
        raise Refused(phrase("A file stands in the archive twice."))
    for one in listed:
        kind = stat.S_IFMT(one.external_attr >> 16)
        plain = one.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} and not one.flag_bits & 1
        if kind not in {0, stat.S_IFREG} or not plain:
            raise Refused(phrase("%(name)s is encrypted, a link or a device.", name=_shown(one.filename)))
    return found


def _check_files(
    manifest: Manifest, places: Mapping[str, tuple[int, Stored]], entries: Mapping[str, zipfile.ZipInfo]
) -> None:
    if len(places) != len(manifest.files) or len({one.casefold() for one in places}) != len(places):
        raise Refused(phrase("%(file)s names a file twice.", file=MANIFEST))
    if sum(one.size for one in manifest.files) > LARGEST_TOTAL:
        raise Refused(phrase("The archive unpacks to more than %(most)s bytes.", most=LARGEST_TOTAL))
    for name in sorted(entries.keys() ^ {*places, MANIFEST, SIGNATURE}):
        if name in places:
            raise Refused(phrase("%(name)s is missing in the bundle.", name=_shown(name)))
        raise Refused(phrase("%(name)s is in the bundle, and the manifest doesn't name it.", name=_shown(name)))
    for name, (_, stored) in places.items():
        if not _may_be_named(name):
            raise Refused(phrase("%(name)s is no name that a file of a bundle has.", name=_shown(name)))
        if entries[name].file_size != (sealing.size(stored.size) if manifest.seal else stored.size):
            raise Refused(phrase("%(name)s was changed after the bundle was signed.", name=_shown(name)))


def _may_be_named(name: str) -> bool:
    parts = name.split("/")
    if not name.isprintable() or any(sign in name for sign in '\\:*?"<>|'):
        return False
    if any(part.strip(". ") == "" or part[-1] in ". " for part in parts):
        return False
    return name in {ROWS, AUDIT} or (
        len(parts) > 1 and parts[0] in {"releases", "exhibits", "papers", "results", "own"}
    )


def _shown(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name)[:80] or "-"


def _small(path: Path, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > LARGEST_MANIFEST:
        raise Refused(phrase("%(name)s is missing in the bundle, or too large.", name=entry.filename))
    try:
        with zipfile.ZipFile(path) as archive, archive.open(entry) as file:
            return file.read(LARGEST_MANIFEST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise Refused(phrase("%(name)s is damaged in the bundle.", name=entry.filename)) from None


def _signer(data: bytes, signed: bytes) -> bytes:
    found = _parsed(_Signature, data, SIGNATURE)
    try:
        key, signature = (base64.b64decode(text, validate=True) for text in (found.key, found.signature))
    except ValueError:
        raise Refused(phrase("%(file)s can't be read: it is no base64.", file=SIGNATURE)) from None
    if len(key) != signing.SIZE or not signing.holds(key, signature, SIGNED_AS + signed):
        raise Refused(
            phrase(
                "%(file)s was changed, or the signature is that of another bundle. Ask the sender for it again.",
                file=MANIFEST,
            )
        )
    return key


def _parsed(model: type[M], data: bytes, file: str) -> M:
    try:
        return model.model_validate_json(data)
    except (ValidationError, RecursionError) as bad:
        first = bad.errors()[0] if isinstance(bad, ValidationError) else {"loc": (), "msg": "nested too deeply"}
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise Refused(
            phrase(
                "%(file)s can't be read here: %(where)s: %(fault)s",
                file=file,
                where=where[:80],
                fault=str(first["msg"]),
            )
        ) from None


def lines(rows: object) -> bytes:
    """JSON as a bundle holds it: the same rows give the same bytes."""
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
