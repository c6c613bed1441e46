"""The part of the baseline that is sockets, callbacks, timers, links and jobs."""

import ipaddress
from datetime import UTC, datetime
from typing import Any

import pytest

from training.forge.scenario.windows.model import WindowsScenario
from training.forge.windows.plan import Endpoint, Module
from training.forge.windows.planning import registered, sockets
from training.forge.windows.planning.casting import Cast, cast
from training.forge.windows.planning.network import Network
from training.forge.windows.planning.numbering import number

BOOTED, LOGON, CAPTURED = (datetime(2026, 3, 10, hour, 4, 12, tzinfo=UTC) for hour in (7, 8, 10))
RECORD = {
    "case": "ML-1",
    "exhibit": "ML/1",
    "firm": "Merrow & Lind Ltd",
    "zone": "UTC+01:00",
    "consent": "given",
    "people": {"Ada Lind": "managing director"},
}


def scenario(role: str = "workstation", *, seed: int = 7, endpoints: Any = (), **machine: Any) -> WindowsScenario:
    server = role == "server"
    given = {
        "host": "WS-017",
        "role": role,
        "build": 20348 if server else 19041,
        "domain": "MERROW",
        "dns": "merrow.example",
        "controller": "192.0.2.5",
        "booted": BOOTED,
        "captured": CAPTURED,
        "addresses": ["192.0.2.17/24"],
    }
    mira = {"name": "mira", "rid": 1104, "logon": LOGON} | ({"remote": "192.0.2.44:51822"} if server else {})
    return WindowsScenario.model_validate(
        {
            "scenario": 2,
            "system": "windows",
            "name": "quiet",
            "title": "Quiet",
            "seed": seed,
            "number": 0,
            "drawn": {},
            "machine": given | machine,
            "users": {"mira": mira},
            "record": RECORD,
            "endpoints": endpoints,
        }
    )


def machine(role: str = "workstation", **changes: Any) -> tuple[Cast, tuple[Endpoint, ...]]:
    made = cast(scenario(role, **changes))
    number(made)
    return made, sockets.sockets(made)


def ports(found: tuple[Endpoint, ...], made: Cast, owner: str, protocol: str = "tcp") -> set[int]:
    return {
        each.local[1]
        for each in found
        if each.pid == made[owner].pid and each.protocol == protocol and not each.remote[0]
    }


def test_a_workstation_listens_where_windows_does() -> None:
    made, found = machine()
    assert ports(found, made, "svchost_rpcss") == {135}
    assert ports(found, made, "system") == {139, 445}
    assert ports(found, made, "svchost_dosvc") == {7680}
    assert ports(found, made, "system", "udp") == {137, 138}
    assert ports(found, made, "svchost_ikeext", "udp") == {500, 4500}
    assert ports(found, made, "svchost_dnscache", "udp") == {5353, 5355}
    assert 1900 in ports(found, made, "svchost_ssdpsrv", "udp")
    dynamic = [
        next(iter(ports(found, made, owner)))
        for owner in ("lsass", "wininit", "svchost_eventlog", "svchost_schedule", "spoolsv", "services")
    ]
    assert sorted(dynamic) == list(range(49664, 49664 + len(dynamic)))
    assert 45 <= len(found) <= 90


def test_a_server_shows_the_desktop_of_who_works_on_it() -> None:
    made, found = machine("server")
    assert ports(found, made, "svchost_termservice") == {3389}
    ((name, desktop),) = [each for each in Network(made).endpoints if each[1].remote == ("192.0.2.44", 51822)]
    assert name == "desktop_mira"
    assert desktop.local == ("192.0.2.17", 3389)
    assert desktop.created < made.logons["mira"]


