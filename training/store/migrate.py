"""Bring a database to the schema of this program, and say where it stands.

Migrations live beside this file and are run from code, in one transaction, so that one that fails half way leaves the
database as it was. SQLite needs foreign keys off while a table is rebuilt; what was broken by it is looked for before
the commit.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

from training.errors import Conflict

FOLDER = Path(__file__).parent / "migrations"
SQLITE = "sqlite:///"
VERSION = "alembic_version"  # the table in which Alembic keeps the revision of a database
KEPT = 3  # copies of the database from before an upgrade


@dataclass(frozen=True, slots=True)
class Standing:
    """Revision of the database (None: empty) and of the program."""

    database: str | None
    program: str

    @property
    def current(self) -> bool:
        """Whether nothing has to be done."""
        return self.database == self.program


def standing(url: str) -> Standing:
    """Compare a database with the program. Raises Conflict when the database is newer than the program knows."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            there = inspect(connection).has_table(VERSION)
            revision = connection.scalar(text(f"SELECT version_num FROM {VERSION}")) if there else None  # noqa: S608 - ours
    finally:
        engine.dispose()
    if revision is not None and not known(revision):
        msg = f"the database has schema {revision}, which this version does not know: it was written by a newer version"
        raise Conflict(msg)
    return Standing(revision, max(revisions()))


def demand(url: str) -> None:
    """Raise Conflict unless the database is there and at the schema of this program."""
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        raise Conflict(f"There is no installation yet ({url.removeprefix(SQLITE)}): start the server once, make run.")
    if not standing(url).current:
        raise Conflict("The database is not at this version's schema; start the server once: make run")


def known(revision: str) -> bool:
    """Whether this version of the program knows a schema; one that it doesn't know is of a newer version."""
    return revision in revisions()


@cache
def revisions() -> frozenset[str]:
    """The revisions of this program, by the names of their files, which begin with them."""
    return frozenset(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def upgrade(url: str, target: str = "head", *, now: datetime | None = None) -> Standing:
    """Run what is missing up to `target`; a filled SQLite file is copied first, and three copies are kept."""
    before = standing(url)
    if before.current:
        return before
    if before.database and now and url.startswith(SQLITE):
        _copy(Path(url.removeprefix(SQLITE)), now)
    _run(url, "upgrade", target)
    return standing(url)


def downgrade(url: str, target: str) -> Standing:
    """Undo migrations down to `target` ('base' for all of them)."""
    _run(url, "downgrade", target)
    return standing(url)


def _run(url: str, act: Literal["upgrade", "downgrade"], target: str) -> None:
    from alembic import command  # noqa: PLC0415 - a fifth of a second, and a start seldom has anything to migrate
    from alembic.config import Config  # noqa: PLC0415

    engine = create_engine(url, poolclass=NullPool)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:
        event.listen(engine, "connect", lambda dbapi, _entry: _prepare(dbapi))
    try:
        with engine.connect() as connection, connection.begin():
            if sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            config = Config()
            config.set_main_option("script_location", str(FOLDER))
            config.attributes["connection"] = connection
            getattr(command, act)(config, target)
            if sqlite:
                _refuse_orphans(connection)
    finally:
        engine.dispose()


def _prepare(dbapi) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a driver's own connection
    dbapi.isolation_level = None
    dbapi.execute("PRAGMA foreign_keys=OFF")


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        msg = f"the migration would leave {len(orphans)} rows of {orphans[0][0]} without what they belong to; undone"
        raise Conflict(msg)


def _copy(file: Path, now: datetime) -> None:
    folder = file.parent / "before-upgrade"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{now:%Y%m%dT%H%M%SZ}.db"
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
    engine.dispose()
    target.chmod(0o600)
    for old in sorted(folder.glob("*.db"))[:-KEPT]:
        old.unlink()
