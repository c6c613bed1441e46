"""Variants of a scenario: each played on a machine of its own, and kept as a delta against the base."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import zstandard

from training.errors import DomainError, Refused
from training.forge import materials, pack, record
from training.forge.build.bases import Say
from training.forge.build.ground import Ground
from training.forge.build.placing import AS_USUAL, Way, put
from training.forge.halt import Halt
from training.forge.linux import capture, lime, rootfs, witness
from training.forge.linux.capture import Captured
from training.forge.materials import Image
from training.forge.pack import Base, Content, Manifest, Part, Role
from training.forge.scenario import Scenario
from training.forge.truth import Truth

TEXT_LEVEL = 19
NEEDED = 1 << 30
"""Bytes of memory for one variant: its machine, its compression, its check, one after the other, and files in /tmp."""
MEMORY = Path("/proc/meminfo")
PATCH, TRUTH, OVERLAY, PLAN = "image.raw.zst", "truth.json.zst", "overlay.cpio.gz", "plan.json"
NAMES = {Role.IMAGE: PATCH, Role.RECORD: pack.RECORD, Role.OVERLAY: OVERLAY, Role.PLAN: PLAN}
ORIGIN = (
    "Genuine memory of a genuine Debian kernel that ran in QEMU while a scripted scenario was played; "
    "only the story is invented. "
    "Every program that acts as an intruder's is inert."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one variant: its pack's manifest, or what went wrong; the seconds and packed bytes it took."""

    name: str
    seconds: float
    manifest: Manifest | None = None
    failure: DomainError | None = None

    @property
    def size(self) -> int:
        """Bytes of all its packed files."""
        return sum(part.size for part in self.manifest.files.values()) if self.manifest else 0


def variants(
    plans: Sequence[Scenario], base: Ground, exhibits: Path, say: Say, way: Way = AS_USUAL
) -> Generator[Outcome, None, None]:
    """Make variants as `variant` does, as many at a time as this computer can; yields each when it's done.

    What goes wrong with one is its outcome, and the others are made all the same. `say` is told each step from several
    threads, with the name of the variant. Where it is left early, all of them are ended.
    """
    halt = Halt()
    with ThreadPoolExecutor(min(len(plans), at_once())) as workers:
        try:
            make = partial(_outcome, base=base, exhibits=exhibits, say=say, way=way, halt=halt)
            for done in as_completed([workers.submit(make, plan) for plan in plans]):
                yield done.result()
        finally:
            halt.say()
            workers.shutdown(cancel_futures=True)


