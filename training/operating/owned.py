"""What of an installation's labs, packs, courses and exhibits goes into a backup, and how it comes back.

Everything that didn't come with the program goes into it. Of an exhibit whose pack is there, which unpacks to its image
again, the image is left out.
"""

import filecmp
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import select

from training.content import shipped
from training.errors import UNREADABLE, describe
from training.evidence import service as evidence
from training.evidence.models import OwnExhibit
from training.forge import pack
from training.settings import Settings
from training.store import Store

OWN, EXHIBITS = "own", "exhibits"
"""Folders of a backup: labs, packs and courses as they lie in the installation; exhibits by their SHA-256."""

BEFORE = ".before-restore"
"""Beside labs, packs and courses: those that a restore replaced. Hidden, so that nothing lists or publishes them."""

LOST = "its image is not in this installation, and no pack holds it"


def copy(settings: Settings, into: Path) -> dict[str, str]:
    """Copy into a backup what didn't come with the program; what could not be copied, by name, and why."""
    left_out: dict[str, str] = {}
    packed: dict[str, bool] = {}
    for name, folder in shipped.folders(settings).items():
        with_program = shipped.is_shipped(name, folder)
        if not with_program and (why := _copied(folder, into / OWN / name)):
            left_out[name] = why
        elif name.startswith(f"{shipped.PACKS}/") and (sha256 := _holds(folder, look=not with_program)):
            packed[sha256] = with_program or packed.get(sha256, False)
    for folder in sorted((settings.instance / EXHIBITS).glob("[0-9a-f]*")):
        if folder.is_dir() and not packed.get(folder.name):
            again = folder.name in packed or any(folder.glob(f"pack/*/{pack.MANIFEST}"))
            if why := _copied(folder, into / EXHIBITS / folder.name, pack.IMAGE if again else ""):
                left_out[f"{EXHIBITS}/{folder.name}"] = why
    return left_out | _lost(settings, packed.keys())


def _lost(settings: Settings, packed: Collection[str]) -> dict[str, str]:
    """Registered exhibits whose image is nowhere: no backup can hold them."""
    store = Store(settings.database)
    try:
        with store.reading() as session:
            dropped = set(session.scalars(select(OwnExhibit.sha256).where(OwnExhibit.dropped_at.is_not(None))))
            rows = [row for row in evidence.every(session, own=True) if row.sha256 not in dropped]
    finally:
        store.close()
    return {
        f"exhibit {row.name}": LOST
        for row in rows
        if row.sha256 not in packed
        and not evidence.own_pack(settings.instance, row).is_dir()
        and not (evidence.folder_of(settings.instance, row.sha256) / pack.IMAGE).is_file()
    }


def _holds(folder: Path, *, look: bool) -> str:
    """The SHA-256 of the image that a pack unpacks to; with `look` only where it does so. Nothing for a base."""
    try:
        manifest = pack.check(folder) if look else pack.read(folder)
    except UNREADABLE:
        return ""
    return manifest.sha256 if manifest.kind is pack.Kind.EXHIBIT else ""


def _copied(folder: Path, target: Path, without: str = "") -> str:
    """Copy a folder, but for hidden files, links and one of a name; why that was not possible, else nothing."""

    def passed_over(where: str, names: list[str]) -> set[str]:
        hidden = {name for name in names if name.startswith((".", "__")) or (Path(where) / name).is_symlink()}
        return hidden | ({without} & set(names) if Path(where) == folder else set())

    try:
        shutil.copytree(folder, target, ignore=passed_over)
    except shutil.Error as bad:
        shutil.rmtree(target, ignore_errors=True)
        return str(bad.args[0][0][2])
    except UNREADABLE as bad:
        shutil.rmtree(target, ignore_errors=True)
        return describe(bad)
    return ""


@contextmanager
def staged(settings: Settings, source: Path, kept: Path) -> Iterator[list[tuple[Path, Path]]]:
    """Lay what a backup holds beside where it belongs; the moves, in order, that put it there and keep what was there.

    What lies there already as the backup has it stays. Exhibits that are replaced are kept below `kept`, all else in
    `BEFORE` beside it. Nothing of what was laid out is left afterwards but what was moved.
    """
    places = {
        Path(OWN, shipped.PACKS): settings.labs / EXHIBITS,
        Path(OWN, shipped.LABS): settings.labs,
        Path(OWN, shipped.COURSES): settings.courses,
        Path(EXHIBITS): settings.instance / EXHIBITS,
    }
    moves: list[tuple[Path, Path]] = []
    spaces = {place: place / f".restore-{kept.name}" for place in places.values()}
    try:
        for held, place in places.items():
            before = kept / EXHIBITS if held == Path(EXHIBITS) else place / BEFORE / kept.name
            for folder in sorted((source / held).glob("*")):
                if (held / folder.name).as_posix() != f"{OWN}/{shipped.PACKS}" and not _there(folder, place):
                    shutil.copytree(folder, spaces[place] / folder.name)
                    moves += _moves(spaces[place] / folder.name, place / folder.name, before)
        yield moves
    finally:
        for space in spaces.values():
            shutil.rmtree(space, ignore_errors=True)


def _moves(new: Path, target: Path, before: Path) -> Iterator[tuple[Path, Path]]:
    if target.exists() or target.is_symlink():
        before.mkdir(parents=True, exist_ok=True)
        yield target, before / target.name
    yield new, target


def _there(folder: Path, place: Path) -> bool:
    """Whether all that a backup holds of a folder lies in its place already, byte for byte."""
    with suppress(OSError):
        return all(
            (place / folder.name / path.relative_to(folder)).is_file()
            and _same(path, place / folder.name / path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file()
        )
    return False


def _same(one: Path, other: Path) -> bool:
    return filecmp.cmp(one, other, shallow=False)
