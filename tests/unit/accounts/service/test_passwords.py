# ruff: noqa: RUF001 - letters of other scripts are meant
import re
import time
import unicodedata

import pytest
from argon2 import PasswordHasher

from training.accounts.service import passwords
from training.accounts.service.guessable import is_guessable
from training.errors import Refused


def test_a_sealed_password_is_argon2id_of_the_chosen_cost() -> None:
    sealed = passwords.seal("correct horse battery")
    assert sealed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.proves("correct horse battery", sealed)
    assert not passwords.proves("correct horse batter", sealed)
    assert passwords.seal("correct horse battery") != sealed


def test_the_hash_for_unknown_accounts_costs_the_same_as_a_real_one() -> None:
    assert not passwords.outdated(passwords.NOBODY)
    assert not passwords.proves("", passwords.NOBODY)


@pytest.mark.parametrize(
    ("password", "login", "words"),
    [
        ("nine char", "", "at least 10"),
        ("x" * 257, "", "at most 256"),
        ("Amara.Diallo", "amara.diallo", "not your sign-in name"),
        (" \uff21mara.diallo", "amara.diallo", "not your sign-in name"),
    ],
)
def test_weak_passwords_are_refused_with_what_to_do(password: str, login: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        passwords.seal(password, login)
    assert refused.value.field == "password"


def test_the_longest_password_is_taken() -> None:
    longest = "".join(passwords.random_password() for _ in range(14))[: passwords.LONGEST]
    assert passwords.proves(longest, passwords.seal(longest))


TRIED_FIRST = """
1234567890 0987654321 password123 Passw0rd123 P@ssw0rd2024 Password!! passwordpassword aaaaaaaaaa 1111122222
abcabcabcabc qwertyuiop poiuytrewq qwertzuiop azertyuiop 1q2w3e4r5t 1qaz2wsx3edc asdfghjkl; qwerty12345 12345qwert
letmein123 welcome123 iloveyou12 football12 princess12 sunshine12 superman12 trustno1234 changeme123 administrator
admin12345 trainee123 motdepasse1 christopher1 jennifer123 abc123456789 123123123123 Summer2026! 25121987aa 25.12.1987!!
2026-12-01!! engram2026 Engram-2026! ENGRAM.engram ٠١٢٣٤٥٦٧٨٩ كلمةالمرور123
"""


@pytest.mark.parametrize("password", TRIED_FIRST.split())
def test_what_is_tried_first_is_refused_with_what_to_do(password: str) -> None:
    with pytest.raises(Refused, match="four words") as refused:
        passwords.seal(password)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    ["AmaraDiallo1", "diallo-amara", "PortSelby2026", "academyofportselby", "Amara-Academy", "Selby Academy!"],
)
def test_names_of_a_person_are_no_password_of_theirs(password: str) -> None:
    with pytest.raises(Refused, match="guessed at once"):
        passwords.seal(password, "amara.d", "Amara Diallo", "Academy of Port Selby")
    assert password == "academyofportselby" or passwords.seal(password, "binta", "Binta Sow", "Agency")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "the cow jumped over",
        "Tr0ub4dor&3",
        "w7Kd-92hx-plQ",
        "vier Hasen im Regen",
        "مطر على سطح قديم",
    ],
)
def test_what_nobody_guesses_is_taken(password: str) -> None:
    assert passwords.seal(password, "amara.d", "Amara Diallo", "Academy of Port Selby")


def test_no_random_password_is_taken_for_a_common_one() -> None:
    assert not any(is_guessable(passwords.random_password()) for _ in range(500))


@pytest.mark.parametrize("password", ["ab1" * 85, "q" * 256, "password" * 32, "xk7" * 20 + "q" * 196])
def test_no_password_takes_long_to_look_at(password: str) -> None:
    began = time.process_time()
    is_guessable(password, ["Amara Diallo"] * 3)
    assert time.process_time() - began < 0.5


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    word = "Überprüfung 1"
    sealed = passwords.seal(unicodedata.normalize("NFD", word))
    assert passwords.proves(unicodedata.normalize("NFC", word), sealed)


def test_a_megabyte_is_no_password_and_no_burden() -> None:
    assert not passwords.proves("x" * 1_000_000, passwords.NOBODY)


def test_an_older_seal_is_outdated_and_can_be_renewed() -> None:
    old = passwords.Sealed(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("old password"))
    assert passwords.outdated(old)
    renewed = passwords.reseal("old password")
    assert not passwords.outdated(renewed)
    assert passwords.proves("old password", renewed)


def test_random_passwords_differ_and_can_be_read_aloud() -> None:
    made = {passwords.random_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-hj-km-np-z2-9]{4}-){3}[a-hj-km-np-z2-9]{4}", password) for password in made)


@pytest.mark.parametrize("other", ["AMARA", " amara ", "\uff41mara"])
def test_logins_are_compared_without_case_width_and_space(other: str) -> None:
    assert passwords.fold(other) == passwords.fold("amara")
