"""Browsers that are known for an account: whose they are, and when they are known no more."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from training.accounts.service.devices import DAYS, MOST, Device
from training.accounts.service.passwords import NOBODY

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
AMARA, BINTA = UUID(int=1), UUID(int=2)
SEALED = "$argon2id$of amara"


def known(person: UUID = AMARA, sealed: str = SEALED, cookie: str = "", now: datetime = NOW) -> Device:
    """A browser after a sign-in."""
    return Device("key", Device("key", cookie).known_for(person, sealed, now))


def test_a_browser_is_known_after_a_sign_in_and_not_before() -> None:
    assert Device("key").name_for(AMARA, SEALED, NOW) is None
    assert known().name_for(AMARA, SEALED, NOW)


@pytest.mark.parametrize(
    ("person", "sealed", "days"),
    [(BINTA, SEALED, 0), (AMARA, "$argon2id$a new password", 0), (AMARA, SEALED, DAYS), (AMARA, SEALED, -1)],
    ids=["another account", "another password", "too old", "from the future"],
)
def test_it_is_known_for_nothing_else(person: UUID, sealed: str, days: int) -> None:
    assert known().name_for(person, sealed, NOW + timedelta(days=days)) is None
    assert known().name_for(AMARA, SEALED, NOW + timedelta(days=DAYS - 1))


def test_another_key_makes_nothing_known() -> None:
    assert Device("another key", known().cookie).name_for(AMARA, SEALED, NOW) is None


def test_no_letter_of_it_can_be_changed() -> None:
    cookie = known().cookie
    for at, letter in enumerate(cookie):
        forged = cookie[:at] + ("A" if letter != "A" else "B") + cookie[at + 1 :]
        assert Device("key", forged).name_for(AMARA, SEALED, NOW) is None


def test_an_old_cookie_with_a_later_day_is_not_known() -> None:
    name, day, mark = known().cookie.split(":")
    later = NOW + timedelta(days=DAYS)
    assert Device("key", f"{name}:{int(day) + DAYS}:{mark}").name_for(AMARA, SEALED, later) is None


@pytest.mark.parametrize("cookie", ["", ":", "::", ".", "a:b:c", "x" * 5000, "é:ü:ß", "1:²:3", "a:" + "9" * 400 + ":c"])
def test_no_cookie_breaks_the_check(cookie: str) -> None:
    assert Device("key", cookie).name_for(AMARA, SEALED, NOW) is None
    assert Device("key", Device("key", cookie).known_for(AMARA, SEALED, NOW)).name_for(AMARA, SEALED, NOW)


def test_each_sign_in_gives_a_new_name_and_leaves_one_of_an_account() -> None:
    first = known()
    second = known(cookie=first.cookie)
    assert first.name_for(AMARA, SEALED, NOW) != second.name_for(AMARA, SEALED, NOW)
    assert len(second.cookie.split(".")) == 1


def test_several_people_share_a_browser_and_the_first_are_forgotten() -> None:
    cookie = ""
    for number in range(MOST + 1):
        cookie = Device("key", cookie).known_for(UUID(int=number), SEALED, NOW)
    names = [Device("key", cookie).name_for(UUID(int=number), SEALED, NOW) for number in range(MOST + 1)]
    assert names[0] is None
    assert None not in names[1:]
    assert len(cookie) < 1000


def test_an_account_without_a_password_is_not_known() -> None:
    assert known(sealed=NOBODY).cookie == ""