def at_once() -> int:
    """How many variants fit this computer: its processors, as far as this process may use them, and its free memory."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        said = re.search(r"^MemAvailable: +([0-9]+) kB$", MEMORY.read_text("ascii"), re.MULTILINE)
    except OSError:
        said = None
    return max(1, min(processors, (int(said[1]) << 10) // NEEDED if said else processors))


def _outcome(plan: Scenario, *, base: Ground, exhibits: Path, say: Say, way: Way, halt: Halt) -> Outcome:
    begun = time.monotonic()

    def tell(text: str) -> None:
        say(f"{plan.pack}: {text}")

    try:
        manifest, _ = variant(plan, base, exhibits, tell, way, halt)
    except DomainError as failure:
        return Outcome(plan.pack, time.monotonic() - begun, failure=failure)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this variant's, and the others go on
        reason = DomainError(f"{type(error).__name__}: {error}")
        return Outcome(plan.pack, time.monotonic() - begun, failure=reason)
    return Outcome(plan.pack, time.monotonic() - begun, manifest)


def variant(
    plan: Scenario, base: Ground, exhibits: Path, say: Say, way: Way = AS_USUAL, halt: Halt | None = None
) -> tuple[Manifest, Truth]:
    """Play one variant and put its pack and materials in their places, both or neither.

    Args:
        plan: the scenario with everything drawn.
        base: what it is a delta against.
        exhibits: the folder of packs. Materials go beside it, to ``<lab>/materials/<pack>/``.
        say: told each step.
        way: how.
        halt: the word that ends it from another thread.
    """
    if plan.machine.memory << 20 > pack.LARGEST_BASE:
        largest = pack.LARGEST_BASE >> 20
        raise Refused(f"machine.memory: a delta can be made of up to {largest} MiB, not of {plan.machine.memory}")
    if plan.machine.additions != base.added:
        raise Refused(f"machine.additions: {list(plan.machine.additions)}, but laid out are {list(base.added)}")
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        space = Path(temporary)
        work, handed = space / plan.pack, space / pack.MATERIALS
        work.mkdir()
        handed.mkdir()
        raw = space / pack.IMAGE
        captured = _captured(plan, base, work / OVERLAY, raw, say, way, halt)
        truth = witness.collect(captured.account, captured.maps, captured.again, plan)
        image = pack.part_of(raw)
        shown = _shown(plan, captured, raw, image)
        inside = _write_texts(work, plan, truth, shown)
        for name, content in materials.write(plan, truth, shown, captured.handed).items():
            (handed / name).write_bytes(content)
        pack.compress(raw, work / PATCH, base_image=base.image, level=way.level, halt=halt)
        files = {role: pack.part_of(work / name) for role, name in NAMES.items()}
        files[Role.TRUTH] = pack.part_of(work / TRUTH, unpacked=inside)
        manifest = _manifest(plan, base, captured, truth, image, files, handed)
        pack.write_manifest(work, manifest)
        for name in manifest.beside:
            (space / name).symlink_to((base.folder.parent / name).resolve())
        pack.check(work)
        beside = pack.materials_of(exhibits.parent, manifest)
        put((handed, beside), (work, exhibits / plan.pack), replace=way.replace)
    return manifest, truth


def _captured(
    plan: Scenario, base: Ground, overlay: Path, raw: Path, say: Say, way: Way, halt: Halt | None
) -> Captured:
    """Write the overlay and play the scenario on a machine of the base's kernel, whose memory is written too."""
    overlay.write_bytes(rootfs.overlay(plan, base.programs.made))
    initrd = raw.with_name("initrd")
    initrd.write_bytes(base.initrd + overlay.read_bytes())
    captured = capture.capture(plan, base.kernel, initrd, raw, say, on=way.accelerator, halt=halt)
    base.same_kernel(raw)
    return captured


def _shown(plan: Scenario, captured: Captured, raw: Path, image: Part) -> Image:
    """The image as the record names it: the very file that a responder with such a tool would have handed over."""
    if plan.record.format == "raw":
        return Image(raw.name, image.size, image.sha256, "raw")
    target = raw.with_suffix(".lime")
    lime.write(raw, captured.ram, target)
    part = pack.part_of(target)
    target.unlink()
    return Image(part.name, part.size, part.sha256, "lime")


def _write_texts(work: Path, plan: Scenario, truth: Truth, image: Image) -> Content:
    """Truth, record and plan; what the compressed truth unpacks to."""
    text = f"{truth.model_dump_json(indent=1)}\n".encode()
    (work / TRUTH).write_bytes(zstandard.compress(text, TEXT_LEVEL))
    (work / pack.RECORD).write_text(record.write(plan, truth, image), "utf-8")
    (work / PLAN).write_text(plan.model_dump_json(by_alias=True, indent=1) + "\n", "utf-8")
    return Content(sha256=hashlib.sha256(text).hexdigest(), size=len(text))


def _manifest(
    plan: Scenario, base: Ground, captured: Captured, truth: Truth, raw: Part, files: dict[Role, Part], handed: Path
) -> Manifest:
    return Manifest(
        name=plan.pack,
        title=plan.title,
        os="linux",
        format="raw",
        size=raw.size,
        sha256=raw.sha256,
        banner=base.manifest.banner,
        captured_at=truth.frozen - timedelta(seconds=truth.clock_offset),
        made_by=f"Engram forge 2, python app.py forge {plan.name} --seed {plan.seed}, variant {plan.variant}",
        origin=ORIGIN,
        licences=tuple(dict.fromkeys(one for each in (base.manifest, *base.additions) for one in each.licences)),
        base=Base(name=base.manifest.name, sha256=base.manifest.sha256),
        additions=tuple(Base(name=each.name, sha256=each.sha256) for each in base.additions),
        ram=captured.ram,
        materials={each.name: pack.part_of(each).sha256 for each in sorted(handed.iterdir())},
        files=files,
    )
