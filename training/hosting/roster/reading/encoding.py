"""From bytes to text: marked, valid or guessed. A guess is shown with sample names, and the host decides."""

import re
import unicodedata
from dataclasses import dataclass

from training.errors import Refused
from training.hosting.roster.reading.guess import guess, text
from training.sentence import phrase

LARGEST = 512 * 1024
"""Bytes of a list: ten thousand rows of ordinary length, far more than anybody teaches at once."""
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1254": "Windows-1254",
    "cp1256": "Windows-1256",
    "cp1251": "Windows-1251",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "cp857": "DOS 857",
    "cp866": "DOS 866",
    "cp720": "DOS 720",
    "cp864": "DOS 864",
    "mac_roman": "Mac Roman",
    "mac_turkish": "Mac Turkish",
    "mac_cyrillic": "Mac Cyrillic",
    "mac_arabic": "Mac Arabic",
}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
MOJIBAKE = 4  # readable signs of UTF-8 for each broken one from which on it is still taken for UTF-8
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Bytes that stand in no text of one byte for each sign: one half of the signs of UTF-16 has them."""
READABLE = 0.98  # share of signs that people write, from which on a text is taken for UTF-16
ENOUGH = 0.1  # share of ASCII in such a text where its letters are of several alphabets, or Han
LAST = b"\x1a"  # DOS ends its texts with it


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, how it was encoded, and whether that is certain: marked by its first bytes, or valid Unicode.

    Where it is not, `others` are all other encodings, the likeliest first, and `close` those that may well be the right
    ones, and read something else.
    """

    text: str
    encoding: str
    certain: bool
    others: tuple[str, ...] = ()
    close: tuple[str, ...] = ()


def decode(data: bytes, chosen: str = "") -> Decoded:
    """The text of a file. What can't be read in the chosen encoding becomes U+FFFD, which each row then complains of.

    Raises:
        Refused: the file is too large, empty, or no text at all.
    """
    _is_text(data)
    if chosen in ENCODINGS:
        return Decoded(plain(data, chosen), chosen, certain=False, others=_others(chosen, guess(data).order))
    if data.startswith(b"\xef\xbb\xbf"):
        return Decoded(plain(data, "utf-8"), "utf-8", certain=True)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _wide(data):
        return Decoded(plain(data, "utf-16"), "utf-16", certain=True)
    try:
        return Decoded(data.removesuffix(LAST).decode("utf-8"), "utf-8", certain=True)
    except UnicodeDecodeError:
        found = guess(data)
    if _mostly_unicode(data):
        return Decoded(plain(data, "utf-8"), "utf-8", certain=False, others=_others("utf-8", found.order))
    others = _others(found.best, found.order)
    return Decoded(plain(data, found.best), found.best, certain=False, others=others, close=found.close)


def _others(one: str, order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in (*order, "utf-8") if each != one)


def _mostly_unicode(data: bytes) -> bool:
    read = data.decode("utf-8", "replace")
    broken = read.count("\ufffd")
    return sum(ord(one) > 127 for one in read) - broken >= MOJIBAKE * broken  # noqa: PLR2004 - the end of ASCII


def _is_text(data: bytes) -> None:
    if len(data) > LARGEST:
        raise Refused(phrase("The list is larger than %(n)s kB. Send this session's rows only.", n=LARGEST // 1024))
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Refused(phrase("The list is empty. Choose a file, or paste the rows."))
    if data.startswith(WORKBOOKS):
        raise Refused(
            phrase(
                "This is a workbook or a document, not a text. Save the sheet as 'CSV UTF-8', or copy its cells and "
                "paste them."
            )
        )


def plain(data: bytes, encoding: str) -> str:
    """The text of a file in one of the encodings; U+FFFD stands for what can't be read."""
    if encoding == "utf-16":
        marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return data.decode(encoding if marked else _wide(data) or "utf-16-le", "replace").removeprefix("\ufeff")
    return text(data.removesuffix(LAST), encoding).removeprefix("\ufeff")


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: bytes that no text has, and pairs of bytes that are signs which people write."""
    if not CONTROLS.search(data[:2000]):
        return ""
    found = {one: _written(data[:2000].decode(one, "replace")) for one in ("utf-16-le", "utf-16-be")}
    best = max(found, key=lambda one: found[one])
    return best if found[best] > 0 else ""


def _written(read: str) -> float:
    """The share of spaces, ends of lines and other ASCII in a text, more where all its letters are of one alphabet.

    Nothing where it has signs that nobody writes. Bytes in the wrong order, or of single letters, read as Han and other
    letters of many alphabets, and the ends of their lines as nothing.
    """
    good = sum(one in "\t\r\n" or (unicodedata.category(one)[0] in "LNPSZM" and one != "\ufffd") for one in read)
    if good < READABLE * len(read):
        return 0.0
    alphabets = {unicodedata.name(one, "").partition(" ")[0] for one in read if one.isalpha() and not one.isascii()}
    ordinary = sum(one.isascii() for one in read) / len(read)
    if len(alphabets) <= 1 and "CJK" not in alphabets:
        return 1.0 + ordinary
    return ordinary if ordinary >= ENOUGH else 0.0
