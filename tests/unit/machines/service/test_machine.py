"""The use cases of live work at a real machine: begin, type, carry, acquire in both ways, hand over, analyse."""

import hashlib
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from tests.conftest import Clock, People
from tests.machines_place import Machines, first_response
from tests.unit.machines.service.conftest import Scene
from training.content import service as content
from training.errors import DomainError
from training.evidence import service as evidence
from training.labs.models import Attempt
from training.labs.service import reasons
from training.machines.guest.rooms import room
from training.machines.models import Acquisition, Entry, Response
from training.machines.ranges import Range
from training.machines.service import acquiring, console, handing, keeping, noting, responses, sealing
from training.personal.service import asking
from training.personal.service.asking import Wish
from training.settings import ROOT, Settings
from training.store import Store, new_id

pytestmark = [pytest.mark.any_database, pytest.mark.machine, pytest.mark.enable_socket, pytest.mark.long]

LAB = "first-response"
SLOW = 120.0


class Real(Scene):
    """At a machine that runs by itself, in our time."""

    def line(self, response: UUID, line: str) -> tuple[Entry, bytes]:
        """Type a line, and wait for its end."""
        with self.store.writing() as session:
            entry = console.write(
                session, self.here, responses.get(session, response), line, str(new_id()), self.clock()
            )
        assert entry
        console.send(self.here, entry)
        until = time.monotonic() + SLOW
        while time.monotonic() < until:
            console.wait(self.here, entry, 0.5)
            self.settle(response)
            with self.store.reading() as session:
                row = session.get_one(Response, response)
                found = console.entry(session, row, entry.number)
            if found.stop is not None:
                return found, b"".join(console.pieces(self.here, row, found.start, found.stop))
        pytest.fail(f"{line} has not ended")

    def carry(self, response: UUID, number: int, act: str) -> None:
        self.do(response, lambda session, it: noting.carry(session, it, number, act, self.clock()))
        with self.store.reading() as session:
            medium = noting.media(session, session.get_one(Response, response))[number - 1]
        assert medium.plugged == (act == "plug")

    def images(self, response: UUID) -> list[Acquisition]:
        with self.store.reading() as session:
            return acquiring.of(session, response)


@pytest.fixture
def real(settings: Settings, store: Store, people: People, shared: Path) -> Iterator[Real]:
    def now() -> datetime:
        return datetime.now(UTC)

    shutil.copytree(first_response(shared), settings.instance / "snapshots", copy_function=shutil.copyfile)
    with store.writing() as session:
        content.publish(session, settings.instance, "lab", ROOT / "labs" / LAB, lambda _folder: (), now())
    here = Range.of(settings)
    yield Real(store, settings, here, Machines(now), people, cast("Clock", now), LAB)
    for guest in room(here.machines):
        with suppress(DomainError):
            guest.stop()


def fails(real: Real, response: UUID) -> None:
    """The first evidence medium of this lab fails on purpose, and nobody says that an image was acquired."""
    failed, output = real.line(response, "/mnt/kit/bin/acquire /mnt/evid/memory.lime")
    assert failed.exit == 1
    assert b"The file is partial" in output
    assert b"acquired" not in output
    assert real.images(response) == []
    real.line(response, "umount /mnt/evid")
    real.carry(response, 2, "unplug")


def handed(real: Real, response: UUID) -> UUID:
    """Hand the first image over, which the page and the round of the first process finish at once."""
    with real.store.writing() as session:
        handing.seal(session, real.here, responses.get(session, response), 1, "One image.", real.clock())
    with ThreadPoolExecutor(2) as both:
        given = (real.store, real.settings, real.here, response, real.clock)
        attempt, same = both.map(lambda _: handing.finish(*given), range(2))
    assert attempt == same, real.images(response)[0].fault
    assert attempt is not None, real.images(response)[0].fault
    return attempt


