"""Whether a machine can carry a session, in words: one line for each thing, with what to do about it.

Facts in, lines out, nothing is looked up here. Where the figures come from stands at each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from training.credentials import reach
from training.hosting.preparation.service.facts import Facts
from training.sentence import Sentence, counted, joined, phrase

OK, PART, BAD = "ok", "part", "bad"

MIB = 2**20
SERVER = 95 * MIB
PROCESS = 160 * MIB
"""Memory of the process that starts the others, and of each that answers: proportional share (Pss) of a server with all
courses and labs published, after sixty browsers had ten pages each and 264 runs were made. At first it is 118 MiB."""
SEAT = MIB
"""Memory for each browser that stays connected: those sixty took 52 MiB in all."""
FIRST, FURTHER = 251 * MIB, 11 * MIB
"""Memory of the first exhibit that is kept ready with its kernel, and of each further one: `python app.py bench engine`
(CHANGES.md, 0.2.0)."""
RUN = 288 * MIB
"""Memory of a run at most, over the 264 runs of the one-week workshop: seven labs on 28 exhibits."""
RESULT = 55_000
"""Bytes of the result of a run: the same runs took 14 MB."""
RESERVE = 2**30
"""Bytes that stay free for the database, for further runs and for a backup. A reserve, not a measurement."""
PROCESSORS, CARRIED = 2, 60
"""Seats that so many processors carried: sixty accounts in `python app.py bench answers` and `bench board`."""

OFF = timedelta(minutes=2)
"""How far two clocks may be apart: whoever types the time takes a while, and codes of a second factor allow half a
minute."""
BACKUP_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: its state, what was found, and what to do; empty where there is nothing to do."""

    name: Sentence
    state: str
    found: str
    advice: str = ""


def lines(facts: Facts) -> list[Line]:
    """All lines, in the order in which a host works through them."""
    looks = (_address, _disk, _memory, _processors, _clock, _zone, _exhibits, _runs, _printed, _fonts, _backup, _factor)
    return [line for look in looks for line in look(facts)]


def _address(facts: Facts) -> Iterator[Line]:
    name = phrase("Address for the seats")
    host, _, port = facts.listen.rpartition(":")
    if facts.proxied:
        yield Line(name, OK, phrase("A reverse proxy passes requests on to %(listen)s.", listen=facts.listen))
        return
    if host.strip("[]") in {"127.0.0.1", "::1", "localhost"}:
        found = phrase("The server listens on %(listen)s: no other machine reaches it.", listen=facts.listen)
        advice = phrase("Set listen to %(listen)s and start the server again.", listen=f"0.0.0.0:{port}")
        yield Line(name, BAD, found, advice)
        return
    reached = facts.addresses if host in {"0.0.0.0", "[::]", "::"} else (host,)  # noqa: S104 - compared, not bound
    if not reached:
        found = phrase("This machine has no address in a network.")
        yield Line(name, BAD, found, phrase("Connect it to the switch or the access point of the room."))
        return
    found = phrase("Seats reach it at %(addresses)s.", addresses=", ".join(f"http://{one}:{port}/" for one in reached))
    if facts.hosts and not set(facts.hosts) & set(reached):
        advice = phrase("The setting hosts refuses these addresses: add the one that the seats use.")
        yield Line(name, PART, found, advice)
        return
    yield Line(name, OK, found)


def _disk(facts: Facts) -> Iterator[Line]:
    name = phrase("Disk")
    runs = facts.warmth.all - facts.warmth.there
    needed = facts.packed + runs * RESULT + RESERVE
    given = {"free": _gib(facts.disk_free), "needed": _gib(needed)}
    found = phrase("%(free)s GiB are free, the session needs %(needed)s.", **given)
    if facts.disk_free >= needed:
        yield Line(name, OK, found)
        return
    state = BAD if facts.disk_free < needed - RESERVE else PART
    yield Line(name, state, found, phrase("Make room: move old backups and instance/before-upgrade/ to another disk."))


def _memory(facts: Facts) -> Iterator[Line]:
    name = phrase("Memory")
    runs = FIRST + FURTHER * max(0, facts.exhibits - 1) + RUN * facts.runs_at_once
    needed = SERVER + PROCESS * facts.processes + SEAT * facts.seats + runs
    given = {"memory": _gib(facts.memory), "needed": _gib(needed), "seats": str(facts.seats)}
    found = phrase("This machine has %(memory)s GiB; %(seats)s seats need %(needed)s.", **given)
    if facts.memory >= needed * 5 // 4:  # the system needs some too
        yield Line(name, OK, found)
        return
    state = BAD if facts.memory < needed else PART
    yield Line(name, state, found, phrase("Set runs_at_once and processes to 1, and close other programs."))


def _processors(facts: Facts) -> Iterator[Line]:
    name = phrase("Processors")
    carried = CARRIED * facts.processors // PROCESSORS
    given = {"n": str(facts.processors), "seats": str(carried)}
    found = phrase("%(n)s; that carries some %(seats)s seats.", **given)
    if facts.seats <= carried:
        yield Line(name, OK, found)
        return
    yield Line(name, PART, found, phrase("Take a machine with more processors, or let the seats begin in two groups."))


