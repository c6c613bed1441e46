import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from training.accounts.models import Failure
from training.accounts.service import backoff
from training.errors import TooMany
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
ACCOUNT = backoff.account_of("amara")


def _try(store: Store, at: datetime, account: str = ACCOUNT) -> None:
    with store.writing() as session:
        backoff.admit(session, account, "192.0.2.7", at)


def _count(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Failure)) or 0


def test_the_wait_doubles_after_five_and_ends_at_five_minutes() -> None:
    seconds = [backoff.waiting(failures).total_seconds() for failures in range(20)]
    assert seconds[:5] == [0] * 5
    assert seconds[5:13] == [2, 4, 8, 16, 32, 64, 128, 256]
    assert set(seconds[13:]) == {300}
    assert backoff.waiting(10**6).total_seconds() == 300


def test_the_sixth_try_waits_and_is_not_counted(store: Store) -> None:
    for _ in range(5):
        _try(store, NOW)
    with pytest.raises(TooMany, match="in 2 seconds"):
        _try(store, NOW)
    assert _count(store) == 5
    _try(store, NOW + timedelta(seconds=2))
    with pytest.raises(TooMany, match="in 4 seconds"):
        _try(store, NOW + timedelta(seconds=2))
    assert _count(store) == 6


def test_another_account_does_not_wait_for_this_one(store: Store) -> None:
    for _ in range(5):
        _try(store, NOW)
    _try(store, NOW, backoff.account_of("somebody else"))
    assert _count(store) == 6


def test_after_an_hour_all_is_forgotten(store: Store) -> None:
    for _ in range(5):
        _try(store, NOW)
    _try(store, NOW + timedelta(hours=1))
    assert _count(store) == 1


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it(store: Store) -> None:
    with store.writing() as session:
        later = NOW + timedelta(hours=2)
        session.add_all(Failure(account=ACCOUNT, address="192.0.2.7", at=later) for _ in range(6))
    _try(store, NOW)
    with pytest.raises(TooMany, match="in 8 seconds"):
        _try(store, NOW)
    _try(store, NOW + timedelta(seconds=8))


def test_an_account_is_never_locked_for_good(store: Store) -> None:
    for number in range(36):  # three hours; no wait is longer than five minutes, so that none of these is refused
        _try(store, NOW + timedelta(minutes=5) * number)
    assert _count(store) == 12, "those of the last hour"


def test_tries_at_the_same_time_are_all_counted(store: Store) -> None:
    results: list[bool] = []

    def attempt() -> None:
        try:
            _try(store, NOW)
            results.append(True)
        except TooMany:
            results.append(False)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True] * 5


def test_a_try_that_was_right_is_taken_back(store: Store) -> None:
    with store.writing() as session:
        backoff.withdraw(session, backoff.admit(session, ACCOUNT, "192.0.2.7", NOW))
    assert _count(store) == 0


def test_the_table_does_not_hold_what_was_typed(store: Store) -> None:
    _try(store, NOW, backoff.account_of("my secret password"))
    with store.reading() as session:
        kept = session.scalars(select(Failure)).one()
    assert len(kept.account) == 64
    assert "secret" not in kept.account
