"""Bases of Windows: the clean machine of a build and its role, which exhibits are packed against."""

import io
import tempfile
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import Conflict, NotThere, Refused
from training.forge import pack
from training.forge.build.bases import Say, variants_on
from training.forge.build.placing import AS_USUAL, Way, put
from training.forge.pack import Kind, Licence, Manifest, Part, Role
from training.forge.scenario.windows.model import BUILDS

if TYPE_CHECKING:
    from training.forge.windows import Forged
    from training.forge.windows.builds.load import Build

IMAGE = "image.raw.zst"
ORIGIN = (
    "Written for training: no Windows machine was captured. This is the machine on which nothing has happened, which "
    "the exhibits of its build and role have in common."
)
SYMBOLS = {Role.SYMBOLS: ("ntkrnlmp.pdb", "kernel"), Role.NETWORK: ("tcpip.pdb", "network")}
"""Of each symbol file of Windows, the database that it stands for, and its word in our file's name."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A base in memory: its folder, its manifest, and its raw image."""

    folder: Path
    manifest: Manifest
    image: bytes


def base_of(build: str) -> str:
    """The name of the base of a build: that of its role stands in it, since a build has one."""
    return f"windows-{build}-{next(role for role, builds in BUILDS.items() if build in builds)}"


def idle_ground(build: str, exhibits: Path) -> Idle:
    """Unpack the base of a build.

    Raises:
        Damaged: the pack is not what its manifest says.
        NotThere: there is no such base in the folder.
        Refused: the pack of that name is no base of Windows.
    """
    folder = exhibits / base_of(build)
    if not folder.is_dir():
        raise NotThere(f"there is no {folder}; make it with: python app.py forge base --windows {build}")
    manifest = pack.read(folder)
    if manifest.kind is not Kind.BASE or manifest.os != "windows":
        raise Refused(f"{folder}: is {manifest.kind.named} of {manifest.os}, not a base of Windows")
    image = io.BytesIO()
    pack.write_image(folder, image)
    return Idle(folder, manifest, image.getvalue())


def idle_base(build: str, exhibits: Path, say: Say, way: Way = AS_USUAL) -> Manifest:
    """Write the base of a build. The same program gives the same image.

    Args:
        build: as the tables of the forge name it.
        exhibits: the folder of packs.
        say: told each step.
        way: how; nothing of it but the level of compression and the replacing matters here.

    Raises:
        Conflict: such a pack lies there.
        Refused: exhibits rest on a base of this name whose image is another.
        DomainError: the zstd program is missing or failed.
    """
    from training.forge.windows import forge  # noqa: PLC0415 - only who writes images needs all of it
    from training.forge.windows.builds.load import build as table  # noqa: PLC0415 - likewise
    from training.forge.windows.planning import plan  # noqa: PLC0415 - likewise
    from training.forge.windows.planning.idle import idle  # noqa: PLC0415 - likewise

    name = base_of(build)
    if (exhibits / name).exists() and not way.replace:
        raise Conflict(f"{exhibits / name} is there already: say --replace")
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        work, raw = Path(temporary) / name, Path(temporary) / pack.IMAGE
        work.mkdir()
        say("writing the image")
        scenario = idle(build)
        forged = forge(plan(scenario))
        raw.write_bytes(forged.data)
        image = pack.part_of(raw)
        _demand_same(exhibits, name, image)
        say(f"compressing {image.size >> 20} MiB")
        pack.compress(raw, work / IMAGE, level=way.level)
        files = {Role.IMAGE: pack.part_of(work / IMAGE)} | symbols(forged, table(build), work)
        manifest = Manifest(
            name=name,
            kind=Kind.BASE,
            title=f"An idle {scenario.machine.role}, {table(build).title}",
            os="windows",
            format="raw",
            size=image.size,
            sha256=image.sha256,
            banner=banner(table(build)),
            captured_at=scenario.machine.captured.astimezone(UTC),
            made_by=f"Engram forge 2, python app.py forge base --windows {build}",
            origin=ORIGIN,
            licences=(ours(),),
            files=files,
        )
        pack.write_manifest(work, manifest)
        pack.check(work)
        put((work, exhibits / name), replace=way.replace)
    return manifest


def symbols(forged: "Forged", build: "Build", into: Path) -> dict[Role, Part]:
    """Write the symbol files of an image into a folder."""
    files = {}
    for role, (database, word) in SYMBOLS.items():
        path = into / f"windows-{build.name}-{word}.json.xz"
        path.write_bytes(forged.symbols[database])
        files[role] = pack.part_of(path)
    return files


def banner(build: "Build") -> str:
    """What stands for a kernel's banner, which Windows has not."""
    return f"{build.title}, build {build.shown}.{build.revision} ({build.lab}); written for training"


def ours() -> Licence:
    """The licence of an image that was written."""
    return Licence(
        component="all of the image: structures, inert programs, made-up files and text",
        version="2",
        licence="Apache-2.0",
        source_package="(this repository, training/forge/windows)",
        source_version="2",
    )


def _demand_same(exhibits: Path, name: str, image: Part) -> None:
    """Refuse to make exhibits useless that rest on the base that lies there."""
    resting = variants_on(exhibits, name)
    if resting and pack.read(exhibits / name).sha256 != image.sha256:
        raise Refused(f"{', '.join(resting)} rest on {name}, whose image would be another now: remove them first")
