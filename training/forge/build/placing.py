"""Finished folders, put in their places."""

import shutil
from pathlib import Path


def put(finished: Path, target: Path) -> None:
    """Put a copy of a finished folder in its place; an earlier one goes when the new one is wholly beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new, old = (target.with_name(f".{target.name}.{word}") for word in ("new", "old"))
    for each in (new, old):
        shutil.rmtree(each, ignore_errors=True)
    shutil.copytree(finished, new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
