"""Item statistics in a dossier: what its records come to, the figures of the program, and nothing of other sessions."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from training.content.models import Release
from training.grading.version import GRADER
from training.hosting.carry import rows
from training.hosting.dossier import statistics, verify
from training.labs.models import Attempt, Finding, Judgement
from training.labs.service import attempts
from training.marking.service import items
from training.settings import Settings
from training.store import Store

from .conftest import again, classroom

pytestmark = pytest.mark.any_database

SIZE = 12
Files = dict[str, bytes]
Sealed = Callable[[], bytes]


@pytest.fixture
def taught(store: Store, settings: Settings, people: People, clock: Clock, worked: UUID) -> UUID:
    """A session with a class of twelve beside the trainee whose findings an instructor judged."""
    classroom(store, settings, people, clock, worked, SIZE)
    return worked


def lab_of(store: Store, settings: Settings, of: UUID) -> tuple[str, dict[str, Any]]:
    """Id of the release of the lab, and its statistics."""
    with store.reading() as session:
        found = statistics.of(session, settings.instance, rows.read(session, of))["releases"]
    (one,) = [(key, each) for key, each in found.items() if each["kind"] == "lab"]
    return one


def test_counts_are_those_of_the_class(store: Store, settings: Settings, taught: UUID) -> None:
    key, lab = lab_of(store, settings, taught)
    first, second = lab["questions"]["q1"]["counts"], lab["questions"]["q2"]["counts"]
    assert (first["works"], first["tries"], first["wrong"], first["void"]) == (SIZE + 1, SIZE + 1, 4, 0)
    assert first["right"] + first["part"] == SIZE + 1 - 4
    assert first["mistakes"] == {"M-KTHR": 4}
    assert (second["works"], second["tries"]) == (SIZE + 1, 2 * SIZE + 1)
    assert (second["first"], second["aided"]) == (SIZE + 1 - 3, 3)
    assert second["mean"] == pytest.approx(0.5 / (SIZE + 1 - 3), abs=1e-6), (
        "all wrong at first, but for what a marker gave"
    )
    assert str(UUID(key)) == key


@pytest.mark.database
def test_counts_and_the_figures_of_the_program_are_of_the_same_tries(
    store: Store, settings: Settings, people: People, taught: UUID
) -> None:
    """The verifier counts from records, the pages from rows of the database: two ways, one result."""
    _, lab = lab_of(store, settings, taught)
    with store.reading() as session:
        release = session.scalars(select(Release).filter_by(kind="lab", name=lab["name"], current=True)).one()
        made = session.scalars(select(Attempt).filter_by(release_id=release.id).order_by(Attempt.opened_at, Attempt.id))
        found = {one.question.id: one for one in items.of_attempts(session, settings.instance, release, made.all())}
        pooled = items.statistics(session, settings.instance, release, people.home)
    assert len(lab["questions"]) == 2
    for name, each in lab["questions"].items():
        item, counts, figures = found[name].item, each["counts"], each["figures"]
        assert item.facility is not None
        assert (item.persons, item.aided) == (counts["first"], counts["aided"])
        assert item.facility.value == pytest.approx(counts["mean"], abs=1e-6)
        assert figures["interval"] == [item.facility.interval.low, item.facility.interval.high]
        assert figures["word"] == item.word.value
        assert item == next(one.item for one in pooled.rows if one.question.id == name), "no other session worked on it"
    assert found["q1"].item.discrimination is not None
    link = lab["questions"]["q1"]["figures"]["discrimination"]
    assert link["value"] == found["q1"].item.discrimination.value
    assert link["interval"][0] < link["value"] < link["interval"][1]


def test_work_outside_the_session_is_not_counted(
    store: Store, settings: Settings, people: People, clock: Clock, taught: UUID
) -> None:
    before = lab_of(store, settings, taught)
    with store.writing() as session:
        of = session.scalars(select(Attempt).filter_by(person_id=people["trainee"])).one()
        attempts.close(session, of, clock())
        session.flush()
        free = Attempt(
            person_id=people["trainee"],
            organisation_id=people.home,
            release_id=of.release_id,
            exhibit=of.exhibit,
            opened_at=clock(),
        )
        session.add(free)
        session.flush()
        copied = session.scalars(select(Finding).filter_by(attempt_id=of.id, question="q1")).one()
        columns = [each.name for each in Finding.__table__.columns if each.name not in {"id", "attempt_id"}]
        session.add(Finding(attempt_id=free.id, **{name: getattr(copied, name) for name in columns}))
    assert lab_of(store, settings, taught) == before


def test_what_is_judged_now_counts_and_a_withdrawn_question_says_nothing(
    store: Store, settings: Settings, people: People, clock: Clock, taught: UUID
) -> None:
    _, lab = lab_of(store, settings, taught)
    before = lab["questions"]["q1"]["counts"]
    with store.writing() as session:
        wrong = session.scalars(select(Finding).filter_by(question="q1", credit=0.0)).all()
        wrong = [one for one in wrong if one.verdict.get("mistake")]
        for one, verdict in zip(wrong[:2], ({}, {"void": True}), strict=True):
            said = {"origin": "override", "version_id": None, "reason": "looked", "by": people["instructor"]}
            session.add(
                Judgement(finding_id=one.id, seq=1, verdict=verdict, judged=True, credit=1.0, at=clock(), **said)
            )
    _, lab = lab_of(store, settings, taught)
    now = lab["questions"]["q1"]["counts"]
    assert (now["right"], now["wrong"], now["void"]) == (before["right"] + 1, before["wrong"] - 2, 1)
    assert now["first"] == before["first"] - 1
    assert now["mistakes"] == {"M-KTHR": 2}


def test_answers_to_quizzes_count_while_the_session_is_open(
    store: Store, settings: Settings, people: People, clock: Clock, taught: UUID
) -> None:
    with store.reading() as session:
        state = rows.read(session, taught)
        found = statistics.of(session, settings.instance, state)["releases"]
    (course,) = [each for each in found.values() if each["kind"] == "course"]
    assert course["name"] == "memory-analysis"
    ((quiz, one),) = course["questions"].items()
    counts, figures = one["counts"], one["figures"]
    assert (counts["works"], counts["tries"], counts["first"]) == (SIZE, SIZE, SIZE)
    assert counts["right"] + counts["wrong"] + counts["part"] == SIZE
    assert figures["interval"][0] < counts["mean"] < figures["interval"][1]
    assert sum(one["people"] for one in figures["wrong"]) == counts["wrong"]
    clock.forward(seconds=1)
    (teaching,) = state["teaching_session"].values()
    late: dict[str, Any] = {
        **state,
        "teaching_session": {"": {**teaching, "opened_at": clock().isoformat(timespec="microseconds")}},
    }
    kinds = {table: [{"row": row} for row in each.values()] for table, each in late.items()}
    assert {one.release for one in verify.tries(kinds) if one.question == quiz} == set()


def test_graders_and_keys_are_named(store: Store, settings: Settings, taught: UUID, exhibit: str) -> None:
    _, lab = lab_of(store, settings, taught)
    (published,) = lab["versions"]
    assert (published["number"], published["grader"]) == (0, GRADER)
    assert exhibit in published["keys"]
    assert all(len(digest) == 64 for digest in published["keys"].values())


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["counts"].update(right=one["counts"]["right"] + 1),
        lambda one: one["counts"].update(tries=0),
        lambda one: one["counts"].update(mean=1.0),
        lambda one: one["counts"].update(mistakes={}),
        lambda one: one.pop("counts"),
    ],
)
def test_an_edited_statistic_is_found_under_any_seal(
    sealed: Sealed, taught: UUID, change: Callable[[dict[str, Any]], Any]
) -> None:
    files = verify.unpacked(sealed())
    said = json.loads(files["statistics.json"])
    assert verify.check(again(files)) == []
    lab = next(each for each in said["releases"].values() if each["kind"] == "lab")
    change(lab["questions"]["q1"])
    (fault,) = verify.check(again({**files, "statistics.json": json.dumps(said).encode()}))
    assert "statistics.json: q1 of release" in fault or "can't be read" in fault


def test_statistics_can_neither_be_left_out_nor_made_up(sealed: Sealed) -> None:
    files = verify.unpacked(sealed())
    without = {name: data for name, data in files.items() if name != "statistics.json"}
    assert verify.check(again(without))
    said = json.loads(files["statistics.json"])
    lab = next(each for each in said["releases"].values() if each["kind"] == "lab")
    lab["questions"]["q99"] = lab["questions"].pop("q1")
    faults = verify.check(again({**files, "statistics.json": json.dumps(said).encode()}))
    assert [one.split(": ")[2].split(" ")[0] for one in faults] == ["q1", "q99"]
    for odd in (b"[]", b'{"releases": []}', b'{"releases": {"a": 1}}', b"", b"{}"):
        assert verify.check(again({**files, "statistics.json": odd})), odd


def test_a_judgement_that_was_changed_no_longer_fits_the_statistics(sealed: Sealed) -> None:
    """Whoever edits a verdict and seals anew has to count anew, too."""
    files = verify.unpacked(sealed())
    name = "records/judgement.jsonl"
    lines = [json.loads(line) for line in files[name].split(b"\n") if line]
    for one in lines:
        one["row"]["credit"] = 1.0
    edited = b"".join(json.dumps(one).encode() + b"\n" for one in lines)
    faults = verify.check(again({**files, name: edited}))
    assert faults
    assert all("is not what the records come to" in one for one in faults)
