"""Snapshots: saved running states of variants, made on this installation by its own QEMU.

A state fits the version of QEMU that wrote it, so none comes with the program. It holds the machine at the arrival of
the responder, from where each trainee's machine goes on. `preparing` makes them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import NotThere, Refused
from training.machines.guest import parts
from training.sentence import phrase

ABOUT = "about.json"
ARRIVAL = "arrival.raw.zst"
MEMORY = "memory"
FORMAT = 2
MISSING = phrase(
    "This machine was not prepared on this server yet. Whoever runs the server does that with: "
    "python app.py machines prepare"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A saved running state of one variant.

    folder: holds ``state`` (QEMU's migration stream without the memory), ``memory`` (what machines map), ``initrd``,
    ``kernel``, ``plan.json``, ``arrival.raw.zst`` (the same memory as it is read from outside) and ``about.json``; all
    read-only, and never changed in place: machines have it mapped. lab, variant: of the scenario. memory: MiB.
    qemu: the version that made it. key: SHA-256 over all that it follows from.
    """

    folder: Path
    lab: str
    variant: str
    memory: int
    qemu: str
    key: str

    @property
    def arrival(self) -> Path:
        """The memory at arrival, packed by zstd."""
        return self.folder / ARRIVAL


def snapshot(folder: Path) -> Snapshot:
    """The snapshot in a folder.

    Raises:
        NotThere: there is none.
        Refused: another version of QEMU made it, or another version of this program.
    """
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotThere(MISSING) from error
    lab, made, here = str(about.get("lab")), str(about.get("qemu")), parts.version()
    if made != here:
        raise Refused(
            phrase(
                "QEMU %(made)s prepared this machine, and %(here)s runs here. Whoever runs the server prepares it "
                "again with: python app.py machines prepare %(lab)s",
                made=made,
                here=here,
                lab=lab,
            )
        )
    if (about.get("format"), about.get("parts")) != (FORMAT, [*parts.BOARD, *parts.PARTS]):
        raise Refused(
            phrase(
                "Another version of this program prepared this machine. Whoever runs the server prepares it again "
                "with: python app.py machines prepare %(lab)s",
                lab=lab,
            )
        )
    return Snapshot(folder, lab, about["variant"], about["memory"], made, about["key"])
