"""Which tries are pooled: first tries of the organisation, wherever a question is the same, one attempt a person."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import People
from tests.unit.labs.conftest import FOLDER, LAB, PACK, Desk
from tests.unit.labs.test_findings import answer, prove
from tests.unit.marking.regrades import Office
from training.content import service as content
from training.content.models import Release
from training.grading.amend import Void
from training.grading.items import Word
from training.grading.sealed import SealedKey
from training.labs import bench, reader
from training.labs.models import Attempt, Finding, Judgement
from training.labs.service import attempts, findings
from training.marking.service import items, pool
from training.marking.service.items import Row, Statistics

OF = Callable[[str], Desk]


def statistics(desk: Desk, organisation: UUID) -> Statistics:
    with desk.rooms.store.reading() as session:
        release = session.get_one(Release, session.get_one(Attempt, desk.attempt_id).release_id)
        return items.statistics(session, desk.rooms.settings.instance, release, organisation)


def row(desk: Desk, organisation: UUID, name: str = "q1") -> Row:
    return next(one for one in statistics(desk, organisation).rows if one.question.id == name)


def again(desk: Desk, folder: Path, change: tuple[str, str], edit: Callable[[Path], None] | None = None) -> None:
    """Publish the lab with another wording, on the one exhibit that is here, and begin it anew."""
    copy = folder / LAB
    shutil.copytree(FOLDER, copy)
    text = re.sub(r"(?m)^exhibits: .*$", f"exhibits: [{PACK.name}]", (copy / "lab.yaml").read_text("utf-8"))
    assert change[0] in text
    (copy / "lab.yaml").write_text(text.replace(*change, 1), "utf-8")
    if edit:
        edit(copy)
    instance, now = desk.rooms.settings.instance, desk.rooms.clock()
    with desk.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, desk.attempt_id), now)
        content.publish(session, instance, "lab", copy, reader.check, now)
    with desk.rooms.store.writing() as session:
        attempt = attempts.begin(session, instance, desk.actor, LAB, now)
        desk.attempt_id, desk.lab = attempt.id, attempts.case(session, instance, attempt).lab


def test_first_tries_of_the_organisation(desk_of: OF, people: People) -> None:
    trainee, colleague, stranger = (desk_of(name) for name in ("trainee", "colleague", "stranger"))
    trainee.submit("q1", answer(trainee, "q1"), prove(trainee, "q1"))
    colleague.submit("q1", "3")
    colleague.submit("q1", answer(colleague, "q1"), prove(colleague, "q1"))
    stranger.submit("q1", "3")
    here = row(trainee, people.home)
    assert here.item.persons == 2
    assert here.item.facility is not None
    assert here.item.facility.value == 0.5, "the second try counts for nothing"
    assert here.item.word is Word.FEW
    assert here.item.facility.missing == 37
    found = statistics(trainee, people.home)
    assert (found.persons, found.sessions, found.number) == (2, 1, 1)
    assert statistics(trainee, people.elsewhere).persons == 1


def test_of_many_people_those_count_who_began_last(
    desk_of: OF, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk_of("trainee")
    first.submit("q1", answer(first, "q1"), prove(first, "q1"))
    for name in ("colleague", "host"):
        first.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
        desk_of(name).submit("q1", "3")
    assert (statistics(first, people.home).persons, statistics(first, people.home).left_out) == (3, 0)
    monkeypatch.setattr(pool, "MOST_PEOPLE", 2)
    found = statistics(first, people.home)
    assert (found.persons, found.left_out) == (2, 1)
    assert found.rows[0].item.facility is not None
    assert found.rows[0].item.facility.value == 0, "who was right began first"


def test_a_person_who_began_early_comes_back_with_a_later_attempt(
    desk_of: OF, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = desk_of("trainee")
    early.submit("q1", answer(early, "q1"), prove(early, "q1"))
    early.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
    desk_of("colleague").submit("q1", "3")
    early.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
    question = early.question("q3").text
    again(early, tmp_path, (question, f"{question} "))
    early.submit("q1", answer(early, "q1"), prove(early, "q1"))
    monkeypatch.setattr(pool, "MOST_PEOPLE", 1)
    found = statistics(early, people.home)
    assert (found.persons, found.left_out) == (1, 1)
    assert found.rows[0].item.facility is not None
    assert found.rows[0].item.facility.value == 1, "the trainee's first try, as the trainee began last"


def test_tries_after_a_hint_are_counted_apart(desk_of: OF, people: People) -> None:
    trainee, colleague = desk_of("trainee"), desk_of("colleague")
    with trainee.rooms.store.writing() as session:
        findings.take_hint(session, trainee.case(session, lock=True), trainee.question("q1"), 1, trainee.rooms.clock())
    trainee.submit("q1", "3")
    colleague.submit("q1", "3")
    found = row(trainee, people.home).item
    assert (found.persons, found.aided) == (1, 1)
    assert found.hints is not None
    assert found.hints[0] == 0.5


def test_time_to_the_first_try_counts_from_the_finding_before(desk_of: OF, people: People) -> None:
    trainee = desk_of("trainee")
    clock = trainee.rooms.clock
    clock.forward(minutes=10)  # type: ignore[attr-defined]
    trainee.submit("q2", "/bin/sh")
    clock.forward(minutes=3)  # type: ignore[attr-defined]
    trainee.submit("q1", "3")
    found = {one.question.id: list(one.item.seconds or ()) for one in statistics(trainee, people.home).rows}
    assert found["q2"] == [600, 600, 600]
    assert found["q1"] == [180, 180, 180]
    assert found["q3"] == []


CHOICE = """
  - id: q20
    type: choice
    text: Of a process with EXIT_DEAD one may say that it
    points: [5, 2]
    options: {ran: ran some time before capture, was: was running at capture, never: never ran}
    key: {constant: ran}
    mistakes:
      - {code: M-WAS, choice: was, say: The scan found what was left.}
      - {code: M-NEVER, choice: never, say: It has a time of its beginning.}

  - id: q2
