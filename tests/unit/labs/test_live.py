"""An image that a trainee acquired: an own exhibit, its keys worked out on it, worked on like another."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import BASE, Clock, People
from tests.unit.labs.conftest import FOLDER, LAB, PACK, Answered
from training.accounts.actor import Actor, Role
from training.audit import service as audit
from training.content import service as content
from training.errors import Conflict, Damaged, Refused
from training.evidence import own, own_packs
from training.evidence import service as evidence
from training.evidence.models import Exhibit, OwnExhibit
from training.forge import pack
from training.forge import truth as truths
from training.forge.linux import kallsyms
from training.forge.scenario import Scenario
from training.grading.conduct import ConductVerdict
from training.grading.conduct.verdict import DecisionsSaid, FootprintSaid, NotesSaid, OrderSaid
from training.labs import console, policy, reader
from training.labs.models import Attempt
from training.labs.service import attempts, findings, live, materials, notebook, own_keys, results, runs
from training.labs.service.attempts import Case
from training.labs.service.findings import Claimed, Submitted
from training.operating import backup
from training.store import new_id
from training.web.rooms import Rooms

LIVE = """\
kind: live
live:
  variants: [a]
  seed: 1
  minutes: 20
  authority: [Ada Lind consented in writing to the examination of the workstation.]
  limits: [Nothing but the workstation.]
"""
LOST = """\
  - id: gone
    type: path
    text: Which further archive did the intruder make?
    points: [10, 5]
    proof: [{plugin: linux.pagecache.Files, shows: [FilePath]}]
    key:
      truth: the(truth.files[path ends ".zip"].path)
      rows: the(rows("linux.pagecache.Files")[FilePath ends ".zip"].FilePath)
    lost:
      when: not (truth.files.path has "/dev/shm/all.zip")
      proof: [{material: console, where: part = "output" and said has "init"}]
    mistakes:
      - {code: M-ONE, value: /tmp/x.zip, say: This is none.}
      - {code: M-TWO, value: /tmp/y.zip, say: This is none either.}

