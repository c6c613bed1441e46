"""Sockets: what tcpip.sys keeps of each in the nonpaged pool, and the tables by which it finds them again.

The layouts are those that volatility3 2.28.2 reads, found out by reading its source and by trying; of what it does not
read nothing is written. Windows Server 2022 and Windows 11 have the same one.
"""

import ipaddress
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from training.forge.windows.layout import ring
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Endpoint, Plan

STATES: Final = {
    "CLOSED": 0,
    "LISTENING": 1,
    "SYN_SENT": 2,
    "SYN_RCVD": 3,
    "ESTABLISHED": 4,
    "FIN_WAIT1": 5,
    "FIN_WAIT2": 6,
    "CLOSE_WAIT": 7,
    "CLOSING": 8,
    "LAST_ACK": 9,
    "TIME_WAIT": 12,
    "DELETE_TCB": 13,
}
"""The states of a connection, as tcpip.sys numbers them."""

TCPIP: Final = "tcpip.sys"
ANY: Final = ("0.0.0.0", "::")  # noqa: S104 - the address that a socket shows which is bound to none

_FAMILIES: Final = {4: 2, 6: 0x17}
_FAMILY: Final = 0x18


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where a kind of socket keeps what, in bytes from its start; ``block`` is what it takes of the pool."""

    tag: bytes
    block: int
    family: int
    owner: int
    created: int
    port: int
    address: int
    link: int
    state: int = 0
    remote_port: int = 0


_LISTENER: Final = _Layout(
    tag=b"TcpL", block=0xC0, family=0x28, owner=0x30, created=0x40, port=0x72, address=0x60, link=0x78
)
_DATAGRAM: Final = _Layout(
    tag=b"UdpA", block=0x100, family=0x20, owner=0x28, created=0x58, port=0xA0, address=0xA8, link=0x70
)


def _connection(owner: int, created: int) -> _Layout:
    return _Layout(
        tag=b"TcpE",
        block=0x380,
        family=0x10,
        owner=owner,
        created=created,
        port=0x70,
        remote_port=0x72,
        address=0x18,
        link=0x28,
        state=0x6C,
    )


_CONNECTIONS: Final = {
    19041: _connection(owner=0x2D8, created=0x2E8),
    20348: _connection(owner=0x2F0, created=0x308),
    22000: _connection(owner=0x2F0, created=0x308),
}
"""The one kind that differs, by the kernel's number."""

_PARTITION: Final = 0xC0
_PARTITION_TABLE: Final = 0x08
_BUCKET: Final = 0x10
_BUCKETS: Final = 128
_COMPARTMENTS: Final = (0x180, 0x148)
_COMPARTMENT: Final = (0x30, 0x20)
_PORT_POOL: Final = 0x2BC0
_PORT_BITS: Final = 0xD0
_PORT_LISTS: Final = 0xE0
_PORTS: Final = 1 << 16
_ASSIGNMENT: Final = (0x20, 0x18)
_PLACE: Final = (0x20, 0x10)
_PER_LIST: Final = 256
_QUAD: Final = struct.Struct("<Q")


