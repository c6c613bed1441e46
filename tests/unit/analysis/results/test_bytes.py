"""Regions of bytes: lines, pages, texts, what was cited, and the picture of them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.analysis.results.drawn import checked, in_time, texts
from training.analysis.views import Material, bytes_figure, bytes_region
from training.analysis.views.bytes_region import LINES, MOST_TEXTS, Region

COLUMNS = {"Address": "hex", "Physical": "hex", "Hex": "str", "Text": "str"}
GONE = {1: "unreadable", 2: "unreadable", 3: "unreadable"}


def of(make: Any, data: bytes, at: int = 0x1000, gone: range = range(0), **more: Any) -> Region:
    """A region from an address. `gone` are lines without bytes."""
    rows: list[Any] = []
    place = 0
    while place < len(data):
        size = min(16 - (at + place) % 16, len(data) - place)
        part = data[place : place + size]
        if len(rows) in gone:
            rows.append((len(rows), 0, None, (at + place, None, None, None), GONE))
        else:
            cells = (at + place, 0x7000 + place, part.hex(" "), "?" * size)
            rows.append((len(rows), 0, None, cells, {}))
        place += size
    return bytes_region.of(Material("engram.bytes", make(COLUMNS, rows)), more.pop("cited", nobody), **more)


def nobody(_material: Material, _row: int) -> None:
    return None


def test_lines_begin_where_the_region_does(make: Any) -> None:
    made = of(make, bytes(range(40)), at=0x100A)
    assert [(line.at, line.start, len(line.data or b"")) for line in made.lines] == [
        (0x100A, 10, 6), (0x1010, 0, 16), (0x1020, 0, 16), (0x1030, 0, 2),
    ]  # fmt: skip
    root = checked(bytes_figure.figure(made))
    said = texts(root)
    assert "00 01 02 03 04 05" in said
    hexes = {one.text: float(one.attrib["x"]) for one in root.iter("text")}
    assert hexes["00 01 02 03 04 05"] > hexes["06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15"], "it stands further in"


def test_texts_of_both_kinds_are_found_where_they_begin(make: Any) -> None:
    data = b"\0\0\0abc\0" + b"password=hunter2 and more" + b"\xff" + "wide text".encode("utf-16-le") + b"\xfe\xfe"
    made = of(make, data)
    assert [(one.at - 0x1000, one.written, one.text, one.line.n) for one in made.texts] == [
        (7, "ASCII", "password=hunter2 and more", 0),
        (33, "UTF-16", "wide text", 2),
    ]
    broken = of(make, b"x" * 48, gone=range(1, 2))
    assert [(one.at, one.text) for one in broken.texts] == [(0x1000, "x" * 16), (0x1020, "x" * 16)]
    many = of(make, b"abcd\0\0\0\0" * 512)
    assert (len(many.texts), many.all_texts) == (MOST_TEXTS, 512)


def test_what_was_cited_is_marked_byte_by_byte(make: Any) -> None:
    cited = of(make, bytes(64), cited=lambda _material, row: 3 if row == 2 else None)
    held = list(bytes_region.held([cited.material], lambda _material, row: 3 if row == 2 else None))
    assert held == [(0x1020, 0x1030, 3)]
    over = of(make, bytes(64), at=0x1018, held=held)
    assert [bool(line.held) for line in over.lines] == [False, True, False, False, False]
    figure = bytes_figure.figure(over)
    assert [shape.role for shape in figure.shapes].count("hl") == 2
    assert [shape.role for shape in figure.shapes].count("sus") == 1


def test_long_regions_have_pages_and_missing_ones_a_frame(make: Any) -> None:
    made = in_time(lambda: of(make, b"\xaa" * 4096, gone=range(3, 9), page=9))
    assert (made.page, made.pages, made.missing) == (8, 8, 6)
    assert len(made.shown) == LINES
    first = of(make, b"\xaa" * 4096, gone=range(3, 9))
    drawn = checked(bytes_figure.figure(first))
    assert texts(drawn).count("no page is mapped here") == 1
    assert [shape.role for shape in bytes_figure.figure(first).shapes].count("gone") == 1


@try_examples(60)
@given(data=st.binary(min_size=1, max_size=700), at=st.integers(0, 2**64 - 4096), gone=st.integers(0, 40))
def test_any_bytes_make_a_figure(make: Any, data: bytes, at: int, gone: int) -> None:
    made = of(make, data, at=at, gone=range(gone, gone + 3), held=[(at, at + 5, 1), (at + 20, at + 600, 2)])
    root = checked(bytes_figure.figure(made))
    for text in texts(root):
        assert text.isprintable() or "\u00a0" in text
    whole = b"".join(line.data or b"" for line in made.lines)
    assert made.missing or whole == data


def test_a_cell_that_names_no_bytes_is_a_line_without(make: Any) -> None:
    rows = [(0x1000, 0x7000, "no bytes at all", "x"), (0x1010, "x", "00" * 400, "x"), ("x", None, "0", "x")]
    made = bytes_region.of(Material("engram.bytes", make(COLUMNS, rows)), nobody)
    assert [line.data for line in made.lines] == [None, bytes(16), None]
    checked(bytes_figure.figure(made))
