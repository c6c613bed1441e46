"""Sign-in names for people who bring none: made of the name where that gives plain letters, else a number."""

import re
import unicodedata
from collections.abc import Callable

from training.hosting.roster.reading.cells import id_key

PLAIN = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]+)*", re.ASCII)
LONGEST = 40
UNDIVIDED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "\u0131": "i"})
"""Latin letters that have no plain letter within them."""


def login_of(name: str, number: str, taken: Callable[[str], bool]) -> str:
    """A sign-in name that nobody has, readable on any keyboard: `awa.diop`, `awa.diop2`; else `t00123`, `t1`.

    Names in other scripts are not spelled in Latin letters: there are many ways, and people know theirs.
    """
    plain = _plain(name)
    if plain:
        return _free(plain, "", taken)
    digits = id_key(number)
    if digits.isascii() and digits.isalnum() and len(digits) < LONGEST:
        return _free(f"t{digits}", ".", taken)
    return next(login for at in range(1, 10**6) if not taken(login := f"t{at}"))


def _free(stem: str, mark: str, taken: Callable[[str], bool]) -> str:
    if not taken(stem):
        return stem
    return next(login for at in range(2, 10**6) if not taken(login := f"{stem}{mark}{at}"))


def _plain(name: str) -> str:
    split = unicodedata.normalize("NFKD", name.casefold().translate(UNDIVIDED))
    letters = "".join(one for one in split if unicodedata.category(one) != "Mn")
    if not letters.isascii():
        return ""
    words = re.sub(r"[^a-z0-9]+", ".", letters.replace("'", "")).strip(".").split(".")
    while len(words) > 1 and len(".".join(words)) > LONGEST:
        words.pop()
    made = ".".join(words)[:LONGEST]
    return made if len(made) > 1 and PLAIN.fullmatch(made) else ""
