"""Memory that processes have beside images, heaps and stacks: by habit, and as a scenario says."""

from collections.abc import Iterator
from random import Random
from typing import Final

from training.forge.scenario.windows.processes import Area as Wanted
from training.forge.windows.plan import Area, Kind
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.facts import SYSTEM_32

INERT: Final = b"INERT TRAINING REGION"
MARK_AT: Final = 0x40
"""Where the mark stands at the earliest: readers show as many bytes of the beginning."""

FUNCTION_32: Final = bytes.fromhex("558bec33c05dc3cccccccccccccccccc")
"""``push ebp; mov ebp, esp; xor eax, eax; pop ebp; ret``: the head of a function that does nothing."""
FUNCTION_64: Final = bytes.fromhex("48895c2408574883ec2033c0488b5c24304883c4205fc3cccccccc")
"""The head and the end of a 64-bit function that gives 0."""
NOPS: Final = b"\x90"
_PROGRAM: Final = bytes.fromhex(
    "4d5a90000300000004000000ffff0000b800000000000000400000000000000000000000000000000000000000000000"
)
_PAGE: Final = 0x1000
_SHARE: Final = 0.4
_FONTS: Final = ("segoeui.ttf", "StaticCache.dat", "segoeuib.ttf", "segmdl2.ttf")


def by_habit(cast: Cast, member: Member) -> Iterator[Area]:
    """The areas that any process of this sort has."""
    if member.minimal or member.exited:
        return
    draw = cast.numbers(member)(f"areas {member.name}")
    yield Area(size=0xC9000, protection="READONLY", kind=Kind.MAPPED, file=f"{SYSTEM_32}locale.nls")
    yield Area(size=0x1000, protection="READONLY", kind=Kind.MAPPED)
    yield Area(size=draw.randrange(1, 5) * _PAGE, protection="READWRITE")
    if member.kept in ("smss.exe", "csrss.exe"):
        return
    if member.session:
        yield Area(
            size=0x34D000,
            protection="READONLY",
            kind=Kind.MAPPED,
            file="C:\\Windows\\Globalization\\Sorting\\SortDefault.nls",
        )
        font = draw.choice(_FONTS)
        yield Area(size=0xF7000, protection="READONLY", kind=Kind.MAPPED, file=f"C:\\Windows\\Fonts\\{font}")
    if draw.random() < _SHARE:
        yield Area(size=0x11000, protection="READONLY", kind=Kind.MAPPED, file=f"{SYSTEM_32}C_1252.NLS")
        yield Area(size=draw.randrange(2, 0x40) * _PAGE, protection="READWRITE", kind=Kind.MAPPED)
    yield Area(size=0x10000, protection="READWRITE")
    yield from _harmless(member, draw)


def _harmless(member: Member, draw: Random) -> Iterator[Area]:
    """Memory that may be written and run where nothing is wrong: compilers at run time, and a scanner's hooks."""
    if member.kept == "MsMpEng.exe":
        for _ in range(2):
            yield _code(draw.randrange(1, 4), FUNCTION_64, b"SYNTHETIC scanner stub")
    elif member.managed:
        for number in range(2):
            yield _code(draw.randrange(1, 17), FUNCTION_64, b"SYNTHETIC compiled at run time %d" % number)


def _code(pages: int, function: bytes, said: bytes) -> Area:
    content = function.ljust(MARK_AT, b"\xcc") + INERT + b" " + said
    return Area(size=pages * _PAGE, protection="EXECUTE_READWRITE", content=content)


def of_story(member: Member) -> Iterator[Area]:
    """The areas that a scenario gives a process; a label is the name in the scenario."""
    for each in member.program.areas if member.program else ():
        yield Area(
            size=each.size,
            protection=each.protection,
            kind=Kind.MAPPED if each.mapped else Kind.PRIVATE,
            file=each.file or "",
            content=content(each),
            label=each.name,
        )


def content(wanted: Wanted) -> bytes:
    """What stands in an area: its beginning, its text, and from `MARK_AT` on, or behind the text, the mark."""
    begin = {"nops": NOPS * MARK_AT, "program": _PROGRAM.ljust(MARK_AT, b"\0"), "function": FUNCTION_32, "nothing": b""}
    head = bytearray(begin[wanted.begins])
    text = wanted.text.encode()
    if wanted.begins == "nothing" and not text:
        return b""
    end = max(len(head), wanted.at + len(text), MARK_AT)
    head.extend(bytes(end - len(head)))
    if text:
        head[wanted.at : wanted.at + len(text)] = text
        head[wanted.at + len(text) : max(wanted.at + len(text), MARK_AT)] = bytes(
            max(0, MARK_AT - wanted.at - len(text))
        )
    return (bytes(head) + b"\0" + INERT)[: wanted.size]
