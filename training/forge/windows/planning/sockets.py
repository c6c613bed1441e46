"""The sockets of the baseline: who listens where, and who was connected to what while nothing was wrong."""

import hashlib
import ipaddress
from collections.abc import Iterator
from typing import Any, Final

import yaml

from training.forge.scenario.windows.words import end_of
from training.forge.scenario.words import addresses_in
from training.forge.windows.plan import Endpoint, Filetime
from training.forge.windows.planning.casting import Cast, Member
from training.forge.windows.planning.facts import FOLDER
from training.forge.windows.planning.moments import SECOND

RPC: Final = 49664
"""The first port that services are given who ask for any at the start."""
OUTSIDE: Final = ("198.51.100.0/24",)
"""Where the computers are that the baseline talks to: the neutral outside. Adversaries of labs are elsewhere."""
DESKTOP_PORT: Final = 3389

_ANY: Final = {"any": ("0.0.0.0",), "any6": ("::",), "both": ("0.0.0.0", "::")}  # noqa: S104 - what such a socket shows
_LOOP: Final = {"loop": ("127.0.0.1",), "loop6": ("::1",)}
_FREE: Final = range(49_690, 65_400)
_SPAN: Final = range(2_600, 9_800)
_JITTER: Final = 400
_SPREAD: Final = 0.15
_AFTER: Final = 3 * SECOND


def sockets(cast: Cast) -> tuple[Endpoint, ...]:
    """The sockets of the baseline, once its processes have their numbers; those of the story are not among them."""
    return tuple(_Sockets(cast).all())


class _Sockets:
    """The machine's addresses and far ends, and the ports that are taken."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        machine = cast.scenario.machine
        own = [each.partition("/")[0] for each in machine.addresses]
        self._own = [each for each in own if ":" not in each]
        digits = hashlib.sha256(f"{machine.host} link".encode()).hexdigest()
        link = "fe80::" + ":".join(digits[at : at + 4] for at in range(0, 16, 4))
        self._where = {**_ANY, **_LOOP, "own": tuple(self._own), "link": (str(ipaddress.ip_address(link)),)}
        ends = [end for each in cast.scenario.endpoints for end in (each.local, each.remote) if end]
        self._ports = {end_of(end)[1] for end in ends}
        self._kept = {str(each) for each in addresses_in(cast.scenario.model_dump_json())}
        self._document: dict[str, Any] = yaml.safe_load((FOLDER / "network.yaml").read_text("utf-8"))
        self._span = cast.base("ports").choice(_SPAN)

    def all(self) -> Iterator[Endpoint]:
        """All, listeners first."""
        yield from self._open("listening", "tcp", "LISTENING")
        yield from self._open("datagrams", "udp", "")
        yield from self._connections()

    def _lines(self, part: str) -> Iterator[tuple[Member, list[str]]]:
        """The lines of a part that are for this role and have an owner, each split into words."""
        role = self.cast.scenario.machine.role
        for line in (*self._document[part]["all"], *self._document[part][role]):
            name, *words = line.split()
            if name in self.cast and not self.cast[name].phantom:
                yield self.cast[name], words

    def _open(self, part: str, protocol: str, state: str) -> Iterator[Endpoint]:
        rows: list[tuple[Filetime, Member, str, str]] = []
        for owner, (after, where, port) in self._lines(part):
            seconds = float(after) * self.cast.base(f"{part} {owner.name} {after}").uniform(1 - _SPREAD, 1 + _SPREAD)
            rows.append((owner.created + int(seconds * SECOND) + len(rows) * 17, owner, where, port))
        for created, owner, where, port in sorted(rows, key=lambda row: row[0]):
            if created >= self.cast.frozen or (owner.exited and created >= owner.exited):
                continue
            number = self._next_rpc() if port == "rpc" else self._free(created) if port == "free" else int(port)
            for place, address in enumerate(self._where[where]):
                yield Endpoint(
                    protocol=protocol, local=(address, number), pid=owner.pid, created=created + 41 * place, state=state
                )

    def _next_rpc(self) -> int:
        number = next(number for number in range(RPC, 1 << 16) if number not in self._ports)
        self._ports.add(number)
        return number

    def _free(self, created: Filetime) -> int:
        """A port for a program that asks for any: later ones tend to be higher, and none is given twice."""
        share = (created - self.cast.booted) / (self.cast.frozen - self.cast.booted)
        wanted = _FREE.start + int(share * self._span) + self.cast.base(f"port {created}").randrange(_JITTER)
        number = next(number for number in range(wanted, _FREE.stop) if number not in self._ports)
        self._ports.add(number)
        return number

    def _connections(self) -> Iterator[Endpoint]:
        outside = self._outside()
        controller = self.cast.scenario.machine.controller
        made = []
        for owner, (far, port, state, count, when) in self._lines("connections"):
            ends = outside.get(far, [controller] if controller else [])
            if not ends:
                continue
            draw = self.cast.base(f"connections {owner.name} {far} {state} {when}")
            first = self._first(owner, float(when) * draw.uniform(1 - _SPREAD, 1 + _SPREAD))
            last = min(self.cast.frozen - _AFTER, owner.exited or self.cast.frozen)
            for number in range(int(count)):
                created = first if not number else draw.randrange(first, max(first + 1, last))
                if owner.created < created < last:
                    made.append((created, owner.pid, draw.choice(ends), int(port), state))
        for created, pid, end, far_port, state in sorted(made):
            local = (self._own[0], self._free(created))
            yield Endpoint(
                protocol="tcp",
                local=local,
                remote=(end, far_port),
                pid=pid,
                created=created,
                state=state,
                live=state != "CLOSED",
            )

    def _first(self, owner: Member, seconds: float) -> Filetime:
        """When the first connection of a line was made: never before its owner has found its feet."""
        if seconds > 0:
            return owner.created + int(seconds * SECOND)
        early = owner.created + _AFTER + self.cast.base(f"early {owner.name} {seconds}").randrange(_AFTER)
        return max(early, self.cast.frozen + int(seconds * SECOND))

    def _outside(self) -> dict[str, list[str]]:
        """The computers outside by the names that they share; none is one of the story's."""
        hosts = [str(host) for network in OUTSIDE for host in ipaddress.ip_network(network).hosts()]
        draw = self.cast.base("outside")
        names = self._document["outside"]
        drawn = draw.sample([host for host in hosts if host not in self._kept], sum(names.values()))
        return {name: [drawn.pop() for _ in range(count)] for name, count in names.items()}
