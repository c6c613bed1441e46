"""Questions of other systems as ours: what is made of each kind as a whole, and all that is lost on the way."""

from collections.abc import Sequence

import pytest

from tests.unit.courses.moving.quiz import JUDGED, LESS, OTHERS, REASONS, SHARE, SINGLE
from training.courses.manuscript.format import Judgement
from training.courses.moving.asked import Item, Loss
from training.courses.moving.foreign import Choice, Foreign

WILD = "the asterisk that stands for any text: here it is an asterisk"
NONE_RIGHT = "the question: no option is right"


def arrived() -> Foreign:
    """A question from elsewhere, of which its source and a mark are known."""
    return Foreign("N", "Q", "why", 7, {"source": "S", "mark": "V1"})


def item(kind: str, answer: object, **given: object) -> Item:
    """What is made of it."""
    known = {"explanation": "why", "line": 7, "source": "S", "mark": "V1"}
    return Item("N", kind, "Q", answer, **known, **given)  # type: ignore[arg-type]


def said(question: Foreign) -> list[str]:
    """What was lost of it; each with its name and line."""
    found = [one.what for one in question.losses]
    assert question.losses == [Loss("N", one, 7) for one in found]
    return [str(one) for one in found]


def count(n: int) -> str:
    """What is said of too few and of too many."""
    return f"it has {n} options or items; here there are 3 to 6: change it"


def fully(n: int) -> str:
    """What is said where not one option is right."""
    return f"the question: {n} options are fully right where one has to be"


@pytest.mark.parametrize(
    ("worths", "right", "losses"),
    [
        ([100, 0, 0], "a", []),
        ([0, 0, 100, 0, 0, 0], "c", []),
        ([0, 100.005, -0.005], "b", []),
        ([0, 99.995, 0.005], "b", []),
        ([0, 99.991, 0.009], "b", []),
        ([0, 100, 0.01], "b", []),
        ([0, 100.02, 0], "b", [SHARE]),
        ([0, 100, 0.02], "b", [SHARE]),
        ([0, 100, -50], "b", [SHARE]),
        ([0, 99.98, 0], None, [fully(0)]),
        ([100, 100, 0], None, [fully(2)]),
        ([100, 0], "a", [count(2)]),
        ([100, 0, 0, 0, 0, 0, 0], "a", [count(7)]),
        ([], None, [count(0), fully(0)]),
    ],
)
def test_one_of_several_options_is_fully_right(worths: Sequence[float], right: str | None, losses: list[str]) -> None:
    question = arrived()
    options = tuple((name, f"t{name}") for name, _ in zip("abcdefg", worths, strict=False))
    made = question.choices(
        [Choice(text, worth) for (_, text), worth in zip(options, worths, strict=True)], single=True
    )
    assert made == (item("choice", right, options=options) if right else None)
    assert said(question) == losses


@pytest.mark.parametrize(
    ("worths", "right", "losses"),
    [
        ([50, 50, -50], ("a", "b"), []),
        ([100, -100, -100], ("a",), []),
        ([33.33333, -33.33333, 33.33333, 33.33333], ("a", "c", "d"), []),
        ([33.325, 33.34, 33.33, -33.34], ("a", "b", "c"), []),
        ([33.32, 33.34, 33.33, -33.34], ("a", "b", "c"), [SHARE]),
        ([50, 50, 0], ("a", "b"), [SHARE]),
        ([100, 0, 0], ("a",), [SHARE]),
        ([0.01, -100, -100], ("a",), [SHARE]),
        ([0.009, 0, -100], None, [NONE_RIGHT]),
        ([0, 0, -1, 0, 0, 0, 0], None, [count(7), NONE_RIGHT]),
        ([50, 50], ("a", "b"), [count(2)]),
    ],
)
def test_several_options_are_right_and_each_counts_the_same(
    worths: Sequence[float], right: tuple[str, ...] | None, losses: list[str]
) -> None:
    question = arrived()
    options = tuple((name, f"t{name}") for name, _ in zip("abcdefg", worths, strict=False))
    found = [Choice(text, worth) for (_, text), worth in zip(options, worths, strict=True)]
    assert question.choices(found, single=False) == (item("multiple", right, options=options) if right else None)
    assert said(question) == losses


@pytest.mark.parametrize("single", [True, False])
def test_what_is_said_of_an_option_stays_with_it(single: bool) -> None:  # noqa: FBT001 - a parameter of the table
    found = [Choice("x", 0 if single else -100, "no"), Choice("y", 100), Choice("x", 0 if single else -100, "never")]
    made = arrived().choices(found, single=single)
    given = {"options": (("a", "x"), ("b", "y"), ("c", "x")), "feedback": {"a": "no", "c": "never"}}
    assert made == (item("choice", "b", **given) if single else item("multiple", ("b",), **given))


def test_options_beyond_the_alphabet_are_left_out_and_counted() -> None:
    question = arrived()
    made = question.choices([Choice(f"t{n}", 100 if n == 0 else 0) for n in range(27)], single=True)
    assert made is not None
    assert "".join(name for name, _ in made.options) == "abcdefghijklmnopqrstuvwxyz"
    assert said(question) == [count(27)]


@pytest.mark.parametrize(
    ("reasons", "losses"), [((), []), (("", ""), []), (("x", ""), [JUDGED]), (("", "x"), [JUDGED])]
)
def test_a_statement_is_true_or_false_and_has_no_reasons_yet(reasons: Sequence[str], losses: list[str]) -> None:
    for truth in (True, False):
        question = arrived()
        assert question.truth(truth, reasons) == item("statement", Judgement(truth=truth, reason="a"))
        assert said(question) == [REASONS, *losses]


