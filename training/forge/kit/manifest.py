"""What a kit says of itself, and how its images are unpacked."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.forge.pack import DamagedPack, Licence, Part
from training.forge.pack.images import decoded
from training.forge.pack.manifest import Digest, Line, PackName
from training.forge.pack.opening import opened
from training.settings import ROOT

KITS = ROOT / "labs" / "kits"
MANIFEST = "kit.json"
LARGEST_MANIFEST = 1 << 20
LARGEST_IMAGE = 1 << 30
"""Bytes that the image of a medium may have: a bound for what a hostile file can make us write."""
WINDOW = 1 << 23
"""Largest window of a zstd frame that is accepted, in bytes."""

InsidePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,120}$")]


class Medium(StrEnum):
    """The two media of a responder."""

    KIT = "kit"
    EVIDENCE = "evidence"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Image(_Frozen):
    """The image of a medium: the label of its file system, the packed file, and what it unpacks to."""

    label: Annotated[str, Field(pattern=r"^[A-Z]{1,16}$")]
    packed: Part
    size: Annotated[int, Field(gt=0, le=LARGEST_IMAGE)]
    sha256: Digest


class Kit(_Frozen):
    """What a kit is.

    ``version`` is that which its README names, ``sources`` the SHA-256 of the sources that its programs were made from
    (`contents.digest_of_sources`), ``inside`` the SHA-256 of each file on the kit medium by its path there.
    """

    name: PackName
    title: Line
    version: Line
    made_by: Line
    sources: Digest
    media: dict[Medium, Image]
    inside: Annotated[dict[InsidePath, Digest], Field(max_length=200)]
    licences: Annotated[tuple[Licence, ...], Field(max_length=50)]


def read(folder: Path) -> Kit:
    """The manifest of the kit in a folder.

    Raises:
        DamagedPack: it can't be read, or a field is wrong; the message names file and field.
    """
    path = folder / MANIFEST
    with opened(path) as file:
        text = file.read(LARGEST_MANIFEST + 1)
    if len(text) > LARGEST_MANIFEST:
        raise DamagedPack(f"{path}: larger than {LARGEST_MANIFEST} bytes")
    try:
        found = Kit.model_validate_json(text)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]
        raise DamagedPack(f"{path}: " + "; ".join(wrong)) from error
    if missing := set(Medium) - found.media.keys():
        raise DamagedPack(f"{path}: media: {', '.join(sorted(missing))} is missing")
    return found


def write_manifest(folder: Path, kit: Kit) -> None:
    """Write the manifest of a kit, readable by people, always in the same order."""
    text = json.dumps(kit.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def unpacked(folder: Path, medium: Medium) -> Iterator[bytes]:
    """The image of a medium, block by block; it's whole and right if the last block came without an error.

    Args:
        folder: of the kit.
        medium: which.

    Raises:
        DamagedPack: a digest differs, a file is cut short or holds too much.
    """
    image = read(folder).media[medium]
    return decoded(folder / image.packed.name, image.packed, image.size, image.sha256, window=WINDOW)
