"""Every named mistake and look-alike of every lab, submitted on its real exhibit: its code and feedback come back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.unit.labs.conftest import LAB, PACK, Desk
from training.grading.judge import Finding, State, judge
from training.grading.parts import Lookalike, Mistake
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon
from training.grading.values.reading import kind_of
from training.labs import reader
from training.labs.prove import names
from training.sentence import unpacked
from training.settings import ROOT

pytestmark = pytest.mark.any_database

LABS = ROOT / "labs"
FEWEST = 2


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that an author has named: what is typed for it, its code, what is said of it."""

    question: Question
    code: str
    typed: str
    say: str
    next: str


def wrong_answers(questions: tuple[Question, ...], keys: dict[str, SealedKey]) -> Iterator[Wrong]:
    """A typed answer for each value of each named mistake and look-alike on an exhibit; those of one code together."""
    for question in questions:
        if question.type == "written":  # no key: a marker gives a level, and its text is the feedback
            continue
        key = keys[question.id]
        for mistake, values in zip(question.mistakes, key.mistakes, strict=True):
            yield from of(question, key, mistake, values, question.mistakes.index(mistake))
        for alike, values in zip(question.lookalikes, key.lookalikes, strict=True):
            yield from of(question, key, alike, values, len(question.mistakes))


def of(
    question: Question, key: SealedKey, named: Mistake | Lookalike, values: tuple[Canon, ...], before: int
) -> Iterator[Wrong]:
    earlier = {value for taken in key.mistakes[:before] for value in taken}
    for own in values:
        if own in earlier:  # the first that matches wins
            continue
        answer = whole(key, named, own, values)
        if question.type == "matching" and isinstance(answer, tuple):  # a wrong pair takes the place of the right one
            answer = tuple({str(pair).partition("=")[0]: pair for pair in answer}.values())
        typed = kind_of(question.spec).write(answer, question.spec)
        yield Wrong(question, named.code, typed, named.say, getattr(named, "next", ""))


def whole(key: SealedKey, named: Mistake | Lookalike, own: Canon, values: tuple[Canon, ...]) -> Canon:
    """The answer to type: the value itself, or for a collection the right answer with the element in it."""
    element = not isinstance(named, Mistake) or named.includes is not None
    if isinstance(key.answer, tuple) and element and not isinstance(own, tuple):
        assert own in values
        return (*key.answer, own)
    return own


def test_there_are_labs() -> None:
    assert LAB in names(LABS)


@pytest.mark.parametrize("name", names(LABS))
def test_every_question_names_two_mistakes_with_feedback_and_they_really_stand_in_the_exhibit(name: str) -> None:
    lab = reader.load(LABS / name)
    for pack in lab.seals:
        found = list(wrong_answers(lab.questions, lab.seals[pack].sealed.keys))
        for question in (one for one in lab.questions if one.type != "written"):
            codes = {one.code for one in found if one.question.id == question.id}
            assert len(codes) >= FEWEST, f"{question.id} on {pack}: {codes}"
            assert {mistake.code for mistake in question.mistakes} <= codes, f"{question.id}: one can't be submitted"
        assert all(one.say.strip() for one in found)


@pytest.mark.parametrize("name", names(LABS))
def test_every_single_value_of_a_named_mistake_is_answered_as_that_mistake(name: str) -> None:
    lab = reader.load(LABS / name)
    for pack in lab.seals:
        keys = lab.seals[pack].sealed.keys
        for wrong in wrong_answers(lab.questions, keys):
            verdict = judge(wrong.question, Finding(wrong.typed), keys[wrong.question.id], [])
            at = f"{wrong.question.id} on {pack}: '{wrong.typed}' is to be {wrong.code}"
            assert verdict.state is State.JUDGED, at
            assert wrong.code in {verdict.mistake, *verdict.lookalikes}, at
            assert verdict.correctness < 1, at
            assert wrong.say.strip() in verdict.shows, at
            assert wrong.next.strip() in verdict.next, at


