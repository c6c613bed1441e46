"""The parts of the share: order, footprint, notes, decisions, and what an author may write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.grading.conduct.sound import (
    BOUNDS,
    HAPPENED,
    IMAGE,
    PLAN,
    RECORD,
    at,
    codes,
    entry,
    judged,
    silent,
    typed,
)
from training.grading import conduct
from training.grading.conduct import footprint, timeline
from training.grading.conduct.happened import Act, Cause, Event, Happened, LinkChange, Power, Started, Touched
from training.grading.conduct.marked import WEIGHTS
from training.grading.conduct.plan import Conduct, ConductStep, Fork, Happening, StepName
from training.grading.conduct.record import About, Acquisition, ClockPair, Decision, Form, Record, Remark, Way
from training.grading.conduct.verdict import Code, ConductVerdict, Part, Where
from training.grading.rubric import Criterion
from training.sentence import Sentence
from training.settings import ROOT

NOTHING = Record(arrived=at(0))


def share(record: Record, part: Part, happened: Happened = HAPPENED, plan: Conduct = PLAN) -> float | None:
    return next((one.share for one in judged(record, happened, plan).parts if one.part is part), None)


def test_who_does_nothing_earns_nothing() -> None:
    assert judged(NOTHING, Happened()).share == 0


# order


def test_a_late_step_is_worth_as_much_as_none_and_is_named() -> None:
    late = judged(replace(RECORD, clocks=(ClockPair(at(330), 132.0),)))
    never = judged(replace(RECORD, clocks=()))
    assert late.order.share == never.order.share == 10 / 11
    assert late.share > never.share  # footprint and care count as far as the work was done
    assert late.order.first == (
        "Both clocks were read, and the offset stated with the right sign belongs before this: Memory was acquired"
    )
    (memory,) = [one for one in late.order.steps if one.id == "memory"]
    assert [str(one) for one in memory.after] == ["Both clocks were read, and the offset stated with the right sign"]


@pytest.mark.parametrize(("seconds", "lost"), [(330, "clock"), (260, "memory")])
def test_the_fewest_steps_are_given_up_and_of_two_the_earlier_one(seconds: int, lost: str) -> None:
    verdict = judged(replace(RECORD, clocks=(ClockPair(at(seconds), 132.0),)))
    assert [one.id for one in verdict.order.steps if one.place and not one.kept] == [lost]


def test_nobody_types_before_the_authority_is_read() -> None:
    verdict = judged(replace(RECORD, authority=at(155)))
    assert "authority" in verdict.order.first
    assert verdict.order.share < 1


def test_the_authors_own_sentence_and_needs() -> None:
    free = ConductStep(step=StepName.COPY, needs=(StepName.AUTHORITY,))
    own = ConductStep(step=StepName.MEMORY, needs=(StepName.COPY,), unmet="First what will be gone in a minute.")
    plan = PLAN.model_copy(
        update={"steps": tuple({StepName.COPY: free, StepName.MEMORY: own}.get(one.step, one) for one in PLAN.steps)}
    )
    plan = Conduct.model_validate(plan.model_dump())
    verdict = judged(plan=plan)
    assert verdict.order.first == "First what will be gone in a minute."


def test_steps_that_a_lab_leaves_out_hand_their_needs_on() -> None:
    plan = Conduct(steps=tuple(ConductStep(step=one) for one in (StepName.AUTHORITY, StepName.MEMORY, StepName.END)))
    assert plan.needs[StepName.MEMORY] == (StepName.AUTHORITY,)
    assert plan.needs[StepName.END] == (StepName.AUTHORITY, StepName.MEMORY)
    assert plan.remarks == (StepName.MEMORY,)


def test_an_acquisition_that_was_broken_off_is_no_image() -> None:
    broken = Acquisition(1, Way.INSIDE, at(240), at(250), whole=False)
    verdict = judged(replace(RECORD, acquisitions=(broken,)))
    assert [one.id for one in verdict.order.steps if not one.place] == ["memory", "hash", "verify"]


# footprint


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_share_of_the_footprint_is_bounded_and_falls(yours: int, more: int, allowed: int) -> None:
    one, other = footprint.share(yours, allowed), footprint.share(yours + more, allowed)
    assert 0 < other <= one <= 1
    assert (one == 1) == (yours <= allowed)


def test_what_a_skilled_responder_needs_and_half_as_much_again_costs_nothing() -> None:
    verdict = judged(happened=replace(HAPPENED, displaced=7_500))
    assert verdict.share == 1
    more = judged(happened=replace(HAPPENED, displaced=15_001))
    (pages,) = [one for one in more.footprint.dimensions if one.id == "pages"]
    assert pages.share == pytest.approx(0.5)
    assert (pages.yours, pages.skilled, pages.allowed) == (15_001, 5_000, 7_500)


def test_what_came_when_the_account_was_full_is_counted() -> None:
    verdict = judged(happened=replace(HAPPENED, more_started=900, more_touched=900, more_contacts=9))
    yours = {one.id: one.yours for one in verdict.footprint.dimensions}
    assert (yours["processes"], yours["read"], yours["sockets"]) == (902, 901, 9)


def test_without_an_account_the_lines_stand_for_it() -> None:
    verdict = judged(typed("find / -name x > /root/found"), silent())
    shares = {one.id: one.share for one in verdict.footprint.dimensions}
    assert shares["processes"] is shares["read"] is shares["sockets"] is shares["pages"] is None
    assert shares["written"] == 0.5
    assert shares["looks"] is not None
    assert shares["looks"] < 1
    assert [str(one) for one in verdict.waiting] == [
        "The machine's own account is missing. Until a marker has looked, the record alone says what was done."
    ]


@pytest.mark.parametrize(
    ("path", "counted"),
    [("/root/x", 1), ("/dev/shm/x", 1), ("/dev/null", 0), ("/proc/1/oom_adj", 0), ("/mnt/evid/x", 0)],  # noqa: S108
)
def test_a_file_of_the_machine_is_counted_once_however_often_it_was_written(path: str, counted: int) -> None:
    twice = tuple(Touched(601, path, act, at(160)) for act in (Act.CREATED, Act.WRITTEN, Act.WRITTEN))
    verdict = judged(happened=replace(HAPPENED, touched=twice))
    assert [one.yours for one in verdict.footprint.dimensions if one.id == "written"] == [counted]


@pytest.mark.parametrize(("seconds", "looks", "processes"), [(239, 3, 3), (240, 2, 2)])
def test_what_begins_with_the_image_is_not_before_it(seconds: float, looks: int, processes: int) -> None:
    started = (*HAPPENED.started, Started(650, 90, at(seconds), at(241), "ps", "/mnt/kit/bin/ps"))
    verdict = judged(typed("/mnt/kit/bin/ps", seconds=seconds), replace(HAPPENED, started=started))
    counts = {one.id: one.yours for one in verdict.footprint.dimensions}
    assert (counts["looks"], counts["processes"]) == (looks, processes)


def test_a_file_that_was_read_twice_counts_once() -> None:
    twice = tuple(Touched(pid, "/etc/hosts", Act.READ, at(160)) for pid in (600, 601))
    verdict = judged(happened=replace(HAPPENED, touched=twice))
    assert [one.yours for one in verdict.footprint.dimensions if one.id == "read"] == [1]


# notes


@pytest.mark.parametrize(
    ("record", "met"),
    [
        (RECORD, 7),
        (replace(RECORD, scenes=()), 5),
        (replace(RECORD, scenes=(Form(at(60), {"screen": "on", "people": "  "}),)), 6),
        (replace(RECORD, scenes=(Form(at(30), {"screen": "on"}), *RECORD.scenes, Form(at(50), {}))), 7),
        (replace(RECORD, plugged=tuple(replace(one, serial="") for one in RECORD.plugged)), 6),
        (replace(RECORD, plugged=(RECORD.plugged[0], replace(RECORD.plugged[1], serial=" "))), 6),
        (replace(RECORD, remarks=RECORD.remarks[1:]), 6),
        (replace(RECORD, remarks=(*RECORD.remarks[:2], Remark(3, "Copied what lies in memory.", at(330)))), 7),
        (replace(RECORD, remarks=(*RECORD.remarks[:2], Remark(3, "Copied what lies in memory.", at(900)))), 6),
        (replace(RECORD, remarks=(*RECORD.remarks[:2], Remark(3, " ", at(312), About(Where.ENTRY, "7")))), 6),
        (replace(RECORD, hand_over=None), 6),
    ],
)
def test_what_belongs_into_the_notes(record: Record, met: int) -> None:
    notes = judged(record).notes
    assert sum(one.met for one in notes.duties) == met
    assert len(notes.duties) == 7
    assert notes.complete == met / 7


def test_an_acquisition_that_failed_needs_a_word() -> None:
    record = typed("/mnt/kit/bin/acquire /mnt/evid/m.lime", seconds=220, code=1)
    said = Remark(8, "The medium failed; I took the other one.", at(239), About(Where.ENTRY, "90"))
    assert [str(one.text) for one in judged(record).notes.duties if not one.met] == [
        "Why an acquisition was broken off"
    ]
    assert judged(replace(record, remarks=(*record.remarks, said))).notes.complete == 1


def test_a_contradiction_halves_what_the_notes_are_worth() -> None:
    wrong = Remark(9, "see entry 41", at(320))
    notes = judged(replace(RECORD, remarks=(*RECORD.remarks, wrong))).notes
    assert (notes.complete, notes.true, notes.share) == (1, 0.5, 0.5)
    again = judged(replace(RECORD, remarks=(*RECORD.remarks, wrong, replace(wrong, number=10)))).notes
    assert again.true == pytest.approx(1 / 3)


# decisions

RUBRIC = (Criterion(id="risk", text="Is the risk named?", levels=("no", "yes")),)


def forked(**changes: object) -> Conduct:
    return PLAN.model_copy(update={"forks": (PLAN.forks[0].model_copy(update=changes),)})


def test_a_reason_that_a_marker_reads() -> None:
    plan = forked(rubric=RUBRIC)
    waiting = judged(plan=plan)
    assert (waiting.decisions.share, waiting.provisional) == (1, True)
    assert "What becomes of the link?" in waiting.waiting[0]
    marked = judged(plan=plan, link=0.5)
    assert (marked.decisions.share, marked.provisional) == (0.75, False)
    assert judged(replace(RECORD, decisions=()), plan=plan, link=1.0).decisions.share == 0
    assert conduct.marked(conduct.marked(waiting, {"link": 0.9}), {"link": 0.5}) == marked
    assert conduct.marked(marked, {}) == waiting
    kept = ConductVerdict.model_validate(marked.model_dump(mode="json"))
    assert conduct.marked(kept, {"link": 0.5}).share == marked.share


def test_a_marker_reads_the_record_where_the_account_is_missing() -> None:
    waiting = judged(happened=Happened(measured=False))
    assert waiting.provisional
    lines = waiting.footprint.share
    assert lines is not None
    marked = conduct.marked(waiting, {conduct.ACCOUNT: 0.25})
    assert marked.footprint.share == pytest.approx((lines + 0.25) / 2)
    assert not marked.provisional
    assert marked.share == pytest.approx(waiting.share + 0.2 * (0.25 - lines) / 2)
    assert conduct.marked(judged(), {conduct.ACCOUNT: 0.0}) == judged(), "an account outranks a marker"


def test_a_mark_for_a_fork_without_a_rubric_changes_nothing() -> None:
    assert judged(link=0.0) == judged()


def test_a_decision_after_the_act_counts_half() -> None:
    verdict = judged(happened=replace(HAPPENED, links=(LinkChange(at(80), "cut"),)))
    assert (verdict.decisions.share, codes(verdict)) == (0.5, [Code.LINK])
    both = judged(happened=replace(HAPPENED, links=(LinkChange(at(80), "cut"),)), plan=forked(before=StepName.MEMORY))
    assert both.decisions.share == 0.5, "after one of both acts"


def test_of_several_choices_the_last_is_shown() -> None:
    first = RECORD.decisions[0]
    changed = replace(RECORD, decisions=(first, replace(first, choice="cut", at=at(100))))
    (fork,) = judged(changed).decisions.forks
    assert (fork.choice, fork.at) == ("cut it", at(100))


def test_a_decision_before_a_step() -> None:
    plan = forked(before=StepName.MEMORY, act=None)
    assert judged(plan=plan).decisions.share == 1
    late = replace(RECORD, decisions=(Decision("link", "leave", "a reason that is long", at(330)),))
    assert judged(late, plan=plan).decisions.share == 0.5
    assert judged(replace(RECORD, acquisitions=()), plan=plan).decisions.share == 0.5


@pytest.mark.parametrize(
    ("reason", "share"), [("it may talk", 0), ("it may talk!", 1), ("a b c d e f", 0), (" " * 40, 0)]
)
def test_a_reason_has_ten_characters_white_space_apart(reason: str, share: float) -> None:
    record = replace(RECORD, decisions=(Decision("link", "leave", reason, at(90)),))
    assert judged(record).decisions.share == share


def test_a_lab_without_a_fork_has_no_such_part() -> None:
    verdict = judged(plan=PLAN.model_copy(update={"forks": ()}))
    assert verdict.decisions.share is None
    assert verdict.share == pytest.approx(1)
    assert Part.DECISIONS not in {one.part for one in verdict.parts}


# care


def test_mistakes_of_several_entries_multiply() -> None:
    record = replace(RECORD, entries=(*RECORD.entries, entry(80, "kill 312", 320), entry(81, "kill 313", 330)))
    assert judged(record, silent()).care == 0.25


# what an author may write


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"steps": [{"step": "memory"}, {"step": "memory"}]}, "two steps"),
        ({"steps": [{"step": "memory", "needs": ["clock"]}, {"step": "end"}]}, "no step of this lab"),
        ({"steps": [{"step": "memory", "needs": ["end"]}, {"step": "end", "needs": ["memory"]}]}, "circle"),
        ({"steps": [{"step": "dance"}, {"step": "end"}]}, "step"),
        ({"happenings": [{"event": "x", "text": "y", "loses": ["z"]}]}, "no item"),
        ({"remarked": ["copy"], "steps": [{"step": "memory"}, {"step": "end"}]}, "no step"),
        ({"unavoidable": ["relative"]}, "unavoidable"),
        ({"skilled": {"looks": 0}}, "looks"),
        ({"clock_tolerance": 0}, "clock_tolerance"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_plan_that_can_not_be_used_is_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises((ValidationError, ValueError), match=word):
        Conduct.model_validate(changes)


def test_a_plan_may_be_empty_and_the_usual_is_meant() -> None:
    plan = Conduct.model_validate({})
    assert [one.step for one in plan.steps] == list(StepName)
    assert judged(plan=plan).order.share == 1


# timeline


def test_the_timeline_says_what_was_lost_and_by_whom() -> None:
    happened = replace(
        HAPPENED,
        events=(
            Event("cleared", at(200), "The archive was removed.", loses=("archive",)),
            Event("wiped", at(210), "It cleared up.", Cause.ANSWER, ("archive",)),
            Event("courier", at(215), cause=Cause.INSTRUCTOR),
            Event("late", at(300), "Again.", loses=("archive",)),
        ),
        links=(LinkChange(at(95), "cut"),),
        powers=(Power(at(505), "reset"),),
    )
    verdict = judged(happened=happened)
    shown = {str(one.what): one for one in timeline.of(PLAN, BOUNDS, RECORD, happened, verdict) if not one.entry}
    assert shown["The archive was removed."].lost == ("the archive in /dev/shm",)
    assert [one.code for one in shown["The archive was removed."].mistakes] == [Code.LATE]
    assert shown["It cleared up. It answered something that was done."].who is timeline.Who.SITUATION
    assert shown["On the machine: courier"].who is timeline.Who.INSTRUCTOR
    assert shown["Again."].lost == ()  # memory was being acquired by then
    assert shown["The network link was cut."].who is timeline.Who.RESPONDER
    assert shown["The machine was started again."].at == at(505)


def test_what_the_host_saw_stands_with_its_own_mistake_and_with_no_other() -> None:
    happened = replace(
        HAPPENED,
        links=(LinkChange(at(5), "cut"), LinkChange(at(6), "filter")),
        powers=(Power(at(330), "reset", Cause.RESPONDER), Power(at(331), "suspend", Cause.TIME)),
    )
    shown = timeline.of(PLAN, BOUNDS, RECORD, happened, judged(happened=happened))
    said = {str(one.what): [(mistake.code, mistake.place.at) for mistake in one.mistakes] for one in shown}
    host = ("The network link was cut.", "The network link was filtered.", "The machine was started again.")
    assert [said[one] for one in host] == [[(Code.LINK, at(5))], [], [(Code.SHUT, at(330))]]
    assert said["The machine was put to sleep."] == []


def test_an_entry_shows_what_it_left() -> None:
    shown = timeline.of(PLAN, BOUNDS, RECORD, HAPPENED, judged())
    traces = {one.entry: str(one.traces) for one in shown if one.entry}
    assert traces[4] == "1 process started. 1 file read."
    assert traces[1] == ""


def test_every_sentence_can_be_said_in_another_language() -> None:
    verdict = judged(typed("find / -name x; kill 9"), silent())
    said = [one.says for one in verdict.mistakes] + list(verdict.waiting) + [one.text for one in verdict.order.steps]
    said += [one.text for one in verdict.footprint.dimensions] + [one.says for one in verdict.decisions.forks]
    said += [one.text for one in verdict.notes.duties[-3:]]
    assert all(isinstance(one, Sentence) for one in said)


def test_an_image_that_runs_over_midnight_is_told_by_its_day() -> None:
    shift = timedelta(hours=13, minutes=58)
    image = replace(IMAGE, begun=IMAGE.begun + shift, ended=(IMAGE.ended or at(0)) + shift, hashes=())
    said = Remark(2, "Imaged at 00:02.", at(400) + shift, About(Where.ACQUISITION, "1"))
    record = replace(RECORD, arrived=RECORD.arrived + shift, acquisitions=(image,), remarks=(said,), hand_over=None)
    assert Code.NOTE not in codes(judged(record))


def test_an_event_that_has_the_name_of_an_item_loses_it() -> None:
    plan = Conduct.model_validate({"items": [{"id": "archive", "text": "the archive"}]})
    assert (plan.lost_by("archive"), plan.lost_by("other"), PLAN.lost_by("cleared")) == (("archive",), (), ("archive",))
    said = {"items": [{"id": "archive", "text": "x"}], "happenings": [{"event": "archive", "text": "It was read."}]}
    assert Conduct.model_validate(said).lost_by("archive") == ()


def test_forks_have_options() -> None:
    with pytest.raises(ValidationError):
        Fork(id="x", text="y", options={"a": "b"})
    assert Happening(event="x", text="y").loses == ()


# the page that explains it


def test_the_page_of_the_measure_names_every_code_step_and_weight_and_its_example_loads() -> None:
    page = (ROOT / "docs" / "grading-conduct.md").read_text("utf-8")
    assert all(f"| {code} |" in page for code in Code)
    assert all(f"| `{step}` |" in page for step in StepName)
    assert all(f"{weight:.2f} {part}" in page for part, weight in WEIGHTS.items())
    example = page.partition("```yaml\n")[2].partition("```")[0]
    plan = Conduct.model_validate(yaml.safe_load(example)["live"]["conduct"])
    assert plan.lost_by("wiped") == ("archive",)
    assert [one.step for one in plan.steps][:2] == [StepName.AUTHORITY, StepName.CLOCK]
