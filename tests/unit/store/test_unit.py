import fcntl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from training.accounts.models import Membership
from training.audit.models import Salt
from training.content.models import Release
from training.labs.models import Assignment
from training.settings import ROOT
from training.store import Plain, Store, locked, new_id
from training.store.unit import Turns

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def release(name: str, at: datetime = NOW) -> Release:
    return Release(kind="lab", name=name, number=1, sha256="a" * 64, published_at=at, current=True)


PRAGMAS = ("journal_mode", "foreign_keys", "busy_timeout", "query_only")


def test_a_unit_is_kept_whole_or_not_at_all(store: Store) -> None:
    with store.writing() as session:
        session.add(release("kept"))
    with pytest.raises(ZeroDivisionError), store.writing() as session:
        session.add(release("lost"))
        session.flush()
        raise ZeroDivisionError
    with store.reading() as session:
        assert session.scalars(select(Release.name)).all() == ["kept"]


def test_a_row_that_is_locked_is_seen_as_it_is_and_not_as_it_was_read_before(store: Store) -> None:
    with store.writing() as session:
        session.add(release("one"))
    with store.writing() as session:
        one = session.scalars(select(Release)).one()
        session.execute(text("UPDATE release SET note = 'by somebody else'"))
        assert session.scalars(select(Release)).one().note == ""
        assert session.scalars(locked(select(Release))).one() is one
        assert one.note == "by somebody else"


def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    with pytest.raises(DBAPIError), store.reading() as session:
        session.add(release("never"))
        session.flush()
    with store.reading() as session:
        assert session.scalars(select(Release)).all() == []


def test_a_reading_unit_counts_the_same_twice_while_another_commits(store: Store) -> None:
    with store.reading() as session:
        before = session.scalars(select(Release.name)).all()
        with store.writing() as other:
            other.add(release("meanwhile"))
        assert session.scalars(select(Release.name)).all() == before == []
    with store.reading() as session:
        assert session.scalars(select(Release.name)).all() == ["meanwhile"]


def test_a_unit_that_writes_sees_what_was_committed_before_each_statement(store: Store) -> None:
    with store.reading() as session:
        session.scalars(select(Release.name)).all()
    with store.writing() as session:
        level = session.connection().get_isolation_level()
    assert level == ("SERIALIZABLE" if store.is_sqlite else "READ COMMITTED")


def test_a_second_writing_unit_in_one_thread_is_refused_at_once(store: Store) -> None:
    with store.writing(), pytest.raises(RuntimeError, match="pass its session on"), store.writing():
        pass


def test_an_instant_comes_back_in_utc_whatever_zone_it_went_in(store: Store) -> None:
    half = timezone(timedelta(hours=5, minutes=30))
    with store.writing() as session:
        session.add(release("zone", datetime(2026, 3, 10, 2, 30, tzinfo=half)))
    with store.reading() as session:
        found = session.scalars(select(Release)).one().published_at
    assert found == datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="has no time zone"), store.writing() as session:
        session.add(release("naive", datetime(2026, 3, 10, 2, 30)))  # noqa: DTZ001 - the mistake that is tested


def test_writers_that_read_first_don_t_fail_as_locked(store: Store) -> None:
    person = new_id()
    with store.writing() as session:
        session.add(Salt(id=new_id(), person=person, value="0"))
    errors: list[Exception] = []

    def count_up() -> None:
        try:
            for _ in range(25):
                with store.writing() as session:
                    row = session.scalars(select(Salt).where(Salt.person == person).with_for_update()).one()
                    row.value = str(int(row.value) + 1)
        except Exception as bad:  # noqa: BLE001 - the test shows whatever a thread met
            errors.append(bad)

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with store.reading() as session:
        assert session.scalars(select(Salt.value)).one() == "200"


def test_writers_take_turns_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    turns, order = Turns(tmp_path / "turn"), list[int]()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
            while len(turns._waiting) <= threads.index(thread):
                time.sleep(0.001)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == list(range(20))
    with turns:
        assert len(turns._waiting) == 0


