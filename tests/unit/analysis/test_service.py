"""Runs as rows: one key, one run alive."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.analysis import cards, service
from training.analysis.command import parse
from training.analysis.models import Run, State
from training.analysis.outcome import ColumnOf, Outcome
from training.errors import NotThere
from training.store import Store, new_id

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

EXHIBIT = SimpleNamespace(sha256="a" * 64, symbols_sha256="b" * 64)
COMPLETE = Outcome(
    state="complete", rows=3, seconds=1.5, columns=(ColumnOf(name="PID", type="int"),), layers=("limits", "seccomp"),
    peak=5000,
)  # fmt: skip


def ask(session: Session, text: str = "linux.pslist") -> Run:
    return service.ask(session, EXHIBIT, parse(text), NOW)


def ended(store: Store, run: Run, outcome: Outcome = COMPLETE) -> None:
    with store.writing() as session:
        taken = service.take(session, NOW)
        assert taken is not None
        assert taken.id == run.id
    with store.writing() as session:
        service.finish(session, run.id, outcome, NOW + timedelta(seconds=2))


def test_a_new_question_is_queued(store: Store) -> None:
    with store.writing() as session:
        run = ask(session, "vol -q linux.pslist --pid 2 1")
    with store.reading() as session:
        kept = service.get(session, run.id)
        assert [one.id for one in service.queue(session)] == [run.id]
    assert (kept.state, kept.try_no, kept.text) == (State.QUEUED, 1, "linux.pslist --pid 1 2")
    assert (kept.plugin_version, kept.volatility) == (cards.load().get("linux.pslist").version, "2.28.2")
    assert kept.queued_at == NOW
    assert kept.result_name == f"{kept.key}-1.db"


def test_the_same_question_finds_the_same_run(store: Store) -> None:
    with store.writing() as session:
        first = ask(session)
        assert ask(session).id == first.id
    with store.writing() as session:
        assert ask(session, "pslist").id == first.id
    ended(store, first)
    with store.writing() as session:
        again = ask(session)
        assert (again.id, again.state, again.rows) == (first.id, State.COMPLETE, 3)


@pytest.mark.parametrize("state", ["partial", "failed", "killed"])
def test_a_run_that_fell_short_can_be_asked_again(store: Store, state: str) -> None:
    with store.writing() as session:
        first = ask(session)
    ended(store, first, Outcome.model_validate({"state": state, "reason": "a reason"}))
    with store.writing() as session:
        second = ask(session)
        assert (second.id != first.id, second.try_no, second.key) == (True, 2, first.key)
        assert service.get(session, first.id).reason == "a reason"


def test_what_decides_the_rows_decides_the_key() -> None:
    known = cards.load()
    card, command = known.get("linux.pslist"), parse("linux.pslist --pid 1")
    key = service.key_of(EXHIBIT, command, card, known)
    other = SimpleNamespace(sha256="c" * 64, symbols_sha256="b" * 64)
    symbols = SimpleNamespace(sha256="a" * 64, symbols_sha256="c" * 64)
    keys = {
        key,
        service.key_of(other, command, card, known),
        service.key_of(symbols, command, card, known),
        service.key_of(EXHIBIT, parse("linux.pslist --pid 2"), card, known),
        service.key_of(EXHIBIT, parse("linux.pstree --pid 1"), known.get("linux.pstree"), known),
        service.key_of(EXHIBIT, command, replace(card, version="0.0.1"), known),
        service.key_of(EXHIBIT, command, card, replace(known, island=known.island + 1)),
        service.key_of(EXHIBIT, command, card, replace(known, volatility="0.0.1")),
    }
    assert len(keys) == 8
    assert len(key) == 64
    assert service.key_of(EXHIBIT, parse("pslist --pid=1"), card, known) == key


def test_eight_at_once_get_one_run(store: Store) -> None:
    found: list[object] = []
    gate = threading.Barrier(8)

    def one() -> None:
        gate.wait()
        with store.writing() as session:
            found.append(ask(session).id)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1


def test_a_run_is_started_once(store: Store) -> None:
    with store.writing() as session:
        run = ask(session)
    with store.writing() as session:
        started = service.take(session, NOW)
        assert started
        assert (started.id, started.state, started.started_at) == (run.id, State.RUNNING, NOW)
        assert service.take(session, NOW) is None


def test_people_take_turns(store: Store) -> None:
    anna, ben, cleo = new_id(), new_id(), new_id()

    def asked(session: Session, who: UUID | None, *pids: int) -> None:
        for pid in pids:
            service.ask(session, EXHIBIT, parse(f"linux.pslist --pid {pid}"), NOW + timedelta(seconds=pid), who)

    with store.writing() as session:
        asked(session, None, 1, 2)
        asked(session, anna, 3, 4, 5)
        asked(session, ben, 6, 7)
        asked(session, cleo, 8)
        order = [run.options["pid"][0] for run in service.queue(session)]
    assert order == [3, 6, 8, 4, 7, 5, 1, 2]
    with store.writing() as session:
        first = service.take(session, NOW)
        assert first
        assert first.asker == anna
        assert [run.options["pid"][0] for run in service.queue(session)] == [6, 8, 4, 7, 5, 1, 2]
        asked(session, cleo, 2)  # somebody waits for what was made ahead of time
        assert [run.options["pid"][0] for run in service.queue(session)] == [2, 6, 4, 7, 8, 5, 1]


def test_nobody_takes_every_place(store: Store) -> None:
    anna, ben = new_id(), new_id()
    with store.writing() as session:
        for pid in (1, 2):
            service.ask(session, EXHIBIT, parse(f"linux.pslist --pid {pid}"), NOW, anna)
        assert service.take(session, NOW, 1)
        assert service.take(session, NOW, 1) is None
        service.ask(session, EXHIBIT, parse("linux.bash"), NOW, ben)
        taken = service.take(session, NOW, 1)
        assert taken
        assert taken.asker == ben
        assert service.take(session, NOW, 2)


def test_a_run_that_waits_can_be_withdrawn(store: Store, again: Callable[[Run], Run]) -> None:
    with store.writing() as session:
        first, second = ask(session), ask(session, "linux.bash")
        assert service.take(session, NOW)
        assert not service.withdraw(session, first, "ended by hand", NOW)
        assert service.withdraw(session, second, "ended by hand before it began", NOW)
        assert not service.withdraw(session, second, "again", NOW)
    kept = again(second)
    assert (kept.state, kept.reason, kept.ended_at) == (State.KILLED, "ended by hand before it began", NOW)
    assert again(first).state is State.RUNNING
    with store.writing() as session:
        assert ask(session, "linux.bash").try_no == 2


def test_progress_and_end(store: Store, again: Callable[[Run], Run]) -> None:
    with store.writing() as session:
        run = ask(session)
        service.progress(session, run.id, "running", 5)
    assert again(run).rows == 0
    with store.writing() as session:
        service.take(session, NOW)
        service.progress(session, run.id, "running", 5)
    assert (again(run).rows, again(run).stage) == (5, "running")
    with store.writing() as session:
        service.finish(session, run.id, COMPLETE, NOW)
        service.finish(session, run.id, Outcome(state="failed", reason="late"), NOW)
    kept = again(run)
    columns = [{"name": "PID", "type": "int"}]
    assert (kept.state, kept.rows, kept.seconds, kept.columns) == (State.COMPLETE, 3, 1.5, columns)
    assert (kept.stage, kept.layers, kept.peak) == (None, ["limits", "seccomp"], 5000)
    assert kept.state.ended
    assert not State.RUNNING.ended


def test_what_was_running_is_queued_again(store: Store, again: Callable[[Run], Run]) -> None:
    with store.writing() as session:
        runs = [ask(session, text) for text in ("linux.pslist", "linux.pstree", "linux.bash")]
    ended(store, runs[0])
    with store.writing() as session:
        service.take(session, NOW)
    with store.writing() as session:
        assert service.requeue(session) == 1
    assert [again(run).state for run in runs] == [State.COMPLETE, State.QUEUED, State.QUEUED]
    assert again(runs[1]).started_at is None


def test_typical_seconds(store: Store) -> None:
    with store.writing() as session:
        assert service.typical_seconds(session, "linux.pslist") == cards.load().get("linux.pslist").seconds
    for pid, seconds in enumerate((1.0, 2.0, 9.0), 1):
        with store.writing() as session:
            run = ask(session, f"linux.pslist --pid {pid}")
        ended(store, run, COMPLETE.model_copy(update={"seconds": seconds}))
    with store.reading() as session:
        assert service.typical_seconds(session, "linux.pslist") == 2.0
        assert service.typical_seconds(session, "linux.pslist", EXHIBIT.sha256) == 2.0
        assert service.typical_seconds(session, "linux.pslist", "c" * 64) == 2.0


def test_typical_seconds_of_one_exhibit(store: Store) -> None:
    other = SimpleNamespace(sha256="c" * 64, symbols_sha256="b" * 64)
    for exhibit, seconds in ((EXHIBIT, 1.0), (other, 9.0)):
        with store.writing() as session:
            run = service.ask(session, exhibit, parse("linux.pslist"), NOW)
        ended(store, run, COMPLETE.model_copy(update={"seconds": seconds}))
    with store.reading() as session:
        assert service.typical_seconds(session, "linux.pslist", EXHIBIT.sha256) == 1.0
        assert service.typical_seconds(session, "linux.pslist", other.sha256) == 9.0


def test_only_complete_runs_make_a_typical_time(store: Store) -> None:
    with store.writing() as session:
        run = ask(session)
    ended(store, run, Outcome(state="failed", reason="the server could not run it", seconds=99.0))
    with store.reading() as session:
        assert service.typical_seconds(session, "linux.pslist") == cards.load().get("linux.pslist").seconds


def test_a_run_of_somebody_who_was_erased_gets_its_options_back_when_it_is_asked_for(store: Store) -> None:
    with store.writing() as session:
        run = ask(session, "linux.pslist --pid 1")
        run.options = {}
        session.flush()
        assert ask(session, "linux.pslist --pid 1").id == run.id
        assert run.options == {"pid": [1]}


def test_a_run_that_is_not_there(store: Store) -> None:
    with store.reading() as session, pytest.raises(NotThere):
        service.get(session, new_id())


@pytest.mark.database
@pytest.mark.parametrize(
    "values",
    [
        {"try_no": 0},
        {"rows": -1},
        {"state": State.COMPLETE},
        {"ended_at": NOW},
        {"state": State.FAILED, "ended_at": NOW},
    ],
)
def test_the_database_refuses_what_can_not_be(store: Store, values: dict[str, object]) -> None:
    with store.writing() as session:
        run = ask(session)
    table = Run.__table__
    with pytest.raises(IntegrityError), store.writing() as session:
        session.execute(update(table).where(table.c.id == run.id).values(values))  # type: ignore[arg-type]


def test_the_database_knows_the_states(store: Store) -> None:
    with store.writing() as session:
        ask(session)
    with pytest.raises(IntegrityError), store.writing() as session:
        session.connection().exec_driver_sql("UPDATE run SET state = 'whatever'")


def test_the_database_keeps_one_run_of_a_key_alive(store: Store) -> None:
    with store.writing() as session:
        run = ask(session)
    copy = {column.key: getattr(run, column.key) for column in Run.__table__.columns}
    with pytest.raises(IntegrityError), store.writing() as session:
        session.add(Run(**(copy | {"id": new_id(), "try_no": 2})))
