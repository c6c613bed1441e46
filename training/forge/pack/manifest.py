"""What a pack says of itself, and where its files lie."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from training.errors import DomainError
from training.forge.pack.opening import DamagedPack, opened

MANIFEST = "exhibit.json"
FORGE = "Engram forge "
"""How `made_by` begins in packs that the forge made."""
IMAGE = "image.raw"
TRUTH = "truth.json"
RECORD = "record.txt"
LARGEST_IMAGE = 4 << 30
"""Bytes that a raw image may have at most: a bound for what a hostile pack can make us write."""
LARGEST_BASE = 256 << 20
"""Bytes that the image of a base may have at most, and one that is packed against it. The base is held in memory while
a delta is unpacked, and a patch over more than that asks for a larger window than is accepted (`images.WINDOW`). A base
and the additions that a delta has may have no more together.
"""
LARGEST_ADDITION = 32 << 20
"""Bytes that the archive of an addition may unpack to: a machine holds them in its memory."""
MOST_ADDITIONS = 4
LARGEST_TEXT = 32 << 20
"""Bytes that a file may unpack to which is kept compressed beside the image."""
LARGEST_FILE = 256 << 20
"""Bytes of any packed file but an image: all are held beside it, and unpacked before it."""
LARGEST_MANIFEST = 1 << 20
PAGE = 4096
PACKED = ".zst"
"""How the name of a compressed file ends."""


class NoRoom(DomainError):
    """The disk has too little room; the message names the bytes needed and those free."""


class Kind(StrEnum):
    """What a pack is."""

    EXHIBIT = "exhibit"
    BASE = "base"
    ADDITION = "addition"

    @property
    def named(self) -> str:
        """The word with its article."""
        return f"{'a' if self is Kind.BASE else 'an'} {self}"


class Role(StrEnum):
    """What a file of a pack is for."""

    IMAGE = "image"
    SYMBOLS = "symbols"
    TRUTH = "truth"
    RECORD = "record"
    KERNEL = "kernel"
    INITRD = "initrd"
    PROGRAMS = "programs"
    OVERLAY = "overlay"
    PLAN = "plan"
    NETWORK = "network"


_MACHINE = frozenset({Role.SYMBOLS, Role.KERNEL, Role.INITRD})
_ACCOUNTS = frozenset({Role.IMAGE, Role.TRUTH, Role.RECORD})
_AGAIN = frozenset({Role.OVERLAY, Role.PLAN})
_BASE = _MACHINE | {Role.IMAGE, Role.PROGRAMS}
_WRITTEN_BASE = frozenset({Role.IMAGE, Role.SYMBOLS, Role.NETWORK})
_ADDITION = frozenset({Role.INITRD})

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,120}$")]
PackName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")]
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}


def _visible(text: str) -> str:
    """Texts of a manifest are shown on terminals and written to files as they are: nothing in them may act there."""
    if found := [each for each in text if unicodedata.category(each) in _UNSEEN]:
        raise ValueError(f"holds {found[0]!a}, a character that controls how text is shown")
    return text


Visible = AfterValidator(_visible)
Line = Annotated[str, Field(max_length=200), Visible]
Address = Annotated[int, Field(ge=0, lt=LARGEST_IMAGE)]
Range = tuple[Address, Address]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Content(_Frozen):
    """What a compressed file unpacks to: its SHA-256 and its size in bytes."""

    sha256: Digest
    size: Annotated[int, Field(gt=0, le=LARGEST_TEXT)]


class Part(_Frozen):
    """One file of a pack: its name in the folder, the SHA-256 of it as packed, its size in bytes.

    `unpacked` is there for a truth that is kept compressed with zstd.
    """

    name: FileName
    sha256: Digest
    size: Annotated[int, Field(gt=0)]
    unpacked: Content | None = None

    @property
    def lies(self) -> str:
        """SHA-256 of the file as it lies in an unpacked exhibit."""
        return (self.unpacked or self).sha256


class Licence(_Frozen):
    """A component that the image holds, its licence (SPDX), and the Debian package where its source is had."""

    component: Line
    version: Line
    licence: Line
    source_package: Line
    source_version: Line


class Base(_Frozen):
    """A pack that lies beside another which is made on it: its name, and the SHA-256 of what it unpacks to (its raw
    image, or its archive).
    """

    name: PackName
    sha256: Digest


class Manifest(_Frozen):
    """What a pack is. ``size`` and ``sha256`` are those of the raw image, of an addition those of its archive.

    ``banner`` is the kernel's own.

    ``materials`` are the SHA-256 of the files that are handed over with the exhibit, by name; ``ram`` are the first and
    the last address of each range of the machine's memory, where they are known. ``patch`` is how a delta's image is
    kept: as a zstd patch against the whole base, or by pages (`training.forge.pack.pages`).
    """

    name: PackName
    kind: Kind = Kind.EXHIBIT
    title: Line
    os: Literal["linux", "windows"]
    format: Literal["raw", "cpio"]
    size: Annotated[int, Field(gt=0, le=LARGEST_IMAGE)]
    sha256: Digest
    banner: Annotated[str, Field(max_length=1_000), Visible]
    captured_at: AwareDatetime
    made_by: Line
    origin: Annotated[str, Field(max_length=2_000), Visible]
    licences: Annotated[tuple[Licence, ...], Field(max_length=200)]
    base: Base | None = None
    patch: Literal["whole", "pages"] = "whole"
    additions: Annotated[tuple[Base, ...], Field(max_length=MOST_ADDITIONS)] = ()
    ram: Annotated[tuple[Range, ...], Field(max_length=64)] = ()
    materials: Annotated[dict[FileName, Digest], Field(max_length=50)] = {}
    files: dict[Role, Part]

    @field_validator("captured_at")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        if moment.utcoffset():
            raise ValueError("must be in UTC")
        return moment

    @property
    def lab(self) -> str:
        """The lab whose scenario was played: a pack's name is the lab's with a letter after it."""
        return self.name.rpartition("-")[0]

    @property
    def beside(self) -> tuple[str, ...]:
        """Names of the packs that this one is of no use without: its base and its additions."""
        return tuple(each.name for each in (self.base, *self.additions) if each)

    @property
    def holds(self) -> Role:
        """The role of the file that unpacks to ``size`` bytes."""
        return Role.INITRD if self.kind is Kind.ADDITION else Role.IMAGE

    @property
    def content(self) -> Part:
        """This file."""
        return self.files[self.holds]

    @property
    def _needed(self) -> frozenset[Role]:
        if self.kind is Kind.BASE:
            return _WRITTEN_BASE if self.os == "windows" else _BASE
        if self.kind is Kind.ADDITION:
            return _ADDITION
        if self.os == "windows":  # written from a description, not booted
            return _ACCOUNTS if self.base else _ACCOUNTS | {Role.SYMBOLS}
        return _ACCOUNTS | (_AGAIN if self.base else _MACHINE if self.made_by.startswith(FORGE) else {Role.SYMBOLS})

    @model_validator(mode="after")
    def _has_its_files(self) -> Self:
        if missing := self._needed - self.files.keys():
            raise ValueError(f"files lacks {', '.join(sorted(missing))}")
        if self.kind is Kind.BASE and (surplus := self.files.keys() - self._needed):
            raise ValueError(f"files of a base has {', '.join(sorted(surplus))}")
        names = [part.name for part in self.files.values()]
        if len(set(names)) < len(names) or MANIFEST in names:
            raise ValueError("files names one file twice")
        for role, part in self.files.items():
            packed = role is Role.TRUTH and part.name.endswith(PACKED)
            if packed is not (part.unpacked is not None):
                raise ValueError(f"files.{role}: unpacked belongs to a truth that is kept as {PACKED}, and to no other")
            if role is not Role.IMAGE and part.size > LARGEST_FILE:
                raise ValueError(f"files.{role}.size: at most {LARGEST_FILE} bytes")
        return self

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> Self:
        if self.kind is Kind.BASE and (self.base or self.materials):
            raise ValueError("a base has neither a base nor materials")
        if (self.kind is Kind.ADDITION) is not (self.format == "cpio"):
            raise ValueError("format: cpio is that of an addition, and of nothing else")
        if self.kind is Kind.ADDITION:
            self._is_addition()
        if self.additions and (self.kind is not Kind.EXHIBIT or not self.base):
            raise ValueError("additions: only an exhibit with a base has some")
        if len(set(self.beside)) < len(self.beside):
            raise ValueError("additions: the same pack is named twice")
        if (self.base or self.kind is Kind.BASE) and self.size > LARGEST_BASE:
            raise ValueError(f"size: the image of a base or of a delta has at most {LARGEST_BASE} bytes")
        edges = [edge for each in self.ram for edge in each]
        if edges != sorted(edges) or any(edge >= self.size for edge in edges):
            raise ValueError("ram: the ranges must be in order and end within the image")
        if self.content.size > self.size + self.size // 128 + LARGEST_MANIFEST:
            raise ValueError(f"files.{self.holds}.size: more than any image of this size is packed to")
        if self.name in self.beside:
            raise ValueError("base: a pack cannot be its own base")
        return self

    @model_validator(mode="after")
    def _can_be_patched(self) -> Self:
        if self.patch == "pages" and (self.kind is not Kind.EXHIBIT or not self.base or self.additions):
            raise ValueError("patch: only an exhibit with a base and without additions is a patch by pages")
        if self.patch == "pages" and self.size % PAGE:
            raise ValueError(f"size: a patch by pages is of whole pages of {PAGE} bytes")
        return self

    def _is_addition(self) -> None:
        if not self.base or self.materials or self.ram or self.files.keys() - {Role.PROGRAMS} != _ADDITION:
            what = (
                "an addition has a base, an initrd and perhaps programs, and neither materials nor ram nor other files"
            )
            raise ValueError(what)
        if self.size > LARGEST_ADDITION:
            raise ValueError(f"size: the archive of an addition has at most {LARGEST_ADDITION} bytes")


def may_be_named(text: str) -> bool:
    """Whether a pack may have a name: it is that of its folder too."""
    try:
        TypeAdapter(PackName).validate_python(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def _parsed(text: bytes) -> Manifest:
    """Manifests never change, and are read at each step of a start and by each run: each text is parsed once."""
    return Manifest.model_validate_json(text)


def read(folder: Path) -> Manifest:
    """The manifest of the pack in a folder; `DamagedPack` names the file and the field that is wrong."""
    path = folder / MANIFEST
    with opened(path) as file:
        text = file.read(LARGEST_MANIFEST + 1)
    if len(text) > LARGEST_MANIFEST:
        raise DamagedPack(f"{path}: larger than {LARGEST_MANIFEST} bytes")
    try:
        return _parsed(text)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]
        raise DamagedPack(f"{path}: " + "; ".join(wrong)) from error


def base_of(folder: Path, manifest: Manifest) -> tuple[Path, Manifest] | None:
    """The folder and the manifest of the base that a pack names; None for one that names none.

    Raises:
        DamagedPack: no base of this name lies beside the pack, or it's another than the pack was made on.
    """
    if manifest.base is None:
        return None
    base, found = _beside(folder, "base", manifest.base, Kind.BASE)
    if (found.os, found.banner) != (manifest.os, manifest.banner):
        theirs = f"{manifest.os} {manifest.banner!r}, its base has {found.os} {found.banner!r}"
        raise DamagedPack(f"{folder / MANIFEST}: os, banner: {theirs}")
    return base, found


def reference_of(folder: Path, manifest: Manifest) -> tuple[tuple[Path, Manifest], ...]:
    """The packs whose contents, one after the other, a delta is a patch against: its additions, and last its base. With
    the base in front zstd took three times as long for patches of the same size.

    Raises:
        DamagedPack: as `base_of`, of additions too; or all of them are more than may be held in memory.
    """
    if (base := base_of(folder, manifest)) is None:
        return ()
    added = [_beside(folder, "additions", each, Kind.ADDITION) for each in manifest.additions]
    for where, one in added:
        if one.base != manifest.base:
            raise DamagedPack(f"{where / MANIFEST}: base: is another than that of {manifest.name}")
    if (held := sum(one.size for _, one in (*added, base))) > LARGEST_BASE:
        raise DamagedPack(f"{folder / MANIFEST}: additions: {held} bytes with the base, at most {LARGEST_BASE} may be")
    return *added, base


def _beside(folder: Path, field: str, named: Base, kind: Kind) -> tuple[Path, Manifest]:
    """A pack of a kind that another one names in a field."""
    there = folder.resolve().parent / named.name
    try:
        found = read(there)
    except DamagedPack as bad:
        raise DamagedPack(f"{folder / MANIFEST}: {field}: {named.name} is needed beside it: {bad}") from bad
    if found.kind is not kind:
        raise DamagedPack(
            f"{there / MANIFEST}: kind: {kind.named} is needed for {folder.name}, this is {found.kind.named}"
        )
    if found.sha256 != named.sha256:
        raise DamagedPack(
            f"{folder / MANIFEST}: {field}: made on the content {named.sha256}, {there} holds {found.sha256}"
        )
    return there, found


def locate(folder: Path, role: Role) -> tuple[Path, Part]:
    """Where the file of a role lies: in the pack itself, or for a delta that leaves it out, in its base."""
    manifest = read(folder)
    if role in manifest.files:
        return folder / manifest.files[role].name, manifest.files[role]
    where = base_of(folder, manifest)
    if where is None or role not in where[1].files:
        raise DamagedPack(f"{(where[0] if where else folder) / MANIFEST}: files.{role}: not there")
    return where[0] / where[1].files[role].name, where[1].files[role]


def symbols_of(folder: Path) -> tuple[tuple[Path, Part], ...]:
    """The symbol files of an exhibit: the kernel's, and of Windows that of its network driver. Raises as `locate`."""
    kernel, manifest = locate(folder, Role.SYMBOLS), read(folder)
    if manifest.os == "linux" or (manifest.base is None and Role.NETWORK not in manifest.files):
        return (kernel,)
    return kernel, locate(folder, Role.NETWORK)


def together(digests: Mapping[str, str]) -> str:
    """One SHA-256 for symbol files by name: that of a single one, or that of theirs in the order of the names."""
    found = [digests[name] for name in sorted(digests)]
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode("ascii")).hexdigest()


def symbols_sha256(folder: Path) -> str:
    """What stands for the symbol files of an exhibit where one digest is wanted. Raises as `locate`."""
    return together({part.name: part.sha256 for _, part in symbols_of(folder)})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a pack, readable by people, always in the same order."""
    document = manifest.model_dump(mode="json", exclude_defaults=True)
    (folder / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
