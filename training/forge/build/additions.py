"""An addition: programs of Debian that the base lacks and some scenarios need, as an archive of their own."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from training.errors import Conflict, NotThere, Refused
from training.forge import pack
from training.forge.build import licences
from training.forge.build.bases import Say, variants_on
from training.forge.build.ground import addition_of
from training.forge.build.placing import AS_USUAL, Way, put
from training.forge.linux import actors, rootfs
from training.forge.pack import Base, Kind, Manifest, Role
from training.forge.scenario.alive import ADDITION as LIVE

ARCHIVE, PROGRAMS = "archive.cpio.zst", "programs.tar.xz"
ORIGIN = "Programs of Debian that machines get beside those of the base: nothing of it was changed."
ORIGIN_OF_LIVING = (
    "Programs of Debian that machines get beside those of the base, unchanged; and of this repository the stage hand, "
    "the console and inert programs of machines that people work at."
)


def addition(name: str, base: str, exhibits: Path, say: Say, way: Way = AS_USUAL) -> Manifest:
    """Make an addition to a base.

    Args:
        name: one of `rootfs.ADDITIONS`.
        base: the name of the base's pack.
        exhibits: the folder of packs.
        say: told each step.
        way: how.

    Raises:
        Conflict: such a pack lies there.
        NotThere: no such addition is known.
        Refused: exhibits rest on it, the base holds other versions, or the pack is no base.
        DomainError: a program is missing or failed.
    """
    if name not in rootfs.ADDITIONS:
        raise NotThere(f"there is no addition {name}; those that can be made: {', '.join(rootfs.ADDITIONS)}")
    whole, called = pack.read(exhibits / base), addition_of(base, name)
    if whole.kind is not Kind.BASE:
        raise Refused(f"{exhibits / base}: is {whole.kind.named}, and only a base can be added to")
    _demand_place(exhibits, called, way)
    common = whole.files[Role.INITRD]
    pack.verify(exhibits / base / common.name, common.sha256)
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        work, raw = Path(temporary) / called, Path(temporary) / "archive.cpio"
        work.mkdir()
        content, libraries = rootfs.addition(name, (exhibits / base / common.name).read_bytes())
        if len(content) > pack.LARGEST_ADDITION:
            raise Refused(f"{name}: {len(content)} bytes, an addition has at most {pack.LARGEST_ADDITION}")
        raw.write_bytes(content)
        say(f"compressing {len(content) / 1e6:.1f} MB")
        pack.compress(raw, work / ARCHIVE, level=way.level)
        files = {Role.INITRD: pack.part_of(work / ARCHIVE)}
        if name == LIVE:
            say("compiling programs")
            (work / PROGRAMS).write_bytes(actors.compile_living())
            files[Role.PROGRAMS] = pack.part_of(work / PROGRAMS)
        packages = {package for _, package in rootfs.ADDITIONS[name].values()}
        inside = tuple(licences.of_programs(packages, libraries))
        inside += (licences.ours(),) if Role.PROGRAMS in files else ()
        manifest = _manifest(called, name, whole, pack.part_of(raw), files, inside)
        pack.write_manifest(work, manifest)
        (Path(temporary) / base).symlink_to((exhibits / base).resolve())
        pack.check(work)
        put((work, exhibits / called), replace=way.replace)
    return manifest


def _demand_place(exhibits: Path, called: str, way: Way) -> None:
    if resting := variants_on(exhibits, called):
        raise Refused(f"{', '.join(resting)} rest on {called}, and on no other content: remove them first")
    if (exhibits / called).exists() and not way.replace:
        raise Conflict(f"{exhibits / called} is there already: say --replace")


def _manifest(
    called: str,
    name: str,
    base: Manifest,
    raw: pack.Part,
    files: dict[Role, pack.Part],
    inside: tuple[pack.Licence, ...],
) -> Manifest:
    return Manifest(
        name=called,
        kind=Kind.ADDITION,
        title=f"{name}, to be added to {base.name}",
        os=base.os,
        format="cpio",
        size=raw.size,
        sha256=raw.sha256,
        banner=base.banner,
        captured_at=datetime.now(UTC).replace(microsecond=0),
        made_by=f"Engram forge 2, python app.py forge addition {name}",
        origin=ORIGIN_OF_LIVING if Role.PROGRAMS in files else ORIGIN,
        licences=inside,
        base=Base(name=base.name, sha256=base.sha256),
        files=files,
    )
