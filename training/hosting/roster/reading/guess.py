"""Which encoding a list has that says nothing of it: the one in which its words look most like names.

Every word beyond ASCII is read in each encoding. A reading is as likely as its letters are among names of a script, and
less so where a word mixes scripts, has capitals inside, or signs that stand in no word. All figures are natural
logarithms of likelihoods.
"""
# ruff: noqa: RUF001

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from math import log

GUESSED: Mapping[str, float] = {
    "cp1252": 0.0,
    "cp1256": 0.0,
    "cp1251": 0.0,
    "cp1254": -0.5,
    "cp850": -1.0,
    "cp437": -1.2,
    "cp866": -1.0,
    "cp857": -1.5,
    "cp720": -1.5,
    "cp864": -2.0,
    "mac_roman": -1.0,
    "mac_cyrillic": -1.0,
    "mac_arabic": -1.0,
    "mac_turkish": -1.5,
}
"""The encodings, and how likely each is before anything was read."""
WORD = re.compile(rb"[A-Za-z\x80-\xff]{1,40}")
MOST = 400  # words that are looked at
SHOWN = 3  # other readings that a host is asked about
CLOSE = 6.0
"""A reading that is no more than so much less likely than the best one may be the right one."""

WESTERN = (
    "é30 è8 á8 ö7 ü7 í7 ó7 ä6 ñ6 ç5 ë4 ã4 à3 â3 ê3 å3 ï3 ô3 ø3 ú3 î2 ß1.5 õ1 û1 æ1 š1 ž1 ò.7 ù.5 ý.5 ì.3 œ.3 ÿ.1 ð.1 "
    "þ.1"
)
TURKISH = "ı22 ü16 ş14 ö9 ğ9 ç8 i̇5 â.5 î.1"
CYRILLIC = (
    "а110 о85 и75 н75 в75 е70 р55 л50 с45 к45 т35 м35 д25 я25 у20 г20 п15 б15 ь15 ч15 й15 з12 ш9 х8 ю6 ф6 ж5 ы5 ц5 э3 "
    "ё3 і3 щ2 ї1 є1 ј.5 ћ.5 ъ.3 ґ.3 ў.3 ђ.3 љ.2 њ.2 џ.1 ѓ.05 ќ.05 ѕ.02"
)
ARABIC = (
    "ا135 ل95 م85 ي70 د65 ن60 ر60 ع50 ب50 ح45 س40 و40 ه35 ف25 ة25 ت20 أ15 ك15 ق15 خ12 ج12 ش12 ص12 ز12 ط10 ى8 إ6 غ6 ء5 "
    "ئ4 ض3 ث3 ظ2 ذ2 آ2 ؤ1 پ1 چ1 گ1 ک1 ی1 ـ.5 ژ.3 ّ.3 َ.2 ُ.2 ِ.2 ً.1 ٍ.1 ٌ.1 ْ.1"
)
SIGNS = {"’": -4.0, "‘": -5.0, "–": -6.0, "-": -6.0, "\u00a0": -5.0, "·": -7.0, "º": -8.0, "ª": -8.0}
"""What may stand in a word besides letters."""
OTHER_LETTER, OTHER_SIGN, NOTHING = -10.5, -13.0, -16.0
CAPITAL_INSIDE, MIXED, HARDLY_PLAIN, WRONG_SHAPE = -5.0, -8.0, -3.0, -3.0
ENDS = {0: ("<final>", "<medial>"), -1: ("<initial>", "<medial>")}
"""Shapes that no letter has at the beginning of a word, and at its end."""
FORMS = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")


def _table(said: str) -> dict[str, float]:
    found = {one.rstrip("0123456789."): float(one.lstrip(one.rstrip("0123456789."))) for one in said.split()}
    total = sum(found.values())
    return {sign: log(share / total) for sign, share in found.items()}


