"""Passwords: sealing and checking them with argon2id.

19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet). The library's defaults take 64 MiB each, so thirty people
who sign in at once would need 2 GB; a semaphore bounds memory and processor time as well.
"""

import secrets
import threading
import unicodedata
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from training.accounts.service.guessable import is_guessable
from training.errors import Refused
from training.sentence import phrase

SHORTEST, LONGEST = 10, 256  # characters
LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look like digits when they are read from a projector

GUESSABLE = phrase(
    "This password would be guessed at once: it is made of common words, names, dates or rows of keys. Choose another, "
    "such as four words that have nothing to do with each other."
)

Sealed = NewType("Sealed", str)
"""A password as it is stored: argon2id in its encoded form."""

NOBODY = Sealed("$argon2id$v=19$m=19456,t=2,p=1$v/P9Nkxpv7/fChTBGpmA+A$dzLefIsI8URjxI4P3GKArwtPWqovzXhIZ9fLEmQHH5k")
"""The hash of a random password that was thrown away: checked for unknown accounts, so that they take the same time."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(2)


def fold(login: str) -> str:
    """A login as it is compared: compatibility forms unified, case folded, no space around it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).strip().casefold())


def seal(password: str, login: str = "", *about: str) -> Sealed:
    """Hash a new password. Takes about 20 ms: call it outside a unit of work. `about` holds what else belongs to its
    owner, such as the name and the organisation. Raises Refused when it is too weak to take.
    """
    if len(password) < SHORTEST:
        raise Refused(phrase("Choose a password of at least %(n)s characters.", n=SHORTEST), field="password")
    if len(password) > LONGEST:
        raise Refused(phrase("Choose a password of at most %(n)s characters.", n=LONGEST), field="password")
    if login and fold(password) == fold(login):
        raise Refused(phrase("Choose a password that is not your sign-in name."), field="password")
    if is_guessable(password, (login, *about)):
        raise Refused(GUESSABLE, field="password")
    with _at_once:
        return Sealed(_hasher.hash(_unified(password)))


def proves(password: str, sealed: Sealed) -> bool:
    """Whether the password is the sealed one. Always computes a hash, whatever the password's length."""
    with _at_once:
        try:
            return _hasher.verify(sealed, _unified(password[: LONGEST + 1]))
        except VerifyMismatchError:
            return False


def outdated(sealed: Sealed) -> bool:
    """Whether a password was sealed with other parameters than today's."""
    return _hasher.check_needs_rehash(sealed)


def reseal(password: str) -> Sealed:
    """Hash a password that was just proven, by today's parameters; the rules for new ones don't apply."""
    with _at_once:
        return Sealed(_hasher.hash(_unified(password)))


def random_password() -> str:
    """A password of 79 random bits in four groups that can be read aloud."""
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(4))


def _unified(password: str) -> str:
    # The same letters come composed from one keyboard and decomposed from another (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
