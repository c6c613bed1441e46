"""What the chain says of rows: sealed when they are kept, and nothing of what was only tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from tests.conftest import People
from tests.sealed import demand_seals
from training import schema
from training.accounts.models import Organisation, Person
from training.analysis.models import Run, State
from training.audit import seals
from training.audit import service as audit
from training.audit.models import Event, Salt
from training.store import Store, new_id

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
COLUMNS = """
attempt: person_id organisation_id release_id exhibit assignment_id opened_at closed_at
certificate: code organisation_id person_id session_id number kind language facts_sha256 logo_sha256 pdf_sha256 signed
 credential token issuer listed list_index replaces_id issued_at issued_by
certificate_revocation: at by replaced_by_id
citation: attempt_id number run_id row column material line made_at dropped_at
exhibit: name os size symbols_sha256 record_sha256 truth_sha256 origin captured_at registered_at
finding: attempt_id question try_no step value confidence citations understood verdict judged credit points share
 reasoning at
grading_version: release_id organisation_id number amendments keys rules grader made_by made_at
hint_taken: step price at
judgement: finding_id seq origin version_id verdict judged credit reason by at
membership: role
organisation: name name_key kind closed_at
person: login login_key name password_hash home_id totp_secret disabled_at made_at erased_at
release: kind name sha256 published_at number published_by
report_filed: attempt_id number at document sha256 warnings
run: key try_no exhibit symbols plugin plugin_version volatility island state reason rows columns result_sha256
 removed_at
