"""Bytes of a region as a picture: a grid of sixteen columns with the same as text beside it."""

from collections.abc import Iterator

from training.analysis.views.bytes_region import ROW, Line, Region
from training.analysis.views.drawing import CHARACTER, Box, Figure, Mark, Shape, Words
from training.analysis.views.drawing import Line as Stroke
from training.sentence import counted, joined, phrase

HEIGHT, HEAD = 18, 28  # of a line, and of the head above them
ADDRESS = 24  # where addresses begin, after the mark of what was cited
HEX = ADDRESS + 20 * CHARACTER
TEXT = HEX + 50 * CHARACTER
WIDTH = int(TEXT + 17 * CHARACTER) + 1
SPACE = "\u00a0"
"""Stands for a space of the evidence, since a picture shows several as one."""


def figure(region: Region) -> Figure:
    """The page of a region."""
    shapes: list[Shape] = [Stroke(((0, HEAD - 5.5), (WIDTH, HEAD - 5.5)), "ax")]
    words = list(_head())
    for place, line in enumerate(region.shown):
        y = HEAD + HEIGHT * place
        shapes += _marks(line, y)
        words += _words(line, y + 13)
    shapes += _gaps(region.shown)
    for place, word in _unread(region.shown):
        words.append(Words(HEX + 8, HEAD + HEIGHT * place + 13, word, role="m ui"))
    return Figure(
        WIDTH, HEAD + HEIGHT * len(region.shown) + 8, _title(region), _said(region), tuple(shapes), tuple(words)
    )


def _head() -> Iterator[Words]:
    yield Words(ADDRESS, HEAD - 12, phrase("Address"), role="m ui")
    yield Words(HEX, HEAD - 12, " ".join(f"+{one:x}" for one in range(ROW)), role="m")
    yield Words(TEXT, HEAD - 12, phrase("As text"), role="m ui")


def _words(line: Line, base: float) -> Iterator[Words]:
    yield Words(ADDRESS, base, f"{line.at:#x}", role="b" if line.cited else "m")
    if line.data is not None:
        yield Words(HEX + 3 * CHARACTER * line.start, base, line.data.hex(" "))
        yield Words(TEXT + CHARACTER * line.start, base, line.text.replace(" ", SPACE))


def _marks(line: Line, y: float) -> Iterator[Shape]:
    """A diamond where a line was cited, and a ground behind the bytes that were cited of any run."""
    if line.cited is not None or line.held:
        yield Mark(10, y + HEIGHT / 2, "diamond", "sus")
    for begin, end, _ in line.held:
        first = max(begin, line.at) - line.at + line.start
        last = min(end - line.at, len(line.data or b"")) + line.start
        if first < last:
            yield Box(HEX + 3 * CHARACTER * first - 3, y, 3 * CHARACTER * (last - first) - 1, HEIGHT, "hl")
            yield Box(TEXT + CHARACTER * first - 1, y, CHARACTER * (last - first) + 2, HEIGHT, "hl")


def _runs(lines: tuple[Line, ...]) -> Iterator[tuple[int, int]]:
    """Where lines without bytes follow each other: the first, and how many."""
    begin = 0
    for place in range(len(lines) + 1):
        if place == len(lines) or lines[place].data is not None:
            if begin < place:
                yield begin, place - begin
            begin = place + 1


def _gaps(lines: tuple[Line, ...]) -> Iterator[Shape]:
    for begin, many in _runs(lines):
        top = HEAD + HEIGHT * begin + 2
        yield Box(HEX - 3, top, TEXT + CHARACTER * ROW - HEX + 5, HEIGHT * many - 4, "gone")


def _unread(lines: tuple[Line, ...]) -> Iterator[tuple[int, str]]:
    """What is said of lines without bytes: whether a page is there at all."""
    for begin, many in _runs(lines):
        there = any(one.physical is not None for one in lines[begin : begin + many])
        yield begin, phrase("the page is not in the image") if there else phrase("no page is mapped here")


def _title(region: Region) -> str:
    first = region.lines[0].at if region.lines else 0
    return phrase("Bytes from %(address)s", address=f"{first:#x}")


def _said(region: Region) -> str:
    """What a look at it shows."""
    size = sum(len(one.data or b"") for one in region.lines)
    return joined(
        counted("%(num)s byte is there.", "%(num)s bytes are there.", size),
        counted("%(num)s line is not readable.", "%(num)s lines are not readable.", region.missing)
        if region.missing
        else "",
        phrase("The table below has the same."),
    )
