"""The way from a virtual address to a physical one as a picture: the address in its parts, then level under level."""

from collections.abc import Iterator

from training.analysis.views.drawing import CHARACTER, Box, Figure, Line, Mark, Shape, Words, clip
from training.analysis.views.walk import HALF_BITS, WORD_BITS, Level, Walk
from training.sentence import joined, phrase

WIDTH = 700
PARTS, PART = 8, 58  # where the parts of the address begin, and how high they are
TOP = PART + 62  # where the first level begins
HEIGHT, STEP = 46, 72  # of a level, and from one to the next
TABLE, INDEX, ENTRY_AT, ENTRY = 78, 218, 266, 420  # where the columns of a level begin
PAD = 5
NAME = TABLE - PARTS - PAD  # pixels for the name of a level


def figure(walk: Walk, upto: int | None = None) -> Figure:
    """The way. `upto` shows only so many levels: the others are still to be found."""
    whole = upto is None
    shown = walk.levels if upto is None else walk.levels[:upto]
    shapes: list[Shape] = [*_parts(walk)]
    words = [*_part_words(walk, len(shown)), *_heads()]
    for place, level in enumerate(shown):
        shapes += _level(level, place)
        words += _level_words(level, place)
    foot = len(shown)
    if whole:
        shapes += _end(walk, foot)
        words += _end_words(walk, foot)
    height = int(TOP + STEP * (foot + whole)) + 4
    return Figure(WIDTH, height, _title(walk), _said(walk, whole=whole), tuple(shapes), tuple(words))


def _cuts(walk: Walk) -> list[tuple[str, int, int, str]]:
    """The parts of the address from the highest bits down: name, bits, and what stands there."""
    made = [(clip(one.name, NAME), one.high, one.low) for one in walk.levels]
    parts = [(name, high, low, walk.bits(high, low)) for name, high, low in made]
    if walk.top == HALF_BITS - 1:
        parts.insert(0, ("", WORD_BITS - 1, HALF_BITS, f"{walk.address >> HALF_BITS:#06x}"))
    last = walk.below - 1
    offset = walk.address & (1 << walk.below) - 1
    return [*parts, ("", last, 0, walk.bits(last, 0) if last < WORD_BITS // 4 else f"{offset:#x}")]


def _widths(walk: Walk) -> Iterator[tuple[float, float]]:
    """Where each part begins, and how wide it is."""
    x = float(PARTS)
    for *_, bits in _cuts(walk):
        width = max(len(bits) * CHARACTER, 9 * CHARACTER) + 2 * PAD
        yield x, width
        x += width + 6


def _parts(walk: Walk) -> Iterator[Shape]:
    for x, width in _widths(walk):
        yield Box(x, 26, width, 24)


def _part_words(walk: Walk, known: int) -> Iterator[Words]:
    """Above each part its bits, in it what stands there, below it the level, with the index once that is found."""
    indexes = {clip(one.name, NAME): one.index for one in walk.levels[:known]}
    for (name, high, low, bits), (x, width) in zip(_cuts(walk), _widths(walk), strict=True):
        middle = x + width / 2
        yield Words(middle, 18, f"{high}-{low}", "middle", "m")
        yield Words(middle, 42, bits, "middle", "b" if name else "")
        if name:
            yield Words(middle, 66, f"{name} [{indexes[name]}]" if name in indexes else name, "middle")
        elif high >= HALF_BITS:
            yield Words(middle, 66, phrase("sign"), "middle", "m ui")
        else:
            yield Words(middle, 66, phrase("offset"), "middle", "m ui")


def _heads() -> Iterator[Words]:
    y = TOP - 10
    for x, said in (
        (PARTS + PAD, phrase("Level")),
        (TABLE, phrase("Table at")),
        (INDEX, phrase("Index")),
        (ENTRY_AT, phrase("Entry at")),
        (ENTRY, phrase("Entry")),
    ):
        yield Words(x, y, said, role="m ui")


def _y(place: int) -> float:
    return float(TOP + STEP * place)


def _level(level: Level, place: int) -> Iterator[Shape]:
    """A box, with a diamond where it was cited, and the arrow to what it leads to."""
    y = _y(place)
    yield Box(PARTS, y, WIDTH - 2 * PARTS, HEIGHT, "nd")
    if level.cited is not None:
        yield Mark(WIDTH - PARTS - 14, y + 14, "diamond", "sus")
    turn, below = y + HEIGHT + 12, y + STEP
    role = "ln" if level.leads_to is not None else "gone"
    yield Line(((ENTRY + 20, y + HEIGHT), (ENTRY + 20, turn), (TABLE + 20, turn), (TABLE + 20, below)), role)
    yield Line(
        ((TABLE + 15, below - 7), (TABLE + 20, below), (TABLE + 25, below - 7)), role if role == "ln" else "gone"
    )


def _level_words(level: Level, place: int) -> Iterator[Words]:
    y = _y(place) + 18
    yield Words(PARTS + PAD + 4, y, clip(level.name, NAME), role="b")
    yield Words(TABLE, y, f"{level.table:#x}")
    yield Words(INDEX, y, str(level.index))
    yield Words(ENTRY_AT, y, f"{level.at:#x}")
    yield Words(ENTRY, y, f"{level.entry:#x}" if level.entry is not None else "?", role="b")
    yield Words(TABLE, y + 20, clip(", ".join(level.flags) or level.note, WIDTH - TABLE - 16), role="m")


def _end(walk: Walk, place: int) -> Iterator[Shape]:
    y = _y(place)
    there = walk.end.physical is not None
    yield Box(PARTS, y, WIDTH - 2 * PARTS, HEIGHT, "nd" if there else "gone")
    if walk.end.cited is not None:
        yield Mark(WIDTH - PARTS - 14, y + 14, "diamond", "sus")


def _end_words(walk: Walk, place: int) -> Iterator[Words]:
    y, end = _y(place) + 18, walk.end
    if end.physical is None:
        yield Words(TABLE, y, phrase("No page is reached."), role="ui")
        yield Words(TABLE, y + 20, clip(end.note, WIDTH - TABLE - 16), role="m")
        return
    yield Words(TABLE, y, f"{end.page or 0:#x} + {end.offset:#x} = {end.physical:#x}", role="b")
    yield Words(TABLE, y + 20, clip(f"{', '.join(end.rights)} ({end.note})", WIDTH - TABLE - 16), role="m")


def _title(walk: Walk) -> str:
    address = f"{walk.address:#x}"
    if walk.pid is None:
        return phrase("The way of %(address)s through the page tables of the kernel", address=address)
    return phrase(
        "The way of %(address)s through the page tables of process %(pid)s", address=address, pid=str(walk.pid)
    )


def _said(walk: Walk, *, whole: bool) -> str:
    table = phrase("The table below has the same.")
    if not whole:
        return joined(phrase("What you have found so far."), table)
    if walk.end.physical is None:
        return joined(
            phrase("It ends at %(level)s: no page is reached.", level=clip(walk.levels[-1].name, NAME)), table
        )
    found = phrase("It leads to the physical address %(address)s.", address=f"{walk.end.physical:#x}")
    return joined(found, table)
