"""A base, laid out for work: what every variant is made from."""

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from training.errors import NotThere, Refused
from training.forge import pack
from training.forge.linux import initramfs, kallsyms, symbols
from training.forge.linux.actors import Programs
from training.forge.pack import Kind, Manifest, Role


@dataclass(frozen=True, slots=True)
class Ground:
    """A base, checked and unpacked.

    folder, manifest: of its pack. image: its raw memory, and before it the archives of what is added to it: patches are
    made against both. kernel: its kernel image. initrd: the common initramfs, and behind it these archives. programs:
    its inert programs and modules. addresses: of the kernel's symbols. additions: manifests of what is added, in order.
    """

    folder: Path
    manifest: Manifest
    image: Path
    kernel: Path
    initrd: bytes
    programs: Programs
    addresses: dict[str, int]
    additions: tuple[Manifest, ...] = ()

    @property
    def added(self) -> tuple[str, ...]:
        """What is added, by the names that scenarios have for it."""
        return tuple(each.name.removeprefix(f"{self.manifest.name}-") for each in self.additions)

    def same_kernel(self, image: Path) -> None:
        """Refuse raw memory of a machine whose kernel has another banner or other addresses than the base's."""
        found = kallsyms.of_image(image)
        names = sorted(self.addresses.keys() | found.keys()) if found != self.addresses else ()
        if differing := [name for name in names if self.addresses.get(name) != found.get(name)]:
            raise Refused(
                f"{len(differing)} symbols of the machine lie elsewhere than in {self.manifest.name}, "
                f"{differing[0]} is the first: its symbol file would be wrong"
            )
        _same_banner(self.manifest, image, found)


_ACCEPTED: dict[str, bytes] = {}
"""By the digest of a base: that of the addresses of its kernel, as an image had them that was compared with it."""


def demand_kernel_of(folder: Path, image: Path) -> None:
    """Refuse raw memory of a machine whose kernel has another banner or other addresses than the base in a folder.

    The base is unpacked for the first image alone: later ones must have the addresses that were right then.

    Raises what `ground` raises.
    """
    manifest, found = pack.read(folder), kallsyms.of_image(image)
    addresses = hashlib.sha256(repr(found).encode()).digest()
    if _ACCEPTED.get(manifest.sha256) == addresses:
        _same_banner(manifest, image, found)
        return
    with ground(folder) as base:
        base.same_kernel(image)
    _ACCEPTED[manifest.sha256] = addresses


def _same_banner(base: Manifest, image: Path, addresses: dict[str, int]) -> None:
    if (banner := symbols.banner(image, addresses).decode("ascii").strip()) != base.banner:
        raise Refused(f"the machine ran {banner!r}, {base.name} is {base.banner!r}")


@contextmanager
def ground(folder: Path, added: Sequence[str] = ()) -> Iterator[Ground]:
    """Lay out the base in a folder, with additions to it that lie beside it.

    Raises:
        Damaged: a pack is not what its manifest says.
        NotThere: there is no such addition.
        Refused: the pack is no base.
    """
    manifest = pack.read(folder)
    if manifest.kind is not Kind.BASE or manifest.os != "linux":
        what = "a base of Windows" if manifest.kind is Kind.BASE else manifest.kind.named
        raise Refused(f"{folder}: is {what}; exhibits are made from a base (python app.py forge base)")
    for role in (Role.KERNEL, Role.INITRD, Role.PROGRAMS):
        pack.verify(folder / manifest.files[role].name, manifest.files[role].sha256)
    with tempfile.TemporaryDirectory(prefix="engram-base-") as space:
        image = Path(space) / pack.IMAGE
        with image.open("wb") as out:
            pack.write_image(folder, out)
        initrd, programs = ((folder / manifest.files[role].name).read_bytes() for role in (Role.INITRD, Role.PROGRAMS))
        kernel, addresses = folder / manifest.files[Role.KERNEL].name, kallsyms.of_image(image)
        additions, archives = _added(folder, manifest, added)
        if archives:
            image = _behind(image, archives)
            initrd = initramfs.together(initrd, *archives)
        made = Programs(programs, *_programs_of(folder, additions))
        yield Ground(folder, manifest, image, kernel, initrd, made, addresses, additions)


def _added(folder: Path, manifest: Manifest, added: Sequence[str]) -> tuple[tuple[Manifest, ...], list[bytes]]:
    """The additions to a base of some names, each with its archive."""
    found, archives = [], []
    for name in added:
        beside = folder.absolute().with_name(addition_of(manifest.name, name))
        if not beside.is_dir():
            raise NotThere(f"there is no {beside}; make it with: python app.py forge addition {name}")
        one = pack.read(beside)
        if one.kind is not Kind.ADDITION or one.base is None or one.base.sha256 != manifest.sha256:
            raise Refused(f"{beside}: is {one.kind.named} to another base than {manifest.name}, or none")
        archive = io.BytesIO()
        pack.write_image(beside, archive)
        found.append(one)
        archives.append(archive.getvalue())
    return tuple(found), archives


def _programs_of(folder: Path, additions: Sequence[Manifest]) -> Iterator[bytes]:
    """The inert programs that additions bring."""
    for one in additions:
        if part := one.files.get(Role.PROGRAMS):
            file = folder.absolute().with_name(one.name) / part.name
            pack.verify(file, part.sha256)
            yield file.read_bytes()


def _behind(image: Path, archives: Sequence[bytes]) -> Path:
    """A file of some archives and an image behind them, instead of the image's."""
    target = image.with_name("reference")
    with target.open("wb") as out, image.open("rb") as raw:
        out.writelines(archives)
        shutil.copyfileobj(raw, out, 1 << 20)
    image.unlink()
    return target


def addition_of(base: str, name: str) -> str:
    """The name of the pack that holds an addition to a base."""
    return f"{base}-{name}"
