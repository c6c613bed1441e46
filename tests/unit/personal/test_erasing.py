"""Erasure: two phases, what holds it, nothing left of the person, the chain whole, and all else as it was."""

import os
import signal
import subprocess
import sys
import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.labs_place import make_run
from tests.unit.personal.conftest import ADDRESS, LOGIN, NAME, NUMBER, TYPED, Held
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Person
from training.analysis.models import Run, State
from training.audit import service as audit
from training.audit.models import Event, Salt
from training.credentials import service as credentials
from training.errors import Conflict, Refused, TooMany
from training.hosting.board.models import Message
from training.hosting.carry import sending, waiting
from training.labs.models import Attempt, AttemptCommand, AttemptRun, Finding, Judgement
from training.marking.models.appeals import Appeal
from training.personal.models import Erasing, Erasure
from training.personal.service import asking, copies, erasing, sweep
from training.personal.service.asking import Wish
from training.schema import metadata
from training.settings import ROOT, Settings
from training.store import Store, new_id

pytestmark = pytest.mark.any_database

WORDS = (NAME, LOGIN, NUMBER, ADDRESS, *TYPED.values())


def found(held: Held, words: tuple[str, ...] = WORDS) -> set[str]:
    """Tables and columns of the whole database in which one of the words stands."""
    places = set()
    with held.store.reading() as session:
        for table in metadata().sorted_tables:
            for column in table.columns:
                for (value,) in session.execute(select(column)):
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    if any(form in raw for word in words for form in (word.encode(), word.encode("utf-16-le"))):
                        places.add(f"{table.name}.{column.name}")
    return places


def on_disk(held: Held, words: tuple[str, ...] = WORDS) -> list[str]:
    """Files of the installation in which one of the words stands, as it is typed or as SQLite keeps JSON."""
    forms = [form for word in words for form in (word.encode(), word.encode("utf-16-le"))]
    files = [path for path in held.settings.instance.rglob("*") if path.is_file() and "exhibits" not in path.parts]
    return [
        str(path.relative_to(held.settings.instance)) for path in files if any(f in path.read_bytes() for f in forms)
    ]


@pytest.mark.database
def test_nothing_of_the_person_is_left_anywhere(held: Held) -> None:
    assert len(found(held)) > 20
    done = held.erase()
    assert done.whole
    assert found(held) == set()
    if held.store.is_sqlite:
        assert on_disk(held) == []
    with held.store.reading() as session:
        person = session.get_one(Person, held.id)
        assert person.name.startswith("Erased person ")
        assert person.erased_at
        assert person.disabled_at
        assert session.scalars(select(Salt).where(Salt.person == held.id)).all() == []
        assert session.scalars(select(Erasing)).all() == []


def test_the_chain_is_whole_and_says_nothing_of_the_person(held: Held) -> None:
    with held.store.reading() as session:
        before = audit.check(session)
        made = session.scalars(select(Event).where(Event.act == "sign-in.started")).all()[-1]
        assert audit.matches(session, made.details["address"], ADDRESS)
        events = session.execute(select(Event.seq, Event.digest).order_by(Event.seq)).all()
    held.erase()
    with held.store.reading() as session:
        after = audit.check(session)
        assert (before.fault, after.fault) == (None, None)
        assert after.events > before.events
        kept = session.execute(select(Event.seq, Event.digest).order_by(Event.seq).limit(before.events)).all()
        assert kept == events
        assert audit.matches(session, made.details["address"], ADDRESS) is None
        last = session.scalars(select(Event).where(Event.act == "personal.erased")).one()
        assert last.details["rows"] > 20
    with pytest.raises(Conflict, match="erased already"):
        held.ask()


@pytest.mark.any_database
def test_verdicts_and_counts_stay(held: Held) -> None:
    with held.store.reading() as session:
        before = session.execute(select(Finding.credit, Finding.points, Finding.judged, Finding.question)).all()
        attempts = session.scalars(select(Attempt.id).order_by(Attempt.id)).all()
    held.erase()
    with held.store.reading() as session:
        assert session.execute(select(Finding.credit, Finding.points, Finding.judged, Finding.question)).all() == before
        assert session.scalars(select(Attempt.id).order_by(Attempt.id)).all() == attempts
        finding = session.scalars(select(Finding)).one()
        assert finding.erased
        assert finding.current.credit == 1.0
        assert finding.verdict["state"] == "judged"
        assert session.scalars(select(AttemptCommand)).all() == []


