"""Preparation: variants kept for people, runs that are asked for, what is said of a machine."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, open_teaching, somebody
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.analysis.models import Run, State
from training.audit.models import Event
from training.errors import Conflict
from training.evidence.models import Exhibit
from training.forge import pack
from training.hosting.models import TeachingSession
from training.hosting.preparation import checks, forms
from training.hosting.preparation.checks import BAD, OK, PART, Line
from training.hosting.preparation.service import facts, variants, warming, works
from training.hosting.preparation.service.facts import Facts
from training.hosting.preparation.service.warming import Warmth
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.hosting.service.record import Faulty
from training.labs.models import AssignmentPerson, Attempt
from training.labs.service import attempts, circles
from training.sentence import Sentence
from training.settings import ROOT, Settings
from training.store import Store

LAB = "finance-workstation"
CLASS = tuple(f"seat-{number:02}" for number in range(1, 13))


@pytest.fixture
def variants_here(store: Store, exhibit: str, clock: Clock) -> list[str]:
    """All four exhibits of the lab are registered, three of them without their files; their digests."""
    found = [exhibit]
    with store.writing() as session:
        first = session.get_one(Exhibit, exhibit)
        for letter in "bcd":
            manifest = pack.read(ROOT / "labs" / "exhibits" / f"{LAB}-{letter}")
            given: dict[str, Any] = {name: getattr(first, name) for name in ("os", "size", "banner", "origin")}
            given |= dict.fromkeys(("symbols_sha256", "record_sha256", "truth_sha256"), f"{first.symbols_sha256}")
            at = {"captured_at": clock(), "registered_at": clock()}
            session.add(Exhibit(sha256=manifest.sha256, name=manifest.name, title=manifest.title, **given, **at))
            found.append(manifest.sha256)
    return found


@pytest.fixture
def class_of_twelve(store: Store, people: People, clock: Clock, published: str, variants_here: list[str]) -> UUID:
    """An open session with twelve trainees on the first two rows."""
    with store.writing() as session:
        ids = {name: _person(session, people, name, clock) for name in CLASS}
        made = make_teaching(session, people, clock(), trainees=())
        members.add_all(session, instructor(people), made, {ids[one]: Place(seat=one[-2:]) for one in CLASS}, clock())
        return open_teaching(session, people, made, clock()).id


def _person(session: Session, people: People, name: str, clock: Clock) -> UUID:
    sealed = accounts.seal("a long password of tests")
    made = accounts.make_person(
        session, login=name, name=name.title(), sealed=sealed, home=people.home, role=Role.TRAINEE, now=clock()
    )
    return made.id


def lab_of(session: Session, instance: Path, teaching: TeachingSession) -> variants.Shared:
    found = works.of(session, instance, teaching)
    shared = variants.shared(session, teaching, found, variants.room(teaching, "6", "3"))
    return next(one for one in shared if one.work.name == LAB)


def assign(
    session: Session, settings: Settings, people: People, teaching: TeachingSession, clock: Clock, *, anew: bool = False
) -> None:
    found = works.of(session, settings.instance, teaching)
    plan = variants.room(teaching, "6", "3")
    variants.assign(session, instructor(people), teaching, found, plan, clock(), anew=anew)


def test_variants_are_kept_for_everybody_and_begun_as_they_were_assigned(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_twelve: UUID
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        before = lab_of(session, settings.instance, teaching)
        assert (before.kept, before.people, before.done) == (0, 12, False)
        assign(session, settings, people, teaching, clock)
        after = lab_of(session, settings.instance, teaching)
        assert (after.kept, after.done) == (12, True)
        assert {who: one.exhibit for who, one in after.held.items()} == {
            who: one.exhibit for who, one in before.held.items()
        }
        assert {one.called for one in after.held.values()} == {"A", "B", "C", "D"}
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        listed = {one.login: one.member.person_id for one in variants.trainees(session, teaching)}
        for name in CLASS[:4]:
            actor = replace(somebody(people, "trainee", Role.TRAINEE), id=listed[name])
            begun = attempts.begin(session, settings.instance, actor, LAB, clock())
            assert begun.exhibit == after.held[listed[name]].exhibit.sha256


def test_anew_leaves_what_was_begun_and_nobody_gets_a_variant_again(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_twelve: UUID, variants_here: list[str]
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        assign(session, settings, people, teaching, clock)
        held = lab_of(session, settings.instance, teaching).held
        first, second = list(held)[:2]
        actor = replace(somebody(people, "trainee", Role.TRAINEE), id=first)
        begun = attempts.begin(session, settings.instance, actor, LAB, clock())
        _had(session, people, begun, second, held[second].exhibit.sha256, clock)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        assign(session, settings, people, teaching, clock)
        assert lab_of(session, settings.instance, teaching).held[second].exhibit.sha256 == held[second].exhibit.sha256
        assign(session, settings, people, teaching, clock, anew=True)
        after = lab_of(session, settings.instance, teaching)
        assert after.held[first].exhibit.sha256 == begun.exhibit
        assert after.held[second].exhibit.sha256 != held[second].exhibit.sha256
        assert not any("Neighbours" in text for text in after.remarks)


def _had(session: Session, people: People, like: Attempt, person: UUID, sha256: str, clock: Clock) -> None:
    """A closed attempt of old, set by nobody."""
    at = {"opened_at": clock() - timedelta(days=9), "closed_at": clock() - timedelta(days=8)}
    where = {"organisation_id": people.home, "release_id": like.release_id}
    session.add(Attempt(person_id=person, exhibit=sha256, assignment_id=None, **where, **at))


def test_what_can_not_be_met_is_said_by_seat(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_twelve: UUID, variants_here: list[str]
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        who = next(one.member.person_id for one in variants.trainees(session, teaching))
        actor = replace(somebody(people, "trainee", Role.TRAINEE), id=who)
        begun = attempts.begin(session, settings.instance, actor, LAB, clock())
        begun.assignment_id, begun.closed_at = None, clock()
        for sha256 in variants_here:
            if sha256 != begun.exhibit:
                _had(session, people, begun, who, sha256, clock)
        members.add(session, instructor(people), teaching, people["colleague"], Place(seat="Sofa"), clock())
        session.flush()
        found = lab_of(session, settings.instance, teaching)
    assert "Have had every variant: 01. They need another lab." in found.remarks
    assert "Without a seat of this room: Colleague. Seat them first." in found.remarks
    assert all(isinstance(text, Sentence) for text in found.remarks)
    assert who not in found.held


def test_before_the_opening_variants_are_shown_and_not_kept(
    store: Store,
    settings: Settings,
    people: People,
    clock: Clock,
    teaching: UUID,
    published: str,
    variants_here: list[str],
) -> None:
    with store.writing() as session:
        planned = session.get_one(TeachingSession, teaching)
        assert len(lab_of(session, settings.instance, planned).held) == 1
        with pytest.raises(Conflict, match="once the session is open"):
            assign(session, settings, people, planned, clock)
        assert session.scalars(select(AssignmentPerson.exhibit)).all() == []


def test_the_room_that_was_used_last_is_remembered_and_a_wrong_one_is_refused_by_field(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_twelve: UUID
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        assert (variants.plan_of(session, teaching).across, variants.plan_of(session, teaching).aisle) == (6, 3)
        found, plan = works.of(session, settings.instance, teaching), variants.room(teaching, "4", "2")
        variants.assign(session, instructor(people), teaching, found, plan, clock())
        assert variants.plan_of(session, teaching) == plan
        told = session.scalars(select(Event).where(Event.act == "variants.assigned")).one()
        assert told.details["labs"][LAB] == 12
        for across, aisle, field in (
            ("0", "0", "across"),
            ("x", "", "across"),
            ("6", "7", "aisle"),
            ("²", "0", "across"),
        ):
            with pytest.raises(Faulty) as bad:
                variants.room(teaching, across, aisle)
            assert list(bad.value.fields) == [field]


def test_a_lab_that_is_only_shown_is_warmed_and_not_assigned(
    store: Store, settings: Settings, teaching: UUID, published: str
) -> None:
    with store.reading() as session:
        found = works.of(session, settings.instance, session.get_one(TeachingSession, teaching))
    assert {one.name: one.worked for one in found if one.name in {LAB, "lying-kernel"}} == {
        LAB: True,
        "lying-kernel": False,
    }
    assert all(not one.lab.file.on_papers for one in found)


def test_only_exhibits_that_are_kept_for_people_are_warmed(
    store: Store, settings: Settings, people: People, clock: Clock, class_of_twelve: UUID, variants_here: list[str]
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, class_of_twelve)
        everything = warming.wanted(works.of(session, settings.instance, teaching))
        assert {exhibit.sha256 for exhibit, _ in everything} == set(variants_here)
        assignment = lab_of(session, settings.instance, teaching).work.assignment
        assert assignment
        circles.set_exhibits(session, assignment, dict.fromkeys(circles.members(session, assignment), variants_here[0]))
        asked = warming.wanted(works.of(session, settings.instance, teaching))
        assert {exhibit.sha256 for exhibit, _ in asked} == {variants_here[0]}
        assert len(asked) == len(everything) // 4


def test_warmth_counts_runs_by_how_far_they_are(store: Store, settings: Settings, clock: Clock, opened: UUID) -> None:
    with store.writing() as session:
        found = works.of(session, settings.instance, session.get_one(TeachingSession, opened))
        asked = warming.wanted(found)
        cold = warming.warmth(session, asked)
        assert (cold.there, cold.coming, cold.missing, cold.state) == (0, 0, len(asked), "part")
        warming.ask(session, asked, clock())
        assert warming.warmth(session, asked).state == "work"
        first, second, *rest = session.scalars(select(Run).order_by(Run.id))
        assert {run.asker for run in (first, second, *rest)} == {None}
        for run in (first, second, *rest):
            run.state, run.ended_at = State.COMPLETE, clock()
        first.state, first.reason = State.KILLED, "out of memory"
        session.flush()
        done = warming.warmth(session, asked)
        assert (done.there, done.coming, done.missing, [run.id for run in done.ended]) == (
            len(asked) - 1,
            0,
            0,
            [first.id],
        )
        warming.ask(session, asked, clock())
        again = warming.warmth(session, asked)
        assert (again.there, again.coming, again.ended) == (len(asked) - 1, 1, ())


# the machine

WARM = Warmth(10, 0, 0, ())
GOOD: dict[str, Any] = {
    "told": None,
    "disk_free": 200 * 2**30,
    "packed": 0,
    "memory": 32 * 2**30,
    "processors": 8,
    "seats": 30,
    "exhibits": 28,
    "processes": 4,
    "runs_at_once": 2,
    "warmth": WARM,
    "unknown": (),
    "damaged": (),
    "unseen": (),
    "zone": "Africa/Dakar",
    "server_zone": "UTC",
    "fontless": {},
    "listen": "0.0.0.0:8000",
    "proxied": False,
    "hosts": (),
    "address": "https://engram.university.example",
    "addresses": ("192.168.1.10",),
    "factor": 3,
    "staff": 3,
}


def looked_at(clock: Clock, **given: Any) -> dict[str, Line]:
    now = clock()
    standing = {"now": now, "last_act": now, "backup": now - timedelta(hours=2), **GOOD, "told": now}
    return {str(one.name): one for one in checks.lines(Facts(**{**standing, **given}))}


def test_a_machine_with_everything_is_good_in_all(clock: Clock) -> None:
    found = looked_at(clock)
    assert {one.state for one in found.values()} == {OK}
    assert not any(one.advice for one in found.values())
    assert "http://192.168.1.10:8000/" in found["Address for the seats"].found
    assert "30 seats need 1.8" in found["Memory"].found


@pytest.mark.parametrize(
    ("name", "state", "said", "given"),
    [
        ("Address for the seats", BAD, "Set listen to 0.0.0.0:8000", {"listen": "127.0.0.1:8000"}),
        ("Address for the seats", BAD, "switch", {"addresses": ()}),
        ("Address for the seats", PART, "hosts", {"hosts": ("engram.lan",)}),
        ("Address for the seats", OK, "", {"listen": "127.0.0.1:8000", "proxied": True}),
        ("Address for the seats", OK, "", {"listen": "10.0.0.5:8000", "addresses": ()}),
        ("Address on certificates", BAD, "Set address", {"address": ""}),
        ("Address on certificates", BAD, "Set address", {"address": "http://localhost:8000"}),
        ("Address on certificates", BAD, "Set address", {"address": "http://[::ffff:127.0.0.1]:8000"}),
        ("Address on certificates", PART, "a name that lasts", {"address": "http://192.168.1.10:8000"}),
        ("Address on certificates", OK, "", {"address": "https://engram.university.example"}),
        ("Disk", PART, "Make room", {"disk_free": 2**30 - 1}),
        ("Disk", BAD, "Make room", {"disk_free": 2**29, "packed": 2**30}),
        ("Disk", OK, "", {"disk_free": 2**30}),
        ("Memory", BAD, "runs_at_once", {"memory": 2**30}),
        ("Memory", PART, "runs_at_once", {"memory": 2 * 2**30}),
        ("Processors", PART, "more processors", {"processors": 1, "seats": 31}),
        ("Processors", OK, "", {"processors": 1, "seats": 30}),
        ("Clock", PART, "Type the time", {"told": None}),
        ("Time zone", PART, "time_zone", {"zone": "Asia/Tokyo"}),
        ("Exhibits", BAD, "verify", {"damaged": ("finance-workstation-a",)}),
        ("Exhibits", BAD, "verify", {"unknown": ("finance-workstation-b",)}),
        ("Exhibits", PART, "hash", {"unseen": ("finance-workstation-a",)}),
        ("Exhibits", PART, "unpacks", {"packed": 1}),
        ("Runs", PART, "Warm the runs", {"warmth": Warmth(1, 0, 9, ())}),
        ("Runs", PART, "look again", {"warmth": Warmth(1, 9, 0, ())}),
        ("Fonts of certificates", PART, "fonts-noto-core", {"fontless": {"ar": "fonts-noto-core"}}),
        ("Backup", BAD, "backup FOLDER", {"backup": None}),
        ("Second factor of the staff", PART, "Your account", {"factor": 2}),
        ("Second factor of the staff", PART, "Your account", {"factor": 0, "staff": 0}),
    ],
)
def test_what_stands_in_the_way_is_said_with_what_to_do(
    clock: Clock, name: str, state: str, said: str, given: dict[str, Any]
) -> None:
    line = looked_at(clock, **given)[name]
    assert line.state == state
    assert said in line.advice
    assert isinstance(line.found, Sentence)
    assert not line.advice or isinstance(line.advice, Sentence)


def test_clocks_are_compared_with_another_one_and_with_the_log(clock: Clock) -> None:
    now = clock()
    assert looked_at(clock, told=now + timedelta(seconds=119))["Clock"].state == OK
    off = looked_at(clock, told=now - timedelta(minutes=7))["Clock"]
    assert (off.state, "7 minutes off" in off.found) == (BAD, True)
    back = looked_at(clock, last_act=now + timedelta(hours=1))["Clock"]
    assert (back.state, "set back" in back.found) == (BAD, True)
    old = looked_at(clock, backup=now - timedelta(days=1, seconds=1))["Backup"]
    assert (old.state, bool(old.advice)) == (PART, True)


def test_a_typed_time_is_the_nearest_one_in_the_zone_of_the_session(store: Store, clock: Clock, teaching: UUID) -> None:
    with store.reading() as session:
        it = session.get_one(TeachingSession, teaching)  # in Paris, at ten in the morning there
    assert forms.told("10:02", it, clock()) == clock() + timedelta(minutes=2)
    assert forms.told(" 9:58:30 ", it, clock()) == clock() - timedelta(minutes=2)
    assert forms.told("23:00", it, clock()) == clock() - timedelta(hours=11)
    assert forms.told("", it, clock()) is None
    for typed in ("24:00", "soon", "\u0660\u0669:\u0660\u0660", "9"):
        with pytest.raises(Faulty):
            forms.told(typed, it, clock())


def test_facts_are_those_of_this_machine(
    store: Store, settings: Settings, people: People, clock: Clock, opened: UUID, exhibit: str
) -> None:
    with store.reading() as session:
        it = session.get_one(TeachingSession, opened)
        found = works.of(session, settings.instance, it)
        made = facts.gather(session, settings, it, found, WARM, clock())
    assert made.disk_free > 0
    assert made.memory > 2**28
    assert (made.exhibits, made.packed, made.unseen) == (1, 0, ("finance-workstation-a",))
    assert "finance-workstation-b" in made.unknown
    assert (made.staff, made.factor, made.backup) == (1, 0, None)
    assert not any(one.startswith("127.") for one in made.addresses)
