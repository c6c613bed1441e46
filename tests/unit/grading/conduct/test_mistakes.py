"""Mistakes on paper, recognised where they were made, and not on their innocent look-alikes; and what holds for all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.grading.conduct.sound import (
    BOUNDS,
    DIGEST,
    HAPPENED,
    IMAGE,
    LOST,
    PLAN,
    RECORD,
    at,
    codes,
    decided,
    imaged,
    judged,
    noted,
    only,
    silent,
    suspects_own,
    typed,
)
from training.grading.conduct.happened import (
    Cause,
    Power,
)
from training.grading.conduct.plan import Bounds
from training.grading.conduct.record import (
    About,
    Acquisition,
    ClockPair,
    Form,
    Hash,
    Remark,
    Side,
    Way,
)
from training.grading.conduct.verdict import Code, Part, Where


def test_sound_conduct_has_no_mistake_and_all_of_the_share() -> None:
    verdict = judged()
    assert (verdict.mistakes, verdict.share, verdict.provisional) == ((), 1.0, False)


# C-HASH


@pytest.mark.parametrize(
    ("hashes", "word"),
    [
        ((), "No digest"),
        ((Hash(Side.SOURCE, DIGEST, at(280)),), "one side"),
        ((Hash(Side.COLLECTOR, DIGEST, at(400)),), "one side"),
        ((Hash(Side.SOURCE, DIGEST, at(280)), Hash(Side.COLLECTOR, "b" * 64, at(400))), "differ"),
    ],
)
def test_a_hash_that_closes_nothing(hashes: tuple[Hash, ...], word: str) -> None:
    one = next(one for one in judged(imaged(*hashes)).mistakes if one.code is Code.HASH)
    assert (one.place.kind, one.place.name, one.cost) == (Where.ACQUISITION, "1", 0)
    assert word in one.says


def test_capital_letters_are_no_difference_and_a_broken_acquisition_needs_no_hash() -> None:
    both = Hash(Side.SOURCE, DIGEST.upper(), at(280)), Hash(Side.COLLECTOR, DIGEST, at(400))
    assert codes(judged(imaged(*both))) == []
    broken = Acquisition(2, Way.INSIDE, at(230), None)
    said = Remark(9, "The medium failed; the second one was taken.", at(239), About(Where.ACQUISITION, "2"))
    record = replace(RECORD, acquisitions=(broken, IMAGE), remarks=(*RECORD.remarks, said))
    assert (codes(judged(record)), judged(record).share) == ([], 1.0)


def test_one_image_that_was_compared_is_enough() -> None:
    further = replace(IMAGE, number=2, begun=at(330), ended=at(340), hashes=())
    assert codes(judged(replace(RECORD, acquisitions=(IMAGE, further)))) == []


def test_no_image_no_hash() -> None:
    assert Code.HASH not in codes(judged(replace(RECORD, acquisitions=())))


# C-NOTE


ON_IMAGE, ON_ENTRY = About(Where.ACQUISITION, "1"), About(Where.ENTRY, "3")


@pytest.mark.parametrize(
    ("text", "about", "word"),
    [
        ("Imaged at 10:01:00.", ON_IMAGE, "10:01:00"),
        ("ran at 10:00", ON_ENTRY, "says 10:00"),
        ("ran at ١٠:٠٠", ON_ENTRY, "10:00"),  # noqa: RUF001
        ("11:00:00 +01:00", ON_ENTRY, "11:00:00"),
        ("09:00:00 -01:00", ON_ENTRY, "09:00:00"),
        (f"SHA-256 {'c' * 64}", ON_IMAGE, "cccccccccccc"),
        ("see entry 41", None, "entry 41"),
        ("I ran netstat and saw it.", None, "netstat"),
        ("nothing", About(Where.ENTRY, "99"), "does not have"),
    ],
)
def test_a_note_against_the_record(text: str, about: About | None, word: str) -> None:
    one = only(judged(noted(text, about)), Code.NOTE)
    assert (one.place.kind, one.place.name, one.part, one.cost) == (Where.REMARK, "7", Part.NOTES, 0)
    assert word in one.says


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Imaged at 10:04:50 by the page.", ON_IMAGE),  # within a minute
        ("The screen then showed 10:04:42.", ON_ENTRY),  # the machine's own clock
        ("ran 11:02:30 +01:00", ON_ENTRY),
        ("The log has a session at 08:12.", ON_ENTRY),  # before the response
        ("It will be gone at 10:30.", ON_ENTRY),  # to come
        ("10:00:10, as entry 1", ON_ENTRY),  # another entry's time
        ("Compare entry 5, of 10:04.", ON_ENTRY),
        ("Ratio 10:04:05:06, version 3.10.04", ON_ENTRY),
        ("at 10:01 Ms Castellan came in", None),
        (f"SHA-256 {DIGEST.upper()}", ON_IMAGE),
        (f"hash of another file {'c' * 64}", ON_ENTRY),
        ("see entry 5", None),
        ("I ran ps and acquire.", None),
        ("I did not run netstat.", None),
        ("I never ran netstat.", None),
        ("netstat would have asked for names", None),
        ("I ran /opt/own/thing", None),
        ("", ON_ENTRY),
        ("10:0\0\u202e99:99 \ud800", ON_ENTRY),
    ],
)
def test_a_note_that_the_record_bears_out_or_does_not_touch(text: str, about: About | None) -> None:
    assert codes(judged(noted(text, about))) == []


def test_a_form_with_a_digest_that_nothing_has() -> None:
    record = replace(RECORD, custody=(Form(at(450), {"sha256": "d" * 64, "from": "me"}),))
    assert only(judged(record), Code.NOTE).place.name == "custody: sha256"
    assert codes(judged(replace(RECORD, custody=(Form(at(450), {"sha256": DIGEST}),)))) == []


def test_a_command_that_may_stand_in_an_unread_line_is_not_missed() -> None:
    record = typed("for x in a; do netstat; done")
    record = replace(record, remarks=(*record.remarks, Remark(7, "I ran netstat.", at(320))))
    assert Code.NOTE not in codes(judged(record))


# C-TIME


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ((), "No clock pair"),
        ((ClockPair(at(70), -132.0),), "sign"),
        ((ClockPair(at(70), -135.0),), "sign"),
        ((ClockPair(at(70), 132.0 + 3600),), "zone"),
        ((ClockPair(at(70), 50.0),), "not what"),
    ],
)
def test_a_clock_pair_that_is_none(pairs: tuple[ClockPair, ...], word: str) -> None:
    one = next(one for one in judged(replace(RECORD, clocks=pairs)).mistakes if one.code is Code.TIME)
    assert (one.place.name, one.part, one.cost) == ("clock", Part.ORDER, 0)
    assert word in one.says


def test_a_clock_pair_within_the_tolerance_or_set_right() -> None:
    assert codes(judged(replace(RECORD, clocks=(ClockPair(at(70), 133.5),)))) == []
    assert codes(judged(replace(RECORD, clocks=(ClockPair(at(70), -132.0), ClockPair(at(75), 132.0))))) == []


# all of them


def test_of_several_mistakes_of_one_entry_the_gravest_costs() -> None:
    record = typed("ls /mnt/payroll; dig evil.example; kill 312")
    found = judged(record, silent()).mistakes
    assert {one.code for one in found} == {Code.AUTH, Code.RES, Code.KILL}
    assert sorted(one.cost for one in found) == [0, 0, 0.5]
    assert [one.code for one in found if one.cost] == [Code.AUTH], "of equal ones the first"


def test_each_code_of_the_curriculum_has_a_rule() -> None:
    every = [
        judged(typed("find / -name x"), silent()),
        judged(suspects_own("ps")),
        judged(typed("ps > /x"), silent()),
        judged(typed("dig evil.example"), silent()),
        judged(decided()),
        judged(imaged()),
        judged(noted("see entry 41")),
        judged(typed("ls /mnt/payroll")),
        judged(replace(RECORD, clocks=())),
        judged(typed("kill 312"), silent()),
        judged(happened=replace(HAPPENED, powers=(Power(at(486), "reset", Cause.RESPONDER),))),
        judged(happened=replace(HAPPENED, events=LOST)),
    ]
    assert {one for verdict in every for one in codes(verdict)} == set(Code)
    assert all(verdict.share < 1 for verdict in every)


def test_bounds_of_a_variant_are_added_to_the_labs() -> None:
    bounds = Bounds(clock_offset=BOUNDS.clock_offset, denied=("/srv/share-7",), home="/root")
    assert codes(judged(typed("ls /srv/share-7"), bounds=bounds)) == [Code.AUTH]
    assert codes(judged(typed("ls /mnt/payroll"), bounds=bounds)) == [Code.AUTH]
    assert PLAN.denied == ("/mnt/payroll",)
