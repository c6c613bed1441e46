"""What live work stands on: where machines, snapshots and records lie, and who starts and finds machines.

Services see machines through `Guests` and `Guest` alone. `Qemu` is what an installation runs; the many tests of
services hand in machines of their own.
"""

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from training.errors import DomainError
from training.machines.guest import enclosure, guest, memory, rooms
from training.machines.guest import snapshot as snapshots
from training.machines.guest.ending import Ended
from training.machines.guest.limits import Limits
from training.machines.guest.memory import Dumped
from training.machines.guest.stage import Kind
from training.settings import Settings

if TYPE_CHECKING:
    from training.forge.scenario import Scenario

RECORDS = "responses"
"""Folder of what stays of responses."""


class Guest(Protocol):
    """A machine, running or ended, as services need it. `training.machines.guest` says what each can raise."""

    @property
    def running(self) -> bool: ...  # noqa: D102 - said there, as all of these
    @property
    def ended(self) -> Ended | None: ...  # noqa: D102
    @property
    def level(self) -> str: ...  # noqa: D102
    @property
    def console_size(self) -> int: ...  # noqa: D102
    def console(self, offset: int, most: int) -> bytes: ...  # noqa: D102
    def type(self, data: bytes) -> None: ...  # noqa: D102
    def order(self, *words: str) -> str: ...  # noqa: D102
    def account(self, kind: Kind, about: Iterable[str] = ()) -> list[str]: ...  # noqa: D102
    def plug(self, name: str, image: Path, serial: str, *, read_only: bool, failing: bool = False) -> None: ...  # noqa: D102
    def unplug(self, name: str) -> None: ...  # noqa: D102
    def dump(self, target: Path) -> Dumped: ...  # noqa: D102
    def stop(self, why: str = "stopped") -> None: ...  # noqa: D102
    def clear(self) -> None: ...  # noqa: D102


class Guests(Protocol):
    """Who starts machines, finds them again, and ends those that nobody works at."""

    def available(self) -> None:
        """Return if machines can run here. Raises MachineFault, which says what is missing."""

    def ready(self, snapshot: Path) -> None:
        """Return if a snapshot can be brought to life. Raises NotThere, Refused or MachineFault where it can't be."""

    def prepare(self, settings: Settings, here: "Range", lab: str, letter: str) -> None:
        """Make the snapshot of one variant; about a minute. Raises DomainError."""

    def start(self, snapshot: Path, folder: Path, limits: Limits, group: str) -> Guest:
        """Bring a snapshot to life, in the quota of a group.

        Raises:
            NotThere: there is no such snapshot; Refused: another QEMU made it.
            TooMany: the server or the group is full; MachineFault: QEMU is missing, or did not start.
        """

    def attach(self, folder: Path) -> Guest:
        """The machine that was started in a folder, running or not. Raises NotThere where none ever was."""

    def reap(self, folder: Path, limits: Limits) -> None:
        """End the machines below a folder that nobody has worked at for long."""

    def displaced(self, image: Path, snapshot: Path) -> int:
        """Pages of an image that differ from the memory at the arrival."""


class Qemu:
    """Machines in QEMU."""

    def available(self) -> None:
        """See `Guests`."""
        enclosure.available()

    def ready(self, snapshot: Path) -> None:
        """See `Guests`."""
        snapshots.snapshot(snapshot)

    def prepare(self, settings: Settings, here: "Range", lab: str, letter: str) -> None:
        """See `Guests`."""
        from training.machines.service import preparing  # noqa: PLC0415 - only who prepares needs the forge

        preparing.prepare(settings, here, lab, _unheard, [letter])

    def start(self, snapshot: Path, folder: Path, limits: Limits, group: str) -> Guest:
        """See `Guests`."""
        return guest.Guest.start(snapshots.snapshot(snapshot), folder, limits, group=group)

    def attach(self, folder: Path) -> Guest:
        """See `Guests`."""
        return guest.Guest.attach(folder)

    def reap(self, folder: Path, limits: Limits) -> None:
        """See `Guests`."""
        rooms.reap(folder, limits)

    def displaced(self, image: Path, snapshot: Path) -> int:
        """See `Guests`."""
        return memory.displaced(image, snapshots.snapshot(snapshot).arrival)


