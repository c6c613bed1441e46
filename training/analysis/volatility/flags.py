"""What the bits of an entry of a page table mean, in words.

The bits of a present entry are the processor's. Those of one that is not present belong to the system, which notes
there where the page is: only what its own sources say plainly is told.
"""

from collections.abc import Sequence

WORD = 4  # bytes of an entry without a bit for 'no-execute'
PRESENT, WRITABLE, USER = 1 << 0, 1 << 1, 1 << 2
GLOBAL, NO_EXECUTE = 1 << 8, 1 << 63
BITS = (
    (PRESENT, "present"),
    (WRITABLE, "writable"),
    (USER, "user"),
    (1 << 3, "write-through"),
    (1 << 4, "no cache"),
    (1 << 5, "accessed"),
)
OF_PAGES = ((1 << 6, "dirty"), (GLOBAL, "global"))
"""Bits that only an entry which leads to a page has."""
TRANSITION, PROTOTYPE = 1 << 11, 1 << 10
"""Windows, software entries (_MMPTE_TRANSITION, _MMPTE_PROTOTYPE)."""
PAGEFILE_BITS = 32
"""Windows on 64 bits: from this bit an entry of a page that was written out has its place in the page file."""


def of(entry: int, system: str, *, valid: bool, leaf: bool, large: bool) -> tuple[str, ...]:
    """The flags of an entry. `valid` is whether Volatility takes its page or table for there."""
    if not entry & PRESENT:
        return _not_present(entry, system, valid=valid, leaf=leaf)
    found = [word for bit, word in BITS if entry & bit]
    if leaf:
        found += [word for bit, word in OF_PAGES if entry & bit]
    found += ["no-execute"] if entry & NO_EXECUTE else []
    return (*found, "large page") if large else tuple(found)


def _not_present(entry: int, system: str, *, valid: bool, leaf: bool) -> tuple[str, ...]:
    if not entry:
        return ("empty",)
    if system == "windows":
        return "not present", _windows(entry)
    if valid:  # _PAGE_PROTNONE: the page is there, its number stands inverted
        return "not present", "no access (PROT_NONE)"
    return ("not present", "swapped out, or a special entry of the kernel") if leaf else ("not present",)


def _windows(entry: int) -> str:
    if entry & PROTOTYPE:
        return "prototype: shared memory, its own entry lies elsewhere"
    if entry & TRANSITION:
        return "transition: taken away, its content is still there"
    return "paged out" if entry >> PAGEFILE_BITS else "demand zero: not filled yet"


def rights(entries: Sequence[int], *, wide: bool) -> tuple[str, ...]:
    """What all levels together allow: each can only take away. `wide` entries have a bit for 'no-execute'."""
    if not all(entry & PRESENT for entry in entries):
        return ("no access by the processor",)
    write = ("write",) if all(entry & WRITABLE for entry in entries) else ()
    execute = () if wide and any(entry & NO_EXECUTE for entry in entries) else ("execute",)
    return "read", *write, *execute, "user" if all(entry & USER for entry in entries) else "kernel only"
