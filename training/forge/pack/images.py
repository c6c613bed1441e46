"""Compressed contents: an image whole or as a patch against its base's, and a compressed truth."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import zstandard
from zstandard import ZstdCompressionDict

from training.errors import DomainError
from training.forge.halt import Halt
from training.forge.pack.manifest import LARGEST_ADDITION, Kind, Manifest, Part, read, reference_of
from training.forge.pack.opening import DamagedPack
from training.forge.pack.pages import paged
from training.forge.pack.reading import BLOCK, Progress, checked, nothing

WINDOW = 2**28
"""Largest window of a zstd frame that is accepted, in bytes: twice that of ``--long=27``, for patches against a
base.
"""
ULTRA = 19
"""The zstd program's own border: levels above must be asked for with ``--ultra``."""
SEARCH = {19: ("--zstd=slog=4",)}
"""Of a level, how long it searches: an eighth of what level 19 does by itself takes two thirds of the time, and patches
of exhibits are 0.2 % larger.
"""


def compress(
    image: Path, packed: Path, *, base_image: Path | None = None, level: int = 19, halt: Halt | None = None
) -> None:
    """Compress a raw image with the zstd program, as a patch where a base is given; `halt` ends it from elsewhere.

    What is added to a base stands before it in one file (`manifest.reference_of`).
    A patch is two frames in a row, each of half the image against the whole base, made at the same time: that takes
    two thirds of the time on two processors, and the shorter searches find more, so that it's smaller too.

    Raises:
        DomainError: the program is missing or fails.
    """
    if (zstd := shutil.which("zstd")) is None:
        raise DomainError("zstd is missing: install the Debian package zstd")
    command = [zstd, f"-{level}", "--long=27", "--quiet", "--force", "--no-progress"]
    if level > ULTRA:
        command.append("--ultra")
    if base_image is not None:
        command += [f"--patch-from={base_image}", *SEARCH.get(level, ())]
    with tempfile.TemporaryDirectory(prefix=".packing-", dir=packed.parent) as space:
        parts = [image] if base_image is None else _halves(image, Path(space))
        made = [Path(space) / f"{number}.zst" for number in range(len(parts))]
        _run(
            [[*command, str(part), "-o", str(target)] for part, target in zip(parts, made, strict=True)], halt or Halt()
        )
        with packed.open("wb") as out:
            for each in made:
                with each.open("rb") as file:
                    shutil.copyfileobj(file, out, BLOCK)


def _halves(image: Path, into: Path) -> list[Path]:
    """The two halves of a file, as files; one that can't be parted is left whole."""
    half = image.stat().st_size // 2
    if not half:
        return [image]
    parts = [into / "first", into / "second"]
    with image.open("rb") as file, parts[0].open("wb") as first, parts[1].open("wb") as second:
        for block in iter(lambda: file.read(min(BLOCK, half - first.tell())), b""):
            first.write(block)
        shutil.copyfileobj(file, second, BLOCK)
    return parts


def _run(commands: list[list[str]], halt: Halt) -> None:
    """Run programs beside each other; all are over afterwards."""
    with ExitStack() as ending:
        running = []
        for command in commands:
            program = ending.enter_context(subprocess.Popen(command, stderr=subprocess.PIPE))  # noqa: S603 - a list, no shell
            ending.callback(program.kill)
            ending.enter_context(halt.ends(program))
            running.append(program)
        said = [program.communicate()[1].decode("utf-8", "replace").strip() for program in running]
        if any(program.returncode for program in running):
            raise DomainError(f"zstd could not compress an image: {' '.join(said)}".rstrip())


class References:
    """What deltas are patches against, unpacked. Whoever reads many packs keeps one of these: of packs in a row that
    were made on the same base, the first alone unpacks it. Only the last is held: as much as reading one delta takes.
    """

    def __init__(self) -> None:
        self._made_of: tuple[str, ...] = ()
        self._content = bytearray()
        self._dictionary: ZstdCompressionDict | None = None

    def content(self, folder: Path, manifest: Manifest) -> bytearray:
        """Bytes that a pack is a patch against, none for one that is whole. They aren't hashed here: the delta's own
        digest holds only on the right ones.
        """
        packs = reference_of(folder, manifest) if manifest.kind is Kind.EXHIBIT else ()
        made_of = tuple(each.content.sha256 for _, each in packs)
        if made_of != self._made_of:
            self._made_of, self._content, self._dictionary = (), bytearray(), None
            self._content = _joined(packs)
            self._made_of = made_of
        return self._content

    def dictionary(self, folder: Path, manifest: Manifest) -> ZstdCompressionDict | None:
        """The same for zstd, which makes a copy of it."""
        content = self.content(folder, manifest)
        if content and self._dictionary is None:
            self._dictionary = ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        return self._dictionary


def write_image(
    folder: Path, out: BinaryIO, progress: Progress = nothing, *, references: References | None = None
) -> None:
    """Write the raw image of a pack, of a base too, or the archive of an addition, hashing it once on its way.

    Args:
        folder: the pack.
        out: a file that is open for writing; what was written is the image only where nothing was raised.
        progress: called with bytes written and in all.
        references: kept by who reads many packs.

    Raises:
        DamagedPack: a digest differs, a file is cut short or holds too much.
    """
    manifest = read(folder)
    part, done = manifest.content, 0
    for block in _decoded(folder / part.name, part, manifest, references or References()):
        out.write(block)
        done += len(block)
        progress(done, manifest.size)


def _decoded(path: Path, part: Part, manifest: Manifest, references: References) -> Iterator[bytes]:
    """What the packed content of a pack unpacks to."""
    if manifest.patch == "pages":
        return paged(path, part, manifest.size, manifest.sha256, references.content(path.parent, manifest))
    base = references.dictionary(path.parent, manifest)
    return decoded(path, part, manifest.size, manifest.sha256, base=base, window=_window(manifest))


def decoded(
    path: Path, part: Part, size: int, sha256: str, *, base: ZstdCompressionDict | None = None, window: int = WINDOW
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
    decoder = zstandard.ZstdDecompressor(dict_data=base, max_window_size=window)
    seen, done = hashlib.sha256(), 0
    with checked(path, part) as packed:
        try:
            with decoder.stream_reader(packed, read_size=BLOCK, read_across_frames=True, closefd=False) as raw:
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


def _joined(packs: Sequence[tuple[Path, Manifest]]) -> bytearray:
    """The contents of packs, one after the other."""
    content, at = bytearray(sum(each.size for _, each in packs)), 0
    for where, each in packs:
        with memoryview(content) as whole, whole[at : at + each.size] as place:
            _fill(place, where / each.content.name, each.content, _window(each))
        at += each.size
    return content


def _window(manifest: Manifest) -> int:
    """Largest window that the content of a pack may ask for: an archive's needs to be no larger than the archive."""
    return LARGEST_ADDITION if manifest.kind is Kind.ADDITION else WINDOW


def _fill(place: memoryview, path: Path, part: Part, window: int) -> None:
    """Decode a packed file straight into the place where its content is kept, which it must fill."""
    size = len(place)
    with checked(path, part) as packed:
        try:
            with zstandard.ZstdDecompressor(max_window_size=window).stream_reader(packed, closefd=False) as raw:
                done = 0
                while done < size and (got := raw.readinto(place[done : done + BLOCK])):
                    done += got
                more = raw.read(1)
        except zstandard.ZstdError as error:
            raise DamagedPack(f"{path}: is not a readable zstd file: {error}") from error
    if done < size or more:
        raise DamagedPack(f"{path}: unpacks to {f'more than {size}' if more else done} bytes, expected {size}")
