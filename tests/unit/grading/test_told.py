"""Verdicts hold sentences: they keep their patterns in the database, and older verdicts their texts."""

from __future__ import annotations

import json

from tests.unit.grading.miniature import PROOF, RIGHT, submit
from training.grading.feedback import HINT, without_hint
from training.grading.judge import Verdict
from training.sentence import Sentence, joined, packed, phrase


def kept(verdict: Verdict) -> Verdict:
    """A verdict as it comes out of the database."""
    return Verdict.model_validate(json.loads(json.dumps(verdict.model_dump(mode="json"))))


def test_a_verdict_keeps_its_sentences() -> None:
    verdict = submit("q1", RIGHT["q1"], PROOF["q1"][:1])
    again = kept(verdict)
    assert again == verdict
    for told in (*again.notes, again.right, again.shows, again.next):
        assert isinstance(told, Sentence), told
    assert [packed(one) for one in again.notes] == [
        {"say": "Read as %(number)s from hexadecimal %(typed)s.", "with": {"number": "145", "typed": "0x91"}}
    ]


def test_the_words_of_the_author_are_a_value_among_sentences() -> None:
    shows = kept(submit("q1", "17", PROOF["q9"])).shows
    assert isinstance(shows, Sentence)
    assert packed(shows) == {
        "say": "%(part0)s",
        "with": {"part0": "PPID 2 and no memory map: a genuine kernel thread."},
    }


def test_a_refusal_is_kept_with_its_form_and_example() -> None:
    refused = kept(submit("q1", "init"))
    assert packed(refused.shows) == {"say": "%(typed)s is not a whole number.", "with": {"typed": "'init'"}}
    assert refused.next == (
        "Expected is one process identifier as a decimal number, for example: 145. No try was spent."
    )
    assert isinstance(refused.next, Sentence)
    assert packed(str(refused.next.values["form"])) != packed(refused.next.values["form"])  # type: ignore[arg-type]  # a text


def test_a_verdict_of_an_older_version_is_read() -> None:
    old = {
        "state": "judged",
        "points": 1,
        "worth": 2,
        "tries_left": 1,
        "shows": "It rests on one source.",
        "notes": ["A."],
    }
    verdict = Verdict.model_validate(old)
    assert (verdict.shows, verdict.notes, verdict.right) == ("It rests on one source.", ("A.",), "")
    assert verdict.model_dump(mode="json")["shows"] == "It rests on one source."


def test_elements_that_belong_are_counted() -> None:
    one, two = (submit("q4", text, []).right for text in ("99, 101", "99, 120, 101"))
    assert (one, two) == (
        "1 of your 2 elements belongs in the answer.",
        "2 of your 3 elements belong in the answer.",
    )
    assert isinstance(one, Sentence)
    assert isinstance(two, Sentence)
    assert (one.pattern, one.many) == (two.pattern, two.many)


def test_the_hint_is_left_out_of_a_sentence_and_of_an_older_text() -> None:
    told = kept(submit("q1", "3", [])).next
    assert HINT in told
    without = without_hint(told)
    assert packed(without) == packed(joined(phrase("Compare the question with the rows and columns that you used.")))
    assert without_hint(str(told)) == without
    assert without_hint(without) is without
    assert without_hint("") == ""
