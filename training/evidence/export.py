"""An exhibit for use outside the platform: image, symbols and record, as any copy of Volatility 3 reads them."""

import hashlib
import shutil
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from training.errors import Conflict
from training.forge import pack
from training.forge.linux import lime
from training.forge.pack import Manifest
from training.sentence import phrase

Format = Literal["raw", "lime"]
README = "README.txt"
FIRST_PLUGIN = {"linux": "linux.pslist", "windows": "windows.pslist"}
WIDTH = 100


def export(folder: Path, into: Path, form: Format, progress: Callable[[int, int], None] = pack.nothing) -> Path:
    """Lay out the exhibit of a pack in a new folder, all of it or nothing; the path of its image.

    The truth is left out: it holds the answers. Image and symbols are checked against the manifest while they are
    unpacked.

    Args:
        folder: the pack.
        into: the folder to make; an empty one may be there.
        form: ``raw`` is physical memory from address 0, ``lime`` its ranges of RAM, each with a header.
        progress: called with bytes of the raw image written and in all.

    Raises:
        Conflict: something lies there already.
        Damaged: the pack is not what its manifest says.
        Refused: it is a base, and no exhibit.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Conflict(phrase("%(folder)s exists and is not an empty folder; name another", folder=str(into)))
    manifest = pack.read(folder)
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=into.parent) as space:
        work = Path(space) / into.name
        raw = pack.unpack(folder, work, progress)
        (work / pack.TRUTH).unlink()
        image = work / f"image.{form}"  # as the acquisition record names it
        if form == "lime":
            lime.write(raw, manifest.ram or ((0, manifest.size - 1),), image)
            raw.unlink()
            image.chmod(0o444)
        (work / README).write_text(_readme(manifest, image, form), "utf-8")
        if into.exists():
            into.rmdir()
        shutil.move(work, into)
    return into / image.name


def _readme(manifest: Manifest, image: Path, form: Format) -> str:
    digest = manifest.sha256
    if form == "lime":
        with image.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    about = [f"{manifest.title} ({manifest.name})", manifest.origin]
    if form == "lime":
        about.append(
            "The image is in the LiME format: the ranges of RAM with a header each. The record names the digest of the "
            f"same memory in raw form, {manifest.sha256}; 'python app.py exhibit export' writes that form too."
        )
    use = [
        "How to examine it with Volatility 3 (https://github.com/volatilityfoundation/volatility3), in this folder:",
        f"    vol --offline -s symbols -f {image.name} {FIRST_PLUGIN[manifest.os]}",
        f"    sha256sum {image.name}",
        f"must print {digest}",
        "record.txt is the acquisition record, whose lines findings cite.",
        "symbols/ holds the types and addresses of this very kernel, so that nothing has to be fetched.",
    ]
    inside = [
        f"    {one.component} {one.version}, {one.licence}; source: {one.source_package} {one.source_version}"
        for one in manifest.licences
    ]
    return (
        "\n\n".join(
            [*map(_wrapped, [*about, *use]), "\n".join(["The image holds, each under its own licence:", *inside])]
        ).strip()
        + "\n"
    )


def _wrapped(text: str) -> str:
    return text if text.startswith(" ") else textwrap.fill(text, WIDTH, break_long_words=False)
