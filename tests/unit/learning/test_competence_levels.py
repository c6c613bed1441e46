"""What shows each level: curriculum, sections 1.1 and 2."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.unit.learning.records import (
    answer,
    answers,
    day,
    exam,
    later,
    marked,
    practice,
    quiz,
    read,
    stands,
    stated,
)
from training.learning.competence.evidence import Edition, Evidence, Quiz
from training.learning.competence.showings import months_after, quizzed
from training.learning.competence.standing import State
from training.learning.competence.table import ALL, BY_ID, EXHIBITS, ROLES

START = day("2026-03-02")


def level(evidence: Evidence, competency: str = "K3", days: int = 1) -> int:
    return stands(evidence, later(START, days), competency).level


# level 1


def quizzed_with(shares: list[Any], **more: Any) -> Evidence:
    book = quiz(["m2-4"], "K3", each=len(shares))
    return Evidence(**{"readings": (read("m2-4", START),), "answers": answers("m2-4", shares, START), **book, **more})


@pytest.mark.parametrize(
    ("shares", "shown"),
    [
        ([1, 1, 1, 1, 0], 1),
        ([1, 1, 1, Fraction(999, 1000), 0], 0),
        ([1, 1, 1, Fraction(1, 2), Fraction(1, 2)], 1),
        ([1, 1, 1, Fraction(1, 2), 0], 0),
        ([1, 1], 1),
        ([1], 0),
    ],
)
def test_level_1_is_80_percent_of_the_points_exactly(shares: list[Any], shown: int) -> None:
    assert level(quizzed_with(shares)) == shown


def test_without_reading_the_module_questions_show_nothing() -> None:
    evidence = quizzed_with([1] * 5)
    assert level(replace(evidence, readings=())) == 0
    later_read = replace(evidence, readings=(read("m2-4", later(START, 3)),))
    assert level(later_read, days=2) == 0
    assert level(later_read, days=3) == 1


def test_the_latest_answer_counts() -> None:
    evidence = quizzed_with([1, 1, 1, 0, 0])
    better = replace(evidence, answers=(*evidence.answers, answer("m2-4-q4", START, 1, 40)))
    assert (level(evidence), level(better)) == (0, 1)


def test_a_level_that_was_shown_is_not_lost_by_a_later_wrong_answer() -> None:
    evidence = quizzed_with([1] * 5)
    worse = replace(evidence, answers=(*evidence.answers, *answers("m2-4", [0] * 5, later(START, 1))))
    assert level(worse, days=2) == 1
    assert stands(worse, later(START, 2)).quizzed.points == 0


def test_an_objective_with_one_question_alone_gives_no_level() -> None:
    assert level(quizzed_with([1])) == 0


def test_all_modules_of_the_row_are_needed_and_only_objectives_that_feed_it() -> None:
    quizzes = {
        "m1-5": (Quiz("o1", ("K1",), ("m1-5-q1", "m1-5-q2")), Quiz("o2", ("K16",), ("m1-5-q3",))),
        "m2-2": (Quiz("o1", ("K1", "K2"), ("m2-2-q1", "m2-2-q2")),),
    }
    evidence = Evidence(
        readings=(read("m1-5", START), read("m2-2", START)),
        answers=(*answers("m1-5", [1, 1], START), *answers("m2-2", [1], START)),
        editions={"e1": Edition(read("m1-5", START).at, quizzes)},
        offered={"m1-5": "e1", "m2-2": "e1"},
    )
    assert level(evidence, "K1") == 0  # three of four
    full = replace(evidence, answers=(*evidence.answers, answer("m2-2-q2", START, Fraction(1, 5))))
    assert level(full, "K1") == 1
    assert level(replace(full, readings=full.readings[:1]), "K1") == 0
    assert level(full, "K2") == 0  # m2-1 and m2-3 are not here
    absent = quizzed(BY_ID["K2"], full, read("m1-5", START).at.tzinfo)  # type: ignore[arg-type]
    assert absent.absent == ("m2-1", "m2-3")


def test_a_new_release_with_more_questions_takes_no_level_away() -> None:
    evidence = quizzed_with([1] * 5)
    wider = quiz(["m2-4"], "K3", each=20, release="e2", published="2026-04-01")
    moved = replace(
        evidence,
        answers=(*evidence.answers, answer("m2-4-q1", later(START, 60), 1, release="e2")),
        editions={**evidence.editions, **wider["editions"]},
        offered=wider["offered"],
    )
    found = stands(moved, later(START, 61))
    assert (found.level, found.state) == (1, State.CURRENT)
    assert (found.quizzed.points, found.quizzed.questions) == (Fraction(5), 20)


@pytest.mark.parametrize(("apart", "shown"), [(364, 1), (366, 0)])
def test_answers_that_have_lapsed_help_no_more(apart: int, shown: int) -> None:
    evidence = quizzed_with([1, 1, 1, 0, 0])
    after = later(START, apart)
    both = replace(evidence, answers=(*evidence.answers, answer("m2-4-q4", after)))
    assert stands(both, after).level == shown


def test_a_lapsed_level_1_takes_all_its_questions_anew() -> None:
    evidence = quizzed_with([1] * 5)
    after = later(START, 400)
    few = replace(evidence, answers=(*evidence.answers, *answers("m2-4", [1, 1, 1], after)))
    enough = replace(evidence, answers=(*evidence.answers, *answers("m2-4", [1, 1, 1, 1], after)))
    assert stands(few, later(after, 1)).state is State.LAPSED
    assert stands(enough, later(after, 1)).state is State.CURRENT


# levels 2 and 3


@pytest.mark.parametrize(
    ("percent", "shown"), [(60, 2), ("59.99", 0), (Fraction(5999999999, 100000000), 0), (100, 2), ("60.001", 2), (0, 0)]
)
def test_level_2_is_60_percent_exactly_with_hints_allowed(percent: Any, shown: int) -> None:
    assert level(Evidence(attempts=(practice(START, percent=percent, hints=9),))) == shown


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({}, 3),
        ({"percent": 60}, 3),
        ({"percent": "59.99"}, 0),
        ({"hints": 1}, 2),
        ({"unseen": False}, 2),
        ({"examination": False}, 2),
        ({"critical": True}, 0),
        ({"lab": "open-container", "hints": 1}, 0),  # linked at level 3 only
        ({"lab": "quiet-triage"}, 0),  # not linked at all
    ],
)
def test_level_3_is_an_examination_on_an_unseen_variant_without_hints(more: dict[str, Any], shown: int) -> None:
    assert level(Evidence(attempts=(exam(START, **more),))) == shown


def test_a_lab_without_points_shows_nothing() -> None:
    assert level(Evidence(attempts=(exam(START, percent=0, worth=Fraction(0)),))) == 0


def test_any_lab_shows_verifying_when_the_exhibit_was_verified_first() -> None:
    for lab in EXHIBITS:
        assert level(Evidence(attempts=(exam(START, lab),)), "K5") == 3, lab
    assert level(Evidence(attempts=(exam(START, "one-case", verified=False),)), "K5") == 0
    assert level(Evidence(attempts=(exam(START, "know-your-exhibit", verified=False),)), "K5") == 2
    assert level(Evidence(attempts=(exam(START, "the-order"),)), "K5") == 0


# level 4


def two(days: int = 100, **more: Any) -> tuple[Any, ...]:
    return (exam(START, "finance-workstation"), exam(later(START, days), "one-case", **more))


def test_level_4_is_two_labs_and_marking_that_agrees() -> None:
    mark = marked(later(START, 120))
    shown = stands(Evidence(attempts=two(), marks=(mark,)), later(START, 121), "K6")
    assert (shown.level, shown.best.shown) == (4, later(START, 120))  # type: ignore[union-attr]
    assert set(shown.best.by) == {one.ident for one in (*two(), mark)}  # type: ignore[union-attr]
    poor = marked(later(START, 120), acceptable=False)
    other = marked(later(START, 120), "lying-kernel")
    for few in (
        Evidence(attempts=two()),
        Evidence(attempts=two(), marks=(poor,)),
        Evidence(attempts=two(), marks=(other,)),
        Evidence(attempts=two()[:1], marks=(mark,)),
        Evidence(attempts=(two()[0], exam(later(START, 100), "finance-workstation", variant="b")), marks=(mark,)),
        Evidence(attempts=two(hints=1), marks=(mark,)),
    ):
        assert level(few, "K6", 121) == 3


def test_the_two_labs_lie_within_24_months() -> None:
    months = day("2028-03-02")
    for second, shown in ((months, 4), (later(months, 1), 3)):
        attempts = (exam(START, "finance-workstation"), exam(second, "one-case"))
        evidence = Evidence(attempts=attempts, marks=(marked(second),))
        assert stands(evidence, later(second, 1), "K6").level == shown


@pytest.mark.parametrize("kind", ["teaching", "review"])
def test_teaching_or_a_review_stands_in_place_of_marking(kind: str) -> None:
    said = stated(kind, later(START, 110), "K6")
    assert level(Evidence(attempts=two(), statements=(said,)), "K6", 121) == 4
    assert level(Evidence(attempts=two(), statements=(replace(said, competency="K7"),)), "K6", 121) == 3
    assert level(Evidence(attempts=two(), statements=(stated("casework", START, "K6"),)), "K6", 121) == 3


def test_some_reviews_take_several_pieces() -> None:
    labs = (exam(START, "first-response"), exam(later(START, 50), "open-container"))
    said = tuple(stated("review", later(START, 60 + number), "K4", number=number) for number in range(5))
    assert level(Evidence(attempts=labs, statements=said[:4]), "K4", 90) == 3
    found = stands(Evidence(attempts=labs, statements=said), later(START, 90), "K4")
    assert (found.level, found.best.shown) == (4, later(START, 64))  # type: ignore[union-attr]


def test_what_has_lapsed_completes_no_level_4() -> None:
    mark = marked(later(START, 100 + 365))
    late = marked(later(START, 100 + 366))
    assert level(Evidence(attempts=two(), marks=(mark,)), "K6", 500) == 4
    assert level(Evidence(attempts=two(), marks=(late,)), "K6", 500) == 2  # the second lab lapsed on day 466


def test_another_variant_is_a_second_lab_where_only_one_is_named() -> None:
    attempts = (exam(START, "lying-kernel"), exam(later(START, 30), "lying-kernel", variant="b"))
    evidence = Evidence(attempts=attempts, marks=(marked(later(START, 31), "lying-kernel"),))
    assert level(evidence, "K9", 32) == 4
    assert level(replace(evidence, attempts=attempts[:1]), "K9", 32) == 3


def test_a_date_of_teaching_before_the_labs_leaves_the_date_of_the_labs() -> None:
    said = stated("teaching", later(START, 10), "K6", written=later(START, 150))
    found = stands(Evidence(attempts=two(), statements=(said,)), later(START, 151), "K6")
    assert (found.level, found.best.shown) == (4, later(START, 100))  # type: ignore[union-attr]
    assert level(Evidence(attempts=two(), statements=(said,)), "K6", 149) == 3


# the table


def test_the_targets_are_those_of_the_curriculum() -> None:
    rows = [
        *("33244", "32311", "32411", "33422", "12411", "12411", "12411", "11311"),
        *("01311", "12422", "23144", "23142", "13132", "23422", "23333", "12244"),
    ]
    assert ["".join(map(str, one.targets)) for one in ALL] == rows
    assert BY_ID["K1"].target("prosecutor") == 4
    assert BY_ID["K9"].target("first-responder") == 0
    assert BY_ID["K9"].target("") == 0
    assert ROLES == ("first-responder", "investigator", "examiner", "prosecutor", "judge")


def test_every_level_4_of_a_role_can_be_reached() -> None:
    for one in ALL:
        assert one.quiz
        assert one.practice
        assert one.examination or one.any_lab


def test_24_months_end_on_the_last_day_of_a_shorter_month() -> None:
    assert months_after(day("2024-02-29"), 24) == day("2026-02-28")
    assert months_after(day("2026-12-31"), 2) == day("2027-02-28")
    assert months_after(day("2026-03-02"), 24) == day("2028-03-02")
