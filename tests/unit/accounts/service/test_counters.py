"""What is counted by itself and what with something else: tries of a browser, of a person signed in, of codes."""

import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select

from tests.callers import from_
from tests.conftest import People
from training.accounts import service
from training.accounts.actor import Actor, Role
from training.accounts.models import Failure, Invitation, Organisation, Person, SignIn
from training.accounts.service import at_rest, backoff, passwords
from training.accounts.service.devices import Device
from training.audit.models import Event
from training.errors import Refused, TooMany
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PASSWORD, KEY, ADDRESS = "a long password of tests", "the key of the tests", "192.0.2.7"
LATER = NOW + timedelta(minutes=5)


def _here(store: Store, token: str, now: datetime = NOW) -> service.Known:
    with store.reading() as session:
        found = service.current(session.connection(), token, now, idle=timedelta(hours=2), life=timedelta(hours=12))
    assert found is not None
    return found


def _begin(store: Store, login: str = "trainee", now: datetime = NOW, cookie: str = "") -> service.Known:
    return _here(store, service.sign_in(store, login, PASSWORD, caller=from_(ADDRESS, cookie), now=now), now)


def _enrolled(store: Store, people: People, login: str = "trainee") -> pyotp.TOTP:
    totp = pyotp.TOTP("JBSWY3DPEHPK3PXP" * 2)
    with store.writing() as session:
        person = session.get_one(Person, people[login])
        person.totp_secret = at_rest.sealed(totp.secret, person.id, KEY)
    return totp


def _known_browser(store: Store, people: People) -> str:
    """The cookie of a browser in which the trainee has signed in."""
    with store.reading() as session:
        sealed = service.sealed_of(session, people["trainee"])
    return Device("key of the tests").known_for(people["trainee"], sealed, NOW)


def test_a_known_browser_waits_for_no_other_known_one(store: Store, people: People) -> None:
    """Else whoever sits at a computer of the classroom holds up the owner at home."""
    theirs, own = _known_browser(store, people), _known_browser(store, people)
    for _ in range(5):
        with pytest.raises(Refused):
            service.sign_in(store, "trainee", "wrong password", caller=from_(ADDRESS, theirs), now=NOW)
    with pytest.raises(TooMany):
        service.sign_in(store, "trainee", PASSWORD, caller=from_(ADDRESS, theirs), now=NOW)
    assert _begin(store, cookie=own)


def test_no_part_of_the_mark_of_a_browser_is_guessed() -> None:
    marks = {_mark(number) for number in range(300)}
    assert len(marks) == 300
    assert {len(mark) for mark in marks} == {24}, "144 bits"


def _mark(number: int) -> str:
    return Device(f"key {number}").known_for(UUID(int=1), "$argon2id$", NOW).rpartition(":")[2]


def test_wrong_present_passwords_hold_up_no_codes_and_the_other_way_round(store: Store, people: People) -> None:
    totp = _enrolled(store, people)
    here = _begin(store)
    for _ in range(5):
        with pytest.raises(Refused):
            service.change_password(store, here, "wrong", "another long one", address=ADDRESS, now=NOW)
    with pytest.raises(TooMany):
        service.change_password(store, here, PASSWORD, "another long one", address=ADDRESS, now=NOW)
    after = _here(store, service.second_step(store, here, totp.at(NOW), key=KEY, address=ADDRESS, now=NOW))
    for _ in range(5):
        with pytest.raises(Refused):
            service.second_step(store, after, "abc", key=KEY, address=ADDRESS, now=LATER)
    with pytest.raises(TooMany):
        service.second_step(store, after, "abc", key=KEY, address=ADDRESS, now=LATER)
    assert service.change_password(store, after, PASSWORD, "another long one", address=ADDRESS, now=LATER)


def test_a_password_that_staff_set_ends_every_wait_of_that_account_and_of_no_other(
    store: Store, people: People
) -> None:
    with store.writing() as session:
        for name in ("trainee", "colleague"):
            person = session.get_one(Person, people[name])
            for counted in (backoff.account_of(name), backoff.codes_of(person.id), backoff.own(person.id)):
                backoff.admit(session, counted, ADDRESS, NOW)
        sealed = service.seal("quite another one")
        service.set_password(session, service.by_login(session, "trainee"), sealed, actor=None, now=NOW)
    other = people["colleague"]
    with store.reading() as session:
        left = set(session.scalars(select(Failure.account)))
    assert left == {backoff.account_of("colleague"), backoff.codes_of(other), backoff.own(other)}


def test_a_try_that_was_right_takes_back_itself_alone(store: Store) -> None:
    with store.writing() as session:
        tries = [backoff.admit(session, backoff.account_of("amara"), ADDRESS, NOW) for _ in range(3)]
        backoff.withdraw(session, tries[1])
        assert set(session.scalars(select(Failure.id))) == {tries[0], tries[2]}


def test_a_right_code_that_removes_the_factor_is_no_failure(store: Store, people: People) -> None:
    totp = _enrolled(store, people)
    here = _begin(store)
    service.take_off(store, here, totp.at(NOW), required=False, key=KEY, address=ADDRESS, now=NOW)
    with store.reading() as session:
        assert session.scalars(select(Failure)).all() == []
        person = session.get_one(Person, people["trainee"])
        assert (person.totp_secret, person.totp_last_step) == (None, None)


def test_no_code_fits_an_account_without_a_second_factor(store: Store, people: People) -> None:
    here = _begin(store)
    with pytest.raises(Refused, match="not right"):
        service.second_step(store, here, "000000", key=KEY, address=ADDRESS, now=NOW)


