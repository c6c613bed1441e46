"""A session that runs, certificates and a self-assessment, for the pages that hang on them."""

import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from tests import assessment_place
from tests.unit.credentials.conftest import facts_of
from training.accounts import service as accounts
from training.accounts.actor import Actor
from training.accounts.models import Organisation
from training.assessment.service import closing, links, rounds
from training.credentials import codes as printed
from training.credentials import critical, results
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.hosting import ruling
from training.hosting.attendance.service import grid, records, sheets, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.board.service import asking, messages
from training.hosting.board.service.asking import Ask
from training.hosting.carry import sending, waiting
from training.hosting.feedback import service as feedback
from training.hosting.models import TeachingSession
from training.hosting.roster.service import codes, imports, slips
from training.hosting.service import people, rules, sessions, slots, timetable
from training.hosting.service.people import Place
from training.hosting.service.sessions import Wish
from training.hosting.service.slots import Slot
from training.operating.tour.path import COURSE, LAB
from training.settings import Settings
from training.store import Store

Seeds = dict[str, list[str]]
ROSTER = b"number,name,seat\n7,Amina Diallo,03\n8,Tom\xc3\xa1s Ruiz,04\n9,,05\n"
"""Two who can come in, and one without a name."""


@dataclass(frozen=True, slots=True)
class _Staff:
    session: Session
    lead: Actor
    teaching: TeachingSession
    now: datetime


def hosted(session: Session, settings: Settings, seeds: Seeds, now: datetime) -> UUID:
    """Make a session that began five minutes ago, and note where its pages are; its id."""
    lead = accounts.actor_of(accounts.by_login(session, "instructor"))
    assert lead.home
    start = now - timedelta(minutes=5)
    made = sessions.make(session, lead, lead.home, Wish("Friday group", start.date(), "UTC", days=2), now)
    at = start.time().replace(second=0, microsecond=0)
    slots.add(session, lead, made, Slot(1, at, 90, "P", "Finance workstation", (f"lab/{LAB}",)), now)
    for seat, login in enumerate(("trainee", "colleague"), 1):
        people.add(session, lead, made, accounts.by_login(session, login).id, Place(seat=f"{seat:02}"), now)
    _ruled(session, lead, made, now)
    sessions.open_up(session, lead, made, now)
    staff = _Staff(session, lead, made, now)
    _asked(staff, seeds)
    _watched(staff)
    _listed(staff, seeds)
    _attended(staff)
    _certified(staff, settings, seeds)
    _assessed(staff, seeds)
    base, (part,) = f"/sessions/{made.id}", timetable.parts(session, made)
    person = accounts.by_login(session, "trainee").id
    seeds["trainee"] += [base, f"{base}/help", f"{base}/here"]
    plain = ("", "/edit", "/rules", "/feedback", "/people", "/timetable", f"/timetable/{part.id}", "/board",
             "/board/projector", "/roster",
             "/attendance", "/attendance/screen", "/attendance/enter", "/attendance/file", "/attendance/sheets",
             f"/attendance/people/{person}", "/preparation", "/preparation/join-sheet", "/preparation/seats",
             "/preparation/run-sheet/1", f"/preparation/handout/{part.id}", "/certificates", f"/certificates/{person}",
             "/carry", "/dossier")  # fmt: skip
    seeds["instructor"] += [base + one for one in plain]
    seeds["host"] += [f"/organisation/law-sheet/{COURSE}", f"/organisations/{lead.home}/look"]
    return made.id


def _ruled(session: Session, lead: Actor, made: TeachingSession, now: datetime) -> None:
    """An examination, which the plan did not have."""
    before = ruling.of(made)
    made_so = ruling.with_examination(before.rules, "Scene walk-through")
    critical_too = (one.model_copy(update={"critical": ("hashes too late",)}) for one in made_so.examinations)
    wish = replace(before, rules=made_so.model_copy(update={"examinations": tuple(critical_too)}))
    rules.change(session, lead, made, wish, "The host examines it", seen=0, settled=False, now=now)