@pytest.mark.any_database
def test_the_plan_says_before_what_will_go_and_why_the_rest_stays(held: Held) -> None:
    with held.store.reading() as session:
        lines = {one.name: one for one in erasing.plan(session, held.id)}
        named = erasing.mentions(session, session.get_one(Person, held.id))
    assert lines["attempt_command"].fate == "removed"
    assert lines["finding"].fate == "emptied"
    assert lines["attempt"].fate == "kept"
    assert all(one.count and (one.why or one.fate == "removed") for one in lines.values())
    assert named == []  # the only text that names the person is about the person's own finding


@pytest.mark.any_database
def test_a_session_that_is_open_holds_it_and_says_so(held: Held) -> None:
    erasure = held.ask()
    held.clock.forward(days=31)
    with pytest.raises(Conflict, match="Friday group is not closed"):
        asking.carry_out(held.store, held.settings, erasure, held.clock())
    assert NAME in str(found_name(held))
    held.end()
    assert asking.carry_out(held.store, held.settings, erasure, held.clock()).rows


def found_name(held: Held) -> str:
    with held.store.reading() as session:
        return session.get_one(Person, held.id).name


@pytest.mark.any_database
def test_open_appeals_hold_it(held: Held) -> None:
    held.end()
    with held.store.writing() as session:
        session.execute(update(Appeal).values(outcome=None, decided_at=None, decided_by=None))
    erasure = held.ask()
    with pytest.raises(Conflict, match="An appeal is not decided"):
        asking.carry_out(held.store, held.settings, erasure, held.clock(), at_once=True)


@pytest.mark.any_database
def test_the_last_host_of_an_organisation_is_not_erased(held: Held) -> None:
    with held.store.writing() as session:
        erasure = asking.ask(session, held.people["administrator"], None, Wish("Left the agency."), held.clock()).id
    with pytest.raises(Conflict, match=r"last|other"):
        asking.carry_out(held.store, held.settings, erasure, held.clock(), at_once=True)


def test_it_waits_and_can_be_taken_back_and_asked_for_again(held: Held) -> None:
    held.end()
    erasure = held.ask()
    with pytest.raises(Conflict, match="not due before"):
        asking.carry_out(held.store, held.settings, erasure, held.clock())
    with pytest.raises(Conflict, match="waits already"):
        held.ask()
    with held.store.writing() as session:
        asking.withdraw(session, held.id, held.id, held.clock())
    held.clock.forward(days=40)
    with pytest.raises(Conflict, match="taken back"):
        asking.carry_out(held.store, held.settings, erasure, held.clock())
    with held.store.reading() as session:
        assert asking.due(session, held.clock()) == []
    with pytest.raises(Conflict, match="No erasure waits"), held.store.writing() as session:
        asking.withdraw(session, held.id, held.id, held.clock())
    assert held.ask() != erasure


@pytest.mark.any_database
def test_whoever_asks_for_somebody_else_says_why_and_the_reason_goes_too(held: Held) -> None:
    by = held.people["administrator"]
    with pytest.raises(Refused, match="why"), held.store.writing() as session:
        asking.ask(session, held.id, by, Wish(" short "), held.clock())
    held.end()
    with held.store.writing() as session:
        made = asking.ask(session, held.id, by, Wish("zanthe left the agency"), held.clock()).id
    asking.carry_out(held.store, held.settings, made, held.clock(), at_once=True)
    assert found(held, ("zanthe left",)) == set()