TABLES = tuple(map(_table, (WESTERN, TURKISH, CYRILLIC, ARABIC)))
SHARE = log(1 / len(TABLES))  # of each table in a list that has names of several


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest encoding; others that are `CLOSE` to it and read something else; all, the likeliest first."""

    best: str
    close: tuple[str, ...]
    order: tuple[str, ...]


def guess(data: bytes) -> Guess:
    """The encoding of a text that is not in Unicode."""
    words = list(islice((one for one in dict.fromkeys(WORD.findall(data)) if not one.isascii()), MOST))
    told = {one: GUESSED[one] + _list(words, one) for one in GUESSED}
    order = sorted(GUESSED, key=lambda one: -told[one])
    best = order[0]
    same = _read(words, best)
    close = (one for one in order[1:] if told[best] - told[one] <= CLOSE and _read(words, one) != same)
    return Guess(best, tuple(islice(close, SHOWN)), tuple(order))


def text(data: bytes, encoding: str) -> str:
    """Bytes in one of the encodings. DOS 864 has the shapes of letters, of which the letters are made."""
    found = data.decode(encoding, "replace")
    return FORMS.sub(lambda one: unicodedata.normalize("NFKC", one[0]), found) if encoding == "cp864" else found


def _read(words: Iterable[bytes], encoding: str) -> list[str]:
    return [text(word, encoding) for word in words]


def _list(words: Sequence[bytes], encoding: str) -> float:
    """How likely a list is: most have names of one table, and some of several."""
    found = [_word(word, encoding) for word in words]
    return max(*map(sum, zip(*found, strict=True)), sum(SHARE + max(one) for one in found)) if found else 0.0


def _word(word: bytes, encoding: str) -> list[float]:
    """How likely a word is by each table, its signs beyond ASCII. Each byte is a sign, in all of these encodings."""
    signs = [_signs(encoding)[byte] for byte in word]
    letters = [one for sign in signs for one in sign if one.isalpha()]
    beyond = [sign for byte, sign in zip(word, signs, strict=True) if byte > 127]  # noqa: PLR2004 - the end of ASCII
    scripts = {_script(one) for one in letters}
    found = 0.0
    if len(scripts) > 1:
        found += MIXED
    if scripts == {"Latin"} and sum(one.isascii() for one in letters) * 2 < len(letters):
        found += HARDLY_PLAIN  # bytes of other scripts read as Western ones give such words
    whole = "".join(letters)
    if not whole.isupper() and any(one.isupper() for one in whole[1:]):
        found += CAPITAL_INSIDE
    if encoding == "cp864":
        found += WRONG_SHAPE * sum(_shape(word[at]) in wrong for at, wrong in ENDS.items())
    return [found + sum(_letter(one, table) for one in beyond) for table in TABLES]


@cache
def _signs(encoding: str) -> tuple[str, ...]:
    """What each byte is in an encoding."""
    return tuple(text(bytes([byte]), encoding) for byte in range(256))


def _shape(byte: int) -> str:
    """`<initial>`, `<final>` and so on, for a byte of DOS 864."""
    return unicodedata.decomposition(bytes([byte]).decode("cp864", "replace")).partition(" ")[0]


def _letter(sign: str, table: Mapping[str, float]) -> float:
    if len(sign) > 1:  # two letters that have one shape
        return sum(_letter(one, table) for one in sign) / len(sign)
    kind = unicodedata.category(sign)
    if sign == "\ufffd" or kind[0] == "C":
        return NOTHING
    if (kind[0] == "L" or kind == "Mn") and not sign.isascii():
        return table.get(sign.lower(), OTHER_LETTER)
    return SIGNS.get(sign, OTHER_SIGN)


def _script(letter: str) -> str:
    code = ord(letter)
    if code < 0x250:  # noqa: PLR2004 - the end of Latin letters in any of these encodings
        return "Latin"
    return "Cyrillic" if 0x400 <= code < 0x530 else "Arabic" if 0x600 <= code < 0x700 else "other"  # noqa: PLR2004 - blocks
