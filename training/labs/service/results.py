"""What was achieved: the cards of labs for a person, and the sheets of an organisation for its instructors."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.content import service as content
from training.content.models import Release
from training.errors import UNREADABLE, Conflict, Damaged
from training.evidence.models import OwnExhibit
from training.grading.credit import written
from training.labs import reader
from training.labs.models import Assignment, Attempt
from training.labs.reader import Lab
from training.labs.service import assignments, attempts, findings
from training.labs.service.combined import Points, points
from training.labs.service.findings import Progress
from training.labs.service.terms import PRACTICE, Terms
from training.sentence import Sentence, phrase

MOST_LINES = 500
"""Attempts that a sheet of results shows, the newest first."""


@dataclass(frozen=True, slots=True)
class Card:
    """A lab as one person sees it.

    Attributes:
        current, past: the open attempt, and the closed ones.
        points, total, awaited: of the open or newest attempt; no points before the first, or while they are withheld.
        terms: what applies to the open or newest attempt.
        ended: why nothing is accepted in `current` any more; empty where something is.
        stopped: the same, or why nothing is accepted in it for now, such as an examination of the lab.
    """

    release: Release
    lab: Lab
    current: Attempt | None = None
    past: tuple[Attempt, ...] = ()
    points: float | None = None
    total: float = 0.0
    awaited: float = 0.0
    terms: Terms = PRACTICE
    ended: str = ""
    stopped: str = ""

    @property
    def title(self) -> str:
        """Title of the lab."""
        return self.lab.title

    @property
    def text(self) -> str:
        """What it is about."""
        return self.lab.file.summary

    @property
    def address(self) -> str:
        """Where it is worked on: the open attempt, or the lab."""
        return f"/attempts/{self.current.id}" if self.current else f"/labs/{self.lab.id}"

    @property
    def open(self) -> bool:
        """Whether an attempt is going on."""
        return self.current is not None and not self.ended

    @property
    def closed(self) -> bool:
        """Whether there were attempts and none is going on."""
        return not self.open and (self.current is not None or bool(self.past))

    @property
    def passed(self) -> bool:
        """Whether the points that are shown reach what is needed to pass."""
        return self.points is not None and passed(self.points, self.total, self.terms.pass_percent)

    @property
    def undecided(self) -> bool:
        """Whether it depends on markers if they do."""
        return self.points is not None and undecided(self.points, self.awaited, self.total, self.terms.pass_percent)

    @property
    def score(self) -> str:
        """Points of how many; empty before the first attempt."""
        return "" if self.points is None else f"{written(self.points)} / {written(self.total)}"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person finds who begins a lab now, or goes on with it.

    Attributes:
        terms: what is set, with the person's own extra time, whether or not it has opened; of whoever has an attempt
            that ended, for what they begin after it.
        takes: what an attempt begun now belongs to.
        stopped: why it can't be begun, or gone on with; empty where it can.
        beside: what a session sets and has open, while the open attempt is practice of one's own.
    """

    terms: Terms
    takes: Assignment | None = None
    stopped: str = ""
    beside: Assignment | None = None

    @property
    def own(self) -> bool:
        """Whether whoever begins now practises on their own, although a session sets the lab: it has not opened yet."""
        it = self.terms.assignment
        return it is not None and it.circle is not None and self.takes is None


