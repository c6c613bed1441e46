import statistics
import time
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from tests.callers import from_
from tests.conftest import People
from training.accounts import service
from training.accounts.models import Failure, Person, SignIn
from training.accounts.service import backoff, passwords
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Refused, TooMany
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
IDLE, LIFE = timedelta(hours=2), timedelta(hours=12)
PASSWORD = "a long password of tests"
ADDRESS = "192.0.2.7"


def _sign_in(store: Store, login: str = "trainee", password: str = PASSWORD, now: datetime = NOW) -> str:
    return service.sign_in(store, login, password, caller=from_(ADDRESS), now=now)


def _current(store: Store, token: str, now: datetime = NOW) -> service.Known | None:
    with store.reading() as session:
        return service.current(session.connection(), token, now, idle=IDLE, life=LIFE)


def _here(store: Store, token: str, now: datetime = NOW) -> service.Known:
    found = _current(store, token, now)
    assert found is not None
    return found


def _acts(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Event.act).order_by(Event.seq)))


def test_the_right_password_begins_a_sign_in(store: Store, people: People) -> None:
    found = _here(store, _sign_in(store, login=" TRAINEE"))
    assert found.person_id == people["trainee"]
    assert (found.started_at, found.seen_at, found.second_factor_done) == (NOW, NOW, False)
    assert service.actor_of(found.person).home == people.home
    assert _acts(store)[-1] == "sign-in.started"


def test_the_token_is_stored_nowhere(store: Store, people: People) -> None:
    token = _sign_in(store)
    with store.reading() as session:
        kept = session.scalars(select(SignIn)).one()
        events = [str(event.details) for event in session.scalars(select(Event))]
    assert kept.token_hash == service.hash_token(token)
    assert token.encode() not in kept.token_hash
    assert not any(word in event for event in events for word in (token, ADDRESS, "trainee@", "Trainee"))


def test_unknown_and_disabled_accounts_get_the_same_words_as_a_wrong_password(store: Store, people: People) -> None:
    with store.writing() as session:
        service.disable(session, service.by_login(session, "colleague"), actor=None, now=NOW)
    said = []
    for login, password in (("trainee", "wrong password"), ("nobody", PASSWORD), ("colleague", PASSWORD)):
        with pytest.raises(Refused) as refused:
            _sign_in(store, login, password)
        said.append((refused.value.message, refused.value.field))
    assert len(set(said)) == 1
    assert _acts(store)[-3:] == ["sign-in.failed"] * 3


def test_an_unknown_account_takes_as_long_as_a_known_one(store: Store, people: People) -> None:
    def seconds(login: str, at: datetime) -> float:
        begin = time.thread_time()
        with pytest.raises(Refused):
            _sign_in(store, login, "wrong password", at)
        return time.thread_time() - begin

    hashing = time.thread_time()
    assert not passwords.proves("wrong password", passwords.NOBODY)
    hashing = time.thread_time() - hashing
    times = [NOW + timedelta(hours=n * 2) for n in range(7)]
    known = statistics.median(seconds("trainee", at) for at in times)
    unknown = statistics.median(seconds("nobody", at) for at in times)
    # Without a hash for unknown accounts the whole cost of one would be missing from the second figure.
    assert unknown > hashing * 0.5
    assert abs(known - unknown) < max(known, unknown) * 0.6


def test_after_five_failures_even_the_right_password_waits_and_then_works(store: Store, people: People) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            _sign_in(store, password="wrong password")
    with pytest.raises(TooMany):
        _sign_in(store)
    assert _current(store, _sign_in(store, now=NOW + timedelta(seconds=2)), NOW + timedelta(seconds=2))
    with store.reading() as session:
        assert session.scalars(select(Failure)).all() == []


def test_an_unknown_account_waits_just_the_same(store: Store, people: People) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            _sign_in(store, "nobody")
    with pytest.raises(TooMany, match="in 2 seconds"):
        _sign_in(store, "NOBODY")


def test_waiting_computes_no_hash(store: Store, people: People) -> None:
    with store.writing() as session:
        for _ in range(5):
            backoff.admit(session, backoff.account_of("trainee"), ADDRESS, NOW)
    before = _acts(store)
    begin = time.thread_time()
    for _ in range(20):
        with pytest.raises(TooMany):
            _sign_in(store)
    spent = time.thread_time() - begin
    begin = time.thread_time()
    for _ in range(20):
        passwords.proves("wrong", passwords.NOBODY)
    assert spent < time.thread_time() - begin
    assert _acts(store) == before