def owner(plan: Plan, endpoint: Endpoint) -> int | None:
    """The place in the plan of the process that opened a socket; None for one without (number 0).

    Where the number was used twice it is the process that lived when the socket was opened.

    Raises:
        KeyError: no process has the number.
    """
    if not endpoint.pid:
        return None
    found = [place for place, each in enumerate(plan.processes) if each.pid == endpoint.pid]
    if not found:
        raise KeyError(endpoint.pid)
    for place in found:
        each = plan.processes[place]
        if each.created <= endpoint.created and (not each.exited or endpoint.created <= each.exited):
            return place
    return found[-1]


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket of the plan where it lies."""

    endpoint: Endpoint
    address: int
    layout: _Layout

    @property
    def link(self) -> int:
        """The address by which the tables know it: that of the member that leads to the next one."""
        return self.address + self.layout.link


def write(machine: Machine) -> list[Socket]:
    """Write the sockets of the plan; those that are alive can be found through the tables of tcpip.sys as well.

    Their order has to do with neither their times nor the plan, as in a pool whose blocks were used before.

    Raises:
        KeyError: a socket of no process, or no tcpip.sys among the modules of a plan with sockets.
    """
    plan = machine.plan
    if not plan.endpoints and TCPIP not in machine.modules:
        return []
    writer = _Writer(machine)
    sockets = [writer.socket(endpoint) for endpoint in sorted(plan.endpoints, key=_hash)]
    tables = _Tables(machine, machine.module_base(TCPIP))
    alive = [each for each in sockets if each.endpoint.live]
    tables.partitions([each for each in alive if each.layout.tag == b"TcpE"])
    tables.ports("TcpCompartmentSet", (each for each in alive if each.layout.tag == b"TcpL"))
    tables.ports("UdpCompartmentSet", (each for each in alive if each.layout.tag == b"UdpA"))
    return sockets


class _Writer:
    """Puts sockets and what they point at into the pool."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._connection = _CONNECTIONS[machine.build.kernel]
        self._families = {version: self._block(0x40, b"InAF") for version in _FAMILIES}
        for version, place in self._families.items():
            machine.kernel.write(place + _FAMILY, struct.pack("<H", _FAMILIES[version]))

    def socket(self, endpoint: Endpoint) -> Socket:
        machine = self.machine
        layout = self._layout(endpoint)
        place = self._block(layout.block, layout.tag)
        local = ipaddress.ip_address(endpoint.local[0])
        opener = owner(machine.plan, endpoint)
        self._put(place + layout.family, self._families[local.version])
        self._put(place + layout.owner, 0 if opener is None else machine.processes[opener].address)
        self._put(place + layout.created, endpoint.created)
        machine.kernel.write(place + layout.port, struct.pack(">H", endpoint.local[1]))
        if layout.state:
            self._connect(place, layout, endpoint)
        elif endpoint.local[0] not in ANY:
            self._put(place + layout.address, self._bound(endpoint.local[0], layout))
        return Socket(endpoint, place, layout)

    def _layout(self, endpoint: Endpoint) -> _Layout:
        if endpoint.protocol == "udp":
            return _DATAGRAM
        return _LISTENER if endpoint.state == "LISTENING" else self._connection

    def _connect(self, place: int, layout: _Layout, endpoint: Endpoint) -> None:
        kernel = self.machine.kernel
        kernel.write(place + layout.state, struct.pack("<I", STATES[endpoint.state]))
        kernel.write(place + layout.remote_port, struct.pack(">H", endpoint.remote[1]))
        pair = self._block(0x20, b"InPa")
        self._put(pair, self._local(endpoint.local[0]))
        self._put(pair + 0x10, self._bytes(endpoint.remote[0]))
        self._put(place + layout.address, pair)

    def _bound(self, text: str, layout: _Layout) -> int:
        if layout is _LISTENER:
            return self._local(text)
        block = self._block(0x10, b"InLa")
        self._put(block, self._bytes(text))
        return block

    def _local(self, text: str) -> int:
        pointer, block = self._block(0x10, b"InAp"), self._block(0x20, b"InLa")
        self._put(pointer, self._bytes(text))
        self._put(block + 0x10, pointer)
        return block

    def _bytes(self, text: str) -> int:
        place = self._block(0x20, b"InAd")
        self.machine.kernel.write(place, ipaddress.ip_address(text).packed)
        return place

    def _block(self, size: int, tag: bytes) -> int:
        return self.machine.nonpaged.alloc(size, tag)

    def _put(self, place: int, value: int) -> None:
        self.machine.kernel.write(place, _QUAD.pack(value))