"""


def with_choice(folder: Path) -> None:
    """Seal the question with options for the exhibit of the lab."""
    file = folder / "keys" / f"{PACK.name}.json"
    keys = json.loads(file.read_text("utf-8"))
    material = next(one.material for one in reader.draft(folder).questions if one.id == "q20")
    key = SealedKey(answer="ran", mistakes=(("was",), ("never",)), material=material)
    keys["sealed"]["materials"]["q20"] = material
    keys["sealed"]["keys"]["q20"] = key.model_dump(mode="json")
    file.write_text(json.dumps(keys), "utf-8")


def test_options_are_counted_with_the_key(desk_of: OF, people: People, tmp_path: Path) -> None:
    trainee, colleague = desk_of("trainee"), desk_of("colleague")
    again(trainee, tmp_path, ("\n  - id: q2\n", CHOICE), with_choice)
    with colleague.rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, colleague.attempt_id), colleague.rooms.clock())
    with colleague.rooms.store.writing() as session:
        instance, now = colleague.rooms.settings.instance, colleague.rooms.clock()
        colleague.attempt_id = attempts.begin(session, instance, colleague.actor, LAB, now).id
        colleague.lab = trainee.lab
    trainee.submit("q20", "ran")
    colleague.submit("q20", "was running at capture")
    taken = [(one.option, one.count, one.right) for one in row(trainee, people.home, "q20").item.taken]
    assert taken == [("ran", 1, True), ("was", 1, False), ("never", 0, False)]


def test_a_question_that_is_the_same_is_pooled_over_releases(desk_of: OF, people: People, tmp_path: Path) -> None:
    trainee, colleague = desk_of("trainee"), desk_of("colleague")
    trainee.submit("q1", "3")
    trainee.submit("q2", "/bin/sh")
    colleague.rooms.clock.forward(hours=1)  # type: ignore[attr-defined]
    again(colleague, tmp_path, ("short: The mislabelled process", "short: The process with a label"))
    colleague.submit("q1", answer(colleague, "q1"), prove(colleague, "q1"))
    colleague.submit("q2", "/bin/sh")
    old, new = row(trainee, people.home), row(colleague, people.home)
    assert (old.item.persons, old.releases) == (1, (1,)), "its wording has changed"
    assert (new.item.persons, new.releases) == (1, (2,))
    assert row(colleague, people.home, "q2").releases == (1, 2)
    assert row(colleague, people.home, "q2").item.persons == 2
    assert row(trainee, people.home, "q2").item.persons == 2


def test_of_a_person_with_two_attempts_the_first_counts(desk_of: OF, people: People, tmp_path: Path) -> None:
    trainee = desk_of("trainee")
    trainee.submit("q2", "/bin/sh")
    trainee.rooms.clock.forward(hours=1)  # type: ignore[attr-defined]
    again(trainee, tmp_path, ("short: The mislabelled process", "short: The process with a label"))
    trainee.submit("q2", answer(trainee, "q2"), prove(trainee, "q2"))
    found = row(trainee, people.home, "q2").item
    assert found.persons == 1
    assert found.facility is not None
    assert found.facility.value == 0


def calibrated(desk: Desk) -> int:
    with desk.rooms.store.reading() as session:
        now = findings.progress_of_all(session, desk.case(session))
        session.expunge_all()
        for one in now["q1"].findings:
            one.confidence = "certain"
        return bench.calibrated(now).findings


def test_a_void_verdict_says_nothing_of_a_first_try(desk_of: OF, people: People) -> None:
    trainee = desk_of("trainee")
    made = trainee.submit("q1", "3").finding
    assert made is not None
    assert row(trainee, people.home).item.persons == 1
    assert calibrated(trainee) == 1
    office = Office(trainee, people)
    office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    assert row(trainee, people.home).item.persons == 0
    with trainee.rooms.store.reading() as session:
        assert pool.correctness(session.get_one(Finding, made.id)) is None
    assert calibrated(trainee) == 0, "nobody said whether the confidence held"


def test_what_is_judged_now_counts(desk_of: OF, people: People) -> None:
    trainee = desk_of("trainee")
    made = trainee.submit("q1", "3").finding
    assert made is not None
    with trainee.rooms.store.writing() as session:
        finding = session.get_one(Finding, made.id)
        verdict = {**finding.verdict, "credit": 1.0, "correctness": 1.0, "solved": True}
        given = {"verdict": verdict, "judged": True, "credit": 1.0, "reason": "the key was wrong"}
        session.add(Judgement(finding_id=made.id, seq=1, origin="override", at=trainee.rooms.clock(), **given))
    found = row(trainee, people.home).item.facility
    assert found is not None
    assert found.value == 1


def test_a_hint_that_was_opened_after_a_try_did_not_help_it(desk: Desk, people: People) -> None:
    desk.submit("q1", "3")
    with desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question("q1"), 1, desk.rooms.clock())
    assert row(desk, people.home).item.aided == 0


def test_first_tries_that_nobody_has_judged_are_counted(desk_of: OF, people: People) -> None:
    for who, value in (("trainee", "3"), ("colleague", "4")):
        desk = desk_of(who)
        made = [desk.submit("q1", one).finding for one in (value, "5")]
        doubted = made[0 if who == "trainee" else 1]
        assert doubted is not None
        with desk.rooms.store.writing() as session:
            given = {"verdict": {**doubted.verdict, "state": "unjudged"}, "judged": False, "credit": 0.0, "reason": "?"}
            session.add(Judgement(finding_id=doubted.id, seq=1, origin="mark", at=desk.rooms.clock(), **given))
    assert row(desk, people.home).unjudged == 1
