"""How a record fades, what renews it and what does not: curriculum, section 1.2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.learning.records import (
    answers,
    changed,
    day,
    exam,
    later,
    part,
    practice,
    quiz,
    read,
    refreshed,
    stands,
    stated,
)
from training.learning.competence.evidence import Evidence
from training.learning.competence.standing import State
from training.learning.competence.table import ALL, BY_ID, Kind, Limits

SHOWN = day("2026-03-02")
AMINA = Evidence(attempts=(exam(SHOWN),))
CONFIRMED = stated("casework", day("2026-07-30"))


def seen(evidence: Evidence, today: str, competency: str = "K3") -> tuple[int, State]:
    found = stands(evidence, day(today), competency)
    return found.level, found.state


def test_inspector_amina_sarr_day_by_day() -> None:
    for number in range(-30, 1000):
        today = later(SHOWN, number)
        found = stands(AMINA, today)
        if today < SHOWN:
            expected = (0, State.NONE)
        elif today <= day("2026-08-29"):
            expected = (3, State.CURRENT)
        elif today <= day("2027-03-02"):
            expected = (3, State.FADING)
        elif today < day("2028-03-02"):
            expected = (2, State.LAPSED)
        else:
            expected = (1, State.LAPSED)
        assert (found.level, found.state) == expected, today
        assert found.reached == (3 if today >= SHOWN else 0)


def test_the_dates_of_inspector_sarr_stand_on_her_record() -> None:
    held = stands(AMINA, SHOWN).best
    assert held
    dates = (held.shown, held.current_to, held.fading_to, held.falls_again)
    assert [str(one) for one in dates] == ["2026-03-02", "2026-08-29", "2027-03-02", "2028-03-02"]


def test_a_confirmed_acquisition_moves_her_date_once() -> None:
    once = Evidence(attempts=AMINA.attempts, statements=(CONFIRMED,))
    twice = Evidence(attempts=AMINA.attempts, statements=(CONFIRMED, stated("casework", day("2026-08-20"))))
    for evidence in (once, twice):
        held = stands(evidence, day("2026-08-30")).best
        assert held
        assert (str(held.shown), str(held.current_to)) == ("2026-07-30", "2027-01-26")
        assert held.moved_by == (CONFIRMED.ident,)
        assert held.tested == SHOWN
        assert seen(evidence, "2027-01-26") == (3, State.CURRENT)
        assert seen(evidence, "2027-01-27") == (3, State.FADING)
    again = Evidence(attempts=(*AMINA.attempts, exam(day("2026-08-25"), variant="b")), statements=twice.statements)
    after = Evidence(attempts=again.attempts, statements=(*twice.statements, stated("casework", day("2026-09-09"))))
    assert stands(again, day("2026-12-01")).best.shown == day("2026-08-25")  # type: ignore[union-attr]
    assert stands(after, day("2026-12-01")).best.shown == day("2026-09-09")  # type: ignore[union-attr]


@pytest.mark.parametrize(("days", "moves"), [(0, False), (1, True), (179, True), (180, True), (181, False)])
def test_use_at_work_counts_up_to_180_days_after_the_test(days: int, moves: bool) -> None:  # noqa: FBT001
    used = later(SHOWN, days)
    held = stands(Evidence(attempts=AMINA.attempts, statements=(stated("casework", used),)), later(used, 1)).best
    assert held
    assert (held.shown == used) is (moves or days == 0)
    assert bool(held.moved_by) is moves


def test_which_use_was_written_down_first_counts() -> None:
    late = stated("casework", day("2026-05-01"), written=day("2026-07-01"), number=1)
    early = stated("casework", day("2026-06-10"), written=day("2026-06-11"), number=2)
    held = stands(Evidence(attempts=AMINA.attempts, statements=(late, early)), day("2026-07-02")).best
    assert held
    assert held.shown == day("2026-06-10")


def test_use_at_work_never_raises_and_never_revives() -> None:
    used = stated("casework", day("2026-07-30"), written=day("2027-03-03"))
    in_time = stated("casework", day("2026-07-30"), written=day("2027-03-02"))
    assert seen(Evidence(attempts=AMINA.attempts, statements=(used,)), "2027-03-04") == (2, State.LAPSED)
    assert seen(Evidence(attempts=AMINA.attempts, statements=(in_time,)), "2027-03-04") == (3, State.FADING)
    assert seen(Evidence(statements=(in_time,)), "2027-03-04") == (0, State.NONE)
    assert seen(Evidence(attempts=(practice(SHOWN),), statements=(CONFIRMED,)), "2026-08-01") == (2, State.CURRENT)


@pytest.mark.parametrize("one", ALL, ids=lambda one: str(one.id))
def test_each_kind_has_its_own_boundaries(one: object) -> None:
    competency = BY_ID[one.id]  # type: ignore[attr-defined]
    current, lapse = (180, 365) if competency.kind is Kind.PROCEDURE else (365, 730)
    lab = next(iter(competency.examination), "know-your-exhibit")
    evidence = Evidence(attempts=(exam(SHOWN, lab),))
    expected = {
        0: (3, State.CURRENT),
        current: (3, State.CURRENT),
        current + 1: (3, State.FADING),
        lapse: (3, State.FADING),
        lapse + 1: (2, State.LAPSED),
        2 * lapse: (2, State.LAPSED),
        2 * lapse + 1: (1, State.LAPSED),
        20 * lapse: (1, State.LAPSED),
    }
    found = {age: stands(evidence, later(SHOWN, age), competency.id) for age in expected}
    assert {age: (each.level, each.state) for age, each in found.items()} == expected


def test_the_kinds_are_those_of_the_curriculum() -> None:
    judged = {one.id for one in ALL if one.kind is Kind.JUDGEMENT}
    assert judged == {"K1", "K11", "K12", "K13", "K15", "K16"}
    assert [one.id for one in ALL] == [f"K{number}" for number in range(1, 17)]


def test_days_are_counted_in_the_time_zone_of_the_host() -> None:
    late = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)  # 2026-03-03 in Nairobi
    evidence = Evidence(attempts=(exam(SHOWN, at=late),))
    nairobi, lima = ZoneInfo("Africa/Nairobi"), ZoneInfo("America/Lima")
    assert stands(evidence, day("2026-08-30"), zone=nairobi).state is State.CURRENT
    assert stands(evidence, day("2026-08-30"), zone=lima).state is State.FADING
    assert stands(evidence, day("2026-03-02"), zone=nairobi).level == 0


def test_a_change_of_clocks_moves_no_day() -> None:
    paris = ZoneInfo("Europe/Paris")
    evidence = Evidence(attempts=(exam(SHOWN, at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC)),))
    assert stands(evidence, day("2026-08-29"), zone=paris).state is State.CURRENT
    assert stands(evidence, day("2026-08-30"), zone=paris).state is State.FADING


def test_a_refresher_of_a_fading_record_is_ten_questions_and_one_part_of_a_lab() -> None:
    quizzed, worked = refreshed(day("2026-10-01")), part(day("2026-10-03"))
    both = Evidence(attempts=(*AMINA.attempts, worked), refreshers=(quizzed,))
    assert seen(Evidence(attempts=AMINA.attempts, refreshers=(quizzed,)), "2026-10-04") == (3, State.FADING)
    assert seen(Evidence(attempts=(*AMINA.attempts, worked)), "2026-10-04") == (3, State.FADING)
    assert seen(both, "2026-10-02") == (3, State.FADING)
    held = stands(both, day("2026-10-04")).best
    assert held
    assert (held.state, held.shown, held.level) == (State.CURRENT, day("2026-10-03"), 3)
    assert set(held.moved_by) == {quizzed.ident, worked.ident}


def test_after_a_refresher_use_at_work_counts_again() -> None:
    evidence = Evidence(
        attempts=(*AMINA.attempts, part(day("2026-10-03"))),
        refreshers=(refreshed(day("2026-10-01")),),
        statements=(CONFIRMED, stated("casework", day("2026-12-24"))),
    )
    held = stands(evidence, day("2026-12-25")).best
    assert held
    assert held.shown == day("2026-12-24")


def test_what_is_recorded_of_another_competency_renews_nothing_of_this_one() -> None:
    worked = part(day("2026-10-03"))
    for name, state in (("K3", State.CURRENT), ("K4", State.FADING)):
        quizzed, used = refreshed(day("2026-10-01"), name), stated("casework", day("2026-08-20"), name)
        tested = Evidence(attempts=(*AMINA.attempts, worked), refreshers=(quizzed,))
        assert seen(tested, "2026-10-04") == (3, state)
        assert seen(Evidence(attempts=AMINA.attempts, statements=(used,)), "2026-08-31") == (3, state)


@pytest.mark.parametrize(("earned", "asked", "enough"), [(8, 10, True), (7, 10, False), (4, 5, True), (0, 0, False)])
def test_a_refresher_needs_80_percent(earned: int, asked: int, enough: bool) -> None:  # noqa: FBT001
    quizzed = refreshed(day("2026-10-01"), earned=earned, asked=asked)
    evidence = Evidence(attempts=(*AMINA.attempts, part(day("2026-10-01"))), refreshers=(quizzed,))
    assert (stands(evidence, day("2026-10-02")).state is State.CURRENT) is enough


@pytest.mark.parametrize(
    "more",
    [
        {"examination": False},
        {"unseen": False},
        {"critical": True},
        {"part": 2},
        {"part_earned": 5},
        {"lab": "finance-workstation"},
    ],
)
def test_the_part_of_a_lab_is_an_examination_on_an_unseen_variant_with_60_percent(more: dict[str, Any]) -> None:
    evidence = Evidence(
        attempts=(*AMINA.attempts, part(day("2026-10-01"), **more)), refreshers=(refreshed(day("2026-10-01")),)
    )
    assert stands(evidence, day("2026-10-02")).state is State.FADING


def test_a_refresher_does_not_revive_what_has_lapsed_and_the_full_evidence_does() -> None:
    last, late = day("2027-03-02"), day("2027-03-03")
    for when, state in ((last, State.CURRENT), (late, State.LAPSED)):
        evidence = Evidence(attempts=(*AMINA.attempts, part(when)), refreshers=(refreshed(when),))
        assert stands(evidence, later(late, 1)).state is state
    anew = Evidence(attempts=(*AMINA.attempts, exam(late, variant="b")))
    assert seen(anew, "2027-03-04") == (3, State.CURRENT)


def test_what_was_practised_before_renews_nothing() -> None:
    first = practice(SHOWN)
    same = practice(day("2026-06-01"), unseen=False)
    other = practice(day("2026-06-01"), variant="b")
    for more, shown in ((same, SHOWN), (other, day("2026-06-01"))):
        held = stands(Evidence(attempts=(first, more)), day("2026-06-02")).best
        assert held
        assert (held.level, held.shown) == (2, shown)


def test_practice_on_the_variant_of_an_examination_brings_no_lapsed_level_back() -> None:
    for unseen, state in ((False, State.LAPSED), (True, State.CURRENT)):
        again = practice(day("2027-06-01"), unseen=unseen)
        for lab in ("first-response", "open-container"):  # the second is linked at level 3 alone
            assert seen(Evidence(attempts=(exam(SHOWN, lab), again)), "2027-06-02") == (2, state)


def test_a_lapsed_level_and_a_fresh_lower_one_show_the_better_state() -> None:
    evidence = Evidence(attempts=(*AMINA.attempts, practice(day("2027-02-01"), variant="b")))
    assert seen(evidence, "2027-03-02") == (3, State.FADING)
    assert seen(evidence, "2027-03-03") == (2, State.CURRENT)
    assert stands(evidence, day("2027-03-03")).reached == 3


def test_a_change_of_tool_makes_a_record_fading_at_once_and_its_questions_current_again() -> None:
    change = changed(day("2026-05-01"))
    book = quiz(["m2-4"], "K3", release="e2", published="2026-05-01")
    before = Evidence(attempts=AMINA.attempts, changes=(change,), **book)
    assert seen(before, "2026-04-30") == (3, State.CURRENT)
    assert seen(before, "2026-05-01") == (3, State.FADING)
    assert stands(before, day("2026-05-02")).best.changes == (change,)  # type: ignore[union-attr]
    almost = Evidence(
        attempts=AMINA.attempts, changes=(change,), answers=answers("m2-4", [1, 1, 1, 0.5, 0], SHOWN, "e2"), **book
    )
    assert stands(almost, day("2026-05-02")).state is State.FADING
    passed = Evidence(
        attempts=AMINA.attempts,
        changes=(change,),
        answers=answers("m2-4", [1, 1, 1, 1, 0], day("2026-05-03"), "e2"),
        **book,
    )
    held = stands(passed, day("2026-05-03")).best
    assert held
    assert (held.state, held.shown, held.changes) == (State.CURRENT, SHOWN, ())
    assert stands(passed, day("2026-08-30")).state is State.FADING


def test_answers_to_the_text_before_a_change_do_not_count_for_it() -> None:
    editions = {
        **quiz(["m2-4"], "K3", release="e1")["editions"],
        **quiz(["m2-4"], "K3", release="e2", published="2026-05-01")["editions"],
    }
    evidence = Evidence(
        attempts=AMINA.attempts,
        changes=(changed(day("2026-05-01")),),
        answers=answers("m2-4", [1, 1, 1, 1, 1], day("2026-05-03"), "e1"),
        editions=editions,
        offered={"m2-4": "e2"},
    )
    assert stands(evidence, day("2026-05-04")).state is State.FADING


def test_a_change_concerns_only_what_was_shown_before_it_and_rests_on_it() -> None:
    book = quiz(["m2-4"], "K3", release="e2", published="2026-05-01")
    other = Evidence(attempts=AMINA.attempts, changes=(changed(day("2026-05-01"), feeds="K4"),), **book)
    after = Evidence(attempts=(exam(day("2026-05-02")),), changes=(changed(day("2026-05-01")),), **book)
    assert stands(other, day("2026-05-02")).state is State.CURRENT
    assert stands(after, day("2026-05-02")).state is State.CURRENT


def test_use_at_work_does_not_answer_for_a_change() -> None:
    book = quiz(["m2-4"], "K3", release="e2", published="2026-05-01")
    evidence = Evidence(attempts=AMINA.attempts, changes=(changed(day("2026-05-01")),), statements=(CONFIRMED,), **book)
    held = stands(evidence, day("2026-08-01")).best
    assert held
    assert (held.shown, held.state) == (day("2026-07-30"), State.FADING)


def test_a_change_never_makes_a_lapsed_record_better() -> None:
    book = quiz(["m2-4"], "K3", release="e2", published="2026-05-01")
    evidence = Evidence(attempts=AMINA.attempts, changes=(changed(day("2026-05-01")),), **book)
    assert seen(evidence, "2027-03-03") == (2, State.LAPSED)


def test_a_host_sets_shorter_limits_and_never_longer_ones() -> None:
    short, long = Limits(30, 60), Limits(1_000, 2_000)
    assert stands(AMINA, later(SHOWN, 31), limits=short).state is State.FADING
    assert stands(AMINA, later(SHOWN, 61), limits=short).state is State.LAPSED
    assert stands(AMINA, later(SHOWN, 181), limits=long).state is State.FADING
    with pytest.raises(ValueError, match="current for a day"):
        Limits(60, 30)


def test_answers_on_one_day_alone_are_not_current() -> None:
    book = quiz(["m2-4"], "K3")
    once = Evidence(readings=(read("m2-4", SHOWN),), answers=answers("m2-4", [1] * 5, SHOWN), **book)
    second = answers("m2-4", [1], later(SHOWN, 1))
    held = stands(once, later(SHOWN, 1)).best
    assert held
    assert (held.level, held.state, held.one_day) == (1, State.FADING, True)
    twice = Evidence(readings=once.readings, answers=(*once.answers, *second), **book)
    assert seen(twice, str(later(SHOWN, 1))) == (1, State.CURRENT)
    assert stands(twice, later(SHOWN, 1)).best.shown == SHOWN  # type: ignore[union-attr]
    wrong = Evidence(readings=once.readings, answers=(*once.answers, *answers("m2-4", [0], later(SHOWN, 1))), **book)
    assert seen(wrong, str(later(SHOWN, 1))) == (1, State.FADING)


def test_the_refresher_of_a_level_1_is_ten_questions_alone() -> None:
    book = quiz(["m2-4"], "K3")
    evidence = Evidence(
        readings=(read("m2-4", SHOWN),),
        answers=(*answers("m2-4", [1] * 5, SHOWN), *answers("m2-4", [1], later(SHOWN, 1))),
        refreshers=(refreshed(day("2026-10-01")),),
        **book,
    )
    held = stands(evidence, day("2026-10-02")).best
    assert held
    assert (held.level, held.state, held.shown) == (1, State.CURRENT, day("2026-10-01"))
    assert held.current_to - held.shown == timedelta(days=180)


def test_answers_to_an_older_text_move_the_date_and_leave_the_change_open() -> None:
    books = [
        quiz(["m2-4"], "K3", release=one, published=on) for one, on in (("e1", "2026-01-01"), ("e2", "2026-05-01"))
    ]
    evidence = Evidence(
        readings=(read("m2-4", SHOWN),),
        answers=(*answers("m2-4", [1] * 5, SHOWN), *answers("m2-4", [1] * 5, day("2026-05-03"))),
        changes=(changed(day("2026-05-01"), feeds="K3"),),
        editions={**books[0]["editions"], **books[1]["editions"]},
        offered=books[1]["offered"],
    )
    held = stands(evidence, day("2026-05-04")).best
    assert held
    assert (held.state, held.shown) == (State.FADING, day("2026-05-03"))
    newer = replace(evidence, answers=(*evidence.answers, *answers("m2-4", [1] * 5, day("2026-05-05"), "e2")))
    assert seen(newer, "2026-05-06") == (1, State.CURRENT)


def test_what_was_left_over_on_the_day_of_a_showing_helps_no_later_one() -> None:
    """Eight of ten are enough: the other two of that day must not make six of ten enough half a year later."""
    book = quiz(["m2-4"], "K3", each=10)
    after = later(SHOWN, 200)
    evidence = Evidence(readings=(read("m2-4", SHOWN),), answers=answers("m2-4", [1] * 10, SHOWN), **book)
    for right, state in ((7, State.FADING), (8, State.CURRENT)):
        again = replace(evidence, answers=(*evidence.answers, *answers("m2-4", [1] * right, after)))
        assert stands(again, after).state is state
