"""Prove the keys of a live lab: its machine is played to a responder's freeze, and keys are worked out on that image.

No author can seal keys for images that trainees will acquire. What can be shown is that both forms of each key hold on
images that real responders got: one who worked quickly, and those whom the lab names. Nothing is sealed here.
"""

import hashlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from training.errors import DomainError
from training.evidence import own
from training.evidence import service as evidence
from training.evidence.own import Acquired
from training.forge.build.ground import ground
from training.forge.linux import witness
from training.forge.linux.machine import MachineFault
from training.forge.scenario import LETTERS, Scenario
from training.forge.scenario import load as load_scenario
from training.grading import proving
from training.grading.keys.syntax import Query
from training.grading.question import queries, sources
from training.labs import console, live_scenario, lived, material, prove, reader
from training.labs.labfile import LabFile
from training.labs.livefile import Responder
from training.labs.material import FORM, RECORD, Material, MaterialFile
from training.labs.prove import Clock, Proof
from training.labs.service import live
from training.labs.variety import differences
from training.machines.guest.guest import Guest
from training.machines.guest.limits import Limits
from training.machines.guest.preparing import prepare
from training.sentence import phrase
from training.settings import Settings

MARK = re.compile(rb"\x1b\]133;D;([0-9]{1,3});([0-9.]+)\x07")
ANSWER_SECONDS = 30.0
NOBODY = UUID(int=0)


