"""Which releases can be found, and by whom: what a reader opens, not what is newest."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from training.content import service as content
from training.content.models import Pinned, Release
from training.learning.models import Enrolment


def found(session: Session, kinds: Sequence[str]) -> dict[str, Release]:
    """The releases whose passages are in the index, by the name of the source: those that somebody may open."""
    used = (Release.id.in_(select(column)) for column in (Enrolment.release_id, Pinned.release_id))
    some = select(Release).where(Release.kind.in_(kinds), or_(Release.current.is_(True), *used))
    return {source(one): one for one in session.scalars(some.order_by(Release.kind, Release.name, Release.number))}


def opened(session: Session, kinds: Sequence[str], reader: UUID | None) -> dict[str, Release]:
    """What a reader opens, by source: each course in the release in use, what was not begun as it would be."""
    offered = {(one.kind, one.name): one for kind in kinds for one in content.offered_to(session, kind, reader)}
    if reader:
        begun = select(Release).join(Enrolment, Enrolment.release_id == Release.id)
        for one in session.scalars(begun.where(Enrolment.person_id == reader)):
            if (one.kind, one.name) in offered:  # a course that is offered no more can't be opened
                offered[one.kind, one.name] = one
    return {source(one): one for one in offered.values()}


def source(release: Release) -> str:
    """The name of a release among the sources of the index."""
    return f"{release.kind}/{release.name}/{release.number}"
