"""How narrow columns may become: long cells give way, short ones are not broken, and nothing is lost of a name."""

from hypothesis import given
from hypothesis import strategies as st

from training.analysis import cards
from training.labs.widths import EDGES, NARROWEST, ROOM, SHORT, WIDEST, least, parts


def test_what_fits_is_not_broken() -> None:
    rows = [("1", "init", "2026-03-10 11:50:06Z"), ("1432", "kworker/R-kthro", "2026-03-10 11:50:06Z")]
    assert least(["PID", "COMM", "Time"], rows) == [NARROWEST, len("kworker/R-kthro"), len("2026-03-10")]


def test_addresses_give_way_before_words() -> None:
    names = ["A", "B", "C", "D", "E", "F", "G"]
    wide = least(names, [("0x7f23ff7bd000", *("kworker/7:5-evx",) * 5, "1")])
    assert wide[0] == SHORT
    assert min(wide[1:6]) > SHORT
    assert wide[6] == NARROWEST


def test_an_absence_has_no_say_and_a_single_long_word_little() -> None:
    names = [f"c{n}" for n in range(15)]
    rows = [("TCP",) * 15] * 7 + [("NETLINK_KOBJECT_UEVENT",) * 15]
    assert max(least(names, rows)) < SHORT
    assert set(least(names, [("not available",) * 15])) == {NARROWEST}


def test_no_rows_leave_the_names() -> None:
    assert least(["PID", "File Path"], []) == [NARROWEST, NARROWEST]
    assert least([], []) == []


@given(st.lists(st.lists(st.text("ab0x/: -", max_size=200), min_size=9, max_size=9), min_size=1, max_size=20))
def test_each_width_is_one_of_the_style_sheet_and_nine_columns_always_fit(rows: list[list[str]]) -> None:
    made = least([f"c{n}" for n in range(9)], rows)
    assert all(NARROWEST <= width <= WIDEST for width in made)
    longest = [max(len(row[at]) for row in rows) for at in range(9)]
    assert all(width <= max(NARROWEST, long) for width, long in zip(made, longest, strict=True))
    assert sum(made) <= ROOM - EDGES * 9


def test_the_parts_of_a_name_are_the_name() -> None:
    assert parts("ModificationTime") == ["Modification", "Time"]
    assert parts("Cmdline_Basename") == ["Cmdline_", "Basename"]
    assert parts("OFFSET (V)") == ["OFFSET (", "V)"]
    for card in cards.load():
        for column in card.columns:
            assert "".join(parts(column.name)) == column.name


@given(st.text())
def test_the_parts_of_any_text_are_the_text(text: str) -> None:
    assert "".join(parts(text)) == text
