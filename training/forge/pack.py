"""The pack: one exhibit as it is kept and handed on.

A pack is a folder ``labs/exhibits/<name>/`` with ``exhibit.json`` (a `Manifest`) and the files that it lists by role:

========= ==============================================================================================
image     the raw memory image, compressed with zstd; for a delta, a zstd patch against the base's image
symbols   the symbol file of the kernel (ISF, ``.json.xz``)
truth     what the guest itself wrote down after the freeze (`training.forge.truth.Truth`, JSON)
record    the acquisition record that the trainee receives (text, UTF-8)
kernel    the kernel that was booted
initrd    the initramfs that was booted
========= ==============================================================================================

A delta names its base, a pack beside it, and may leave out symbols, kernel and initramfs: they are the base's then.

Unpacked, an exhibit is ``image.raw``, ``symbols/linux/<name>.json.xz``, ``truth.json`` and ``record.txt`` in one
folder. The kernel and the initramfs stay in the pack: they serve making the exhibit again, not examining it.

Compression is the zstd program's (https://facebook.github.io/zstd/, options ``-19 --long=27`` and ``--patch-from``),
which finds matches across the whole base; decompression is python-zstandard's, with the base as a raw-content
dictionary.
"""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self

import zstandard
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from training.errors import Damaged, DomainError

MANIFEST = "exhibit.json"
IMAGE = "image.raw"
TRUTH = "truth.json"
RECORD = "record.txt"
LARGEST_IMAGE = 4 << 30
"""Bytes that a raw image may have at most: a bound for what a hostile pack can make us write."""
WINDOW = 2**28
"""Largest window of a zstd frame that is accepted, in bytes: twice that of ``--long=27``, for patches against a
base.
"""
BLOCK = 1 << 20
LARGEST_MANIFEST = 1 << 20

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


class DamagedPack(Damaged):
    """A pack or an unpacked image isn't what its manifest says; the message names both digests or the field."""


class NoRoom(DomainError):
    """The disk has too little room; the message names the bytes needed and those free."""


class Role(StrEnum):
    """What a file of a pack is for."""

    IMAGE = "image"
    SYMBOLS = "symbols"
    TRUTH = "truth"
    RECORD = "record"
    KERNEL = "kernel"
    INITRD = "initrd"


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,120}$")]
PackName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Frozen):
    """One file of a pack: its name in the folder, the SHA-256 of it as packed, its size in bytes."""

    name: FileName
    sha256: Digest
    size: Annotated[int, Field(gt=0)]


class Licence(_Frozen):
    """A component that the image holds, its licence (SPDX), and the Debian package where its source is had."""

    component: str
    version: str
    licence: str
    source_package: str
    source_version: str


class Manifest(_Frozen):
    """What an exhibit is. ``size`` and ``sha256`` are those of the raw image; ``banner`` is the kernel's own."""

    name: PackName
    title: str
    os: Literal["linux", "windows"]
    format: Literal["raw"]
    size: Annotated[int, Field(gt=0, le=LARGEST_IMAGE)]
    sha256: Digest
    banner: str
    captured_at: AwareDatetime
    made_by: str
    origin: str
    licences: tuple[Licence, ...]
    base: PackName | None = None
    files: dict[Role, Part]

    @field_validator("captured_at")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        if moment.utcoffset():
            raise ValueError("must be in UTC")
        return moment

    @model_validator(mode="after")
    def _has_its_files(self) -> Self:
        needed = {Role.IMAGE, Role.TRUTH, Role.RECORD} if self.base else set(Role)
        if self.os == "windows":
            needed -= {Role.KERNEL, Role.INITRD}
        if missing := needed - self.files.keys():
            raise ValueError(f"files lacks {', '.join(sorted(missing))}")
        names = [part.name for part in self.files.values()]
        if len(set(names)) < len(names) or MANIFEST in names:
            raise ValueError("files names one file twice")
        return self


def nothing(done: int, total: int) -> None:
    """Progress that nobody watches."""


