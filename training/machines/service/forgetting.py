"""Files of responses go when they are of no use any more, or when what was typed is erased.

The console, and what machines told of themselves, lie beside the rows: they hold what a person typed and did. Media and
images are needed until one image is registered, and take a hundred megabytes each.
"""

import shutil
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.machines.models import Entry, Response
from training.machines.ranges import RECORDS, Range

NAMES = "*-*-*-*-*"
LARGE = ("medium-*.img", "image-*/image.raw", "image-*/taken", "image-*/.*.part")


def media(record: Path) -> None:
    """Remove media and images of a response that has ended, and was received."""
    for pattern in LARGE:
        for path in record.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def erased(session: Session, here: Range) -> list[UUID]:
    """Responses with files, or with a machine, whose person was erased, or whose lines."""
    folders = (*(here.instance / RECORDS).glob(NAMES), *here.machines.glob(NAMES))
    return sorted({UUID(folder.name) for folder in folders if _is_erased(session, folder.name)})


def _is_erased(session: Session, name: str) -> bool:
    response = session.get(Response, UUID(name))
    if response is None:
        return True
    person = session.get(Person, response.person_id)
    if person is None or person.erased_at is not None:
        return True
    lines, kept = session.execute(
        select(func.count(), func.count().filter(Entry.line != "")).where(Entry.response_id == response.id)
    ).one()
    return response.ended_at is not None and lines > 0 and kept == 0
