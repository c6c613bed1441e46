"""A patch by pages: of an image, only the pages that differ from its base's, each against the base's page.

An image that is written lies page by page where its base's does. So a patch need not look for anything in all of the
base: a file has one bit for each page of 4 KiB, from the lowest bit of its first byte on, set where the image's page is
another than the base's; then follows one zstd frame of those pages in their order. Its raw-content dictionary is the
base's pages of the same numbers. Behind a base's end its pages are zero.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import zstandard
from zstandard import ZstdCompressionDict, ZstdCompressionParameters

from training.errors import Refused
from training.forge.pack.manifest import PAGE, Part
from training.forge.pack.opening import DamagedPack
from training.forge.pack.reading import checked

WINDOW: Final = 2**28
"""Largest window of the frame that is accepted, in bytes."""
HIGHEST: Final = 12
"""Of the levels of zstd: those above take five times as long and more for a tenth less."""
MOST: Final = 24_576
"""Pages that a patch may have: those of the base and their copy in the decoder are held in memory beside the base."""
_AT_ONCE: Final = 256
_NOTHING: Final = bytes(PAGE)

Bytes = bytes | bytearray | memoryview


def compress_pages(image: Bytes, base: Bytes, packed: Path, *, level: int = HIGHEST) -> None:
    """Write the patch that makes an image from its base's, at a level of zstd or at `HIGHEST`.

    The same bytes give the same patch.

    Raises:
        Refused: more than `MOST` pages differ.
    """
    numbers = [number for number in range(len(image) // PAGE) if _page(image, number) != _page(base, number)]
    if len(numbers) > MOST:
        raise Refused(f"{len(numbers)} pages differ from the base's, and a patch has at most {MOST}")
    bits = bytearray(_bits(len(image)))
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    pages, reference = (b"".join(_page(whole, number) for number in numbers) for whole in (image, base))
    # Matches over long distances are not looked for: what a page is like stands at the same distance, in the base's.
    how = ZstdCompressionParameters.from_level(
        min(level, HIGHEST), window_log=_log(2 * len(pages)), source_size=len(pages), enable_ldm=False
    )
    compressor = zstandard.ZstdCompressor(compression_params=how, dict_data=_dictionary(reference))
    packed.write_bytes(bytes(bits) + compressor.compress(pages))


def paged(path: Path, part: Part, size: int, sha256: str, base: Bytes) -> Iterator[bytes]:
    """The image that a patch makes, block by block; it's whole and right if the last came without `DamagedPack`.

    Args:
        path: the packed file.
        part: what the manifest says of it.
        size: bytes of the image, whole pages.
        sha256: of these bytes.
        base: the base's image.
    """
    seen = hashlib.sha256()
    with checked(path, part) as packed:
        bits = packed.read(_bits(size))
        numbers = _set(bits, size // PAGE)
        if len(bits) < _bits(size) or len(numbers) > MOST:
            raise DamagedPack(f"{path}: is cut short, or names more than {MOST} pages")
        decoder = zstandard.ZstdDecompressor(
            dict_data=_dictionary(b"".join(_page(base, number) for number in numbers)), max_window_size=WINDOW
        )
        try:
            with decoder.stream_reader(packed, read_across_frames=True, closefd=False) as pages:
                for block in _blocks(pages, numbers, size, base):
                    seen.update(block)
                    yield block
                more = pages.read(1)
        except (zstandard.ZstdError, EOFError) as error:
            raise DamagedPack(f"{path}: is not a readable patch by pages: {error}") from error
    if more:
        raise DamagedPack(f"{path}: holds more than the {len(numbers)} pages that it names")
    if seen.hexdigest() != sha256:
        raise DamagedPack(f"{path}: unpacked: expected SHA-256 {sha256}, found {seen.hexdigest()}")


def _blocks(pages: BinaryIO, numbers: Sequence[int], size: int, base: Bytes) -> Iterator[bytes]:
    """The image, some pages at a time: those of some numbers are read, the others are the base's."""
    wanted, pages_in_all = set(numbers), size // PAGE
    for first in range(0, pages_in_all, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, pages_in_all))
        block = bytearray(bytes(base[first * PAGE : some.stop * PAGE]).ljust(len(some) * PAGE, b"\0"))
        for number in some:
            if number in wanted:
                block[(number - first) * PAGE : (number - first + 1) * PAGE] = _read(pages)
        yield bytes(block)


def _set(bits: bytes, count: int) -> list[int]:
    """The numbers below a count whose bits are set."""
    return [number for number in range(min(count, 8 * len(bits))) if bits[number >> 3] >> (number & 7) & 1]


def _read(pages: BinaryIO) -> bytes:
    """The next page of a stream.

    Raises:
        EOFError: it ends before.
    """
    found = b""
    while len(found) < PAGE:
        if not (more := pages.read(PAGE - len(found))):
            raise EOFError("it ends too early")
        found += more
    return found


def _page(whole: Bytes, number: int) -> bytes:
    return bytes(whole[number * PAGE : (number + 1) * PAGE]) or _NOTHING


def _bits(size: int) -> int:
    return -(-size // PAGE // 8)


def _log(size: int) -> int:
    return min(max(size - 1, 1 << 10).bit_length(), WINDOW.bit_length() - 1)


def _dictionary(content: bytes) -> ZstdCompressionDict | None:
    return ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if content else None
