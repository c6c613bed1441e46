"""Questions go to GIFT and Moodle XML and come back the same, but for what the report names."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.courses.moving.conftest import SAMPLES
from training.courses.manuscript.format import Judgement
from training.courses.moving import asked, gift, gift_reading, moodle, moodle_reading
from training.courses.moving.asked import Brought, Item, Loss
from training.settings import ROOT

COURSES = [*sorted(file.parent for file in (ROOT / "courses").glob("*/course.yaml")), SAMPLES / "harbour"]
Carry = Callable[[list[Item]], tuple[Brought, list[Loss]]]


def by_gift(items: list[Item]) -> tuple[Brought, list[Loss]]:
    text, losses = gift.write(items)
    return gift_reading.read(text, "questions.gift"), losses


def by_moodle(items: list[Item]) -> tuple[Brought, list[Loss]]:
    data, losses = moodle.write(items)
    return moodle_reading.read(data, "questions.xml"), losses


BOTH = pytest.mark.parametrize("carry", [by_gift, by_moodle])


def told(item: Item) -> dict[str, object]:
    """A question without the ids of its options, which are given anew."""
    options, items, answer = dict(item.options), dict(item.items), item.answer
    said: object = {options.get(name, name): text for name, text in item.feedback.items()}
    found: object = answer
    if item.type == "choice":
        found = options[str(answer)]
    elif isinstance(answer, tuple):
        found = [(options or items)[name] for name in answer]
        found = found if item.type == "order" else set(found)
    elif item.type == "matching":
        found, said = dict(pair for pair in asked.pairs(item) if pair[0]), {}
    elif isinstance(answer, Judgement):
        found, options, said = answer.truth, {}, {}
    kind = "short" if item.type in {"time", "address"} else item.type
    rest = {"stem": item.stem, "accept": item.accept, "explanation": item.explanation, "mark": item.mark}
    rest |= {"source": item.source, "bank": item.bank, "objective": item.objective, "name": item.name}
    texts = {"options": set(options.values()), "items": set(items.values())}
    tolerance = 0 if kind == "short" else item.tolerance
    return {"type": kind, "answer": found, "feedback": said, "tolerance": tolerance, **texts, **rest}


@BOTH
@pytest.mark.parametrize("folder", COURSES, ids=lambda one: one.name)
def test_the_questions_of_the_catalogue_come_back(folder: Path, carry: Carry) -> None:
    items = asked.of_course(folder)
    assert items
    found, losses = carry(items)
    left_out = {one.name for one in losses if one.what.startswith("the question:")}
    arrows = {one.name for one in losses if "arrow" in one.what}
    sent = {one.name: told(one) for one in items if one.name not in left_out | arrows}
    assert {one.name: told(one) for one in found.items if one.name not in arrows} == sent
    assert len(left_out) <= len(items) // 10
    named = {one.name for one in losses}
    for item in items:
        changed = item.type in {"time", "address", "statement", "order"} or item.pool
        assert (item.name in named) or not changed
    if carry is by_moodle:
        assert left_out == set()


EVERY = "~=#{}:\\\n%*[]->/ $\"'`_&<;é中\u0627"
texts = (
    st.text(st.sampled_from(list(EVERY + "ab12")), min_size=1, max_size=30)
    .map(lambda text: "\n".join(line.strip() for line in text.split("\n")).strip())
    .filter(lambda text: text and "$$" not in text and "$`" not in text and "`$" not in text)
)
words = texts.map(lambda text: " ".join(text.split()))


@BOTH
@given(texts, st.lists(texts, min_size=3, max_size=6, unique=True), texts, texts)
def test_any_choice_comes_back(carry: Carry, stem: str, options: list[str], said: str, general: str) -> None:
    named = tuple(zip("abcdef", options, strict=False))
    one = Item("m1-1-q1", "choice", stem, "b", named, explanation=general, feedback={"a": said, "c": said})
    found, _ = carry([one, replace(one, name="m1-1-q2", type="multiple", answer=("a", "c"))])
    assert [told(item) for item in found.items] == [
        told(one),
        told(replace(one, name="m1-1-q2", type="multiple", answer=("a", "c"))),
    ]
    assert found.losses == ()


@BOTH
@given(texts, st.lists(words, min_size=1, max_size=4, unique=True))
def test_any_typed_answer_comes_back(carry: Carry, stem: str, answers: list[str]) -> None:
    one = Item("m1-1-q1", "short", stem, answers[0], accept=tuple(answers[1:]))
    found, losses = carry([one])
    assert [told(item) for item in found.items] == ([told(one)] if not losses else [])
    assert bool(losses) == (carry is by_gift and any("->" in text for text in answers))


@BOTH
@given(texts, st.lists(texts, min_size=3, max_size=6, unique=True), st.integers(0, 5))
def test_any_order_comes_back(carry: Carry, stem: str, lines: list[str], turn: int) -> None:
    named = tuple(zip("abcdef", lines, strict=False))
    names = [name for name, _ in named]
    at = turn % len(names)
    one = Item("m1-1-q1", "order", stem, tuple(names[at:] + names[:at]), items=named)
    found, losses = carry([one])
    if any(loss.what.startswith("the question:") for loss in losses):
        assert any(text.startswith(("//", "$CATEGORY")) for text in lines)
        return
    assert [told(item) for item in found.items] == [told(one)]
    again = found.items[0]
    assert again.answer != tuple(name for name, _ in again.items)


@BOTH
@given(
    texts, st.lists(texts, min_size=3, max_size=5, unique=True), st.lists(texts, min_size=3, max_size=6, unique=True)
)
def test_any_matching_comes_back(carry: Carry, stem: str, lefts: list[str], rights: list[str]) -> None:
    lefts = [text.replace("->", "to") for text in lefts]
    items = tuple((f"i{n}", text) for n, text in enumerate(dict.fromkeys(lefts)))
    options = tuple(zip("abcdef", rights, strict=False))
    answer = {name: options[n % len(options)][0] for n, (name, _) in enumerate(items)}
    one = Item("m1-1-q1", "matching", stem, answer, options, items)
    found, _ = carry([one])
    assert [told(item) for item in found.items] == [told(one)]


@BOTH
@given(st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9), st.floats(0, 1e6))
def test_any_number_comes_back(carry: Carry, value: float, tolerance: float) -> None:
    found, _ = carry([Item("m1-1-q1", "number", "How many?", value, tolerance=tolerance)])
    assert found.items[0].answer == value
    assert found.items[0].tolerance == tolerance


@BOTH
def test_a_formula_goes_out_as_tex_and_comes_back(carry: Carry) -> None:
    one = Item("m1-1-q1", "short", "What is $`2^{12}`$?", "4096")
    assert carry([one])[0].items[0].stem == one.stem
    assert "$$2^" in gift.write([one])[0]


@BOTH
def test_what_a_statement_loses_is_said(carry: Carry) -> None:
    reasons = (("a", "One"), ("b", "Two"), ("c", "Three"))
    one = Item("m1-1-q1", "statement", "It is so.", Judgement(truth=False, reason="b"), reasons, pool="pages")
    found, losses = carry([one])
    assert found.items[0].answer == Judgement(truth=False, reason="a")
    assert [str(loss).partition(":")[2].split()[0] for loss in losses] == ["that", "the"]
    assert "reasons" in found.losses[0].what
