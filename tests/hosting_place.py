"""A session for tests of any kind: who hosts it, who is in it, made by the services."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.conftest import People
from training.accounts.actor import Actor, Role
from training.content.models import Release
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service import sessions
from training.hosting.service.people import Place
from training.hosting.service.sessions import Wish

LACKING = ("first-response", "quiet-triage", "open-container")
"""Labs that need machines: an installation may lack them, and these tests are about one that does."""

FIRST_DAY = date(2026, 11, 23)  # Monday of the week in which the clock of tests stands


def somebody(people: People, name: str, role: Role) -> Actor:
    """A person of the home organisation, as services see one."""
    return Actor(people[name], name.title(), people.home, frozenset({(people.home, role)}))


def instructor(people: People) -> Actor:
    """The one who makes the session and leads it."""
    return somebody(people, "instructor", Role.INSTRUCTOR)


def make_teaching(
    session: Session, people: People, now: datetime, *, trainees: tuple[str, ...] = ("trainee",), **given: Any
) -> TeachingSession:
    """A planned session of the home organisation, led by the instructor, with these trainees at seats 01, 02 …

    It is made from the one-week plan, with the first day on Monday 23 November 2026 in Paris, unless said otherwise.
    """
    wish = Wish(**{"title": "Autumn week", "plan": "one-week", "starts_on": FIRST_DAY, "zone": "Europe/Paris", **given})
    made = sessions.make(session, instructor(people), people.home, wish, now)
    places = {people[name]: Place(seat=f"{seat:02}") for seat, name in enumerate(trainees, 1)}
    if places:
        members.add_all(session, instructor(people), made, places, now)
    return made


def open_teaching(session: Session, people: People, teaching: TeachingSession, now: datetime) -> TeachingSession:
    """The same, opened, whether its examinations have labs or not. Wants the fixture `published`: courses and labs."""
    sessions.open_up(session, instructor(people), teaching, now, without_lab=True)
    return teaching


def lacks_live_labs(session: Session) -> None:
    """Let an installation offer all labs of the repository but the live ones."""
    lacking = update(Release).where(Release.kind == "lab", Release.name.in_(LACKING))
    session.execute(lacking.values(current=False))