@pytest.mark.parametrize(("later", "alive"), [(IDLE - timedelta(seconds=1), True), (IDLE, False)])
def test_an_idle_sign_in_ends(store: Store, people: People, later: timedelta, alive: bool) -> None:  # noqa: FBT001
    assert (_current(store, _sign_in(store), NOW + later) is not None) is alive


def test_a_sign_in_in_use_ends_after_its_life(store: Store, people: People) -> None:
    token, at = _sign_in(store), NOW
    while at < NOW + LIFE:
        found = _here(store, token, at)
        with store.writing() as session:
            service.touch(session, found.token_hash, at)
        at += timedelta(hours=1)
    assert _current(store, token, NOW + LIFE) is None


def test_renewing_does_not_lengthen_a_life(store: Store, people: People) -> None:
    token = _sign_in(store)
    found, later = _here(store, token), NOW + timedelta(hours=1)
    new = service.change_password(store, found, PASSWORD, "another long one", address=ADDRESS, now=later)
    assert _current(store, token, later) is None
    assert _here(store, new, later).started_at == NOW


def test_changing_the_password_ends_the_other_sign_ins(store: Store, people: People) -> None:
    here, there = _sign_in(store), _sign_in(store)
    new = service.change_password(store, _here(store, here), PASSWORD, "another long one", address=ADDRESS, now=NOW)
    assert [_current(store, token) is not None for token in (here, there, new)] == [False, False, True]
    with pytest.raises(Refused):
        _sign_in(store)
    assert _current(store, _sign_in(store, password="another long one"))


def test_the_old_password_is_asked_for_and_guessing_it_waits(store: Store, people: People) -> None:
    found = _here(store, _sign_in(store))
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            service.change_password(store, found, "wrong", "another long one", address=ADDRESS, now=NOW)
        assert refused.value.field == "old_password"
    with pytest.raises(TooMany):
        service.change_password(store, found, PASSWORD, "another long one", address=ADDRESS, now=NOW)


def test_a_new_password_that_is_too_short_changes_nothing(store: Store, people: People) -> None:
    token = _sign_in(store)
    with pytest.raises(Refused, match="at least 10"):
        service.change_password(store, _here(store, token), PASSWORD, "short", address=ADDRESS, now=NOW)
    assert _current(store, token)


def test_a_person_ends_one_sign_in_but_not_somebody_else_s(store: Store, people: People) -> None:
    mine, other = _sign_in(store), _sign_in(store, "colleague")
    with store.writing() as session:
        assert not service.end(session, service.hash_token(other), person_id=people["trainee"], now=NOW)
        assert service.end(session, service.hash_token(mine), person_id=people["trainee"], now=NOW)
        assert not service.end(session, service.hash_token(mine), person_id=people["trainee"], now=NOW)
    assert _current(store, mine) is None
    assert _current(store, other)


def test_ending_all_can_spare_this_one(store: Store, people: People) -> None:
    tokens = [_sign_in(store) for _ in range(3)]
    here = service.hash_token(tokens[1])
    with store.writing() as session:
        assert service.end_all(session, people["trainee"], actor=people["trainee"], now=NOW, but=here) == 2
    with store.reading() as session:
        left = service.running(session, people["trainee"], NOW, idle=IDLE, life=LIFE)
    assert [row.token_hash for row in left] == [here]


def test_a_disabled_person_is_out_at_once(store: Store, people: People) -> None:
    token = _sign_in(store)
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).disabled_at = NOW
    assert _current(store, token) is None


def test_an_outdated_seal_is_renewed_at_sign_in(store: Store, people: People) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).password_hash = old
    _sign_in(store)
    with store.reading() as session:
        kept = session.get_one(Person, people["trainee"]).password_hash
    assert kept != old
    assert not passwords.outdated(passwords.Sealed(kept))
    assert passwords.proves(PASSWORD, passwords.Sealed(kept))


def test_every_act_stands_in_a_whole_chain(store: Store, people: People) -> None:
    token = _sign_in(store)
    with pytest.raises(Refused):
        _sign_in(store, password="wrong password")
    service.change_password(store, _here(store, token), PASSWORD, "another long one", address=ADDRESS, now=NOW)
    assert _acts(store)[-3:] == ["sign-in.started", "sign-in.failed", "password.changed"]
    with store.reading() as session:
        assert audit.check(session).fault is None


