"""What an examiner looks for in a machine that nothing has happened to: none of it may look like a toy."""

import ipaddress
import itertools
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from tests.unit.forge.windows.stories import SERVER, drawn
from training.forge.scenario.words import RANGES
from training.forge.windows.builds.load import build
from training.forge.windows.plan import Plan, Process
from training.forge.windows.planning import facts, plan
from training.forge.windows.planning.moments import DAY, SECOND, moment
from training.forge.windows.privileges import PRIVILEGES

WORKSTATION = """\
scenario: 2
system: windows
name: clean
title: Clean
machine:
  host: WS-1
  role: workstation
  build: 19041
  domain: MERROW
  dns: corp.merrow.example
  controller: 192.0.2.10
  booted: 2026-05-04T06:11:09Z
  captured: 2026-05-04T09:40:31Z
  addresses: [192.0.2.7/24, "2001:db8:10::7/64"]
users:
  mira: {name: m.castellan, rid: 1107, logon: 2026-05-04T06:15:13Z}
record: {case: C, exhibit: E, firm: F, zone: "UTC+01:00", consent: none, people: {}}
"""
SCENARIOS = {
    "workstation": WORKSTATION,
    "eleven": WORKSTATION.replace("19041", "22000"),
    "server": SERVER,
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Plan]:
    """The plan of a scenario without a story; each is made once."""
    folder = tmp_path_factory.mktemp("clean")
    return cache(lambda name: plan(drawn(SCENARIOS[name], folder)))


@pytest.fixture(params=sorted(SCENARIOS))
def made(request: pytest.FixtureRequest, clean: Callable[[str], Plan]) -> Plan:
    return clean(request.param)


def alive(made: Plan) -> list[Process]:
    return [each for each in made.processes if not each.exited]


def test_there_are_as_many_as_on_a_machine_at_work(made: Plan) -> None:
    assert 75 <= len(alive(made)) <= 100
    assert 150 <= len(made.modules) <= 220
    assert len(made.services) >= 200
    assert sum(each.state == 4 for each in made.services) >= 150
    assert 35 <= len(made.endpoints) <= 80
    assert sum(each.state == "LISTENING" for each in made.endpoints) >= 12
    assert len(made.tasks) >= 10
    assert 2 <= len(made.processes) - len(alive(made)) <= 8


def test_each_program_of_windows_is_there_as_often_as_it_should_be(made: Plan) -> None:
    names = Counter(each.name for each in alive(made))
    for name in (
        "System",
        "Registry",
        "MemCompression",
        "smss.exe",
        "wininit.exe",
        "services.exe",
        "lsass.exe",
        "spoolsv.exe",
    ):
        assert names[name] == 1, name
    sessions = len({each.session for each in made.processes if each.session})
    assert names["csrss.exe"] == sessions + 1
    assert names["winlogon.exe"] == names["dwm.exe"] == sessions
    assert 35 <= names["svchost.exe"] <= 60


def test_no_time_is_whole_and_none_lies_outside(made: Plan) -> None:
    host = made.host
    times = [each.created for each in made.processes if each.pid != 4] + [host.booted, host.frozen]
    times += [each.exited for each in made.processes if each.exited]
    times += [thread.created for each in made.processes for thread in each.threads]
    times += [library.loaded for each in made.processes for library in each.libraries]
    times += [each.created for each in made.endpoints]
    written = [each.time for each in made.services] + [each.time for each in made.unloaded]
    written += [each.time for each in made.counted] + [each.time for each in made.known]
    times += written
    assert not [time for time in times if time % SECOND == 0]
    assert len({time % SECOND for time in times}) > 0.95 * len(set(times))
    for each in made.processes:
        assert host.booted <= each.created < host.frozen or each.name == "Registry"
        assert each.exited == 0 or each.created < each.exited < host.frozen
    assert all(time <= host.frozen for time in written)
    assert all(host.booted < each.created < host.frozen for each in made.endpoints)


