"""What several pages of the editor ask for: which copy is meant, who asks, what a form carries."""

from datetime import date
from typing import cast
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.authoring import checking, outline, paths, service
from training.authoring.paths import Kind
from training.authoring.service import Copy
from training.content import ownership
from training.content.ownership import Owned
from training.errors import NotThere, Refused
from training.sentence import phrase
from training.web.rooms import actor, clock, rooms, store

DIGITS = 9


def copy_of(kind: str, name: str) -> Copy:
    """The copy that an address names. Raises NotThere for what can be no name: it would be a way out of the folder."""
    if not paths.NAME.fullmatch(name):
        raise NotThere(phrase("There is no such course or lab."))
    return Copy(cast("Kind", kind), name)


def owned(copy: Copy) -> Owned:
    """The course or lab with the organisation that it belongs to: what its policies ask for."""
    with store().reading() as session:
        return ownership.of(session, copy.kind, copy.name)


def me() -> UUID:
    """Who asks."""
    who = actor().id
    if who is None:
        raise NotThere(phrase("nobody is signed in"))
    return who


def today() -> date:
    """The day that it is, in UTC."""
    return clock().date()


def number(name: str) -> int:
    """A whole number of the form."""
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
        raise Refused(phrase("This form is not whole. Open the page again and send it once more."), field=name)
    return int(text)


def files_of(session: Session, copy: Copy) -> dict[str, bytes]:
    """The files of a working copy; NotThere where there is none."""
    service.entries(session, copy)
    return service.contents(session, copy)


def shipped_of(copy: Copy) -> outline.Files:
    """The shipped files of a course or lab."""
    return outline.read(checking.shipped(rooms().settings, copy))


def news(session: Session, copy: Copy) -> bool:
    """Whether the shipped files have changed since somebody decided about them."""
    return service.shipped_news(session, copy, checking.shipped(rooms().settings, copy))


def people(session: Session, ids: set[UUID | None]) -> dict[UUID, str]:
    """Names of those who saved or published."""
    return accounts.names(session, {one for one in ids if one}, within={where for where, _role in actor().roles})
