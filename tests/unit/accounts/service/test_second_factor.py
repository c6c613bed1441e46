from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from tests.callers import from_
from tests.conftest import People
from training.accounts import service
from training.accounts.models import Person, SignIn
from training.accounts.service import at_rest, second_factor
from training.audit.models import Event
from training.errors import Damaged, Refused, TooMany
from training.store import Store, new_id

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PASSWORD = "a long password of tests"
KEY = "the key of the tests"
ADDRESS = "192.0.2.7"
STEP = timedelta(seconds=30)


def _here(store: Store, token: str, now: datetime = NOW) -> service.Known:
    with store.reading() as session:
        found = service.current(session.connection(), token, now, idle=timedelta(hours=2), life=timedelta(hours=12))
    assert found is not None
    return found


def _begin(store: Store, login: str = "instructor", now: datetime = NOW) -> service.Known:
    return _here(store, service.sign_in(store, login, PASSWORD, caller=from_(ADDRESS), now=now), now)


def _enrol(store: Store, login: str = "instructor", now: datetime = NOW) -> tuple[pyotp.TOTP, service.Known]:
    here = _begin(store, login, now)
    with store.writing() as session:
        totp = pyotp.TOTP(service.offer(session, here.token_hash, KEY))
    return totp, _here(store, service.confirm(store, here, totp.at(now), key=KEY, now=now), now)


def _second(store: Store, here: service.Known, code: str, now: datetime) -> service.Known:
    return _here(store, service.second_step(store, here, code, key=KEY, address=ADDRESS, now=now), now)


@pytest.mark.parametrize(
    ("login", "required", "step"),
    [
        ("trainee", True, None),
        ("instructor", False, None),
        ("instructor", True, service.Step.ENROLMENT),
        ("host", True, service.Step.ENROLMENT),
        ("administrator", True, service.Step.ENROLMENT),
    ],
)
def test_what_a_sign_in_without_a_second_factor_lacks(
    store: Store, people: People, login: str, required: bool, step: service.Step | None  # noqa: FBT001 - from the table
) -> None:  # fmt: skip
    assert service.step_of(_begin(store, login), required=required) is step


def test_enrolment_gives_a_new_token_and_ends_other_sign_ins(store: Store, people: People) -> None:
    other = _begin(store)
    _totp, here = _enrol(store)
    assert here.second_factor_done
    assert service.step_of(here, required=True) is None
    with store.reading() as session:
        assert session.get_one(SignIn, other.token_hash).ended_at == NOW


def test_the_offered_secret_stays_until_it_is_confirmed(store: Store, people: People) -> None:
    here = _begin(store)
    with store.writing() as session:
        first = service.offer(session, here.token_hash, KEY)
        assert service.offer(session, here.token_hash, KEY) == first
    with pytest.raises(Refused, match="not right"):
        service.confirm(store, here, "000000" if pyotp.TOTP(first).at(NOW) != "000000" else "111111", key=KEY, now=NOW)
    with store.reading() as session:
        assert session.get_one(Person, people["instructor"]).totp_secret is None
    assert len(first) == 32


def test_nothing_is_confirmed_that_was_not_offered(store: Store, people: People) -> None:
    with pytest.raises(Refused, match="nothing to confirm"):
        service.confirm(store, _begin(store), "123456", key=KEY, now=NOW)


