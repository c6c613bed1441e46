"""What a pack says of itself, and where its files lie."""

import json
import unicodedata
from datetime import datetime
from enum import StrEnum
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
IMAGE = "image.raw"
TRUTH = "truth.json"
RECORD = "record.txt"
LARGEST_IMAGE = 4 << 30
"""Bytes that a raw image may have at most: a bound for what a hostile pack can make us write."""
LARGEST_BASE = 256 << 20
"""Bytes that the image of a base may have at most, and one that is packed against it. The base is held in memory while
a delta is unpacked, and a patch over more than that asks for a larger window than is accepted (`images.WINDOW`).
"""
LARGEST_TEXT = 32 << 20
"""Bytes that a file may unpack to which is kept compressed beside the image."""
LARGEST_FILE = 256 << 20
"""Bytes of any packed file but an image: all are held beside it, and unpacked before it."""
LARGEST_MANIFEST = 1 << 20
PACKED = ".zst"
"""How the name of a compressed file ends."""


class NoRoom(DomainError):
    """The disk has too little room; the message names the bytes needed and those free."""


class Kind(StrEnum):
    """What a pack is."""

    EXHIBIT = "exhibit"
    BASE = "base"


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


_MACHINE = frozenset({Role.SYMBOLS, Role.KERNEL, Role.INITRD})
_ACCOUNTS = frozenset({Role.IMAGE, Role.TRUTH, Role.RECORD})
_AGAIN = frozenset({Role.OVERLAY, Role.PLAN})
_BASE = _MACHINE | {Role.IMAGE, Role.PROGRAMS}

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
    """The base of a delta: the name of a pack beside it, and the SHA-256 of that pack's raw image."""

    name: PackName
    sha256: Digest


class Manifest(_Frozen):
    """What a pack is. ``size`` and ``sha256`` are those of the raw image; ``banner`` is the kernel's own.

    ``materials`` are the SHA-256 of the files that are handed over with the exhibit, by name; ``ram`` are the first and
    the last address of each range of the machine's memory, where they are known.
    """

    name: PackName
    kind: Kind = Kind.EXHIBIT
    title: Line
    os: Literal["linux", "windows"]
    format: Literal["raw"]
    size: Annotated[int, Field(gt=0, le=LARGEST_IMAGE)]
    sha256: Digest
    banner: Annotated[str, Field(max_length=1_000), Visible]
    captured_at: AwareDatetime
    made_by: Line
    origin: Annotated[str, Field(max_length=2_000), Visible]
    licences: Annotated[tuple[Licence, ...], Field(max_length=200)]
    base: Base | None = None
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
    def _needed(self) -> frozenset[Role]:
        if self.kind is Kind.BASE:
            return _BASE
        if self.os == "windows":  # written from a description, not booted
            return _ACCOUNTS if self.base else _ACCOUNTS | {Role.SYMBOLS}
        return _ACCOUNTS | (_AGAIN if self.base else _MACHINE)

    @model_validator(mode="after")
    def _has_its_files(self) -> Self:
        if missing := self._needed - self.files.keys():
            raise ValueError(f"files lacks {', '.join(sorted(missing))}")
        if self.kind is Kind.BASE and (surplus := self.files.keys() - _BASE):
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
        if (self.base or self.kind is Kind.BASE) and self.size > LARGEST_BASE:
            raise ValueError(f"size: the image of a base or of a delta has at most {LARGEST_BASE} bytes")
        edges = [edge for each in self.ram for edge in each]
        if edges != sorted(edges) or any(edge >= self.size for edge in edges):
            raise ValueError("ram: the ranges must be in order and end within the image")
        if self.files[Role.IMAGE].size > self.size + self.size // 128 + LARGEST_MANIFEST:
            raise ValueError("files.image.size: more than any image of this size is packed to")
        if self.base and self.base.name == self.name:
            raise ValueError("base: a pack cannot be its own base")
        return self


def may_be_named(text: str) -> bool:
    """Whether a pack may have a name: it is that of its folder too."""
    try:
        TypeAdapter(PackName).validate_python(text)
    except ValidationError:
        return False
    return True


def read(folder: Path) -> Manifest:
    """The manifest of the pack in a folder; `DamagedPack` names the file and the field that is wrong."""
    path = folder / MANIFEST
    with opened(path) as file:
        text = file.read(LARGEST_MANIFEST + 1)
    if len(text) > LARGEST_MANIFEST:
        raise DamagedPack(f"{path}: larger than {LARGEST_MANIFEST} bytes")
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]
        raise DamagedPack(f"{path}: " + "; ".join(wrong)) from error


def base_of(folder: Path, manifest: Manifest) -> tuple[Path, Manifest] | None:
    """The folder and the manifest of the base that a delta names; None for a pack that is whole.

    Raises:
        DamagedPack: no base of this name lies beside the pack, or it's another than the delta was made against.
    """
    if manifest.base is None:
        return None
    base = folder.resolve().parent / manifest.base.name
    try:
        found = read(base)
    except DamagedPack as bad:
        raise DamagedPack(f"{folder / MANIFEST}: base: {manifest.base.name} is needed beside it: {bad}") from bad
    if found.kind is not Kind.BASE:
        raise DamagedPack(f"{base / MANIFEST}: kind: a base is needed for {manifest.name}, this is an {found.kind}")
    if found.sha256 != manifest.base.sha256:
        raise DamagedPack(
            f"{folder / MANIFEST}: base: made against the image {manifest.base.sha256}, {base} holds {found.sha256}"
        )
    if (found.os, found.banner) != (manifest.os, manifest.banner):
        theirs = f"{manifest.os} {manifest.banner!r}, its base has {found.os} {found.banner!r}"
        raise DamagedPack(f"{folder / MANIFEST}: os, banner: {theirs}")
    return base, found


def locate(folder: Path, role: Role) -> tuple[Path, Part]:
    """Where the file of a role lies: in the pack itself, or for a delta that leaves it out, in its base."""
    manifest = read(folder)
    if role in manifest.files:
        return folder / manifest.files[role].name, manifest.files[role]
    where = base_of(folder, manifest)
    if where is None or role not in where[1].files:
        raise DamagedPack(f"{(where[0] if where else folder) / MANIFEST}: files.{role}: not there")
    return where[0] / where[1].files[role].name, where[1].files[role]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a pack, readable by people, always in the same order."""
    document = manifest.model_dump(mode="json", exclude_defaults=True)
    (folder / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
