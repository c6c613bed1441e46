"""What an erasure leaves alone, row by row: everybody else; and what exactly it leaves of the person."""

import sqlite3
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Table, inspect, select

from tests.labs_place import make_run
from tests.unit.credentials.conftest import facts_of
from tests.unit.personal.conftest import LOGIN, NAME, Held
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Failure, Invitation, Organisation, Person
from training.accounts.service import backoff, passwords
from training.analysis.models import Run
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.hosting.models import TeachingSession
from training.hosting.roster.models import RosterImport
from training.labs.models import Attempt, AttemptRun, Finding, Judgement
from training.marking.models.signs import SignCase
from training.personal.models import Erasure
from training.personal.registry import NOBODY, TABLES
from training.personal.service import asking, copies, sweep
from training.personal.service.asking import Wish
from training.personal.service.reach import of_schema, rows_of
from training.store import new_id

pytestmark = pytest.mark.any_database


def of_others(held: Held) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of everybody but the person, by table."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with held.store.reading() as session:
        people = session.scalars(select(Person.id).where(Person.id != held.id).order_by(Person.id)).all()
        for one in TABLES:
            table = cast("Table", of_schema(one.name))
            for person in people if one.of != NOBODY else ():
                rows = session.execute(select(table).where(rows_of(one, person)).order_by(*table.primary_key))
                found.setdefault(one.name, []).extend(map(tuple, rows))
        failures = session.execute(select(Failure.account, Failure.address).where(Failure.address == "192.0.2.9"))
        found["failure"] = sorted(map(tuple, failures))
    return {name: rows for name, rows in found.items() if rows}


def test_nothing_of_anybody_else_changes(held: Held) -> None:
    with held.store.writing() as session:
        other = held.people["colleague"]
        accounts.start(session, other, now=held.clock())
        backoff.admit(session, backoff.account_of("colleague"), "192.0.2.9", held.clock())
        lead = accounts.actor_of(accounts.by_login(session, "instructor"))
        assert lead.home
        award = Award(other, new_id(), lead.home, facts_of(holder="Colleague"))
        credentials.issue(session, Site(held.settings.instance, "http://localhost"), award, lead, held.clock())
    held.end()
    before = of_others(held)
    assert {"person", "membership", "sign_in", "session_member", "certificate", "failure", "event"} <= before.keys()
    erasure = held.ask(days=0)
    asking.carry_out(held.store, held.settings, erasure, held.clock())
    assert of_others(held) == before


def test_what_is_left_of_an_account(held: Held) -> None:
    before = held.clock()
    with held.store.writing() as session:
        person = session.get_one(Person, held.id)
        person.language, person.theme, person.totp_last_step = "fr", "dark", 7
        kept = (person.home_id, person.made_at)
    held.erase()
    with held.store.reading() as session:
        left, erasure = session.get_one(Person, held.id), session.scalars(select(Erasure)).one()
        assert {one.name: getattr(left, one.name) for one in inspect(Person).columns} == {
            "id": held.id,
            "login": f"erased-{erasure.id.hex[-16:]}",
            "login_key": f"erased-{erasure.id.hex[-16:]}",
            "name": f"Erased person {erasure.id.hex[-4:].upper()}",
            "password_hash": passwords.NOBODY,
            "home_id": kept[0],
            "language": None,
            "theme": None,
            "totp_secret": None,
            "totp_last_step": None,
            "disabled_at": held.clock(),
            "made_at": kept[1],
            "erased_at": held.clock(),
        }
        assert asking.lacks_password(session, held.id), "no password opens it"
        assert (erasure.reason, erasure.done_at, erasure.files_done_at) == ("", held.clock(), held.clock())
        assert erasure.outcome
        assert erasure.outcome["person"] == 1
        assert held.clock() - before == timedelta(days=31)


def test_signs_between_others_stay_in_a_case(held: Held) -> None:
    theirs = [str(new_id()), str(new_id())]
    told = [("mine", str(held.attempt), theirs[0]), ("other half", theirs[0], str(held.attempt)), ("between", *theirs)]
    with held.store.writing() as session:
        found = session.scalars(select(SignCase)).one()
        found.signs = [{"kind": "rare", "person": one, "other": other, "value": text} for text, one, other in told]
    held.erase()
    with held.store.reading() as session:
        assert [one["value"] for one in session.scalars(select(SignCase.signs)).one()] == ["", "", "between"]


def test_all_words_go_out_of_verdicts_and_nothing_else_does(held: Held) -> None:
    words = {"understood": "u", "notes": ["n"], "right": "r", "shows": "s", "next": "x"}
    blank = {**dict.fromkeys(words, ""), "notes": []}
    with held.store.reading() as session:
        before = session.scalars(select(Finding)).one().verdict
        later = session.scalars(select(Judgement)).one().verdict
    with held.store.writing() as session:
        mine = session.get_one(Attempt, held.attempt)
        made = [
            Finding(
                attempt_id=mine.id, question="another", try_no=number, step=1, value="", citations=[],
                request_key=f"w-{name}", understood="", verdict={**before, **blank, name: value},
                judged=True, credit=0.0, points=0.0, share=1.0, reasoning="", at=held.clock(),
            )
            for number, (name, value) in enumerate(words.items(), 1)
        ]  # fmt: skip
        session.add_all(made)
        session.flush()
        ids = [one.id for one in made]
    held.erase()
    with held.store.reading() as session:
        for one in session.scalars(select(Finding).where(Finding.id.in_(ids))):
            assert one.verdict == {**before, **blank}
        assert session.scalars(select(Judgement)).one().verdict == {**later, **blank}