def _unheard(_text: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Range:
    """The training range of an installation: where everything lies, and how much there may be of it.

    Attributes:
        instance: folder of the installation.
        exhibits: folder of the packs, with the bases.
        limits: of machines.
        guests: who starts and finds machines.
    """

    instance: Path
    exhibits: Path
    limits: Limits
    guests: Guests

    @classmethod
    def of(cls, settings: Settings) -> "Range":
        """As an installation is set."""
        limits = Limits(
            at_once=settings.machines_at_once,
            of_group=settings.machines_per_session,
            idle_minutes=settings.machine_idle_minutes,
            longest_minutes=settings.machine_longest_minutes,
        )
        return cls(settings.instance, settings.labs / "exhibits", limits, Qemu())

    @property
    def snapshots(self) -> Path:
        """Folder of the saved states."""
        return self.instance / "snapshots"

    def snapshot(self, lab: str, variant: str) -> Path:
        """Folder of the saved state of one variant."""
        return self.snapshots / f"{lab}-{variant}"

    def base_file(self, lab: str, variant: str) -> Path:
        """Where the name of the base stands that a saved state was made on."""
        return self.snapshot(lab, variant).with_suffix(".base")

    def base(self, response: UUID) -> Path:
        """Folder of the pack whose kernel the machine of a response runs."""
        return self.exhibits / (self.record(response) / "base").read_text("utf-8").strip()

    def keep_plan(self, lab: str, response: UUID, variant: str) -> None:
        """Keep with the record what the machine of a response is: a saved state may be made anew meanwhile."""
        shutil.copyfile(self.snapshot(lab, variant) / "plan.json", self.record(response) / "plan.json")
        shutil.copyfile(self.base_file(lab, variant), self.record(response) / "base")

    def planned(self, response: UUID) -> bool:
        """Whether that is known: not of a machine that never ran, or ran where a session was carried from."""
        return (self.instance / RECORDS / str(response) / "plan.json").is_file()

    def plan(self, response: UUID) -> "Scenario":
        """What the machine of a response is, with everything drawn, as it was when it was started."""
        from training.forge.scenario import Scenario  # noqa: PLC0415 - much code, for those who look at live work alone

        return Scenario.model_validate_json((self.record(response) / "plan.json").read_bytes())

    def prepared(self, lab: str, variant: str) -> bool:
        """Whether that state was made here."""
        return (self.snapshot(lab, variant) / "about.json").is_file()

    def ready(self, lab: str, variant: str) -> bool:
        """Whether a machine can be started from that state: this QEMU made it, and it has a base beside it."""
        try:
            self.guests.ready(self.snapshot(lab, variant))
        except DomainError:
            return False
        return self.base_file(lab, variant).is_file()

    @property
    def machines(self) -> Path:
        """Folder of all running machines."""
        return self.instance / "machines"

    def machine(self, response: UUID) -> Path:
        """Folder of a running machine: sockets, console, media that are plugged."""
        return self.machines / str(response)

    def record(self, response: UUID) -> Path:
        """Folder of what stays of a response: its console, its media, what the machine wrote down about itself."""
        folder = self.instance / RECORDS / str(response)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @contextmanager
    def alone(self, response: UUID) -> Iterator[None]:
        """Hold a machine against all others who want to do something to it, in any process."""
        with self._held(response, "lock"):
            yield

    @contextmanager
    def finishing(self, response: UUID) -> Iterator[None]:
        """Hold the end of a hand-over, which takes seconds: the page and the round of the first process both go on with
        it. Within it `alone` may be held.
        """
        with self._held(response, "finishing.lock"):
            yield

    @contextmanager
    def _held(self, response: UUID, name: str) -> Iterator[None]:
        with (self.record(response) / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
