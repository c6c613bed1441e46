"""The words of a table: ``0x448 _LIST_ENTRY``, ``0 u32 7:5``, ``0x110 _DUAL[2]``, ``0x550 ptr _PEB``."""

import re
from dataclasses import dataclass

BASES = {
    "u8": (1, False),
    "u16": (2, False),
    "u32": (4, False),
    "u64": (8, False),
    "i8": (1, True),
    "i16": (2, True),
    "i32": (4, True),
    "i64": (8, True),
}
"""Numbers by name: bytes, and whether signed. The low byte comes first."""

POINTER = 8
_MEMBER = re.compile(
    r"(?P<offset>0x[0-9A-F]+|[0-9]+) "
    r"(?:(?P<role>ptr|enum)(?: (?P<target>[A-Za-z_]\w*))?|(?P<name>[A-Za-z_]\w*))"
    r"(?P<counts>(?:\[[0-9]+\])*)"
    r"(?: (?P<bit>[0-9]+):(?P<length>[0-9]+))?"
)


class BadWords(ValueError):
    """The words of a member can't be read."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a member is kept.

    Attributes:
        role: ``base``, ``type``, ``ptr`` or ``enum``.
        name: of the number, the type or the enumeration; of what a pointer leads to, empty for anything.
        counts: lengths of an array, the outer one first; empty for a single one.
        bit: lowest bit of a bit field.
        length: bits of a bit field, 0 for none.
    """

    role: str
    name: str
    counts: tuple[int, ...] = ()
    bit: int = 0
    length: int = 0

    @property
    def element(self) -> "Form":
        """One of an array, without its outer length."""
        return Form(self.role, self.name, self.counts[1:], self.bit, self.length)


@dataclass(frozen=True, slots=True)
class Member:
    """A member: bytes from the start of its type, and how it is kept."""

    offset: int
    form: Form


def member(words: str) -> Member:
    """Read the words of a member. Raises BadWords with what is wrong."""
    found = _MEMBER.fullmatch(words)
    if not found:
        raise BadWords(f"'{words}' is not 'offset type', 'offset type[count]' or 'offset type bit:length'")
    counts = tuple(int(each) for each in re.findall(r"[0-9]+", found["counts"]))
    if 0 in counts:
        raise BadWords(f"'{words}' is an array of nothing")
    role, name = found["role"], found["target"] or ""
    if role == "enum" and not name:
        raise BadWords(f"'{words}' names no enumeration")
    if not role:
        name = found["name"]
        role = "base" if name in BASES else "type"
    form = Form(role, name, counts, int(found["bit"] or 0), int(found["length"] or 0))
    if found["length"]:
        _bits(words, form)
    return Member(int(found["offset"], 0), form)


def _bits(words: str, form: Form) -> None:
    """A bit field is a part of one number. Raises BadWords."""
    if form.role != "base" or form.counts:
        raise BadWords(f"'{words}': only a number has bits")
    if not form.length or form.bit + form.length > 8 * BASES[form.name][0]:
        raise BadWords(f"'{words}': the bits don't lie in a {form.name}")
