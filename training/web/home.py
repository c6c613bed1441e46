"""The home page: what it shows, and what to do next, one thing first and one after it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from training.accounts.actor import Role
from training.hosting import policy as hosting
from training.hosting.models import TeachingSession
from training.hosting.service import today
from training.hosting.service.today import Today
from training.labs.service import news, results
from training.labs.service.news import Due
from training.labs.service.results import Card, following
from training.learning import service as learning
from training.learning.service import HomeCard, refreshing
from training.marking.service import waiting
from training.reading.service import places
from training.reading.service.places import Stop
from training.web.language import reading_language, turned
from training.web.rooms import actor, clock, rooms


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        kind: what it is, such as a lab or the title of a course.
        title: its own name.
        text: what it is about, or why it can't be done yet; may be empty.
        address, verb: where it is done, and what the button says.
        minutes: how long it takes; None where nobody can say.
        session: whether it is what goes on now in a session, of which `kind` is the title.
    """

    kind: str
    title: str
    text: str
    address: str
    verb: str
    minutes: int | None = None
    session: bool = False


def gathered(session: Session) -> dict[str, Any]:
    """Everything that the page of whoever asks shows, by the names of its template."""
    settings, who, now = rooms().settings, actor(), clock()
    courses = learning.home_cards(session, settings.instance, who, reading_language())
    labs, due = results.cards(session, who, settings.instance, now), news.due(session, who, now)
    sessions = today.of(session, who, now)
    ahead = today.ahead(session, who, now, sessions)
    stop = max(places.stops(session, who).values(), key=lambda one: one.at, default=None)
    prepared = [one for one in ahead if not one.opened_at and hosting.may_run(who, one)]
    return {
        "steps": steps(sessions, prepared, due, labs, stop, courses),
        "waits": waiting.of(session, who, settings.instance, settings.labs / "exhibits"),
        "due": due,
        "zones": today.zones(session, {one.assignment.circle for one in due}),
        "labs": labs,
        "following": following(labs),
        "courses": courses,
        "sessions": sessions,
        "ahead": ahead,
        "hosts": hosting.may_host(who, None),
        "administers": who.holds(Role.ADMINISTRATOR),
        "told": news.told(session, who, now),
        "decided": news.decided(session, who, settings.instance, now),
        "returning": refreshing.waiting(session, who, now, settings.zone),
    }


def steps(
    sessions: Iterable[Today],
    prepared: Iterable[TeachingSession],
    due: Iterable[Due],
    labs: Sequence[Card],
    stop: Stop | None,
    courses: Sequence[HomeCard],
) -> list[Step]:
    """The first two things to do: what goes on in the room, then what binds, then what was begun, then what is new.

    `prepared` are sessions that the reader gets ready.
    """
    at_work = [one for one in labs if one.open and not one.stopped]
    found = [
        *map(_now, (one for one in sessions if one.now.current)),
        *map(_examination, (one for one in due if one.assignment.examination)),
        *map(_prepare, prepared),
        *map(_lab, at_work),
        *_reading(stop, {one.name: one for one in courses}),
        *map(_module, (one for one in courses if one.next)),
        *map(_lab, filter(None, [following(labs)])),
    ]
    first: dict[str, Step] = {}
    for one in found:
        first.setdefault(one.address, one)
    return [*first.values()][:2]


def _now(one: Today) -> Step:
    slot, text = one.now.current, ""
    if one.now.following:
        starts = f"\u2066{one.starts}\u2069" if turned() else one.starts
        text = _("After it, %(time)s: %(what)s", time=starts, what=one.now.following.said)
    address = url_for("hosting.session", session_id=one.teaching.id)
    return Step(one.teaching.title, slot.said if slot else "", text, address, _("To the session"), session=True)


def _prepare(one: TeachingSession) -> Step:
    text = _("It is being prepared. Its page names what is to be done next.")
    return Step(_("Session"), one.title, text, url_for("hosting.session", session_id=one.id), _("To the session"))


def _examination(one: Due) -> Step:
    verb = _("To the attempt that is to be closed") if one.stopped else _("To the examination")
    verb = _("Go on with the examination") if one.attempt else verb
    return Step(_("Examination"), one.assignment.title, str(one.stopped), one.address, verb, one.minutes)


def _lab(one: Card) -> Step:
    kind = _("Exercise") if one.lab.file.on_papers else _("Lab")
    going = _("Go on with the exercise") if one.lab.file.on_papers else _("Go on with the lab")
    verb = going if one.open else _("Look at the briefing")
    return Step(kind, one.title, one.text, one.address, verb, one.lab.file.minutes)


def _reading(stop: Stop | None, courses: Mapping[str, HomeCard]) -> Iterator[Step]:
    """Where the reader stopped last, if that course is still offered."""
    card = courses.get(stop.course) if stop else None
    if stop is None or card is None:
        return
    address = url_for("reading.on", name=card.name, module=stop.module)
    verb = _("Go on in module %(number)s", number=stop.number)
    if stop.section:
        verb = _("Go on in module %(number)s at section %(section)s", number=stop.number, section=stop.section)
    if card.next and card.next.id == stop.module:
        text, minutes = card.next.file.objectives[0].text, card.next.file.minutes
        yield Step(card.title, card.next.title, text, address, verb, minutes)
    else:
        yield Step(_("Course"), card.title, "", address, verb)


def _module(one: HomeCard) -> Step:
    module = one.next
    if module is None:
        raise RuntimeError
    address = url_for("courses.module", name=one.name, module=module.id)
    return Step(
        one.title, module.title, module.file.objectives[0].text, address, _("Read this module"), module.file.minutes
    )
