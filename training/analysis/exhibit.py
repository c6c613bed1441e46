"""What the analysis needs to know of an exhibit; the evidence room provides it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class ExhibitKey(Protocol):
    """An exhibit by the hashes of what a run reads: enough to ask for a run, before anything is opened."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the image, 64 hexadecimal digits."""

    @property
    def symbols_sha256(self) -> str:
        """SHA-256 of the symbol file."""


@dataclass(frozen=True, slots=True)
class ExhibitFiles:
    """An exhibit that was just verified. `symbols` is a folder with `<os>/<name>.json.xz` and nothing else."""

    sha256: str
    symbols_sha256: str
    image: Path
    symbols: Path
    os: str


OpenExhibit = Callable[[str], ExhibitFiles]
"""From the SHA-256 of an image to its files, verified at that moment. Raises Damaged with both hashes, or NotThere."""