@dataclass(frozen=True, slots=True)
class Line:
    """One attempt on a sheet. `told`: whether its person may see what came of it."""

    attempt: Attempt
    progress: dict[str, Progress]
    terms: Terms
    told: bool = True
    own: OwnExhibit | None = None

    @property
    def points(self) -> Points:
        """What counts of its points: of a live lab half for the conduct."""
        found = self.progress
        return points(self.own, findings.score(found), findings.total(found), findings.awaited(found))

    @property
    def score(self) -> float:
        """Points earned."""
        return self.points.score

    @property
    def total(self) -> float:
        """Points that the questions are worth at first, as they are judged now in this organisation."""
        return findings.total(self.progress)

    @property
    def passed(self) -> bool:
        """Whether the points reach what is needed to pass."""
        return passed(self.score, self.total, self.terms.pass_percent)

    @property
    def awaited(self) -> float:
        """Points that wait for markers, at most."""
        return self.points.awaited

    @property
    def undecided(self) -> bool:
        """Whether it depends on markers if the points reach what is needed to pass."""
        return undecided(self.score, self.awaited, self.total, self.terms.pass_percent)

    @property
    def judges(self) -> set[UUID]:
        """Whoever judged a finding of it later on."""
        made = (each for one in self.progress.values() for finding in one.findings for each in finding.judgements)
        return {each.by for each in made if each.by is not None}

    @property
    def late(self) -> float | None:
        """The smallest late share of a finding; None where all were in time."""
        shares = [finding.share for one in self.progress.values() for finding in one.findings]
        return min((share for share in shares if share < 1), default=None)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All attempts at one release, for the instructors of the organisations where they were made.

    `number` counts the releases of the lab in the order of their publication, from 1; `waiting` are the trainees who
    have begun no attempt at this lab, listed with the release that is offered.
    """

    release: Release
    number: int
    lab: Lab
    lines: tuple[Line, ...]
    waiting: tuple[UUID, ...] = ()

    @property
    def people(self) -> set[UUID]:
        """Whoever is named on it."""
        return {*self.waiting, *(line.attempt.person_id for line in self.lines)}


def passed(score: float, total: float, percent: int) -> bool:
    """Whether points reach a share of the total, in percent. What is shown with two decimals decides."""
    return round(score, 2) >= round(total * percent / 100, 2)


def undecided(score: float, awaited: float, total: float, percent: int) -> bool:
    """Whether points don't reach that share, and would with those that wait for markers."""
    return not passed(score, total, percent) and passed(score + awaited, total, percent)


def cards(
    session: Session, actor: Actor, instance: Path, now: datetime, only: Collection[str] | None = None
) -> list[Card]:
    """The labs that are offered, as a person sees them, in the order in which they are learned; or only some."""
    offered = content.offered_to(session, "lab", actor.id)
    shown = [release for release in offered if only is None or release.name in only]
    found = []
    for release in shown:
        try:
            found.append(card(session, actor, instance, release, now))
        except UNREADABLE:  # a damaged lab hides no other; `damages` says what is wrong with it
            continue
    return sorted(found, key=lambda one: (one.lab.file.place, one.title))


def damaged_lab(name: str) -> Sentence:
    """What people are told of a lab whose frozen files can't be read."""
    return phrase("The lab %(name)s is damaged and can't be opened until it is repaired.", name=name)


def damages(session: Session, actor: Actor, instance: Path) -> dict[str, str]:
    """Why labs that are offered can't be read, by name."""
    return content.damaged(instance, content.offered_to(session, "lab", actor.id), reader.load)


def following(cards: Sequence[Card]) -> Card | None:
    """The lab to go on with, or else the first that was never begun; None where there is neither."""
    at_work = (one for one in cards if one.open and not one.stopped)
    fresh = (one for one in cards if not one.open and not one.closed)
    return next(at_work, None) or next(fresh, None)


def card(session: Session, actor: Actor, instance: Path, release: Release, now: datetime) -> Card:
    """One lab as a person sees it. An open attempt at an older release counts: it is gone on with."""
    try:
        lab = reader.load(content.folder_of(instance, release))
    except UNREADABLE as bad:
        raise Damaged(damaged_lab(release.name)) from bad
    if actor.id is None:
        return Card(release, lab)
    found = select(Attempt).join(Release, Release.id == Attempt.release_id)
    mine = found.where(Attempt.person_id == actor.id, Release.kind == "lab", Release.name == release.name)
    listed = list(session.scalars(mine.order_by(Attempt.opened_at.desc())))
    current = next((one for one in listed if one.closed_at is None), None)
    past = tuple(one for one in listed if one.closed_at is not None)
    shown = current or next(iter(past), None)
    if shown is None:
        return Card(release, lab)
    case = attempts.case(session, instance, shown)
    progress = findings.progress_of_all(session, case)
    counted = points(case.own, findings.score(progress), findings.total(progress), findings.awaited(progress))
    shown_points = counted.score if case.told(now) else None
    ended = case.terms.ended(now) if current else ""
    total, awaited = counted.total, counted.awaited
    stopped = attempts.stopped(case, now) if current else ""
    return Card(release, lab, current, past, shown_points, total, awaited, case.terms, ended, stopped)


