import re
import unicodedata

import pytest
from argon2 import PasswordHasher

from training.accounts.service import passwords
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