def test_the_next_sign_in_asks_for_a_code(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    here = _begin(store, now=later)
    assert service.step_of(here, required=False) is service.Step.CODE
    after = _second(store, here, totp.at(later), later)
    assert service.step_of(after, required=True) is None
    assert after.token_hash != here.token_hash
    assert after.started_at == later


def test_a_code_is_good_once(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    code = totp.at(later)
    _second(store, _begin(store, now=later), code, later)
    with pytest.raises(Refused, match="used before"):
        _second(store, _begin(store, now=later), code, later)


def test_the_code_of_enrolment_can_not_be_replayed(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    with pytest.raises(Refused):
        _second(store, _begin(store), totp.at(NOW), NOW)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_one_step_off(store: Store, people: People, steps: int, good: bool) -> None:  # noqa: FBT001
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    here, code = _begin(store, now=later), totp.at(later + steps * STEP)
    if good:
        assert _second(store, here, code, later).second_factor_done
    else:
        with pytest.raises(Refused):
            _second(store, here, code, later)


def test_an_older_code_is_dead_once_a_newer_one_was_used(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    _second(store, _begin(store, now=later), totp.at(later + STEP), later)
    with pytest.raises(Refused):
        _second(store, _begin(store, now=later), totp.at(later), later)


def test_spaces_and_other_digits_are_read(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    code = totp.at(later)
    assert _second(store, _begin(store, now=later), f" {code[:3]} {code[3:]} ", later).second_factor_done
    later += timedelta(minutes=5)
    arabic = totp.at(later).translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    assert _second(store, _begin(store, now=later), arabic, later).second_factor_done


@pytest.mark.parametrize("code", ["", "12345", "1234567", "²²²²²²", "abcdef", "\x00", "१२३", "9" * 10_000])
def test_no_text_breaks_the_check(store: Store, people: People, code: str) -> None:
    _enrol(store)
    later = NOW + timedelta(minutes=5)
    with pytest.raises(Refused):
        _second(store, _begin(store, now=later), code, later)


def test_guessing_codes_waits_and_a_right_password_does_not_help(store: Store, people: People) -> None:
    _totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    here = _begin(store, now=later)
    for _ in range(5):
        with pytest.raises(Refused):
            _second(store, here, "abc", later)
    with pytest.raises(TooMany):
        _second(store, _begin(store, now=later), "abc", later)
    later += timedelta(seconds=2)
    here = _begin(store, now=later)
    with pytest.raises(Refused):
        _second(store, here, "abc", later)
    with pytest.raises(TooMany, match="in 4 seconds"):
        _second(store, here, "abc", later)


def test_one_can_remove_the_second_factor_with_a_code(store: Store, people: People) -> None:
    totp, here = _enrol(store)
    later = NOW + timedelta(minutes=5)
    token = service.take_off(store, here, totp.at(later), required=False, key=KEY, address=ADDRESS, now=later)
    after = _here(store, token, later)
    assert after.person.totp_secret is None
    assert service.step_of(_begin(store, now=later), required=False) is None


def test_where_the_site_requires_it_it_stays(store: Store, people: People) -> None:
    totp, here = _enrol(store)
    later = NOW + timedelta(minutes=5)
    with pytest.raises(Refused, match="needs a second factor"):
        service.take_off(store, here, totp.at(later), required=True, key=KEY, address=ADDRESS, now=later)
    with store.reading() as session:
        assert session.get_one(Person, people["instructor"]).totp_secret


def test_a_qr_code_is_a_path_with_a_quiet_zone() -> None:
    code = service.code_for("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "amara")
    squares = code.path.count("h1v1h-1z")
    assert code.letters.startswith("JBSW Y3DP")
    assert code.side >= 21 + 2 * second_factor.QUIET
    assert code.path.startswith("M4 4h1")
    assert 100 < squares < code.side**2


def test_the_database_holds_no_secret_that_makes_codes(store: Store, people: People) -> None:
    here = _begin(store)
    with store.writing() as session:
        offered = service.offer(session, here.token_hash, KEY)
    with store.reading() as session:
        kept = session.get_one(SignIn, here.token_hash).offered_secret
    assert kept
    assert offered not in kept
    assert len(kept) == 64
    totp, _ = _enrol(store, "host")
    with store.reading() as session:
        person = session.get_one(Person, people["host"])
    assert person.totp_secret
    assert totp.secret not in person.totp_secret
    assert at_rest.opened(person.totp_secret, person.id, KEY) == totp.secret
    for who, key in ((people["host"], "another key"), (people["trainee"], KEY)):
        with pytest.raises(Damaged, match="can't be read"):
            at_rest.opened(person.totp_secret, who, key)


def test_no_two_secrets_are_sealed_under_the_same_nonce() -> None:
    secret, person = "JBSWY3DPEHPK3PXP", new_id()
    nonces = {urlsafe_b64decode(at_rest.sealed(secret, person, KEY))[: at_rest.NONCE] for _ in range(20)}
    assert len(nonces) == 20


def test_secrets_of_before_work_on_and_are_sealed_at_the_next_start(store: Store, people: People) -> None:
    old = "JBSWY3DPEHPK3PXP" * 2
    with store.writing() as session:
        session.get_one(Person, people["host"]).totp_secret = old
    later = NOW + timedelta(minutes=5)
    assert _second(store, _begin(store, "host"), pyotp.TOTP(old).at(NOW), NOW)
    with store.writing() as session:
        assert at_rest.seal_all(session, KEY) == 1
    with store.writing() as session:
        assert at_rest.seal_all(session, KEY) == 0
        assert old not in str(session.get_one(Person, people["host"]).totp_secret)
    assert _second(store, _begin(store, "host", later), pyotp.TOTP(old).at(later), later)


def test_a_secret_that_can_not_be_read_is_said_and_costs_no_try(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    here = _begin(store, now=later)
    for _ in range(7):
        with pytest.raises(Damaged):
            service.second_step(store, here, totp.at(later), key="another key", address=ADDRESS, now=later)
    assert _second(store, here, totp.at(later), later)


def test_a_second_factor_is_never_replaced_by_another_one_without_a_code_of_it(store: Store, people: People) -> None:
    totp, here = _enrol(store)
    with store.writing() as session:
        other = pyotp.TOTP(service.offer(session, here.token_hash, KEY))
    later = NOW + timedelta(minutes=5)
    with pytest.raises(Refused, match="nothing to confirm"):
        service.confirm(store, here, other.at(later), key=KEY, now=later)
    assert _second(store, _begin(store, now=later), totp.at(later), later).second_factor_done


def test_a_sign_in_that_has_ended_takes_neither_a_code_nor_a_new_factor(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    half, fresh = _begin(store, now=later), _begin(store, "host", later)
    with store.writing() as session:
        offered = pyotp.TOTP(service.offer(session, fresh.token_hash, KEY))
        for each in (half, fresh):
            service.end_all(session, each.person_id, actor=None, now=later)
    with pytest.raises(Refused, match="has ended"):
        _second(store, half, totp.at(later), later)
    with pytest.raises(Refused, match="nothing to confirm"):
        service.confirm(store, fresh, offered.at(later), key=KEY, now=later)


def test_wrong_codes_are_forgotten_after_a_right_one(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    here = _begin(store, now=later)
    for code in ("abc", "abc", "abc", "abc", totp.at(later)):
        if code == "abc":
            with pytest.raises(Refused):
                _second(store, here, code, later)
        else:
            _second(store, here, code, later)
    here = _begin(store, now=later)
    for _ in range(4):
        with pytest.raises(Refused):
            _second(store, here, "abc", later)


def test_a_factor_that_staff_remove_ends_the_sign_ins_of_its_owner(store: Store, people: People) -> None:
    _totp, here = _enrol(store)
    with store.writing() as session:
        service.remove(session, session.get_one(Person, people["instructor"]), actor=people["host"], now=NOW)
    with store.reading() as session:
        assert session.get_one(SignIn, here.token_hash).ended_at == NOW


def test_whatever_happens_to_a_factor_stands_in_the_log(store: Store, people: People) -> None:
    totp, _ = _enrol(store)
    later = NOW + timedelta(minutes=5)
    here = _begin(store, now=later)
    with pytest.raises(Refused):
        _second(store, here, "abc", later)
    here = _second(store, here, totp.at(later), later)
    later += timedelta(minutes=5)
    service.take_off(store, here, totp.at(later), required=False, key=KEY, address=ADDRESS, now=later)
    with store.reading() as session:
        told = session.scalars(select(Event).where(Event.act.startswith("second-factor.")).order_by(Event.seq)).all()
    own = people["instructor"]
    assert {one.subject for one in told} == {f"person:{own}"}
    assert [(one.act.partition(".")[2], one.actor) for one in told] == [
        *(("enrolled", own), ("failed", None), ("shown", own), ("removed", own)),
    ]
