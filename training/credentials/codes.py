"""The code of a certificate: short enough to be typed from paper, too long to be guessed.

Twenty characters in four groups: 19 are drawn at random from 29 (92 bits), the last is made of the others, so that a
slip of the pen is told from a certificate that doesn't exist. Letters and digits that look alike on paper don't occur.
"""

import secrets
import unicodedata

from training.errors import Refused
from training.sentence import phrase

ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
"""Without 0 and O, 1, I and L, S (5) and U (V). 29 is a prime: the check finds any one wrong or two swapped."""
LENGTH, GROUP = 20, 5
LOOKALIKE = str.maketrans({"S": "5", "U": "V"})


def new_code() -> str:
    """A code that nobody can guess, without its hyphens."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check(drawn)


def spelled(code: str) -> str:
    """A code as it is printed: `7K3M9-QXD2V-HT7RW-B4F8N`."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def read(typed: str) -> str:
    """The code that somebody typed, whatever the case, the spaces, the dashes and the digits of another script.

    Raises:
        Refused: no code looks like that; the message says what is wrong with it.
    """
    letters = "".join(_plain(one) for one in unicodedata.normalize("NFKC", typed[:200]).upper())
    code = letters.translate(LOOKALIKE)
    strange = sorted({one for one in code if one not in ALPHABET})
    if strange:
        raise Refused(
            phrase(
                "%(letters)s doesn't occur in codes. They have digits from 2 to 9 and letters without I, L, O, S, U.",
                letters=" ".join(strange[:5]),
            ),
            field="code",
        )
    if len(code) != LENGTH:
        raise Refused(
            phrase("A code has %(most)s letters and digits; these are %(n)s.", most=LENGTH, n=len(code)), field="code"
        )
    if _check(code[:-1]) != code[-1]:
        raise Refused(
            phrase("This is no code: a letter or digit of it is wrong. Compare it with the paper."), field="code"
        )
    return code


def _plain(one: str) -> str:
    if unicodedata.category(one)[0] in {"P", "Z", "C"}:
        return ""
    return str(unicodedata.digit(one, one))


def _check(drawn: str) -> str:
    total = sum(at * ALPHABET.index(one) for at, one in enumerate(drawn, 1))
    return ALPHABET[total % len(ALPHABET)]
