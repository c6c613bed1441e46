"""Own exhibits on disk: each gets a pack of its own, so that its raw image can go while nobody works on it.

The rules, which docs/labs.md states for hosts:

- When its keys are settled an own exhibit is packed, as a patch against the base that its machine was made from.
- While an attempt on it is open the raw image stays. Afterwards it goes; whoever opens it again has it unpacked.
- An image that nobody handed over goes after `UNUSED`, with its pack; the rows stay and say so.
- When its person is erased, all of its files go: the image and what was typed at the console.
"""

import hashlib
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.evidence import links, own
from training.evidence import service as evidence
from training.evidence.leftovers import unfinished
from training.evidence.models import Exhibit, OwnExhibit
from training.forge import pack
from training.forge.pack import Base, Content, Manifest, Role
from training.settings import Settings
from training.store import Store

if TYPE_CHECKING:
    from training.forge.build.ground import Ground
    from training.forge.scenario import Scenario

LEVEL = 3
"""Of zstd: at 19 a tenth smaller and forty times as long."""
UNUSED = timedelta(days=7)
PATCH, TRUTH, OVERLAY = "image.raw.zst", "truth.json.zst", "overlay.cpio.gz"
Open = Callable[[Session, str], bool | None]
"""Whether an attempt on an exhibit is open; None where none was ever opened."""


def make(store: Store, settings: Settings, sha256: str) -> Path:
    """The pack of an own exhibit, made where it is not there yet.

    Raises:
        NotThere: the exhibit is nobody's own.
        Damaged: a pack that it is made on is not what its manifest says, or the image is not the one registered.
    """
    # The forge is much code, for those who acquire images alone.
    from training.forge.build.ground import ground  # noqa: PLC0415
    from training.forge.scenario import Scenario  # noqa: PLC0415

    with store.reading() as session:
        whose, exhibit = own.demand(session, sha256), evidence.get(session, sha256)
    target = evidence.own_pack(settings.instance, exhibit)
    if target.is_dir():
        return target
    lies = evidence.folder_of(settings.instance, sha256)
    plan = Scenario.model_validate_json((lies / own.PLAN).read_bytes())
    base = settings.labs / "exhibits" / whose.base
    target.parent.mkdir(exist_ok=True)
    with (
        ground(base, plan.machine.additions) as found,
        unfinished(target.parent) as space,
    ):
        work = space / exhibit.name
        work.mkdir()
        _fill(work, lies, plan, found, exhibit)
        work.replace(target)
    links.lay(target, settings.labs / "exhibits")
    return target


def receive(settings: Settings, exhibit: Exhibit, packed: Path) -> None:
    """Keep the pack of an own exhibit that came from another installation; what it is made on has to be here too."""
    target = evidence.own_pack(settings.instance, exhibit)
    lies = evidence.folder_of(settings.instance, exhibit.sha256)
    manifest = pack.read(packed)
    if any(not (settings.labs / "exhibits" / name).is_dir() for name in manifest.beside):
        return  # the image lies unpacked, and stays
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(packed / own.PLAN, lies / own.PLAN)
    shutil.copytree(packed, target)
    links.lay(target, settings.labs / "exhibits")


def _fill(work: Path, lies: Path, plan: "Scenario", found: "Ground", exhibit: Exhibit) -> None:
    from training.forge.linux import rootfs  # noqa: PLC0415 - as above

    pack.verify(lies, exhibit.sha256)
    pack.compress(lies / pack.IMAGE, work / PATCH, base_image=found.image, level=LEVEL)
    text = (lies / pack.TRUTH).read_bytes()
    inside = Content(sha256=hashlib.sha256(text).hexdigest(), size=len(text))
    (work / TRUTH).write_bytes(zstandard.compress(text, LEVEL))
    shutil.copyfile(lies / pack.RECORD, work / pack.RECORD)
    shutil.copyfile(lies / own.PLAN, work / own.PLAN)
    (work / OVERLAY).write_bytes(rootfs.overlay(plan, found.programs.made))
    names = {Role.IMAGE: PATCH, Role.RECORD: pack.RECORD, Role.OVERLAY: OVERLAY, Role.PLAN: own.PLAN}
    files = {role: pack.part_of(work / name) for role, name in names.items()}
    files[Role.TRUTH] = pack.part_of(work / TRUTH, unpacked=inside)
    manifest = Manifest(
        name=exhibit.name,
        title=exhibit.title,
        os="linux",
        format="raw",
        size=exhibit.size,
        sha256=exhibit.sha256,
        banner=exhibit.banner,
        captured_at=exhibit.captured_at,
        made_by=f"Engram, acquired in a live lab, {plan.name} --seed {plan.seed}, variant {plan.variant}",
        origin=exhibit.origin,
        licences=tuple(dict.fromkeys(one for each in (found.manifest, *found.additions) for one in each.licences)),
        base=Base(name=found.manifest.name, sha256=found.manifest.sha256),
        additions=tuple(Base(name=each.name, sha256=each.sha256) for each in found.additions),
        files=files,
    )
    pack.write_manifest(work, manifest)


def sweep(store: Store, settings: Settings, is_open: Open, now: datetime) -> int:
    """Remove what the rules let go; how many images and exhibits that were."""
    with store.reading() as session:
        found = session.scalars(select(OwnExhibit).where(OwnExhibit.dropped_at.is_(None))).all()
        todo = [(one, evidence.get(session, one.sha256), _fate(session, one, is_open, now)) for one in found]
    count = 0
    for whose, exhibit, fate in todo:
        folder = evidence.folder_of(settings.instance, whose.sha256)
        if fate == "raw" and evidence.own_pack(settings.instance, exhibit).is_dir():
            count += (folder / pack.IMAGE).exists()
            (folder / pack.IMAGE).unlink(missing_ok=True)
        elif fate == "all":
            with store.writing() as session:
                session.get_one(OwnExhibit, whose.sha256).dropped_at = now
                why = "Its files were removed by the rules for images that trainees acquired"
                evidence.note(session, whose.sha256, "registered", why, now)
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def _fate(session: Session, whose: OwnExhibit, is_open: Open, now: datetime) -> str:
    person = session.get(Person, whose.person_id)
    if person is None or person.erased_at is not None:
        return "all"
    state = is_open(session, whose.sha256)
    if state is None:
        return "all" if now - evidence.get(session, whose.sha256).registered_at > UNUSED else ""
    return "" if state else "raw"
