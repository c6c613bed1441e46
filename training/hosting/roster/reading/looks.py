"""Sign-in names that look like others: letters of one script or of several that share their shapes."""

# ruff: noqa: RUF001 - to look like others is what these letters are here for

import unicodedata

from training.hosting.roster.reading.cells import cleaned
from training.sentence import phrase

SCRIPTS = {
    "LATIN": phrase("Latin"),
    "CYRILLIC": phrase("Cyrillic"),
    "GREEK": phrase("Greek"),
    "ARMENIAN": phrase("Armenian"),
}
"""Those whose letters look alike on screens and slips, by the first word of a letter's name in Unicode."""
SHAPES = {
    "a": "аαɑᴀ",
    "b": "вьβƅɓʙ",
    "c": "сᴄ",
    "d": "ԁɖɗᴅ",
    "e": "еҽεɛᴇ",
    "f": "քƒꜰ",
    "g": "ԍցɡɢ",
    "h": "һнηհɦʜ",
    "i": "іιıɩɪ",
    "j": "јյȷʝᴊ",
    "k": "кκᴋ",
    "l": "1|ӏլƚɫɭǀʟ",
    "m": "мμɱᴍ",
    "n": "ոռŋɲɳɴ",
    "o": "0оοσօɵᴏ",
    "p": "рρᴘ",
    "q": "ԛգզɋ",
    "r": "гɾʀ",
    "s": "ѕտʂꜱ",
    "t": "тτʈᴛ",
    "u": "սʊʋᴜ",
    "v": "ѵνᴠ",
    "w": "ԝωաᴡ",
    "x": "хχ",
    "y": "уүυγɣʏ",
    "z": "ζʐᴢ",
    "3": "з",
    "\u064a": "\u0649\u06cc\u06cd\u06d0",  # yeh: alef maksura, the Farsi one, with a tail, of Pashto
    "\u0643": "\u06a9\u06aa",  # kaf: keheh, swash kaf
    "\u0647": "\u06c1\u06be\u06d5\u0629\u06c3",  # heh: goal, with two eyes, ae, ta marbuta, its goal form
}
"""A letter, and those that look like it, small or capital. Two digits are never of one shape: numbers stay apart."""
UNSEEN = "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670"
"""The stroke that makes Arabic words longer, and marks of vowels that most people leave out."""
ALIKE = str.maketrans("".join(SHAPES.values()), "".join(one * len(others) for one, others in SHAPES.items()), UNSEEN)
UPRIGHT = str.maketrans("I\u0406\u0399", "lll")
"""Capitals, of Latin, Cyrillic and Greek, that look like a small l."""


def skeleton(login: str) -> str:
    """What two sign-in names have in common that look alike: to be compared with others, never shown."""
    shown = login if login.isascii() else unicodedata.normalize("NFKC", cleaned(login))
    if any(map(str.islower, shown)):  # among capitals alone nobody takes I for l
        shown = shown.translate(UPRIGHT)
    parted = shown.casefold()
    if not parted.isascii():
        parted = "".join(str(unicodedata.decimal(one, one)) for one in unicodedata.normalize("NFKD", parted))
    return parted.translate(ALIKE)


def mixed(login: str) -> list[str]:
    """The scripts of which a sign-in name, or what stands before the @ of an address, has letters, where several."""
    words = {unicodedata.name(one, "").partition(" ")[0] for one in login.partition("@")[0] if one.isalpha()}
    found: list[str] = [said for name, said in SCRIPTS.items() if name in words]
    return found if len(found) > 1 else []
