"""The releases that a session works with: pinned when it opens, replaced only on purpose, let go when it closes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content import service as content
from training.content.models import Release
from training.errors import NotThere
from training.hosting.models import Part, PinnedRelease, TeachingSession
from training.hosting.service.record import not_closed, note
from training.sentence import phrase

Key = tuple[str, str]
"""Kind of content, course or lab, and the name of its folder."""


@dataclass(frozen=True, slots=True)
class Held:
    """A release that a session works with; `newer` is the one that is offered to others by now, if that is another."""

    kind: str
    name: str
    release: Release
    newer: Release | None


def key_of(ref: Mapping[str, str]) -> Key:
    """What a slot works on, by kind and name. Exercises are labs on papers."""
    return ("course" if ref["kind"] == "course" else "lab"), ref["name"]


def named(parts: Iterable[Part]) -> list[Key]:
    """What slots work on, each once, in their order."""
    return list(dict.fromkeys(key_of(ref) for one in parts for ref in one.refs))


def missing(session: Session, parts: Iterable[Part]) -> list[Key]:
    """What slots work on and is not in this installation."""
    here = {(kind, one.name) for kind in ("course", "lab") for one in content.offered(session, kind)}
    return [key for key in named(parts) if key not in here]


def of(session: Session, teaching: TeachingSession) -> list[Held]:
    """The releases that are pinned, by kind and name."""
    found = select(PinnedRelease, Release).join(Release, Release.id == PinnedRelease.release_id)
    rows = session.execute(found.where(PinnedRelease.session_id == teaching.id))
    held = [Held(one.kind, one.name, release, _newer(session, release)) for one, release in rows]
    return sorted(held, key=lambda one: (one.kind, one.name))


def _newer(session: Session, release: Release) -> Release | None:
    if release.current:
        return None
    return content.latest(session, release.kind, release.name)


def pin(session: Session, teaching: TeachingSession, parts: Sequence[Part]) -> list[Release]:
    """Pin what slots work on and was not pinned yet, at what is offered now; what is pinned stays. Gives the new ones.

    What is not installed can't be pinned: see `missing`.
    """
    here = {(one.kind, one.name) for one in _rows(session, teaching)}
    wanted = (content.latest(session, kind, name) for kind, name in named(parts) if (kind, name) not in here)
    new = [one for one in wanted if one is not None]
    session.add_all(
        PinnedRelease(session_id=teaching.id, kind=one.kind, name=one.name, release_id=one.id) for one in new
    )
    session.flush()
    return new


def hold(session: Session, teaching: TeachingSession, now: datetime) -> None:
    """Hold the people who are in the session to its releases while it is open, and let go of all others."""
    ids = [one.release_id for one in _rows(session, teaching)]
    pinned = session.scalars(select(Release).where(Release.id.in_(ids))).all()
    people = [one.person_id for one in teaching.members if one.active] if teaching.running else []
    content.hold_to(session, teaching.id, people, pinned, now)


def upgrade(
    session: Session, actor: Actor, teaching: TeachingSession, kind: str, name: str, now: datetime
) -> Release | None:
    """Work with the release that is offered now. What was begun stays as it was begun. None where it is that one.

    Raises:
        NotThere: the session works with nothing of this name.
        Conflict: the session is closed.
    """
    not_closed(teaching)
    row = session.get(PinnedRelease, (teaching.id, kind, name))
    if row is None:
        raise NotThere(phrase("This session works with no %(name)s.", name=name[:80]))
    offered = content.get(session, kind, name)
    if row.release_id == offered.id:
        return None
    details = {"kind": kind, "name": name, "from": str(row.release_id), "to": str(offered.id)}
    row.release_id = offered.id
    hold(session, teaching, now)
    note(session, "release.upgraded", actor, teaching, details, now)
    return offered


def _rows(session: Session, teaching: TeachingSession) -> list[PinnedRelease]:
    return list(session.scalars(select(PinnedRelease).filter_by(session_id=teaching.id)))
