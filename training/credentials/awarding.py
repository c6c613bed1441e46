"""From the records of a person to the facts of a certificate, and issuing them one after the other."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.models import Organisation, OrganisationLook
from training.content import service as content
from training.credentials import service
from training.credentials.facts import STAFF, Facts, checked
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.credentials.overview import Line, Overview
from training.credentials.rules import ATTENDANCE
from training.credentials.words import WORDS
from training.errors import Conflict, Refused
from training.hosting import ruling
from training.hosting.models import TeachingSession
from training.hosting.service import people, releases, rules, timetable
from training.labs import reader as labs
from training.labs.models import Attempt
from training.learning import wording
from training.learning.competence.standing import Standing
from training.learning.models import Enrolment
from training.learning.service import competence
from training.sentence import counted, phrase
from training.store import Store

Say = Callable[[str], str]
"""Says a sentence of the program in the language of the session."""
LONGEST = 400  # characters of evidence
ROOM = 4.0  # seconds of a request in which certificates are begun
RECORDS = 2  # behind a level that are named, the newest


def issue(  # noqa: PLR0913 - of what, to whom, by whom, in whose words, and when
    store: Store,
    site: Site,
    found: Overview,
    lines: Sequence[Line],
    actor: Actor,
    say: Say,
    now: datetime,
    *,
    room: float = ROOM,
    early: bool = False,
) -> int:
    """Issue certificates to these people, each in a unit of its own; says how many. What was issued stays.

    None begins after `room` seconds: a large class takes several requests. `early`, see `in_time`.

    Raises Conflict before two have confirmed the results, Refused where one can't be made.
    """
    if not found.ready:
        raise Conflict(phrase("Two instructors have to confirm the results first."))
    early = in_time(found, now, early=early)
    begun = monotonic()
    for done, line in enumerate(lines):
        if done and monotonic() - begun > room:
            return done
        with store.reading() as session:
            award = award_of(session, site.instance, found, line, say, now, early=early)
            made = service.ready(session, site, award, actor, now)
        with store.writing() as session:
            service.keep(session, made, award, now, early=early)
    return len(lines)


def in_time(found: Overview, now: datetime, *, early: bool) -> bool:
    """Whether half-days are still ahead, and it is to be done `early` all the same.

    What is recorded of days ahead counts as if they had been. Raises Refused where nobody said that it is meant.
    """
    ahead = found.ahead(now)
    if ahead and not early:
        raise Refused(
            counted(
                "%(num)s half-day of the session has not ended: the last one ends on %(end)s. Tick that you do it "
                "before, if that is meant.",
                "%(num)s half-days of the session have not ended: the last one ends on %(end)s. Tick that you do it "
                "before, if that is meant.",
                ahead,
                end=f"{timetable.local(found.teaching, max(found.ends)):%Y-%m-%d %H:%M}",
            ),
            field="early",
        )
    return ahead > 0


def award_of(
    session: Session,
    instance: Path,
    found: Overview,
    line: Line,
    say: Say,
    now: datetime,
    *,
    early: bool = False,
) -> Award:
    """What a person gets, in words and figures of now; `early`, see `in_time`. Raises Refused."""
    teaching = found.teaching
    facts = _facts(session, instance, found, line, say, now).model_copy(update={"early": early})
    return Award(line.person_id, teaching.id, teaching.organisation_id, facts)


def renewed(session: Session, instance: Path, found: Overview, before: Certificate, say: Say, now: datetime) -> Facts:
    """The facts of what a person gets now in place of a certificate of another kind. Raises Conflict and Refused."""
    line = found.of(before.person_id)
    if not found.ready:
        raise Conflict(phrase("Two instructors have to confirm the results first."))
    if line is None or not line.outcome.kind or line.outcome.kind == before.kind:
        raise Conflict(phrase("The results give no other certificate than this one."))
    return _facts(session, instance, found, line, say, now)


def competencies(
    session: Session, instance: Path, teaching: TeachingSession, line: Line, now: datetime
) -> tuple[competence.Profile, tuple[Standing, ...]]:
    """The competencies of a person that rest on evidence, on this day."""
    profile = competence.profile(session, instance, line.person_id, now, ZoneInfo(teaching.zone))
    return profile, tuple(one for one in profile.standings if one.level)


def _facts(session: Session, instance: Path, found: Overview, line: Line, say: Say, now: datetime) -> Facts:
    teaching, outcome = found.teaching, line.outcome
    words = WORDS[teaching.language]
    examined = () if outcome.kind == ATTENDANCE else outcome.results
    names = {one.name: say(one.title) for one in found.rules.examinations}
    staff = [one.name for one in people.of(session, teaching) if one.member.staff]
    return checked(
        kind=outcome.kind,
        holder=line.name,
        host=_host(session, teaching),
        title=teaching.title,
        starts=teaching.starts_on,
        ends=teaching.starts_on + timedelta(days=teaching.days - 1),
        zone=teaching.zone,
        place=teaching.room,
        language=teaching.language,
        hours=str(outcome.hours),
        attended=outcome.attended,
        half_days=outcome.of,
        examinations=[{"name": names[one.examination], "result": words.passed} for one in examined],
        competencies=_competencies(session, instance, teaching, line, say, now),
        releases=_releases(session, teaching, line.person_id),
        instructors=staff[:STAFF],
        present=found.rules.attendance.percent,
        changes=_changes(found, say),
    )


def _changes(found: Overview, say: Say) -> list[str]:
    """The rules on which certificates hang that became others after the opening, each with its day and reason."""
    return [
        f"{timetable.local(found.teaching, one.at).date().isoformat()}: {say(ruling.told(each))} {one.reason}"
        for one in found.changes
        if one.begun
        for each in rules.what(one)
        if each.counts
    ]


def _host(session: Session, teaching: TeachingSession) -> dict[str, object]:
    host = session.get_one(Organisation, teaching.organisation_id)
    look = session.get(OrganisationLook, teaching.organisation_id)
    lines = [one for one in (look.address.splitlines() if look else ()) if one.strip()]
    return {"name": host.name, "address": lines[:4], "logo": (look.logo if look else None) or b""}


def _competencies(
    session: Session, instance: Path, teaching: TeachingSession, line: Line, say: Say, now: datetime
) -> list[dict[str, object]]:
    profile, shown = competencies(session, instance, teaching, line, now)
    titles = _titles(session, instance) if shown else {}
    return [
        {
            "id": one.competency.id,
            "name": say(one.competency.title),
            "level": one.level,
            "shown": one.best.shown,
            "evidence": _evidence(one, profile, titles, say),
        }
        for one in shown
        if one.best
    ]


def _evidence(one: Standing, profile: competence.Profile, titles: Mapping[str, str], say: Say) -> str:
    assert one.best is not None  # noqa: S101 - asked for before
    records = wording.behind(one.best, profile.evidence, titles)[:RECORDS]
    text = "; ".join(say(record.text) for record in records)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _titles(session: Session, instance: Path) -> dict[str, str]:
    offered = content.offered(session, "lab")
    return {one.name: lab.title for one, lab in content.read_each(instance, offered, labs.load)}


def _releases(session: Session, teaching: TeachingSession, person_id: UUID) -> list[dict[str, object]]:
    """The releases of the session that the holder opened a module of, or worked on."""
    used = {*session.scalars(select(Attempt.release_id).filter_by(person_id=person_id))}
    used |= {*session.scalars(select(Enrolment.release_id).filter_by(person_id=person_id))}
    return [
        {"kind": one.kind, "name": one.name, "number": one.release.number, "sha256": one.release.sha256}
        for one in releases.of(session, teaching)
        if one.release.id in used
    ]