def test_from_the_authority_to_an_attempt_on_the_own_image(real: Real) -> None:
    response = real.begin()
    entry, output = real.line(response, "sleep 1; printf 'one\\ntwo'; exit_with() { return 3; }; exit_with")
    assert (output, entry.exit) == (b"one\ntwo", 3)
    assert entry.sha256 == hashlib.sha256(output).hexdigest()
    assert entry.seconds is not None
    assert 0.9 < entry.seconds < SLOW
    row = real.response(response)
    assert row.level in {"user", "namespace", "plain"}

    real.carry(response, 1, "plug")
    real.carry(response, 2, "plug")
    until = time.monotonic() + SLOW
    while real.line(response, "mount /mnt/kit && mount /mnt/evid")[0].exit and time.monotonic() < until:
        time.sleep(1)  # the kernel finds a disk within a second or two
    fails(real, response)
    real.carry(response, 3, "plug")
    while real.line(response, "mount /mnt/evid")[0].exit and time.monotonic() < until:
        time.sleep(1)
    _, output = real.line(response, "/mnt/kit/bin/acquire /mnt/evid/memory.lime")
    assert re.search(rb"^acquired /mnt/evid/memory\.lime \d+ [0-9a-f]{64}$", output, re.MULTILINE), output
    real.settle(response)
    (inside,) = real.images(response)
    assert (inside.way, inside.truth, inside.medium) == ("inside", True, 3)
    real.line(response, "umount /mnt/evid /mnt/kit")
    for number in (1, 3):
        real.carry(response, number, "unplug")
    acquiring.receive(real.store, real.here, response, 1)
    real.do(response, lambda session, it: acquiring.outside(session, it, real.clock()))
    acquiring.take(real.store, real.here, response, real.clock)
    inside, outside = real.images(response)
    assert inside.received == inside.sha256
    assert (outside.way, outside.truth, outside.size) == ("outside", True, 128 << 20)
    assert int((acquiring.folder_of(real.here, outside) / acquiring.DISPLACED).read_text()) > 100
    assert any(line["kind"] == "started" for line in acquiring.lines_of(real.here, outside, "footprint"))

    def decide(session: object, it: Response) -> None:
        scene = responses.situation(responses.lab_of(session, real.here, it))  # type: ignore[arg-type]
        for fork in scene.forks:
            noting.decide(session, it, fork, fork.options[0].id, "It tells more.", real.clock())  # type: ignore[arg-type]

    real.do(response, decide)
    attempt = handed(real, response)
    with real.store.reading() as session:
        exhibit = evidence.get(session, session.get_one(Attempt, attempt).exhibit)
        assert sealing.sound(session, session.get_one(Response, response))
        read = {one.question: one.value.rpartition(": ")[2] for one in reasons.of(session, attempt)}
        assert read == {"decision_1": "It tells more."}
    inside = real.images(response)[0]
    assert (inside.exhibit, inside.fault, room(real.here.machines)) == (exhibit.sha256, "", [])
    kept = {path.name for path in real.here.record(response).iterdir()}
    assert {"console", "plan.json", "image-1", "image-2"} <= kept
    assert not [name for name in kept if name.startswith("medium-")]


def test_erasing_whoever_sits_at_a_machine_ends_it_and_leaves_nothing(real: Real) -> None:
    response, mark = real.begin(), b"XERASEMARKconsole"
    real.line(response, f"echo {mark.decode()}")
    guest = real.here.guests.attach(real.here.machine(response))
    assert guest.running
    with real.store.writing() as session:
        person = real.people["trainee"]
        erasure = asking.ask(session, person, person, Wish(days=0), real.clock()).id
    asking.carry_out(real.store, real.settings, erasure, real.clock(), at_once=True)
    assert room(real.here.machines) == []
    keeping.go_round(real.store, real.settings, real.here, real.clock)
    files = [path for path in real.settings.instance.rglob("*") if path.is_file() and "snapshots" not in path.parts]
    if real.store.is_sqlite:
        assert [path for path in files if mark in path.read_bytes()] == []
    assert real.response(response).state == "ended"
