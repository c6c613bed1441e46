"""A live lab and machines that are no machines: what most tests of live work need. A few use real ones (marked so).

They lie in files as the real ones do, so that they are found again by another process, and print what a test lays down.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from tests.runwide import made_once
from training.content import service as content
from training.errors import NotThere, TooMany
from training.forge.linux.machine import MachineFault
from training.labs import reader
from training.labs.models import Assignment
from training.machines.guest.ending import Ended
from training.machines.guest.limits import Limits
from training.machines.guest.memory import Dumped
from training.machines.models import Acquisition, Decision, Entry, Form, Happening, Medium, Remark, Response
from training.machines.ranges import Range
from training.machines.service import sealing
from training.sentence import phrase
from training.settings import ROOT, Settings
from training.store import Store

SOURCE, LAB = "finance-workstation", "first-look"
"""The lab that a live one is made of, and the name of that."""
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
AHEAD = -5_400.0
"""Seconds from UTC to the machine's own clock."""
LIVE = """\
kind: live
live:
  variants: [a, b]
  seed: 1
  minutes: 20
  failing: true
  authority: [Ada Lind consented in writing to the examination of the workstation.]
  limits: [The share with the wages is not covered.]
  people: ['Mira Castellan, who called.']
  on_call: [courier]
  forks:
    - id: link
      ask: What becomes of the link?
      needed: true
      options:
        - {id: leave, text: It stays as it is., does: link leave}
        - {id: cut, text: It is cut., does: link cut}
    - id: help
      ask: Is a specialist called?
      options: [{id: call, text: Yes.}, {id: alone, text: 'No, I go on alone.'}]
"""
PROMPT = b"root@ws-14:~# "


def _set() -> Event:
    made = Event()
    made.set()
    return made


def lay_down(snapshot: Path) -> None:
    """What stands for a saved state of a variant."""
    snapshot.mkdir(parents=True)
    shutil.copyfile(PACK / "plan.json", snapshot / "plan.json")
    (snapshot / "about.json").write_text("{}")
    snapshot.with_suffix(".base").write_text("debian-6.12.118-cloud")


