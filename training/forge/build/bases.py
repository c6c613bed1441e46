"""A base: an idle machine with its symbols, kernel, programs and initramfs, which exhibits are deltas against."""

import re
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from training.errors import Conflict, Damaged, DomainError, Refused
from training.forge import pack
from training.forge.build import licences
from training.forge.build.placing import AS_USUAL, Way, put
from training.forge.linux import actors, capture, rootfs, symbols
from training.forge.pack import Kind, Licence, Manifest, Role

ORIGIN = "Memory of a genuine Debian kernel that ran idle in QEMU: what exhibits made from it have in common."
HEADER = 0x200
"""Where a kernel image's header begins, from which the place of its version is counted (Linux/x86 Boot Protocol)."""

Say = Callable[[str], None]


def installed_kernel() -> Path:
    """The newest Debian cloud kernel in /boot; `DomainError` says how to get one."""
    found = sorted(Path("/boot").glob("vmlinuz-*-cloud-amd64"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise DomainError(
            "there is no cloud kernel in /boot: install the Debian package linux-image-cloud-amd64, or unpack it with "
            "'apt-get download' and 'dpkg-deb -x' and name its vmlinuz with --kernel"
        )
    return found[-1]


def release_of(kernel: Path) -> str:
    """The release that a kernel image names in its header, such as 6.12.118+deb13-cloud-amd64."""
    with kernel.open("rb") as file:
        head = file.read(1 << 16)
    try:
        (at,) = struct.unpack_from("<H", head, 0x20E)
        text = head[HEADER + at :].split(b"\0")[0].split(b" ")[0].decode("ascii")
    except (struct.error, UnicodeDecodeError):
        text = ""
    if head[0x202:0x206] != b"HdrS" or not re.fullmatch(r"[0-9][A-Za-z0-9.+_~-]{2,60}", text):
        raise Refused(f"{kernel}: no kernel image of Linux for x86 that names its release")
    return text


def name_of(release: str) -> str:
    """The name of a release's base: 6.12.118+deb13-cloud-amd64 gives debian-6.12.118-cloud."""
    plain = re.sub(r"\+deb[0-9]+|-amd64$", "", release)
    return re.sub("[^a-z0-9.-]", "-", f"debian-{plain}".lower())


def bases(exhibits: Path) -> list[str]:
    """The names of the bases of Linux in a folder of packs; one that can't be read is not among them."""
    return [name for name, one in _readable(exhibits) if one.kind is Kind.BASE and one.os == "linux"]


def variants_on(exhibits: Path, name: str) -> list[str]:
    """The names of the packs in a folder that are made on one of that name: a base, or an addition to it."""
    return [each for each, manifest in _readable(exhibits) if name in manifest.beside]


def _readable(exhibits: Path) -> Iterator[tuple[str, Manifest]]:
    """All packs but damaged ones, of which whoever uses them says more: they stand in nobody else's way."""
    for folder in sorted(each.parent for each in exhibits.glob(f"*/{pack.MANIFEST}")):
        with suppress(Damaged):
            yield folder.name, pack.read(folder)


def base(
    kernel: Path,
    headers: Path | None,
    exhibits: Path,
    name: str | None,
    say: Say,
    way: Way = AS_USUAL,
) -> Manifest:
    """Make the base of a kernel.

    Args:
        kernel: the kernel image to boot.
        headers: where the kernel's headers are unpacked; without them the base has no kernel modules.
        exhibits: the folder of packs.
        name: of the pack; that of the kernel's release without it.
        say: told each step.
        way: how.

    Raises:
        Conflict: such a pack lies there.
        Refused: exhibits are deltas against a base of this name, no pack may have it, or the kernel is none.
        DomainError: something that is needed is missing or failed.
    """
    if name is not None:
        _demand_name(name)
    release = release_of(kernel)
    name = name or _demand_name(name_of(release))
    _demand_place(exhibits, name, way)
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        work = Path(temporary) / name
        work.mkdir()
        files = {
            Role.IMAGE: work / "image.raw.zst",
            Role.SYMBOLS: work / f"{release}.json.xz",
            Role.KERNEL: work / "vmlinuz",
            Role.INITRD: work / "initrd.gz",
            Role.PROGRAMS: work / "programs.tar.xz",
        }
        say("compiling programs and modules")
        files[Role.PROGRAMS].write_bytes(actors.compile_all(release, headers))
        shutil.copyfile(kernel, files[Role.KERNEL])
        files[Role.INITRD].write_bytes(rootfs.common())
        say("booting")
        image = Path(temporary) / pack.IMAGE
        document, banner = capture.idle(files[Role.KERNEL], files[Role.INITRD], image, way.accelerator)
        if (found := symbols.release(banner.encode())) != release:
            raise Refused(f"{kernel}: names itself {release}, but the machine ran {found}")
        symbols.write(document, files[Role.SYMBOLS])
        say(f"compressing {image.stat().st_size >> 20} MiB")
        pack.compress(image, files[Role.IMAGE], level=way.level)
        parts = {role: pack.part_of(path) for role, path in files.items()}
        manifest = _manifest(name, release, banner, pack.part_of(image), parts)
        pack.write_manifest(work, manifest)
        pack.check(work)
        put((work, exhibits / name), replace=way.replace)
    return manifest


def _demand_place(exhibits: Path, name: str, way: Way) -> None:
    if resting := variants_on(exhibits, name):
        raise Refused(
            f"{', '.join(resting)} rest on {name}, and on no other image: name the new base with --name, or remove them"
        )
    if (exhibits / name).exists() and not way.replace:
        raise Conflict(f"{exhibits / name} is there already: name the new base with --name, or say --replace")


def _demand_name(name: str) -> str:
    if not pack.may_be_named(name):
        raise Refused(
            f"{name!r} can't be the name of a base: it has small letters, digits, dots and dashes, at most 61 of them, "
            "and begins with none of the last two; say another with --name"
        )
    return name


def _manifest(name: str, release: str, banner: str, raw: pack.Part, files: dict[Role, pack.Part]) -> Manifest:
    return Manifest(
        name=name,
        kind=Kind.BASE,
        title=f"An idle Debian machine, Linux {release}",
        os="linux",
        format="raw",
        size=raw.size,
        sha256=raw.sha256,
        banner=banner,
        captured_at=datetime.now(UTC).replace(microsecond=0),
        made_by="Engram forge 2, python app.py forge base",
        origin=ORIGIN,
        licences=_inside(banner, release),
        files=files,
    )


def _inside(banner: str, release: str) -> tuple[Licence, ...]:
    programs = [shutil.which(name) or name for name, _ in rootfs.FROM_DEBIAN.values()]
    libraries = {each for program in programs for each in rootfs.libraries(Path(program))}
    return (licences.of_kernel(banner, release), *licences.of_programs(rootfs.PACKAGES, libraries), licences.ours())