def _clock(facts: Facts) -> Iterator[Line]:
    name = phrase("Clock")
    here = f"{facts.now.astimezone(ZoneInfo(facts.zone)):%Y-%m-%d %H:%M}"
    found = phrase("%(time)s in %(zone)s.", time=here, zone=facts.zone)
    if facts.last_act is not None and facts.last_act > facts.now + OFF:
        later = f"{facts.last_act.astimezone(ZoneInfo(facts.zone)):%Y-%m-%d %H:%M}"
        back = phrase("The audit log has an act of %(time)s: the clock was set back.", time=later)
        yield Line(name, BAD, joined(found, back), phrase("Set the clock right."))
        return
    if facts.told is None:
        advice = phrase("Type the time of a clock that you trust, and both are compared.")
        yield Line(name, PART, found, advice)
        return
    apart = abs(facts.told - facts.now)
    if apart <= OFF:
        yield Line(name, OK, joined(found, phrase("It agrees with yours.")))
        return
    minutes = round(apart / timedelta(minutes=1))
    off = counted("Yours is %(num)s minute off.", "Yours is %(num)s minutes off.", minutes)
    advice = phrase("Set the wrong one right: slots, examinations and codes of second factors go by this clock.")
    yield Line(name, BAD, joined(found, off), advice)


def _zone(facts: Facts) -> Iterator[Line]:
    name = phrase("Time zone")
    found = phrase("Session: %(zone)s. Server: %(server)s.", zone=facts.zone, server=facts.server_zone)
    at = facts.now
    same = at.astimezone(ZoneInfo(facts.zone)).utcoffset() == at.astimezone(ZoneInfo(facts.server_zone)).utcoffset()
    if same:
        yield Line(name, OK, found)
        return
    advice = phrase("Days of competencies begin at the server's midnight: set time_zone to the session's zone.")
    yield Line(name, PART, found, advice)


def _exhibits(facts: Facts) -> Iterator[Line]:
    name = phrase("Exhibits")
    if facts.damaged or facts.unknown:
        names = ", ".join((*facts.damaged, *facts.unknown))
        found = phrase("Damaged or not registered: %(names)s.", names=names)
        advice = phrase("Run python app.py verify, and get these packs again (docs/operating.md).")
        yield Line(name, BAD, found, advice)
    elif facts.unseen:
        found = phrase("Never hashed here: %(names)s.", names=", ".join(facts.unseen))
        yield Line(name, PART, found, phrase("Warm the runs, or run python app.py verify: both hash them (SHA-256)."))
    elif facts.packed:
        left = counted("%(num)s exhibit.", "%(num)s exhibits.", facts.exhibits)
        found = joined(left, phrase("Some are not unpacked yet; those that are have their SHA-256 as recorded."))
        yield Line(name, PART, found, phrase("Warm the runs: that unpacks them and hashes each (SHA-256)."))
    else:
        found = counted(
            "%(num)s exhibit, SHA-256 as recorded.", "%(num)s exhibits, SHA-256 as recorded.", facts.exhibits
        )
        yield Line(name, OK, found)


def _runs(facts: Facts) -> Iterator[Line]:
    name = phrase("Runs")
    it = facts.warmth
    found = phrase("%(there)s of %(all)s are there.", there=str(it.there), all=str(it.all))
    if it.ended:
        first = it.ended[0]
        why = {"command": first.text, "exhibit": first.exhibit[:12], "state": first.state.word}
        found = joined(found, phrase("%(command)s on %(exhibit)s… is %(state)s.", **why))
        yield Line(name, PART, found, phrase("Warm the runs again; if it comes back, lower runs_at_once."))
    elif it.coming:
        yield Line(name, PART, found, phrase("They are being made; look again in some minutes."))
    elif it.missing:
        yield Line(name, PART, found, phrase("Warm the runs, so that nobody waits for what everybody asks."))
    else:
        yield Line(name, OK, found)


def _printed(facts: Facts) -> Iterator[Line]:
    name = phrase("Address on certificates")
    if not facts.address or reach.loopback(facts.address):
        found = phrase("The setting address is empty.")
        if facts.address:
            found = phrase("%(address)s leads each reader to the own device.", address=facts.address)
        advice = phrase(
            "Set address to the one by which readers will look certificates up (docs/settings.md). They keep it for "
            "good; until then none is issued but in a demonstration on this computer alone."
        )
        yield Line(name, BAD, found, advice)
    elif reach.private(facts.address):
        found = phrase("%(address)s is reached in this network alone.", address=facts.address)
        advice = phrase("Set address to a name that lasts, where certificates are to be looked up from elsewhere.")
        yield Line(name, PART, found, advice)
    else:
        yield Line(name, OK, phrase("They will say %(address)s.", address=facts.address))


def _fonts(facts: Facts) -> Iterator[Line]:
    name = phrase("Fonts of certificates")
    if not facts.fontless:
        yield Line(name, OK, phrase("There is one for each language of the session and of the host."))
        return
    packages = " ".join(sorted(set(facts.fontless.values())))
    found = phrase("None for: %(languages)s.", languages=", ".join(sorted(facts.fontless)))
    yield Line(name, PART, found, phrase("Install one, on Debian: apt install %(packages)s", packages=packages))


def _backup(facts: Facts) -> Iterator[Line]:
    name = phrase("Backup")
    advice = phrase("Run python app.py backup FOLDER on a disk that leaves the building, now and each evening.")
    if facts.backup is None:
        yield Line(name, BAD, phrase("There is none."), advice)
        return
    made = f"{facts.backup.astimezone(ZoneInfo(facts.zone)):%Y-%m-%d %H:%M}"
    fresh = facts.now - facts.backup <= BACKUP_AGE
    yield Line(name, OK if fresh else PART, phrase("The last one is of %(time)s.", time=made), "" if fresh else advice)


def _factor(facts: Facts) -> Iterator[Line]:
    name = phrase("Second factor of the staff")
    given = {"n": str(facts.factor), "all": str(facts.staff)}
    found = phrase("%(n)s of %(all)s people of the staff use one.", **given)
    if facts.staff and facts.factor == facts.staff:
        yield Line(name, OK, found)
        return
    advice = phrase("Let each of the staff set one up under Your account: results and keys are behind their passwords.")
    yield Line(name, PART, found, advice)


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"
