from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.forge.windows.small import BOOT, LOGON, small
from tests.unit.forge.windows.stock import Row, Stock, moment
from tests.unit.forge.windows.wired import ENDPOINTS, SECOND, wired
from training.forge.windows import drivers, kernel, network, process
from training.forge.windows.builds.load import NAMES
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Endpoint, Plan

BUILDS = pytest.mark.parametrize("build", NAMES)
NOTHING = dict(zip((4, 6), network.ANY, strict=True))


def expected(plan: Plan, endpoint: Endpoint) -> list[Row]:
    """The rows of a socket without where it lies: bound to no address of version 6 it shows version 4 as well."""
    place = network.owner(plan, endpoint)
    opener = None if place is None else plan.processes[place]
    bound = endpoint.local[0]
    version = 6 if ":" in bound else 4
    versions = [4, 6] if bound == "::" and not endpoint.remote[0] else [version]
    remote = endpoint.remote[0]
    return [
        {
            "Offset": 0,
            "Proto": f"{endpoint.protocol.upper()}v{each}",
            "LocalAddr": NOTHING[each] if bound in NOTHING.values() else bound,
            "LocalPort": endpoint.local[1],
            "ForeignAddr": remote or ("*" if endpoint.protocol == "udp" else NOTHING[each]),
            "ForeignPort": endpoint.remote[1],
            "State": endpoint.state,
            "PID": opener.pid if opener else None,
            "Owner": opener.name if opener else None,
            "Created": moment(endpoint.created),
        }
        for each in versions
    ]


def plain(rows: list[Row]) -> list[Row]:
    """Rows without where they lie, in an order of their own."""
    return sorted((row | {"Offset": 0} for row in rows), key=lambda row: str(sorted(row.items())))


@BUILDS
def test_netscan_shows_every_socket_of_the_plan_and_no_other(stock: Callable[[str], Stock], build: str) -> None:
    plan = wired(build)
    rows = [row for each in ENDPOINTS for row in expected(plan, each)]
    assert plain(stock(build).rows("windows.netscan")) == plain(rows)


@BUILDS
def test_netstat_shows_those_that_are_alive(stock: Callable[[str], Stock], build: str) -> None:
    plan = wired(build)
    rows = [row for each in ENDPOINTS if each.live for row in expected(plan, each)]
    assert plain(stock(build).rows("windows.netstat")) == plain(rows)
    scanned = {row["Offset"] for row in stock(build).rows("windows.netscan")}
    assert {row["Offset"] for row in stock(build).rows("windows.netstat")} < scanned


def opened(plan: Plan) -> Machine:
    machine = Machine(plan)
    kernel.write(machine)
    drivers.write(machine)
    process.open_(machine)
    return machine


def listener(port: int, number: int = 820, created: int = BOOT + 7 * SECOND) -> Endpoint:
    return Endpoint(protocol="tcp", local=(network.ANY[0], port), pid=number, created=created, state="LISTENING")


def test_a_socket_lies_where_the_room_says_and_names_its_process() -> None:
    machine = opened(small(endpoints=(listener(135),)))
    (socket,) = network.write(machine)
    content = machine.kernel.read(socket.address, 0x80)
    assert int.from_bytes(content[0x30:0x38], "little") == machine.process(820).address
    assert content[0x72:0x74] == (135).to_bytes(2, "big")
    assert socket.link == socket.address + 0x78


def test_sockets_of_one_port_are_linked_behind_each_other_and_end() -> None:
    machine = opened(small(endpoints=tuple(listener(5353, created=BOOT + 7 * SECOND + n) for n in range(3))))
    sockets = network.write(machine)
    following = {each.link: int.from_bytes(machine.kernel.read(each.link, 8), "little") for each in sockets}
    (place,) = set(following) - set(following.values())
    passed = []
    while place:
        passed.append(place)
        place = following[place]
    assert sorted(passed) == sorted(each.link for each in sockets)


def test_many_connections_each_have_a_bucket_of_their_own() -> None:
    many = tuple(
        Endpoint(
            protocol="tcp",
            local=("192.0.2.17", 49_200 + number),
            remote=(f"198.51.100.{number % 250 + 1}", 443),
            pid=5508,
            created=LOGON + 905 * SECOND + number,
            state="ESTABLISHED",
        )
        for number in range(300)
    )
    machine = opened(small(endpoints=many))
    sockets = network.write(machine)
    heads = [int.from_bytes(machine.kernel.read(each.link, 8), "little") for each in sockets]
    assert len(set(heads)) == len(many)
    assert all(
        int.from_bytes(machine.kernel.read(head, 8), "little") == each.link
        for head, each in zip(heads, sockets, strict=True)
    )


def test_a_number_that_was_used_twice_owns_by_time() -> None:
    plan = small()
    late = replace(next(each for each in plan.processes if each.pid == 6660), pid=5700, name="late.exe", listed=True)
    plan = replace(plan, processes=(*plan.processes, replace(late, created=LOGON + 950 * SECOND)))
    early = network.owner(plan, listener(4711, 5700, LOGON + 610 * SECOND))
    later = network.owner(plan, listener(4711, 5700, LOGON + 960 * SECOND))
    assert early is not None
    assert later is not None
    assert [plan.processes[place].name for place in (early, later)] == ["cmd.exe", "late.exe"]


def test_mistakes_of_a_plan() -> None:
    with pytest.raises(KeyError, match="4444"):
        network.write(opened(small(endpoints=(listener(80, 4444),))))
    without = tuple(each for each in small().modules if not each.path.endswith("tcpip.sys"))
    assert network.write(opened(small(modules=without))) == []
    with pytest.raises(KeyError, match=r"tcpip\.sys"):
        network.write(opened(small(modules=without, endpoints=(listener(80),))))
