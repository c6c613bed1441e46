"""Copies of courses: made when they are first asked for, kept below the instance, the same file for everybody.

A copy is named by all that it is made from: the release, its language, the terms and titles that come from elsewhere,
and the version of this room. Nothing of a reader goes into it.
"""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from training.courses.offline import epub, page
from training.courses.offline.chapters import Edition

VERSION = "2"  # another one where the same course would give other bytes
MOST = 24  # copies of one course that are kept: three languages, two kinds, a few releases
Kind = Literal["html", "epub"]
MAKE = {"html": page.page, "epub": epub.epub}


def copy(instance: Path, made: Edition, kind: Kind) -> bytes:
    """The content of a copy; made now where it is not kept. Where it can't be kept, a reader gets it all the same."""
    path = path_of(instance, made, kind)
    with suppress(OSError):
        return path.read_bytes()
    data = MAKE[kind](made)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, data)
        _forget(path.parent)
    return data


def path_of(instance: Path, made: Edition, kind: Kind) -> Path:
    """Where a copy is kept."""
    return instance / "offline" / made.course.id / f"{_name(made)}.{kind}"


def _name(made: Edition) -> str:
    terms = {name: term.model_dump_json() for name, term in made.terms.items()}
    parts = [VERSION, made.release.sha256, made.release.number, made.language, terms, dict(made.labs), page.STYLE]
    parts.append(made.release.published_at.isoformat())
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing: whoever asks at the same time makes the same bytes."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(data)
    os.replace(file.name, path)  # noqa: PTH105 - as everywhere, a rename


def _forget(folder: Path) -> None:
    """Let the oldest copies go; one that is asked for again is made again."""
    kept = sorted(folder.glob("[!.]*"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in kept[MOST:]:
        file.unlink(missing_ok=True)
