"""Compressed contents: an image whole or as a patch against its base's, and a compressed truth."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from training.errors import DomainError
from training.forge.pack.manifest import DamagedPack, Manifest, Part, Role, base_of, read
from training.forge.pack.reading import BLOCK, Progress, checked, nothing

WINDOW = 2**28
"""Largest window of a zstd frame that is accepted, in bytes: twice that of ``--long=27``, for patches against a
base.
"""
ULTRA = 19
"""The zstd program's own border: levels above must be asked for with ``--ultra``."""


def compress(image: Path, packed: Path, *, base_image: Path | None = None, level: int = 19) -> None:
    """Compress a raw image with the zstd program, as a patch where a base is given.

    Raises:
        DomainError: the program is missing or fails.
    """
    program = shutil.which("zstd")
    if program is None:
        raise DomainError("zstd is missing: install the Debian package zstd")
    command = [program, f"-{level}", "--long=27", "--quiet", "--force", "--no-progress"]
    if level > ULTRA:
        command.append("--ultra")
    if base_image is not None:
        command.append(f"--patch-from={base_image}")
    done = subprocess.run(  # noqa: S603 - a list, no shell
        [*command, str(image), "-o", str(packed)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise DomainError(f"zstd could not compress {image}: {done.stderr.strip()}")


def write_image(folder: Path, out: BinaryIO, progress: Progress = nothing) -> None:
    """Write the raw image of a pack, of a base too, hashing it once on its way.

    Args:
        folder: the pack.
        out: a file that is open for writing; what was written is the image only where nothing was raised.
        progress: called with bytes written and in all.

    Raises:
        DamagedPack: a digest differs, a file is cut short or holds too much.
    """
    manifest = read(folder)
    part, done = manifest.files[Role.IMAGE], 0
    base = _base_bytes(folder, manifest)
    for block in decoded(folder / part.name, part, manifest.size, manifest.sha256, base=base):
        out.write(block)
        done += len(block)
        progress(done, manifest.size)


def decoded(
    path: Path, part: Part, size: int, sha256: str, *, base: bytes | None = None, window: int = WINDOW
) -> Iterator[bytes]:
    """What a packed file unpacks to, block by block; it's whole and right if the last block came without `DamagedPack`.

    Args:
        path: the packed file.
        part: what the manifest says of it.
        size: bytes that it must unpack to; not one more is yielded.
        sha256: of these bytes.
        base: the image that it is a patch against.
        window: largest window of a frame that is accepted, in bytes: memory that the packed file can ask for.
    """
    known = None if base is None else zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    decoder = zstandard.ZstdDecompressor(dict_data=known, max_window_size=window)
    seen, done = hashlib.sha256(), 0
    with checked(path, part) as packed:
        try:
            with decoder.stream_reader(packed, read_size=BLOCK, closefd=False) as raw:
                while block := raw.read(BLOCK):
                    done += len(block)
                    if done > size:
                        raise DamagedPack(f"{path}: unpacks to more than the {size} bytes expected")
                    seen.update(block)
                    yield block
        except zstandard.ZstdError as error:
            raise DamagedPack(f"{path}: is not a readable zstd file: {error}") from error
    if done < size:
        raise DamagedPack(f"{path}: unpacks to {done} bytes, expected {size}")
    if seen.hexdigest() != sha256:
        raise DamagedPack(f"{path}: unpacked: expected SHA-256 {sha256}, found {seen.hexdigest()}")


def _base_bytes(folder: Path, manifest: Manifest) -> bytes | None:
    """The image of a delta's base. It isn't hashed here: the delta's own digest holds only on the right base."""
    found = base_of(folder, manifest)
    if found is None:
        return None
    base, whole = found
    part = whole.files[Role.IMAGE]
    path = base / part.name
    with checked(path, part) as packed:
        frame = packed.read()
    try:
        if (said := zstandard.get_frame_parameters(frame).content_size) != whole.size:
            raise DamagedPack(f"{path}: unpacks to {said} bytes, expected {whole.size}")
        return zstandard.ZstdDecompressor(max_window_size=WINDOW).decompress(frame)
    except zstandard.ZstdError as error:
        raise DamagedPack(f"{path}: is not a readable zstd file: {error}") from error