@pytest.mark.parametrize("role", ["workstation", "server"])
def test_times_owners_and_far_ends_are_possible(role: str) -> None:
    made, found = machine(role)
    members = {each.pid: each for each in made.written}
    for each in found:
        owner = members[each.pid]
        assert owner.created < each.created < made.frozen
        assert not owner.exited or each.created < owner.exited
        assert each.created % 10_000
        if each.remote[0]:
            far = ipaddress.ip_address(each.remote[0])
            assert any(far in ipaddress.ip_network(net) for net in (*sockets.OUTSIDE, "192.0.2.0/24"))
    bound = [(each.protocol, each.local, each.remote) for each in found if each.local[1] not in {1900, 5353}]
    assert len(bound) == len(set(bound))


def test_connections_to_a_controller_need_one() -> None:
    _, found = machine()
    assert any(each.remote == ("192.0.2.5", 389) for each in found)
    _, alone = machine(domain=None, dns=None, controller=None)
    assert alone
    assert not any(each.remote[0] == "192.0.2.5" for each in alone)


def test_what_is_left_out_of_the_baseline_has_no_sockets() -> None:
    made, found = machine(without=("browser", "onedrive"))
    assert "browser" not in made
    assert not any(each.local[1] == 5353 and each.pid != made["svchost_dnscache"].pid for each in found)


def test_far_ends_and_ports_of_the_story_are_not_used_for_anything_else() -> None:
    _, plain = machine()
    talked = sorted({each.remote[0] for each in plain if each.remote[0].startswith(("198", "203"))})
    used = sorted({each.local[1] for each in plain if each.local[1] > 49_690})
    story = [
        {
            "name": f"end{place}",
            "local": f"192.0.2.17:{used[place]}",
            "remote": f"{talked[place]}:443",
            "process": "explorer",
            "created": LOGON,
            "state": "ESTABLISHED",
        }
        for place in range(5)
    ]
    made, found = machine(endpoints=story)
    named = [name for name, each in Network(made).endpoints if each.pid == made["explorer"].pid]
    assert sorted(named) == [f"end{place}" for place in range(5)]
    assert not {each.remote[0] for each in found} & set(talked[:5])
    assert not {each.local[1] for each in found} & set(used[:5])


def test_the_same_seed_gives_the_same_and_another_others() -> None:
    assert machine()[1] == machine()[1]
    assert machine()[1] != machine(seed=8)[1]


MODULES = tuple(
    Module(path=f"\\SystemRoot\\System32\\drivers\\{name}", size=size)
    for name, size in (
        ("ntoskrnl.exe", 0x1046000),
        ("WdFilter.sys", 0x72000),
        ("tcpip.sys", 0x2EC000),
        ("pcw.sys", 0x3000),
    )
)


def test_only_drivers_that_are_loaded_have_registered_anything() -> None:
    made, _ = machine()
    callbacks = registered.callbacks(MODULES, made.draw)
    assert [(each.kind, each.routine.image) for each in callbacks] == [
        ("process", "wdfilter.sys"),
        ("process", "tcpip.sys"),
        ("thread", "wdfilter.sys"),
        ("image", "wdfilter.sys"),
        ("registry", "wdfilter.sys"),
    ]
    assert [each.altitude for each in callbacks] == ["", "", "", "", "328010"]
    uptime = made.frozen - made.booted
    timers = registered.timers(MODULES, made.draw, uptime)
    assert {each.routine.image for each in timers} == {"ntoskrnl.exe", "wdfilter.sys", "tcpip.sys"}
    assert all(uptime < each.due < uptime + 61 * 10_000_000 for each in timers)
    sizes = {module.path.rpartition("\\")[2].lower(): module.size for module in MODULES}
    spots = [each.routine for each in callbacks] + [each.routine for each in timers]
    assert all(0x1000 <= spot.offset < sizes[spot.image] for spot in spots)


def test_links_and_jobs() -> None:
    made, _ = machine()
    links = registered.links(made)
    assert [each.created for each in links] == sorted({each.created for each in links})
    assert ("C:", "\\Device\\HarddiskVolume3") in {(each.name, each.target) for each in links}
    jobs = registered.jobs(made)
    assert (made["startmenu"].pid,) in jobs
    assert all(pid in {each.pid for each in made.written} for job in jobs for pid in job)
