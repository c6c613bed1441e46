"""Back up an installation into one folder, and restore it from there.

A backup holds the database (a consistent copy made while the server runs), releases, results, settings and the signing
key, with a manifest of SHA-256 digests. Labs, packs, courses and exhibits that came with the program are left out; all
others are copied (`owned`). A restore checks every digest, refuses a schema newer than the program, and keeps what it
replaces.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from training.errors import Conflict, Damaged, Refused
from training.operating import owned
from training.settings import Settings
from training.store.migrate import known, standing

MANIFEST = "backup.json"
FOLDERS = ("releases", "results", "trusted", "glossary", "carried", "responses")
PASSING = shutil.ignore_patterns("medium-*.img", "image.raw", "lock")
"""Of a response what only its machine needs, or what becomes an exhibit."""
FILES = ("engram.toml", "secret", "pack-key")
SQLITE = "engram.db"
POSTGRESQL = "engram.dump"


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: the folder, files and bytes. `left_out` says of what could not be copied why, by name."""

    folder: Path
    files: int
    size: int
    left_out: Mapping[str, str] = field(default_factory=dict)


def back_up(settings: Settings, into: Path, now: datetime) -> Done:
    """Write a backup into a new folder below `into`; nothing is left there when it fails.

    A lab, pack, course or exhibit that can't be read ends nothing: it is named in what comes back.
    """
    target = into / f"engram-{now:%Y%m%dT%H%M%SZ}"
    work = into / f".{target.name}.part"
    if target.exists() or work.exists():
        raise Conflict(f"{target} exists already")
    old = os.umask(0o077)
    try:
        work.mkdir(parents=True)
        database = _dump(settings, work)
        for name in FOLDERS:
            if (settings.instance / name).is_dir():
                shutil.copytree(settings.instance / name, work / name, ignore=PASSING)
        for name in FILES:
            if (settings.instance / name).is_file():
                shutil.copyfile(settings.instance / name, work / name)
        left_out = owned.copy(settings, work)
        digests = {
            path.relative_to(work).as_posix(): _digest(path) for path in sorted(work.rglob("*")) if path.is_file()
        }
        manifest = {
            "made_at": now.isoformat(),
            "database": database,
            "schema": standing(settings.database).database,
            "files": digests,
        }
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        for path in [work, *work.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
            _sync(path)
        work.replace(target)
        _sync(into)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        os.umask(old)
    sizes = [path.stat().st_size for path in target.rglob("*") if path.is_file()]
    return Done(target, len(sizes), sum(sizes), left_out)


def restore(settings: Settings, source: Path, now: datetime) -> Done:
    """Check a backup and put it in place of the installation; what was there is moved to `instance/before-restore/`.

    Everything that can fail for want of room or of a program happens before anything is moved, and a move that fails is
    undone: an installation is the old one or the restored one, never a mixture.
    """
    manifest = _checked(source)
    _refuse_other(settings, source, manifest)
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = settings.instance / "before-restore" / f"{now:%Y%m%dT%H%M%SZ}"
    with ExitStack() as space:
        staged = Path(space.enter_context(tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.instance)))
        for name in (*FOLDERS, *FILES, SQLITE):
            _copy(source / name, staged / name)
        moves = space.enter_context(owned.staged(settings, source, kept))
        if manifest["database"] == "postgresql":
            _postgresql(
                settings, ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"], source
            )
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        _exchange(settings.instance, staged, kept, moves)
    return Done(source, len(manifest["files"]), sum((source / name).stat().st_size for name in manifest["files"]))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.is_file():
        shutil.copyfile(source, target)
        target.chmod(0o600)


def _exchange(instance: Path, staged: Path, kept: Path, more: Sequence[tuple[Path, Path]]) -> None:
    """Move what is there to `kept` and what is staged to its place; when a move fails, move all of it back.

    `more` are moves outside of the instance, in their order.
    """
    moved: list[tuple[Path, Path]] = []
    old = (*FOLDERS, *FILES, SQLITE, f"{SQLITE}-wal", f"{SQLITE}-shm")
    moves = [(instance / name, kept / name) for name in old if (instance / name).exists()]
    moves += [(path, instance / path.name) for path in sorted(staged.iterdir())]
    moves += more
    try:
        for origin, target in moves:
            origin.replace(target)
            moved.append((origin, target))
    except OSError:
        for origin, target in reversed(moved):
            target.replace(origin)
        raise


def _dump(settings: Settings, work: Path) -> str:
    engine = create_engine(settings.database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    kind = engine.dialect.name
    if kind == "sqlite":
        with engine.connect() as connection:
            # VACUUM INTO gives one consistent copy and never makes writers wait long; the backup API may never end.
            connection.exec_driver_sql("VACUUM INTO ?", (str(work / SQLITE),))
        engine.dispose()
        _sound(work / SQLITE)
        return kind
    engine.dispose()
    url = make_url(settings.database).set(drivername="postgresql").render_as_string(hide_password=False)
    _run(["pg_dump", "-Fc", "--file", str(work / POSTGRESQL), url])
    return kind


def _sound(database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}", poolclass=NullPool)
    with engine.connect() as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    engine.dispose()
    if verdict != "ok" or orphans:
        raise Damaged(f"{database}: {verdict}, {len(orphans)} rows without what they belong to; nothing was kept")


def _checked(source: Path) -> dict[str, Any]:
    file = source / MANIFEST
    if not file.is_file():
        raise Refused(f"{source} holds no {MANIFEST}: not a backup of Engram")
    try:
        manifest: dict[str, Any] = json.loads(file.read_text("utf-8"))
        expected = {str(name): str(digest) for name, digest in manifest["files"].items()}
        _ = manifest["schema"], manifest["database"]
    except (ValueError, KeyError, TypeError, AttributeError) as bad:
        raise Damaged(f"{file}: can't be read: {bad}") from bad
    present = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()} - {MANIFEST}
    if lost := sorted(set(expected) - present):
        raise Damaged(f"{source}: {len(lost)} files are missing, the first is {lost[0]}; nothing was restored")
    if added := sorted(present - set(expected)):
        raise Damaged(f"{source}: {added[0]} does not belong to this backup; nothing was restored")
    for name, digest in expected.items():
        found = _digest(source / name)
        if found != digest:
            raise Damaged(f"{source / name}: expected SHA-256 {digest}, found {found}; nothing was restored")
    return manifest


def _refuse_other(settings: Settings, source: Path, manifest: dict[str, Any]) -> None:
    mine = "sqlite" if settings.database.startswith("sqlite") else "postgresql"
    if manifest["database"] != mine:
        raise Conflict(f"{source} is of a {manifest['database']} database; this installation uses {mine}")
    if not known(manifest["schema"]):
        raise Conflict(f"{source} has schema {manifest['schema']}: it was written by a newer version of the program")
    if mine == "sqlite":
        _sound(source / SQLITE)
    elif shutil.which("pg_restore") is None:
        raise Conflict("pg_restore is missing: install the Debian package postgresql-client")


def _postgresql(settings: Settings, command: list[str], source: Path) -> None:
    url = make_url(settings.database).set(drivername="postgresql").render_as_string(hide_password=False)
    _run([*command, "--dbname", url, str(source / POSTGRESQL)])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a list, no shell
    except FileNotFoundError:
        raise Conflict(f"{command[0]} is missing: install the Debian package postgresql-client") from None
    if done.returncode:
        raise Conflict(f"{command[0]}: {done.stderr.strip()[:500]}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