@pytest.mark.parametrize(
    ("found", "worth", "spoken", "at", "losses"),
    [
        ([(4, 0.5)], [100], [], 0, []),
        ([(4, 0.5)], [50], [], 0, []),
        ([(4, 0.5), (5, 1)], [50, 100], [], 1, [OTHERS]),
        ([(4, 0.5), (5, 1)], [99.98, 99.995], ["", "x"], 1, [OTHERS, SINGLE]),
        ([(4, 0.5), (5, 1), (6, 0)], [0, 100, 100], ["", ""], 1, [OTHERS]),
        ([(4, 0.5), (5, 1)], [0, 50], [], 0, [OTHERS]),
        ([(4, 0.5), (5, 1)], [0, 100 - 0.01], [], 1, [OTHERS]),
    ],
)
def test_the_first_number_that_is_fully_right_counts(
    found: Sequence[tuple[float, float]], worth: Sequence[float], spoken: Sequence[str], at: int, losses: list[str]
) -> None:
    question = arrived()
    assert question.number(found, worth, spoken) == item("number", found[at][0], tolerance=found[at][1])
    assert said(question) == losses


@pytest.mark.parametrize(
    ("found", "texts", "losses"),
    [
        ([Choice("x", 100)], ["x"], []),
        ([Choice("x", 100), Choice("y", 99.995), Choice("x", 100)], ["x", "y"], []),
        ([Choice("x", 100 - 0.01)], ["x"], []),
        ([Choice("y", 99.98), Choice("x", 100)], ["x"], [LESS]),
        ([Choice("", 100), Choice("x", 100)], ["x"], []),
        ([Choice("a*b", 100, "said")], ["a*b"], [WILD, SINGLE]),
        ([Choice("x", 100), Choice("*", 0, "said")], ["x"], [LESS, SINGLE]),
        ([Choice("a\\*b\\*", 100)], ["a*b*"], []),
        ([Choice("x", 100), Choice("a\\*b*", 100)], ["x", "a*b*"], [WILD]),
        ([Choice("x", 50)], [], [LESS, "the question: no answer is right"]),
        ([Choice("", 100)], [], ["the question: no answer is right"]),
        ([], [], ["the question: no answer is right"]),
    ],
)
def test_typed_words_that_are_fully_right_are_taken(found: list[Choice], texts: list[str], losses: list[str]) -> None:
    question = arrived()
    made = question.short(found)
    assert made == (item("short", texts[0], accept=tuple(texts[1:])) if texts else None)
    assert said(question) == losses


@pytest.mark.parametrize(
    ("found", "answer", "options", "items", "losses"),
    [
        (
            [("l1", "r1"), ("l2", "r2"), ("l3", "r1"), ("", "r3")],
            {"i1": "a", "i2": "b", "i3": "a"},
            ["r1", "r2", "r3"],
            [("i1", "l1"), ("i2", "l2"), ("i3", "l3")],
            [],
        ),
        (
            [("l1", "r1"), ("", "r2"), ("l3", "r3")],
            {"i1": "a", "i3": "c"},
            ["r1", "r2", "r3"],
            [("i1", "l1"), ("i3", "l3")],
            [count(2)],
        ),
        (
            [(f"l{n}", f"r{n % 2}") for n in range(7)],
            {f"i{n}": "ab"[(n - 1) % 2] for n in range(1, 8)},
            ["r0", "r1"],
            [(f"i{n}", f"l{n - 1}") for n in range(1, 8)],
            [count(2), count(7)],
        ),
        (
            [("l", f"r{n}") for n in range(27)],
            {f"i{n}": chr(96 + n) if n < 27 else "" for n in range(1, 28)},
            [f"r{n}" for n in range(26)],
            [(f"i{n}", "l") for n in range(1, 28)],
            [count(27), count(27)],
        ),
    ],
    ids=["whole", "two items", "two options", "beyond the alphabet"],
)
def test_pairs_are_items_and_the_options_that_belong_to_them(
    found: list[tuple[str, str]],
    answer: dict[str, str],
    options: list[str],
    items: list[tuple[str, str]],
    losses: list[str],
) -> None:
    question = arrived()
    named = tuple(zip("abcdefghijklmnopqrstuvwxyz", options, strict=False))
    assert question.matching(found) == item("matching", answer, options=named, items=tuple(items))
    assert said(question) == losses


@pytest.mark.parametrize(
    ("found", "shown", "answer", "losses"),
    [
        (["c b", "b a", "a c"], ["a c", "b a", "c b"], "cba", []),
        (["a c", "b a", "c b"], ["b a", "c b", "a c"], "cab", []),
        (["a", "c", "b"], ["c", "b", "a"], "cab", []),
        (["c", "b", "a"], ["b", "a", "c"], "cab", []),
        (["x", "y"], ["y", "x"], "ba", [count(2)]),
    ],
)
def test_lines_are_mixed_and_never_stand_in_the_right_order(
    found: list[str], shown: list[str], answer: str, losses: list[str]
) -> None:
    question = arrived()
    items = tuple(zip("abc", shown, strict=False))
    assert question.order(found) == item("order", tuple(answer), items=items)
    assert said(question) == losses


@pytest.mark.parametrize(("n", "told"), [(0, 0), (1, 1), (12, 12), (13, 12), (40, 12)])
def test_kinds_of_html_that_are_lost_are_told_by_name_and_many_more_by_number(n: int, told: int) -> None:
    question = arrived()
    question.lose_kinds({f"k{10 + number}" for number in range(n)})
    more = [f"{n - told} other kinds of things that stand in it"] if n > told else []
    assert said(question) == [f"what stands in it as <k{10 + number}>" for number in range(told)] + more
