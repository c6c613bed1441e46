"""The symbol files of an exhibit, held against what was registered."""

import hashlib
from pathlib import Path

from training.errors import Damaged
from training.evidence.models import Exhibit
from training.forge import pack
from training.sentence import phrase


def check(folder: Path, exhibit: Exhibit) -> None:
    """Hold the symbol files against the exhibit: one, and of Windows a second one for the network driver.

    Raises:
        Damaged: there are others, or more of them.
    """
    files, most = sorted((folder / "symbols" / exhibit.os).glob("*.json.xz")), 2 if exhibit.os == "windows" else 1
    if not 1 <= len(files) <= most:
        where = str(folder / "symbols")
        raise Damaged(phrase("%(folder)s: holds %(n)s symbol files, expected one", folder=where, n=len(files)))
    if len(files) == 1:
        pack.verify(files[0], exhibit.symbols_sha256)
    elif (found := pack.together({each.name: digest(each) for each in files})) != exhibit.symbols_sha256:
        where = str(folder / "symbols")
        about = {"file": where, "wanted": exhibit.symbols_sha256, "found": found}
        raise Damaged(phrase("%(file)s: expected SHA-256 %(wanted)s, found %(found)s", **about))


def digest(path: Path) -> str:
    """The SHA-256 of a small file; of one that can't be read words that no digest is equal to."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "nothing: the file can't be read"
