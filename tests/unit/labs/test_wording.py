"""Words that the database keeps are sentences again where the program wrote them."""

from training.grading.rubric import CORRECTNESS, COURT_VIEW
from training.labs import wording
from training.sentence import Sentence


def test_the_programs_own_rubrics_are_sentences() -> None:
    texts = [text for one in (CORRECTNESS, COURT_VIEW) for text in (one.text, *one.levels)]
    assert [text for text in texts if not isinstance(wording.worded(text), Sentence)] == []
    assert [wording.worded(text) for text in texts] == texts


def test_how_it_came_to_a_mark_is_a_sentence_and_what_people_wrote_is_not() -> None:
    said = [wording.worded(str(one)) for one in (wording.ONE, wording.TWO, wording.THIRD)]
    assert [isinstance(one, Sentence) for one in said] == [True] * 3
    assert not isinstance(wording.worded("Marked by me."), Sentence)
