"""Variants of a scenario: each played on a machine of its own, and kept as a delta against the base."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import zstandard

from training.errors import DomainError
from training.forge import materials, pack, record
from training.forge.build.bases import Say
from training.forge.build.ground import Ground
from training.forge.build.placing import put
from training.forge.linux import capture, lime, rootfs, witness
from training.forge.linux.capture import Captured
from training.forge.linux.machine import Accelerator
from training.forge.materials import Image
from training.forge.pack import Base, Content, Manifest, Part, Role
from training.forge.scenario import Scenario
from training.forge.truth import Truth

LEVEL = 19
"""Of the zstd compression: -19 takes 8 s of a processor for 128 MiB where -12 takes 1 s, and saves a sixth."""
TEXT_LEVEL = 19
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
    plans: Sequence[Scenario],
    base: Ground,
    exhibits: Path,
    lab: Path,
    say: Say,
    *,
    accelerator: Accelerator = "tcg",
    level: int = LEVEL,
) -> Iterator[Outcome]:
    """Make variants as `variant` does, as many at a time as there are processors; yields each when it's done.

    What goes wrong with one is its outcome, and the others are made all the same. `say` is told each step from several
    threads, with the name of the variant.
    """
    with ThreadPoolExecutor(min(len(plans), os.cpu_count() or 1)) as workers:
        make = partial(_outcome, base=base, exhibits=exhibits, lab=lab, say=say, accelerator=accelerator, level=level)
        for done in as_completed([workers.submit(make, plan) for plan in plans]):
            yield done.result()


def _outcome(
    plan: Scenario, *, base: Ground, exhibits: Path, lab: Path, say: Say, accelerator: Accelerator, level: int
) -> Outcome:
    begun = time.monotonic()

    def tell(text: str) -> None:
        say(f"{plan.pack}: {text}")

    try:
        manifest, _ = variant(plan, base, exhibits, lab, tell, accelerator=accelerator, level=level)
    except DomainError as failure:
        return Outcome(plan.pack, time.monotonic() - begun, failure=failure)
    return Outcome(plan.pack, time.monotonic() - begun, manifest)


def variant(
    plan: Scenario,
    base: Ground,
    exhibits: Path,
    lab: Path,
    say: Say,
    *,
    accelerator: Accelerator = "tcg",
    level: int = LEVEL,
) -> tuple[Manifest, Truth]:
    """Play one variant and put its pack and materials in their places, replacing earlier ones only when all went well.

    Args:
        plan: the scenario with everything drawn.
        base: what it is a delta against.
        exhibits: the folder of packs.
        lab: folder of the lab, to which materials are written.
        say: told each step.
        accelerator: what the machine runs on.
        level: of the zstd compression of the image.
    """
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        space = Path(temporary)
        work, handed = space / plan.pack, space / pack.MATERIALS
        work.mkdir()
        handed.mkdir()
        (space / base.manifest.name).symlink_to(base.folder.resolve())
        overlay = rootfs.overlay(plan, base.programs.made)
        (work / OVERLAY).write_bytes(overlay)
        (space / "initrd").write_bytes(base.initrd + overlay)
        raw = space / pack.IMAGE
        captured = capture.capture(plan, base.kernel, space / "initrd", raw, say, accelerator)
        base.same_kernel(raw)
        truth = witness.collect(captured.account, captured.maps, captured.again, plan)
        image = pack.part_of(raw)
        shown = _shown(plan, captured, raw, image)
        inside = _write_texts(work, plan, truth, shown)
        for name, content in materials.write(plan, truth, shown, captured.handed).items():
            (handed / name).write_bytes(content)
        pack.compress(raw, work / PATCH, base_image=base.image, level=level)
        files = {role: pack.part_of(work / name) for role, name in NAMES.items()}
        files[Role.TRUTH] = pack.part_of(work / TRUTH, unpacked=inside)
        manifest = _manifest(plan, base.manifest, captured, truth, image, files, handed)
        pack.write_manifest(work, manifest)
        pack.check(work)
        put(handed, lab / pack.MATERIALS / plan.pack)
        put(work, exhibits / plan.pack)
    return manifest, truth


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
    plan: Scenario, base: Manifest, captured: Captured, truth: Truth, raw: Part, files: dict[Role, Part], handed: Path
) -> Manifest:
    return Manifest(
        name=plan.pack,
        title=plan.title,
        os="linux",
        format="raw",
        size=raw.size,
        sha256=raw.sha256,
        banner=base.banner,
        captured_at=truth.frozen - timedelta(seconds=truth.clock_offset),
        made_by=f"Engram forge 2, python app.py forge {plan.name} --seed {plan.seed}, variant {plan.variant}",
        origin=ORIGIN,
        licences=base.licences,
        base=Base(name=base.name, sha256=base.sha256),
        ram=captured.ram,
        materials={each.name: pack.part_of(each).sha256 for each in sorted(handed.iterdir())},
        files=files,
    )
