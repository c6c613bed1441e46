"""What is gone from an image is an answer: proved in both forms, judged by what the record says, paid in part."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from training.grading import lost, proving
from training.grading.citations import MOST_CITATIONS, Citation, CitedLine, Claim
from training.grading.credit import History, Tried
from training.grading.judge import Finding, State, Verdict, judge, understand
from training.grading.keys.syntax import Query
from training.grading.proof import LOST
from training.grading.question import Question, Questions, expressions, queries, sources
from training.grading.sealed import SealedKey
from training.grading.values.base import Value
from training.grading.version import identity

READING: TypeAdapter[tuple[Question, ...]] = TypeAdapter(Questions)
RECORD = CitedLine(
    "console", 7, "#3 | ls: /srv/.x: No such file", {"part": "output", "said": "ls: /srv/.x: No such file"}
)
OTHER = CitedLine("console", 2, "#1 $ ps", {"part": "command", "said": "ps"})
ROWS = {Query("linux.pagecache.Files"): [{"FilePath": "/srv/.x"}]}
NO_ROWS: dict[Query, list[dict[str, object]]] = {Query("linux.pagecache.Files"): [{"FilePath": "/etc/passwd"}]}


def asked(**loss: Any) -> dict[str, Any]:
    return {
        "id": "q1",
        "type": "path",
        "text": "Which archive did the intruder make?",
        "points": [10, 6, 2],
        "proof": [{"plugin": "linux.pagecache.Files", "shows": ["FilePath"]}],
        "key": {
            "truth": "the(truth.files[present].path)",
            "rows": 'the(rows("linux.pagecache.Files")[FilePath starts "/srv"].FilePath)',
        },
        "lost": {
            "when": "count(truth.files[present]) = 0",
            "proof": [{"material": "console", "where": 'part = "output" and said has "No such file"'}],
            **loss,
        },
    }


def made(**loss: Any) -> Question:
    return READING.validate_python([asked(**loss)])[0]


def truth(*, there: bool) -> dict[str, object]:
    return {"files": [{"path": "/srv/.x", "present": there}, {"path": "/srv/y", "present": False}]}


def key_of(question: Question, *, there: bool) -> SealedKey:
    sealed = proving.seal([question], truth(there=there), ROWS if there else NO_ROWS)
    assert sealed.unproved == {}
    return sealed.keys["q1"]


def test_what_is_there_has_its_key_and_what_is_gone_has_the_loss() -> None:
    question = made()
    here, gone = key_of(question, there=True), key_of(question, there=False)
    assert (here.answer, here.lost) == ("/srv/.x", False)
    assert (gone.answer, gone.lost) == (LOST, True)
    assert gone.material == here.material == question.material


def test_a_loss_that_the_rows_deny_is_not_sealed() -> None:
    sealed = proving.seal([made()], truth(there=False), ROWS)
    assert sealed.keys == {}
    assert sealed.unproved["q1"] == ("lost: the truth says that it is gone, the rows have /srv/.x",)


def test_a_loss_that_the_truth_can_not_tell_is_not_sealed() -> None:
    sealed = proving.seal([made()], {"not_available": "silent"}, ROWS)
    assert sealed.keys == {}
    assert sealed.unproved["q1"][0].startswith("lost.when: ")


@pytest.mark.parametrize("when", ["truth.files", '"yes"', "3"])
def test_when_is_true_or_false(when: str) -> None:
    assert proving.seal([made(when=when)], truth(there=False), NO_ROWS).unproved["q1"] == (
        "lost.when: is neither true nor false",
    )


def test_nothing_can_rest_on_what_is_gone() -> None:
    second = {**asked(), "id": "q2", "lost": None, "mistakes": []}
    second["key"] = {"truth": "q1", "rows": 'the(rows("linux.pagecache.Files")[FilePath = q1].FilePath)'}
    questions = READING.validate_python([asked(), second])
    sealed = proving.seal(questions, truth(there=False), NO_ROWS)
    assert set(sealed.keys) == {"q1"}
    assert sealed.unproved["q2"] == ("rests on q1, which is not proved",)
    assert set(proving.seal(questions, truth(there=True), ROWS).keys) == {"q1", "q2"}


@pytest.mark.parametrize("typed", ["lost", " Lost ", "perdu", "مفقود"])
def test_the_word_is_read_in_every_language_and_whatever_the_type(typed: str) -> None:
    assert understand(made(), typed).canon == LOST
    pid = READING.validate_python([{**asked(), "type": "pid", "key": {"truth": "1", "rows": 'count(rows("x"))'}}])[0]
    assert understand(pid, typed).text == LOST


def test_a_question_that_knows_no_loss_reads_the_word_as_any_other() -> None:
    plain = READING.validate_python([{**asked(), "lost": None}])[0]
    assert understand(plain, "lost").canon != LOST or understand(plain, "lost").type == "path"


def test_a_loss_pays_its_share_where_the_record_says_so() -> None:
    question = made()
    gone = key_of(question, there=False)
    whole = judge(question, Finding("lost"), gone, [RECORD])
    assert (whole.lost, whole.correctness, whole.support, whole.credit) == (True, 1.0, 1.0, 0.6)
    assert (whole.points, whole.solved, whole.worth) == (6.0, True, 0.0)
    shown = judge(question, Finding("lost"), gone, [OTHER])
    assert (shown.credit, shown.solved, shown.support) == (0.3, False, 0.5)
    bare = judge(question, Finding("lost"), gone, [])
    assert (bare.credit, bare.solved) == (0.0, False)
    assert "60 percent" in whole.right
    later = judge(question, Finding("lost"), gone, [RECORD], History((Tried(0.0, 1.0),)))
    assert later.points == pytest.approx(3.6)


RIGHT = "It is lost, as you say: this image does not hold it any more. "
PAYS = "What was lost before it was taken pays 75 percent of the question."
GONE = "This image does not hold what is asked for."
ASK = "Ask whether it was still there when the image was taken, and what your record says of it."
LOOK = "No row at one place does not mean that it is gone. Look for what would hold it."
SAID = {"correctness": 1, "lost": True, "understood": "lost", "right": RIGHT + PAYS}
KEPT = {"points": 2.5, "worth": 0.75}


@pytest.mark.parametrize(
    ("there", "text", "cited", "loss", "expected"),
    [
        (False, "perdu", [RECORD], {},
         {**SAID, "support": 1, "credit": 0.75, "solved": True, "points": 4, "gained": 1.5, "worth": 0}),
        (False, "lost", [OTHER], {},
         {**SAID, "support": 0.5, "credit": 0.375, "next": "Cite the line of your record that says so.",
          "points": 2.875, "gained": 0.375, "worth": 0.625}),
        (False, "lost", [], {}, {**SAID, "next": "Cite the line of your record that says so.", **KEPT}),
        (False, "/srv/.x\u200e", [RECORD], {},
         {"understood": "/srv/.x", "notes": ("A direction mark (U+200E) was removed.",), "shows": GONE, "next": ASK,
          **KEPT}),
        (False, "/srv/.x", [RECORD], {"say": "Not in this image.", "there": "It lies there."},
         {"understood": "/srv/.x", "shows": "Not in this image.", "next": ASK, **KEPT}),
        (True, "lost", [RECORD], {},
         {"understood": "lost", "shows": "It is not lost: this image holds it.", "next": LOOK, "mistake": "M-ABSENT",
          **KEPT}),
        (True, "lost", [], {"say": "Not in this image.", "there": "It lies there."},
         {"understood": "lost", "shows": "It lies there.", "next": LOOK, "mistake": "M-ABSENT", **KEPT}),
    ],
)  # fmt: skip
def test_the_verdict_on_a_loss_is_one_of_these(
    there: bool,  # noqa: FBT001 - a row of the table
    text: str,
    cited: list[Citation],
    loss: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    question = made(share=0.75, **loss)
    verdict = judge(question, Finding(text), key_of(question, there=there), cited, History((Tried(0.25),)), 0.5)
    assert verdict == Verdict(**{"state": State.JUDGED, "tries_left": 1, **expected})


def test_a_key_of_a_loss_judges_a_question_that_knows_none_any_more() -> None:
    plain = READING.validate_python([{**asked(), "lost": None}])[0]
    key = SealedKey(answer=LOST, lost=True, material=plain.material)
    assert judge(plain, Finding("/srv/.x"), key, [RECORD]) == Verdict(
        state=State.JUDGED, understood="/srv/.x", shows=GONE, next=ASK, points=0, worth=6, tries_left=2
    )


def test_what_says_a_loss_may_name_the_finding_the_key_and_what_came_before() -> None:
    assert lost.value() == Value("string", LOST, LOST)
    assert lost.claim({"q0": 3}) == Claim(lost.SPEC, LOST, (LOST,), {"q0": 3, "key": LOST})
    for where, support in (('value = "lost" and key = value', 1), ('value = "x"', 0.5), ('key = "x"', 0.5)):
        question = made(proof=[{"material": "console", "where": where}])
        assert judge(question, Finding("Lost"), key_of(question, there=False), [OTHER]).support == support


def test_no_more_places_than_count_are_looked_at_for_a_loss() -> None:
    question = made()
    gone, others = key_of(question, there=False), [OTHER] * (MOST_CITATIONS - 1)
    assert judge(question, Finding("lost"), gone, [*others, RECORD]).solved
    assert not judge(question, Finding("lost"), gone, [*others, OTHER, RECORD]).solved


def test_a_value_for_what_is_gone_and_a_loss_of_what_is_there_are_wrong() -> None:
    question = made(say="It is not in this image.", there="It lies there.")
    value = judge(question, Finding("/srv/.x"), key_of(question, there=False), [RECORD])
    assert (value.correctness, value.credit, value.shows, value.mistake) == (0.0, 0.0, "It is not in this image.", None)
    denied = judge(question, Finding("lost"), key_of(question, there=True), [RECORD])
    assert (denied.correctness, denied.credit, denied.shows) == (0.0, 0.0, "It lies there.")
    assert denied.mistake == "M-ABSENT"
    assert denied.tries_left == 2
    assert "/srv/.x" not in denied.shows + denied.next


def test_without_a_key_a_marker_decides_on_a_loss_too() -> None:
    verdict = judge(made(), Finding("lost"), None, [RECORD])
    assert (verdict.state, verdict.understood) == ("unjudged", LOST)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ({"when": 'count(rows("linux.bash")) = 0'}, "asks the truth alone"),
        ({"proof": []}, "at least 1"),
        ({"proof": [{"material": "console", "shows": ["said"]}]}, "shows no value"),
        ({"share": 1}, "less than 1"),
    ],
)
def test_what_an_author_may_not_write(loss: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        made(**loss)


def test_a_choice_has_no_loss() -> None:
    choice = {**asked(), "type": "choice", "options": {"a": "one", "b": "two"}, "key": {"constant": "a"}, "proof": []}
    with pytest.raises(ValidationError, match="whose key depends on the exhibit"):
        READING.validate_python([choice])


def test_its_sources_are_among_what_is_run_and_its_words_change_no_seal() -> None:
    question = made(proof=[{"plugin": "linux.bash", "where": 'Command starts "tar "'}])
    assert Query("linux.bash") in sources([question])
    assert queries([question]) == {Query("linux.pagecache.Files")}
    assert [place for place, *_ in expressions(question) if place.startswith("lost")] == [
        "lost.when",
        "lost.proof 1 where",
    ]
    assert made(say="One.").material == made(say="Another.").material != made(when="count(truth.files) = 0").material
    one, other = made(say="One."), made(say="Another.", there="There.")
    assert identity([one], {}).rules == identity([other], {}).rules != identity([made(share=0.5)], {}).rules
