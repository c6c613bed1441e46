"""The document of records: computed anew, it says the same, and a forged one does not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from tests.examples import try_examples
from tests.unit.learning.records import answers, day, exam, practice, quiz, read, refreshed, stated
from tests.unit.learning.test_competence_properties import records
from training.errors import Refused
from training.learning.competence import document
from training.learning.competence.evidence import Evidence

NAIROBI = ZoneInfo("Africa/Nairobi")
EVIDENCE = Evidence(
    readings=(read("m2-4", day("2026-03-01")),),
    answers=answers("m2-4", [1, 1, 1, 1, 0], day("2026-03-01")),
    attempts=(exam(day("2026-03-02")), practice(day("2026-05-01"), "finance-workstation")),
    statements=(stated("casework", day("2026-07-30")),),
    refreshers=(refreshed(day("2026-08-01")),),
    **quiz(["m2-4"], "K3"),
)
MADE = document.document("p1", EVIDENCE, day("2026-09-01"), NAIROBI)


def forged(**changes: object) -> bytes:
    content = json.loads(document.written(MADE))
    content.update(changes)
    return json.dumps(content).encode()


def test_a_document_comes_back_as_it_was_and_follows_from_its_records() -> None:
    again = document.read(document.written(MADE))
    assert again == MADE
    assert document.differences(again) == ()
    assert [one.level for one in again.computed][2] == 3


@given(records())
@try_examples(60)
def test_any_records_computed_anew_give_the_same_states(one: tuple[str, Evidence]) -> None:
    made = document.document("p1", one[1], day("2027-03-03"), NAIROBI)
    again = document.read(document.written(made))
    assert again == made
    assert document.differences(again) == ()


def test_a_level_that_was_written_in_is_found() -> None:
    content = json.loads(document.written(MADE))
    content["computed"][2] |= {"level": 4, "shown": "2026-08-31"}
    found = document.differences(document.read(json.dumps(content).encode()))
    assert [(one.competency, one.field, one.said, one.computed) for one in found] == [
        ("K3", "level", "4", "3"),
        ("K3", "shown", "2026-08-31", "2026-07-30"),
    ]


def test_a_competency_that_was_taken_out_or_made_up_is_found() -> None:
    content = json.loads(document.written(MADE))
    content["computed"][0]["competency"] = "K99"
    found = document.differences(document.read(json.dumps(content).encode()))
    assert {(one.competency, one.field) for one in found} == {("K1", "competency"), ("K99", "competency")}


def test_records_that_are_not_here_are_named() -> None:
    assert document.apart(MADE, EVIDENCE) == ()
    better = replace(EVIDENCE.attempts[0], earned=EVIDENCE.attempts[0].worth)
    other = replace(EVIDENCE, attempts=(better,))
    assert document.apart(MADE, other) == tuple(sorted(one.ident for one in EVIDENCE.attempts))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no record of competencies"),
        (b"{}", "no record of competencies"),
        (b"[" * 100_000, "no record of competencies"),
        (b'{"form": "engram-results-1"}', "form"),
        (b"\xff\xfe", "no record of competencies"),
        (b" " * (document.LARGEST + 1), "no more are read"),
        (forged(time_zone="Mars/Olympus"), "Mars/Olympus"),
        (forged(time_zone="../../etc/passwd"), "can't be computed anew"),
        (forged(person=7), "person"),
        (forged(records=1), "records"),
        (forged(day="2026-02-30"), "day"),
    ],
    ids=lambda one: one[:12].decode("latin-1") if isinstance(one, bytes) else None,
)
def test_what_is_no_such_document_is_refused_with_the_place(data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        document.read(data)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("day",), "9999-12-31"),
        (("day",), "0001-01-01"),
        (("computed", 2, "shown"), "1999-12-31"),
        (("records", "statements", 0, "day"), "9999-12-31"),
        (("records", "attempts", 0, "part_at"), "9999-12-31T23:59:59-23:59"),
        (("records", "answers", 0, "at"), "0001-01-01T00:00:00+23:59"),
        (("records", "editions", "e1", "published_at"), "0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_day_at_the_end_of_the_calendar_is_refused_with_its_place(place: tuple[str | int, ...], value: str) -> None:
    content = json.loads(document.written(MADE))
    inside = content
    for part in place[:-1]:
        inside = inside[part]
    inside[place[-1]] = value
    with pytest.raises(Refused, match=f"{'.'.join(map(str, place))} is not of the years 2000 to 2100"):
        document.read(json.dumps(content).encode())


@pytest.mark.parametrize("share", ["1/0", "1e999999999", "-1", "0x1", "9" * 5_000, 0.5, None, "nan"])
def test_a_share_is_plain_figures(share: object) -> None:
    content = json.loads(document.written(MADE))
    content["records"]["answers"][0]["share"] = share
    with pytest.raises(Refused, match="share"):
        document.read(json.dumps(content).encode())


@pytest.mark.parametrize("field", ["readings", "answers"])
def test_a_record_of_a_release_that_is_not_in_the_file_is_refused(field: str) -> None:
    content = json.loads(document.written(MADE))
    content["records"][field][0]["release"] = "gone"
    with pytest.raises(Refused, match="not in the file"):
        document.read(json.dumps(content).encode())


@pytest.mark.parametrize("name", ["attempts", "statements", "refreshers"])
def test_more_records_than_anybody_has_are_refused(name: str) -> None:
    content = json.loads(document.written(MADE))
    content["records"][name] *= document.MOST[name] + 1
    with pytest.raises(Refused, match=f"more than .* {name}|no more are read"):
        document.read(json.dumps(content).encode())


def test_more_questions_than_a_module_has_are_refused() -> None:
    content = json.loads(document.written(MADE))
    quizzes = content["records"]["editions"]["e1"]["modules"]["m2-4"]
    quizzes[0]["questions"] *= document.MOST_QUESTIONS
    with pytest.raises(Refused, match="questions in a module"):
        document.read(json.dumps(content).encode())


def test_a_time_without_a_zone_is_refused() -> None:
    content = json.loads(document.written(MADE))
    content["records"]["attempts"][0]["at"] = datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None).isoformat()
    with pytest.raises(Refused, match="without a zone"):
        document.read(json.dumps(content).encode())
