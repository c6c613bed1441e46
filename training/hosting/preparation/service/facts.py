"""What a session needs of the machine, and what the machine has: figures, without a judgement."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.audit import service as audit
from training.audit.models import Event
from training.credentials import fonts, reach
from training.evidence import service as evidence
from training.evidence.models import Custody, Exhibit
from training.hosting.models import TeachingSession
from training.hosting.preparation.service.warming import Warmth
from training.hosting.preparation.service.works import Work
from training.hosting.service import looks
from training.settings import Settings


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of a machine and of a session that it shall carry.

    Attributes:
        now: by the machine's clock, in UTC.
        told: the time of another clock, when somebody typed one.
        last_act: of the newest event in the audit log; None for an empty one.
        disk_free, packed: bytes that are free, and bytes of images that are still to be unpacked.
        memory, processors: bytes and number that this program may use.
        seats, exhibits, processes, runs_at_once: of the session and of the settings.
        warmth: of the session's runs.
        unknown: packs of its labs that are not registered.
        damaged: names of exhibits whose last hashing found damage.
        unseen: names of unpacked exhibits that were never hashed here.
        zone, server_zone: of the session, and the one in which days of competencies are counted.
        fontless: languages in which nothing can be printed as PDF, with the package that helps.
        backup: when the last backup was made.
        listen, proxied, hosts, address: settings.
        addresses: IPv4 addresses of this machine, without the loopback.
        factor, staff: people of the staff with a second factor, and all of them.
    """

    now: datetime
    told: datetime | None
    last_act: datetime | None
    disk_free: int
    packed: int
    memory: int
    processors: int
    seats: int
    exhibits: int
    processes: int
    runs_at_once: int
    warmth: Warmth
    unknown: tuple[str, ...]
    damaged: tuple[str, ...]
    unseen: tuple[str, ...]
    zone: str
    server_zone: str
    fontless: dict[str, str]
    backup: datetime | None
    listen: str
    proxied: bool
    hosts: tuple[str, ...]
    address: str
    addresses: tuple[str, ...]
    factor: int
    staff: int


def gather(
    session: Session,
    settings: Settings,
    teaching: TeachingSession,
    works: Sequence[Work],
    warmth: Warmth,
    now: datetime,
    told: datetime | None = None,
) -> Facts:
    """Look at the machine and at the session."""
    needed = list({one.sha256: one for work in works for one in work.needed}.values())
    there = [one for one in needed if evidence.is_unpacked(settings.instance, one)]
    last = _last_acts(session, needed)
    factors = _factors(session, teaching)
    return Facts(
        now=now,
        told=told,
        last_act=session.scalar(select(func.max(Event.at)).where(Event.act != audit.SEALED)),  # nobody's act
        disk_free=shutil.disk_usage(settings.instance).free,
        packed=sum(one.size for one in needed) - sum(one.size for one in there),
        memory=_memory(),
        processors=_processors(),
        seats=teaching.seats,
        exhibits=len(needed),
        processes=settings.processes,
        runs_at_once=settings.runs_at_once,
        warmth=warmth,
        unknown=tuple(name for work in works for name in work.unknown),
        damaged=tuple(one.name for one in needed if last.get(one.sha256) == "damaged"),
        unseen=tuple(one.name for one in there if one.sha256 not in last),
        zone=teaching.zone,
        server_zone=settings.time_zone,
        fontless=fonts.missing(_languages(session, teaching)),
        backup=session.scalar(select(func.max(Event.at)).where(Event.act == "backup.made")),
        listen=settings.listen,
        proxied=bool(settings.trusted_proxy),
        hosts=settings.hosts,
        address=settings.address,
        addresses=tuple(reach.networks()),
        factor=sum(factors),
        staff=len(factors),
    )


def _last_acts(session: Session, exhibits: Sequence[Exhibit]) -> dict[str, str]:
    """How the last hashing of each exhibit went: verified or damaged."""
    found = select(Custody.exhibit, Custody.act).where(
        Custody.exhibit.in_([one.sha256 for one in exhibits]), Custody.act.in_(("verified", "damaged"))
    )
    return {exhibit: act for exhibit, act in session.execute(found.order_by(Custody.at, Custody.id))}  # noqa: C416 - a row is no pair to the type checker


def _languages(session: Session, teaching: TeachingSession) -> set[str]:
    look = looks.get(session, teaching.organisation_id)
    return {teaching.language, *(look.languages if look else ())}


def _factors(session: Session, teaching: TeachingSession) -> list[bool]:
    """Whether each of the session's staff has a second factor."""
    staff = [one.person_id for one in teaching.members if one.active and one.staff]
    return [secret is not None for secret in session.scalars(select(Person.totp_secret).where(Person.id.in_(staff)))]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    """Bytes of memory, or of what a control group leaves of it."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = Path("/sys/fs/cgroup/memory.max")
    if group.exists() and (most := group.read_text(encoding="ascii").strip()).isdecimal():
        return min(found, int(most))
    return found