@pytest.mark.any_database
def test_staff_take_back_what_they_asked_and_not_what_the_person_asked(held: Held) -> None:
    by = held.people["administrator"]
    held.ask()
    with pytest.raises(Conflict, match="only the person can take it back"), held.store.writing() as session:
        asking.withdraw_other(session, held.id, by, held.clock())
    with held.store.writing() as session:
        asking.withdraw(session, held.id, held.id, held.clock())
        asking.ask(session, held.id, by, Wish("has left the agency for good"), held.clock())
        asking.withdraw_other(session, held.id, by, held.clock())
    with held.store.reading() as session:
        assert asking.waiting(session, held.id) is None
        by_whom = session.scalars(select(Erasure.withdrawn_by)).all()
    assert {*by_whom} == {held.id, by}


@pytest.mark.any_database
def test_only_the_password_proves_that_the_person_asks(held: Held) -> None:
    for _ in range(6):  # one more than there are failures without a wait
        asking.proven(held.store, held.id, "a long password of tests", ADDRESS, held.clock())
    with pytest.raises(Refused, match="not right"):
        asking.proven(held.store, held.id, "another long password", ADDRESS, held.clock())
    with pytest.raises(TooMany):
        for _ in range(9):
            with pytest.raises(Refused):
                asking.proven(held.store, held.id, "another long password", ADDRESS, held.clock())


@pytest.mark.any_database
def test_certificates_are_revoked_and_name_nobody(held: Held) -> None:
    with held.store.reading() as session:
        codes = [one.code for one in credentials.of_person(session, held.id)]
    held.erase()
    with held.store.reading() as session:
        for code in codes:
            one = credentials.get_by_code(session, code)
            assert one
            shown = credentials.shown(session, one)
            assert shown.state == "revoked"
            assert shown.printed.facts.holder.startswith("Erased person ")
            assert one.pdf == b""
        revoked = session.scalars(select(Event.subject).where(Event.act == "certificate.revoked")).all()
        ids = [f"certificate:{one.id}" for one in credentials.of_person(session, held.id)]
        assert set(ids) <= set(revoked)


@pytest.mark.any_database
def test_certificates_stay_for_whoever_wants_them_to(held: Held) -> None:
    held.erase(keeps_certificates=True)
    kept = {"certificate.facts", "certificate.pdf", "certificate.signed", "certificate.credential", "certificate.token"}
    assert found(held) <= kept
    with held.store.reading() as session:
        holders = {
            credentials.shown(session, one).printed.facts.holder for one in credentials.of_person(session, held.id)
        }
    assert NAME in holders


def say_something_about(held: Held) -> None:
    """Somebody else writes the person's name."""
    with held.store.writing() as session:
        row = {"session_id": held.session, "by": held.people["instructor"], "at": held.clock()}
        session.add(Message(**row, number=90, text=f"Ask {NAME} for the stick", request_key="said-90"))


def test_a_name_in_what_others_said_stays_where_somebody_else_has_it_too(held: Held) -> None:
    say_something_about(held)
    with held.store.writing() as session:
        session.execute(update(Person).where(Person.id == held.people["colleague"]).values(name=NAME))
    held.erase()
    with held.store.reading() as session:
        assert session.scalars(select(Message.text).where(Message.number == 90)).one() == f"Ask {NAME} for the stick"


def test_the_name_in_what_others_said_is_replaced(held: Held) -> None:
    say_something_about(held)
    with held.store.reading() as session:
        named = erasing.mentions(session, session.get_one(Person, held.id))
    assert [one.name for one in named] == ["session_message"]
    held.erase()
    with held.store.reading() as session:
        text = session.scalars(select(Message.text).where(Message.number == 90)).one()
    assert text.startswith("Ask Erased person ")
    assert NAME not in text