def test_a_secret_is_offered_no_more_once_it_is_confirmed(store: Store, people: People) -> None:
    here = _begin(store)
    with store.writing() as session:
        totp = pyotp.TOTP(service.offer(session, here.token_hash, KEY))
    service.confirm(store, here, totp.at(NOW), key=KEY, now=NOW)
    with store.reading() as session:
        assert set(session.scalars(select(SignIn.offered_secret))) == {None}


def test_an_offer_of_before_is_sealed_at_the_next_start_and_stays_the_same(store: Store, people: People) -> None:
    here, old = _begin(store), "JBSWY3DPEHPK3PXP" * 2
    with store.writing() as session:
        session.get_one(SignIn, here.token_hash).offered_secret = old
        assert at_rest.seal_all(session, KEY) == 1
        assert at_rest.seal_all(session, KEY) == 0
        assert old not in str(session.get_one(SignIn, here.token_hash).offered_secret)
        assert service.offer(session, here.token_hash, KEY) == old


def test_a_sign_out_stands_in_the_log_once(store: Store, people: People) -> None:
    here = _begin(store)
    with store.writing() as session:
        for _ in range(2):
            service.end(session, here.token_hash, person_id=here.person_id, now=NOW)
    with store.reading() as session:
        (event,) = session.scalars(select(Event).where(Event.act == "sign-in.ended"))
    own = people["trainee"]
    assert (event.actor, event.subject, event.details) == (own, f"person:{own}", {"count": 1})


def test_no_longer_password_passes_for_the_longest(store: Store) -> None:
    longest = ("correct horse battery staple " * 20)[: passwords.LONGEST]
    sealed = passwords.seal(longest)
    assert passwords.proves(longest, sealed)
    assert not passwords.proves(longest + "x", sealed)


def test_no_more_than_two_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 19 MiB and a processor: thirty people sign in at the beginning of a lesson."""
    at_work, most = [0], [0]
    lock = threading.Lock()

    class Hasher:
        def verify(self, *_given: object) -> bool:
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            time.sleep(0.01)
            with lock:
                at_work[0] -= 1
            return True

        def hash(self, *_given: object) -> str:
            return str(self.verify())

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    acts = [lambda: passwords.proves("a", passwords.NOBODY), lambda: passwords.reseal("a")]
    acts.append(lambda: passwords.seal("four words like these"))
    threads = [threading.Thread(target=act) for act in acts * 4]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert most == [2]


def test_a_form_that_names_a_password_does_not_hold_it(store: Store, people: People) -> None:
    with store.reading() as session:
        person = session.get_one(Person, people["trainee"])
        mark = service.password_mark(person)
    assert not any(part in mark for part in person.password_hash.split("$") if part)
    assert len(mark) == 64


def test_whoever_holds_no_role_at_home_works_nowhere(store: Store, people: People) -> None:
    with store.writing() as session:
        person = service.by_login(session, "trainee")
        service.give_role(session, person, people.elsewhere, Role.TRAINEE, actor=None, now=NOW)
        service.take_role(session, person, people.home, Role.TRAINEE, actor=None, now=NOW)
    with store.reading() as session:
        actor = service.actor_of(service.by_login(session, "trainee"))
        assert (actor.home, actor.roles) == (None, frozenset({(people.elsewhere, Role.TRAINEE)}))
        assert [one.id for one in service.organisations(session, [people.elsewhere])] == [people.elsewhere]
        assert service.organisations(session, []) == []


def test_a_role_elsewhere_invites_nobody_here(store: Store, people: People) -> None:
    roles = frozenset({(people.home, Role.INSTRUCTOR), (people.elsewhere, Role.ADMINISTRATOR)})
    actor = Actor(people["instructor"], "Both", people.home, roles)
    with store.writing() as session:
        here, there = (session.get_one(Organisation, one) for one in (people.home, people.elsewhere))
        service.invite(session, there, Role.HOST, actor=actor, now=NOW)
        service.invite(session, here, Role.INSTRUCTOR, actor=actor, now=NOW)
        with pytest.raises(Refused, match="does not reach"):
            service.invite(session, here, Role.HOST, actor=actor, now=NOW)


@pytest.mark.parametrize("token", ["", "short", "x" * 42, "x" * 44, "x" * 42 + "!", "x" * 43 + "\n"])
def test_an_invitation_has_no_key_that_a_form_made_up(store: Store, people: People, token: str) -> None:
    with store.writing() as session:
        place = session.get_one(Organisation, people.home)
        with pytest.raises(Refused, match="lost its key"):
            service.invite(session, place, Role.TRAINEE, actor=None, now=NOW, token=token)


def test_an_invitation_is_good_for_the_days_that_were_asked_for(store: Store, people: People) -> None:
    with store.writing() as session:
        place = session.get_one(Organisation, people.home)
        token = service.invite(session, place, Role.TRAINEE, actor=None, now=NOW, days=3)
        made = session.get_one(Invitation, service.hash_token(token))
        assert (made.made_at, made.expires_at) == (NOW, NOW + timedelta(days=3))


def test_joining_an_organisation_is_no_second_step(store: Store, people: People) -> None:
    _enrolled(store, people)
    here = _begin(store)
    with store.writing() as session:
        place = session.get_one(Organisation, people.elsewhere)
        token = service.invite(session, place, Role.TRAINEE, actor=None, now=NOW)
    after = _here(store, service.join(store, token, here, now=NOW))
    assert not after.second_factor_done
    assert service.step_of(after, required=False) is service.Step.CODE