def test_which_lists_that_wait_are_emptied(held: Held) -> None:
    mine = f"7;{NAME};\n".encode()
    lists = {
        "names the person": (held.session, mine, True),
        "has the sign-in name": (held.session, f"7;x;{LOGIN.upper()}\n".encode(), True),
        "is a spreadsheet": (held.session, b"PK\x03\x04 and so on", True),
        "names others": (held.session, b"8;Boris Okafor\n", False),
        "has one word of the name": (held.session, f"8;{NAME.split()[0]} Okafor\n".encode(), False),
    }
    with held.store.writing() as session:
        known = session.get_one(TeachingSession, held.session)
        columns = [one.name for one in TeachingSession.__table__.columns if one.name not in {"id", "organisation_id"}]
        there = TeachingSession(
            organisation_id=held.people.elsewhere, **{name: getattr(known, name) for name in columns}
        )
        session.add(there)
        session.flush()
        lists["is of another organisation"] = (there.id, mine, False)
        for name, (of, source, _gone) in lists.items():
            session.add(
                RosterImport(session_id=of, name=name, digest="0" * 64, source=source, choices={},
                             made_by=held.people["instructor"], made_at=held.clock())
            )  # fmt: skip
    held.erase()
    with held.store.reading() as session:
        found = {name: source for name, source in session.execute(select(RosterImport.name, RosterImport.source))}  # noqa: C416
    assert {name: found[name] is None for name in lists} == {name: gone for name, (_, _, gone) in lists.items()}


def test_an_invitation_is_emptied_whichever_way_its_sign_in_name_is_written(held: Held) -> None:
    with held.store.writing() as session:
        home, host = session.get_one(Organisation, held.people.home), accounts.find(session, held.people["host"])
        assert host
        for login in (LOGIN.title(), "somebody.else"):
            suggested, by = accounts.Suggested("Words Here", login), accounts.actor_of(host)
            accounts.invite(session, home, Role.TRAINEE, actor=by, now=held.clock(), suggested=suggested)
    held.erase()
    with held.store.reading() as session:
        left = session.execute(select(Invitation.login, Invitation.name).where(Invitation.login != "")).all()
        assert [tuple(one) for one in left] == [("somebody.else", "Words Here")]


def test_options_of_a_run_that_staff_asked_for_stay(held: Held) -> None:
    options, digest = {"pattern": "of staff"}, "7" * 64
    with held.store.writing() as session:
        given = {"plugin": "regexscan.RegExScan", "options": options, "asker": held.people["instructor"]}
        run = make_run(digest, digest, held.clock(), **given)
        session.add(run)
        session.flush()
        session.add(AttemptRun(attempt_id=held.attempt, number=99, run_id=run.id, asked_at=held.clock()))
    held.erase()
    with held.store.reading() as session:
        assert session.get_one(Run, run.id).options == options


def test_what_is_held_stops_no_other_that_is_due(held: Held) -> None:
    with held.store.writing() as session:
        wish = Wish("has left the agency for good", days=0)
        asked = [
            asking.ask(session, held.people[name], None, wish, held.clock()).id
            for name in ("trainee", "stranger", "administrator")
        ]
        assert len(asking.all_waiting(session, held.people.elsewhere)) == 1
    done = sweep.once(held.store, held.settings, held.clock())
    assert (done.erased, len(done.stopped)) == (1, 2), "one session is open, one is the last administrator"
    assert any(str(asked[0]) in one and "is not closed" in one for one in done.stopped)
    assert any(str(asked[2]) in one and "last administrator" in one for one in done.stopped)
    with held.store.writing() as session:
        waits = {who.id for _one, who in asking.all_waiting(session, held.people.home)}
        assert waits == {held.id, held.people["administrator"]}
        assert asking.all_waiting(session, held.people.elsewhere) == [], "what is done waits no more"
        asking.withdraw(session, held.id, held.id, held.clock())
        assert asking.waiting(session, held.id) is None
        assert len(asking.all_waiting(session, held.people.home)) == 1, "nor does what was taken back"


def test_readers_in_the_way_are_told(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the text would stay in the log beside the database, and everybody would take it for gone."""
    if not held.store.is_sqlite:
        pytest.skip("PostgreSQL keeps no such log beside its tables")
    monkeypatch.setattr(copies, "BUSY", 50)
    with held.store.writing() as session:
        session.add(Failure(account="0" * 64, address="192.0.2.1", at=held.clock()))
    reader = sqlite3.connect(held.settings.database.partition("///")[2])
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM person").fetchone()
        with held.store.writing() as session:
            session.add(Failure(account="1" * 64, address="192.0.2.1", at=held.clock()))
        assert not copies.overwrite(held.settings)
    finally:
        reader.close()
    assert copies.overwrite(held.settings)
