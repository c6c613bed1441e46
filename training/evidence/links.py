"""The packs that a pack is made on, beside it by name: links to where they came with the program."""

from pathlib import Path

from training.forge import pack


def lay(folder: Path, packs: Path) -> None:
    """Link what the pack in `folder` is made on beside it, from the folder of all packs; what is there stays."""
    for name in pack.read(folder).beside:
        link = folder.parent / name
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to((packs / name).resolve())
