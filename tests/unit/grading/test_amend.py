from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.examples import try_examples
from tests.unit.grading.miniature import PROOF, RIGHT, question, questions, sealed
from training.grading.amend import AMENDMENTS, Accept, Amendment, Rules, Unamendable, Void, Worth, amended, release_of
from training.grading.citations import Citation
from training.grading.credit import Hinted, History, Tried
from training.grading.judge import Finding, State, Verdict, judge
from training.grading.question import Question
from training.grading.sealed import SealedKey

RELEASE = "ab" * 32
ACCEPT = Accept(question="q1", value="0x78", credit=0.8, say="The parent is accepted.")
VOID = Void(question="q5", reason="The exhibit shows two such lines.")
WORTH = Worth(question="q2", points=(4, 2))


def graded(
    amendments: Sequence[Amendment], name: str, text: str, cited: Sequence[Citation] = (), **more: Any
) -> Verdict:
    new, keys = amended(questions(), sealed().keys, amendments)
    return judge(next(one for one in new if one.id == name), Finding(text), keys.get(name), cited, **more)


def test_amendments_are_read_and_written_as_json() -> None:
    rows = [
        {"do": "accept", "question": "q1", "value": "120", "credit": 1.0, "say": ""},
        {"do": "void", "question": "q5", "reason": "Two lines."},
        {"do": "rules", "release": RELEASE},
        {"do": "worth", "question": "q2", "points": [4.0, 2.0]},
    ]
    read = AMENDMENTS.validate_python(rows)
    assert [type(one) for one in read] == [Accept, Void, Rules, Worth]
    assert AMENDMENTS.dump_python(read, mode="json") == rows


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"do": "raise", "question": "q1"}, "'raise'"),
        ({"question": "q1"}, "discriminator"),
        ({"do": "accept", "question": "q1", "value": "1", "credit": 0}, "greater than 0"),
        ({"do": "accept", "question": "q1", "value": ""}, "at least 1 character"),
        ({"do": "void", "question": "q1", "reason": ""}, "at least 1 character"),
        ({"do": "rules", "release": "ab"}, "match pattern"),
        ({"do": "worth", "question": "q1", "points": [1, 2]}, "never rise"),
        ({"do": "worth", "question": "q1", "points": [1], "by": "me"}, "Extra inputs"),
    ],
)
def test_what_is_no_amendment(row: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        AMENDMENTS.validate_python([row])
    with pytest.raises(ValidationError, match="at most 200"):
        AMENDMENTS.validate_python([VOID] * 201)


def test_nothing_amended_is_nothing_changed() -> None:
    assert amended(questions(), sealed().keys, ()) == (questions(), sealed().keys)


def test_an_accepted_value_earns_what_the_amendment_says() -> None:
    before = judge(question("q1"), Finding("120"), sealed().keys["q1"], PROOF["q1"])
    assert (before.mistake, before.credit) == ("M-PPID", 0)
    after = graded([ACCEPT], "q1", "120")
    assert (after.mistake, after.correctness) == (None, 0.8)
    assert after.right == "The value is right in part. The parent is accepted."
    assert graded([ACCEPT], "q1", RIGHT["q1"], PROOF["q1"]).credit == 1


def test_an_amendment_goes_ahead_of_the_author_and_a_later_one_of_an_earlier() -> None:
    shorter = {"question": "q3", "value": "1 > 120"}
    assert graded([], "q3", "1>120", PROOF["q3"][:2]).correctness == 1
    less = Accept.model_validate({**shorter, "credit": 0.5})
    more = Accept.model_validate({**shorter, "value": "120 < 1", "credit": 0.7})
    assert graded([less], "q3", "1>120").correctness == 0.5
    assert graded([less, more], "q3", "1>120").correctness == 0.7
    new, keys = amended(questions(), sealed().keys, [less, more])
    assert [form.credit for form in new[2].accept] == [0.7, 1.0]
    assert keys["q3"].accept == (((1, 120),), ((1, 120),))


def test_a_name_is_accepted_as_the_process_that_it_is_on_the_exhibit() -> None:
    named = Accept(question="q3", value="init > memfd:upd", credit=0.6)
    assert graded([named], "q3", "1 > 145").correctness == 0.6
    nobody = Accept(question="q3", value="init > nobody", credit=0.6)
    _, keys = amended(questions(), sealed().keys, [nobody])
    assert keys["q3"].accept == ((), ((1, 120),))


@pytest.mark.parametrize("text", ["wget http://mirror.example/list", "nonsense", RIGHT["q5"], "x" * 5_000, ""])
def test_a_void_question_gives_full_credit_whatever_was_typed(text: str) -> None:
    verdict = graded([VOID], "q5", text)
    assert verdict.state is State.JUDGED
    assert (verdict.credit, verdict.points, verdict.solved, verdict.tries_left) == (1, 10, True, 2)
    assert verdict.void
    assert (verdict.correctness, verdict.support, verdict.corroboration) == (0, 0, None), "nothing is claimed of them"
    assert verdict.shows == "Every finding on this question earns full credit. The exhibit shows two such lines."
    assert (verdict.right, verdict.next, verdict.mistake) == ("", "", None)
    assert not graded([], "q5", RIGHT["q5"], PROOF["q5"]).void


def test_a_void_question_keeps_prices_and_lateness() -> None:
    opened = History((Hinted(0.2),))
    assert graded([Void(question="q1", reason="No.")], "q1", "1", history=opened).points == 8
    assert graded([VOID], "q5", "x", history=History((Tried(0.4),))).gained == pytest.approx(0.6 * 7)
    assert graded([VOID], "q5", "x", share=0.5).points == 5


def test_a_question_without_a_key_can_be_void_too() -> None:
    keys = {name: key for name, key in sealed().keys.items() if name != "q5"}
    new, after = amended(questions(), keys, [VOID, Accept(question="q5", value="ls")])
    verdict = judge(new[4], Finding("anything"), after["q5"], [])
    assert (verdict.state, verdict.credit) == (State.JUDGED, 1)
    lost = {name: key for name, key in sealed().keys.items() if name != "q3"}
    void: list[Amendment] = [Void(question="q3", reason="No."), Accept(question="q3", value="1 > 120")]
    new, after = amended(questions(), lost, void)
    assert judge(new[2], Finding("9"), after["q3"], []).credit == 1
    still, none = amended(questions(), keys, [Accept(question="q5", value="ls")])
    assert "q5" not in none
    assert judge(still[4], Finding("ls"), None, []).state is State.UNJUDGED


def test_the_record_of_a_void_question_without_a_key() -> None:
    _, keys = amended(questions(), {}, [VOID])
    assert keys == {"q5": SealedKey(answer="", material=question("q5").material, void=VOID.reason)}
    _, keys = amended(questions(), sealed().keys, [VOID])
    assert keys == {**sealed().keys, "q5": sealed().keys["q5"].model_copy(update={"void": VOID.reason})}


def test_a_question_has_thirty_accepted_forms_at_most() -> None:
    forms = [Accept(question="q1", value=str(1_000 + n)) for n in range(31)]
    new, keys = amended(questions(), sealed().keys, forms[:30])
    assert [len(new[0].accept), len(keys["q1"].accept)] == [30, 30]
    with pytest.raises(Unamendable) as caught:
        amended(questions(), sealed().keys, forms)
    assert str(caught.value) == (
        "Question q1 can't be changed so: Tuple should have at most 30 items after validation, not 31."
    )
    assert caught.value.question == "q1"


def test_worth_changes_what_is_earned_and_how_many_tries_count() -> None:
    verdict = graded([WORTH], "q2", RIGHT["q2"], PROOF["q2"])
    assert (verdict.points, verdict.tries_left) == (4, 1)
    spent = History((Tried(0.5), Tried(0.5)))
    assert graded([Worth(question="q2", points=(4,))], "q2", RIGHT["q2"], PROOF["q2"], history=spent).points == 2


def test_rules_of_another_release_replace_what_stands_before_them() -> None:
    assert release_of([ACCEPT, VOID]) is None
    assert release_of([Rules(release="cd" * 32), ACCEPT, Rules(release=RELEASE), VOID]) == RELEASE
    new, keys = amended(questions(), sealed().keys, [ACCEPT, Rules(release=RELEASE), WORTH])
    assert new[0] == question("q1")
    assert new[1].points[:2] == (4, 2)
    assert keys == sealed().keys
    last: list[Amendment] = [Rules(release="cd" * 32), ACCEPT, VOID, Rules(release=RELEASE), WORTH]
    assert amended(questions(), sealed().keys, last) == (new, keys), "of two releases the last one counts"


@pytest.mark.parametrize(
    ("amendment", "name", "why"),
    [
        (Void(question="q99", reason="No."), "q99", "There is no question q99; there are: q1, q2, q3"),
        (Accept(question="q1", value="the third"), "q1", "The value for q1 can't be read: 'the third' is not"),
        (Accept(question="q3", value="1 >"), "q3", "The value for q3 can't be read: A process is missing"),
    ],
)
def test_what_can_not_be_amended_is_said_with_its_question(amendment: Amendment, name: str, why: str) -> None:
    with pytest.raises(Unamendable, match=why) as caught:
        amended(questions(), sealed().keys, [amendment])
    assert caught.value.question == name


def test_free_text_accepts_no_value_and_can_be_void() -> None:
    rubric = [{"id": "limits", "text": "Limits are stated", "levels": ["no", "yes"]}]
    written = Question.model_validate(
        {"id": "court", "type": "written", "text": "Who?", "points": [6], "rubric": rubric}
    )
    with pytest.raises(Unamendable, match="Question court is free text") as caught:
        amended([written], {}, [Accept(question="court", value="Nobody.")])
    assert caught.value.question == "court"
    new, keys = amended([written], {}, [Void(question="court", reason="Asked twice.")])
    assert judge(new[0], Finding("Nobody."), keys["court"], []).points == 6


def test_too_many_forms_are_refused_with_the_question() -> None:
    many = [Accept(question="q1", value=str(pid)) for pid in range(1000, 1031)]
    with pytest.raises(Unamendable, match="Question q1 can't be changed so") as caught:
        amended(questions(), sealed().keys, many)
    assert caught.value.question == "q1"


values = {"q1": ("120", "17", "7"), "q2": ("/bin/busybox", "/a", "/b"), "q3": ("1 > 120", "1 > 145", "1"), "q6": (
    "2026-03-10 11:58:01Z", "2026-03-10 12:10:50Z", "2026-03-10 12:10:51Z")}  # fmt: skip
accepts = st.sampled_from(sorted(values)).flatmap(
    lambda name: st.builds(
        Accept, question=st.just(name), value=st.sampled_from(values[name]), credit=st.sampled_from([0.25, 0.5, 1.0])
    )
)
voids = st.builds(Void, question=st.sampled_from(["q1", "q3", "q5"]), reason=st.just("Withdrawn."))
worths = st.builds(Worth, question=st.sampled_from(["q1", "q2"]), points=st.sampled_from([(3,), (9, 4), (10, 7, 5, 2)]))
rules = st.builds(Rules, release=st.just(RELEASE))
lists = st.lists(accepts | voids | worths | rules, max_size=8)


@given(lists)
@try_examples(60)
def test_amending_twice_changes_nothing_more_and_no_key_goes_stale(amendments: list[Amendment]) -> None:
    once = amended(questions(), sealed().keys, amendments)
    assert amended(*once, amendments) == once
    new, keys = once
    assert [one.id for one in new] == [one.id for one in questions()]
    for one in new:
        assert keys[one.id].material == one.material
        assert judge(one, Finding(RIGHT[one.id]), keys[one.id], PROOF[one.id]).credit == 1


@given(lists)
@try_examples(40)
def test_the_last_word_on_a_question_counts(amendments: list[Amendment]) -> None:
    new, _ = amended(questions(), sealed().keys, amendments)
    last = max((place for place, one in enumerate(amendments) if isinstance(one, Rules)), default=-1)
    for name in ("q1", "q2"):
        worth = [one.points for one in amendments[last + 1 :] if isinstance(one, Worth) and one.question == name]
        assert next(one for one in new if one.id == name).points == (worth[-1] if worth else question(name).points)
