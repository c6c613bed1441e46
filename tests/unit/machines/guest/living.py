"""A machine that lives: saved once for all tests of a run, from the committed base and a console of root."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import BASE
from tests.runwide import made_once
from tests.unit.forge.linux.small_machine import EARLIER, WHOLE
from training.forge.build import ground
from training.forge.scenario import Scenario
from training.machines.guest import preparing
from training.machines.guest.ending import Ended
from training.machines.guest.guest import Guest
from training.machines.guest.limits import Limits
from training.machines.guest.snapshot import Snapshot, snapshot

CONSOLE = r"""#!/bin/sh
stty -F /dev/ttyS0 raw -echo isig icanon -onlcr icrnl
export HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin PS1='\u@\h:\w\$ '
export PROMPT_COMMAND='printf "\033]133;D;%s;%s\007" "$?" "$EPOCHREALTIME"'
cd /root
exec setsid -c bash --noediting -i < /dev/ttyS0 > /dev/ttyS0 2>&1
"""
MARK = re.compile(rb"\x1b\]133;D;([0-9]+);[0-9.]+\x07")
LIMITS = Limits(at_once=8, longest_minutes=20, console_bytes=1 << 20)

Start = Callable[..., Guest]


def plan() -> Scenario:
    """A machine of 128 MiB that plays nothing, with a console."""
    kept = {name: WHOLE[name] for name in ("scenario", "title", "seed", "number", "drawn", "machine", "play", "record")}
    return Scenario.model_validate(
        {
            **kept,
            "name": "a-range",
            "accounts": [{"name": "root", "uid": 0, "home": "/root", "shell": "/bin/bash"}],
            "setup": ["mkdir -p /mnt/kit /mnt/evid"],
            "services": ["/opt/console"],
            "files": [{"path": "/opt/console", "modified": EARLIER, "mode": "755", "text": CONSOLE}],
        }
    )


def _made(folder: Path) -> None:
    with ground(BASE) as base:
        preparing.prepare(plan(), base, folder, lambda _: None)


@pytest.fixture(scope="session")
def saved(shared: Path) -> Snapshot:
    """The snapshot, made by the first process of a run that asks for it."""
    return snapshot(made_once(shared / "saved-machine", _made))


@pytest.fixture
def start(saved: Snapshot, tmp_path: Path) -> Iterator[Start]:
    """Starts machines by name, all of which end with the test."""
    started: list[Guest] = []

    def one(name: str = "one", limits: Limits = LIMITS, **more: str) -> Guest:
        guest = Guest.start(saved, tmp_path / "machines" / name, limits, **more)
        started.append(guest)
        return guest

    yield one
    for each in started:
        each.stop()


def said(guest: Guest, line: str, *, seconds: float = 120, code: int | None = 0) -> str:
    """Type a line; what it printed until the next prompt's mark, which has to tell the code."""
    begun, offset = time.monotonic(), guest.console_size
    guest.type(f"{line}\n".encode())
    while not (found := MARK.search(got := guest.console(offset, 1 << 20))):
        assert time.monotonic() - begun < seconds, (line, got[-500:])
        time.sleep(0.01)
    assert code is None or int(found[1]) == code, (line, got)
    text = got[: found.start()].decode("utf-8", "replace")
    return text.partition("# ")[2] if text.startswith("root@") else text  # the prompt may come after the line was typed


def end_of(guest: Guest) -> Ended:
    """Why a machine ended, which it has."""
    found = guest.ended
    assert found
    assert not guest.running
    return found


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until something holds."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)
