"""Lay out the images of media: the kit's, and that of an empty evidence medium."""

import functools
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from training.errors import Damaged
from training.forge import kit as kits
from training.forge.kit import Medium
from training.forge.pack import verify

LINUX = kits.KITS / "linux"
PAGE = 4096

Pieces = tuple[tuple[int, bytes], ...]
"""The bytes of an image that are not zeros, page by page, each with its offset."""


def kit(target: Path, folder: Path = LINUX) -> Path:
    """The image of the kit medium as a file: what lies there and is right stays, else it is unpacked.

    Args:
        target: the file; its folder is made where it's missing.
        folder: of the kit.

    Raises:
        Damaged: the kit is not what its manifest says; nothing is left in `target` then.
    """
    image = kits.read(folder).media[Medium.KIT]
    try:
        verify(target, image.sha256)
    except Damaged:
        _lay_out(target, _pieces(kits.unpacked(folder, Medium.KIT)), image.size, mode=0o444)
    return target


def blank(target: Path, folder: Path = LINUX) -> None:
    """Make an empty evidence medium, a sparse file: 192 MiB of ext4 without a journal, labelled EVIDENCE.

    A file that lies there is replaced. The first one of a process takes half a second, each further one milliseconds.

    Raises:
        Damaged: as `kit`.
    """
    image = kits.read(folder).media[Medium.EVIDENCE]
    _lay_out(target, _empty(folder, image.sha256), image.size, mode=0o600)


@functools.lru_cache(maxsize=4)
def _empty(folder: Path, _sha256: str) -> Pieces:
    """What is on an empty evidence medium; some 60 KB, so that it can be kept. The digest is there for the cache."""
    return _pieces(kits.unpacked(folder, Medium.EVIDENCE))


def _pieces(blocks: Iterable[bytes]) -> Pieces:
    found, at = [], 0
    for block in blocks:
        if block.count(0) < len(block):
            pages = ((at + start, block[start : start + PAGE]) for start in range(0, len(block), PAGE))
            found += [(offset, page) for offset, page in pages if page.count(0) < len(page)]
        at += len(block)
    return tuple(found)


def _lay_out(target: Path, pieces: Pieces, size: int, *, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        with beside.open("xb") as out:
            for offset, page in pieces:
                out.seek(offset)
                out.write(page)
            out.truncate(size)
            out.flush()
            os.fsync(out.fileno())
        beside.chmod(mode)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