def test_not_everything_was_born_at_the_boot(made: Plan) -> None:
    seconds = Counter(each.created // SECOND for each in made.processes)
    assert max(seconds.values()) <= 12
    assert len(seconds) > 25
    written = [each.time for each in made.services]
    assert sum(time < made.host.booted - 5 * DAY for time in written) > 0.5 * len(written)
    assert any(time > made.host.booted for time in written)
    for each in alive(made):
        loaded = [one.loaded for one in each.libraries]
        assert loaded == sorted(loaded)
        assert len(set(loaded)) == len(loaded)


def test_no_parent_is_younger_than_its_child(made: Plan) -> None:
    found = {each.pid: each for each in made.processes}
    orphans = []
    for each in made.processes:
        parent = found.get(each.ppid)
        if parent is None:
            orphans.append(each.name)
        elif each.name != "Registry":
            assert parent.created < each.created, each.name
            assert not parent.exited or parent.exited > each.created, each.name
    assert set(orphans) <= {"System", "csrss.exe", "wininit.exe", "winlogon.exe", "explorer.exe"}
    assert {"csrss.exe", "wininit.exe", "winlogon.exe", "explorer.exe"} <= set(orphans)


def test_who_is_started_by_whom_is_as_on_windows(made: Plan) -> None:
    found = {each.pid: each for each in made.processes}
    wanted = {
        "services.exe": "wininit.exe", "lsass.exe": "wininit.exe", "svchost.exe": "services.exe",
        "spoolsv.exe": "services.exe",
        "smss.exe": "System", "dwm.exe": "winlogon.exe", "sihost.exe": "svchost.exe", "RuntimeBroker.": "svchost.exe",
    }  # fmt: skip
    for each in alive(made):
        if each.name in wanted:
            assert found[each.ppid].name == wanted[each.name], each.name


def test_no_process_is_empty(made: Plan) -> None:
    for each in alive(made):
        assert each.threads, each.name
        if each.minimal:
            continue
        assert each.command_line
        assert len(each.handles) >= 15, each.name
        assert each.libraries, each.name
        assert len(each.areas) >= 3, each.name
        assert {"NUMBER_OF_PROCESSORS", "PROCESSOR_LEVEL", "SystemRoot", "USERNAME"} <= set(dict(each.environment))
        assert [name for name, _ in each.environment] == sorted(dict(each.environment), key=str.upper)
    for each in made.processes:
        if each.exited:
            assert not [*each.threads, *each.handles, *each.areas, *each.libraries]


def test_every_service_host_names_its_group_and_has_its_services(made: Plan) -> None:
    hosted = {each.pid for each in made.services if each.pid}
    for each in alive(made):
        if each.name == "svchost.exe":
            assert " -k " in each.command_line
            assert each.pid in hosted, each.command_line
    for service in made.services:
        assert (service.state == 4) is bool(service.pid) or service.kind in (1, 2), service.name
    assert len({each.name.lower() for each in made.services}) == len(made.services)


def test_accounts_have_their_rights_and_no_more(made: Plan) -> None:
    for each in made.processes:
        groups = [sid for sid, _ in each.token.groups]
        assert len(groups) == len(set(groups))
        assert sum(sid.startswith("S-1-16-") for sid in groups) == 1
        assert {one.name for one in each.token.privileges} <= set(PRIVILEGES)
        if each.token.user.startswith("S-1-5-21-"):
            assert any(sid.startswith("S-1-5-5-0-") for sid in groups)
            assert ("S-1-5-32-544", 15) not in each.token.groups, (
                "without elevation an administrator's group only denies"
            )
    service = next(each for each in alive(made) if "-s Schedule" in each.command_line)
    assert any(sid.startswith("S-1-5-80-") for sid, _ in service.token.groups)
    assert {each.token.user for each in alive(made)} >= {"S-1-5-18", "S-1-5-19", "S-1-5-20"}


def test_the_kernel_comes_first_and_what_others_need_is_loaded(made: Plan) -> None:
    files = [each.path.rpartition("\\")[2].lower() for each in made.modules]
    assert files[:2] == ["ntoskrnl.exe", "hal.dll"]
    assert len(files) == len(set(files))
    assert {"tcpip.sys", "ahcache.sys", "volmgr.sys", "npfs.sys", "afd.sys", "ntfs.sys", "win32k.sys"} <= set(files)
    sizes = {each.path.rpartition("\\")[2].lower(): each.size for each in made.modules}
    spots = [each.routine for each in made.callbacks] + [each.routine for each in made.timers]
    assert all(0x1000 <= spot.offset < sizes[spot.image] for spot in spots)
    assert {each.kind for each in made.callbacks} >= {"process", "thread", "image", "registry"}


def test_images_are_of_many_sizes_and_dates(made: Plan) -> None:
    images = list(made.images.values())
    assert len({each.size for each in images}) > 0.5 * len(images)
    assert len({each.timestamp for each in images}) == len(images)
    assert max(Counter(each.size for each in images).values()) < 12
    of_windows = [each for each in images if each.path.lower().startswith("c:\\windows\\")]
    assert {each.version for each in of_windows} == {build(made.host.build).version}


def test_sockets_have_addresses_of_nobody_and_owners_that_live(made: Plan) -> None:
    living = {each.pid for each in alive(made)}
    for each in made.endpoints:
        for text in (each.local[0], each.remote[0] or "0.0.0.0"):  # noqa: S104 - what such a socket shows
            address = ipaddress.ip_address(text)
            inside = address.is_loopback or address.is_unspecified or address.is_link_local
            assert inside or any(address in each for each in RANGES)
            assert address not in ipaddress.ip_network("203.0.113.0/24"), "that is where adversaries of labs are"
        assert each.pid in living or not each.live
    kinds = {(each.protocol, each.state, each.live) for each in made.endpoints}
    assert {("udp", "", True), ("tcp", "ESTABLISHED", True), ("tcp", "CLOSED", False)} <= kinds


def test_harmless_memory_that_may_be_run_is_there_and_says_what_it_is(made: Plan) -> None:
    areas = [area for each in made.processes for area in each.areas if area.protection == "EXECUTE_READWRITE"]
    assert 2 <= len(areas) <= 10
    assert all(b"INERT TRAINING REGION" in area.content and b"SYNTHETIC" in area.content for area in areas)
    assert all(b"INERT" not in area.content[:64] for area in areas), "an examiner sees that much of it"


def test_the_data_of_the_baseline_fit_together() -> None:
    for role in ("workstation", "server"):
        processes, session = facts.rows(role)
        for rows in (processes, session):
            names = [each.name for each in rows if each.name]
            assert len(names) == len(set(names))
        services = {each.name for each in facts.services(role)}
        for each in (*processes, *session):
            assert {*each.services, *([each.service] if each.service else [])} <= services, each
    offered = [each.name.lower() for each in facts.services("server")]
    assert len(offered) == len(set(offered))
    assert not set(offered) & {each[0].lower() for each in facts.idle_drivers()}


def test_an_office_machine_was_used_on_working_days_and_by_day(clean: Callable[[str], Plan]) -> None:
    made = clean("workstation")
    used = [each.time for each in made.counted] + [each.modified for each in made.records]
    used += [each.last_run for each in made.tasks]
    before = [moment(time) for time in used if time < made.host.booted]
    assert len(before) > 20
    assert all(each.weekday() < 5 for each in before)
    assert all(6 <= each.hour <= 15 for each in before)
    profile = made.profiles[0]
    for each in made.tasks:
        if each.trigger == "logon":
            assert each.last_run > profile.loaded


def test_records_have_numbers_that_grow_with_time(made: Plan) -> None:
    ordered = sorted(made.records, key=lambda each: each.named_created)
    numbers = [each.number for each in ordered]
    assert numbers == sorted(set(numbers))
    assert len({other - one for one, other in itertools.pairwise(numbers)}) > 10
