"""What is known of plugins before they run: typical times of all at once, and the answers that stand."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.unit.analysis.test_service import COMPLETE, EXHIBIT, NOW, ask, ended
from training.analysis import cards, service, typical
from training.analysis.command import parse
from training.analysis.outcome import Outcome
from training.store import Store

pytestmark = pytest.mark.database


def test_typical_times_of_all_plugins_are_those_of_each(store: Store) -> None:
    other = SimpleNamespace(sha256="c" * 64, symbols_sha256="b" * 64)
    for exhibit, command, seconds in (
        (EXHIBIT, "linux.pslist", 1.0),
        (EXHIBIT, "linux.pslist --pid 2", 4.0),
        (EXHIBIT, "linux.pslist --pid 3", 2.0),
        (other, "linux.pslist", 9.0),
        (other, "linux.lsof", 7.0),
    ):
        with store.writing() as session:
            run = service.ask(session, exhibit, parse(command), NOW)
        ended(store, run, COMPLETE.model_copy(update={"seconds": seconds}))
    with store.writing() as session:
        run = ask(session, "linux.bash")
    ended(store, run, Outcome(state="failed", reason="a reason", seconds=99.0))
    with store.reading() as session:
        for exhibit in (EXHIBIT, other):
            known = typical.seconds(session, exhibit.sha256)
            assert known == {
                card.name: service.typical_seconds(session, card.name, exhibit.sha256) for card in cards.load()
            }
        known = typical.seconds(session, EXHIBIT.sha256)
    assert (known["linux.pslist"], known["linux.lsof"]) == (2.0, 7.0)
    assert known["linux.bash"] == cards.load().get("linux.bash").seconds, "only complete runs count"


def test_only_the_last_runs_make_a_typical_time(store: Store) -> None:
    for n in range(service.RECENT * 2):
        with store.writing() as session:
            run = ask(session, f"linux.pslist --pid {n + 1}")
        with store.writing() as session:
            assert service.take(session, NOW)
        old = n < service.RECENT
        with store.writing() as session:
            at, seconds = NOW + timedelta(hours=n), 50.0 if old else 1.0
            service.finish(session, run.id, COMPLETE.model_copy(update={"seconds": seconds}), at)
    with store.reading() as session:
        assert typical.seconds(session, EXHIBIT.sha256)["linux.pslist"] == 1.0


def test_runs_that_answer_are_found_by_their_keys(store: Store) -> None:
    known = cards.load()
    with store.writing() as session:
        waits, failed = ask(session, "linux.lsof"), ask(session, "linux.bash")
    key = service.key_of(EXHIBIT, parse("linux.lsof"), known.get("linux.lsof"), known)
    assert waits.key == key
    with store.writing() as session:
        service.withdraw(session, session.merge(failed), "a reason", NOW)
    with store.reading() as session:
        assert {one: run.id for one, run in typical.standing(session, [key, failed.key, "0" * 64]).items()} == {
            key: waits.id
        }
