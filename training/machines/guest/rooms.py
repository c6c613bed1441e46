"""All machines of this installation: which there are, and the end of those that nobody works at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from training.machines.guest import limits as capacity
from training.machines.guest.guest import ABOUT, Guest
from training.machines.guest.limits import Limits


def room(folder: Path) -> list[Guest]:
    """The machines of a folder, running and ended, by the names of their folders."""
    return [Guest(each.parent) for each in sorted(folder.glob(f"*/{ABOUT}"))]


def free(folder: Path, memory: int, limits: Limits) -> int:
    """How many more machines of so many MiB could be started now."""
    running = sum(each.running for each in room(folder))
    return max(0, min(capacity.most(limits) - running, capacity.fitting(memory, running)))


def reap(folder: Path, limits: Limits, now: datetime | None = None) -> list[Guest]:
    """End the machines that nobody has worked at for long; answers those that it ended. What lives too long or floods
    is ended by its own keeper. Whoever serves calls this now and then; two at once do no harm.
    """
    late = (now or datetime.now(UTC)) - timedelta(minutes=limits.idle_minutes)
    ended = []
    for guest in room(folder):
        if guest.running and guest.used < late:
            guest.stop("idle")
            ended.append(guest)
    return ended