class _Tables:
    """The globals of tcpip.sys: connections hashed into partitions, and who has which port."""

    def __init__(self, machine: Machine, base: int) -> None:
        self.machine = machine
        self.base = base

    def partitions(self, sockets: list[Socket]) -> None:
        """One partition for each processor, each with a hash table of connections.

        Readers take the first connection of a bucket only, so that each is alone in its own.
        """
        count = 1 << (self.machine.plan.host.processors - 1).bit_length()
        shares: list[list[Socket]] = [[] for _ in range(count)]
        for each in sockets:
            shares[_hash(each.endpoint) >> 16 & count - 1].append(each)
        table = self._block(_PARTITION * count, b"TcPt")
        for number, share in enumerate(shares):
            self._put(table + _PARTITION * number + _PARTITION_TABLE, self._hashed(share))
        self._global("PartitionTable", table)
        self._global("PartitionCount", count, 1)

    def _hashed(self, sockets: list[Socket]) -> int:
        machine = self.machine
        size = max(_BUCKETS, 1 << (2 * len(sockets)).bit_length())
        buckets = self._block(_BUCKET * size, b"TcHB")
        taken: dict[int, Socket] = {}
        for each in sockets:
            slot = _hash(each.endpoint) & size - 1
            while slot in taken:
                slot = slot + 1 & size - 1
            taken[slot] = each
        for slot in range(size):
            head = buckets + _BUCKET * slot
            ring(machine.kernel, [head, taken[slot].link] if slot in taken else [head])
        table = machine.new("_RTL_DYNAMIC_HASH_TABLE", b"TcHT")
        table.set(TableSize=size, DivisorMask=size - 1, NumEntries=len(taken), NonEmptyBuckets=len(taken))
        table.put("Directory", buckets)
        return table.address

    def ports(self, name: str, sockets: Iterable[Socket]) -> None:
        """The pool of ports of a protocol, and the way to it from its compartment set."""
        pool = self._block(_PORT_POOL, b"InPP")
        bits = self._block(_PORTS // 8, b"InBm")
        used = bytearray(_PORTS // 8)
        lists: dict[int, int] = {}
        for port, chain in _chains(sockets):
            used[port >> 3] |= 1 << (port & 7)
            if port >> 8 not in lists:
                lists[port >> 8] = self._assignments(pool, port >> 8)
            place = lists[port >> 8] + _PLACE[0] * (port & 0xFF) + _PLACE[1]
            for at, each in zip([place, *(other.link for other in chain)], chain, strict=False):
                self._put(at, each.link)
        self.machine.kernel.write(bits, used)
        bitmap = self.machine.struct("_RTL_BITMAP", pool + _PORT_BITS)
        bitmap.set(SizeOfBitMap=_PORTS, Buffer=bits)
        protocol = self._block(0x10, b"InPc")
        self._put(protocol, pool)
        inner = self._block(_COMPARTMENT[0], b"InIc")
        self._put(inner + _COMPARTMENT[1], protocol)
        outer = self._block(_COMPARTMENTS[0], b"InCs")
        self._put(outer + _COMPARTMENTS[1], inner)
        self._global(name, outer)

    def _assignments(self, pool: int, number: int) -> int:
        """The list of one 256th of all ports."""
        assignment = self._block(_ASSIGNMENT[0], b"InPa")
        places = self._block(_PLACE[0] * _PER_LIST, b"InPl")
        self._put(assignment + _ASSIGNMENT[1], places)
        self._put(pool + _PORT_LISTS + 8 * number, assignment)
        return places

    def _global(self, name: str, value: int, size: int = 8) -> None:
        place = self.machine.kernel.cover(self.base + self.machine.build.tcpip[name], size)
        self.machine.kernel.write(place, value.to_bytes(size, "little"))

    def _block(self, size: int, tag: bytes) -> int:
        return self.machine.nonpaged.alloc(size, tag)

    def _put(self, place: int, value: int) -> None:
        self.machine.kernel.write(place, _QUAD.pack(value))


def _hash(endpoint: Endpoint) -> int:
    """A number that depends on the protocol and the ends of a socket and on nothing else."""
    return zlib.crc32(f"{endpoint.protocol} {endpoint.local} {endpoint.remote}".encode())


def _chains(sockets: Iterable[Socket]) -> Iterator[tuple[int, list[Socket]]]:
    """The ports that are in use, each with all sockets that are bound to it."""
    found: dict[int, list[Socket]] = {}
    for each in sockets:
        found.setdefault(each.endpoint.local[1], []).append(each)
    yield from found.items()
