"""The notes of a response, duty by duty and claim by claim: what just counts as noted, and what just agrees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.grading.conduct.sound import (
    BOUNDS,
    DIGEST,
    IMAGE,
    PLAN,
    RECORD,
    at,
    codes,
    decided,
    judged,
    noted,
    only,
    typed,
)
from training.grading.conduct.plan import Asked, Conduct, StepName
from training.grading.conduct.record import About, Acquisition, Form, Record, Remark, Way
from training.grading.conduct.verdict import Code, Duty, Where
from training.sentence import Sentence

ON_ENTRY, ON_IMAGE = About(Where.ENTRY, "3"), About(Where.ACQUISITION, "1")
LAST = "Why an acquisition was broken off"


def plan(**changes: object) -> Conduct:
    return PLAN.model_copy(update=changes)


def duties(record: Record, given: Conduct = PLAN) -> list[tuple[str, bool]]:
    return [(one.text, one.met) for one in judged(record, plan=given).notes.duties]


def test_fields_of_an_author_are_asked_for_in_their_words_and_the_usual_ones_in_those_of_the_reader() -> None:
    own = plan(scene=(PLAN.scene[0], Asked(id="smell", text="What it smells of")), hand_over=(), remarked=())
    record = replace(RECORD, scenes=(Form(at(60), {"smell": "smoke"}),), plugged=())
    found = judged(record, plan=own).notes.duties
    assert found == (Duty(text="State of the screen", met=False), Duty(text="What it smells of", met=True))
    assert [isinstance(one.text, Sentence) for one in found] == [True, False]


def test_where_nothing_is_asked_for_the_notes_are_complete() -> None:
    notes = judged(replace(RECORD, plugged=()), plan=plan(scene=(), hand_over=(), remarked=())).notes
    assert (notes.duties, notes.complete, notes.share) == ((), 1, 1)


@pytest.mark.parametrize(
    ("seconds", "text", "about", "met"),
    [
        *((299.9, "so", None, False), (300, "so", None, True), (600, "so", None, True), (600.1, "so", None, False)),
        (300, "\n", None, False),
        (9_000, "so", About(Where.ENTRY, "7"), True),
        (9_000, "so", About(Where.ENTRY, "3"), False),
        (9_000, "so", About(Where.FORM, "hand-over"), False),
        (9_000, "so", About(Where.ACQUISITION, "1"), False),
    ],
)
def test_a_remark_on_the_copy_is_bound_to_it_or_written_within_five_minutes(
    seconds: float, text: str, about: About | None, *, met: bool
) -> None:
    record = replace(RECORD, remarks=(Remark(1, text, at(seconds), about),))
    assert duties(record, plan(remarked=(StepName.COPY,)))[-1][1] is met


@pytest.mark.parametrize(
    ("about", "steps"),
    [
        (About(Where.FORM, "scene"), {"scene"}),
        (About(Where.FORM, "clock"), {"clock"}),
        (About(Where.FORM, "decision"), {"decision"}),
        (About(Where.FORM, "hand-over"), {"hand-over"}),
        (About(Where.FORM, "custody"), set()),
        (About(Where.ACQUISITION, "1"), {"memory", "hash", "verify"}),
        (About(Where.ENTRY, "3"), {"look"}),
        (About(Where.ENTRY, "4"), {"look"}),
        (About(Where.ENTRY, "5"), {"memory"}),
        (About(Where.ENTRY, "6"), {"hash"}),
        (About(Where.ENTRY, "7"), {"copy"}),
        (About(Where.ENTRY, "1"), set()),
    ],
)
def test_a_bound_remark_is_one_on_the_steps_of_what_it_is_bound_to(about: About, steps: set[str]) -> None:
    record = replace(RECORD, remarks=(Remark(1, "so", at(9_000), about),))
    found = judged(record, plan=plan(scene=(), hand_over=(), remarked=tuple(StepName))).notes.duties
    assert [one.met for one in found[1:]] == [one in steps for one in StepName]


@pytest.mark.parametrize(
    ("bound", "met"), [((), False), (("90",), False), (("2",), False), (("2", "90"), True), (("2", "90", "1"), True)]
)
def test_each_acquisition_that_was_broken_off_needs_a_word(bound: tuple[str, ...], *, met: bool) -> None:
    record = typed("/mnt/kit/bin/acquire /mnt/evid/m.lime", seconds=220, code=1)
    kinds = {"90": Where.ENTRY}
    said = (Remark(n, "It failed.", at(400), About(kinds.get(one, Where.ACQUISITION), one)) for n, one in
            enumerate(bound, 10))  # fmt: skip
    broken = Acquisition(2, Way.INSIDE, at(230))
    record = replace(record, acquisitions=(broken, IMAGE), remarks=(*record.remarks, *said))
    assert duties(record)[-1] == (LAST, met)
    silent = (Remark(20, " ", at(400), ON_IMAGE), Remark(21, " ", at(400), About(Where.ACQUISITION, "2")))
    assert duties(replace(record, remarks=silent))[-1] == (LAST, False)


@pytest.mark.parametrize(
    ("text", "seconds", "wrong"),
    [
        ("09:54:59", 320, ""),
        ("09:55:00", 320, "09:55:00"),
        ("10:06:21", 320, ""),
        ("10:00:00, and now it is 10:06:20", 320, ""),
        ("10:00:00, and now it is 10:05:50", 320, ""),
        ("10:00:00, it will be over at 10:06:21", 320, "10:00:00"),
        ("10:00:30, or 10:01:00", 600, "10:01:00"),
        ("10:01:00, or 10:00:30", 600, "10:01:00"),
        ("10:01:29", 600, "10:01:29"),
        ("10:01:30", 600, ""),
        ("10:03:31", 600, ""),
        ("10:03:32", 600, "10:03:32"),
        ("10:03:41", 600, "10:03:41"),
        ("10:03:42", 600, ""),
        ("10:04:42", 600, ""),
        ("10:05:43", 600, ""),
        ("10:05:44", 600, "10:05:44"),
        ("10:09:00", 600, ""),
        ("10:08:59", 600, "10:08:59"),
        ("10:00:00, as entry 1", 600, ""),
        ("10:00:00, as entry 41", 600, "10:00:00"),
    ],
)
def test_a_time_of_a_note_agrees_within_a_minute_by_either_clock_or_with_its_writing(
    text: str, seconds: float, wrong: str
) -> None:
    verdict = judged(noted(text, ON_ENTRY, seconds))
    says = [str(one.says) for one in verdict.mistakes]
    assert says == ([f"Your note says {wrong}, the record 10:02:30Z."] if wrong else [])


def test_an_acquisition_lasts_to_its_end_or_its_last_digest() -> None:
    for hashes, late in (((), "10:05:40"), (IMAGE.hashes, "10:07:40")):
        record = replace(RECORD, acquisitions=(replace(IMAGE, hashes=hashes),), remarks=(), hand_over=None)
        for text, found in ((late, []), (f"{late[:-2]}41", [Code.NOTE]), ("10:03:00", []), ("10:02:59", [Code.NOTE])):
            said = Remark(7, text, at(900), ON_IMAGE)
            plain = replace(BOUNDS, clock_offset=0.0)
            verdict = judged(replace(record, remarks=(said,)), bounds=plain)
            assert [one for one in codes(verdict) if one is Code.NOTE] == found, (hashes, text)
    running = replace(RECORD, acquisitions=(replace(IMAGE, ended=None, hashes=()),), hand_over=None)
    said = Remark(7, "10:05:01", at(900), ON_IMAGE)
    assert Code.NOTE in codes(judged(replace(running, remarks=(said,)), bounds=replace(BOUNDS, clock_offset=0.0)))


def test_a_note_on_a_command_is_not_taken_for_one_on_an_image() -> None:
    record = replace(RECORD, acquisitions=(replace(IMAGE, number=8),))
    found = []
    for about in (About(Where.ENTRY, "8"), About(Where.ACQUISITION, "7"), About(Where.ACQUISITION, "8")):
        verdict = judged(replace(record, remarks=(*RECORD.remarks[::2], Remark(7, "so", at(320), about))))
        found.append([str(one.says) for one in verdict.mistakes])
    missing = ["Your note is about something that the record does not have."]
    assert found == [missing, missing, []]


def test_digests_of_outputs_and_of_files_that_were_taken_are_known_however_they_are_written() -> None:
    first = replace(RECORD.entries[0], sha256="A1" * 32)
    record = replace(RECORD, entries=(first, *RECORD.entries[1:]), digests=frozenset({"B2" * 32}))
    for value in ("A1" * 32, "a1" * 32, "B2" * 32, "b2" * 32, DIGEST, DIGEST.upper()):
        said = Remark(7, f"SHA-256 {value}", at(320), ON_IMAGE)
        assert codes(judged(replace(record, remarks=(*RECORD.remarks, said)))) == [], value
    said = Remark(7, f"{DIGEST}, {'C3' * 32}, {'d4' * 32}", at(320), ON_IMAGE)
    one = only(judged(replace(record, remarks=(*RECORD.remarks, said))), Code.NOTE)
    assert one.says == "Your note gives the digest c3c3c3c3c3c3…, which is none of the record's."


def test_forms_are_held_against_the_record_field_by_field() -> None:
    custody = (Form(at(410), {"a": "as entry 41", "b": "fine"}), Form(at(420), {"a": "I typed lsof.", "c": "d4" * 32}))
    record = replace(
        decided(*RECORD.decisions), custody=custody, hand_over=Form(at(500), {"note": "x", "d": "entry 0"})
    )
    assert [(one.place.name, one.place.at, str(one.says)) for one in judged(record).mistakes] == [
        ("custody: a", at(410), "Your note names entry 41, which the record does not have."),
        ("custody: a", at(420), "Your note says that lsof was run; the record has no such command."),
        ("custody: c", at(420), "Your note gives the digest d4d4d4d4d4d4…, which is none of the record's."),
        ("hand-over: d", at(500), "Your note names entry 0, which the record does not have."),
    ]