def test_what_comes_in_while_it_is_carried_out_goes_the_next_time(held: Held) -> None:
    """A request that had begun before the erasure writes after it."""
    held.erase()
    with held.store.writing() as session:
        session.add(AttemptCommand(attempt_id=held.attempt, at=held.clock(), typed="zanthe late words", answer="No."))
    held.clock.forward(hours=1)
    with held.store.reading() as session:
        (erasure,) = asking.due(session, held.clock())
    done = asking.carry_out(held.store, held.settings, erasure.id, held.clock())
    assert (done.rows, done.whole) == (1, True)
    with held.store.reading() as session:
        again = session.scalars(select(Event).where(Event.act == "personal.erased_again")).one()
    assert (again.subject, again.details) == (f"person:{held.id}", {"rows": 1})
    assert found(held, ("zanthe late",)) == set()
    if held.store.is_sqlite:
        assert on_disk(held, ("zanthe late",)) == []
    done = asking.carry_out(held.store, held.settings, erasure.id, held.clock())
    assert (done.rows, done.files) == (0, 0)
    held.clock.forward(days=2)
    with held.store.reading() as session:
        assert asking.due(session, held.clock()) == []


@pytest.mark.any_database
def test_it_is_not_done_before_the_database_was_written_anew(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "overwrite", lambda _settings: False)  # readers are in the way
    assert not held.erase().whole
    held.clock.forward(days=2)
    with held.store.reading() as session:
        assert [one.files_done_at for one in asking.due(session, held.clock())] == [None]