"""
RESPONSE = UUID("00000000-0000-7000-8000-000000000017")
TYPED = b"  PID USER       COMMAND\n    1 root       init\n"
ENTRY = console.Entry(
    number=1,
    at=datetime(2026, 3, 10, 12, 5, tzinfo=UTC),
    command="ps",
    exit=0,
    seconds=0.2,
    output=TYPED,
    sha256=hashlib.sha256(TYPED).hexdigest(),
    remarks=("one process fewer than the kit shows",),
)
HANDED = live.Handed((ENTRY,), (("Screen", "on, a table of wages"), ("Decision on the link", "leave\nit tells more")))


@dataclass
class Bench:
    """A trainee with an image of their own."""

    rooms: Rooms
    people: People
    image: Path
    truth: truths.Truth | None

    def taken(self, **given: Any) -> live.Taken:
        with self.rooms.store.reading() as session:
            release = content.release_for(session, "lab", LAB, None)
        now = self.rooms.clock()
        made = live.Taken(
            response_id=RESPONSE,
            number=1,
            person_id=self.people["trainee"],
            organisation_id=self.people.home,
            release_id=release.id,
            assignment_id=None,
            plan=Scenario.model_validate_json((PACK / "plan.json").read_bytes()),
            base=BASE,
            way="inside",
            tool="the acquirer of the kit",
            began_at=now - timedelta(seconds=9),
            ended_at=now - timedelta(seconds=5),
            range_offset=-86_400.0,
            sha256_source="5" * 64,
            sha256_received="5" * 64,
            form="lime",
            medium="EV-0417",
            truth=self.truth,
            why="" if self.truth else "the machine was silent",
            told={"own": [400]},
        )
        return replace(made, **given)

    def take(self, **given: Any) -> str:
        return live.take(self.rooms.store, self.rooms.settings, self.taken(**given), self.image, self.rooms.clock())

    def hand_over(self, sha256: str) -> UUID:
        return live.hand_over(self.rooms.store, self.rooms.settings, sha256, HANDED, self.rooms.clock())

    def settle(self) -> list[str]:
        rooms = self.rooms
        return own_keys.settle(rooms.store, rooms.settings.instance, rooms.engine.result, rooms.clock())

    def submit(self, attempt: UUID, question: str, value: str, cited: Sequence[int] = ()) -> Submitted:
        rooms = self.rooms
        with rooms.store.writing() as session:
            case = attempts.held(session, rooms.settings.instance, attempt)
            assert case is not None
            asked = attempts.question_of(case.lab, question)
            claimed = Claimed(value, None, tuple(cited), bare=True)
            shown = (rooms.engine.result, materials.of(case))
            return findings.submit(session, case, asked, claimed, str(new_id()), shown, rooms.clock())

    def cite_line(self, attempt: UUID, material: str, text: str) -> int:
        with self.rooms.store.writing() as session:
            case = self.case(session, attempt)
            handed = materials.of(case)
            lines = handed.material(material)
            assert lines is not None
            number = next(one.number for one in lines.lines if text in one.text)
            return notebook.cite_line(session, case, number, handed, self.rooms.clock(), material=material).number

    def cite(self, attempt: UUID, plugin: str, row: int) -> int:
        with self.rooms.store.writing() as session:
            number = runs.ask(session, self.case(session, attempt), plugin, self.rooms.clock()).number
        with self.rooms.store.writing() as session:
            case = self.case(session, attempt)
            return notebook.cite(session, case, number, row, "", self.rooms.engine.result, self.rooms.clock()).number

    def case(self, session: Any, attempt: UUID) -> Case:
        return attempts.case(session, self.rooms.settings.instance, session.get_one(Attempt, attempt))


@pytest.fixture
def bench(rooms: Rooms, people: People, unpacked: Path, tmp_path: Path, clock: Clock) -> Bench:
    """The finance workstation as a live lab, published, and the memory of its machine as it came from there."""
    folder = tmp_path / "live" / LAB
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("keys"))
    file = folder / reader.FILE
    text = re.sub(r"(?m)^exhibits: .*\n", LIVE, file.read_text("utf-8"))
    file.write_text(text.replace("  - id: q2\n", f"{LOST}  - id: q2\n", 1), "utf-8")
    with rooms.store.writing() as session:
        content.publish(session, rooms.settings.instance, "lab", folder, lambda _folder: (), clock())
    arrived = rooms.settings.instance / "arrived.raw"
    os.link(unpacked / "image.raw", arrived)
    return Bench(rooms, people, arrived, truths.read(unpacked / "truth.json"))


@pytest.fixture
def answered_here(bench: Bench, answered: Answered) -> Answered:
    """Runs of the real engine on that image, as if they had been made here."""
    with bench.rooms.store.writing() as session:
        answered.hand_to(session, bench.rooms.settings.instance)
    return answered


def test_an_image_is_registered_with_custody_from_the_first_byte(bench: Bench) -> None:
    rooms = bench.rooms
    sha256 = bench.take()
    assert not bench.image.exists()
    with rooms.store.reading() as session:
        exhibit, whose = evidence.get(session, sha256), own.demand(session, sha256)
        custody = evidence.custody(session, sha256)
        assert audit.check(session).fault is None
    assert (whose.person_id, whose.variant, whose.way, whose.truth) == (bench.people["trainee"], "a", "inside", True)
    assert [one.act for one in custody] == ["captured", "captured", "captured", "captured", "registered"]
    said = " | ".join(one.text for one in custody)
    assert "EV-0417; SHA-256 on the machine's side 5555" in said
    assert "Arrived; SHA-256 5555" in said
    assert "the same as on the machine's side" in said
    assert "out of the LiME format" in said
    assert custody[0].at == bench.rooms.clock() - timedelta(seconds=9)
    record = "\n".join(evidence.record(rooms.settings.instance, exhibit))
    assert "Ada Lind consented in writing" in record
    assert "Acquisition begun:  2026-" in record
    told = evidence.truth(rooms.settings.instance, exhibit)
    assert told["response"]["own"] == [400]
    assert told["planted"]["actor"]["pid"] > 1
    assert rooms.vault.open(sha256).image.stat().st_size == 128 << 20


def test_it_is_offered_to_nobody_else(bench: Bench) -> None:
    sha256 = bench.take()
    home, elsewhere = bench.people.home, bench.people.elsewhere

    def actor(name: str, role: Role, at: UUID) -> Actor:
        return Actor(bench.people[name], name, at, frozenset({(at, role)}))

    with bench.rooms.store.reading() as session:
        assert sha256 not in {one.sha256 for one in evidence.every(session)}
        assert sha256 in {one.sha256 for one in evidence.every(session, own=True)}
        whose = own.demand(session, sha256)
    assert policy.may_see_own(actor("trainee", Role.TRAINEE, home), whose)
    assert policy.may_see_own(actor("instructor", Role.INSTRUCTOR, home), whose)
    assert not policy.may_see_own(actor("colleague", Role.TRAINEE, home), whose)
    assert not policy.may_see_own(actor("host", Role.HOST, home), whose)
    assert not policy.may_see_own(actor("other_instructor", Role.INSTRUCTOR, elsewhere), whose)


def test_the_same_image_twice_is_one_exhibit_and_nobody_elses(bench: Bench, unpacked: Path) -> None:
    sha256 = bench.take()
    os.link(unpacked / "image.raw", bench.image)
    assert bench.take() == sha256
    with pytest.raises(Conflict, match="somebody else's"):
        bench.take(person_id=bench.people["colleague"])
    with bench.rooms.store.reading() as session:
        assert len(session.scalars(select(OwnExhibit)).all()) == 1


@pytest.mark.parametrize("size", [0, 1 << 20])
def test_what_is_no_whole_image_is_not_registered(bench: Bench, size: int) -> None:
    start = bench.image.read_bytes()[:size]
    bench.image.unlink()  # which is a link to that of all tests
    bench.image.write_bytes(start)
    with pytest.raises(Refused, match="no whole image"):
        bench.take()
    with bench.rooms.store.reading() as session:
        assert not session.scalars(select(Exhibit)).all()
    assert not list((bench.rooms.settings.instance / "exhibits").glob("*/*"))


def test_an_image_of_another_kernel_is_not_registered_after_one_of_the_right_kernel(
    bench: Bench, unpacked: Path
) -> None:
    registered = bench.take()
    right = (unpacked / "image.raw").read_bytes()
    moved = bytearray(right)
    note = kallsyms.NOTE.search(right)
    assert note
    places = {name: int(place, 16) for name, place in kallsyms.LISTED.findall(note[1].decode("ascii"))}
    at = places["offsets"] - kallsyms.KERNEL_MAP + 4 * 5000
    moved[at] ^= 0x10  # of one symbol among many
    others = {right.replace(b"Linux version 6.12", b"Linux version 6.99"): "the machine ran", bytes(moved): "elsewhere"}
    for image, why in others.items():
        bench.image.write_bytes(image)
        with pytest.raises(Refused, match=f"no whole image.*{why}"):
            bench.take(number=2)
    with bench.rooms.store.reading() as session:
        assert session.scalars(select(Exhibit.sha256)).all() == [registered]


def test_its_keys_are_sealed_and_its_findings_judged(bench: Bench, answered_here: Answered) -> None:
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    assert bench.hand_over(sha256) == attempt
    waiting = bench.submit(attempt, "q1", "1")
    assert waiting.finding is None
    assert "being worked out" in waiting.fault
    assert bench.settle() == [sha256]
    assert bench.settle() == []
    with bench.rooms.store.reading() as session:
        keys = own_keys.of(session, sha256)
        case = bench.case(session, attempt)
        assert case.own is not None
        assert keys is not None
    file = reader.acquired(case.lab.folder or Path(), sha256)
    assert (keys.state, keys.unproved, keys.lost) == ("sealed", 0, 1)
    assert keys.sealed == hashlib.sha256(file.read_bytes()).hexdigest()
    assert bench.truth is not None
    actor = bench.truth.planted["actor"]
    assert isinstance(actor, truths.Planted)
    row = answered_here.find("linux.pslist", PID=actor.pid)
    second = next(int(one["n"]) for one in answered_here.rows["linux.proc.Maps"] if one["PID"] == actor.pid)
    cited = [bench.cite(attempt, "linux.pslist", row), bench.cite(attempt, "linux.proc.Maps", second)]
    right = bench.submit(attempt, "q1", str(actor.pid), cited).finding
    assert right is not None
    assert (right.judged, right.credit) == (True, 1.0)


def test_what_is_lost_pays_its_share_where_the_record_says_so(bench: Bench, answered_here: Answered) -> None:
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    bench.settle()
    wrong = bench.submit(attempt, "gone", "/dev/shm/all.zip").finding  # noqa: S108 - a path of the exhibit
    assert wrong is not None
    assert (wrong.judged, wrong.credit) == (True, 0.0)
    bare = bench.submit(attempt, "gone", "Lost").finding
    assert bare is not None
    assert (bare.credit, bare.verdict["lost"], bare.verdict["solved"]) == (0.0, True, False)
    with bench.rooms.store.reading() as session:
        standing = findings.progress_of_all(session, bench.case(session, attempt))["gone"]
    assert not standing.solved
    assert standing.tries_left == 0


def test_a_proven_loss_settles_its_question(bench: Bench, answered_here: Answered) -> None:
    attempt = bench.hand_over(bench.take())
    bench.settle()
    line = bench.cite_line(attempt, console.NAME, "1 root")
    found = bench.submit(attempt, "gone", "lost", [line]).finding
    assert found is not None
    assert (found.credit, found.points, found.verdict["solved"]) == (0.6, 6.0, True)
    with bench.rooms.store.reading() as session:
        standing = findings.progress_of_all(session, bench.case(session, attempt))["gone"]
    assert standing.settled


def test_without_truth_only_what_needs_none_is_judged(bench: Bench, answered_here: Answered) -> None:
    bench.truth = None
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    bench.settle()
    with bench.rooms.store.reading() as session:
        keys = own_keys.of(session, sha256)
        case = bench.case(session, attempt)
    assert keys is not None
    assert keys.state == "sealed"
    assert keys.unproved >= 8
    kept = bench.submit(attempt, "q1", "17").finding
    assert kept is not None
    assert not kept.judged
    assert kept.verdict["state"] == "unjudged"
    assert [one.id for one in case.lab.questions if case.lab.key("", sha256, one.id)] == []


def test_console_and_forms_are_sealed_and_can_be_cited(bench: Bench) -> None:
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    with bench.rooms.store.reading() as session:
        handed = materials.of(bench.case(session, attempt))
    said, form = handed.material(console.NAME), handed.material("form")
    assert said is not None
    assert form is not None
    assert [one.fields.get("part") for one in said.lines] == [
        None,
        None,
        "head",
        "command",
        "output",
        "output",
        "remark",
    ]
    assert form.lines[0].fields == {"Screen": "on, a table of wages"}
    assert list(handed.others) == ["flows", "console", "form"]
    other = live.Handed((replace(ENTRY, command="ps -ef"),), HANDED.form)
    with pytest.raises(Conflict, match="sealed already"):
        live.hand_over(bench.rooms.store, bench.rooms.settings, sha256, other, bench.rooms.clock())
    file = evidence.folder_of(bench.rooms.settings.instance, sha256) / own.MATERIALS / "console.txt"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"init", b"inet"))
    with bench.rooms.store.reading() as session, pytest.raises(Damaged, match="expected SHA-256"):
        materials.of(bench.case(session, attempt))


def test_a_further_image_closes_the_attempt_on_the_one_before(bench: Bench, unpacked: Path) -> None:
    first = bench.hand_over(bench.take())
    bench.image.unlink(missing_ok=True)
    bench.image.write_bytes((unpacked / "image.raw").read_bytes()[:-1] + b"\x01")
    second = bench.hand_over(bench.take(number=2))
    with bench.rooms.store.reading() as session:
        assert session.get_one(Attempt, first).closed_at == bench.rooms.clock()
        assert session.get_one(Attempt, second).closed_at is None


def test_a_live_lab_begins_at_its_machine(bench: Bench) -> None:
    who = Actor(bench.people["trainee"], "T", bench.people.home, frozenset({(bench.people.home, Role.TRAINEE)}))
    with bench.rooms.store.reading() as session:
        admitted = live.admit(session, bench.rooms.settings.instance, who, LAB, bench.rooms.clock())
    assert (admitted.lab.id, admitted.organisation_id, admitted.assignment) == (LAB, bench.people.home, None)
    with bench.rooms.store.writing() as session, pytest.raises(Conflict, match="begins at its machine"):
        attempts.begin(session, bench.rooms.settings.instance, who, LAB, bench.rooms.clock())


def test_a_run_that_somebody_ended_is_asked_for_again(bench: Bench, answered_here: Answered) -> None:
    from training.analysis.models import Run, State  # noqa: PLC0415

    sha256 = bench.take()
    bench.hand_over(sha256)
    with bench.rooms.store.writing() as session:
        run = session.scalars(select(Run).filter_by(plugin="linux.bash")).one()
        run.state, run.reason = State.KILLED, "its owner ended it"
    assert bench.settle() == []
    with bench.rooms.store.reading() as session:
        tries = session.scalars(select(Run).filter_by(plugin="linux.bash").order_by(Run.try_no)).all()
    assert [(one.try_no, one.state) for one in tries] == [(1, State.KILLED), (2, State.QUEUED)]


def test_the_truth_says_why_it_is_not_there(bench: Bench) -> None:
    bench.truth = None
    sha256 = bench.take()
    file = evidence.folder_of(bench.rooms.settings.instance, sha256) / "truth.json"
    assert json.loads(file.read_text("utf-8"))["not_available"] == "the machine was silent"


def test_its_raw_image_goes_with_the_attempt_and_comes_back(bench: Bench) -> None:
    rooms = bench.rooms
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    made = own_packs.make(rooms.store, rooms.settings, sha256)
    assert pack.check(made).sha256 == sha256
    size = sum(file.stat().st_size for file in made.iterdir())
    assert size < 24 << 20
    raw = evidence.folder_of(rooms.settings.instance, sha256) / pack.IMAGE
    assert own_packs.sweep(rooms.store, rooms.settings, own_keys.worked_on, rooms.clock()) == 0
    with rooms.store.writing() as session:
        attempts.close(session, session.get_one(Attempt, attempt), rooms.clock())
    assert own_packs.sweep(rooms.store, rooms.settings, own_keys.worked_on, rooms.clock()) == 1
    assert not raw.exists()
    assert rooms.vault.open(sha256).image.stat().st_size == 128 << 20


def test_an_image_that_nobody_handed_over_goes_after_a_week(bench: Bench) -> None:
    rooms = bench.rooms
    sha256 = bench.take()
    assert own_packs.sweep(rooms.store, rooms.settings, own_keys.worked_on, rooms.clock()) == 0
    later = rooms.clock() + timedelta(days=8)
    assert own_packs.sweep(rooms.store, rooms.settings, own_keys.worked_on, later) == 1
    assert not evidence.folder_of(rooms.settings.instance, sha256).exists()
    with rooms.store.reading() as session:
        assert own.demand(session, sha256).dropped_at == later


def test_a_backup_keeps_the_pack_and_leaves_the_raw_image(bench: Bench, unpacked: Path, tmp_path: Path) -> None:
    rooms = bench.rooms
    bench.image.unlink()  # the test's image came with the program: a backup leaves those out
    bench.image.write_bytes((unpacked / "image.raw").read_bytes()[:-1] + b"\x01")
    sha256 = bench.take()
    bench.hand_over(sha256)
    own_packs.make(rooms.store, rooms.settings, sha256)
    done = backup.back_up(rooms.settings, tmp_path / "kept", rooms.clock())
    kept = sorted(file.relative_to(done.folder / "exhibits" / sha256) for file in (done.folder / "exhibits").rglob("*"))
    assert Path("materials/console.txt") in kept
    assert Path("image.raw") not in kept
    assert any(file.name == "image.raw.zst" for file in kept)
    assert not any(BASE.name in file.parts for file in kept)
    shutil.rmtree(evidence.folder_of(rooms.settings.instance, sha256))
    shutil.copytree(done.folder / "exhibits" / sha256, evidence.folder_of(rooms.settings.instance, sha256))
    assert rooms.vault.open(sha256).image.stat().st_size == 128 << 20


def judged(session: Session, sha256: str, share: float) -> None:
    """Let grading say something of the live work."""
    verdict = ConductVerdict(
        share=share,
        parts=(),
        order=OrderSaid(share=share, steps=()),
        footprint=FootprintSaid(share=None, dimensions=()),
        notes=NotesSaid(share=1.0, complete=1.0, true=1.0, duties=()),
        decisions=DecisionsSaid(share=None, forks=()),
        care=1.0,
    )
    live.note_conduct(session, sha256, verdict)


def test_points_are_half_findings_and_half_conduct(bench: Bench, answered_here: Answered) -> None:
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    bench.settle()
    bench.submit(attempt, "gone", "lost", [bench.cite_line(attempt, console.NAME, "1 root")])

    def sheet() -> results.Line:
        with bench.rooms.store.reading() as session:
            found = session.get_one(Attempt, attempt)
            [line] = results.taken(session, bench.rooms.settings.instance, [found], bench.rooms.clock())
        return line

    before = sheet()
    assert before.points.halves is not None
    assert before.points.halves.conduct is None
    assert (before.score, before.awaited) == (3.0, before.total / 2)
    assert (before.passed, before.undecided) == (False, False)
    with bench.rooms.store.writing() as session:
        judged(session, sha256, 0.8)
    after = sheet()
    assert after.score == pytest.approx(3.0 + 0.4 * after.total)
    assert after.awaited == 0
