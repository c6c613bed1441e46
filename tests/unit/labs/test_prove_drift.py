"""Keys stay what they were proved on: drift is reported, nothing that was judged or sealed changes by itself."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.conftest import Clock
from tests.unit.labs.conftest import FOLDER, LAB, PACK, Answered, Desk
from tests.unit.labs.test_findings import answer, prove
from training.analysis import cards
from training.content import service as content
from training.errors import Damaged
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.grading.keys.syntax import Query
from training.labs import drift, reader
from training.labs.drift import State
from training.labs.prove import Desk as Laboratory
from training.labs.prove import acquire
from training.labs.prove import prove as prove_lab
from training.labs.reader import Seal

PACKS = PACK.parent
EXHIBITS = reader.draft(FOLDER).exhibits


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same program with another Volatility and another licence island."""
    changed = replace(cards.load(), volatility="9.9.9", island=99)
    monkeypatch.setattr(cards, "load", lambda: changed)


def sealed() -> Seal:
    return reader.seal(FOLDER, PACK.name)


def test_a_seal_notes_volatility_island_and_symbols_and_all_three_are_looked_at() -> None:
    made, now = sealed().made, reader.running(PACK)
    assert made == now
    assert len(made.symbols) == 64
    assert not sealed().drifted(now)
    assert sealed().drifted(replace(now, volatility="9.9.9"))
    assert sealed().drifted(replace(now, island=99))
    assert sealed().drifted(replace(now, symbols="0" * 64))
    assert not sealed().drifted(replace(now, symbols="")), "without the pack nothing is said of its symbols"
    old = sealed().model_copy(update={"symbols": ""})
    assert not old.drifted(now), "a seal from before symbols were noted"


@pytest.mark.usefixtures("elsewhere")
def test_drift_is_a_warning_with_what_to_run_and_stops_a_new_release(tmp_path: Path) -> None:
    folder = tmp_path / "labs" / LAB
    shutil.copytree(FOLDER, folder)
    mistakes, warnings = reader.examine(folder)
    assert mistakes == []
    warning, *others = warnings
    assert len(others) + 1 == len(EXHIBITS)
    assert "DRIFT: the keys of finance-workstation-a were sealed with Volatility 2." in warning.message
    assert "this program has Volatility 9.9.9, island 99" in warning.message
    assert "python app.py prove finance-workstation" in warning.message
    assert reader.check(folder) == warnings, "what is published anew is proved on what runs"


def test_a_changed_environment_changes_neither_verdicts_nor_seals(
    desk_of: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(FOLDER, tmp_path / "labs" / LAB)
    before, after = desk_of("trainee"), desk_of("colleague")
    instance = before.rooms.settings.instance
    first = before.submit("q1", answer(before, "q1"), prove(before, "q1")).finding
    cited = prove(after, "q1")
    with before.rooms.store.reading() as session:
        release = before.case(session).release
        folder = content.folder_of(instance, release)
    files = {path: path.read_bytes() for path in sorted((folder / "keys").iterdir())}
    changed = replace(cards.load(), volatility="9.9.9", island=99)
    monkeypatch.setattr(cards, "load", lambda: changed)
    reader._load.cache_clear()
    second = after.submit("q1", answer(after, "q1"), cited).finding
    assert first is not None
    assert second is not None
    assert first.verdict == second.verdict
    assert second.verdict["solved"]
    with after.rooms.store.writing() as session:
        done = content.publish_all(session, instance, "lab", tmp_path / "labs", reader.check, after.rooms.clock())
        said = list(drift.warnings(session, instance, PACKS))
    assert (done.new, done.kept, done.mistakes) == ([], [LAB], []), "what is offered goes on being offered"
    assert len(said) == len(EXHIBITS)
    assert said[0].startswith("DRIFT: the keys of lab finance-workstation on finance-workstation-a were sealed with")
    assert {path: path.read_bytes() for path in sorted((folder / "keys").iterdir())} == files


def test_nothing_is_said_of_drift_where_there_is_none(desk: Desk) -> None:
    with desk.rooms.store.reading() as session:
        assert list(drift.warnings(session, desk.rooms.settings.instance, PACKS)) == []


def copy_release(folder: Path) -> Path:
    """Give a test a release of its own: the folder was a link to the files that all tests read."""
    shared = folder.resolve()
    folder.unlink()
    shutil.copytree(shared, folder)
    return folder


def test_a_release_that_can_not_be_read_is_said_and_stops_nothing(desk: Desk) -> None:
    with desk.rooms.store.reading() as session:
        folder = content.folder_of(desk.rooms.settings.instance, desk.case(session).release)
        copy_release(folder)
        (folder / "brief.md").unlink()
        reader._load.cache_clear()
        [said] = drift.warnings(session, desk.rooms.settings.instance, PACKS)
    assert "Damaged: lab finance-workstation, release 1: labs/finance-workstation/brief.md:1: can't be read" in said


def standing(desk: Desk) -> dict[str, drift.Compared]:
    one, *_ = drift.standing(desk.lab, desk.rooms.settings.instance, PACKS)
    return {each.question: each for each in one.questions}


def test_without_a_report_nothing_is_known_and_with_one_every_key_agrees(desk: Desk) -> None:
    assert {one.state for one in standing(desk).values()} == {State.UNKNOWN}
    instance = desk.rooms.settings.instance
    drift.save(instance, drift.report_of(LAB, PACK.name, sealed(), desk.rooms.clock()))
    assert {one.state for one in standing(desk).values()} == {State.AGREE}
    assert len({one.digest for one in standing(desk).values()}) == 10
    assert all(len(one.digest) == 12 and one.judged for one in standing(desk).values())


def test_a_report_says_of_each_key_whether_it_still_comes_out_the_same(desk: Desk) -> None:
    seal = sealed()
    keys = dict(seal.sealed.keys)
    keys["q1"] = keys["q1"].model_copy(update={"answer": 4711})
    del keys["q8"]
    problems = {"q8": ("key: the two forms disagree: truth has 7, the rows have 9",)}
    made = seal.model_copy(update={"sealed": seal.sealed.model_copy(update={"keys": keys, "unproved": problems})})
    instance = desk.rooms.settings.instance
    drift.save(instance, drift.report_of(LAB, PACK.name, made, desk.rooms.clock()))
    found = standing(desk)
    assert {name: one.state for name, one in found.items() if one.state is not State.AGREE} == {
        "q1": State.DISAGREE,
        "q8": State.UNPROVED,
    }
    assert found["q8"].problems == ("key: its two forms disagree",)
    assert found["q8"].judged, "it is judged by the key that was published"
    text = (instance / "drift" / LAB / f"{PACK.name}.json").read_text("utf-8")
    assert "4711" not in text
    assert "truth has" not in text


def test_a_report_on_another_image_says_nothing(desk: Desk) -> None:
    instance = desk.rooms.settings.instance
    report = drift.report_of(LAB, PACK.name, sealed(), desk.rooms.clock())
    drift.save(instance, report.model_copy(update={"exhibit": "0" * 64}))
    assert {one.state for one in standing(desk).values()} == {State.UNKNOWN}
    (instance / "drift" / LAB / f"{PACK.name}.json").write_text("{", "utf-8")
    assert drift.latest(instance, LAB, PACK.name) is None


def test_proving_writes_the_report(answered: Answered) -> None:
    list(prove_lab(answered.settings, LAB, Clock(), variants=[PACK.name]))
    report = drift.latest(answered.settings.instance, LAB, PACK.name)
    assert report is not None
    assert report.made == reader.running(PACK)
    assert None not in report.digests.values()
    assert len(report.digests) == 10


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("key: the two forms disagree: truth has 195, the rows have 200", "key: its two forms disagree"),
        ("M-KTHR: 42 belongs to the right answer", "M-KTHR: a named mistake is part of the right answer here"),
        ("rests on q1, which is not proved", "rests on q1, which is not proved"),
        ("key.rows: the() found 3 rows: [195, 200, 7]", "key.rows: it could not be worked out"),
    ],
)
def test_a_problem_is_told_without_its_values(problem: str, told: str) -> None:
    assert drift.told(problem) == told


