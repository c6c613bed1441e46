"""Sockets, by scanning the pool and by the tables of the network driver."""

from collections.abc import Callable, Iterator

from training.forge.windows.expect.modules import RECORD
from training.forge.windows.expect.seen import moment
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.machine import Machine
from training.forge.windows.network import ANY, owner
from training.forge.windows.plan import Endpoint

_COLUMNS = ("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "State", "PID", "Owner", "Created")
_WIDE = "::"


def netscan(machine: Machine) -> Expected:
    """All sockets of the pool, those that have ended too."""
    return _sockets(machine, machine.plan.endpoints)


def netstat(machine: Machine) -> Expected:
    """The sockets that are alive."""
    return _sockets(machine, tuple(each for each in machine.plan.endpoints if each.live))


def _sockets(machine: Machine, chosen: tuple[Endpoint, ...]) -> Expected:
    rows = [row for each in chosen for row in _shown(machine, each)]
    return expect(_COLUMNS, rows, left_out={"Offset": RECORD})


def _shown(machine: Machine, endpoint: Endpoint) -> Iterator[tuple[Cell, ...]]:
    """The rows of a socket: one that waits on every address of version 6 is shown as of version 4 as well."""
    place = owner(machine.plan, endpoint)
    process = machine.plan.processes[place] if place is not None else None
    tail = (process.pid if process else None, process.name if process else None, moment(endpoint.created))
    address, port = endpoint.local
    waits = endpoint.protocol == "udp" or endpoint.state == "LISTENING"
    versions = [6 if ":" in address else 4]
    if waits and address == _WIDE:
        versions = [4, 6]
    for version in versions:
        local = ANY[version == 6] if waits and address in ANY else address  # noqa: PLR2004 - a version
        if endpoint.protocol == "udp":
            remote: tuple[Cell, ...] = ("*", 0)
        elif endpoint.state == "LISTENING":
            remote = (ANY[version == 6], 0)  # noqa: PLR2004 - a version
        else:
            remote = endpoint.remote
        yield (f"{endpoint.protocol.upper()}v{version}", local, port, *remote, endpoint.state, *tail)


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.netscan": netscan,
    "windows.netstat": netstat,
}