def test_each_named_mistake_is_submitted_and_answered(desk_of: Callable[[str], Desk]) -> None:
    first: dict[tuple[str, str], Wrong] = {}
    for wrong in wrong_answers(reader.load(LABS / LAB).questions, reader.load(LABS / LAB).seals[PACK.name].sealed.keys):
        first.setdefault((wrong.question.id, wrong.code), wrong)
    desks = [desk_of(name) for name in ("trainee", "colleague", "host", "administrator", "instructor")]
    tried: dict[str, int] = {}
    for wrong in first.values():
        place = tried.get(wrong.question.id, 0)
        tried[wrong.question.id] = place + 1
        tries = len(wrong.question.points) - 1  # after the last one nothing is to be done next
        done = desks[place // tries].submit(wrong.question.id, wrong.typed)
        assert done.finding is not None, f"{wrong.question.id} {wrong.code}: '{wrong.typed}' was not read"
        verdict = done.finding.verdict
        codes = [verdict["mistake"], *verdict["lookalikes"]]
        assert wrong.code in codes, f"{wrong.question.id}: '{wrong.typed}' is {codes}, not {wrong.code}"
        assert not verdict["solved"]
        assert wrong.say.strip() in unpacked(verdict["shows"]), f"{wrong.question.id} {wrong.code}"
        assert wrong.next.strip() in unpacked(verdict["next"]), f"{wrong.question.id} {wrong.code}"
    assert len(first) >= sum(len(question.mistakes) for question in desks[0].lab.questions)
    assert set(tried) == {question.id for question in desks[0].lab.questions if question.type != "written"}


@pytest.mark.parametrize("name", names(LABS))
def test_the_court_view_is_three_questions_and_about_a_tenth_of_the_points(name: str) -> None:
    lab = reader.load(LABS / name)
    if lab.file.on_papers:
        assert any(question.type == "written" for question in lab.questions), "people mark what an exercise is about"
        return
    asked = [one for one in lab.questions if one.by]
    assert {one.by for one in asked} == {"defence", "prosecution", "court"}
    assert len(asked) == 3
    assert asked == list(lab.questions[-3:]), "they come last"
    assert 0.08 <= sum(one.points[0] for one in asked) / lab.total <= 0.12
    assert {len(one.points) for one in asked} == {1}, "one text can be submitted"


@pytest.mark.parametrize("name", names(LABS))
def test_free_text_has_feedback_by_its_levels_and_a_model_answer(name: str) -> None:
    for question in (one for one in reader.load(LABS / name).questions if one.type == "written"):
        assert question.rubric, question.id
        for criterion in question.rubric:
            below = set(criterion.levels[:-1])
            assert len(below) >= FEWEST, f"{question.id}, {criterion.id}: a lower level is a named mistake"
        assert question.after, question.id


def test_a_look_alike_that_is_cited_is_explained_and_costs_what_its_author_says(desk: Desk) -> None:
    rows = desk.answered.rows["linux.sockstat"]
    keys = desk.lab.seals[PACK.name].sealed.keys
    right = next(int(row["n"]) for row in rows if row["State"] == "ESTABLISHED" and row["PID"] == keys["q1"].answer)
    range_peer = next(
        int(row["n"]) for row in rows if row["Process Name"] == "range-peer" and row["State"] == "ESTABLISHED"
    )
    key = keys["q9"]
    typed = kind_of(desk.question("q9").spec).write(key.answer, desk.question("q9").spec)
    cited = [desk.cite("linux.sockstat", right), desk.cite("linux.sockstat", range_peer)]
    done = desk.submit("q9", typed, cited)
    assert done.finding is not None
    verdict = done.finding.verdict
    assert verdict["lookalikes"] == ["M-STAGE-ROW"]
    assert verdict["cost"] == pytest.approx(0.1)
    assert verdict["credit"] == pytest.approx(0.75 * 0.9)
    assert "The briefing names it: it is no evidence" in unpacked(verdict["shows"])
    without = desk.submit("q9", typed, cited[:1])
    assert without.finding is not None
    assert without.finding.verdict["credit"] == pytest.approx(0.75)
