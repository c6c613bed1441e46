import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

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


def test_the_wait_doubles_after_five_rests_at_half_a_minute_and_ends_at_five_minutes() -> None:
    seconds = [backoff.waiting(failures).total_seconds() for failures in range(40)]
    assert seconds[:5] == [0] * 5
    assert seconds[5:10] == [2, 4, 8, 16, 32]
    assert set(seconds[9:20]) == {32}
    assert seconds[20:24] == [64, 128, 256, 300]
    assert set(seconds[23:]) == {300}
    assert [backoff.waiting(failures, 2).total_seconds() for failures in range(4)] == [0, 0, 2, 4]
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


def test_one_machine_of_a_newer_network_has_one_address() -> None:
    assert backoff.network("2001:db8::1") == backoff.network("2001:db8::ffff:1") != backoff.network("2001:db8:0:1::1")
    assert backoff.network("192.0.2.1") != backoff.network("192.0.2.2")
    assert backoff.network("unknown") == "unknown"


def _enter(store: Store, at: datetime, account: str = ACCOUNT, address: str = "192.0.2.7", most: int = 60) -> None:
    with store.writing() as session:
        backoff.admit_sign_in(session, account, address, at, most=most)


def test_an_account_waits_where_it_failed_and_nowhere_else(store: Store) -> None:
    for _ in range(5):
        _enter(store, NOW)
    with pytest.raises(TooMany, match="in 2 seconds"):
        _enter(store, NOW)
    _enter(store, NOW, address="198.51.100.4")
    _enter(store, NOW, backoff.account_of("binta"))


def test_failures_from_many_networks_slow_an_account_down_everywhere(store: Store) -> None:
    for number in range(backoff.FREE_FROM_ANYWHERE):
        _enter(store, NOW, address=f"198.51.100.{number}")
    with pytest.raises(TooMany, match="in 2 seconds"):
        _enter(store, NOW)
    _enter(store, NOW, backoff.account_of("binta"))


def test_in_an_hour_all_networks_together_try_an_account_no_more_than_a_hundred_times(store: Store) -> None:
    tried, at = 0, NOW
    while at < NOW + timedelta(hours=1):
        try:
            _enter(store, at, address=f"198.51.{tried // 250}.{tried % 250}")
            tried += 1
        except TooMany:
            at += timedelta(seconds=2)
    assert backoff.FREE_FROM_ANYWHERE < tried <= 100


def test_a_network_with_many_failures_gets_fewer_tries_at_each_account_and_in_the_end_none(store: Store) -> None:
    for number in range(10):
        _enter(store, NOW, backoff.account_of(f"nobody-{number}"), most=10)
    for _ in range(2):
        _enter(store, NOW, most=10)
    with pytest.raises(TooMany, match="this account waits"):
        _enter(store, NOW, most=10)
    for number in range(100 - 12):
        _enter(store, NOW, backoff.account_of(f"another-{number}"), most=10)
    with pytest.raises(TooMany, match="from your network within a minute"):
        _enter(store, NOW, backoff.account_of("binta"), most=10)
    _enter(store, NOW, backoff.account_of("binta"), address="198.51.100.4", most=10)
    _enter(store, NOW + timedelta(minutes=1), backoff.account_of("binta"), most=10)


def test_what_is_typed_as_a_login_counts_as_nothing_else(store: Store) -> None:
    """Else a stranger could hold up the codes of a network by typing the name under which they are counted."""
    assert backoff.account_of("join 192.0.2.7") != backoff.counter("join", "192.0.2.7")
    assert backoff.account_of("join") != backoff.counter("join")
    assert len({backoff.counter("a", "b c"), backoff.counter("a b", "c"), backoff.counter("a", "b", "c")}) == 3


def test_whoever_signs_in_clears_the_failures_of_the_own_network_alone(store: Store) -> None:
    for address in ("192.0.2.7", "198.51.100.4"):
        for _ in range(5):
            _enter(store, NOW, address=address)
    with store.writing() as session:
        backoff.clear(session, [backoff.account_of("amara")], "192.0.2.7")
    _enter(store, NOW, address="192.0.2.7")
    with pytest.raises(TooMany):
        _enter(store, NOW, address="198.51.100.4")


def test_a_login_that_is_made_up_holds_up_no_codes_of_anybody(store: Store) -> None:
    person = uuid4()
    assert backoff.account_of(f"code\0{person}") != backoff.codes_of(person)
    assert backoff.account_of(f"own\0{person}") != backoff.own(person)


def test_failures_of_a_clock_that_ran_ahead_shut_no_network_out(store: Store) -> None:
    """They lie in a minute that is still to come: whoever was counted then is not of this minute."""
    with store.writing() as session:
        later = NOW + timedelta(minutes=30)
        session.add_all(Failure(account=f"{number:064}", address="192.0.2.7", at=later) for number in range(20))
    _enter(store, NOW, most=2)
    assert _count(store) == 21


def test_a_network_with_many_addresses_is_counted_as_one(store: Store) -> None:
    for number in range(20):
        _enter(store, NOW, backoff.account_of(f"nobody-{number}"), f"2001:db8::{number:x}", most=2)
    with pytest.raises(TooMany, match="from your network within a minute"):
        _enter(store, NOW, backoff.account_of("binta"), "2001:db8::ffff", most=2)
    _enter(store, NOW, backoff.account_of("binta"), "2001:db8:0:1::1", most=2)


def test_an_owner_is_in_from_any_address_of_the_own_network(store: Store) -> None:
    for _ in range(5):
        _enter(store, NOW, address="2001:db8::1")
    with store.writing() as session:
        backoff.clear(session, [ACCOUNT], "2001:db8::2")
    assert _count(store) == 0


def test_the_first_try_beyond_what_a_site_lets_through_finds_fewer_free_ones(store: Store) -> None:
    for _ in range(2):
        _enter(store, NOW, most=2)
    with pytest.raises(TooMany, match="this account waits"):
        _enter(store, NOW, most=2)