def test_the_digest_of_a_key_needs_the_truth_it_was_proved_on() -> None:
    seal = sealed()
    key = seal.sealed.keys["q1"]
    other = seal.model_copy(update={"sealed": seal.sealed.model_copy(update={"truth": "0" * 64})})
    assert drift.digest_of(seal, key) == drift.digest_of(seal, key)
    assert drift.digest_of(seal, key) != drift.digest_of(other, key), "nobody finds a PID by trying all of them"
    assert drift.digest_of(seal, key) != drift.digest_of(seal, key.model_copy(update={"answer": 4711}))


# an exhibit that was acquired on this installation

IMAGE = "f" * 64


def acquired(desk: Desk, answered: Answered) -> tuple[Path, Seal]:
    """Another image, with a truth that disagrees with its rows, registered and sealed; the trainee works on it."""
    instance = desk.rooms.settings.instance
    with Laboratory(answered.settings, PACK, Clock(), None) as laboratory:
        truth, rows = laboratory.truth(), laboratory.rows(frozenset(Query(plugin) for plugin in answered.rows))
    truth["planted"]["actor"]["pid"] = truth["planted"]["actor"]["ppid"]
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        release = copy_release(content.folder_of(instance, case.release))  # keys are sealed beside it
        values = {column.key: getattr(case.exhibit, column.key) for column in inspect(Exhibit).column_attrs}
        made = Exhibit(**{**values, "sha256": IMAGE, "name": "acquired"})
        session.add(made)
        session.flush()
        case.attempt.exhibit = IMAGE
        files = evidence.folder_of(instance, case.exhibit.sha256)
        shutil.copytree(files, evidence.folder_of(instance, IMAGE), copy_function=os.link)
        return release, acquire(release, made, truth, rows)


def test_a_key_whose_two_forms_disagree_at_registration_goes_to_a_marker(desk: Desk, answered: Answered) -> None:
    release, seal = acquired(desk, answered)
    assert "q1" not in seal.sealed.keys
    assert "disagree" in seal.sealed.unproved["q1"][0]
    assert "rests on q1, which is not proved" in seal.sealed.unproved["q9"]
    unsure = desk.submit("q1", "200").finding
    assert unsure is not None
    assert (unsure.judged, unsure.verdict["state"], unsure.points) == (False, "unjudged", 0)
    assert desk.progress("q1").standing.tries_left == len(desk.question("q1").points), "no try is spent"
    sure = desk.submit("q4", answer(desk, "q4")).finding
    assert sure is not None
    assert sure.judged, "what holds there is judged"
    assert sure.verdict["correctness"] == 1
    lab = reader.load(release)
    assert lab.key(PACK.name, sealed().exhibit, "q1") is not None, "the shipped exhibit is judged as before"
    assert lab.key("acquired", "0" * 64, "q4") is None, "an image that nobody registered"


def test_registering_again_changes_nothing_and_a_damaged_seal_judges_nothing(desk: Desk, answered: Answered) -> None:
    release, seal = acquired(desk, answered)
    with desk.rooms.store.reading() as session:
        assert acquire(release, evidence.get(session, IMAGE), {}, {}) == seal
    reader.acquired(release, IMAGE).write_text("{", "utf-8")
    with pytest.raises(Damaged, match="nothing was judged"):
        reader.load(release).key("acquired", IMAGE, "q4")
