"""Windows exhibits: a scenario becomes a plan, the plan an image, symbols and truth. No machine is booted for it."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from training.errors import DomainError
from training.forge import materials, pack, record
from training.forge.build.idle import Idle, idle_ground, ours
from training.forge.build.placing import AS_USUAL, Way, put
from training.forge.build.variants import TEXT_LEVEL, TRUTH, Outcome
from training.forge.materials import Image
from training.forge.pack import Base, Content, Manifest, Part, Role
from training.forge.scenario import WindowsScenario

if TYPE_CHECKING:
    from training.forge.windows_truth import WindowsTruth

Say = Callable[[str], None]

PATCH = "image.pages.zst"
ORIGIN = (
    "Written for training: no Windows machine was captured. The image was generated structure by structure from a "
    "scripted scenario; every person, firm, name, file and password in it is invented, and no program in it has code "
    "that does anything."
)


def written(plans: Sequence[WindowsScenario], exhibits: Path, say: Say, way: Way = AS_USUAL) -> Iterator[Outcome]:
    """Make variants of one lab as `variant` does, one after the other; what goes wrong with one is its outcome.

    Raises:
        NotThere: the base of their build is not in the folder of packs.
    """
    base = idle_ground(str(plans[0].machine.build), exhibits)
    for plan in plans:
        yield _outcome(plan, base, exhibits, say, way)


def _outcome(plan: WindowsScenario, base: Idle, exhibits: Path, say: Say, way: Way) -> Outcome:
    begun = time.monotonic()

    def tell(text: str) -> None:
        say(f"{plan.pack}: {text}")

    try:
        manifest, _ = variant(plan, base, exhibits, tell, way)
    except DomainError as failure:
        return Outcome(plan.pack, time.monotonic() - begun, failure=failure)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this variant's, and the others go on
        reason = DomainError(f"{type(error).__name__}: {error}")
        return Outcome(plan.pack, time.monotonic() - begun, failure=reason)
    return Outcome(plan.pack, time.monotonic() - begun, manifest)


def variant(
    scenario: WindowsScenario, base: Idle, exhibits: Path, say: Say, way: Way = AS_USUAL
) -> "tuple[Manifest, WindowsTruth]":
    """Write one variant and put its pack and materials in their places, both or neither.

    Args:
        scenario: with everything drawn.
        base: what it is a delta against.
        exhibits: the folder of packs. Materials go beside it, to ``<lab>/materials/<pack>/``.
        say: told each step.
        way: how; nothing of it but the level of compression and the replacing matters here.

    Raises:
        Conflict: something lies there, and nothing is to be replaced.
        MaterialMistakes: what is handed over can't be made.
        Refused: too much of it differs from the base.
    """
    from training.forge.windows import forge  # noqa: PLC0415 - only who writes images needs all of it
    from training.forge.windows.planning import story  # noqa: PLC0415 - likewise
    from training.forge.windows.telling import tell  # noqa: PLC0415 - likewise

    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        space = Path(temporary)
        work, handed = space / scenario.pack, space / pack.MATERIALS
        work.mkdir()
        handed.mkdir()
        told = story(scenario)
        say("writing the image")
        forged = forge(told.plan)
        truth = tell(told)
        shown = Image(pack.IMAGE, len(forged.data), hashlib.sha256(forged.data).hexdigest(), "raw")
        inside = _write_texts(work, scenario, truth, shown)
        for name, content in materials.write(scenario, truth, shown, {}).items():
            (handed / name).write_bytes(content)
        with memoryview(forged.data) as whole:
            pack.compress_pages(whole, base.image, work / PATCH, level=way.level)
        files = {
            Role.IMAGE: pack.part_of(work / PATCH),
            Role.TRUTH: pack.part_of(work / TRUTH, unpacked=inside),
            Role.RECORD: pack.part_of(work / pack.RECORD),
        }
        manifest = _manifest(scenario, base, truth, shown, files, handed)
        pack.write_manifest(work, manifest)
        (space / base.manifest.name).symlink_to(base.folder.resolve())
        pack.check(work)
        beside = pack.materials_of(exhibits.parent, manifest)
        put((handed, beside), (work, exhibits / scenario.pack), replace=way.replace)
    return manifest, truth


def _write_texts(work: Path, scenario: WindowsScenario, truth: "WindowsTruth", image: Image) -> Content:
    """Truth and record; what the compressed truth unpacks to."""
    text = f"{truth.model_dump_json(indent=1)}\n".encode()
    (work / TRUTH).write_bytes(zstandard.compress(text, TEXT_LEVEL))
    (work / pack.RECORD).write_text(record.write_windows(scenario, truth, image), "utf-8")
    return Content(sha256=hashlib.sha256(text).hexdigest(), size=len(text))


def _manifest(
    scenario: WindowsScenario, base: Idle, truth: "WindowsTruth", image: Image, files: dict[Role, Part], handed: Path
) -> Manifest:
    return Manifest(
        name=scenario.pack,
        title=scenario.title,
        os="windows",
        format="raw",
        size=image.size,
        sha256=image.sha256,
        banner=base.manifest.banner,
        captured_at=truth.frozen - timedelta(seconds=truth.clock_offset),
        made_by=f"Engram forge 2, python app.py forge {scenario.name} --seed {scenario.seed}, "
        f"variant {scenario.variant}",
        origin=ORIGIN,
        licences=(ours(),),
        base=Base(name=base.manifest.name, sha256=base.manifest.sha256),
        patch="pages",
        materials={each.name: pack.part_of(each).sha256 for each in sorted(handed.iterdir())},
        files=files,
    )