def _asked(staff: _Staff, seeds: Seeds) -> None:
    """A form that waits for trainees; a failed examination, which can be taken again."""
    session, lead, teaching, now = staff.session, staff.lead, staff.teaching, staff.now
    feedback.plan(session, lead, teaching, "form", now.date(), now)
    seeds["trainee"].append(f"/sessions/{teaching.id}/feedback/form/answer")
    person = accounts.by_login(session, "trainee").id
    wish = results.Wish("A", 1, ("40",), now.date().isoformat())
    results.record(session, lead, teaching, person, wish, now)
    error = critical.Wish("A", 1, 0, "Wrote to the medium before its hash was taken.", "Command 12")
    critical.record(session, lead, teaching, person, error, now)
    base = f"/sessions/{teaching.id}/certificates"
    seeds["trainee"].append(f"/sessions/{teaching.id}/results")
    seeds["instructor"] += [f"{base}/{person}/resit/A", f"{base}/{person}/critical"]
    seeds["instructor"] += [f"{base}/examinations/A/1{one}" for one in ("", "/file")]


def carried(store: Store, settings: Settings, of: UUID, seeds: Seeds, now: datetime) -> None:
    """A bundle of the session that waits to be looked at."""
    with store.reading() as session:
        by = accounts.by_login(session, "instructor").id
    path = settings.instance / "sent.engram"
    sending.send(store, settings, of, path, None, by, now)
    waits = waiting.keep(settings.instance, of, io.BytesIO(path.read_bytes()))
    path.unlink()
    seeds["instructor"].append(f"/sessions/{of}/carry/{waits.name}")


def _watched(staff: _Staff) -> None:
    messages.say(staff.session, staff.lead, staff.teaching, "Ten minutes left", "say-1", staff.now)
    trainee = accounts.by_login(staff.session, "trainee").id
    asking.ask(staff.session, trainee, staff.teaching, Ask("work", "3", "pslist", "two rows"), staff.now)


def _listed(staff: _Staff, seeds: Seeds) -> None:
    session, lead, teaching, now = staff.session, staff.lead, staff.teaching, staff.now
    kept = imports.keep(session, lead, teaching, ROSTER, "people.csv", now)
    seeds["instructor"].append(f"/sessions/{teaching.id}/roster/lists/{kept.id}")
    code = codes.make(session, lead, teaching, codes.usual(teaching, now), None, now)
    seeds[""].append(f"/join/{codes.key(code.code)}")
    colleague = accounts.by_login(session, "colleague").id
    slips.make(session, lead, teaching, {colleague}, slips.seed(), now)


def _attended(staff: _Staff) -> None:
    session, lead, teaching, now = staff.session, staff.lead, staff.teaching, staff.now
    times = standing.ledger(session, teaching).times[0]
    marks = {accounts.by_login(session, "trainee").id: Mark("late", 37, "The bus was late")}
    filled = Filled(marks, "present", records.last(session, teaching))
    grid.keep(session, lead, teaching, times, filled, Origin("grid", "grid-1"), now)
    sheets.make(session, lead, teaching, times, now)


def _certified(staff: _Staff, settings: Settings, seeds: Seeds) -> None:
    """One certificate that holds, and one that holds no more."""
    session, lead, now = staff.session, staff.lead, staff.now
    assert lead.home
    for login in ("trainee", "colleague"):
        award = Award(accounts.by_login(session, login).id, staff.teaching.id, lead.home, facts_of())
        made = credentials.issue(session, Site(settings.instance, "http://localhost"), award, lead, now)
        if login == "colleague":
            credentials.revoke(session, made, lead, "Issued to the wrong person", now)
        seeds[""].append(f"/certificates/{printed.spelled(made.code)}")


def _assessed(staff: _Staff, seeds: Seeds) -> None:
    """A round that is closed and has results, and one that is open."""
    session, now = staff.session, staff.now
    host = accounts.actor_of(accounts.by_login(session, "host"))
    done = assessment_place.answered(session, host, now)
    closing.close(session, done, host, now)
    held = assessment_place.make_round(session, host, now)
    rounds.open_round(session, held, host, now)
    (slip,) = links.slips(session, held, "A", 1, links.seed(), host, now)
    own = links.begin(session, links.find(session, slip), links.seed())
    seeds[""] += [f"/assessment/{own}", f"/assessment/{own}/1"]
    parts = ("", "/about", "/choices", "/contacts", "/texts", "/notes", "/history", "/results", "/results/D4.3")
    seeds["host"] += [f"/assessments/{done.id}{one}" for one in parts]
    seeds["host"] += [f"/assessments/{held.id}{one}" for one in ("", "/about", "/choices", "/contacts")]
    assert session.get(Organisation, host.home)