@dataclass
class Machines:
    """Machines in files: `answers` says what a line prints and how it ends; every other line prints itself.

    Attributes:
        now: what their clocks show, less `AHEAD`; a test's own clock.
        silent: whether the range says nothing any more.
        most: how many may run.
        missing: which program machines need and there is not.
        may_prepare: set while snapshots may be made; else whoever makes one waits.
        prepared: letters of which snapshots were made, in order.
        orders: what the range was told, by machine, in order.
    """

    now: Any
    answers: dict[str, tuple[bytes, int] | None] = field(default_factory=dict)
    silent: bool = False
    most: int = 30
    fault: str = ""
    missing: str = ""
    may_prepare: Event = field(default_factory=_set)
    prepared: list[str] = field(default_factory=list)
    orders: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, list[str]] = field(default_factory=dict)
    memory: bytes = b"\x01" * 4096

    def available(self) -> None:
        if self.missing:
            raise MachineFault(self.missing)

    def ready(self, snapshot: Path) -> None:
        self.available()
        if not (snapshot / "about.json").is_file():
            raise NotThere(f"no snapshot in {snapshot}")

    def prepare(self, settings: Settings, here: Range, lab: str, letter: str) -> None:
        del settings
        if not self.may_prepare.wait(20) or self.fault:
            raise MachineFault(self.fault or "nobody let it be prepared")
        self.prepared.append(letter)
        lay_down(here.snapshot(lab, letter))

    def start(self, snapshot: Path, folder: Path, limits: Limits, group: str) -> "Played":
        del limits, group
        if not (snapshot / "plan.json").is_file():
            raise NotThere(f"no snapshot in {snapshot}")
        if self.fault:
            raise MachineFault(self.fault)
        if sum((one / "alive").exists() for one in folder.parent.glob("*")) >= self.most:
            raise TooMany("All machines of this server are in use.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "alive").touch()
        (folder / "console.out").touch()
        return Played(folder, self)

    def attach(self, folder: Path) -> "Played":
        if not (folder / "console.out").is_file():
            raise NotThere("no machine")
        return Played(folder, self)

    def reap(self, folder: Path, limits: Limits) -> None:
        del folder, limits

    def displaced(self, image: Path, snapshot: Path) -> int:
        del image, snapshot
        return 7


@dataclass
class Played:
    """One of them."""

    folder: Path
    made: Machines

    @property
    def running(self) -> bool:
        return (self.folder / "alive").exists()

    @property
    def ended(self) -> Ended | None:
        return None if self.running else Ended("powered off")

    level = "plain"

    @property
    def console_size(self) -> int:
        return (self.folder / "console.out").stat().st_size

    def console(self, offset: int, most: int) -> bytes:
        return (self.folder / "console.out").read_bytes()[offset : offset + most]

    def prints(self, data: bytes) -> None:
        with (self.folder / "console.out").open("ab") as file:
            file.write(data)

    def ends(self, code: int = 0) -> None:
        """The shell says that a command has ended, and prompts."""
        clock = self.made.now().timestamp() + AHEAD
        self.prints(f"\x1b]133;D;{code};{clock:.6f}\x07".encode() + PROMPT)

    def type(self, data: bytes) -> None:
        if not self.running:
            raise MachineFault("the machine has ended: nothing can be typed")
        if data == b"\x03":
            self.prints(b"^C\r\n")
            self.ends(130)
            return
        for line in data.decode().splitlines():
            answer = self.made.answers.get(line, (f"{line}\n".encode() if line else b"", 0))
            if answer is not None:  # None: it runs on
                self.prints(answer[0])
                self.ends(answer[1])

    def order(self, *words: str) -> str:
        if self.made.silent:
            raise MachineFault("the machine's second serial line said nothing in time")
        if words == ("clock",):
            return f"{self.made.now().timestamp() + AHEAD:.9f}"
        self.made.orders.setdefault(self.folder.name, []).append(" ".join(words))
        return ""

    def account(self, kind: str, about: Iterable[str] = ()) -> list[str]:
        del about
        if self.made.silent:
            raise MachineFault("the machine's second serial line said nothing in time")
        return self.made.accounts.get(kind, ['{"kind": "end"}'])

    def plug(self, name: str, image: Path, serial: str, *, read_only: bool, failing: bool = False) -> None:
        if self._media().get(name):
            raise MachineFault(f"{name} is plugged in already")
        self._keep(self._media() | {name: [str(image), serial, read_only, failing]})

    def unplug(self, name: str) -> None:
        if not self._media().get(name):
            raise MachineFault(f"no {name} is plugged in")
        self._keep({one: what for one, what in self._media().items() if one != name})

    def _media(self) -> dict[str, Any]:
        file = self.folder / "media.json"
        found: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
        return found

    def _keep(self, media: dict[str, Any]) -> None:
        (self.folder / "media.json").write_text(json.dumps(media))

    def dump(self, target: Path) -> Dumped:
        target.write_bytes(self.made.memory)
        now = datetime.now(UTC)
        return Dumped(hashlib.sha256(self.made.memory).hexdigest(), len(self.made.memory), now, now, 0.4)

    def stop(self, why: str = "stopped") -> None:
        del why
        (self.folder / "alive").unlink(missing_ok=True)

    def clear(self) -> None:
        shutil.rmtree(self.folder)


def live_lab(settings: Settings, store: Store, folder: Path, now: datetime) -> None:
    """Publish a live lab, and lay down what stands for the saved states of its variants."""
    target = folder / "live" / LAB
    shutil.copytree(ROOT / "labs" / SOURCE, target, ignore=shutil.ignore_patterns("keys"))
    for each in (target / "materials").iterdir():
        each.rename(each.with_name(each.name.replace(SOURCE, LAB)))
    file = target / reader.FILE
    text = file.read_text("utf-8").replace(f"id: {SOURCE}\n", f"id: {LAB}\n", 1)
    file.write_text(re.sub(r"(?m)^exhibits: .*\n", LIVE, text), "utf-8")
    with store.writing() as session:
        content.publish(session, settings.instance, "lab", target, lambda _folder: (), now)
    for letter in "ab":
        lay_down(settings.instance / "snapshots" / f"{LAB}-{letter}")


def range_of(settings: Settings, machines: Machines) -> Range:
    """The training range on which these machines stand."""
    return Range(settings.instance, settings.labs / "exhibits", Limits(), machines)


def past_response(
    settings: Settings, store: Store, person: UUID, organisation: UUID, folder: Path, now: datetime
) -> UUID:
    """A response that has ended, with one command in its record."""
    live_lab(settings, store, folder, now)
    with store.writing() as session:
        given = {"state": "ended", "ended_at": now, "why": "Stopped."}
        made = put_response(session, settings, LAB, person, organisation, now, **given)
    range_of(settings, Machines(lambda: now)).keep_plan(LAB, made, "a")
    return made


def put_response(
    session: Session, settings: Settings, lab: str, person: UUID, organisation: UUID, now: datetime, **given: Any
) -> UUID:
    """Rows of a response with one command in its record, and its console; no machine runs."""
    values = {"variant": "a", "state": "live", "level": "plain", "range_offset": 0.0, "guest_offset": 0.0}
    values |= {"begun_at": now, "confirmed_at": now, "why": "", "settled": 5, "acts": 1, "seal": ""}
    release = content.get(session, "lab", lab).id
    made = Response(person_id=person, organisation_id=organisation, release_id=release, **(values | given))
    session.add(made)
    session.flush()
    digest = hashlib.sha256(b"line\n").hexdigest()
    entry = {"line": "cat it", "kind": "command", "at": now, "start": 0, "stop": 5, "exit": 0, "seconds": 0.1}
    session.add(Entry(response_id=made.id, number=1, sha256=digest, request_key="0" * 8, **entry))
    here = range_of(settings, Machines(lambda: now))
    here.record(made.id).joinpath("console").write_bytes(b"line\n")
    return made.id


def handed_response(
    session: Session, settings: Settings, set_as: Assignment, person: UUID, organisation: UUID, now: datetime
) -> UUID:
    """A response of an assignment with every kind of row in its record, sealed as a hand-over seals it."""
    given = {"assignment_id": set_as.id, "state": "ended", "ended_at": now, "why": "Handed over."}
    made = put_response(session, settings, set_as.lab, person, organisation, now, **given)
    of, at = {"response_id": made, "number": 1}, {"at": now + timedelta(microseconds=7)}
    event = {"wish": "link cut", "by": None, "done_at": now, "answer": "ok"}
    image = {"began_at": now, "ended_at": now, "paused": 0.4, "size": 4096, "sha256": "a" * 64, "truth": True}
    session.add_all(
        [
            Medium(**of, kind="kit", serial="KIT-0001", failing=False, plugged_at=now),
            Happening(**of, kind="decision", text=phrase("The link was %(what)s.", what="cut"), **event, **at),
            Happening(response_id=made, number=2, kind="stop", text="", **{**event, "wish": ""}, **at),
            Decision(**of, fork="link", choice="cut", reason="It \u0623 is being emptied.", **at),
            Form(**of, kind="scene", content={"screen": "on", "offset": "-60"}, clock_offset=-60.25, **at),
            Remark(**of, entry=1, text="one process\u2028fewer", **at),
            Acquisition(**of, way="outside", file="memory", **image, received="", exhibit="", fault=""),
        ]
    )
    session.flush()
    response = session.get_one(Response, made)
    seal = sealing.digest(session, response)
    response.state, response.handed_over_at, response.image, response.seal = "handed", now, 1, seal
    session.flush()
    return made


def first_response(shared: Path) -> Path:
    """The saved state of variant a of the first live lab, made by real QEMU once for all tests of a run.

    The steps before the arrival follow each other quickly: what matters in these tests comes after it.
    """
    from training.forge.build.ground import ground  # noqa: PLC0415 - only tests of machines pay for it
    from training.labs import prove_live  # noqa: PLC0415
    from training.machines.guest.preparing import prepare  # noqa: PLC0415

    def make(folder: Path) -> None:
        lab, settings = ROOT / "labs" / "first-response", Settings.load({})
        plan = prove_live.plan_of(lab, reader.draft(lab), "a")
        plan = plan.model_copy(update={"play": tuple(one.model_copy(update={"pause": 1.0}) for one in plan.play)})
        base = prove_live.base_of(settings, plan)
        with ground(settings.labs / "exhibits" / base, plan.machine.additions) as found:
            prepare(plan, found, folder / "first-response-a", lambda _text: None)
        (folder / "first-response-a.base").write_text(base, "utf-8")

    return made_once(shared / "first-response", make)
