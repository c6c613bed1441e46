"""A sound response to a made-up workstation, and what tests change of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from training.grading.conduct import ConductVerdict, judge
from training.grading.conduct.happened import Act, Event, Happened, Started, Touched
from training.grading.conduct.plan import Bounds, Conduct, Fork, Happening, Item, Skilled
from training.grading.conduct.record import (
    About,
    Acquisition,
    ClockPair,
    Decision,
    Entry,
    Form,
    Hash,
    Plugged,
    Record,
    Remark,
    Side,
    Way,
)
from training.grading.conduct.verdict import Code, Mistake, Where

START = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)
DIGEST = "a3" * 32


def at(seconds: float) -> datetime:
    """A moment of the response, in seconds since the arrival."""
    return START + timedelta(seconds=seconds)


PLAN = Conduct(
    skilled=Skilled(looks=8, processes=10, read=20, pages=5_000),
    denied=("/mnt/payroll",),
    unavoidable=("/root/.bash_history",),
    items=(Item(id="archive", text="the archive in /dev/shm", saved=("/dev/shm",)),),  # noqa: S108
    happenings=(Happening(event="cleared", text="The beacon removed its archive.", loses=("archive",)),),
    forks=(
        Fork(id="link", text="What becomes of the link?", options={"leave": "leave it", "cut": "cut it"}, act="link"),
    ),
)
BOUNDS = Bounds(clock_offset=132.0, denied=("203.0.113.9",), outsiders=frozenset({"198.51.100.7"}), home="/root")


def entry(number: int, line: str, seconds: float, took: float = 1.0, code: int | None = 0) -> Entry:
    return Entry(number, line, at(seconds), took, code, f"{number:064x}")


ENTRIES = (
    entry(1, "mount /mnt/kit", 130),
    entry(2, "mount /mnt/evid", 140),
    entry(3, "/mnt/kit/bin/ps > /mnt/evid/ps.txt", 150),
    entry(4, "ps aux | head -50 > /mnt/evid/own.txt", 160),
    entry(5, "/mnt/kit/bin/acquire /mnt/evid/mem.lime", 240, 40),
    entry(6, "/mnt/kit/bin/sha256sum /mnt/evid/mem.lime", 290, 3),
    entry(7, "cp -a /dev/shm /mnt/evid/shm", 300),
)
IMAGE = Acquisition(
    1,
    Way.INSIDE,
    at(240),
    at(280),
    hashes=(Hash(Side.SOURCE, DIGEST, at(280)), Hash(Side.COLLECTOR, DIGEST, at(400))),
)
RECORD = Record(
    arrived=START,
    entries=ENTRIES,
    remarks=(
        Remark(
            1,
            "The kit lists one process more than the machine's own ps, which I ran at 10:02.",
            at(170),
            About(Where.ENTRY, "3"),
        ),
        Remark(2, f"Imaged 10:04:00Z to 10:04:40Z, SHA-256 {DIGEST}.", at(310), About(Where.ACQUISITION, "1")),
        Remark(3, "Copied what lies in memory alone.", at(312), About(Where.ENTRY, "7")),
    ),
    authority=at(5),
    scenes=(Form(at(60), {"screen": "unlocked, a terminal in front", "people": "M. Castellan, at the door"}),),
    clocks=(ClockPair(at(70), 132.0),),
    decisions=(Decision("link", "leave", "A dead-man switch is possible; someone watches.", at(90)),),
    plugged=(Plugged("kit", "KIT-0A", at(110)), Plugged("evidence", "EV-11", at(115))),
    acquisitions=(IMAGE,),
    hand_over=Form(at(500), {"note": f"One image, {DIGEST}; /mnt/payroll was not opened."}),
    ended=at(510),
)
HAPPENED = Happened(
    frozen=at(480),
    started=(
        Started(600, 90, at(150.2), at(150.4), "ps", "/mnt/kit/bin/busybox"),
        Started(601, 90, at(160.2), at(160.4), "ps", "/usr/bin/ps"),
        Started(602, 90, at(240.1), at(280), "acquire", "/mnt/kit/bin/acquire"),
    ),
    touched=(
        Touched(601, "/usr/lib/x86_64-linux-gnu/libc.so.6", Act.READ, at(160.2)),
        Touched(90, "/root/.bash_history", Act.WRITTEN, at(200)),
    ),
    displaced=4_000,
    events=(Event("cleared", at(540), "The beacon removed its archive.", loses=("archive",)),),
)


def judged(
    record: Record = RECORD,
    happened: Happened = HAPPENED,
    plan: Conduct = PLAN,
    bounds: Bounds = BOUNDS,
    **marks: float,
) -> ConductVerdict:
    return judge(plan, bounds, record, happened, marks)


def typed(line: str, *, seconds: float = 180, took: float = 1.0, code: int | None = 0, number: int = 90) -> Record:
    """The sound record with one command more; by default before memory was acquired."""
    more = sorted((*ENTRIES, entry(number, line, seconds, took, code)), key=lambda one: one.at)
    return replace(RECORD, entries=tuple(more))


def silent(**changes: Any) -> Happened:
    """The machine's own account is missing."""
    return Happened(measured=False, **changes)


def codes(verdict: ConductVerdict) -> list[Code]:
    return [one.code for one in verdict.mistakes]


def only(verdict: ConductVerdict, code: Code) -> Mistake:
    """The one mistake of a verdict, which is of this name."""
    assert codes(verdict) == [code]
    return verdict.mistakes[0]


def with_traces(**more: tuple[object, ...]) -> Happened:
    """The sound response with more traces."""
    return replace(HAPPENED, **{name: (*getattr(HAPPENED, name), *found) for name, found in more.items()})  # type: ignore[arg-type]


def decided(*decisions: Decision) -> Record:
    return replace(RECORD, decisions=decisions)


def imaged(*hashes: Hash) -> Record:
    return replace(RECORD, acquisitions=(replace(IMAGE, hashes=hashes),))


def noted(text: str, about: About | None = None, seconds: float = 320) -> Record:
    """The sound record with one remark more."""
    return replace(RECORD, remarks=(*RECORD.remarks, Remark(7, text, at(seconds), about)))


def suspects_own(*lines: str) -> Record:
    """The sound record with other looks in the place of its own."""
    looks = tuple(entry(10 + n, line, 150 + n) for n, line in enumerate(lines))
    return replace(RECORD, entries=(*RECORD.entries[:2], *looks, *RECORD.entries[4:]), remarks=RECORD.remarks[1:])


LOST = (Event("cleared", at(200), loses=("archive",)),)
"""The archive is gone before memory was acquired."""
