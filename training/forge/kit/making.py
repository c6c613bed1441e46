"""Make a kit: two images of ext4, packed, with a manifest that names every file and every licence.

The same sources and the same installed packages give the same bytes: dates, identities and the seed of hashes are
fixed, and owners come from a tar file, not from whoever makes it (mke2fs(8), option ``-d``).
"""

import hashlib
import io
import tarfile
import tempfile
from pathlib import Path

import zstandard

from training.errors import Conflict
from training.forge import pack
from training.forge.build import licences
from training.forge.build.bases import Say
from training.forge.build.placing import put
from training.forge.kit import contents
from training.forge.kit.manifest import Image, Kit, Medium, write_manifest
from training.forge.linux.rootfs import PACKAGED

BLOCK = 4096
KIT_SIZE = 4 << 20
EVIDENCE_SIZE = 192 << 20
"""Room for the memory of a machine of 128 MiB, and for what else is copied."""
LABELS = {Medium.KIT: "KIT", Medium.EVIDENCE: "EVIDENCE"}
IDENTITY = "5a1b8bd4-6b1e-4f5e-9a54-0d6d0c1f2a{:02x}"
"""UUIDs of the two file systems, and seeds of their hashes."""
FEATURES = "none,extent,filetype,sparse_super,large_file,flex_bg,extra_isize,dir_nlink"
"""No journal: what is written lies in one place, and a medium that is pulled out early shows it. No index of folders
and no sums: the reader on our side needs neither.
"""
CONFIGURATION = "[defaults]\n[fs_types]\n ext4 = {\n }\n small = {\n }\n floppy = {\n }\n"
LEVEL = 19
"""Of the compression. Its window, which an installation needs as memory, is 8 MiB."""
NAME = "linux"


def make(kits: Path, say: Say, *, replace: bool = False) -> Kit:
    """Make the kit for Linux machines and put it into a folder of kits.

    Args:
        kits: the folder; the kit's own folder in it is called ``linux``.
        say: told each step.
        replace: whether a kit that lies there may be replaced.

    Raises:
        Conflict: one lies there, and nothing may be replaced.
        DomainError: a program is missing or failed; the message says what to install.
    """
    if (kits / NAME).exists() and not replace:
        raise Conflict(f"{kits / NAME} is there already: say --replace")
    with tempfile.TemporaryDirectory(prefix="engram-kit-") as temporary:
        work, folder = Path(temporary), Path(temporary) / NAME
        folder.mkdir()
        say("compiling the programs of the kit")
        files = contents.files()
        say("making the images of the media")
        archive = work / "files.tar"
        archive.write_bytes(_tar(files))
        kit = Kit(
            name=NAME,
            title="A responder's kit for Linux machines on x86-64",
            version=contents.VERSION,
            made_by="Engram forge 2, python app.py forge kit",
            sources=contents.digest_of_sources(),
            media={
                Medium.KIT: _image(work, folder, Medium.KIT, KIT_SIZE, archive),
                Medium.EVIDENCE: _image(work, folder, Medium.EVIDENCE, EVIDENCE_SIZE, None),
            },
            inside={path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())},
            licences=(*licences.of_programs({"busybox-static", "libc6"}, ()), licences.ours()),
        )
        write_manifest(folder, kit)
        kits.mkdir(parents=True, exist_ok=True)
        put((folder, kits / NAME), replace=replace)
    return kit


def _image(work: Path, folder: Path, medium: Medium, size: int, archive: Path | None) -> Image:
    """Make the file system of a medium, and pack it into the kit's folder."""
    raw, packed = work / f"{medium}.ext4", folder / f"{medium}.ext4.zst"
    number = list(Medium).index(medium)
    identity, seed = IDENTITY.format(number), IDENTITY.format(number + 16)
    (work / "mke2fs.conf").write_text(CONFIGURATION, encoding="ascii")
    command = [
        "mke2fs",
        "-q",
        "-F",
        "-t",
        "ext4",
        "-b",
        str(BLOCK),
        "-I",
        "256",
        "-N",
        "1024",
        "-m",
        "0",
        "-O",
        FEATURES,
    ]
    command += ["-L", LABELS[medium], "-U", identity]
    command += ["-E", f"hash_seed={seed},root_owner=0:0,lazy_itable_init=0,nodiscard"]
    command += ["-d", str(archive)] if archive else []
    variables = {"SOURCE_DATE_EPOCH": str(PACKAGED), "MKE2FS_CONFIG": str(work / "mke2fs.conf")}
    contents.run([*command, str(raw), f"{size >> 10}k"], "e2fsprogs (and libarchive13t64)", more=variables)
    with raw.open("rb") as source, packed.open("wb") as out:
        zstandard.ZstdCompressor(level=LEVEL).copy_stream(source, out, size=size)
    whole = pack.part_of(raw)
    return Image(label=LABELS[medium], packed=pack.part_of(packed), size=whole.size, sha256=whole.sha256)


def _tar(files: dict[str, bytes]) -> bytes:
    """The files of the kit medium, owned by root and dated alike, with the links to BusyBox."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in (".", "bin"):
            tar.addfile(_entry(name, tarfile.DIRTYPE, 0o755))
        for path, content in sorted(files.items()):
            entry = _entry(path, tarfile.REGTYPE, 0o755 if path.startswith("bin/") else 0o644)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        for name in contents.APPLETS:
            entry = _entry(f"bin/{name}", tarfile.SYMTYPE, 0o777)
            entry.linkname = "busybox"
            tar.addfile(entry)
    return out.getvalue()


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, PACKAGED
    return entry
