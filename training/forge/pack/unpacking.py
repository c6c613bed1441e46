"""Lay an exhibit out, or look at a pack without writing anything."""

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from training.errors import Refused
from training.forge.pack.images import References, decoded, write_image
from training.forge.pack.manifest import (
    IMAGE,
    LARGEST_FILE,
    LARGEST_IMAGE,
    MANIFEST,
    RECORD,
    TRUTH,
    Kind,
    Manifest,
    NoRoom,
    Role,
    locate,
    read,
    symbols_of,
)
from training.forge.pack.opening import DamagedPack
from training.forge.pack.reading import Progress, checked, compared, copy, nothing

MATERIALS = "materials"
PART = ".part"
"""How the name of a file ends that is being written."""
TEXT_WINDOW = 2**23
"""Largest window of a compressed truth, in bytes: that of zstd's level 19."""

Stage = Callable[[Path], contextlib.AbstractContextManager[BinaryIO]]


def unpack(folder: Path, into: Path, progress: Progress = nothing) -> Path:
    """Unpack the exhibit of a pack and return the path of its raw image.

    Args:
        folder: the pack.
        into: the folder to lay the exhibit in; it is made where it's missing. Files of that name are replaced.
        progress: called with bytes of the raw image written and in all.

    Raises:
        DamagedPack: a digest differs, a file is cut short or holds too much. Nothing new is left in `into`.
        NoRoom: the disk has too little room, said before anything is written.
        Refused: the pack is a base or an addition, which are no exhibits.
    """
    manifest = _of_exhibit(folder)
    with _staged(into) as stage:
        _lay_out(folder, manifest, into, stage, manifest.size)
        with stage(into / IMAGE) as out:
            write_image(folder, out, progress)
    return into / IMAGE


def lay_out(folder: Path, into: Path) -> None:
    """Unpack all of an exhibit but its image, after every packed file was found to have its digest.

    Raises:
        DamagedPack, NoRoom, Refused: as `unpack`.
    """
    manifest = _of_exhibit(folder)
    for part in manifest.files.values():
        with checked(folder / part.name, part):
            pass
    with _staged(into) as stage:
        _lay_out(folder, manifest, into, stage, 0)


def _of_exhibit(folder: Path) -> Manifest:
    manifest = read(folder)
    if manifest.kind is not Kind.EXHIBIT:
        what = "a base of exhibits" if manifest.kind is Kind.BASE else "an addition to a base"
        raise Refused(f"{folder}: {manifest.name} is {what} and no exhibit: it has no record and no truth")
    return manifest


def _lay_out(folder: Path, manifest: Manifest, into: Path, stage: Stage, more: int) -> None:
    """Symbols, record and truth, where there is room for them and `more` bytes."""
    symbols = symbols_of(folder)
    record, truth = manifest.files[Role.RECORD], manifest.files[Role.TRUTH]
    _demand_room(into, more + sum(part.size for _, part in symbols) + record.size + (truth.unpacked or truth).size)
    for path, part in symbols:
        with stage(into / "symbols" / manifest.os / part.name) as out:
            copy(path, part, out)
    with stage(into / RECORD) as out:
        copy(folder / record.name, record, out)
    with stage(into / TRUTH) as out:
        _write_truth(folder, manifest, out)


def remove_leftovers(into: Path) -> int:
    """Remove what unpacking left in a folder when its process was killed; the number of files.

    A folder in which somebody unpacks at this moment is left alone.
    """
    try:
        at_work = os.open(into, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # no folder, or not to be read: whoever opens the exhibit is told
        return 0
    try:
        fcntl.flock(at_work, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = [each for each in into.rglob(f".*{PART}") if each.is_file() and not each.is_symlink()]
        for each in found:
            each.unlink()
    except OSError:
        return 0
    finally:
        os.close(at_work)
    return len(found)


def verify(where: Path, sha256: str, progress: Progress = nothing) -> None:
    """Check an unpacked image (or the one in an unpacked exhibit's folder) against a SHA-256; `DamagedPack` names
    both.
    """
    compared(where / IMAGE if where.is_dir() else where, sha256, LARGEST_IMAGE, progress)


def check(
    folder: Path, progress: Progress = nothing, *, labs: Path | None = None, references: References | None = None
) -> Manifest:
    """Check every file of a pack and what it unpacks to, writing nothing; with `labs` its materials there too. Who
    checks many packs keeps their `references`.
    """
    manifest, called = read(folder), folder.resolve().name
    if manifest.name != called:
        raise DamagedPack(f"{folder / MANIFEST}: name: is {manifest.name}, but its folder is called {called}")
    locate(folder, Role.SYMBOLS)
    for part in manifest.files.values():
        with checked(folder / part.name, part):
            pass
    with Path(os.devnull).open("wb") as nowhere:
        if Role.TRUTH in manifest.files:
            _write_truth(folder, manifest, nowhere)
        write_image(folder, nowhere, progress, references=references)
    if labs:
        for name, sha256 in manifest.materials.items():
            compared(materials_of(labs, manifest) / name, sha256, LARGEST_FILE)
    return manifest


def materials_of(labs: Path, manifest: Manifest) -> Path:
    """The folder that holds the materials of an exhibit."""
    return labs / manifest.lab / MATERIALS / manifest.name


def _write_truth(folder: Path, manifest: Manifest, out: BinaryIO) -> None:
    part = manifest.files[Role.TRUTH]
    if part.unpacked is None:
        copy(folder / part.name, part, out)
        return
    inside = part.unpacked
    out.writelines(decoded(folder / part.name, part, inside.size, inside.sha256, window=TEXT_WINDOW))


def _demand_room(into: Path, needed: int) -> None:
    there = next(each for each in (into, *into.resolve().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise NoRoom(f"{into}: unpacking needs {needed} bytes, {free} are free")


@contextlib.contextmanager
def _staged(into: Path) -> Iterator[Stage]:
    """Write files under temporary names beside their targets; all get their names at the end, or none stays."""
    waiting: list[tuple[Path, Path]] = []
    made: list[Path] = []

    def make(folder: Path) -> None:
        for above in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
            above.mkdir()
            made.append(above)

    @contextlib.contextmanager
    def stage(target: Path) -> Iterator[BinaryIO]:
        make(target.parent)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}{PART}")
        waiting.append((temporary, target))
        with temporary.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o444)

    make(into)
    at_work = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(at_work, fcntl.LOCK_SH)
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
        os.close(at_work)
        for each in reversed(made):
            with contextlib.suppress(OSError):
                each.rmdir()