@pytest.mark.parametrize("act", ["disable", "replace"])
def test_an_account_that_changes_while_its_password_is_checked_lets_nobody_in(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    proves = passwords.proves

    def slowly(password: str, sealed: passwords.Sealed) -> bool:
        with store.writing() as session:
            person = service.by_login(session, "trainee")
            if act == "disable":
                service.disable(session, person, actor=None, now=NOW)
            else:
                service.set_password(session, person, passwords.seal("another long one"), actor=None, now=NOW)
        return proves(password, sealed)

    monkeypatch.setattr(passwords, "proves", slowly)
    with pytest.raises(Refused):
        _sign_in(store)
    with store.reading() as session:
        assert session.scalars(select(SignIn)).all() == []


def test_a_new_password_asks_for_no_second_code_in_the_same_sign_in(store: Store, people: People) -> None:
    here = _sign_in(store)
    with store.writing() as session:
        session.get_one(SignIn, service.hash_token(here)).second_factor_done = True
    new = service.change_password(store, _here(store, here), PASSWORD, "another long one", address=ADDRESS, now=NOW)
    assert _here(store, new).second_factor_done


def test_whatever_is_done_to_sign_ins_of_one_person_leaves_those_of_others(store: Store, people: People) -> None:
    mine, other = _sign_in(store), _sign_in(store, "colleague")
    later = NOW + timedelta(minutes=10)
    with store.writing() as session:
        service.touch(session, service.hash_token(mine), later)
    assert [_here(store, token, later).seen_at for token in (mine, other)] == [later, NOW]
    with store.writing() as session:
        assert service.end_all(session, people["trainee"], actor=None, now=later) == 1
    assert _current(store, mine, later) is None
    assert _current(store, other, later)


def test_the_list_of_sign_ins_holds_ones_own_that_are_alive(store: Store, people: People) -> None:
    ended, unused, used, _other = (_sign_in(store), _sign_in(store), _sign_in(store), _sign_in(store, "colleague"))
    tokens = [service.hash_token(one) for one in (ended, unused, used)]
    with store.writing() as session:
        service.end(session, tokens[0], person_id=people["trainee"], now=NOW)

    def listed(now: datetime) -> list[bytes]:
        with store.reading() as session:
            return [one.token_hash for one in service.running(session, people["trainee"], now, idle=IDLE, life=LIFE)]

    assert set(listed(NOW)) == set(tokens[1:])
    for hour in range(1, 12):
        with store.writing() as session:
            service.touch(session, tokens[2], NOW + timedelta(hours=hour))
    assert listed(NOW + IDLE) == [tokens[2]]
    assert listed(NOW + LIFE) == []


def test_a_wrong_present_password_stands_in_the_log_and_a_right_one_is_no_failure(store: Store, people: People) -> None:
    here = _here(store, _sign_in(store))
    with pytest.raises(Refused, match="present password"):
        service.change_password(store, here, "wrong", "another long one", address=ADDRESS, now=NOW)
    with store.reading() as session:
        last = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (last.act, last.actor, last.subject) == ("sign-in.failed", None, f"person:{people['trainee']}")
    with pytest.raises(Refused, match="at least 10"):
        service.change_password(store, here, PASSWORD, "short", address=ADDRESS, now=NOW)
    service.change_password(store, here, PASSWORD, "another long one", address=ADDRESS, now=NOW)
    with store.reading() as session:
        (left,) = session.scalars(select(Failure.account)).all()
    assert left == backoff.own(people["trainee"]), "the wrong one alone"


@pytest.mark.parametrize("new", ["Port Selby academy", "trainee trainee"])
def test_nobody_changes_to_a_password_made_of_their_own_names(store: Store, people: People, new: str) -> None:
    here = _here(store, _sign_in(store))
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).name = "Quimby Oduya"
    here = _here(store, _sign_in(store))
    for word in (new, "quimby oduya"):
        with pytest.raises(Refused, match="guessed at once"):
            service.change_password(store, here, PASSWORD, word, address=ADDRESS, now=NOW)


def test_a_sign_in_that_a_clock_ahead_has_seen_is_seen_again_now(store: Store, people: People) -> None:
    here, minute = _here(store, _sign_in(store)), timedelta(minutes=1)
    assert [service.untouched(here, NOW + at) for at in (minute, minute - timedelta(seconds=1))] == [True, False]
    assert service.untouched(here._replace(seen_at=NOW + minute), NOW)
    assert service.untouched(here._replace(started_at=NOW + minute), NOW)
