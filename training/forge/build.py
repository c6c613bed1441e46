"""From a scenario to a pack."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from training.errors import DomainError
from training.forge import pack, record, scenario
from training.forge.linux import capture, rootfs, symbols
from training.forge.pack import Licence, Manifest, Role
from training.forge.truth import Truth

COMPONENTS = {  # Debian package of what is inside: (what it is, its licence as SPDX)
    "busybox-static": ("BusyBox", "GPL-2.0-only"),
    "bash": ("GNU Bash", "GPL-3.0-or-later"),
    "dropbear-bin": ("Dropbear", "MIT"),
    "libc6": ("GNU C Library", "LGPL-2.1-or-later"),
    "libtinfo6": ("ncurses (libtinfo)", "X11"),
    "libtomcrypt1": ("LibTomCrypt", "Unlicense"),
    "libtommath1": ("LibTomMath", "Unlicense"),
    "zlib1g": ("zlib", "Zlib"),
    "libcrypt1": ("libxcrypt", "LGPL-2.1-or-later"),
    "libgmp10": ("GNU MP", "LGPL-3.0-or-later OR GPL-2.0-or-later"),
}
ORIGIN = (
    "Genuine memory of a genuine Debian kernel that ran in QEMU while a scripted scenario was played; "
    "only the story is invented. "
    "Every program that acts as an intruder's is inert."
)

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


def build(folder: Path, exhibits: Path, kernel: Path, say: Say, *, level: int = 22) -> tuple[Manifest, Truth]:
    """Play the scenario of a lab folder and write its pack, replacing an earlier one only when all went well.

    Args:
        folder: the lab; its ``scenario.yaml`` is played.
        exhibits: the folder of packs.
        kernel: the kernel image to boot.
        say: told each step.
        level: of the zstd compression of the image.
    """
    plan = scenario.load(folder / "scenario.yaml")
    with tempfile.TemporaryDirectory(prefix="engram-forge-") as temporary:
        work = Path(temporary) / plan.pack
        work.mkdir()
        shutil.copyfile(kernel, work / "vmlinuz")
        (work / "initrd.gz").write_bytes(rootfs.build(plan))
        image = Path(temporary) / pack.IMAGE
        captured = capture.capture(plan, work / "vmlinuz", work / "initrd.gz", image, say)
        raw = pack.part_of(image)
        name = f"{symbols.release(captured.banner.encode())}.json.xz"
        symbols.write(captured.symbol_file, work / name)
        text = captured.truth.model_dump_json(indent=1) + "\n"
        (work / pack.TRUTH).write_text(text, encoding="utf-8")
        (work / pack.RECORD).write_text(record.write(plan, captured.truth, raw.sha256, pack.IMAGE), encoding="utf-8")
        say("compressing")
        pack.compress(image, work / "image.raw.zst", level=level)
        manifest = Manifest(
            name=plan.pack,
            title=plan.title,
            os="linux",
            format="raw",
            size=raw.size,
            sha256=raw.sha256,
            banner=captured.banner,
            captured_at=captured.truth.frozen - timedelta(seconds=captured.truth.clock_offset),
            made_by="Engram forge 1, python app.py forge build",
            origin=ORIGIN,
            licences=(_kernel_licence(captured.banner), *_licences(), _our_licence()),
            files={
                Role.IMAGE: pack.part_of(work / "image.raw.zst"),
                Role.SYMBOLS: pack.part_of(work / name),
                Role.TRUTH: pack.part_of(work / pack.TRUTH),
                Role.RECORD: pack.part_of(work / pack.RECORD),
                Role.KERNEL: pack.part_of(work / "vmlinuz"),
                Role.INITRD: pack.part_of(work / "initrd.gz"),
            },
        )
        pack.write_manifest(work, manifest)
        pack.check(work)
        _put(work, exhibits / plan.pack)
    return manifest, captured.truth


def _put(finished: Path, target: Path) -> None:
    """Put a finished pack in its place; the earlier one goes when the new one is wholly beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(finished, beside)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)


def _kernel_licence(banner: str) -> Licence:
    found = re.search(r"Debian (\S+) \(", banner)
    version = found[1] if found else "unknown"
    return Licence(
        component="Linux kernel",
        version=symbols.release(banner.encode()),
        licence="GPL-2.0-only WITH Linux-syscall-note",
        source_package="linux",
        source_version=version,
    )


def _our_licence() -> Licence:
    return Licence(
        component="programs of training/forge/linux/guest, made-up files and text",
        version="1",
        licence="Apache-2.0",
        source_package="(this repository)",
        source_version="1",
    )


def _licences() -> list[Licence]:
    """What Debian says of the packages whose programs and libraries are inside."""
    wanted = "${Package}\t${Version}\t${source:Package}\t${source:Version}\n"
    command = ["dpkg-query", "--show", f"--showformat={wanted}", *COMPONENTS]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a list, no shell
    except FileNotFoundError as error:
        raise DomainError("dpkg-query is missing: exhibits are made on Debian, whose packages they hold") from error
    except subprocess.CalledProcessError as error:
        raise DomainError(f"the packages inside an exhibit must be installed: {error.stderr.strip()}") from error
    rows = sorted({tuple(line.split("\t")) for line in done.stdout.splitlines()})
    return [
        Licence(component=COMPONENTS[p][0], version=v, licence=COMPONENTS[p][1], source_package=s, source_version=sv)
        for p, v, s, sv in rows
    ]