def test_turns_hold_among_processes(tmp_path: Path) -> None:
    file = tmp_path / "turn"
    look = (
        "import pathlib, sys; from training.store.unit import Turns\n"
        "with Turns(pathlib.Path(sys.argv[1])): print('taken', flush=True); input()"
    )
    command = [sys.executable, "-c", look, str(file)]
    turns, entered = Turns(file), threading.Event()

    def take() -> None:
        with turns:
            entered.set()

    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        waiting = threading.Thread(target=take)
        waiting.start()
        assert not entered.wait(0.5)
        other.kill()  # however a process ends, its turn ends with it
        waiting.join(20)
    assert entered.is_set()
    turns.close()
    with turns:
        assert file.stat().st_mode & 0o077 == 0
    with file.open() as next_one:  # a turn that has ended is free for others, though its file is still open here
        fcntl.flock(next_one, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_turn_that_can_not_be_taken_is_handed_on(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "folder" / "turn")
    for _ in range(2):
        with pytest.raises(FileNotFoundError), turns:
            pass
    (tmp_path / "folder").mkdir()
    with turns:
        assert (tmp_path / "folder" / "turn").exists()


def test_a_row_put_as_a_value_is_there_and_comes_back_the_same(store: Store) -> None:
    releases = Plain(Release)
    given = {
        "kind": "lab",
        "name": "put",
        "number": 1,
        "sha256": "a" * 64,
        "published_at": NOW,
        "current": True,
        "published_by": None,
        "note": "",
    }
    with store.writing() as session:
        made = releases.put(session, id=new_id(), **given)
    with store.reading() as session:
        kept = session.scalars(select(Release)).one()
        rows = session.connection().execute(select(*releases.columns)).all()
    assert [releases.take(iter(row)) for row in rows] == [made]
    assert all(getattr(kept, name) == getattr(made, name) for name in ("id", *given))


def test_a_value_can_not_be_changed_and_has_the_properties_of_its_kind(store: Store) -> None:
    assignments = Plain(Assignment, "other")
    columns = {one.key: None for one in assignments.columns}
    made = assignments.take(iter({**columns, "id": 1, "mode": "examination"}.values()))
    assert made.examination
    with pytest.raises(AttributeError):
        made.mode = "practice"
    with pytest.raises(AttributeError):
        made.unknown = 1  # type: ignore[attr-defined]


def test_what_an_outer_join_did_not_find_is_none_and_the_next_value_is_read_from_its_place(store: Store) -> None:
    releases, others = Plain(Release), Plain(Release, "other")
    joined = select(*others.columns, *releases.columns).select_from(releases.table)
    joined = joined.outerjoin(others.table, others.table.c.name == "none")
    with store.writing() as session:
        session.add(release("one"))
    with store.reading() as session:
        values = iter(session.connection().execute(joined).one())
        assert others.maybe(values) is None
        assert releases.take(values).name == "one"


def test_ids_sort_by_the_time_when_they_were_made() -> None:
    made = [new_id() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == 2000
    assert {one.version for one in made} == {7}


def test_a_row_never_stays_behind_what_it_belongs_to(store: Store) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), store.writing() as session:
        session.add(Membership(person_id=new_id(), organisation_id=new_id(), role="trainee"))


def test_sqlite_keeps_readers_and_writers_apart_and_waits_for_either(store: Store) -> None:
    if not store.is_sqlite:
        return
    with store.reading() as reading, store.writing() as writing:
        told = [[unit.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS] for unit in (reading, writing)]
    assert told == [["wal", 1, 5000, 1], ["wal", 1, 5000, 0]]


@pytest.mark.any_database  # what a server of PostgreSQL says of a row is not ours to leave out
def test_what_people_typed_is_not_in_the_error_of_a_statement(store: Store) -> None:
    with pytest.raises(IntegrityError) as failed, store.writing() as session:
        session.add(Membership(person_id=new_id(), organisation_id=new_id(), role="what somebody typed"))
    assert "INSERT INTO membership" in str(failed.value)
    assert "what somebody typed" not in str(failed.value)