LOOK = ("date -u", "echo $$", "ls -la /dev/shm", "netstat -tn")
QUICK = Responder(name="quick", typed=LOOK)
"""Who takes the image at once. How else somebody may work, the lab says."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """An image that a responder got, and what is known of it."""

    taken: live.Taken
    image: Path
    entries: tuple[console.Entry, ...]


def proofs(settings: Settings, folder: Path, file: LabFile, letters: Sequence[str], clock: Clock) -> Iterator[Proof]:
    """Prove a live lab on images of these variants: of a quick responder, and of those whom the lab names.

    Raises:
        ContentError: the scenario has mistakes.
        DomainError: a machine or its play failed, or a run did not complete.
    """
    assert file.live is not None  # noqa: S101 - of a live lab
    for letter in letters:
        plan = plan_of(folder, file, letter)
        with ground(_base(settings, plan), plan.machine.additions) as base:
            snapshot = prepare(plan, base, settings.instance / "snapshots" / plan.pack, _quiet)
        for way in (QUICK, *file.live.ways):
            work = (
                settings.instance
                / "prove"
                / "machines"
                / f"{plan.pack}-{hashlib.sha256(way.name.encode()).hexdigest()[:8]}"
            )
            with played(snapshot, work, plan, _base(settings, plan), way) as frozen:
                yield prove_on(settings, folder, file, frozen, clock, way.name)


def plan_of(folder: Path, file: LabFile, letter: str) -> Scenario:
    """A variant of a live lab, with everything drawn."""
    assert file.live is not None  # noqa: S101 - of a live lab
    return load_scenario(folder / live_scenario.SCENARIO).draw(file.live.seed, LETTERS.index(letter))


def _base(settings: Settings, plan: Scenario) -> Path:
    return settings.labs / "exhibits" / base_of(settings, plan)


def base_of(settings: Settings, plan: Scenario) -> str:
    """The base of a live lab: the one that has all its additions beside it."""
    found = [
        folder.name
        for folder in evidence.bases_in(settings.labs)
        if all((folder.parent / f"{folder.name}-{name}").is_dir() for name in plan.machine.additions)
        and (folder / "vmlinuz").is_file()
    ]
    if not found:
        wanted = ", ".join(plan.machine.additions)
        raise DomainError(
            phrase("No base of this installation has the additions that the lab needs: %(wanted)s", wanted=wanted)
        )
    return found[0]


def _quiet(_text: str) -> None:
    """Nobody watches."""


@contextmanager
def played(snapshot: object, work: Path, plan: Scenario, base: Path, way: Responder) -> Iterator[Frozen]:
    """The image that a responder gets who works this way; machine and image are gone afterwards."""
    shutil.rmtree(work, ignore_errors=True)
    guest = Guest.start(snapshot, work / "machine", Limits())  # type: ignore[arg-type]
    try:
        arrived = datetime.now(UTC)
        guest.order("live")
        entries = tuple(_typed(guest, way.typed, plan))
        for order in way.orders:
            guest.order(*order.split())
            time.sleep(1.0)
        time.sleep(way.seconds)
        yield _frozen(guest, work, plan, base, entries, arrived)
    finally:
        guest.stop()
        shutil.rmtree(work, ignore_errors=True)


def _typed(guest: Guest, lines: Sequence[str], plan: Scenario) -> Iterator[console.Entry]:
    """Type lines one after the other, and keep what the machine says to each."""
    guest.type(b"\n")
    at = _until(guest, 0)[0]
    for number, line in enumerate(lines, 1):
        guest.type(line.encode() + b"\n")
        stop, status, seconds, output = _until(guest, at)
        when = datetime.fromtimestamp(seconds, UTC) - timedelta(seconds=plan.machine.clock_offset)
        digest = hashlib.sha256(output).hexdigest()
        yield console.Entry(number, when, line, status, None, output, digest)
        at = stop


def _until(guest: Guest, at: int) -> tuple[int, int, float, bytes]:
    """Where the next mark of the console ends, what it says, and the output before it."""
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        data = guest.console(at, 1 << 20)
        if found := MARK.search(data):
            return at + found.end(), int(found[1]), float(found[2]), data[: found.start()]
        if time.monotonic() > until:
            raise MachineFault(f"the machine's console says nothing: {data[-200:]!r}")
        time.sleep(0.05)


def _frozen(
    guest: Guest, work: Path, plan: Scenario, base: Path, entries: tuple[console.Entry, ...], arrived: datetime
) -> Frozen:
    began = datetime.now(UTC)
    shown = float(guest.order("clock"))
    image = work / "image.raw"
    dumped = guest.dump(image)
    footprint = guest.account("footprint")
    first = lived.with_footprint(guest.account("truth", plan.of_interest), footprint)
    again = guest.account("truth", plan.of_interest)
    maps = guest.account("maps", [str(pid) for pid in witness.planted_pids(first, plan)])
    ahead = datetime.fromtimestamp(shown, UTC) - timedelta(seconds=plan.machine.clock_offset) - began
    taken = live.Taken(
        response_id=NOBODY,
        number=1,
        person_id=NOBODY,
        organisation_id=NOBODY,
        release_id=NOBODY,
        assignment_id=None,
        plan=plan,
        base=base,
        way="outside",
        tool="the machine's monitor, from outside",
        began_at=began,
        ended_at=datetime.now(UTC),
        range_offset=ahead.total_seconds(),
        sha256_received=dumped.sha256,
        sha256_source=dumped.sha256,
        truth=witness.as_found(first, maps, again, plan),
        told={"arrived": arrived.isoformat()},
        notes=(f"Clock of the machine against the reference clock: {plan.machine.clock_offset:+d} s (ahead is plus).",),
    )
    return Frozen(taken, image, entries)


def prove_on(settings: Settings, folder: Path, file: LabFile, frozen: Frozen, clock: Clock, name: str = "") -> Proof:
    """Work out every key of a live lab on one image, by the real engine and by the truth."""
    taken, pack = frozen.taken, frozen.taken.plan.pack
    runs = queries(file.questions) | sources(file.questions)
    made = live.acquired_of(file, taken, None, frozen.image.stat().st_size)
    with _desk(settings, frozen.image, made, clock) as desk:
        truth, rows = desk.truth(), desk.rows(runs)
        handed = {RECORD: desk.record(), **handed_over(folder, file, pack, frozen, desk.work)}
    rows |= {Query(one, material=True): each.rows for one, each in handed.items()}
    proved, keys = proving.prove_and_seal(file.questions, truth, rows)
    sealed = prove.seal_of(desk.exhibit, keys)
    faults = tuple(prove.unshown(file.id, file.questions, sealed, handed))
    found = tuple(differences(file.questions, proved, truth, rows))
    called = f"{pack}, {name}" if name else pack
    return Proof(file.id, called, file.questions, proved, sealed, len(runs), faults, found)


def handed_over(folder: Path, file: LabFile, pack: str, frozen: Frozen, work: Path) -> dict[str, Material]:
    """What belongs to the image: the lab's materials, the console's record, a form."""
    handed = live.Handed(frozen.entries, (("scene: clock_offset", str(frozen.taken.plan.machine.clock_offset)),))
    found = dict(reader.materials(folder, pack, file))
    for told, content in live.materials_of(handed):
        path = work / str(told["file"])
        path.write_bytes(content)
        one = MaterialFile.model_validate(told)
        found[one.name] = material.read(path, one, one.file)
    assert FORM in found  # noqa: S101 - a form is always handed over here
    return found


@contextmanager
def _desk(settings: Settings, image: Path, made: Acquired, clock: Clock) -> Iterator["LiveDesk"]:
    with LiveDesk(settings, image, made, clock) as desk:
        yield desk


class LiveDesk(prove.Desk):
    """An image that was just acquired, with an engine and a database of its own; nothing of it stays."""

    def __init__(self, settings: Settings, image: Path, made: Acquired, clock: Clock) -> None:
        self.work = image.parent
        row = own.laid_out(settings.instance, image, made, clock())
        self._open(settings, f"sqlite:///{(self.work / 'runs.db').resolve()}", self.work, clock)
        with self._store.writing() as session:
            session.add(row)
        with self._store.reading() as session:
            self.exhibit = evidence.get(session, row.sha256)

    def __exit__(self, *gone: object) -> None:
        super().__exit__(*gone)
        shutil.rmtree(evidence.folder_of(self._settings.instance, self.exhibit.sha256), ignore_errors=True)