def read(folder: Path) -> Manifest:
    """The manifest of the pack in a folder; `DamagedPack` names the file and the field that is wrong."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_MANIFEST + 1)
    except OSError as error:
        raise DamagedPack(f"{path}: cannot be read: {error.strerror}") from error
    if len(text) > LARGEST_MANIFEST:
        raise DamagedPack(f"{path}: larger than {LARGEST_MANIFEST} bytes")
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]
        raise DamagedPack(f"{path}: " + "; ".join(wrong)) from error
    if manifest.name == manifest.base:
        raise DamagedPack(f"{path}: base: a pack cannot be its own base")
    return manifest


def locate(folder: Path, role: Role) -> tuple[Path, Part]:
    """Where the file of a role lies: in the pack itself, or for a delta that leaves it out, in its base."""
    manifest = read(folder)
    if role in manifest.files:
        return folder / manifest.files[role].name, manifest.files[role]
    if manifest.base is None:
        raise DamagedPack(f"{folder / MANIFEST}: files.{role}: not there")
    base = _base(folder, manifest.base)
    part = read(base).files.get(role)
    if part is None:
        raise DamagedPack(f"{base / MANIFEST}: files.{role}: not there")
    return base / part.name, part


def unpack(folder: Path, into: Path, progress: Progress = nothing, *, base_image: Path | None = None) -> Path:
    """Unpack the exhibit of a pack and return the path of its raw image.

    Args:
        folder: the pack.
        into: the folder to lay the exhibit in; it is made where it's missing. Files of that name are replaced.
        progress: called with bytes of the raw image written and in all.
        base_image: the raw image of the base, where it is unpacked already; without it the base's pack is decoded.

    Raises:
        DamagedPack: a digest differs, a file is cut short or holds too much. Nothing new is left in `into`.
        NoRoom: the disk has too little room, said before anything is written.
    """
    manifest = read(folder)
    symbols, symbols_part = locate(folder, Role.SYMBOLS)
    plain = [
        (symbols, symbols_part, into / "symbols" / manifest.os / symbols_part.name),
        (folder / manifest.files[Role.TRUTH].name, manifest.files[Role.TRUTH], into / TRUTH),
        (folder / manifest.files[Role.RECORD].name, manifest.files[Role.RECORD], into / RECORD),
    ]
    _demand_room(into, manifest.size + sum(part.size for _, part, _ in plain))
    with _staged(into) as stage:
        for source, part, target in plain:
            with _checked(source, part) as packed, stage(target) as out:
                shutil.copyfileobj(packed, out, BLOCK)
        with stage(into / IMAGE) as out:
            _write_image(folder, manifest, out, progress, base_image)
    return into / IMAGE


def verify(where: Path, sha256: str, progress: Progress = nothing) -> None:
    """Check an unpacked image (or the one in an unpacked exhibit's folder) against a SHA-256; `DamagedPack` names
    both.
    """
    image = where / IMAGE if where.is_dir() else where
    try:
        with image.open("rb") as file:
            found = _digest(file, image.stat().st_size, progress)
    except OSError as error:
        raise DamagedPack(f"{image}: cannot be read: {error.strerror}") from error
    if found != sha256:
        raise DamagedPack(f"{image}: expected SHA-256 {sha256}, found {found}")


def check(folder: Path, progress: Progress = nothing) -> Manifest:
    """Check every file of a pack and the image that it unpacks to, writing nothing."""
    manifest = read(folder)
    for part in manifest.files.values():
        with _checked(folder / part.name, part):
            pass
    with Path(os.devnull).open("wb") as nowhere:
        _write_image(folder, manifest, nowhere, progress, None)
    return manifest


def part_of(path: Path) -> Part:
    """A finished file, described for a manifest."""
    with path.open("rb") as file:
        return Part(name=path.name, sha256=_digest(file, path.stat().st_size, nothing), size=path.stat().st_size)


def compress(image: Path, packed: Path, *, base_image: Path | None = None, level: int = 19) -> None:
    """Compress a raw image with the zstd program, as a patch where a base is given.

    Raises:
        DomainError: the program is missing or fails.
    """
    program = shutil.which("zstd")
    if program is None:
        raise DomainError("zstd is missing: install the Debian package zstd")
    command = [program, f"-{level}", "--long=27", "--quiet", "--force", "--no-progress"]
    if level > 19:  # noqa: PLR2004 - the program's own border of its ultra levels
        command.append("--ultra")
    if base_image is not None:
        command.append(f"--patch-from={base_image}")
    done = subprocess.run(  # noqa: S603 - a list, no shell
        [*command, str(image), "-o", str(packed)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise DomainError(f"zstd could not compress {image}: {done.stderr.strip()}")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a pack, readable by people, always in the same order."""
    document = manifest.model_dump(mode="json")
    (folder / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _base(folder: Path, name: str) -> Path:
    """The folder of a delta's base: a pack beside it that's whole itself, so that no chain can be built."""
    base = folder.resolve().parent / name
    if read(base).base is not None:
        raise DamagedPack(f"{base / MANIFEST}: base: a base must be a whole image, not a delta")
    return base


def _base_bytes(folder: Path, manifest: Manifest, base_image: Path | None) -> bytes | None:
    if manifest.base is None:
        return None
    base = _base(folder, manifest.base)
    whole = read(base)
    if base_image is not None:
        verify(base_image, whole.sha256)
        return base_image.read_bytes()
    kept = bytearray()
    for block in _decoded(base, whole, None):
        kept += block
    return bytes(kept)


def _decoded(folder: Path, manifest: Manifest, base: bytes | None) -> Iterator[bytes]:
    """The raw image block by block; it's whole and right if the last block came without `DamagedPack`."""
    part = manifest.files[Role.IMAGE]
    known = None if base is None else zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    decoder = zstandard.ZstdDecompressor(dict_data=known, max_window_size=WINDOW)
    seen, done = hashlib.sha256(), 0
    with _checked(folder / part.name, part) as packed:
        try:
            with decoder.stream_reader(packed, read_size=BLOCK, closefd=False) as raw:
                while block := raw.read(BLOCK):
                    done += len(block)
                    if done > manifest.size:
                        raise DamagedPack(
                            f"{folder / part.name}: unpacks to more than the {manifest.size} bytes expected"
                        )
                    seen.update(block)
                    yield block
        except zstandard.ZstdError as error:
            raise DamagedPack(f"{folder / part.name}: is not a readable zstd file: {error}") from error
    if done < manifest.size:
        raise DamagedPack(f"{folder / part.name}: unpacks to {done} bytes, expected {manifest.size}")
    if seen.hexdigest() != manifest.sha256:
        raise DamagedPack(f"{folder / part.name}: image: expected SHA-256 {manifest.sha256}, found {seen.hexdigest()}")


def _write_image(folder: Path, manifest: Manifest, out: BinaryIO, progress: Progress, base_image: Path | None) -> None:
    done = 0
    for block in _decoded(folder, manifest, _base_bytes(folder, manifest, base_image)):
        out.write(block)
        done += len(block)
        progress(done, manifest.size)


def _digest(file: BinaryIO, total: int, progress: Progress) -> str:
    seen, done = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        seen.update(block)
        done += len(block)
        progress(done, total)
    return seen.hexdigest()


@contextlib.contextmanager
def _checked(path: Path, part: Part) -> Iterator[BinaryIO]:
    """A packed file, open at its start, after its size and digest were found right."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise DamagedPack(f"{path}: cannot be read: {error.strerror}") from error
    with os.fdopen(number, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size != part.size:
            raise DamagedPack(f"{path}: has {size} bytes, expected {part.size}")
        if (found := _digest(file, size, nothing)) != part.sha256:
            raise DamagedPack(f"{path}: expected SHA-256 {part.sha256}, found {found}")
        file.seek(0)
        yield file


def _demand_room(into: Path, needed: int) -> None:
    there = next(each for each in (into, *into.resolve().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise NoRoom(f"{into}: unpacking needs {needed} bytes, {free} are free")


Stage = Callable[[Path], contextlib.AbstractContextManager[BinaryIO]]


@contextlib.contextmanager
def _staged(into: Path) -> Iterator[Stage]:
    """Write files under temporary names beside their targets; all get their names at the end, or none stays."""
    waiting: list[tuple[Path, Path]] = []
    made: list[Path] = []

    @contextlib.contextmanager
    def stage(target: Path) -> Iterator[BinaryIO]:
        for above in reversed([each for each in (target.parent, *target.parent.parents) if not each.exists()]):
            above.mkdir()
            made.append(above)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        waiting.append((temporary, target))
        with temporary.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o444)

    try:
        yield stage
        for temporary, target in waiting:
            temporary.replace(target)
        waiting.clear()
        made.clear()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise NoRoom(f"{into}: the disk became full, {shutil.disk_usage(into).free} bytes are free") from error
        raise
    finally:
        for temporary, _ in waiting:
            temporary.unlink(missing_ok=True)
        for each in reversed(made):
            with contextlib.suppress(OSError):
                each.rmdir()
