"""The way to a physical address: its parts, its picture, and what a learner is told who goes it alone."""

from typing import Any

import pytest

from tests.unit.analysis.results.drawn import checked, in_time, texts
from training.analysis.views import Material, walk, walk_figure, walk_try
from training.analysis.views.walk import Walk

COLUMNS = {
    "Level": "str", "Bits": "str", "Index": "int", "Table": "hex", "Entry address": "hex", "Entry": "hex",
    "Flags": "str", "Leads to": "hex", "Note": "str",
}  # fmt: skip
LEVELS = (
    ("PML4", "47-39", 0, 0x5B9A000, 0x5B9A000, 0x5BB9067, "present, writable, user", 0x5BB9000, "next table"),
    ("PDPT", "38-30", 1, 0x5BB9000, 0x5BB9008, 0x5BBB067, "present, writable, user", 0x5BBB000, "next table"),
    ("PD", "29-21", 2, 0x5BBB000, 0x5BBB010, 0x5BB5067, "present, writable, user", 0x5BB5000, "next table"),
    ("PT", "20-12", 3, 0x5BB5000, 0x5BB5018, 0x8000000007940025, "present, no-execute", 0x7940000, "page of 4 KiB"),
)  # fmt: skip
END = ("physical address", "11-0", 0x123, 0x7940000, None, None, "read, user", 0x7940123, "in a page of 4 KiB")
ADDRESS = 1 << 30 | 2 << 21 | 3 << 12 | 0x123


def nobody(_material: Material, _row: int) -> None:
    return None


def of(make: Any, rows: Any, address: int = ADDRESS, pid: int | None = 7, cited: Any = nobody) -> Walk:
    options = {"address": address} | ({} if pid is None else {"pid": pid})
    made = walk.of(Material("engram.walk", make(COLUMNS, list(rows)), options=options), cited)
    assert made is not None
    return made


@pytest.fixture
def whole(make: Any) -> Walk:
    return of(make, [*LEVELS, END])


def test_a_way_is_read_and_drawn(whole: Walk) -> None:
    assert [level.name for level in whole.levels] == ["PML4", "PDPT", "PD", "PT"]
    assert (whole.width, whole.below, whole.end.physical, whole.pid) == (8, 12, 0x7940123, 7)
    assert [whole.bits(level.high, level.low) for level in whole.levels] == [f"{one:09b}" for one in range(4)]
    said = texts(checked(in_time(lambda: walk_figure.figure(whole))))
    for text in ("PDPT [1]", "0x5bbb010", "0x8000000007940025", "0x7940000 + 0x123 = 0x7940123", "000100100011"):
        assert text in said
    partly = texts(checked(walk_figure.figure(whole, 2)))
    assert "PDPT [1]" in partly
    assert "PD" in partly, "the level is named, its index is not"
    assert "0x5bbb010" not in partly


def test_large_pages_and_ends(make: Any) -> None:
    large = of(
        make,
        [
            *LEVELS[:2],
            ("PD", "29-21", 2, 0x5BBB000, 0x5BBB010, 0x2C000E3, "present, large page", 0x2C00000, "page of 2 MiB"),
            ("physical address", "20-0", 0x3123, 0x2C00000, None, None, "read", 0x2C03123, "in a page of 2 MiB"),
        ],
        pid=None,
    )
    assert (large.below, large.levels[-1].page, large.pid) == (21, True, None)
    assert "0x3123" in texts(checked(walk_figure.figure(large)))
    cut = of(
        make,
        [
            LEVELS[0],
            ("PDPT", "38-30", 1, 0x5BB9000, 0x5BB9008, 0, "empty", None, "the walk ends: its entry is empty"),
            ("physical address", *(None,) * 7, "not mapped: in PDPT, its entry is empty"),
        ],
    )
    figure = walk_figure.figure(cut)
    assert cut.end.physical is None
    assert "No page is reached." in texts(checked(figure))
    assert "gone" in {shape.role for shape in figure.shapes}
    assert walk_try.steps(cut) == 2


def test_addresses_of_the_kernel_have_their_upper_bits(make: Any) -> None:
    short = of(make, [*LEVELS, END], address=0x888003AD8000)
    assert short.address == 0xFFFF888003AD8000
    assert "0xffff" in texts(checked(walk_figure.figure(short)))
    assert of(make, [*LEVELS, END], address=0xFFFF888003AD8000).address == short.address


def test_citations_are_diamonds(make: Any) -> None:
    figure = walk_figure.figure(of(make, [*LEVELS, END], cited=lambda _material, row: 1 if row in {0, 4} else None))
    assert [shape.role for shape in figure.shapes].count("sus") == 2


def test_rows_that_are_no_way(make: Any) -> None:
    assert walk.of(Material("engram.walk", make(COLUMNS, [END])), nobody) is None
    assert walk.of(Material("engram.walk", make({"PID": "int"}, [(1,), (2,)])), nobody) is None
    odd = of(make, [("\u202e" * 500, "x", "y", None, None, "z", None, None, None), END])
    checked(walk_figure.figure(odd))


@pytest.mark.parametrize(
    ("step", "typed", "right", "said"),
    [
        (1, "0x5b9a000", True, "Right."),
        (2, " 5BB9008 ", True, "Right."),
        (2, "0x5bb9000", False, "That is where the table begins. The index is missing."),
        (2, "0x5bb9001", False, "Each entry has 8 bytes: multiply the index by it."),
        (2, "0x8", False, "That is the distance from the start of the table. Add where it begins."),
        (2, "0x5bb9010", False, "These are the bits for PD."),
        (2, "0x5bb906f", False, "The flags of the entry are still in it. Take them off before you add."),
        (2, "0x5b9a008", False, "You stayed in the table of the level before. Its entry leads on."),
        (2, "0x5bb90ff", False, "Not yet. Go through the lines again."),
        (3, "soon", False, "Type a hexadecimal number, such as 0x1f3000."),
        (3, "", False, "Type a hexadecimal number, such as 0x1f3000."),
        (3, "١٢", False, "Type a hexadecimal number, such as 0x1f3000."),
        (5, "0x7940123", True, "Right."),
        (5, "0x7940000", False, "That is where the page begins. The lowest 12 bits of the address go on into it."),
        (5, "0x8000000007940127", False, "The flags of the entry are still in it. Take them off before you add."),
        (5, "0x123", False, "That is the distance from the start of the page. Add where it begins."),
    ],
)
def test_what_a_learner_is_told(whole: Walk, step: int, typed: str, said: str, *, right: bool) -> None:
    answer = walk_try.judge(whole, step, typed)
    assert (answer.right, answer.said) == (right, said)


def test_every_step_has_its_number(whole: Walk) -> None:
    assert walk_try.steps(whole) == 5
    assert [walk_try.wanted(whole, step) for step in range(1, 6)] == [*(one[4] for one in LEVELS), END[7]]


def test_a_step_shows_what_is_found_and_no_more(whole: Walk) -> None:
    def at(step: int, typed: str = "") -> tuple[int, int, bool]:
        going = walk_try.of(whole, step, typed)
        return going.step, going.known, going.whole

    assert at(0) == at(6) == at(10**9) == (0, 4, True)
    assert at(1) == (1, 0, False)
    assert at(2, "0x1") == (2, 1, False)
    assert at(2, "0x5bb9008") == (2, 2, False)
    assert at(5) == (5, 4, False)
    assert at(5, "7940123") == (5, 4, True)