@pytest.mark.database
def test_two_who_carry_it_out_at_once_do_it_once(held: Held) -> None:
    held.end()
    erasure = held.ask(days=0)
    ended: list[int] = []

    def carry() -> None:
        ended.append(asking.carry_out(held.store, held.settings, erasure, held.clock()).rows)

    threads = [threading.Thread(target=carry) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(ended)[:2] == [0, 0]
    assert len(ended) == 3
    with held.store.reading() as session:
        acts = session.scalars(select(Event.act).where(Event.act.startswith("personal.erased"))).all()
        assert acts == ["personal.erased"]
        assert audit.check(session).fault is None


def test_of_the_last_two_hosts_one_stays(store: Store, settings: Settings, people: People, clock: Clock) -> None:
    with store.writing() as session:
        second = accounts.find(session, people["colleague"])
        assert second
        accounts.give_role(session, second, people.home, Role.HOST, actor=None, now=clock())
        wish = Wish("Left the agency.", days=0)
        asked = [asking.ask(session, people[name], None, wish, clock()).id for name in ("host", "colleague")]
    told: list[str] = []

    def carry(erasure: UUID) -> None:
        try:
            asking.carry_out(store, settings, erasure, clock())
            told.append("done")
        except Conflict as bad:
            told.append(bad.message)

    threads = [threading.Thread(target=carry, args=(one,)) for one in asked]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert told.count("done") == 1
    assert any("last host" in one for one in told)


@pytest.mark.database
def test_nothing_else_can_change_what_is_append_only(held: Held) -> None:
    for act in (update(Finding).values(value="x"), update(Judgement).values(reason="x")):
        with pytest.raises(DBAPIError, match="append-only"), held.store.writing() as session:
            session.execute(act)
    with pytest.raises(DBAPIError, match="append-only"), held.store.writing() as session:
        session.add(Erasing(id=new_id()))
        session.flush()
        session.execute(delete(Judgement))
    with pytest.raises(DBAPIError, match="append-only"), held.store.writing() as session:
        session.add(Erasing(id=new_id()))
        session.flush()
        session.execute(update(Event).values(act="x"))


@pytest.mark.any_database
def test_bundles_and_copies_of_the_database_go_and_other_sessions_stay(held: Held) -> None:
    instance = held.settings.instance
    path = instance / "sent.engram"
    sending.send(held.store, held.settings, held.session, path, None, held.people["instructor"], held.clock())
    (instance / "carried" / "waiting").mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        waits = waiting.keep(instance, held.session, file)
    path.unlink()
    other = instance / "carried" / "waiting" / f"{new_id()}-{'a' * 64}"
    other.write_bytes(b"of another session")
    copy = instance / copies.UPGRADES / "20260101T000000Z.db"
    copy.parent.mkdir()
    copy.write_text(NAME)
    assert list((instance / "carried").glob("*.zip"))
    done = held.erase()
    assert done.files >= 3
    assert waits.name not in " ".join(one.name for one in (instance / "carried").rglob("*"))
    assert not list((instance / "carried").glob("*.zip"))
    assert other.exists()
    assert not copy.exists()


@pytest.mark.parametrize("at", ["rows", "files"])
def test_a_process_that_is_killed_in_the_middle_leaves_it_undone_or_whole(held: Held, at: str) -> None:
    """Killed before the commit: nothing is erased. Killed after it: the rows are, and the next one does the files."""
    held.end()
    erasure = held.ask(days=0)
    held.store.close()
    killed = _killed(held, erasure, at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (NAME in found_name(held)) is (at == "rows")
    with held.store.reading() as session:
        (due,) = asking.due(session, held.clock())
        assert session.scalars(select(Erasing)).all() == []
        assert audit.check(session).fault is None
        assert (due.done_at is None) is (at == "rows")
    assert asking.carry_out(held.store, held.settings, erasure, held.clock()).whole
    assert found(held) == set()
    if held.store.is_sqlite:
        assert on_disk(held) == []


def _killed(held: Held, erasure: UUID, at: str) -> subprocess.CompletedProcess[str]:
    """Carry it out in a process of its own that ends itself, by its id, where it is told to."""
    text = f"""
import os, signal
from datetime import datetime
from uuid import UUID
from training.personal.service import asking, copies, erasing
from training.settings import Settings
from training.store import Store
def end(*_given, **_named): os.kill(os.getpid(), signal.SIGKILL)
if {at!r} == "rows": erasing._stand_in = end
else: copies.clear = end
settings = Settings.load({{}}, instance={str(held.settings.instance)!r}, secret="only for tests: 0123456789abcdef",
                         database_url={held.settings.database_url!r})
now = datetime.fromisoformat({held.clock().isoformat()!r})
asking.carry_out(Store(settings.database), settings, UUID({str(erasure)!r}), now)
"""
    return subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip


PATTERN = {"pattern": "XERASEMARKcmd"}


def asked_run(session: Session, held: Held, *by: str, state: str = "complete") -> UUID:
    """A run with a pattern, for which these people asked in attempts of theirs."""
    digest, now = uuid4().hex * 2, held.clock()
    given = {"plugin": "regexscan.RegExScan", "options": PATTERN, "state": State(state)}
    run = make_run(digest, digest, now, **given, ended_at=None if state == "queued" else now)
    mine = session.get_one(Attempt, held.attempt)
    session.add(run)
    session.flush()
    for name in by:
        attempt = Attempt(
            **{one: getattr(mine, one) for one in ("organisation_id", "release_id", "exhibit")},
            person_id=held.people[name] if name else held.id,
            opened_at=now,
            closed_at=now,
        )
        session.add(attempt)
        session.flush()
        session.add(AttemptRun(attempt_id=attempt.id, number=1, run_id=run.id, asked_at=now))
    return run.id


def test_options_of_runs_go_that_nobody_asked_for_but_people_who_are_erased(held: Held) -> None:
    with held.store.writing() as session:
        alone, shared = asked_run(session, held, ""), asked_run(session, held, "", "colleague")
        queued, theirs = asked_run(session, held, "", state="queued"), asked_run(session, held, "colleague")
    held.erase()
    with held.store.reading() as session:
        assert session.get_one(Run, alone).options == {}
        assert session.get_one(Run, shared).options == PATTERN
        assert session.get_one(Run, theirs).options == PATTERN
        assert session.get_one(Run, queued).options == PATTERN, "it is still to be made"
    with held.store.writing() as session:
        run = session.get_one(Run, queued)
        run.state, run.ended_at = State.COMPLETE, held.clock()
    held.clock.forward(hours=1)
    sweep.once(held.store, held.settings, held.clock())
    with held.store.reading() as session:
        assert session.get_one(Run, queued).options == {}


def test_of_two_who_asked_the_second_to_be_erased_takes_the_options_along(held: Held) -> None:
    with held.store.writing() as session:
        shared = asked_run(session, held, "", "colleague")
        session.get_one(Person, held.people["colleague"]).erased_at = held.clock()
    held.erase()
    with held.store.reading() as session:
        assert session.get_one(Run, shared).options == {}
