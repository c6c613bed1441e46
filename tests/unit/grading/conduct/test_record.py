"""What follows from a record alone: ends, failures, images, digests that agree; and which traces belong to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.unit.grading.conduct.sound import BOUNDS, DIGEST, HAPPENED, IMAGE, PLAN, RECORD, at, entry
from training.grading.conduct.case import Case, reasoned
from training.grading.conduct.happened import Act, Contact, Happened, Touched
from training.grading.conduct.record import Acquisition, Entry, Form, Hash, Record, Side, Way
from training.grading.conduct.verdict import Place, Where

OTHER = "b4" * 32


def case(record: Record = RECORD, happened: Happened = HAPPENED) -> Case:
    return Case(PLAN, BOUNDS, record, happened)


@pytest.mark.parametrize(
    ("seconds", "code", "ended", "failed"),
    [(2.5, 0, 12.5, False), (None, None, 10, False), (0.0, 1, 10, True), (1.0, -1, 11, True)],
)
def test_a_command_ends_when_its_prompt_came_back(
    seconds: float | None, code: int | None, ended: float, *, failed: bool
) -> None:
    one = Entry(1, "ps", at(10), seconds, code)
    assert (one.end, one.failed) == (at(ended), failed)


@pytest.mark.parametrize(
    ("source", "collector", "compared"),
    [
        ([(DIGEST, 10)], [(DIGEST.upper(), 20)], 20),
        ([(DIGEST, 30)], [(DIGEST, 20)], 30),
        ([(OTHER, 10), (DIGEST, 15)], [(DIGEST, 12)], 15),
        ([(DIGEST, 15), (OTHER, 10)], [(DIGEST, 12)], 15),
        ([(DIGEST, 10), (OTHER, 15)], [(DIGEST, 12)], None),
        ([(DIGEST, 10)], [], None),
        ([], [(DIGEST, 10)], None),
    ],
)
def test_digests_are_compared_once_both_last_ones_agree(
    source: list[tuple[str, int]], collector: list[tuple[str, int]], compared: int | None
) -> None:
    hashes = [Hash(Side.SOURCE, *_at(one)) for one in source] + [Hash(Side.COLLECTOR, *_at(one)) for one in collector]
    assert replace(IMAGE, hashes=tuple(hashes)).compared == (None if compared is None else at(compared))


def _at(one: tuple[str, int]) -> tuple[str, datetime]:
    return one[0], at(one[1])


def test_each_side_has_its_last_digest() -> None:
    first, second, other = (
        Hash(Side.SOURCE, DIGEST, at(10)),
        Hash(Side.SOURCE, OTHER, at(20)),
        Hash(Side.COLLECTOR, OTHER, at(15)),
    )
    for hashes in ((first, second, other), (other, second, first)):
        one = replace(IMAGE, hashes=hashes)
        assert (one.hash(Side.SOURCE), one.hash(Side.COLLECTOR)) == (second, other)
    assert replace(IMAGE, hashes=(first,)).hash(Side.COLLECTOR) is None


def test_the_first_whole_acquisition_is_the_image() -> None:
    broken = Acquisition(1, Way.INSIDE, at(10), at(20), whole=False)
    running = Acquisition(2, Way.INSIDE, at(30))
    done, later = Acquisition(3, Way.OUTSIDE, at(40), at(50)), Acquisition(4, Way.INSIDE, at(60), at(70))
    assert [one.done for one in (broken, running, done)] == [False, False, True]
    assert replace(RECORD, acquisitions=(broken, running, done, later)).image == done
    assert replace(RECORD, acquisitions=(broken, running)).image is None
    assert (RECORD.handed, replace(RECORD, hand_over=None).handed) == (at(500), None)
    assert [Form(at(0), {"a": " x", "b": " \n"}).fills(one) for one in "abc"] == [True, False, False]


@pytest.mark.parametrize(("frozen", "seconds", "covered"), [(50, 50, True), (50, 50.1, False), (None, 9_999, True)])
def test_an_account_covers_what_was_before_it_was_taken(frozen: int | None, seconds: float, *, covered: bool) -> None:
    moment = None if frozen is None else at(frozen)
    assert Happened(frozen=moment).measures(at(seconds)) is covered
    assert not Happened(measured=False, frozen=moment).measures(at(seconds))


@pytest.mark.parametrize(
    ("acquisitions", "commands", "imaging"),
    [
        ([240], [], 240),
        ([240, 200], [250], 200),
        ([240], [150], 150),
        ([], [150, 140], 140),
        ([], [], None),
    ],
)
def test_memory_is_being_acquired_from_the_first_attempt_on(
    acquisitions: list[int], commands: list[int], imaging: int | None
) -> None:
    record = Record(
        arrived=at(0),
        entries=tuple(entry(n, "/mnt/kit/bin/acquire x", one, code=1) for n, one in enumerate(commands, 1)),
        acquisitions=tuple(Acquisition(n, Way.INSIDE, at(one)) for n, one in enumerate(acquisitions, 1)),
    )
    one = case(record)
    assert one.imaging == (None if imaging is None else at(imaging))
    before = [one.ahead_of_image(at(seconds)) for seconds in (0, (imaging or 1) - 1, imaging or 1, 9_999)]
    assert before == [True, True, imaging is None, imaging is None]


@pytest.mark.parametrize(
    ("path", "outside"),
    [
        ("/root/x", True), ("/mnt/evid", False), ("/mnt/evid/x", False), ("/mnt/evidence", True), ("/mnt/kit/x", False),
        ("/proc/1", False), ("/sys/x", False), ("/dev/null", False), ("/dev/shm", True), ("/dev/shm/x", True),  # noqa: S108
        ("/devices", True),
    ],
)  # fmt: skip
def test_the_machines_own_file_systems_are_neither_media_nor_those_of_the_kernel(path: str, *, outside: bool) -> None:
    assert case().outside(path) is outside


@pytest.mark.parametrize(
    ("seconds", "number"),
    [
        *((9, 1), (8.9, None), (10, 1), (20, 1), (21, 1), (21.1, None)),
        *((29, 2), (31.5, 3), (33, 3), (36, 2), (41, 2), (41.1, None)),
    ],
)
def test_a_trace_belongs_to_the_last_command_that_ran_then(seconds: float, number: int | None) -> None:
    entries = (entry(1, "a", 10, 10), entry(2, "b", 30, 10), entry(3, "c", 31, 3))
    one = case(replace(RECORD, entries=entries[::-1]))
    found = one.entry_at(at(seconds))
    assert (found and found.entry.number) == number
    place = Place(kind=Where.ENTRY, name=str(number), at=entries[number - 1].at) if number else None
    touched, contact = Touched(1, "/x", Act.READ, at(seconds)), Contact(1, "192.0.2.1", 0, at(seconds))
    traces: tuple[tuple[Touched | Contact, str], ...] = ((touched, "/x"), (contact, "192.0.2.1"))
    for trace, name in traces:
        assert one.place_of(trace) == (place or Place(kind=Where.EVENT, name=name, at=at(seconds)))
    assert one.place_of(Contact(1, "", 0, at(5))) == Place(kind=Where.EVENT, name="?", at=at(5))


def test_eight_commands_at_one_time_are_looked_at() -> None:
    long = entry(1, "a", 10, 100)
    short = tuple(entry(n, "b", 10 + n, 0.1) for n in range(2, 12))
    assert case(replace(RECORD, entries=(long, *short[:7]))).entry_at(at(50)) is not None
    assert case(replace(RECORD, entries=(long, *short[:8]))).entry_at(at(50)) is None


@pytest.mark.parametrize(
    ("reason", "given"), [("", False), ("a b c d e f g h i", False), ("a b c d e f g h i j", True), ("x" * 10, True)]
)
def test_a_reason_of_ten_signs_was_given(reason: str, *, given: bool) -> None:
    assert reasoned(reason) is given
