"""A base, laid out for work: what every variant is made from."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from training.errors import Refused
from training.forge import pack
from training.forge.linux import kallsyms, symbols
from training.forge.linux.actors import Programs
from training.forge.pack import Kind, Manifest, Role


@dataclass(frozen=True, slots=True)
class Ground:
    """A base, checked and unpacked.

    folder, manifest: of its pack. image: its raw memory. kernel: its kernel image. initrd: the common initramfs.
    programs: its inert programs and modules. addresses: of the kernel's symbols.
    """

    folder: Path
    manifest: Manifest
    image: Path
    kernel: Path
    initrd: bytes
    programs: Programs
    addresses: dict[str, int]

    def same_kernel(self, image: Path) -> None:
        """Refuse raw memory of a machine whose kernel has another banner or other addresses than the base's."""
        found = kallsyms.of_image(image)
        names = sorted(self.addresses.keys() | found.keys()) if found != self.addresses else ()
        if differing := [name for name in names if self.addresses.get(name) != found.get(name)]:
            raise Refused(
                f"{len(differing)} symbols of the machine lie elsewhere than in {self.manifest.name}, "
                f"{differing[0]} is the first: its symbol file would be wrong"
            )
        if (banner := symbols.banner(image, found).decode("ascii").strip()) != self.manifest.banner:
            raise Refused(f"the machine ran {banner!r}, {self.manifest.name} is {self.manifest.banner!r}")


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Lay out the base in a folder. Raises Damaged, and Refused for a pack that is no base."""
    manifest = pack.read(folder)
    if manifest.kind is not Kind.BASE:
        raise Refused(f"{folder}: is an {manifest.kind}; exhibits are made from a base (python app.py forge base)")
    for role in (Role.KERNEL, Role.INITRD, Role.PROGRAMS):
        pack.verify(folder / manifest.files[role].name, manifest.files[role].sha256)
    with tempfile.TemporaryDirectory(prefix="engram-base-") as space:
        image = Path(space) / pack.IMAGE
        with image.open("wb") as out:
            pack.write_image(folder, out)
        initrd, programs = ((folder / manifest.files[role].name).read_bytes() for role in (Role.INITRD, Role.PROGRAMS))
        kernel = folder / manifest.files[Role.KERNEL].name
        yield Ground(folder, manifest, image, kernel, initrd, Programs(programs), kallsyms.of_image(image))
