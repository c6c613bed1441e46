"""A trainee's path through the miniature lab: right answers, each named mistake, and what citations are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.grading.miniature import (
    MISTAKES,
    PROOF,
    RIGHT,
    ROWS,
    cite,
    question,
    questions,
    row,
    sealed,
    submit,
)
from training.grading.citations import MOST_CITATIONS, Citation, Cited
from training.grading.credit import Hinted, History, Tried
from training.grading.judge import Confidence, Finding, StaleSeal, State, Verdict, judge, understand
from training.grading.keys.syntax import Query
from training.grading.question import Question
from training.grading.values.base import Unreadable


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_with_their_proof_earn_all(name: str) -> None:
    verdict = submit(name, RIGHT[name])
    assert verdict.state is State.JUDGED
    assert verdict.credit == 1, verdict
    assert verdict.solved
    assert verdict.points == verdict.gained == question(name).points[0]
    assert verdict.right.startswith("The value is right.")
    assert (verdict.shows, verdict.next, verdict.worth) == ("", "", 0)
    assert verdict.corroboration == (1 if question(name).corroboration else None)
    assert understand(question(name), verdict.understood).canon == sealed().keys[name].answer or name == "q6"


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_without_or_with_other_citations(name: str) -> None:
    bare = submit(name, RIGHT[name], [])
    assert (bare.correctness, bare.support, bare.credit, bare.solved) == (1, 0, 0, False)
    assert bare.shows == "Nothing is cited for it."
    assert bare.next.startswith("Cite ")
    other = submit(name, RIGHT[name], [Cited("linux.lsof", "complete", {"PID": 1})])
    part = 0.75 if question(name).corroboration else 1
    assert other.support == 0.5
    assert other.credit == 0.5 * part
    assert other.shows == "No cited place shows it, so its proof earns half."
    short: list[Citation] = [replace(one, state="partial") for one in PROOF[name] if isinstance(one, Cited)]
    partial = submit(name, RIGHT[name], short)
    assert (partial.support, partial.credit) == (0, 0)
    assert partial.shows == "No complete run is cited for it."
    assert any("is partial: only a complete run supports a finding" in note for note in partial.notes)


def test_corroboration_is_a_quarter() -> None:
    alone = submit("q1", "145", PROOF["q1"][:1])
    assert (alone.support, alone.corroboration, alone.credit) == (1, 0, 0.75)
    assert alone.shows == "It rests on one source."
    assert alone.next == "Cite an independent second source as well."
    dependent = submit("q1", "145", [*PROOF["q1"][:1], cite("linux.pslist", PID=145)])
    assert dependent.credit == 0.75
    assert "not independent" in dependent.shows
    for other in (cite("linux.sockstat", PID=145), Cited("linux.proc.Maps", "complete", {"PID": 1})):
        beside = submit("q1", "145", [*PROOF["q1"][:1], other])
        assert (beside.credit, beside.shows) == (0.75, "The second source does not show what this question needs.")
    second_only = submit("q1", "145", PROOF["q1"][1:])
    assert (second_only.support, second_only.corroboration, second_only.credit) == (0.5, 0, 0.375)
    either = submit("q7", RIGHT["q7"], PROOF["q7"][:1])
    assert (either.support, either.corroboration) == (1, 0)
    assert submit("q7", RIGHT["q7"], PROOF["q7"][:1] * 2).corroboration == 0


def test_no_earning_is_told_of_where_nothing_is_right() -> None:
    wrong = submit("q4", "99, 3, 4", [Cited("linux.lsof", "complete", {"PID": 1})])
    assert wrong.right == "1 of your 3 elements belongs in the answer."
    assert (wrong.correctness, wrong.credit) == (0, 0)
    assert wrong.shows == "No cited place shows it."


def test_a_row_must_meet_the_condition_too() -> None:
    assert (
        submit("q1", "145", [Cited("linux.psaux", "complete", {**row("linux.psaux", PID=145), "PPID": 2})]).support
        == 0.5
    )


@pytest.mark.parametrize(("name", "text", "code"), MISTAKES)
def test_every_named_mistake_is_explained(name: str, text: str, code: str) -> None:
    verdict = submit(name, text)
    mistake = next(one for one in question(name).mistakes if one.code == code)
    assert verdict.mistake == code
    assert verdict.shows.startswith(mistake.say)
    assert verdict.correctness < 1
    assert not verdict.solved
    assert verdict.next


def test_all_mistakes_of_the_lab_are_tried() -> None:
    tried = {(name, code) for name, _, code in MISTAKES}
    assert tried == {(one.id, mistake.code) for one in questions() for mistake in one.mistakes}


def test_no_feedback_holds_the_answer() -> None:
    for name, text, _ in [*MISTAKES, ("q1", "146", ""), ("q3", "1>145", ""), ("q11", "192.0.2.1:1", "")]:
        verdict = submit(name, text)
        spoken = f"{verdict.right} {verdict.shows} {verdict.next}"
        answer = sealed().keys[name].answer
        for part in answer if isinstance(answer, tuple) else (answer,):
            assert name == "q10" or len(str(part)) < 3 or str(part) not in spoken


def test_a_mistake_may_earn_a_part() -> None:
    verdict = submit("q5", "http://files.example/a/upd")
    assert (verdict.correctness, verdict.support, verdict.credit) == (0.5, 1, 0.5)
    assert verdict.right == "The value is right in part."


def test_a_mistake_may_say_what_to_do_next() -> None:
    verdict = submit("q1", "17")
    assert verdict.next == "Look for the one whose parent is not kthreadd. A hint is available."
    again = submit("q1", "146", history=History((Hinted(0.2),)))
    assert again.shows == "The data show something else."
    assert again.next == "Compare the question with the rows and columns that you used."


def test_sets_by_the_net_formula_with_look_alikes() -> None:
    assert submit("q4", "99").correctness == 0.5
    assert submit("q4", "99").right == "All that you named belongs in the answer; it is not complete."
    assert submit("q4", "99, 120, 130").correctness == 0.5
    assert submit("q4", "99, 120, 130").right == "2 of your 3 elements belong in the answer."
    assert submit("q4", "99, 777").right == "1 of your 2 elements belongs in the answer."
    assert submit("q4", "99, 120, 101").correctness == 0
    assert submit("q4", ", ".join(str(pid) for pid in range(1, 201))).credit == 0
    one_shown = submit("q4", "99, 120", PROOF["q4"][:1])
    assert one_shown.support == 0.75
    assert one_shown.shows == "The cited places show a part of it."
    assert one_shown.next == "Cite a row of a complete run for each element."


def test_chains_in_part_by_name_and_without_their_end() -> None:
    assert submit("q3", "1 > 145").correctness == pytest.approx(2 / 3)
    assert submit("q3", "1 > 145").right.startswith("All that you named belongs in the answer; the order")
    assert submit("q3", "7 > 8").right == ""
    shorter = submit("q3", "1 > 120", PROOF["q3"][:2])
    assert (shorter.credit, shorter.right) == (1, "The value is right. Accepted without the process itself.")
    named = submit("q3", "init > 120 > memfd:upd")
    assert named.credit == 1
    assert "Names were read as PIDs: 1 > 120 > 145." in named.notes
    for text, why in (
        ("init > bash > 145", "Several processes of this exhibit are named 'bash'"),
        ("x > 145", "No process"),
    ):
        verdict = submit("q3", text)
        assert verdict.state is State.UNREADABLE
        assert why in verdict.shows
        assert "for example: 1 > 120 > 145" in verdict.next
    assert understand(question("q3"), "init > 145").canon == ("init", 145)


def test_order_counts_steps_out_of_place() -> None:
    assert submit("q10", "fetch > archive > start > capture").correctness == pytest.approx(0.5)
    assert submit("q10", "fetch > start > archive > capture > sent").correctness == pytest.approx(0.75)
    assert submit("q10", RIGHT["q10"], PROOF["q10"][:3]).support == 0.875


def test_several_rows_may_be_needed() -> None:
    assert submit("q8", "4", PROOF["q8"][:1]).support == 0.75
    assert submit("q8", "4", [cite("linux.bash", Command="ledger open")]).support == 0.5


def test_an_unreadable_finding_spends_nothing() -> None:
    history = History((Tried(0.5),))
    verdict = submit("q1", "the third one", history=history)
    assert verdict.state is State.UNREADABLE
    assert (verdict.points, verdict.worth, verdict.tries_left, verdict.credit) == (5, 3.5, 3, 0)
    assert verdict.shows == "'the third one' is not a whole number."
    assert verdict.next == (
        "Expected is one process identifier as a decimal number, for example: 145. No try was spent."
    )
    expects = Question.model_validate({**question("q1").model_dump(mode="json"), "expects": "one PID"})
    with pytest.raises(Unreadable) as caught:
        understand(expects, "x" * 5000)
    assert caught.value.expected == "one PID"


def test_without_a_key_a_marker_decides() -> None:
    verdict = judge(question("q1"), Finding("145", Confidence.CERTAIN), None, PROOF["q1"])
    assert verdict.state is State.UNJUDGED
    assert (verdict.understood, verdict.credit, verdict.tries_left) == ("145", 0, 4)
    assert "marker" in verdict.next


def test_a_stale_seal_judges_nothing() -> None:
    with pytest.raises(StaleSeal, match="q2 was sealed from another version"):
        judge(question("q2"), Finding("/a"), sealed().keys["q1"], [])


def test_better_citations_raise_a_later_try() -> None:
    first = submit("q1", "145", [])
    history = History((Tried(first.credit),))
    second = submit("q1", "145", PROOF["q1"][:1], history)
    assert second.gained == pytest.approx(0.75 * 7)
    assert second.tries_left == 2
    third = submit("q1", "145", None, history.and_then(Tried(second.credit)))
    assert third.points == pytest.approx(0.75 * 7 + 0.25 * 5)
    last = submit("q1", "9", [], History((Tried(0),) * 3))
    assert (last.tries_left, last.next) == (0, "No try is left on this question.")


def test_only_so_many_citations_are_looked_at() -> None:
    many: list[Citation] = [Cited("linux.psaux", "complete", one) for one in ROWS[Query("linux.psaux")][:2]]
    verdict = submit("q1", "145", [*many * 20, *PROOF["q1"]])
    assert MOST_CITATIONS == 40
    assert verdict.support == 0.5
    assert "Only the first 40 citations were looked at." in verdict.notes


def test_questions_without_proof_ask_for_none() -> None:
    plain = Question.model_validate({**question("q9").model_dump(mode="json"), "proof": []})
    key = sealed().keys["q9"].model_copy(update={"material": plain.material})
    verdict = judge(plain, Finding("ran"), key, [])
    assert (verdict.support, verdict.credit, verdict.shows) == (1, 1, "")
    assert judge(plain, Finding("ended"), key, []).shows == "The data show something else."


def test_an_accepted_form_may_be_worth_less() -> None:
    source = question("q3").model_dump(mode="json")
    source["accept"] = [{"when": "minus(key, list(q1))", "say": "Its end is missing.", "credit": 0.9}]
    other = Question.model_validate(source)
    key = sealed().keys["q3"].model_copy(update={"material": other.material})
    verdict = judge(other, Finding("1>120"), key, PROOF["q3"])
    assert verdict.correctness == 0.9
    assert verdict.right == "The value is right in part. Its end is missing."


@given(
    name=st.sampled_from(["q3", "q4", "q10"]),
    seed=st.randoms(use_true_random=False),
    size=st.integers(0, 4),
)
@try_examples(80)
def test_one_more_shown_element_never_lowers_support(name: str, seed: object, size: int) -> None:
    cited: list[Citation] = list(PROOF[name])
    seed.shuffle(cited)  # type: ignore[attr-defined]
    less, more = submit(name, RIGHT[name], cited[:size]), submit(name, RIGHT[name], cited[: size + 1])
    assert more.support >= less.support
    assert more.credit >= less.credit


@given(st.text(max_size=80), st.sampled_from(sorted(RIGHT)))
@try_examples(200)
def test_any_text_gets_a_verdict(text: str, name: str) -> None:
    verdict = submit(name, text)
    assert verdict.state in {State.JUDGED, State.UNREADABLE}
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


WRITTEN = Question.model_validate(
    {
        "id": "court",
        "type": "written",
        "text": "Who typed these lines?",
        "points": [10],
        "rubric": [{"id": "limits", "text": "Limits are stated", "levels": ["no", "yes"]}],
    }
)


def test_free_text_goes_to_a_marker_and_spends_nothing() -> None:
    verdict = judge(WRITTEN, Finding("Nobody can say.\nThe rows name an account."), None, PROOF["q1"])
    assert verdict.state is State.UNJUDGED
    assert verdict.understood == "Nobody can say.\nThe rows name an account."
    assert verdict.shows == "This answer is free text, which no program judges."
    assert verdict.next.startswith("People read it, without your name, and give it a level. Until then it is neither")
    assert (verdict.points, verdict.worth, verdict.tries_left) == (0, 10, 1)
    assert judge(WRITTEN, Finding(" "), None, []).state is State.UNREADABLE


def test_lateness_takes_from_the_gain_and_from_what_is_left_to_earn() -> None:
    late = judge(question("q1"), Finding("145"), sealed().keys["q1"], PROOF["q1"][:1], History(), share=0.5)
    assert (late.credit, late.points, late.gained) == (0.75, 3.75, 3.75)
    assert late.worth == pytest.approx(0.25 * 7 * 0.5)
    nothing = judge(question("q1"), Finding("145"), sealed().keys["q1"], PROOF["q1"], History(), share=0.0)
    assert (nothing.credit, nothing.points, nothing.solved) == (1, 0, True)


def test_a_sequence_is_told_what_stands_before_what_it_needs() -> None:
    source = question("q10").model_dump(mode="json")
    source["before"] = {"start": ["fetch"], "archive": ["start"], "capture": ["archive"]}
    source["mistakes"] = []
    free = Question.model_validate(source)
    key = sealed().keys["q10"].model_copy(update={"material": free.material, "mistakes": ()})
    verdict = judge(free, Finding("fetch > archive > start > capture"), key, PROOF["q10"])
    assert verdict.correctness == 0.5
    assert verdict.next == "'archive made' needs 'disguised process started' before it."
    assert submit("q10", "fetch > archive > start > capture").next.startswith("Compare the question")
    assert judge(free, Finding(RIGHT["q10"]), key, PROOF["q10"]).credit == 1
