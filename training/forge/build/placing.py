"""How packs are made, and how finished folders get to their places."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from training.errors import Conflict
from training.forge.linux.machine import Accelerator
from training.forge.pack import MATERIALS

LEVEL = 19
"""Of the zstd compression: below it the variants that come with the program would weigh more than 1.5 MB on average."""


@dataclass(frozen=True, slots=True)
class Way:
    """How packs are made.

    accelerator: what their machines run on. level: of the zstd compression of images. replace: whether what lies there
    already may be replaced.
    """

    accelerator: Accelerator = "tcg"
    level: int = LEVEL
    replace: bool = False


AS_USUAL = Way()


def lies(exhibits: Path, lab: str, letter: str) -> bool:
    """Whether something lies where the pack or the materials of a variant go."""
    name = f"{lab}-{letter}"
    return (exhibits / name).exists() or (exhibits.parent / lab / MATERIALS / name).exists()


def put(*finished: tuple[Path, Path], replace: bool) -> None:
    """Put copies of finished folders in their places, all or none; earlier ones go when the new ones are there.

    Until then a copy lies in a folder of its own, where nobody looks for a pack.

    Raises:
        Conflict: something lies there, and nothing is to be replaced.
    """
    with ExitStack() as back:
        for source, target in finished:
            new, _ = _beside(target)
            shutil.rmtree(new.parent, ignore_errors=True)
            back.callback(shutil.rmtree, new.parent, ignore_errors=True)
            shutil.copytree(source, new)
        for _, target in finished:
            _swap(target, back, replace=replace)
        back.pop_all()
    for _, target in finished:
        for each in _beside(target):
            shutil.rmtree(each.parent, ignore_errors=True)


def _beside(target: Path) -> tuple[Path, Path]:
    """Where the new one lies before, and the old one afterwards."""
    new, old = (target.with_name(f".{target.name}.{word}") / target.name for word in ("new", "old"))
    return new, old


def _swap(target: Path, back: ExitStack, *, replace: bool) -> None:
    new, old = _beside(target)
    if old.exists() and not target.exists():  # somebody was stopped just here
        old.rename(target)
    shutil.rmtree(old.parent, ignore_errors=True)
    if target.exists():
        if not replace:
            raise Conflict(f"{target} was put there meanwhile")
        old.parent.mkdir()
        target.rename(old)
        back.callback(old.rename, target)
    new.rename(target)
    back.callback(target.rename, new)
