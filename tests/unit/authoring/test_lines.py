"""Differences and merges: what one author wrote is never lost for another's."""

import time

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.authoring import lines

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "", "\n", "d", "é\r\n"]), max_size=14).map("".join)


def test_changes_that_do_not_touch_come_together() -> None:
    base = "one\ntwo\nthree\nfour\nfive\n"
    merged = lines.merge(base, base.replace("one", "ONE"), base.replace("five", "FIVE\nsix"))
    assert merged == lines.Merged("ONE\ntwo\nthree\nfour\nFIVE\nsix\n")


def test_a_line_that_both_changed_differently_is_for_a_person() -> None:
    merged = lines.merge("one\ntwo\nthree\n", "one\n2\nthree\n", "one\nTWO\nthree\n")
    assert merged == lines.Merged(None, (lines.Clash(2, 2),))


def test_neighbours_count_as_touching() -> None:
    assert lines.merge("one\ntwo\n", "1\ntwo\n", "one\n2\n").text is None


def test_two_lines_put_at_one_place_are_for_a_person() -> None:
    assert lines.merge("one\ntwo\n", "one\nmine\ntwo\n", "one\ntheirs\ntwo\n").text is None


def test_the_same_change_of_both_is_taken_once() -> None:
    assert lines.merge("one\ntwo\n", "one\nnew\ntwo\n", "one\nnew\ntwo\n").text == "one\nnew\ntwo\n"


def test_an_edit_in_a_removed_part_is_for_a_person() -> None:
    base = "one\ntwo\nthree\nfour\n"
    assert lines.merge(base, "one\nfour\n", base.replace("three", "THREE")).text is None


@given(LINES, LINES)
def test_whoever_is_alone_gets_what_was_written(base: str, mine: str) -> None:
    assert lines.merge(base, mine, base).text == mine
    assert lines.merge(base, base, mine).text == mine
    assert lines.merge(base, mine, mine).text == mine


@given(LINES, LINES, LINES)
def test_a_merge_is_the_same_from_both_sides(base: str, mine: str, theirs: str) -> None:
    assert lines.merge(base, mine, theirs) == lines.merge(base, theirs, mine)


@given(st.lists(st.integers(0, 30), max_size=12, unique=True), st.data())
def test_no_line_of_either_is_lost_in_a_clean_merge(numbers: list[int], data: st.DataObject) -> None:
    base = "".join(f"{number}\n" for number in sorted(numbers))

    def edited(who: str) -> str:
        out = []
        for line in base.splitlines(keepends=True):
            out += data.draw(
                st.sampled_from([[line], [line], [], [f"{who} for {line}"], [line, f"{who} after {line}"]])
            )
        return "".join(out)

    mine, theirs = edited("mine"), edited("theirs")
    merged = lines.merge(base, mine, theirs)
    if merged.text is None:
        assert merged.clashes
        return
    got = merged.text.splitlines()
    for text in (mine, theirs):
        assert [one for one in text.splitlines() if one not in base.splitlines() and one not in got] == []
    both = set(mine.splitlines()) & set(theirs.splitlines())
    assert [one for one in both if one not in got] == []
    gone = set(base.splitlines()) - (set(mine.splitlines()) & set(theirs.splitlines()))
    assert [one for one in gone if one in got] == []


@given(LINES, LINES)
def test_operations_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    old, new = before.splitlines(), after.splitlines()
    got: list[str] = []
    place = 0
    for tag, a, b, c, d in lines.operations(old, new):
        assert a == place
        place = b
        got += old[a:b] if tag == "equal" else new[c:d]
    assert got == new
    assert place == len(old)


@given(LINES, LINES, st.integers(0, 3))
@try_examples(200)
def test_a_difference_shows_each_changed_line_once(before: str, after: str, around: int) -> None:
    shown = [line for place in lines.difference(before, after, around) for line in place]
    changed = [op for op in lines.operations(before.splitlines(), after.splitlines()) if op[0] != "equal"]
    assert sum(line.kind == "out" for line in shown) == sum(op[2] - op[1] for op in changed)
    assert sum(line.kind == "in" for line in shown) == sum(op[4] - op[3] for op in changed)
    assert len({(line.before, line.after) for line in shown}) == len(shown)
    assert [line.before for line in shown if line.before] == sorted(line.before for line in shown if line.before)


def test_words_show_what_came_and_what_went() -> None:
    pieces = lines.words("The lock was open.", "The lock was closed.")
    assert pieces == (("same", "The lock was "), ("out", "open"), ("in", "closed"), ("same", "."))


def test_texts_made_to_be_slow_are_compared_at_once() -> None:
    slow, other = "\n" * 100_000 + "x", "y" + "\n" * 100_000
    began = time.process_time()
    assert lines.merge("z" + slow, slow + "q", other).text is None
    lines.difference(slow, other + "a")
    assert time.process_time() - began < 5