"""
PERSONAL = {"certificate", "finding", "judgement", "person", "report_filed"}


def founded(session: Session, name: str) -> Organisation:
    """An organisation without the act that its service records."""
    made = Organisation(id=new_id(), name=name, name_key=name.lower(), kind="agency")
    session.add(made)
    session.flush()
    return made


def seals_of(store: Store) -> list[dict[str, str]]:
    with store.reading() as session:
        return [each for _, _, each in audit.sealed(session)]


def test_what_was_only_tried_leaves_no_seal(store: Store) -> None:
    with store.writing() as session:
        kept = founded(session, "Kept")
        with session.begin_nested() as point:
            tried = founded(session, "Tried")
            point.rollback()
    assert [list(each) for each in seals_of(store)] == [[f"organisation:{kept.id}"]]
    assert str(tried.id) not in str(seals_of(store))
    demand_seals(store)


def test_rows_that_statements_and_objects_change_or_remove_are_sealed(store: Store) -> None:
    with store.writing() as session, seals.held(session):  # put off to the end, and not for good
        ids = [founded(session, name).id for name in ("One", "Two", "Three", "Four")]
    demand_seals(store)
    with store.writing() as session:
        session.execute(update(Organisation).where(Organisation.id == ids[0]).values(name="Other", name_key="other"))
        session.execute(delete(Organisation).where(Organisation.id == ids[1]))
        session.get_one(Organisation, ids[2]).closed_at = NOW
        session.delete(session.get_one(Organisation, ids[3]))
    last = seals_of(store)[-1]
    assert {name: bool(seal) for name, seal in last.items()} == {
        f"organisation:{id_}": stays for id_, stays in zip(ids, (True, False, True, False), strict=True)
    }
    demand_seals(store)


def test_an_event_of_what_is_only_tried_takes_no_seal_along(store: Store) -> None:
    with store.writing() as session:
        kept = founded(session, "Kept")
        with session.begin_nested() as point:
            audit.record(session, act="test.tried", actor=None, subject="thing:1", details={}, now=NOW)
            point.rollback()
    assert [list(each) for each in seals_of(store)] == [[f"organisation:{kept.id}"]]


def test_what_a_kept_savepoint_touched_is_sealed_by_the_act_that_it_belongs_to(store: Store) -> None:
    with store.writing() as session:
        kept = founded(session, "Kept")
        with session.begin_nested():
            within = founded(session, "Within")
        audit.record(session, act="test.done", actor=None, subject="thing:1", details={}, now=NOW)
    with store.reading() as session:
        found = [(act, list(each)) for _, act, each in audit.sealed(session)]
    assert found == [("test.done", [f"organisation:{one.id}" for one in (kept, within)])]


def test_a_run_is_sealed_when_it_has_ended_and_is_not_said_to_be_removed_before(store: Store) -> None:
    given: dict[str, Any] = {"key": "a" * 64, "exhibit": "b" * 64, "symbols": "c" * 64, "plugin": "windows.info"}
    given |= {"plugin_version": "1.0.0", "options": {}, "volatility": "2.0", "island": 1, "queued_at": NOW}
    with store.writing() as session:
        session.add(made := Run(id=new_id(), state=State.QUEUED, **given))
    assert not any(seals_of(store))
    with store.writing() as session:
        found = session.get_one(Run, made.id)
        found.state, found.ended_at = State.COMPLETE, NOW
    (sealed,) = filter(None, seals_of(store))
    assert [(name, len(seal)) for name, seal in sealed.items()] == [(f"run:{made.id}", 64)]


class Colour(Enum):
    """A value that is no text by itself, as those of most tables are."""

    RED = "red"


@pytest.mark.usefixtures("in_tokyo")
@pytest.mark.parametrize("salt", ["", "ab" * 32])
@pytest.mark.parametrize(
    ("value", "written"),
    [
        (State.QUEUED, '"queued"'),
        (Colour.RED, '"red"'),
        (b"logo", f'"{sha256(b"logo").hexdigest()}"'),
        (UUID(int=7), f'"{UUID(int=7)}"'),
        (None, "null"),
        ({"b": [1, 2.5], "a": True}, '{"a":true,"b":[1,2.5]}'),
    ],
)
def test_the_digest_of_a_row_is_that_of_the_documented_form(value: object, written: str, salt: str) -> None:
    """Rows that were sealed before must go on being as they were recorded: this form is not for anybody to change."""
    key = UUID("00000000-0000-7000-8000-000000000001")
    paris = datetime(2026, 3, 10, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    row = {"id": key, "of_name": "École", "of_name_key": "école", "of_kind": value, "of_closed_at": paris}
    form = (
        f'["{salt}","organisation:{key}",{{"closed_at":"2026-03-10T12:00:00.000005+00:00","kind":{written},'
        '"name":"École","name_key":"école"}]'
    )
    assert seals.digest(seals.SEALED["organisation"], row, salt) == sha256(form.encode()).hexdigest()


def test_each_table_is_sealed_over_the_columns_that_the_seals_of_installations_are_over() -> None:
    """A column less could be changed by anybody; with one more, each row that was sealed before would count as
    changed.
    """
    schema.metadata()
    wanted = {name: columns.split() for name, _, columns in (
        line.partition(": ") for line in COLUMNS.replace("\n ", " ").strip().splitlines()
    )}  # fmt: skip
    assert {name: list(one.columns) for name, one in seals.SEALED.items()} == wanted
    assert {name for name, one in seals.SEALED.items() if one.person is not None} == PERSONAL
    assert [name for name, one in seals.SEALED.items() if one.final is not None] == ["run"]


def test_what_names_a_person_is_sealed_under_a_salt_until_the_person_is_forgotten(store: Store, people: People) -> None:
    name = f"person:{people['colleague']}"  # not the first of whom there is a salt

    def sealed() -> str:
        return [each[name] for each in seals_of(store) if name in each][-1]

    with store.writing() as session:
        session.get_one(Person, people["colleague"]).name = "Amina Diallo"
    salt_id, _, digest = sealed().partition(":")
    with store.reading() as session:
        salt = session.get_one(Salt, UUID(salt_id))
    assert (salt.person, len(digest)) == (people["colleague"], 64)
    with store.writing() as session:
        audit.forget(session, people["colleague"])
        session.get_one(Person, people["colleague"]).name = "Erased person 1"
    assert ":" not in sealed()
    demand_seals(store)


def test_who_has_no_salt_yet_gets_one_and_keeps_it(store: Store, people: People) -> None:
    """That of another person, who could be erased, is never taken."""
    with store.writing() as session:
        given = {"login": "new", "login_key": "new", "password_hash": "-", "made_at": NOW}
        session.add(made := Person(id=new_id(), name="New Person", home_id=people.home, **given))
        key = made.id
    name = f"person:{key}"
    with store.writing() as session:
        session.get_one(Person, key).name = "Another Name"
    with store.reading() as session:
        (salt,) = session.scalars(select(Salt).where(Salt.person == key))
        person = session.get_one(Person, key)
        sealed = seals.SEALED["person"]
        row = {"id": key} | {f"of_{one}": getattr(person, one) for one in sealed.columns}
        before = row | {"of_name": "New Person"}
    assert [each[name] for each in seals_of(store) if name in each] == [
        f"{salt.id}:{seals.digest(sealed, one, salt.value)}" for one in (before, row)
    ]
    demand_seals(store)


def test_of_several_salts_of_a_person_the_first_is_taken(store: Store, people: People) -> None:
    """So that not each change makes another one."""
    person = people["trainee"]
    with store.writing() as session:
        session.execute(delete(Salt).where(Salt.person == person))
        ids = [UUID(int=number) for number in (9, 5, 7)]
        session.add_all([Salt(**{**Salt.random(person), "id": one}) for one in ids])
    with store.writing() as session:
        session.get_one(Person, person).name = "Amina Diallo"
    (found,) = seals_of(store)[-1].values()
    assert found.partition(":")[0] == str(UUID(int=5))


def test_while_sealing_is_put_off_no_event_takes_a_seal_along(store: Store) -> None:
    """A salt is erased meanwhile: the seals that count are those of the end."""
    with store.writing() as session:
        with seals.held(session):
            made = founded(session, "Kept")
            audit.record(session, act="test.done", actor=None, subject="thing:1", details={}, now=NOW)
        assert seals.pending(session)
    with store.reading() as session:
        assert [(act, list(each)) for _, act, each in audit.sealed(session)] == [
            ("test.done", []),
            ("rows.sealed", [f"organisation:{made.id}"]),
        ]


def test_a_table_is_sealed_as_its_room_says() -> None:
    table = Table("thing", MetaData(), Column("key", Integer, primary_key=True), Column("of", Integer))
    try:
        seals.seal_rows(table, "of key")
        assert seals.SEALED["thing"] == seals.Sealed(table, ("of", "key"), None, None)
        final = table.c.of.is_not(None)
        seals.seal_rows(table, "of", person=table.c.key, final=final)
        found = seals.SEALED["thing"]
        assert (found.table, found.columns, found.person, found.final) == (table, ("of",), table.c.key, final)
        assert found.name((1, "two")) == "thing:1/two"
    finally:
        del seals.SEALED["thing"]


def test_seals_are_read_in_the_order_of_the_chain_with_the_number_and_act_of_each(store: Store) -> None:
    """The newest seal of a row is the one that has to fit: in another order rows would count as changed."""
    for number in range(3):
        with store.writing() as session:
            founded(session, f"One {number}")
            if number == 1:
                audit.record(session, act="test.done", actor=None, subject="thing:1", details={}, now=NOW)
    with store.reading() as session:
        events = session.scalars(select(Event).where(Event.seals.is_not(None)).order_by(Event.seq)).all()
        wanted = [(one.seq, one.act, one.seals) for one in events]
        assert [act for _, act, _ in wanted[-3:]] == ["rows.sealed", "test.done", "rows.sealed"]
        with backwards(session, store):
            assert list(audit.sealed(session)) == wanted


@contextmanager
def backwards(session: Session, store: Store) -> Iterator[None]:
    """Rows come in another order than that in which they were written, wherever nobody asks for an order."""
    if store.is_sqlite:
        session.connection().exec_driver_sql("PRAGMA reverse_unordered_selects = ON")
    yield
    if store.is_sqlite:
        session.connection().exec_driver_sql("PRAGMA reverse_unordered_selects = OFF")


def old_ones(store: Store, count: int) -> list[UUID]:
    """Organisations that were made when nothing was sealed."""
    ids = [new_id() for _ in range(count)]
    with store.writing() as session:
        rows = [{"id": one, "name": f"Old {one}", "name_key": f"old {one}", "kind": "agency"} for one in ids]
        session.connection().execute(insert(Organisation).values(founding=False), rows)
    return ids


def test_rows_of_before_are_sealed_by_events_of_so_many_and_the_last_one_counts_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH", 2)
    with store.writing() as session:
        founded(session, "Sealed already")
    ids = old_ones(store, 5)

    def told() -> list[tuple[Any, ...]]:
        with store.reading() as session:
            return [
                (one.act, one.subject, one.actor, one.at, one.details, len(one.seals or {}))
                for one in session.scalars(select(Event).order_by(Event.seq))
            ]

    before = told()
    with store.writing() as session:
        assert audit.begin_seals(session, NOW) == 5
    wanted: list[tuple[Any, ...]] = [("rows.sealed", "installation", None, NOW, {}, 2)] * 2
    wanted += [("seals.begun", "installation", None, NOW, {"rows": 5}, 1)]
    assert told() == [*before, *wanted]
    assert {name for each in seals_of(store)[-3:] for name in each} == {f"organisation:{one}" for one in ids}
    old_ones(store, 1)
    with store.writing() as session:
        assert audit.begin_seals(session, NOW) == 0, "what comes after that is a fault, and is not sealed"
    assert told() == [*before, *wanted]


def test_rows_of_before_there_were_seals_are_sealed_once(store: Store) -> None:
    with store.writing() as session:
        founded(session, "Sealed already")
    with store.writing() as session:
        session.connection().execute(
            insert(Organisation).values(id=new_id(), name="Old", name_key="old", kind="agency", founding=False)
        )
    with store.writing() as session:
        assert audit.begin_seals(session, NOW) == 1
    with store.writing() as session:
        assert audit.begin_seals(session, NOW) == 0
    demand_seals(store)
