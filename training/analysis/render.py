"""Cells as text. Strings come from an image and may be hostile: nothing invisible stays invisible. HTML escaping is the
page's.
"""

import unicodedata
from typing import Any

from training.sentence import phrase

ABSENCES = ("unreadable", "unparsable", "not applicable", "not available")
# Control, format (bidirectional marks, zero width), surrogate, private, unassigned, line and paragraph separators.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
CONTROL_PICTURES = 0x2400  # Unicode block: a picture for each of U+0000 to U+001F
DELETE, DELETE_PICTURE = 0x7F, "\u2421"
CONTROLS = 0x20
LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # classes of the Unicode bidi algorithm
DIRECTION_MARKS = "\u200e\u200f\u061c"
SORTS = {
    "Cc": phrase("a control character"),
    "Cs": phrase("half of a character"),
    "Co": phrase("a private character"),
    "Cn": phrase("an unassigned character"),
    "Zs": phrase("an unusual space"),
}
BREAK, MARK, UNSEEN = phrase("a line break"), phrase("a direction mark"), phrase("an invisible character")


def visible(text: str) -> str:
    """Text in which each hidden character is shown: controls as their picture (␛), others as a name in angle
    quotation marks, such as U+202E.

    Spaces other than the ordinary one are named as well, since they make two strings look equal that are not. Text that
    is all printable comes back as it is.
    """
    return text if text.isprintable() else "".join(_shown(character) for character in text)


def named(character: str) -> str:
    """A hidden character for a sentence: what sort it is, and its number, such as 'a direction mark (U+202E)'."""
    category = unicodedata.category(character)
    if character in LINE_BREAKS:
        sort = BREAK
    elif unicodedata.bidirectional(character) in DIRECTIONS or character in DIRECTION_MARKS:
        sort = MARK
    else:
        sort = SORTS.get(category, UNSEEN)
    return phrase("%(sort)s (U+%(code)s)", sort=sort, code=f"{ord(character):04X}")


def _shown(character: str) -> str:
    code = ord(character)
    if code < CONTROLS:
        return chr(CONTROL_PICTURES + code)
    if code == DELETE:
        return DELETE_PICTURE
    category = unicodedata.category(character)
    if category in HIDDEN or (category == "Zs" and character != " "):
        return f"\u2039U+{code:04X}\u203a"
    return character


def cell(value: Any, kind: str, absent: str | None = None) -> str:
    """One cell as text: hexadecimal as 0x…, times in UTC with Z, absence as its word.

    `value` is what the JSON renderer gave, `kind` the column's type, `absent` the kind of absence (one of ABSENCES) or
    None.
    """
    if absent is not None:
        return absent
    if isinstance(value, int) and not isinstance(value, bool):
        return {"hex": f"{value:#x}", "bin": f"{value:#b}"}.get(kind, str(value))
    text = "" if value is None else str(value)
    return visible(_time(text) if kind == "datetime" else text)


def _time(text: str) -> str:
    """'2026-11-25T10:49:57+00:00' as '2026-11-25 10:49:57Z'; anything else as it is."""
    if text.endswith("+00:00"):
        return text.removesuffix("+00:00").replace("T", " ", 1) + "Z"
    return text.replace("T", " ", 1)
