"""The blueprint of personal data, and what its pages share: a file that is made, and what a page says of somebody."""

import tempfile
import threading
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, send_file
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.models import Person
from training.accounts.sign_in import limiter
from training.errors import DomainError, TooMany
from training.personal.models import Erasure
from training.personal.service import asking, erasing, export
from training.personal.service.export import Asked
from training.personal.service.holds import holding
from training.sentence import phrase
from training.web.errors import STATUS
from training.web.language import reading_language
from training.web.rooms import actor, clock, store

bp = Blueprint("personal", "training.personal", template_folder="templates")

files_limited = limiter.limit("20 per hour", key_func=lambda: str(actor().id))
"""A file reads all that is held about somebody. A class shares an address: people are counted."""
SMALL = 8 * 2**20  # bytes of a file that are kept in memory while it is made
_one = threading.Lock()


@bp.app_context_processor
def _waiting() -> dict[str, object]:
    """What pages ask of whoever reads them: `erasure_waits()`, and whether a password is there, `lacks_password()`."""
    return {"erasure_waits": erasure_waits, "lacks_password": lacks_password}


def erasure_waits() -> Erasure | None:
    """The erasure of the reader that waits."""
    who = actor().id
    if who is None:
        return None
    with store().reading() as session:
        return asking.waiting(session, who)


def lacks_password() -> bool:
    """Whether the reader has chosen no password yet."""
    who = actor().id
    if who is None:
        return False
    with store().reading() as session:
        return asking.lacks_password(session, who)


def status(bad: DomainError | None) -> int:
    """Of a page that comes back with what was wrong."""
    return next((code for kind, code in STATUS.items() if isinstance(bad, kind)), 200)


def handed_out(person_id: UUID) -> Response:
    """The file of somebody's data. One is made at a time in each process: it reads much. Raises TooMany, Refused."""
    asked = Asked(person_id, actor().id, reading_language(), clock())
    if not _one.acquire(timeout=20):
        raise TooMany(phrase("Another file is being made. Try again in a minute."))
    out = tempfile.SpooledTemporaryFile(SMALL)  # noqa: SIM115 - it is closed with the answer
    try:
        with store().reading() as session:
            done = export.write(session, asked, out)
        with store().writing() as session:
            export.note(session, asked, done)
    except BaseException:
        out.close()
        raise
    finally:
        _one.release()
    out.seek(0)
    answer = send_file(out, "application/zip", as_attachment=True, download_name=f"data-{asked.now:%Y-%m-%d}.zip")
    answer.call_on_close(out.close)
    return answer


def told(session: Session, person: Person) -> dict[str, Any]:
    """What the pages say of somebody: what is held, what waits, what holds it."""
    waits = asking.waiting(session, person.id)
    asked_by = accounts.names(session, [waits.asked_by]) if waits and waits.asked_by else {}
    return {
        "person": person,
        "plan": erasing.plan(session, person.id),
        "waits": waits,
        "asked_by": next(iter(asked_by.values()), ""),
        "holds": holding(session, person),
    }
