"""What killed processes leave among the exhibits, up to an image each."""

import shutil
from pathlib import Path

from training.forge import pack

UNFINISHED = ".own-"
"""How the name of a folder begins in which an acquired image or its pack is made."""


def remove(instance: Path) -> int:
    """Remove what was left half written in the folders of exhibits; how many files and folders that were.

    Call it at the start of the server, before anything is acquired. What another program unpacks meanwhile stays.
    """
    exhibits = instance / "exhibits"
    unfinished = [*exhibits.glob(f"{UNFINISHED}*"), *exhibits.glob(f"*/pack/{UNFINISHED}*")]
    for folder in unfinished:
        shutil.rmtree(folder, ignore_errors=True)
    return len(unfinished) + sum(pack.remove_leftovers(folder) for folder in exhibits.glob("*") if folder.is_dir())
