"""All parts of a verification, one after the other; one that a damaged database stops is itself a fault."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from training import schema
from training.audit import service as audit
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.forge import pack
from training.operating.verify import database, files, records
from training.operating.verify.part import Part
from training.settings import Settings
from training.store import Store


def verify(settings: Settings, store: Store, now: datetime, progress: evidence.Progress) -> Iterator[Part]:
    """Each part as soon as it is done. Exhibits that are not unpacked are decoded to nowhere."""
    yield database.check(store, schema.metadata())
    yield _part(store, "audit chain", _chain)
    yield _part(store, "rows", records.check)
    yield _part(store, "documents", records.check_documents)
    yield _part(store, "results", lambda session: files.check_results(session, settings.instance))
    yield _part(store, "releases", lambda session: files.check_releases(session, settings.instance))
    yield from _exhibits(settings, store, now, progress)


def _part(store: Store, name: str, check: Callable[[Session], Part]) -> Part:
    try:
        with store.reading() as session:
            return check(session)
    except (DBAPIError, ValueError, TypeError, LookupError) as bad:
        return Part(name, "could not be checked", [_said(bad)])


def _said(bad: BaseException) -> str:
    said = str(getattr(bad, "orig", None) or bad).strip().splitlines()[0]
    return f"the database can't be read: {said}"


def _chain(session: Session) -> Part:
    chain = audit.check(session)
    part = Part("audit chain", f"{chain.fault or 'whole'}; {chain.events} events, last digest {chain.head}")
    part.faults += [chain.fault] if chain.fault else []
    return part


def _exhibits(settings: Settings, store: Store, now: datetime, progress: evidence.Progress) -> Iterator[Part]:
    exhibits: list[Exhibit] = []

    def listed(session: Session) -> Part:
        exhibits.extend(evidence.every(session, own=True))
        return Part("exhibits", f"{len(exhibits)} exhibits")

    yield _part(store, "exhibits", listed)
    references = pack.References()
    for exhibit in exhibits:
        unpacked = evidence.is_unpacked(settings.instance, exhibit)
        try:
            checked = (
                evidence.verify(store, settings.instance, exhibit, now, progress)
                if unpacked
                else evidence.decode(exhibit, settings.labs / "exhibits" / exhibit.name, references, now, progress)
            )
        except DBAPIError as bad:  # the outcome could not be noted
            yield Part(f"exhibit {exhibit.name}", "could not be checked", [_said(bad)])
            continue
        summary = "damaged" if checked.fault else f"SHA-256 as recorded, {checked.sha256}"
        yield Part(f"exhibit {checked.name}", summary, [checked.fault] if checked.fault else [])