def taken(session: Session, instance: Path, made: Sequence[Attempt], now: datetime) -> list[Line]:
    """What came of attempts, in their order, as their person may see it."""
    cases = attempts.whole_cases(session, instance, made)
    progress = findings.progress_of(session, cases)
    return [Line(case.attempt, progress[case.attempt.id], case.terms, case.told(now), case.own) for case in cases]


def offer(session: Session, actor: Actor, card: Card, now: datetime) -> Offer:
    """What a person finds who begins this lab now, or goes on with it."""
    if actor.id is None or actor.home is None:
        return Offer(PRACTICE)
    terms = assignments.terms_for(session, actor.home, card.release.name, actor.id, now)
    try:
        if card.current is not None and not card.ended:
            attempts.not_beside(assignments.longest(session, terms), card.current, now)
            return Offer(terms, beside=_beside(terms, card.current, now))
        return Offer(terms, assignments.taken_by(session, card.release.name, terms, actor, now))
    except Conflict as why:
        return Offer(terms, stopped=why.message)


def _beside(terms: Terms, current: Attempt, now: datetime) -> Assignment | None:
    it = terms.assignment
    if it is None or it.circle is None or current.assignment_id is not None or it.opens_at > now:
        return None
    return it if terms.share(now) is not None else None


def sheets(session: Session, actor: Actor, instance: Path) -> list[Sheet]:
    """Attempts made in the organisations where the actor is an instructor, by release, the newest first.

    The trainees of these organisations who have not begun stand below, with the release that is offered.
    """
    mine = {organisation for organisation, role in actor.roles if role is Role.INSTRUCTOR}
    found = select(Attempt).where(Attempt.organisation_id.in_(mine))
    found = found.order_by(Attempt.opened_at.desc()).limit(MOST_LINES)
    cases = attempts.whole_cases(session, instance, session.scalars(found).all())
    progress = findings.progress_of(session, cases)
    lines: dict[Release, list[Line]] = {}
    for case in cases:
        lines.setdefault(case.release, []).append(
            Line(case.attempt, progress[case.attempt.id], case.terms, own=case.own)
        )
    listed_for = trainees(session, mine)
    waiting = {release: _waiting(session, release, mine, listed_for) for release in content.offered(session, "lab")}
    numbers = release_numbers(session)
    listed = [*lines, *(release for release, people in waiting.items() if people and release not in lines)]
    return [
        Sheet(
            release,
            numbers[release.id],
            lab,
            tuple(lines.get(release, ())),
            waiting.get(release, ()),
        )
        for release, lab in content.read_each(instance, listed, reader.load)
    ]


def release_numbers(session: Session) -> dict[UUID, int]:
    """The number of each release of a lab: 1 for the first that was published here."""
    found = select(Release).where(Release.kind == "lab").order_by(Release.published_at, Release.id)
    seen: dict[str, int] = {}
    numbers: dict[UUID, int] = {}
    for release in session.scalars(found):
        numbers[release.id] = seen[release.name] = seen.get(release.name, 0) + 1
    return numbers


def trainees(session: Session, organisations: Collection[UUID]) -> list[UUID]:
    """Trainees of organisations who can sign in, by name within each."""
    return [
        person.id
        for organisation in sorted(organisations)
        for person in accounts.members(session, organisation)
        if person.disabled_at is None
        and any((one.organisation_id, one.role) == (organisation, Role.TRAINEE) for one in person.memberships)
    ]


def _waiting(session: Session, release: Release, organisations: set[UUID], people: list[UUID]) -> tuple[UUID, ...]:
    """Those who have begun no release of this lab in these organisations."""
    found = select(Attempt.person_id).join(Release, Release.id == Attempt.release_id)
    found = found.where(Attempt.organisation_id.in_(organisations), Release.kind == "lab", Release.name == release.name)
    begun = set(session.scalars(found))
    return tuple(one for one in dict.fromkeys(people) if one not in begun)
