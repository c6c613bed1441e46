"""What lies on the disk beside the rows: bundles of sessions, copies of the database, pages that SQLite let go of.

It comes after the rows, and can be done again from any point. SQLite does not overwrite what is deleted: the text stays
in free pages of the file and in the log beside it until the file is written anew. PostgreSQL keeps dead rows until they
are vacuumed.
"""

import json
import zipfile
import zlib
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from training.audit.models import Event
from training.hosting.carry import history
from training.hosting.carry.bundle import MANIFEST, ROWS
from training.hosting.models import SessionMember
from training.schema import metadata
from training.settings import Settings
from training.store.migrate import SQLITE
from training.store.unit import Turns

BUNDLES, UPGRADES, RESTORES = "carried", "before-upgrade", "before-restore"
BUSY = 60_000  # milliseconds that a reader may take before the file is written anew another time


def sessions_of(session: Session, person: UUID) -> set[UUID]:
    """The teaching sessions that somebody was in."""
    return set(session.scalars(select(SessionMember.session_id).where(SessionMember.person_id == person)))


def called(session: Session, person: UUID) -> set[str]:
    """The ids of somebody: the own one, and those that other installations have for the same person."""
    told = session.scalars(select(Event.details).where(Event.act.in_((history.SENT, history.TAKEN))))
    same = [one.get("same", {}) for one in told]
    return {str(person), *(there for names in same for there, here in names.items() if here == str(person))}


def clear(instance: Path, sessions: set[UUID], ids: set[str]) -> int:
    """Delete bundles of these sessions or that name one of these ids, and copies that an upgrade left; how many files.

    A bundle is signed, so that nothing can be taken out of it: it goes as a whole.
    """
    gone = 0
    for path in (*_bundles(instance, sessions, ids), *(instance / UPGRADES).glob("*.db")):
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def remaining(instance: Path) -> list[str]:
    """Folders of old installations that a restore kept aside: whoever runs the server decides about them."""
    return [f"{RESTORES}/{one.name}" for one in sorted((instance / RESTORES).glob("*"))]


def _bundles(instance: Path, sessions: set[UUID], ids: set[str]) -> list[Path]:
    """Kept and waiting bundles that are meant; the name of a waiting one begins with the session."""
    folder = instance / BUNDLES
    kept = [path for path in folder.glob("*.zip") if _is_meant(path, sessions, ids)]
    names = {str(one) for one in sessions}
    return kept + [path for path in folder.glob("*/*") if path.is_file() and path.name[:36] in names]


def _is_meant(path: Path, sessions: set[UUID], ids: set[str]) -> bool:
    """Whether a kept bundle is of these sessions, or its rows name the person, as those do of whoever only decided.

    One that can't be read is meant: nothing can be made of it, and nobody can say what is in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            rows = archive.read(ROWS)
            return UUID(json.loads(archive.read(MANIFEST))["session"]) in sessions or any(
                one.encode() in rows for one in ids
            )
    except FileNotFoundError:
        return False
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError):
        return True


def overwrite(settings: Settings) -> bool:
    """Write the database anew, so that nothing of what was deleted is in its file; False where readers were in the way.

    Whoever wants to write to SQLite meanwhile waits: seconds for each 100 MiB. On PostgreSQL the space of dead
    rows is set free for others, and nobody waits; its archives of the log are not ours.
    """
    engine = create_engine(settings.database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        if not settings.database.startswith(SQLITE):
            with engine.connect() as connection:
                for table in metadata().sorted_tables:
                    connection.exec_driver_sql(f'VACUUM "{table.name}"')
            return True
        event.listen(engine, "connect", lambda dbapi, _entry: dbapi.execute(f"PRAGMA busy_timeout={BUSY}"))
        turns = Turns(Path(f"{engine.url.database}-turn"))
        with turns, engine.connect() as connection:
            done = _anew(connection)
        turns.close()
        return done
    finally:
        engine.dispose()


def _anew(connection: Connection) -> bool:
    connection.exec_driver_sql("VACUUM")
    busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy
